"""A cache that compiles nothing: another process is asked for what it has no table of (`isolation/`)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from symbolicator.artifacts.cache import MEMORY_BYTES, Cache
from symbolicator.artifacts.compiler import Compiler, TableKey
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.recent import Recent
from symbolicator.errors import LimitExceeded
from symbolicator.patterns import regex

T = TypeVar("T")

_NAME: Final = regex("[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")

class Cold(BaseException):
    """A table is wanted that is not there. No `Exception`: nothing is wrong, and it passes all who deal with what is, up to the engine."""

    def __init__(self, key: TableKey) -> None:
        super().__init__(key)
        self.key = key


class ColdCache(Cache):
    """The tables of `folder`, which others write. Whoever asks for another gets `Cold`."""

    def __init__(self, folder: Path, memory_bytes: int = MEMORY_BYTES) -> None:
        super().__init__(folder, memory_bytes)

    def refuse(self, key: TableKey, reason: str, seconds: float) -> bool:
        """Have a table refused from now on, as its compiler would, for `seconds`; False for a key that is none. Never raises."""
        if not all(map(_NAME.fullmatch, key)):
            return False
        self._refused(key, LimitExceeded(reason), time.time() + seconds)
        return True

    def _in_turn(self, key: TableKey, *_: Any) -> NoReturn:
        with self._lock:
            self.answers["compiled"] += 1  # it will be, and then be found on the disk
        raise Cold(key)


class Refusing(Cache):
    """What `cache` has; the rest is refused, with a reason, and not remembered."""

    def __init__(self, cache: Cache, reason: str) -> None:
        self._cache = cache
        self._reason = reason
        self.recent = Recent(0)  # what follows from a refusal is not kept

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """As `Cache.get`. Raises `LimitExceeded` where it would raise `Cold`."""
        try:
            return self._cache.get(compiler, *artifacts, part=part)
        except Cold as error:
            raise LimitExceeded(self._reason) from error

    def has(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """As `Cache.has`."""
        return self._cache.has(compiler, *artifacts)

    def discard(self, origin: Path) -> None:
        """As `Cache.discard`."""
        self._cache.discard(origin)
