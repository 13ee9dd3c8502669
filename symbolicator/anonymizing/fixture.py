"""An event, and the parts of its JavaScript maps that its frames need, under new names.

Nothing is copied that is not known to be harmless: the new event has positions, addresses, platforms and how stacks hang together; names
and paths are replaced, messages, ids of builds, registers and everything else an event may have are left out. Frames of other languages
have no files in the fixture and stay as they were reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from symbolicator.anonymizing.small_map import Mapped, small_map
from symbolicator.anonymizing.words import Words
from symbolicator.engine import Symbolicator
from symbolicator.event import read
from symbolicator.model import Event, ExceptionValue, Frame, Stacktrace, Status

MESSAGE: Final = "a message"
_PLATFORMS: Final = frozenset(
    ("javascript", "node", "java", "csharp", "native", "cocoa", "objc", "swift", "rust", "go", "c", "dart", "other")
)
_SCRIPTS: Final = ("javascript", "node")
_MAX_LINE: Final = 1_000_000
"""A generated line beyond it is left out of the map, which has a character for each."""
_BUILT: Final = (".js", ".mjs", ".cjs", ".bundle")
_CALLED: Final = ("cause", "reason")


class Fixture(msgspec.Struct, frozen=True):
    """What to write: the event, and the files by name."""

    event: dict[str, Any]
    files: dict[str, bytes]
    wanted: tuple[tuple[object, ...], ...]
    """What its frames must be once they are symbolicated: for each mapped frame its stack, raw index, function, file, line, column."""


def anonymize(event: Mapping[str, Any], engine: Symbolicator) -> Fixture:
    """The fixture of an event; `engine` has the files of its build."""
    return _Making(engine.run(read(event))).fixture()


def differences(fixture: Fixture, engine: Symbolicator) -> list[str]:
    """Where the fixture's frames are not those of the original; `engine` has the fixture's files and no others."""
    found = {row[:2]: row[2:] for row in _rows(engine.run(read(fixture.event)), Words(), renamed=True)}
    return [
        f"frame {row[1]} of stack {row[0]}: {row[2:]} became {found.get(row[:2], 'nothing')}"
        for row in fixture.wanted
        if found.get(row[:2]) != row[2:]
    ]


def _is_mapped(frame: Frame) -> bool:
    return frame.status is Status.SYMBOLICATED and bool(frame.data.get("sourcemap")) and bool(frame.lineno)


def _source(frame: Frame, words: Words) -> str:
    return words.path(frame.filename, frame.in_app is False) or ""


def _rows(event: Event, words: Words, *, renamed: bool) -> list[tuple[object, ...]]:
    """The mapped frames of an event, the only ones of their raw frames."""
    rows: list[tuple[object, ...]] = []
    for number, stack in enumerate(event.all_stacktraces()):
        answers = Counter(frame.raw_index for frame in stack.frames)
        for frame in stack.frames:
            if _is_mapped(frame) and answers[frame.raw_index] == 1:
                function = frame.function if renamed else words.name(frame.function)
                source = frame.filename if renamed else _source(frame, words)
                rows.append((number, frame.raw_index, function or "<anonymous>", source, frame.lineno, frame.colno))
    return rows


class _Making:
    """The making of one fixture."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._words = Words()
        self._maps: dict[str, set[Mapped]] = {}

    def fixture(self) -> Fixture:
        event: dict[str, Any] = {"platform": self._platform(self._event.platform)}
        if self._event.exceptions:
            event["exception"] = {"values": [self._exception(value) for value in self._event.exceptions]}
        threads = [
            {"id": number, "crashed": thread.extra.get("crashed") is True, **self._held(thread.stacktrace)}
            for number, thread in enumerate(self._event.threads)
        ]
        if threads:
            event["threads"] = {"values": threads}
        event |= self._held(self._event.stacktrace)
        if self._event.stacktraces:
            event["stacktraces"] = [self._stack(stack) for stack in self._event.stacktraces]
        images = [image for image in self._event.images if image.image_addr is not None]
        if images:
            event["debug_meta"] = {
                "images": [self._image(image.type, image.image_addr, image.image_size, image.code_file) for image in images]
            }
        files = {f"{script}.map": msgspec.json.encode(small_map(script, mapped)) for script, mapped in self._maps.items()}
        return Fixture(event, files, tuple(_rows(self._event, self._words, renamed=False)))

    def _platform(self, platform: str | None) -> str:
        return platform if platform in _PLATFORMS else "other"

    def _exception(self, value: ExceptionValue) -> dict[str, Any]:
        out: dict[str, Any] = {"type": self._words.type(value.type), "value": MESSAGE}
        mechanism = value.extra.get("mechanism")
        if isinstance(mechanism, Mapping):
            kept = {key: mechanism[key] for key in ("exception_id", "parent_id") if type(mechanism.get(key)) is int}
            source = mechanism.get("source")
            out["mechanism"] = {"type": "generic", **kept, **({"source": source} if source in _CALLED else {})}
        return {**out, **self._held(value.stacktrace)}

    def _held(self, stack: Stacktrace | None) -> dict[str, Any]:
        return {} if stack is None else {"stacktrace": self._stack(stack)}

    def _stack(self, stack: Stacktrace) -> dict[str, Any]:
        answers: dict[int | None, list[Frame]] = {}
        for frame in stack.frames:
            answers.setdefault(frame.raw_index, []).append(frame)
        return {"frames": [self._frame(raw, stack, answers.get(index, [])) for index, raw in enumerate(stack.raw_frames)]}

    def _frame(self, raw: Any, stack: Stacktrace, answers: list[Frame]) -> dict[str, Any]:
        raw = raw if isinstance(raw, Mapping) else {}
        known = answers[0].platform if answers else None  # which may have been found by the frame's looks
        named = known or raw.get("platform") or stack.platform or self._event.platform
        platform = self._platform(named if isinstance(named, str) else None)
        out: dict[str, Any] = {"platform": platform}
        for key in ("function", "module"):
            if isinstance(raw.get(key), str):
                out[key] = self._words.name(raw[key])
        for key in ("lineno", "colno"):
            if type(raw.get(key)) is int and 0 <= raw[key] < 1 << 31:
                out[key] = raw[key]
        if answers and answers[0].instruction_addr is not None:
            out["instruction_addr"] = hex(answers[0].instruction_addr)
        if isinstance(raw.get("in_app"), bool):
            out["in_app"] = raw["in_app"]
        path = raw.get("abs_path") or raw.get("filename")
        if isinstance(path, str):
            out["abs_path"] = self._path(path, platform)
        data = raw.get("data")
        if isinstance(data, Mapping) and data.get("async"):
            out["data"] = {"async": True}
        if len(answers) == 1 and _is_mapped(answers[0]) and "abs_path" in out and out.get("lineno") and out["lineno"] <= _MAX_LINE:
            frame = answers[0]
            script = out["abs_path"].rpartition("/")[2]
            self._maps.setdefault(script, set()).add(
                Mapped(
                    out["lineno"] - 1,
                    max(0, out.get("colno", 1) - 1),
                    _source(frame, self._words),
                    (frame.lineno or 1) - 1,
                    max(0, (frame.colno or 1) - 1),
                    self._words.name(frame.function) or "<anonymous>",
                )
            )
        return out

    def _path(self, path: str, platform: str) -> str:
        if platform in _SCRIPTS and path in ("<anonymous>", "native", "[native code]"):
            return path
        if platform in _SCRIPTS and path.startswith("node:"):
            return f"node:internal/{self._words.path(path)}"
        new = self._words.path(path) or ""
        if platform not in _SCRIPTS:
            return new
        return f"https://app.test/{new if new.endswith(_BUILT) else f'{new}.js'}"

    def _image(self, kind: str | None, address: int | None, size: int | None, file: str | None) -> dict[str, Any]:
        out: dict[str, Any] = {"type": kind if kind in ("elf", "macho", "pe", "wasm", "pe_dotnet") else "elf"}
        out |= {"image_addr": hex(address or 0), "image_size": size or 0, "code_file": self._words.path(file or "")}
        return out
