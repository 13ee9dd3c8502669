# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Loops over the text of a Breakpad symbol file: its lines to records of fixed width, and inlined calls into one another.

`count` says how much room the records of a text take at most, `read` fills that room::

    FUNC 1000 20 0 outer        entries    9 u64 a function or inlined call, as `dwarf_merge.paint` has them: where it begins; kind
    INLINE 0 7 1 0 1004 4                  (1 function, 2 inlined) << 32 | parent; name or origin; call line << 32 | call
                                            file; level, 0 for a function; where a function ends
                                intervals  3 u64 a range: start, end, entry; a function's first, its calls' behind it
    1000 10 6 1                 lines      3 u64 a line record: start, end, line << 32 | file
    FILE 1 /src/a.c             named      3 u64: number or address, kind (PUBLIC, FILE, ORIGIN), name
    INLINE_ORIGIN 0 inner
    PUBLIC 1030 0 tail

A name is its offset in `text` (u8), where each ends with a NUL; `MANGLED` is added to one that a demangler has to read, and `NAMELESS`
stands for none. Line records and calls belong to the FUNC before them, and what of them lies beyond it is cut off. A FUNC without a size is
taken for a PUBLIC. A line that cannot be read costs itself: it is counted.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
ENTRY = 9
FUNCTION, INLINED = 1, 2
"""Kinds of entries."""
PUBLIC, FILE, ORIGIN = 3, 4, 6
"""Kinds of what is named."""
MANGLED = 1 << 44
NAMELESS = 0xFFFFFFFFFFF
ENTRIES, INTERVALS, LINES, NAMED, TEXT, FAULTS, FIRST_FAULT, LINE_COUNT = range(8)
"""Places in `counts`: records, bytes of text, lines that cannot be read, the number of the first of them (from 1), lines in all."""
COUNTS = 8
MOST_NUMBERS = 1 << 24
"""Files and origins are numbered below this."""
MOST_LEVELS = 512


def count(data: Bytes, counts: memoryview) -> None:
    """Set `counts` (u64) to the most records of each kind that `data` can hold."""
    with cython.nogil:
        _count(data, counts)


def _count(data: Bytes, counts: memoryview) -> None:
    size = len(data)
    for i in range(8):
        counts[i] = 0
    at = 0
    while at < size:
        stop = at
        spaces = 0
        while stop < size and data[stop] != 10:
            if data[stop] == 32:
                spaces += 1
            stop += 1
        kind = _kind(data, at, stop)
        if kind == 1:
            counts[2] += 1  # LINES
        elif kind == 5:  # INLINE
            counts[0] += 1  # ENTRIES
            counts[1] += spaces // 2  # INTERVALS
        elif kind != 0:
            if kind == 2:  # FUNC
                counts[0] += 1
                counts[1] += 1
            counts[3] += 1  # NAMED: a FUNC without a size, too
            counts[4] += stop - at + 1  # TEXT
        at = stop + 1


def _kind(data: Bytes, at: int, stop: int) -> int:
    """What a line is: 1 a line record, 2 FUNC, 3 PUBLIC, 4 FILE, 5 INLINE, 6 INLINE_ORIGIN, 0 nothing that is wanted."""
    if stop - at < 6:  # the shortest line record is `0 1 2 3`, and the shortest FILE `FILE 0`
        return 0
    tag = data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24
    if tag == 0x434E5546:  # FUNC
        return 2 if data[at + 4] == 32 else 0
    if tag == 0x4C425550:  # PUBL
        return 3
    if tag == 0x454C4946:  # FILE
        return 4 if data[at + 4] == 32 else 0
    if tag == 0x494C4E49:  # INLI
        if stop - at > 6 and data[at + 6] == 32:
            return 5
        return 6
    if (
        tag == 0x43415453  # STAC
        or tag == 0x55444F4D  # MODU
        or tag == 0x4F464E49  # INFO
        or data[at] == 35  # a comment
    ):
        return 0
    return 1


def _hex(data: Bytes, stop: int, cursor: memoryview) -> int:
    """The hexadecimal number at `cursor[0]`, which moves behind it; `cursor[1]` becomes 1 where there is none below 2**64."""
    at = cursor[0]
    while at < stop and data[at] == 32:
        at += 1
    first = at
    value = 0
    while at < stop and data[at] != 32:
        byte = data[at]
        if 48 <= byte <= 57:
            byte -= 48
        elif 97 <= byte <= 102:
            byte -= 87
        elif 65 <= byte <= 70:
            byte -= 55
        else:
            cursor[1] = 1
            return 0
        if value >> 60:
            cursor[1] = 1
            return 0
        value = value << 4 | byte
        at += 1
    if at == first:
        cursor[1] = 1
    cursor[0] = at
    return value


def _decimal(data: Bytes, stop: int, cursor: memoryview) -> int:
    """The decimal number at `cursor[0]`, as `_hex`; below 2**32 - 1."""
    none = 0xFFFFFFFF
    at = cursor[0]
    while at < stop and data[at] == 32:
        at += 1
    first = at
    value = 0
    while at < stop and data[at] != 32:
        byte = data[at]
        if byte < 48 or byte > 57:
            cursor[1] = 1
            return 0
        value = 10 * value + byte - 48
        if value >= none:
            cursor[1] = 1
            return 0
        at += 1
    if at == first:
        cursor[1] = 1
    cursor[0] = at
    return value


def _name(data: Bytes, stop: int, cursor: memoryview, text: memoryview, counts: memoryview) -> int:
    """Copy the rest of a line from `cursor[0]` on to `text`: its reference."""
    mangled = 0x100000000000
    nameless = 0xFFFFFFFFFFF
    at = cursor[0]
    while at < stop and data[at] == 32:
        at += 1
    top = counts[4]  # TEXT
    if at >= stop or top + stop - at >= len(text):
        return nameless
    if data[at] == 60 and stop - at == 14 and data[at + 6] == 111 and data[at + 13] == 62:  # <name omitted>
        return nameless
    name = top
    first = data[at]
    second = data[at + 1] if at + 1 < stop else 0
    third = data[at + 2] if at + 2 < stop else 0
    if (
        first == 63  # ?
        or (first == 95 and (second == 90 or second == 82 or second == 36 or (second == 95 and third == 90)))  # _Z, _R, _$, __Z
        or (first == 36 and (second == 115 or second == 83))  # $s, $S
    ):
        name |= mangled
    for i in range(at, stop):
        text[top + i - at] = data[i]
    text[top + stop - at] = 0
    counts[4] = top + stop - at + 1
    return name


def read(
    data: Bytes, entries: memoryview, intervals: memoryview, lines: memoryview, named: memoryview, text: memoryview, counts: memoryview,
    cursor: memoryview,
) -> None:  # fmt: skip
    """Read the lines of `data` to buffers (u64; `text` is u8) as large as `count` says. `counts` (u64) says how many there are; what it
    says of lines and faults goes on from what it was. `cursor`: two i64 of its own.
    """
    with cython.nogil:
        _read(data, entries, intervals, lines, named, text, counts, cursor)


def _read(
    data: Bytes, entries: memoryview, intervals: memoryview, lines: memoryview, named: memoryview, text: memoryview, counts: memoryview,
    cursor: memoryview,
) -> None:  # fmt: skip
    none = 0xFFFFFFFF
    function = 0x1FFFFFFFF  # without a parent
    inlined = 0x2FFFFFFFF  # without one yet
    last = 0xFFFFFFFFFFFFFFFF
    size = len(data)
    for i in range(5):
        counts[i] = 0
    entry_room = len(entries) // 9
    interval_room = len(intervals) // 3
    line_room = len(lines) // 3
    named_room = len(named) // 3
    low = high = 0  # the range of the FUNC that lines belong to
    at = 0
    while at < size:
        stop = at
        while stop < size and data[stop] != 10:
            stop += 1
        end = stop
        if end > at and data[end - 1] == 13:
            end -= 1
        kind = _kind(data, at, end)
        counts[7] += 1  # LINE_COUNT
        cursor[0] = at
        cursor[1] = 0
        if kind == 1:
            start = _hex(data, end, cursor)
            length = _hex(data, end, cursor)
            number = _decimal(data, end, cursor)
            file = _decimal(data, end, cursor)
            if cursor[1] or counts[2] >= line_room or start < low or start >= high:
                cursor[1] = 1
            elif length:
                top = 3 * counts[2]
                lines[top] = start
                lines[top + 1] = start + length if length < high - start else high
                lines[top + 2] = number << 32 | file
                counts[2] += 1
        elif kind == 2 or kind == 3:
            cursor[0] = at + 5 if kind == 2 else at + 7
            if kind == 3 and (end - at < 7 or data[at + 6] != 32):
                cursor[1] = 1
            if cursor[0] + 1 < end and data[cursor[0]] == 109 and data[cursor[0] + 1] == 32:  # m: other names have this code as well
                cursor[0] += 2
            start = _hex(data, end, cursor)
            length = 0
            if kind == 2:
                length = _hex(data, end, cursor)
                low = high = 0
            _hex(data, end, cursor)  # the size of its parameters
            if length > last - start:
                cursor[1] = 1
            if cursor[1] == 0 and length and counts[0] < entry_room and counts[1] < interval_room:
                low = start
                high = start + length
                top = 9 * counts[0]
                entries[top] = start
                entries[top + 1] = function
                entries[top + 2] = _name(data, end, cursor, text, counts)
                entries[top + 3] = none
                entries[top + 4] = 0
                entries[top + 5] = high
                top = 3 * counts[1]
                intervals[top] = low
                intervals[top + 1] = high
                intervals[top + 2] = counts[0]
                counts[0] += 1
                counts[1] += 1
            elif cursor[1] == 0 and length == 0 and counts[3] < named_room:
                top = 3 * counts[3]
                named[top] = start
                named[top + 1] = 3  # PUBLIC
                named[top + 2] = _name(data, end, cursor, text, counts)
                counts[3] += 1
        elif kind == 4 or kind == 6:
            cursor[0] = at + 5 if kind == 4 else at + 14
            if kind == 6 and (end - at < 15 or data[at + 13] != 32):
                cursor[1] = 1
                cursor[0] = end
            number = _decimal(data, end, cursor)
            if cursor[1] or number >= 0x1000000 or counts[3] >= named_room:
                cursor[1] = 1
            else:
                top = 3 * counts[3]
                named[top] = number
                named[top + 1] = kind
                named[top + 2] = _name(data, end, cursor, text, counts)
                counts[3] += 1
        elif kind == 5:
            cursor[0] = at + 7
            level = _decimal(data, end, cursor)
            number = _decimal(data, end, cursor)
            file = _decimal(data, end, cursor)
            origin = _decimal(data, end, cursor)
            if origin > 0x7FFFFFFF:
                origin = 0x7FFFFFFF  # as little there
            spans = counts[1]
            first = empty = 0
            while cursor[1] == 0 and cursor[0] < end and spans < interval_room:
                start = _hex(data, end, cursor)
                length = _hex(data, end, cursor)
                empty |= length == 0  # dump_syms writes such calls: they have no code
                if cursor[1] == 0 and length and start >= low and start < high:
                    if spans == counts[1]:
                        first = start
                    intervals[3 * spans] = start
                    intervals[3 * spans + 1] = start + length if length < high - start else high
                    intervals[3 * spans + 2] = counts[0]
                    spans += 1
            if cursor[1] or level >= 512 or counts[0] >= entry_room or (spans == counts[1] and not empty):
                cursor[1] = 1
            elif spans > counts[1]:
                top = 9 * counts[0]
                entries[top] = first
                entries[top + 1] = inlined
                entries[top + 2] = origin
                entries[top + 3] = number << 32 | file
                entries[top + 4] = level + 1
                counts[0] += 1
                counts[1] = spans
        if cursor[1]:
            if counts[5] == 0:
                counts[6] = counts[7]
            counts[5] += 1
        at = stop + 1


def _less(records: memoryview, one: int, other: int) -> bool:
    if records[3 * one] != records[3 * other]:
        return records[3 * one] < records[3 * other]
    return records[3 * one + 2] < records[3 * other + 2]


def _swap(records: memoryview, one: int, other: int) -> None:
    for i in range(3):
        kept = records[3 * one + i]
        records[3 * one + i] = records[3 * other + i]
        records[3 * other + i] = kept


def _arrange(records: memoryview, first: int, n: int) -> None:
    """Sort records of three numbers by their first, then by their last; at once where they are in order, as they are in most files."""
    at = 1
    while at < n and not _less(records, first + at, first + at - 1):
        at += 1
    if at >= n:
        return
    # A heap whose greatest is on top, in place.
    begin = n // 2
    end = n
    while end > 1:
        if begin > 0:
            begin -= 1
        else:
            end -= 1
            _swap(records, first, first + end)
        at = begin
        while 2 * at + 1 < end:
            down = 2 * at + 1
            if down + 1 < end and _less(records, first + down, first + down + 1):
                down += 1
            if not _less(records, first + at, first + down):
                break
            _swap(records, first + at, first + down)
            at = down


def nest(entries: memoryview, intervals: memoryview, count: int, stack: memoryview) -> int:
    """Find the parents of inlined calls: what is one level up around the range. A range without one is emptied, for nobody knows who called
    there; returns how many. `stack` (u32) has room for `MOST_LEVELS` and one.
    """
    with cython.nogil:
        lost = _nest(entries, intervals, count, stack)
    return lost


def _nest(entries: memoryview, intervals: memoryview, count: int, stack: memoryview) -> int:
    none = 0xFFFFFFFF
    inlined = 0x200000000
    lost = 0
    first = 0
    while first < count:
        function = intervals[3 * first + 2]
        stop = first + 1
        while stop < count and entries[9 * intervals[3 * stop + 2] + 4] > 0:
            stop += 1
        _arrange(intervals, first + 1, stop - first - 1)
        depth = 0
        for at in range(first + 1, stop):
            owner = intervals[3 * at + 2]
            level = entries[9 * owner + 4]
            start = intervals[3 * at]
            while depth > 0 and (
                entries[9 * intervals[3 * stack[depth - 1] + 2] + 4] >= level or intervals[3 * stack[depth - 1] + 1] <= start
            ):
                depth -= 1
            parent = intervals[3 * stack[depth - 1] + 2] if depth > 0 else function
            if entries[9 * parent + 4] + 1 != level or parent >= owner or depth >= len(stack):
                intervals[3 * at + 1] = start
                lost += 1
                continue
            if entries[9 * owner + 1] & none == none:
                entries[9 * owner + 1] = inlined | parent
            stack[depth] = at
            depth += 1
        first = stop
    return lost


def rows(lines: memoryview, count: int, addresses: memoryview, files: memoryview, numbers: memoryview) -> int:
    """Line records as rows, sorted, each reaching to the next, with gaps (file NONE) where no record is. Of records that overlap the one
    that begins later has its range. `addresses` (u64), `files` and `numbers` (u32) have room for two a record. How many there are.
    """
    with cython.nogil:
        written = _rows(lines, count, addresses, files, numbers)
    return written


def _rows(lines: memoryview, count: int, addresses: memoryview, files: memoryview, numbers: memoryview) -> int:
    none = 0xFFFFFFFF
    _arrange(lines, 0, count)
    out = 0
    end = 0
    for i in range(count):
        start = lines[3 * i]
        if out > 0 and addresses[out - 1] == start:
            out -= 1
        elif out > 0 and end < start:
            addresses[out] = end
            files[out] = none
            numbers[out] = 0
            out += 1
        addresses[out] = start
        files[out] = lines[3 * i + 2] & none
        numbers[out] = lines[3 * i + 2] >> 32
        out += 1
        end = lines[3 * i + 1]
    if out > 0:
        addresses[out] = end
        files[out] = none
        numbers[out] = 0
        out += 1
    return out


def nodes(entries: memoryview, count: int, base: int, function: int, out: memoryview, starts: memoryview) -> None:
    """Entries as the table's nodes: five u32 each in `out`, `starts` (u64) where they begin; `base` nodes are before them. The function of
    a FUNC is the next from `function` on, that of an inlined call its origin with the highest bit set.
    """
    with cython.nogil:
        _nodes(entries, count, base, function, out, starts)


def _nodes(entries: memoryview, count: int, base: int, function: int, out: memoryview, starts: memoryview) -> None:
    none = 0xFFFFFFFF
    origin = 0x80000000
    for i in range(count):
        at = 5 * i
        parent = entries[9 * i + 1] & none
        out[at] = parent + base if parent != none else none
        if entries[9 * i + 1] >> 32 == 1:  # FUNCTION
            out[at + 1] = function
            function += 1
        else:
            out[at + 1] = entries[9 * i + 2] | origin
        out[at + 2] = entries[9 * i + 3] & none
        out[at + 3] = entries[9 * i + 3] >> 32
        out[at + 4] = 0
        starts[i] = entries[9 * i]


def settle(columns: memoryview, width: int, at: int, files: memoryview) -> None:
    """Put `files` (u32) of each number in column `at` of `columns` (u32, `width` a row) in its place. One that it does not have is NONE,
    and the line in the next column 0: nobody knows of what file.
    """
    with cython.nogil:
        _settle(columns, width, at, files)


def _settle(columns: memoryview, width: int, at: int, files: memoryview) -> None:
    none = 0xFFFFFFFF
    n = len(files)
    for i in range(len(columns) // width):
        number = columns[width * i + at]
        found = files[number] if number < n else none
        columns[width * i + at] = found
        if found == none:
            columns[width * i + at + 1] = 0


def called(nodes: memoryview, origins: memoryview) -> None:
    """Put `origins` (u32) of an inlined call's origin into column 1 of its node, five u32; the last of them where there is none."""
    with cython.nogil:
        _called(nodes, origins)


def _called(nodes: memoryview, origins: memoryview) -> None:
    origin = 0x80000000
    n = len(origins)
    for i in range(len(nodes) // 5):
        number = nodes[5 * i + 1]
        if number >= origin:
            number -= origin
            nodes[5 * i + 1] = origins[number if number < n else n - 1]
