"""Compiling all that a store holds: which tables traces will ask for, and several at once.

Threads: the kernels run without the interpreter's lock, and a large file is compiled in threads of its own anyway.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.files import Artifact, ArtifactStore
from symbolicator.cli.progress import Progress
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind


class Table(NamedTuple):
    """A table to be: by which compiler, of which files, the main one first."""

    compiler: Any
    parts: tuple[Artifact, ...]
    is_native: bool = False


def tables_of(store: ArtifactStore) -> list[Table]:
    """The tables of all maps and native files in a store, each once."""
    artifacts = store.artifacts()
    tables: list[Table] = []
    maps = [one for one in artifacts if one.identity.kind is FileKind.SOURCEMAP]
    if maps:
        from symbolicator.sourcemaps.compiling import SourceMapCompiler

        compiler = SourceMapCompiler()
        tables += [Table(compiler, (one,)) for one in maps]
    native = [one for one in artifacts if one.identity.kind is FileKind.DEBUG_FILE]
    if native:
        tables += _native_tables(store, native)
    return tables


def _native_tables(store: ArtifactStore, native: Sequence[Artifact]) -> Iterator[Table]:
    from symbolicator.debugfiles.compiling import NativeCompiler
    from symbolicator.debugfiles.family import find_family, is_partial

    compiler = NativeCompiler()
    wanted: dict[tuple[str, ...], tuple[Artifact, ...]] = {}
    for one in native:
        try:
            if is_partial(one):
                continue  # a .dwo or .dwp has no answers of its own
            family = find_family(store.find, one, one.path)
        except MalformedArtifact:
            wanted[(one.name,)] = (one,)  # the compiler says why, where all are told
            continue
        # A stack asks without split files first, and the program where its debug file is silent.
        whole = tuple(part for part in family.parts if part not in family.splits)
        for parts in (family.parts, whole, *([(family.program,)] if family.program else [])):
            wanted[tuple(part.name for part in parts)] = parts
    for parts in wanted.values():
        yield Table(compiler, parts, True)


def compile_all(cache: Cache, tables: Sequence[Table], jobs: int | None) -> Iterator[tuple[Table, MalformedArtifact | None]]:
    """Have each table in the cache, `jobs` at once; with each what was wrong with its files, where anything was."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    def work(table: Table) -> MalformedArtifact | None:
        try:
            cache.get(table.compiler, *table.parts)
        except MalformedArtifact as error:
            return error
        return None

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool, Progress("files", total=len(tables)) as progress:
        # The largest first: what is begun last is waited for.
        queued = {pool.submit(work, table): table for table in sorted(tables, key=lambda table: -table.parts[0].size)}
        for done in as_completed(queued):
            progress.advance()
            yield queued[done], done.result()
