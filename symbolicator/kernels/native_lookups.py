# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Many look-ups in a native table at once: from rows to the nodes, functions, files and strings that they refer to, each once, ascending.

An *index* (u32, one number for each row, node, function, file or string of the table) is all zeros at first. `mark` sets 1 for what is
referred to, and `number` turns the marks into numbers from 1 on.

    >>> index, met = zeros("I", 3), zeros("I", 2)
    >>> mark(array("I", [2, 0, 2]), index), number(index, met)
    (1, 2)
    >>> index.tolist(), met.tolist()
    ([1, 0, 2], [0, 2])

The columns are described in `debugfiles/table/columns.py`. Their numbers are checked here: 0 is returned for invalid ones, and for chains
of calls that are too long or circular.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF


def mark(numbers: memoryview, index: memoryview) -> int:
    """Mark each of `numbers` (u32) that is not NONE. Returns 0 if one is too large."""
    with cython.nogil:
        none = 0xFFFFFFFF
        n = len(index)
        for i in range(len(numbers)):
            number = numbers[i]
            if number == none:
                continue
            if number >= n:
                return 0
            index[number] = 1
        return 1


def number(index: memoryview, met: memoryview) -> int:
    """Number what is marked from 1 on, and list it in `met` (u32) as far as there is room. Returns how many there are."""
    with cython.nogil:
        room = len(met)
        count = 0
        for i in range(len(index)):
            if index[i]:
                if count < room:
                    met[count] = i
                count += 1
                index[i] = count
        return count


def follow(rows: memoryview, places: memoryview, nodes: memoryview, index: memoryview) -> int:
    """Mark in `index` the nodes of `rows` (u32) and those around them. Returns 0 if a node does not follow the one around it."""
    with cython.nogil:
        none = 0xFFFFFFFF
        n = len(nodes) // 5  # no more than there are, whatever the index has room for
        if n > len(index):
            n = len(index)
        for i in range(len(rows)):
            if rows[i] >= len(places) // 4:
                return 0
            at = 4 * rows[i]
            node = places[at]
            last = n
            while node != none:
                if node >= last:
                    return 0
                if index[node]:
                    break
                index[node] = 1
                last = node
                node = nodes[5 * node]
        return 1


def pick(column: memoryview, width: int, at: int, met: memoryview, out: memoryview) -> int:
    """Set `out` (u32) to number `at` of each row in `met`, of a column with `width` numbers a row. Returns 0 if a row is missing."""
    with cython.nogil:
        n = len(column) // width
        for i in range(len(met)):
            row = met[i]
            if row >= n:
                return 0
            out[i] = column[width * row + at]
        return 1


def pick_long(column: memoryview, met: memoryview, out: memoryview) -> int:
    """Set `out` (u64) to the numbers of `column` (u64) at `met`. Returns 0 if one is missing."""
    with cython.nogil:
        n = len(column)
        for i in range(len(met)):
            row = met[i]
            if row >= n:
                return 0
            out[i] = column[row]
        return 1


def within(parents: memoryview, met: memoryview, out: memoryview) -> int:
    """List those of `met` whose `parents` is not NONE in `out` (u32). Returns how many."""
    with cython.nogil:
        none = 0xFFFFFFFF
        count = 0
        for i in range(len(met)):
            if parents[i] != none:
                out[count] = met[i]
                count += 1
        return count


def nameless(parents: memoryview, functions: memoryview, symbols: memoryview, out: memoryview) -> int:
    """List the nodes, from number 1 on, without a parent and whose function has no symbol in `out` (u32). Returns how many."""
    with cython.nogil:
        count = 0
        n = len(symbols)
        if len(parents) > len(functions):
            return 0
        for i in range(1, len(parents)):
            if parents[i] == 0 and functions[i] < n and symbols[functions[i]] == 0:
                out[count] = i
                count += 1
        return count


def renumber(numbers: memoryview, index: memoryview) -> None:
    """Replace each of `numbers` (u32) by its number in `index`; NONE by 0."""
    with cython.nogil:
        n = len(index)
        for i in range(len(numbers)):
            number = numbers[i]
            numbers[i] = index[number] if number < n else 0


def depths(parents: memoryview, out: memoryview) -> int:
    """Set `out` (u32) to the number of nodes around each; `parents` (u32) are numbered from 1, 0 is none. Returns the largest."""
    with cython.nogil:
        most = 0
        for i in range(len(parents)):
            depth = 0
            if 0 < parents[i] <= i:
                depth = out[parents[i] - 1] + 1
            out[i] = depth
            if depth > most:
                most = depth
        return most


def texts(strings: Bytes, starts: memoryview, met: memoryview, out: memoryview) -> int:
    """Copy the strings `met` (u32, from 1) to `out` (u8), one after the other, with a NUL before each. Returns the number of bytes; -1 if a
    string is outside `strings`, or there is no room.
    """
    with cython.nogil:
        room = len(out)
        limit = len(strings)
        n = len(starts)
        size = 0
        for i in range(len(met)):
            one = met[i]
            if one == 0 or one >= n:
                return -1
            begin = starts[one - 1]
            end = starts[one]
            if begin > end or end > limit:
                return -1
            if end - begin >= room - size:
                return -1
            out[size] = 0
            size += 1
            for at in range(end - begin):
                out[size + at] = strings[begin + at]
            size += end - begin
        return size
