"""From a native file to its compiled table: `NativeCompiler`. What reads the table is `table/index.py`.

Owns which debug format answers for a container. All write the one table of `table/columns.py`, so nothing behind it knows formats apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.lazy import LazyIndex
from symbolicator.debugfiles.dwarf.writing import write_table
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.columns import KIND, VERSION
from symbolicator.debugfiles.table.index import NativeIndex


def _breakpad(container: Container) -> TableWriter:
    from symbolicator.debugfiles.breakpad.compiling import write_table as write  # loaded when the first such file is met

    return write(container)


def _pdb(container: Container) -> TableWriter:
    from symbolicator.debugfiles.pdb.compiling import write_table as write  # as above

    return write(container)


_WRITERS: Final[dict[str, Callable[[Container], TableWriter]]] = {"breakpad": _breakpad, "pdb": _pdb}
"""By `Container.format`: what writes the table of a file whose debug format is its own. All others have DWARF, or symbols alone."""


def compile_container(container: Container, others: Sequence[Container] = ()) -> TableWriter:
    """The table of a file that is open. `others` belong to it: dwz's alternative file, .dwo and .dwp files, in any order."""
    writer = _WRITERS.get(container.format)
    return write_table(container, Dwarf(container, others), None) if writer is None else writer(container)


def index_container(container: Container, others: Sequence[Container] = ()) -> NativeIndex | LazyIndex:
    """An index of a file that is open, for a few look-ups: of DWARF the units are read that they need, of other formats the whole file."""
    if container.format in _WRITERS:
        return NativeIndex(compile_container(container).table())
    return LazyIndex(container, others)


class NativeCompiler:
    """Compiles a native file, lenient. A slice of a fat file is a file of its own (`artifacts/embedded.py`).

    Its version is the table's (`table/columns.py`).
    """

    name: Final = KIND
    version: Final = VERSION

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of `contents[0]`; the others are what belongs to it, as `compile_container` has them.

        Raises `MalformedArtifact` where one cannot be read.
        """
        container, *others = map(open_container, contents)
        return compile_container(container, others)

    def open(self, table: Table) -> NativeIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return NativeIndex(table)
