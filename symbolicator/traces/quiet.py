"""The parts of a long text in which no stack is: each becomes one line, because a log is mostly that, and an object for each of its lines
takes a hundred times the text.

The lines that may be frames are marked by `kernels/frame_marks.py`. Around them is read what is near; where that is a stack, `AROUND` lines
on either side of it stay lines of their own, for no search around a frame goes further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from symbolicator.traces.lines import Quiet
from symbolicator.traces.stack import Stack
from symbolicator.traces.unfold import is_page

AROUND: Final = 300
"""Lines; more than any reader searches up or down (`MAX_BETWEEN` and `MAX_MESSAGE_LINES` of `stack.py`, `MAX_BETWEEN` of `java/chain.py`).
"""
LONG: Final = 50_000
"""Characters of a text whose lines are marked."""
NEAR: Final = 48
"""Lines around marked ones that are read with them: a frame may take several, another line may show what a logger's prefix is, or that
registers are of a fault (40 lines, `native/registers.py`)."""


class Marks:
    """The lines of a text that may be frames: for each a 1 in `flags`; there are `count`. `readable` is False if no trace in the text names
    places in the source itself (`readable.py`), `page` says whether it is HTML.
    """

    def __init__(self, text: str) -> None:
        from symbolicator.kernels import frame_marks  # for long texts only
        from symbolicator.kernels.mark_numbers import CALLED, LINED, MARKED, READABLE

        self.page = is_page(text)
        self._data = (text if text.endswith("\n") else text + "\n").encode("utf-8", "surrogatepass")
        self._as_characters = text.isascii()  # else the positions of bytes are others than those of characters
        flags = bytearray(self._data.count(b"\n"))
        kinds = frame_marks.mark(self._data, frame_marks.TABLE, self.page, memoryview(flags))
        lined = bytes([LINED])
        self.flags = flags.replace(lined, bytes([MARKED if kinds & CALLED else 0])) if lined in flags else flags
        self.count = self.flags.count(MARKED)
        self.readable = bool(kinds & READABLE)

    def near_each_other(self) -> Iterator[tuple[int, int]]:
        """The first and the last line of each group of marked lines that have no more than two times `NEAR` others between them."""
        first = last = self.flags.find(1)
        while first >= 0:
            found = self.flags.find(1, last + 1)
            if found < 0 or found - last > 2 * NEAR + 1:
                yield first, last
                first = found
            last = found

    def starts(self, numbers: Sequence[int]) -> list[int]:
        """Where in the text the lines with these numbers begin, in ascending order."""
        from array import array  # for long texts with marks only

        from symbolicator.debugfiles.table.buffers import zeros
        from symbolicator.kernels import frame_marks

        found = zeros("Q", len(numbers))
        frame_marks.line_starts(self._data, memoryview(array("Q", numbers)), found)
        if self._as_characters:
            return found.tolist()
        starts: list[int] = []
        place = position = 0
        for start in found.tolist():
            position += len(self._data[place:start].decode("utf-8", "surrogatepass"))
            place = start
            starts.append(position)
        return starts


def mark_lines(text: str) -> Marks | None:
    """The marks of a long text, None for a short one."""
    return None if len(text) < LONG else Marks(text)


def quiet_runs(text: str, marks: Marks, search: Callable[[str], Sequence[Stack]]) -> list[Quiet]:
    """The runs of a long text, in order. `search` gives the stacks of a part. There is none if one of the stacks is native: any line may
    say where a module was loaded.
    """
    if len(text) < LONG:
        return []
    groups = list(marks.near_each_other())
    total = len(marks.flags)
    if sum(last - first + 2 * NEAR for first, last in groups) > total // 2:  # nearly all of it would be read two times
        return []
    wanted = [line for first, last in groups for line in (max(first - NEAR, 0), min(last + NEAR + 1, total))]
    starts = marks.starts(sorted(wanted))
    kept: list[tuple[int, int]] = []
    for (first, last), start, stop in zip(groups, starts[::2], starts[1::2], strict=True):
        stacks = search(text[start:stop])
        if any(stack.is_native for stack in stacks):
            return []
        if stacks:
            kept.append((max(first - AROUND, 0), min(last + AROUND + 1, total)))
    runs: list[tuple[int, int]] = []
    at = 0
    for first, stop in (*kept, (total, total)):
        if first > at:
            runs.append((at, first))
        at = max(at, stop)
    places = marks.starts([line for run in runs for line in run])
    size = len(text)
    return [
        Quiet(start, min(stop, size), last - first)
        for (first, last), start, stop in zip(runs, places[::2], places[1::2], strict=True)
    ]
