# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Names of DIEs, and the scopes around them: from references into .debug_info, by the programs that read names, to references of strings
and DIEs (`dwarf_numbers`: FOUND numbers for each DIE, ANCESTORS for each).

For example an inlined call's entry has only its origin, the abstract function, whose DW_AT_specification refers to the declaration in the
class, which has the name. `names` follows both references, and returns the name, the linkage name and the declaration. The `ancestors` of
the declaration are the class and the namespace around it.

`debugfiles/dwarf/names.py` reads the strings and joins them.
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
    from cython.cimports.symbolicator.kernels.dwarf_abbreviations import Programs
    from cython.cimports.symbolicator.kernels.dwarf_forms import Sections
else:
    from symbolicator.kernels import dwarf_abbreviations as abbreviations
    from symbolicator.kernels import dwarf_forms as forms
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels.dwarf_abbreviations import Programs
    from symbolicator.kernels.dwarf_forms import Sections


def _unit_of(units: memoryview, offset: int) -> int:
    """The unit that contains an offset of the section; -1 for none."""
    left = 0
    right = len(units) // dw.UNIT
    while left < right:
        middle = (left + right) >> 1
        if units[middle * dw.UNIT + dw.START] <= offset:
            left = middle + 1
        else:
            right = middle
    left -= 1
    if left >= 0 and offset >= units[left * dw.UNIT + dw.DIE] and offset < units[left * dw.UNIT + dw.END]:
        return left
    return -1


def names(sections: Sections, programs: Programs, units: memoryview, references: memoryview, wants: memoryview, found: memoryview) -> int:
    """The names of each DIE in `references` (u64), through at most HOPS origins and specifications: FOUND numbers each in `found` (u64).

    Returns how many units still need their abbreviations flattened for names; `wants` (u8, one a unit) becomes 1 for each.
    """
    with cython.nogil:
        info = sections.info
        words = programs.words
        missing = 0
        files = 0x0FFFF00000000000
        offsets = 0xFFFFFFFFFFF
        ours = files & sections.file
        for i in range(len(references)):
            reference = references[i]
            name = linkage = holder = following = 0
            first_kind = 0
            for hop in range(dw.HOPS):
                if reference == 0:
                    break
                if reference & files != ours:
                    following = reference
                    break
                p = reference & offsets
                unit = _unit_of(units, reference & offsets)
                if unit < 0:
                    break
                u = unit * dw.UNIT
                if units[u + dw.NAME_CODE_COUNT] == 0:
                    if wants[unit] == 0:
                        wants[unit] = 1
                        missing += 1
                    break
                end = units[u + dw.END]
                address = units[u + dw.ADDRESS]
                width = units[u + dw.OFFSET]
                version = units[u + dw.VERSION]
                code = forms.uleb(info, p, end)
                p = forms.leb_end(info, p, end)
                if p < 0 or code == 0:
                    break
                at = abbreviations.program(programs, units[u + dw.NAME_CODES], units[u + dw.NAME_CODE_COUNT], code)
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
                    op = word & 15
                    if op == dw.OP_END:
                        break
                    if op == dw.OP_CONSTANT:
                        at += 2
                        continue
                    if op == dw.OP_SKIP:
                        p += word >> 16
                        if p > end:
                            bad = 1
                            break
                        continue
                    form = abbreviations.form_of(word)
                    slot = word >> 8 & 255 if op >= dw.OP_INDIRECT else 0
                    number = 0
                    size = word >> 4 & 15
                    if size and p + size <= end:  # nearly all values
                        number = forms.uint(info, p, size, sections.big)
                        q = p + size
                    else:
                        if op == dw.OP_INDIRECT:
                            form = forms.indirect_form(sections, p, end)
                            p = forms.indirect_end(sections, p, end)
                            if form == 0:
                                bad = 1
                                break
                        q = forms.value_end(sections, p, end, form, address, width, version)
                        if q < 0:
                            bad = 1
                            break
                        if slot:
                            number = forms.value(sections, p, end, form, address, width, version)
                    if slot:
                        if slot == dw.S_ORIGIN:
                            origin = forms.die_ref(sections, form, number, units[u + dw.START])
                        elif slot == dw.S_SPECIFICATION:
                            specification = forms.die_ref(sections, form, number, units[u + dw.START])
                        elif slot == dw.S_NAME:
                            if name == 0:
                                name = forms.string_ref(sections, form, number, units[u + dw.STR_BASE], width)
                                if name:
                                    holder = reference
                        elif slot == dw.S_LINKAGE and linkage == 0:
                            linkage = forms.string_ref(sections, form, number, units[u + dw.STR_BASE], width)
                    p = q
                if bad or (linkage and name):
                    break
                reference = origin if origin else specification
            found[dw.FOUND * i] = name
            found[dw.FOUND * i + 1] = linkage
            found[dw.FOUND * i + 2] = holder
            found[dw.FOUND * i + 3] = following
            found[dw.FOUND * i + 4] = first_kind
        return missing


def ancestors(
    sections: Sections, programs: Programs, units: memoryview, unit: int, targets: memoryview, stack: memoryview, found: memoryview
) -> int:
    """The scopes (namespaces, types, functions) around the DIEs of one unit at `targets` (u64, ascending offsets): ANCESTORS offsets each
    in `found` (u64), 0 after the last. `stack` (u64) has room for three numbers for each level that is followed; deeper DIEs get no scopes.
    Returns how many targets were reached before the unit ended.

    A DIE ends at its sibling, whatever is below it. So DIEs without a target below them are skipped, and the answer for one target does not
    depend on the others, even if a sibling is wrong.
    """
    with cython.nogil:
        info = sections.info
        words = programs.words
        n = len(targets)
        levels = len(stack) // 3
        u = unit * dw.UNIT
        start = units[u + dw.START]
        p = units[u + dw.DIE]
        end = units[u + dw.END]  # of the unit, then of the innermost DIE whose sibling is known
        inside = -1  # the level of that DIE
        address = units[u + dw.ADDRESS]
        width = units[u + dw.OFFSET]
        version = units[u + dw.VERSION]
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
            offset = p
            code = forms.uleb(info, p, end)
            p = forms.leb_end(info, p, end)
            if p < 0:
                bad = 1
                continue
            if code == 0:
                depth -= 1
                if depth <= 0 or depth <= inside:
                    bad = 1  # it has no more
                continue
            at = abbreviations.program(programs, units[u + dw.NAME_CODES], units[u + dw.NAME_CODE_COUNT], code)
            if at < 0:
                bad = 1
                continue
            while met < n and targets[met] < offset:
                met += 1
            if met < n and targets[met] == offset:
                wrote = 0
                level = depth if depth < levels else 0
                while level > 1 and wrote < dw.ANCESTORS:
                    level -= 1
                    if stack[3 * level]:
                        found[dw.ANCESTORS * met + wrote] = stack[3 * level]
                        wrote += 1
                met += 1
            head = words[at]
            at += 1
            sibling = 0
            while True:
                word = words[at]
                at += 1
                op = word & 15
                if op == dw.OP_END:
                    break
                if op == dw.OP_CONSTANT:
                    at += 2
                    continue
                if op == dw.OP_SKIP:
                    p += word >> 16
                    if p > end:
                        bad = 1
                        break
                    continue
                form = abbreviations.form_of(word)
                if op == dw.OP_INDIRECT:
                    form = forms.indirect_form(sections, p, end)
                    p = forms.indirect_end(sections, p, end)
                    if form == 0:
                        bad = 1
                        break
                q = forms.value_end(sections, p, end, form, address, width, version)
                if q < 0:
                    bad = 1
                    break
                if op == dw.OP_READ and word >> 8 & 255 == dw.S_SIBLING and form >= dw.FORM_REF1 and form <= dw.FORM_REF_UDATA:
                    sibling = forms.value(sections, p, end, form, address, width, version)
                p = q
            if bad or head & dw.HAS_CHILDREN == 0:
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
                stack[3 * depth] = here if kind == dw.K_FUNCTION or kind >= dw.K_CLASS else 0
            depth += 1
        return met
