"""How many events are at work at once: some, a few more in line, and the next is turned away at once.

Work is Python and holds the interpreter: more threads at it make each slower and none faster. A long line makes all wait for answers that
nobody waits for any more; who is told at once can ask another server.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from symbolicator.service.limits import READERS, Limits
from symbolicator.service.refusals import overloaded


class Gate:
    """Admits requests within `limits`. Shared by a process's threads."""

    def __init__(self, limits: Limits) -> None:
        self._slots = threading.BoundedSemaphore(limits.threads)
        self._readers = threading.BoundedSemaphore(READERS)
        self._places = limits.threads + limits.queue
        self._patience = limits.patience
        self._lock = threading.Lock()
        self.inside = 0
        """Events at work or in line."""

    def check(self) -> None:
        """Raises a 503 where there would be no place: cheap, and before the body is read."""
        if self.inside >= self._places:
            raise overloaded(f"{self.inside} events are at work or in line, which is the limit")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A large body is read. Raises a 503 where too many are."""
        if not self._readers.acquire(blocking=False):
            raise overloaded(f"{READERS} large bodies are being read, which is the limit")
        try:
            yield
        finally:
            self._readers.release()

    @contextmanager
    def working(self) -> Iterator[None]:
        """An event is at work. Raises a 503 where there is no place in the line, or its turn does not come."""
        with self._lock:
            self.check()
            self.inside += 1
        try:
            if not self._slots.acquire(timeout=self._patience):
                raise overloaded(f"no turn within {self._patience:g} s")
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self.inside -= 1
