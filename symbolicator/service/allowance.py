"""How long a transfer may take: some seconds, and more for each byte transferred. Slower clients would block others."""

from __future__ import annotations

import time

from symbolicator.service.limits import MIN_RATE


class Allowance:
    """`seconds` from the start, plus one for each `MIN_RATE` bytes in either direction."""

    __slots__ = ("_seconds", "until")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self, seconds: float | None = None) -> None:
        """Start a transfer; it may have other `seconds` than usual."""
        self.until = time.monotonic() + (self._seconds if seconds is None else seconds)

    def moved(self, count: int) -> None:
        """Count transferred bytes."""
        self.until += count / MIN_RATE

    @property
    def left(self) -> float:
        """Seconds left; zero or negative when time is over."""
        return self.until - time.monotonic()
