# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
r"""Base64 VLQs and the text around them: from the bytes of source maps to rows of numbers (ECMA-426 "Base64 VLQ").

`decode_mappings` reads a map's `mappings`, `decode_tokens` any list of VLQs (`scopes`, `rangeMappings`, Metro's function maps, which
`function_rows` reads on), `line_starts` the lines of a source. Text is given as the bytes between the quotes of the JSON string. What the
numbers mean, JSON, warnings and limits belong to `sourcemaps/`.

    >>> keys, originals = zeros("Q", 2), zeros("I", 2 * vn.ROW)
    >>> faults = Faults(zeros("q", vn.KINDS), zeros("q", vn.KINDS * vn.FIRST_WIDTH))
    >>> decode_mappings(b"AAAA;EACAA", DIGITS, keys, originals, Section(0, 0, 1 << 63, 1, 1, 0, 0), faults, 0)
    2
    >>> [(key >> 32, key & 0xFFFFFFFF) for key in keys], originals[vn.ROW :].tolist()
    ([(0, 0), (1, 2)], [0, 1, 0, 0])

So the generated position 1:2 (both from 0) is 1:0 of source 0, with name 0.

Every running sum is a 64-bit integer that no input can make wrap: a VLQ adds less than 2**31, and a file holds less than 2**31 of them; so
the loops give the same numbers compiled and uncompiled.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import text_numbers as tn
    from cython.cimports.symbolicator.kernels import vlq_numbers as vn
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import text_numbers as tn
    from symbolicator.kernels import vlq_numbers as vn
    from symbolicator.kernels.sorting import sort

Bytes = bytes | memoryview

_ALPHABET = bytearray(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _digits() -> bytes:
    table = bytearray([vn.NO_DIGIT]) * 256
    for digit in range(64):
        table[_ALPHABET[digit]] = digit
    table[tn.COMMA] = vn.COMMA
    table[tn.SEMICOLON] = vn.SEMICOLON
    return bytes(table)


DIGITS = _digits()
"""For each byte: its base64 value, or COMMA, SEMICOLON or NO_DIGIT of `vlq_numbers`."""


def count_bytes(text: Bytes, one: int, other: int) -> int:
    """How many bytes of `text` are `one` or `other`. Commas and semicolons: one less than the segments there can be."""
    with cython.nogil:
        count = _count_bytes(text, one, other)
    return count


def _count_bytes(text: Bytes, one: int, other: int) -> int:
    count = 0
    for i in range(len(text)):
        count += (text[i] == one) | (text[i] == other)
    return count


class Faults:
    """What is wrong: how often by kind (`counts`: i64, KINDS), and of each kind the first (`firsts`: i64, KINDS × FIRST_WIDTH)."""

    def __init__(self, counts: memoryview, firsts: memoryview) -> None:
        self.counts = counts
        self.firsts = firsts


class Section:
    """Of which section segments are: its offset, `line` and `column` (the column moves the first line only); `stop`, the key from which on
    they are left out; how many `sources` and `names` there are, and what is added to their numbers.
    """

    def __init__(self, line: int, column: int, stop: int, sources: int, names: int, source_base: int, name_base: int) -> None:
        self.line = line
        self.column = column
        self.stop = stop
        self.sources = sources
        self.names = names
        self.source_base = source_base
        self.name_base = name_base


def decode_mappings(
    text: Bytes, digits: Bytes, keys: memoryview, originals: memoryview, section: Section, faults: Faults, row: int
) -> int:
    """Decode `mappings`, the bytes `text` between the quotes, into rows from `row` on; returns the row after the last.

    `keys` (u64, a row each): generated line << 32 | generated column. `originals` (u32, four a row): source, line, column, name, with NONE
    for none. Both have room for as many rows as the text has commas and semicolons, and one.

    What is wrong is counted by kind, and the rest of the line goes on from the state the fields read so far have made. A segment that
    does not parse is left out. One whose position is out of range is stored as unmapped, one whose name is out of range without it
    (ECMA-426 DecodeMappingsField, where the error is not thrown).
    """
    with cython.nogil:
        end = _decode_mappings(text, digits, keys, originals, section, faults, row)
    return end


def _fault(kind: int, value: int, i: int, line: int, ordinal: int, faults: Faults) -> None:
    if faults.counts[kind] == 0:
        faults.firsts[vn.FIRST_WIDTH * kind + vn.FIRST_VALUE] = value
        faults.firsts[vn.FIRST_WIDTH * kind + vn.FIRST_OFFSET] = i
        faults.firsts[vn.FIRST_WIDTH * kind + vn.FIRST_LINE] = line
        faults.firsts[vn.FIRST_WIDTH * kind + vn.FIRST_SEGMENT] = ordinal
    faults.counts[kind] += 1


def _decode_mappings(
    text: Bytes, digits: Bytes, keys: memoryview, originals: memoryview, section: Section, faults: Faults, row: int
) -> int:
    line = section.line
    base = section.column
    stop = section.stop
    sources = section.sources
    names = section.names
    source_base = section.source_base
    name_base = section.name_base
    n = len(text)
    i = 0
    column = source = original_line = original_column = name = 0
    field = 0
    value = 0
    shift = 0
    bad = False
    after_comma = False
    ordinal = 0
    previous = 0
    none = 0xFFFFFFFF  # bare, Cython would take a literal of 32 bits and more for a Python int
    lowest = -0x80000000
    # By names of this function, which are faster uncompiled: they are looked up for each byte.
    comma, semicolon, mask, continuation, last_shift, bits = (
        vn.COMMA, vn.SEMICOLON, vn.DIGIT_MASK, vn.CONTINUATION, vn.LAST_SHIFT, vn.DIGIT_BITS,
    )  # fmt: skip
    width, row_line, row_column, row_name = vn.ROW, vn.ROW_LINE, vn.ROW_COLUMN, vn.ROW_NAME
    while i <= n:
        digit = digits[text[i]] if i < n else semicolon
        i += 1
        if digit < comma:
            if shift <= last_shift:
                value += (digit & mask) << shift
            elif digit & mask:
                value = none + 1
            if digit & continuation:
                if shift <= last_shift:  # zeros may go on for ever; their place no longer matters
                    shift += bits
                continue
            if value > none:
                _fault(vn.OVERFLOW, ordinal, i, line, ordinal, faults)
                bad = True
                while i < n and digits[text[i]] < comma:
                    i += 1
            else:
                # Minus zero is -2**31 (ECMA-426 VLQSignedValue).
                delta = value >> 1 if value & 1 == 0 else -(value >> 1) if value > 1 else lowest
                if field == 0:
                    column += delta
                elif field == 1:
                    source += delta
                elif field == 2:
                    original_line += delta
                elif field == 3:
                    original_column += delta
                elif field == 4:
                    name += delta
                field += 1
            value = 0
            shift = 0
            continue
        if digit == vn.NO_DIGIT:
            _fault(vn.BAD_DIGIT, text[i - 1], i, line, ordinal, faults)
            bad = True
            value = 0
            shift = 0
            while i < n and digits[text[i]] != comma and digits[text[i]] != semicolon:
                i += 1
            continue
        if shift != 0:
            if not bad:
                _fault(vn.OVERRUN, ordinal, i, line, ordinal, faults)
            value = 0
            shift = 0
        elif bad:
            pass
        elif field == 0:
            if digit == comma or after_comma:
                _fault(vn.EMPTY, ordinal, i, line, ordinal, faults)
        elif column < 0 or column + base >= none:
            _fault(vn.COLUMN, column, i, line, ordinal, faults)
        elif field == 2 or field == 3:
            _fault(vn.FIELDS, field, i, line, ordinal, faults)
        else:
            if field > 5:
                _fault(vn.TOO_MANY, field, i, line, ordinal, faults)
            key = (line << 32) + column + base
            if key >= stop:
                _fault(vn.OVERLAP, column, i, line, ordinal, faults)
            else:
                if key < previous:
                    _fault(vn.UNSORTED, column, i, line, ordinal, faults)
                previous = key
                keys[row] = key
                at = width * row
                row += 1
                originals[at + row_name] = none
                if field >= 4 and source >= 0 and source < sources and 0 <= original_line < none and 0 <= original_column < none:
                    originals[at] = source + source_base
                    originals[at + row_line] = original_line
                    originals[at + row_column] = original_column
                    if field >= 5:
                        if name >= 0 and name < names:
                            originals[at + row_name] = name + name_base
                        else:
                            _fault(vn.NAME, name, i, line, ordinal, faults)
                else:
                    originals[at] = none
                    originals[at + row_line] = 0
                    originals[at + row_column] = 0
                    if field >= 4:
                        if source < 0 or source >= sources:
                            _fault(vn.SOURCE, source, i, line, ordinal, faults)
                        else:
                            _fault(vn.ORIGINAL, original_line if original_line < 0 else original_column, i, line, ordinal, faults)
        field = 0
        bad = False
        ordinal += 1
        after_comma = digit == comma
        if digit == semicolon:
            line += 1
            column = 0
            base = 0
            ordinal = 0
    return row


def first_unsorted(keys: memoryview, start: int, stop: int) -> int:
    """The first row in `start + 1 … stop - 1` whose key is less than the one before it; `stop` where there is none."""
    with cython.nogil:
        row = _first_unsorted(keys, start, stop)
    return row


def _first_unsorted(keys: memoryview, start: int, stop: int) -> int:
    i = start + 1
    while i < stop:
        if keys[i] < keys[i - 1]:
            return i
        i += 1
    return stop


def sort_rows(
    keys: memoryview,
    originals: memoryview,
    flags: memoryview,
    start: int,
    stop: int,
    order: memoryview,
    spare: memoryview,
) -> None:
    """Sort rows `start … stop - 1` by key, stable. `flags` (u8, a row each) is moved along; `order` and `spare` (u32) have room for the
    rows.
    """
    with cython.nogil:
        _sort_rows(keys, originals, flags, start, stop, order, spare)


def _sort_rows(
    keys: memoryview,
    originals: memoryview,
    flags: memoryview,
    start: int,
    stop: int,
    order: memoryview,
    spare: memoryview,
) -> None:
    n = stop - start
    sort(keys, 1, start, n, order, spare)
    for i in range(n):  # put each cycle of the permutation in place; a row that is done points at itself
        if order[i] == i:
            continue
        key = keys[start + i]
        flag = flags[start + i]
        at = vn.ROW * (start + i)
        source = originals[at]
        line = originals[at + 1]
        column = originals[at + 2]
        name = originals[at + 3]
        here = i
        while order[here] != i:
            there = order[here]
            keys[start + here] = keys[start + there]
            flags[start + here] = flags[start + there]
            at = vn.ROW * (start + here)
            middle = vn.ROW * (start + there)
            originals[at] = originals[middle]
            originals[at + 1] = originals[middle + 1]
            originals[at + 2] = originals[middle + 2]
            originals[at + 3] = originals[middle + 3]
            order[here] = here
            here = there
        keys[start + here] = key
        flags[start + here] = flag
        at = vn.ROW * (start + here)
        originals[at] = source
        originals[at + 1] = line
        originals[at + 2] = column
        originals[at + 3] = name
        order[here] = here


def decode_tokens(text: Bytes, digits: Bytes, tokens: memoryview) -> int:
    """The unsigned VLQs of `text` in order, one i64 each; COMMA_TOKEN, SEMICOLON_TOKEN, or BAD_TOKEN for what is no digit or not whole
    (overrun, more than 32 bits). Returns how many; `tokens` needs room for `len(text) + 1`.
    """
    with cython.nogil:
        count = _decode_tokens(text, digits, tokens)
    return count


def _decode_tokens(text: Bytes, digits: Bytes, tokens: memoryview) -> int:
    n = len(text)
    value = 0
    shift = 0
    count = 0
    none = 0xFFFFFFFF
    for i in range(n):
        digit = digits[text[i]]
        if digit < vn.COMMA:
            if shift <= vn.LAST_SHIFT:
                value += (digit & vn.DIGIT_MASK) << shift
            elif digit & vn.DIGIT_MASK:
                value = none + 1
            if digit & vn.CONTINUATION:
                if shift <= vn.LAST_SHIFT:
                    shift += vn.DIGIT_BITS
                continue
            tokens[count] = value if value <= none else vn.BAD_TOKEN
            count += 1
        else:
            if shift != 0:
                tokens[count] = vn.BAD_TOKEN
                count += 1
            tokens[count] = vn.COMMA_TOKEN if digit == vn.COMMA else vn.SEMICOLON_TOKEN if digit == vn.SEMICOLON else vn.BAD_TOKEN
            count += 1
        value = 0
        shift = 0
    if shift != 0:
        tokens[count] = vn.BAD_TOKEN
        count += 1
    return count


def function_rows(tokens: memoryview, count: int, names: int, rows: memoryview) -> int:
    """Metro's function map: from `tokens` to rows of (line from 1, column from 0, name), u32 each. Returns rows × 2**32 + the segments
    skipped.

    Segments are column delta (from 0 again after each `;`), name delta, line delta (absent: 0). One that is not whole, or whose result
    is negative or names none of the `names`, is skipped, and its deltas count.
    """
    with cython.nogil:
        result = _function_rows(tokens, count, names, rows)
    return result


def _function_rows(tokens: memoryview, count: int, names: int, rows: memoryview) -> int:
    line = 1
    column = name = 0
    field = 0
    row = skipped = 0
    bad = False
    none = 0xFFFFFFFF
    lowest = -0x80000000
    for i in range(count + 1):
        token = tokens[i] if i < count else vn.COMMA_TOKEN
        if token >= 0:
            delta = token >> 1 if token & 1 == 0 else -(token >> 1) if token > 1 else lowest
            if field == 0:
                column += delta
            elif field == 1:
                name += delta
            elif field == 2:
                line += delta
            field += 1
        elif token == vn.BAD_TOKEN:
            bad = True
        else:
            if bad or field != 0:
                if bad or field < 2 or line < 1 or line >= none or column < 0 or column >= none or name < 0 or name >= names:
                    skipped += 1
                else:
                    rows[vn.FUNCTION * row + vn.FUNCTION_LINE] = line
                    rows[vn.FUNCTION * row + vn.FUNCTION_COLUMN] = column
                    rows[vn.FUNCTION * row + vn.FUNCTION_NAME] = name
                    row += 1
            field = 0
            bad = False
            if token == vn.SEMICOLON_TOKEN:
                column = 0
    return (row << 32) + skipped


def line_starts(text: Bytes, starts: memoryview, at: int) -> int:
    r"""Where each line of `text` (UTF-8 bytes) starts, as byte offsets, u32, from `starts[at]` on; returns the index after the last.

    A line ends with \n, \r\n, \r, U+2028 or U+2029 (ECMA-262 LineTerminatorSequence). Without room (`len(starts)`), lines are only counted.
    """
    with cython.nogil:
        end = _line_starts(text, starts, at)
    return end


def _line_starts(text: Bytes, starts: memoryview, at: int) -> int:
    n = len(text)
    room = len(starts)
    if at < room:
        starts[at] = 0
    at += 1
    i = 0
    while i < n:
        byte = text[i]
        i += 1
        if byte > tn.CARRIAGE_RETURN and byte != tn.SEPARATOR_1:
            continue
        if byte == tn.CARRIAGE_RETURN:
            if i < n and text[i] == tn.NEWLINE:
                i += 1
        elif byte == tn.SEPARATOR_1:
            if i + 1 < n and text[i] == tn.SEPARATOR_2 and text[i + 1] & 0xFE == tn.SEPARATOR_3:
                i += 2
            else:
                continue
        elif byte != tn.NEWLINE:
            continue
        if at < room:
            starts[at] = i
        at += 1
    return at


def remap_sources(originals: memoryview, start: int, stop: int, table: memoryview) -> None:
    """Give the rows `start … stop - 1` the sources that `table` (u32) has for them; rows without a source stay."""
    with cython.nogil:
        _remap_sources(originals, start, stop, table)


def _remap_sources(originals: memoryview, start: int, stop: int, table: memoryview) -> None:
    n = len(table)
    for i in range(start, stop):
        source = originals[vn.ROW * i + vn.ROW_SOURCE]
        if source < n:
            originals[vn.ROW * i + vn.ROW_SOURCE] = table[source]
