"""Runs line programs: from records of line tables to sorted rows. The loops are in `kernels/dwarf_lines.py`."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from symbolicator.debugfiles.table.buffers import grown, zeros
from symbolicator.kernels import dwarf_line_tables
from symbolicator.kernels import dwarf_lines as kernel
from symbolicator.kernels import dwarf_numbers as dw

NONE: Final = kernel.NONE
"""The file of a gap: no code of this unit from here to the next row."""

_MASK_64: Final = 0xFFFFFFFFFFFFFFFF
_FIRST_ROOM: Final = 1 << 12
"""Initial room for rows; programs may need more."""
_KEPT_ROOM: Final = 1 << 20
"""Largest room in buffers that are kept for the next programs, in rows."""
_SEQUENCE_ROOM: Final = 64


class CodeBounds(NamedTuple):
    """The range of code, to check a sequence's first address. One outside was dropped by the linker (a tombstone).

    `low` … `high` are the first and the last address of the file's executable sections: that settles 0 and 1 (bfd) and the section ends
    of gold. A relocatable file, a kernel and a WebAssembly module have code at 0: leave `low` at 0. −1 and −2 (lld) are tombstones in
    any case.
    """

    low: int = 0
    high: int = _MASK_64
    tombstones: tuple[int, ...] = ()
    """Further addresses where nothing can start."""


class Rows(NamedTuple):
    """The rows of a table: parallel columns, sorted by address, each address once, no row that repeats the one before it.

    A row covers the addresses up to the next one's. `files` is NONE in a gap. `lines` is 0 if the line is unknown, `columns`
    0 if the column is.
    """

    addresses: memoryview
    """u64"""
    files: memoryview
    """u32, numbers for `LineTable.path`"""
    lines: memoryview
    """u32, from 1"""
    columns: memoryview
    """u32, from 1"""
    dropped: int = 0
    """Sequences skipped because they start at a tombstone."""
    faults: int = 0
    """Instructions that were skipped, or that ended the program early."""
    fault_at: int | None = None
    """Where the first of them is in the section."""

    def find(self, address: int) -> int:
        """The row that covers `address`; -1 before the first row and in a gap."""
        row = bisect_right(self.addresses, address) - 1
        return row if row >= 0 and self.files[row] != NONE else -1


class Runner:
    """Runs the programs of a section. Keeps its buffers from one batch of tables to the next, because new pages cost more than the
    programs: each of several threads takes one set of them, or creates one.
    """

    def __init__(self, lines: dwarf_line_tables.Lines) -> None:
        self._lines = lines
        self._spare: list[_Buffers] = []

    @contextmanager
    def run(self, tables: memoryview, bounds: CodeBounds, asked: memoryview) -> Iterator[Running]:
        """Runs the programs of some tables (`LineSection.read_headers`).

        If addresses are `asked` (u64, ascending, distinct), only the rows that cover them are kept.
        """
        try:
            buffers = self._spare.pop()
        except IndexError:
            buffers = _Buffers()
        running = Running(self._lines, tables, bounds, asked, buffers)
        yield running
        if buffers.room <= _KEPT_ROOM:
            self._spare.append(buffers)


class Running:
    """Tables whose programs are run, some at a time: their rows are in `columns` until others are run, each table's from `L_ROWS` to
    `L_ROWS_END` of its record.
    """

    def __init__(
        self, lines: dwarf_line_tables.Lines, tables: memoryview, bounds: CodeBounds, asked: memoryview, buffers: _Buffers
    ) -> None:
        self._lines, self._tables, self._buffers = lines, tables, buffers
        limits = array("Q", [min(max(limit, 0), _MASK_64) for limit in (bounds.low, bounds.high, *bounds.tombstones)])
        self._machine = kernel.Machine(memoryview(limits), asked, zeros("I", 512))
        self.defines = zeros("Q", 0)
        """Of files that programs define, the start of each name, and its directory."""

    @property
    def columns(self) -> kernel.Columns:
        """The rows, for kernels."""
        return self._buffers.columns

    def run(self, first: int, stop: int) -> None:
        """Run the programs of tables `first … stop - 1`."""
        machine, buffers = self._machine, self._buffers
        record = self._tables[dw.LINE * first : dw.LINE * stop]
        size = sum(record[dw.L_END :: dw.LINE].tolist()) - sum(record[dw.L_PROGRAM :: dw.LINE].tolist())
        buffers.reserve(min(size, _KEPT_ROOM))  # a row takes a byte at least
        machine.turn, machine.stop, machine.row = first, stop, 0
        while True:
            machine.give(buffers.sequences, self.defines, *buffers.orders)
            status = kernel.run(self._lines, self._tables, machine, buffers.columns, buffers.spare)
            if status == dw.OK:
                return
            if status == dw.DEFINES:
                self.defines = grown(self.defines, 2 * len(self.defines) + 64)
            else:
                buffers.grow(status)

    def rows(self, number: int) -> Rows:
        """The rows of a table, which is run now."""
        self.run(number, number + 1)
        record = self._tables[dw.LINE * number : dw.LINE * (number + 1)]
        first, stop = record[dw.L_ROWS], record[dw.L_ROWS_END]
        faults = record[dw.L_FAULTS]
        kept = [memoryview(bytearray(view[first:stop])).cast(view.format) for view in self._buffers.views]  # type: ignore[call-overload]
        return Rows(kept[0], kept[1], kept[2], kept[3], record[dw.L_DROPPED], faults, record[dw.L_FAULT_AT] if faults else None)


_Views = tuple[memoryview, memoryview, memoryview, memoryview]


class _Buffers:
    """The buffers for running programs."""

    def __init__(self) -> None:
        self._set(_views(_FIRST_ROOM))
        self.sequences = zeros("Q", 3 * _SEQUENCE_ROOM)
        # Most programs are sorted already; only the others need more room.
        self.spare = kernel.Columns(*_views(0))
        self.orders = zeros("I", 0), zeros("I", 0)

    @property
    def room(self) -> int:
        """Rows there is room for."""
        return len(self.views[0])

    def reserve(self, rows: int) -> None:
        """Reserve room for rows; the old content is lost."""
        if self.room < rows:
            self._set(_views(min(2 * rows, _KEPT_ROOM)))

    def grow(self, status: int) -> None:
        """Enlarge whatever was too small (`dwarf_numbers`)."""
        if status == dw.SEQUENCES:
            self.sequences = grown(self.sequences, 2 * len(self.sequences))
        elif status == dw.SPARE:
            self.spare = kernel.Columns(*_views(self.room))
            self.orders = zeros("I", self.room), zeros("I", self.room)
        else:
            addresses, files, lines, columns = self.views
            room = 2 * self.room
            self._set((grown(addresses, room), grown(files, room), grown(lines, room), grown(columns, room)))

    def _set(self, views: _Views) -> None:
        self.views = views
        self.columns = kernel.Columns(*views)


def _views(room: int) -> _Views:
    return zeros("Q", room), zeros("I", room), zeros("I", room), zeros("I", room)
