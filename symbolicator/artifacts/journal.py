"""The journal of an upload store: what it has, one line of JSON for each file, in the order in which they were added.

::

    STORE/index.jsonl          {"store": 1, "id": "5f0c…", "fingerprint": "…"}, then an `Entry` a line
    STORE/lock                 held by the process that adds or removes (`flock`)
    STORE/objects/ab/abcd…-app.js   a file by the SHA-1 of its content, written once; with its name, which says how to read it
    STORE/chunks/…, STORE/tmp/…     parts of uploads (`chunk_folder.py`), and files being written

A file is in the store when its line is in the journal, whole: a process that dies before leaves nothing that anybody reads. A line
of a process that died while writing it has no end, and is cut off by the next one. A later line for the same path replaces the earlier one.
Only pruning writes the journal anew, under another `id`. So whoever reads it needs only what was appended since.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from symbolicator.artifacts.folders import private
from symbolicator.artifacts.index import VERSION
from symbolicator.artifacts.places import JOURNAL
from symbolicator.artifacts.records import Record
from symbolicator.errors import ConfigError, StoreFull
from symbolicator.forks import renewed_in_child

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

OBJECTS: Final = "objects"
_FORMAT: Final = 1
_LONGEST_HEAD: Final = 4096


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of the store. `path` is where a look-up finds it, `stored` where its content is, both below the store's folder with `/`;
    `at`: when it was added last, in seconds since 1970; `record`: what was read from its content.
    """

    path: str
    stored: str
    sha1: str
    at: int
    release: str | None = None
    dist: str | None = None
    record: Record


class _Head(msgspec.Struct, kw_only=True):
    store: int
    id: str
    fingerprint: str


class Journal:
    """The journal of the store in `folder`, as far as this process has read it. Safe to share between threads and processes.

    `fingerprint`: with what records are made now (`Identifiers.fingerprint`). Raises `ConfigError` for a journal of another format.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.path = folder / JOURNAL
        self.entries: dict[str, Entry] = {}
        """By path; a new dict whenever they change."""
        self.stale = False
        """Whether its records were made by another version."""
        self.version = 0
        """Changes when `entries` does."""
        self._fingerprint = f"{VERSION} {fingerprint}"
        self._id = ""
        self._read_to = 0
        self._seen: tuple[int, int, int] | None = None
        self._by_sha1: tuple[Mapping[str, Entry], dict[str, list[Entry]]] = {}, {}
        self._lock = threading.Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """In a forked child: what another thread was reading is read again."""
        self._lock, self._seen = threading.Lock(), None

    def refresh(self) -> None:
        """Read what was added since. Costs one `stat` if nothing was, or the journal cannot be read."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - for each look-up
            seen = status.st_ino, status.st_size, status.st_mtime_ns
            if seen == self._seen:
                return
            with self._lock:
                if seen != self._seen:  # another thread may have read it by now
                    self._read()
                    self._seen = seen
        except OSError:
            return

    def copies(self, sha1: str) -> Sequence[Entry]:
        """The entries of this content, as far as they were read."""
        entries, by_sha1 = self._by_sha1
        if entries is not self.entries:
            entries, by_sha1 = self.entries, {}
            for entry in entries.values():
                by_sha1.setdefault(entry.sha1, []).append(entry)
            self._by_sha1 = entries, by_sha1
        return by_sha1.get(sha1, ())

    def _read(self) -> None:
        with self.path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
            try:
                head = msgspec.json.decode(line, type=_Head)
            except msgspec.MsgspecError as error:
                raise ConfigError(f"{self.path} is no journal of a store: {error}", "give another folder") from error
            if head.store != _FORMAT:
                raise ConfigError(f"{self.path} has format {head.store}; this version reads {_FORMAT}", "use the version that wrote it")
            if head.id != self._id:
                self._id, self._read_to, self.entries = head.id, len(line), {}
                self.stale = head.fingerprint != self._fingerprint
            file.seek(self._read_to)
            added = file.read()
        end = added.rfind(b"\n") + 1
        entries = dict(self.entries)
        for each in added[:end].splitlines():
            with suppress(msgspec.MsgspecError):  # a disk error: that file is not there, the others are
                entry = msgspec.json.decode(each, type=Entry)
                entries.pop(entry.path, None)  # so that the order is that of the last lines
                entries[entry.path] = entry
        self._read_to += end
        self.entries = entries
        self.version += 1

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While no other thread or process adds or removes, with everything read that they did. Raises OSError, `ConfigError`."""
        if fcntl is None:
            raise ConfigError("an upload store needs file locks, which this system does not have", "use `symbolicator files add`")
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.path.exists():
                self._write(())
            self.refresh()
            yield
        finally:
            os.close(lock)

    def append(self, *entries: Entry) -> None:
        """Add lines, on disk when this returns. Within `locked`. Raises `StoreFull`, OSError."""
        content = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        with self.path.open("r+b") as file, on_disk():
            file.truncate(self._read_to)  # a line that has no end
            file.seek(self._read_to)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._read_to)
                raise
        self.refresh()

    def rewrite(self, entries: Iterable[Entry], renewed: bool = False) -> None:
        """Have these lines and no others; `renewed` if this version made all records. Within `locked`. Raises `StoreFull`, OSError."""
        self._write(entries, self.stale and not renewed)
        self.refresh()

    def _write(self, entries: Iterable[Entry], stale: bool = False) -> None:
        head = _Head(store=_FORMAT, id=os.urandom(8).hex(), fingerprint="" if stale else self._fingerprint)
        temporary = self.path.with_name(f"{JOURNAL}.new")
        with on_disk(), open(temporary, "wb", opener=private) as file:
            file.write(msgspec.json.encode(head) + b"\n")
            file.writelines(msgspec.json.encode(entry) + b"\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        sync_folder(self.folder)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def on_disk() -> Iterator[None]:
    """Raises `StoreFull` where the disk has no room."""
    try:
        yield
    except OSError as error:
        from errno import EDQUOT, ENOSPC

        if error.errno in (ENOSPC, EDQUOT):
            raise StoreFull(f"the disk of the store is full: {error.strerror}", "free space, or `symbolicator files prune`") from error
        raise
