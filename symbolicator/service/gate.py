"""How many events are at work at once: some, a few more in line, and the next is turned away at once.

Work is Python and holds the interpreter: more threads at it make each slower and none faster. A long line makes all wait for answers that
nobody waits for any more; who is told at once can ask another server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from symbolicator.service.limits import GUESTS, READERS, Limits
from symbolicator.service.refusals import overloaded

PAUSE: Final = 3.0
"""Seconds for each that an event with files took, before the next of them while others are there."""
LONGEST_PAUSE: Final = 6.0
"""Seconds: one that took all the time there is must not hold up an honest one for much longer."""
_LOOK: Final = 0.02
"""Seconds between looks whether others are still there."""


class _Line:
    """So many at work at once, and so many there in all."""

    def __init__(self, slots: int, places: int) -> None:
        self.slots = threading.BoundedSemaphore(slots)
        self.places = places
        self.inside = 0

    def check(self) -> None:
        """Raises a 503 where there is no place."""
        if self.inside >= self.places:
            raise overloaded(f"{self.inside} events are at work or in line, which is the limit")


class Gate:
    """Admits requests within `limits`. Shared by a process's threads.

    Events that bring files of their own have a line of their own: they are cold, and may each take all the seconds that a child has. While
    others come, each of them is followed by a pause, so that whoever sends many of them takes a quarter of the time and not half.
    """

    def __init__(self, limits: Limits) -> None:
        self._events = _Line(limits.threads, limits.threads + limits.queue)
        self._guests = _Line(max(1, limits.threads // 4), GUESTS)
        self._readers = threading.BoundedSemaphore(READERS)
        self._patience = limits.patience
        self._lock = threading.Lock()
        self._pause_ends = 0.0
        """By `time.monotonic`."""

    def check(self, guests: bool = False) -> None:
        """Raises a 503 where there would be no place: cheap, and before the body is read."""
        (self._guests if guests else self._events).check()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A large body is read. Raises a 503 where too many are."""
        if not self._readers.acquire(blocking=False):
            raise overloaded(f"{READERS} large bodies are being read, which is the limit")
        try:
            yield
        finally:
            self._readers.release()

    def _paused(self, deadline: float) -> bool:
        """Wait while the pause lasts and other events are there; False where that is longer than until `deadline`."""
        while (left := self._pause_ends - time.monotonic()) > 0 and self._events.inside:
            if time.monotonic() >= deadline:
                self._guests.slots.release()
                return False
            time.sleep(min(left, _LOOK))
        return True

    @contextmanager
    def working(self, guests: bool = False) -> Iterator[None]:
        """An event is at work. Raises a 503 where there is no place in the line, or its turn does not come."""
        line = self._guests if guests else self._events
        with self._lock:
            line.check()
            line.inside += 1
        try:
            deadline = time.monotonic() + self._patience
            if not line.slots.acquire(timeout=self._patience) or (guests and not self._paused(deadline)):
                raise overloaded(f"no turn within {self._patience:g} s")
            began = time.monotonic()
            try:
                yield
            finally:
                if guests:
                    now = time.monotonic()
                    self._pause_ends = now + min(PAUSE * (now - began), LONGEST_PAUSE)
                line.slots.release()
        finally:
            with self._lock:
                line.inside -= 1
