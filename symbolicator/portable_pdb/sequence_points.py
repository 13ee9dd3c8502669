"""Sequence points: from a method's IL offsets to lines and columns (Portable PDB v1.0, "Sequence Points Blob")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.portable_pdb.metadata import signed, unsigned

HIDDEN: Final = 0
"""The line of a point whose code is in no source."""
_MAX_OFFSET: Final = 0x2000_0000
_MAX_LINE: Final = 0x2000_0000
_MAX_COLUMN: Final = 0x10000


class Point(NamedTuple):
    """Code from `offset` (in the method's IL) on is of this place. `line` and `column` count from 1; `line` is 0 where it is hidden."""

    offset: int
    document: int
    line: int
    column: int


class Broken(Exception):
    """Points from here on make no sense."""


def read_points(blob: memoryview, document: int) -> Iterator[Point]:
    """The points of one method, by ascending offsets. `document` is the one of all of them, 0 where the blob says it.

    Raises `Broken` behind the last one that makes sense.
    """
    size = len(blob)
    if not size:
        return
    _, at = unsigned(blob, 0)  # the local variables' signature
    if not document:
        document, at = unsigned(blob, at)
    offset, line, column = 0, 0, 0
    first, placed = True, False
    while at < size:
        step, at = unsigned(blob, at)
        if step == 0 and not first:
            document, at = unsigned(blob, at)
            continue
        offset += step
        first = False
        lines, at = unsigned(blob, at)
        columns, at = signed(blob, at) if lines else unsigned(blob, at)
        if offset >= _MAX_OFFSET:
            raise Broken
        if not lines and not columns:
            yield Point(offset, document, HIDDEN, 0)
            continue
        if placed:
            more, at = signed(blob, at)
            line += more
            more, at = signed(blob, at)
            column += more
        else:
            line, at = unsigned(blob, at)
            column, at = unsigned(blob, at)
            placed = True
        if not 0 < line < _MAX_LINE or not 0 <= column < _MAX_COLUMN:
            raise Broken
        yield Point(offset, document, line, column)
