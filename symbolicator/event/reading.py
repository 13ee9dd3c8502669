"""Event JSON → model. Lenient: a value of the wrong type is ignored (an `invalid_data` problem), its frame is kept.

If there is a `raw_stacktrace`, it is read instead, so that symbolicating twice equals symbolicating once.

Shapes: Sentry's event, and the shorthands `{"platform", "frames", "images"}` and `{"platform", "stacktraces": [{"frames"}], "modules"}`.
Others that mean the same are in `shapes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from symbolicator.event.carried import CARRIERS, GROUPS, carried_exceptions, carried_threads, holds_stack
from symbolicator.event.shapes import is_callee_first, with_todays_keys
from symbolicator.event.texts import with_text_stacks
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
"""Fields that are read; if there is a type, values of exactly this type are taken unchanged."""
_MAX_NUMBER = 2**63 - 1
_Plain = msgspec.defstruct(
    "_Plain",
    [
        *((name, str | None, None) for name in _STRINGS),
        *((name, Annotated[int, msgspec.Meta(ge=-_MAX_NUMBER, le=_MAX_NUMBER)] | None, None) for name in _INTEGERS),
        ("in_app", bool | None, None),
    ],
    forbid_unknown_fields=True,
    gc=False,
)
"""A frame whose fields are all read, and right as they are."""
_OURS = frozenset(("symbolicator_status", "raw_index", "problems"))
_APPLES = ("apple", "macho")
"""Types of images whose uuid is their debug id; older events have nothing else."""


def read(source: Json) -> Event:
    """The model of an event. Raises TypeError if `source` is not a mapping, and nothing else."""
    if not isinstance(source, Mapping):
        raise TypeError(
            f"an event is a JSON object (a dict), not {type(source).__name__}; a trace as text goes to symbolicate_text or parse_trace"
        )
    event = read_frames(source)
    if any(stack.raw_frames for stack in event.all_stacktraces()):
        return event
    with_stacks = with_text_stacks(source)
    return event if with_stacks is source else read_frames(with_stacks)


def read_frames(source: Json) -> Event:
    """The model of an event whose texts are no stacks, even if it has no frames: one that was made of another form."""
    problems: list[Problem] = []
    came, source = source, with_todays_keys(source)
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
    problems += _misshapen("the event", source)
    for where, owners in (("an exception", values), ("a thread", threads_json)):
        for owner in owners:
            problems += _misshapen(where, owner)
    if is_callee_first(source):
        stacktraces = tuple(msgspec.structs.replace(stack, frames=stack.frames[::-1]) for stack in stacktraces)
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
        source=came,
    )


def _may_carry(source: Json, values: list[Json]) -> bool:
    """Whether stacks may be in other places than stacktraces: `carried.py` knows where and how."""
    return (
        any(source.get(group) for group in GROUPS)
        or not CARRIERS.isdisjoint(source)
        or any("mechanism" in value or not CARRIERS.isdisjoint(value) or holds_stack(value.get("value")) for value in values)
    )


def _with_carried(source: Json, values: list[Json], threads: list[Json]) -> tuple[list[Json], list[Json]]:
    for place, value in reversed(carried_exceptions(source, values)):
        values = [*values[:place], value, *values[place:]]
    return values, [*threads, *carried_threads(source, threads)]


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _values(holder: object, where: str, problems: list[Problem]) -> list[Json]:
    """The entries of `{"values": [...]}`, of a bare list, or of a single entry; entries that are not objects are dropped with a problem."""
    entries: object = holder
    if isinstance(holder, Mapping):
        entries = holder.get("values", [holder])
    if entries is None:
        return []
    if not isinstance(entries, list):
        problems.append(_invalid(f"`{where}` is {_kind(entries)}, not a list"))
        return []
    return [entry if isinstance(entry, Mapping) else NoObject(entry) for entry in entries]


class NoObject(dict[str, Any]):
    """An entry of a list of objects that is not an object: it is not read, and `entry` is written back unchanged."""

    def __init__(self, entry: object) -> None:
        super().__init__()
        self.entry = entry


def _kind(value: object) -> str:
    return {str: "a string", int: "a number", float: "a number", bool: "a boolean", list: "a list", dict: "an object"}.get(
        type(value), "null"
    )


def _invalid(detail: str) -> Problem:
    return Problem(type=ProblemType.INVALID_DATA, detail=detail, hint="fix it where the event is created; the rest of the event was used")


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


def _misshapen(where: str, owner: Json) -> Sequence[Problem]:
    """What is wrong with the stack of an event, exception or thread, which then has none."""
    stack = owner.get("stacktrace")
    if stack is None:
        return ()
    if not isinstance(stack, Mapping):
        return (_invalid(f"the `stacktrace` of {where} is {_kind(stack)}, not an object with `frames`"),)
    frames = stack.get("frames")
    return () if frames is None or isinstance(frames, list) else (_invalid(f"`stacktrace.frames` is {_kind(frames)}, not a list"),)


def _stacktrace(owner: Json) -> Stacktrace | None:
    now, raw = owner.get("stacktrace"), owner.get("raw_stacktrace")
    if isinstance(raw, Mapping) and isinstance(raw.get("frames"), list):
        return _build(raw["frames"], now if isinstance(now, Mapping) else raw, owner)
    if isinstance(now, Mapping) and isinstance(now.get("frames"), list):
        return _build(now["frames"], now, owner)
    return None


def _frames_of(owner: Json) -> Stacktrace:
    """A shorthand: the frames are in the owner itself."""
    raw = owner.get("raw_stacktrace")
    frames = raw.get("frames") if isinstance(raw, Mapping) else owner.get("frames")
    return _build(frames if isinstance(frames, list) else [], owner, owner)


def _build(frames: Sequence[object], stack: Json, owner: Json) -> Stacktrace:
    registers = stack.get("registers")
    return Stacktrace(
        frames=tuple(_read_frames(frames)),
        raw_frames=tuple(frames),
        platform=_string(owner.get("platform")) if owner is not stack else None,
        registers=registers if isinstance(registers, Mapping) else {},
        extra=stack,
    )


def _read_frames(frames: Sequence[Any]) -> list[Frame]:
    """The frames of a raw stacktrace. Most stacks have plain ones alone, which msgspec says of all of them at once."""
    try:
        msgspec.convert(frames, list[_Plain])  # type: ignore[valid-type]
    except (msgspec.ValidationError, UnicodeEncodeError):  # half a surrogate pair in a key
        return [read_frame(frame, index) for index, frame in enumerate(frames)]
    return [Frame(raw_index=index, **frame) for index, frame in enumerate(frames)]


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
            # Nearly every value has the right type; the others are checked more closely.
            if type(value) is _READ[key] or (key in _INTEGERS and type(value) is int and -_MAX_NUMBER <= value <= _MAX_NUMBER):
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
    """`value` as the model has it; None if it cannot be converted."""
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
            return [entry if isinstance(entry, Mapping) else NoObject(entry) for entry in found]
    return []


def _image(entry: Json) -> Image:
    return Image(
        type=_string(entry.get("type")),
        code_file=_string(entry.get("code_file")) or _string(entry.get("name")),
        code_id=normalise_code_id(entry.get("code_id")),
        debug_file=_string(entry.get("debug_file")),
        debug_id=normalise_debug_id(entry.get("debug_id") or entry.get("id") or (entry.get("type") in _APPLES and entry.get("uuid"))),
        image_addr=parse_address(entry.get("image_addr")),
        image_size=parse_address(entry.get("image_size")),
        image_vmaddr=parse_address(entry.get("image_vmaddr")),
        arch=_string(entry.get("arch")),
        uuid=normalise_debug_id(entry.get("uuid")),
        extra=entry,
    )
