"""Compiling everything in a store: which tables traces will need, and several at once.

In processes, because most of the work holds the interpreter's lock: three libraries with 95 MB of DWARF each took 6.6 s in one thread
as in two; two took 4.3 s in one process, four 4.7 s in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.embedded import slices_of
from symbolicator.artifacts.files import Artifact, ArtifactStore
from symbolicator.artifacts.stores import open_stores
from symbolicator.builds.dotnet import is_dotnets
from symbolicator.cli.progress import Progress
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind
from symbolicator.processes import WorkerDied, Workers

_WORTH_A_PROCESS: Final = 8 << 20
"""Bytes of files that take about as long as starting a few processes."""


class Table(NamedTuple):
    """A table to build: by which compiler, from which files, the main one first."""

    compiler: Any
    parts: tuple[Artifact, ...]
    kind: str
    """A name for its kind of files: `source map`, `mapping`, `native file`, `assembly file`."""

    more: Callable[[Cache], object] | None = None
    """Has the tables made that only this one leads to: of the object files that a debug map names."""

    @property
    def key(self) -> tuple[str, ...]:
        """Its key in the store."""
        return self.compiler.name, *(part.name for part in self.parts)


def tables_of(store: ArtifactStore) -> list[Table]:
    """The tables of all maps, mappings and native files in a store, each once."""
    artifacts = store.artifacts()
    tables: list[Table] = []
    maps = [one for one in artifacts if one.identity.kind is FileKind.SOURCEMAP]
    if maps:
        from symbolicator.sourcemaps.compiling import SourceMapCompiler

        compiler = SourceMapCompiler()
        tables += [Table(compiler, (one,), "source map") for one in maps]
    mappings = [one for one in artifacts if one.identity.kind is FileKind.MAPPING]
    if mappings:
        from symbolicator.mappings import MappingCompiler

        tables += [Table(MappingCompiler(), (one,), "mapping") for one in mappings]
    managed = [one for one in artifacts if is_dotnets(one)]
    if managed:
        tables += _dotnet_tables(store, managed)
    native = [each for one in artifacts if one.identity.kind is FileKind.DEBUG_FILE and one not in managed for each in slices_of(one)]
    if native:
        tables += _native_tables(store, native)
    return tables


def _dotnet_tables(store: ArtifactStore, artifacts: Sequence[Artifact]) -> Iterator[Table]:
    """PDBs, and the assemblies that their names are in."""
    from symbolicator.builds.dotnet import has_lines
    from symbolicator.portable_pdb import AssemblyCompiler, PdbCompiler
    from symbolicator.portable_pdb.identify import EMBEDDED

    for one in artifacts:
        if one.identity.kind is FileKind.PORTABLE_PDB:
            yield Table(PdbCompiler(), (one,), "Portable PDB")
            continue
        if EMBEDDED in one.identity.features:
            yield Table(PdbCompiler(), (one,), "Portable PDB")
        if has_lines(one, store):
            yield Table(AssemblyCompiler(), (one,), "assembly file")


def _native_tables(store: ArtifactStore, native: Sequence[Artifact]) -> Iterator[Table]:
    from symbolicator.debugfiles.compiling import NativeCompiler
    from symbolicator.debugfiles.family import find_family, is_partial
    from symbolicator.debugfiles.macho.linked import is_linked_only

    compiler = NativeCompiler()
    wanted: dict[tuple[str, ...], tuple[Artifact, ...]] = {}
    for one in native:
        try:
            if is_partial(one):
                continue  # a .dwo or .dwp answers nothing by itself
            family = find_family(store.find, one, one.path)
        except MalformedArtifact:
            wanted[(one.name,)] = (one,)  # the compiler reports why
            continue
        # A stack tries without split files first, and uses the program if its debug file has no answer.
        whole = tuple(part for part in family.parts if part not in family.splits)
        for parts in (family.parts, whole, *([(family.program,)] if family.program else [])):
            wanted[tuple(part.name for part in parts)] = parts
    for parts in wanted.values():
        yield Table(compiler, parts, "native file", partial(_objects, store, parts[0]) if is_linked_only(parts[0]) else None)


def _objects(store: ArtifactStore, linked: Artifact, cache: Cache) -> object:
    from symbolicator.debugfiles.macho.linked import open_linked

    return open_linked(store.find, lambda compiler, part, *artifacts: cache.get(compiler, *artifacts, part=part), linked).check()


def compile_all(paths: Sequence[str], cache: Cache, tables: Sequence[Table], jobs: int) -> Iterator[tuple[Table, str | None]]:
    """Compile each of the `tables` (of the store over `paths`) into the cache, `jobs` at once; yields each with the error in its files,
    if any.
    """
    # The largest first, so that no large one is left for the end.
    ordered = sorted(tables, key=lambda table: -sum(one.size for one in table.parts))
    jobs = min(jobs, len(tables)) if sum(one.size for table in tables for one in table.parts) >= _WORTH_A_PROCESS else 1
    with Progress("files", total=len(tables)) as progress:
        for table, error in _in_processes(paths, cache, ordered, jobs) if jobs > 1 else ((one, _compile(cache, one)) for one in ordered):
            progress.advance()
            yield table, error


def _compile(cache: Cache, table: Table) -> str | None:
    try:
        cache.get(table.compiler, *table.parts)
        if table.more is not None:
            table.more(cache)
    except MalformedArtifact as error:
        return str(error) if error.artifact else f"{table.parts[0].name}: {error}"
    return None


def _in_processes(paths: Sequence[str], cache: Cache, tables: Sequence[Table], jobs: int) -> Iterator[tuple[Table, str | None]]:
    with Workers(jobs, ("symbolicator.cli.warming", "start"), tuple(paths), cache.folder) as workers:
        queued = {workers.submit(_ask, workers, table.key): table for table in tables}
        for done in as_completed(queued):
            yield queued[done], done.result()


def _ask(workers: Workers, key: tuple[str, ...]) -> str | None:
    try:
        error: str | None = workers.ask(key)
    except WorkerDied as death:
        return f"{key[1]}: the process that compiled it ended ({death}); it may need more memory than there is"
    return error


# ── one process ───────────────────────────────────────────────────────────────────────────────────────────────────


def start(paths: tuple[str, ...], folder: Path | None) -> Callable[[tuple[str, ...]], str | None]:
    """In a worker: what compiles the table of a key, and says what is wrong with its files."""
    from symbolicator.engine import IDENTIFIERS

    cache = Cache(folder, 0)
    cache.compiles_at_once = True
    tables = {table.key: table for table in tables_of(open_stores(paths, folder, IDENTIFIERS))}

    def compiled(key: tuple[str, ...]) -> str | None:
        table = tables.get(key)
        return _compile(cache, table) if table is not None else f"{key[1]}: has changed or gone since it was found"

    return compiled
