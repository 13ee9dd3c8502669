"""The interface between look-ups and stores: identities, artifacts, results, and the store protocol.

Files are looked up by `Key`, never opened by path: an event cannot reach anything outside the given stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from symbolicator.keys import FileKind, Key


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file is and what it refers to, read from its content once and kept in the store's index.

    `urls` are other names it is found by (the `sourceURL`s of the modules in `eval` strings of a development bundle); `map_url` is the
    `sourceMappingURL` of a script or a WebAssembly module as written, with data URLs cut to `data:`, or the UUID of the BCSymbolMap that
    a plist names; `file` is the `file` member of a map.

    For a native file: `features` says what it can answer (`debug_info`, `records`, `symbols`, `code`, and `debug_addr` if some of it may be
    split off), because a stripped file and its debug file have the same ids; `debug_link` is the file its debug information went to, by
    name and CRC-32 (None in WebAssembly, which has none), `alt_link` the file to which dwz moved shared parts, by path and build id (hex,
    empty if unknown).
    """

    kind: FileKind
    debug_ids: tuple[str, ...] = ()
    code_ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    map_url: str | None = None
    file: str | None = None
    features: tuple[str, ...] = ()
    debug_link: tuple[str, int | None] | None = None
    alt_link: tuple[str, str] | None = None
    slices: tuple[Slice, ...] = ()
    """The native files in a fat file, one for each architecture; the fat file has the ids and features of all of them."""
    trouble: str | None = None
    """Why nothing is known about it, if it could not be read."""


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """A file for one architecture inside another: `arch` as in `Container.arch`, `offset` and `size` in bytes."""

    arch: str
    offset: int
    size: int
    identity: Identity


class Identifier(Protocol):
    """A format room's function that identifies its own files."""

    def __call__(self, name: str, data: memoryview) -> Identity | None:
        """The identity of the file called `name` (only its ending matters) with the whole content `data`; None if it is not the room's."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was found, not yet read.

    `name` is its name for users (`dist/app.js.map`, `upload.zip!app.js`); `path` its path within the store, with `/`;
    `stamp` changes when the file does.
    """

    name: str
    path: str
    identity: Identity
    size: int
    stamp: str
    store: Any = None
    mtime: int | None = None
    """When it was last written, seconds since 1970; None if unknown, as in a container."""

    @property
    def file_name(self) -> str:
        """The last segment of its path, in whatever container."""
        return self.path.rpartition("/")[2].rpartition("!")[2]

    def read(self) -> memoryview:
        """The content, bytes. Raises `MalformedArtifact` if it is gone or cannot be read."""
        content: memoryview = self.store.read(self)
        return content

    def digest(self) -> str:
        """A digest of the content, hex; computed once for each stamp and remembered by the store."""
        digest: str = self.store.digest(self)
        return digest


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a store: none, the one, or several equally good ones (an ambiguity for the caller to report).

    `how` says by what it was found: `debug_id`, `code_id`, `url`, `path`, `release`; `tried` the places searched, as text, in order.
    `fit` says how well, to be compared with other stores' answers to the same key: greater is better; () if a store does not know.
    """

    artifacts: tuple[Artifact, ...] = ()
    how: str = ""
    tried: tuple[str, ...] = ()
    fit: tuple[int, ...] = ()


class ArtifactStore(Protocol):
    """Looks up files. Safe to share between threads.

    Never raises for a missing or damaged file, except `MalformedArtifact` from `read` and `digest`.
    """

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The best artifacts for `key`. With `near`, `key.url` may be relative to that artifact, whose own folder is searched first."""

    def read(self, artifact: Artifact) -> memoryview:
        """The whole content of an artifact from this store."""

    def digest(self, artifact: Artifact) -> str:
        """Its digest, remembered by stamp."""

    def artifacts(self) -> Sequence[Artifact]:
        """All its files, for `files ls` and for explanations."""

    def describe(self) -> str:
        """Its name for users, e.g. the folder as given."""
