# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
r"""ProGuard and R8 mappings: from the bytes of the text to rows of numbers for classes and members, sorted by their new names.

`scan` reads lines, members, ranges, and the three comments with metadata that nearly every line of R8's has; `sort` and `arrange` bring
members of one new name together; `only_group` finds the calls of a line. What the rows mean, other comments and warnings belong to
`mappings/`.

    >>> text = b"com.shop.Cart -> a.b:\n    3:4:int total():10:11 -> c\n"
    >>> classes, members, keys = zeros("I", 8), zeros("I", 10), zeros("Q", 1)
    >>> comments, counts = Comments(zeros("I", 0), zeros("I", 0)), zeros("q", mn.COUNTS)
    >>> scan(text, b"", crc_table(), classes, members, keys, comments, counts)
    1
    >>> members[: mn.NAME].tolist(), text[members[mn.NAME] :][:5], text[members[mn.RENAMED] :][:1]
    ([3, 4, 10, 11], b'total', b'c')

So lines 3 to 4 of `c` are lines 10 to 11 of `total`. Rows are u32, MEMBER_WIDTH or CLASS_WIDTH numbers each, by the names in
`mapping_numbers`. Offsets and sizes are in bytes of the text, and fit 32 bits (the caller bounds the text); lines are from 1 on and at most
LIMIT, else their line cannot be read. The loops give the same numbers compiled and uncompiled.
"""

from __future__ import annotations

from collections.abc import Sequence

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import mapping_numbers as mn
    from cython.cimports.symbolicator.kernels import text_numbers as tn
else:
    from symbolicator.kernels import mapping_numbers as mn
    from symbolicator.kernels import text_numbers as tn

Bytes = bytes | memoryview


_POLYNOMIAL = 0xEDB88320
"""Of CRC-32, as zlib computes it."""


def crc_table() -> memoryview:
    """The table of CRC-32 as zlib computes it, so that a name's key can be had from zlib too."""
    table = memoryview(bytearray(4 * 256)).cast("I")
    for i in range(256):
        value = i
        for _ in range(8):
            value = value >> 1 ^ _POLYNOMIAL if value & 1 else value >> 1
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
        if n >= 3 and text[0] == tn.MARK_1 and text[1] == tn.MARK_2 and text[2] == tn.MARK_3:
            i = 3
        owner = -1  # the class's row; -1 where there is none to attribute members to
        row = -1  # the last member of this class; -1 before the first
        open_group = 0  # whether a line with the same range may go on where the last member stopped
        while i < n:
            end = _find(text, i, n, tn.NEWLINE)
            begin = i
            a = i
            b = end
            i = end + 1
            while a < b and (text[a] == tn.SPACE or text[a] == tn.TAB):
                a += 1
            while b > a and text[b - 1] <= tn.SPACE:
                b -= 1
            if a == b:
                continue
            if text[a] == tn.HASH:
                a += 1
                while a < b and text[a] == tn.SPACE:
                    a += 1
                if a == b or text[a] != tn.OPENING_BRACE:
                    continue
                if owner < 0:
                    at = mn.OTHER_WIDTH * counts[mn.OTHERS]
                    comments.others[at + mn.OTHER_AT] = a
                    comments.others[at + mn.OTHER_SIZE] = b - a
                    comments.others[at + mn.OTHER_CLASS] = none
                    comments.others[at + mn.OTHER_MEMBER] = 0
                    counts[mn.OTHERS] += 1
                    continue
                at = _begins(text, a, b, phrases, mn.FILE_BEGIN)
                stop = -1 if at < 0 else _ends(text, at, b, phrases, mn.STRING_END)
                if stop < 0:
                    at = _begins(text, a, b, phrases, mn.FILE_FIRST_BEGIN)
                    stop = -1 if at < 0 else _ends(text, at, b, phrases, mn.FILE_FIRST_END)
                if stop >= 0:
                    classes[mn.CLASS_WIDTH * owner + mn.CLASS_FILE] = at
                    classes[mn.CLASS_WIDTH * owner + mn.CLASS_FILE_SIZE] = stop - at
                    continue
                if _begins(text, a, b, phrases, mn.SYNTHESIZED_WHOLE) == b:
                    if row >= 0:
                        members[mn.MEMBER_WIDTH * row + mn.FLAGS] |= mn.SYNTHESIZED
                    else:
                        classes[mn.CLASS_WIDTH * owner + mn.CLASS_FLAGS] |= mn.SYNTHESIZED
                    continue
                at = _begins(text, a, b, phrases, mn.SIGNATURE_BEGIN)
                stop = -1 if at < 0 else _ends(text, at, b, phrases, mn.STRING_END)
                if stop >= 0 and row >= 0:
                    note = _note(members, row, comments.notes, counts)
                    if note >= 0:
                        comments.notes[mn.NOTE_WIDTH * note + mn.NOTE_AT] = at
                        comments.notes[mn.NOTE_WIDTH * note + mn.NOTE_SIZE] = stop - at
                    open_group = 0  # only the physical method has a signature, and it is the last of its group
                    continue
                at = mn.OTHER_WIDTH * counts[mn.OTHERS]
                comments.others[at + mn.OTHER_AT] = a
                comments.others[at + mn.OTHER_SIZE] = b - a
                comments.others[at + mn.OTHER_CLASS] = owner
                comments.others[at + mn.OTHER_MEMBER] = row + 1
                counts[mn.OTHERS] += 1
                if not _holds(text, a, b, phrases, mn.REWRITE_FRAME):
                    open_group = 0  # outlines and their callers are physical methods too
                continue
            arrow = b - 5  # of ` -> `, with a byte behind it
            while arrow > a and not (
                text[arrow] == tn.SPACE and text[arrow + 1] == tn.MINUS and text[arrow + 2] == tn.GREATER and text[arrow + 3] == tn.SPACE
            ):
                arrow -= 1
            renamed = arrow + 4
            if arrow <= a:
                _broken(counts, begin)
                if begin == a:
                    owner = -1  # where no class is known, no member is
                continue
            if text[b - 1] == tn.COLON:
                b -= 1
                if (
                    b == renamed
                    or arrow - a > mn.LONGEST
                    or b - renamed > mn.LONGEST
                    or _find(text, a, arrow, tn.SPACE) < arrow
                    or _find(text, renamed, b, tn.SPACE) < b
                ):
                    _broken(counts, begin)
                    owner = -1
                    continue
                owner = counts[mn.CLASSES]
                row = -1
                at = mn.CLASS_WIDTH * owner
                classes[at + mn.CLASS_ORIGINAL] = a
                classes[at + mn.CLASS_ORIGINAL_SIZE] = arrow - a
                classes[at + mn.CLASS_RENAMED] = renamed
                classes[at + mn.CLASS_RENAMED_SIZE] = b - renamed
                classes[at + mn.CLASS_CRC] = _crc(text, renamed, b, 0, table)
                counts[mn.CLASSES] += 1
                continue
            first = none
            last = none
            original_first = none
            original_last = none
            good = owner >= 0
            p = _digits(text, a, arrow)
            if p > a and p < arrow and text[p] == tn.COLON:
                first = _number(text, a, p)
                a = p + 1
                p = _digits(text, a, arrow)
                last = first
                if p > a and p < arrow and text[p] == tn.COLON:
                    last = _number(text, a, p)
                    a = p + 1
                good = good and first >= 0 and last >= first
            name = _find(text, a, arrow, tn.SPACE) + 1
            good = good and name > a + 1 and name < arrow and _find(text, a, name, tn.COLON) == name
            opened = _find(text, name, arrow, tn.OPENING_PARENTHESIS)
            closed = opened
            stop = opened
            if opened < arrow:
                closed = _find(text, opened, arrow, tn.CLOSING_PARENTHESIS)
                p = closed + 1
                good = good and closed < arrow
                if p < arrow:
                    good = good and text[p] == tn.COLON
                    a = p + 1
                    p = _digits(text, a, arrow)
                    original_first = _number(text, a, p)
                    original_last = original_first
                    if p < arrow:
                        good = good and text[p] == tn.COLON
                        a = p + 1
                        p = _digits(text, a, arrow)
                        original_last = _number(text, a, p)
                    good = good and p == arrow and original_first >= 0 and original_last >= original_first
                opened += 1
            dot = stop
            while dot > name and text[dot - 1] != tn.DOT:
                dot -= 1
            if (
                not good
                or stop == dot
                or stop - name > mn.LONGEST
                or closed - opened > mn.LONGEST
                or b - renamed > mn.LONGEST
                or b == renamed
                or _find(text, name, stop, tn.SPACE) < stop
                or _find(text, renamed, b, tn.SPACE) < b
            ):
                _broken(counts, begin)
                open_group = 0
                continue
            flags = 0
            seed = 0
            if stop == arrow:
                flags = mn.FIELD
                seed = mn.FIELD_SEED
                opened = closed
            elif (
                row >= 0 and open_group and first != none and original_first != none and (original_first == original_last or first == last)
            ):
                # A caller's own position is one line: where the call stands. A range of lines, or none, is another method's.
                at = mn.MEMBER_WIDTH * row
                p = members[at + mn.RENAMED]
                same_range = members[at + mn.FIRST] == first and members[at + mn.LAST] == last
                if same_range and members[at + mn.RENAMED_SIZES] & mn.SIZE_MASK == b - renamed:
                    flags = mn.CONTINUES
                    for k in range(b - renamed):
                        if text[p + k] != text[renamed + k]:
                            flags = 0
                            break
            row = counts[mn.MEMBERS]
            counts[mn.MEMBERS] = row + 1
            open_group = 1 if stop < arrow else 0
            at = mn.MEMBER_WIDTH * row
            members[at + mn.FIRST] = first
            members[at + mn.LAST] = last
            members[at + mn.ORIGINAL_FIRST] = original_first
            members[at + mn.ORIGINAL_LAST] = original_last
            members[at + mn.NAME] = name
            members[at + mn.NAME_SIZES] = (dot - name) << mn.SIZE_SHIFT | (stop - dot)
            members[at + mn.RENAMED] = renamed
            members[at + mn.RENAMED_SIZES] = (closed - opened) << mn.SIZE_SHIFT | (b - renamed)
            members[at + mn.OWNER] = owner
            members[at + mn.FLAGS] = flags
            key = classes[mn.CLASS_WIDTH * owner + mn.CLASS_CRC]
            keys[row] = key << 32 | _crc(text, renamed, b, seed, table)
        return counts[mn.MEMBERS]


def _begins(text: Bytes, at: int, end: int, phrases: Bytes, number: int) -> int:
    """Where `text` goes on after phrase `number`, which it begins with at `at`; -1 where it does not."""
    p = 0
    n = len(phrases)
    while number > 0:
        while phrases[p] != tn.NEWLINE:
            p += 1
        p += 1
        number -= 1
    while p < n and phrases[p] != tn.NEWLINE:
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
    while stop < end and text[stop] != tn.QUOTE and text[stop] != tn.BACKSLASH:
        stop += 1
    return stop if stop < end and _begins(text, stop, end, phrases, number) == end else -1


def _holds(text: Bytes, at: int, end: int, phrases: Bytes, number: int) -> int:
    while at < end:
        if _begins(text, at, end, phrases, number) >= 0:
            return 1
        at += 1
    return 0


def _broken(counts: memoryview, at: int) -> None:
    number = counts[mn.BROKEN]
    if mn.FIRST_BROKEN + number < mn.COUNTS:
        counts[mn.FIRST_BROKEN + number] = at + 1
    counts[mn.BROKEN] += 1


def _digits(text: Bytes, at: int, end: int) -> int:
    """Where the digits that start at `at` end."""
    while at < end and text[at] >= tn.DIGIT_0 and text[at] <= tn.DIGIT_9:
        at += 1
    return at


def _number(text: Bytes, at: int, end: int) -> int:
    """The number between two places; -1 where it is empty or more than 2**31 - 1."""
    value = 0
    if at == end or end - at > mn.MOST_DIGITS:
        return -1
    while at < end:
        value = value * 10 + text[at] - tn.DIGIT_0
        at += 1
    return value if value <= mn.LIMIT else -1


def _find(text: Bytes, at: int, end: int, byte: int) -> int:
    """Where `byte` next stands before `end`; `end` where it does not."""
    while at < end and text[at] != byte:
        at += 1
    return at


def _note(members: memoryview, row: int, notes: memoryview, counts: memoryview) -> int:
    """The note of a member, made where it has none."""
    flags = members[mn.MEMBER_WIDTH * row + mn.FLAGS]
    note = flags >> mn.NOTE_SHIFT
    if note == 0:
        note = counts[mn.NOTES] + 1
        if note >= mn.MOST_NOTES:
            return -1
        counts[mn.NOTES] = note
        members[mn.MEMBER_WIDTH * row + mn.FLAGS] = flags | note << mn.NOTE_SHIFT
    return note - 1


def sort(keys: memoryview, order: memoryview, spare: memoryview, buckets: memoryview) -> int:
    """`order`: the places of `keys` in ascending order, equal ones as they stand. `spare` is as long; `buckets` has 65536 items."""
    with cython.nogil:
        n = len(keys)
        for i in range(n):
            order[i] = i
        shift = 0
        while shift < mn.KEY_BITS:
            for i in range(mn.RADIX):
                buckets[i] = 0
            for i in range(n):
                buckets[(keys[i] >> shift) & mn.RADIX_MASK] += 1
            total = 0
            for i in range(mn.RADIX):
                here = buckets[i]
                buckets[i] = total
                total += here
            for i in range(n):
                at = order[i]
                digit = (keys[at] >> shift) & mn.RADIX_MASK
                spare[buckets[digit]] = at
                buckets[digit] += 1
            for i in range(n):
                order[i] = spare[i]
            shift += mn.RADIX_BITS
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
            for k in range(mn.MEMBER_WIDTH):
                arranged[mn.MEMBER_WIDTH * i + k] = members[mn.MEMBER_WIDTH * at + k]
            if count == 0 or distinct[count - 1] != key:
                distinct[count] = key
                starts[count] = i
                count += 1
            elif crossed == 0:
                a = mn.MEMBER_WIDTH * i
                b = a - mn.MEMBER_WIDTH
                size = arranged[a + mn.RENAMED_SIZES] & mn.SIZE_MASK
                other_size = arranged[b + mn.RENAMED_SIZES] & mn.SIZE_MASK
                crossed = 1 - _same(text, arranged[a + mn.RENAMED], size, arranged[b + mn.RENAMED], other_size)
                a = mn.CLASS_WIDTH * arranged[a + mn.OWNER]
                b = mn.CLASS_WIDTH * arranged[b + mn.OWNER]
                if crossed == 0 and a != b:
                    size = classes[a + mn.CLASS_RENAMED_SIZE]
                    other_size = classes[b + mn.CLASS_RENAMED_SIZE]
                    crossed = 1 - _same(text, classes[a + mn.CLASS_RENAMED], size, classes[b + mn.CLASS_RENAMED], other_size)
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
    count = len(rows) // mn.MEMBER_WIDTH
    start = -1
    stop = -1
    for i in range(count):
        at = mn.MEMBER_WIDTH * i
        if line < rows[at + mn.FIRST] or line > rows[at + mn.LAST]:  # without a range, both are above any line
            continue
        if rows[at + mn.FIRST] == 0 and rows[at + mn.LAST] >= mn.CATCH_ALL:
            return -1
        if start < 0:
            start = i
        elif stop != i or rows[at + mn.FLAGS] & mn.CONTINUES == 0:
            return -1
        stop = i + 1
    return -1 if start < 0 else start << 32 | stop
