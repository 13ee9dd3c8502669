"""The original classes in the types that a Java frame's text names: `data.arguments` and `data.returns`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from symbolicator.model import Frame
from symbolicator.patterns import regex

MEMBERS = ("arguments", "returns")
_TYPE = regex(r"[^\s,()\[\]]{1,1000}")


def with_named_types(frame: Frame, name: Callable[[str], str | None]) -> Frame:
    """The frame with each class that `name` knows renamed."""
    texts = {key: text for key in MEMBERS if isinstance(text := frame.data.get(key), str)}
    named = {key: _TYPE.sub(lambda found: name(found[0]) or found[0], text) for key, text in texts.items()}
    return msgspec.structs.replace(frame, data={**frame.data, **named})
