"""The symbols of a PDB: its public ones, and functions where no public symbol is.

A public symbol has no size: it reaches to the next, or to the next function, but not into the code of another module.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final, NamedTuple

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.pdb.columns import Columns
from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, UNVERSIONED, Collector, Symbols
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.debugfiles.table.columns import FUNCTION_WIDTH
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.debugfiles.table.writing import write_numbered_symbols
from symbolicator.kernels import codeview_publics, sorting

_PUBLIC: Final = bytes((GLOBAL | FUNCTION | UNVERSIONED,))
_FUNCTION: Final = bytes((FUNCTION | UNVERSIONED,))


class Publics(NamedTuple):
    """Public symbols: where each is (u64, ascending), and where its name begins in `content` (u32)."""

    content: memoryview
    starts: memoryview
    places: memoryview

    def within(self, spans: memoryview) -> Publics:
        """Those in some ranges: start and end of each (u64), ascending."""
        starts, places = array("Q"), array("I")
        for start, end in zip(spans[::2], spans[1::2], strict=True):
            low, high = bisect_left(self.starts, start), bisect_left(self.starts, end)
            starts += array("Q", self.starts[low:high])
            places += array("I", self.places[low:high])
        return Publics(self.content, memoryview(starts), memoryview(places))

    def beyond(self, ranges: memoryview) -> Publics:
        """Those in none of some ranges: three numbers each (u64), of which the first two are start and end, disjoint and ascending."""
        starts, ends, kept, at = ranges[::3], ranges[1::3], [], 0
        for row, start in enumerate(self.starts):
            while at < len(ends) and ends[at] <= start:
                at += 1
            if at == len(ends) or start < starts[at]:
                kept.append(row)
        columns = (memoryview(array(one.format, map(one.__getitem__, kept))) for one in (self.starts, self.places))
        return Publics(self.content, *columns)


NO_PUBLICS: Final = Publics(memoryview(b""), zeros("Q", 0), zeros("I", 0))


def read_publics(msf: Msf, dbi: Dbi) -> Publics:
    """The public symbols of code. Raises `MalformedArtifact`."""
    return publics_among(msf.stream(dbi.symbol_stream), dbi)


def publics_among(content: memoryview, dbi: Dbi) -> Publics:
    """The public symbols of code among some symbol records."""
    room = len(content) // codeview_publics.PUBLIC_BYTES + 1
    starts, places = zeros("Q", room), zeros("I", room)
    count = codeview_publics.publics(content, dbi.code, starts, places)
    starts, places = starts[:count], places[:count]
    if dbi.is_moved:
        starts, places = _moved(dbi, starts, places)
    order, spare = zeros("I", len(starts)), zeros("I", len(starts))
    sorting.sort(starts, 1, 0, len(starts), order, spare)
    return Publics(content, *(memoryview(array(column.format, map(column.__getitem__, order))) for column in (starts, places)))


def _moved(dbi: Dbi, starts: memoryview, places: memoryview) -> tuple[memoryview, memoryview]:
    found = [(next((at for at, _ in dbi.moved(start, start + 1)), None), place) for start, place in zip(starts, places, strict=True)]
    kept = [(at, place) for at, place in found if at is not None]
    return memoryview(array("Q", [at for at, _ in kept])), memoryview(array("I", [place for _, place in kept]))


class Named(NamedTuple):
    """Symbols, and by number the string of each name (u32)."""

    symbols: Symbols
    names: memoryview

    @property
    def publics(self) -> tuple[memoryview, memoryview]:
        """Where public symbols begin (u64, ascending), and the strings of their names (u32)."""
        symbols = self.symbols
        rows = zip(symbols.address, symbols.start, symbols.flags, self.names, strict=True)
        found = [(at, name) for at, start, flags, name in rows if flags & GLOBAL and at == start]
        return memoryview(array("Q", [at for at, _ in found])), memoryview(array("I", [name for _, name in found]))

    def write(self, writer: TableWriter) -> None:
        """Write their columns."""
        write_numbered_symbols(writer, self.symbols, self.names)


def name_symbols(dbi: Dbi, publics: Publics, columns: Columns, strings: Strings) -> Named:
    """Public symbols, and functions that begin in the code of their module. Of functions with one start the first counts."""
    found, spans = Collector(), columns.spans
    both = zip(columns.functions[::FUNCTION_WIDTH].tolist(), columns.functions[1::FUNCTION_WIDTH].tolist(), strict=True)
    names = [name or mangled for name, mangled in both]
    ranges = dbi.claims.ranges if dbi.claims is not None else zeros("Q", 0)
    ends = memoryview(array("Q", sorted(one.end for one in dbi.sections if one.is_code)))
    text, places = zeros("B", len(publics.content) + len(publics.places)), zeros("I", len(publics.places))
    used = codeview_publics.bare(publics.content, publics.places, dbi.arch == "x86", text, places)
    heap = found.heap(text[:used])
    rows = zeros("Q", 3 * len(places))
    rows[::3] = publics.starts
    codeview_publics.limit(rows, ranges, ends)
    found.extend(rows, memoryview(_PUBLIC * len(places)), heap, places)
    firsts = dict(zip(reversed(spans[::2].tolist()), range(len(names) - 1, -1, -1), strict=True))
    chosen = sorted(place for place in firsts.values() if spans[2 * place + 1])
    rows = zeros("Q", 3 * len(chosen))
    rows[::3] = array("Q", [spans[2 * place] for place in chosen])
    rows[1::3] = array("Q", [spans[2 * place + 1] - spans[2 * place] for place in chosen])
    codeview_publics.limit(rows, ranges, ends)
    heap = found.heap(memoryview(b""))  # their names are strings of the table, by number
    found.extend(rows, memoryview(_FUNCTION * len(chosen)), heap, memoryview(array("I", [names[place] for place in chosen])))
    symbols = found.finish()
    numbers = zeros("I", len(symbols))
    numbers[:] = symbols.name
    references = array("Q", [name | table << 44 for name, table in zip(symbols.name, symbols.table, strict=True)])
    strings.gather(text[:used], 0, memoryview(references), numbers)
    # What has no name (of public symbols, those of constants) ends what is before it.
    rows_of_names = zip(numbers, symbols.table, symbols.name, strict=True)
    named = [row for row, (number, own, name) in enumerate(rows_of_names) if number and (own or text[name])]
    if len(named) < len(numbers):
        return Named(symbols.only(named), memoryview(array("I", map(numbers.__getitem__, named))))
    return Named(symbols, numbers)
