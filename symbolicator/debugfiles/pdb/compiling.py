"""From a PDB to the table that every native format compiles to (`table/columns.py`), a module at a time.

In a module, line records lie lowest, functions over them, and what is inlined over those (`kernels/codeview_rows.py`). A module answers
where the linker put code of it (`Dbi.claims`). Where the file does not say this, of modules that claim the same code the first has it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from symbolicator.artifacts.tables import DamagedTable, TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.outline import write_outline
from symbolicator.debugfiles.paths import clean
from symbolicator.debugfiles.pdb.columns import Columns
from symbolicator.debugfiles.pdb.file import PdbFile
from symbolicator.debugfiles.pdb.inlinees import Inlinees
from symbolicator.debugfiles.pdb.publics import Publics, name_symbols
from symbolicator.debugfiles.pdb.reading import ANYWHERE
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.debugfiles.table.columns import KIND, VERSION
from symbolicator.debugfiles.table.writing import combined, joined, limited, write_rows, write_strings
from symbolicator.kernels import codeview_sites

if TYPE_CHECKING:
    from pathlib import Path

_MAX_PATH: Final = 4096


def write_table(container: Container) -> TableWriter:
    """The table of a PDB. A module that cannot be read is skipped, with a warning."""
    file = _pdb(container)
    return _written(file, file.dbi.with_stream, lambda _: file.publics)


def write_modules(
    container: Container, numbers: Sequence[int], named_by: Path | None, *, symbols: bool = False, asked: memoryview = ANYWHERE
) -> TableWriter:
    """The table of some modules, with the symbols of their code; of none, with those of code that is of no module. With `symbols`
    there are all symbols instead, and nothing else. With `asked` (u64, ascending) functions are right at these addresses, and nothing else
    is. `named_by`: the table that lists the modules. Raises `DamagedTable` where there is no such module.
    """
    file = _pdb(container)
    dbi = file.dbi
    beyond = [number for number in numbers if number not in dbi.module_streams]
    if beyond:
        raise DamagedTable(f"names module {beyond[0]}, which has no stream", named_by)
    if symbols:
        return _written(file, dbi.with_stream, lambda _: file.publics, lines=False)
    if len(asked) and numbers:
        return _written(file, numbers, lambda columns: file.publics_within(_begins(columns)), asked=asked)
    if dbi.claims is None:
        publics = file.publics
    elif numbers:
        publics = file.publics_within(joined(sorted((dbi.claims.of(number) for number in numbers), key=_first), "Q"))
    else:
        publics = file.publics.beyond(dbi.claimed)
    return _written(file, numbers, lambda _: publics)


def outline_of(container: Container) -> TableWriter:
    """The outline of a PDB (`debugfiles/outline.py`). If it does not say whose code is where, all its modules are silent."""
    file = _pdb(container)
    silent = file.dbi.with_stream if file.dbi.claims is None else ()
    return write_outline(file.dbi.claimed, silent, {**_meta(file), "exact": True})


def _pdb(container: Container) -> PdbFile:
    assert isinstance(container, PdbFile)  # noqa: S101  # the only format that is written by this
    return container


def _first(spans: memoryview) -> int:
    return int(spans[0]) if len(spans) else 0


def _begins(columns: Columns) -> memoryview:
    """The first byte of each function, as ranges."""
    starts = sorted({*columns.spans[::2].tolist()})
    return memoryview(array("Q", [number for start in starts for number in (start, start + 1)]))


def _meta(file: PdbFile) -> dict[str, Any]:
    if file.dbi.is_fastlink:
        file.warn("it was linked with /DEBUG:FASTLINK: functions and lines are in the object files; link with /DEBUG:FULL")
    return {"warnings": limited(file.warnings), "load_address": 0, "arch": file.arch, "missing_splits": []}


def _written(
    file: PdbFile, numbers: Sequence[int], publics: Callable[[Columns], Publics], *, lines: bool = True, asked: memoryview = ANYWHERE
) -> TableWriter:
    """A table. `publics` chooses its public symbols, by what was read of the modules."""
    strings, inlinees = file.strings(), Inlinees(file.type_records)
    modules = file.modules(numbers, inlinees, strings, lines=lines, asked=asked)
    if modules.lost:
        file.warn(f"{modules.lost} pieces of inlined calls were dropped: parts of functions overlap")
    columns = modules.finish()
    named = name_symbols(file.dbi, publics(columns), columns, strings)
    codeview_sites.link(columns.functions, columns.spans, *named.publics)
    functions = joined([columns.functions, inlinees.functions(strings, 2 * len(file.whole))], "I")
    if not lines:  # what was read has served to name symbols
        columns, functions = Columns(), zeros("I", 0)
    paths = _paths(file, modules.paths)
    files = array("I", [each for number in strings.add(paths) for each in (number, 0)])
    starts, places = combined(columns.chunks, columns.addresses, columns.places)
    writer = TableWriter(KIND, VERSION)
    write_rows(writer, starts, places)
    writer.column("nodes", columns.nodes).column("node_starts", columns.node_starts)
    writer.column("functions", functions).column("files", files)
    named.write(writer)
    write_strings(writer, strings)
    writer.meta = _meta(file)
    return writer


def _paths(file: PdbFile, places: memoryview) -> list[bytes]:
    """The paths at `places` of `/names`, with a bound: they may share their bytes."""
    names, left = file.dbi.names, 2 * len(file.whole)
    found = []
    for place in places:
        path = bytes(names[place : place + _MAX_PATH]).partition(b"\0")[0] if left > 0 else b""
        left -= len(path)
        found.append(clean(path.decode("utf-8", "replace")).encode("utf-8", "replace"))
    return found
