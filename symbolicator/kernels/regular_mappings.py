# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Mappings without a fault, quickly: one pass that keeps only where every 256th row begins, and the rows from such a place on.

Nearly all maps are regular: each segment has 1, 4 or 5 fields, their numbers are in range, and the segments of a line are in order. Most
fields have one digit then, and a segment is read without a loop. At the first thing that is not regular these functions give up, and
`vlq.decode_mappings` reads the map again, which says what is wrong.

    >>> text, section = b'AAAA,CACC;EAAA"', vlq.Section(0, 0, 1 << 63, 1, 0, 0, 0)
    >>> starts, states = zeros("Q", 1), zeros("q", 2 * vn.STATE)
    >>> keys, originals = zeros("Q", vn.SAMPLE_ROWS), zeros("I", vn.SAMPLE_ROWS * vn.ROW)
    >>> sample_mappings(text, TABLE, section, starts, states, keys, originals)
    3
    >>> decode_regular(text, TABLE, section, states, 0, keys, originals, 3)
    3
    >>> [(key >> 32, key & 0xFFFFFFFF) for key in keys[:3]], originals[vn.ROW :].tolist()[:3]
    ([(0, 0), (0, 1), (1, 2)], [0, 1, 1])

A text ends with the quote of its JSON string, so no loop looks for the end. Sums are 64-bit integers that cannot wrap: each is checked to
be in range before the next segment adds less than 2**30 to it.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import text_numbers as tn
    from cython.cimports.symbolicator.kernels import vlq_numbers as vn
    from cython.cimports.symbolicator.kernels.vlq import Section
else:
    from symbolicator.kernels import text_numbers as tn
    from symbolicator.kernels import vlq_numbers as vn
    from symbolicator.kernels.vlq import Section
from symbolicator.kernels import vlq

Bytes = bytes | memoryview


def _table() -> bytes:
    steps = bytearray([vn.STEP_OTHER]) * 256
    for byte in range(256):
        digit = vlq.DIGITS[byte]
        if digit < vn.CONTINUATION and digit != 1:  # a 1 alone is minus zero
            steps[byte] = vn.STEP_ZERO + (-(digit >> 1) if digit & 1 else digit >> 1)
    steps[tn.COMMA], steps[tn.SEMICOLON], steps[tn.QUOTE] = vn.STEP_COMMA, vn.STEP_SEMICOLON, vn.STEP_END
    return bytes(steps) + vlq.DIGITS


TABLE = _table()
"""For each byte what it is at the start of a field (`STEP_…` of `vlq_numbers`, or the number that it is alone, plus `STEP_ZERO`); then
`vlq.DIGITS`."""


def sample_mappings(
    text: Bytes, table: Bytes, section: Section, starts: memoryview, states: memoryview, keys: memoryview, originals: memoryview
) -> int:
    """Read all of `text`; how many rows it has, or IRREGULAR.

    `states` (i64, STATE each) gets the decoder's state before the rows 0, 256, 512, …, and `starts` (u64) their keys. There is room for
    as many as are in `len(text) // 2 + 1` rows, in `states` for one more. `keys` and `originals`, of 256 rows, are overwritten.
    """
    with cython.nogil:
        count = _sample(text, table, section, starts, states, keys, originals)
    return count


def _sample(
    text: Bytes, table: Bytes, section: Section, starts: memoryview, states: memoryview, keys: memoryview, originals: memoryview
) -> int:
    states[vn.STATE_OFFSET] = 0
    states[vn.STATE_LINE] = section.line
    states[vn.STATE_COLUMN] = section.column
    for i in range(vn.STATE_SOURCE, vn.STATE):
        states[i] = 0
    rows = 0
    place = 0
    while True:
        got = _decode(text, table, section, states, vn.STATE * place, keys, originals, vn.SAMPLE_ROWS)
        if got < 0:
            return got
        if got > 0:
            starts[place] = keys[0]
        rows += got
        if got < vn.SAMPLE_ROWS:
            return rows
        place += 1


def decode_regular(
    text: Bytes, table: Bytes, section: Section, states: memoryview, at: int, keys: memoryview, originals: memoryview, count: int
) -> int:
    """Decode up to `count` rows from the state in `states[at:]` on; how many, or IRREGULAR. The state after them is written behind that
    one; at the end of the text its offset is that of the quote. `keys` and `originals` are those of `vlq.decode_mappings`.
    """
    with cython.nogil:
        got = _decode(text, table, section, states, at, keys, originals, count)
    return got


def _several(text: Bytes, table: Bytes, i: int) -> int:
    """The VLQ at `text[i]`: its value × 8 + the number of its digits, 0 where there is none of 2 to 6 digits."""
    digit = table[text[i] + vn.STEPS]
    value = digit & vn.DIGIT_MASK
    size = 1
    shift = vn.DIGIT_BITS
    while digit & vn.CONTINUATION:
        digit = table[text[i + size] + vn.STEPS]
        if digit >= vn.COMMA or size == vn.MOST_DIGITS:
            return 0
        value += (digit & vn.DIGIT_MASK) << shift
        shift += vn.DIGIT_BITS
        size += 1
    if size == 1 or value == 1:  # no number at all; minus zero
        return 0
    return (-(value >> 1) if value & 1 else value >> 1) * 8 + size


def _decode(
    text: Bytes, table: Bytes, section: Section, states: memoryview, at: int, keys: memoryview, originals: memoryview, count: int
) -> int:
    i = states[at + vn.STATE_OFFSET]
    line = states[at + vn.STATE_LINE]
    column = states[at + vn.STATE_COLUMN]
    source = states[at + vn.STATE_SOURCE]
    original_line = states[at + vn.STATE_ORIGINAL_LINE]
    original_column = states[at + vn.STATE_ORIGINAL_COLUMN]
    name = states[at + vn.STATE_NAME]
    stop = section.stop
    sources, names = section.sources, section.names
    source_base, name_base = section.source_base, section.name_base
    none = 0xFFFFFFFF  # bare, Cython would take a literal of 32 bits for a Python int
    several, zero, comma = vn.STEP_SEVERAL, vn.STEP_ZERO, vn.STEP_COMMA
    row = 0
    out = 0
    while row < count:
        step = table[text[i]]
        if step < several:
            if step < zero:  # out of order
                return vn.IRREGULAR
            column += step - zero
            i += 1
        elif step == vn.STEP_SEMICOLON or step == vn.STEP_END:
            if i > 0 and text[i - 1] == tn.COMMA:
                return vn.IRREGULAR
            if step == vn.STEP_END:
                break
            i += 1
            line += 1
            column = 0
            continue
        else:
            value = _several(text, table, i)
            if value <= 0:
                return vn.IRREGULAR
            column += value >> 3
            i += value & 7
        key = (line << 32) + column
        if column >= none or key >= stop:
            return vn.IRREGULAR
        keys[row] = key
        row += 1
        step = table[text[i]]
        if step >= comma and step != vn.STEP_OTHER:  # one field
            originals[out] = none
            originals[out + vn.ROW_LINE] = 0
            originals[out + vn.ROW_COLUMN] = 0
            originals[out + vn.ROW_NAME] = none
            out += vn.ROW
            if step == comma:
                i += 1
            continue
        # These fields are read in place: by a function that returns value and length, all takes 1.8 times the time (uncompiled, 1.4 times).
        if step < several:
            source += step - zero
            i += 1
        else:
            value = _several(text, table, i)
            if value == 0:
                return vn.IRREGULAR
            source += value >> 3
            i += value & 7
        step = table[text[i]]
        if step < several:
            original_line += step - zero
            i += 1
        else:
            value = _several(text, table, i)
            if value == 0:
                return vn.IRREGULAR
            original_line += value >> 3
            i += value & 7
        step = table[text[i]]
        if step < several:
            original_column += step - zero
            i += 1
        else:
            value = _several(text, table, i)
            if value == 0:
                return vn.IRREGULAR
            original_column += value >> 3
            i += value & 7
        if not (0 <= source < sources and 0 <= original_line < none and 0 <= original_column < none):
            return vn.IRREGULAR
        originals[out] = source + source_base
        originals[out + vn.ROW_LINE] = original_line
        originals[out + vn.ROW_COLUMN] = original_column
        step = table[text[i]]
        if step == comma:  # four fields
            originals[out + vn.ROW_NAME] = none
            i += 1
        elif step == vn.STEP_SEMICOLON or step == vn.STEP_END:
            originals[out + vn.ROW_NAME] = none
        else:
            if step < several:
                name += step - zero
                i += 1
            else:
                value = _several(text, table, i)
                if value == 0:
                    return vn.IRREGULAR
                name += value >> 3
                i += value & 7
            if name < 0 or name >= names:
                return vn.IRREGULAR
            originals[out + vn.ROW_NAME] = name + name_base
            step = table[text[i]]
            if step == comma:
                i += 1
            elif step != vn.STEP_SEMICOLON and step != vn.STEP_END:
                return vn.IRREGULAR
        out += vn.ROW
    while table[text[i]] == vn.STEP_SEMICOLON and (i == 0 or text[i - 1] != tn.COMMA):  # lines without rows, after the last of `count`
        i += 1
        line += 1
        column = 0
    at += vn.STATE
    states[at + vn.STATE_OFFSET] = i
    states[at + vn.STATE_LINE] = line
    states[at + vn.STATE_COLUMN] = column
    states[at + vn.STATE_SOURCE] = source
    states[at + vn.STATE_ORIGINAL_LINE] = original_line
    states[at + vn.STATE_ORIGINAL_COLUMN] = original_column
    states[at + vn.STATE_NAME] = name
    return row
