"""Source lines around a position: `pre_context`, `context_line`, `post_context`.

Columns are UTF-16 code units, in frames as in maps, so lines are cut in these units too.
"""

from __future__ import annotations

from operator import attrgetter

import msgspec

from symbolicator.model import Event, Frame, SourceText, Stacktrace

WINDOW = 140
"""UTF-16 code units of a long line that are kept around the column."""
SNIP = "{snip}"

_replace = msgspec.structs.replace
_source_text = attrgetter("source_text")


class Shown(msgspec.Struct, frozen=True, gc=False):
    """The text of a frame that has its context already: of all its lines those around the frame's, uncut."""

    line: int
    """The frame's, 0-based."""
    before: tuple[str, ...] = ()
    here: str | None = None
    """None where the text has no such line."""
    after: tuple[str, ...] = ()

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """See `SourceText.context`; None for every other line."""
        if line != self.line or self.here is None:
            return None
        return list(self.before[max(0, len(self.before) - before) :]), self.here, list(self.after[:after])


_SETTLED = frozenset((type(None), Shown))
"""Texts of frames that get no context, or have it."""


def attach(event: Event, lines: int) -> Event:
    """The event with context on every frame whose text is known: `lines` of it on each side."""
    memo: dict[tuple[int, int], tuple[list[str], str, list[str]] | None] = {}

    def read(text: SourceText, line: int) -> tuple[list[str], str, list[str]] | None:
        key = id(text), line
        if key not in memo:
            memo[key] = text.context(line, lines, lines)
        return memo[key]

    def frame_with_context(frame: Frame) -> Frame:
        if frame.source_text is None or frame.lineno is None or frame.lineno < 1:
            return frame
        found = read(frame.source_text, frame.lineno - 1)
        if found is None:
            return frame
        return shown(frame, found, frame.source_text)

    def stack_with_context(stack: Stacktrace) -> Stacktrace:
        if _SETTLED.issuperset(map(type, map(_source_text, stack.frames))):
            return stack
        frames = [frame if type(frame.source_text) in _SETTLED else frame_with_context(frame) for frame in stack.frames]
        return _replace(stack, frames=tuple(frames))

    return event.map_stacktraces(stack_with_context)


def shown(frame: Frame, around: tuple[list[str], str, list[str]], text: SourceText) -> Frame:
    """The frame with its context: the lines of `text` before, at and after its own, each cut if needed."""
    before, line, after = around
    kept, column = cut(line, max((frame.colno or 1) - 1, 0))
    data = frame.data if column is None else {**frame.data, "context_column": column}
    return _replace(
        frame, context_line=kept, data=data, pre_context=_cut_all(before), post_context=_cut_all(after), source_text=text
    )


def cut(line: str, column: int = 0) -> tuple[str, int | None]:
    """`line` in a window of 140 code units around the 0-based `column`, with `{snip}` at cut ends.

    If the line was cut, also the column's position in the result (code units, 0-based); None if the line is whole.

    >>> cut("short", 3)
    ('short', None)
    """
    # A character is one or two units: up to half the window need not be counted.
    if len(line) <= WINDOW // 2 or (len(line) <= WINDOW and (line.isascii() or _units(line) <= WINDOW)):
        return line, None
    # A minified line may be megabytes: if it is all ASCII, as most are, only its window is touched.
    raw = b"" if line.isascii() else line.encode("utf-16-le", "surrogatepass")
    size = len(raw) // 2 or len(line)
    column = min(column, size)
    start = max(0, min(column - WINDOW // 2, size - WINDOW))
    end = min(size, start + WINDOW)
    # A surrogate pair is never split: the window moves by one unit.
    if raw and start and 0xDC <= raw[2 * start + 1] <= 0xDF:
        start += 1
    if raw and end < size and 0xDC <= raw[2 * end + 1] <= 0xDF:
        end -= 1
    head, tail = SNIP if start else "", SNIP if end < size else ""
    kept = raw[2 * start : 2 * end].decode("utf-16-le", "surrogatepass") if raw else line[start:end]
    return f"{head}{kept}{tail}", max(column - start, 0) + len(head)


def _cut_all(lines: list[str]) -> tuple[str, ...]:
    """The lines around the frame's line, each cut at its end if needed; lines that are certainly short are returned unchanged."""
    if max(map(len, lines), default=0) <= WINDOW // 2:
        return tuple(lines)
    return tuple([line if len(line) <= WINDOW // 2 else cut(line)[0] for line in lines])


def _units(text: str) -> int:
    """The number of UTF-16 code units of `text`."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
