"""Files that come with one event and go with it: what is compiled of them is kept apart from what is compiled of our own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from symbolicator.artifacts.cache import Cache, Compiler
from symbolicator.artifacts.files import Artifact
from symbolicator.bounds import of_our_own

T = TypeVar("T")


class GuestCache(Cache):
    """The cache of one event with files of its own. What `ours` says is ours is in `shared`; the rest in this one's memory only."""

    def __init__(self, shared: Cache, ours: Callable[[Artifact], bool]) -> None:
        super().__init__(None)
        self._shared = shared
        self._ours = ours

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """As `Cache.get`, in the cache where it belongs."""
        if all(self._ours(artifact) for artifact in artifacts):
            with of_our_own():
                return self._shared.get(compiler, *artifacts, part=part)
        return super().get(compiler, *artifacts, part=part)

    def has(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """As `Cache.has`, in the cache where it belongs."""
        if all(self._ours(artifact) for artifact in artifacts):
            return self._shared.has(compiler, *artifacts)
        return super().has(compiler, *artifacts)

    def discard(self, origin: Path) -> None:
        """Only what is shared has an origin on disk."""
        self._shared.discard(origin)
