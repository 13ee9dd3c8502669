"""Event JSON ⇄ model, with nothing lost.

Read is lenient: a value of the wrong type costs itself (an `invalid_data` problem), not its frame. Where a `raw_stacktrace` is
there, it is what is read, so that symbolicating twice equals symbolicating once. Write gives a new dict; what was not changed is
shared with the caller's, which is never touched.

Shapes: Sentry's event, and the shorthands `{"platform", "frames", "images"}` and `{"platform", "stacktraces": [{"frames"}], "modules"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, cast

import msgspec

from symbolicator.carried import CARRIERS, GROUPS, carried_exceptions, carried_threads
from symbolicator.keys import normalise_code_id, normalise_debug_id, parse_address
from symbolicator.model import Event, ExceptionValue, Frame, Image, Json, Stacktrace, Thread
from symbolicator.problems import Problem, ProblemType

_STRINGS = (
    "platform",
    "function",
    "raw_function",
    "filename",
    "abs_path",
    "module",
    "package",
    "symbol",
    "addr_mode",
    "lang",
    "context_line",
)
_INTEGERS = ("lineno", "colno")
_ADDRESSES = ("instruction_addr", "symbol_addr")
_LINES = ("pre_context", "post_context")
_READ: dict[str, type | None] = {
    **dict.fromkeys((*_INTEGERS, *_ADDRESSES, *_LINES, "data")),
    **dict.fromkeys(_STRINGS, str),
    "in_app": bool,
}
"""Fields that are read; with a type, those that are taken as they are where they have this very one."""
_OURS = frozenset(("symbolicator_status", "raw_index", "problems"))
_MAX_NUMBER = 2**63 - 1
MAX_ERRORS = 200
"""Distinct problems listed in `errors`; each frame still carries its own."""

_replace = msgspec.structs.replace


def read(source: Json) -> Event:
    """The model of an event. Raises TypeError where `source` is no mapping at all, and nothing else."""
    if not isinstance(source, Mapping):
        raise TypeError(f"an event is a JSON object (a dict), not {type(source).__name__}")
    problems: list[Problem] = []
    platform = _string(source.get("platform"))
    values = _values(source.get("exception"), "exception", problems)
    threads_json = _values(source.get("threads"), "threads", problems)
    if _may_carry(source, values):
        values, threads_json = _with_carried(source, values, threads_json)
    exceptions = tuple(_exception(entry) for entry in values)
    threads = tuple(_thread(entry) for entry in threads_json)
    stacktrace = _stacktrace(source)
    if stacktrace is None and isinstance(source.get("frames"), list):
        stacktrace = _frames_of(source)
    stacktraces = tuple(_frames_of(entry) for entry in _values(source.get("stacktraces"), "stacktraces", problems))
    return Event(
        platform=platform,
        release=_string(source.get("release")),
        dist=_string(source.get("dist")),
        exceptions=exceptions,
        threads=threads,
        stacktrace=stacktrace,
        stacktraces=stacktraces,
        images=tuple(_image(entry) for entry in _images_json(source)),
        problems=tuple(problems),
        source=source,
    )


def _may_carry(source: Json, values: list[Json]) -> bool:
    """Whether stacks may stand elsewhere than in stacktraces: `carried.py` knows where and how."""
    return (
        any(source.get(group) for group in GROUPS)
        or not CARRIERS.isdisjoint(source)
        or any("mechanism" in value or not CARRIERS.isdisjoint(value) for value in values)
    )


def _with_carried(source: Json, values: list[Json], threads: list[Json]) -> tuple[list[Json], list[Json]]:
    for place, value in reversed(carried_exceptions(source, values)):
        values = [*values[:place], value, *values[place:]]
    return values, [*threads, *carried_threads(source, threads)]


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _values(holder: object, where: str, problems: list[Problem]) -> list[Json]:
    """The entries of `{"values": [...]}`, of a bare list, or of a single entry; what is no object is kept out and said."""
    entries: object = holder
    if isinstance(holder, Mapping):
        entries = holder.get("values", [holder])
    if entries is None:
        return []
    if not isinstance(entries, list):
        problems.append(_invalid(f"`{where}` is {_kind(entries)}, not a list"))
        return []
    return [entry if isinstance(entry, Mapping) else _NoObject(entry) for entry in entries]


class _NoObject(dict[str, Any]):
    """An entry of a list of objects that is none: nothing is read of it, and `entry` is written as it came."""

    def __init__(self, entry: object) -> None:
        super().__init__()
        self.entry = entry


def _as_came(extra: Json) -> Any:
    """A new dict of an entry, to be written into; of no object, the entry itself."""
    return extra.entry if isinstance(extra, _NoObject) else dict(extra)


def _kind(value: object) -> str:
    return {str: "a string", int: "a number", float: "a number", bool: "a boolean", list: "a list", dict: "an object"}.get(
        type(value), "null"
    )


def _invalid(detail: str) -> Problem:
    return Problem(type=ProblemType.INVALID_DATA, detail=detail, hint="correct it where the event is made; the rest of the event was used")


def _exception(entry: Json) -> ExceptionValue:
    return ExceptionValue(
        type=_string(entry.get("type")),
        value=_string(entry.get("value")),
        module=_string(entry.get("module")),
        stacktrace=_stacktrace(entry),
        extra=entry,
    )


def _thread(entry: Json) -> Thread:
    return Thread(stacktrace=_stacktrace(entry), extra=entry)


def _stacktrace(owner: Json) -> Stacktrace | None:
    now, raw = owner.get("stacktrace"), owner.get("raw_stacktrace")
    if isinstance(raw, Mapping) and isinstance(raw.get("frames"), list):
        return _build(raw["frames"], now if isinstance(now, Mapping) else raw, owner)
    if isinstance(now, Mapping) and isinstance(now.get("frames"), list):
        return _build(now["frames"], now, owner)
    return None


def _frames_of(owner: Json) -> Stacktrace:
    """A shorthand: the frames stand in the owner itself."""
    raw = owner.get("raw_stacktrace")
    frames = raw.get("frames") if isinstance(raw, Mapping) else owner.get("frames")
    return _build(frames if isinstance(frames, list) else [], owner, owner)


def _build(frames: Sequence[object], stack: Json, owner: Json) -> Stacktrace:
    registers = stack.get("registers")
    return Stacktrace(
        frames=tuple([read_frame(frame, index) for index, frame in enumerate(frames)]),
        raw_frames=tuple(frames),
        platform=_string(owner.get("platform")) if owner is not stack else None,
        registers=registers if isinstance(registers, Mapping) else {},
        extra=stack,
    )


def read_frame(raw: object, raw_index: int) -> Frame:
    """One frame of a raw stacktrace."""
    if type(raw) is not dict and not isinstance(raw, Mapping):
        return Frame(raw_index=raw_index, problems=(_invalid(f"frame {raw_index} is {_kind(raw)}, not an object"),))
    known: dict[str, Any] = {"raw_index": raw_index}
    extra: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in _READ:
            extra[key] = value
        elif value is not None:
            # Nearly every value is of the right type as it is; the rest is looked at more closely.
            if type(value) is _READ[key]:
                known[key] = value
                continue
            taken = parse_address(value) if key in _ADDRESSES else _field(key, value)
            if taken is None:
                known["problems"] = (*known.get("problems", ()), _invalid(f"frame {raw_index}: `{key}` is {_shown(value)}"))
            else:
                known[key] = taken
    if extra:
        known["extra"] = extra
    return Frame(**known)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value!r:.40}" if isinstance(value, str | int | float) else _kind(value)


def _field(key: str, value: object) -> object | None:
    """`value` as the model holds it; None where it cannot be that."""
    if key in _STRINGS:
        return value if isinstance(value, str) else None
    if key in _INTEGERS:
        if isinstance(value, str) and len(value) < 20 and value.strip().isascii() and value.strip().isdigit():
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_NUMBER else None
    if key in _LINES:
        return tuple(value) if isinstance(value, list) and all(isinstance(line, str) for line in value) else None
    if key == "in_app":
        return value if isinstance(value, bool) else None
    return {k: v for k, v in value.items() if k not in _OURS} if isinstance(value, Mapping) else None  # data


def _images_json(source: Json) -> list[Json]:
    meta = source.get("debug_meta")
    for found in (meta.get("images") if isinstance(meta, Mapping) else None, source.get("images"), source.get("modules")):
        if isinstance(found, list):
            return [entry if isinstance(entry, Mapping) else _NoObject(entry) for entry in found]
    return []


def _image(entry: Json) -> Image:
    return Image(
        type=_string(entry.get("type")),
        code_file=_string(entry.get("code_file")) or _string(entry.get("name")),
        code_id=normalise_code_id(entry.get("code_id")),
        debug_file=_string(entry.get("debug_file")),
        debug_id=normalise_debug_id(entry.get("debug_id") or entry.get("id")),
        image_addr=parse_address(entry.get("image_addr")),
        image_size=parse_address(entry.get("image_size")),
        image_vmaddr=parse_address(entry.get("image_vmaddr")),
        arch=_string(entry.get("arch")),
        uuid=normalise_debug_id(entry.get("uuid")),
        extra=entry,
    )


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(event: Event) -> dict[str, Any]:
    """The event as a new dict: what came, with stacktraces, raw stacktraces, image statuses and errors in their places."""
    return _write(event, write_frames)


def write_for_json(event: Event) -> dict[str, Any]:
    """`write`, to be encoded by msgspec and not to be looked into: its frames are structs, which are soon made and soon encoded."""
    return _write(event, lambda stack: [_wire_frame(frame, stack.raw_frames) for frame in stack.frames])


_WriteFrames = Callable[[Stacktrace], list[Any]]


def _write(event: Event, frames: _WriteFrames) -> dict[str, Any]:
    source = event.source
    out = dict(source)
    if event.exceptions:
        out["exception"] = _holder(source.get("exception"), [_write_exception(e, frames) for e in event.exceptions])
    if event.threads:
        out["threads"] = _holder(source.get("threads"), [_with_stack(_as_came(t.extra), t.stacktrace, frames) for t in event.threads])
    if event.stacktrace is not None:
        if isinstance(source.get("stacktrace"), Mapping) or not isinstance(source.get("frames"), list):
            _with_stack(out, event.stacktrace, frames)
        else:
            _write_shorthand(out, event.stacktrace, frames)
    if event.stacktraces:
        out["stacktraces"] = [_write_shorthand(_as_came(s.extra), s, frames) for s in event.stacktraces]
    _write_images(out, event)
    _write_errors(out, event)
    return out


def _holder(before: object, values: list[Any]) -> object:
    if isinstance(before, list):
        return values
    if isinstance(before, Mapping) and "values" in before:
        return {**before, "values": values}
    return values[0] if isinstance(before, Mapping) and len(values) == 1 else {"values": values}


def _write_exception(value: ExceptionValue, frames: _WriteFrames) -> Any:
    if isinstance(value.extra, _NoObject):
        return value.extra.entry
    out = dict(value.extra)
    for key, text in (("type", value.type), ("value", value.value), ("module", value.module)):
        if text is not None:
            out[key] = text
    return _with_stack(out, value.stacktrace, frames)


def _with_stack(out: dict[str, Any], stack: Stacktrace | None, frames: _WriteFrames) -> dict[str, Any]:
    if stack is None:
        return out
    out["stacktrace"] = {**stack.extra, "frames": frames(stack)}
    raw = out.get("raw_stacktrace")
    if not (isinstance(raw, Mapping) and isinstance(raw.get("frames"), list)):
        out["raw_stacktrace"] = {**stack.extra, "frames": list(stack.raw_frames)}
    return out


def _write_shorthand(out: Any, stack: Stacktrace, frames: _WriteFrames) -> Any:
    if not isinstance(out, dict):
        return out
    out["frames"] = frames(stack)
    if not isinstance(out.get("raw_stacktrace"), Mapping):
        out["raw_stacktrace"] = {"frames": list(stack.raw_frames)}
    return out


def write_frames(stack: Stacktrace) -> list[Any]:
    """The frames' JSON, caller first."""
    return [_write_frame(frame, stack.raw_frames) for frame in stack.frames]


_WRITTEN = (
    "function",
    "raw_function",
    "filename",
    "abs_path",
    "module",
    "package",
    "lineno",
    "colno",
    "in_app",
    "platform",
    "lang",
    "symbol",
    "addr_mode",
    "context_line",
    "pre_context",
    "post_context",
)
"""Fields that are written as they are, in this order."""
_written = attrgetter(*_WRITTEN)


_NOTHING: dict[str, Any] = {}
_WIRE = (*_WRITTEN, "instruction_addr", "symbol_addr", "data")
_WireFrame = msgspec.defstruct("_WireFrame", [(name, object, None) for name in _WIRE], omit_defaults=True, frozen=True, gc=False)
"""A frame as it is written, what it does not have left out."""


def _write_frame(frame: Frame, raw_frames: tuple[Any, ...]) -> object:
    values = _wire_values(frame, raw_frames)
    if values is None:
        return raw_frames[frame.raw_index or 0]
    out: dict[str, Any] = msgspec.to_builtins(_WireFrame(*values[:-1]))
    for name in ("pre_context", "post_context"):
        if name in out:
            out[name] = list(out[name])
    out["data"] = values[-1]  # as it came: of what is in there, nothing is changed
    if frame.extra:
        out.update(frame.extra)
    return out


def _wire_frame(frame: Frame, raw_frames: tuple[Any, ...]) -> object:
    """A frame to be encoded; a dict where it has keys of its own."""
    values = None if frame.extra else _wire_values(frame, raw_frames)
    return _write_frame(frame, raw_frames) if values is None else _WireFrame(*values)


def _wire_values(frame: Frame, raw_frames: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The values of `_WIRE`; None where the frame is no object: it has no place for a status then, the event's errors tell of it."""
    index = frame.raw_index
    raw = raw_frames[index] if index is not None and 0 <= index < len(raw_frames) else _NOTHING
    if type(raw) is not dict and not isinstance(raw, Mapping):
        return None
    address, start = frame.instruction_addr, frame.symbol_addr
    data = {**frame.data, "symbolicator_status": frame.status._value_}  # `value` is looked for each time
    if index is not None:
        data["raw_index"] = index
    if frame.problems:
        data["problems"] = [problem_json(problem) for problem in frame.problems]
    return (
        *_written(frame),
        None if address is None else _write_address(address, raw.get("instruction_addr")),
        None if start is None else _write_address(start, raw.get("symbol_addr")),
        data,
    )


def _write_address(address: int, before: object) -> object:
    """An address in hex; as it was written `before`, where that was the same one."""
    text = hex(address)
    return text if before is None or before == text or parse_address(before) != address else before


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as the wire has it; empty parts are left out."""
    out = cast(dict[str, Any], msgspec.to_builtins(problem))
    if "tried" in out:
        out["tried"] = list(out["tried"])  # an answer equals its own JSON, read again
    return out


def _write_images(out: dict[str, Any], event: Event) -> None:
    if not any(image.debug_status for image in event.images):
        return
    images = [_write_image(image) for image in event.images]
    meta = out.get("debug_meta")
    if isinstance(meta, Mapping) and isinstance(meta.get("images"), list):
        out["debug_meta"] = {**meta, "images": images}
    else:
        out["images" if isinstance(out.get("images"), list) else "modules"] = images


def _write_image(image: Image) -> Any:
    if isinstance(image.extra, _NoObject):
        return image.extra.entry
    out = dict(image.extra)
    for key, value in (("debug_status", image.debug_status), ("features", image.features), ("arch", image.arch)):
        if value is not None:
            out[key] = value
    if image.candidates:
        out["candidates"] = list(image.candidates)
    return out


def _is_ours(error: object) -> bool:
    """Errors of ours carry `detail`; those of reading a text have `of` too, and are the text's."""
    return isinstance(error, Mapping) and "detail" in error and "of" not in error and error.get("type") in ProblemType._value2member_map_


def _write_errors(out: dict[str, Any], event: Event) -> None:
    before = event.source.get("errors")
    ours = distinct_problems(event)
    theirs = list(_kept_errors(before, event, ours)) if isinstance(before, list) else []
    if len(ours) > MAX_ERRORS:
        more = len(ours) - MAX_ERRORS
        ours = [*ours[:MAX_ERRORS], Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"{more}{_MORE}")]
    if theirs or ours:
        out["errors"] = [*theirs, *(problem_json(problem) for problem in ours)]
    elif isinstance(before, list):
        out["errors"] = []


def _kept_errors(before: list[Any], event: Event, ours: Sequence[Problem]) -> Iterator[Any]:
    """The errors that came with the event, without those that an earlier run found on its frames, and those that are found again now."""
    again: set[str] | None = None
    for error in before:
        if _is_ours(error):
            if again is None:
                known = [problem_json(problem) for problem in ours]
                known += [one for stack in event.all_stacktraces() for frame in _list(stack.extra, "frames") for one in _problems_of(frame)]
                again = set(map(_as_key, known))
            if _as_key(error) in again or str(error["detail"]).endswith(_MORE):
                continue
        yield error


_MORE = " more problems are on their frames only"


def _list(holder: object, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, Mapping) else None
    return found if isinstance(found, list) else []


def _as_key(problem: object) -> str:
    """The same text for equal problems, whatever the order of their keys: a list of many is not compared one by one."""
    return repr(sorted(problem.items(), key=str) if isinstance(problem, Mapping) else problem)


def _problems_of(frame: object) -> list[Any]:
    return _list(frame.get("data"), "problems") if isinstance(frame, Mapping) else []


def distinct_problems(event: Event) -> list[Problem]:
    """Each problem of the event, its images and its frames once, in the order they stand."""
    seen: dict[Problem, None] = dict.fromkeys(event.problems)
    owners: Iterable[Frame | Image] = (*event.images, *(f for s in event.all_stacktraces() for f in s.frames))
    for owner in owners:
        for problem in owner.problems:
            seen.setdefault(problem)
    return list(seen)
