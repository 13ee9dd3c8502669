"""A store of debug files in the layouts that tools use: paths are computed, nothing is scanned.

The content decides: a file with another id than the one looked up is not an answer, whatever its path.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ENAMETOOLONG
from pathlib import Path
from typing import Final

from symbolicator.artifacts.changing import describe, still
from symbolicator.artifacts.digests import digest_of
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.scanning import Seen, open_view
from symbolicator.errors import MalformedArtifact, Unreadable
from symbolicator.forks import renewed_in_child
from symbolicator.keys import FileKind, Key, url_segments
from symbolicator.problems import OtherBuild

_READ_BELOW: Final = 32 << 20
"""Files below this size are read rather than mapped (see `directory.py`)."""
_SECOND: Final = 1_000_000_000
_ROOTS: Final = ("", "usr/lib/debug/")
_KINDS: Final = (FileKind.DEBUG_FILE, FileKind.ARCHIVE, FileKind.PORTABLE_PDB)
_MAX_LISTED: Final = 4096
_MAX_KEPT: Final = 4096
_MAX_SEGMENTS: Final = 64


class LayoutStore:
    """The native files in `folder` at the paths of a layout, as an `ArtifactStore`. Safe to share between threads.

    `label` is the folder's name for users. It has no answer for other kinds of files, and for files at other paths.
    """

    def __init__(self, folder: str | Path, identifiers: Identifiers, *, follow_links: bool = False) -> None:
        self._label = str(folder).rstrip("/") or "/"
        self._root = os.path.realpath(folder)
        self._identifiers = identifiers
        self._follow_links = follow_links
        self._known: dict[str, Artifact] = {}
        self._seen: dict[str, Seen] = {}
        self._members: dict[str, str] = {}
        """By path of a container, the name of its only file."""
        self._digests: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Replaces the lock; its data are never half written."""
        self._lock = threading.Lock()

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The debug file, and the program itself if it is beside it, at the paths of a layout; debug files first.

        With `near`, a file of this store, `key.url` may be relative to its folder.
        """
        if key.kind not in _KINDS:
            return Found()
        tried: list[str] = []
        if key.code_id or key.debug_id:
            found = self._fitting(self._by_id(key), key, tried)
            if found:
                return Found(artifacts=found, how="code_id" if key.code_id else "debug_id", tried=tuple(tried))
        if key.url:
            found = self._fitting(self._by_path(key.url, near), key, tried)
            if found:
                return Found(artifacts=found, how="path", tried=tuple(tried))
        if key.code_id and os.path.isdir(os.path.join(self._root, ".build-id")):  # noqa: PTH112, PTH118
            tried.append(f"{self._label}: no .build-id/{key.code_id[:2]}/{key.code_id[2:]}.debug")
        return Found(tried=tuple(tried))

    def read(self, artifact: Artifact) -> memoryview:
        """The content. Raises `MalformedArtifact` if the file changed since it was found, or cannot be read."""
        seen = self._seen.get(artifact.path)
        if seen is None or seen.stamp != artifact.stamp:
            raise Unreadable("changed or disappeared since it was found", artifact=artifact.name)
        try:
            content = open_view(self._root, seen, self._follow_links, _READ_BELOW)
            member = self._members.get(artifact.path)
            if member is None:
                return content
            from symbolicator.artifacts.bundles import content_again  # few stores have containers

            return content_again(content, member)
        except MalformedArtifact as error:
            raise type(error)(error.reason, error.offset, artifact.name) from error

    def digest(self, artifact: Artifact) -> str:
        """See `digests.py`: 32 hex digits, as in other stores."""
        key = artifact.path, artifact.stamp
        if key not in self._digests:
            place = os.path.join(self._root, artifact.path)  # noqa: PTH118 - only hashed
            content = self.read(artifact)
            digest = digest_of(content, artifact.identity, place, artifact.stamp)
            still(content)
            self._digests[key] = digest
        return self._digests[key]

    def artifacts(self) -> Sequence[Artifact]:
        """Nothing: a store that lists the folder lists these files too."""
        return ()

    def describe(self) -> str:
        """The folder, with a note that these are computed paths."""
        return f"{self._label} (layouts of symbol servers)"

    def _fitting(self, paths: Iterator[str], key: Key, tried: list[str]) -> tuple[Artifact, ...]:
        found: dict[str, Artifact] = {}
        for path in paths:
            artifact = self._artifact(path, tried)
            if artifact is None or artifact.identity.kind is not key.kind:
                continue
            identity = artifact.identity
            if (key.code_id and identity.code_ids and key.code_id not in identity.code_ids) or (
                key.debug_id and identity.debug_ids and key.debug_id not in identity.debug_ids
            ):
                said = (*identity.code_ids, *identity.debug_ids)[0]
                tried.append(OtherBuild.of(artifact.name, f"its id is {said}"))
                continue
            found.setdefault(path, artifact)
        return tuple(sorted(found.values(), key=_rank))

    def _artifact(self, path: str, tried: list[str]) -> Artifact | None:
        """The file at a path within the folder; None if there is none, it cannot be read, or a link leads out of it."""
        name = f"{self._label.rstrip('/')}/{path}"
        try:
            status = os.stat(os.path.join(self._root, *path.split("/")))  # noqa: PTH116, PTH118 - asked often, mostly in vain
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError as error:
            if error.errno != ENAMETOOLONG:
                tried.append(f"{name}: cannot be opened: {describe(error)}")
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        seen = Seen(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._known.get(path)
        if known is not None and known.stamp == seen.stamp:
            return known
        record = self._identifiers.record(seen, self._root, self._follow_links)
        identity, size = record.identity, status.st_size
        if identity.trouble:
            tried.append(f"{name}: {identity.trouble}")
            return None
        if len(record.members) == 1:
            member = record.members[0]
            name, identity, size, self._members[path] = f"{name}!{member.name}", member.identity, member.size, member.name
        artifact = Artifact(
            name=name, path=path, identity=identity, size=size, stamp=seen.stamp, store=self, mtime=status.st_mtime_ns // _SECOND
        )
        with self._lock:
            if len(self._known) >= _MAX_KEPT:
                self._known.clear()
            self._known[path], self._seen[path] = artifact, seen
        return artifact

    def _by_id(self, key: Key) -> Iterator[str]:
        name = (url_segments(key.url or "") or ("",))[-1]
        if name and key.debug_id:
            guid, age = (key.debug_id.replace("-", "").upper()[at] for at in (slice(32), slice(32, None)))
            yield f"{name}/{guid}{age or 0}/{name.removesuffix('.pdb')}.sym"
            pdb = name if name.lower().endswith(".pdb") else f"{name.rpartition('.')[0] or name}.pdb"
            if key.kind is FileKind.PORTABLE_PDB:
                yield from _in_symstore(pdb, f"{guid}FFFFFFFF")
            yield from _in_symstore(pdb, guid + (age or "0"))
        if key.kind is FileKind.PORTABLE_PDB:
            return
        if name and key.code_id:
            yield from _in_symstore(name, key.code_id[:8].upper() + key.code_id[8:])
        for code_id in (key.code_id,) if key.code_id else self._listed(key.debug_id or ""):
            one, rest = code_id[:2], code_id[2:]
            if not rest:
                continue
            for root in _ROOTS:
                yield f"{root}.build-id/{one}/{rest}.debug"
            yield f"{one}/{rest}.debug"
            for folder in (code_id, f"buildid/{code_id}", f"{one}/{rest}"):
                yield f"{folder}/debuginfo"
                yield f"{folder}/executable"
            yield f"_.debug/elf-buildid-sym-{code_id}/_.debug"
            yield f"_.dsym/mach-uuid-sym-{code_id}/_.dwarf"
            yield _lldbs(code_id)
            yield f"{_lldbs(code_id)}.app"
            for root in _ROOTS:
                yield f"{root}.build-id/{one}/{rest}"
            yield f"{one}/{rest}"
            if name:
                yield f"{name}/elf-buildid-{code_id}/{name}"
                yield f"{name}/mach-uuid-{code_id}/{name}"

    def _listed(self, debug_id: str) -> Iterator[str]:
        """The UUID in a debug id, and the build ids that begin with it, in both byte orders, as far as `.build-id` folders list
        them.
        """
        fields = debug_id.split("-")
        if len(fields) != 5:  # one with an age does not come from a build id
            return
        yield "".join(fields)  # a Mach-O file's code id is its debug id
        swapped = "".join(bytes.fromhex(field)[::-1].hex() for field in fields[:3]) + "".join(fields[3:])
        for prefix in dict.fromkeys((swapped, "".join(fields))):
            for root in (*(f"{root}.build-id/" for root in _ROOTS), ""):
                folder = os.path.join(self._root, *f"{root}{prefix[:2]}".split("/"))  # noqa: PTH118
                with suppress(OSError), os.scandir(folder) as scan:
                    for _, entry in zip(range(_MAX_LISTED), scan, strict=False):
                        if entry.name.startswith(prefix[2:]):
                            yield prefix[:2] + entry.name.removesuffix(".debug")

    def _by_path(self, url: str, near: Artifact | None) -> Iterator[str]:
        if near is not None and near.store is self and not url.startswith("/"):
            path = near.path.split("/")[:-1]
            for part in url.split("/"):
                if part == "..":
                    if not path:
                        return
                    path.pop()
                elif part not in ("", "."):
                    path.append(part)
            if path:
                yield "/".join(path)
            return
        if not url.startswith("/"):
            return
        segments = url_segments(url)
        if 0 < len(segments) <= _MAX_SEGMENTS:
            path_below = "/".join(segments)
            yield from _dsyms(segments)
            for root in reversed(_ROOTS):
                yield f"{root}{path_below}.debug"
            yield f"{path_below}.sym"
            for root in reversed(_ROOTS):
                yield f"{root}{path_below}"


def _in_symstore(name: str, index: str) -> Iterator[str]:
    """The path of a file in a Microsoft symbol server; after it that of the file in a cabinet, as the server may keep it."""
    paths = dict.fromkeys((f"{name}/{index}/{name}", f"{name}/{index.upper()}/{name}", f"{name}/{index}/{name}".lower()))
    for path in (*paths, *(f"{path[:-1]}_" for path in paths)):
        yield path
        yield f"{path[:2]}/{path}"


def _rank(artifact: Artifact) -> tuple[bool, bool]:
    """Debug files first, DWARF before others."""
    features = artifact.identity.features
    return "debug_info" not in features, "records" not in features


_DSYM: Final = "Contents/Resources/DWARF"
"""The paths of files in a dSYM bundle."""
_BUNDLES: Final = (".app", ".appex", ".framework", ".bundle", ".xpc", ".kext", ".plugin")


def _dsyms(segments: Sequence[str]) -> Iterator[str]:
    """The paths of a program's dSYM: beside it, and beside the bundles that contain it."""
    yield f"{'/'.join(segments)}.dSYM/{_DSYM}/{segments[-1]}"
    for end in range(len(segments) - 1, 0, -1):
        if segments[end - 1].endswith(_BUNDLES):
            yield f"{'/'.join(segments[:end])}.dSYM/{_DSYM}/{segments[-1]}"


def _lldbs(code_id: str) -> str:
    """LLDB's path for a UUID."""
    upper = code_id.upper()
    return "/".join((*(upper[at : at + 4] for at in range(0, 20, 4)), upper[20:]))


def in_bundle(path: Path) -> Path:
    """The file in a dSYM bundle, if `path` is one with one file; else `path` itself."""
    files = files_in_bundle(path)
    return files[0] if len(files) == 1 else path


def files_in_bundle(path: Path) -> list[Path]:
    """The files with debug information in a dSYM bundle; none if `path` is not one."""
    inner = path / _DSYM
    return sorted(one for one in inner.iterdir() if one.is_file()) if path.is_dir() and inner.is_dir() else []
