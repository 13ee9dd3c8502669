# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Rows of a table: from the intervals of functions and inlined calls and the rows of lines, of any debug format.

* An *interval* is three u64: start, end, owner (a function or an inlined call).
* A *row* is an address (u64) and a place, four u32: owner or NONE, file, line, column; it extends to the next row.
* A *chunk* is CHUNK u64: start, end, first row, row after the last, priority (the least wins); its rows have no gaps. A chunk without rows
  is a gap.

For example function 0 at 0x1000 to 0x1010, a call 1 inlined into it at 0x1004 to 0x1008, and lines 6 from 0x1000 on and 2 from 0x1004 on
are `paint`ed as the rows 0x1000 (0, line 6), 0x1004 (1, line 2), 0x1008 (0, line 2), of one chunk that ends at 0x1010. `combine` makes one
table of all units' chunks.

Each loop is bounded by its buffers, and sweeps use a heap: n log n for any intervals.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
    from cython.cimports.symbolicator.kernels.dwarf_lines import Columns
    from cython.cimports.symbolicator.kernels.sorting import floor, sort
else:
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels.dwarf_lines import Columns
    from symbolicator.kernels.sorting import floor, sort

NONE = 0xFFFFFFFF
ALONE = 1 << 31
"""Added to the priority of a chunk of lines without functions, so that all chunks with functions come first."""


class Functions:
    """Functions and inlined calls (`entries`: u64, ENTRY numbers each) and the code that each covers (`intervals`: u64). `until` (u64, one
    an entry) is all zeros at first.
    """

    def __init__(self, entries: memoryview, until: memoryview, intervals: memoryview) -> None:
        self.entries = entries
        self.until = until
        self.intervals = intervals


class Sweep:
    """Buffers of a sweep: `order`, `spare`, `heap` (u32) and `keys` (u64), one number for each interval or chunk; for intervals also
    `segments` (u64), four numbers for each and four more.
    """

    def __init__(self, order: memoryview, spare: memoryview, heap: memoryview, keys: memoryview, segments: memoryview) -> None:
        self.order = order
        self.spare = spare
        self.heap = heap
        self.keys = keys
        self.segments = segments
        self.size = 0  # of the heap
        self.count = 0  # of segments


class Painted:
    """The output of `paint`: rows (`addresses`: u64, `places`: u32) and `chunks` (u64), appended from number `row` and `chunk` on."""

    def __init__(self) -> None:
        self.row = 0
        self.chunk = 0

    def give(self, addresses: memoryview, places: memoryview, chunks: memoryview) -> None:
        """Room, with what is in the old. It can be taken away by giving none."""
        self.addresses = addresses
        self.places = places
        self.chunks = chunks


def push(sweep: Sweep, item: int, key: int) -> None:
    """Add to the heap; the least key is on top."""
    at = sweep.size
    sweep.size += 1
    while at > 0:
        up = (at - 1) >> 1
        if sweep.keys[up] <= key:
            break
        sweep.heap[at] = sweep.heap[up]
        sweep.keys[at] = sweep.keys[up]
        at = up
    sweep.heap[at] = item
    sweep.keys[at] = key


def pop(sweep: Sweep) -> None:
    """Take the top off the heap."""
    sweep.size -= 1
    size = sweep.size
    item = sweep.heap[size]
    key = sweep.keys[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and sweep.keys[down + 1] < sweep.keys[down]:
            down += 1
        if sweep.keys[down] >= key:
            break
        sweep.heap[at] = sweep.heap[down]
        sweep.keys[at] = sweep.keys[down]
        at = down
    sweep.heap[at] = item
    sweep.keys[at] = key


# ── one unit ──────────────────────────────────────────────────────────────────────────────────────────────────


def paint(functions: Functions, lines: Columns, turns: memoryview, sweep: Sweep, painted: Painted) -> None:
    """The rows of units, one after the other: where intervals of a unit overlap, the greatest owner is used; its line rows give the lines.

    `turns` (u64, TURN numbers each) says which intervals and line rows a unit has, and how its files are renumbered: T_FILES of them, from
    T_FIRST_FILE on, become those from T_BASE on. With T_RESIDUAL the line rows that no interval covers are added, if they have a file.

    An inlined call counts only where the outermost one around it does: with DWARF 2, GCC writes one of several ranges, and the rest of a
    call is outside its chain. The outermost one ends where its function does, and does not count in the code of another function:
    Binaryen leaves some calls the ends that they had before it moved the code.

    There is room for two rows for an interval, one for a line row, and four for a unit; for chunks likewise.
    """
    with cython.nogil:
        for turn in range(len(turns) // dw.TURN):
            _segments(functions, turns, dw.TURN * turn, sweep)
            _over_lines(lines, turns, dw.TURN * turn, sweep, painted)


def _outermost(functions: Functions, owner: int) -> int:
    """The outermost inlined call around one; itself if there is none."""
    none = 0xFFFFFFFF
    entries = functions.entries
    inlined = dw.K_INLINED
    hops = 0
    parent = entries[dw.ENTRY * owner + dw.E_PARENT] & none
    while (
        entries[dw.ENTRY * owner + dw.E_PARENT] >> 32 == inlined
        and parent != none
        and entries[dw.ENTRY * parent + dw.E_PARENT] >> 32 == inlined
        and hops < dw.MOST_NESTED
    ):
        owner = parent
        parent = entries[dw.ENTRY * owner + dw.E_PARENT] & none
        hops += 1
    return owner


def _around(functions: Functions, outermost: int) -> int:
    """The function that an outermost inlined call is in; none for a function, which is in no other."""
    none = 0xFFFFFFFF
    if functions.entries[dw.ENTRY * outermost + dw.E_PARENT] >> 32 != dw.K_INLINED:
        return none
    return functions.entries[dw.ENTRY * outermost + dw.E_PARENT] & none


def _segments(functions: Functions, turns: memoryview, t: int, sweep: Sweep) -> None:
    """Intervals to segments, which do not overlap: the start and the owner of each."""
    none = 0xFFFFFFFF
    intervals = functions.intervals
    until = functions.until
    segments = sweep.segments
    order = sweep.order
    first = turns[t + dw.T_FIRST]
    n = turns[t + dw.T_STOP] - first
    sort(intervals, 3, first, n, order, sweep.spare)
    count = 0
    i = 0
    pos = 0
    covered = 0  # where the code of all functions before ends
    sweep.size = 0
    while True:
        if sweep.size == 0:
            if i == n:
                break
            pos = intervals[3 * (first + order[i])]
        while i < n and intervals[3 * (first + order[i])] <= pos:
            at = first + order[i]
            i += 1
            owner = intervals[3 * at + 2]
            end = intervals[3 * at + 1]
            outermost = _outermost(functions, owner)
            around = _around(functions, outermost)
            if around == none:
                if covered < end:
                    covered = end
            elif until[around] > intervals[3 * at]:
                if until[around] < end:
                    end = until[around]
            elif covered > intervals[3 * at]:
                continue
            if outermost != owner:
                if until[outermost] <= intervals[3 * at]:
                    continue
                if until[outermost] < end:
                    end = until[outermost]
            intervals[3 * at + 1] = end
            if until[owner] < end:
                until[owner] = end
            push(sweep, order[i - 1], none - owner)
        while sweep.size > 0 and intervals[3 * (first + sweep.heap[0]) + 1] <= pos:
            pop(sweep)
        owner = none
        if sweep.size > 0:
            owner = intervals[3 * (first + sweep.heap[0]) + 2]
        if count > 0 and segments[2 * count - 2] == pos:
            segments[2 * count - 1] = owner
        elif count == 0 or segments[2 * count - 1] != owner:
            segments[2 * count] = pos
            segments[2 * count + 1] = owner
            count += 1
        if sweep.size > 0:
            pos = intervals[3 * (first + sweep.heap[0]) + 1]
            if i < n and intervals[3 * (first + order[i])] < pos:
                pos = intervals[3 * (first + order[i])]
    sweep.count = count


def _over_lines(lines: Columns, turns: memoryview, t: int, sweep: Sweep, painted: Painted) -> None:
    """Merge segments with line rows."""
    none = 0xFFFFFFFF
    far = 0xFFFFFFFFFFFFFFFF
    alone = 0x80000000
    lines_at = lines.addresses
    files = lines.files
    segments = sweep.segments
    addresses = painted.addresses
    places = painted.places
    chunks = painted.chunks
    count = sweep.count
    line = turns[t + dw.T_LINES]
    m = turns[t + dw.T_LINES_END]
    begin = line
    line -= 1
    file_base = turns[t + dw.T_BASE]
    file_first = turns[t + dw.T_FIRST_FILE]
    file_count = turns[t + dw.T_FILES]
    priority = turns[t + dw.T_PRIORITY]
    residual = turns[t + dw.T_RESIDUAL] != 0
    row = painted.row
    chunk = painted.chunk
    segment = -1
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
            line = floor(lines_at, line + 1, m, pos)
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
        if line >= begin:
            file = files[line]
        mapped = none
        if file >= file_first and file - file_first < file_count:
            mapped = file_base + file - file_first
        kind = 1 if owner != none else 2 if mapped != none and residual else 0
        c = dw.CHUNK * chunk
        if kind != inside:
            if inside:
                if chunks[c] == pos:
                    row = chunks[c + 2]
                else:
                    chunks[c + 1] = pos
                    chunks[c + 3] = row
                    chunk += 1
                    c += dw.CHUNK
            if kind:
                chunks[c] = pos
                chunks[c + 2] = row
                chunks[c + 4] = priority if kind == 1 else priority + alone
            inside = kind
        if kind:
            number = 0
            colno = 0
            if file != none:
                number = lines.lines[line]
                colno = lines.columns[line]
            if row > chunks[c + 2] and addresses[row - 1] == pos:
                row -= 1
            addresses[row] = pos
            places[4 * row] = owner
            places[4 * row + 1] = mapped
            places[4 * row + 2] = number
            places[4 * row + 3] = colno
            row += 1
    # Segments and line rows end with a gap, so no chunk is open here unless its rows are damaged: it is dropped.
    if inside:
        row = chunks[dw.CHUNK * chunk + 2]
    painted.row = row
    painted.chunk = chunk


# ── all units ─────────────────────────────────────────────────────────────────────────────────────────────────


def combine(chunks: memoryview, rows_at: memoryview, rows: memoryview, sweep: Sweep, addresses: memoryview, places: memoryview) -> int:
    """All chunks as one table; where they overlap, the one with the least priority is used. Returns the number of rows written to
    `addresses` and `places`, which have room for all rows, four for each chunk, and one. A gap is a row with node and file NONE, line and
    column 0.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        n = len(chunks) // dw.CHUNK
        order = sweep.order
        sort(chunks, dw.CHUNK, 0, n, order, sweep.spare)
        sweep.size = 0
        i = 0
        pos = 0
        out = 0
        while True:
            if sweep.size == 0:
                if i == n:
                    break
                pos = chunks[dw.CHUNK * order[i]]
            while i < n and chunks[dw.CHUNK * order[i]] <= pos:
                push(sweep, order[i], chunks[dw.CHUNK * order[i] + 4])
                i += 1
            while sweep.size > 0 and chunks[dw.CHUNK * sweep.heap[0] + 1] <= pos:
                pop(sweep)
            if sweep.size == 0:
                if i < n and chunks[dw.CHUNK * order[i]] == pos:
                    continue
                _gap(addresses, places, out, pos)
                out += 1
                continue
            top = sweep.heap[0]
            top *= dw.CHUNK
            end = chunks[top + 1]
            if i < n and chunks[dw.CHUNK * order[i]] < end:
                end = chunks[dw.CHUNK * order[i]]
            low = chunks[top + 2]
            high = chunks[top + 3]
            row = low
            if chunks[top] < pos:
                row = floor(rows_at, low, high, pos)
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
    """Renumber a batch that follows others: add `nodes` to its owners, `files` to its files, `rows` to its chunks' rows."""
    with cython.nogil:
        none = 0xFFFFFFFF
        for i in range(len(places) // 4):
            if places[4 * i] != none:
                places[4 * i] = places[4 * i] + nodes
            if places[4 * i + 1] != none:
                places[4 * i + 1] = places[4 * i + 1] + files
        for i in range(len(chunks) // dw.CHUNK):
            chunks[dw.CHUNK * i + 2] = chunks[dw.CHUNK * i + 2] + rows
            chunks[dw.CHUNK * i + 3] = chunks[dw.CHUNK * i + 3] + rows


def by_owner(
    intervals: memoryview, count: int, order: memoryview, spare: memoryview, firsts: memoryview, starts: memoryview, ends: memoryview
) -> int:
    """Sort `count` intervals by owner, and join those of an owner that overlap or touch.

    The ranges of owner `i` are then numbers `firsts[i]` (u32, all zeros at first, one more than the owners) up to `firsts[i + 1]` of
    `starts` and `ends` (u64), disjoint and ascending; these, and `order` and `spare` (u32), have room for all. Returns how many ranges
    there are.
    """
    with cython.nogil:
        owners = len(firsts) - 1
        sort(intervals, 3, 0, count, order, spare)
        for i in range(count):
            firsts[intervals[3 * i + 2] + 1] += 1
        for owner in range(owners):
            firsts[owner + 1] += firsts[owner]
        for i in range(count):  # each owner's first becomes its last
            owner = intervals[3 * order[i] + 2]
            spare[firsts[owner]] = order[i]
            firsts[owner] += 1
        found = 0
        at = 0
        for owner in range(owners):
            stop = firsts[owner]
            firsts[owner] = found
            while at < stop:
                start = intervals[3 * spare[at]]
                end = intervals[3 * spare[at] + 1]
                at += 1
                if found > firsts[owner] and start <= ends[found - 1]:
                    if end > ends[found - 1]:
                        ends[found - 1] = end
                else:
                    starts[found] = start
                    ends[found] = end
                    found += 1
        firsts[owners] = found
        return found


def hits(intervals: memoryview, count: int, wanted: memoryview, out: memoryview) -> int:
    """The owners of `count` intervals that cover the addresses `wanted` (u64, ascending): pairs in `out` (u64) of the place in `wanted` and
    the owner. Returns how many there are; those beyond the room in `out` are only counted.
    """
    with cython.nogil:
        n = len(wanted)
        room = len(out) // 2
        found = 0
        for i in range(count):
            at = floor(wanted, 0, n, intervals[3 * i]) + 1
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
    """List in `out` (u32, room for all) which of `count` chunks have lines without functions, and are not entirely in one of the ranges
    (u64, disjoint and ascending) from `starts` to `ends`. Returns how many.
    """
    with cython.nogil:
        alone = 0x80000000
        n = len(starts)
        found = 0
        for i in range(count):
            if chunks[dw.CHUNK * i + 4] < alone:
                continue
            at = floor(starts, 0, n, chunks[dw.CHUNK * i])
            if at < 0 or ends[at] < chunks[dw.CHUNK * i + 1]:
                out[found] = i
                found += 1
        return found


def astray(chunks: memoryview, count: int, firsts: memoryview, starts: memoryview, ends: memoryview, out: memoryview) -> int:
    """List in `out` (u32, room for all) which of `count` chunks are not entirely in one range of their owner. The ranges of owner `i` are
    number `firsts[i]` (u32) up to `firsts[i + 1]` of `starts` and `ends` (u64), disjoint and ascending. Returns how many.
    """
    with cython.nogil:
        alone = 0x80000000
        owners = len(firsts) - 1
        found = 0
        for i in range(count):
            owner = chunks[dw.CHUNK * i + 4]
            if owner >= alone:
                owner -= alone
            if owner < owners:
                at = floor(starts, firsts[owner], firsts[owner + 1], chunks[dw.CHUNK * i])
                if at >= firsts[owner] and ends[at] >= chunks[dw.CHUNK * i + 1]:
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
            sample = floor(samples, 0, m, wanted[i])
            low = sample * step
            if sample < 0 or low >= n:
                out[i] = none
                continue
            out[i] = floor(starts, low, low + step if low + step < n else n, wanted[i])
