# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""One pass over the bytes of a ProGuard or R8 mapping, and the sorting of what it found.

Here: lines, members, ranges, and the three metadata comments that nearly every R8 line has. What they mean, other comments and warnings are
`mappings/`'s. Offsets are in bytes from the text's start and fit 32 bits (the caller bounds the text); numbers in the text are at most
2**31 - 1, else their line is broken. The loops give the same numbers compiled and not.
"""

from __future__ import annotations

from collections.abc import Sequence

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
"""No number: a member without a range, or without original lines."""

# A class: CLASS_WIDTH numbers.
CLASS_ORIGINAL = 0
CLASS_ORIGINAL_SIZE = 1
CLASS_RENAMED = 2
CLASS_RENAMED_SIZE = 3
CLASS_FILE = 4
CLASS_FILE_SIZE = 5
"""0: the mapping names no file."""
CLASS_FLAGS = 6
CLASS_CRC = 7
CLASS_WIDTH = 8

# A member: MEMBER_WIDTH numbers.
FIRST = 0
LAST = 1
ORIGINAL_FIRST = 2
ORIGINAL_LAST = 3
NAME = 4
"""Where `[Class.]method` starts."""
NAME_SIZES = 5
"""Bytes of the class with its dot << 16 | bytes of the method's name."""
RENAMED = 6
RENAMED_SIZES = 7
"""Bytes between the parentheses << 16 | bytes of the new name."""
OWNER = 8
"""The row of its class."""
FLAGS = 9
"""`SYNTHESIZED`, `CONTINUES`, `FIELD`, and its note's number + 1 << NOTE_SHIFT."""
MEMBER_WIDTH = 10

SYNTHESIZED = 1
CONTINUES = 2
"""The caller of the line above: one inline group."""
FIELD = 4
NOTE_SHIFT = 8
FIELD_SEED = 128

# A note: where a residual signature stands, its size, and the number + 1 of other metadata.
NOTE_WIDTH = 3
# Another comment with metadata: where, its size, its class's row (NONE: above all classes), its member's row + 1 (0: the class's own).
OTHER_WIDTH = 4

# counts
CLASSES = 0
MEMBERS = 1
NOTES = 2
OTHERS = 3
BROKEN = 4
FIRST_BROKEN = 5
"""Offsets + 1 of the first broken lines, from here on."""
COUNTS = 10

LIMIT = 0x7FFFFFFF
LONGEST = 0xFFFF
"""Bytes of a name, or of parameters: a line with a longer one is broken."""


def crc_table() -> memoryview:
    """The table of CRC-32 as zlib computes it, so that a name's key can be had from zlib too."""
    table = memoryview(bytearray(4 * 256)).cast("I")
    for i in range(256):
        value = i
        for _ in range(8):
            value = value >> 1 ^ 0xEDB88320 if value & 1 else value >> 1
        table[i] = value
    return table


def _crc(text: Bytes, start: int, stop: int, seed: int, table: memoryview) -> int:
    """CRC-32 of some bytes, continued from `seed`."""
    ones = 0xFFFFFFFF  # bare, Cython would take it for a Python int
    value = seed ^ ones
    for i in range(start, stop):
        value = table[(value ^ text[i]) & 0xFF] ^ (value >> 8)
    return value ^ ones


class Comments:
    """What comments say that are not of the class or member before them alone: `notes` (NOTE_WIDTH numbers each) and `others`
    (OTHER_WIDTH), both u32.
    """

    def __init__(self, notes: memoryview, others: memoryview) -> None:
        self.notes = notes
        self.others = others


def scan(
    text: Bytes,
    phrases: Bytes,
    table: memoryview,
    classes: memoryview,
    members: memoryview,
    keys: memoryview,
    comments: Comments,
    counts: memoryview,
) -> int:
    """Read a mapping into rows; the number of members.

    `classes` and `members` (u32, …_WIDTH numbers each), `keys` (u64) and `comments` have room for as many rows as the text has lines;
    `counts` (i64, COUNTS). `phrases` are the starts and ends of the comments that are read here, separated by newlines. `keys` get for each
    member crc32(class) << 32 | crc32(its new name), by the `table` of `crc_table`, fields' names with seed FIELD_SEED.
    """
    with cython.nogil:
        n = len(text)
        i = 0
        none = 0xFFFFFFFF  # bare, Cython would take a literal of 32 bits and more for a Python int
        if n >= 3 and text[0] == 0xEF and text[1] == 0xBB and text[2] == 0xBF:
            i = 3
        owner = -1  # the class's row; -1 where there is none to attribute members to
        row = -1  # the last member of this class; -1 before the first
        open_group = 0  # whether a line with the same range may go on where the last member stopped
        while i < n:
            end = _find(text, i, n, 10)
            begin = i
            a = i
            b = end
            i = end + 1
            while a < b and (text[a] == 32 or text[a] == 9):
                a += 1
            while b > a and text[b - 1] <= 32:
                b -= 1
            if a == b:
                continue
            if text[a] == 35:
                a += 1
                while a < b and text[a] == 32:
                    a += 1
                if a == b or text[a] != 123:
                    continue
                if owner < 0:
                    at = 4 * counts[3]
                    comments.others[at] = a
                    comments.others[at + 1] = b - a
                    comments.others[at + 2] = none
                    comments.others[at + 3] = 0
                    counts[3] += 1
                    continue
                at = _begins(text, a, b, phrases, 0)
                stop = -1 if at < 0 else _ends(text, at, b, phrases, 1)
                if stop < 0:
                    at = _begins(text, a, b, phrases, 2)
                    stop = -1 if at < 0 else _ends(text, at, b, phrases, 3)
                if stop >= 0:
                    classes[8 * owner + 4] = at
                    classes[8 * owner + 5] = stop - at
                    continue
                if _begins(text, a, b, phrases, 4) == b:
                    if row >= 0:
                        members[10 * row + 9] |= 1
                    else:
                        classes[8 * owner + 6] |= 1
                    continue
                at = _begins(text, a, b, phrases, 5)
                stop = -1 if at < 0 else _ends(text, at, b, phrases, 1)
                if stop >= 0 and row >= 0:
                    note = _note(members, row, comments.notes, counts)
                    if note >= 0:
                        comments.notes[3 * note] = at
                        comments.notes[3 * note + 1] = stop - at
                    open_group = 0  # only the physical method has a signature, and it is the last of its group
                    continue
                at = 4 * counts[3]
                comments.others[at] = a
                comments.others[at + 1] = b - a
                comments.others[at + 2] = owner
                comments.others[at + 3] = row + 1
                counts[3] += 1
                if not _holds(text, a, b, phrases, 6):
                    open_group = 0  # outlines and their callers are physical methods too
                continue
            arrow = b - 5
            while arrow > a and not (text[arrow] == 32 and text[arrow + 1] == 45 and text[arrow + 2] == 62 and text[arrow + 3] == 32):
                arrow -= 1
            renamed = arrow + 4
            if arrow <= a:
                _broken(counts, begin)
                if begin == a:
                    owner = -1  # where no class is known, no member is
                continue
            if text[b - 1] == 58:
                b -= 1
                if (
                    b == renamed
                    or arrow - a > 0xFFFF
                    or b - renamed > 0xFFFF
                    or _find(text, a, arrow, 32) < arrow
                    or _find(text, renamed, b, 32) < b
                ):
                    _broken(counts, begin)
                    owner = -1
                    continue
                owner = counts[0]
                row = -1
                at = 8 * owner
                classes[at] = a
                classes[at + 1] = arrow - a
                classes[at + 2] = renamed
                classes[at + 3] = b - renamed
                classes[at + 7] = _crc(text, renamed, b, 0, table)
                counts[0] += 1
                continue
            first = none
            last = none
            original_first = none
            original_last = none
            good = owner >= 0
            p = _digits(text, a, arrow)
            if p > a and p < arrow and text[p] == 58:
                first = _number(text, a, p)
                a = p + 1
                p = _digits(text, a, arrow)
                last = first
                if p > a and p < arrow and text[p] == 58:
                    last = _number(text, a, p)
                    a = p + 1
                good = good and first >= 0 and last >= first
            name = _find(text, a, arrow, 32) + 1
            good = good and name > a + 1 and name < arrow and _find(text, a, name, 58) == name
            opened = _find(text, name, arrow, 40)
            closed = opened
            stop = opened
            if opened < arrow:
                closed = _find(text, opened, arrow, 41)
                p = closed + 1
                good = good and closed < arrow
                if p < arrow:
                    good = good and text[p] == 58
                    a = p + 1
                    p = _digits(text, a, arrow)
                    original_first = _number(text, a, p)
                    original_last = original_first
                    if p < arrow:
                        good = good and text[p] == 58
                        a = p + 1
                        p = _digits(text, a, arrow)
                        original_last = _number(text, a, p)
                    good = good and p == arrow and original_first >= 0 and original_last >= original_first
                opened += 1
            dot = stop
            while dot > name and text[dot - 1] != 46:
                dot -= 1
            if (
                not good
                or stop == dot
                or stop - name > 0xFFFF
                or closed - opened > 0xFFFF
                or b - renamed > 0xFFFF
                or b == renamed
                or _find(text, name, stop, 32) < stop
                or _find(text, renamed, b, 32) < b
            ):
                _broken(counts, begin)
                open_group = 0
                continue
            flags = 0
            seed = 0
            if stop == arrow:
                flags = 4
                seed = 128  # no name in ASCII has the key of another with it
                opened = closed
            elif (
                row >= 0 and open_group and first != none and original_first != none and (original_first == original_last or first == last)
            ):
                # A caller's own position is one line: where the call stands. A range of lines, or none, is another method's.
                at = 10 * row
                p = members[at + 6]
                if members[at] == first and members[at + 1] == last and (members[at + 7] & 0xFFFF) == b - renamed:
                    flags = 2
                    for k in range(b - renamed):
                        if text[p + k] != text[renamed + k]:
                            flags = 0
                            break
            row = counts[1]
            counts[1] = row + 1
            open_group = 1 if stop < arrow else 0
            at = 10 * row
            members[at] = first
            members[at + 1] = last
            members[at + 2] = original_first
            members[at + 3] = original_last
            members[at + 4] = name
            members[at + 5] = (dot - name) << 16 | (stop - dot)
            members[at + 6] = renamed
            members[at + 7] = (closed - opened) << 16 | (b - renamed)
            members[at + 8] = owner
            members[at + 9] = flags
            key = classes[8 * owner + 7]
            keys[row] = key << 32 | _crc(text, renamed, b, seed, table)
        return counts[1]


def _begins(text: Bytes, at: int, end: int, phrases: Bytes, number: int) -> int:
    """Where `text` goes on after phrase `number`, which it begins with at `at`; -1 where it does not."""
    p = 0
    n = len(phrases)
    while number > 0:
        while phrases[p] != 10:
            p += 1
        p += 1
        number -= 1
    while p < n and phrases[p] != 10:
        if at >= end or text[at] != phrases[p]:
            return -1
        at += 1
        p += 1
    return at


def _ends(text: Bytes, at: int, end: int, phrases: Bytes, number: int) -> int:
    """Where phrase `number`, with which `text` ends at `end`, starts; -1 where it does not, or where what is before it from `at` on holds a
    quote or a backslash.
    """
    stop = at
    while stop < end and text[stop] != 34 and text[stop] != 92:
        stop += 1
    return stop if stop < end and _begins(text, stop, end, phrases, number) == end else -1


def _holds(text: Bytes, at: int, end: int, phrases: Bytes, number: int) -> int:
    while at < end:
        if _begins(text, at, end, phrases, number) >= 0:
            return 1
        at += 1
    return 0


def _broken(counts: memoryview, at: int) -> None:
    number = counts[4]
    if 5 + number < 10:
        counts[5 + number] = at + 1
    counts[4] += 1


def _digits(text: Bytes, at: int, end: int) -> int:
    """Where the digits that start at `at` end."""
    while at < end and text[at] >= 48 and text[at] <= 57:
        at += 1
    return at


def _number(text: Bytes, at: int, end: int) -> int:
    """The number between two places; -1 where it is empty or more than 2**31 - 1."""
    value = 0
    if at == end or end - at > 10:
        return -1
    while at < end:
        value = value * 10 + text[at] - 48
        at += 1
    return value if value <= 0x7FFFFFFF else -1


def _find(text: Bytes, at: int, end: int, byte: int) -> int:
    """Where `byte` next stands before `end`; `end` where it does not."""
    while at < end and text[at] != byte:
        at += 1
    return at


def _note(members: memoryview, row: int, notes: memoryview, counts: memoryview) -> int:
    """The note of a member, made where it has none."""
    flags = members[10 * row + 9]
    note = flags >> 8
    if note == 0:
        note = counts[2] + 1
        if note >= 1 << 24:
            return -1
        counts[2] = note
        members[10 * row + 9] = flags | note << 8
    return note - 1


def sort(keys: memoryview, order: memoryview, spare: memoryview, buckets: memoryview) -> int:
    """`order`: the places of `keys` in ascending order, equal ones as they stand. `spare` is as long; `buckets` has 65536 items."""
    with cython.nogil:
        n = len(keys)
        for i in range(n):
            order[i] = i
        shift = 0
        while shift < 64:
            for i in range(65536):
                buckets[i] = 0
            for i in range(n):
                buckets[(keys[i] >> shift) & 0xFFFF] += 1
            total = 0
            for i in range(65536):
                here = buckets[i]
                buckets[i] = total
                total += here
            for i in range(n):
                at = order[i]
                digit = (keys[at] >> shift) & 0xFFFF
                spare[buckets[digit]] = at
                buckets[digit] += 1
            for i in range(n):
                order[i] = spare[i]
            shift += 16
        return n


def arrange(
    text: Bytes,
    classes: memoryview,
    members: memoryview,
    keys: memoryview,
    order: memoryview,
    arranged: memoryview,
    distinct: memoryview,
    starts: memoryview,
) -> int:
    """`arranged`: the members in `order`. `distinct` gets each key once, `starts` the first member of each; the number of distinct keys,
    less than 0 (-1 - number) where members of different names have one key.
    """
    with cython.nogil:
        n = len(order)
        count = 0
        crossed = 0
        for i in range(n):
            at = order[i]
            key = keys[at]
            for k in range(10):
                arranged[10 * i + k] = members[10 * at + k]
            if count == 0 or distinct[count - 1] != key:
                distinct[count] = key
                starts[count] = i
                count += 1
            elif crossed == 0:
                a = 10 * i
                b = a - 10
                crossed = 1 - _same(text, arranged[a + 6], arranged[a + 7] & 0xFFFF, arranged[b + 6], arranged[b + 7] & 0xFFFF)
                a = 8 * arranged[a + 8]
                b = 8 * arranged[b + 8]
                if crossed == 0 and a != b:
                    crossed = 1 - _same(text, classes[a + 2], classes[a + 3], classes[b + 2], classes[b + 3])
        return -1 - count if crossed else count


def _same(text: Bytes, a: int, a_size: int, b: int, b_size: int) -> int:
    if a_size != b_size:
        return 0
    for i in range(a_size):
        if text[a + i] != text[b + i]:
            return 0
    return 1


def only_group(rows: Sequence[int], line: int) -> int:
    """The one inline group of a member whose range covers `line` (1 and more): its first row << 32 | the row behind its last.

    -1 where there is none, or several, or where a catch-all (`0:65535`) is among those that do: `mappings/groups.py` chooses then.
    """
    return _only_group(rows, line)


def _only_group(rows: Sequence[int], line: int) -> int:
    count = len(rows) // 10
    start = -1
    stop = -1
    for i in range(count):
        at = 10 * i
        if line < rows[at] or line > rows[at + 1]:  # without a range, both are above any line
            continue
        if rows[at] == 0 and rows[at + 1] >= 65535:
            return -1
        if start < 0:
            start = i
        elif stop != i or rows[at + 9] & 2 == 0:
            return -1
        stop = i + 1
    return -1 if start < 0 else start << 32 | stop
