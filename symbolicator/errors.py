"""The exceptions raised between rooms, and to callers.

::

    SymbolicatorError
    ├── ConfigError            wrong settings: an unknown transformer, an unreadable folder; says what to try
    ├── MalformedArtifact      a file that cannot be read; has the reason and the place in the file
    │   ├── LimitExceeded      reading the file would exceed a limit (size, depth, ratio, time)
    │   │   └── BoundReached   … exceeds what is left for this event: says nothing about the file, and is never remembered
    │   └── Unreadable         a file that is not available now: no permission, deleted, being rewritten; never remembered
    ├── NotStored              a file that a store does not take
    │   └── StoreFull          … because there is no room for it
    └── TraceError             a text without frames where frames were expected
        ├── ReportError        … because it is a report of another kind, which the message names
        └── NothingToDo        … because its language names files and lines of the source itself

Errors in an event's *data* never raise: they become a `Problem` on the frame or image
(`problems.py`). The rooms' exceptions are caught once, in `lookup.py`, and become problems there.
"""

from __future__ import annotations


class SymbolicatorError(Exception):
    """The base class of all our exceptions."""


class ConfigError(SymbolicatorError):
    """Wrong settings. `hint` says what to try; the command line exits with 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class MalformedArtifact(SymbolicatorError):
    """A file that cannot be read.

    `reason` is a sentence with the numbers in it; `offset` is in bytes from the file's start, where known;
    `artifact` names the file, where the raiser knows its name.
    """

    def __init__(self, reason: str, offset: int | None = None, artifact: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.artifact = artifact

    def __str__(self) -> str:
        at = "" if self.offset is None else f" (at byte {self.offset})"
        of = "" if self.artifact is None else f"{self.artifact}: "
        return f"{of}{self.reason}{at}"


class LimitExceeded(MalformedArtifact):
    """Reading the file would cost more than a limit allows; the reason names the limit."""


class BoundReached(LimitExceeded):
    """The current event has used up a bound (`bounds.py`), so the file was not read."""


class Unreadable(MalformedArtifact):
    """A file that is not available now: forbidden, deleted, rewritten while it was read, a disk error. Its content is unknown, so this is
    never remembered.
    """


class NotStored(SymbolicatorError):
    """A file that a store does not take: what is wrong with it. `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StoreFull(NotStored):
    """There is no room for a file: the disk is full, or the store has reached its limit."""


class TraceError(SymbolicatorError):
    """A text in which no stack frame of any known format was found."""


class ReportError(TraceError):
    """A report of a known kind that has no readable stack."""


class NothingToDo(TraceError):
    """A trace of a language whose runtime prints places in the source (Python, Ruby, PHP …): it is not read; nothing is missing in it."""
