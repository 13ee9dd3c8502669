"""The interface of a trace format: reading and writing one line.

A format is a module with a `FORMAT` in it; `formats.py` lists them in order. It sees one line at a time and knows nothing of
blocks, messages and chains (`scan.py`), of prefixes and colours (`lines.py`), or of events (`document.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from symbolicator.traces.javascript.positions import Frame

if TYPE_CHECKING:
    from symbolicator.debugfiles.load_bias import Mapping as Mapped


class Found(msgspec.Struct, frozen=True):
    """A frame that was read, at `[start, end)` of the line's plain text."""

    frame: Frame
    start: int
    end: int
    strong: bool = True
    """Whether the line is certainly a frame. A weak one (`at div`, `inner@`) counts only beside strong ones."""
    number: int | None = None
    """The frame's number in the text, from 0 at the callee; None if frames are not numbered. 0 always opens a stack."""
    lines: int = 1
    """Lines that the frame takes: `end` is in the last of them."""
    where: Where | None = None
    """What a native frame's text says about its address."""


class Source(msgspec.Struct, frozen=True):
    """Where a raw frame was read: a line of the text (from 1), the characters `[start, end)` of the text, the format's name."""

    line: int
    start: int
    end: int
    format: str


def read_nothing(plain: str) -> Found | None:
    """`Format.read` for a format whose frames all need the line below."""
    return None


class Where(msgspec.Struct, frozen=True):
    """A native frame's address as in the text; its image is found when the whole text has been read (`native/images.py`)."""

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
    """The mapping of the module that contains the address; if one starts at 0, `offset` counts from it."""
    exact: bool | None = None
    """Whether the address is the instruction to look up; None to let the transformer decide (the first frame is, callers are not)."""
    image: Mapping[str, Any] | None = None
    """The image for the event, if the format knows it; `offset` counts in it."""


class Format(msgspec.Struct, frozen=True):
    """One way of writing frames."""

    name: str
    family: str
    """Formats of one family may share a stack: V8's and Hermes' lines do, V8's and SpiderMonkey's never."""
    platform: str
    marker: str
    """Text that every line of this format contains: a cheap test before `read`."""
    read: Callable[[str], Found | None]
    """The frame in a line's plain text, None if it is not one. Linear in the line; never raises."""
    write: Callable[[Mapping[str, Any], Mapping[str, Any]], str]
    """The text of a frame (its first argument) where `read` found the second one."""
    read_pair: Callable[[str, str], Found | None] | None = None
    """Called first if a frame may take two lines: the frame in a line and the one below it, None if the first is not a frame."""
    write_all: Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any]], str] | None = None
    """The text of all functions that one frame became, innermost first; if None, each gets its own line."""
    numbering: str = ""
    """How a numbered frame's text begins, as a format of the number (`#{:<3d}`): `write` omits it."""
    may_end: Callable[[str], bool] | None = None
    """Whether such a frame may end where the line does, wherever it begins: a cheap test of a necessary condition, for formats whose marker
    is in most lines of a log.
    """
    again: tuple[str, str] = ("", "")
    """The part of a line's head that changes from the second line on, when the frame became several."""
