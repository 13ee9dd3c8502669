# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Loops over `.debug_info` (DWARF 2–5 §7.5): unit headers, unit DIEs, functions with code and their ranges, names, ancestors.

Here: reading forms, following abbreviations, evaluating range lists. What units and names mean, files, warnings and limits are
`debugfiles/`'s. No DIE becomes an object: abbreviations are flattened into programs of u32 words (`flatten`), and only what an address
look-up needs is written to the buffers given.

Every read is checked against the end of its unit or section. Sums of addresses are taken modulo 2**64 by a mask, a LEB128 keeps its low
64 bits, and a loop goes forward in bytes at every turn: so the loops end, and give the same numbers compiled and not.

References. A string is `kind << 60 | file << 44 | offset`, a DIE likewise (kinds below); 0 is none. `file` comes shifted from the caller.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

# A unit's record: UNIT numbers (u64) in `units`.
UNIT = 32
START, END, DIE, VERSION, ADDRESS, OFFSET, TYPE, ABBREVS = 0, 1, 2, 3, 4, 5, 6, 7
"""Where the header starts, the unit ends and its first DIE lies; version; bytes of an address and of an offset (4, 8); DW_UT; in
.debug_abbrev.
"""
CODES, CODE_COUNT, NAME_CODES, NAME_CODE_COUNT = 8, 9, 10, 11
"""Where the programs of its abbreviations are in `codes`, and how many codes there are: to scan, and to read names. 0 of them: not
flattened.
"""
LOW, HIGH, HIGH_FORM, RANGES, RANGES_FORM, HAS = 12, 13, 14, 15, 16, 17
"""Of the unit's DIE: its addresses (LOW is resolved), and a bit `1 << slot` for each attribute there is."""
ADDR_BASE, STR_BASE, RNG_BASE, STMT_LIST, LANGUAGE = 18, 19, 20, 21, 22
DWO_ID, NAME, COMP_DIR, DWO_NAME, TAG, SIGNATURE = 23, 24, 25, 26, 27, 28
RANGES_BASE = 29
"""GNU_ranges_base of a version 4 skeleton: added to DW_AT_ranges in its .dwo."""
FAULT, FAULT_AT = 30, 31
"""What was wrong in the unit (below), and at which offset."""

# Attributes wanted; each is a slot.
S_LOW, S_HIGH, S_RANGES, S_ORIGIN, S_SPECIFICATION, S_NAME, S_LINKAGE = range(1, 8)
S_CALL_FILE, S_CALL_LINE, S_CALL_COLUMN, S_SIBLING = range(8, 12)
S_STMT_LIST, S_COMP_DIR, S_STR_BASE, S_ADDR_BASE, S_RNG_BASE = range(12, 17)
S_DWO_NAME, S_DWO_ID, S_LANGUAGE, S_RANGES_BASE, S_SIGNATURE = range(17, 22)

# What kind of DIE an abbreviation is: the low byte of its program's first word; the next bit says whether it has children.
K_OTHER, K_FUNCTION, K_INLINED, K_PLAIN_TYPE, K_CLASS, K_SCOPE, K_ABSTRACT = range(7)
# A function without code (declared, or an abstract one that is inlined) is K_ABSTRACT; K_SCOPE is a namespace or module.

# Kinds of reference.
STR, LINE_STR, INLINE_STR, DIE_REF, SIGNATURE_REF = 1, 2, 3, 8, 9

# Faults.
OK, BAD_CODE, BAD_FORM, PAST_END, BAD_RANGES, CUT = 0, 1, 2, 3, 4, 5

ENTRY = 9
"""Numbers of an entry: DIE, kind << 32 | the entry around it (NONE), depth, name, linkage name, origin, call file << 32 | line, call
column << 32 |
unit, lowest address."""
NONE = 0xFFFFFFFF

TO_SCAN, TO_NAME, TO_FIND = 0, 1, 2
"""What programs are for: all that `scan` tells of a function; names; where functions have their code, and no more.
"""

MOST_ATTRIBUTES = 128
"""Of an abbreviation: with more its table counts as damaged, since each DIE of a byte would cost as many steps."""


def _u2(data: Bytes, p: int, big: int) -> int:
    if big:
        return data[p] << 8 | data[p + 1]
    return data[p] | data[p + 1] << 8


def _u4(data: Bytes, p: int, big: int) -> int:
    a = data[p]
    b = data[p + 1]
    c = data[p + 2]
    d = data[p + 3]
    if big:
        return a << 24 | b << 16 | c << 8 | d
    return a | b << 8 | c << 16 | d << 24


def _u8(data: Bytes, p: int, big: int) -> int:
    low = _u4(data, p, big)
    high = _u4(data, p + 4, big)
    if big:
        return low << 32 | high
    return low | high << 32


def _uint(data: Bytes, p: int, width: int, big: int) -> int:
    if width == 8:
        return _u8(data, p, big)
    if width == 4:
        return _u4(data, p, big)
    if width == 2:
        return _u2(data, p, big)
    if width == 1:
        return data[p]
    value = 0
    for i in range(width):
        byte = data[p + i] if big else data[p + width - 1 - i]
        value = value << 8 | byte
    return value


def _uleb(data: Bytes, p: int, end: int) -> int:
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


def _sleb(data: Bytes, p: int, end: int) -> int:
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


def _leb_end(data: Bytes, p: int, end: int) -> int:
    """Where the LEB128 at p ends; -1 past the end."""
    while p < end:
        p += 1
        if data[p - 1] < 128:
            return p
    return -1


def _fixed(form: int, address: int, offset: int, version: int) -> int:
    """Bytes of a form of fixed size; -1 for others, -2 for one that is not known."""
    if form == 0x01:
        return address
    if form == 0x0B or form == 0x0C or form == 0x11 or form == 0x25 or form == 0x29:
        return 1
    if form == 0x05 or form == 0x12 or form == 0x26 or form == 0x2A:
        return 2
    if form == 0x27 or form == 0x2B:
        return 3
    if form == 0x06 or form == 0x13 or form == 0x1C or form == 0x28 or form == 0x2C:
        return 4
    if form == 0x07 or form == 0x14 or form == 0x20 or form == 0x24:
        return 8
    if form == 0x1E:
        return 16
    if form == 0x0E or form == 0x17 or form == 0x1D or form == 0x1F or form == 0x1F20 or form == 0x1F21:
        return offset
    if form == 0x10:
        return address if version <= 2 else offset  # ref_addr is as wide as an address in DWARF 2 only
    if form == 0x19 or form == 0x21:
        return 0
    if form == 0x03 or form == 0x04 or form == 0x08 or form == 0x09 or form == 0x0A or form == 0x0D or form == 0x0F:
        return -1
    if form == 0x15 or form == 0x16 or form == 0x18 or form == 0x1A or form == 0x1B or form == 0x22 or form == 0x23:
        return -1
    if form == 0x1F01 or form == 0x1F02 or form == 0x2001:
        return -1
    return -2


def _after(data: Bytes, p: int, end: int, form: int, address: int, offset: int, version: int, big: int) -> int:
    """Where the value of a form ends; -1 where that is past the end or the form is not known."""
    size = _fixed(form, address, offset, version)
    if size >= 0:
        return p + size if size <= end - p else -1
    if form == 0x0F or form == 0x0D or form == 0x15 or form == 0x1A or form == 0x1B or form == 0x22 or form == 0x23:
        return _leb_end(data, p, end)
    if form == 0x1F01 or form == 0x1F02:
        return _leb_end(data, p, end)
    if form == 0x08:
        while p < end:
            p += 1
            if data[p - 1] == 0:
                return p
        return -1
    length = 0
    if form == 0x18 or form == 0x09:
        length = _uleb(data, p, end)
        p = _leb_end(data, p, end)
        if p < 0:
            return -1
    elif form == 0x0A:
        if end - p < 1:
            return -1
        length = data[p]
        p += 1
    elif form == 0x03:
        if end - p < 2:
            return -1
        length = _u2(data, p, big)
        p += 2
    elif form == 0x04:
        if end - p < 4:
            return -1
        length = _u4(data, p, big)
        p += 4
    elif form == 0x2001:
        p = _leb_end(data, p, end)
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


def _read(data: Bytes, p: int, end: int, form: int, address: int, offset: int, version: int, big: int) -> int:
    """The number that a form holds at p, unresolved; for an inline string its own position. The form was checked by `_after`."""
    if form == 0x0F or form == 0x15 or form == 0x1A or form == 0x1B or form == 0x22 or form == 0x23 or form == 0x1F01 or form == 0x1F02:
        return _uleb(data, p, end)
    if form == 0x0D:
        return _sleb(data, p, end)
    if form == 0x08:
        return p
    if form == 0x19:
        return 1
    size = _fixed(form, address, offset, version)
    if 0 < size and size <= 8:
        return _uint(data, p, size, big)
    return 0


def _string_ref(form: int, value: int, base: int, width: int, offsets: Bytes, big: int, file: int, alt: int) -> int:
    """The reference of a string attribute; `offsets` is .debug_str_offsets. 0 where it leads nowhere."""
    kind = 0
    limit = 1 << 44
    if form == 0x0E:
        kind = 1
    elif form == 0x1F:
        kind = 2
    elif form == 0x08:
        kind = 3
    elif form == 0x1D or form == 0x1F21:
        if alt == 0:
            return 0
        kind = 1
        file = alt
    elif form == 0x1A or form == 0x25 or form == 0x26 or form == 0x27 or form == 0x28 or form == 0x1F02:
        room = len(offsets)
        if value > room or base > room or base + value * width + width > room:
            return 0
        value = _uint(offsets, base + value * width, width, big)
        kind = 1
    else:
        return 0
    if value >= limit:
        return 0
    return kind << 60 | file | value


def _die_ref(form: int, value: int, start: int, file: int, alt: int) -> int:
    """The reference of a DIE; 0 where it leads nowhere."""
    limit = 1 << 44
    kind = 8
    if form == 0x11 or form == 0x12 or form == 0x13 or form == 0x14 or form == 0x15:
        if value >= limit:
            return 0
        value += start
    elif form == 0x1C or form == 0x24 or form == 0x1F20:
        if alt == 0:
            return 0
        file = alt
    elif form != 0x10:
        return 0
    if value >= limit:
        return 0
    return kind << 60 | file | value


def _address(form: int, value: int, base: int, width: int, addresses: Bytes, big: int) -> int:
    """The address of an attribute; `addresses` is .debug_addr. All ones, which is a tombstone, where it leads nowhere."""
    if form == 0x01:
        return value
    room = len(addresses)
    ones = 0xFFFFFFFFFFFFFFFF
    if value > room or base > room or base + value * width + width > room:
        return ones
    return _uint(addresses, base + value * width, width, big)


def _is_address(form: int) -> int:
    return form == 0x01 or form == 0x1B or form == 0x1F01 or (form >= 0x29 and form <= 0x2C)


# ── unit headers ──────────────────────────────────────────────────────────────────────────────────────────────


def _header_end(info: Bytes, p: int, big: int, abbrevs: int) -> int:
    """Where the unit ends whose header is at p; 0 where none can be."""
    n = len(info)
    if p + 11 > n:
        return 0
    length = _u4(info, p, big)
    q = p + 4
    width = 4
    reserved = 0xFFFFFFF0
    if length >= reserved:
        if length != reserved + 15 or p + 23 > n:
            return 0
        length = _u8(info, p + 4, big)
        q = p + 12
        width = 8
    room = n - q
    if length < 7 or length > room:
        return 0
    version = _u2(info, q, big)
    if version < 2 or version > 5:
        return 0
    at = q + 2
    size = 0
    if version == 5:
        kind = info[at]
        if kind == 0 or (kind > 6 and kind < 0x80) or length < 4 + width:
            return 0
        size = info[at + 1]
        at += 2
    elif length < 3 + width:
        return 0
    else:
        size = info[at + width]
    if size != 8 and size != 4 and size != 2:
        return 0
    offset = _uint(info, at, width, big)
    if offset >= abbrevs:
        return 0
    size = length
    return q + size


def headers(info: Bytes, abbrevs: int, big: int, types: int, units: memoryview, result: memoryview) -> int:
    """Read the unit headers of a section into `units`; returns how many there are (only counted past the room there is).

    `abbrevs`: bytes of .debug_abbrev; `types`: 1 for .debug_types. `result` (i64): headers that are none, and where the first is. After
    such
    a one, and where no header follows a unit, reading goes on at the next place where two headers (or one, and the end) follow each other.
    """
    with cython.nogil:
        count = _headers(info, abbrevs, big, types, units, result)
    return count


def _headers(info: Bytes, abbrevs: int, big: int, types: int, units: memoryview, result: memoryview) -> int:
    n = len(info)
    room = len(units) // 32
    p = 0
    count = 0
    result[0] = 0
    result[1] = 0
    while p + 4 <= n:
        if info[p] == 0 and info[p + 1] == 0 and info[p + 2] == 0 and info[p + 3] == 0:
            p += 4
            continue
        end = _header_end(info, p, big, abbrevs)
        if end == 0 or (end + 4 <= n and _u4(info, end, big) != 0 and _header_end(info, end, big, abbrevs) == 0):
            s = p + 1
            while s < n:
                q = _header_end(info, s, big, abbrevs)
                if q != 0 and (q == n or _header_end(info, q, big, abbrevs) != 0):
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
            at = count * 32
            for i in range(32):
                units[at + i] = 0
            width = 4
            q = p + 4
            if info[p] == 255 and info[p + 1] == 255 and info[p + 2] == 255 and info[p + 3] == 255:
                width = 8
                q = p + 12
            version = _u2(info, q, big)
            q += 2
            kind = 1
            if version == 5:
                kind = info[q]
                units[at + 4] = info[q + 1]
                units[at + 7] = _uint(info, q + 2, width, big)
                q += 2 + width
            else:
                units[at + 7] = _uint(info, q, width, big)
                units[at + 4] = info[q + width]
                q += 1 + width
                if types:
                    kind = 2
            units[at] = p
            units[at + 1] = end
            units[at + 3] = version
            units[at + 5] = width
            units[at + 6] = kind
            if kind == 4 or kind == 5:
                if end - q >= 8:
                    units[at + 23] = _u8(info, q, big)
                q += 8
            elif kind == 2 or kind == 6:
                if end - q >= 8:
                    units[at + 28] = _u8(info, q, big)
                q += 8 + width
            units[at + 2] = q if q < end else end
        count += 1
        p = end
    return count


def _slot(attribute: int, root: int, names: int) -> int:
    """The slot of an attribute that is wanted: of a unit's DIE, else for what `names` says (TO_…)."""
    if attribute == 0x01:
        return 0 if root else 11
    if names == 2:
        return 1 if attribute == 0x11 else 2 if attribute == 0x12 else 3 if attribute == 0x55 else 0
    if attribute == 0x03:
        return 6
    if root == 0:
        if attribute == 0x31:
            return 4
        if attribute == 0x47:
            return 5
        if attribute == 0x6E or attribute == 0x2007:
            return 7
        if names:
            return 5 if attribute == 0x54 else 21 if attribute == 0x69 else 0  # DW_AT_extension continues a namespace
    if attribute == 0x11:
        return 1
    if attribute == 0x12:
        return 2
    if attribute == 0x55:
        return 3
    if root == 0:
        if attribute == 0x58:
            return 8
        if attribute == 0x59:
            return 9
        if attribute == 0x57:
            return 10
        return 0
    if attribute == 0x10:
        return 12
    if attribute == 0x1B:
        return 13
    if attribute == 0x72:
        return 14
    if attribute == 0x73 or attribute == 0x2133:
        return 15
    if attribute == 0x74:
        return 16
    if attribute == 0x76 or attribute == 0x2130:
        return 17
    if attribute == 0x2131:
        return 18
    if attribute == 0x13:
        return 19
    if attribute == 0x2132:
        return 20
    return 0


MEMO = 256
"""Numbers of `roots`' memo."""


def roots(
    info: Bytes,
    abbrev: Bytes,
    addresses: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    first: int,
    stop: int,
    memo: memoryview,
) -> None:
    """Read the DIEs of units `first … stop - 1` into their records, straight from .debug_abbrev.

    Addresses and strings are resolved at the end: their bases may stand behind them. `memo` (u64, MEMO numbers, zeros at first) is for
    abbreviations that were found before: a table that all units share (LTO) is not gone through for each.
    """
    with cython.nogil:
        _roots(info, abbrev, addresses, str_offsets, big, file, alt, units, first, stop, memo)


def _roots(
    info: Bytes,
    abbrev: Bytes,
    addresses: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    first: int,
    stop: int,
    memo: memoryview,
) -> None:
    limit = len(abbrev)
    # Bytes that may be skipped in all: 20,000 units may share one table honestly, and have its last abbreviation; or overlap 20,000 tables.
    left = 16 * limit + 64 * len(info) + 0x100000
    for unit in range(first, stop):
        u = unit * 32
        p = units[u + 2]
        end = units[u + 1]
        address = units[u + 4]
        offset = units[u + 5]
        version = units[u + 3]
        code = _uleb(info, p, end)
        p = _leb_end(info, p, end)
        at = units[u + 7]
        found = 0
        tag = 0
        table = at
        place = 4 * ((table + code) & 63)
        if p >= 0 and memo[place] == table and memo[place + 1] == code and memo[place + 2]:
            at = memo[place + 2]
            tag = memo[place + 3]
            found = 1
        while found == 0 and p >= 0 and at < limit and left >= 0:  # nearly always the first
            began = at
            this = _uleb(abbrev, at, limit)
            at = _leb_end(abbrev, at, limit)
            if at < 0 or this == 0:
                break
            tag = _uleb(abbrev, at, limit)
            at = _leb_end(abbrev, at, limit)
            if at < 0 or at >= limit:
                break
            at += 1
            if this == code:
                found = 1
                break
            while at < limit:
                attribute = _uleb(abbrev, at, limit)
                at = _leb_end(abbrev, at, limit)
                if at < 0:
                    break
                form = _uleb(abbrev, at, limit)
                at = _leb_end(abbrev, at, limit)
                if at < 0:
                    break
                if form == 0x21:
                    at = _leb_end(abbrev, at, limit)
                    if at < 0:
                        break
                if attribute == 0 and form == 0:
                    break
            if at < 0:
                break
            left -= at - began
        if found == 0:
            units[u + 30] = 1
            units[u + 31] = units[u + 2]
            continue
        memo[place] = table
        memo[place + 1] = code
        memo[place + 2] = at
        memo[place + 3] = tag
        units[u + 27] = tag
        has = 0
        one = 1
        low_form = name_form = dir_form = dwo_form = 0
        name = comp_dir = dwo = 0
        addr_base = str_base = rng_base = 0
        attributes = 0
        while at < limit and attributes < 128:
            attributes += 1
            if at + 1 < limit and abbrev[at] < 128 and abbrev[at + 1] < 128:  # nearly always
                attribute = abbrev[at]
                raw = abbrev[at + 1]
                at += 2
            else:
                attribute = _uleb(abbrev, at, limit)
                at = _leb_end(abbrev, at, limit)
                if at < 0:
                    break
                raw = _uleb(abbrev, at, limit)
                at = _leb_end(abbrev, at, limit)
                if at < 0:
                    break
            value = 0
            if raw == 0x21:
                value = _sleb(abbrev, at, limit)
                at = _leb_end(abbrev, at, limit)
                if at < 0:
                    break
            if attribute == 0 and raw == 0:
                break
            turns = 0
            while raw == 0x16 and turns < 4:
                raw = _uleb(info, p, end)
                p = _leb_end(info, p, end)
                turns += 1
                if p < 0:
                    break
            form = raw if raw < 0x10000 else 0
            q = _after(info, p, end, form, address, offset, version, big) if p >= 0 else -1
            if q < 0:
                units[u + 30] = 2
                units[u + 31] = units[u + 2]
                break
            slot = _slot(attribute, 1, 0) if attribute < 0x4000 else 0
            if slot:
                if form != 0x21:
                    value = _read(info, p, end, form, address, offset, version, big)
                has |= one << slot
                if slot == 1:
                    units[u + 12] = value
                    low_form = form
                elif slot == 2:
                    units[u + 13] = value
                    units[u + 14] = form
                elif slot == 3:
                    units[u + 15] = value
                    units[u + 16] = form
                elif slot == 6:
                    name = value
                    name_form = form
                elif slot == 13:
                    comp_dir = value
                    dir_form = form
                elif slot == 17:
                    dwo = value
                    dwo_form = form
                elif slot == 12:
                    units[u + 21] = value
                elif slot == 14:
                    str_base = value
                elif slot == 15:
                    addr_base = value
                elif slot == 16:
                    rng_base = value
                elif slot == 18:
                    units[u + 23] = value
                elif slot == 19:
                    units[u + 22] = value
                elif slot == 20:
                    units[u + 29] = value
            p = q
        if version >= 5:  # where a base is left out, the first contribution's is meant (split units, DWARF 5 §7.26–7.28)
            if has & one << 14 == 0:
                str_base = units[u + 19] + 2 * offset
            if has & one << 15 == 0:
                addr_base = units[u + 18] + 2 * offset
            if has & one << 16 == 0:
                rng_base = units[u + 20] + 8 + (4 if offset == 4 else 12)
        else:
            if has & one << 14 == 0:
                str_base = units[u + 19]
            if has & one << 15 == 0:
                addr_base = units[u + 18]
            if has & one << 16 == 0:
                rng_base = units[u + 20]
        units[u + 17] = has
        units[u + 18] = addr_base
        units[u + 19] = str_base
        units[u + 20] = rng_base
        if low_form:
            units[u + 12] = _address(low_form, units[u + 12], addr_base, address, addresses, big)
        if name_form:
            units[u + 24] = _string_ref(name_form, name, str_base, offset, str_offsets, big, file, alt)
        if dir_form:
            units[u + 25] = _string_ref(dir_form, comp_dir, str_base, offset, str_offsets, big, file, alt)
        if dwo_form:
            units[u + 26] = _string_ref(dwo_form, dwo, str_base, offset, str_offsets, big, file, alt)


# ── abbreviations ─────────────────────────────────────────────────────────────────────────────────────────────


def flatten(
    abbrev: Bytes,
    at: int,
    address: int,
    offset: int,
    version: int,
    names: int,
    words: memoryview,
    pairs: memoryview,
    result: memoryview,
) -> int:
    """Flatten the abbreviations at `at` into programs, from `words[result[1]]` on (u32).

    `names`: what for (TO_…). `pairs` (u64): code and place in `words` of each. `result` (i64): how
    many there are; the word to go on at; 1 where their codes are 1, 2, 3 …; where reading ended. Returns OK, PAST_END, or CUT where there
    was no room: then nothing counts.

    A program: one word of kind and children (bit 8), then instructions until 0. Their low byte: 1 skip `word >> 16` bytes; 2 skip a
    LEB128; 3 a string; 4 a block, `word >> 16` bytes long its length (0: a ULEB128); 5 a form that stands before its value; 6 read into
    slot
    `word >> 8 & 255` the form `word >> 16`; 7 put into that slot the 64 bits of the next two words.
    """
    with cython.nogil:
        status = _flatten(abbrev, at, address, offset, version, names, words, pairs, result)
    return status


def _kind(tag: int, code: int) -> int:
    """`code`: whether the DIE has an address or ranges."""
    if tag == 0x2E:
        return 1 if code else 6
    if tag == 0x1D:
        return 2
    if tag == 0x02 or tag == 0x13 or tag == 0x17 or tag == 0x38:
        return 4
    if tag == 0x01 or tag == 0x04 or tag == 0x15 or tag == 0x48 or tag == 0x4109 or tag == 0x4108 or tag == 0x4107:
        return 3
    if tag == 0x39 or tag == 0x1E:
        return 5
    return 0


def _flatten(
    abbrev: Bytes,
    at: int,
    address: int,
    offset: int,
    version: int,
    names: int,
    words: memoryview,
    pairs: memoryview,
    result: memoryview,
) -> int:
    n = len(abbrev)
    room = len(words)
    places = len(pairs) // 2
    none = 0xFFFFFFFF
    out = result[1]
    count = 0
    dense = 1
    result[0] = 0
    result[2] = 1
    while at < n:
        code = _uleb(abbrev, at, n)
        at = _leb_end(abbrev, at, n)
        if at < 0:
            return 3
        if code == 0:
            break
        raw = _uleb(abbrev, at, n)
        tag = raw if raw < 0x10000 else 0
        at = _leb_end(abbrev, at, n)
        if at < 0 or at >= n:
            return 3
        children = abbrev[at] != 0
        at += 1
        if count >= places or out + 2 > room:
            return 5
        if code != count + 1:
            dense = 0
        head = out
        out += 1
        has_code = 0
        kind = _kind(tag, 0)
        # Only what has a name, or code, is read, and the sibling: of all that has children by `ancestors`, of types by those that scan.
        skip = 0
        attributes = 0
        while at < n:
            raw = _uleb(abbrev, at, n)
            attribute = raw if raw < 0x10000 else 0x9999
            at = _leb_end(abbrev, at, n)
            if at < 0:
                return 3
            raw = _uleb(abbrev, at, n)
            form = raw if raw < 0x10000 else 0x9999
            at = _leb_end(abbrev, at, n)
            if at < 0:
                return 3
            constant = 0
            if form == 0x21:
                constant = _sleb(abbrev, at, n)
                at = _leb_end(abbrev, at, n)
                if at < 0:
                    return 3
            if attribute == 0 and form == 0:
                break
            attributes += 1
            if attributes > 128:
                return 2
            if out + 5 > room:
                return 5
            if attribute == 0x11 or attribute == 0x55:
                has_code = 1
            slot = _slot(attribute, 0, names)
            if names != 1 and kind != 2 and tag != 0x2E and slot != 11:
                slot = 0
            if slot == 11 and (children == 0 or (names != 1 and kind != 3 and kind != 4)):
                slot = 0
            size = _fixed(form, address, offset, version)
            if size == -2:
                words[out] = 6 | form << 16  # an unknown form: found out when it is met
                out += 1
                continue
            if slot == 0 and size >= 0:
                skip += size
                continue
            while skip > 0:
                if out + 5 > room:
                    return 5
                words[out] = 1 | (skip if skip < 65535 else 65535) << 16
                skip -= skip if skip < 65535 else 65535
                out += 1
            if form == 0x21:
                words[out] = 7 | slot << 8
                words[out + 1] = constant & none
                words[out + 2] = constant >> 32
                out += 3
            elif form == 0x16:
                words[out] = 5 | slot << 8
                out += 1
            elif slot:
                words[out] = 6 | slot << 8 | form << 16
                out += 1
            elif form == 0x08:
                words[out] = 3
                out += 1
            elif form == 0x09 or form == 0x18:
                words[out] = 4
                out += 1
            elif form == 0x0A:
                words[out] = 4 | 1 << 16
                out += 1
            elif form == 0x03:
                words[out] = 4 | 2 << 16
                out += 1
            elif form == 0x04:
                words[out] = 4 | 4 << 16
                out += 1
            elif form == 0x2001:
                words[out] = 2
                out += 1
                skip = 4
            else:
                words[out] = 2
                out += 1
        while skip > 0:
            if out + 2 > room:
                return 5
            words[out] = 1 | (skip if skip < 65535 else 65535) << 16
            skip -= skip if skip < 65535 else 65535
            out += 1
        if out + 1 > room:
            return 5
        words[out] = 0
        out += 1
        words[head] = _kind(tag, has_code) | children << 8
        pairs[2 * count] = code
        pairs[2 * count + 1] = head
        count += 1
    result[0] = count
    result[1] = out
    result[2] = dense
    result[3] = at
    return 0


def _program(codes: memoryview, base: int, count: int, code: int) -> int:
    """Where the program of an abbreviation is, -1 for none. `codes` (u64): places, for codes 1, 2, 3 … ; or, where bit 63 of `base` is set,
    pairs of code and place sorted by code.
    """
    top = base >> 63
    low = base - (top << 63)
    if top == 0:
        if code == 0 or code > count:
            return -1
        at = low + code - 1
        return codes[at]
    left = 0
    right = count
    while left < right:
        middle = (left + right) >> 1
        at = low + 2 * middle
        if codes[at] < code:
            left = middle + 1
        else:
            right = middle
    at = low + 2 * left
    if left < count and codes[at] == code:
        return codes[at + 1]
    return -1


# ── range lists ───────────────────────────────────────────────────────────────────────────────────────────────


def _add(start: int, end: int, owner: int, floor: int, ceiling: int, intervals: memoryview, count: int) -> int:
    """Add an interval that is not empty and not of code that was dropped; how many there are, -1 without room."""
    if start >= end or start < floor or start >= ceiling:
        return count
    if 3 * count + 3 > len(intervals):
        return -1
    intervals[3 * count] = start
    intervals[3 * count + 1] = end
    intervals[3 * count + 2] = owner
    return count + 1


def _old_ranges(
    ranges: Bytes,
    raw: int,
    width: int,
    base: int,
    big: int,
    owner: int,
    floor: int,
    ceiling: int,
    intervals: memoryview,
    count: int,
    budget: memoryview,
) -> int:
    """A list of .debug_ranges (DWARF 4 §2.17.3). What is read is taken from budget[0]: a million DIEs may share a list."""
    n = len(ranges)
    if raw >= n or budget[0] < 0:
        return -2
    p = raw
    ones = 0xFFFFFFFFFFFFFFFF
    mask = ones if width == 8 else (ones >> 32) if width == 4 else (ones >> 48)
    dead = 0
    while p + 2 * width <= n:
        start = _uint(ranges, p, width, big)
        end = _uint(ranges, p + width, width, big)
        p += 2 * width
        budget[0] -= 2 * width
        if start == mask:
            base = end
            dead = base < floor or base >= ceiling  # a base that was chosen, and is a tombstone
            continue
        if start == 0 and end == 0:
            return count
        if dead == 0:
            count = _add((base + start) & mask, (base + end) & mask, owner, floor, ceiling, intervals, count)
            if count < 0:
                return count
    return count


def _new_ranges(
    lists: Bytes,
    raw: int,
    width: int,
    base: int,
    addr_base: int,
    addresses: Bytes,
    big: int,
    owner: int,
    floor: int,
    ceiling: int,
    intervals: memoryview,
    count: int,
    budget: memoryview,
) -> int:
    """A list of .debug_rnglists (DWARF 5 §2.17.3). What is read is taken from budget[0]."""
    n = len(lists)
    if raw >= n or budget[0] < 0:
        return -2
    p = raw
    ones = 0xFFFFFFFFFFFFFFFF
    mask = ones if width == 8 else (ones >> 32) if width == 4 else (ones >> 48)
    dead = 0
    while p < n:
        kind = lists[p]
        p += 1
        budget[0] -= 4
        one = 0
        two = 0
        if kind == 0:
            return count
        if kind == 5 or kind == 6 or kind == 7:
            if p + width > n:
                return -2
            one = _uint(lists, p, width, big)
            p += width
        elif kind <= 4:
            one = _uleb(lists, p, n)
            p = _leb_end(lists, p, n)
            if p < 0:
                return -2
            if kind != 4:
                one = _address(0x1B, one, addr_base, width, addresses, big)
        else:
            return -2
        if kind == 6:
            if p + width > n:
                return -2
            two = _uint(lists, p, width, big)
            p += width
        elif kind == 2 or kind == 3 or kind == 4 or kind == 7:
            two = _uleb(lists, p, n)
            p = _leb_end(lists, p, n)
            if p < 0:
                return -2
            if kind == 2:
                two = _address(0x1B, two, addr_base, width, addresses, big)
        if kind == 1 or kind == 5:
            base = one
            dead = base < floor or base >= ceiling
            continue
        if kind == 4:
            if dead:
                continue
            one = (base + one) & mask
            two = (base + two) & mask
        elif kind == 3 or kind == 7:
            two = (one + two) & mask
        count = _add(one, two, owner, floor, ceiling, intervals, count)
        if count < 0:
            return count
    return count


def _code_of(
    u: int,
    units: memoryview,
    has_low: int,
    low: int,
    has_high: int,
    high: int,
    high_form: int,
    has_ranges: int,
    ranges_at: int,
    ranges_form: int,
    addresses: Bytes,
    ranges: Bytes,
    lists: Bytes,
    big: int,
    owner: int,
    floor: int,
    ceiling: int,
    intervals: memoryview,
    count: int,
    budget: memoryview,
) -> int:
    """Add the intervals of a DIE; how many there are, -1 without room, -2 for a list that cannot be read, or not within budget[0] bytes."""
    width = units[u + 4]
    if has_ranges:
        if units[u + 3] < 5:
            return _old_ranges(ranges, ranges_at, width, units[u + 12], big, owner, floor, ceiling, intervals, count, budget)
        if ranges_form == 0x23:
            n = len(lists)
            step = units[u + 5]
            base = units[u + 20]
            if ranges_at > n or base > n or base + ranges_at * step + step > n:
                return -2
            ranges_at = base + _uint(lists, base + ranges_at * step, step, big)
        return _new_ranges(
            lists, ranges_at, width, units[u + 12], units[u + 18], addresses, big, owner, floor, ceiling, intervals, count, budget
        )
    if has_low == 0 or has_high == 0:
        return count
    if _is_address(high_form):
        high = _address(high_form, high, units[u + 18], width, addresses, big)
    else:  # a high_pc of class constant is a length (DWARF 4 §2.17)
        ones = 0xFFFFFFFFFFFFFFFF
        high = (low + high) & ones
    return _add(low, high, owner, floor, ceiling, intervals, count)


def claims(
    addresses: Bytes,
    ranges: Bytes,
    lists: Bytes,
    big: int,
    floor: int,
    ceiling: int,
    units: memoryview,
    first: int,
    stop: int,
    intervals: memoryview,
    count: int,
    budget: memoryview,
) -> int:
    """Add what the DIEs of units `first … stop - 1` say they cover: three numbers an interval (start, end, unit). Returns how many there
    are; -1 without room. `budget` (i64, one): the bytes of range lists that may be read; behind them lists count as damaged.
    """
    with cython.nogil:
        count = _claims(addresses, ranges, lists, big, floor, ceiling, units, first, stop, intervals, count, budget)
    return count


def _claims(
    addresses: Bytes,
    ranges: Bytes,
    lists: Bytes,
    big: int,
    floor: int,
    ceiling: int,
    units: memoryview,
    first: int,
    stop: int,
    intervals: memoryview,
    count: int,
    budget: memoryview,
) -> int:
    for unit in range(first, stop):
        u = unit * 32
        has = units[u + 17]
        before = count
        count = _code_of(
            u,
            units,
            has >> 1 & 1,
            units[u + 12],
            has >> 2 & 1,
            units[u + 13],
            units[u + 14],
            has >> 3 & 1,
            units[u + 15],
            units[u + 16],
            addresses,
            ranges,
            lists,
            big,
            unit,
            floor,
            ceiling,
            intervals,
            count,
            budget,
        )
        if count == -1:
            return -1
        if count < 0:
            units[u + 30] = 4
            units[u + 31] = units[u + 2]
            count = before
    return count


# ── the scan ──────────────────────────────────────────────────────────────────────────────────────────────────


def scan(
    info: Bytes,
    addresses: Bytes,
    str_offsets: Bytes,
    ranges: Bytes,
    lists: Bytes,
    big: int,
    file: int,
    alt: int,
    floor: int,
    ceiling: int,
    units: memoryview,
    wanted: memoryview,
    programs: memoryview,
    asked: memoryview,
    words: memoryview,
    codes: memoryview,
    entries: memoryview,
    intervals: memoryview,
    ends: memoryview,
    result: memoryview,
    budget: memoryview,
) -> None:
    """Scan the units `wanted[result[0] …]` (u32) for functions and inlined calls that have code.

    Appends to `entries` (u64, ENTRY numbers each) from `result[1]` on and to `intervals` (u64: start, end, entry) from `result[2]` on;
    `ends` (i64)
    says for each of `wanted` how many intervals there are behind it. In
    `result` (i64): the first of `wanted` that was not scanned for want of room, the entries and the intervals there are. Code below
    `floor` or from `ceiling` on was dropped by the linker. `budget` (i64, one): the bytes of range lists that may be read.
    What is wrong in a unit stands in its record; what was read before it counts.

    `programs` (u64, two for each of `wanted`): where in `codes` the programs of its abbreviations are, and how many: those to scan, or
    where `asked` (u64, ascending, distinct) holds addresses, those to find. Then an entry is only kept where it or one inside it covers
    one of them, and what it is called and where it was called from is left out: `describe` adds it.
    """
    with cython.nogil:
        _scan(
            info,
            addresses,
            str_offsets,
            ranges,
            lists,
            big,
            file,
            alt,
            floor,
            ceiling,
            units,
            wanted,
            programs,
            asked,
            words,
            codes,
            entries,
            intervals,
            ends,
            result,
            budget,
        )


def _scan(
    info: Bytes,
    addresses: Bytes,
    str_offsets: Bytes,
    ranges: Bytes,
    lists: Bytes,
    big: int,
    file: int,
    alt: int,
    floor: int,
    ceiling: int,
    units: memoryview,
    wanted: memoryview,
    programs: memoryview,
    asked: memoryview,
    words: memoryview,
    codes: memoryview,
    entries: memoryview,
    intervals: memoryview,
    ends: memoryview,
    result: memoryview,
    budget: memoryview,
) -> None:
    none = 0xFFFFFFFF
    ones = 0xFFFFFFFFFFFFFFFF
    room = len(entries) // 9
    turn = result[0]
    count = result[1]
    spans = result[2]
    narrow = len(asked)
    least = asked[0] if narrow else 0
    most = asked[narrow - 1] if narrow else 0
    while turn < len(wanted):
        unit = wanted[turn]
        u = unit * 32
        p = units[u + 2]
        end = units[u + 1]
        address = units[u + 4]
        width = units[u + 5]
        version = units[u + 3]
        start = units[u]
        base = programs[2 * turn]
        code_count = programs[2 * turn + 1]
        str_base = units[u + 19]
        addr_base = units[u + 18]
        language = units[u + 22]
        # Definitions never stand inside the types of C and C++, but for those local to a function (GCC's lambdas), so siblings may be
        # followed over them.
        plain = (
            language == 0x01
            or language == 0x02
            or language == 0x04
            or language == 0x0C
            or language == 0x1A
            or language == 0x1D
            or language == 0x21
            or language == 0x2B
            or language == 0x2C
        )
        depth = 0
        current = none
        local = 0  # the depth of the function, with code or without, that we are in
        fault = 0
        full = 0
        here = p
        first_entry = count
        first_span = spans
        before_lists = budget[0]
        while p < end:
            here = p
            byte = info[p]
            p += 1
            code = byte
            if byte >= 128:
                code = _uleb(info, here, end)
                p = _leb_end(info, here, end)
                if p < 0:
                    fault = 3
                    break
            if code == 0:
                depth -= 1
                if depth <= 0:
                    break
                if depth <= local:
                    local = 0
                while current != none and depth <= entries[current * 9 + 2]:
                    if narrow and count == current + 1 and entries[current * 9 + 4] == 0:  # neither it nor what was inside
                        count = current
                        spans = entries[current * 9 + 3]
                    current = entries[current * 9 + 1] & none
                continue
            if base >> 63 == 0 and code <= code_count:
                at = codes[base + code - 1]
            else:
                at = _program(codes, base, code_count, code)
                if at < 0:
                    fault = 1
                    break
            head = words[at]
            kind = head & 255
            at += 1
            word = words[at]
            if word & 255 <= 1 and kind != 1 and kind != 2 and (word == 0 or words[at + 1] == 0):  # of one size, and no matter
                p += word >> 16
                if p > end:
                    fault = 3
                    break
                if head & 256:
                    if local == 0 and kind == 6 and depth:
                        local = depth
                    depth += 1
                elif depth == 0:
                    break
                continue
            low = high = ranges_at = sibling = 0
            low_form = high_form = ranges_form = 0
            name = linkage = origin = specification = 0
            call_file = call_line = call_column = 0
            while True:
                word = words[at]
                at += 1
                op = word & 255
                if op == 1:
                    p += word >> 16
                elif op == 0:
                    break
                elif op == 6 and word >> 16 == 6 and p + 4 <= end and word >> 8 & 255 == 2:  # nearly every length
                    high = _u4(info, p, big)
                    high_form = 6
                    p += 4
                elif op == 2:
                    while p < end and info[p] >= 128:
                        p += 1
                    p += 1
                elif op == 4:
                    step = word >> 16
                    length = 0
                    if step == 0:
                        length = _uleb(info, p, end)
                        while p < end and info[p] >= 128:
                            p += 1
                        p += 1
                    elif p + step <= end:
                        length = _uint(info, p, step, big)
                        p += step
                    else:
                        p = end + 1
                    if p > end:
                        fault = 3
                        break
                    left = end - p
                    if length > left:
                        fault = 3
                        break
                    p += length
                elif op == 3:
                    while p < end and info[p] != 0:
                        p += 1
                    p += 1
                else:
                    slot = word >> 8 & 255
                    form = word >> 16
                    value = 0
                    q = p
                    if op == 7:
                        value = words[at + 1]
                        value = value << 32 | words[at]
                        form = 0x21
                        at += 2
                    else:
                        if op == 5:
                            form = 0x16
                            turns = 0
                            while form == 0x16 and turns < 4 and p >= 0 and p < end:
                                value = _uleb(info, p, end)
                                p = _leb_end(info, p, end)
                                form = value if value < 0x10000 else 0
                                turns += 1
                            if p < 0 or form == 0x21:
                                fault = 2
                                break
                        if p > end:
                            fault = 3
                            break
                        q = _after(info, p, end, form, address, width, version, big)
                        if q < 0:
                            fault = 2
                            break
                        value = _read(info, p, end, form, address, width, version, big) if slot else 0
                    p = q
                    if slot == 0:
                        continue
                    if slot == 1:
                        low = _address(form, value, addr_base, address, addresses, big)
                        low_form = form
                    elif slot == 2:
                        high = value
                        high_form = form
                    elif slot == 3:
                        ranges_at = value
                        ranges_form = form
                    elif slot == 4:
                        origin = _die_ref(form, value, start, file, alt)
                    elif slot == 5:
                        specification = _die_ref(form, value, start, file, alt)
                    elif slot == 6:
                        name = _string_ref(form, value, str_base, width, str_offsets, big, file, alt)
                    elif slot == 7:
                        linkage = _string_ref(form, value, str_base, width, str_offsets, big, file, alt)
                    elif slot == 8:
                        call_file = value if value < none else none
                    elif slot == 9:
                        call_line = value if value < none else none
                    elif slot == 10:
                        call_column = value if value < none else none
                    elif slot == 11:
                        sibling = value
            if fault:
                break
            if p > end:
                fault = 3
                break
            if depth == 0:
                if head & 256 == 0:
                    break
                depth = 1
                continue
            if kind == 1 or kind == 2:
                if count >= room:
                    full = 1
                    break
                if ranges_form and version == 4:
                    ranges_at = (ranges_at + units[u + 29]) & ones
                before = spans
                spans = _code_of(
                    u,
                    units,
                    low_form != 0,
                    low,
                    high_form != 0,
                    high,
                    high_form,
                    ranges_form != 0,
                    ranges_at,
                    ranges_form,
                    addresses,
                    ranges,
                    lists,
                    big,
                    count,
                    floor,
                    ceiling,
                    intervals,
                    spans,
                    budget,
                )
                if spans == -1:
                    full = 1
                    break
                if spans < 0:
                    if units[u + 30] == 0:
                        units[u + 30] = 4
                        units[u + 31] = here
                    spans = before
                covered = 0
                if narrow:
                    for i in range(before, spans):
                        if intervals[3 * i] <= most and intervals[3 * i + 1] > least:
                            at = _floor(asked, narrow, intervals[3 * i])
                            if (at >= 0 and asked[at] == intervals[3 * i]) or (at + 1 < narrow and asked[at + 1] < intervals[3 * i + 1]):
                                covered = 1
                                break
                    if covered == 0 and head & 256 == 0:
                        spans = before
                        continue
                if spans > before or kind == 2:
                    e = count * 9
                    entries[e] = here
                    entries[e + 1] = kind
                    entries[e + 1] = entries[e + 1] << 32 | current
                    entries[e + 2] = depth
                    entries[e + 3] = name
                    entries[e + 4] = linkage
                    entries[e + 5] = origin if origin else specification
                    entries[e + 6] = call_file << 32 | call_line
                    entries[e + 7] = call_column << 32 | unit
                    entries[e + 8] = intervals[3 * before] if spans > before else 0
                    if low_form and spans > before and low >= floor and low < ceiling:
                        entries[e + 8] = low
                    if narrow:
                        entries[e + 3] = before
                        entries[e + 4] = covered
                    if head & 256:
                        current = count
                    count += 1
            if head & 256:
                if sibling and (kind == 3 or (kind == 4 and plain and local == 0)):
                    left = p - start
                    if sibling >= left and sibling < end - start:
                        p = start + sibling
                        continue
                if local == 0 and (kind == 1 or kind == 6):
                    local = depth
                depth += 1
        if full:
            budget[0] = before_lists
            result[0] = turn
            result[1] = first_entry
            result[2] = first_span
            return
        if fault:
            units[u + 30] = fault
            units[u + 31] = here
        ends[turn] = spans
        turn += 1
        result[0] = turn
        result[1] = count
        result[2] = spans


def _floor(addresses: memoryview, n: int, address: int) -> int:
    """The last of the first `n` that is at most `address`; -1 for none."""
    low = 0
    high = n
    while low < high:
        middle = (low + high) >> 1
        if addresses[middle] <= address:
            low = middle + 1
        else:
            high = middle
    return low - 1


def describe(
    info: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    words: memoryview,
    codes: memoryview,
    entries: memoryview,
    count: int,
) -> None:
    """Add to `count` entries that were found for what was asked what else `scan` tells: names, origin, the place of the call. Their units
    have programs to scan.
    """
    with cython.nogil:
        _describe(info, str_offsets, big, file, alt, units, words, codes, entries, count)


def _describe(
    info: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    words: memoryview,
    codes: memoryview,
    entries: memoryview,
    count: int,
) -> None:
    none = 0xFFFFFFFF
    for i in range(count):
        e = 9 * i
        unit = entries[e + 7] & none
        u = 32 * unit
        p = entries[e]
        end = units[u + 1]
        name = linkage = origin = specification = 0
        call_file = call_line = call_column = 0
        code = _uleb(info, p, end)
        p = _leb_end(info, p, end)
        at = _program(codes, units[u + 8], units[u + 9], code)
        if at >= 0:
            at += 1
        while at >= 0 and p >= 0 and p <= end:
            word = words[at]
            at += 1
            op = word & 255
            slot = word >> 8 & 255
            form = word >> 16
            value = 0
            if op == 0:
                break
            if op == 1:
                p += form
                continue
            if op == 7:
                value = words[at + 1]
                value = value << 32 | words[at]
                form = 0x21
                at += 2
            else:
                if op == 2:
                    form = 0x0F
                    slot = 0
                elif op == 3:
                    form = 0x08
                    slot = 0
                elif op == 4:
                    form = 0x09 if form == 0 else 0x0A if form == 1 else 0x03 if form == 2 else 0x04
                    slot = 0
                elif op == 5:
                    form = 0x16
                    turns = 0
                    while form == 0x16 and turns < 4 and p >= 0 and p < end:
                        value = _uleb(info, p, end)
                        p = _leb_end(info, p, end)
                        form = value if value < 0x10000 else 0
                        turns += 1
                    if p < 0:
                        break
                q = _after(info, p, end, form, units[u + 4], units[u + 5], units[u + 3], big)
                if q < 0:
                    break
                value = _read(info, p, end, form, units[u + 4], units[u + 5], units[u + 3], big) if slot else 0
                p = q
            if slot == 4:
                origin = _die_ref(form, value, units[u], file, alt)
            elif slot == 5:
                specification = _die_ref(form, value, units[u], file, alt)
            elif slot == 6:
                name = _string_ref(form, value, units[u + 19], units[u + 5], str_offsets, big, file, alt)
            elif slot == 7:
                linkage = _string_ref(form, value, units[u + 19], units[u + 5], str_offsets, big, file, alt)
            elif slot == 8:
                call_file = value if value < none else none
            elif slot == 9:
                call_line = value if value < none else none
            elif slot == 10:
                call_column = value if value < none else none
        entries[e + 3] = name
        entries[e + 4] = linkage
        entries[e + 5] = origin if origin else specification
        entries[e + 6] = call_file << 32 | call_line
        entries[e + 7] = call_column << 32 | unit


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _unit_of(units: memoryview, count: int, offset: int) -> int:
    """The unit that holds an offset of the section, -1 for none."""
    left = 0
    right = count
    while left < right:
        middle = (left + right) >> 1
        if units[middle * 32] <= offset:
            left = middle + 1
        else:
            right = middle
    left -= 1
    if left >= 0 and offset >= units[left * 32 + 2] and offset < units[left * 32 + 1]:
        return left
    return -1


HOPS = 16
"""Origins and specifications that are followed to a name. A cycle ends there too."""
FOUND = 5
"""Numbers of an answer of `names`: name, linkage name, the DIE that has the name, the reference into another file at which to go on, the
kind of
the first DIE (K_…)."""


def names(
    info: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    count: int,
    words: memoryview,
    codes: memoryview,
    refs: memoryview,
    wants: memoryview,
    found: memoryview,
) -> int:
    """For each DIE of `refs` (u64) its names, with what it comes from, at most HOPS away: FOUND numbers each in `found` (u64).

    Returns how many units are wanted whose abbreviations were not flattened (for names); `wants` (u8, one a unit) is 1 for each.
    """
    with cython.nogil:
        missing = _names(info, str_offsets, big, file, alt, units, count, words, codes, refs, wants, found)
    return missing


def _names(
    info: Bytes,
    str_offsets: Bytes,
    big: int,
    file: int,
    alt: int,
    units: memoryview,
    count: int,
    words: memoryview,
    codes: memoryview,
    refs: memoryview,
    wants: memoryview,
    found: memoryview,
) -> int:
    missing = 0
    files = 0x0FFFF00000000000
    offsets = 0xFFFFFFFFFFF
    ours = files & file
    for i in range(len(refs)):
        ref = refs[i]
        name = linkage = holder = following = 0
        first_kind = 0
        for hop in range(16):
            if ref == 0:
                break
            if ref & files != ours:
                following = ref
                break
            offset = ref & offsets
            unit = _unit_of(units, count, offset)
            if unit < 0:
                break
            u = unit * 32
            if units[u + 11] == 0:
                if wants[unit] == 0:
                    wants[unit] = 1
                    missing += 1
                break
            p = offset
            end = units[u + 1]
            address = units[u + 4]
            width = units[u + 5]
            version = units[u + 3]
            code = _uleb(info, p, end)
            p = _leb_end(info, p, end)
            if p < 0 or code == 0:
                break
            at = _program(codes, units[u + 10], units[u + 11], code)
            if at < 0:
                break
            if hop == 0:
                first_kind = words[at] & 255
            at += 1
            bad = 0
            origin = specification = 0
            while True:
                word = words[at]
                at += 1
                op = word & 255
                if op == 0:
                    break
                slot = word >> 8 & 255
                form = word >> 16
                value = 0
                if op == 7:
                    at += 2
                    continue
                if op == 1:
                    p += form
                    if p > end:
                        bad = 1
                        break
                    continue
                if op == 2:
                    form = 0x0F
                    slot = 0
                elif op == 3:
                    form = 0x08
                    slot = 0
                elif op == 4:
                    form = 0x09 if form == 0 else 0x0A if form == 1 else 0x03 if form == 2 else 0x04
                    slot = 0
                elif op == 5:
                    form = 0x16
                    turns = 0
                    while form == 0x16 and turns < 4 and p >= 0 and p < end:
                        value = _uleb(info, p, end)
                        p = _leb_end(info, p, end)
                        form = value if value < 0x10000 else 0
                        turns += 1
                    if p < 0 or form == 0x21:
                        bad = 1
                        break
                q = _after(info, p, end, form, address, width, version, big)
                if q < 0:
                    bad = 1
                    break
                if slot:
                    value = _read(info, p, end, form, address, width, version, big)
                    if slot == 4:
                        origin = _die_ref(form, value, units[u], file, alt)
                    elif slot == 5:
                        specification = _die_ref(form, value, units[u], file, alt)
                    elif slot == 6:
                        if name == 0:
                            name = _string_ref(form, value, units[u + 19], width, str_offsets, big, file, alt)
                            if name:
                                holder = ref
                    elif slot == 7 and linkage == 0:
                        linkage = _string_ref(form, value, units[u + 19], width, str_offsets, big, file, alt)
                p = q
            if bad or (linkage and name):
                break
            ref = origin if origin else specification
        found[5 * i] = name
        found[5 * i + 1] = linkage
        found[5 * i + 2] = holder
        found[5 * i + 3] = following
        found[5 * i + 4] = first_kind
    return missing


ANCESTORS = 8
"""The scopes around a DIE that are told, the nearest first."""


def ancestors(
    info: Bytes,
    big: int,
    units: memoryview,
    unit: int,
    words: memoryview,
    codes: memoryview,
    targets: memoryview,
    stack: memoryview,
    found: memoryview,
) -> int:
    """The scopes (namespaces, types, functions) around the DIEs of one unit at `targets` (u64, ascending offsets): ANCESTORS offsets each
    in `found` (u64), 0 behind the last. `stack` (u64) has three numbers of room for each level that is followed; what is deeper has no
    scopes. Returns how many were met before the unit ended.

    A DIE ends at its sibling, whatever stands below it. So those below need not be walked where no target is among them, and what is found
    for a target does not depend on the others, though a sibling lies.
    """
    with cython.nogil:
        met = _ancestors(info, big, units, unit, words, codes, targets, stack, found)
    return met


def _ancestors(
    info: Bytes,
    big: int,
    units: memoryview,
    unit: int,
    words: memoryview,
    codes: memoryview,
    targets: memoryview,
    stack: memoryview,
    found: memoryview,
) -> int:
    n = len(targets)
    levels = len(stack) // 3
    u = unit * 32
    start = units[u]
    p = units[u + 2]
    end = units[u + 1]  # of the unit, then of the innermost DIE whose sibling is known
    inside = -1  # the level of that DIE
    address = units[u + 4]
    width = units[u + 5]
    version = units[u + 3]
    depth = 0
    met = 0
    bad = 0
    while met < n:
        if bad or p >= end:
            if inside < 0:
                break
            p = end
            depth = inside
            end = stack[3 * depth + 1]
            inside = stack[3 * depth + 2]
            inside -= 1
            bad = 0
            continue
        here = p
        code = _uleb(info, p, end)
        p = _leb_end(info, p, end)
        if p < 0:
            bad = 1
            continue
        if code == 0:
            depth -= 1
            if depth <= 0 or depth <= inside:
                bad = 1  # it has no more
            continue
        at = _program(codes, units[u + 10], units[u + 11], code)
        if at < 0:
            bad = 1
            continue
        while met < n and targets[met] < here:
            met += 1
        if met < n and targets[met] == here:
            wrote = 0
            level = depth if depth < levels else 0
            while level > 1 and wrote < 8:
                level -= 1
                if stack[3 * level]:
                    found[8 * met + wrote] = stack[3 * level]
                    wrote += 1
            met += 1
        head = words[at]
        at += 1
        sibling = 0
        while True:
            word = words[at]
            at += 1
            op = word & 255
            slot = word >> 8 & 255
            form = word >> 16
            if op == 0:
                break
            if op == 7:
                at += 2
                continue
            if op == 1:
                p += form
                if p > end:
                    bad = 1
                    break
                continue
            if op == 2:
                form = 0x0F
            elif op == 3:
                form = 0x08
            elif op == 4:
                form = 0x09 if form == 0 else 0x0A if form == 1 else 0x03 if form == 2 else 0x04
            elif op == 5:
                form = 0x16
                turns = 0
                while form == 0x16 and turns < 4 and p >= 0 and p < end:
                    value = _uleb(info, p, end)
                    p = _leb_end(info, p, end)
                    form = value if value < 0x10000 else 0
                    turns += 1
                if p < 0 or form == 0x21:
                    bad = 1
                    break
            q = _after(info, p, end, form, address, width, version, big)
            if q < 0:
                bad = 1
                break
            if op == 6 and slot == 11 and form >= 0x11 and form <= 0x15:
                sibling = _read(info, p, end, form, address, width, version, big)
            p = q
        if bad or head & 256 == 0:
            continue
        if depth < levels:
            kind = head & 255
            left = p - start
            room = end - start
            if sibling >= left and sibling < room:
                if met < n and targets[met] >= start + sibling:
                    p = start + sibling
                    continue
                stack[3 * depth + 1] = end
                stack[3 * depth + 2] = inside + 1
                end = start + sibling
                inside = depth
            stack[3 * depth] = here if kind == 1 or kind >= 4 else 0
        depth += 1
    return met
