# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Units: from .debug_info and .debug_abbrev to a record of UNIT numbers each (`dwarf_numbers`), from their headers (DWARF 2–5 §7.5.1) and
their own DIEs.

For example the header `2b 00 00 00 | 05 00 | 01 | 08 | 00 00 00 00` at 0 is that of a unit of version 5 that ends at 0x2f, with addresses
of 8 bytes, offsets of 4 and its abbreviations at 0; its DIE is at 12. `roots` adds what that DIE says: name, directory, addresses, line
table.

`dwarf_scan` reads the functions of a unit. A fault is recorded in the unit's record, and what was read before it is kept.
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


def _header_end(sections: Sections, p: int) -> int:
    """Where the unit whose header is at p ends; 0 if there is no valid header."""
    info = sections.info
    n = sections.info_size
    big = sections.big
    if p + 11 > n:
        return 0
    length = forms.uint(info, p, 4, big)
    q = p + 4
    width = 4
    reserved = 0xFFFFFFF0
    if length >= reserved:
        if length != reserved + 15 or p + 23 > n:
            return 0
        length = forms.uint(info, p + 4, 8, big)
        q = p + 12
        width = 8
    room = n - q
    if length < 7 or length > room:
        return 0
    size = length
    end = q + size
    version = forms.uint(info, q, 2, big)
    if version < 2 or version > 5:
        return 0
    at = q + 2
    if version == 5:
        kind = info[at]
        if kind == 0 or (kind > dw.UT_SPLIT_TYPE and kind < 0x80) or size < 4 + width:
            return 0
        address = info[at + 1]
        at += 2
    elif size < 3 + width:
        return 0
    else:
        address = info[at + width]
    if address != 8 and address != 4 and address != 2:
        return 0
    offset = forms.uint(info, at, width, big)
    limit = sections.abbrev_size
    return end if offset < limit else 0


def headers(sections: Sections, units: memoryview, result: memoryview) -> int:
    """Read the unit headers of .debug_info into `units`; returns how many there are (those without room are only counted).

    `result` (i64): the number of invalid headers, and the offset of the first. After one, and if a unit is not followed by a header,
    reading continues at the next place where two headers (or one and the end) follow each other.
    """
    with cython.nogil:
        info = sections.info
        n = sections.info_size
        room = len(units) // dw.UNIT
        p = 0
        count = 0
        result[0] = 0
        result[1] = 0
        while p + 4 <= n:
            if forms.uint(info, p, 4, 0) == 0:
                p += 4
                continue
            end = _header_end(sections, p)
            if end == 0 or (end + 4 <= n and forms.uint(info, end, 4, 0) != 0 and _header_end(sections, end) == 0):
                s = p + 1
                while s < n:
                    q = _header_end(sections, s)
                    if q != 0 and (q == n or _header_end(sections, q) != 0):
                        break
                    s += 1
                if end == 0 or s < end:
                    if result[0] == 0:
                        result[1] = p
                    result[0] += 1
                if end == 0:
                    p = s
                    continue
                if s < end:
                    end = s
            if count < room:
                _header(sections, units, count * dw.UNIT, p, end)
            count += 1
            p = end
        return count


def _header(sections: Sections, units: memoryview, u: int, p: int, end: int) -> None:
    """Copy what the header at p says to the record that begins at `units[u]`."""
    info = sections.info
    big = sections.big
    escape = 0xFFFFFFFF  # offsets of 8 bytes follow
    for i in range(dw.UNIT):
        units[u + i] = 0
    width = 4
    q = p + 4
    if forms.uint(info, p, 4, 0) == escape:
        width = 8
        q = p + 12
    version = forms.uint(info, q, 2, big)
    q += 2
    kind = dw.UT_COMPILE
    if version == 5:
        kind = info[q]
        units[u + dw.ADDRESS] = info[q + 1]
        units[u + dw.ABBREVS] = forms.uint(info, q + 2, width, big)
        q += 2 + width
    else:
        units[u + dw.ABBREVS] = forms.uint(info, q, width, big)
        units[u + dw.ADDRESS] = info[q + width]
        q += 1 + width
    units[u + dw.START] = p
    units[u + dw.END] = end
    units[u + dw.VERSION] = version
    units[u + dw.OFFSET] = width
    units[u + dw.TYPE] = kind
    if kind == dw.UT_SKELETON or kind == dw.UT_SPLIT_COMPILE:
        if end - q >= 8:
            units[u + dw.DWO_ID] = forms.uint(info, q, 8, big)
        q += 8
    elif kind == dw.UT_TYPE or kind == dw.UT_SPLIT_TYPE:
        if end - q >= 8:
            units[u + dw.SIGNATURE] = forms.uint(info, q, 8, big)
        q += 8 + width
    units[u + dw.DIE] = q if q < end else end


def _slot(attribute: int) -> int:
    """The slot of an attribute of a unit's DIE; 0 if it is not read."""
    if attribute == dw.AT_NAME:
        return dw.S_NAME
    if attribute == dw.AT_LOW_PC:
        return dw.S_LOW
    if attribute == dw.AT_HIGH_PC:
        return dw.S_HIGH
    if attribute == dw.AT_RANGES:
        return dw.S_RANGES
    if attribute == dw.AT_STMT_LIST:
        return dw.S_STMT_LIST
    if attribute == dw.AT_COMP_DIR:
        return dw.S_COMP_DIR
    if attribute == dw.AT_STR_OFFSETS_BASE:
        return dw.S_STR_BASE
    if attribute == dw.AT_ADDR_BASE or attribute == dw.AT_GNU_ADDR_BASE:
        return dw.S_ADDR_BASE
    if attribute == dw.AT_RNGLISTS_BASE:
        return dw.S_RNG_BASE
    if attribute == dw.AT_DWO_NAME or attribute == dw.AT_GNU_DWO_NAME:
        return dw.S_DWO_NAME
    if attribute == dw.AT_GNU_DWO_ID:
        return dw.S_DWO_ID
    if attribute == dw.AT_LANGUAGE:
        return dw.S_LANGUAGE
    if attribute == dw.AT_GNU_RANGES_BASE:
        return dw.S_RANGES_BASE
    return 0


def _next_abbreviation(sections: Sections, at: int) -> int:
    """Where the abbreviation whose attributes are at `at` ends; -1 if that is past the end of .debug_abbrev."""
    abbrev = sections.abbrev
    limit = sections.abbrev_size
    while at < limit:
        while at + 1 < limit and abbrev[at] < 128 and abbrev[at + 1] < 128 and abbrev[at + 1] != dw.FORM_IMPLICIT_CONST:
            at += 2  # both of one byte: nearly all
            if abbrev[at - 2] == 0 and abbrev[at - 1] == 0:
                return at
        if at >= limit:
            break
        attribute = forms.uleb(abbrev, at, limit)
        at = forms.leb_end(abbrev, at, limit)
        if at < 0:
            return -1
        form = forms.uleb(abbrev, at, limit)
        at = forms.leb_end(abbrev, at, limit)
        if at >= 0 and form == dw.FORM_IMPLICIT_CONST:
            at = forms.leb_end(abbrev, at, limit)
        if at < 0 or (attribute == 0 and form == 0):
            break
    return at


def roots(sections: Sections, units: memoryview, first: int, stop: int, memo: memoryview) -> None:
    """Read the DIEs of units `first … stop - 1` into their records, directly by .debug_abbrev.

    `memo` (u64, MEMO numbers, zeros at first) remembers abbreviations, so that a table that all units share (LTO) is not searched for each.
    """
    with cython.nogil:
        info = sections.info
        abbrev = sections.abbrev
        limit = sections.abbrev_size
        # Limits the bytes that are skipped in all: 20,000 units may legitimately share a table and use its last abbreviation, but a
        # hostile file may have 20,000 tables that overlap.
        left = 16 * limit + 64 * sections.info_size + 0x100000
        for unit in range(first, stop):
            u = unit * dw.UNIT
            p = units[u + dw.DIE]
            end = units[u + dw.END]
            code = forms.uleb(info, p, end)
            p = forms.leb_end(info, p, end)
            at = units[u + dw.ABBREVS]
            found = 0
            tag = 0
            table = at
            entry = 4 * ((table + code) & 63)
            if p >= 0 and memo[entry] == table and memo[entry + 1] == code and memo[entry + 2]:
                at = memo[entry + 2]
                tag = memo[entry + 3]
                found = 1
            while found == 0 and p >= 0 and at < limit and left >= 0:  # nearly always the first
                began = at
                this = forms.uleb(abbrev, at, limit)
                at = forms.leb_end(abbrev, at, limit)
                if at < 0 or this == 0:
                    break
                tag = forms.uleb(abbrev, at, limit)
                at = forms.leb_end(abbrev, at, limit)
                if at < 0 or at >= limit:
                    break
                at += 1  # whether it has children
                if this == code:
                    found = 1
                    break
                at = _next_abbreviation(sections, at)
                if at < 0:
                    break
                left -= at - began
            if found == 0:
                units[u + dw.FAULT] = dw.BAD_CODE
                units[u + dw.FAULT_AT] = units[u + dw.DIE]
                continue
            memo[entry] = table
            memo[entry + 1] = code
            memo[entry + 2] = at
            memo[entry + 3] = tag
            units[u + dw.TAG] = tag
            _root(sections, units, u, p, at)


def _root(sections: Sections, units: memoryview, u: int, p: int, at: int) -> None:
    """Read the DIE whose values are at p, by the attributes at `at` of .debug_abbrev.

    Addresses and strings are resolved at the end: their bases may stand behind them.
    """
    abbrev = sections.abbrev
    limit = sections.abbrev_size
    end = units[u + dw.END]
    address = units[u + dw.ADDRESS]
    offset = units[u + dw.OFFSET]
    version = units[u + dw.VERSION]
    has = 0
    one = 1
    low_form = name_form = dir_form = dwo_form = 0
    name = comp_dir = dwo = 0
    addr_base = str_base = rng_base = 0
    attributes = 0
    while at < limit and attributes < dw.MOST_ATTRIBUTES:
        attributes += 1
        attribute = forms.uleb(abbrev, at, limit)
        at = forms.leb_end(abbrev, at, limit)
        if at < 0:
            break
        raw = forms.uleb(abbrev, at, limit)
        at = forms.leb_end(abbrev, at, limit)
        if at < 0:
            break
        number = 0
        if raw == dw.FORM_IMPLICIT_CONST:
            number = forms.sleb(abbrev, at, limit)
            at = forms.leb_end(abbrev, at, limit)
            if at < 0:
                break
        if attribute == 0 and raw == 0:
            break
        turns = 0
        while raw == dw.FORM_INDIRECT and turns < dw.MOST_INDIRECT:
            raw = forms.uleb(sections.info, p, end)
            p = forms.leb_end(sections.info, p, end)
            turns += 1
            if p < 0:
                break
        form = raw if raw < 0x10000 else 0
        q = forms.value_end(sections, p, end, form, address, offset, version) if p >= 0 else -1
        if q < 0:
            units[u + dw.FAULT] = dw.BAD_FORM
            units[u + dw.FAULT_AT] = units[u + dw.DIE]
            break
        slot = _slot(attribute) if attribute < 0x4000 else 0
        if slot:
            if form != dw.FORM_IMPLICIT_CONST:
                number = forms.value(sections, p, end, form, address, offset, version)
            has |= one << slot
            if slot == dw.S_LOW:
                units[u + dw.LOW] = number
                low_form = form
            elif slot == dw.S_HIGH:
                units[u + dw.HIGH] = number
                units[u + dw.HIGH_FORM] = form
            elif slot == dw.S_RANGES:
                units[u + dw.RANGES] = number
                units[u + dw.RANGES_FORM] = form
            elif slot == dw.S_NAME:
                name = number
                name_form = form
            elif slot == dw.S_COMP_DIR:
                comp_dir = number
                dir_form = form
            elif slot == dw.S_DWO_NAME:
                dwo = number
                dwo_form = form
            elif slot == dw.S_STMT_LIST:
                units[u + dw.STMT_LIST] = number
            elif slot == dw.S_STR_BASE:
                str_base = number
            elif slot == dw.S_ADDR_BASE:
                addr_base = number
            elif slot == dw.S_RNG_BASE:
                rng_base = number
            elif slot == dw.S_DWO_ID:
                units[u + dw.DWO_ID] = number
            elif slot == dw.S_LANGUAGE:
                units[u + dw.LANGUAGE] = number
            elif slot == dw.S_RANGES_BASE:
                units[u + dw.RANGES_BASE] = number
        p = q
    # A split unit without a base has that of its contribution; in DWARF 5 it is after the header of the section (§7.26–7.28).
    if has & one << dw.S_STR_BASE == 0:
        str_base = units[u + dw.STR_BASE] + (2 * offset if version >= 5 else 0)
    if has & one << dw.S_ADDR_BASE == 0:
        addr_base = units[u + dw.ADDR_BASE] + (2 * offset if version >= 5 else 0)
    if has & one << dw.S_RNG_BASE == 0:
        rng_base = units[u + dw.RNG_BASE]
        if version >= 5:
            rng_base += 8 + (4 if offset == 4 else 12)
    units[u + dw.HAS] = has
    units[u + dw.ADDR_BASE] = addr_base
    units[u + dw.STR_BASE] = str_base
    units[u + dw.RNG_BASE] = rng_base
    if low_form:
        units[u + dw.LOW] = forms.address(sections, low_form, units[u + dw.LOW], addr_base, address)
    if name_form:
        units[u + dw.NAME] = forms.string_ref(sections, name_form, name, str_base, offset)
    if dir_form:
        units[u + dw.COMP_DIR] = forms.string_ref(sections, dir_form, comp_dir, str_base, offset)
    if dwo_form:
        units[u + dw.DWO_NAME] = forms.string_ref(sections, dwo_form, dwo, str_base, offset)
