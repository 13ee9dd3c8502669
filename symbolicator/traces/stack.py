"""A stack as it stands in a text: a run of frames, and what stands above them."""

from __future__ import annotations

from typing import Any, NamedTuple

from symbolicator.traces.format import Format, Found
from symbolicator.traces.headers import Header

MAX_BETWEEN = 200
"""Lines between two frames of a numbered stack, or of one that others' lines interrupt in a log."""
MAX_MESSAGE_LINES = 100
"""Lines above the first frame in which its header is looked for."""


class Lock(NamedTuple):
    """The class of a lock, at `[start, end)` of the plain text of the `line`th line, below a stack's `frame`th frame."""

    frame: int
    line: int
    start: int
    end: int


class Stack:
    """A run of frames, callee first as engines print them, and its header. `lines` are places in the list of lines."""

    __slots__ = (
        "family", "formats", "founds", "header", "header_line", "lines", "locks", "region", "returning", "settled", "thread", "unread",
        "waiting",
    )  # fmt: skip

    def __init__(self, family: str, region: int) -> None:
        self.family, self.region = family, region
        self.lines: list[int] = []
        self.founds: list[Found] = []
        self.formats: list[Format] = []
        self.locks: list[Lock] = []
        """What Java says of locks below its frames, in the order of the text."""
        self.unread = 0
        """Lines in it that were too long to be read."""
        self.header: Header | None = None
        self.header_line = -1
        self.thread: dict[str, Any] | None = None
        """The thread whose stack it is, in the shape of Sentry's event JSON, where the text says so."""
        self.returning = False
        """Whether its first frame's address is a return address, too: that of an exception's own stack."""
        self.settled = False
        """Whether a stack above it, or it itself, is what was thrown, so that no thread of the report is."""
        self.waiting: tuple[Header, int, str] | None = None
        """A header above it that is of another thread, further down: it, its line, the thread's number."""

    @property
    def is_native(self) -> bool:
        """Whether the frames are native code's."""
        return bool(self.formats) and self.formats[0].platform == "native"

    @property
    def end(self) -> int:
        """The last line of its last frame."""
        return self.lines[-1] + self.founds[-1].lines - 1

    @property
    def is_java(self) -> bool:
        """Whether its first frame is one of Java's, and its header therefore written as Java does."""
        return bool(self.formats) and self.formats[0].name == "java"

    def add(self, index: int, form: Format, found: Found) -> None:
        """One more frame."""
        self.lines.append(index)
        self.founds.append(found)
        self.formats.append(form)
