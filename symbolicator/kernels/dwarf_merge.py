# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Functions and inlined calls of a table: from entries (`dwarf_scan`) to nodes, functions and references of their names.

For example two calls of one function, both without names of their own, have the same origin: `origins` and `distinct` reduce them to one
look-up in `dwarf_names`, `label` makes pairs (name, linkage name) of its answer, `distinct` numbers these as function 0, and `nodes` writes
two nodes of function 0.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
else:
    from symbolicator.kernels import dwarf_numbers as dw

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF


def _hash(a: int, b: int) -> int:
    """A hash below 2**32 of two 64-bit numbers, by sums and products of 32 bits each, which stay below 2**64."""
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
    """Number the distinct pairs (two u64 each) in order: `index` (u32), one each; `kept` (u64): the pairs. `table` (u32, a power of two and
    at least twice the pairs) is all zeros. Returns how many there are.
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
    """The origin of each of `count` entries (see dwarf_numbers), as the first of a pair; 0 if its own names are enough."""
    with cython.nogil:
        for i in range(count):
            e = dw.ENTRY * i
            pairs[2 * i] = entries[e + dw.E_ORIGIN] if entries[e + dw.E_NAME] == 0 or entries[e + dw.E_LINKAGE] == 0 else 0
            pairs[2 * i + 1] = 0


def label(entries: memoryview, count: int, file: int, index: memoryview, found: memoryview, without: memoryview, pairs: memoryview) -> None:
    """The names of each entry: pairs of references, to its name and to its linkage name, or, if it has none, to the DIE with the name.

    Linkage names whose references are in `without` (u64, sorted) are ignored.
    """
    with cython.nogil:
        kind = dw.DIE_REF
        for i in range(count):
            e = dw.ENTRY * i
            at = dw.FOUND * index[i]
            name = entries[e + dw.E_NAME]
            linkage = entries[e + dw.E_LINKAGE]
            holder = kind << 60 | file | entries[e + dw.E_DIE]
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
    """Write entries as the table's nodes, from node `node_base` on: `out` (u32) gets the parent (NONE for a function), the function, and
    file, line and column of the call; `starts` (u64) the first address. `file_places` (u64, three for each unit): the number that its first
    file becomes, the number of that file in its line table, and how many there are.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        for i in range(count):
            e = dw.ENTRY * i
            o = 5 * (node_base + i)
            parent = entries[e + dw.E_PARENT] & none
            kind = entries[e + dw.E_PARENT] >> 32
            unit = entries[e + dw.E_UNIT] & none
            file = entries[e + dw.E_CALL] >> 32
            mapped = none
            first = file_places[3 * unit + 1]
            if file >= first and file - first < file_places[3 * unit + 2]:
                mapped = file_places[3 * unit] + file - first
            inlined = kind == dw.K_INLINED and parent != none
            out[o] = parent + node_base if inlined else none
            out[o + 1] = functions[i] + function_base
            out[o + 2] = mapped if inlined else none
            out[o + 3] = entries[e + dw.E_CALL] & none if inlined else 0
            out[o + 4] = entries[e + dw.E_UNIT] >> 32 if inlined else 0
            starts[node_base + i] = entries[e + dw.E_LOWEST]


def mark(columns: memoryview, width: int, at: int, used: memoryview) -> None:
    """Set `used` (u8) to 1 for each number in column `at` of `columns` (u32, `width` numbers a row) that is within it."""
    with cython.nogil:
        n = len(used)
        for i in range(len(columns) // width):
            value = columns[width * i + at]
            if value < n:
                used[value] = 1


def remap(columns: memoryview, width: int, at: int, table: memoryview) -> None:
    """Replace each number in column `at` of `columns` (u32, `width` numbers a row) by `table` (u32) of it; NONE beyond the table."""
    with cython.nogil:
        n = len(table)
        none = 0xFFFFFFFF
        for i in range(len(columns) // width):
            value = columns[width * i + at]
            columns[width * i + at] = table[value] if value < n else none


def languages(
    entries: memoryview, count: int, index: memoryview, units: memoryview, width: int, at: int, out: memoryview, others: memoryview
) -> int:
    """The language of each function: that of the first entry with its number in `index`, which is number `at` of the unit's record in
    `units` (u64, `width` numbers a unit), at most 0xFFFF. `out` (u32) is all NONE at first. Entries of a function with another language are
    listed in `others` (u32, room for all); returns how many.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        found = 0
        for i in range(count):
            one = index[i]
            unit = entries[dw.ENTRY * i + dw.E_UNIT] & none
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
    """List the pairs (two u64 each) whose second number is of a kind (its upper four bits) in `out` (u32). Returns how many."""
    with cython.nogil:
        count = 0
        for i in range(len(pairs) // 2):
            if pairs[2 * i + 1] >> 60 == kind:
                out[count] = i
                count += 1
        return count


def newer(section: Bytes, prefix: int, pairs: memoryview, out: memoryview) -> int:
    """List in `out` (u32) the pairs whose second reference (u64, as for `native_strings.gather`) is a linkage name that demanglers may not
    support. Returns how many.

    Those are constraints (Q, Tk), template template and lambda parameters (Ty, Tn, Tp, Tt, TL), modules (W), explicit objects (NH),
    numbered qualifiers (U) and Dk, DK: Itanium C++ ABI 5.1, as of 2024. Names are passed over by their lengths. `out` (u32): the pairs.
    """
    with cython.nogil:
        count = 0
        offsets = 0xFFFFFFFFFFF
        limit = len(section)
        longest = 1 << 14  # bytes of a string that are kept
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


def unnamed(
    nodes: memoryview, node_starts: memoryview, functions: memoryview, starts: memoryview, places: memoryview, out: memoryview
) -> int:
    """The ranges whose name only a symbol can tell: pairs of the first address and the first beyond, in `out` (u64). Returns how many.

    They are the first byte of each outermost function without a linkage name, and the rows with a file but no function.
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
