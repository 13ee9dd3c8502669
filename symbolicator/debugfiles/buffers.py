"""Zeroed buffers for the kernels, and the tables of small numbers that they fill."""

from __future__ import annotations

import mmap
from array import array
from typing import Final

NONE: Final = 0xFFFFFFFF
_MAPPED_FROM: Final = 1 << 20
"""Bytes from which on a buffer is memory of its own: room that is not used takes none, and what is let go is given back."""
_PRIVATE: Final[int | None] = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS if hasattr(mmap, "MAP_ANONYMOUS") else None
_WIDTHS: Final = {"B": 1, "I": 4, "Q": 8, "q": 8}


def zeros(code: str, count: int) -> memoryview:
    """`count` zeros of a typecode: B, I, Q or q."""
    size = _WIDTHS[code] * max(count, 1)
    buffer = memoryview(bytearray(size) if size < _MAPPED_FROM or _PRIVATE is None else mmap.mmap(-1, size, flags=_PRIVATE))
    return buffer.cast(code)[:count]  # type: ignore[call-overload,no-any-return]


def filled(code: str, count: int, value: int) -> memoryview:
    """`count` times `value`."""
    return memoryview(array(code, [value]) * count)


def grown(old: memoryview, count: int) -> memoryview:
    """A buffer of `count` items that begins with those of `old`."""
    new = zeros(old.format, count)
    new[: len(old)] = old
    return new


def power_of_two(count: int) -> int:
    """The least power of two that is more than twice `count`: a hash table's size."""
    return 1 << (2 * count + 2).bit_length()
