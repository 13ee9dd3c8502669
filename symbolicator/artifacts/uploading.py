"""Adding files to an upload store: each is identified, filed by what it is known by, and there at once or not at all."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from symbolicator.artifacts.adding import release_folder
from symbolicator.artifacts.bundles import inner_name
from symbolicator.artifacts.chunk_folder import ChunkFolder
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.journal import OBJECTS, Entry, Journal, on_disk, sync_folder
from symbolicator.artifacts.records import TRY_AGAIN, Record
from symbolicator.artifacts.scanning import Seen
from symbolicator.artifacts.staging import TEMPORARY, Staging
from symbolicator.errors import ConfigError, NotStored, StoreFull, Unreadable
from symbolicator.keys import FileKind, normalise_debug_id, url_segments

_LONGEST: Final = 1024
"""Characters of a release, a dist, a URL."""
_LONGEST_NAME: Final = 100
"""Bytes of a file's name on disk."""
_DAY: Final = 24 * 3600
_FILED_BY_URL: Final = frozenset((FileKind.SCRIPT, FileKind.SOURCEMAP, FileKind.SOURCE, FileKind.MAPPING))


class Known(NamedTuple):
    """What a client says of a file. `name`: its file name; `url`: where it is served, if that is known (else its name counts); `debug_id`:
    what it must have; `uuid`: what an app calls its mapping.
    """

    name: str
    release: str | None = None
    dist: str | None = None
    url: str | None = None
    debug_id: str | None = None
    uuid: str | None = None


class Uploads:
    """The store in `folder`, to write to. At most `most` bytes; None for no limit. Safe to share between threads and processes.

    Raises `ConfigError` if the folder cannot be one, OSError if it cannot be made.
    """

    def __init__(self, folder: Path, fingerprint: str, most: int | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = folder.resolve()
        self.folder, self.most = folder, most
        self.journal = Journal(folder, fingerprint)
        self.staging = Staging(folder)
        self.chunks = ChunkFolder(folder / "chunks", self.staging)
        self.staging.sweep()
        with self.journal.locked():
            pass  # it has a journal now: an empty store is one

    def renew(self, identifiers: Callable[[], Identifiers]) -> None:
        """Have records made by this version, after another one wrote the journal. Raises `StoreFull`, OSError."""
        if not self.journal.stale:
            return
        with self.journal.locked():
            entries = []
            for entry in self.journal.entries.values():
                with suppress(FileNotFoundError):
                    seen = _seen(self.folder, entry.stored)
                    record = identifiers().record(seen, str(self.folder), follow_links=False)
                    entries.append(msgspec.structs.replace(entry, record=msgspec.structs.replace(record, path=entry.path)))
            self.journal.rewrite(entries, renewed=True)

    def used(self) -> int:
        """See `size_of`, of all its files."""
        self.journal.refresh()
        return size_of(self.journal.entries.values())

    def find(self, sha1: str, known: Known) -> Entry | None:
        """The file of this content, if it is there under what `known` says of it."""
        self.journal.refresh()
        for one in self.journal.copies(sha1):
            named = known.uuid is None or one.record.identity.kind is not FileKind.MAPPING or known.uuid in one.record.identity.debug_ids
            if (one.release, one.dist) == (known.release, known.dist) and named:
                return one
        return None

    def add(self, staged: Path, known: Known, identifiers: Identifiers, sha1: str | None = None) -> tuple[Entry, bool]:
        """Move a file that is in `staging` to its place, under the name it has there; returns whether it was not there before. `sha1`: of
        its content, if that was computed already.

        Raises `NotStored`, `StoreFull`, OSError; `Unreadable` if it could not be identified now.
        """
        for text in (known.release, known.dist, known.url, known.name):
            if text is not None and (len(text) > _LONGEST or not text.isprintable()):
                raise NotStored(f"{text!r:.80} is no name, release or URL", "at most 1,024 printable characters")
        with on_disk():
            sha1 = _sync(staged, sha1)
        record = identified(staged, self.folder, identifiers)
        path = "/".join(_place(record, known, sha1))
        stored = f"{OBJECTS}/{sha1[:2]}/{sha1}-{staged.name}"
        with self.journal.locked():
            entries = self.journal.entries
            there = entries.get(path)
            now = int(time.time())
            # What is sent each day stays longer than what nobody sends any more.
            if there is not None and there.sha1 == sha1 and now - there.at < _DAY:
                return there, False
            entry = Entry(
                path=path, stored=stored, sha1=sha1, at=now, release=known.release, dist=known.dist,
                record=msgspec.structs.replace(record, path=path),
            )  # fmt: skip
            twin = next(iter(self.journal.copies(sha1)), None)
            if twin is None and self.most is not None and (used := self.used()) + record.size > self.most:
                raise StoreFull(f"the store has {used} of {self.most} bytes; {known.name} has {record.size}", "`symbolicator files prune`")
            with on_disk():
                self._move(staged, stored, None if twin is None else twin.stored)
            self.journal.append(entry)
        return entry, there is None or there.sha1 != sha1

    def _move(self, staged: Path, stored: str, twin: str | None) -> None:
        target = self.folder / stored
        for folder in (target.parent.parent, target.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        if twin is not None and twin != stored:
            try:
                linked = staged.with_name(f"{staged.name}.link")
                linked.hardlink_to(self.folder / twin)
                staged = linked
            except OSError:
                pass  # a disk without links, or the twin is gone: the same content twice
        staged.replace(target)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)


def size_of(entries: Iterable[Entry]) -> int:
    """Bytes of all files; what is there under several names counts once."""
    return sum({entry.sha1: entry.record.size for entry in entries}.values())


def safe_name(name: str) -> str:
    """The last segment of a name, as a file name that is safe everywhere; its ending stays.

    >>> safe_name("../a b/mapping.txt"), safe_name("..")
    ('mapping.txt', 'file')
    """
    segments = url_segments(name)
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-+") else "_" for c in (segments or ("",))[-1])
    return kept[-_LONGEST_NAME:].lstrip(".") or "file"


def identified(staged: Path, folder: Path, identifiers: Identifiers) -> Record:
    """What a staged file is. Raises `NotStored` if it is nothing that a store keeps, or a part of it cannot be read; `Unreadable`."""
    path = f"{TEMPORARY}/{staged.parent.name}/{staged.name}"
    record = identifiers.record(_seen(folder, path), str(folder), follow_links=False)
    name = staged.name
    if record.identity.trouble and record.ctime_ns == TRY_AGAIN:
        raise Unreadable(f"{name}: {record.identity.trouble}")
    if record.identity.trouble:
        raise NotStored(f"{name}: {record.identity.trouble}")
    kinds = {one.identity.kind for one in record.members} or {record.identity.kind}
    notes = [note.replace(path, name, 1) for note in record.notes]
    if record.identity.kind is FileKind.CONTAINER:  # of members that were read, notes say what is wrong with them alone
        unread = [note for note in notes if not any(note.startswith(f"{name}!{one.name}: ") for one in record.members)]
    else:
        unread = notes if record.identity.kind in (FileKind.SOURCE, FileKind.OTHER) else []
    if unread:
        raise NotStored(unread[0], "send it without what cannot be read")
    if kinds <= {FileKind.OTHER, FileKind.CONTAINER}:
        raise NotStored(f"{name} has none of the known formats", "send scripts, maps, debug files, mappings, or bundles of them")
    return msgspec.structs.replace(record, notes=tuple(notes))


def _place(record: Record, known: Known, sha1: str) -> tuple[str, ...]:
    """The path of a file below the store. Raises `NotStored` if only a release tells it apart and none is named."""
    identity = record.identity
    try:
        folders = release_folder(known.release, known.dist) if known.release else ()
    except ConfigError as error:
        raise NotStored(str(error), error.hint) from error
    if known.debug_id is not None and identity.debug_ids and known.debug_id not in identity.debug_ids:
        raise NotStored(f"{known.name} has the debug id {identity.debug_ids[0]}, not {known.debug_id}", "upload the file of that build")
    name = safe_name(known.name)
    by_url = (*folders, *(url_segments(known.url or known.name) or (name,)))
    if identity.kind in (FileKind.DEBUG_FILE, FileKind.PORTABLE_PDB):
        own = next(iter((*identity.code_ids, *identity.debug_ids)), None)
        if own is not None:
            what = "records" if "records" in identity.features else "code" if "code" in identity.features else "debug"
            return (name, f"{own}-{what}", name)
        return by_url
    if identity.kind is FileKind.MAPPING and (known.uuid is not None or not folders):
        return "proguard", f"{known.uuid or identity.debug_ids[0]}.txt"
    told = known.debug_id if identity.kind is FileKind.CONTAINER else None  # of the build that a bundle's sources are from
    if not folders and told is None and not _has_ids(record):
        raise NotStored(f"{known.name} can only be found by its release", "name the release")
    if identity.kind in _FILED_BY_URL or _is_packed_file(record, known.name):
        return by_url if folders else ("by-debug-id", identity.debug_ids[0] if identity.debug_ids else sha1, *by_url)
    return (*folders, *((told,) if told else ()), f"{sha1}.zip")


def _has_ids(record: Record) -> bool:
    return any(one.debug_ids or one.code_ids for one in (record.identity, *(member.identity for member in record.members)))


def _is_packed_file(record: Record, name: str) -> bool:
    """Whether it is a `.gz` or `.zst` of one file, which then has its place."""
    return len(record.members) == 1 and record.members[0].name == inner_name(safe_name(name))


def mapping_uuid_of(name: str) -> str | None:
    """The uuid of a mapping whose name is nothing else: `/proguard/6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c.txt`."""
    found = normalise_debug_id((url_segments(name) or ("",))[-1].removesuffix(".txt"))
    return found if found is not None and len(found) == 36 else None


def _seen(folder: Path, path: str) -> Seen:
    status = (folder / path).stat()
    return Seen(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _sync(staged: Path, sha1: str | None) -> str:
    """Have a file on disk; returns the SHA-1 of its content, which is read unless that is known."""
    with staged.open("r+b") as file:
        os.fsync(file.fileno())
        return sha1 or hashlib.file_digest(file, partial(hashlib.sha1, usedforsecurity=False)).hexdigest()
