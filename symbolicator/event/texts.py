"""Stacks that an event has only as text: in `extra.stackTrace`, `error.stack`, `exception.values[].stacktrace`, a message, wherever it is.

Loggers and error boundaries write a stack as they got it. Where an event has no frames at all, its texts are read as `symbolicator trace`
reads them, and what they say becomes exceptions and threads of the event, with the images that they list. The texts stay as they are;
`mechanism.source` of an exception, `source` of a thread say which text it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from symbolicator.errors import TraceError
from symbolicator.event.shapes import key_in

Json = Mapping[str, Any]

MAX_TEXT: Final = 1 << 17
"""Characters of all texts that are read together: a text beyond is left as it is."""
_MAX_VISITED: Final = 2_000
"""Values that are looked at."""
_MAX_DEPTH: Final = 6
_STACKS: Final = ("stack", "trace", "exc_info")
"""A text of one line is tried if its key has one of these; one of several lines always."""


def with_text_stacks(source: Json) -> Json:
    """The event with the stacks of its texts as exceptions and threads; itself if no text has one. For events that have no frames."""
    found = list(_found(source))
    if not found:
        return source
    out = dict(source)
    for name in ("exception", "threads"):
        values = [_marked(name, value, place) for place, event in found for value in (event.get(name) or {}).get("values") or []]
        if values:
            key = key_in(source, name)
            out[key] = {"values": [*_values(source.get(key)), *values]}
    images = [image for _, event in found for image in (event.get("debug_meta") or {}).get("images") or []]
    if images:
        key = key_in(source, "debug_meta")
        meta = source.get(key)
        meta = meta if isinstance(meta, Mapping) else {}
        before = meta.get("images")
        out[key] = {**meta, "images": [*(before if isinstance(before, list) else ()), *images]}
    return out


def _found(source: Json) -> Iterator[tuple[str, Json]]:
    """The texts that have frames: the place of each, and its event."""
    from symbolicator.traces import parse_trace  # few events are such

    left = MAX_TEXT
    for place, text in _texts(source):
        if len(text) > left:
            continue
        left -= len(text)
        try:
            yield place, parse_trace(text)
        except TraceError:
            continue


def _texts(source: Json) -> Iterator[tuple[str, str]]:
    """The texts that may have a stack, in the order of the event, each with its place (`extra.stackTrace`)."""
    waiting: list[tuple[str, object, int]] = [("", source, 0)]
    visited = 0
    while waiting and visited < _MAX_VISITED:
        place, value, depth = waiting.pop()
        visited += 1
        if isinstance(value, str):
            key = place.rpartition(".")[2].lower()
            if "\n" in value.strip() or any(word in key for word in _STACKS):
                yield place, value
        elif depth < _MAX_DEPTH and isinstance(value, Mapping):
            inner = [(f"{place}.{key}" if place else str(key), each, depth + 1) for key, each in value.items()]
            waiting += inner[:_MAX_VISITED][::-1]
        elif depth < _MAX_DEPTH and isinstance(value, list):
            inner = [(f"{place}[{index}]", each, depth + 1) for index, each in enumerate(value[:_MAX_VISITED])]
            waiting += inner[::-1]


def _marked(key: str, value: Json, place: str) -> Json:
    if key == "threads":
        return {**value, "source": place}
    return {**value, "mechanism": {**value.get("mechanism", {"type": "chained"}), "source": place}}


def _values(holder: object) -> list[Any]:
    """The entries of an event's exceptions or threads, in any of their shapes."""
    if isinstance(holder, Mapping):
        holder = holder.get("values", [holder])
    return holder if isinstance(holder, list) else []
