"""Where files are identified and compiled: in this process, or in children (`isolation/`). An engine has one workshop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.model import Event

IDENTIFIERS = (
    "symbolicator.debugfiles.identify:identify",
    "symbolicator.sourcemaps.identify:identify",
    "symbolicator.mappings.identify:identify",
)
"""The format rooms' words on what a file is, asked in this order when a store is scanned; loaded only when something is new."""


class Guests(NamedTuple):
    """The files that an event brought: their folder, the cache for what is compiled of them, who says what they are, and the bytes they may
    decompress to, where they are counted and ours are not.
    """

    folder: Path
    cache: Cache
    identifiers: Identifiers
    inflated: int | None


class InProcess:
    """All in this process."""

    def __init__(self) -> None:
        self.identifiers = Identifiers(IDENTIFIERS)
        """What the stores ask what files are."""

    def cache(self, folder: Path | None, memory_bytes: int) -> Cache:
        """The engine's cache of compiled files."""
        return Cache(folder, memory_bytes)

    def guests(self) -> tuple[Cache, Identifiers]:
        """The same for the files of one event: nothing of a guest is written where it would outlive the event."""
        return Cache(None), self.identifiers

    def close(self) -> None:
        """Let go of what can be had again."""

    def last_resort(self) -> Cache:
        """A cache for when the disk fails."""
        return Cache(None)

    def complete(self, event: Event, cache: Cache, guests: Guests | None, attempt: Callable[[Cache], Event]) -> Event:
        """What `attempt` makes of `event` with a cache, which is `cache` or has all that it has."""
        return attempt(cache)
