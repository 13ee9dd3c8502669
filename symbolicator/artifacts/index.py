"""What a store knows of its files, kept in the cache folder: each file once read is known until its size or times change.

The file: `crc32` of the rest (4 bytes, little-endian), then msgpack of `Saved`, its structs as arrays. One that is damaged, of another
version or made with other identifiers is no index.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from symbolicator.artifacts.changing import still
from symbolicator.artifacts.files import Identity
from symbolicator.artifacts.folders import INDEX, open_own, write_whole
from symbolicator.artifacts.identifying import Identifiers, kind_by_name
from symbolicator.artifacts.scanning import Seen, open_view
from symbolicator.errors import BoundReached, MalformedArtifact, Unreadable
from symbolicator.keys import FileKind

VERSION: Final = 5
"""1: the first. 2: what a native file can answer and refers to. 5: why a file could not be read."""
_RACE_NS: Final = 100_000_000
"""A file written this shortly before the scan may be written again within one tick of the file system's clock: it is read again."""
_RACE_END_NS: Final = 60_000_000_000
"""A scan, with the reading of what is new, is taken to end within this."""
_TRY_AGAIN: Final = -1
"""In place of the ctime of a file that could not be opened, or not by this Python: the next look tries again, for that may pass."""
_READ_BELOW: Final = 256 << 10
_MAX_NOTES: Final = 20


class MemberRecord(msgspec.Struct, array_like=True, kw_only=True):
    """A file in a container. `place` is the path it is matched by; `digest` is filled in when it is first asked for."""

    name: str
    place: tuple[str, ...]
    size: int
    identity: Identity
    digest: str | None = None


class Record(msgspec.Struct, array_like=True, kw_only=True):
    """A file of the folder. Fields of `Seen`, and what its content said."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    identity: Identity
    members: tuple[MemberRecord, ...] = ()
    notes: tuple[str, ...] = ()
    digest: str | None = None
    partly: bool = False
    """Whether there is more in it, which a bound of the event at work left unread: the next look reads it again."""

    @property
    def seen(self) -> Seen:
        """As the walk saw it."""
        return Seen(self.path, self.size, self.mtime_ns, self.ctime_ns)


class Saved(msgspec.Struct, array_like=True, kw_only=True):
    """An index as saved. `scanned_ns` is the wall clock before the scan began."""

    version: int
    root: str
    fingerprint: str
    scanned_ns: int
    records: list[Record]


def index_path(cache_folder: Path, root: str, fingerprint: str) -> Path:
    """Where the index of the folder or file `root` is kept."""
    # Whose index it is stands in the file too: should two folders ever share a name, they read their files once more, and no harm is done.
    number = crc32(f"{root}\0{fingerprint}".encode("utf-8", "surrogateescape"))
    name = "".join(c if c.isalnum() and c.isascii() else "_" for c in os.path.basename(root)[-40:])  # noqa: PTH119 - a string it stays
    return cache_folder / INDEX / f"{name}-{number:08x}.index"


def find_index(path: Path, root: str, fingerprint: str) -> Saved | None:
    """The saved index; None where there is none that can be used."""
    fd = open_own(path)
    if fd is None:
        return None
    try:
        with open(fd, "rb") as file:  # noqa: PTH123 - a descriptor
            data = file.read()
    except OSError:
        return None
    if crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        return None
    try:
        saved = msgspec.msgpack.decode(memoryview(data)[4:], type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return saved if (saved.version, saved.root, saved.fingerprint) == (VERSION, root, fingerprint) else None


def save_index(cache_folder: Path, path: Path, saved: Saved) -> None:
    """Keep an index. A folder that cannot be written only means that the next process reads the files again."""
    body = msgspec.msgpack.encode(saved)
    with suppress(OSError):
        write_whole(cache_folder, path, lambda file: file.write(crc32(body).to_bytes(4, "little") + body))


def refreshed(
    known: Mapping[str, Record], scanned_ns: int, files: Sequence[Seen], read: Callable[[Seen], Record]
) -> tuple[list[Record], bool]:
    """Records for `files`: the `known` ones (by path) where nothing changed since `scanned_ns`, the others read; whether any changed."""
    records: list[Record] = []
    changed = len(files) != len(known)
    for seen in files:
        record = known.get(seen.path)
        same = record is not None and (record.size, record.mtime_ns, record.ctime_ns) == seen[1:]
        # Times far in the future are a clock's fault, and no reason to read a file for ever.
        racy = -_RACE_NS < max(seen.mtime_ns, seen.ctime_ns) - scanned_ns < _RACE_END_NS
        if record is None or not same or racy or record.partly:
            before, record = record, read(seen)
            changed = changed or record != before or not (record.partly or record.ctime_ns == _TRY_AGAIN)
        records.append(record)
    return records, changed


def read_record(seen: Seen, root: str, follow_links: bool, identifiers: Identifiers) -> Record:
    """Read one file and, where it is a container, its members. Never raises for what is in it."""
    from symbolicator.artifacts.bundles import Unsupported, container_kind, members  # a folder that did not change needs none of it

    path, size, mtime_ns, ctime_ns = seen
    found: list[MemberRecord] = []
    notes: list[str] = []
    identity, partly = Identity(kind=FileKind.OTHER), False
    name = path.rpartition("/")[2]
    try:
        data = open_view(root, seen, follow_links, _READ_BELOW)
    except MalformedArtifact as error:
        return unread(seen, error)
    try:
        if container_kind(data) is None:
            identity, note = identifiers.identify(name, data)
            if note:
                notes.append(f"{path}: {note}")
        else:
            identity = Identity(kind=FileKind.CONTAINER)
            for member in members(name, data):
                if member.content is None:
                    notes.append(f"{path}!{member.name}: {member.trouble}")
                    continue
                content = memoryview(member.content)
                if container_kind(content) is None:
                    inner, note = identifiers.identify(member.place[-1], content)
                else:
                    inner, note = Identity(kind=FileKind.CONTAINER), "a container in a container is not opened"
                if note:
                    notes.append(f"{path}!{member.name}: {note}")
                identity_of_member = member.said.over(inner)
                digest = None
                if identifiers.hashes_members:
                    from symbolicator.artifacts.digests import digest_of

                    digest = digest_of(content, identity_of_member, f"{os.path.join(root, path)}!{member.name}", seen.stamp)  # noqa: PTH118
                found.append(
                    MemberRecord(name=member.name, place=member.place, size=len(content), identity=identity_of_member, digest=digest)
                )
        still(data)
    except Unreadable as error:
        return unread(seen, error)
    except BoundReached as error:  # what was read of it counts, and the next event has bounds of its own
        identity = Identity(kind=FileKind.CONTAINER, trouble=_plain(f"cannot be decompressed whole: {error.reason}"))
        notes.append(f"{path}: {identity.trouble}")
        partly = True
    except MalformedArtifact as error:
        notes.append(f"{path}: {error.reason}")
        if isinstance(error, Unsupported):
            ctime_ns = _TRY_AGAIN
    if len(notes) > _MAX_NOTES:
        notes[_MAX_NOTES:] = [f"{path}: {len(notes) - _MAX_NOTES} more like these"]
    return Record(
        path=path,
        size=size,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        identity=identity,
        members=tuple(found),
        notes=tuple(map(_plain, notes)),
        partly=partly,
    )


def unread(seen: Seen, error: MalformedArtifact, *, again: bool = True) -> Record:
    """What is known of a file that cannot be had, that it is there; tried `again` with each look, or not before it changes."""
    identity = Identity(kind=kind_by_name(seen.path), trouble=_plain(error.reason))
    notes = (_plain(f"{seen.path}: {error.reason}"),)
    ctime_ns = _TRY_AGAIN if again else seen.ctime_ns
    return Record(path=seen.path, size=seen.size, mtime_ns=seen.mtime_ns, ctime_ns=ctime_ns, identity=identity, notes=notes)


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
