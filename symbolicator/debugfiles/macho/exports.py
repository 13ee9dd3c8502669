"""The exports trie of a Mach-O file: names that other files may link to, and their addresses. Apple's `<mach-o/loader.h>`, dyld.

A node: the size of its own part as LEB128 (0 where no name ends here), that part (flags, address), the number of edges, and for each the
characters it adds to the name, a NUL, and where the next node is. The file may be hostile: nodes are visited once, and names are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

_KIND: Final = 3
_ABSOLUTE: Final = 2
_REEXPORT: Final = 8
_MAX_NAME: Final = 1 << 14
_FREE: Final = 1 << 20
_RATIO: Final = 64
"""Bytes of names for each of the trie's: in honest ones some ten."""


def walk(trie: memoryview, warn: Callable[[str], None]) -> Iterator[tuple[bytes, int]]:
    """Each exported name with its offset from the file's header; what is broken is left out, with one warning."""
    data = bytes(trie)
    left = _FREE + _RATIO * len(data)
    seen = {0}
    todo = [(0, b"")] if data else []
    broken = 0
    while todo:
        at, name = todo.pop()
        size, at = _leb(data, at)
        edges = at + size
        if size:
            flags, at = _leb(data, at)
            offset, at = _leb(data, at)
            if name and at <= edges and not flags & _REEXPORT and flags & _KIND != _ABSOLUTE:
                yield name, offset
        if edges >= len(data):
            broken += 1
            continue
        at = edges + 1
        for _ in range(data[edges]):
            end = data.find(b"\0", at, at + _MAX_NAME)
            if end < 0:
                broken += 1
                break
            longer = name + data[at:end]
            child, at = _leb(data, end + 1)
            left -= len(longer)
            if child in seen or child >= len(data) or left < 0 or len(longer) > _MAX_NAME:
                broken += 1
                continue
            seen.add(child)
            todo.append((child, longer))
    if broken:
        warn(f"the export table is broken: {broken} of its branches were skipped")


def _leb(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and where it ends; the end of the data if it is incomplete."""
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    return value, len(data)
