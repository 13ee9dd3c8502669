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
from bisect import bisect_right
from collections.abc import Iterator
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
        start, end, low, high, owner = chunks[CHUNK * number : CHUNK * (number + 1)].tolist()
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
        starts, ends = self._dwarf.covered
        at = bisect_right(starts, start) - 1
        left = max(start, ends[at]) if at >= 0 else start
        while left < end:
            stop = min(end, starts[at + 1]) if at + 1 < len(starts) else end
            after = ends[at] if at >= 0 else 0
            if left < stop:
                if (after, unit) in self._ending:
                    yield left, stop, key
                else:
                    yield from ((first, beyond, key) for first, beyond in self._begun(unit, after, left, stop))
            at += 1
            if at >= len(starts):
                return
            left = ends[at]

    def _within(self, unit: int, start: int, end: int) -> Iterator[_Span]:
        low, high = self.firsts[unit], self.firsts[unit + 1]
        at = max(bisect_right(self.starts, start, low, high) - 1, low)
        while at < high and self.starts[at] < end:
            first, beyond = max(start, self.starts[at]), min(end, self.ends[at])
            if first < beyond:
                yield first, beyond
            at += 1

    def _begun(self, unit: int, after: int, start: int, end: int) -> Iterator[_Span]:
        """The start of the last sequence of the unit's rows that begins after `after`."""
        begins, units = self._strays
        at = bisect_right(begins, start) - 1
        at = bisect_right(begins, begins[at] - 1) if at >= 0 else 0  # the first of those that begin there
        while at < len(begins) and begins[at] < end:
            following = bisect_right(begins, begins[at])
            if begins[at] >= after and unit in units[at:following]:
                first, beyond = max(start, begins[at]), min(end, begins[following] if following < len(begins) else end)
                if first < beyond:
                    yield first, beyond
            at = following

    def _users(self, unit: int) -> list[int]:
        """The units that use the line table of a unit, in order; the unit is the first."""
        return self._tables.get(unit, [unit])

    @cached_property
    def _tables(self) -> dict[int, list[int]]:
        return {users[0]: users for users in users_of_tables(self._dwarf).values()}

    @cached_property
    def _ending(self) -> set[tuple[int, int]]:
        """The end of each claim, with its unit."""
        claims = self._dwarf.claims
        return set(zip(claims[1::3].tolist(), claims[2::3].tolist(), strict=True))

    @cached_property
    def _strays(self) -> tuple[list[int], list[int]]:
        found = find_strays(self._dwarf)
        return [start for start, _ in found], [unit for _, unit in found]
