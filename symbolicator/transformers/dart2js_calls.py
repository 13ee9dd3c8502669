"""Frames of functions that dart2js inlined: its maps say which calls are around a position, and where each of them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from symbolicator.artifacts.text import TextIndex
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, SourceText
from symbolicator.problems import Problem
from symbolicator.sourcemaps.dart2js import Dart2jsCompiler
from symbolicator.transformers.place import Place

DART2JS: Final = Dart2jsCompiler()


def with_callers(
    frame: Frame, place: Place, text: SourceText | None, lookup: Lookup, mapped: Callable[[Place], Frame]
) -> tuple[Frame, ...]:
    """A frame at `place`, and the calls around it that were inlined; outermost function first.

    The map's own position is the innermost one; the frame's name is that of the script's function, which is the outermost. `text` is the
    script's, without which no offset is known; `mapped` makes a frame of another place.
    """
    if not isinstance(text, TextIndex):
        return (frame,)
    byte = text.byte_at(place.line, place.column)
    if byte is None:
        return (frame,)
    extension = lookup.compiled(DART2JS, place.map_artifact)
    if isinstance(extension, Problem):
        return (frame,)
    calls = extension.inlined(text.unit_at(byte))
    if any(call.source >= place.map.source_count for call in calls):
        return (frame,)
    inner, found = frame, list[Frame]()
    for call in calls:
        found.append(replace(inner, function=call.called, data={**inner.data, "inlined": True}))
        source = place.map.source(call.source)
        hit = place.hit._replace(source_index=call.source, source=source, line=call.line, column=call.column, name=None)
        inner = replace(mapped(replace(place, hit=hit, source=source)), function=frame.function)
    return (inner, *reversed(found))
