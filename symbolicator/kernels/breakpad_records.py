# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
r"""Breakpad symbol files: from the bytes of the text to records of numbers, and from these to a table's rows and nodes.

`count` says how much room the records of a text take at most, `read` fills that room, `nest` puts inlined calls into one another, `rows`
and `nodes` make the columns of the table. The format is described in Breakpad's `docs/symbol_files.md`::

    FUNC 1000 20 0 outer        entries    ENTRY u64 a function or inlined call
    INLINE 0 7 1 0 1004 4       intervals  INTERVAL u64 a range; a function's first, its calls' behind it
    1000 10 6 1                 lines      LINE u64 a line record
    FILE 1 /src/a.c             named      NAME u64
    INLINE_ORIGIN 0 inner
    PUBLIC 1030 0 tail

    >>> data, counts = b"FUNC 1000 20 0 outer\n1000 10 6 1\n", zeros("Q", bn.COUNTS)
    >>> count(data, counts)
    >>> counts.tolist()
    [1, 1, 1, 1, 21, 0, 0, 0]
    >>> entries, intervals, lines, named, text = zeros("Q", 9), zeros("Q", 3), zeros("Q", 3), zeros("Q", 3), zeros("B", 22)
    >>> read(data, entries, intervals, lines, named, text, counts, zeros("q", 2))
    >>> [hex(number) for number in lines[:2]], lines[bn.L_PLACE] >> 32, text[:5].tobytes()
    (['0x1000', '0x1010'], 6, b'outer')

The names of all numbers are in `breakpad_numbers`. A name is its offset in `text` (u8), where each ends with a NUL; `MANGLED` is added to
one that a demangler has to read, and `NAMELESS` stands for none. Line records and calls belong to the FUNC before them, and what of them
lies beyond it is cut off. A FUNC without a size is read as a PUBLIC. A line that cannot be read is counted, and the others are read.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import breakpad_numbers as bn
    from cython.cimports.symbolicator.kernels import text_numbers as tn
else:
    from symbolicator.kernels import breakpad_numbers as bn
    from symbolicator.kernels import text_numbers as tn

Bytes = bytes | memoryview

MANGLED = 1 << 44
NAMELESS = 0xFFFFFFFFFFF


def count(data: Bytes, counts: memoryview) -> None:
    """Set `counts` (u64) to the most records of each kind that `data` can hold."""
    with cython.nogil:
        _count(data, counts)


def _count(data: Bytes, counts: memoryview) -> None:
    size = len(data)
    for i in range(bn.COUNTS):
        counts[i] = 0
    at = 0
    while at < size:
        stop = at
        spaces = 0
        while stop < size and data[stop] != tn.NEWLINE:
            if data[stop] == tn.SPACE:
                spaces += 1
            stop += 1
        kind = _kind(data, at, stop)
        if kind == bn.LINE_RECORD:
            counts[bn.LINES] += 1
        elif kind == bn.INLINE:
            counts[bn.ENTRIES] += 1
            counts[bn.INTERVALS] += spaces // 2
        elif kind != bn.NOTHING:
            if kind == bn.FUNC:
                counts[bn.ENTRIES] += 1
                counts[bn.INTERVALS] += 1
            counts[bn.NAMED] += 1  # a FUNC without a size, too
            counts[bn.TEXT] += stop - at + 1
        at = stop + 1


def _kind(data: Bytes, at: int, stop: int) -> int:
    """What a line is: LINE_RECORD, FUNC, …; NOTHING for those that are not read."""
    if stop - at < bn.SHORTEST:
        return bn.NOTHING
    tag = data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24
    if tag == bn.TAG_FUNC:
        return bn.FUNC if data[at + bn.AFTER_FUNC - 1] == tn.SPACE else bn.NOTHING
    if tag == bn.TAG_PUBLIC:
        return bn.PUBLIC_LINE
    if tag == bn.TAG_FILE:
        return bn.FILE_LINE if data[at + bn.AFTER_FILE - 1] == tn.SPACE else bn.NOTHING
    if tag == bn.TAG_INLINE:
        if stop - at >= bn.AFTER_INLINE and data[at + bn.AFTER_INLINE - 1] == tn.SPACE:
            return bn.INLINE
        return bn.INLINE_ORIGIN
    if tag == bn.TAG_STACK or tag == bn.TAG_MODULE or tag == bn.TAG_INFO or data[at] == tn.HASH:
        return bn.NOTHING
    return bn.LINE_RECORD


def _hex(data: Bytes, stop: int, cursor: memoryview) -> int:
    """The hexadecimal number at `cursor[AT]`, which moves behind it; `cursor[BAD]` becomes 1 where there is none below 2**64."""
    at = cursor[bn.AT]
    while at < stop and data[at] == tn.SPACE:
        at += 1
    first = at
    value = 0
    while at < stop and data[at] != tn.SPACE:
        byte = data[at]
        if tn.DIGIT_0 <= byte <= tn.DIGIT_9:
            byte -= tn.DIGIT_0
        elif tn.LOWER_A <= byte <= tn.LOWER_F:
            byte -= tn.LOWER_A - 10
        elif tn.UPPER_A <= byte <= tn.UPPER_F:
            byte -= tn.UPPER_A - 10
        else:
            cursor[bn.BAD] = 1
            return 0
        if value >> 60:
            cursor[bn.BAD] = 1
            return 0
        value = value << 4 | byte
        at += 1
    if at == first:
        cursor[bn.BAD] = 1
    cursor[bn.AT] = at
    return value


def _decimal(data: Bytes, stop: int, cursor: memoryview) -> int:
    """The decimal number at `cursor[AT]`, as `_hex`; below 2**32 - 1."""
    none = 0xFFFFFFFF
    at = cursor[bn.AT]
    while at < stop and data[at] == tn.SPACE:
        at += 1
    first = at
    value = 0
    while at < stop and data[at] != tn.SPACE:
        byte = data[at]
        if byte < tn.DIGIT_0 or byte > tn.DIGIT_9:
            cursor[bn.BAD] = 1
            return 0
        value = 10 * value + byte - tn.DIGIT_0
        if value >= none:
            cursor[bn.BAD] = 1
            return 0
        at += 1
    if at == first:
        cursor[bn.BAD] = 1
    cursor[bn.AT] = at
    return value


def _name(data: Bytes, stop: int, cursor: memoryview, text: memoryview, counts: memoryview) -> int:
    """Copy the rest of a line from `cursor[AT]` on to `text`: the reference of the name."""
    mangled = 0x100000000000
    nameless = 0xFFFFFFFFFFF
    at = cursor[bn.AT]
    while at < stop and data[at] == tn.SPACE:
        at += 1
    top = counts[bn.TEXT]
    if at >= stop or top + stop - at >= len(text):
        return nameless
    if stop - at == bn.OMITTED and data[at] == tn.LESS and data[at + 6] == tn.LOWER_O and data[stop - 1] == tn.GREATER:  # <name omitted>
        return nameless
    name = top
    first = data[at]
    second = data[at + 1] if at + 1 < stop else 0
    third = data[at + 2] if at + 2 < stop else 0
    if (
        first == tn.QUESTION_MARK
        or (first == tn.UNDERSCORE and (second == tn.UPPER_Z or second == tn.UPPER_R or second == tn.DOLLAR))
        or (first == tn.UNDERSCORE and second == tn.UNDERSCORE and third == tn.UPPER_Z)
        or (first == tn.DOLLAR and (second == tn.LOWER_S or second == tn.UPPER_S))
    ):
        name |= mangled
    for i in range(at, stop):
        text[top + i - at] = data[i]
    text[top + stop - at] = 0
    counts[bn.TEXT] = top + stop - at + 1
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
    for i in range(bn.TEXT + 1):
        counts[i] = 0
    entry_room = len(entries) // bn.ENTRY
    interval_room = len(intervals) // bn.INTERVAL
    line_room = len(lines) // bn.LINE
    named_room = len(named) // bn.NAME
    low = high = 0  # the range of the FUNC that lines belong to
    at = 0
    while at < size:
        stop = at
        while stop < size and data[stop] != tn.NEWLINE:
            stop += 1
        end = stop
        if end > at and data[end - 1] == tn.CARRIAGE_RETURN:
            end -= 1
        kind = _kind(data, at, end)
        counts[bn.LINE_COUNT] += 1
        cursor[bn.AT] = at
        cursor[bn.BAD] = 0
        if kind == bn.LINE_RECORD:
            start = _hex(data, end, cursor)
            length = _hex(data, end, cursor)
            number = _decimal(data, end, cursor)
            file = _decimal(data, end, cursor)
            if cursor[bn.BAD] or counts[bn.LINES] >= line_room or start < low or start >= high:
                cursor[bn.BAD] = 1
            elif length:
                top = bn.LINE * counts[bn.LINES]
                lines[top + bn.L_START] = start
                lines[top + bn.L_END] = start + length if length < high - start else high
                lines[top + bn.L_PLACE] = number << 32 | file
                counts[bn.LINES] += 1
        elif kind == bn.FUNC or kind == bn.PUBLIC_LINE:
            cursor[bn.AT] = at + bn.AFTER_FUNC if kind == bn.FUNC else at + bn.AFTER_PUBLIC
            if kind == bn.PUBLIC_LINE and (end - at < bn.AFTER_PUBLIC or data[at + bn.AFTER_PUBLIC - 1] != tn.SPACE):
                cursor[bn.BAD] = 1
            if cursor[bn.AT] + 1 < end and data[cursor[bn.AT]] == tn.LOWER_M and data[cursor[bn.AT] + 1] == tn.SPACE:
                # `m`: this code has other names as well
                cursor[bn.AT] += 2
            start = _hex(data, end, cursor)
            length = 0
            if kind == bn.FUNC:
                length = _hex(data, end, cursor)
                low = high = 0
            _hex(data, end, cursor)  # the size of its parameters
            if length > last - start:
                cursor[bn.BAD] = 1
            if cursor[bn.BAD] == 0 and length and counts[bn.ENTRIES] < entry_room and counts[bn.INTERVALS] < interval_room:
                low = start
                high = start + length
                top = bn.ENTRY * counts[bn.ENTRIES]
                entries[top + bn.E_START] = start
                entries[top + bn.E_PARENT] = function
                entries[top + bn.E_NAME] = _name(data, end, cursor, text, counts)
                entries[top + bn.E_CALL] = none
                entries[top + bn.E_LEVEL] = 0
                entries[top + bn.E_END] = high
                top = bn.INTERVAL * counts[bn.INTERVALS]
                intervals[top + bn.I_START] = low
                intervals[top + bn.I_END] = high
                intervals[top + bn.I_ENTRY] = counts[bn.ENTRIES]
                counts[bn.ENTRIES] += 1
                counts[bn.INTERVALS] += 1
            elif cursor[bn.BAD] == 0 and length == 0 and counts[bn.NAMED] < named_room:
                top = bn.NAME * counts[bn.NAMED]
                named[top + bn.N_NUMBER] = start
                named[top + bn.N_KIND] = bn.PUBLIC
                named[top + bn.N_NAME] = _name(data, end, cursor, text, counts)
                counts[bn.NAMED] += 1
        elif kind == bn.FILE_LINE or kind == bn.INLINE_ORIGIN:
            cursor[bn.AT] = at + bn.AFTER_FILE if kind == bn.FILE_LINE else at + bn.AFTER_INLINE_ORIGIN
            if kind == bn.INLINE_ORIGIN and (end - at <= bn.AFTER_INLINE_ORIGIN or data[at + bn.AFTER_INLINE_ORIGIN - 1] != tn.SPACE):
                cursor[bn.BAD] = 1
                cursor[bn.AT] = end
            number = _decimal(data, end, cursor)
            if cursor[bn.BAD] or number >= bn.MOST_NUMBERS or counts[bn.NAMED] >= named_room:
                cursor[bn.BAD] = 1
            else:
                top = bn.NAME * counts[bn.NAMED]
                named[top + bn.N_NUMBER] = number
                named[top + bn.N_KIND] = kind
                named[top + bn.N_NAME] = _name(data, end, cursor, text, counts)
                counts[bn.NAMED] += 1
        elif kind == bn.INLINE:
            cursor[bn.AT] = at + bn.AFTER_INLINE
            level = _decimal(data, end, cursor)
            number = _decimal(data, end, cursor)
            file = _decimal(data, end, cursor)
            origin = _decimal(data, end, cursor)
            if origin > bn.NO_ORIGIN:
                origin = bn.NO_ORIGIN
            spans = counts[bn.INTERVALS]
            first = empty = 0
            while cursor[bn.BAD] == 0 and cursor[bn.AT] < end and spans < interval_room:
                start = _hex(data, end, cursor)
                length = _hex(data, end, cursor)
                empty |= length == 0  # dump_syms writes such calls: they have no code
                if cursor[bn.BAD] == 0 and length and start >= low and start < high:
                    if spans == counts[bn.INTERVALS]:
                        first = start
                    intervals[bn.INTERVAL * spans + bn.I_START] = start
                    intervals[bn.INTERVAL * spans + bn.I_END] = start + length if length < high - start else high
                    intervals[bn.INTERVAL * spans + bn.I_ENTRY] = counts[bn.ENTRIES]
                    spans += 1
            nowhere = spans == counts[bn.INTERVALS] and not empty
            if cursor[bn.BAD] or level >= bn.MOST_LEVELS or counts[bn.ENTRIES] >= entry_room or nowhere:
                cursor[bn.BAD] = 1
            elif spans > counts[bn.INTERVALS]:
                top = bn.ENTRY * counts[bn.ENTRIES]
                entries[top + bn.E_START] = first
                entries[top + bn.E_PARENT] = inlined
                entries[top + bn.E_NAME] = origin
                entries[top + bn.E_CALL] = number << 32 | file
                entries[top + bn.E_LEVEL] = level + 1
                counts[bn.ENTRIES] += 1
                counts[bn.INTERVALS] = spans
        if cursor[bn.BAD]:
            if counts[bn.FAULTS] == 0:
                counts[bn.FIRST_FAULT] = counts[bn.LINE_COUNT]
            counts[bn.FAULTS] += 1
        at = stop + 1


# Intervals and line records both have three numbers, and are sorted by their first and last.


def _less(records: memoryview, one: int, other: int) -> bool:
    if records[bn.INTERVAL * one] != records[bn.INTERVAL * other]:
        return records[bn.INTERVAL * one] < records[bn.INTERVAL * other]
    return records[bn.INTERVAL * one + bn.I_ENTRY] < records[bn.INTERVAL * other + bn.I_ENTRY]


def _swap(records: memoryview, one: int, other: int) -> None:
    for i in range(bn.INTERVAL):
        kept = records[bn.INTERVAL * one + i]
        records[bn.INTERVAL * one + i] = records[bn.INTERVAL * other + i]
        records[bn.INTERVAL * other + i] = kept


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
        function = intervals[bn.INTERVAL * first + bn.I_ENTRY]
        stop = first + 1
        while stop < count and entries[bn.ENTRY * intervals[bn.INTERVAL * stop + bn.I_ENTRY] + bn.E_LEVEL] > 0:
            stop += 1
        _arrange(intervals, first + 1, stop - first - 1)
        depth = 0
        for at in range(first + 1, stop):
            owner = intervals[bn.INTERVAL * at + bn.I_ENTRY]
            level = entries[bn.ENTRY * owner + bn.E_LEVEL]
            start = intervals[bn.INTERVAL * at + bn.I_START]
            parent = function
            while depth > 0:
                around = bn.INTERVAL * stack[depth - 1]
                parent = intervals[around + bn.I_ENTRY]
                if entries[bn.ENTRY * parent + bn.E_LEVEL] < level and intervals[around + bn.I_END] > start:
                    break
                depth -= 1
                parent = function
            if entries[bn.ENTRY * parent + bn.E_LEVEL] + 1 != level or parent >= owner or depth >= len(stack):
                intervals[bn.INTERVAL * at + bn.I_END] = start
                lost += 1
                continue
            if entries[bn.ENTRY * owner + bn.E_PARENT] & none == none:
                entries[bn.ENTRY * owner + bn.E_PARENT] = inlined | parent
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
        start = lines[bn.LINE * i + bn.L_START]
        if out > 0 and addresses[out - 1] == start:
            out -= 1
        elif out > 0 and end < start:
            addresses[out] = end
            files[out] = none
            numbers[out] = 0
            out += 1
        addresses[out] = start
        files[out] = lines[bn.LINE * i + bn.L_PLACE] & none
        numbers[out] = lines[bn.LINE * i + bn.L_PLACE] >> 32
        out += 1
        end = lines[bn.LINE * i + bn.L_END]
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
        at = bn.NODE * i
        e = bn.ENTRY * i
        parent = entries[e + bn.E_PARENT] & none
        out[at + bn.NODE_PARENT] = parent + base if parent != none else none
        if entries[e + bn.E_PARENT] >> 32 == bn.FUNCTION:
            out[at + bn.NODE_FUNCTION] = function
            function += 1
        else:
            out[at + bn.NODE_FUNCTION] = entries[e + bn.E_NAME] | origin
        out[at + bn.NODE_FILE] = entries[e + bn.E_CALL] & none
        out[at + bn.NODE_LINE] = entries[e + bn.E_CALL] >> 32
        out[at + bn.NODE_COLUMN] = 0
        starts[i] = entries[e + bn.E_START]


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
    for i in range(len(nodes) // bn.NODE):
        at = bn.NODE * i + bn.NODE_FUNCTION
        number = nodes[at]
        if number >= origin:
            number -= origin
            nodes[at] = origins[number if number < n else n - 1]
