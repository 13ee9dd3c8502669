"""The code of a native file around an address, for any container."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from symbolicator.debugfiles.container import Container

_TOP: Final = (1 << 64) - 1


def code_around(container: Container, svma: int, before: int, after: int) -> tuple[bytes, int] | None:
    """Machine code from `before` bytes before an address to `after` bytes from it on, and the address's index in it.

    Cut at the start and end of the code; None if the address is not in code, or the code is not in this file.
    """
    code, data = container.code_at, container.whole
    place = bisect_right(code, (svma, _TOP, 0)) - 1
    if place < 0 or svma > code[place][1]:  # a return address may be right after the last call
        return None
    start, end, offset = code[place]
    first = max(start, svma - before)
    return bytes(data[offset + first - start : offset + min(end, svma + after) - start]), svma - first
