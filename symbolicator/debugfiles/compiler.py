"""From a debug file to its compiled table: `NativeCompiler`. What reads the table is `table/index.py`."""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.writing import write_table
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.columns import KIND, VERSION
from symbolicator.debugfiles.table.index import NativeIndex


class NativeCompiler:
    """Compiles a native debug file, lenient. Its version is the table's (`table/columns.py`)."""

    name: Final = KIND
    version: Final = VERSION

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of `contents[0]`; the others are what belongs to it: dwz's alternative file, .dwo and .dwp files, in any order.

        Raises `MalformedArtifact` where the first cannot be read.
        """
        container, *others = map(open_container, contents)
        return write_table(container, Dwarf(container, others), None)

    def open(self, table: Table) -> NativeIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return NativeIndex(table)
