"""What a trace format is: how one of its lines is read, and how one is written.

A format is a module with a `FORMAT` in it; `formats.py` lists them in order. It sees one line at a time and knows nothing of
blocks, messages and chains (`scan.py`), of prefixes and colours (`lines.py`), or of events (`document.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from symbolicator.debugfiles.load_bias import Mapping as Mapped
from symbolicator.traces.javascript.positions import Frame


class Found(msgspec.Struct, frozen=True):
    """A frame that was read: it stands at `[start, end)` of the line's plain text."""

    frame: Frame
    start: int
    end: int
    strong: bool = True
    """Whether the line is a frame wherever it stands. A weak one (`at div`, `inner@`) is one only beside strong ones."""
    number: int | None = None
    """The number that the text gives the frame, from 0 at the callee; None where it numbers none. 0 always opens a stack."""
    lines: int = 1
    """Lines that the frame takes: `end` is in the last of them."""
    where: Where | None = None
    """What a native frame's text says of its address."""


def read_nothing(plain: str) -> Found | None:
    """`Format.read` of a format whose frames all take a look at the line below."""
    return None


class Where(msgspec.Struct, frozen=True):
    """A native frame's address as the text has it; which image it lies in is found when all of the text was read (`native/images.py`)."""

    address: int | None = None
    """In the process."""
    module: str | None = None
    """The image's file."""
    offset: int | None = None
    """In the module, from what `origin` says."""
    origin: str = "start"
    """`start`: where the module's first byte was mapped; `bias`: what was added to its file's addresses; `file`: the file's first byte;
    `perf`: the file's first byte or the bias, whichever this perf prints."""
    build_id: str | None = None
    mapping: Mapped | None = None
    """The mapping of the module that holds the address; one that starts at 0 is what `offset` counts from."""
    exact: bool | None = None
    """Whether the address is the instruction to look up; None where the transformer's rules tell (the first frame is, callers are not)."""
    image: Mapping[str, Any] | None = None
    """The image as the event is to have it, where the format knows; `offset` counts in it."""


class Format(msgspec.Struct, frozen=True):
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
    read_pair: Callable[[str, str], Found | None] | None = None
    """Asked first where a frame may take two lines: the frame of a line and of the one below it, None where the first is none."""
    write_all: Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any]], str] | None = None
    """The text of all functions that one frame came back as, innermost first; where None, each has a line of its own."""
    numbering: str = ""
    """How a numbered frame's text begins, as a format of the number (`#{:<3d}`): `write` leaves that out."""
    again: tuple[str, str] = ("", "")
    """What in the head of a frame's line is written otherwise when the frame came back as several, from the second one on."""
