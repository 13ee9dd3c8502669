"""Compiled files kept: memory over disk, with negatives.

Asked for a compiler's index of some artifacts, the cache looks in memory, then for a table on disk, then compiles. A table is known by
the compiler's name, its version and the digests of the artifacts, so nothing in it ever goes stale: what changes gets another key. A file
that a compiler refused is remembered the same way (a table of kind `malformed`), and refused again without being read.

What a table holds is the compiler's affair; how one gets onto the disk whole is `folders.py`'s.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from functools import lru_cache
from mmap import ACCESS_READ
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec

from symbolicator.artifacts.changing import Mapped, still
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.folders import INDEX, TABLES, TEMPORARY, open_own, others_may_write, sweep, trusted, write_whole
from symbolicator.artifacts.recent import Recent
from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.artifacts.turns import ENDING, LOCKS, turn
from symbolicator.artifacts.writing import TableWriter
from symbolicator.errors import BoundReached, LimitExceeded, MalformedArtifact, Unreadable
from symbolicator.forks import renewed_in_child
from symbolicator.log import log_of
from symbolicator.patterns import regex

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MEMORY_BYTES: Final = 256 << 20
_READ_BELOW: Final = 1 << 20
"""Bytes below which a table is read and not mapped: a mapping holds a file descriptor, and costs more than a small read."""
_MAPPED_AT_MOST: Final = 128
"""Mapped tables kept in memory at once, which is what bounds our file descriptors."""
_OVERHEAD: Final = 4096
"""Bytes charged for an entry beside its table: the opened index is a few Python objects."""
_RECENT_SHARE: Final = 16
"""Of the memory, the part that is for answers."""
_ALONE_BELOW: Final = 256 << 10
"""Bytes of files below which processes do not wait for one another: compiled sooner than asked."""
_RETRY_WRITING_AFTER: Final = 60.0
_TOUCH_AFTER: Final = 3600.0
"""Seconds after which a table that is opened gets its mtime set again, for `trim`: cheap, and a mount with noatime is served too."""
_NEGATIVE: Final = "malformed"


class Compiler(Protocol[T_co]):
    """A format room's way from files to an index. `name` and `version` are also the kind and version of the table it writes."""

    @property
    def name(self) -> str:
        """A word, e.g. `sourcemap`."""

    @property
    def version(self) -> int:
        """Counts up whenever the table or what is put in it changes: tables of other versions are not looked at."""

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table for some files' contents; slow. Raises `MalformedArtifact`, which is remembered."""

    def open(self, table: Table) -> T_co:
        """The index over a table; quick. Must not keep what the table can give again."""


class CompilerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of one compiler has on disk."""

    entries: int = 0
    bytes: int = 0


class CacheInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a cache holds. `compilers` is by `name-version`; `memory_bytes` is what is charged, not what the allocator took."""

    folder: str | None
    entries: int
    bytes: int
    compilers: dict[str, CompilerInfo]
    memory_entries: int
    memory_bytes: int


class _Entry:
    """One answer in memory: an opened index, or why there is none. One that is `kept` only on disk holds for a while."""

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
    """A compilation under way: others who want the same wait for `done`. `entry` stays None where the leader failed with a bug."""

    __slots__ = ("done", "entry", "owner")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.entry: _Entry | None = None
        self.owner = threading.get_ident()


_Key = tuple[str, str]
"""(`name-version`, hex): the folder and the stem of the table's file."""


_HEX: Final = regex("[0-9a-f]{16,128}")
_PART: Final = regex("[a-z0-9-]{1,80}")


@lru_cache(maxsize=4096)
def _key(compiler: str, version: int, *digests: str, part: str | None = None) -> _Key:
    if part is not None:
        if not _PART.fullmatch(part):
            raise ValueError(f"a part is called {part!r}; a-z, 0-9 and - are for names")
        folder, stem = _key(compiler, version, *digests)
        return folder, f"{stem}-{part}"
    name = "".join(c if c.isalnum() or c in "_.-" else "_" for c in compiler)
    folder = f"{name}-{version}"
    if len(digests) == 1 and name == compiler and _HEX.fullmatch(digests[0]):
        return folder, digests[0]  # nothing to tell apart but one content; nearly all tables are of one file
    # Several files, or words that are no file's name. Loaded here only: OpenSSL costs a short run 3 ms.
    from hashlib import blake2b

    digest = blake2b(f"{compiler}\0{version}".encode(), digest_size=20)
    for each in digests:
        digest.update(b"\0" + each.encode())
    return folder, digest.hexdigest()


class Cache:
    """Compiled tables, in memory and in `folder` (None: in memory only). Shared by threads, and its folder by processes.

    A folder that cannot be written (read-only, full, forbidden) is an occasion for one warning, never an error.
    """

    def __init__(self, folder: Path | None, memory_bytes: int = MEMORY_BYTES) -> None:
        self.folder = trusted(None if folder is None else Path(folder))
        self._limit = memory_bytes
        self._memory: MutableMapping[_Key, _Entry] = _memory_of(memory_bytes)
        self.recent: Recent[Any, Any] = Recent(memory_bytes // _RECENT_SHARE)
        """Answers of the indexes, made ready by who asked. Keys begin with a word for who that is."""
        self._flights: dict[_Key, _Flight] = {}
        self._lock = threading.Lock()
        renewed_in_child(self)
        self._distrusted: set[_Key] = set()  # damaged on disk, in a folder where we cannot remove it
        self._warned = False
        self._write_again_at = 0.0
        self.answers = {"memory": 0, "disk": 0, "compiled": 0}
        """How often an index was asked for, by where it came from."""
        if self.folder is not None:
            sweep(self.folder)

    def after_fork(self) -> None:
        """The threads that compile are the parent's. What one of them was putting into memory may be in it by half."""
        if self._lock.locked():
            self._memory = _memory_of(self._limit)
        self._flights = {}
        self._lock = threading.Lock()

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """The compiler's index of these artifacts: from memory, else from disk, else compiled, by one thread while the others wait.

        `part` (of `a-z0-9-`) names one of many tables that a compiler makes of them, each for itself: it is called without contents, and
        reads what it needs by itself.

        Raises `MalformedArtifact` where the compiler refuses the content (remembered) or a store cannot read it (not remembered). Anything
        else a compiler raises comes out as it is and is never remembered.
        """
        key = _key(compiler.name, compiler.version, *[artifact.digest() for artifact in artifacts], part=part)
        while True:  # once for each leader that failed with a bug; each thread leads at most once
            with self._lock:
                entry = self._memory.get(key)
                if entry is not None and entry.file is not None and entry.file.is_lost:
                    del self._memory[key]  # somebody cut the table short
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
                    raise RuntimeError(f"compiler {compiler.name!r} asks for the very table it is compiling")
                else:
                    flight.done.wait()
                    entry = flight.entry
            if entry is not None:
                if entry.error is not None:
                    raise _again(entry.error, artifacts)
                return cast(T, entry.value)

    def has(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """Whether the compiler's table of these artifacts is in memory or on disk: `get` compiles nothing. Raises as `digest` does."""
        key = _key(compiler.name, compiler.version, *[artifact.digest() for artifact in artifacts])
        with self._lock:
            if key in self._memory:
                return True
        if self.folder is None or key in self._distrusted:
            return False
        try:
            status = self._path(key).lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and others_may_write(status) is None

    def discard(self, origin: Path) -> None:
        """Forget the table of a file found damaged (`DamagedTable.origin`), in memory and on disk; other paths are left alone."""
        key = (origin.parent.name, origin.stem)
        if self.folder is None or origin != self._path(key):
            return
        with self._lock:
            self._memory.pop(key, None)
        try:
            origin.unlink(missing_ok=True)
        except OSError:
            self._distrusted.add(key)

    def info(self) -> CacheInfo:
        """What is held, by compiler."""
        by: dict[str, list[int]] = {}
        for path, status in self._tables():
            count = by.setdefault(path.parent.name, [0, 0])
            count[0] += 1
            count[1] += status.st_size
        compilers = {name: CompilerInfo(entries=entries, bytes=size) for name, (entries, size) in sorted(by.items())}
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
        """Remove the least recently used tables from disk until at most `max_bytes` are left; the bytes removed."""
        tables = sorted((max(status.st_atime, status.st_mtime), status.st_size, path) for path, status in self._tables())
        excess = sum(size for _, size, _ in tables) - max_bytes
        removed = 0
        for _, size, path in tables:
            if removed >= excess:
                break
            with suppress(OSError):
                path.unlink()
                removed += size
        return removed

    def clear(self) -> None:
        """Forget everything, in memory and on disk. Only files that the cache itself writes are removed."""
        self.recent.clear()
        with self._lock:
            self._memory.clear()
        if self.folder is None:
            return
        litter = [path for path, _ in self._tables()]
        for name, suffix in ((INDEX, ".index"), (TEMPORARY, ".tmp"), (LOCKS, ENDING)):
            with suppress(OSError):
                litter += [path for path in (self.folder / name).iterdir() if path.suffix == suffix]
        folders = {path.parent for path in litter}
        for path in litter:
            with suppress(OSError):
                path.unlink()
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()  # only an empty one goes

    def _lead(self, flight: _Flight, key: _Key, compiler: Compiler[T], artifacts: tuple[Artifact, ...], size: int) -> _Entry:
        try:
            entry, where = self._from_disk(key, compiler), "disk"
            if entry is None:
                entry, where = self._in_turn(key, compiler, artifacts, size)
            # What is larger than the whole memory is held alone, rather than compiled each time; a memory of 0 bytes holds nothing.
            entry.cost = max(1, min(entry.cost, self._limit))
            with self._lock:
                self.answers[where] += 1
                if self._limit > 0 and entry.kept:
                    self._memory[key] = entry
            flight.entry = entry
            return entry
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    def _in_turn(self, key: _Key, compiler: Compiler[T], artifacts: tuple[Artifact, ...], size: int) -> tuple[_Entry, str]:
        """The entry, compiled by one process while others wait for its table; and where it is from."""
        if self.folder is None or size < _ALONE_BELOW:
            return self._compiled(key, compiler, artifacts), "compiled"
        with turn(self.folder, "-".join(key), self._path(key).is_file):
            entry = self._from_disk(key, compiler)
            return (self._compiled(key, compiler, artifacts), "compiled") if entry is None else (entry, "disk")

    def _from_disk(self, key: _Key, compiler: Compiler[T]) -> _Entry | None:
        """The entry of a table on disk; None where there is none or it is not as it was written."""
        if self.folder is None or key in self._distrusted:
            return None
        path = self._path(key)
        try:
            table = _load(path)
            if table is None:
                return None
            if table.made_of == _made_of(key):
                if table.kind == _NEGATIVE:
                    until = table.meta.get("until")
                    if not isinstance(until, float) or time.time() < until:
                        return _Entry(_OVERHEAD, error=_remembered(table), kept=until is None)
                    return None
                if (table.kind, table.version) == (compiler.name, compiler.version):
                    return _Entry(self._cost(table), compiler.open(table), file=table.mapping)
        except DamagedTable:
            pass
        self.discard(path)  # damaged, or of something else: made again, and nobody needs to hear of it
        return None

    def _compiled(self, key: _Key, compiler: Compiler[T], artifacts: tuple[Artifact, ...]) -> _Entry:
        contents = [artifact.read() for artifact in artifacts]
        try:
            try:
                writer = compiler.compile(*contents)
            finally:
                still(*contents)
        except (DamagedTable, Unreadable, BoundReached):
            raise  # of a table the compiler itself leant on, or a file that went away: nothing is known about the file
        except MalformedArtifact as error:
            self._refused(key, error)
            return _Entry(_OVERHEAD, error=_again(error, ()))
        if (writer.kind, writer.version) != (compiler.name, compiler.version):
            raise ValueError(f"compiler {compiler.name} {compiler.version} wrote a table of {writer.kind} {writer.version}")
        table = self._stored(key, writer)
        return _Entry(self._cost(table), compiler.open(table), file=table.mapping)

    def _refused(self, key: _Key, error: MalformedArtifact, until: float | None = None) -> None:
        """Remember a refusal, until a time by the wall clock where one is given."""
        self._stored(key, _negative(error, until))

    def _stored(self, key: _Key, writer: TableWriter) -> Table:
        """The table that was written: mapped from the disk where it could be stored, else in memory."""
        writer.made_of = _made_of(key)
        if self.folder is None:
            return _in_memory(writer)
        path = self._path(key)
        if time.monotonic() >= self._write_again_at:
            try:
                write_whole(self.folder, path, writer.write, _check)
                self._distrusted.discard(key)
                table = _load(path)
                if table is not None:
                    return table
            except IsADirectoryError:
                self._distrusted.add(key)  # of this one place, and none other
            except (OSError, DamagedTable) as error:
                self._write_again_at = time.monotonic() + _RETRY_WRITING_AFTER
                self._warn(error)
        return _in_memory(writer)

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            log_of(__name__).warning("compiled files are kept in memory only: %s cannot be written (%s)", self.folder, error)

    def _cost(self, table: Table) -> int:
        if table.mapping is None:
            return table.nbytes + _OVERHEAD
        # The pages of a mapping are the system's to drop, so they count an eighth; never so little that descriptors run out.
        return max(table.nbytes // 8, self._limit // _MAPPED_AT_MOST)

    def _path(self, key: _Key) -> Path:
        return cast(Path, self.folder) / TABLES / key[0] / f"{key[1]}.table"

    def _tables(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every table on disk, in no order. Files that go away meanwhile are left out."""
        folders: list[Path] = []
        with suppress(OSError):
            folders = [] if self.folder is None else [path for path in (self.folder / TABLES).iterdir() if path.is_dir()]
        for folder in folders:
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".table"):
                        with suppress(OSError):
                            yield Path(entry.path), entry.stat(follow_symlinks=False)


def _memory_of(limit: int) -> MutableMapping[_Key, _Entry]:
    """What is kept in memory, the least recently used going first. A process that asks once keeps nothing, and loads nothing for it."""
    if limit <= 0:
        return {}
    from cachetools import LRUCache

    return LRUCache(limit, getsizeof=lambda entry: entry.cost)


def _load(path: Path) -> Table | None:
    """The table in a file, read or mapped; None where there is no such file. Raises `DamagedTable`."""
    fd = open_own(path)
    if fd is None:
        return None
    try:
        status = os.fstat(fd)
        if time.time() - status.st_mtime > _TOUCH_AFTER:
            with suppress(OSError):
                os.utime(path)
        if status.st_size < _READ_BELOW:
            return Table.open(os.read(fd, _READ_BELOW), path)  # a regular file is read in one go; less is damage
        mapped = Mapped(fd, status.st_size, access=ACCESS_READ)
        mapped.guard()
        return Table.open(mapped, path)
    except (OSError, ValueError):
        return None
    finally:
        os.close(fd)


def _made_of(key: _Key) -> str:
    """What a table says of itself: compiler, version and the digests of the files, as in its path."""
    return "/".join(key)


def _in_memory(writer: TableWriter) -> Table:
    table = Table.open(writer.to_bytes())
    table.is_ours = True
    return table


def _check(path: Path) -> None:
    """Read back what was written, before it gets its name. Raises `DamagedTable`."""
    table = _load(path)
    if table is None:
        raise FileNotFoundError(f"{path} went away while it was written")
    table.verify()


def _negative(error: MalformedArtifact, until: float | None) -> TableWriter:
    writer = TableWriter(_NEGATIVE, 1)
    reason = error.reason.encode("utf-8", "backslashreplace").decode()
    writer.meta = {"reason": reason, "offset": error.offset, "limit": isinstance(error, LimitExceeded)}
    if until is not None:
        writer.meta["until"] = until
    return writer


def _remembered(table: Table) -> MalformedArtifact:
    reason, offset = table.meta.get("reason"), table.meta.get("offset")
    if not isinstance(reason, str) or not isinstance(offset, int | None):
        raise DamagedTable("a negative without its reason", table.origin)
    return (LimitExceeded if table.meta.get("limit") else MalformedArtifact)(reason, offset)


def _again(error: MalformedArtifact, artifacts: tuple[Artifact, ...]) -> MalformedArtifact:
    """The refusal for one asker: its own object (tracebacks are not shared between threads), named as the asker knows the file."""
    name = error.artifact or (artifacts[0].name if artifacts else None)
    return (LimitExceeded if isinstance(error, LimitExceeded) else MalformedArtifact)(error.reason, error.offset, name)
