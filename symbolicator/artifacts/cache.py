"""The cache of compiled files: in memory and on disk, with refusals.

To get a compiler's index of some artifacts, the cache looks in memory, then for a table on disk (`table_folder.py`), then compiles. A
table's key is the compiler's name, its version and the digests of the artifacts, so nothing in it ever becomes stale: changed files have
another key. A file that a compiler refused is remembered in the same way (`refusals.py`), and refused again without being read.

A compiler that can answer from large files without a table (`Reader`) does so for the first that asks, and a mark is left on disk. Who asks
again, in another process or after the index was dropped from memory, has the table compiled. So a crash that comes once does not pay for a
table, and of those that come often just one reading was for nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from symbolicator.artifacts import refusals
from symbolicator.artifacts.changing import Mapped, settled, still
from symbolicator.artifacts.compiler import Compiler, Reader, TableKey, table_key
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.recent import Recent
from symbolicator.artifacts.table_folder import CompilerInfo, TableFolder
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.artifacts.turns import turn
from symbolicator.errors import BoundReached, MalformedArtifact, Unreadable
from symbolicator.forks import renewed_in_child

T = TypeVar("T")

MEMORY_BYTES: Final = 256 << 20
_MAPPED_AT_MOST: Final = 128
"""Mapped tables kept in memory at once; this limits the file descriptors used."""
_OVERHEAD: Final = 4096
"""Bytes charged for an entry in addition to its table: the opened index is a few Python objects."""
_RECENT_SHARE: Final = 16
"""The fraction of the memory that is for answers in any case."""
_FREE_SHARE: Final = 2
"""The fraction that is for answers of what the tables leave free: the positions of many builds in turn take more than those of one."""
_ALONE_BELOW: Final = 256 << 10
"""Total size of files below which compiling is faster than waiting for another process that does, and as fast as leaving a mark."""


class CacheInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of a cache. `compilers` is by `name-version`; `memory_bytes` is what is charged, not what the allocator took."""

    folder: str | None
    entries: int
    bytes: int
    compilers: dict[str, CompilerInfo]
    memory_entries: int
    memory_bytes: int


class _Entry:
    """One entry in memory: an opened index, or why there is none. One that is not `kept` is temporary."""

    __slots__ = ("cost", "error", "file", "kept", "value")

    def __init__(
        self, cost: int, value: object = None, error: MalformedArtifact | None = None, file: object = None, kept: bool = True
    ) -> None:
        self.cost = cost
        self.file = file if isinstance(file, Mapped) else None
        self.value = value
        self.error = error
        self.kept = kept


class _Flight:
    """A running compilation: others who need the same wait for `done`. `entry` stays None if the leader failed with a bug."""

    __slots__ = ("done", "entry", "owner")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.entry: _Entry | None = None
        self.owner = threading.get_ident()


class Cache:
    """Compiled tables, in memory and in `folder` (None: in memory only). Shared by threads, and its folder by processes.

    If the folder cannot be written (read-only, full, forbidden), this is one warning, never an error.
    """

    compiles_at_once = False
    """Whether the table of a file is compiled the first time it is asked for, for others to use."""

    def __init__(self, folder: Path | None, memory_bytes: int = MEMORY_BYTES) -> None:
        self._disk = TableFolder(folder)
        self.folder = self._disk.folder
        self._limit = memory_bytes
        self._memory: MutableMapping[TableKey, _Entry] = _memory_of(memory_bytes)
        self.recent: Recent[Any, Any] = Recent(memory_bytes // _FREE_SHARE)
        """Answers of the indexes, prepared by their users. Keys start with a word for the user."""
        self._flights: dict[TableKey, _Flight] = {}
        self._lock = threading.Lock()
        renewed_in_child(self)
        self.answers = {"memory": 0, "disk": 0, "read": 0, "compiled": 0}
        """How often an index was requested, by where it came from."""

    def after_fork(self) -> None:
        """The compiling threads are the parent's. What one of them was storing in memory may be incomplete."""
        if self._lock.locked():
            self._memory = _memory_of(self._limit)
        self._flights = {}
        self._lock = threading.Lock()

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """The compiler's index of these artifacts: from memory, else from disk, else read or compiled by one thread while the others
        wait.

        `part` (of `a-z0-9-`) names one of several tables that a compiler builds from them: it is called without contents, and
        reads what it needs itself.

        Raises `MalformedArtifact` if the compiler refuses the content (remembered) or a store cannot read it (not remembered). Any other
        exception of a compiler is raised unchanged and never remembered.
        """
        key = table_key(compiler.name, compiler.version, *[artifact.digest() for artifact in artifacts], part=part)
        while True:  # once for each leader that failed with a bug; each thread leads at most once
            with self._lock:
                entry = self._memory.get(key)
                if entry is not None and entry.file is not None and entry.file.is_lost:
                    del self._memory[key]  # another process truncated the table
                    entry = None
                flight = self._flights.get(key)
                self.answers["memory"] += entry is not None
                leading = entry is None and flight is None
                if leading:
                    flight = self._flights[key] = _Flight()
            if entry is None and flight is not None:
                if leading:
                    size = sum(artifact.size for artifact in artifacts)
                    entry = self._lead(flight, key, compiler, artifacts if part is None else (), size)
                elif flight.owner == threading.get_ident():
                    raise RuntimeError(f"compiler {compiler.name!r} asks for the table that it is compiling")
                else:
                    flight.done.wait()
                    entry = flight.entry
            if entry is not None:
                if entry.error is not None:
                    raise refusals.again(entry.error, artifacts)
                return cast(T, entry.value)

    def has(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """Whether the compiler's table of these artifacts is in memory or on disk; then `get` compiles nothing. Raises as `digest`."""
        key = table_key(compiler.name, compiler.version, *[artifact.digest() for artifact in artifacts])
        with self._lock:
            if key in self._memory:
                return True
        return self._disk.has(key)

    def discard(self, origin: Path) -> None:
        """Forget the table of a file found damaged (`DamagedTable.origin`), in memory and on disk; other paths are ignored."""
        key = self._disk.key_of(origin)
        if key is not None:
            with self._lock:
                self._memory.pop(key, None)
            self._disk.remove(key)

    def info(self) -> CacheInfo:
        """Statistics by compiler."""
        compilers = self._disk.by_compiler()
        with self._lock:
            return CacheInfo(
                folder=None if self.folder is None else str(self.folder),
                entries=sum(one.entries for one in compilers.values()),
                bytes=sum(one.bytes for one in compilers.values()),
                compilers=compilers,
                memory_entries=len(self._memory),
                memory_bytes=sum(entry.cost for entry in self._memory.values()),
            )

    def trim(self, max_bytes: int) -> int:
        """Remove the least recently used tables from disk until at most `max_bytes` are left; returns the bytes removed."""
        return self._disk.trim(max_bytes)

    def clear(self) -> None:
        """Forget everything, in memory and on disk. Only files written by the cache are removed."""
        self.recent.clear()
        with self._lock:
            self._memory.clear()
        self._disk.clear()

    def _lead(self, flight: _Flight, key: TableKey, compiler: Compiler[T], artifacts: tuple[Artifact, ...], size: int) -> _Entry:
        try:
            entry, where = self._from_disk(key, compiler), "disk"
            if entry is None:
                entry, where = self._in_turn(key, compiler, artifacts, size)
            # A table larger than the whole memory is kept alone, rather than compiled each time; a memory of 0 bytes keeps nothing.
            entry.cost = max(1, min(entry.cost, self._limit))
            with self._lock:
                self.answers[where] += 1
                if self._limit > 0 and entry.kept:
                    self._memory[key] = entry
                    free = self._limit - getattr(self._memory, "currsize", 0)
                    self.recent.allow(max(self._limit // _RECENT_SHARE, free // _FREE_SHARE))
            flight.entry = entry
            return entry
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    def _in_turn(self, key: TableKey, compiler: Compiler[T], artifacts: tuple[Artifact, ...], size: int) -> tuple[_Entry, str]:
        """The entry, read without a table, or compiled by one process while others wait for its table; and where it came from."""
        if size < _ALONE_BELOW:
            return self._compiled(key, compiler, artifacts), "compiled"
        if isinstance(compiler, Reader) and self._is_first(key):
            return self._read(key, compiler, artifacts), "read"
        if self.folder is None:
            return self._compiled(key, compiler, artifacts), "compiled"
        with turn(self.folder, "-".join(key), self._disk.path(key).is_file):
            entry = self._from_disk(key, compiler)
            return (self._compiled(key, compiler, artifacts), "compiled") if entry is None else (entry, "disk")

    def _from_disk(self, key: TableKey, compiler: Compiler[T]) -> _Entry | None:
        """The entry of a table on disk; None if there is none or it is damaged."""
        try:
            table = self._disk.find(key)
            if table is None:
                return None
            if table.kind == refusals.KIND:
                until = refusals.until(table)
                if until is None or time.time() < until:
                    return _Entry(_OVERHEAD, error=refusals.read(table), kept=until is None)
                return None
            if (table.kind, table.version) == (compiler.name, compiler.version):
                return _Entry(self._cost(table), compiler.open(table), file=table.mapping)
        except DamagedTable:
            pass
        self.discard(self._disk.path(key))  # damaged, or another table: rebuilt without a message
        return None

    def _compiled(self, key: TableKey, compiler: Compiler[T], artifacts: tuple[Artifact, ...]) -> _Entry:
        contents = [artifact.read() for artifact in artifacts]
        try:
            try:
                writer = compiler.compile(*contents)
            finally:
                still(*contents)
        except (DamagedTable, Unreadable, BoundReached):
            raise  # of a table that the compiler itself used, or a file that disappeared: nothing is known about the file
        except MalformedArtifact as error:
            self._refused(key, error)
            return _Entry(_OVERHEAD, error=refusals.again(error, ()))
        if (writer.kind, writer.version) != (compiler.name, compiler.version):
            raise ValueError(f"compiler {compiler.name} {compiler.version} wrote a table of {writer.kind} {writer.version}")
        table = self._disk.store(key, writer)
        return _Entry(self._cost(table), compiler.open(table), file=table.mapping)

    def _is_first(self, key: TableKey) -> bool:
        """Whether nobody asked for a table before, or no mark of that can be left: then the table could not be either."""
        mark = key[0], f"{key[1]}-asked"
        if self.compiles_at_once:
            return False
        if self._disk.has(mark):
            self._disk.remove(mark)
            return False
        if self.folder is not None:
            self._disk.store(mark, TableWriter("asked", 1))
        return True

    def _read(self, key: TableKey, compiler: Reader, artifacts: tuple[Artifact, ...]) -> _Entry:
        # Copied, because it is kept: a file of the user's may change while events are looked up in it.
        contents = [settled(artifact.read()) for artifact in artifacts]
        try:
            index = compiler.read(*contents)
        except (Unreadable, BoundReached):
            raise
        except MalformedArtifact as error:
            self._refused(key, error)
            return _Entry(_OVERHEAD, error=refusals.again(error, ()))
        return _Entry(sum(map(len, contents)) + index.nbytes + _OVERHEAD, index)

    def _refused(self, key: TableKey, error: MalformedArtifact, until: float | None = None) -> None:
        """Remember a refusal, until a wall-clock time if one is given."""
        self._disk.store(key, refusals.written(error, until))

    def _cost(self, table: Table) -> int:
        if table.mapping is None:
            return table.nbytes + _OVERHEAD
        # The system may drop the pages of a mapping, so they count an eighth; but never so little that descriptors run out.
        return max(table.nbytes // 8, self._limit // _MAPPED_AT_MOST)


def _memory_of(limit: int) -> MutableMapping[TableKey, _Entry]:
    """The entries in memory, least recently used first to go. A process that runs once keeps and imports nothing for this."""
    if limit <= 0:
        return {}
    from cachetools import LRUCache

    return LRUCache(limit, getsizeof=lambda entry: entry.cost)
