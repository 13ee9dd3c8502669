# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Names of inlined functions, by their number in the IPI stream: with the class or namespace that each is in.

For example the number of an LF_MFUNC_ID `push` of the class `ware::Crate` gives `ware::Crate::push`. Streams are read where they are in
the file, block by block, and of them only the records that are wanted.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels import text_numbers as tn
    from cython.cimports.symbolicator.kernels.codeview_symbols import is_mangled
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels import text_numbers as tn
    from symbolicator.kernels.codeview_symbols import is_mangled

Bytes = bytes | memoryview

STRIDE = 64
"""Records for each entry that `survey` makes."""


class Records:
    """A stream of type records. `data` is the whole file, `blocks` (u32) the numbers of the stream's blocks, of 1 << `bits` bytes, which
    are in it; the stream has `size` bytes.

    `index` (u32, two numbers each, ascending) says where some records begin: their numbers, and offsets in the stream. `steps`: how many
    records may still be passed over.
    """

    def __init__(self, data: Bytes, blocks: memoryview, bits: int, size: int, steps: int) -> None:
        self.data = data
        self.blocks = blocks
        self.bits = bits
        self.size = size
        self.steps = steps
        self.number = 0  # of the record that was found last
        self.place = 0  # where it begins; 0 if none was

    def give(self, index: memoryview) -> None:
        """Where some records begin."""
        self.index = index


def byte_at(records: Records, at: int) -> int:
    """A byte of the stream; 0 beyond its end."""
    if at >= records.size:
        return 0
    block = records.blocks[at >> records.bits]
    return records.data[(block << records.bits) + (at & ((1 << records.bits) - 1))]


def two_at(records: Records, at: int) -> int:
    """The two bytes there, a number."""
    return byte_at(records, at) | byte_at(records, at + 1) << 8


def four_at(records: Records, at: int) -> int:
    """The four bytes there, a number."""
    high = two_at(records, at + 2)
    return two_at(records, at) | high << 16


def survey(records: Records, begin: int, number: int, out: memoryview) -> int:
    """An index of records: where each STRIDEth of those from `begin` on is, which has `number`. `out` (u32) has room for two numbers each
    STRIDE * 4 bytes, and two. Returns how many.
    """
    with cython.nogil:
        at = begin
        found = 0
        turn = 0
        while at + 4 <= records.size:
            if turn % 64 == 0:  # STRIDE
                out[2 * found] = number
                out[2 * found + 1] = at
                found += 1
            at += 2 + two_at(records, at)
            number += 1
            turn += 1
        return found


def settle(index: memoryview, begin: int, number: int, size: int, most: int) -> int:
    """Make an index of a file's own, whose offsets count from the first record, at `begin` of a stream of `size` bytes, to one of ours.
    0 if it cannot be one: its first record has `number`, and there are at most `most` bytes from one to the next.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        n = len(index) // 2
        if n == 0 or index[0] != number or index[1] != 0:
            return 0
        here = 0
        for i in range(n):
            there = index[2 * i + 1]
            if i > 0 and (index[2 * i] <= index[2 * i - 2] or there <= here or there - here > most):
                return 0
            here = there
            if begin + there > none:
                return 0
            index[2 * i + 1] = begin + there
        return begin + here <= size and size - begin - here <= most


def _find(records: Records, number: int) -> int:
    """Where a record begins; 0 if there is none. It is quickest for the one that was found last, and those after it."""
    low = 0
    high = len(records.index) // 2
    while low < high:
        middle = (low + high) >> 1
        if records.index[2 * middle] <= number:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return 0
    at = records.index[2 * low - 1]
    here = records.index[2 * low - 2]
    if records.place >= at and records.number <= number:
        at = records.place
        here = records.number
    while here < number and at + 4 <= records.size and records.steps > 0:
        at += 2 + two_at(records, at)
        here += 1
        records.steps -= 1
    if here != number or at + 4 > records.size:
        return 0
    records.number = number
    records.place = at
    return at


def _copy(records: Records, at: int, name: int, text: memoryview, top: int) -> int:
    """Copy the name at `name` of the record at `at`; where it ends in `text`, which has 64 KiB of room."""
    stop = at + 2 + two_at(records, at)
    at += name
    while at < stop:
        byte = byte_at(records, at)
        if byte == 0:
            break
        text[top] = byte
        top += 1
        at += 1
    return top


def _around(scopes: Records, types: Records, kind: int, number: int, text: memoryview, top: int) -> int:
    """Copy the name of the class or namespace that a function is in."""
    if kind == cv.LF_FUNC_ID:
        if number == 0:
            return top
        at = _find(scopes, number)
        if at and two_at(scopes, at + 2) == cv.LF_STRING_ID:
            return _copy(scopes, at, 8, text, top)
        return top
    at = _find(types, number)
    if at == 0:
        return top
    leaf = two_at(types, at + 2)
    if leaf == cv.LF_ENUM:
        return _copy(types, at, 16, text, top)
    size_at = 0
    if leaf == cv.LF_CLASS or leaf == cv.LF_STRUCTURE or leaf == cv.LF_INTERFACE or leaf == cv.LF_CLASS2 or leaf == cv.LF_STRUCTURE2:
        size_at = 20
    elif leaf == cv.LF_UNION:
        size_at = 12
    if size_at == 0:
        return top
    numeric = two_at(types, at + size_at)
    extra = 0
    if numeric == cv.LF_CHAR:
        extra = 1
    elif numeric == cv.LF_LONG or numeric == cv.LF_ULONG:
        extra = 4
    elif numeric == cv.LF_QUADWORD or numeric == cv.LF_UQUADWORD:
        extra = 8
    elif cv.LF_CHAR < numeric <= cv.LF_USHORT:
        extra = 2
    return _copy(types, at, size_at + 2 + extra, text, top)


def write(
    ids: Records, scopes: Records, types: Records, wanted: memoryview, first: int, text: memoryview, references: memoryview
) -> int:  # fmt: skip
    """Write the names of functions (`wanted`, u32) from number `first` on to `text` (u8), each with a NUL behind it; `references` (u64)
    says where each begins: with MANGLED added where a demangler has to read it, NAMELESS where there is no such function. Returns the
    first for which `text` had no room, which is 256 KiB at least; else how many there are. `scopes` is the same stream as `ids`.
    """
    with cython.nogil:
        mangled = 0x100000000000
        nameless = 0xFFFFFFFFFFF
        top = 0
        at = first
        while at < len(wanted) and top + 0x20010 < len(text):
            references[at] = nameless
            here = _find(ids, wanted[at])
            kind = two_at(ids, here + 2) if here else 0
            if (kind == cv.LF_FUNC_ID or kind == cv.LF_MFUNC_ID) and two_at(ids, here) >= 11:
                begin = top
                top = _around(scopes, types, kind, four_at(ids, here + 4), text, top)
                if top > begin:
                    text[top] = tn.COLON
                    text[top + 1] = tn.COLON
                    top += 2
                top = _copy(ids, here, 12, text, top)
                text[top] = 0
                if top > begin:
                    references[at] = begin
                    if is_mangled(text[begin], text[begin + 1]):
                        references[at] = begin | mangled
                top += 1
            at += 1
        return at
