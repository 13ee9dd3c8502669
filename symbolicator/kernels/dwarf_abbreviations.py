# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Abbreviations: from a table in .debug_abbrev (DWARF 5 §7.5.3) to programs, u32 words that say how to walk over a DIE.

A program is one word for the DIE itself (K_…, HAS_CHILDREN), then instructions until OP_END. The low four bits of an instruction are its
OP_…, the next four the bytes that OP_READ reads (0: as many as the form takes), then eight for the slot of the value (0: it is skipped),
and 16 for the operand: the bytes that OP_SKIP skips, the bytes of an OP_BLOCK's length (0: a ULEB128), the form of an OP_READ. OP_LEB and
OP_STRING skip a LEB128 and a string; with OP_INDIRECT the form precedes the value; the value of OP_CONSTANT is the next two words.

For example a variable (DW_TAG_variable, no children) of a name in FORM_STRP, a line in FORM_DATA1 and a place in FORM_EXPRLOC, to scan, is
`K_OTHER, OP_SKIP | 5 << 16, OP_BLOCK, OP_END`: look-ups of addresses need none of it. A function's name would be `OP_READ | 4 << 4
| S_NAME << 8 | FORM_STRP << 16`.

`debugfiles/dwarf/units.py` decides which programs are made, and limits their size.
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


def _slot(attribute: int, what: int) -> int:
    """The slot of an attribute in programs for `what` (TO_…); 0 if it is skipped. The sibling is treated by the caller."""
    if what != dw.TO_NAME:
        if attribute == dw.AT_LOW_PC:
            return dw.S_LOW
        if attribute == dw.AT_HIGH_PC:
            return dw.S_HIGH
        if attribute == dw.AT_RANGES:
            return dw.S_RANGES
        if what == dw.TO_FIND:
            return 0
        if attribute == dw.AT_CALL_FILE:
            return dw.S_CALL_FILE
        if attribute == dw.AT_CALL_LINE:
            return dw.S_CALL_LINE
        if attribute == dw.AT_CALL_COLUMN:
            return dw.S_CALL_COLUMN
    elif attribute == dw.AT_EXTENSION:
        return dw.S_SPECIFICATION  # it continues a namespace
    elif attribute == dw.AT_SIGNATURE:
        return dw.S_SIGNATURE
    if attribute == dw.AT_NAME:
        return dw.S_NAME
    if attribute == dw.AT_ABSTRACT_ORIGIN:
        return dw.S_ORIGIN
    if attribute == dw.AT_SPECIFICATION:
        return dw.S_SPECIFICATION
    if attribute == dw.AT_LINKAGE_NAME or attribute == dw.AT_MIPS_LINKAGE_NAME:
        return dw.S_LINKAGE
    return 0


def _kind(tag: int) -> int:
    """The kind of a DIE (K_…) by its tag; a function is K_ABSTRACT."""
    if tag == dw.TAG_SUBPROGRAM:
        return dw.K_ABSTRACT
    if tag == dw.TAG_INLINED_SUBROUTINE:
        return dw.K_INLINED
    if tag == dw.TAG_CLASS_TYPE or tag == dw.TAG_STRUCTURE_TYPE or tag == dw.TAG_UNION_TYPE or tag == dw.TAG_INTERFACE_TYPE:
        return dw.K_CLASS
    if tag == dw.TAG_ARRAY_TYPE or tag == dw.TAG_ENUMERATION_TYPE or tag == dw.TAG_SUBROUTINE_TYPE or tag == dw.TAG_CALL_SITE:
        return dw.K_PLAIN_TYPE
    if tag == dw.TAG_GNU_CALL_SITE or tag == dw.TAG_GNU_FORMAL_PARAMETER_PACK or tag == dw.TAG_GNU_TEMPLATE_PARAMETER_PACK:
        return dw.K_PLAIN_TYPE
    if tag == dw.TAG_NAMESPACE or tag == dw.TAG_MODULE:
        return dw.K_SCOPE
    return dw.K_OTHER


def _skipping(form: int) -> int:
    """The instruction that skips a value of a form without a fixed size, other than FORM_INDIRECT."""
    if form == dw.FORM_STRING:
        return dw.OP_STRING
    if form == dw.FORM_BLOCK or form == dw.FORM_EXPRLOC:
        return dw.OP_BLOCK
    if form == dw.FORM_BLOCK1:
        return dw.OP_BLOCK | 1 << 16
    if form == dw.FORM_BLOCK2:
        return dw.OP_BLOCK | 2 << 16
    if form == dw.FORM_BLOCK4:
        return dw.OP_BLOCK | 4 << 16
    return dw.OP_LEB


class Flattening:
    """Where programs go: `words` (u32) from `word` on, `codes` (u64) from `code` on, as `Programs` has them. `pairs` (u64) has the code and
    the place in `words` of each abbreviation of the table read last, `count` of them.

    `turn`: the number of the next unit in `wanted`. `budget`: the bytes of .debug_abbrev that may still be read, since tables may overlap;
    with less than none units have no programs. `slots`, `sizes` and `key` are `_look_up`'s.
    """

    def __init__(self, words: memoryview, codes: memoryview, pairs: memoryview, word: int, code: int, budget: int) -> None:
        self.words = words
        self.codes = codes
        self.pairs = pairs
        self.word = word
        self.code = code
        self.budget = budget
        self.turn = 0
        self.count = 0
        self.slots = bytearray(dw.SMALL)
        self.sizes = bytearray(dw.SMALL)
        self.key = -1


def _look_up(flattening: Flattening, what: int, address: int, offset: int, version: int) -> None:
    """Fill `slots` by attribute and `sizes` by form, for those below SMALL: nearly all are. A table has thousands, and sizes are the same
    for all units of an address size, offset size and version.
    """
    first = flattening.key < 0
    key = address << 16 | offset << 8 | version
    if flattening.key == key:
        return
    flattening.key = key
    for i in range(dw.SMALL):
        if first:
            flattening.slots[i] = _slot(i, what)
        size = forms.fixed_size(i, address, offset, version)
        flattening.sizes[i] = size if size >= 0 else dw.NO_SIZE


def flatten(sections: Sections, units: memoryview, wanted: memoryview, what: int, flattening: Flattening, places: memoryview) -> int:
    """Flatten the abbreviations of the units `wanted` (u32) into programs, for `what` (TO_…).

    `places` (u64) gets two numbers for each unit: where its codes are in `codes`, and how many (0 if they cannot be read). Returns OK; CUT
    if there is no more room; or SPARSE if the codes of unit number `turn` are not 1, 2, 3 …: the caller sorts its `pairs`, and continues
    with the next unit.
    """
    with cython.nogil:
        while flattening.turn < len(wanted):
            turn = flattening.turn
            u = dw.UNIT * wanted[turn]
            places[2 * turn] = 0
            places[2 * turn + 1] = 0
            if flattening.budget >= 0:
                word = flattening.word
                budget = flattening.budget
                _look_up(flattening, what, units[u + dw.ADDRESS], units[u + dw.OFFSET], units[u + dw.VERSION])
                status = _flatten(sections, units, u, what, flattening)
                readable = status == dw.OK or status == dw.SPARSE
                if status == dw.CUT or (readable and flattening.code + 2 * flattening.count > len(flattening.codes)):
                    flattening.word = word
                    flattening.budget = budget
                    return dw.CUT
                if status == dw.SPARSE:
                    return dw.SPARSE
                if readable:
                    for i in range(flattening.count):
                        flattening.codes[flattening.code + i] = flattening.pairs[2 * i + 1]
                    places[2 * turn] = flattening.code
                    places[2 * turn + 1] = flattening.count
                    flattening.code += flattening.count
            flattening.turn += 1
        return dw.OK


def _flatten(sections: Sections, units: memoryview, u: int, what: int, flattening: Flattening) -> int:
    """Flatten the abbreviations of the unit whose record begins at `units[u]`: OK, SPARSE, PAST_END, BAD_FORM, or CUT without room."""
    abbrev = sections.abbrev
    n = sections.abbrev_size
    words = flattening.words
    pairs = flattening.pairs
    slots = flattening.slots
    sizes = flattening.sizes
    at = units[u + dw.ABBREVS]
    began = at
    address = units[u + dw.ADDRESS]
    offset = units[u + dw.OFFSET]
    version = units[u + dw.VERSION]
    room = len(words)
    places = len(pairs) // 2
    none = 0xFFFFFFFF
    most = 0xFFFF
    out = flattening.word
    count = 0
    dense = 1
    while at < n:
        # Nearly all numbers are of one byte: those are read here.
        code = abbrev[at]
        at += 1
        if code >= 128:
            code = forms.uleb(abbrev, at - 1, n)
            at = forms.leb_end(abbrev, at - 1, n)
        if at < 0:
            return _damaged(sections, flattening, began, dw.PAST_END)
        if code == 0:
            break
        if at >= n:
            return _damaged(sections, flattening, began, dw.PAST_END)
        tag = abbrev[at]
        at += 1
        if tag >= 128:
            raw = forms.uleb(abbrev, at - 1, n)
            tag = raw if raw <= most else 0
            at = forms.leb_end(abbrev, at - 1, n)
        if at < 0 or at >= n:
            return _damaged(sections, flattening, began, dw.PAST_END)
        children = abbrev[at] != 0
        at += 1
        if count >= places or out + 2 > room:
            return dw.CUT
        number = count + 1
        if code != number:
            dense = 0
        head = out
        out += 1
        has_code = 0
        kind = _kind(tag)
        has_slots = what == dw.TO_NAME or kind == dw.K_ABSTRACT or kind == dw.K_INLINED
        has_sibling = children and (what == dw.TO_NAME or kind == dw.K_PLAIN_TYPE or kind == dw.K_CLASS)
        # Siblings are read only of DIEs with children: of all of them by `ancestors`, of types by `scan`.
        skip = 0
        attributes = 0
        while at < n:
            attribute = abbrev[at]
            at += 1
            if attribute >= 128:
                raw = forms.uleb(abbrev, at - 1, n)
                attribute = raw if raw <= most else 0x9999
                at = forms.leb_end(abbrev, at - 1, n)
            if at < 0 or at >= n:
                return _damaged(sections, flattening, began, dw.PAST_END)
            form = abbrev[at]
            at += 1
            if form >= 128:
                raw = forms.uleb(abbrev, at - 1, n)
                form = raw if raw <= most else 0x9999
                at = forms.leb_end(abbrev, at - 1, n)
            if at < 0:
                return _damaged(sections, flattening, began, dw.PAST_END)
            constant = 0
            if form == dw.FORM_IMPLICIT_CONST:
                constant = forms.sleb(abbrev, at, n)
                at = forms.leb_end(abbrev, at, n)
                if at < 0:
                    return _damaged(sections, flattening, began, dw.PAST_END)
            if attribute == 0 and form == 0:
                break
            attributes += 1
            if attributes > dw.MOST_ATTRIBUTES:
                return _damaged(sections, flattening, began, dw.BAD_FORM)
            if out + 5 > room:
                return dw.CUT
            if attribute == dw.AT_LOW_PC or attribute == dw.AT_RANGES:
                has_code = 1
            slot = 0
            if attribute == dw.AT_SIBLING:
                if has_sibling:
                    slot = dw.S_SIBLING
            elif has_slots:
                slot = slots[attribute] if attribute < dw.SMALL else _slot(attribute, what)
            size = sizes[form] if form < dw.SMALL else dw.NO_SIZE
            if size == dw.NO_SIZE:
                size = forms.fixed_size(form, address, offset, version)
                if size == -2:
                    words[out] = dw.OP_READ | form << 16  # an unknown form: reported when a DIE has it
                    out += 1
                    continue
            if slot == 0 and size >= 0:
                skip += size
                continue
            while skip > 0:
                if out + 5 > room:
                    return dw.CUT
                words[out] = dw.OP_SKIP | (skip if skip < most else most) << 16
                skip -= skip if skip < most else most
                out += 1
            if form == dw.FORM_IMPLICIT_CONST:
                words[out] = dw.OP_CONSTANT | slot << 8
                words[out + 1] = constant & none
                words[out + 2] = constant >> 32
                out += 2
            elif form == dw.FORM_INDIRECT:
                words[out] = dw.OP_INDIRECT | slot << 8
            elif slot:
                words[out] = dw.OP_READ | (size << 4 if 0 < size and size <= 8 else 0) | slot << 8 | form << 16
            else:
                words[out] = _skipping(form)
                if form == dw.FORM_LLVM_ADDRX_OFFSET:
                    skip = 4
            out += 1
        while skip > 0:
            if out + 2 > room:
                return dw.CUT
            words[out] = dw.OP_SKIP | (skip if skip < most else most) << 16
            skip -= skip if skip < most else most
            out += 1
        if out + 1 > room:
            return dw.CUT
        words[out] = dw.OP_END
        out += 1
        if has_code and kind == dw.K_ABSTRACT:
            kind = dw.K_FUNCTION
        words[head] = kind | (dw.HAS_CHILDREN if children else 0)
        pairs[2 * count] = code
        pairs[2 * count + 1] = head
        count += 1
    flattening.count = count
    flattening.word = out
    flattening.budget -= at - began
    return dw.OK if dense else dw.SPARSE


def _damaged(sections: Sections, flattening: Flattening, began: int, fault: int) -> int:
    """Charge a table that starts at `began` and cannot be read as if it were the rest of the section; returns `fault`."""
    flattening.budget -= sections.abbrev_size - began
    return fault


class Programs:
    """The programs of a file as the kernels read them: `words` (u32) as `flatten` leaves them, and `codes` (u64), which lead to them.
    Compiled, each is the address of its first number.
    """

    def __init__(self, words: memoryview, codes: memoryview) -> None:
        self.words = _words(words)
        self.codes = _codes(codes)
        self.buffers = (words, codes)  # keeps the memory that the addresses point to


def _words(view: memoryview) -> memoryview:
    if cython.compiled:
        return cython.address(view[0])
    return view


def _codes(view: memoryview) -> memoryview:
    if cython.compiled:
        return cython.address(view[0])
    return view


def program(programs: Programs, base: int, count: int, code: int) -> int:
    """Where the program of an abbreviation is in `words`; -1 for none. From `base` on, `codes` has the `count` places of codes 1, 2, 3 …;
    if bit 63 of `base` is set, pairs of code and place, sorted by code.
    """
    top = base >> 63
    low = base - (top << 63)
    if top == 0:
        if code == 0 or code > count:
            return -1
        at = low + code - 1
        return programs.codes[at]
    left = 0
    right = count
    while left < right:
        middle = (left + right) >> 1
        at = low + 2 * middle
        if programs.codes[at] < code:
            left = middle + 1
        else:
            right = middle
    at = low + 2 * left
    if left < count and programs.codes[at] == code:
        return programs.codes[at + 1]
    return -1


def form_of(word: int) -> int:
    """The form of the value that OP_READ, OP_LEB, OP_STRING or OP_BLOCK reads or skips."""
    op = word & 15
    rest = word >> 16
    if op == dw.OP_LEB:
        return dw.FORM_UDATA
    if op == dw.OP_STRING:
        return dw.FORM_STRING
    if op == dw.OP_BLOCK:
        return dw.FORM_BLOCK if rest == 0 else dw.FORM_BLOCK1 if rest == 1 else dw.FORM_BLOCK2 if rest == 2 else dw.FORM_BLOCK4
    return rest
