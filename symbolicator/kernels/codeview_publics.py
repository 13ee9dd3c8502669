# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Public symbols of a PDB, among a file's symbol records.

A linker lists them by address, too: `sorted_places` (u32) has for each the offset of its record in the stream, ascending by section and
offset. So those of some code are found by a binary search, which reads no other records.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels import text_numbers as tn
    from cython.cimports.symbolicator.kernels.codeview_names import Records, byte_at, four_at, two_at
    from cython.cimports.symbolicator.kernels.codeview_symbols import _floor, _four, _two, address
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels import text_numbers as tn
    from symbolicator.kernels.codeview_names import Records, byte_at, four_at, two_at
    from symbolicator.kernels.codeview_symbols import _floor, _four, _two, address

Bytes = bytes | memoryview


def first_at(records: Records, sorted_places: memoryview, section: int, offset: int) -> int:
    """The first of `sorted_places` whose symbol is at an offset of a section, or beyond; their count for none."""
    with cython.nogil:
        low = 0
        high = len(sorted_places)
        wanted = section << 32 | offset
        while low < high:
            middle = (low + high) >> 1
            at = sorted_places[middle]
            here = two_at(records, at + 12)
            here = here << 32 | four_at(records, at + 8)
            if here < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def copy(records: Records, places: memoryview, out: memoryview) -> int:
    """Copy the records at `places` (u32) to `out` (u8), one behind the other. Returns the bytes used, or -1 where `out` has no room."""
    with cython.nogil:
        top = 0
        for i in range(len(places)):
            at = places[i]
            stop = at + 2 + two_at(records, at)
            if stop > records.size or stop - at > len(out) - top:
                return -1
            while at < stop:
                out[top] = byte_at(records, at)
                top += 1
                at += 1
        return top


def publics(data: Bytes, sections: memoryview, starts: memoryview, places: memoryview) -> int:
    """The public symbols of code among a file's symbol records: where each is (`starts`, u64), and where its name begins in `data`
    (`places`, u32). Both have room for one each PUBLIC_BYTES bytes of `data`. Returns how many there are.
    """
    with cython.nogil:
        nowhere = 0xFFFFFFFFFFFFFFFF
        size = len(data)
        found = 0
        at = 0
        while at + 14 < size:
            if _two(data, at + 2) == cv.S_PUB32 and _two(data, at) > 12 and data[at + 14] != 0:
                start = address(sections, _two(data, at + 12), _four(data, at + 8))
                if start != nowhere:
                    starts[found] = start
                    places[found] = at + 14
                    found += 1
            at += 2 + _two(data, at)
        return found


PUBLIC_BYTES = 15
"""The fewest bytes of a public symbol that has a name."""


def bare(data: Bytes, places: memoryview, underscore: int, text: memoryview, names: memoryview) -> int:
    """Copy the names of public symbols (`places`, as `publics` has them) to `text` (u8), as in the source: without the calling
    convention (`_name@8`, `@name@8`, `name@@8`) and, with `underscore`, without the underscore of C's names; constants have no name, and
    end what is before them. Each ends with a NUL; `names` (u32): where each begins. Returns the bytes used; `text` has room for `data` and
    a byte a name.
    """
    with cython.nogil:
        top = 0
        for i in range(len(places)):
            first = places[i]
            stop = first
            end = first + _two(data, first - 14) - 12  # where its record ends
            if end > len(data):
                end = len(data)
            while stop < end and data[stop] != 0:
                stop += 1
            low = first
            high = _undecorated(data, first, stop)
            if _is_constant(data, first, stop):
                low = high = stop
            if high < stop:
                if high - low > 1 and (data[low] == tn.UNDERSCORE or data[low] == tn.AT_SIGN):
                    low += 1
            elif underscore and stop - low > 1 and data[low] == tn.UNDERSCORE:
                low += 1
            names[i] = top
            while low < high:
                text[top] = data[low]
                top += 1
                low += 1
            text[top] = 0
            top += 1
        return top


def limit(rows: memoryview, ranges: memoryview, ends: memoryview) -> None:
    """Set the limit of each symbol of `rows` (u64, three numbers each: start, size, limit): where its section ends (`ends`, u64,
    ascending), or the code of its module, or where another module's begins (`ranges`, CLAIM u64 each, disjoint and ascending).
    """
    with cython.nogil:
        n = len(ranges) // cv.CLAIM
        m = len(ends)
        for i in range(len(rows) // 3):
            start = rows[3 * i]
            at = _floor(ends, 1, 0, m, start) + 1
            most = start
            if at < m:
                most = ends[at]
            at = _floor(ranges, cv.CLAIM, 0, n, start)
            if at >= 0 and ranges[cv.CLAIM * at + 1] > start:
                if ranges[cv.CLAIM * at + 1] < most:
                    most = ranges[cv.CLAIM * at + 1]
            elif at + 1 < n and ranges[cv.CLAIM * at + cv.CLAIM] < most:
                most = ranges[cv.CLAIM * at + cv.CLAIM]
            rows[3 * i + 2] = most


def _is_constant(data: Bytes, first: int, stop: int) -> int:
    """Whether a symbol is MSVC's of a constant, which may stand in the code: of a string `??_C@`, of a number `__real@` or `__xmm@`."""
    if stop - first < 7:
        return 0
    begin = _four(data, first)
    if begin == cv.REAL_NAME:
        return data[first + 6] == tn.AT_SIGN
    if begin == cv.XMM_NAME or begin == cv.YMM_NAME:
        return data[first + 5] == tn.AT_SIGN
    return begin == cv.STRING_NAME and data[first + 4] == tn.AT_SIGN


def _undecorated(data: Bytes, first: int, stop: int) -> int:
    """Where a name ends without `@8` or `@@8`; `stop` if it has neither, or other marks too."""
    at = stop
    while at > first and tn.DIGIT_0 <= data[at - 1] <= tn.DIGIT_9:
        at -= 1
    if at == stop:
        return stop
    if at == first or data[at - 1] != tn.AT_SIGN:
        return stop
    at -= 1
    if at > first and data[at - 1] == tn.AT_SIGN:
        at -= 1
    low = first
    if at - low > 1 and data[low] == tn.AT_SIGN:
        low += 1
    if at == low:
        return stop
    for i in range(low, at):
        if data[i] == tn.AT_SIGN or data[i] == tn.QUESTION_MARK:
            return stop
    return at
