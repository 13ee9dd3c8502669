# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Symbols: from the entries of a table (gABI §4, Mach-O's nlist) to those of code, and from these to the bytes that each covers.

For example `f` at 0x10, 0x20 bytes long, its alias `_f`, and `g` at 0x18, 8 bytes long: `order` chooses one of the first two, say 0, and
`sweep` gives the pieces `0x10, 0x18, 0`, `0x18, 0x20, 2` and `0x20, 0x30, 0`.

`debugfiles/symbols.py` and the formats decide which names and bindings are better, and what each kind of symbol is.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels.sorting import sort

Bytes = bytes | memoryview


class Entries:
    """The entries of a symbol table in columns: where the name begins in the heap, a number that decides what the entry is (u32), value and
    size (u64).
    """

    def __init__(self, names: memoryview, kinds: memoryview, values: memoryview, sizes: memoryview) -> None:
        self.names = names
        self.kinds = kinds
        self.values = values
        self.sizes = sizes


class Verdicts:
    """What to do with entries of each kind. `known` (u32, ascending): the kinds; `told` (u64) has four numbers for each: 0 to skip the
    entry, 1 to take it, 2 to leave it to the caller; flags; what to add to the value; where the section ends.
    """

    def __init__(self, known: memoryview, told: memoryview) -> None:
        self.known = known
        self.told = told


class Taken:
    """What `select` takes: `rows` (u64), three numbers each: start, size, limit; `flags` (u8) and `heads` (u32), where the name begins. All
    have room for all entries. From the other end of `heads` backwards go the numbers of the `left` entries that are left to the caller.
    """

    def __init__(self, rows: memoryview, flags: memoryview, heads: memoryview) -> None:
        self.rows = rows
        self.flags = flags
        self.heads = heads
        self.count = 0
        self.left = 0


class Listed:
    """The symbols of a file by columns: start, size, limit (u64), flags, heap of its name (u8), where it begins there (u32)."""

    def __init__(
        self, starts: memoryview, sizes: memoryview, limits: memoryview, flags: memoryview, tables: memoryview, names: memoryview
    ) -> None:
        self.starts = starts
        self.sizes = sizes
        self.limits = limits
        self.flags = flags
        self.tables = tables
        self.names = names


def select(entries: Entries, verdicts: Verdicts, heap: Bytes, marked: int, taken: Taken) -> None:
    """Take the entries of a symbol table that are code. `heap` holds the names; `marked`: whether `$a`, `$t`, `$d`, `$x` mark where code
    turns to data.
    """
    with cython.nogil:
        n = len(entries.names)
        end = len(heap)
        dot = 0x2E
        dollar = 0x24
        taken.count = 0
        taken.left = 0
        for i in range(n):
            low = 0
            high = len(verdicts.known)
            while low + 1 < high:
                middle = (low + high) // 2
                if verdicts.known[middle] <= entries.kinds[i]:
                    low = middle
                else:
                    high = middle
            v = 4 * low
            if verdicts.told[v] == 0:
                continue
            if verdicts.told[v] == 2:
                taken.left += 1
                taken.heads[n - taken.left] = i
                continue
            start = entries.values[i] + verdicts.told[v + 2]
            name = entries.names[i]
            if start < entries.values[i] or start >= verdicts.told[v + 3] or name >= end or heap[name] == 0:
                continue
            if name + 1 < end:
                second = heap[name + 1]
                if heap[name] == dot and second == 0x4C:  # .L
                    continue
                if (
                    marked
                    and heap[name] == dollar
                    and verdicts.told[v + 1] & 4 == 0  # not marked as a function
                    and (second == 0x61 or second == 0x74 or second == 0x64 or second == 0x78)
                ):
                    continue
            r = 3 * taken.count
            taken.rows[r] = start
            taken.rows[r + 1] = entries.sizes[i]
            taken.rows[r + 2] = verdicts.told[v + 3]
            taken.flags[taken.count] = verdicts.told[v + 1]
            taken.heads[taken.count] = name
            taken.count += 1


def order(listed: Listed, heap: Bytes, sorted_numbers: memoryview, spare: memoryview, chosen: memoryview, shared: memoryview) -> int:
    """Sort symbols by their start, stable: `sorted_numbers` (u32) gets their numbers, `chosen` (u32) the one that ranks first of each
    start.

    Of equal ranks the shorter name is chosen, then the one that sorts first. `heap` has the names of heap 0; if one of the names is in
    another heap, the caller has to choose: `shared` (u32, room for two a symbol) gets the place in `chosen` and the number of the other
    symbol, and ends with NONE. Returns how many are chosen.
    """
    with cython.nogil:
        starts = listed.starts
        n = len(starts)
        sort(starts, 1, 0, n, sorted_numbers, spare)
        count = 0
        others = 0
        before = 0  # what is shared of the starts before
        for i in range(n):
            number = sorted_numbers[i]
            if count == 0 or starts[number] != starts[chosen[count - 1]]:
                chosen[count] = number
                count += 1
                before = others
                continue
            best = chosen[count - 1]
            mine = _rank(listed, number)
            theirs = _rank(listed, best)
            if mine < theirs:
                chosen[count - 1] = number
                others = before
            elif mine == theirs and listed.tables[number] == 0 and listed.tables[best] == 0:
                if _is_before(heap, listed.names[number], listed.names[best]):
                    chosen[count - 1] = number
            elif mine == theirs:
                shared[2 * others] = count - 1
                shared[2 * others + 1] = number
                others += 1
        if others < n:
            shared[2 * others] = 0xFFFFFFFF
        return count


def _rank(listed: Listed, number: int) -> int:
    """The least is best: no stub, sized or marked as a function, global, weak; then functions, then sized ones."""
    flags = listed.flags[number]  # as `debugfiles/symbols.py` has them: 1 global, 2 weak, 4 a function, 32 a stub
    unsized = listed.sizes[number] == 0
    binding = 0 if flags & 1 else 1 if flags & 2 else 2
    label = flags & 4 == 0
    rank = 32 if flags & 32 else 0
    if label and unsized:
        rank += 16
    rank += binding << 2
    if label:
        rank += 2
    if unsized:
        rank += 1
    return rank


def _is_before(heap: Bytes, one: int, other: int) -> int:
    """Whether the name at `one` is shorter than that at `other`, or as long and sorts first; by their first 512 bytes."""
    size = _size(heap, one)
    others = _size(heap, other)
    if size != others:
        return size < others
    for i in range(size):
        if heap[one + i] != heap[other + i]:
            return heap[one + i] < heap[other + i]
    return 0


def _size(heap: Bytes, at: int) -> int:
    """The bytes of a name, 512 at most."""
    size = 0
    while size < 512 and at + size < len(heap) and heap[at + size] != 0:
        size += 1
    return size


def spread(pieces: memoryview, listed: Listed, out: Listed) -> None:
    """The columns of the pieces that `sweep` made: start, size, the start of the symbol (in `limits`), and the rest of the symbol."""
    with cython.nogil:
        for i in range(len(out.starts)):
            number = pieces[3 * i + 2]
            out.starts[i] = pieces[3 * i]
            out.sizes[i] = pieces[3 * i + 1] - pieces[3 * i]
            out.limits[i] = listed.starts[number]
            out.flags[i] = listed.flags[number]
            out.tables[i] = listed.tables[number]
            out.names[i] = listed.names[number]


def sweep(
    starts: memoryview,
    sizes: memoryview,
    limits: memoryview,
    chosen: memoryview,
    pieces: memoryview,
    open_ends: memoryview,
    opened: memoryview,
) -> int:
    """The bytes of each of the symbols `chosen` (u32, by ascending start, each start once), in one pass with a stack of open symbols, whose
    ends descend towards the top. `pieces` (u64) gets three numbers for each piece: begin, end, symbol; it has room for two pieces a symbol
    and one more, the stack (`open_ends` u64, `opened` u32) for each symbol. Returns the number of pieces.
    """
    with cython.nogil:
        n = len(chosen)
        count = 0
        top = 0
        done = 0
        for place in range(n):
            number = chosen[place]
            start = starts[number]
            limit = limits[number]
            while top > 0 and open_ends[top - 1] <= start:
                top -= 1
                if done < open_ends[top]:
                    pieces[3 * count] = done
                    pieces[3 * count + 1] = open_ends[top]
                    pieces[3 * count + 2] = opened[top]
                    count += 1
                    done = open_ends[top]
            if sizes[number]:
                end = limit if sizes[number] > limit or start > limit - sizes[number] else start + sizes[number]
            elif top > 0:
                continue
            else:
                end = limit
                if place + 1 < n and starts[chosen[place + 1]] < limit:
                    end = starts[chosen[place + 1]]
            if end <= start:
                continue
            if top > 0:
                if done < start:
                    pieces[3 * count] = done
                    pieces[3 * count + 1] = start
                    pieces[3 * count + 2] = opened[top - 1]
                    count += 1
                # A symbol that begins in another and ends after it cuts the other off: the later start wins.
                while top > 0 and open_ends[top - 1] <= end:
                    top -= 1
            done = start
            open_ends[top] = end
            opened[top] = number
            top += 1
        while top > 0:
            top -= 1
            if done < open_ends[top]:
                pieces[3 * count] = done
                pieces[3 * count + 1] = open_ends[top]
                pieces[3 * count + 2] = opened[top]
                count += 1
                done = open_ends[top]
        return count
