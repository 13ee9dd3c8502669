"""The compiled tables on disk: their paths, how they are read, written, counted and removed. `folders.py` writes files
whole or not at all.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from mmap import ACCESS_READ
from pathlib import Path
from typing import Final, cast

import msgspec

from symbolicator.artifacts.changing import Mapped
from symbolicator.artifacts.compiler import TableKey
from symbolicator.artifacts.folders import INDEX, TABLES, TEMPORARY, open_own, others_may_write, sweep, trusted, write_whole
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.artifacts.turns import ENDING, LOCKS
from symbolicator.log import log_of

_READ_BELOW: Final = 1 << 20
"""Bytes below which a table is read and not mapped: a mapping holds a file descriptor, and costs more than a small read."""
_RETRY_WRITING_AFTER: Final = 60.0
_TOUCH_AFTER: Final = 3600.0
"""Seconds after which a table that is opened gets its mtime set again, for `trim`: cheap, and a mount with noatime is served too."""


class CompilerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of one compiler has on disk."""

    entries: int = 0
    bytes: int = 0


class TableFolder:
    """The tables in `folder` (None: there are none, and what is written stays in memory)."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = trusted(None if folder is None else Path(folder))
        self._distrusted: set[TableKey] = set()  # damaged on disk, in a folder where we cannot remove it
        self._warned = False
        self._write_again_at = 0.0
        if self.folder is not None:
            sweep(self.folder)

    def path(self, key: TableKey) -> Path:
        """The path of a table. There must be a folder."""
        return cast(Path, self.folder) / TABLES / key[0] / f"{key[1]}.table"

    def find(self, key: TableKey) -> Table | None:
        """The table of a key; None where there is none. Raises `DamagedTable` where it is not as it was written, or of something else."""
        if self.folder is None or key in self._distrusted:
            return None
        path = self.path(key)
        table = _load(path)
        if table is not None and table.made_of != _made_of(key):
            raise DamagedTable(f"a table of {table.made_of!r}", path)
        return table

    def has(self, key: TableKey) -> bool:
        """Whether there is a table of a key, unread."""
        if self.folder is None or key in self._distrusted:
            return False
        try:
            status = self.path(key).lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and others_may_write(status) is None

    def key_of(self, path: Path) -> TableKey | None:
        """The key of the table at a path; None for any other path."""
        key = (path.parent.name, path.stem)
        return key if self.folder is not None and path == self.path(key) else None

    def remove(self, key: TableKey) -> None:
        """Remove a table; where that is not possible, it is not read again."""
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError:
            self._distrusted.add(key)

    def store(self, key: TableKey, writer: TableWriter) -> Table:
        """The table that was written: mapped from the disk where it could be stored, else in memory."""
        writer.made_of = _made_of(key)
        if self.folder is None:
            return _in_memory(writer)
        path = self.path(key)
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
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            what = "compiled files are kept in memory only: %s cannot be written: %s; make it writable, or give a folder of your own"
            log_of(__name__).warning(what, self.folder, why)

    def by_compiler(self) -> dict[str, CompilerInfo]:
        """What there is, by `name-version`."""
        by: dict[str, list[int]] = {}
        for path, status in self.tables():
            count = by.setdefault(path.parent.name, [0, 0])
            count[0] += 1
            count[1] += status.st_size
        return {name: CompilerInfo(entries=entries, bytes=size) for name, (entries, size) in sorted(by.items())}

    def trim(self, max_bytes: int) -> int:
        """See `Cache.trim`."""
        tables = sorted((max(status.st_atime, status.st_mtime), status.st_size, path) for path, status in self.tables())
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
        """Remove every file that the cache writes, and no other."""
        if self.folder is None:
            return
        litter = [path for path, _ in self.tables()]
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

    def tables(self) -> Iterator[tuple[Path, os.stat_result]]:
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


def _made_of(key: TableKey) -> str:
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
        raise FileNotFoundError(f"{path} disappeared while it was being written")
    table.verify()
