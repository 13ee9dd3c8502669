r"""Lines of text. A line ends with \n, \r\n, \r, U+2028 or U+2029 (ECMA-262 §12.3 LineTerminatorSequence), as engines count them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Final

from symbolicator.kernels import compiled, vlq
from symbolicator.patterns import regex

Context = tuple[list[str], str | None, list[str]]
"""Lines before, the line, lines after; without their line ends. None where the text has no such line."""

MAX_LINES: Final = 10_000
"""Of context, each side."""
_COMPILED: Final = compiled()
_END: Final = regex(rb"\r\n|[\n\r]|\xe2\x80[\xa8\xa9]")
_LAST_END: Final = regex(rb"(?:\r\n|[\n\r]|\xe2\x80[\xa8\xa9])\Z")
_NO_ROOM: Final = memoryview(bytearray(0)).cast("I")


def line_starts(text: bytes | memoryview) -> array[int]:
    """The byte offset at which each line of `text` (UTF-8) starts; there is always one line."""
    if not _COMPILED:
        return array("I", [0, *(found.end() for found in _END.finditer(text))])
    starts = array("I", bytes(4 * vlq.line_starts(text, _NO_ROOM, 0)))
    vlq.line_starts(text, memoryview(starts), 0)
    return starts


def context(starts: Sequence[int] | memoryview, end: int, text: Callable[[int, int], bytes], line: int, before: int, after: int) -> Context:
    """The lines around the 0-based `line`: `starts` of all lines of the text, its `end`, and `text(start, stop)` for some of its bytes."""
    if not 0 <= line < len(starts):
        return [], None, []
    first = max(0, line - min(max(before, 0), MAX_LINES))
    last = min(len(starts), line + 1 + min(max(after, 0), MAX_LINES))
    edges = starts[first : last + 1]
    stop = edges[last - first] if last < len(starts) else end
    return lines_of(text(edges[0], stop), edges, last - first, line - first)


def lines_of(window: bytes, edges: Sequence[int] | memoryview, count: int, at: int) -> Context:
    """The `count` lines in `window`, split at `at`; `edges` are where they start, in any text that `window` is cut from."""
    if b"\r" in window or b"\xe2\x80" in window:
        base = edges[0]
        stops = [*edges[1:count], base + len(window)] if len(edges) == count else edges[1 : count + 1]
        lines = [_trimmed(window[start - base : stop - base]) for start, stop in zip(edges[:count], stops, strict=True)]
    else:  # what nearly all texts are: nothing but \n ends a line
        lines = window.decode("utf-8", "replace").split("\n")
    return lines[:at], lines[at], lines[at + 1 : count]


def _trimmed(line: bytes) -> str:
    found = _LAST_END.search(line)
    return (line[: found.start()] if found else line).decode("utf-8", "replace")
