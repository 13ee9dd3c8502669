# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Loops that make one table out of functions, inlined calls and line rows: `paint` for a unit, `combine` for all; and strings stored once.

An *interval* is three u64: start, end, owner. A *row* is an address (u64) and a place, four u32: node (an owner, or NONE), file, line,
column; it
reaches to the next row. A *chunk* is five u64: start, end, first row, row after the last, priority (the least wins); its rows have no gaps,
and a chunk without rows is one.

Each loop is bounded by the buffers it is given, and sweeps use a heap: n log n, however the intervals lie.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
CHUNK = 5
ALONE = 1 << 31
"""Added to a chunk's priority where it has lines without functions; below it all that have functions."""
LONGEST = 1 << 14
"""Bytes of a string that are kept."""


def _sort(records: memoryview, width: int, first: int, n: int, order: memoryview, spare: memoryview) -> None:
    """`order[:n]`: the records from `first` on, numbered from 0, by their first number; stable: insertion in runs of 16, then merges."""
    for i in range(n):
        key = records[width * (first + i)]
        at = i
        while at & 15 and records[width * (first + order[at - 1])] > key:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    run = 16
    while run < n:
        low = 0
        while low < n:
            middle = low + run if low + run < n else n
            high = low + 2 * run if low + 2 * run < n else n
            left = low
            right = middle
            at = low
            if middle < high and records[width * (first + order[middle - 1])] <= records[width * (first + order[middle])]:
                while at < high:  # in order as they stand
                    spare[at] = order[at]
                    at += 1
            while at < high:
                if left < middle and (right >= high or records[width * (first + order[left])] <= records[width * (first + order[right])]):
                    spare[at] = order[left]
                    left += 1
                else:
                    spare[at] = order[right]
                    right += 1
                at += 1
            low += 2 * run
        for at in range(n):
            order[at] = spare[at]
        run *= 2


def _push(heap: memoryview, keys: memoryview, size: int, item: int, key: int) -> None:
    """Add to a heap whose least key is on top. `heap` (u32) holds items, `keys` (u64) their keys."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        heap[at] = heap[up]
        keys[at] = keys[up]
        at = up
    heap[at] = item
    keys[at] = key


def _pop(heap: memoryview, keys: memoryview, size: int) -> None:
    """Take the top off a heap of `size`."""
    size -= 1
    item = heap[size]
    key = keys[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        heap[at] = heap[down]
        keys[at] = keys[down]
        at = down
    heap[at] = item
    keys[at] = key


def _floor(addresses: memoryview, low: int, high: int, address: int) -> int:
    """The last of `addresses[low:high]` that is at most `address`; low - 1 for none."""
    while low < high:
        middle = (low + high) >> 1
        if addresses[middle] <= address:
            low = middle + 1
        else:
            high = middle
    return low - 1


def paint(
    entries: memoryview,
    until: memoryview,
    intervals: memoryview,
    first: int,
    stop: int,
    lines_at: memoryview,
    files: memoryview,
    lines: memoryview,
    columns: memoryview,
    file_base: int,
    file_first: int,
    file_count: int,
    residual: int,
    priority: int,
    order: memoryview,
    spare: memoryview,
    heap: memoryview,
    heap_keys: memoryview,
    segments: memoryview,
    addresses: memoryview,
    places: memoryview,
    chunks: memoryview,
    result: memoryview,
) -> None:
    """The rows of a unit: its intervals `first … stop - 1` laid over each other, the greatest owner on top, and over its line rows.

    An inlined call counts where the outermost one around it does: with DWARF 2, GCC writes one range of several, and what is left of a
    call lies
    beside the chain that it is in. `until` (u64, one an entry) is all zeros at first.

    `residual`: 1 to give also the line rows that no interval covers and whose file is there. The unit's files, `file_count` from number
    `file_first` on, become those from `file_base` on. `order`, `spare`, `heap` (u32) and `heap_keys` (u64) have room for the intervals,
    `segments` (u64) for four numbers an interval and four; `addresses` and `places` for two rows an interval, one a line row and four,
    `chunks` likewise. Appends from row `result[0]` and chunk `result[1]` (i64) on.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        far = 0xFFFFFFFFFFFFFFFF
        last = 0x80000000
        n = stop - first
        _sort(intervals, 3, first, n, order, spare)
        # Intervals to segments: where one starts, and whose it is.
        count = 0
        size = 0
        i = 0
        pos = 0
        while True:
            if size == 0:
                if i == n:
                    break
                pos = intervals[3 * (first + order[i])]
            while i < n and intervals[3 * (first + order[i])] <= pos:
                at = first + order[i]
                i += 1
                owner = intervals[3 * at + 2]
                end = intervals[3 * at + 1]
                start = intervals[3 * at]
                parent = entries[9 * owner + 1] & none
                # The outermost of the inlined calls around it, and the function around that.
                outermost = owner
                hops = 0
                while entries[9 * outermost + 1] >> 32 == 2 and parent != none and entries[9 * parent + 1] >> 32 == 2 and hops < 512:
                    outermost = parent
                    parent = entries[9 * outermost + 1] & none
                    hops += 1
                if outermost != owner:
                    if until[outermost] <= start:
                        continue
                    if until[outermost] < end:
                        end = until[outermost]
                        intervals[3 * at + 1] = end
                if until[owner] < end:
                    until[owner] = end
                _push(heap, heap_keys, size, order[i - 1], none - owner)
                size += 1
            while size > 0 and intervals[3 * (first + heap[0]) + 1] <= pos:
                _pop(heap, heap_keys, size)
                size -= 1
            owner = none
            if size > 0:
                owner = intervals[3 * (first + heap[0]) + 2]
            if count > 0 and segments[2 * count - 2] == pos:
                segments[2 * count - 1] = owner
            elif count == 0 or segments[2 * count - 1] != owner:
                segments[2 * count] = pos
                segments[2 * count + 1] = owner
                count += 1
            if size > 0:
                pos = intervals[3 * (first + heap[0]) + 1]
                if i < n and intervals[3 * (first + order[i])] < pos:
                    pos = intervals[3 * (first + order[i])]
        # Segments over line rows.
        m = len(lines_at)
        row = result[0]
        chunk = result[1]
        segment = -1
        line = -1
        inside = 0  # 1 in a chunk of functions, 2 in one of lines alone
        pos = 0
        while True:
            # The next place where anything changes.
            there = segments[2 * segment + 2] if segment + 1 < count else far
            here = lines_at[line + 1] if line + 1 < m else far
            if segment + 1 >= count and line + 1 >= m:
                break
            owner = segments[2 * segment + 1] if segment >= 0 else none
            if residual == 0 and owner == none:
                if segment + 1 >= count:
                    break
                pos = there
                line = _floor(lines_at, line + 1, m, pos)
                segment += 1
            elif there <= here:
                pos = there
                segment += 1
                if here == there and line + 1 < m:
                    line += 1
            else:
                pos = here
                line += 1
            owner = segments[2 * segment + 1] if segment >= 0 else none
            file = none
            if line >= 0:
                file = files[line]
            mapped = none
            if file >= file_first and file - file_first < file_count:
                mapped = file_base + file - file_first
            kind = 1 if owner != none else 2 if mapped != none and residual else 0
            if kind != inside:
                if inside:
                    if chunks[5 * chunk] == pos:
                        row = chunks[5 * chunk + 2]
                    else:
                        chunks[5 * chunk + 1] = pos
                        chunks[5 * chunk + 3] = row
                        chunk += 1
                if kind:
                    chunks[5 * chunk] = pos
                    chunks[5 * chunk + 2] = row
                    chunks[5 * chunk + 4] = priority if kind == 1 else priority + last
                inside = kind
            if kind:
                number = 0
                colno = 0
                if file != none:
                    number = lines[line]
                    colno = columns[line]
                if row > chunks[5 * chunk + 2] and addresses[row - 1] == pos:
                    row -= 1
                addresses[row] = pos
                places[4 * row] = owner
                places[4 * row + 1] = mapped
                places[4 * row + 2] = number
                places[4 * row + 3] = colno
                row += 1
        # Where it all ended, everything ended: segments and line rows end with a gap. Rows without one lead nowhere.
        if inside:
            row = chunks[5 * chunk + 2]
        result[0] = row
        result[1] = chunk


def combine(
    chunks: memoryview,
    count: int,
    rows_at: memoryview,
    rows: memoryview,
    order: memoryview,
    spare: memoryview,
    heap: memoryview,
    heap_keys: memoryview,
    addresses: memoryview,
    places: memoryview,
) -> int:
    """All chunks as one table, of those that cover an address the one of the least priority. Returns the rows written to `addresses` and
    `places`, which have room for all rows, four a chunk and one. A gap is a row of node NONE, file NONE, line and column 0.
    """
    with cython.nogil:
        written = _combine(chunks, count, rows_at, rows, order, spare, heap, heap_keys, addresses, places)
    return written


def _combine(
    chunks: memoryview,
    n: int,
    rows_at: memoryview,
    rows: memoryview,
    order: memoryview,
    spare: memoryview,
    heap: memoryview,
    heap_keys: memoryview,
    addresses: memoryview,
    places: memoryview,
) -> int:
    none = 0xFFFFFFFF
    _sort(chunks, 5, 0, n, order, spare)
    size = 0
    i = 0
    pos = 0
    out = 0
    while True:
        if size == 0:
            if i == n:
                break
            pos = chunks[5 * order[i]]
        while i < n and chunks[5 * order[i]] <= pos:
            _push(heap, heap_keys, size, order[i], chunks[5 * order[i] + 4])
            size += 1
            i += 1
        while size > 0 and chunks[5 * heap[0] + 1] <= pos:
            _pop(heap, heap_keys, size)
            size -= 1
        if size == 0:
            if i < n and chunks[5 * order[i]] == pos:
                continue
            _gap(addresses, places, out, pos)
            out += 1
            continue
        top = heap[0]
        end = chunks[5 * top + 1]
        if i < n and chunks[5 * order[i]] < end:
            end = chunks[5 * order[i]]
        low = chunks[5 * top + 2]
        high = chunks[5 * top + 3]
        row = low
        if chunks[5 * top] < pos:
            row = _floor(rows_at, low, high, pos)
        if low == high:
            row = high
            if out > 0 and (places[4 * out - 4] != none or places[4 * out - 3] != none):
                _gap(addresses, places, out, pos)
                out += 1
        while row < high and rows_at[row] < end:
            at = 4 * row
            if (
                out > 0
                and places[4 * out - 4] == rows[at]
                and places[4 * out - 3] == rows[at + 1]
                and places[4 * out - 2] == rows[at + 2]
                and places[4 * out - 1] == rows[at + 3]
            ):
                row += 1
                continue
            addresses[out] = rows_at[row] if rows_at[row] > pos else pos
            places[4 * out] = rows[at]
            places[4 * out + 1] = rows[at + 1]
            places[4 * out + 2] = rows[at + 2]
            places[4 * out + 3] = rows[at + 3]
            out += 1
            row += 1
        pos = end
    return out


def _gap(addresses: memoryview, places: memoryview, row: int, address: int) -> None:
    """Write a row of a gap."""
    addresses[row] = address
    places[4 * row] = 0xFFFFFFFF
    places[4 * row + 1] = 0xFFFFFFFF
    places[4 * row + 2] = 0
    places[4 * row + 3] = 0


def shift_rows(places: memoryview, chunks: memoryview, nodes: int, files: int, rows: int) -> None:
    """Renumber a batch that is put behind others: `nodes` before its owners, `files` before its files, `rows` before its rows."""
    with cython.nogil:
        none = 0xFFFFFFFF
        for i in range(len(places) // 4):
            if places[4 * i] != none:
                places[4 * i] = places[4 * i] + nodes
            if places[4 * i + 1] != none:
                places[4 * i + 1] = places[4 * i + 1] + files
        for i in range(len(chunks) // 5):
            chunks[5 * i + 2] = chunks[5 * i + 2] + rows
            chunks[5 * i + 3] = chunks[5 * i + 3] + rows


def _hash(a: int, b: int) -> int:
    """A number below 2**32 for two of 64 bits: sums and products of 32 bits each, which stay below 2**64."""
    mask = 0xFFFFFFFF
    h = 0x1234567
    h = ((h ^ (a & mask)) * 0x1E3779B9) & mask
    h ^= h >> 15
    h = ((h ^ (a >> 32)) * 0x45EBCA77) & mask
    h ^= h >> 13
    h = ((h ^ (b & mask)) * 0x42B2AE3D) & mask
    h ^= h >> 16
    h = ((h ^ (b >> 32)) * 0x1E3779B9) & mask
    h ^= h >> 15
    return h


def distinct(pairs: memoryview, table: memoryview, kept: memoryview, index: memoryview) -> int:
    """Number the distinct pairs (two u64 each) in order: `index` (u32), one each; `kept` (u64): the pairs. `table` (u32, a power of two
    and at
    least twice the pairs) is all zeros. Returns how many there are.
    """
    with cython.nogil:
        mask = len(table) - 1
        count = 0
        for i in range(len(pairs) // 2):
            a = pairs[2 * i]
            b = pairs[2 * i + 1]
            at = _hash(a, b) & mask
            while True:
                number = table[at]
                if number == 0:
                    kept[2 * count] = a
                    kept[2 * count + 1] = b
                    count += 1
                    table[at] = count
                    index[i] = count - 1
                    break
                number -= 1
                if kept[2 * number] == a and kept[2 * number + 1] == b:
                    index[i] = number
                    break
                at = (at + 1) & mask
        return count


def origins(entries: memoryview, count: int, pairs: memoryview) -> None:
    """The origin of each of `count` entries (see dwarf_numbers), as the first of a pair; 0 where its own names will do."""
    with cython.nogil:
        for i in range(count):
            e = 9 * i
            pairs[2 * i] = entries[e + 5] if entries[e + 3] == 0 or entries[e + 4] == 0 else 0
            pairs[2 * i + 1] = 0


def label(entries: memoryview, count: int, file: int, index: memoryview, found: memoryview, without: memoryview, pairs: memoryview) -> None:
    """What each entry is called: pairs of references, its name and its linkage name, or for want of that the DIE that has the name.

    Linkage names whose references are in `without` (u64, sorted) are none.
    """
    with cython.nogil:
        kind = 8
        for i in range(count):
            e = 9 * i
            at = 5 * index[i]
            name = entries[e + 3]
            linkage = entries[e + 4]
            holder = kind << 60 | file | entries[e]
            if name == 0:
                name = found[at]
                holder = found[at + 2]
            if linkage == 0 or _is_among(without, linkage):
                linkage = found[at + 1]
            pairs[2 * i] = name
            pairs[2 * i + 1] = linkage if linkage and not _is_among(without, linkage) else holder


def _is_among(sorted_numbers: memoryview, number: int) -> bool:
    low = 0
    high = len(sorted_numbers)
    while low < high:
        middle = (low + high) // 2
        if sorted_numbers[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low < len(sorted_numbers) and sorted_numbers[low] == number


def nodes(
    entries: memoryview,
    count: int,
    functions: memoryview,
    function_base: int,
    node_base: int,
    file_places: memoryview,
    out: memoryview,
    starts: memoryview,
) -> None:
    """Entries as the table has them, from node `node_base` on: `out` (u32): parent (NONE for a function), function, and of the call its
    file, line
    and column; `starts` (u64). `file_places` (u64, three a unit): what its files become from, the number of the first, how many there are.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        for i in range(count):
            e = 9 * i
            o = 5 * (node_base + i)
            parent = entries[e + 1] & none
            kind = entries[e + 1] >> 32
            unit = entries[e + 7] & none
            file = entries[e + 6] >> 32
            mapped = none
            first = file_places[3 * unit + 1]
            if file >= first and file - first < file_places[3 * unit + 2]:
                mapped = file_places[3 * unit] + file - first
            inlined = kind == 2 and parent != none
            out[o] = parent + node_base if inlined else none
            out[o + 1] = functions[i] + function_base
            out[o + 2] = mapped if inlined else none
            out[o + 3] = entries[e + 6] & none if inlined else 0
            out[o + 4] = entries[e + 7] >> 32 if inlined else 0
            starts[node_base + i] = entries[e + 8]


def _digest(data: Bytes, start: int, size: int) -> int:
    """A number below 2**32 for `size` bytes from `start` on, four of them at a time."""
    low = 0xFFFFFFFF
    h = 0x11C9DC5 ^ size
    at = start
    stop = start + size
    while at + 4 <= stop:
        high = data[at + 3]
        four = data[at] | data[at + 1] << 8 | data[at + 2] << 16
        h = ((h ^ four ^ high << 24) * 0x1E3779B1) & low
        h ^= h >> 15
        at += 4
    while at < stop:
        h = ((h ^ data[at]) * 0x1000193) & low
        at += 1
    h ^= h >> 13
    h = (h * 0x45EBCA77) & low
    return h ^ h >> 16


def _is_version(section: Bytes, at: int, stop: int) -> bool:
    """Whether the rest of a string, which begins with `@`, is a version: `@V` or `@@V`, where V has letters, digits, `_` and `.` only."""
    at += 1
    if at < stop and section[at] == 64:
        at += 1
    first = at
    while at < stop:
        byte = section[at]
        if not (97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte == 95 or byte == 46):
            return byte == 0 and at > first
        at += 1
    return at > first


def gather(
    section: Bytes,
    prefix: int,
    refs: memoryview,
    first: int,
    cuts: Bytes,
    table: memoryview,
    starts: memoryview,
    heap: memoryview,
    index: memoryview,
    result: memoryview,
) -> int:
    """Store the strings of the references (u64) that begin with `prefix` (the bits from 44 on): the NUL-terminated bytes of `section`.

    `index` (u32): the number of each one's string, from 1; the others are left as they are. Equal strings are stored once: `heap` (u8) one
    behind the other, `starts` (u64) where each begins and the last one ends, `table` (u32, a power of two, more than twice the strings) by
    their hash.
    `cuts` (u8, one a reference, or empty): 1 where a version is no part of a string, as `debugfiles.symbols` says. `result` (i64): how many
    strings there are; the bytes that may still be read (references may lead into the midst of long strings); those left out for it.
    Returns the first reference for which the heap had no room; else how many there are.
    """
    with cython.nogil:
        n = len(refs)
        limit = len(section)
        room = len(heap)
        mask = len(table) - 1
        offsets = 0xFFFFFFFFFFF
        for i in range(first, n):
            ref = refs[i]
            if ref >> 44 != prefix >> 44:
                continue
            if ref & offsets >= limit:
                index[i] = 0
                continue
            if result[1] == 0:
                index[i] = 0
                result[2] += 1
                continue
            p = ref & offsets
            cut = len(cuts) > 0 and cuts[i] != 0
            size = 0
            most = limit - p if limit - p < 16384 else 16384
            while size < most and section[p + size] != 0:
                if cut and section[p + size] == 64 and size > 0 and _is_version(section, p + size, p + most):
                    break
                size += 1
            result[1] -= size
            if result[1] < 0:
                index[i] = 0
                result[2] += 1
                result[1] = 0
                continue
            at = _digest(section, p, size) & mask
            while True:
                number = table[at]
                if number == 0:
                    count = result[0]
                    top = starts[count]
                    if top + size > room:
                        return i
                    for j in range(size):
                        heap[top + j] = section[p + j]
                    count += 1
                    starts[count] = top + size
                    result[0] = count
                    table[at] = count
                    index[i] = count
                    break
                top = starts[number - 1]
                if starts[number] - top == size:
                    j = 0
                    while j < size and heap[top + j] == section[p + j]:
                        j += 1
                    if j == size:
                        index[i] = number
                        break
                at = (at + 1) & mask
        return n


def rehash(heap: Bytes, starts: memoryview, count: int, table: memoryview) -> None:
    """Put `count` strings that `gather` stored into a new `table`, all zeros."""
    with cython.nogil:
        mask = len(table) - 1
        for i in range(count):
            at = _digest(heap, starts[i], starts[i + 1] - starts[i]) & mask
            while table[at] != 0:
                at = (at + 1) & mask
            table[at] = i + 1


def mark(columns: memoryview, width: int, at: int, used: memoryview) -> None:
    """Set `used` (u8) to 1 for each number in column `at` of `columns` (u32, `width` a row) that it has room for."""
    with cython.nogil:
        n = len(used)
        for i in range(len(columns) // width):
            value = columns[width * i + at]
            if value < n:
                used[value] = 1


def remap(columns: memoryview, width: int, at: int, table: memoryview) -> None:
    """Put `table` (u32) of each number in column `at` of `columns` (u32, `width` a row) in its place; NONE where the table has none."""
    with cython.nogil:
        n = len(table)
        none = 0xFFFFFFFF
        for i in range(len(columns) // width):
            value = columns[width * i + at]
            columns[width * i + at] = table[value] if value < n else none


def languages(
    entries: memoryview, count: int, index: memoryview, units: memoryview, width: int, at: int, out: memoryview, others: memoryview
) -> int:
    """For each of what `index` numbers, the language of the first entry that has it: number `at` of its unit's record in `units` (u64,
    `width` a unit), at most 0xFFFF. `out` (u32) is all NONE. The entries that have it in another language are listed in `others` (u32, room
    for all); returns how many.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        found = 0
        for i in range(count):
            one = index[i]
            unit = entries[9 * i + 7] & none
            language = units[width * unit + at]
            if language > 0xFFFF:
                language = 0xFFFF
            if out[one] == none:
                out[one] = language
            elif out[one] != language:
                others[found] = i
                found += 1
        return found


def of_kind(pairs: memoryview, kind: int, out: memoryview) -> int:
    """Which of the pairs (two u64 each) have a second number of a kind (its upper four bits), in `out` (u32); how many."""
    with cython.nogil:
        count = 0
        for i in range(len(pairs) // 2):
            if pairs[2 * i + 1] >> 60 == kind:
                out[count] = i
                count += 1
        return count


def newer(section: Bytes, prefix: int, pairs: memoryview, out: memoryview) -> int:
    """Which pairs' second references (u64, as `gather` has them) are to linkage names with what demanglers may not know; how many.

    Those are constraints (Q, Tk), template template and lambda parameters (Ty, Tn, Tp, Tt, TL), modules (W), explicit objects (NH),
    numbered qualifiers (U) and Dk, DK: Itanium C++ ABI 5.1, as of 2024. Names are passed over by their lengths. `out` (u32): the pairs.
    """
    with cython.nogil:
        count = 0
        offsets = 0xFFFFFFFFFFF
        limit = len(section)
        longest = 1 << 14  # LONGEST
        for i in range(len(pairs) // 2):
            if pairs[2 * i + 1] >> 44 == prefix >> 44:
                at = pairs[2 * i + 1] & offsets
                if at < limit and _is_newer(section, at, at + longest if at + longest < limit else limit):
                    out[count] = i
                    count += 1
        return count


def _is_newer(section: Bytes, at: int, stop: int) -> bool:
    first = at
    while at < stop and at < first + 2 and section[at] == 95:
        at += 1
    if at == first or at >= stop or section[at] != 90:  # _Z, and __Z as Mach-O has it
        return False
    at += 1
    last = before = earlier = 0
    while at < stop and section[at]:
        byte = section[at]
        if 48 <= byte <= 57:
            if last == 87 or last == 85:  # W, U
                return True
            literal = 97 <= last <= 122 and (before == 76 or (last == 110 and earlier == 76))  # Li5E, Lin5E
            size = 0
            while at < stop and 48 <= section[at] <= 57 and size < 1 << 14:
                size = 10 * size + section[at] - 48
                at += 1
            if not literal and at < stop and section[at] != 95:  # S1_, T1_ and A10_ are no names
                at += size
            earlier, before, last = 0, 0, byte
            continue
        if (
            byte == 81
            or (last == 84 and (byte == 107 or byte == 121 or byte == 110 or byte == 112 or byte == 116 or byte == 76))
            or (last == 68 and (byte == 107 or byte == 75))
            or (last == 78 and byte == 72)
        ):
            return True
        earlier, before, last = before, last, byte
        at += 1
    return False


def hits(intervals: memoryview, count: int, wanted: memoryview, out: memoryview) -> int:
    """Which of `count` intervals cover which of `wanted` (u64, ascending): pairs of the number wanted and the owner, in `out` (u64).
    Returns how many
    there are, of which `out` holds as many as it has room for.
    """
    with cython.nogil:
        n = len(wanted)
        room = len(out) // 2
        found = 0
        for i in range(count):
            at = _floor(wanted, 0, n, intervals[3 * i]) + 1
            if at > 0 and wanted[at - 1] == intervals[3 * i]:
                at -= 1
                while at > 0 and wanted[at - 1] == wanted[at]:
                    at -= 1
            while at < n and wanted[at] < intervals[3 * i + 1]:
                if found < room:
                    out[2 * found] = at
                    out[2 * found + 1] = intervals[3 * i + 2]
                found += 1
                at += 1
        return found


def beyond(chunks: memoryview, count: int, starts: memoryview, ends: memoryview, out: memoryview) -> int:
    """Which of `count` chunks have lines without functions, and lie not wholly in one of the ranges (u64, disjoint and ascending) from
    `starts` to `ends`: their numbers, in `out` (u32, room for all). Returns how many.
    """
    with cython.nogil:
        alone = 0x80000000
        n = len(starts)
        found = 0
        for i in range(count):
            if chunks[5 * i + 4] < alone:
                continue
            at = _floor(starts, 0, n, chunks[5 * i])
            if at < 0 or ends[at] < chunks[5 * i + 1]:
                out[found] = i
                found += 1
        return found


def astray(chunks: memoryview, count: int, firsts: memoryview, starts: memoryview, ends: memoryview, out: memoryview) -> int:
    """Which of `count` chunks do not lie wholly in one range of their owner's: their numbers, in `out` (u32, room for all). The ranges of
    owner `i` are number `firsts[i]` (u32) up to `firsts[i + 1]` of `starts` and `ends` (u64), disjoint and ascending. Returns how many.
    """
    with cython.nogil:
        alone = 0x80000000
        owners = len(firsts) - 1
        found = 0
        for i in range(count):
            owner = chunks[5 * i + 4]
            if owner >= alone:
                owner -= alone
            if owner < owners:
                at = _floor(starts, firsts[owner], firsts[owner + 1], chunks[5 * i])
                if at >= firsts[owner] and ends[at] >= chunks[5 * i + 1]:
                    continue
            out[found] = i
            found += 1
        return found


def find(starts: memoryview, samples: memoryview, step: int, wanted: memoryview, out: memoryview) -> None:
    """For each of `wanted` (u64, any order) the last row that starts at or before it, in `out` (u32); NONE before the first. `samples`
    (u64) is every `step`th of `starts`, from the first on: it stays in the processor's cache.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        n = len(starts)
        m = len(samples)
        for i in range(len(wanted)):
            sample = _floor(samples, 0, m, wanted[i])
            low = sample * step
            if sample < 0 or low >= n:
                out[i] = none
                continue
            out[i] = _floor(starts, low, low + step if low + step < n else n, wanted[i])


def unnamed(
    nodes: memoryview, node_starts: memoryview, functions: memoryview, starts: memoryview, places: memoryview, out: memoryview
) -> int:
    """Where only a symbol can tell the name: pairs of the first address and the first beyond, in `out` (u64). Returns how many.

    They are the outermost functions without a linkage name, by their first byte, and the rows that have a file and no function.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        count = 0
        for i in range(len(node_starts)):
            if nodes[5 * i] == none and functions[3 * nodes[5 * i + 1] + 1] == 0:
                out[2 * count] = node_starts[i]
                out[2 * count + 1] = node_starts[i] + 1
                count += 1
        for i in range(len(starts) - 1):  # the last is a gap
            if places[4 * i] == none and places[4 * i + 1] != none:
                out[2 * count] = starts[i]
                out[2 * count + 1] = starts[i + 1]
                count += 1
        return count
