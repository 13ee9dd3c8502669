"""The second run of a woven event: the halves as they were before an earlier run wove them. What that left, `weaving.py` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.model import Event

_replace = msgspec.structs.replace


def unweave(event: Event) -> Event:
    """The halves as they were before an earlier run wove them."""
    return _replace(
        event,
        exceptions=tuple(_apart(value) for value in event.exceptions),
        threads=tuple(_apart(value) for value in event.threads),
    )


def _apart(owner: Any) -> Any:
    stack = owner.stacktrace
    if stack is None or not {"woven", "woven_into"} & set(stack.extra):
        return owner
    own = len(stack.raw_frames)
    extra = {key: value for key, value in stack.extra.items() if key not in {"woven", "woven_into"}}
    told = stack.extra.get("woven")
    if isinstance(told, list) and told and isinstance(told[0], Mapping):
        count = told[0].get("frames")
        if isinstance(count, int) and 0 <= count <= own:
            own = count
    raw = owner.extra.get("raw_stacktrace")
    kept = dict(owner.extra)
    if isinstance(raw, Mapping):
        kept["raw_stacktrace"] = {**raw, "frames": list(stack.raw_frames[:own])}
    return _replace(
        owner, extra=kept, stacktrace=_replace(stack, frames=stack.frames[:own], raw_frames=stack.raw_frames[:own], extra=extra)
    )
