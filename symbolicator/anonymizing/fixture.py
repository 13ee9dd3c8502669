"""An event, and the parts of its source maps, mapping and debug files that its frames need, under new names.

Nothing is copied that is not known to be harmless: the new event has positions, addresses, platforms and how stacks hang together; names
and paths are replaced, messages, ids of builds, registers and everything else an event may have are left out. Frames of
which the fixture has no files (of .NET, and of Java without a line) stay as they were reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from symbolicator.anonymizing.small_map import Mapped, small_map
from symbolicator.anonymizing.small_mapping import Method, Retraced, small_mapping
from symbolicator.anonymizing.small_symbols import Code, Function, small_symbols
from symbolicator.anonymizing.small_text import small_text
from symbolicator.anonymizing.words import MESSAGE, Words
from symbolicator.engine import Symbolicator
from symbolicator.event import read
from symbolicator.model import Event, ExceptionValue, Frame, Image, Stacktrace, Status
from symbolicator.traces import Traces, parse_trace

Row = tuple[object, ...]
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
    wanted: tuple[Row, ...]
    """What its frames must be once they are symbolicated: for each reported frame that the files are about its stack and index, then of
    each frame that it became the function, file, line and, of scripts, column.
    """
    text: str | None = None
    """A trace that was a text, as a text; `event` is then what is read of it. None for other events, and native traces."""


def anonymize(event: Mapping[str, Any], engine: Symbolicator, traces: Traces | None = None) -> Fixture:
    """The fixture of an event; `engine` has the files of its build. `traces`: the text that the event was read of."""
    fixture = _Making(engine.run(read(event))).fixture()
    text = None if traces is None else small_text(traces, fixture.event)
    return fixture if text is None else msgspec.structs.replace(fixture, event=dict(parse_trace(text)), text=text)


def differences(fixture: Fixture, engine: Symbolicator) -> list[str]:
    """Where the fixture's frames are not those of the original; `engine` has the fixture's files and no others."""
    found = {row[:2]: row[2:] for row in _rows(engine.run(read(fixture.event)), _as_it_is)}
    return [
        f"frame {row[1]} of stack {row[0]}: {row[2:]} became {found.get(row[:2], 'nothing')}"
        for row in fixture.wanted
        if found.get(row[:2]) != row[2:]
    ]


def _kind(frames: Sequence[Frame]) -> str:
    """What the frames that a reported one became were read from: `map`, `mapping`, `symbols`; "" if the fixture has nothing like it."""
    first = frames[0]
    if not all(frame.status is Status.SYMBOLICATED and frame.lineno for frame in frames):
        return ""
    if len(frames) == 1 and first.data.get("sourcemap"):
        return "map"
    if first.data.get("mapping"):
        return "mapping" if all(frame.module and frame.function for frame in frames) else ""
    return "symbols" if first.data.get("debug_file") and first.data.get("lookup_addr") and all(frame.function for frame in frames) else ""


def _rows(event: Event, new: Callable[[str, Frame], Row]) -> list[Row]:
    """For each reported frame that the fixture has files for: its stack, its index, and each frame that it became in new words."""
    rows: list[Row] = []
    for number, stack in enumerate(event.all_stacktraces()):
        for index, frames in _answers(stack).items():
            if kind := _kind(frames):
                rows.append((number, index, *(part for frame in frames for part in new(kind, frame))))
    return rows


def _answers(stack: Stacktrace) -> dict[int | None, list[Frame]]:
    """The frames that each reported one became, the outermost first."""
    answers: dict[int | None, list[Frame]] = {}
    for frame in stack.frames:
        answers.setdefault(frame.raw_index, []).append(frame)
    return answers


def _as_it_is(kind: str, frame: Frame) -> Row:
    """What of a frame is compared."""
    function, file = frame.function or "<anonymous>", frame.filename
    if kind == "map":
        return function, file, frame.lineno, frame.colno
    return (f"{frame.module}.{function}" if kind == "mapping" else function), file, frame.lineno


class _Making:
    """The making of one fixture."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._words = Words()
        self._maps: dict[str, set[Mapped]] = {}
        self._retraced: list[Retraced] = []
        self._code: dict[int, set[Code]] = {}
        """By the places of the event's images."""

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
        images = [self._image(number, image) for number, image in enumerate(self._event.images) if image.image_addr is not None]
        if images:
            event["debug_meta"] = {"images": images}
        files = {f"{script}.map": msgspec.json.encode(small_map(script, mapped)) for script, mapped in self._maps.items()}
        if self._retraced:
            files["mapping.txt"] = small_mapping(self._retraced)
        for number, code in self._code.items():
            files[f"module{number}.sym"] = small_symbols(f"module{number}", f"{_id(number)}0", code)
        return Fixture(event, files, tuple(_rows(self._event, self._renamed)))

    def _renamed(self, kind: str, frame: Frame) -> Row:
        """What of a frame is compared, in new words."""
        if kind == "map":
            return self._words.name(frame.function) or "<anonymous>", self._source(frame), frame.lineno, frame.colno
        if kind == "mapping":
            return f"{self._words.name(frame.module)}.{self._words.name(frame.function)}", self._file(frame), frame.lineno
        return self._words.plain(frame.function or ""), self._file(frame), frame.lineno

    def _source(self, frame: Frame) -> str:
        return self._words.path(frame.filename, frame.in_app is False) or ""

    def _file(self, frame: Frame) -> str | None:
        return (self._words.path(frame.filename) or "").rpartition("/")[2] or None

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
        answers = _answers(stack)
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
        self._keep(out, answers)
        return out

    def _keep(self, out: dict[str, Any], answers: list[Frame]) -> None:
        """Keep what the files have to say of a reported frame, `out` in new words."""
        kind, line = _kind(answers) if answers else "", out.get("lineno")
        if kind == "map" and "abs_path" in out and line and line <= _MAX_LINE:
            frame = answers[0]
            place = (line - 1, max(0, out.get("colno", 1) - 1))
            original = ((frame.lineno or 1) - 1, max(0, (frame.colno or 1) - 1))
            name = self._words.name(frame.function) or "<anonymous>"
            self._maps.setdefault(out["abs_path"].rpartition("/")[2], set()).add(Mapped(*place, self._source(frame), *original, name))
        elif kind == "mapping" and line and "module" in out and "function" in out:
            methods = tuple(
                Method(self._words.name(frame.module) or "", self._words.name(frame.function) or "", self._file(frame), frame.lineno or 0)
                for frame in answers
            )
            self._retraced.append(Retraced(out["module"], out["function"], line, methods))
        elif kind == "symbols":
            self._keep_code(answers)

    def _keep_code(self, answers: list[Frame]) -> None:
        address, looked_up = answers[0].instruction_addr, int(str(answers[0].data["lookup_addr"]), 16)
        for number, image in enumerate(self._event.images):
            start = image.image_addr
            if (
                start is not None
                and address is not None
                and start <= looked_up <= address
                and looked_up < start + (image.image_size or 1 << 32)
            ):
                functions = tuple(
                    Function(self._words.plain(frame.function or ""), self._words.path(frame.filename) or "", frame.lineno or 0)
                    for frame in answers
                )
                # Which of them is looked up depends on the machine and on the frame below, which may be the kernel's.
                first = max(start, min(looked_up, address - 1))
                self._code.setdefault(number, set()).add(Code(first - start, address - start + 1, functions))
                return

    def _path(self, path: str, platform: str) -> str:
        if platform in _SCRIPTS and path in ("<anonymous>", "native", "[native code]"):
            return path
        if platform in _SCRIPTS and path.startswith("node:"):
            return f"node:internal/{self._words.path(path)}"
        new = self._words.path(path) or ""
        if platform not in _SCRIPTS:
            return new
        return f"https://app.test/{new if new.endswith(_BUILT) else f'{new}.js'}"

    def _image(self, number: int, image: Image) -> dict[str, Any]:
        out: dict[str, Any] = {"type": image.type if image.type in ("elf", "macho", "pe", "wasm", "pe_dotnet") else "elf"}
        out |= {"image_addr": hex(image.image_addr or 0), "image_size": image.image_size or 0}
        out["code_file"] = self._words.path(image.code_file or "")
        if number in self._code:
            out["debug_id"] = str(UUID(_id(number)))
        return out


def _id(number: int) -> str:
    return f"{number + 1:032X}"
