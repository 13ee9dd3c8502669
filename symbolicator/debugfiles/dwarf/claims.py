"""Which unit answers an address if units contradict themselves: the rule shared by both speeds.

A unit's DIE says what the unit covers. In a sound file its functions and lines are there; in a damaged one they may be anywhere, and when
the file is read whole, such a unit would answer for others. Read unit by unit (`debugfiles/lazy.py`), it would not be used there. So:

1. Units that claim the address answer. If there are none, those that end last before it, and those whose line rows begin last before it
after that (`unclaimed_lines.py`).
2. If they have no function, units that do not say what they cover (`Dwarf.silent`) answer.

The first of several is used: those with a function before those with a line, and of lines the first unit's of both. A row with an invalid
file is not a line.

`clipped` cuts the chunks of a whole file (`kernels.native_layers`) by this rule. Rows that no function covers belong to all units of their
table.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.unclaimed_lines import find_strays, users_of_tables
from symbolicator.debugfiles.outline import put_together
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import native_layers
from symbolicator.kernels.dwarf_numbers import CHUNK
from symbolicator.kernels.native_layers import ALONE

_SILENT: Final = ALONE >> 1
"""Added to the owner of a function if the unit does not claim the code but does not say what it covers either."""
_Span = tuple[int, int]
"""First svma, first beyond."""
_BEYOND: Final = (1 << 64) - 1


def clipped(dwarf: Dwarf, chunks: memoryview, rows_at: memoryview) -> memoryview:
    """The chunks of all of a file's units, each only where its unit may answer. `rows_at`: the start of each of their rows."""
    count = len(chunks) // CHUNK
    if not count:
        return chunks
    claims = _Claims(dwarf)
    numbers = zeros("I", count)
    astray = native_layers.astray(chunks, count, claims.firsts, claims.starts, claims.ends, numbers)
    if not astray:
        return chunks
    pieces = array("Q")
    for number in numbers[:astray]:
        start, end, low, high, owner = chunks[CHUNK * number : CHUNK * (number + 1)]
        for first, beyond, key in claims.pieces(start, end, owner):
            pieces.extend((first, beyond, max(bisect_right(rows_at, first, low, high) - 1, low), high, key))
        chunks[CHUNK * number + 1] = start  # nothing is left of it
    whole = zeros("Q", len(chunks) + len(pieces))
    whole[: len(chunks)], whole[len(chunks) :] = chunks, memoryview(pieces)
    return whole


class _Claims:
    """Each unit's claims: `starts` and `ends`, disjoint and ascending within a unit, whose first has number `firsts[unit]`."""

    def __init__(self, dwarf: Dwarf) -> None:
        self._dwarf = dwarf
        self.starts, self.ends, self.firsts = put_together(dwarf.claims, dwarf.main.count)
        self._spans: dict[int, list[_Span]] = {}
        """See `_kept`; by unit."""

    def pieces(self, start: int, end: int, owner: int) -> Iterator[tuple[int, int, int]]:
        """The kept part of a chunk: first svma, first beyond, owner."""
        for unit in [owner] if owner < ALONE else self._users(owner - ALONE):
            key = unit + (ALONE if owner >= ALONE else 0)
            left = start
            for first, beyond in self._within(unit, start, end):
                yield from self._unclaimed(left, first, unit, key)
                yield first, beyond, key
                left = beyond
            yield from self._unclaimed(left, end, unit, key)

    def _unclaimed(self, start: int, end: int, unit: int, key: int) -> Iterator[tuple[int, int, int]]:
        """The kept parts of a piece that the unit does not claim."""
        if start >= end:
            return
        if unit in self._dwarf.silent_set:
            yield start, end, key if key >= ALONE else key + _SILENT
            return
        spans = self._kept(unit)
        at = max(bisect_right(spans, (start,)) - 1, 0)
        while at < len(spans) and spans[at][0] < end:
            first, beyond = spans[at]
            if start < beyond:
                yield max(start, first), min(end, beyond), key
            at += 1

    def _within(self, unit: int, start: int, end: int) -> Iterator[_Span]:
        low, high = self.firsts[unit], self.firsts[unit + 1]
        at = max(bisect_right(self.starts, start, low, high) - 1, low)
        while at < high and self.starts[at] < end:
            first, beyond = max(start, self.starts[at]), min(end, self.ends[at])
            if first < beyond:
                yield first, beyond
            at += 1

    def _kept(self, unit: int) -> list[_Span]:
        """Where a unit answers without a claim, ascending and disjoint: between claims, from an end of its own to the next one of any
        unit; and elsewhere where the last sequence of rows that begins is its own.
        """
        if unit not in self._spans:
            starts, ends = self._dwarf.covered
            owned = self.ends[self.firsts[unit] : self.firsts[unit + 1]].tolist()
            after = {row + 1 for end in owned if ends[row := bisect_left(ends, end)] == end}
            whole = [(ends[gap - 1], starts[gap] if gap < len(starts) else _BEYOND) for gap in after]
            numbers = iter(self._begun.get(unit, ()))
            begun = [(first, beyond) for gap, first, beyond in zip(numbers, numbers, numbers, strict=True) if gap not in after]
            self._spans[unit] = sorted(whole + begun)
        return self._spans[unit]

    def _users(self, unit: int) -> list[int]:
        """The units that use the line table of a unit, in order; the unit is the first."""
        return self._tables.get(unit, [unit])

    @cached_property
    def _tables(self) -> dict[int, list[int]]:
        return {users[0]: users for users in users_of_tables(self._dwarf).values()}

    @cached_property
    def _begun(self) -> dict[int, array[int]]:
        """By unit, three numbers for each sequence of its rows between claims: of the claims before, first svma, first beyond."""
        found: dict[int, array[int]] = {}
        starts, _ = self._dwarf.covered
        beyond = _BEYOND
        for first, strays in groupby(reversed(find_strays(self._dwarf)), itemgetter(0)):
            gap = bisect_right(starts, first)
            end = min(beyond, starts[gap]) if gap < len(starts) else beyond
            for unit in {unit for _, unit in strays}:
                found.setdefault(unit, array("Q")).extend((gap, first, end))
            beyond = first
        return found
