# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
r"""The strings of a table, equal ones once: from references into the sections of a file to numbers from 1 on; 0 is none.

    >>> heap, index = Heap(1 << 10), zeros("I", 2)
    >>> heap.give(zeros("I", 8), zeros("Q", 3), zeros("B", 8))
    >>> gather(heap, b"\0main\0main\0", 0, array("Q", [1, 6]), b"", 0, index)
    2
    >>> heap.count, index.tolist()
    (1, [1, 1])

So both references are to string 1; offset 1 of the section has the same text as offset 6.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview


class Heap:
    """Stored strings: `heap` (u8) has their bytes, `starts` (u64) where each begins and the last one ends, `table` (u32, its size a power
    of two, more than twice the strings) their numbers by hash.

    `count`: the number of strings; `left`: the bytes that may still be read, because references may point into the middle of long strings;
    `cut`: the strings dropped for it.
    """

    def __init__(self, left: int) -> None:
        self.count = 0
        self.left = left
        self.cut = 0

    def give(self, table: memoryview, starts: memoryview, heap: memoryview) -> None:
        """Set the buffers, larger ones with the content of the old. Empty ones release them."""
        self.table = table
        self.starts = starts
        self.heap = heap


def _digest(data: Bytes, start: int, size: int) -> int:
    """A hash below 2**32 of `size` bytes from `start` on, four at a time."""
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
    """Whether the rest of a string, from an `@` on, is a version: `@V` or `@@V`, where V has only letters, digits, `_` and `.`."""
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

    `index` (u32) gets the number of each one's string; other references keep theirs. `cuts` (u8, one for each reference, or empty): 1 if a
    version is to be cut off (`debugfiles.symbols`). Returns the number of the first reference for which the heap had no room, else the
    number of references.
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
    """Store the string of `size` bytes at p, at place `at` of the table. Returns 0 if there is no room."""
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
    """Whether a stored string equals the `size` bytes at p."""
    start = heap.starts[number - 1]
    if heap.starts[number] - start != size:
        return 0
    j = 0
    while j < size and heap.heap[start + j] == section[p + j]:
        j += 1
    return j == size


def rehash(heap: Heap) -> None:
    """Enter the strings in a new table, which is all zeros."""
    with cython.nogil:
        mask = len(heap.table) - 1
        for i in range(heap.count):
            at = _digest(heap.heap, heap.starts[i], heap.starts[i + 1] - heap.starts[i]) & mask
            while heap.table[at] != 0:
                at = (at + 1) & mask
            heap.table[at] = i + 1
