"""Paths of mapped files that Linux marks as gone: `/srv/app (deleted)`, which any tool may print wherever it names a module.

The parentheses would be taken for the tool's own. While a line is read, other characters stand for them, as many, so that places in the
line stay what they are; what was read has the parentheses again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from symbolicator.traces.format import Format, Found

_MARKS: Final = tuple(
    (f" ({words})", f" \ue0f0{words}\ue0f1") for words in ("deleted", "path inside container", "path inside overlay")
)  # of the private use area, which no tool prints


def may_be_gone(text: str) -> bool:
    """Whether any file of a text is marked as gone."""
    return any(mark in text for mark, _ in _MARKS)


def reading_gone(form: Format) -> Format:
    """A format that reads the paths of files that are gone too."""
    pair = form.read_pair
    return msgspec.structs.replace(
        form,
        read=_one(form.read),
        read_pair=None if pair is None else lambda plain, below: _restored(pair(_hidden(plain), _hidden(below))),
    )


def restored(text: str) -> str:
    """A text with the parentheses it had."""
    for mark, hidden in _MARKS:
        text = text.replace(hidden, mark)
    return text


def _one(read: Callable[[str], Found | None]) -> Callable[[str], Found | None]:
    return lambda plain: _restored(read(_hidden(plain)))


def _hidden(text: str) -> str:
    for mark, hidden in _MARKS:
        if mark in text:
            text = text.replace(mark, hidden)
    return text


def _restored(found: Found | None) -> Found | None:
    if found is None:
        return None
    frame: dict[str, Any] = {key: _value(value) for key, value in found.frame.items()}
    where = found.where
    if where is not None and where.module is not None:
        where = msgspec.structs.replace(where, module=restored(where.module))
    return msgspec.structs.replace(found, frame=frame, where=where)


def _value(value: object) -> object:
    if isinstance(value, dict):
        return {key: restored(one) if isinstance(one, str) else one for key, one in value.items()}
    return restored(value) if isinstance(value, str) else value
