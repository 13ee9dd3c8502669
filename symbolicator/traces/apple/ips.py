"""Crash reports of iOS 15, macOS 12 and later: `.ips`, two documents of JSON, a line of header and the report.

Field by field: Apple, *Interpreting the JSON format of a crash report*. A frame's `imageIndex` counts in `usedImages`, all of them: those
without name, path and architecture (code that lies in no image) as well. With a `lastExceptionBacktrace` that is the crash: the thread that
is said to have crashed stands in `abort` then, because nobody caught the exception. `asiBacktraces` are such stacks as text, which AppKit
leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from symbolicator.keys import normalise_debug_id, parse_address
from symbolicator.traces.apple.stacks import Objects, Words
from symbolicator.traces.json_reports.located import Listed, Located, list_of, object_of
from symbolicator.traces.json_reports.report import Json
from symbolicator.traces.native.apple import ABORTED, told_type
from symbolicator.traces.native.frames import make_native
from symbolicator.traces.native.images import TRAMPOLINES

WORDS = Words("symbol", "symbolLocation", "sourceFile", "sourceLine")
MAX_SAID = 20
"""Messages of a report that are looked at."""
_ZERO = "0" * 32
_STACKS = ("threads", "lastExceptionBacktrace")
_CRASHING = "Crashing on exception: "
"""AppKit's words."""
_UNCAUGHT, _REASON = "*** Terminating app due to uncaught exception '", "', reason: '"


class _Image(NamedTuple):
    """One of `usedImages`, and its number among the event's images: None where it is no image but all other code, counted from 0.
    `base` is None where nothing says where it was loaded.
    """

    name: str | None
    base: int | None
    number: int | None


def is_crash(body: Mapping[str, Any]) -> bool:
    """Whether an object is the second document of a crash report, or of another kind that has threads of the same form."""
    return isinstance(body.get("usedImages"), list) and any(isinstance(body.get(key), list) for key in _STACKS)


class Crash:
    """What a crash report says: its images and stacks as an event has them."""

    def __init__(self, body: Located) -> None:
        self._body = body
        self.images: list[Json] = []
        """The images of the event."""
        self._images = [self._image(one) for one in _images(body)]

    @property
    def last_exception(self) -> Objects | None:
        """The stack of the exception that nobody caught."""
        frames = self._stack(self._body.get("lastExceptionBacktrace"), returning=True)
        return Objects(WORDS, frames) if frames else None

    def threads(self) -> Iterator[tuple[Json, Objects]]:
        """Each thread, as an event has it, and its stack."""
        faulting = self._body.get("faultingThread")
        for number, thread in enumerate(list_of(self._body.get("threads"))):
            if not isinstance(thread, Located):
                continue
            described: Json = {"id": number}
            name = thread.get("name") or thread.get("queue")
            if isinstance(name, str):
                described["name"] = name
            if thread.get("triggered") is True or (number == faulting and faulting is not False):
                described |= {"crashed": True, "current": True}
            yield described, Objects(WORDS, self._stack(thread.get("frames"), returning=False))

    def texts(self) -> Iterator[tuple[str, tuple[int, int], bool]]:
        """Strings that may hold a stack, where they stand, and whether it is a native one: what AppKit leaves of exceptions, and in React
        Native's reports JavaScript's stack, within the message.
        """
        reason, asi = self._body.get("exceptionReason"), self._body.get("asi")
        if isinstance(reason, Located) and isinstance(reason.get("composed_message"), str):
            yield reason["composed_message"], reason.values_at["composed_message"], False
        for texts in [*(asi.values() if isinstance(asi, Located) else ()), self._body.get("asiBacktraces")]:
            for text, place in zip(texts, texts.values_at, strict=True) if isinstance(texts, Listed) else ():
                if isinstance(text, str):
                    yield text, place, texts is self._body.get("asiBacktraces")

    def thrown(self) -> Json:
        """What was thrown: an exception's type and value, as an event has them."""
        reason = object_of(self._body.get("exceptionReason"))
        name, message = reason.get("name"), reason.get("composed_message")
        if isinstance(name, str) and name:
            return {"type": name, **({"value": message} if isinstance(message, str) else {})}
        for text in self.said():
            name, reason_follows, message = text.removeprefix(_UNCAUGHT).partition(_REASON)
            if text.startswith(_UNCAUGHT) and reason_follows:
                return {"type": name.partition(": ")[0], "value": message.rstrip().removesuffix("'")}
            if text.startswith(_CRASHING):
                return {"type": "NSException", "value": text.removeprefix(_CRASHING).strip()}
        return self.died()

    def died(self) -> Json:
        """What the process died of, in the system's words."""
        exception, ended = object_of(self._body.get("exception")), object_of(self._body.get("termination"))
        signal, kind = exception.get("signal"), exception.get("type")
        kind, more = told_type(str(kind), signal) if _is_said(kind) and _is_said(signal) else (kind, signal)
        parts = [one for one in (more, exception.get("subtype") or exception.get("codes"), exception.get("message")) if _is_said(one)]
        lines = [", ".join(map(str, parts)), *(text for text in self.said() if text.strip() not in ABORTED)]
        indicator = ended.get("indicator")
        if _is_said(indicator) and ended.get("namespace") != "SIGNAL":
            lines.append(f"{ended.get('namespace')}: {indicator}")
        lines += [one for one in list_of(ended.get("details") or ended.get("reasons"))[:MAX_SAID] if isinstance(one, str)]
        kind = kind or signal or ended.get("namespace")
        value: Json = {"type": str(kind)} if _is_said(kind) else {}
        value["value"] = "\n".join(filter(None, lines))
        if _is_said(signal):
            meta: Json = {"signal": {"name": str(signal).split()[0]}}
            if _is_said(exception.get("type")):
                meta["mach_exception"] = {"name": exception["type"]}
            value["mechanism"] = {"type": "mach", "meta": meta}
        return value

    def said(self) -> list[str]:
        """What libraries left to be said: the message of `fatalError`, of an exception that nobody caught."""
        found: list[str] = []
        for texts in object_of(self._body.get("asi")).values():
            found += [text for text in list_of(texts) if isinstance(text, str)]
        return found[:MAX_SAID]

    def _stack(self, frames: object, *, returning: bool) -> list[tuple[Json, Located]]:
        """The frames of a list (callee first), caller first; `returning`: the first address is a return address like all others."""
        found: list[tuple[Json, Located]] = []
        callee, known = "", False
        for at, one in enumerate(list_of(frames)):
            if not isinstance(one, Located):
                continue
            frame = self._frame(one, known)
            known = one.get("inline") is True
            if "instruction_addr" in frame:
                frame["adjust_instruction_addr"] = callee not in TRAMPOLINES and (at > 0 or returning)
            callee = str(frame.get("function") or "")
            found.append((frame, one))
        return found[::-1]

    def _frame(self, one: Located, known: bool) -> Json:
        """A frame. What was symbolicated before is settled: an address came back as several frames, and would as often again."""
        index, offset = one.get("imageIndex"), parse_address(one.get("imageOffset"))
        listed = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(self._images)
        image = self._images[index] if listed and isinstance(index, int) else _Image(None, 0, None)
        symbol, place = one.get("symbol"), WORDS.place(one)
        data: Json = {}
        if isinstance(one.get("symbolLocation"), int) and isinstance(symbol, str):
            data["symbol_offset"] = one["symbolLocation"]
        frame = make_native(symbol if isinstance(symbol, str) else None, place, package=image.name, **data)
        if place or known or one.get("inline") is True or offset is None:
            frame.pop("data", None)
            return frame
        if image.base is not None:
            frame["instruction_addr"] = hex((image.base + offset) & _LAST)
        elif image.number is not None:
            frame |= {"instruction_addr": hex(offset), "addr_mode": f"rel:{image.number}"}
        return frame

    def _image(self, known: Mapping[str, Any]) -> _Image:
        path, name, base = known.get("path"), known.get("name"), parse_address(known.get("base"))
        uuid = normalise_debug_id(known.get("uuid"))
        uuid = uuid if uuid and uuid.replace("-", "") != _ZERO else None
        path = path if isinstance(path, str) and path else None
        name = name if isinstance(name, str) and name else path.rpartition("/")[2] if path else None
        if uuid is None and name is None:
            return _Image(None, base or 0, None)
        entry: Json = {"type": "macho", "code_file": path or name, "code_id": uuid and uuid.replace("-", ""), "debug_id": uuid}
        entry["arch"] = known.get("arch")
        if base is not None:
            entry |= {"image_addr": hex(base), "image_size": parse_address(known.get("size"))}
        self.images.append({key: value for key, value in entry.items() if value})
        return _Image(name, base, len(self.images) - 1)


_LAST = (1 << 64) - 1


def _images(body: Located) -> Iterator[Mapping[str, Any]]:
    """The entries of `usedImages`. The first versions' are lists, and names stand elsewhere."""
    extra = list_of(object_of(body.get("legacyInfo")).get("imageExtraInfo"))
    for number, one in enumerate(body["usedImages"]):
        known = {"uuid": one[0], "base": one[1]} if isinstance(one, list) and len(one) > 1 else object_of(one)
        yield {**object_of(extra[number]), **known} if number < len(extra) else known


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def without_stacks(header: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """What a report is that has no stacks of the form that is read here, in words."""
    kind = str(header.get("bug_type") or "")
    largest = body.get("largestProcess")
    if "processByPid" in body:
        return "a stackshot: samples of all processes, without names for their images; `spindump -i` on a Mac makes a text of it"
    if isinstance(body.get("processes"), list):
        note = f"; {largest} was the largest" if isinstance(largest, str) else ""
        return f"a jetsam event report: the system ran out of memory and killed processes{note}. It has no stacks"
    if "panicString" in body:
        return "a kernel panic: its addresses are those of the system's kernel"
    return f"a report of Apple's (bug_type {kind or 'unknown'}) without stacks of a process"
