"""The exceptions that pass between rooms, and to callers.

::

    SymbolicatorError
    ├── ConfigError            the set-up is wrong: an unknown transformer, an unreadable folder; says what to try
    ├── MalformedArtifact      a file no room can read; carries the reason and where in the file
    │   ├── LimitExceeded      a file that would cost more than a bound allows (size, depth, ratio, time)
    │   │   └── BoundReached   … more than is left for this event: says nothing of the file, and is never remembered
    │   └── Unreadable         a file that cannot be had just now: no right to read it, gone, rewritten meanwhile; never remembered
    └── TraceError             a text that holds no frames where frames were asked for
        └── ReportError        … for it is a report of another kind, which the message names

What is wrong with the *data* of an event is never an exception: it is a `Problem` on the frame or image
(`problems.py`). Room exceptions are caught once, at the desk (`lookup.py`), and become Problems there.
"""

from __future__ import annotations


class SymbolicatorError(Exception):
    """The root of every exception that is ours."""


class ConfigError(SymbolicatorError):
    """The set-up is wrong. `hint` says what to try; the command line exits with 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class MalformedArtifact(SymbolicatorError):
    """A file that no room can read.

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
    """Reading the file would cost more than a bound allows; the reason names the bound."""


class BoundReached(LimitExceeded):
    """The event at work has used up a bound (`bounds.py`), so that nothing is known of the file."""


class Unreadable(MalformedArtifact):
    """A file that cannot be had just now: forbidden, gone, rewritten while it was read, an error of the disk. Nothing is known of what
    is in it, so this is never remembered.
    """


class TraceError(SymbolicatorError):
    """A text in which no stack frame of any known format was found."""


class ReportError(TraceError):
    """A report of which it is known what it is, and that it holds no stack that can be read."""
