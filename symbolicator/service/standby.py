"""Who runs a loop while its own thread answers a request that takes long.

Handing each request to another thread and taking it back costs more than reading most of them does. So the loop's thread answers them
itself, and this one looks, every few milliseconds while there is something to do, whether it is still at the same one. Then it takes the
loop, and gives it back when the other is done: clients are heard all the while, whatever one event costs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from symbolicator.log import log_of

_TICK = 0.005
"""Seconds after which it looks again: a request has one to two of these before the loop is taken over."""
_QUIET = 20
"""Ticks without a request after which it waits to be called."""


class Standby:
    """A lock for the loop, which its own thread holds but for the time within `with standby:`, and a thread that takes it then.

    `cover` goes round the loop once; `wake` ends that where it waits.
    """

    def __init__(self, cover: Callable[[], None], wake: Callable[[], None]) -> None:
        self._cover, self._wake = cover, wake
        self._loop = threading.Lock()
        self._loop.acquire()
        self._turn = 0  # odd within a request
        self._wanted = False
        self._called = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="standby", daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether the loop's own thread is at a request."""
        return bool(self._turn % 2)

    def __enter__(self) -> None:
        self._turn += 1
        if not self._called.is_set():
            self._called.set()
        self._loop.release()

    def __exit__(self, *_: object) -> None:
        self._turn += 1
        if not self._loop.acquire(blocking=False):
            self._wanted = True
            self._wake()
            self._loop.acquire()
            self._wanted = False

    def _run(self) -> None:
        seen = quiet = 0
        while True:
            self._called.wait()
            time.sleep(_TICK)
            turn = self._turn
            if turn != seen:
                seen, quiet = turn, 0
            elif not turn % 2:
                quiet += 1
                if quiet > _QUIET:
                    self._called.clear()
                    quiet = 0
                    if self._turn != seen:  # it came between
                        self._called.set()
            elif self._loop.acquire(blocking=False):
                try:
                    while self.busy and not self._wanted:
                        self._cover()
                except Exception:  # noqa: BLE001 - logged; without this thread, a long request would stop the others
                    log_of(__name__).exception("a bug of ours in the loop")
                finally:
                    self._loop.release()
