"""Texts of sources: their digests, and the lines around one of theirs. What a line is says `artifacts/lines.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from symbolicator.artifacts.lines import Context, line_starts, lines_of

__all__ = ["MAX_LINES", "Context", "context", "digest", "line_starts", "lines_of"]

MAX_LINES: Final = 10_000
"""Of context, each side."""


def digest(text: bytes) -> bytes:
    """The digest by which equal texts are known, 16 bytes."""
    from hashlib import blake2b  # for compiling only; OpenSSL costs a short run 3 ms

    return blake2b(text, digest_size=16).digest()


def context(starts: Sequence[int] | memoryview, end: int, text: Callable[[int, int], bytes], line: int, before: int, after: int) -> Context:
    """The lines around `line`: `starts` of all lines of the text, its `end`, and `text(start, stop)` for some of its bytes."""
    if not 0 <= line < len(starts):
        return [], None, []
    first = max(0, line - min(max(before, 0), MAX_LINES))
    last = min(len(starts), line + 1 + min(max(after, 0), MAX_LINES))
    edges = starts[first : last + 1]
    stop = edges[last - first] if last < len(starts) else end
    return lines_of(text(edges[0], stop), edges, last - first, line - first)
