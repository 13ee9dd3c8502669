"""`NativeIndex`: look-ups on a compiled table of a debug file. The columns are described in `compiling.py`.

A look-up bisects the samples, then one window of row starts, then follows a chain of inlined calls; so a crash's frames check a handful of
a big table's
blocks. Many addresses at once are found by a kernel over the whole column.
"""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.artifacts.damage import expect, number, over_table, text, texts
from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.cached import cached_property
from symbolicator.debugfiles.buffers import NONE, zeros
from symbolicator.debugfiles.demangle import base_name, twins
from symbolicator.debugfiles.go_pclntab import DW_LANG_GO, GoTable, open_table
from symbolicator.kernels import dwarf_merge

SAMPLE: Final = 512
"""Rows for one sample."""
NODE_WIDTH: Final = 5
PLACE_WIDTH: Final = 4
FUNCTION_WIDTH: Final = 3
NOTHING: Final = 0
LINE: Final = 1
"""A line, and no function."""
FUNCTION: Final = 2
_MOST_INLINED: Final = 512
"""Inlined calls in one another that are told; a chain of more is cut at the outer end."""
_MANY: Final = 64
"""Addresses from which on the whole column is searched at once."""
_THOUSANDS: Final = 1 << 11
"""Addresses from which on it pays to go over all columns, whole."""


class SourceLocation(NamedTuple):
    """A function at an address, and where in its source. Strings as the file has them: names are mangled, paths whole."""

    function: str | None
    """DW_AT_name, with scopes where there is no linkage name; None where only a symbol is known."""
    symbol: str | None
    """The linkage name; for want of that, of the outermost function, the symbol."""
    file: str | None
    """The whole path, cleaned."""
    line: int
    """From 1; 0 where the compiler knew none."""
    column: int
    """From 1; 0 where the compiler knew none."""
    comp_dir: str | None
    """Where the compiler stood."""
    address: int | None
    """Where the function, or the symbol, or this copy of the inlined function begins; svma."""
    language: int
    """DW_LANG; 0 where not known."""
    inlined: bool
    """Whether this is the body of a function in the one before it."""


class CalledSymbol(NamedTuple):
    """A symbol of a name that was asked for."""

    start: int
    """Where it begins; svma."""
    size: int
    """Its bytes, as the file says."""
    extent: int
    """Bytes up to the next symbol, which is what a kernel takes for its size; 0 for the last."""
    clone: bool = False
    """Whether this is only its name without what marks clones."""


class _Columns(NamedTuple):
    places: memoryview
    nodes: memoryview
    node_starts: memoryview
    functions: memoryview
    string_starts: memoryview
    strings: memoryview


_Info = tuple[tuple[SourceLocation, ...], str | None, str | None, int, int, bool]
"""Of a node: the frames around it, outer first, each at the place of its call; name, linkage name, DW_LANG, address, whether it is
inlined.
"""
_NOTHING: Final[_Info] = ((), None, None, 0, 0, False)
_GAP: Final = (NONE, NONE, 0, 0)
_PLACE: Final = Struct("=4I")
_NODE: Final = Struct("=5I")
_FUNCTION: Final = Struct("=3I")
_PAIR: Final = Struct("=2Q")


_COLUMNS: Final = {
    **dict.fromkeys(("starts", "samples", "node_starts", "symbol_starts", "symbol_ends", "symbol_firsts", "symbol_samples"), "Q"),
    **dict.fromkeys(("places", "nodes", "functions", "files", "symbol_names"), "I"),
    "string_starts": "Q",
    "strings": "B",
}


@over_table
class NativeIndex:
    """Look-ups over a table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = table.length("starts")
        self._symbols = table.length("symbol_starts")
        self.warnings = texts(table, "warnings")
        """What was skipped because it is broken."""
        self.load_address = number(table, "load_address")
        """The svma that stands where an image was loaded."""
        self.arch = text(table, "arch") or ""
        self.missing_splits = texts(table, "missing_splits")
        """Paths of the split files that were not there when the table was made."""
        self._strings: dict[int, str | None] = {0: None}
        self._files: dict[int, tuple[str | None, str | None]] = {NONE: (None, None)}
        self._functions: dict[int, tuple[str | None, str | None, int]] = {}
        self._infos: dict[int, _Info] = {}
        self._called: dict[str, set[int]] | None = None
        self._clones: dict[str, set[int]] = {}
        self._ends: dict[int, int] = {}
        self._firsts: list[int] = []
        expect(
            table, _COLUMNS,
            places=PLACE_WIDTH * self._rows, samples=-(-self._rows // SAMPLE),
            nodes=NODE_WIDTH * table.length("node_starts"),
            functions=table.length("functions") // FUNCTION_WIDTH * FUNCTION_WIDTH, files=table.length("files") // 2 * 2,
            symbol_ends=self._symbols, symbol_firsts=self._symbols, symbol_names=self._symbols,
            symbol_samples=-(-self._symbols // SAMPLE),
        )  # fmt: skip
        self._go: GoTable | None = None
        if "go_text" in table.meta:
            trees = (table.length("go_trees"), partial(table.blob_window, "go_trees")) if "go_trees" in table.meta else None
            size, begin = table.length("go_pclntab"), number(table, "go_text")
            self._go = open_table(size, begin, partial(table.blob_window, "go_pclntab"), trees)

    def lookup(self, svma: int) -> list[SourceLocation]:
        """The functions at `svma`, outer function first, innermost inlinee last; [] where neither functions, lines nor symbols cover it.

        `svma` is an address as written in the file. For a return address pass `svma - 1`.
        """
        row = self._row(svma)
        if row < 0:
            return self._beyond_units(svma)
        return self._at(row, svma)

    def rank(self, svma: int) -> int:
        """What units know of an address: `FUNCTION`, `LINE`, or `NOTHING`. Symbols do not count."""
        row = self._row(svma)
        if row < 0:
            return NOTHING
        place = tuple(self._table.window("places", PLACE_WIDTH * row, PLACE_WIDTH * row + PLACE_WIDTH))
        return FUNCTION if place[0] != NONE else LINE if place != _GAP else NOTHING  # a line whose file is not there is its unit's still

    def lookup_many(self, addresses: Sequence[int] | memoryview | array[int]) -> list[list[SourceLocation]]:
        """`lookup` for each of `addresses`, in their order: any buffer of u64, or a sequence. What was found once is told again: equal
        answers may be
        one list.
        """
        if len(addresses) < _MANY:
            return [self.lookup(address) for address in addresses]
        if isinstance(addresses, memoryview | array):
            buffer = memoryview(addresses)
            wanted = buffer if buffer.format == "Q" else buffer.cast("B").cast("Q")
        else:
            wanted = memoryview(array("Q", [min(max(address, 0), (1 << 64) - 1) for address in addresses]))
        rows = zeros("I", len(wanted))
        dwarf_merge.find(self._table.column("starts"), self._samples, SAMPLE, wanted, rows)
        # Nothing made here can be part of a cycle, and the collector would go over all of it again and again: half of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            told = self._told(rows, wanted) if len(wanted) >= _THOUSANDS else None
            return self._answers(rows.tolist(), wanted.tolist(), self._whole) if told is None else told
        finally:
            if collecting:
                gc.enable()

    def _told(self, rows: memoryview, wanted: memoryview) -> list[list[SourceLocation]] | None:
        """The answers, all together; None where they have to be made one by one."""
        from symbolicator.debugfiles import many  # not wanted for a crash's few addresses

        whole = many.Columns(*(self._table.column(name) for name in many.Columns._fields))
        own = bytearray(rows)
        make: Callable[[Sequence[object]], SourceLocation] = partial(tuple.__new__, SourceLocation)
        try:
            chains = many.chains(memoryview(own).cast("I"), self._rows, whole, make, self._outermost, _MOST_INLINED)
        except many.Odd:
            return None
        by_row = [[*outer, frame] if node else None for outer, frame, node in zip(chains.outer, chains.own, chains.nodes, strict=True)]
        found = map(by_row.__getitem__, chains.rows)
        return [self._odd(rows[turn], wanted[turn]) if answer is None else answer for turn, answer in enumerate(found)]

    def _odd(self, row: int, svma: int) -> list[SourceLocation]:
        """The answer where no function is known: what a symbol says is not the same for all of a row."""
        return self._beyond_units(svma) if row == NONE else self._at(row, svma)

    def _outermost(self, start: int) -> str | None:
        known = self._symbol_at(start)
        return None if known is None else _whole(known[0])

    def _answers(self, rows: list[int], wanted: list[int], whole: _Columns) -> list[list[SourceLocation]]:
        answers: list[list[SourceLocation]] = [[]] * len(rows)
        infos, files, place = self._infos, self._files, _PLACE.unpack_from
        places, make = whole.places, tuple.__new__
        last, answer = -1, answers[0]
        # By row, so that what lies together is read together: in the order asked for it takes a third longer.
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
    def _symbol_samples(self) -> memoryview:
        return self._table.column("symbol_samples")

    @cached_property
    def _whole(self) -> _Columns:
        """Whole columns, checked once: for many look-ups."""
        return _Columns(*(self._table.column(name) for name in _Columns._fields))

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
        if file == NONE:
            return self._beyond_units(svma)
        frames = self._symbol_only(svma)
        if not frames:
            return [SourceLocation(None, None, path, line, column, comp_dir, None, 0, False)]
        return [frames[0]._replace(file=path, line=line, column=column, comp_dir=comp_dir)]

    def _info(self, node: int, whole: _Columns | None = None) -> _Info:
        """What there is to say of a node, and of those around it."""
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
                raise DamagedTable(f"node {at} is inlined into node {fields[0]}, which does not stand before it", self._table.origin)
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

    def _function(self, number: int, whole: _Columns | None) -> tuple[str | None, str | None, int]:
        if whole:
            name, symbol, language = _FUNCTION.unpack_from(whole.functions, _FUNCTION.size * number)
        else:
            name, symbol, language = self._table.window("functions", 3 * number, 3 * number + 3)
        strings = self._strings
        found = self._functions[number] = (
            strings[name] if name in strings else self._string(name, whole),
            strings[symbol] if symbol in strings else self._string(symbol, whole),
            language,
        )
        return found

    def symbols_called(self, name: str, demangle: Callable[[str], str]) -> tuple[CalledSymbol, ...]:
        """The symbols that are called `name`: as the linker has it, as `demangle` tells it, or as kallsyms does, without what marks clones.

        The first question goes over all symbols, 2 µs each; the others are answered from what was kept of that.
        """
        if self._called is None:
            table = self._table
            ends: dict[int, int] = {}
            called: dict[str, set[int]] = {}
            for start, end, number in zip(
                table.column("symbol_firsts"), table.column("symbol_ends"), table.column("symbol_names"), strict=True
            ):
                ends[start] = max(ends.get(start, 0), end)
                symbol = self._string(number)
                if symbol is not None:
                    called.setdefault(symbol, set()).add(start)
            clones: dict[str, set[int]] = {}
            for symbol in tuple(called):
                shown, base = demangle(symbol), base_name(symbol)
                if base != symbol:
                    clones.setdefault(base, set()).update(called[symbol])
                if shown != symbol:
                    called.setdefault(shown, set()).update(called[symbol])
            self._clones = clones
            self._called, self._ends, self._firsts = called, ends, sorted(ends)
        found: list[CalledSymbol] = []
        own = self._called.get(name, set())
        if not own and name.startswith("_Z"):  # of several names of one place one is kept: most often the constructor `C1` for `C2`
            own = next((self._called[twin] for twin in twins(name) if twin in self._called), own)
        for start in sorted(own | self._clones.get(name, set())):
            following = bisect_right(self._firsts, start)
            after = self._firsts[following] if following < len(self._firsts) else 0
            found.append(CalledSymbol(start, self._ends[start] - start, max(after - start, 0), start not in own))
        return tuple(found)

    def _symbol_at(self, svma: int) -> tuple[str, int] | None:
        """The symbol that covers an address, and where it begins."""
        sample = bisect_right(self._symbol_samples, svma) - 1
        if sample < 0:
            return None
        table, start = self._table, sample * SAMPLE
        row = start + bisect_right(table.window("symbol_starts", start, min(start + SAMPLE, self._symbols)), svma) - 1
        if row < 0 or svma >= table.window("symbol_ends", row, row + 1)[0]:
            return None
        name = self._string(table.window("symbol_names", row, row + 1)[0])
        return None if name is None else (name, table.window("symbol_firsts", row, row + 1)[0])

    def _beyond_units(self, svma: int) -> list[SourceLocation]:
        """What is known where no unit knows anything: by Go's own table, else by the symbols."""
        known = None if self._go is None else self._go.lookup(svma)
        if known is None:
            return self._symbol_only(svma)
        function = SourceLocation(known.name, self._outermost(known.start), known.file, known.line, 0, None, known.start, DW_LANG_GO, False)
        if not known.inlined:
            inner = [SourceLocation(one.name, None, one.file, one.line, 0, None, None, DW_LANG_GO, True) for one in known.inner]
            return [function, *inner]
        nameless = SourceLocation(None, None, known.file, known.line, 0, None, None, DW_LANG_GO, True)
        return [function._replace(file=None, line=0), nameless]

    def _symbol_only(self, svma: int) -> list[SourceLocation]:
        symbol = self._symbol_at(svma)
        return [] if symbol is None else [SourceLocation(None, symbol[0], None, 0, 0, None, symbol[1], 0, False)]

    def _file(self, number: int) -> tuple[str | None, str | None]:
        found = self._files.get(number)
        if found is None:
            path, folder = self._table.window("files", 2 * number, 2 * number + 2)
            found = self._files[number] = (self._string(path), self._string(folder))
        return found

    def _string(self, number: int, whole: _Columns | None = None) -> str | None:
        found = self._strings.get(number)
        if found is None and number:
            if whole:
                start, stop = _PAIR.unpack_from(whole.string_starts, 8 * number - 8)
                found = str(whole.strings[start:stop], "utf-8", "replace")
            else:
                start, stop = self._table.window("string_starts", number - 1, number + 1)
                found = str(self._table.blob_window("strings", start, stop), "utf-8", "replace")
            self._strings[number] = found
        return found


def _whole(symbol: str) -> str:
    """The symbol of the function that a piece belongs to: a list of ranges may begin with any of them, and pieces have symbols too
    (`main.__part.1` of Clang's basic block sections, `main.cold` of split functions).
    """
    head = symbol.partition(".__part.")[0]
    return head.partition(".cold")[0] or symbol
