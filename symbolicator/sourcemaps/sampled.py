"""Rows of a map that are decoded where they are asked for: after one pass over `mappings` it is known where every 256th begins.

A crash asks a map for thirty positions, and then the map is forgotten: arrays of all its rows, eighteen bytes for each of `mappings`' six,
are not worth making. The pass itself finds what is wrong with a map, so only a map without a fault is read like this
(`kernels/regular_mappings.py`); then a look-up decodes one window.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from symbolicator.kernels import regular_mappings, vlq
from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.segments import MAX_KEY, MAX_SEGMENTS, Segments, decode_regular, room_for

_WINDOWS: Final = 1024
"""Decoded windows kept for the next look-up: 6 MB."""


class Sampled:
    """The rows of one regular flat map, with the methods of `Segments`. Safe to share between threads."""

    def __init__(self, text: memoryview, section: vlq.Section, count: int, starts: memoryview, states: memoryview) -> None:
        """Use `sample`."""
        self._text = text
        self._section = section
        self._starts = starts
        self._states = states
        self._windows: dict[int, tuple[memoryview, memoryview]] = {}
        self.count = count
        self.nbytes = starts.nbytes + states.nbytes + 24 * min(count, _WINDOWS * vn.SAMPLE_ROWS)
        """What it takes of memory, at most, without the text."""

    def find(self, line: int, column: int) -> int:
        """See `Segments.find`."""
        if line < 0 or column < 0:
            return -1
        key = line << 32 | min(column, COLUMN)
        place = bisect_right(self._starts, key) - 1
        return -1 if place < 0 else vn.SAMPLE_ROWS * place + bisect_right(self._window(place)[0], key) - 1

    def key(self, row: int) -> int:
        """See `Segments.key`."""
        found: int = self._window(row // vn.SAMPLE_ROWS)[0][row % vn.SAMPLE_ROWS]
        return found

    def original(self, row: int) -> Sequence[int]:
        """See `Segments.original`."""
        at = vn.ROW * (row % vn.SAMPLE_ROWS)
        return self._window(row // vn.SAMPLE_ROWS)[1][at : at + vn.ROW]

    def is_range(self, row: int) -> bool:
        """See `Segments.is_range`."""
        return False

    def whole(self) -> Segments:
        """All rows."""
        rows = Segments(self.count, False)
        rows.count, _ = decode_regular(self._text, self._section, rows, self._states[: vn.STATE])
        return rows

    def _window(self, place: int) -> tuple[memoryview, memoryview]:
        """Keys and originals of the rows from `SAMPLE_ROWS * place` on."""
        found = self._windows.get(place)
        if found is None:
            rows = Segments(min(vn.SAMPLE_ROWS, self.count - vn.SAMPLE_ROWS * place), False)
            decode_regular(self._text, self._section, rows, self._states[vn.STATE * place : vn.STATE * (place + 1)])
            if len(self._windows) >= _WINDOWS:
                self._windows = {}
            found = self._windows[place] = rows.keys, rows.originals
        return found


def sample(text: memoryview, sources: int, names: int) -> Sampled | None:
    """The rows of a flat map's `mappings`, a JSON string from after its first quote; None if anything is wrong with them or is escaped, or
    they are too many.
    """
    if len(text) > MAX_SEGMENTS and room_for(text[:-1]) > MAX_SEGMENTS:
        return None
    room = len(text) // (2 * vn.SAMPLE_ROWS) + 1
    section = vlq.Section(0, 0, MAX_KEY, sources, names, 0, 0)
    starts, states = memoryview(bytearray(8 * room)).cast("Q"), memoryview(bytearray(8 * vn.STATE * (room + 1))).cast("q")
    scratch = Segments(vn.SAMPLE_ROWS, False)
    count = regular_mappings.sample_mappings(text, regular_mappings.TABLE, section, starts, states, scratch.keys, scratch.originals)
    if count < 0:
        return None
    used = -(-count // vn.SAMPLE_ROWS)
    return Sampled(text, section, count, starts[:used], states)
