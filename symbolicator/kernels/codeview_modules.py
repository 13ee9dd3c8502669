# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""The DBI stream of a PDB: its modules, and whose code is where.

For example a module whose stream is 11, with 0x120 bytes of symbols and 0x80 of lines, is MODULE u64: where its name begins, 11, 0x120,
0, 0x80, its number; and a contribution of 0x40 bytes to section 1, which begins at 0x1000, CLAIM u64: 0x1000, 0x1040, the module's number.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels.codeview_symbols import _four, _two, address
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels.codeview_symbols import _four, _two, address
    from symbolicator.kernels.sorting import sort

Bytes = bytes | memoryview

MODULE_BYTES = 68
"""The fewest bytes of a module's entry."""


def modules(data: Bytes, out: memoryview) -> int:
    """The modules, in order: all of them, in `out` (u64, MODULE each), which has room for one each MODULE_BYTES. Returns how many."""
    with cython.nogil:
        size = len(data)
        at = 0
        found = 0
        while at + 66 <= size:
            m = cv.MODULE * found
            out[m + cv.M_NAME] = at + 64
            out[m + cv.M_STREAM] = _two(data, at + 34)
            out[m + cv.M_SYMBOLS] = _four(data, at + 36)
            out[m + cv.M_C11] = _four(data, at + 40)
            out[m + cv.M_LINES] = _four(data, at + 44)
            out[m + cv.M_NUMBER] = found
            found += 1
            at += 64
            for _ in range(2):  # its name, and that of its object file
                while at < size and data[at] != 0:
                    at += 1
                at += 1
            at = (at + 3) & ~3
        return found


def contributions(data: Bytes, width: int, modules: int, sections: memoryview, out: memoryview) -> int:
    """The code of each of `modules` modules, of contributions of `width` bytes: in `out` (u64, CLAIM each, room for all). What one module
    has without a gap, but padding, is one claim. Returns how many there are.
    """
    with cython.nogil:
        found = 0
        for i in range(len(data) // width):
            module = _two(data, width * i + 16)
            if module >= modules or not _contribution(data, width * i, module, sections, out, found):
                continue
            c = cv.CLAIM * found
            if found > 0 and out[c - 1] == module and out[c - 2] <= out[c] < out[c - 2] + cv.PADDING:
                out[c - 2] = out[c + 1]
            else:
                found += 1
        return found


def first_contributions(data: Bytes, modules: memoryview, sections: memoryview, out: memoryview) -> int:
    """The first contribution of each module, as its entry in `data` has it, as `contributions`. Linkers list some of them only there."""
    with cython.nogil:
        found = 0
        for i in range(len(modules) // cv.MODULE):
            at = modules[cv.MODULE * i + cv.M_NAME] - 60
            found += _contribution(data, at, i, sections, out, found)
        return found


def _contribution(data: Bytes, at: int, module: int, sections: memoryview, out: memoryview, found: int) -> int:
    """Add a contribution; 0 if it is not code."""
    nowhere = 0xFFFFFFFFFFFFFFFF
    start = address(sections, _two(data, at), _four(data, at + 4))
    size = _four(data, at + 8)
    if start == nowhere or size == 0 or size > 0x7FFFFFFF:
        return 0
    out[cv.CLAIM * found] = start
    out[cv.CLAIM * found + 1] = start + size
    out[cv.CLAIM * found + 2] = module
    return 1


def part(claims: memoryview, count: int, order: memoryview, spare: memoryview, out: memoryview) -> int:
    """`count` claims by their start, each cut where the one before ends. Each reaches to where another module's begins, so padding belongs
    to the code before it, and the last to 2**32. `order` and `spare` (u32) have a number for each; `out` has the room of `claims`. Returns
    how many there are.
    """
    with cython.nogil:
        top = 0x100000000
        sort(claims, cv.CLAIM, 0, count, order, spare)
        found = 0
        until = 0
        for i in range(count):
            c = cv.CLAIM * order[i]
            start = claims[c] if claims[c] > until else until
            if claims[c + 1] <= start:
                continue
            until = claims[c + 1]
            last = cv.CLAIM * found - cv.CLAIM
            if found > 0 and out[last + 2] == claims[c + 2]:
                continue
            if found > 0:
                out[last + 1] = start
            out[cv.CLAIM * found] = start
            out[cv.CLAIM * found + 1] = top if top > until else until
            out[cv.CLAIM * found + 2] = claims[c + 2]
            found += 1
        return found
