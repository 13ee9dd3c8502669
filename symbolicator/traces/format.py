"""What a trace format is: how one of its lines is read, and how one is written.

A format is a module with a `FORMAT` in it; `formats.py` lists them in order. It sees one line at a time and knows nothing of
blocks, messages and chains (`scan.py`), of prefixes and colours (`lines.py`), or of events (`document.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from symbolicator.traces.positions import Frame


class Found(NamedTuple):
    """A frame that was read: it stands at `[start, end)` of the line's plain text."""

    frame: Frame
    start: int
    end: int
    strong: bool = True
    """Whether the line is a frame wherever it stands. A weak one (`at div`, `inner@`) is one only beside strong ones."""


class Format(NamedTuple):
    """One way of writing frames."""

    name: str
    family: str
    """Formats of one family may share a stack: V8's and Hermes' lines do, V8's and SpiderMonkey's never."""
    platform: str
    marker: str
    """What every line of this format holds: a cheap test before `read`."""
    read: Callable[[str], Found | None]
    """The frame of a line's plain text, None where it is none. Takes time linear in the line; never raises."""
    write: Callable[[Mapping[str, Any], Mapping[str, Any]], str]
    """The text of a frame (its first argument) where `read` found the second one."""
