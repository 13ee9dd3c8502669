"""A text that is still being written: what of it is complete is handed on, what may belong to an unfinished stack is held.

A stack is complete when enough lines follow it in which nothing of it can stand, or when nothing was added to it for a while. What was
handed on stays known for some lines, for a stack may go on below them, and its header may be there. The pieces that the text comes in do
not decide where it is cut: lines alone do, and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from symbolicator.errors import TraceError
from symbolicator.traces.document import Traces, find_texts
from symbolicator.traces.quiet import AROUND, Marks

TOGETHER: Final = 4_000
"""Lines that are looked through at once, when there are so many."""
HEADED: Final = 20
"""Lines at the end that are held, for they may be the message of an error whose frames come next."""
HELD: Final = 8 << 20
"""Characters that are held at most: a stack that is longer is cut."""
SETTLED: Final = 0.15
"""Seconds without another frame after which a stack is complete."""
PAUSED: Final = 0.05
"""Seconds without any line after which none is held that has no frame."""


class Part(NamedTuple):
    """`text[start:end]` is complete. `traces`: those of `text`, where frames of them are in that part. `readable`: whether there may be
    traces in `text` that name places in the source itself (`readable.py`).
    """

    text: str
    start: int
    end: int
    traces: Traces | None
    readable: bool

    def written(self, event: Mapping[str, Any]) -> str:
        """That part, with the frames of `event`: the event of `traces`, symbolicated. It is not looked at if there are none."""
        return self.text[self.start : self.end] if self.traces is None else self.traces.render(event, self.start, self.end)


class Following:
    """One text. `feed` takes what comes; `parts` gives what is complete."""

    def __init__(self) -> None:
        self._line: list[str] = []
        """The last line, in pieces, until its end comes."""
        self._unended = 0
        """Characters of it."""
        self._pending: list[str] = []
        self._next = TOGETHER
        self._size = 0
        self._before = ""
        """The lines before those."""
        self._fed = 0.0
        self._frame = -1, 0.0
        """The number of lines up to the last frame, of all that came, and when it was first seen to be that."""
        self._count = 0
        """Lines handed on."""

    def wait(self, now: float) -> float | None:
        """Seconds from `now` after which `parts` may have something; None where no line is held."""
        if not self._pending:
            return None
        until = [self._fed + PAUSED, self._frame[1] + SETTLED]
        return max(0.0, min((at for at in until if at > now), default=now + PAUSED) - now)

    def feed(self, text: str, now: float = 0.0) -> list[Part]:
        """Take more of the text, which came at `now` (in seconds); what is complete because of the lines that follow it."""
        self._fed = now
        parts: list[Part] = []
        *lines, last = text.split("\n")
        at = 0
        if lines and self._line:
            parts += self._add(lines[0])
            parts += self._end_line("\n")
            at = 1
        while at < len(lines):
            taken = lines[at : at + max(self._next - len(self._pending), 1)]
            at += len(taken)
            size = sum(map(len, taken)) + len(taken)
            if self._size + size >= HELD:
                for line in taken:
                    parts += self._add(line)
                    parts += self._end_line("\n")
                continue
            self._pending += [line + "\n" for line in taken]
            self._size += size
            parts += self._look()
        parts += self._add(last)
        return parts

    def _add(self, text: str) -> list[Part]:
        """Take more of the last line: one without an end in sight is handed on in pieces."""
        parts: list[Part] = []
        start, room = 0, HELD - self._unended
        while len(text) - start >= room:
            self._line.append(text[start : start + room])
            parts += self._end_line("")
            start, room = start + room, HELD
        if start < len(text):
            self._line.append(text[start:] if start else text)
            self._unended += len(text) - start
        return parts

    def _end_line(self, end: str) -> list[Part]:
        line = "".join((*self._line, end))
        self._line, self._unended = [], 0
        self._pending.append(line)
        self._size += len(line)
        return self._look()

    def _look(self) -> list[Part]:
        """What is complete, if there is enough to look through."""
        if len(self._pending) < self._next and self._size < HELD:
            return []
        parts = self._cut(None)
        self._next = max(TOGETHER, 2 * len(self._pending))  # a long stack is not looked through for each line of it
        return parts

    def parts(self, now: float) -> list[Part]:
        """What is complete because nothing came for a while."""
        return self._cut(now) if self._pending else []

    def rest(self) -> list[Part]:
        """All that is held: the text has ended."""
        if self._line:
            self._pending.append("".join(self._line))
            self._line, self._unended = [], 0
        return self._cut(None, ended=True) if self._pending else []

    def _cut(self, now: float | None, ended: bool = False) -> list[Part]:
        start = len(self._before)
        text = self._before + "".join(self._pending)
        traces: Traces | None = None
        marks = Marks(text)
        if marks.count:
            with suppress(TraceError):
                traces = find_texts(text, marks=marks)
        end = len(text) if ended or self._size >= HELD else self._complete(text, start, traces, now)
        if end <= start:
            return []
        found = traces is not None and any(begin < end and start < stop for begin, stop in traces.extents)
        self._count += text.count("\n", start, end)
        kept = max(_last_lines(text, end, AROUND), end - HELD)
        self._before = text[kept:end]
        self._pending = _lines(text[end:])
        self._size = len(text) - end
        return [Part(text, start, end, traces if found else None, marks.readable)]

    def _complete(self, text: str, start: int, traces: Traces | None, now: float | None) -> int:
        """Where what is complete ends."""
        end = len(text)
        paused = now is not None and now - self._fed >= PAUSED
        if not paused:
            end = max(start, _last_lines(text, end, HEADED))
        extents = [] if traces is None else traces.extents
        if extents:
            last = max(stop for _, stop in extents)
            number = self._count + text.count("\n", start, last) if last > start else self._frame[0]
            if number != self._frame[0]:
                self._frame = number, self._fed
            settled = now is not None and now - self._frame[1] >= SETTLED
            if settled:
                end = max(end, last)
            else:
                reach = _last_lines(text, len(text), AROUND)
                held = [begin for begin, stop in extents if stop > reach]
                end = min(held) if held else end
        return max(end, start)


def _last_lines(text: str, end: int, count: int) -> int:
    """Where the last `count` lines before `end` begin."""
    at = end - 1 if end and text[end - 1] == "\n" else end
    for _ in range(count):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0
    return at + 1


def _lines(text: str) -> list[str]:
    r"""The lines with their ends; only `\n` ends one."""
    *lines, last = text.split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])
