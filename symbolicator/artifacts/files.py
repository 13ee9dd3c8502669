"""The port between who asks for files and who has them: identities, artifacts, findings, and the store protocol.

Files are asked for by `Key`, never opened by path: nothing outside the stores given can be reached from an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from symbolicator.keys import FileKind, Key

ANOTHER_BUILD = "is from another build"
"""The words in `Found.tried` about a file whose id is not the one that was looked up."""


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file is and what it says of itself, read from its content once and kept in the store's index.

    `urls` are other names it answers to (the `sourceURL`s of the modules a development bundle holds in `eval` strings); `map_url` is the
    `sourceMappingURL` of a script or a WebAssembly module as written, with data URLs cut to `data:`, or the UUID of the BCSymbolMap that
    a plist names; `file` is the `file` member of a map.

    Of a native file: `features` says what it can answer (`debug_info`, `records`, `symbols`, `code`, and `debug_addr` where some of it may
    be split off), for a stripped file and its debug file have the same ids; `debug_link` is the file its debug information went to, by name
    and CRC-32 (None in WebAssembly, which says none), `alt_link` the one that dwz moved common parts to, by path and build id (hex, empty
    where unknown).
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
    """The native files, one an architecture, in a fat file, whose ids and features are those of all of them."""
    trouble: str | None = None
    """Why nothing is known of it, where it could not be read."""


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """A file for one architecture within another: `arch` as `Container.arch` has it, `offset` and `size` in bytes."""

    arch: str
    offset: int
    size: int
    identity: Identity


class Identifier(Protocol):
    """A format room's word on whether a file is one of its own."""

    def __call__(self, name: str, data: memoryview) -> Identity | None:
        """The identity of the file called `name` (for its ending only) whose whole content is `data`; None where it is another room's."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was found: not yet read.

    `name` is what a person would call it (`dist/app.js.map`, `upload.zip!app.js`); `path` its place within the store, with `/`;
    `stamp` changes when the file does.
    """

    name: str
    path: str
    identity: Identity
    size: int
    stamp: str
    store: Any = None
    mtime: int | None = None
    """When it was last written, seconds since 1970; None where that is not known, as in a container."""

    @property
    def file_name(self) -> str:
        """The last segment of its path, in whatever container it lies."""
        return self.path.rpartition("/")[2].rpartition("!")[2]

    def read(self) -> memoryview:
        """The content, bytes. Raises `MalformedArtifact` where it went away or cannot be read."""
        content: memoryview = self.store.read(self)
        return content

    def digest(self) -> str:
        """A digest of the content, hex; computed once for each stamp and remembered by the store."""
        digest: str = self.store.digest(self)
        return digest


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a store: none, the one, or several equally good ones (an ambiguity for the asker to report).

    `how` says by what it was found: `debug_id`, `code_id`, `url`, `path`, `release`; `tried` the places looked at, for people, in order.
    `fit` says how well, to be compared with other stores' answers to the same key: the greater, the better; () where a store does not know.
    """

    artifacts: tuple[Artifact, ...] = ()
    how: str = ""
    tried: tuple[str, ...] = ()
    fit: tuple[int, ...] = ()


class ArtifactStore(Protocol):
    """Where files are asked for. Safe to share between threads.

    Never raises for a file that is missing or damaged, but `MalformedArtifact` from `read` and `digest`.
    """

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The best artifacts for `key`. With `near`, `key.url` may be relative to that artifact, whose own folder is looked into first."""

    def read(self, artifact: Artifact) -> memoryview:
        """The whole content of an artifact this store gave out."""

    def digest(self, artifact: Artifact) -> str:
        """Its digest, remembered by stamp."""

    def artifacts(self) -> Sequence[Artifact]:
        """Everything it holds, for `files ls` and for explanations."""

    def describe(self) -> str:
        """Its name for people, e.g. the folder as given."""
