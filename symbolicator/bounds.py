"""Limits on what one event may cost, and what it has cost so far.

`Bounds` are set once for an engine. While an event is processed, its thread has a `Ledger`. Whatever decompresses or compiles checks it
directly (`inflate`, `check`), so no room has to pass numbers on to another. The parts of an event that exceed a bound get a problem that
names the bound and how to raise it; the rest is symbolicated. A thread without a ledger has only the rooms' own limits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from symbolicator.errors import BoundReached, ConfigError
from symbolicator.problems import Problem, ProblemType


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits for one event; None is no limit. Raises `ConfigError` if one is not positive.

    `frames`: frames processed, of all stacks together; `images`: images processed; `path`: characters of a frame's path; `lines`: lines of
    a text that are read; `inflated`: bytes that all files together decompress to; `seconds`: CPU time for the whole event.
    """

    frames: int | None = None
    images: int | None = 100_000
    path: int | None = 65_536
    lines: int | None = None
    inflated: int | None = 16 << 30
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
                raise ConfigError(f"bounds.{name} is {value!r}; it must be positive, or None for no limit")

    def beyond(self, name: str, detail: str) -> Problem:
        """The problem of what exceeds the bound called `name`."""
        return Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"{detail} (the bound `{name}`, {getattr(self, name):,})", hint=HINT)


SERVICE = Bounds(frames=100_000, images=10_000, path=16_384, lines=1_000_000, seconds=60.0)
"""For events from strangers: ten times the largest real events. The service has its own limit for decompressed files."""


HINT = (
    "if you trust the input, raise the bound: --bound NAME=N on the command line, bounds=Bounds(NAME=N) in the library; "
    "--max-inflated N for the files that come with a request"
)


class OutOfTime(BaseException):
    """The event has used up its seconds. Not an `Exception`, so that no handler of ordinary errors catches it and takes files that were not
    looked up for missing, or remembers that. The pipeline catches it and returns what it has.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Ledger:
    """What one event has cost so far. Used by one thread."""

    def __init__(self, bounds: Bounds, of_guests: int | None = None) -> None:
        self.bounds = bounds
        self.guests_only = of_guests is not None
        """Whether only files that came with the event are counted, against a bound of their own."""
        self._inflated = bounds.inflated if of_guests is None else of_guests
        self.left = self._inflated
        """Bytes that may still be decompressed; None is no limit."""
        self.frames = bounds.frames
        """Frames that may still be processed; None is no limit."""
        self._until = None if bounds.seconds is None else time.thread_time() + bounds.seconds
        self.problems: dict[str, Problem] = {}
        """The problem of each bound that was reached, by the bound's name."""

    def inflate(self, size: int) -> None:
        """Count bytes that are or will be decompressed. Raises `BoundReached`."""
        if self.left is None:
            return
        if size > self.left:
            detail = f"would have {size:,} bytes or more; the files of one event may decompress to {self._inflated:,} together"
            self.problems.setdefault(
                "inflated", Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"a file {detail} (the bound `inflated`)", hint=HINT)
            )
            raise BoundReached(f"{detail} (the bound `inflated`)")
        self.left -= size

    def resume(self, before: Ledger) -> None:
        """Continue with the decompression budget that `before`, of an earlier attempt at the same event, has left."""
        self.left = before.left
        if "inflated" in before.problems:
            self.problems["inflated"] = before.problems["inflated"]

    def reach(self, name: str, detail: str) -> Problem:
        """Note that the bound called `name` was reached; returns the problem for the event and for what exceeds the bound."""
        return self.problems.setdefault(name, self.bounds.beyond(name, detail))

    @property
    def out_of_time(self) -> bool:
        """Whether the event has used up its seconds."""
        if self._until is None or time.thread_time() < self._until:
            return False
        self.reach("seconds", "part of the event was skipped: it took too long")
        return True


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def current() -> Ledger | None:
    """The ledger of the event that this thread processes."""
    return _current.get()


@contextmanager
def kept_by(ledger: Ledger | None) -> Iterator[None]:
    """Count what this thread does in `ledger`; None counts nothing."""
    before = _current.set(ledger)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def of_our_own() -> Iterator[None]:
    """While this is active, the thread reads the engine's own files, not those that came with the event."""
    ledger = _current.get()
    if ledger is None or not ledger.guests_only:
        yield
        return
    with kept_by(None):
        yield


def inflate(size: int) -> None:
    """As `Ledger.inflate`, for the current event."""
    ledger = _current.get()
    if ledger is not None:
        ledger.inflate(size)


def room(most: int) -> int:
    """How many of at most so many bytes may be decompressed for the current event."""
    ledger = _current.get()
    return most if ledger is None or ledger.left is None else min(most, ledger.left)


def check() -> None:
    """Raises `OutOfTime` if the current event has used up its seconds."""
    ledger = _current.get()
    if ledger is not None and ledger.out_of_time:
        raise OutOfTime(ledger.problems["seconds"])
