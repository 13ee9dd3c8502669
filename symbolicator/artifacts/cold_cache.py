"""A cache that compiles nothing: another process builds missing tables (`isolation/`)."""

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
    """A needed table is missing. Not an `Exception`, so that no handler of ordinary errors catches it on its way up to the engine."""

    def __init__(self, key: TableKey) -> None:
        super().__init__(key)
        self.key = key


class ColdCache(Cache):
    """The tables of `folder`, written by other processes. A request for a missing one raises `Cold`."""

    def __init__(self, folder: Path, memory_bytes: int = MEMORY_BYTES) -> None:
        super().__init__(folder, memory_bytes)

    def refuse(self, key: TableKey, reason: str, seconds: float) -> bool:
        """Refuse a table from now on, as its compiler would, for `seconds`; False for an invalid key. Never raises."""
        if not all(map(_NAME.fullmatch, key)):
            return False
        self._refused(key, LimitExceeded(reason), time.time() + seconds)
        return True

    def _in_turn(self, key: TableKey, *_: Any) -> NoReturn:
        with self._lock:
            self.answers["compiled"] += 1  # it will be, and then found on disk
        raise Cold(key)


class Refusing(Cache):
    """As `cache`, but a missing table is refused with a reason, which is not remembered."""

    def __init__(self, cache: Cache, reason: str) -> None:
        self._cache = cache
        self._reason = reason
        self.recent = Recent(0)  # what depends on a refusal is not kept

    def get(self, compiler: Compiler[T], *artifacts: Artifact, part: str | None = None) -> T:
        """As `Cache.get`. Raises `LimitExceeded` where `ColdCache` would raise `Cold`."""
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
