"""Look-ups in a map, however it is stored: the same rules over rows in memory (`LiveIndex`) and over a compiled table
(`index.py`).

A subclass provides rows, sources and texts; the rules that turn a generated position into an answer are here, once.
Lines and columns count from 0, columns in UTF-16 code units (ECMA-426 §"Position types").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from symbolicator.artifacts.lines import Context
from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.places import COLUMN

if TYPE_CHECKING:
    from symbolicator.sourcemaps.metro import Extras
    from symbolicator.sourcemaps.scopes import ScopeFrame, Scopes

_MAX_RUN = 256
_AROUND = 64
"""How many segments on either side of one are used to tell whether its map has columns there."""


class Hit(NamedTuple):
    """The original of a generated position."""

    source_index: int
    source: str | None
    """After `sourceRoot`; None if the map does not name it."""
    line: int
    column: int
    name: str | None
    """The original identifier at the segment's start, if it was renamed."""
    generated_line: int
    """Of the segment's start; before the requested line only in a range mapping that spans lines, and in a map that `crosses_lines`."""
    generated_column: int


class Run(NamedTuple):
    """Consecutive segments of one generated line that all lead to the same original position."""

    start: int
    """The generated column of the first."""
    end: int | None
    """The generated column of the first segment after them; None if there is none on the line."""
    size: int
    """How many they are."""


class Lookups:
    """Look-ups by generated position. Everything else uses the `source_index` of a `Hit`."""

    debug_id: str | None
    file: str | None
    warnings: tuple[str, ...]
    source_count: int
    scopes: Scopes | None
    row_count: int
    crosses_lines: bool
    """Whether a segment extends over line ends to the next one: dart2js writes its maps so, and package:source_maps reads them so."""
    has_delegates: bool
    """Whether `delegate` may have an answer."""
    extras: Extras
    """Tables of React Native builds."""

    @property
    def line_count(self) -> int:
        """The number of generated lines up to the last one with a mapping."""
        return (self._key(self.row_count - 1) >> 32) + 1 if self.row_count else 0

    def lookup(self, line: int, column: int) -> Hit | None:
        """The original position of generated `line`, `column`; None if nothing maps there.

        That is the position of the last segment at the greatest column at or before `column` on the same line; for a range mapping, moved
        by the distance from its start, over line ends too. A segment without a source means that its code has no source.
        In a map that `crosses_lines` it is the last segment on any earlier line if its own line has none so far.
        """
        row = self._find(line, column)
        if row < 0:
            return None
        key = self._key(row)
        generated_line, generated_column = key >> 32, key & COLUMN
        is_range = self._is_range(row)
        if generated_line != line and not is_range and not self.crosses_lines:
            return None
        source, original_line, original_column, name = self._original(row)
        if source == vn.NONE:
            return None
        if is_range:
            original_column = original_column + column - generated_column if generated_line == line else column
            original_line += line - generated_line
        text = None if name == vn.NONE else self._name(name)
        return Hit(source, self.source(source), original_line, original_column, text, generated_line, generated_column)

    def first_at(self, line: int, column: int) -> Hit | None:
        """The original position of the first of the segments at exactly that generated column; None if there is none, or it has no source.

        `lookup` returns the last one. A minifier that replaces a name by its function leaves both there, the name first.
        """
        row = self._find(line, column)
        key = line << 32 | column
        if row < 0 or self._key(row) != key:
            return None
        first = row
        while first > 0 and row - first < _MAX_RUN and self._key(first - 1) == key:
            first -= 1
        source, original_line, original_column, name = self._original(first)
        if source == vn.NONE:
            return None
        text = None if name == vn.NONE else self._name(name)
        return Hit(source, self.source(source), original_line, original_column, text, line, column)

    def run_around(self, line: int, column: int) -> Run | None:
        """The segments around the one for `line`, `column` that lead to exactly its original position; None if nothing maps there."""
        row = self._find(line, column)
        if row < 0 or self._key(row) >> 32 != line:
            return None
        place = tuple(self._original(row)[:3])
        first, last = row, row + 1
        while first > 0 and row - first < _MAX_RUN and self._leads(first - 1, line, place):
            first -= 1
        while last - row < _MAX_RUN and self._leads(last, line, place):
            last += 1
        end = self._key(last) if last < self.row_count else None
        return Run(self._key(first) & COLUMN, None if end is None or end >> 32 != line else end & COLUMN, last - first)

    def _leads(self, row: int, line: int, place: tuple[int, ...]) -> bool:
        return row < self.row_count and self._key(row) >> 32 == line and tuple(self._original(row)[:3]) == place

    def knows_columns(self, line: int, column: int) -> bool:
        """Whether the map has columns around generated `line`, `column`.

        A map without columns (webpack's `cheap-…`, or from a plugin that works line by line) leads to the starts of lines: so does this
        segment, and so do three of four segments of its source around it.
        """
        row = self._find(line, column)
        if row < 0:
            return True
        source, _, original_column = tuple(self._original(row)[:3])
        if original_column != 0:
            return True
        around = [tuple(self._original(i)[:3]) for i in range(max(0, row - _AROUND), min(self.row_count, row + _AROUND + 1))]
        columns = [each[2] for each in around if each[0] == source]
        return 4 * columns.count(0) < 3 * len(columns)

    def last_column(self, line: int) -> int | None:
        """The column of the last segment on generated `line`; None if it has none."""
        row = self._find(line, COLUMN)
        return self._key(row) & COLUMN if row >= 0 and self._key(row) >> 32 == line else None

    def only_line(self, line: int) -> Hit | None:
        """The first mapped segment of generated `line`, if all of them lead to one line of one source; None if they do not, or if
        there are too many to check.
        """
        row = last = self._find(line, COLUMN)
        first, place = -1, None
        while row >= 0 and last - row < _MAX_RUN and self._key(row) >> 32 == line:
            original = self._original(row)
            if original[0] != vn.NONE:
                if place not in (None, tuple(original[:2])):
                    return None
                first, place = row, tuple(original[:2])
            row -= 1
        if first < 0 or (row >= 0 and self._key(row) >> 32 == line):
            return None
        return self.lookup(line, self._key(first) & COLUMN)

    def frames(self, line: int, column: int) -> list[ScopeFrame]:
        """The functions at a generated position by the map's scopes: those inlined there, innermost first, then the one they were inlined
        into.

        [] if the map has no scopes for it.
        """
        if self.scopes is None:
            return []
        hit = self.lookup(line, column)
        return self.scopes.frames_at(line, column, None if hit is None else (hit.source_index, hit.line, hit.column))

    def function_at(self, line: int, column: int, original: tuple[int, int, int]) -> ScopeFrame | None:
        """The innermost function at a generated position that leads to `original` (source, line, column), by the map's scopes: the
        generated range's function, because an original position may be imprecise. None if no range contains it.
        """
        frames = [] if self.scopes is None else self.scopes.frames_at(line, column, original)
        return frames[0] if frames else None

    def function_name(self, source: int, line: int, column: int) -> str | None:
        """The function around an original position, from the map itself: from its scopes, else from Metro's function map. None if it
        does not say.
        """
        name = self.scopes.function_name(source, line, column) if self.scopes is not None else None
        return name if name is not None else self._metro_name(source, line, column)

    def section_at(self, line: int) -> tuple[int, int | None] | None:
        """The section of an index map that starts on generated `line`: the column of its offset, and the first column that it maps on
        that line, counted from the offset (None: none). None where no section starts there.
        """
        starts = self._section_starts()
        at = bisect_left(starts, line << 32)
        if at == len(starts) or starts[at] >> 32 != line:
            return None
        column = starts[at] & COLUMN
        row = self._find(line, column)
        row += 1 if row < 0 or self._key(row) < starts[at] else 0
        if row < self.row_count and self._original(row)[0] == vn.NONE:
            row += 1  # an offset begins with a row that says where the section before it ends
        key = self._key(row) if row < self.row_count else 0
        return column, (key & COLUMN) - column if key >> 32 == line else None

    # Provided by subclasses.

    def source(self, i: int) -> str | None:
        """Source number `i`, after `sourceRoot`."""
        raise NotImplementedError

    def is_ignored(self, i: int) -> bool:
        """Whether the map's ignore list names source `i`: third-party code."""
        raise NotImplementedError

    def has_content(self, i: int) -> bool:
        """Whether the map contains the text of source `i`."""
        raise NotImplementedError

    def content(self, i: int) -> str | None:
        """The text of source `i`, if the map contains it."""
        raise NotImplementedError

    def content_holds(self, i: int, phrase: str) -> bool:
        """Whether the map contains the text of source `i`, and `phrase` occurs in it."""
        text = self.content(i)
        return text is not None and phrase in text

    def content_digest(self, i: int) -> str | None:
        """BLAKE2b of 16 bytes over that text in UTF-8, hex; equal texts have equal digests, in any map."""
        raise NotImplementedError

    def context(self, source: int, line: int, before: int, after: int) -> Context | None:
        """The lines around `line` of source number `source`, from its text; None if the map does not contain it."""
        raise NotImplementedError

    def delegate(self, line: int, column: int) -> tuple[str, int, int] | None:
        """The URL of another map that covers this generated position, and the position in it; for index maps with `sections[].url`."""
        raise NotImplementedError

    def _section_starts(self) -> Sequence[int]:
        """The keys of the sections' offsets in an index map, none in a flat one."""
        raise NotImplementedError

    def _find(self, line: int, column: int) -> int:
        raise NotImplementedError

    def _key(self, row: int) -> int:
        raise NotImplementedError

    def _original(self, row: int) -> Sequence[int]:
        raise NotImplementedError

    def _is_range(self, row: int) -> bool:
        raise NotImplementedError

    def _name(self, i: int) -> str | None:
        raise NotImplementedError

    def _metro_name(self, source: int, line: int, column: int) -> str | None:
        raise NotImplementedError


def moved(line: int, column: int, start: int) -> tuple[int, int]:
    """A generated position as seen from a section that starts at the key `start`."""
    first = start >> 32
    return line - first, column - (start & COLUMN) if line == first else column
