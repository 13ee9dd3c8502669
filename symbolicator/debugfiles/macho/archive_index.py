"""What is in an archive of object files, fat or not, by name: read once, for a debug map may name a thousand members of one.

Columns of the table, a row a member::

    names, arches          its name; the architecture that a fat archive holds it for, "" in others
    times, offsets, sizes  Q  when it was last written (0: not kept), and where its content is in the whole file
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.cached import cached_property
from symbolicator.debugfiles.archives import members_of
from symbolicator.debugfiles.macho.fat import archives_in

NAME: Final = "native-archive"
VERSION: Final = 1
"""1: the first."""


class ArchiveMember(NamedTuple):
    """An object file in an archive: `offset` and `size` of its content in the whole file."""

    arch: str
    time: int
    offset: int
    size: int


class ArchiveCompiler:
    """Compiles the list of an archive's members."""

    name: Final = NAME
    version: Final = VERSION

    def compile(self, *contents: memoryview) -> TableWriter:
        """The list of `contents[0]`. Raises `MalformedArtifact` if it is not an archive."""
        data = contents[0]
        names: list[str] = []
        arches: list[str] = []
        columns = array("Q"), array("Q"), array("Q")
        for arch, offset, size in archives_in(data):
            for one in members_of(data[offset : offset + size]):
                names.append(one.name)
                arches.append(arch)
                for column, value in zip(columns, (one.time, offset + one.offset, one.size), strict=True):
                    column.append(value)
        writer = TableWriter(NAME, VERSION).strings("names", names).strings("arches", arches)
        for title, column in zip(("times", "offsets", "sizes"), columns, strict=True):
            writer.column(title, column)
        return writer

    def open(self, table: Table) -> ArchiveIndex:
        """The list over a compiled table. Raises `DamagedTable`."""
        return ArchiveIndex(table)


@over_table
class ArchiveIndex:
    """Reads the list of an archive's members. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._count = table.length("times")
        expect(table, dict.fromkeys(("times", "offsets", "sizes"), "Q"), offsets=self._count, sizes=self._count)

    def called(self, name: str) -> list[ArchiveMember]:
        """The members of a name, in the archive's order."""
        item, string = self._table.item, self._table.string
        rows = self._by_name.get(name, ())
        return [ArchiveMember(string("arches", row) or "", *(item(title, row) for title in ("times", "offsets", "sizes"))) for row in rows]

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in range(self._count):
            found.setdefault(self._table.string("names", row) or "", []).append(row)
        return found
