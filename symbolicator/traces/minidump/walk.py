"""A walked minidump: its modules, threads and frames as an event has them.

Field by field: rust-minidump, *json-schema.md*. A frame's `offset` is an address of the process: of callers it is within the call already,
not where that returns to. `trust` says how the frame was found: `scan` is what lay on the stack and may be no frame at all. A frame that
was told a function and a line is settled; `inlines` are the functions inlined at it, innermost first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symbolicator.keys import normalise_code_id, normalise_debug_id, parse_address
from symbolicator.traces.json_reports.located import Located, list_of, object_of, place_told
from symbolicator.traces.json_reports.report import Json, Placed, member_edits
from symbolicator.traces.native.frames import make_native, offset_of
from symbolicator.traces.rewrite import Edit

MAX_INLINES = 1_000
"""Functions inlined at one frame that are read."""
_STACKS: tuple[tuple[str, type], ...] = (("threads", list), ("crashing_thread", dict))
_TYPES = {"Windows NT": "pe", "Mac OS X": "macho", "iOS": "macho"}


def is_walk(body: Mapping[str, Any]) -> bool:
    """Whether an object is a walked minidump."""
    return isinstance(body.get("crash_info"), Mapping) and any(isinstance(body.get(key), kind) for key, kind in _STACKS)


class Walked(Placed):
    """A thread's stack. `twins`: the objects of the same thread where the report has it again, as `crashing_thread`."""

    def __init__(self, frames: Sequence[tuple[Json, Located]], twins: Mapping[int, Located]) -> None:
        super().__init__(frames)
        self._twins = twins

    def _edits(self, place: Located, group: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """What was inlined goes into the frame's own `inlines`."""
        for one in filter(None, (place, self._twins.get(place.start))):
            yield from member_edits(one, _members(group, one))


def _members(group: Sequence[Mapping[str, Any]], place: Mapping[str, Any]) -> Json:
    """What a report says of a frame that is known, innermost function first."""
    told = [
        {"function": frame.get("function"), "file": frame.get("abs_path") or frame.get("filename"), "line": frame.get("lineno")}
        for frame in group
    ]
    offset = offset_of(group[-1])
    width = len(str(place.get("offset") or "0x"))
    found = {**told[-1], "function_offset": None if offset is None else f"{offset:#0{width}x}", "missing_symbols": False}
    return {**found, "inlines": told[:-1] or None}


class Walk:
    """What a walked minidump says, as an event has it."""

    def __init__(self, body: Located) -> None:
        self._body = body
        self._type = _TYPES.get(str(object_of(body.get("system_info")).get("os")), "elf")
        self.images = [image for one in list_of(body.get("modules")) if (image := self._image(object_of(one))) is not None]
        """The images of the event."""

    def threads(self) -> Iterator[tuple[Json, Walked, Mapping[str, Any]]]:
        """Each thread as an event has it, its stack, and its registers."""
        blamed, crashed = self._body.get("crashing_thread"), object_of(self._body.get("crash_info")).get("crashing_thread")
        threads = list_of(self._body.get("threads"))
        index = object_of(blamed).get("threads_index", crashed)
        if not any(object_of(thread).get("frames") for thread in threads) and isinstance(blamed, Located):
            threads, index = [blamed], 0
        for number, thread in enumerate(threads):
            if not isinstance(thread, Located):
                continue
            mine = number == index and not isinstance(index, bool)
            again = list_of(object_of(blamed).get("frames")) if mine and thread is not blamed else []
            described: Json = {"id": number}
            if isinstance(thread.get("thread_name"), str) and thread["thread_name"]:
                described["name"] = thread["thread_name"]
            if mine:
                described |= {"crashed": True, "current": True}
            yield described, self._stack(list_of(thread.get("frames")), again), self._registers(thread, again)

    def died(self) -> Json:
        """What the process died of, as an exception without its stack."""
        info = object_of(self._body.get("crash_info"))
        kind, address = info.get("type"), info.get("address")
        said = [str(text) for text in (info.get("assertion"), f"at {address}" if isinstance(address, str) else None) if text]
        value: Json = {"type": str(kind)} if kind else {}
        value["value"] = "\n".join(said)
        if kind:
            value["mechanism"] = {"type": "minidump", "handled": False, "meta": {"signal": {"name": str(kind).split()[0]}}}
        return value

    def _registers(self, thread: Mapping[str, Any], again: Sequence[Any]) -> Mapping[str, Any]:
        """The registers of a thread, by name: of the one that crashed the report has them."""
        first = (object_of(next(iter(frames), None)) for frames in (list_of(thread.get("frames")), again))
        for holder in (*first, object_of(self._body.get("crashing_thread")) if again else {}):
            known = object_of(holder.get("registers"))
            if known:
                return {name: value for name, value in known.items() if isinstance(value, str)}
        return {}

    def _stack(self, frames: Sequence[Any], again: Sequence[Any]) -> Walked:
        found: list[tuple[Json, Located]] = []
        twins: dict[int, Located] = {}
        for at, one in enumerate(frames):
            if not isinstance(one, Located):
                continue
            twin = again[at] if at < len(again) else None
            if isinstance(twin, Located) and twin.get("offset") == one.get("offset"):
                twins[one.start] = twin
            found += ((frame, one) for frame in self._frames(one))
        return Walked(found[::-1], twins)

    def _frames(self, one: Located) -> Iterator[Json]:
        """The frames of one of the report's, callee first: what was told of inlined functions, and itself."""
        frame = _told(one)
        trust = {"trust": one["trust"]} if isinstance(one.get("trust"), str) else {}
        settled = "function" in frame and "lineno" in frame
        if settled:
            for inlined in list_of(one.get("inlines"))[:MAX_INLINES]:
                yield {**_told(object_of(inlined)), **trust, "data": {"inlined": True}}
        module, address = one.get("module"), parse_address(one.get("offset"))
        if isinstance(module, str) and module:
            frame["package"] = module
        if address is not None and not settled:
            frame |= {"instruction_addr": hex(address), "adjust_instruction_addr": False}
        yield {**frame, **trust}

    def _image(self, known: Mapping[str, Any]) -> Json | None:
        start, end = parse_address(known.get("base_addr")), parse_address(known.get("end_addr"))
        if start is None:
            return None
        identity, code = normalise_debug_id(known.get("debug_id")), normalise_code_id(known.get("code_id"))
        entry: Json = {"type": self._type, "code_file": known.get("filename"), "debug_file": known.get("debug_file"), "code_id": code}
        entry["debug_id"] = identity if identity and identity.replace("-", "").strip("0") else None
        entry |= {"image_addr": hex(start), "image_size": end - start if end is not None and end > start else None}
        return {key: value for key, value in entry.items() if value}


def _told(one: Mapping[str, Any]) -> Json:
    """What a report says of a function and its place, as a frame."""
    function = one.get("function")
    return make_native(function if isinstance(function, str) else None, place_told(one.get("file"), one.get("line")))
