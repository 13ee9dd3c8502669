"""Compiles a Breakpad symbol file to the table of all native formats (`table/columns.py`).

With INLINE records, line records belong to the innermost function, and the lines of the enclosing calls are in INLINE.
Functions, calls and line records are merged by the same kernels as for DWARF, a piece of the text at a time.
"""

from __future__ import annotations

from array import array
from itertools import compress
from operator import sub
from typing import Final

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.breakpad.reading import Faults, Records, names_of, read_records
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.paths import clean
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, Collector
from symbolicator.debugfiles.table.buffers import NONE, filled, sweep_room, zeros
from symbolicator.debugfiles.table.columns import FUNCTION_WIDTH, KIND, NODE_WIDTH, PLACE_WIDTH, VERSION
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.debugfiles.table.writing import combined, joined, write_numbered_symbols, write_rows, write_strings
from symbolicator.kernels import breakpad_numbers as bn
from symbolicator.kernels import breakpad_records as kernel
from symbolicator.kernels import dwarf_lines, native_layers
from symbolicator.kernels.dwarf_numbers import CHUNK

_PAGE: Final = 4096
_LAST: Final = 0xFFFFFFFFFFFFFFFF
_MANGLED: Final = 1 << 31
"""Set in a string's number if the name must be demangled."""
_LEAST_NUMBERS: Final = 1 << 16
"""File and origin numbers must be below this, or below the size of the text: writers count them up, and a record takes more than a byte."""


def write_table(file: Container) -> TableWriter:
    """The table of a file. Unreadable lines are skipped; the table's warnings say how many."""
    faults = Faults()
    strings = Strings(2 * len(file.whole) + (16 << 20))
    pieces = _Pieces(strings, max(len(file.whole), _LEAST_NUMBERS))
    for piece in read_records(file.whole, faults):
        faults.count += pieces.add(piece)
    writer = TableWriter(KIND, VERSION)
    pieces.write(writer)
    write_strings(writer, strings)
    writer.meta = {"warnings": faults.warnings, "load_address": file.load_address, "arch": file.arch, "missing_splits": []}
    return writer


class _Pieces:
    """The columns of a table, in pieces until `write`."""

    def __init__(self, strings: Strings, most_numbers: int) -> None:
        self._strings = strings
        self._most_numbers = most_numbers
        self._named = {kind: (array("Q"), array("I")) for kind in (bn.FILE, bn.ORIGIN, bn.PUBLIC)}
        """By kind: numbers or addresses, and strings."""
        self._functions = array("I")
        """The string of each FUNC."""
        self._function_starts, self._function_ends = array("Q"), array("Q")
        self._nodes: list[memoryview] = []
        self._node_starts: list[memoryview] = []
        self._node_count = 0
        self._addresses: list[memoryview] = []
        self._places: list[memoryview] = []
        self._chunks: list[memoryview] = []
        self._row_count = 0

    def add(self, piece: Records) -> int:
        """Add the records of a piece; returns how many of them are invalid: inlined calls without an enclosing caller, and files
        and origins whose numbers are too high.
        """
        ranges = len(piece.intervals) // bn.INTERVAL
        lost = 0
        for kind, (numbers, strings) in self._named.items():
            found, names = names_of(piece.named, kind)
            numbers.extend(found)
            strings.extend(self._gather(piece.text, names))
            lost += kind != bn.PUBLIC and sum(number >= self._most_numbers for number in found)
        lost += kernel.nest(piece.entries, piece.intervals, ranges, zeros("I", bn.MOST_LEVELS + 1))
        self._paint(piece, ranges)
        self._add_nodes(piece)
        return lost

    def _gather(self, text: memoryview, names: array[int]) -> array[int]:
        """The strings of names, with `_MANGLED`; 0 for none."""
        index = zeros("I", len(names))
        for prefix in (0, kernel.MANGLED):
            self._strings.gather(text, prefix, memoryview(names), index)
        return array("I", [string | _MANGLED if name >> 44 else string for string, name in zip(index, names, strict=True)])

    def _add_nodes(self, piece: Records) -> None:
        count = len(piece.entries) // bn.ENTRY
        nodes, node_starts = zeros("I", NODE_WIDTH * count), zeros("Q", count)
        kernel.nodes(piece.entries, count, self._node_count, len(self._functions), nodes, node_starts)
        self._nodes.append(nodes)
        self._node_starts.append(node_starts)
        self._node_count += count
        own = [not level for level in piece.entries[bn.E_LEVEL :: bn.ENTRY]]
        starts, names, ends = (array("Q", compress(piece.entries[at :: bn.ENTRY], own)) for at in (bn.E_START, bn.E_NAME, bn.E_END))
        self._functions += self._gather(piece.text, names)
        self._function_starts += starts
        self._function_ends += ends

    def _paint(self, piece: Records, ranges: int) -> None:
        lines = len(piece.lines) // bn.LINE
        addresses, files, numbers = zeros("Q", 2 * lines + 1), zeros("I", 2 * lines + 1), zeros("I", 2 * lines + 1)
        rows = kernel.rows(piece.lines, lines, addresses, files, numbers)
        entries = len(piece.entries) // bn.ENTRY
        room = 2 * ranges + rows + 4
        starts, places, chunks = zeros("Q", room), zeros("I", PLACE_WIDTH * room), zeros("Q", CHUNK * room)
        functions = native_layers.Functions(piece.entries, zeros("Q", entries), piece.intervals)
        sweep = native_layers.Sweep(*sweep_room(ranges))
        painted = native_layers.Painted()
        painted.give(starts, places, chunks)
        turn = memoryview(array("Q", (0, ranges, 0, rows, 0, 0, bn.MOST_NUMBERS, 0, False)))
        native_layers.paint(functions, dwarf_lines.Columns(addresses, files, numbers, zeros("I", len(files))), turn, sweep, painted)
        rows = painted.row
        places, chunks = places[: PLACE_WIDTH * rows], chunks[: CHUNK * painted.chunk]
        native_layers.shift_rows(places, chunks, self._node_count, 0, self._row_count)
        self._row_count += rows
        self._addresses.append(starts[:rows])
        self._places.append(places)
        self._chunks.append(chunks)

    def write(self, writer: TableWriter) -> None:
        """Write all columns but those of the strings. The pieces are used up."""
        nodes, node_starts = _taken(self._nodes, "I"), _taken(self._node_starts, "Q")
        starts, places = self._rows()
        files = self._by_number(bn.FILE, 0, NONE)
        kernel.settle(places, PLACE_WIDTH, 1, files)
        kernel.settle(nodes, NODE_WIDTH, 2, files)
        # The functions are those of FUNC, the origins, and one without a name for calls whose origin is not in the file.
        names = self._functions + self._named[bn.ORIGIN][1]
        kernel.called(nodes, self._by_number(bn.ORIGIN, len(self._functions), len(names)))
        names.append(0)
        functions = array("I", bytes(4 * FUNCTION_WIDTH * len(names)))
        functions[::FUNCTION_WIDTH] = array("I", [0 if name & _MANGLED else name for name in names])
        functions[1::FUNCTION_WIDTH] = array("I", [name & ~_MANGLED if name & _MANGLED else 0 for name in names])
        paths = array("I", [number for path in self._paths() for number in (path, 0)])
        write_rows(writer, starts, places)
        writer.column("nodes", nodes).column("node_starts", node_starts).column("functions", functions).column("files", paths)
        self._write_symbols(writer)

    def _rows(self) -> tuple[memoryview, memoryview]:
        """The starts and places of the table's rows."""
        addresses, places, chunks = _taken(self._addresses, "Q"), _taken(self._places, "I"), _taken(self._chunks, "Q")
        return combined(chunks, addresses, places)

    def _paths(self) -> list[int]:
        """The strings of the FILE records, cleaned."""
        heap, starts = self._strings.heap, self._strings.starts
        numbers = (name & ~_MANGLED for name in self._named[bn.FILE][1])
        texts = [str(heap[starts[number - 1] : starts[number]], "utf-8", "replace") if number else "" for number in numbers]
        return self._strings.add(clean(text).encode() for text in texts)

    def _by_number(self, kind: int, base: int, missing: int) -> memoryview:
        """By the number of a FILE or an origin, its index in the file from `base` on; `missing` for others, and after the last."""
        numbers, _ = self._named[kind]
        highest = max((number for number in numbers if number < self._most_numbers), default=0)
        table = filled("I", highest + 2, missing)
        for place, number in enumerate(numbers, base):
            if number <= highest:
                table[number] = place
        return table

    def _write_symbols(self, writer: TableWriter) -> None:
        """Functions and PUBLIC records as symbols, for look-ups by name and offset. A PUBLIC extends to the next of both, the last
        of all to the end of its page.
        """
        found = Collector()
        heap = found.heap(memoryview(b""))  # names are strings of the table, by number
        starts, ends, names = self._function_starts, self._function_ends, self._functions
        rows = array("Q", bytes(24 * len(starts)))
        rows[::3], rows[1::3], rows[2::3] = starts, array("Q", map(sub, ends, starts)), ends
        found.extend(memoryview(rows), memoryview(bytes((GLOBAL | FUNCTION,)) * len(starts)), heap, memoryview(names))
        addresses, names = self._named[bn.PUBLIC]
        limit = max(max(ends, default=0), min(max(addresses, default=0) | (_PAGE - 1), _LAST - 1) + 1)
        for address, name in zip(addresses, names, strict=True):
            found.add(address, 0, limit, GLOBAL, heap, name)
        symbols = found.finish()
        write_numbered_symbols(writer, symbols, array("I", [name & ~_MANGLED for name in symbols.name]))


def _taken(pieces: list[memoryview], code: str) -> memoryview:
    """The pieces concatenated. They are freed."""
    whole = joined(pieces, code)
    pieces.clear()
    return whole
