"""How many events run at once: some run, a few more wait, and the next one is refused at once.

The work is Python and holds the interpreter, so more threads make each one slower and none faster. A long queue makes everybody wait for
answers that their clients have given up on; a client refused at once can try another server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from symbolicator.service.limits import GUESTS, READERS, STORE_QUEUE, STORING, Limits
from symbolicator.service.refusals import Refusal, overloaded

PAUSE: Final = 6.0
"""Seconds for each that an event with files took, before the next of them while others come."""
LONGEST_PAUSE: Final = 6.0
"""Seconds: one that took all the time there is must not hold up an honest one for much longer."""
_LOOK: Final = 0.02
"""Seconds between looks whether others still come."""
_AFTER: Final = 0.2
"""Seconds after an event for which others are taken to come."""


class _Line:
    """Limits how many run at once, and how many are inside in all."""

    def __init__(self, slots: int, places: int) -> None:
        self.slots = threading.BoundedSemaphore(slots)
        self.places = places
        self.inside = 0
        self._until = 0.0

    def left(self) -> None:
        """One has left."""
        self.inside -= 1
        self._until = time.monotonic() + _AFTER

    @property
    def comes(self) -> bool:
        """Whether any are there, or were a moment ago: quick ones are not inside at each moment at which one looks."""
        return self.inside > 0 or time.monotonic() < self._until

    def check(self) -> None:
        """Raises a 503 if there is no place."""
        if self.inside >= self.places:
            raise overloaded(f"{self.inside} are running or waiting, which is the limit")


class Gate:
    """Admits requests within `limits`. Shared by a process's threads.

    Events that bring files of their own have a line of their own: they are cold, and may each take all the seconds that a child has. While
    others come, each of them is followed by a pause, so that whoever sends many of them takes a seventh of the time and not half.
    """

    def __init__(self, limits: Limits) -> None:
        self._events = _Line(limits.threads, limits.threads + limits.queue)
        self._guests = _Line(max(1, limits.threads // 4), GUESTS)
        self._stores = _Line(STORING, STORING + STORE_QUEUE)
        self._readers = threading.BoundedSemaphore(READERS)
        self._patience = limits.patience
        self._lock = threading.Lock()
        self._pause_ends = 0.0
        """By `time.monotonic`."""

    def check(self, guests: bool = False) -> None:
        """Raises a 503 if there would be no place: cheap, and before the body is read."""
        (self._guests if guests else self._events).check()

    @contextmanager
    def reading(self, guests: bool = False) -> Iterator[None]:
        """While a large body is read. Raises a 503 if too many are. What a form's takes of the processor counts for the pause."""
        if not self._readers.acquire(blocking=False):
            raise overloaded(f"{READERS} large bodies are being read, which is the limit")
        began = time.thread_time()
        try:
            yield
        finally:
            self._readers.release()
            if guests:
                self._pause_for(time.thread_time() - began)

    @contextmanager
    def _with_pauses(self, deadline: float) -> Iterator[None]:
        """Between the pause before, which lasts while other events come, and the one behind. Raises a 503 at `deadline`."""
        while (left := self._pause_ends - time.monotonic()) > 0 and self._events.comes:
            if time.monotonic() >= deadline:
                raise self._no_turn()
            time.sleep(min(left, _LOOK))
        began = time.monotonic()
        try:
            yield
        finally:
            self._pause_for(time.monotonic() - began)

    def _pause_for(self, seconds: float) -> None:
        """Have a pause begin, or go on for longer, after events with files took `seconds`."""
        with self._lock:
            now = time.monotonic()
            self._pause_ends = min(max(self._pause_ends, now) + PAUSE * seconds, now + LONGEST_PAUSE)

    @contextmanager
    def storing(self) -> Iterator[None]:
        """While an uploaded file is put together, identified and stored. Raises a 503 if too many wait for it: it takes seconds."""
        with self._place(self._stores), self._turn(self._stores):
            yield

    def _no_turn(self) -> Refusal:
        return overloaded(f"no turn within {self._patience:g} s")

    @contextmanager
    def working(self, guests: bool = False) -> Iterator[None]:
        """While an event runs. Raises a 503 if the queue is full, or the event waits too long."""
        line = self._guests if guests else self._events
        with self._place(line):
            deadline = time.monotonic() + self._patience
            with self._turn(line), self._with_pauses(deadline) if guests else nullcontext():
                yield

    @contextmanager
    def _place(self, line: _Line) -> Iterator[None]:
        """Inside of a line. Raises a 503 if there is no place."""
        with self._lock:
            line.check()
            line.inside += 1
        try:
            yield
        finally:
            with self._lock:
                line.left()

    @contextmanager
    def _turn(self, line: _Line) -> Iterator[None]:
        """One of those of a line that run. Raises a 503 if it waits too long."""
        if not line.slots.acquire(timeout=self._patience):
            raise self._no_turn()
        try:
            yield
        finally:
            line.slots.release()
