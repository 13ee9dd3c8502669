# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""The code of a DIE: from its attributes, .debug_ranges (DWARF 4 §2.17.3), .debug_rnglists and .debug_addr (DWARF 5 §2.17.3, §7.25) to
intervals: first address, first beyond, owner.

For example DW_AT_low_pc 0x1000 with DW_AT_high_pc 0x20, a length, of unit 3 is the interval `0x1000, 0x1020, 3`; the list `04 00 08, 00` of
.debug_rnglists (DW_RLE_offset_pair 0, 8; the end) in that unit is `0x1000, 0x1008, 3`.

Code that starts outside `floor … ceiling` was dropped by the linker and is left out. A million DIEs may share one list, so the bytes that
are read of lists are limited.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_forms as forms
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
    from cython.cimports.symbolicator.kernels.dwarf_forms import Sections
else:
    from symbolicator.kernels import dwarf_forms as forms
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels.dwarf_forms import Sections


class Intervals:
    """Collects intervals: three numbers each in `rows` (u64), `count` of them. `rows` may be replaced between calls.

    Code below `floor` or from `ceiling` on was dropped by the linker. `budget`: the bytes of range lists that may still be read; after that
    lists count as damaged.
    """

    def __init__(self, rows: memoryview, floor: int, ceiling: int, budget: int) -> None:
        self.rows = rows
        self.count = 0
        self.floor = floor
        self.ceiling = ceiling
        self.budget = budget


def add(intervals: Intervals, start: int, end: int, owner: int) -> int:
    """Add an interval, unless it is empty or its code was dropped. Returns OK, or CUT if there is no room."""
    if start >= end or start < intervals.floor or start >= intervals.ceiling:
        return dw.OK
    i = 3 * intervals.count
    if i + 3 > len(intervals.rows):
        return dw.CUT
    intervals.rows[i] = start
    intervals.rows[i + 1] = end
    intervals.rows[i + 2] = owner
    intervals.count += 1
    return dw.OK


def _mask(width: int) -> int:
    """The highest address of `width` bytes."""
    ones = 0xFFFFFFFFFFFFFFFF
    return ones if width == 8 else (ones >> 32) if width == 4 else (ones >> 48)


def _old_list(sections: Sections, p: int, units: memoryview, u: int, owner: int, intervals: Intervals) -> int:
    """Add the list at p of .debug_ranges."""
    n = sections.ranges_size
    width = units[u + dw.ADDRESS]
    base = units[u + dw.LOW]
    mask = _mask(width)
    dead = 0
    while p + 2 * width <= n:
        start = forms.uint(sections.ranges, p, width, sections.big)
        end = forms.uint(sections.ranges, p + width, width, sections.big)
        p += 2 * width
        intervals.budget -= 2 * width
        if start == mask:
            base = end
            dead = base < intervals.floor or base >= intervals.ceiling  # the base of the entries that follow is a tombstone
            continue
        if start == 0 and end == 0:
            return dw.OK
        if dead == 0 and add(intervals, (base + start) & mask, (base + end) & mask, owner) != dw.OK:
            return dw.CUT
    return dw.OK


def _new_list(sections: Sections, p: int, units: memoryview, u: int, owner: int, intervals: Intervals) -> int:
    """Add the list at p of .debug_rnglists."""
    data = sections.rnglists
    n = sections.rnglists_size
    width = units[u + dw.ADDRESS]
    base = units[u + dw.LOW]
    addr_base = units[u + dw.ADDR_BASE]
    mask = _mask(width)
    dead = 0
    while p < n:
        kind = data[p]
        p += 1
        intervals.budget -= 4
        one = 0
        two = 0
        if kind == dw.RLE_END_OF_LIST:
            return dw.OK
        if kind > dw.RLE_START_LENGTH:
            return dw.BAD_RANGES
        if kind >= dw.RLE_BASE_ADDRESS:
            if p + width > n:
                return dw.BAD_RANGES
            one = forms.uint(data, p, width, sections.big)
            p += width
        else:
            one = forms.uleb(data, p, n)
            p = forms.leb_end(data, p, n)
            if p < 0:
                return dw.BAD_RANGES
            if kind != dw.RLE_OFFSET_PAIR:
                one = forms.address(sections, dw.FORM_ADDRX, one, addr_base, width)
        if kind == dw.RLE_START_END:
            if p + width > n:
                return dw.BAD_RANGES
            two = forms.uint(data, p, width, sections.big)
            p += width
        elif kind != dw.RLE_BASE_ADDRESSX and kind != dw.RLE_BASE_ADDRESS:
            two = forms.uleb(data, p, n)
            p = forms.leb_end(data, p, n)
            if p < 0:
                return dw.BAD_RANGES
            if kind == dw.RLE_STARTX_ENDX:
                two = forms.address(sections, dw.FORM_ADDRX, two, addr_base, width)
        if kind == dw.RLE_BASE_ADDRESSX or kind == dw.RLE_BASE_ADDRESS:
            base = one
            dead = base < intervals.floor or base >= intervals.ceiling
            continue
        if kind == dw.RLE_OFFSET_PAIR:
            if dead:
                continue
            one = (base + one) & mask
            two = (base + two) & mask
        elif kind == dw.RLE_STARTX_LENGTH or kind == dw.RLE_START_LENGTH:
            two = (one + two) & mask
        if add(intervals, one, two, owner) != dw.OK:
            return dw.CUT
    return dw.OK


def add_list(sections: Sections, form: int, at: int, units: memoryview, u: int, owner: int, intervals: Intervals) -> int:
    """Add the list of a DW_AT_ranges with the value `at` in a form, of a DIE of the unit whose record begins at `units[u]`.

    Returns OK; CUT if there is no room; BAD_RANGES if the list cannot be read, or exceeds the budget.
    """
    if units[u + dw.VERSION] < 5:
        if at >= sections.ranges_size or intervals.budget < 0:
            return dw.BAD_RANGES
        return _old_list(sections, at, units, u, owner, intervals)
    if form == dw.FORM_RNGLISTX:
        room = sections.rnglists_size
        step = units[u + dw.OFFSET]
        base = units[u + dw.RNG_BASE]
        if at > room or base > room or base + at * step + step > room:
            return dw.BAD_RANGES
        at = base + forms.uint(sections.rnglists, base + at * step, step, sections.big)
    if at >= sections.rnglists_size or intervals.budget < 0:
        return dw.BAD_RANGES
    return _new_list(sections, at, units, u, owner, intervals)


def high_pc(sections: Sections, form: int, high: int, low: int, base: int, width: int) -> int:
    """The first address after a DIE's code, by its DW_AT_high_pc, which is a length if it is of class constant (DWARF 4 §2.17). Binaryen
    makes the length of an end that it does not know reach to address 0, round the end of 32 bits.
    """
    ones = 0xFFFFFFFF if width == 4 else 0xFFFFFFFFFFFFFFFF
    if forms.is_address(form):
        return forms.address(sections, form, high, base, width)
    return (low + high) & ones


def claims(sections: Sections, units: memoryview, first: int, stop: int, intervals: Intervals) -> int:
    """Add what the DIEs of units `first … stop - 1` say they cover; the owner is the unit. Returns OK, or CUT if there is no room."""
    with cython.nogil:
        for unit in range(first, stop):
            u = unit * dw.UNIT
            has = units[u + dw.HAS]
            before = intervals.count
            status = dw.OK
            if has >> dw.S_RANGES & 1:
                status = add_list(sections, units[u + dw.RANGES_FORM], units[u + dw.RANGES], units, u, unit, intervals)
            elif has >> dw.S_LOW & has >> dw.S_HIGH & 1:
                low = units[u + dw.LOW]
                high = high_pc(sections, units[u + dw.HIGH_FORM], units[u + dw.HIGH], low, units[u + dw.ADDR_BASE], units[u + dw.ADDRESS])
                status = add(intervals, low, high, unit)
            if status == dw.CUT:
                return dw.CUT
            if status != dw.OK:
                units[u + dw.FAULT] = dw.BAD_RANGES
                units[u + dw.FAULT_AT] = units[u + dw.DIE]
                intervals.count = before
        return dw.OK
