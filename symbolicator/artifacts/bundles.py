"""Containers of files: zip archives, Sentry source bundles, cabinets, `.gz` and `.zst`.

A member is found by its path in the container, or by the `url` (else `path`) in the `manifest.json` of a source bundle::

    {"files": {"_/_/app.js": {"type": "minified_source", "url": "~/app.js", "headers": {"debug-id": "…", "sourcemap": "app.js.map"}}}}

Containers within containers are reported and not opened. A member that cannot be read is a note; the others are used. The archive format
itself is in `zips.py`, that of cabinets in `cabinets.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from symbolicator import bounds
from symbolicator.artifacts.changing import still
from symbolicator.artifacts.files import Identity
from symbolicator.artifacts.zips import CHUNK, FEED, MAX_PARTS, MAX_SIZE, Archive, check_ratio, gunzip
from symbolicator.errors import BoundReached, LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind, normalise_debug_id, url_segments
from symbolicator.zstandard import zstandard

if TYPE_CHECKING:
    from symbolicator.artifacts.cabinets import Cabinet

CABINET: Final = b"MSCF\0\0\0\0"
"""How a cabinet begins."""
MAX_TOTAL: Final = 4 << 30
"""Decompressed bytes of one container, all members together."""
_MANIFEST: Final = "manifest.json"
_KINDS: Final = {"minified_source": FileKind.SCRIPT, "source_map": FileKind.SOURCEMAP, "source": FileKind.SOURCE}


class Unsupported(MalformedArtifact):
    """A container that this Python cannot read but another build of Python can."""


class Said(NamedTuple):
    """A member's entry in a manifest."""

    url: str | None = None
    kind: FileKind | None = None
    debug_ids: tuple[str, ...] = ()
    map_url: str | None = None

    def over(self, identity: Identity) -> Identity:
        """The identity found from the content, with the manifest's entries taking precedence.

        Uploaders call all kinds of text a `source`: if the content is a script or a map, it counts as that. JavaScript
        sources are found as sources anyway (`matching.py`).
        """
        shown = identity.kind is FileKind.SOURCEMAP or (identity.kind is FileKind.SCRIPT and self.kind is not FileKind.SOURCEMAP)
        return msgspec.structs.replace(
            identity,
            kind=identity.kind if shown else self.kind or identity.kind,
            debug_ids=tuple(dict.fromkeys((*self.debug_ids, *identity.debug_ids))),
            urls=tuple(dict.fromkeys((*((self.url,) if self.url else ()), *identity.urls))),
            map_url=self.map_url or identity.map_url,
        )


class Member(NamedTuple):
    """One file of a container. If it cannot be read, `content` is None and `trouble` says why."""

    name: str
    place: tuple[str, ...]
    """The path used for matching."""
    content: bytes | bytearray | None
    said: Said
    trouble: str | None = None


def container_kind(data: memoryview) -> str | None:
    """`zip`, `cab`, `gz` or `zst` by the first bytes; None if it is not a container."""
    head = bytes(data[:12])
    # A source bundle has a magic word before the archive, followed by its version or nothing.
    starts = (0, 4, 8) if head[:4] == b"SYSB" else (0,)
    if any(head[at : at + 4] in (b"PK\3\4", b"PK\5\6") for at in starts):
        return "zip"
    if head.startswith(CABINET):
        return "cab"
    return "gz" if head[:3] == b"\x1f\x8b\x08" else "zst" if head[:4] == b"\x28\xb5\x2f\xfd" else None


def members(name: str, data: memoryview) -> Iterator[Member]:
    """The files in the container called `name`, decompressed one at a time. Raises `MalformedArtifact` if none can be."""
    archive = _archive(data)
    if archive is None:
        inner = inner_name(name)
        yield Member(inner, (inner,), decompress(data), Said())
        return
    said: dict[str, Said] = {}
    if _MANIFEST in archive.sizes:
        with suppress(MalformedArtifact):  # reported again, as a note, when it is read
            said = _manifest(archive.read(_MANIFEST))
    total = 0
    for member_name, size in archive.sizes.items():
        path = member_name.replace("\\", "/")
        word = said.get(member_name, Said())
        place = url_segments(word.url) if word.url else tuple(part for part in path.split("/") if part not in ("", "."))
        content, trouble = None, None
        total += min(size, MAX_SIZE)  # one that declares more is refused itself, and does not affect the others
        if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\0" in path or not place:
            trouble = "the name points outside the container"
        elif total > MAX_TOTAL:
            trouble = f"all members together exceed the limit of {MAX_TOTAL} bytes"
        else:
            try:
                content = archive.read(member_name)
            except BoundReached:
                raise  # nothing is known about it, or about those after it
            except MalformedArtifact as error:
                trouble = error.reason
        yield Member(member_name, place, content, word, trouble)


def member_content(data: memoryview, member_name: str) -> bytes | bytearray:
    """The content of one member, by its name. Raises `MalformedArtifact`, `LimitExceeded`."""
    archive = _archive(data)
    return decompress(data) if archive is None else archive.read(member_name)


def content_again(data: memoryview, member_name: str) -> memoryview:
    """As `member_content`, of a member that was seen before: its bytes were counted then. Raises `Unreadable` too, if the container was
    rewritten meanwhile.
    """
    try:
        with bounds.kept_by(None):
            return memoryview(member_content(data, member_name))
    finally:
        still(data)


def _archive(data: memoryview) -> Archive | Cabinet | None:
    """A container that names its members; None for one of a single file."""
    kind = container_kind(data)
    if kind == "cab":
        from symbolicator.artifacts.cabinets import Cabinet  # few folders have one

        return Cabinet(data)
    return Archive(data) if kind == "zip" else None


def inner_name(name: str) -> str:
    """The name of the file in a `.gz` or `.zst`."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.lower() in ("gz", "zst", "zstd", "gzip") else name


def is_inner_name(name: str, member: str) -> bool:
    """Whether a container is `member`, compressed, and stands in its place: `app.js.gz` for `app.js`, `app.pd_` for `app.pdb`."""
    return member == inner_name(name) or (name[-1:] == "_" and member[:-1].lower() == name[:-1].lower())


def decompress(data: memoryview) -> bytearray:
    """The content of a `.gz` or `.zst`. Raises `MalformedArtifact`, `LimitExceeded`."""
    content = gunzip(data) if container_kind(data) == "gz" else _unzstd(data)
    if len(content) > MAX_SIZE:
        raise LimitExceeded(f"exceeds the limit of {MAX_SIZE} bytes")
    bounds.inflate(len(content))
    return content


def _unzstd(data: memoryview) -> bytearray:
    library = zstandard()
    if library is None:
        raise Unsupported("is compressed with Zstandard, and this Python was built without it; use one that has it")
    content = bytearray()
    at = 0
    most = bounds.room(MAX_SIZE)
    for _ in range(MAX_PARTS):
        stream = library.ZstdDecompressor()
        while not stream.eof and len(content) <= most:
            pending = bytes(data[at : at + FEED]) if stream.needs_input else b""
            at += len(pending)
            try:
                chunk = stream.decompress(pending, CHUNK)
            except library.ZstdError as error:
                raise MalformedArtifact(f"cannot be decompressed: {error}") from error
            content += chunk
            check_ratio(len(data), len(content))
            if not chunk and not stream.eof and stream.needs_input and at >= len(data):
                raise MalformedArtifact(f"is cut off after {len(content)} bytes")
        at -= len(stream.unused_data) if stream.eof else 0
        if len(content) > most or at >= len(data):
            return content
    raise LimitExceeded(f"has more than {MAX_PARTS} frames, which is the limit")


class _ManifestFile(msgspec.Struct):
    type: Any = None
    url: Any = None
    path: Any = None
    headers: Any = None


class _Manifest(msgspec.Struct):
    files: dict[str, _ManifestFile] = {}


def _manifest(content: bytes | bytearray) -> dict[str, Said]:
    """The manifest's entries by member name; {} if it is not a bundle's manifest (any zip may contain a `manifest.json`)."""
    try:
        files = msgspec.json.decode(content, type=_Manifest).files
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    said: dict[str, Said] = {}
    for name, file in files.items():
        headers = {str(k).lower(): v for k, v in file.headers.items()} if isinstance(file.headers, dict) else {}
        debug_id = normalise_debug_id(headers.get("debug-id"))
        map_url = headers.get("sourcemap") or headers.get("x-sourcemap")
        said[name] = Said(
            url=next((text for text in (file.url, file.path) if isinstance(text, str) and text), None),
            kind=_KINDS.get(file.type) if isinstance(file.type, str) else None,
            debug_ids=(debug_id,) if debug_id else (),
            map_url=map_url if isinstance(map_url, str) else None,
        )
    return said
