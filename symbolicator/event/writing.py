"""Model → event JSON: a new dict; unchanged parts are shared with the caller's, which is never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from symbolicator.event.errors import problem_json, write_errors
from symbolicator.event.reading import NoObject
from symbolicator.event.shapes import is_callee_first, key_in
from symbolicator.keys import parse_address
from symbolicator.model import Event, ExceptionValue, Frame, Image, Json, Stacktrace


def write(event: Event) -> dict[str, Any]:
    """The event as a new dict: its JSON, with stacktraces, raw stacktraces, image statuses and errors in their places."""
    return _write(event, _write_frames)


def write_for_json(event: Event) -> dict[str, Any]:
    """As `write`, but only to be encoded by msgspec: its frames are structs, which are created and encoded faster."""
    return _write(event, lambda stack: [_wire_frame(frame, stack.raw_frames) for frame in stack.frames])


_OURS = ("woven", "woven_into", "apart")
"""What joining stacks adds to one (`transformers/weaving.py`)."""
_WriteFrames = Callable[[Stacktrace], list[Any]]


def _write(event: Event, frames: _WriteFrames) -> dict[str, Any]:
    source = event.source
    out = dict(source)
    if event.exceptions:
        key = key_in(source, "exception")
        out[key] = _holder(source.get(key), [_write_exception(e, frames) for e in event.exceptions])
    if event.threads:
        key = key_in(source, "threads")
        out[key] = _holder(source.get(key), [_with_stack(_as_came(t.extra), t.stacktrace, frames) for t in event.threads])
    if event.stacktrace is not None:
        key = key_in(source, "stacktrace")
        if isinstance(source.get(key), Mapping) or not isinstance(source.get("frames"), list):
            _with_stack(out, event.stacktrace, frames, key)
        else:
            _write_shorthand(out, event.stacktrace, frames)
    if event.stacktraces:
        ordered: _WriteFrames = (lambda stack: frames(stack)[::-1]) if is_callee_first(source) else frames
        out["stacktraces"] = [_write_shorthand(_as_came(s.extra), s, ordered) for s in event.stacktraces]
    _write_images(out, event)
    write_errors(out, event)
    return out


def _holder(before: object, values: list[Any]) -> object:
    if isinstance(before, list):
        return values
    if isinstance(before, Mapping) and "values" in before:
        return {**before, "values": values}
    return values[0] if isinstance(before, Mapping) and len(values) == 1 else {"values": values}


def _write_exception(value: ExceptionValue, frames: _WriteFrames) -> Any:
    if isinstance(value.extra, NoObject):
        return value.extra.entry
    out = dict(value.extra)
    for key, text in (("type", value.type), ("value", value.value), ("module", value.module)):
        if text is not None:
            out[key] = text
    return _with_stack(out, value.stacktrace, frames)


def _with_stack(out: dict[str, Any], stack: Stacktrace | None, frames: _WriteFrames, key: str = "stacktrace") -> dict[str, Any]:
    if stack is None:
        return out
    out[key] = {**stack.extra, "frames": frames(stack)}
    raw = out.get("raw_stacktrace")
    if not (isinstance(raw, Mapping) and isinstance(raw.get("frames"), list)):
        came = {key: value for key, value in stack.extra.items() if key not in _OURS}
        out["raw_stacktrace"] = {**came, "frames": list(stack.raw_frames)}
    return out


def _write_shorthand(out: Any, stack: Stacktrace, frames: _WriteFrames) -> Any:
    if not isinstance(out, dict):
        return out
    out["frames"] = frames(stack)
    if not isinstance(out.get("raw_stacktrace"), Mapping):
        out["raw_stacktrace"] = {"frames": list(stack.raw_frames)}
    return out


def _write_frames(stack: Stacktrace) -> list[Any]:
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
"""Fields written unchanged, in this order."""
_written = attrgetter(*_WRITTEN)


_NOTHING: dict[str, Any] = {}
_WIRE = (*_WRITTEN, "instruction_addr", "symbol_addr", "data")
_WireFrame = msgspec.defstruct("_WireFrame", [(name, object, None) for name in _WIRE], omit_defaults=True, frozen=True, gc=False)
"""A frame as it is written, without empty fields."""


def _write_frame(frame: Frame, raw_frames: tuple[Any, ...]) -> object:
    values = _wire_values(frame, raw_frames)
    if values is None:
        return raw_frames[frame.raw_index or 0]
    out: dict[str, Any] = msgspec.to_builtins(_WireFrame(*values[:-1]))
    for name in ("pre_context", "post_context"):
        if name in out:
            out[name] = list(out[name])
    out["data"] = values[-1]  # nothing in it is changed
    if frame.extra:
        out.update(frame.extra)
    return out


def _wire_frame(frame: Frame, raw_frames: tuple[Any, ...]) -> object:
    """A frame to be encoded; a dict if it has keys of its own."""
    values = None if frame.extra else _wire_values(frame, raw_frames)
    return _write_frame(frame, raw_frames) if values is None else _WireFrame(*values)


def _wire_values(frame: Frame, raw_frames: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The values of `_WIRE`; None if the frame is not an object: then only the event's errors mention it."""
    index = frame.raw_index
    raw = raw_frames[index] if index is not None and 0 <= index < len(raw_frames) else _NOTHING
    if type(raw) is not dict and not isinstance(raw, Mapping):
        return None
    address, start = frame.instruction_addr, frame.symbol_addr
    data = {**frame.data, "symbolicator_status": frame.status._value_}  # `value` would be looked up each time
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
    """An address in hex; as it was written `before` if it is the same."""
    text = hex(address)
    return text if before is None or before == text or parse_address(before) != address else before


def _write_images(out: dict[str, Any], event: Event) -> None:
    if not any(image.debug_status for image in event.images):
        return
    images = [_write_image(image) for image in event.images]
    key = key_in(out, "debug_meta")
    meta = out.get(key)
    if isinstance(meta, Mapping) and isinstance(meta.get("images"), list):
        out[key] = {**meta, "images": images}
    else:
        out["images" if isinstance(out.get("images"), list) else "modules"] = images


def _write_image(image: Image) -> Any:
    if isinstance(image.extra, NoObject):
        return image.extra.entry
    out = dict(image.extra)
    for key, value in (("debug_status", image.debug_status), ("features", image.features), ("arch", image.arch)):
        if value is not None:
            out[key] = value
    if image.candidates:
        out["candidates"] = list(image.candidates)
    return out


def _as_came(extra: Json) -> Any:
    """A new dict of an entry, to be written into; an entry that is not an object is returned itself."""
    return extra.entry if isinstance(extra, NoObject) else dict(extra)
