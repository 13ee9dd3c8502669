"""What is known about one file of a folder, as kept in the index, and how it is read from the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import msgspec

from symbolicator.artifacts.changing import still
from symbolicator.artifacts.files import Identity
from symbolicator.artifacts.scanning import Seen, open_view
from symbolicator.errors import BoundReached, MalformedArtifact, Unreadable
from symbolicator.keys import SCRIPT_ENDINGS, FileKind

_READ_BELOW: Final = 256 << 10
_MAX_NOTES: Final = 20
TRY_AGAIN: Final = -1
"""Stored as the ctime of a file that could not be opened, or not by this Python: the next scan tries again."""
_BY_ENDING: Final = (
    (FileKind.SOURCEMAP, (".map",)),
    (FileKind.SCRIPT, SCRIPT_ENDINGS),
    (FileKind.CONTAINER, (".zip", ".cab", ".gz", ".zst", ".jar", ".aab", ".apk")),
    (FileKind.ARCHIVE, (".a",)),
    (FileKind.MAPPING, ("mapping.txt", ".pgmap")),
    (FileKind.DEBUG_FILE, (".dll", ".pdb", ".so", ".debug", ".dbg", ".sym", ".dwo", ".dwp", "debuginfo", "executable")),
)


class MemberRecord(msgspec.Struct, array_like=True, kw_only=True):
    """A file in a container. `place` is the path used for matching; `digest` is computed when first needed."""

    name: str
    place: tuple[str, ...]
    size: int
    identity: Identity
    digest: str | None = None


class Record(msgspec.Struct, array_like=True, kw_only=True):
    """A file of the folder: the fields of `Seen`, and what was read from its content."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    identity: Identity
    members: tuple[MemberRecord, ...] = ()
    notes: tuple[str, ...] = ()
    digest: str | None = None
    partly: bool = False
    """Whether a bound of an event left part of it unread: the next scan reads it again."""

    @property
    def seen(self) -> Seen:
        """As the scan saw it."""
        return Seen(self.path, self.size, self.mtime_ns, self.ctime_ns)


Identify = Callable[[str, memoryview], tuple[Identity, str | None]]
"""Identifies a file by name and content; with a note if that was incomplete."""


def read_record(seen: Seen, root: str, follow_links: bool, identify: Identify, *, hash_members: bool = False) -> Record:
    """Read one file and, if it is a container, its members, with their digests if wanted. Never raises because of its content."""
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
            identity, note = identify(name, data)
            if note:
                notes.append(f"{path}: {note}")
        else:
            identity = Identity(kind=FileKind.CONTAINER)
            trouble: str | None = None
            for member in members(name, data):
                if member.content is None:
                    trouble = trouble or member.trouble
                    notes.append(f"{path}!{member.name}: {member.trouble}")
                    continue
                content = memoryview(member.content)
                if container_kind(content) is None:
                    inner, note = identify(member.place[-1], content)
                else:
                    inner, note = Identity(kind=FileKind.CONTAINER), "a container within a container is not opened"
                if note:
                    notes.append(f"{path}!{member.name}: {note}")
                identity_of_member = member.said.over(inner)
                digest = None
                if hash_members:
                    from symbolicator.artifacts.digests import digest_of

                    digest = digest_of(content, identity_of_member, f"{os.path.join(root, path)}!{member.name}", seen.stamp)  # noqa: PTH118
                found.append(
                    MemberRecord(name=member.name, place=member.place, size=len(content), identity=identity_of_member, digest=digest)
                )
            if trouble and not found:
                identity = Identity(kind=FileKind.CONTAINER, trouble=_plain(trouble))
        still(data)
    except Unreadable as error:
        return unread(seen, error)
    except BoundReached as error:  # what was read of it counts, and the next event has its own bounds
        identity = Identity(kind=FileKind.CONTAINER, trouble=_plain(f"cannot be fully decompressed: {error.reason}"))
        notes.append(f"{path}: {identity.trouble}")
        partly = True
    except MalformedArtifact as error:
        notes.append(f"{path}: {error.reason}")
        if isinstance(error, Unsupported):
            ctime_ns = TRY_AGAIN
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


def kind_by_name(path: str) -> FileKind:
    """The stand-in for a file that could not be read, so that look-ups of its name report it. Never an answer."""
    name = path.rpartition("/")[2].lower()
    known = next((kind for kind, endings in _BY_ENDING if name.endswith(endings)), None)
    if known is None:
        known = FileKind.DEBUG_FILE if "." not in name or ".so." in name else FileKind.SOURCE
    return known


def unread(seen: Seen, error: MalformedArtifact, *, again: bool = True) -> Record:
    """The record of an existing but unavailable file; tried `again` with each scan, or not before it changes."""
    identity = Identity(kind=kind_by_name(seen.path), trouble=_plain(error.reason))
    notes = (_plain(f"{seen.path}: {error.reason}"),)
    ctime_ns = TRY_AGAIN if again else seen.ctime_ns
    return Record(path=seen.path, size=seen.size, mtime_ns=seen.mtime_ns, ctime_ns=ctime_ns, identity=identity, notes=notes)


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
