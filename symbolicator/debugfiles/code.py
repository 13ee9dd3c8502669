"""The code of a native file around an address, whatever the container."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

_TOP: Final = (1 << 64) - 1


def code_around(code: Sequence[tuple[int, int, int]], data: memoryview, svma: int, before: int, after: int) -> tuple[bytes, int] | None:
    """See `Container.code_around`. `code` is where the code is, in order: start and end (svma), and the offset in `data`."""
    place = bisect_right(code, (svma, _TOP, 0)) - 1
    if place < 0 or svma > code[place][1]:  # a return address may stand right behind the last call
        return None
    start, end, offset = code[place]
    first = max(start, svma - before)
    return bytes(data[offset + first - start : offset + min(end, svma + after) - start]), svma - first
