r"""Lines of source text. A line ends with \n, \r\n, \r, U+2028 or U+2029 (ECMA-262 LineTerminatorSequence), as engines count them."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Final

from symbolicator.kernels import compiled, vlq
from symbolicator.sourcemaps.lookups import Context

_COMPILED: Final = compiled()
_END: Final = re.compile(rb"\r\n|[\n\r]|\xe2\x80[\xa8\xa9]")
_NO_ROOM: Final = memoryview(bytearray(0)).cast("I")
MAX_LINES: Final = 10_000
"""Of context, each side."""


def line_starts(text: bytes) -> array[int]:
    """The byte offset at which each line of `text` (UTF-8) starts; there is always one line."""
    if not _COMPILED:
        return array("I", [0, *(found.end() for found in _END.finditer(text))])
    starts = array("I", bytes(4 * vlq.line_starts(text, _NO_ROOM, 0)))
    vlq.line_starts(text, memoryview(starts), 0)
    return starts


def digest(text: bytes) -> bytes:
    """The digest by which equal texts are known, 16 bytes."""
    return blake2b(text, digest_size=16).digest()


def context(starts: Sequence[int] | memoryview, end: int, text: Callable[[int, int], bytes], line: int, before: int, after: int) -> Context:
    """The lines around `line`: `starts` of all lines of the text, its `end`, and `text(start, stop)` for some of its bytes."""
    if not 0 <= line < len(starts):
        return [], None, []
    first = max(0, line - min(max(before, 0), MAX_LINES))
    last = min(len(starts), line + 1 + min(max(after, 0), MAX_LINES))
    edges = [*starts[first:last], starts[last] if last < len(starts) else end]
    base = edges[0]
    window = text(base, edges[-1])
    if b"\r" in window or b"\xe2\x80" in window:
        lines = [_trimmed(window[start - base : stop - base]) for start, stop in pairwise(edges)]
    else:  # what nearly all texts are: nothing but \n ends a line
        lines = window.decode("utf-8", "replace").split("\n")[: last - first]
    return lines[: line - first], lines[line - first], lines[line - first + 1 :]


def _trimmed(line: bytes) -> str:
    found = _LAST_END.search(line)
    return (line[: found.start()] if found else line).decode("utf-8", "replace")


_LAST_END: Final = re.compile(rb"(?:\r\n|[\n\r]|\xe2\x80[\xa8\xa9])\Z")
