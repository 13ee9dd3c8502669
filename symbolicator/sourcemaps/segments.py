"""Segments as flat rows, sorted by generated position, and the look-up of one.

A row is a u64 key, `generated line << 32 | generated column`, four u32 (source, original line, original column, name; `vn.NONE` for
none) and, in maps with range mappings, a flag. One sorted key for line and column makes look-up one bisect, and costs nothing for lines
without segments, however many a file claims to have. All numbers count from 0; columns are UTF-16 code units.

Follows ECMA-426 §"Mappings structure" and the range mappings proposal. Which row wins: the last one at the greatest column at or before
the one asked for, on the same generated line.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from symbolicator.errors import LimitExceeded
from symbolicator.kernels import compiled, regular_mappings, vlq
from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps import document
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.tokens import tokens_of

MAX_SEGMENTS: Final = 1 << 25
"""Rows of one file: 800 MB. The biggest map we know has a fifth of that."""
MAX_KEY: Final = (1 << 64) - 1

_COMPILED: Final = compiled()
_SKIPPED: Final = (vn.BAD_DIGIT, vn.OVERRUN, vn.OVERFLOW, vn.FIELDS, vn.COLUMN, vn.EMPTY, vn.OVERLAP)


class Segments:
    """Rows under construction, then the rows of a map. `keys` (u64), `originals` (u32 × 4) and `flags` (u8; empty without range
    mappings).
    """

    def __init__(self, room: int, with_flags: bool) -> None:
        """Room for `room` rows. Raises `LimitExceeded` beyond `MAX_SEGMENTS`."""
        if room > MAX_SEGMENTS:
            raise LimitExceeded(f"the map may have {room} segments; at most {MAX_SEGMENTS} are read")
        self.keys = memoryview(bytearray(8 * room)).cast("Q")
        self.originals = memoryview(bytearray(16 * room)).cast("I")
        self.flags = memoryview(bytearray(room if with_flags else 0))
        self.count = 0

    def trim(self) -> None:
        """Let the views end with the last row."""
        self.keys = self.keys[: self.count]
        self.originals = self.originals[: 4 * self.count]
        self.flags = self.flags[: self.count]

    def add_unmapped(self, key: int) -> None:
        """One row at `key` that maps nowhere, after all others."""
        self.keys[self.count] = key
        self._unmap(self.count)
        self.count += 1

    def insert_unmapped(self, row: int, key: int) -> None:
        """One row at `key` that maps nowhere, before row `row`."""
        end = self.count
        self.keys[row + 1 : end + 1] = self.keys[row:end]
        self.originals[4 * row + 4 : 4 * end + 4] = self.originals[4 * row : 4 * end]
        if len(self.flags):
            self.flags[row + 1 : end + 1] = self.flags[row:end]
            self.flags[row] = 0
        self.keys[row] = key
        self._unmap(row)
        self.count += 1

    def find(self, line: int, column: int) -> int:
        """The row whose segment holds generated `line`, `column` (from 0), the last at the greatest column at or before it on any line; -1
        for none.
        """
        if line < 0 or column < 0:
            return -1
        return bisect_right(self.keys, line << 32 | min(column, COLUMN), 0, self.count) - 1

    def key(self, row: int) -> int:
        """The generated position of a row."""
        found: int = self.keys[row]
        return found

    def original(self, row: int) -> Sequence[int]:
        """A row's source, original line and column, and name."""
        return self.originals[vn.ROW * row : vn.ROW * (row + 1)]

    def is_range(self, row: int) -> bool:
        """Whether a row is a range mapping."""
        return len(self.flags) > 0 and self.flags[row] != 0

    @property
    def nbytes(self) -> int:
        """What the rows take of memory."""
        return self.keys.nbytes + self.originals.nbytes + self.flags.nbytes

    def whole(self) -> Segments:
        """All rows: these."""
        return self

    def _unmap(self, row: int) -> None:
        self.originals[4 * row] = self.originals[4 * row + 3] = vn.NONE
        self.originals[4 * row + 1] = self.originals[4 * row + 2] = 0


def text_of(raw: msgspec.Raw) -> memoryview:
    """The text of a JSON string of ASCII: the bytes between its quotes as they stand, or, where some writer escaped what needs no escape,
    decoded.
    """
    return closed_text_of(raw)[:-1]


def closed_text_of(raw: msgspec.Raw) -> memoryview:
    """`text_of`, and the quote after it."""
    text = memoryview(raw)[1:]
    if _count(text, 92, 92) == 0:
        return text
    found = document.value(raw)
    return memoryview((found.encode("utf-8", "replace") if isinstance(found, str) else b"") + b'"')


def room_for(text: memoryview) -> int:
    """The greatest number of segments that this text of `mappings` can hold."""
    separators = _count(text, 44, 59)
    return min(separators + 1, len(text) - separators)  # a segment has a digit at least: lines without any cost nothing


def _count(text: memoryview, one: int, other: int) -> int:
    if _COMPILED:
        counted: int = vlq.count_bytes(text, one, other)
        return counted
    plain = bytes(text)
    return plain.count(one) + (plain.count(other) if other != one else 0)


def decode_into(
    rows: Segments, text: memoryview, offset: tuple[int, int], stop: int, counts: tuple[int, int], bases: tuple[int, int], faults: Faults
) -> tuple[int, bool]:
    """Append the segments of `text` (`closed_text_of` a `mappings`) for a section at `offset` (line, column); keys of `stop` and more are
    left out.

    `counts`: the section's sources and names; `bases`: how many came before. Rows keep the order they were written in. Returns the
    number out of order within their line, and whether any was skipped. What is wrong is reported to `faults`.
    """
    section = vlq.Section(*offset, stop, *counts, *bases)
    count, end = decode_regular(text, section, rows, (0, *offset, 0, 0, 0, 0))
    if count >= 0 and end == len(text) - 1:
        rows.count += count
        return 0, False
    found = memoryview(bytearray(8 * vn.KINDS)).cast("q")
    firsts = memoryview(bytearray(8 * vn.KINDS * vn.FIRST_WIDTH)).cast("q")
    rows.count = vlq.decode_mappings(text[:-1], vlq.DIGITS, rows.keys, rows.originals, section, vlq.Faults(found, firsts), rows.count)
    numbers = found.tolist()
    if not any(numbers):
        return 0, False
    faults.report_segments(numbers, firsts.tolist(), *counts)
    return numbers[vn.UNSORTED], any(numbers[kind] for kind in _SKIPPED)


def decode_regular(text: memoryview, section: vlq.Section, rows: Segments, state: Sequence[int]) -> tuple[int, int]:
    """Decode as many rows of regular mappings (`closed_text_of`) as there is room for; how many and where they end in the text, or -1
    where something is wrong with them.

    `state` is the decoder's before the first of them (`vn.STATE`). `rows.count` stays.
    """
    states = memoryview(array("q", [*state, *(0,) * vn.STATE]))
    keys, originals = rows.keys[rows.count :], rows.originals[vn.ROW * rows.count :]
    count = regular_mappings.decode_regular(text, regular_mappings.TABLE, section, states, 0, keys, originals, len(keys))
    return count, states[vn.STATE + vn.STATE_OFFSET]


def sort(rows: Segments, start: int) -> None:
    """Put the rows from `start` on in order, those of one column as they were written. Only lines that are out of order are touched."""
    flags = rows.flags if len(rows.flags) else memoryview(bytearray(rows.count))
    at = vlq.first_unsorted(rows.keys, start, rows.count)
    while at < rows.count:
        line = rows.keys[at] & ~COLUMN
        first = bisect_left(rows.keys, line, start, rows.count)  # lines are in order, and so is the half that this asks for
        end = bisect_left(rows.keys, line + COLUMN + 1, first, rows.count)
        scratch = memoryview(bytearray(8 * (end - first))).cast("I")
        if _COMPILED:
            vlq.sort_rows(rows.keys, rows.originals, flags, first, end, scratch[: end - first], scratch[end - first :])
        else:
            _sort_plainly(rows, flags, first, end)
        at = vlq.first_unsorted(rows.keys, end - 1, rows.count)


def _sort_plainly(rows: Segments, flags: memoryview, first: int, end: int) -> None:
    """`vlq.sort_rows` by `sorted`, which is the quicker of the two where the kernel runs uncompiled."""
    keys, originals, marks = rows.keys[first:end].tolist(), rows.originals[4 * first : 4 * end].tolist(), flags[first:end].tolist()
    for row, old in enumerate(sorted(range(end - first), key=keys.__getitem__), first):
        rows.keys[row] = keys[old]
        flags[row] = marks[old]
        rows.originals[4 * row : 4 * row + 4] = memoryview(array("I", originals[4 * old : 4 * old + 4]))


def flag_ranges(rows: Segments, start: int, line: int, text: memoryview, faults: Faults) -> None:
    """Flag the rows from `start` on that `rangeMappings` names, before they are sorted. `line` is the section's.

    The text has a group for each generated line; its unsigned VLQs are distances of 1 and more, the first from before the line's first
    mapping (the proposal's encoding of October 2025): `BBCgB` names the mappings 0, 1, 3 and 35 of its line. Earlier drafts counted the
    first from 0: a text with a zero is of those, or broken, and all of it is left out, for its other lines say something else then.
    """
    tokens = tokens_of(text)
    if 0 in tokens:
        faults.report("`rangeMappings` holds an offset of zero; ignored")
        return
    wrong = 0
    first = end = -1
    index = -1
    for token in tokens:
        if token >= 0:
            if first < 0:
                first = bisect_left(rows.keys, line << 32, start, rows.count)
                end = bisect_left(rows.keys, (line + 1) << 32, first, rows.count)
            index += token
            if first + index < end:
                rows.flags[first + index] = 1
            else:
                wrong += 1
        elif token == vn.SEMICOLON_TOKEN:
            line += 1
            first, index = -1, -1
        else:
            wrong += 1
    if wrong:
        faults.note(f"`rangeMappings` names {wrong} mappings that do not exist")
