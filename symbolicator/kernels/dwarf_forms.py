# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Single values of DWARF: from the sections' bytes, at a position, to a number (DWARF 5 §7.5.6, §7.6).

A value ends at `value_end(sections, p, end, form, …)` and is `value(…)`: the number in the file. `string_ref`, `die_ref` and `address`
convert it to what it means. For example the bytes `10 00 00 00` of .debug_info in FORM_STRP are 16, which `string_ref` makes
`STR << 60 | file << 44 | 16`, a place in .debug_str; in FORM_REF4 the same bytes are the DIE 16 bytes behind where the unit starts.

Every read is checked against the end of its unit or section. Sums of addresses are masked to 64 bits, and a LEB128 keeps its low 64 bits,
so the numbers are the same compiled and uncompiled.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
else:
    from symbolicator.kernels import dwarf_numbers as dw

from typing import Any

Bytes = bytes | memoryview


class Sections:
    """The sections of one file as the kernels read them: compiled, each is the address of its first byte, and its size.

    `views` has them as memoryviews (names without `.debug_`; empty if missing). `file` and `alt`: the numbers of the file and of its
    alternative file in references, both shifted left by 44 (0: none).
    """

    def __init__(self, views: Any, big: int, file: int, alt: int) -> None:
        self.info = start(views.info)
        self.abbrev = start(views.abbrev)
        self.addr = start(views.addr)
        self.str_offsets = start(views.str_offsets)
        self.ranges = start(views.ranges)
        self.rnglists = start(views.rnglists)
        self.info_size = len(views.info)
        self.abbrev_size = len(views.abbrev)
        self.addr_size = len(views.addr)
        self.str_offsets_size = len(views.str_offsets)
        self.ranges_size = len(views.ranges)
        self.rnglists_size = len(views.rnglists)
        self.big = big
        self.file = file
        self.alt = alt
        self.views = views  # keeps the memory that the addresses point to


def start(view: Bytes) -> Bytes:
    """Compiled, the address of a section's first byte; else the section."""
    if cython.compiled:
        return cython.address(view[0])
    return view


# ── plain numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def uint(data: Bytes, p: int, width: int, big: int) -> int:
    """The unsigned number of `width` bytes, 1 … 8, at p."""
    value = 0
    if big:
        for i in range(width):
            value = value << 8 | data[p + i]
        return value
    if width == 4:
        value = data[p + 3]
        return data[p] | data[p + 1] << 8 | data[p + 2] << 16 | value << 24
    for i in range(width):
        value = value << 8 | data[p + width - 1 - i]
    return value


def uleb(data: Bytes, p: int, end: int) -> int:
    """The low 64 bits of the ULEB128 at p."""
    value = 0
    shift = 0
    while p < end:
        byte = data[p]
        p += 1
        if shift < 63:
            value |= (byte & 127) << shift
            shift += 7
        elif shift == 63:
            value |= (byte & 1) << 63
            shift += 7
        if byte < 128:
            break
    return value


def sleb(data: Bytes, p: int, end: int) -> int:
    """The SLEB128 at p, modulo 2**64."""
    value = 0
    shift = 0
    ones = 0xFFFFFFFFFFFFFFFF
    while p < end:
        byte = data[p]
        p += 1
        if shift < 63:
            value |= (byte & 127) << shift
            shift += 7
        elif shift == 63:
            value |= (byte & 1) << 63
            shift += 7
        if byte < 128:
            if byte & 64 and shift < 64:
                value |= (ones << shift) & ones
            break
    return value


def leb_end(data: Bytes, p: int, end: int) -> int:
    """Where the LEB128 at p ends; -1 past the end."""
    while p < end:
        p += 1
        if data[p - 1] < 128:
            return p
    return -1


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────


def is_leb(form: int) -> int:
    """Whether a form is an unsigned LEB128."""
    return (
        form == dw.FORM_UDATA
        or form == dw.FORM_REF_UDATA
        or form == dw.FORM_STRX
        or form == dw.FORM_ADDRX
        or form == dw.FORM_LOCLISTX
        or form == dw.FORM_RNGLISTX
        or form == dw.FORM_GNU_ADDR_INDEX
        or form == dw.FORM_GNU_STR_INDEX
    )


def fixed_size(form: int, address: int, offset: int, version: int) -> int:
    """The bytes of a form, given those of an address and an offset; -1 if its size is not fixed, -2 if the form is unknown."""
    if form == dw.FORM_ADDR:
        return address
    if form == dw.FORM_DATA1 or form == dw.FORM_FLAG or form == dw.FORM_REF1 or form == dw.FORM_STRX1 or form == dw.FORM_ADDRX1:
        return 1
    if form == dw.FORM_DATA2 or form == dw.FORM_REF2 or form == dw.FORM_STRX2 or form == dw.FORM_ADDRX2:
        return 2
    if form == dw.FORM_STRX3 or form == dw.FORM_ADDRX3:
        return 3
    if form == dw.FORM_DATA4 or form == dw.FORM_REF4 or form == dw.FORM_REF_SUP4 or form == dw.FORM_STRX4 or form == dw.FORM_ADDRX4:
        return 4
    if form == dw.FORM_DATA8 or form == dw.FORM_REF8 or form == dw.FORM_REF_SIG8 or form == dw.FORM_REF_SUP8:
        return 8
    if form == dw.FORM_DATA16:
        return 16
    if form == dw.FORM_STRP or form == dw.FORM_LINE_STRP or form == dw.FORM_STRP_SUP or form == dw.FORM_SEC_OFFSET:
        return offset
    if form == dw.FORM_GNU_REF_ALT or form == dw.FORM_GNU_STRP_ALT:
        return offset
    if form == dw.FORM_REF_ADDR:
        return address if version <= 2 else offset  # as wide as an address in DWARF 2 only
    if form == dw.FORM_FLAG_PRESENT or form == dw.FORM_IMPLICIT_CONST:
        return 0
    if form == dw.FORM_BLOCK or form == dw.FORM_BLOCK1 or form == dw.FORM_BLOCK2 or form == dw.FORM_BLOCK4 or form == dw.FORM_EXPRLOC:
        return -1
    if form == dw.FORM_STRING or form == dw.FORM_SDATA or form == dw.FORM_INDIRECT or form == dw.FORM_LLVM_ADDRX_OFFSET or is_leb(form):
        return -1
    return -2


def value_end(sections: Sections, p: int, end: int, form: int, address: int, offset: int, version: int) -> int:
    """Where the value of a form at p of .debug_info ends; -1 if that is past `end`, or the form is unknown."""
    data = sections.info
    size = fixed_size(form, address, offset, version)
    if size >= 0:
        return p + size if size <= end - p else -1
    if form == dw.FORM_SDATA or is_leb(form):
        return leb_end(data, p, end)
    if form == dw.FORM_STRING:
        while p < end:
            p += 1
            if data[p - 1] == 0:
                return p
        return -1
    length = 0
    if form == dw.FORM_EXPRLOC or form == dw.FORM_BLOCK:
        length = uleb(data, p, end)
        p = leb_end(data, p, end)
        if p < 0:
            return -1
    elif form == dw.FORM_BLOCK1 or form == dw.FORM_BLOCK2 or form == dw.FORM_BLOCK4:
        size = 1 if form == dw.FORM_BLOCK1 else 2 if form == dw.FORM_BLOCK2 else 4
        if end - p < size:
            return -1
        length = uint(data, p, size, sections.big)
        p += size
    elif form == dw.FORM_LLVM_ADDRX_OFFSET:
        p = leb_end(data, p, end)
        if p < 0:
            return -1
        length = 4
    else:
        return -1
    room = end - p
    if length > room:
        return -1
    size = length
    return p + size


def value(sections: Sections, p: int, end: int, form: int, address: int, offset: int, version: int) -> int:
    """The number of a form at p, unresolved; for an inline string its own position. `value_end` must have accepted the form."""
    size = fixed_size(form, address, offset, version)
    if 0 < size and size <= 8:
        return uint(sections.info, p, size, sections.big)
    if is_leb(form):
        return uleb(sections.info, p, end)
    if form == dw.FORM_SDATA:
        return sleb(sections.info, p, end)
    if form == dw.FORM_STRING:
        return p
    if form == dw.FORM_FLAG_PRESENT:
        return 1
    return 0


def indirect_end(sections: Sections, p: int, end: int) -> int:
    """Where the forms that precede a value in FORM_INDIRECT end; -1 if that is past `end`."""
    form = dw.FORM_INDIRECT
    turns = 0
    while form == dw.FORM_INDIRECT and turns < dw.MOST_INDIRECT and p >= 0 and p < end:
        form = uleb(sections.info, p, end)
        p = leb_end(sections.info, p, end)
        turns += 1
    return p


def indirect_form(sections: Sections, p: int, end: int) -> int:
    """The last of these forms; 0 if it is invalid (FORM_IMPLICIT_CONST too: its value is in the abbreviation)."""
    form = dw.FORM_INDIRECT
    turns = 0
    while form == dw.FORM_INDIRECT and turns < dw.MOST_INDIRECT and p >= 0 and p < end:
        form = uleb(sections.info, p, end)
        p = leb_end(sections.info, p, end)
        turns += 1
    return form if p >= 0 and form < 0x10000 and form != dw.FORM_IMPLICIT_CONST else 0


# ── what values mean ──────────────────────────────────────────────────────────────────────────────────────────


def string_ref(sections: Sections, form: int, number: int, base: int, width: int) -> int:
    """The reference of a string; 0 if it is invalid. `base`: where the unit's part of .debug_str_offsets begins."""
    kind = 0
    limit = 1 << 44
    file = sections.file
    if form == dw.FORM_STRP:
        kind = dw.STR
    elif form == dw.FORM_LINE_STRP:
        kind = dw.LINE_STR
    elif form == dw.FORM_STRING:
        kind = dw.INLINE_STR
    elif form == dw.FORM_STRP_SUP or form == dw.FORM_GNU_STRP_ALT:
        if sections.alt == 0:
            return 0
        kind = dw.STR
        file = sections.alt
    elif (form >= dw.FORM_STRX1 and form <= dw.FORM_STRX4) or form == dw.FORM_STRX or form == dw.FORM_GNU_STR_INDEX:
        room = sections.str_offsets_size
        if number > room or base > room or base + number * width + width > room:
            return 0
        number = uint(sections.str_offsets, base + number * width, width, sections.big)
        kind = dw.STR
    else:
        return 0
    if number >= limit:
        return 0
    return kind << 60 | file | number


def die_ref(sections: Sections, form: int, number: int, start: int) -> int:
    """The reference of a DIE; 0 if it is invalid. `start`: where the unit starts."""
    limit = 1 << 44
    kind = dw.DIE_REF
    file = sections.file
    if form >= dw.FORM_REF1 and form <= dw.FORM_REF_UDATA:
        if number >= limit:
            return 0
        number += start
    elif form == dw.FORM_REF_SUP4 or form == dw.FORM_REF_SUP8 or form == dw.FORM_GNU_REF_ALT:
        if sections.alt == 0:
            return 0
        file = sections.alt
    elif form != dw.FORM_REF_ADDR:
        return 0
    if number >= limit:
        return 0
    return kind << 60 | file | number


def address(sections: Sections, form: int, number: int, base: int, width: int) -> int:
    """The address; all ones (a tombstone) if it is invalid. `base`: where the unit's part of .debug_addr begins."""
    if form == dw.FORM_ADDR:
        return number
    room = sections.addr_size
    ones = 0xFFFFFFFFFFFFFFFF
    if number > room or base > room or base + number * width + width > room:
        return ones
    return uint(sections.addr, base + number * width, width, sections.big)


def is_address(form: int) -> int:
    """Whether a form is of class address (§7.5.5)."""
    return (
        form == dw.FORM_ADDR
        or form == dw.FORM_ADDRX
        or form == dw.FORM_GNU_ADDR_INDEX
        or (form >= dw.FORM_ADDRX1 and form <= dw.FORM_ADDRX4)
    )
