"""Compiles a native file to its table: `NativeCompiler`. The table is read by `table/index.py`.

It decides which debug format is used for a container. All formats write the table of `table/columns.py`, so the rest of the code need not
distinguish them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.lazy import LazyIndex, is_read_whole
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.columns import KIND, VERSION
from symbolicator.debugfiles.table.index import NativeIndex


def _breakpad(container: Container) -> TableWriter:
    from symbolicator.debugfiles.breakpad.compiling import write_table as write  # loaded with the first such file

    return write(container)


def _pdb(container: Container) -> TableWriter:
    from symbolicator.debugfiles.pdb.compiling import write_table as write  # as above

    return write(container)


_WRITERS: Final[dict[str, Callable[[Container], TableWriter]]] = {"breakpad": _breakpad, "pdb": _pdb}
"""By `Container.format`: the function that writes the table of a file with its own debug format. All others have DWARF, or only symbols."""


def compile_container(container: Container, others: Sequence[Container] = ()) -> TableWriter:
    """The table of an open file. `others` belong to it: dwz's alternative file, .dwo and .dwp files, in any order."""
    writer = _WRITERS.get(container.format)
    if writer is not None:
        return writer(container)
    from symbolicator.debugfiles.dwarf.info import Dwarf  # as above
    from symbolicator.debugfiles.dwarf.writing import write_table

    return write_table(container, Dwarf(container, others), None)


def index_container(container: Container, others: Sequence[Container] = ()) -> NativeIndex | LazyIndex:
    """An index of an open file, for few look-ups: only the units needed are read, or the whole file where it has none."""
    if is_read_whole(container.whole):
        return NativeIndex(compile_container(container).table())
    return LazyIndex(container, others)


class NativeCompiler:
    """Compiles a native file, lenient. A slice of a fat file is a separate file (`artifacts/embedded.py`).

    Its version is the table's (`table/columns.py`).
    """

    name: Final = KIND
    version: Final = VERSION

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of `contents[0]`; the others belong to it, as for `compile_container`.

        Raises `MalformedArtifact` if one cannot be read.
        """
        container, *others = map(open_container, contents)
        return compile_container(container, others)

    def open(self, table: Table) -> NativeIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return NativeIndex(table)
