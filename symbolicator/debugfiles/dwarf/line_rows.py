"""Running a line program: its bytes and its header's numbers in, rows in order out. The loops are `kernels/dwarf_lines.py`'s."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from symbolicator.debugfiles.table.buffers import grown, zeros
from symbolicator.kernels import dwarf_lines as kernel

NONE: Final = kernel.NONE
"""The file of a gap: no code of this unit from here to the next row."""

_MASK_64: Final = 0xFFFFFFFFFFFFFFFF
_FIRST_ROOM: Final = 1 << 12
"""Rows of room at first; more are made where a program needs them."""
_KEPT_ROOM: Final = 1 << 20
"""Rows of room in buffers that are kept for the next table, at most."""
_SEQUENCE_ROOM: Final = 64


_START: Final = array("Q", [int(i in {kernel.FILE, kernel.LINE}) for i in range(kernel.STATE_WIDTH)])
"""The state at the start of a program: file 1, line 1."""
_NO_CODE: Final = memoryview(b"")


class CodeBounds(NamedTuple):
    """Where code can be: what a sequence's first address is judged by. One that lies outside was dropped by the linker (a tombstone).

    `low` … `high` are the first and the last address of the file's executable sections: that settles 0 and 1 (bfd) and the section ends
    of gold. A relocatable file, a kernel and a WebAssembly module have code at 0: leave `low` at 0. −1 and −2 (lld) are tombstones in
    any case.
    """

    low: int = 0
    high: int = _MASK_64
    tombstones: tuple[int, ...] = ()
    """Further addresses at which nothing can start."""


class Rows(NamedTuple):
    """The rows of a table: parallel columns, sorted by address, each address once, no row that repeats the one before it.

    A row covers the addresses up to the next one's. `files` is NONE in a gap. `lines` is 0 where the compiler knew no line, `columns`
    0 where it knew no column.
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
    """Sequences left out because they start at a tombstone."""
    faults: int = 0
    """Instructions that were skipped, or that ended the program before its time."""
    fault_at: int | None = None
    """Where the first of them is, in bytes: from the section's start as a table says it, from the program's as the runner does."""

    def find(self, address: int) -> int:
        """The row that covers `address`; -1 before the first row and in a gap."""
        row = bisect_right(self.addresses, address) - 1
        return row if row >= 0 and self.files[row] != NONE else -1


class Program(NamedTuple):
    """A line program and what its header says of it."""

    code: memoryview
    little_endian: bool
    address_size: int
    min_inst_length: int
    max_operations: int
    line_base: int
    line_range: int
    opcode_base: int
    opcode_lengths: bytes
    """Operands of the standard opcodes, from 1 on."""


class Runner:
    """Runs programs. Keeps its buffers from one to the next, since new pages cost more than the program: shared between threads, each
    takes a set of them, or makes one.
    """

    def __init__(self) -> None:
        self._spare: list[_Buffers] = []

    def run(self, program: Program, bounds: CodeBounds, define_file: Callable[[int, int], None]) -> Rows:
        """The rows of a program. `define_file` is told where the operands of each DW_LNE_define_file start and end in it. Never raises."""
        parameters, tombstones, specials, lengths = _constants(program._replace(code=_NO_CODE), bounds)
        state = memoryview(array("Q", _START))
        room = min(len(program.code), _KEPT_ROOM)  # a row takes a byte at least
        try:
            buffers = self._spare.pop()
        except IndexError:
            buffers = _Buffers(room)
        if len(buffers.columns[0]) < room:
            buffers = _Buffers(min(2 * room, _KEPT_ROOM))
        while True:
            status = kernel.run_program(program.code, lengths, specials, parameters, tombstones, state, *buffers.columns, buffers.sequences)
            if status == kernel.DONE:
                break
            if status == kernel.DEFINE_FILE:
                define_file(state[kernel.ARGUMENT], state[kernel.POSITION])
            elif state[kernel.ROW] >= len(buffers.columns[0]):
                buffers.columns = _columns(2 * len(buffers.columns[0]), buffers.columns)
            else:
                buffers.sequences = grown(buffers.sequences, 2 * len(buffers.sequences))
        ordered, count = buffers.in_order(state[kernel.ROW], state[kernel.SEQUENCE])
        kept = [memoryview(bytes(column[:count])).cast(column.format) for column in ordered]  # type: ignore[call-overload]
        if len(buffers.columns[0]) <= _KEPT_ROOM:
            self._spare.append(buffers)
        faults = state[kernel.FAULTS]
        at = state[kernel.FAULT_AT] if faults else None
        return Rows(kept[0], kept[1], kept[2], kept[3], state[kernel.DROPPED], faults, at)


_Columns = tuple[memoryview, memoryview, memoryview, memoryview]


class _Buffers:
    """What a program is run in."""

    def __init__(self, room: int) -> None:
        self.columns = _columns(max(room, _FIRST_ROOM))
        self.sequences = zeros("Q", 3 * _SEQUENCE_ROOM)
        self._arranged: _Columns | None = None
        self._orders = self.sequences, self.sequences

    def in_order(self, count: int, sequence_count: int) -> tuple[_Columns, int]:
        """Rows in order of their sequences to rows in order of their addresses."""
        if not count:
            return self.columns, 0
        # Most programs are in order as they stand; only those that are not need more room.
        if kernel.in_order(self.columns[0], self.sequences, sequence_count):
            return self.columns, kernel.squeeze(*self.columns, count)
        if self._arranged is None or len(self._arranged[0]) < count:
            room = len(self.columns[0])
            self._arranged = _columns(room)
            self._orders = zeros("I", room), zeros("I", room)
        count = kernel.arrange(*self.columns, self.sequences, sequence_count, *self._arranged, *self._orders)
        return self._arranged, kernel.squeeze(*self._arranged, count)


def _columns(room: int, old: _Columns | None = None) -> _Columns:
    """Buffers of `room` rows, with what `old` holds."""
    if old is None:
        return zeros("Q", room), zeros("I", room), zeros("I", room), zeros("I", room)
    addresses, files, lines, columns = old
    return grown(addresses, room), grown(files, room), grown(lines, room), grown(columns, room)


@lru_cache(maxsize=64)
def _constants(header: Program, bounds: CodeBounds) -> tuple[memoryview, memoryview, memoryview, bytes]:
    """What the kernel wants to know of a header, the same for nearly all tables of a file: its parameters, the tombstones, the advances of
    special opcodes, the operands of standard ones.
    """
    mask = (1 << 8 * header.address_size) - 1
    parameters = memoryview(array("Q", bytes(8 * kernel.PARAMETER_WIDTH)))
    parameters[kernel.MIN_INST_LENGTH] = header.min_inst_length
    parameters[kernel.MAX_OPERATIONS] = header.max_operations
    parameters[kernel.OPCODE_BASE] = header.opcode_base
    parameters[kernel.BIG_ENDIAN] = not header.little_endian
    parameters[kernel.ADDRESS_MASK] = mask
    parameters[kernel.LOW] = min(max(bounds.low, 0), _MASK_64)
    parameters[kernel.HIGH] = min(max(bounds.high, 0), _MASK_64)
    parameters[kernel.MASK_64] = _MASK_64
    tombstones = memoryview(array("Q", [mask, mask - 1, *bounds.tombstones]))
    lengths = bytes(1) + header.opcode_lengths + bytes(255 - len(header.opcode_lengths))
    return parameters, tombstones, _specials(header.line_base, header.line_range, header.opcode_base), lengths


@lru_cache(maxsize=64)
def _specials(line_base: int, line_range: int, opcode_base: int) -> memoryview:
    """For each opcode its operation advance, then for each its line advance modulo 2**32 (DWARF 5 §6.2.5.1)."""
    adjusted = [max(opcode - opcode_base, 0) for opcode in range(256)]
    if line_range == 0:
        return memoryview(bytes(2048)).cast("I")
    return memoryview(array("I", [n // line_range for n in adjusted] + [(line_base + n % line_range) & 0xFFFFFFFF for n in adjusted]))
