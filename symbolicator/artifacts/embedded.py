"""Files inside other files: an inline map, a module in an `eval` string, the text of a source in a map, a slice of a fat file.

They are artifacts like any other, so their compiled tables are cached by digest too.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from symbolicator.artifacts.files import Artifact, Identity, Slice
from symbolicator.keys import FileKind

_MAX_NESTING = 16


class _Extract(msgspec.Struct, frozen=True):
    """A store with one file: the result of `take`."""

    take: Callable[[], bytes | memoryview]
    known_digest: str
    whole: Artifact | None = None

    def read(self, artifact: Artifact) -> memoryview:
        content = self.take()
        return content if isinstance(content, memoryview) else memoryview(content)

    def digest(self, artifact: Artifact) -> str:
        return self.known_digest


class _SliceStore(msgspec.Struct, frozen=True):
    """A store with one slice."""

    whole: Artifact
    slice: Slice

    def read(self, artifact: Artifact) -> memoryview:
        return self.whole.read()[self.slice.offset : self.slice.offset + self.slice.size]

    def digest(self, artifact: Artifact) -> str:
        return _digest_of_part(self.whole, f"{self.slice.offset}+{self.slice.size}")


def derived(kind: FileKind, name: str, digest: str, take: Callable[[], bytes | memoryview], whole: Artifact | None = None) -> Artifact:
    """An artifact whose content `take()` gives when it is read; `digest` is that of the content, or of all it is made from.

    `whole` is the file it is inside: files near the part are looked up near the whole.
    """
    path = name if whole is None else whole.path
    return Artifact(name=name, path=path, identity=Identity(kind=kind), size=0, stamp=digest, store=_Extract(take, digest, whole))


def home(artifact: Artifact) -> Artifact:
    """The file of a store that contains an artifact: itself, or what it was cut out of."""
    for _ in range(_MAX_NESTING):
        whole = artifact.store.whole if isinstance(artifact.store, _Extract | _SliceStore) else None
        if whole is None:
            break
        artifact = whole
    return artifact


def part_of(whole: Artifact, label: str, kind: FileKind, take: Callable[[memoryview], bytes | memoryview]) -> Artifact:
    """The part of `whole` that `take` cuts out of its content; `label` names the part, for messages and for the digest."""
    return derived(kind, f"{whole.name} ({label})", _digest_of_part(whole, label), lambda: take(whole.read()), whole)


def slices_of(whole: Artifact) -> tuple[Artifact, ...]:
    """The native files in a fat file, each with its own identity and digest; `whole` itself if it is not one. Nothing is read."""
    return tuple(
        Artifact(
            name=f"{whole.name} ({one.arch})", path=whole.path, identity=one.identity, size=one.size, stamp=f"{whole.stamp} {one.offset}",
            store=_SliceStore(whole, one), mtime=whole.mtime,
        )
        for one in whole.identity.slices
    ) or (whole,)  # fmt: skip


def _digest_of_part(whole: Artifact, label: str) -> str:
    import hashlib  # few files have parts; OpenSSL costs a short run 3 ms

    return hashlib.sha256(f"{whole.digest()}\0{label}".encode("utf-8", "surrogatepass")).hexdigest()
