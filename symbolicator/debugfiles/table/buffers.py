"""Zeroed buffers for the kernels, and the hash tables that they fill."""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final

NONE: Final = 0xFFFFFFFF
_MAPPED_FROM: Final = 1 << 18
"""Buffers from this size on are mapped memory: unused pages take no memory, and freed buffers are returned to the system."""
_MOST_SPARE: Final = 16 << 20
"""Bytes that a pool keeps, at most."""
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


def sweep_room(count: int, take: Callable[[str, int], memoryview] = zeros) -> tuple[memoryview, ...]:
    """What `native_layers.Sweep` needs for so many intervals or chunks, in its order; `take` gives room."""
    return take("I", count), take("I", count), take("I", count), take("Q", count), take("Q", 4 * count + 4)


def grown(old: memoryview, count: int) -> memoryview:
    """A buffer of `count` items that begins with those of `old`."""
    new = zeros(old.format, count)
    new[: len(old)] = old
    return new


def stretched(old: memoryview, count: int) -> memoryview:
    """`old` with room for `count` items, not fewer than before. It must not be used afterwards: if possible its pages are moved, not
    copied.
    """
    mapped, code = old.obj, old.format
    if isinstance(mapped, mmap.mmap):
        old.release()
        with suppress(BufferError, OSError, SystemError):  # others use it; no room; no such call on this system
            mapped.resize(_WIDTHS[code] * count)
            return memoryview(mapped).cast(code)  # type: ignore[call-overload,no-any-return]
        old = memoryview(mapped).cast(code)  # type: ignore[call-overload]
    return grown(old, count)


class Pool:
    """Freed buffers for reuse, because new pages cost more than what is written to them. Safe to share between threads."""

    def __init__(self) -> None:
        self._spare: list[mmap.mmap] = []
        self._lock = Lock()

    def take(self, code: str, count: int) -> memoryview:
        """Room for `count` items of a typecode, with any content."""
        size = _WIDTHS[code] * count
        if size >= _MAPPED_FROM:
            with self._lock:
                fits = [one for one in self._spare if len(one) >= size]
                if fits:
                    found = min(fits, key=len)
                    self._spare.remove(found)
                    return memoryview(found)[:size].cast(code)  # type: ignore[call-overload,no-any-return]
        return zeros(code, count)

    def give(self, *buffers: memoryview) -> None:
        """Free buffers, each all that is left of its memory."""
        for one in buffers:
            mapped = one.obj
            one.release()
            if isinstance(mapped, mmap.mmap):
                with self._lock:
                    if sum(map(len, self._spare)) + len(mapped) <= _MOST_SPARE:
                        self._spare.append(mapped)

    def clear(self) -> None:
        """Return the memory to the system."""
        with self._lock:
            self._spare.clear()


def power_of_two(count: int) -> int:
    """The least power of two that is more than twice `count`: a hash table's size."""
    return 1 << (2 * count + 2).bit_length()
