"""Modules of a PDB to nodes and rows of the table: functions with what is inlined into them, and lines (C13).

The loops are `kernels/codeview_symbols.py`, `_lines`, `_sites` and `_rows`. Their buffers serve one module after the other.
"""

from __future__ import annotations

from array import array
from typing import Final

from symbolicator.debugfiles import dw_lang
from symbolicator.debugfiles.pdb.columns import Columns
from symbolicator.debugfiles.pdb.dbi import Dbi, Module
from symbolicator.debugfiles.pdb.imports import Imports
from symbolicator.debugfiles.pdb.inlinees import Inlinees
from symbolicator.debugfiles.pdb.moving import move_rows, move_starts
from symbolicator.debugfiles.table.buffers import sweep_room, zeros
from symbolicator.debugfiles.table.columns import FUNCTION_WIDTH, NODE_WIDTH, PLACE_WIDTH
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.kernels import codeview_lines, codeview_rows, codeview_sites, codeview_symbols, native_layers
from symbolicator.kernels import codeview_numbers as cv

_LANGUAGES: Final = {
    0: dw_lang.C, 1: dw_lang.C_PLUS_PLUS, 2: dw_lang.FORTRAN90, 0x11: dw_lang.OBJC, 0x12: dw_lang.OBJC_PLUS_PLUS, 0x13: dw_lang.SWIFT,
    0x15: dw_lang.RUST, 0x16: dw_lang.GO, 0x44: dw_lang.D,
}  # fmt: skip
"""By CodeView's number of a language, DWARF's."""
_MOST_PROGRAM: Final = 1 << 16
"""Bytes of one inlined call's program, at most."""
ANYWHERE: Final = zeros("Q", 0)
"""No ranges, for modules of a file that does not say whose code is where; and no addresses in particular."""
_LONGS: Final = zeros("Q", 0)
_INTS: Final = zeros("I", 0)


class Modules:
    """Reads modules, one after the other."""

    def __init__(self, dbi: Dbi, imports: Imports, inlinees: Inlinees, strings: Strings) -> None:
        self._dbi, self._imports, self._inlinees, self._strings = dbi, imports, inlinees, strings
        self._scratch: dict[str, memoryview] = {}
        self._numbers = zeros("I", len(dbi.names))
        self._files = codeview_lines.Files(self._numbers, dbi.names)
        self._nodes, self._rows = codeview_sites.Nodes(), codeview_rows.Rows()
        self._columns = Columns()
        self.lost = 0
        """Pieces of inlined calls that there was no room for, because ranges of functions overlap."""

    def _take(self, name: str, code: str, count: int) -> memoryview:
        """A buffer with any content."""
        known = self._scratch.get(name)
        if known is None or len(known) < count:
            known = self._scratch[name] = zeros(code, count + count // 4)
        return known

    def add(
        self, content: memoryview, module: Module, allowed: memoryview, priority: int, *, lines: bool, asked: memoryview = ANYWHERE
    ) -> None:
        """Read a module's stream. It answers in `allowed` (`codeview_rows.paint`); of modules that claim the same code, the one with the
        least `priority` does. Without `lines`, only its functions are read; with `asked` (u64, ascending), only those at these
        addresses.
        """
        data, first = content[: module.symbols], module.symbols + module.c11
        counts = zeros("Q", 4)
        codeview_symbols.count(data, self._dbi.code, asked, counts)
        procedures, ranges, sites, programs = counts.tolist()
        symbols = codeview_symbols.Symbols(
            self._take("procedures", "Q", cv.PROCEDURE * procedures),
            self._take("ranges", "Q", cv.RANGE * ranges),
            self._take("sites", "Q", cv.SITE * sites),
            self._take("scopes", "I", 2 * cv.MOST_DEPTH),
        )
        codeview_symbols.read(data, self._dbi.code, asked, symbols)
        if len(asked):
            codeview_symbols.narrow(symbols, asked)
        if not lines:
            symbols.site_count = programs = 0
        found, imported = self._read_lines(content[first : first + module.lines] if lines else content[:0], symbols, len(asked) > 0)
        runs = min(programs, _MOST_PROGRAM) // 2 + 1
        pieces = codeview_sites.Pieces(
            self._take("claims", "Q", cv.CLAIM * ranges),
            self._take("pieces", "Q", cv.PIECE * (programs // 2 + symbols.site_count)),
            self._take("run", "Q", cv.LINE * runs),
            self._take("turns", "I", max(runs, ranges)),
            self._take("spare turns", "I", max(runs, ranges)),
        )
        self._place(data, symbols, found, pieces, allowed, imported)
        if lines:
            self._paint(symbols, found, pieces, allowed, priority)

    def _read_lines(
        self, subsections: memoryview, symbols: codeview_symbols.Symbols, narrowed: bool
    ) -> tuple[codeview_lines.Lines, memoryview]:
        """The lines, and the functions from other modules (`Imports.of`)."""
        counts = zeros("Q", cv.COUNTS)
        codeview_lines.count(subsections, counts)
        rows, inlinees, at, end, imports_at, imports_end, _, _, blocks = counts.tolist()
        found = codeview_lines.Lines(
            self._take("rows", "Q", cv.LINE * rows),
            self._take("spare rows", "Q", cv.LINE * rows),
            self._take("inlinees", "Q", 2 * inlinees),
            self._take("order", "I", max(rows, inlinees, blocks)),
            self._take("other", "I", max(rows, inlinees, blocks)),
            self._take("blocks", "Q", 3 * blocks),
        )
        self._files.give(subsections[at:end])
        codeview_lines.read(subsections, self._dbi.code, self._files, symbols, narrowed, found)
        return found, self._imports.of(subsections[imports_at:imports_end])

    def _place(
        self,
        data: memoryview,
        symbols: codeview_symbols.Symbols,
        lines: codeview_lines.Lines,
        pieces: codeview_sites.Pieces,
        allowed: memoryview,
        imported: memoryview,
    ) -> None:
        """Nodes, functions and their names."""
        columns, nodes, first = self._columns, self._nodes, self._nodes.functions
        start = nodes.count
        more, functions = nodes.count + symbols.procedure_count + 4 * symbols.site_count, first + symbols.procedure_count
        nodes.give(_INTS, _LONGS, _LONGS, _LONGS)  # lets go of them
        columns.make_room(nodes=NODE_WIDTH * more, node_starts=more, spans=2 * functions, functions=FUNCTION_WIDTH * functions)
        names = self._take("names", "Q", symbols.procedure_count)
        nodes.give(columns.nodes, columns.node_starts, columns.spans, names)
        language = _LANGUAGES.get(symbols.language, 0)
        inlinees = self._inlinees.of(language)
        inlinees.give(imported)
        codeview_sites.place(data, symbols, lines, self._files, inlinees, nodes, pieces)
        codeview_sites.disown(columns.spans[2 * first : 2 * nodes.functions], allowed)
        self._inlinees.count(inlinees)
        self.lost += pieces.lost
        count = nodes.functions - first
        rows = columns.functions[FUNCTION_WIDTH * first : FUNCTION_WIDTH * nodes.functions]
        for column, prefix in enumerate((0, codeview_symbols.MANGLED)):
            numbers = zeros("I", count)
            self._strings.gather(data, prefix, names[:count], numbers)
            rows[column::FUNCTION_WIDTH] = numbers
        rows[2::FUNCTION_WIDTH] = memoryview(array("I", (language,)) * count)
        if self._dbi.is_moved:
            move_starts(self._dbi, columns, (start, nodes.count), (first, nodes.functions))

    def _paint(
        self,
        symbols: codeview_symbols.Symbols,
        lines: codeview_lines.Lines,
        pieces: codeview_sites.Pieces,
        allowed: memoryview,
        priority: int,
    ) -> None:
        columns, rows = self._columns, self._rows
        most = 2 * (pieces.claim_count + lines.row_count + pieces.count) + len(allowed) // 2 + 4
        rows.give(_LONGS, _INTS, _LONGS)
        columns.make_room(addresses=rows.row + most, places=PLACE_WIDTH * (rows.row + most), chunks=cv.CHUNK * (rows.chunk + most))
        rows.give(columns.addresses, columns.places, columns.chunks)
        row, chunk = rows.row, rows.chunk
        names = iter(("order", "spare", "heap", "keys", "segments"))
        room = sweep_room(pieces.count, lambda code, count: self._take(f"{next(names)} of the sweep", code, count))
        codeview_rows.paint(symbols, lines, pieces, allowed, native_layers.Sweep(*room), rows, priority)
        if self._dbi.is_moved:
            rows.give(_LONGS, _INTS, _LONGS)
            rows.row, rows.chunk = move_rows(self._dbi, columns, (row, rows.row), (chunk, rows.chunk), priority)

    def finish(self) -> Columns:
        """All that was read, cut to its size. Inlined functions are numbered behind the others. Nothing can be added any more."""
        columns, nodes, rows = self._columns, self._nodes, self._rows
        nodes.give(_INTS, _LONGS, _LONGS, _LONGS)
        rows.give(_LONGS, _INTS, _LONGS)
        self._scratch.clear()
        columns.nodes, columns.node_starts = columns.nodes[: NODE_WIDTH * nodes.count], columns.node_starts[: nodes.count]
        columns.functions, columns.spans = columns.functions[: FUNCTION_WIDTH * nodes.functions], columns.spans[: 2 * nodes.functions]
        columns.addresses, columns.places = columns.addresses[: rows.row], columns.places[: PLACE_WIDTH * rows.row]
        columns.chunks = columns.chunks[: cv.CHUNK * rows.chunk]
        codeview_sites.number(columns.nodes, nodes.functions)
        return columns

    @property
    def paths(self) -> memoryview:
        """Where in `/names` the path of each file is (u32), by its number."""
        places = zeros("I", self._files.count)
        codeview_lines.places_of(self._numbers, places)
        return places
