"""A debug file's outline: which of its units contain an address. Small, and all that a cold look-up has to know about the whole file.

Units are those of DWARF, in the order of `.debug_info`, or the modules of a PDB. `lazy.py` reads the units themselves.

Columns::

    claims     Q   three for each range of code: first svma, first beyond it, and the unit that says it covers it
    silent     I   the units that may contain code, but do not say what they cover

    meta: load_address, arch, missing_splits, warnings: as in the table of a whole file (`table/columns.py`); exact, true if units know
    nothing beyond what they claim, and all about that: its symbols too
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Final

from symbolicator.artifacts.damage import expect, number, over_table, text, texts
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.cached import cached_property
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.debugfiles.table.columns import FIRST_LOAD
from symbolicator.kernels import native_layers

NAME: Final = "native-outline"
VERSION: Final = 1
"""1: the first."""


def sorted_addresses(addresses: Sequence[int]) -> memoryview:
    """Addresses, ascending and distinct, as the kernels need them; those beyond 64 bits are dropped."""
    return memoryview(array("Q", sorted({address for address in addresses if 0 <= address < 1 << 64})))


def claiming(claims: memoryview, addresses: memoryview) -> list[tuple[int, ...]]:
    """For each of `addresses` (u64, ascending, distinct) the units whose claims contain it, ascending."""
    out = zeros("Q", 4 * len(addresses) + 64)
    while True:
        found = native_layers.hits(claims, len(claims) // 3, addresses, out)
        if 2 * found <= len(out):
            break
        out = zeros("Q", 2 * found)
    units: list[set[int]] = [set() for _ in addresses]
    for i in range(found):
        units[out[2 * i]].add(out[2 * i + 1])
    return [tuple(sorted(one)) for one in units]


def put_together(claims: memoryview, owners: int) -> tuple[memoryview, memoryview, memoryview]:
    """Claims by unit, or whatever owns them: `starts` and `ends` (u64), disjoint and ascending within each of the `owners`, whose first is
    number `firsts[owner]` (u32).
    """
    count = len(claims) // 3
    starts, ends, firsts = zeros("Q", count), zeros("Q", count), zeros("I", owners + 1)
    found = native_layers.by_owner(claims, count, zeros("I", count), zeros("I", count), firsts, starts, ends)
    return starts[:found], ends[:found], firsts


def write_outline(claims: memoryview, silent: Sequence[int], meta: Mapping[str, Any]) -> TableWriter:
    """The outline of a file."""
    writer = TableWriter(NAME, VERSION)
    writer.column("claims", claims).column("silent", array("I", silent))
    writer.meta = dict(meta)
    return writer


@over_table
class Outline:
    """Reads an outline's table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.origin = table.origin
        """The file of the table, if it has one."""
        expect(table, {"claims": "Q", "silent": "I"}, claims=table.length("claims") // 3 * 3)
        self.load_address = number(table, "load_address", least=FIRST_LOAD)
        """The svma at an image's load address."""
        self.arch = text(table, "arch") or ""
        self.missing_splits = texts(table, "missing_splits")
        """Paths of the split files that were missing when the outline was built."""
        self.warnings = texts(table, "warnings")
        """What was found to be broken."""
        self.is_exact = table.meta.get("exact") is True
        """Whether units know nothing beyond what they claim, and all about that."""

    def covering(self, addresses: memoryview) -> list[tuple[int, ...]]:
        """For each of `addresses` (u64, ascending, distinct) the units that claim it, ascending."""
        return claiming(self._claims, addresses)

    @cached_property
    def silent(self) -> tuple[int, ...]:
        """The units that may have code, but whose DIEs do not say what they cover, or (version 2 has no range lists) perhaps not all."""
        return tuple(self._table.column("silent"))

    @cached_property
    def _claims(self) -> memoryview:
        return self._table.column("claims")

    @cached_property
    def _ends(self) -> list[tuple[int, int]]:
        return sorted(zip(self._claims[1::3].tolist(), self._claims[2::3].tolist(), strict=True))

    def before(self, svma: int) -> tuple[tuple[int, ...], int]:
        """The units that end last before an address, and where: their line rows may continue after that."""
        at = bisect_right(self._ends, (svma, 1 << 64))
        end = self._ends[at - 1][0] if at else 0
        first = bisect_right(self._ends, (end, -1))
        return tuple(unit for _, unit in self._ends[first:at]), end
