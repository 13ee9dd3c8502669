# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""The loops over ELF symbols: which of a table's entries are code, and which of the code's symbols has which bytes.

Compiled by Cython where it is there (types in `elf_symbols.pxd`), and plain Python where not.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython


def select(
    names: memoryview,
    kinds: memoryview,
    values: memoryview,
    sizes: memoryview,
    known: memoryview,
    verdicts: memoryview,
    heap: memoryview,
    marked: int,
    rows: memoryview,
    flags: memoryview,
    heads: memoryview,
    result: memoryview,
) -> None:
    """Entries of a symbol table that are code. `known` (u32, ascending) are the kinds there are, `verdicts` (u64) four numbers for each:
    0 to leave the entry out, 1 to take it, 2 to leave it to the caller; flags; what to add to the value; where the section ends.

    `heap` holds the names; `marked`: whether `$a`, `$t`, `$d`, `$x` mark where code turns to data. `rows` (u64) gets three numbers for each
    that is taken: start, size, limit; `flags` (u8) and `heads` (u32, where the name begins) one each; from the other end of `heads`
    backwards go the entries left to the caller. `result` (i64): how many of both.
    """
    with cython.nogil:
        n = len(names)
        end = len(heap)
        taken = 0
        left = 0
        for i in range(n):
            low = 0
            high = len(known)
            while low + 1 < high:
                middle = (low + high) // 2
                if known[middle] <= kinds[i]:
                    low = middle
                else:
                    high = middle
            v = 4 * low
            if verdicts[v] == 0:
                continue
            if verdicts[v] == 2:
                left += 1
                heads[n - left] = i
                continue
            start = values[i] + verdicts[v + 2]
            name = names[i]
            if start < values[i] or start >= verdicts[v + 3] or name >= end or heap[name] == 0:
                continue
            if name + 1 < end:
                second = heap[name + 1]
                if heap[name] == 0x2E and second == 0x4C:
                    continue
                if (
                    marked
                    and heap[name] == 0x24
                    and verdicts[v + 1] & 4 == 0
                    and (second == 0x61 or second == 0x74 or second == 0x64 or second == 0x78)
                ):
                    continue
            rows[3 * taken] = start
            rows[3 * taken + 1] = sizes[i]
            rows[3 * taken + 2] = verdicts[v + 3]
            flags[taken] = verdicts[v + 1]
            heads[taken] = name
            taken += 1
        result[0] = taken
        result[1] = left


def order(starts: memoryview, sorted_numbers: memoryview, spare: memoryview, chosen: memoryview, shared: memoryview) -> int:
    """Sort symbols by their start, stable: `sorted_numbers` (u32) gets their numbers, `chosen` (u32) the first of each start, and `shared`
    (u32) two for each of the others: which of `chosen` has that start, its own number. `shared` has room for all. Returns how many chosen.
    """
    with cython.nogil:
        n = len(starts)
        for i in range(n):
            sorted_numbers[i] = i
        width = 1
        while width < n:
            low = 0
            while low < n:
                middle = low + width if low + width < n else n
                high = low + 2 * width if low + 2 * width < n else n
                left = low
                right = middle
                for at in range(low, high):
                    if left < middle and (right >= high or starts[sorted_numbers[left]] <= starts[sorted_numbers[right]]):
                        spare[at] = sorted_numbers[left]
                        left += 1
                    else:
                        spare[at] = sorted_numbers[right]
                        right += 1
                low += 2 * width
            for i in range(n):
                sorted_numbers[i] = spare[i]
            width *= 2
        count = 0
        others = 0
        for i in range(n):
            number = sorted_numbers[i]
            if count > 0 and starts[number] == starts[chosen[count - 1]]:
                shared[2 * others] = count - 1
                shared[2 * others + 1] = number
                others += 1
            else:
                chosen[count] = number
                count += 1
        return count


def spread(
    pieces: memoryview,
    starts: memoryview,
    flags: memoryview,
    tables: memoryview,
    names: memoryview,
    out_addresses: memoryview,
    out_sizes: memoryview,
    out_starts: memoryview,
    out_flags: memoryview,
    out_tables: memoryview,
    out_names: memoryview,
) -> None:
    """The columns of the pieces that `sweep` made: where each begins, its size, and what its symbol says. `out_…` have a row a piece."""
    with cython.nogil:
        for i in range(len(out_addresses)):
            number = pieces[3 * i + 2]
            out_addresses[i] = pieces[3 * i]
            out_sizes[i] = pieces[3 * i + 1] - pieces[3 * i]
            out_starts[i] = starts[number]
            out_flags[i] = flags[number]
            out_tables[i] = tables[number]
            out_names[i] = names[number]


def sweep(
    starts: memoryview,
    sizes: memoryview,
    limits: memoryview,
    chosen: memoryview,
    pieces: memoryview,
    open_ends: memoryview,
    opened: memoryview,
) -> int:
    """Who has which bytes, of the symbols `chosen` (u32, by ascending start, each start once): one pass, with a stack of what is open,
    whose ends fall towards the top. `pieces` (u64) gets three numbers for each piece: begin, end, symbol; it has room for two pieces a
    symbol and one, the stack (`open_ends` u64, `opened` u32) for each symbol. Returns how many pieces there are.
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
                # What reaches beyond the symbol it begins in ends that one: the later start wins.
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
