"""How long a transfer may take: some seconds, and more for each byte that gets through. Who is slower than that holds others up."""

from __future__ import annotations

import time

from symbolicator.service.limits import MIN_RATE


class Allowance:
    """`seconds` from the beginning, and one more for each `MIN_RATE` bytes, whichever way they go."""

    __slots__ = ("_seconds", "until")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self, seconds: float | None = None) -> None:
        """A transfer begins; it may have other `seconds` than most."""
        self.until = time.monotonic() + (self._seconds if seconds is None else seconds)

    def moved(self, count: int) -> None:
        """So many bytes got through."""
        self.until += count / MIN_RATE

    @property
    def left(self) -> float:
        """Seconds until it is over; not positive where it is."""
        return self.until - time.monotonic()
