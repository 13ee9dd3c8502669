"""A stack in a text: a run of frames, and the lines above them."""

from __future__ import annotations

from typing import Any, NamedTuple

from symbolicator.traces.format import Format, Found
from symbolicator.traces.headers import Header

MAX_BETWEEN = 200
"""How many lines may be between two frames of a numbered stack, or of one interrupted by others' lines in a log."""
MAX_MESSAGE_LINES = 100
"""How many lines above the first frame are searched for its header."""


class Lock(NamedTuple):
    """The class of a lock, at `[start, end)` of the plain text of the `line`th line, below a stack's `frame`th frame."""

    frame: int
    line: int
    start: int
    end: int


class Stack:
    """A run of frames, callee first as engines print them, and its header. `lines` are indexes in the list of lines."""

    __slots__ = (
        "family", "formats", "founds", "header", "header_line", "is_outer", "lines", "listed", "locks", "outer", "region", "returning",
        "settled", "thread", "unread", "waiting",
    )  # fmt: skip

    def __init__(self, family: str, region: int) -> None:
        self.family, self.region = family, region
        self.lines: list[int] = []
        self.founds: list[Found] = []
        self.formats: list[Format] = []
        self.locks: list[Lock] = []
        """Java's lines about locks below its frames, in the order of the text."""
        self.unread = 0
        """Lines in it that were too long to be read."""
        self.header: Header | None = None
        self.header_line = -1
        self.thread: dict[str, Any] | None = None
        """Its thread, in the shape of Sentry's event JSON, if the text names it."""
        self.returning = False
        """Whether its first frame's address is a return address too: that of an exception's own stack."""
        self.settled = False
        """Whether a stack above it, or it itself, is what was thrown, so that no thread of the report is."""
        self.waiting: tuple[Header, int, str] | None = None
        """A header above it that belongs to another thread, further down: it, its line, the thread's number."""
        self.outer: tuple[tuple[Header, int, int], ...] = ()
        """In .NET: the exceptions around this stack's, innermost first, whose frames may follow (`dotnet/headers.py`)."""
        self.is_outer = False
        """In .NET: whether the stack before it belongs to the inner exception."""
        self.listed = -1
        """In .NET: the number that an AggregateException gives the exception."""

    @property
    def is_native(self) -> bool:
        """Whether the frames are native."""
        return bool(self.formats) and self.formats[0].platform == "native"

    @property
    def end(self) -> int:
        """The last line of its last frame."""
        return self.lines[-1] + self.founds[-1].lines - 1

    @property
    def is_java(self) -> bool:
        """Whether its first frame is Java's, so that its header is written as in Java."""
        return bool(self.formats) and self.formats[0].name == "java"

    @property
    def is_dotnet(self) -> bool:
        """Whether its first frame is one of .NET's."""
        return bool(self.formats) and self.formats[0].name == "dotnet"

    def add(self, index: int, form: Format, found: Found) -> None:
        """Add a frame."""
        self.lines.append(index)
        self.founds.append(found)
        self.formats.append(form)
