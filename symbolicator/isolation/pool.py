"""The children of one engine: started when needed, reused, replaced when they died or are old."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from symbolicator.forks import renewed_in_child
from symbolicator.isolation.messages import Start
from symbolicator.isolation.process import Child, Died

AT_ONCE: Final = 2
"""Children of one process."""
_MOST_ASKED: Final = 10_000
"""Requests after which a child is replaced, so that leaks are limited."""


class Pool:
    """Children that threads borrow. Safe to share; a forked process has none of its parent's."""

    def __init__(self, start: Start, at_once: int = AT_ONCE) -> None:
        self._start = start
        self._at_once = at_once
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._free = threading.Semaphore(at_once)
        weakref.finalize(self, _end, self._all)
        renewed_in_child(self)

    def after_fork(self) -> None:
        """The children are the parent's."""
        for child in self._all:
            child.forget()
        self._all.clear()
        self._idle = []
        self._free = threading.Semaphore(self._at_once)

    def close(self) -> None:
        """End the unused children."""
        while self._idle:
            self._drop(self._idle.pop())

    @contextmanager
    def child(self, deadline: float) -> Iterator[Child]:
        """A child. Raises `Died` if none is free by `deadline` (of `time.monotonic`), or none can be started."""
        if not self._free.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Died(None, "all processes that read files are busy", slow=True)
        child: Child | None = None
        try:
            child = self._take()
            yield child
        finally:
            if child is not None:
                self._give_back(child)
            self._free.release()

    def _take(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._drop(child)
        try:
            child = Child(self._start)
        except OSError as error:
            raise Died(None, f"cannot start a process to read files: {error}") from error
        self._all.add(child)
        return child

    def _give_back(self, child: Child) -> None:
        if child.busy or child.asked >= _MOST_ASKED or not child.alive:
            self._drop(child)
        else:
            self._idle.append(child)

    def _drop(self, child: Child) -> None:
        child.kill()
        self._all.discard(child)


def _end(children: set[Child]) -> None:
    while children:
        children.pop().kill()
