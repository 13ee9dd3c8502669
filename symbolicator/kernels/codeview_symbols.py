# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Symbol records of CodeView (`cvinfo.h`): a module's functions with the calls inlined into them.

`count` says how much room a module's records take at most, `read` fills that room. For example::

    S_GPROC32 main, 0x40 bytes      procedures  PROCEDURE u64: 0x1000, 0x1040, the offset of its name, its first range, how many; a node
      S_INLINESITE 0x1000           ranges      RANGE u64: 0x1000, 0x1040, 0, 0
        S_INLINESITE 0x1001         sites       SITE u64: 0x1000, NONE, 0, where its program begins, where it ends, four more for
        S_INLINESITE_END                        `codeview_sites`; 0x1001, 0, 0, …
      S_INLINESITE_END
    S_END

Records are in scopes: one opens a scope, another closes it. Their pointers to one another are not followed, but to pass over a function
that has none of the addresses asked for (`asked`, u64, ascending; if empty, all functions are read). Addresses count from the image's
start: `sections` (u64, SECTION each) says where each section begins, and how many bytes of code it has.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels import text_numbers as tn
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels import text_numbers as tn

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
NOWHERE = 0xFFFFFFFFFFFFFFFF
"""The address of what is not in code."""
MANGLED = 1 << 44
"""Added to the offset of a name that a demangler has to read."""
NAMELESS = 0xFFFFFFFFFFF
PROCEDURES, RANGES, SITES, PROGRAMS = range(4)
"""Places in `counts`: records, and the bytes of all programs."""


class Symbols:
    """What a module's symbols say, see above; `scopes` (u32): two numbers for each of MOST_DEPTH scopes. `language`: CodeView's number."""

    def __init__(self, procedures: memoryview, ranges: memoryview, sites: memoryview, scopes: memoryview) -> None:
        self.procedures = procedures
        self.ranges = ranges
        self.sites = sites
        self.scopes = scopes
        self.procedure_count = 0
        self.range_count = 0
        self.site_count = 0
        self.language = NONE


def _two(data: Bytes, at: int) -> int:
    return data[at] | data[at + 1] << 8


def _four(data: Bytes, at: int) -> int:
    high = data[at + 3]
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16 | high << 24


def _floor(records: memoryview, width: int, low: int, high: int, value: int) -> int:
    """The last of `records` (u64, `width` numbers each, ascending by the first) from number `low` on, before `high`, that begins with at
    most `value`; low - 1 for none.
    """
    # As `sorting.floor`, but of this file, where C inlines it: a call into another one takes `count` a third more time.
    while low < high:
        middle = (low + high) >> 1
        if records[width * middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low - 1


def address(sections: memoryview, section: int, offset: int) -> int:
    """Where code is from the image's start; NOWHERE if it is none."""
    nowhere = 0xFFFFFFFFFFFFFFFF
    if section == 0 or section > len(sections) // cv.SECTION:
        return nowhere
    if offset >= sections[cv.SECTION * section - 1]:
        return nowhere
    return sections[cv.SECTION * section - 2] + offset


def _is_procedure(kind: int) -> int:
    return (
        kind == cv.S_GPROC32
        or kind == cv.S_LPROC32
        or kind == cv.S_GPROC32_ID
        or kind == cv.S_LPROC32_ID
        or kind == cv.S_LPROC32_DPC
        or kind == cv.S_LPROC32_DPC_ID
    )


def is_mangled(first: int, second: int) -> int:
    """Whether a demangler has to read a name, by its first two bytes: `?` of MSVC, `_Z` of Itanium, `_R` of Rust."""
    return first == tn.QUESTION_MARK or (first == tn.UNDERSCORE and (second == tn.UPPER_Z or second == tn.UPPER_R))


def _past(data: Bytes, sections: memoryview, asked: memoryview, at: int) -> int:
    """Where the records go on behind the function at `at`, if it has none of `asked`; 0 if it has, or does not say where it ends."""
    nowhere = 0xFFFFFFFFFFFFFFFF
    size = len(data)
    body = at + 2 + _two(data, at)
    if len(asked) == 0 or body > size or body - at < 39:
        return 0
    start = address(sections, _two(data, at + 36), _four(data, at + 32))
    length = _four(data, at + 16)
    if start != nowhere and length != 0:
        i = _floor(asked, 1, 0, len(asked), start + length - 1)
        if i >= 0 and asked[i] >= start:
            return 0
    end = _four(data, at + 8)
    if end < body or end + 4 > size:
        return 0
    kind = _two(data, end + 2)
    if kind != cv.S_END and kind != cv.S_PROC_ID_END:
        return 0
    return end + 2 + _two(data, end)


def count(data: Bytes, sections: memoryview, asked: memoryview, counts: memoryview) -> None:
    """Set `counts` (u64) to the most that `read` finds in `data`, a module's symbols."""
    with cython.nogil:
        for i in range(4):
            counts[i] = 0
        size = len(data)
        at = 4  # behind the signature
        while at + 4 <= size:
            kind = _two(data, at + 2)
            past = _past(data, sections, asked, at) if _is_procedure(kind) else 0
            if past:
                at = past
                continue
            if kind == cv.S_INLINESITE or kind == cv.S_INLINESITE2:
                counts[2] += 1  # SITES
                counts[3] += _two(data, at)  # PROGRAMS
            elif _is_procedure(kind) or kind == cv.S_THUNK32:
                counts[0] += 1  # PROCEDURES
                counts[1] += 1  # RANGES
            elif kind == cv.S_SEPCODE:
                counts[1] += 1
            at += 2 + _two(data, at)


def read(data: Bytes, sections: memoryview, asked: memoryview, found: Symbols) -> None:
    """Read a module's symbols, `found` having as much room as `count` says."""
    with cython.nogil:
        _read(data, sections, asked, found)


def _read(data: Bytes, sections: memoryview, asked: memoryview, found: Symbols) -> None:
    none = 0xFFFFFFFF
    size = len(data)
    depth = 0
    at = 4
    while at + 4 <= size:
        length = _two(data, at)
        kind = _two(data, at + 2)
        stop = at + 2 + length if at + 2 + length < size else size
        past = _past(data, sections, asked, at) if _is_procedure(kind) else 0
        if past:
            at = past
            continue
        if kind == cv.S_END or kind == cv.S_INLINESITE_END or kind == cv.S_PROC_ID_END:
            if depth > 0:
                depth -= 1
        elif kind == cv.S_COMPILE2 or kind == cv.S_COMPILE3:
            if stop - at > 4:
                found.language = data[at + 4]
        elif (
            _is_procedure(kind)
            or kind == cv.S_INLINESITE
            or kind == cv.S_INLINESITE2
            or kind == cv.S_BLOCK32
            or kind == cv.S_THUNK32
            or kind == cv.S_SEPCODE
            or kind == cv.S_WITH32
            or kind == cv.S_GMANPROC
            or kind == cv.S_LMANPROC
        ):
            owner = none
            site = none
            if 0 < depth <= cv.MOST_DEPTH:  # deeper ones are of nobody: they close what they open all the same
                owner = found.scopes[2 * depth - 2]
                site = found.scopes[2 * depth - 1]
            if _is_procedure(kind):
                if stop - at >= 39:
                    owner = _open(data, sections, found, at, stop, 16, 32)
                    site = none
            elif kind == cv.S_THUNK32:
                if stop - at >= 25:
                    owner = _open(data, sections, found, at, stop, 22, 16)
                    site = none
            elif kind == cv.S_SEPCODE:
                if stop - at >= 32 and owner != none:
                    start = address(sections, _two(data, at + 28), _four(data, at + 20))
                    _extend(found, owner, start, _four(data, at + 12))
            elif kind == cv.S_INLINESITE or kind == cv.S_INLINESITE2:
                head = 20 if kind == cv.S_INLINESITE2 else 16
                if stop - at >= head and owner != none:
                    c = cv.SITE * found.site_count
                    found.sites[c + cv.C_INLINEE] = _four(data, at + 12)
                    found.sites[c + cv.C_PARENT] = site
                    found.sites[c + cv.C_OWNER] = owner
                    found.sites[c + cv.C_PROGRAM] = at + head
                    found.sites[c + cv.C_STOP] = stop
                    site = found.site_count
                    found.site_count += 1
            elif kind != cv.S_BLOCK32 and kind != cv.S_WITH32:  # managed code
                owner = none
            if depth < cv.MOST_DEPTH:
                found.scopes[2 * depth] = owner
                found.scopes[2 * depth + 1] = site
            depth += 1
        at += 2 + length


def _open(data: Bytes, sections: memoryview, found: Symbols, at: int, stop: int, length_at: int, offset_at: int) -> int:
    """A function (a thunk, whose length has two bytes and comes last): its number; NONE if it is not in code."""
    none = 0xFFFFFFFF
    nowhere = 0xFFFFFFFFFFFFFFFF
    nameless = 0xFFFFFFFFFFF
    mangled = 0x100000000000
    name = at + 39
    length = _two(data, at + length_at)
    start = address(sections, _two(data, at + offset_at + 4), _four(data, at + offset_at))
    if length_at == 16:
        length = _four(data, at + 16)
    else:
        name = at + 25
    if start == nowhere or length == 0:
        return none
    p = cv.PROCEDURE * found.procedure_count
    found.procedures[p + cv.P_START] = start
    found.procedures[p + cv.P_END] = start + length
    found.procedures[p + cv.P_NAME] = nameless
    if name < stop and data[name] != 0:
        found.procedures[p + cv.P_NAME] = name
        if is_mangled(data[name], data[name + 1] if name + 1 < stop else 0):
            found.procedures[p + cv.P_NAME] = name | mangled
    found.procedures[p + cv.P_FIRST] = found.range_count
    found.procedures[p + cv.P_RANGES] = 0
    found.procedures[p + cv.P_NODE] = none
    found.procedure_count += 1
    _extend(found, found.procedure_count - 1, start, length)
    return found.procedure_count - 1


def _extend(found: Symbols, owner: int, start: int, length: int) -> None:
    """Add a range to a function."""
    nowhere = 0xFFFFFFFFFFFFFFFF
    p = cv.PROCEDURE * owner
    if start == nowhere or length == 0 or found.procedures[p + cv.P_RANGES] >= cv.MOST_RANGES:
        return
    r = cv.RANGE * found.range_count
    found.ranges[r + cv.R_START] = start
    found.ranges[r + cv.R_END] = start + length
    found.ranges[r + cv.R_OWNER] = owner
    found.ranges[r + cv.R_NEXT] = 0
    found.procedures[p + cv.P_RANGES] += 1
    found.range_count += 1


def narrow(found: Symbols, asked: memoryview) -> None:
    """Drop the ranges of functions that have none of `asked` (u64, ascending). Of no other functions are the calls read."""
    with cython.nogil:
        n = len(asked)
        for i in range(found.procedure_count):
            found.procedures[cv.PROCEDURE * i + cv.P_RANGES] = 0
        for turn in range(2):
            kept = 0
            for i in range(found.range_count):
                r = cv.RANGE * i
                p = cv.PROCEDURE * found.ranges[r + cv.R_OWNER]
                if turn == 0:
                    at = _floor(asked, 1, 0, n, found.ranges[r + cv.R_END] - 1)
                    if at >= 0 and asked[at] >= found.ranges[r]:
                        found.procedures[p + cv.P_RANGES] = 1
                elif found.procedures[p + cv.P_RANGES] != 0:
                    found.procedures[p + cv.P_RANGES] += 1
                    for j in range(4):
                        found.ranges[cv.RANGE * kept + j] = found.ranges[r + j]
                    kept += 1
        found.range_count = kept
        for i in range(found.procedure_count):
            if found.procedures[cv.PROCEDURE * i + cv.P_RANGES] != 0:
                found.procedures[cv.PROCEDURE * i + cv.P_RANGES] -= 1
