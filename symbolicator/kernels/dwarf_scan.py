# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Functions with code: from the DIEs of .debug_info (DWARF 2–5 §3.3), read by the programs of their abbreviations, to entries of ENTRY
numbers each (`dwarf_numbers`), and to the intervals that each covers.

For example a function at 0x1000, 32 bytes long, with a call inlined into it at 0x1004, 4 bytes long, is two entries, the second around
which is the first, and the intervals `0x1000, 0x1020, 0` and `0x1004, 0x1008, 1`.

`scan` reads whole units. It takes most of a compile's time, so no DIE becomes an object, attributes that look-ups do not need are skipped,
and types are skipped by their sibling. If only some addresses matter, it keeps what covers them, and `describe` adds the rest.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_abbreviations as abbreviations
    from cython.cimports.symbolicator.kernels import dwarf_forms as forms
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
    from cython.cimports.symbolicator.kernels import dwarf_ranges as ranges
    from cython.cimports.symbolicator.kernels.dwarf_abbreviations import Programs
    from cython.cimports.symbolicator.kernels.dwarf_forms import Sections
    from cython.cimports.symbolicator.kernels.dwarf_ranges import Intervals
else:
    from symbolicator.kernels import dwarf_abbreviations as abbreviations
    from symbolicator.kernels import dwarf_forms as forms
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels import dwarf_ranges as ranges
    from symbolicator.kernels.dwarf_abbreviations import Programs
    from symbolicator.kernels.dwarf_forms import Sections
    from symbolicator.kernels.dwarf_ranges import Intervals


class Wanted:
    """What `scan` reads, and its progress.

    `units` (u32): their numbers. `programs` (u64, two for each unit): where the programs of its abbreviations are in `codes`, and how many:
    those to scan, or, if `asked` (u64, ascending, distinct) has addresses, those to find. `ends` (i64, one for each unit): filled with the
    number of intervals after it. `turn`: the first unit that was not scanned; `count`: the number of entries.
    """

    def __init__(self, units: memoryview, programs: memoryview, asked: memoryview, ends: memoryview) -> None:
        self.units = units
        self.programs = programs
        self.asked = asked
        self.ends = ends
        self.turn = 0
        self.count = 0


def _is_c(language: int) -> int:
    """Whether it is C or C++: definitions are never inside their types, except in types local to a function (GCC's lambdas)."""
    return (
        language == dw.LANG_C89
        or language == dw.LANG_C
        or language == dw.LANG_C_PLUS_PLUS
        or language == dw.LANG_C99
        or language == dw.LANG_C_PLUS_PLUS_11
        or language == dw.LANG_C11
        or language == dw.LANG_C_PLUS_PLUS_14
        or language == dw.LANG_C_PLUS_PLUS_17
        or language == dw.LANG_C_PLUS_PLUS_20
    )


def scan(sections: Sections, programs: Programs, units: memoryview, wanted: Wanted, entries: memoryview, intervals: Intervals) -> int:
    """Scan units for functions and inlined calls that have code, from `wanted.turn` on. Returns OK, or CUT if there is no more room.

    Appends to `entries` (u64) from `wanted.count` on, and to `intervals`, whose owners are the entries. A fault is recorded in the unit's
    record, and what was read before it is kept. A unit for which there was no room leaves nothing.

    With addresses in `asked`, an entry is kept only if it, or one inside it, covers one of them. Its names and the place of the call are
    left out: `describe` adds them.
    """
    with cython.nogil:
        info = sections.info
        big = sections.big
        words = programs.words
        none = 0xFFFFFFFF
        ones = 0xFFFFFFFFFFFFFFFF
        room = len(entries) // dw.ENTRY
        count = wanted.count
        narrow = len(wanted.asked)
        while wanted.turn < len(wanted.units):
            unit = wanted.units[wanted.turn]
            u = unit * dw.UNIT
            p = units[u + dw.DIE]
            end = units[u + dw.END]
            address = units[u + dw.ADDRESS]
            width = units[u + dw.OFFSET]
            version = units[u + dw.VERSION]
            start = units[u + dw.START]
            base = wanted.programs[2 * wanted.turn]
            code_count = wanted.programs[2 * wanted.turn + 1]
            str_base = units[u + dw.STR_BASE]
            addr_base = units[u + dw.ADDR_BASE]
            plain = _is_c(units[u + dw.LANGUAGE])  # types may be skipped by their sibling
            depth = 0
            current = none
            local = 0  # the depth of the function, with code or without, that we are in
            fault = dw.OK
            full = 0
            here = p
            first_entry = count
            first_span = intervals.count
            first_budget = intervals.budget
            while p < end:
                here = p
                byte = info[p]
                p += 1
                code = byte
                if byte >= 128:
                    code = forms.uleb(info, here, end)
                    p = forms.leb_end(info, here, end)
                    if p < 0:
                        fault = dw.PAST_END
                        break
                if code == 0:
                    depth -= 1
                    if depth <= 0:
                        break
                    if depth <= local:
                        local = 0
                    while current != none and depth <= entries[current * dw.ENTRY + dw.E_DEPTH]:
                        e = current * dw.ENTRY
                        if narrow and count == current + 1 and entries[e + dw.E_COVERED] == 0:  # neither it nor what was inside
                            count = current
                            intervals.count = entries[e + dw.E_BEFORE]
                        current = entries[e + dw.E_PARENT] & none
                    continue
                if base >> 63 == 0 and code <= code_count:
                    at = programs.codes[base + code - 1]
                else:
                    at = abbreviations.program(programs, base, code_count, code)
                    if at < 0:
                        fault = dw.BAD_CODE
                        break
                head = words[at]
                kind = head & 255
                at += 1
                word = words[at]
                # Nearly all DIEs: of a fixed size, and not read.
                if word & 15 <= dw.OP_SKIP and kind != dw.K_FUNCTION and kind != dw.K_INLINED and (word == 0 or words[at + 1] == 0):
                    p += word >> 16
                    if p > end:
                        fault = dw.PAST_END
                        break
                    if head & dw.HAS_CHILDREN:
                        if local == 0 and kind == dw.K_ABSTRACT and depth:
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
                    op = word & 15
                    if op == dw.OP_SKIP:
                        p += word >> 16
                    elif op == dw.OP_END:
                        break
                    elif op == dw.OP_LEB:
                        while p < end and info[p] >= 128:
                            p += 1
                        p += 1
                    elif op == dw.OP_BLOCK:
                        step = word >> 16
                        length = 0
                        if step == 0:
                            length = forms.uleb(info, p, end)
                            while p < end and info[p] >= 128:
                                p += 1
                            p += 1
                        elif p + step <= end:
                            length = forms.uint(info, p, step, big)
                            p += step
                        else:
                            p = end + 1
                        if p > end:
                            fault = dw.PAST_END
                            break
                        left = end - p
                        if length > left:
                            fault = dw.PAST_END
                            break
                        p += length
                    elif op == dw.OP_STRING:
                        while p < end and info[p] != 0:
                            p += 1
                        p += 1
                    else:
                        slot = word >> 8 & 255
                        form = word >> 16
                        number = 0
                        step = word >> 4 & 15
                        if step and p + step <= end:  # nearly all
                            number = forms.uint(info, p, step, big)
                            p += step
                        elif op == dw.OP_CONSTANT:
                            number = words[at + 1]
                            number = number << 32 | words[at]
                            form = dw.FORM_IMPLICIT_CONST
                            at += 2
                        else:
                            if op == dw.OP_INDIRECT:
                                form = forms.indirect_form(sections, p, end)
                                p = forms.indirect_end(sections, p, end)
                                if form == 0:
                                    fault = dw.BAD_FORM
                                    break
                            if p > end:
                                fault = dw.PAST_END
                                break
                            q = forms.value_end(sections, p, end, form, address, width, version)
                            if q < 0:
                                fault = dw.BAD_FORM
                                break
                            if slot:
                                number = forms.value(sections, p, end, form, address, width, version)
                            p = q
                        if slot == 0:
                            continue
                        if slot == dw.S_LOW:
                            low = forms.address(sections, form, number, addr_base, address)
                            low_form = form
                        elif slot == dw.S_HIGH:
                            high = number
                            high_form = form
                        elif slot == dw.S_RANGES:
                            ranges_at = number
                            ranges_form = form
                        elif slot == dw.S_ORIGIN:
                            origin = forms.die_ref(sections, form, number, start)
                        elif slot == dw.S_SPECIFICATION:
                            specification = forms.die_ref(sections, form, number, start)
                        elif slot == dw.S_NAME:
                            name = forms.string_ref(sections, form, number, str_base, width)
                        elif slot == dw.S_LINKAGE:
                            linkage = forms.string_ref(sections, form, number, str_base, width)
                        elif slot == dw.S_CALL_FILE:
                            call_file = number if number < none else none
                        elif slot == dw.S_CALL_LINE:
                            call_line = number if number < none else none
                        elif slot == dw.S_CALL_COLUMN:
                            call_column = number if number < none else none
                        elif slot == dw.S_SIBLING:
                            sibling = number
                if fault:
                    break
                if p > end:
                    fault = dw.PAST_END
                    break
                if depth == 0:
                    if head & dw.HAS_CHILDREN == 0:
                        break
                    depth = 1
                    continue
                if kind == dw.K_FUNCTION or kind == dw.K_INLINED:
                    if count >= room:
                        full = 1
                        break
                    before = intervals.count
                    status = dw.OK
                    if ranges_form:
                        if version == 4:
                            ranges_at = (ranges_at + units[u + dw.RANGES_BASE]) & ones
                        status = ranges.add_list(sections, ranges_form, ranges_at, units, u, count, intervals)
                    elif low_form and high_form:
                        high = ranges.high_pc(sections, high_form, high, low, addr_base, address)
                        status = ranges.add(intervals, low, high, count)
                    if status == dw.CUT:
                        full = 1
                        break
                    if status != dw.OK:
                        if units[u + dw.FAULT] == dw.OK:
                            units[u + dw.FAULT] = dw.BAD_RANGES
                            units[u + dw.FAULT_AT] = here
                        intervals.count = before
                    covered = narrow and _covers(intervals, before, wanted)
                    if narrow and covered == 0 and head & dw.HAS_CHILDREN == 0:
                        intervals.count = before
                        continue
                    if intervals.count > before or kind == dw.K_INLINED:
                        e = count * dw.ENTRY
                        entries[e + dw.E_DIE] = here
                        entries[e + dw.E_PARENT] = kind
                        entries[e + dw.E_PARENT] = entries[e + dw.E_PARENT] << 32 | current
                        entries[e + dw.E_DEPTH] = depth
                        entries[e + dw.E_NAME] = name
                        entries[e + dw.E_LINKAGE] = linkage
                        entries[e + dw.E_ORIGIN] = origin if origin else specification
                        entries[e + dw.E_CALL] = call_file << 32 | call_line
                        entries[e + dw.E_UNIT] = call_column << 32 | unit
                        entries[e + dw.E_LOWEST] = intervals.rows[3 * before] if intervals.count > before else 0
                        if low_form and intervals.count > before and low >= intervals.floor and low < intervals.ceiling:
                            entries[e + dw.E_LOWEST] = low
                        if narrow:
                            entries[e + dw.E_BEFORE] = before
                            entries[e + dw.E_COVERED] = covered
                        if head & dw.HAS_CHILDREN:
                            current = count
                        count += 1
                if head & dw.HAS_CHILDREN:
                    if sibling and (kind == dw.K_PLAIN_TYPE or (kind == dw.K_CLASS and plain and local == 0)):
                        left = p - start
                        room_left = end - start
                        if sibling >= left and sibling < room_left:
                            p = start + sibling
                            continue
                    if local == 0 and (kind == dw.K_FUNCTION or kind == dw.K_ABSTRACT):
                        local = depth
                    depth += 1
            if full:
                wanted.count = first_entry
                intervals.count = first_span
                intervals.budget = first_budget
                return dw.CUT
            if fault:
                units[u + dw.FAULT] = fault
                units[u + dw.FAULT_AT] = here
            wanted.ends[wanted.turn] = intervals.count
            wanted.turn += 1
            wanted.count = count
        return dw.OK


def _covers(intervals: Intervals, first: int, wanted: Wanted) -> int:
    """Whether an interval from number `first` on covers an address in `asked`."""
    n = len(wanted.asked)
    for i in range(first, intervals.count):
        left = 0
        right = n
        while left < right:  # the first that is asked for and not below the interval
            middle = (left + right) >> 1
            if wanted.asked[middle] < intervals.rows[3 * i]:
                left = middle + 1
            else:
                right = middle
        if left < n and wanted.asked[left] < intervals.rows[3 * i + 1]:
            return 1
    return 0


def describe(sections: Sections, programs: Programs, units: memoryview, entries: memoryview, count: int) -> None:
    """Add to `count` entries that were found with `asked` what `scan` left out: names, origin, the place of the call. Their units must have
    programs to scan.
    """
    with cython.nogil:
        words = programs.words
        none = 0xFFFFFFFF
        for i in range(count):
            e = dw.ENTRY * i
            unit = entries[e + dw.E_UNIT] & none
            u = dw.UNIT * unit
            p = entries[e + dw.E_DIE]
            end = units[u + dw.END]
            name = linkage = origin = specification = 0
            call_file = call_line = call_column = 0
            code = forms.uleb(sections.info, p, end)
            p = forms.leb_end(sections.info, p, end)
            at = abbreviations.program(programs, units[u + dw.CODES], units[u + dw.CODE_COUNT], code)
            if at >= 0:
                at += 1
            while at >= 0 and p >= 0 and p <= end:
                word = words[at]
                at += 1
                op = word & 15
                slot = word >> 8 & 255 if op >= dw.OP_INDIRECT else 0
                number = 0
                if op == dw.OP_END:
                    break
                if op == dw.OP_SKIP:
                    p += word >> 16
                    continue
                if op == dw.OP_CONSTANT:
                    number = words[at + 1]
                    number = number << 32 | words[at]
                    form = dw.FORM_IMPLICIT_CONST
                    at += 2
                else:
                    form = abbreviations.form_of(word)
                    if op == dw.OP_INDIRECT:
                        form = forms.indirect_form(sections, p, end)
                        p = forms.indirect_end(sections, p, end)
                        if form == 0:
                            break
                    q = forms.value_end(sections, p, end, form, units[u + dw.ADDRESS], units[u + dw.OFFSET], units[u + dw.VERSION])
                    if q < 0:
                        break
                    if slot:
                        number = forms.value(sections, p, end, form, units[u + dw.ADDRESS], units[u + dw.OFFSET], units[u + dw.VERSION])
                    p = q
                if slot == dw.S_ORIGIN:
                    origin = forms.die_ref(sections, form, number, units[u + dw.START])
                elif slot == dw.S_SPECIFICATION:
                    specification = forms.die_ref(sections, form, number, units[u + dw.START])
                elif slot == dw.S_NAME:
                    name = forms.string_ref(sections, form, number, units[u + dw.STR_BASE], units[u + dw.OFFSET])
                elif slot == dw.S_LINKAGE:
                    linkage = forms.string_ref(sections, form, number, units[u + dw.STR_BASE], units[u + dw.OFFSET])
                elif slot == dw.S_CALL_FILE:
                    call_file = number if number < none else none
                elif slot == dw.S_CALL_LINE:
                    call_line = number if number < none else none
                elif slot == dw.S_CALL_COLUMN:
                    call_column = number if number < none else none
            entries[e + dw.E_NAME] = name
            entries[e + dw.E_LINKAGE] = linkage
            entries[e + dw.E_ORIGIN] = origin if origin else specification
            entries[e + dw.E_CALL] = call_file << 32 | call_line
            entries[e + dw.E_UNIT] = call_column << 32 | unit
