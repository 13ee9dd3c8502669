"""From a PDB to the table that every native format compiles to (`table/columns.py`), a module at a time.

In a module, line records lie lowest, functions over them, and what is inlined over those (`kernels/codeview_rows.py`). A module answers
where the linker put code of it (`Dbi.claims`). Where the file does not say this, of modules that claim the same code the first has it.
"""

from __future__ import annotations

from array import array
from typing import Final

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.paths import clean
from symbolicator.debugfiles.pdb.file import PdbFile
from symbolicator.debugfiles.pdb.inlinees import Inlinees
from symbolicator.debugfiles.pdb.publics import name_symbols
from symbolicator.debugfiles.table.columns import KIND, SAMPLE, VERSION
from symbolicator.debugfiles.table.writing import combined, joined, limited, write_strings
from symbolicator.kernels import codeview_sites

_MAX_PATH: Final = 4096


def write_table(container: Container) -> TableWriter:
    """The table of a PDB. A module that cannot be read is skipped, with a warning."""
    assert isinstance(container, PdbFile)  # noqa: S101  # the only format that is written by this
    file, strings, inlinees = container, container.strings(), Inlinees(container.msf)
    if file.dbi.is_fastlink:
        file.warn("it was linked with /DEBUG:FASTLINK: functions and lines are in the object files; link with /DEBUG:FULL")
    modules = file.modules(file.dbi.with_stream, inlinees, strings, lines=True)
    if modules.lost:
        file.warn(f"{modules.lost} pieces of inlined calls were dropped: parts of functions overlap")
    columns = modules.finish()
    named = name_symbols(file.dbi, file.publics, columns, strings)
    codeview_sites.link(columns.functions, columns.spans, memoryview(named.symbols.address), named.names)
    functions = joined([columns.functions, inlinees.functions(strings, 2 * len(file.whole))], "I")
    paths = _paths(file, modules.paths)
    files = array("I", [each for number in strings.add(paths) for each in (number, 0)])
    starts, places = combined(columns.chunks, columns.addresses, columns.places)
    writer = TableWriter(KIND, VERSION)
    writer.column("starts", starts).column("places", places).column("samples", array("Q", starts[::SAMPLE].tolist()))
    writer.column("nodes", columns.nodes).column("node_starts", columns.node_starts)
    writer.column("functions", functions).column("files", files)
    named.write(writer)
    write_strings(writer, strings)
    writer.meta = {"warnings": limited(file.warnings), "load_address": 0, "arch": file.arch, "missing_splits": []}
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
