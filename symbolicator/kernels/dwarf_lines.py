# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Line-number programs (DWARF 5 §6.2.5): from bytes to rows, and from rows as written to rows in order.

Four loops, in the order they are called: `read_entries` (directories and files of a header), `run_program` (the state machine),
`straighten` and `arrange` (sequences sorted and laid over each other), `squeeze` (one row an address). Headers, forms, paths and what is
worth a warning are `debugfiles/`'s.

A row is four parallel columns: address (u64), file, line, column (u32). A gap, which is what `end_sequence` leaves, has the file `NONE`.

Every register is an unsigned integer kept in its bounds by masks that are written out, so that the numbers are the same compiled (where
integers wrap) and not (where they never do): LEB128s count modulo 2**64, addresses modulo the size of an address, lines modulo 2**32.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
"""The file of a gap."""

# What `run_program` and `read_entries` return.
DONE = 0
FULL = 1
"""No room for another row or sequence; call again with more, and the same state."""
DEFINE_FILE = 2
"""A DW_LNE_define_file stands at state[ARGUMENT] … state[POSITION]; call again to go on behind it."""
TRUNCATED = 3
"""Of `read_entries`: the bytes end in the midst of an entry."""

# The state of `run_program`, u64 each.
POSITION = 0
ROW = 1
SEQUENCE = 2
START = 3
"""The first row of the sequence that is being read."""
ADDRESS = 4
OP_INDEX = 5
FILE = 6
LINE = 7
COLUMN = 8
UNSORTED = 9
FAULTS = 10
"""Instructions that cannot be meant as they stand: an extended one without an opcode, an address of five bytes (both skipped), one that
runs past the end (which ends the program), a program that ends within a sequence.
"""
FAULT_AT = 11
"""Where the first of them is."""
DROPPED = 12
"""Tombstoned sequences."""
ARGUMENT = 13
STATE_WIDTH = 14

# The parameters of `run_program`, u64 each.
MIN_INST_LENGTH = 0
MAX_OPERATIONS = 1
OPCODE_BASE = 2
BIG_ENDIAN = 3
ADDRESS_MASK = 4
LOW = 5
"""A sequence that starts below is a tombstone's."""
HIGH = 6
"""A sequence that starts above is a tombstone's."""
MASK_64 = 7
PARAMETER_WIDTH = 8

# How `read_entries` reads a column: three u64 each, (kind, bytes, target).
FIXED = 0
ULEB = 1
STRING = 2
BLOCK = 3
"""A length of `bytes` bytes (0: ULEB128), and as many bytes."""
NAME = 0
DIRECTORY = 1
SOURCE = 2
MD5 = 3
IGNORED = 4
ENTRY_WIDTH = 4


def run_program(
    program: Bytes,
    lengths: Bytes,
    specials: memoryview,
    parameters: memoryview,
    tombstones: memoryview,
    state: memoryview,
    addresses: memoryview,
    files: memoryview,
    lines: memoryview,
    columns: memoryview,
    sequences: memoryview,
) -> int:
    """Run `program` from `state` on; DONE, FULL or DEFINE_FILE, with `state` (u64, STATE_WIDTH) where it got to.

    `lengths`: the operands of each standard opcode, 256 bytes from opcode 0 (unused) on. `specials` (u32): for each opcode its operation
    advance, then for each its line advance modulo 2**32. `parameters` (u64, PARAMETER_WIDTH). A sequence whose first row lies below LOW,
    above HIGH or at one of the `tombstones` (u64) is dropped whole.

    Rows go to `addresses` (u64), `files`, `lines` and `columns` (u32); the last row of a sequence is its gap. `sequences` (u64) has three
    for each: first row, the row after its gap, 1 where the addresses go down somewhere. A sequence that the program's end cuts off
    ends where its last row starts: nothing tells how far that row goes.
    """
    with cython.nogil:
        n = len(program)
        room = len(addresses)
        min_inst = parameters[0]
        max_ops = parameters[1]
        base = parameters[2]
        big = parameters[3]
        mask = parameters[4]
        all_ones = parameters[7]
        none = 0xFFFFFFFF
        most = 0x7FFFFFFF
        i = state[0]
        row = state[1]
        start = state[3]
        address = state[4]
        op_index = state[5]
        file = state[6]
        line = state[7]
        column = state[8]
        last = addresses[row - 1] if row > start else 0
        status = 0
        while i < n:
            at = i
            opcode = program[i]
            i += 1
            if opcode >= base and opcode != 0:
                if row >= room:
                    i = at
                    status = 1
                    break
                if max_ops == 1:
                    address = (address + min_inst * specials[opcode]) & mask
                else:
                    value = op_index + specials[opcode]
                    address = (address + min_inst * (value // max_ops)) & mask
                    op_index = value % max_ops
                line = (line + specials[256 + opcode]) & none
                if address < last:
                    state[9] = 1
                last = address
                addresses[row] = address
                files[row] = file
                lines[row] = line if line <= most else 0
                columns[row] = column
                row += 1
            elif opcode == 1:  # DW_LNS_copy
                if row >= room:
                    i = at
                    status = 1
                    break
                if address < last:
                    state[9] = 1
                last = address
                addresses[row] = address
                files[row] = file
                lines[row] = line if line <= most else 0
                columns[row] = column
                row += 1
            elif opcode == 6 or opcode == 7 or opcode == 10 or opcode == 11:  # statements, blocks, prologues, epilogues: no matter here
                pass
            elif opcode == 8:  # DW_LNS_const_add_pc
                if max_ops == 1:
                    address = (address + min_inst * specials[255]) & mask
                else:
                    value = op_index + specials[255]
                    address = (address + min_inst * (value // max_ops)) & mask
                    op_index = value % max_ops
            elif opcode == 9:  # DW_LNS_fixed_advance_pc
                if n - i < 2:
                    _fault(state, at)
                    i = n
                    break
                value = program[i]
                part = program[i + 1]
                value = (value << 8) + part if big else (part << 8) + value
                address = (address + value) & mask
                op_index = 0
                i += 2
            else:  # the rest have LEB128 operands: one, or as many as the header says of an unknown opcode
                count = lengths[opcode] if opcode > 12 else 1
                value = 0
                shift = 0
                byte = 0
                if count == 1 and i < n and program[i] < 128:  # nearly always
                    byte = program[i]
                    i += 1
                    value = byte
                    shift = 7
                    count = 0
                while count > 0:
                    count -= 1
                    value = 0
                    shift = 0
                    byte = 128
                    while byte >= 128 and i < n:
                        byte = program[i]
                        i += 1
                        if shift < 64:
                            part = byte & 127
                            value = (value | (part << shift)) & all_ones
                            shift += 7
                    if byte >= 128:
                        count = -1
                if count < 0:
                    _fault(state, at)
                    i = n
                    break
                if opcode == 2:  # DW_LNS_advance_pc
                    if max_ops != 1:
                        value = (op_index + value) & all_ones
                        op_index = value % max_ops
                        value = value // max_ops
                    address = (address + min_inst * value) & mask
                elif opcode == 3:  # DW_LNS_advance_line, signed
                    if byte & 64 and shift < 64:
                        value = value | ((all_ones << shift) & all_ones)
                    line = (line + value) & none
                elif opcode == 4:  # DW_LNS_set_file
                    file = value if value < none else none - 1
                elif opcode == 5:  # DW_LNS_set_column
                    column = value if value <= none else 0
                elif opcode == 0:  # extended: a length, an opcode, its operands
                    left = n - i
                    if value > left:
                        _fault(state, at)
                        i = n
                        break
                    end = i + value
                    opcode = program[i] if value > 0 else 0
                    if value == 0:
                        _fault(state, at)
                    elif opcode == 1:  # DW_LNE_end_sequence
                        if row > start:
                            if row >= room:
                                i = at
                                status = 1
                                break
                            state[1] = row
                            if _end_sequence(parameters, tombstones, state, addresses, files, lines, columns, sequences, address) == 0:
                                i = at
                                status = 1
                                break
                            row = state[1]
                            start = row
                        address = 0
                        op_index = 0
                        file = 1
                        line = 1
                        column = 0
                        last = 0
                    elif opcode == 2:  # DW_LNE_set_address
                        if value == 9 or value == 5 or value == 3 or value == 2:
                            count = value - 1
                            value = 0
                            shift = 0
                            while count > 0:
                                count -= 1
                                i += 1
                                part = program[i]
                                if big:
                                    value = (value << 8) + part
                                else:
                                    value = value | (part << shift)
                                    shift += 8
                            address = value & mask
                            op_index = 0
                        else:
                            _fault(state, at)
                    elif opcode == 3:  # DW_LNE_define_file
                        state[13] = i + 1
                        i = end
                        status = 2
                        break
                    i = end
        if status == 0 and row > start:
            # Cut off. Nothing tells how far the last row goes: it becomes the end.
            state[1] = row - 1
            if _end_sequence(parameters, tombstones, state, addresses, files, lines, columns, sequences, addresses[row - 1]) == 0:
                status = 1
            else:
                _fault(state, i)
                row = state[1]
        state[0] = i
        state[1] = row
        state[4] = address
        state[5] = op_index
        state[6] = file
        state[7] = line
        state[8] = column
        return status


def _fault(state: memoryview, at: int) -> None:
    if state[10] == 0:
        state[11] = at
    state[10] += 1


def _end_sequence(
    parameters: memoryview,
    tombstones: memoryview,
    state: memoryview,
    addresses: memoryview,
    files: memoryview,
    lines: memoryview,
    columns: memoryview,
    sequences: memoryview,
    address: int,
) -> int:
    """End the sequence of rows state[START] … state[ROW] at `address`: a gap and an entry in `sequences`, or nothing of it where it is
    a tombstone's or covers nothing. 0 where `sequences` has no room; then nothing was changed.
    """
    row = state[1]
    start = state[3]
    sequence = state[2]
    if 3 * sequence + 3 > len(sequences):
        return 0
    first = addresses[start]
    dropped = first < parameters[5] or first > parameters[6]
    for i in range(len(tombstones)):
        if first == tombstones[i]:
            dropped = True
    if row > start and address < addresses[row - 1]:
        state[9] = 1
    if dropped:
        state[12] += 1
        row = start
    elif state[9] == 0 and address <= first:
        row = start
    else:
        addresses[row] = address
        files[row] = 0xFFFFFFFF
        lines[row] = 0
        columns[row] = 0
        row += 1
        sequences[3 * sequence] = start
        sequences[3 * sequence + 1] = row
        sequences[3 * sequence + 2] = state[9]
        state[2] = sequence + 1
    state[1] = row
    state[3] = row
    state[9] = 0
    return 1


def read_entries(data: Bytes, layout: memoryview, state: memoryview, entries: memoryview, terminated: int, big: int) -> int:
    """Read entries (directories or files of a header) from `data`, at state[POSITION], from entry state[ROW] up to what `entries` has
    room for; DONE, or FULL where the room is full, or TRUNCATED where the bytes end. `state` says where it got to.

    `layout` (u64): (kind, bytes, target) for each column. `entries` (u64, ENTRY_WIDTH each): a number for a number, and for strings and
    blocks where they start in `data`. `terminated`: an entry that starts with a zero byte is the end (DWARF 2–4).
    """
    with cython.nogil:
        n = len(data)
        width = len(layout) // 3
        room = len(entries) // 4
        all_ones = state[13]
        i = state[0]
        entry = state[1]
        status = 1
        while entry < room:
            at = i
            if terminated and i < n and data[i] == 0:
                i += 1
                status = 0
                break
            for column in range(width):
                kind = layout[3 * column]
                size = layout[3 * column + 1]
                target = layout[3 * column + 2]
                value = 0
                shift = 0
                if kind == 2:
                    value = i
                    while i < n and data[i] != 0:
                        i += 1
                    if i >= n:
                        status = 3
                        break
                    i += 1
                elif kind == 1 or (kind == 3 and size == 0):
                    byte = 128
                    while byte >= 128 and i < n:
                        byte = data[i]
                        i += 1
                        if shift < 64:
                            part = byte & 127
                            value = (value | (part << shift)) & all_ones
                            shift += 7
                    if byte >= 128:
                        status = 3
                        break
                else:
                    if size > n - i:
                        status = 3
                        break
                    if size <= 8:
                        while size > 0:
                            size -= 1
                            part = data[i]
                            i += 1
                            if big:
                                value = (value << 8) + part
                            else:
                                value = value | (part << shift)
                                shift += 8
                    else:
                        value = i
                        i += size
                if kind == 3:
                    if value > n - i:
                        status = 3
                        break
                    size = value
                    value = i
                    i += size
                if target < 4:
                    entries[4 * entry + target] = value
            if status == 3:
                i = at
                break
            entry += 1
        state[0] = i
        state[1] = entry
        return status


def in_order(addresses: memoryview, sequences: memoryview, count: int) -> int:
    """1 where the addresses never go down and no sequence starts before the end of the one before it; else 0: `arrange` them."""
    with cython.nogil:
        previous = 0
        for k in range(count):
            if sequences[3 * k + 2] != 0 or addresses[sequences[3 * k]] < previous:
                return 0
            previous = addresses[sequences[3 * k + 1] - 1]
        return 1


def arrange(
    addresses: memoryview,
    files: memoryview,
    lines: memoryview,
    columns: memoryview,
    sequences: memoryview,
    count: int,
    out_addresses: memoryview,
    out_files: memoryview,
    out_lines: memoryview,
    out_columns: memoryview,
    order: memoryview,
    spare: memoryview,
) -> int:
    """Lay the `count` sequences over each other, into `out_…` (as many rows of room as there are rows); the number of rows written.

    Within a sequence rows are sorted by address, stable, and cut at its end. Where sequences overlap, the one that starts last before an
    address has it, of two that start together the one written later; where it ends, the one below goes on. `order` and `spare` (u32)
    need room for as many items as there are rows.
    """
    with cython.nogil:
        for k in range(count):
            if sequences[3 * k + 2] != 0:
                # Sorted into the buffers for the result, cut at the end, and copied back; the gap moves up to the last row kept.
                first = sequences[3 * k]
                stop = sequences[3 * k + 1] - 1
                n = stop - first
                _sort(addresses, first, n, order, spare)
                end = addresses[stop]
                kept = 0
                for i in range(n):
                    at = first + order[i]
                    if addresses[at] < end:
                        out_addresses[kept] = addresses[at]
                        out_files[kept] = files[at]
                        out_lines[kept] = lines[at]
                        out_columns[kept] = columns[at]
                        kept += 1
                for i in range(kept):
                    at = first + i
                    addresses[at] = out_addresses[i]
                    files[at] = out_files[i]
                    lines[at] = out_lines[i]
                    columns[at] = out_columns[i]
                stop = first + kept
                addresses[stop] = end
                files[stop] = 0xFFFFFFFF
                lines[stop] = 0
                columns[stop] = 0
                sequences[3 * k + 1] = stop + 1
        # The sequences' starts, sorted; `out_addresses` holds them for the while of it.
        for k in range(count):
            out_addresses[k] = addresses[sequences[3 * k]]
        _sort(out_addresses, 0, count, order, spare)
        top = 0  # `spare` is the stack of sequences that go on; sequences[3 * k + 2] becomes the row each is at
        out = 0
        for k in range(count + 1):
            boundary = addresses[sequences[3 * order[k]]] if k < count else 0
            while top > 0:
                this = spare[top - 1]
                i = sequences[3 * this + 2]
                stop = sequences[3 * this + 1] - 1
                while i < stop and (k == count or addresses[i] < boundary):
                    out_addresses[out] = addresses[i]
                    out_files[out] = files[i]
                    out_lines[out] = lines[i]
                    out_columns[out] = columns[i]
                    out += 1
                    i += 1
                sequences[3 * this + 2] = i
                end = addresses[stop]
                if k < count and end > boundary:
                    break
                top -= 1
                while top > 0 and addresses[sequences[3 * spare[top - 1] + 1] - 1] <= end:
                    top -= 1
                at = stop
                if top > 0:
                    this = spare[top - 1]
                    at = sequences[3 * this + 2]
                    stop = sequences[3 * this + 1] - 1
                    while at < stop and addresses[at] <= end:
                        at += 1
                    sequences[3 * this + 2] = at
                    at -= 1
                out_addresses[out] = end
                out_files[out] = files[at]
                out_lines[out] = lines[at]
                out_columns[out] = columns[at]
                out += 1
            if k < count:
                this = order[k]
                if sequences[3 * this + 1] - sequences[3 * this] > 1:
                    sequences[3 * this + 2] = sequences[3 * this]
                    spare[top] = this
                    top += 1
        return out


def _sort(keys: memoryview, start: int, n: int, order: memoryview, spare: memoryview) -> None:
    """Put into `order` the numbers 0 … n - 1 by the key at `start` + number, stable: merges of runs, bottom up."""
    for i in range(n):
        order[i] = i
    width = 1
    while width < n:
        low = 0
        while low < n:
            middle = low + width if low + width < n else n
            high = low + 2 * width if low + 2 * width < n else n
            left = low
            right = middle
            at = low
            while at < high:
                if left < middle and (right >= high or keys[start + order[left]] <= keys[start + order[right]]):
                    spare[at] = order[left]
                    left += 1
                else:
                    spare[at] = order[right]
                    right += 1
                at += 1
            low += 2 * width
        for i in range(n):
            order[i] = spare[i]
        width *= 2


def squeeze(addresses: memoryview, files: memoryview, lines: memoryview, columns: memoryview, count: int) -> int:
    """Leave of `count` sorted rows, in place, one for an address (the last wins) and none that says what the one before it says; how
    many are left.
    """
    with cython.nogil:
        out = 0
        for i in range(count):
            address = addresses[i]
            if i + 1 < count and addresses[i + 1] == address:
                continue
            file = files[i]
            line = lines[i]
            column = columns[i]
            if out > 0 and file == files[out - 1] and line == lines[out - 1] and column == columns[out - 1]:
                continue
            addresses[out] = address
            files[out] = file
            lines[out] = line
            columns[out] = column
            out += 1
        return out
