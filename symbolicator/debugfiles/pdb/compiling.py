"""From a PDB to the table that every native format compiles to (`table/columns.py`), a module at a time.

In a module, line records lie lowest, functions over them, and what is inlined over those, the innermost on top. Where modules claim the
same code, the first one has it (`native_layers.combine`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.paths import clean
from symbolicator.debugfiles.pdb.annotations import rows_of
from symbolicator.debugfiles.pdb.file import PdbFile
from symbolicator.debugfiles.pdb.modules import Lines, Procedure, read_module
from symbolicator.debugfiles.pdb.overlay import Piece, overlay
from symbolicator.debugfiles.pdb.types import FunctionNames
from symbolicator.debugfiles.table.buffers import NONE
from symbolicator.debugfiles.table.columns import KIND, SAMPLE, VERSION
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.debugfiles.table.writing import combined, limited, write_strings, write_symbols
from symbolicator.errors import LimitExceeded, MalformedArtifact

_LINES_ALONE: Final = 0x80000000
"""Added to the priority of what no function covers."""
_MAX_PATH: Final = 4096


class _Place(NamedTuple):
    """What a row says: a node, and its file, line and column."""

    node: int
    file: int
    line: int
    column: int


_NOWHERE: Final = _Place(NONE, NONE, 0, 0)


def write_table(container: Container) -> TableWriter:
    """The table of a PDB. An unreadable module is skipped, with a warning."""
    assert isinstance(container, PdbFile)  # noqa: S101  # the only format that is written by this
    made = _Compilation(container)
    for number, module in enumerate(container.dbi.modules):
        try:
            made.add(number, *read_module(container.msf.stream(module.stream), module, container.dbi))
        except LimitExceeded:
            raise
        except MalformedArtifact as error:
            container.warn(f"module {module.name}: {error.reason}")
        finally:
            container.msf.forget(module.stream)
    return made.write()


class _Compilation:
    """The columns of a table, until `write`."""

    def __init__(self, file: PdbFile) -> None:
        self._file = file
        self._dbi = file.dbi
        size = len(file.whole)
        self._left = size + 4096
        """Rows: each takes more than a byte of an honest file."""
        self._names = FunctionNames(file.msf, 2 * size)
        self._functions: dict[tuple[str | None, int], int] = {}
        self._files: dict[int, int] = {}
        """Of the places of paths in `/names`, the file's number."""
        self._nodes, self._node_starts = array("I"), array("Q")
        self._starts, self._places, self._chunks = array("Q"), array("I"), array("Q")
        self._symbols: list[Procedure] = []
        if file.dbi.is_fastlink:
            file.warn("it was linked with /DEBUG:FASTLINK: functions and lines are in the object files; link with /DEBUG:FULL")

    def add(self, number: int, procedures: list[Procedure], lines: Lines) -> None:
        """Add a module."""
        pieces: list[Piece[_Place]] = []
        for one in lines.rows:
            pieces.append(Piece(one.start, one.end, 0, self._place(NONE, lines, one.file, one.line, one.column)))
        begins = [one.start for one in lines.rows]
        claimed = _disjoint(procedures)
        nodes: dict[int, int] = {}
        for start, end, turn in claimed:
            if turn not in nodes:
                function = procedures[turn]
                nodes[turn] = self._node(function.ranges[0][0], NONE, function.name, function.language, _NOWHERE)
            pieces += self._own_lines(lines, begins, start, end, nodes[turn])
        for turn, node in nodes.items():
            if procedures[turn].sites:
                pieces += self._inlined(procedures[turn], node, lines, begins)
        self._symbols += (procedures[turn] for turn in nodes)
        self._write(number, overlay(pieces))

    def _own_lines(self, lines: Lines, begins: list[int], start: int, end: int, node: int) -> Iterator[Piece[_Place]]:
        """The lines of a function from `start` to `end`, and its code that has none."""
        yield Piece(start, end, 1, _Place(node, NONE, 0, 0))
        at = max(bisect_right(begins, start) - 1, 0)
        while at < len(begins) and begins[at] < end:
            one = lines.rows[at]
            if one.end > start:
                place = self._place(node, lines, one.file, one.line, one.column)
                yield Piece(max(one.start, start), min(one.end, end), 2, place)
            at += 1

    def _inlined(self, procedure: Procedure, node: int, lines: Lines, begins: list[int]) -> Iterator[Piece[_Place]]:
        """What is inlined into a function. A site whose code is not in it claims nothing; what is within that one is its caller's."""
        known: list[tuple[int, int, list[Piece[_Place]] | None]] = []
        """Of each site so far: its node, how deep it is, its pieces."""
        for site in procedure.sites:
            around, depth, outer = known[site.parent] if site.parent >= 0 else (node, 0, None)
            rows = rows_of(site.program, *lines.begin_of(site.inlinee))
            found: list[tuple[int, int, int]] = []
            for base, _ in procedure.ranges:  # annotations count from the function's start, or from that of its part elsewhere
                found = [
                    (max(base + row.start, start), min(base + row.end, end), turn)
                    for turn, row in enumerate(rows)
                    for start, end in procedure.ranges
                    if base + row.start < end and base + row.end > start
                ]
                if found:
                    break
            if not found:
                known.append((around, depth, outer))
                continue
            found.sort()
            call = _found(outer, found[0][0]) if outer is not None else self._line_at(lines, begins, found[0][0])
            start = found[0][0]
            own = self._node(start, around, self._names.name(site.inlinee), procedure.language, call)
            pieces = [
                Piece(start, end, 3 + depth, self._place(own, lines, rows[turn].file, rows[turn].line, rows[turn].column))
                for start, end, turn in found
            ]
            known.append((own, depth + 1, pieces))
            yield from pieces

    def _line_at(self, lines: Lines, begins: list[int], address: int) -> _Place:
        at = bisect_right(begins, address) - 1
        if at < 0 or address >= lines.rows[at].end:
            return _NOWHERE
        one = lines.rows[at]
        return self._place(NONE, lines, one.file, one.line, one.column)

    def _place(self, node: int, lines: Lines, file: int, line: int, column: int) -> _Place:
        path = lines.path_at(file)
        number = NONE if path < 0 else self._files.setdefault(path, len(self._files))
        return _Place(node, number, line, column)

    def _node(self, start: int, parent: int, name: str | None, language: int, call: _Place) -> int:
        function = self._functions.setdefault((name, language), len(self._functions))
        if self._dbi.is_moved:
            start = next((place for place, _ in self._dbi.moved(start, start + 1)), start)
        self._nodes.extend((parent, function, call.file, call.line, call.column))
        self._node_starts.append(start)
        return len(self._node_starts) - 1

    def _write(self, number: int, pieces: Iterable[tuple[int, int, _Place]]) -> None:
        """Append the rows of a module, and its chunks: stretches of functions, and of lines that no function covers."""
        if self._dbi.is_moved:
            moved = ((*where, place) for start, end, place in pieces for where in self._dbi.moved(start, end))
            pieces = sorted(islice(moved, self._left + 1))
        starts, places, chunks = self._starts, self._places, self._chunks
        first, begin, until, kind = len(starts), 0, -1, -1
        for start, end, place in pieces:
            self._left -= 1
            if self._left < 0:
                raise LimitExceeded("claims more lines than it has bytes")
            alone = int(place.node == NONE)
            if start < until:
                continue
            if start != until or alone != kind:
                if len(starts) > first:
                    chunks.extend((begin, until, first, len(starts), number + _LINES_ALONE * kind))
                first, begin, kind = len(starts), start, alone
            starts.append(start)
            places.extend(place)
            until = end
        if len(starts) > first:
            chunks.extend((begin, until, first, len(starts), number + _LINES_ALONE * kind))

    def write(self) -> TableWriter:
        """The table."""
        writer = TableWriter(KIND, VERSION)
        strings = Strings(4 * len(self._file.whole) + (16 << 20))
        names = strings.add((name or "").encode("utf-8", "replace") for name, _ in self._functions)
        functions = array("I")
        for number, (name, language) in zip(names, self._functions, strict=True):
            mangled = name is not None and name.startswith(("_Z", "?", "_R"))
            functions.extend((0, number, language) if mangled else (number if name else 0, 0, language))
        files = array("I", [each for number in strings.add(self._paths()) for each in (number, 0)])
        starts, places = combined(memoryview(self._chunks), memoryview(self._starts), memoryview(self._places))
        writer.column("starts", starts).column("places", places).column("samples", array("Q", starts[::SAMPLE].tolist()))
        writer.column("nodes", self._nodes).column("node_starts", self._node_starts).column("functions", functions).column("files", files)
        write_symbols(writer, self._file.symbols_with(iter(self._symbols)), strings)
        write_strings(writer, strings)
        writer.meta = {"warnings": limited(self._file.warnings), "load_address": 0, "arch": self._file.arch, "missing_splits": []}
        return writer

    def _paths(self) -> Iterator[bytes]:
        """The paths of the files, with a bound: they may share their bytes."""
        names, left = self._dbi.names, 2 * len(self._file.whole)
        for place in self._files:
            path = bytes(names[place : place + _MAX_PATH]).partition(b"\0")[0] if left > 0 else b""
            left -= len(path)
            yield clean(path.decode("utf-8", "replace")).encode("utf-8", "replace")


def _found(pieces: list[Piece[_Place]], address: int) -> _Place:
    """What a site around says of an address."""
    at = bisect_right(pieces, address, key=_start) - 1
    return pieces[at].value if at >= 0 and address < pieces[at].end else _NOWHERE


def _start(piece: Piece[_Place]) -> int:
    return piece.start


def _disjoint(procedures: list[Procedure]) -> list[tuple[int, int, int]]:
    """(start, end, number of the procedure), in order, each cut where the one before ends."""
    ranges = sorted((start, end, turn) for turn, one in enumerate(procedures) for start, end in one.ranges)
    found: list[tuple[int, int, int]] = []
    until = 0
    for start, end, turn in ranges:
        if end > until:
            found.append((max(start, until), end, turn))
            until = end
    return found
