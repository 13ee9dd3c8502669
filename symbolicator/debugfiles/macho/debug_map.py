"""The debug map of a linked Mach-O file: which function came from which object file, whose DWARF was left there. Apple's `<mach-o/stab.h>`.

Linkers of Apple's leave debug information in the object files, and note in the symbol table where each lies (`N_OSO`: its path, or
`archive(member)`, and when it was last written) and which functions of it went where (`N_FUN`: name and address, then without a name the
size). `dsymutil` makes a dSYM of this; what debuggers do without one is `linked.py`'s.

Columns of the table::

    starts, sizes   Q   of each function: its address in the linked file (svma), and its bytes; object by object
    names               the symbol of each, as the object file has it (its bytes, read as Latin-1)
    firsts          I   for each object the number of its first function, and the number of all
    paths               of each object, as noted
    times           Q   of each: seconds since 1970, 0 if not recorded
    order           I   the functions by address; of several at one address the first noted comes first
    ordered         Q   their starts in this order
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.cached import cached_property
from symbolicator.debugfiles.macho.headers import Headers
from symbolicator.debugfiles.macho.symbols import N_OSO, Entries, NameBudget, read_entries
from symbolicator.patterns import regex

NAME: Final = "native-debug-map"
VERSION: Final = 1
"""1: the first."""
_NOTES: Final = regex(rb"[\x24\x66]")
_MAX_OBJECTS: Final = 1 << 18


class Noted(NamedTuple):
    """A function in the debug map: its svma in the linked file, and its name in the object file."""

    start: int
    size: int
    name: bytes


def write_debug_map(headers: Headers, entries: Entries) -> TableWriter:
    """The table of what is noted; a function without an end, or outside of any object file, is left out. Raises `LimitExceeded`."""
    starts, sizes, firsts, times = array("Q"), array("Q"), array("I"), array("Q")
    names: list[str] = []
    paths: list[str] = []
    mask = headers.code_mask  # the bit tells Thumb
    begun: tuple[int, str] | None = None
    budget = NameBudget(entries)
    for found in _NOTES.finditer(entries.types):
        row = found.start()
        name, value = budget.name(row), entries.values[row]
        if found[0][0] == N_OSO:
            if len(paths) == _MAX_OBJECTS:
                break
            paths.append(name.decode("utf-8", "replace"))
            times.append(value)
            firsts.append(len(starts))
            begun = None
        elif name:
            begun = value & mask, name.decode("latin-1")  # bytes, in a list of texts: they are compared with those of the object file
        elif begun is not None and paths and value:
            starts.append(begun[0])
            sizes.append(value)
            names.append(begun[1])
            begun = None
    firsts.append(len(starts))
    order = sorted(range(len(starts)), key=starts.__getitem__)
    writer = TableWriter(NAME, VERSION).column("starts", starts).column("sizes", sizes).column("firsts", firsts).column("times", times)
    writer.column("order", array("I", order)).column("ordered", array("Q", map(starts.__getitem__, order)))
    return writer.strings("names", names).strings("paths", paths)


class DebugMapCompiler:
    """Compiles the debug map of a linked Mach-O file, thin."""

    name: Final = NAME
    version: Final = VERSION

    def compile(self, *contents: memoryview) -> TableWriter:
        """The map of `contents[0]`. Raises `MalformedArtifact` if it is not a Mach-O file."""
        headers = Headers(contents[0])
        return write_debug_map(headers, read_entries(headers, contents[0]))

    def open(self, table: Table) -> DebugMap:
        """The map over a compiled table. Raises `DamagedTable`."""
        return DebugMap(table)


@over_table
class DebugMap:
    """Reads a debug map's table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        functions = table.length("starts")
        self.objects = table.length("times")
        """How many object files are noted."""
        columns = {"starts": "Q", "sizes": "Q", "ordered": "Q", "times": "Q", "order": "I", "firsts": "I"}
        expect(table, columns, sizes=functions, ordered=functions, order=functions, firsts=self.objects + 1)

    def object_at(self, svma: int) -> int | None:
        """The number of the object file of the function at an address; None if not recorded."""
        place = bisect_right(self._ordered, svma) - 1
        if place < 0:
            return None
        start = self._ordered[place]
        row = self._table.item("order", bisect_left(self._ordered, start, 0, place))
        if svma - start >= self._table.item("sizes", row):
            return None
        return bisect_right(self._firsts, row) - 1

    def functions_of(self, number: int) -> list[Noted]:
        """The functions of an object file, in the order noted."""
        first, stop = self._firsts[number], self._firsts[number + 1]
        starts, sizes = self._table.window("starts", first, stop), self._table.window("sizes", first, stop)
        names = [(self._table.string("names", row) or "").encode("latin-1") for row in range(first, stop)]
        return [Noted(*one) for one in zip(starts, sizes, names, strict=True)]

    def path(self, number: int) -> str:
        """The path of an object file as noted: `/src/a.o`, `/src/lib.a(a.o)`."""
        return self._table.string("paths", number) or ""

    def time(self, number: int) -> int:
        """When the object file was last written before linking, seconds since 1970; 0 if not recorded."""
        return self._table.item("times", number)

    @cached_property
    def newest(self) -> int:
        """The latest of these times; 0 if none is recorded."""
        return max(self._table.column("times"), default=0)

    @cached_property
    def _ordered(self) -> memoryview:
        return self._table.column("ordered")

    @cached_property
    def _firsts(self) -> memoryview:
        return self._table.column("firsts")
