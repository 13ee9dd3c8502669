"""Which worker accepts the next connection: the one with the fewest.

All workers are notified of a connection, and the first to accept gets it: the one that is awake. Of many that arrive at once it would get
all, for as long as they stay open. So each worker publishes its number in shared memory, and leaves a connection to another with fewer, but
not for long, because that one may hang.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable

_NOBODY = -1
_PATIENCE = 0.1
"""Seconds that a connection waits for the worker with the fewest, which may still be starting."""
_IMPATIENT = 1.0
"""Seconds after waiting in vain in which connections are accepted as they arrive."""


class Shares:
    """The connections of each of at most `most` processes. Created before forking, and shared by all."""

    def __init__(self, most: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * most)).cast("i")
        for place in range(most):
            self._counts[place] = _NOBODY

    def enter(self) -> int:
        """The index for a process that is about to start, with no connections yet. Called by the parent."""
        place = next((place for place, count in enumerate(self._counts) if count == _NOBODY), len(self._counts) - 1)
        self._counts[place] = 0
        return place

    def leave(self, place: int) -> None:
        """That process has ended."""
        self._counts[place] = _NOBODY

    def say(self, place: int, count: int) -> None:
        """How many connections the process at `place` has."""
        self._counts[place] = count

    def least(self) -> int:
        """The fewest that any process has."""
        return min((count for count in self._counts if count != _NOBODY), default=0)


class Turn:
    """Whether this process should accept a connection."""

    def __init__(self, shares: Shares, place: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._shares, self._place, self._clock = shares, place, clock
        self._until: float | None = None
        self._impatient = 0.0

    def say(self, count: int) -> None:
        """How many connections it has."""
        self._shares.say(self._place, count)

    def mine(self, count: int) -> bool:
        """Whether to accept the waiting connection when having `count`."""
        self.say(count)
        now = self._clock()
        least = self._shares.least()
        if count > least + least // 4 and now >= self._impatient:  # with many connections a small difference does no harm
            if self._until is None:
                self._until = now + _PATIENCE
            if now < self._until:
                return False
            self._impatient = now + _IMPATIENT
        self._until = None
        return True
