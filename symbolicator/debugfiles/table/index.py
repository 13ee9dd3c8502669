"""`NativeIndex`: look-ups in a compiled table of a debug file. `columns.py` describes the columns.

A look-up bisects the samples, then one window of row starts, then follows a chain of inlined calls; so a crash's frames check only a few of
a big table's blocks. For many addresses at once a kernel searches the whole column.
"""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from struct import Struct
from typing import Final

from symbolicator.artifacts.damage import expect, number, over_table, text, texts
from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.cached import cached_property
from symbolicator.debugfiles.dw_lang import GO
from symbolicator.debugfiles.go.pclntab import GoTable, open_table
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.table.buffers import NONE, zeros
from symbolicator.debugfiles.table.columns import FIRST_LOAD, FUNCTION_WIDTH, NODE_WIDTH, PLACE_WIDTH, SAMPLE, TYPECODES, Columns
from symbolicator.debugfiles.table.strings import Strings
from symbolicator.debugfiles.table.symbol_lookups import CalledSymbol, SymbolLookups
from symbolicator.kernels import native_layers

NOTHING: Final = 0
LINE: Final = 1
"""A line without a function."""
FUNCTION: Final = 2
_MOST_INLINED: Final = 512
"""Limit of nested inlined calls; a longer chain is cut at the outer end."""
_MANY: Final = 64
"""From this many addresses on, the whole column is searched at once."""
_THOUSANDS: Final = 1 << 11
"""From this many addresses on, processing whole columns is faster."""

_Info = tuple[tuple[SourceLocation, ...], str | None, str | None, int, int, bool]
"""What is known about a node: the enclosing frames, outermost first, each at the position of its call; its name, its linkage name, DW_LANG,
where it begins, whether it is inlined.
"""
_NOTHING: Final[_Info] = ((), None, None, 0, 0, False)
_GAP: Final = (NONE, NONE, 0, 0)
_PLACE: Final = Struct("=4I")
_NODE: Final = Struct("=5I")
_FUNCTION: Final = Struct("=3I")


@over_table
class NativeIndex:
    """Look-ups in a table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = table.length("starts")
        symbols = table.length("symbol_starts")
        self.warnings = texts(table, "warnings")
        """What was skipped because it is broken."""
        self.load_address = number(table, "load_address", least=FIRST_LOAD)
        """The svma at an image's load address."""
        self.arch = text(table, "arch") or ""
        self.missing_splits = texts(table, "missing_splits")
        """Paths of the split files that were missing when the table was built."""
        self._strings = Strings(table)
        self._symbols = SymbolLookups(table, self._strings)
        self._files: dict[int, tuple[str | None, str | None]] = {NONE: (None, None)}
        self._functions: dict[int, tuple[str | None, str | None, int]] = {}
        self._infos: dict[int, _Info] = {}
        expect(
            table, TYPECODES,
            places=PLACE_WIDTH * self._rows, samples=-(-self._rows // SAMPLE),
            nodes=NODE_WIDTH * table.length("node_starts"),
            functions=table.length("functions") // FUNCTION_WIDTH * FUNCTION_WIDTH, files=table.length("files") // 2 * 2,
            symbol_ends=symbols, symbol_firsts=symbols, symbol_names=symbols, symbol_samples=-(-symbols // SAMPLE),
        )  # fmt: skip
        self._go: GoTable | None = None
        if "go_text" in table.meta:
            trees = (table.length("go_trees"), partial(table.blob_window, "go_trees")) if "go_trees" in table.meta else None
            size, begin = table.length("go_pclntab"), number(table, "go_text")
            self._go = open_table(size, begin, partial(table.blob_window, "go_pclntab"), trees)

    def lookup(self, svma: int) -> list[SourceLocation]:
        """The functions at `svma`, outermost function first, innermost inlined one last; [] if no function, line or symbol covers it.

        `svma` is an address as written in the file. For a return address pass `svma - 1`.
        """
        row = self._row(svma)
        if row < 0:
            return self._beyond_units(svma)
        return self._at(row, svma)

    def rank(self, svma: int) -> int:
        """What units know about an address: `FUNCTION`, `LINE`, or `NOTHING`. Symbols do not count."""
        row = self._row(svma)
        if row < 0:
            return NOTHING
        node, file = self._table.window("places", PLACE_WIDTH * row, PLACE_WIDTH * row + 2)
        return FUNCTION if node != NONE else LINE if file != NONE else NOTHING

    def lookup_many(self, addresses: Sequence[int] | memoryview | array[int]) -> list[list[SourceLocation]]:
        """`lookup` for each of `addresses`, in order: any buffer of u64, or a sequence. Equal answers may be the same
        list.
        """
        if len(addresses) < _MANY:
            return [self.lookup(address) for address in addresses]
        if isinstance(addresses, memoryview | array):
            buffer = memoryview(addresses)
            wanted = buffer if buffer.format == "Q" else buffer.cast("B").cast("Q")
        else:
            wanted = memoryview(array("Q", [min(max(address, 0), (1 << 64) - 1) for address in addresses]))
        rows = zeros("I", len(wanted))
        native_layers.find(self._table.column("starts"), self._samples, SAMPLE, wanted, rows)
        # Nothing created here can be part of a cycle, and the garbage collector would scan all of it repeatedly: half of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            answers = self._in_batch(rows, wanted) if len(wanted) >= _THOUSANDS else None
            return self._answers(rows.tolist(), wanted.tolist(), self._columns) if answers is None else answers
        finally:
            if collecting:
                gc.enable()

    def _in_batch(self, rows: memoryview, wanted: memoryview) -> list[list[SourceLocation]] | None:
        """The answers, all together; None if they have to be computed one by one."""
        from symbolicator.debugfiles.table import batch

        own = bytearray(rows)
        make: Callable[[Sequence[object]], SourceLocation] = partial(tuple.__new__, SourceLocation)
        try:
            chains = batch.chains(memoryview(own).cast("I"), self._rows, self._columns, make, self._outermost, _MOST_INLINED)
        except batch.Odd:
            return None
        by_row = [[*outer, frame] if node else None for outer, frame, node in zip(chains.outer, chains.own, chains.nodes, strict=True)]
        found = map(by_row.__getitem__, chains.rows)
        return [self._odd(rows[turn], wanted[turn]) if answer is None else answer for turn, answer in enumerate(found)]

    def _odd(self, row: int, svma: int) -> list[SourceLocation]:
        """The answer without a function: the symbol may differ within a row."""
        return self._beyond_units(svma) if row == NONE else self._at(row, svma)

    def _outermost(self, start: int) -> str | None:
        known = self._symbols.at(start)
        return None if known is None else _without_part(known[0])

    def _answers(self, rows: list[int], wanted: list[int], whole: Columns) -> list[list[SourceLocation]]:
        answers: list[list[SourceLocation]] = [[]] * len(rows)
        infos, files, place = self._infos, self._files, _PLACE.unpack_from
        places, make = whole.places, tuple.__new__
        last, answer = -1, answers[0]
        # By row, for locality: in the requested order it takes a third longer.
        for turn in sorted(range(len(rows)), key=rows.__getitem__):
            row = rows[turn]
            if row != last:
                node, file, line, column = place(places, _PLACE.size * row) if row != NONE else _GAP
                if node == NONE:
                    answers[turn] = self._odd(row, wanted[turn])
                    continue
                outer, name, symbol, language, address, inlined = infos.get(node) or self._info(node, whole)
                path, comp_dir = files.get(file) or self._file(file)
                frame = (name, symbol, path, line, column, comp_dir, address, language, inlined)
                last, answer = row, [*outer, make(SourceLocation, frame)]
            answers[turn] = answer
        return answers

    @cached_property
    def _samples(self) -> memoryview:
        return self._table.column("samples")

    @cached_property
    def _columns(self) -> Columns:
        """Whole columns, checked once: for many look-ups."""
        return Columns(*(self._table.column(name) for name in Columns._fields))

    def _row(self, svma: int) -> int:
        sample = bisect_right(self._samples, svma) - 1
        if sample < 0:
            return -1
        start = sample * SAMPLE
        return start + bisect_right(self._table.window("starts", start, min(start + SAMPLE, self._rows)), svma) - 1

    def _at(self, row: int, svma: int) -> list[SourceLocation]:
        node, file, line, column = self._table.window("places", PLACE_WIDTH * row, PLACE_WIDTH * row + PLACE_WIDTH)
        path, comp_dir = self._file(file)
        if node != NONE:
            outer, name, symbol, language, address, inlined = self._infos.get(node) or self._info(node)
            return [*outer, SourceLocation(name, symbol, path, line, column, comp_dir, address, language, inlined)]
        if path is None:
            return self._beyond_units(svma)
        frames = self._symbol_only(svma)
        if not frames:
            return [SourceLocation(None, None, path, line, column, comp_dir, None, 0, False)]
        return [frames[0]._replace(file=path, line=line, column=column, comp_dir=comp_dir)]

    def _info(self, node: int, whole: Columns | None = None) -> _Info:
        """What is known about a node and its enclosing nodes."""
        infos, files, functions, make = self._infos, self._files, self._functions, tuple.__new__
        inner: list[tuple[int, tuple[int, int, int, int, int]]] = []
        at = node
        unpack = _NODE.unpack_from
        while at not in infos and at != NONE and len(inner) < _MOST_INLINED:
            if whole:
                fields = unpack(whole.nodes, _NODE.size * at)
            else:
                fields = unpack(self._table.window("nodes", NODE_WIDTH * at, NODE_WIDTH * (at + 1)))
            inner.append((at, fields))
            if fields[0] != NONE and fields[0] >= at:
                raise DamagedTable(f"node {at} is inlined into node {fields[0]}, which does not come before it", self._table.origin)
            at = fields[0]
        info: _Info = infos.get(at, _NOTHING)
        while inner:
            one, (parent, number, file, line, column) = inner.pop()
            name, symbol, language = functions.get(number) or self._function(number, whole)
            address = whole.node_starts[one] if whole else self._table.window("node_starts", one, one + 1)[0]
            outer, around, around_symbol, around_language, around_address, inlined = info
            if parent == NONE:
                symbol = self._outermost(address) if symbol is None else symbol
                infos[one] = info = (outer, name, symbol, language, address, False)
                continue
            if info is not _NOTHING:
                path, comp_dir = files.get(file) or self._file(file)
                frame = (around, around_symbol, path, line, column, comp_dir, around_address, around_language, inlined)
                outer = (*outer, make(SourceLocation, frame))
            infos[one] = info = (outer, name, symbol, language, address, True)
        return info

    def _function(self, number: int, whole: Columns | None) -> tuple[str | None, str | None, int]:
        if whole:
            name, symbol, language = _FUNCTION.unpack_from(whole.functions, _FUNCTION.size * number)
        else:
            name, symbol, language = self._table.window("functions", FUNCTION_WIDTH * number, FUNCTION_WIDTH * (number + 1))
        strings = self._strings
        known = strings.known
        found = self._functions[number] = (
            known[name] if name in known else strings.text(name, whole),
            known[symbol] if symbol in known else strings.text(symbol, whole),
            language,
        )
        return found

    def symbols_called(self, name: str, demangle: Callable[[str], str]) -> tuple[CalledSymbol, ...]:
        """See `SymbolLookups.called`."""
        return self._symbols.called(name, demangle)

    def _beyond_units(self, svma: int) -> list[SourceLocation]:
        """The answer if no unit knows anything: from Go's own table, else from the symbols."""
        known = None if self._go is None else self._go.lookup(svma)
        if known is None:
            return self._symbol_only(svma)
        function = SourceLocation(known.name, self._outermost(known.start), known.file, known.line, 0, None, known.start, GO, False)
        if not known.inlined:
            inner = [SourceLocation(one.name, None, one.file, one.line, 0, None, None, GO, True) for one in known.inner]
            return [function, *inner]
        nameless = SourceLocation(None, None, known.file, known.line, 0, None, None, GO, True)
        return [function._replace(file=None, line=0), nameless]

    def _symbol_only(self, svma: int) -> list[SourceLocation]:
        symbol = self._symbols.at(svma)
        return [] if symbol is None else [SourceLocation(None, symbol[0], None, 0, 0, None, symbol[1], 0, False)]

    def _file(self, number: int) -> tuple[str | None, str | None]:
        found = self._files.get(number)
        if found is None:
            path, folder = self._table.window("files", 2 * number, 2 * number + 2)
            found = self._files[number] = (self._strings.text(path), self._strings.text(folder))
        return found


def _without_part(symbol: str) -> str:
    """The symbol of the function that a piece belongs to: a list of ranges may begin with any piece, and pieces have symbols too
    (`main.__part.1` of Clang's basic block sections, `main.cold` of split functions).
    """
    head = symbol.partition(".__part.")[0]
    return head.partition(".cold")[0] or symbol
