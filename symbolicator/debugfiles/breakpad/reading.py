"""`BreakpadFile`: a Breakpad symbol file as a `Container`, and its records, a piece of the text at a time.

The format is Breakpad's `docs/symbol_files.md`. Addresses and sizes are hexadecimal, other numbers decimal; addresses count from
the load address. `kernels/breakpad_records.py` describes what lines are converted to. STACK records are not read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.debugfiles.breakpad.header import read_header
from symbolicator.debugfiles.container import RecordFile
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, Collector, Symbols
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import breakpad_numbers as bn
from symbolicator.kernels import breakpad_records as kernel
from symbolicator.patterns import regex

PIECE: Final = 32 << 20
"""Bytes of the text whose records are in memory at once."""
_FUNCTION: Final = regex(rb"\nFUNC ")


class Records(NamedTuple):
    """The records of a piece, as described in `kernels/breakpad_records.py`."""

    entries: memoryview
    intervals: memoryview
    lines: memoryview
    named: memoryview
    text: memoryview


class Faults:
    """Invalid lines, counted over all pieces."""

    def __init__(self) -> None:
        self.count = 0
        self.first = 0
        """The number of the first invalid line, from 1."""
        self.lines = 0
        """Lines of the pieces so far."""

    @property
    def warnings(self) -> list[str]:
        """The warning about them."""
        if not self.count:
            return []
        place = f"; the first is line {self.first}" if self.first else ""
        return [f"lines that are damaged or outside their function were skipped: {self.count}{place}"]


class BreakpadFile(RecordFile):
    """A Breakpad symbol file as a `Container`. `data` is the whole file. Raises `MalformedArtifact` if its first line is damaged."""

    format = "breakpad"
    executable_ranges: tuple[tuple[int, int], ...] = ()

    def __init__(self, data: memoryview) -> None:
        self.whole = data
        self.header = read_header(data)
        self.arch, self.bits = self.header.arch, self.header.bits
        self.code_id, self.debug_id = self.header.code_id, self.header.debug_id
        self.warnings: list[str] = []

    def symbols(self) -> Symbols:
        """The functions, each as a symbol."""
        found = Collector()
        for piece in read_records(self.whole, Faults()):
            heap = found.heap(piece.text)
            for start, end, owner in zip(*(piece.intervals[at :: bn.INTERVAL] for at in range(bn.INTERVAL)), strict=True):
                entry = bn.ENTRY * owner
                if piece.entries[entry + bn.E_LEVEL] == 0:
                    name = piece.entries[entry + bn.E_NAME] & 0xFFFFFFFF  # beyond the text for none
                    found.add(start, end - start, end, FUNCTION | GLOBAL, heap, name)
        return found.finish()


def read_records(data: memoryview, faults: Faults) -> Iterator[Records]:
    """The records of a file, one piece after the other; each begins with a FUNC, except the first. A piece is valid until the next is
    read.
    """
    start = 0
    cursor, counts = zeros("q", 2), zeros("Q", bn.COUNTS)
    while start < len(data):
        found = _FUNCTION.search(data, start + PIECE) if start + PIECE < len(data) else None
        stop = len(data) if found is None else found.start() + 1
        piece = data[start:stop]
        kernel.count(piece, counts)
        room = Records(
            zeros("Q", bn.ENTRY * counts[bn.ENTRIES]),
            zeros("Q", bn.INTERVAL * counts[bn.INTERVALS]),
            zeros("Q", bn.LINE * counts[bn.LINES]),
            zeros("Q", bn.NAME * counts[bn.NAMED]),
            zeros("B", counts[bn.TEXT] + 1),
        )
        counts[bn.FAULTS] = counts[bn.FIRST_FAULT] = 0
        counts[bn.LINE_COUNT] = faults.lines
        kernel.read(piece, *room, counts, cursor)
        if not faults.count:
            faults.first = counts[bn.FIRST_FAULT]
        faults.count += counts[bn.FAULTS]
        faults.lines = counts[bn.LINE_COUNT]
        yield Records(
            room.entries[: bn.ENTRY * counts[bn.ENTRIES]],
            room.intervals[: bn.INTERVAL * counts[bn.INTERVALS]],
            room.lines[: bn.LINE * counts[bn.LINES]],
            room.named[: bn.NAME * counts[bn.NAMED]],
            room.text[: counts[bn.TEXT] + 1],
        )
        start = stop


def names_of(named: memoryview, kind: int) -> tuple[array[int], array[int]]:
    """One kind of named records: numbers or addresses, and names (u64 each), in the file's order."""
    numbers, names = array("Q"), array("Q")
    for number, what, name in zip(*(named[at :: bn.NAME] for at in range(bn.NAME)), strict=True):
        if what == kind:
            numbers.append(number)
            names.append(name)
    return numbers, names
