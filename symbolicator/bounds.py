"""What one event may cost, and what it has cost so far.

`Bounds` are set once for an engine. While an event is at work its thread has a `Ledger`, which whoever decompresses or compiles asks,
wherever in the house that is (`inflate`, `check`): no room passes numbers on for another. What lies beyond a bound costs itself, as a
problem that names the bound and says how to widen it; the rest of the event is answered. A thread without a ledger has no bounds but
those of the rooms.
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
    """The most that one event may have, or cost; None for no bound. Raises `ConfigError` where one is not positive.

    `frames`: frames looked at, of all stacks together; `images`: images looked at; `path`: characters of a frame's path; `lines`: lines of
    a text looked at; `inflated`: bytes that files decompress to, all together; `seconds`: of the processor, for the whole event.
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
                raise ConfigError(f"bounds.{name} is {value!r}; it has to be positive, or None for no bound")

    def beyond(self, name: str, detail: str) -> Problem:
        """The problem of what lies beyond the bound called `name`."""
        return Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"{detail} (the bound `{name}`, {getattr(self, name):,})", hint=HINT)


SERVICE = Bounds(frames=100_000, images=10_000, path=16_384, lines=1_000_000, seconds=60.0)
"""For events of strangers: ten times what the largest of real events have. What their files decompress to is the service's own limit."""


HINT = (
    "widen the bound where you trust what is sent: --bound NAME=N on the command line, bounds=Bounds(NAME=N) in the library; "
    "--max-inflated N for the files that come with a request"
)


class OutOfTime(BaseException):
    """The event at work has used up its seconds. No `Exception`: nothing is wrong, and it passes all who deal with what is, so that nobody
    takes what was not looked for to be missing, or remembers that. The corridor gives back what there is by then.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Ledger:
    """What one event has cost. For one thread."""

    def __init__(self, bounds: Bounds, of_guests: int | None = None) -> None:
        self.bounds = bounds
        self.guests_only = of_guests is not None
        """Whether only what came with the event is decompressed at its cost, with a bound of its own."""
        self._inflated = bounds.inflated if of_guests is None else of_guests
        self.left = self._inflated
        """Bytes that may still be decompressed; None for any number."""
        self.frames = bounds.frames
        """Frames that may still be looked at; None for any number."""
        self._until = None if bounds.seconds is None else time.thread_time() + bounds.seconds
        self.problems: dict[str, Problem] = {}
        """By the name of each bound that was reached."""

    def inflate(self, size: int) -> None:
        """So much is decompressed, or about to be. Raises `BoundReached`."""
        if self.left is None:
            return
        if size > self.left:
            detail = f"would have {size:,} bytes or more, of {self._inflated:,} that the files of one event may decompress to together"
            self.problems.setdefault(
                "inflated", Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"a file {detail} (the bound `inflated`)", hint=HINT)
            )
            raise BoundReached(f"{detail} (the bound `inflated`)")
        self.left -= size

    def resume(self, before: Ledger) -> None:
        """Go on with what may still be decompressed where `before`, of an attempt at the same event, left off."""
        self.left = before.left
        if "inflated" in before.problems:
            self.problems["inflated"] = before.problems["inflated"]

    def reach(self, name: str, detail: str) -> Problem:
        """The bound called `name` was reached: the problem for the event, and for what lies beyond."""
        return self.problems.setdefault(name, self.bounds.beyond(name, detail))

    @property
    def out_of_time(self) -> bool:
        """Whether the event has used up its seconds."""
        if self._until is None or time.thread_time() < self._until:
            return False
        self.reach("seconds", "not all of the event was looked at: it took too long")
        return True


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def current() -> Ledger | None:
    """The ledger of the event at work in this thread."""
    return _current.get()


@contextmanager
def kept_by(ledger: Ledger | None) -> Iterator[None]:
    """Have what this thread does counted in `ledger`; None counts nothing."""
    before = _current.set(ledger)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def of_our_own() -> Iterator[None]:
    """What is read now is ours, and not what came with the event."""
    ledger = _current.get()
    if ledger is None or not ledger.guests_only:
        yield
        return
    with kept_by(None):
        yield


def inflate(size: int) -> None:
    """As `Ledger.inflate`, for the event at work."""
    ledger = _current.get()
    if ledger is not None:
        ledger.inflate(size)


def room(most: int) -> int:
    """How many of at most so many bytes may be decompressed for the event at work."""
    ledger = _current.get()
    return most if ledger is None or ledger.left is None else min(most, ledger.left)


def check() -> None:
    """Raises `OutOfTime` where the event at work has used up its seconds."""
    ledger = _current.get()
    if ledger is not None and ledger.out_of_time:
        raise OutOfTime(ledger.problems["seconds"])
