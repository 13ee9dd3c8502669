"""Where files are identified and compiled: in this process, or in children (`isolation/`). An engine has one workshop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.model import Event

IDENTIFIERS = (
    "symbolicator.portable_pdb.identify:identify",  # before native files: an assembly is a PE file, too
    "symbolicator.debugfiles.identify:identify",
    "symbolicator.sourcemaps.identify:identify",
    "symbolicator.mappings.identify:identify",
)
"""The format rooms' functions that identify a file, tried in this order when a store is scanned; loaded only for new files."""


class Guests(NamedTuple):
    """The files of an event's own: their folder, the cache for their compiled tables, the identifiers, and the bytes they may
    decompress to, if only they are counted.
    """

    folder: Path
    cache: Cache
    identifiers: Identifiers
    inflated: int | None


class InProcess:
    """Everything in this process."""

    def __init__(self) -> None:
        self.identifiers = Identifiers(IDENTIFIERS)
        """What the stores use to identify files."""

    def cache(self, folder: Path | None, memory_bytes: int) -> Cache:
        """The engine's cache of compiled files."""
        return Cache(folder, memory_bytes)

    def guests(self) -> tuple[Cache, Identifiers]:
        """The same for one event's files: nothing of a guest is written where it would outlive the event."""
        return Cache(None), self.identifiers

    def guests_identifiers(self) -> Identifiers:
        """Identifiers for files that are kept, though strangers sent them."""
        return self.identifiers

    def close(self) -> None:
        """Free what can be rebuilt."""

    def last_resort(self) -> Cache:
        """A cache for when the disk fails."""
        return Cache(None)

    def complete(
        self, event: Event, cache: Cache, guests: Guests | None, attempt: Callable[[Cache], Event], uploads: Path | None = None
    ) -> Event:
        """The result of `attempt` for `event`, run with `cache` or one with the same content; `uploads`: the folder of further files."""
        return attempt(cache)
