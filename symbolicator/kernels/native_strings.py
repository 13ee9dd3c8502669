# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""The strings of a table, equal ones once: from references into the sections of a file to numbers, from 1 on; 0 is none.

For example the references 1 and 6 into `\\0main\\0main\\0` are both string 1, four bytes of the heap.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview


class Heap:
    """Strings that are stored: `heap` (u8) has one behind the other, `starts` (u64) where each begins and the last one ends, `table` (u32,
    a power of two, more than twice the strings) their numbers by their hash.

    `count`: how many there are; `left`: the bytes that may still be read, since references may lead into the midst of long strings; `cut`:
    those left out for it.
    """

    def __init__(self, left: int) -> None:
        self.count = 0
        self.left = left
        self.cut = 0

    def give(self, table: memoryview, starts: memoryview, heap: memoryview) -> None:
        """Room, with what is in the old. It can be taken away by giving none."""
        self.table = table
        self.starts = starts
        self.heap = heap


def _digest(data: Bytes, start: int, size: int) -> int:
    """A number below 2**32 for `size` bytes from `start` on, four of them at a time."""
    low = 0xFFFFFFFF
    h = 0x11C9DC5 ^ size
    at = start
    stop = start + size
    while at + 4 <= stop:
        high = data[at + 3]
        four = data[at] | data[at + 1] << 8 | data[at + 2] << 16
        h = ((h ^ four ^ high << 24) * 0x1E3779B1) & low
        h ^= h >> 15
        at += 4
    while at < stop:
        h = ((h ^ data[at]) * 0x1000193) & low
        at += 1
    h ^= h >> 13
    h = (h * 0x45EBCA77) & low
    return h ^ h >> 16


def _is_version(section: Bytes, at: int, stop: int) -> bool:
    """Whether the rest of a string, which begins with `@`, is a version: `@V` or `@@V`, where V has letters, digits, `_` and `.` only."""
    at_sign = 0x40
    at += 1
    if at < stop and section[at] == at_sign:
        at += 1
    first = at
    while at < stop:
        byte = section[at]
        if not (97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte == 95 or byte == 46):
            return byte == 0 and at > first
        at += 1
    return at > first


def gather(heap: Heap, section: Bytes, prefix: int, refs: memoryview, cuts: Bytes, first: int, index: memoryview) -> int:
    """Store the strings of the references (u64) that begin with `prefix` (the bits from 44 on): the NUL-terminated bytes of `section`.

    `index` (u32): the number of each one's string; the others are left as they are. `cuts` (u8, one a reference, or empty): 1 where a
    version is no part of a string, as `debugfiles.symbols` says. Returns the first reference for which the heap had no room; else how many
    there are.
    """
    with cython.nogil:
        n = len(refs)
        limit = len(section)
        mask = len(heap.table) - 1
        offsets = 0xFFFFFFFFFFF
        longest = 1 << 14  # bytes of a string that are kept
        at_sign = 0x40
        for i in range(first, n):
            ref = refs[i]
            if ref >> 44 != prefix >> 44:
                continue
            if ref & offsets >= limit:
                index[i] = 0
                continue
            if heap.left == 0:
                index[i] = 0
                heap.cut += 1
                continue
            p = ref & offsets
            cut = len(cuts) > 0 and cuts[i] != 0
            size = 0
            most = limit - p if limit - p < longest else longest
            while size < most and section[p + size] != 0:
                if cut and section[p + size] == at_sign and size > 0 and _is_version(section, p + size, p + most):
                    break
                size += 1
            heap.left -= size
            if heap.left < 0:
                index[i] = 0
                heap.cut += 1
                heap.left = 0
                continue
            at = _digest(section, p, size) & mask
            while True:
                number = heap.table[at]
                if number == 0:
                    if _store(heap, section, p, size, at) == 0:
                        return i
                    index[i] = heap.count
                    break
                if _is_equal(heap, number, section, p, size):
                    index[i] = number
                    break
                at = (at + 1) & mask
        return n


def _store(heap: Heap, section: Bytes, p: int, size: int, at: int) -> int:
    """Store the string of `size` bytes at p, under `at` of the table; 0 without room."""
    top = heap.starts[heap.count]
    room = len(heap.heap)
    if top + size > room:
        return 0
    for j in range(size):
        heap.heap[top + j] = section[p + j]
    heap.count += 1
    heap.starts[heap.count] = top + size
    heap.table[at] = heap.count
    return 1


def _is_equal(heap: Heap, number: int, section: Bytes, p: int, size: int) -> int:
    """Whether a string that is stored is that of `size` bytes at p."""
    start = heap.starts[number - 1]
    if heap.starts[number] - start != size:
        return 0
    j = 0
    while j < size and heap.heap[start + j] == section[p + j]:
        j += 1
    return j == size


def rehash(heap: Heap) -> None:
    """Put the strings into a new table, which is all zeros."""
    with cython.nogil:
        mask = len(heap.table) - 1
        for i in range(heap.count):
            at = _digest(heap.heap, heap.starts[i], heap.starts[i + 1] - heap.starts[i]) & mask
            while heap.table[at] != 0:
                at = (at + 1) & mask
            heap.table[at] = i + 1
