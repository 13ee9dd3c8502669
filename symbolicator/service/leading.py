"""Which thread goes round the loop: one leads, and answers what it finds there itself.

To hand each request to another thread and take it back costs more than most requests do, because the threads then wait for each other's
turn at the interpreter. So the leader goes aside for a request, and comes back to the loop. One of the others, the followers, looks now and
then whether it is still at the same request. If so, that follower leads from then on, and the next one looks: clients are heard all the
while, whatever a request costs; and as long as all are quick, nobody else runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from symbolicator.log import log_of

_TICK = 0.02
"""Seconds between two looks: a leader may be at a request for one to two of them."""


class Lead:
    """The right to go round the loop, for at most `most` threads. Made by the one that has it first; the others are started as needed.

    `go_round` goes round the loop once and says whether its thread still leads; `wake` ends its waiting.
    """

    def __init__(self, most: int, go_round: Callable[[], bool], wake: Callable[[], None]) -> None:
        self._most, self._go_round, self._wake = most, go_round, wake
        self._loop = threading.Lock()  # held by the leader, except while it is aside
        self._loop.acquire()
        self._aside = 0  # how often a leader went aside; changed by who holds the loop, as are the next two
        self._started = self._taken = 1  # threads there are, and those that lead or are still at a request
        self._wanted = False  # whether the first thread waits for the loop
        self._watch = threading.Lock()  # held by the follower that looks
        self._soon = threading.Event()  # the leader is at something that takes long
        self._called = threading.Event()  # it went aside since that follower came to rest

    @property
    def spare(self) -> bool:
        """Whether the leader may go aside: there is a follower to take the loop. Asked by the leader."""
        return self._taken < self._most

    def aside(self, work: Callable[[], None], long: bool = False) -> bool:
        """Do `work`, which raises nothing; another thread leads at once if it is known to take `long`.

        Returns whether this one still leads.
        """
        self._aside = mine = self._aside + 1
        if self._taken >= self._started:
            self._started += 1
            threading.Thread(target=self._follow, name=f"follower-{self._started}", daemon=True).start()
        if not self._called.is_set():
            self._called.set()
        self._loop.release()
        if long:
            self._soon.set()
        work()
        return self._aside == mine and self._loop.acquire(blocking=False)

    def returned(self) -> None:
        """A thread that lost the lead by going aside is free again. Called by the leader."""
        self._taken -= 1

    def take_back(self) -> None:
        """For the first thread, which lost the lead: wait for it."""
        self._wanted = True
        self._wake()
        self._loop.acquire()
        self._wanted = False
        self._taken += 1

    def _follow(self) -> None:
        while True:
            with self._watch:
                self._look()
            self._taken += 1
            try:
                while leads := self._go_round():
                    if self._wanted:
                        break
            except Exception:  # noqa: BLE001 - without this thread, long requests would stop the others
                log_of(__name__).exception("a bug of ours in the loop")
                leads = True
            if leads:
                self._taken -= 1
                self._loop.release()

    def _look(self) -> None:
        """Wait until the leader is at a request for long; then this thread has the loop."""
        while True:
            seen = self._aside
            long = self._soon.wait(_TICK)
            self._soon.clear()
            if (long or seen == self._aside) and self._loop.acquire(blocking=False):
                return
            if seen == self._aside:  # it waits in the loop for who may come, and this thread for it
                self._called.clear()
                if seen == self._aside:
                    self._called.wait()
