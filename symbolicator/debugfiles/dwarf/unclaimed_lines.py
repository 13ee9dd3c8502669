"""Lines that their unit's DIE does not cover: where sequences of rows begin outside of all claimed code, and whose they are.

GCC's `-fprofile-generate` writes such lines, for functions without a DIE. No program is run: each sequence begins with
DW_LNE_set_address (DWARF 5 §6.2.5.3), and its bytes are searched for (`kernels.dwarf_line_tables.begun`). A false match only costs the
reading of a unit.

Columns::

    strays     Q   two for each sequence: its first svma, ascending, and the unit of its table
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import compress
from typing import TYPE_CHECKING, Final

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import dwarf_line_tables, dwarf_numbers

if TYPE_CHECKING:
    from symbolicator.debugfiles.open_files import OpenFile

_MOST: Final = 1 << 22
"""How many sequences are kept, about."""
_ROOM: Final = 1 << 14
"""How many sequences are found at a time."""


def write_strays(dwarf: Dwarf) -> TableWriter:
    """The strays of a file."""
    writer = TableWriter(StraysCompiler.name, StraysCompiler.version)
    return writer.column("strays", array("Q", [number for stray in find_strays(dwarf) for number in stray]))


def find_strays(dwarf: Dwarf) -> list[tuple[int, int]]:
    """The strays of a file, by address: first svma, and the first of the units with code that use the table."""
    users = {table: units[0] for table, units in users_of_tables(dwarf).items()}
    tables = sorted(users)
    found: list[tuple[int, int]] = []
    for address, offset in _unclaimed(dwarf):
        at = bisect_right(tables, offset) - 1
        if at >= 0:
            found.append((address, users[tables[at]]))
    return found


class StraysCompiler:
    """Compiles a file's strays; a `PartCompiler`. Versions: 1, the first."""

    name: Final = "native-strays"
    version: Final = 1

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def compile(self) -> TableWriter:
        """See `PartCompiler`."""
        return self._file.use(lambda _, dwarf: write_strays(dwarf()))

    def open(self, table: Table) -> Strays:
        """See `PartCompiler`."""
        return Strays(table)


@over_table
class Strays:
    """Reads the table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        expect(table, {"strays": "Q"}, strays=table.length("strays") // 2 * 2)
        strays = table.column("strays")
        self._starts, self._units = strays[::2].tolist(), strays[1::2].tolist()

    def at(self, svma: int, after: int) -> set[int]:
        """The units of the sequence that begins last at or before an address, and not before `after`."""
        stop = bisect_right(self._starts, svma)
        if not stop or self._starts[stop - 1] < after:
            return set()
        first = bisect_right(self._starts, self._starts[stop - 1] - 1)
        return set(self._units[first:stop])


def users_of_tables(dwarf: Dwarf) -> dict[int, list[int]]:
    """By line table, the units with code that use it."""
    users: dict[int, list[int]] = {}
    units, has_lines = dwarf.with_code, 1 << dwarf_numbers.S_STMT_LIST
    has, tables = (dwarf.main.column(field, units) for field in (dwarf_numbers.HAS, dwarf_numbers.STMT_LIST))
    for unit, table in compress(zip(units, tables, strict=True), map(has_lines.__and__, has)):
        users.setdefault(table, []).append(unit)
    return users


def _unclaimed(dwarf: Dwarf) -> list[tuple[int, int]]:
    """The sequences that begin in unclaimed code: first svma, and their place in .debug_line; by address."""
    sections = dwarf.main.sections
    lines = dwarf_line_tables.Lines(sections.line, b"", not sections.little_endian)
    addresses, places, bounds = zeros("Q", _ROOM), zeros("Q", _ROOM), memoryview(array("Q", dwarf.bounds[:2]))
    found: list[tuple[int, int]] = []
    count, at = _ROOM, 0
    while count == _ROOM and len(found) < _MOST:
        count = dwarf_line_tables.begun(lines, at, bounds, *dwarf.covered, addresses, places)
        found.extend(zip(addresses[:count].tolist(), places[:count].tolist(), strict=True))
        at = places[count - 1] + 1 if count else 0
    return sorted(found)
