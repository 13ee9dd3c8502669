"""Files that come with one event: their compiled tables are kept apart from those of our own files, and removed with the event."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.compiler import Compiler
from symbolicator.artifacts.files import Artifact
from symbolicator.bounds import of_our_own

T = TypeVar("T")


class GuestCache(Cache):
    """The cache of one event with files of its own. Tables of files that are `ours` go to `shared`, the others to `own`."""

    def __init__(self, shared: Cache, ours: Callable[[Artifact], bool], own: Cache) -> None:
        self._shared = shared
        self._own = own
        self._ours = ours
        self.recent = own.recent

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """As `Cache.get`, in the right one of the two."""
        if all(self._ours(artifact) for artifact in artifacts):
            with of_our_own():
                return self._shared.get(compiler, *artifacts, part=part)
        return self._own.get(compiler, *artifacts, part=part)

    def has(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """As `Cache.has`, in the right one of the two."""
        return self._of(artifacts).has(compiler, *artifacts)

    def discard(self, origin: Path) -> None:
        """As `Cache.discard`, in the file's own cache."""
        self._shared.discard(origin)
        self._own.discard(origin)

    def _of(self, artifacts: tuple[Artifact, ...]) -> Cache:
        return self._shared if all(self._ours(artifact) for artifact in artifacts) else self._own
