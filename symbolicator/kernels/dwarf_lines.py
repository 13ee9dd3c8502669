# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Line-number programs (DWARF 5 §6.2.5): from their bytes in .debug_line, found by the records of line tables (`dwarf_line_tables`), to
rows sorted by address, each address once.

For example `00 09 02 00 10 00 00 00 00 00 00 | 13 | 83 | 02 04 | 00 01 01` (set the address to 0x1000; two special opcodes; advance by 4;
end) is, of line_base -5, line_range 14 and opcode_base 13, the rows 0x1000 in line 2, 0x1008 in line 3, and a gap at 0x100c.

`run` processes many tables, each in three steps: `_program` (the state machine) writes rows in the program's order, `_arrange` sorts and
merges sequences that are not in order, `_squeeze` keeps one row for each address.

A row is one number in each of four columns: address (u64), file, line, column (u32). The end of a sequence is a gap: a row with the file
`NONE`. A sequence is three numbers: its first row, the row after its gap, and 1 if its addresses are not ascending.

Every register is an unsigned integer with an explicit mask, so that the numbers are the same compiled (where integers wrap) and uncompiled
(where they do not): LEB128s modulo 2**64, addresses modulo the size of an address, lines modulo 2**32.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_forms as forms
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
    from cython.cimports.symbolicator.kernels.dwarf_line_tables import Lines
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import dwarf_forms as forms
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels.dwarf_line_tables import Lines
    from symbolicator.kernels.sorting import sort

NONE = 0xFFFFFFFF
"""The file of a gap."""


class Columns:
    """Room for rows: `addresses` (u64), `files`, `lines`, `columns` (u32); each has one number for a row."""

    def __init__(self, addresses: memoryview, files: memoryview, lines: memoryview, columns: memoryview) -> None:
        self.addresses = addresses
        self.files = files
        self.lines = lines
        self.columns = columns


class Machine:
    """Runs line programs: the bounds of code, buffers, and the progress.

    `bounds` (u64): a sequence that starts below the first number or above the second, or exactly at a later one, is dropped. One at the
    highest address of the table's address size, or the one before it, is dropped in any case. If `asked` (u64, ascending, distinct) has
    addresses, only rows that cover one of them are kept, with gaps between them. `specials` (u32) has room for 512.

    `give` sets the buffers: `sequences` (u64, three numbers each), `defines` (u64, two for each file that a program defines: where its name
    begins, its directory), `order` and `merged` (u32, one for each row of a table that has to be sorted).

    `turn`: the next table; `stop`: the one to stop at; `row` and `defined`: the rows and the defined files of the tables so far.
    """

    def __init__(self, bounds: memoryview, asked: memoryview, specials: memoryview) -> None:
        self.bounds = bounds
        self.asked = asked
        self.specials = specials  # for each opcode its operation advance, then for each its line advance modulo 2**32
        self.special_key = 0
        self.turn = 0
        self.stop = 0
        self.row = 0
        self.defined = 0
        self.phase = 0  # of the table in turn: 0 not begun, 1 its program runs, 2 its rows are sorted
        self.base = 0  # its first row
        # The registers of a program that ran out of room.
        self.position = 0
        self.sequence = 0
        self.start = 0
        self.address = 0
        self.op_index = 0
        self.file = 0
        self.line = 0
        self.column = 0
        self.unsorted = 0

    def give(self, sequences: memoryview, defines: memoryview, order: memoryview, merged: memoryview) -> None:
        """Set the buffers: before the first `run`, and larger ones with the content of the old if there was no room."""
        self.sequences = sequences
        self.defines = defines
        self.order = order
        self.merged = merged


def run(lines: Lines, tables: memoryview, machine: Machine, rows: Columns, spare: Columns) -> int:
    """Run the programs of tables `machine.turn … machine.stop - 1`. Returns OK, or which buffer is full (ROWS, SEQUENCES, DEFINES, SPARE):
    call again with a larger one that has the content of the old. `spare` has room for the rows of a table that has to be sorted.

    The record of each table gets its rows and its faults. A sequence that is cut off by the program's end ends where its last row starts,
    because the length of that row is unknown.
    """
    with cython.nogil:
        while machine.turn < machine.stop:
            t = dw.LINE * machine.turn
            if machine.phase == 0:
                _begin(tables, t, machine)
            if tables[t + dw.L_FAULT] == dw.OK:
                if machine.phase == 1:
                    status = _program(lines, tables, t, machine, rows)
                    if status != dw.OK:
                        return status
                    machine.phase = 2
                if machine.row > machine.base:
                    if _in_order(machine, rows) == 0:
                        if machine.row - machine.base > len(spare.addresses):
                            return dw.SPARE
                        _arrange(machine, rows, spare)
                    _squeeze(machine, rows)
                    if len(machine.asked) > 0:
                        _near(machine, rows)
            tables[t + dw.L_ROWS_END] = machine.row
            machine.phase = 0
            machine.turn += 1
        return dw.OK


def _begin(tables: memoryview, t: int, machine: Machine) -> None:
    """Start a table's program."""
    machine.phase = 1
    machine.base = machine.row
    machine.start = machine.row
    machine.sequence = 0
    machine.unsorted = 0
    machine.position = tables[t + dw.L_PROGRAM]
    machine.address = 0
    machine.op_index = 0
    machine.file = 1
    machine.line = 1
    machine.column = 0
    tables[t + dw.L_ROWS] = machine.row
    tables[t + dw.L_DEFINED] = 0
    tables[t + dw.L_DEFINES] = machine.defined
    tables[t + dw.L_DROPPED] = 0
    tables[t + dw.L_FAULTS] = 0
    tables[t + dw.L_FAULT_AT] = 0
    _advances(tables, t, machine)


def _advances(tables: memoryview, t: int, machine: Machine) -> None:
    """Compute what each special opcode advances, unless the previous table had the same (§6.2.5.1)."""
    base = tables[t + dw.L_OPCODE_BASE]
    span = tables[t + dw.L_LINE_RANGE]
    first = tables[t + dw.L_LINE_BASE]
    low = 0xFFFFFFFF
    key = 1 << 24 | base << 16 | span << 8 | first
    if machine.special_key == key:
        return
    machine.special_key = key
    if first >= 128:
        first = first + low - 255  # it is signed: first - 256, modulo 2**32
    for opcode in range(256):
        machine.specials[opcode] = 0
        machine.specials[256 + opcode] = 0
        if span:
            more = opcode - base if opcode > base else 0
            machine.specials[opcode] = more // span
            machine.specials[256 + opcode] = (first + more % span) & low


def _program(lines: Lines, tables: memoryview, t: int, machine: Machine, rows: Columns) -> int:
    """Run a program from the machine's position on. Returns OK, ROWS, SEQUENCES or DEFINES."""
    code = lines.data
    addresses = rows.addresses
    files = rows.files
    numbers = rows.lines
    columns = rows.columns
    specials = machine.specials
    n = tables[t + dw.L_END]
    room = len(addresses)
    min_inst = tables[t + dw.L_MIN_INST]
    max_ops = tables[t + dw.L_MAX_OPS]
    base = tables[t + dw.L_OPCODE_BASE]
    big = lines.big
    mask = _highest(tables[t + dw.L_ADDRESS])
    all_ones = 0xFFFFFFFFFFFFFFFF
    none = 0xFFFFFFFF
    most = 0x7FFFFFFF
    i = machine.position
    row = machine.row
    start = machine.start
    address = machine.address
    op_index = machine.op_index
    file = machine.file
    line = machine.line
    column = machine.column
    last = addresses[row - 1] if row > start else 0
    status = dw.OK
    while i < n:
        at = i
        opcode = code[i]
        i += 1
        if opcode >= base and opcode != 0:
            if row >= room:
                i = at
                status = dw.ROWS
                break
            if max_ops == 1:
                address = (address + min_inst * specials[opcode]) & mask
            else:
                value = op_index + specials[opcode]
                address = (address + min_inst * (value // max_ops)) & mask
                op_index = value % max_ops
            line = (line + specials[256 + opcode]) & none
            if address < last:
                machine.unsorted = 1
            last = address
            addresses[row] = address
            files[row] = file
            numbers[row] = line if line <= most else 0
            columns[row] = column
            row += 1
        elif opcode == dw.LNS_COPY:
            if row >= room:
                i = at
                status = dw.ROWS
                break
            if address < last:
                machine.unsorted = 1
            last = address
            addresses[row] = address
            files[row] = file
            numbers[row] = line if line <= most else 0
            columns[row] = column
            row += 1
        elif (
            opcode == dw.LNS_NEGATE_STMT
            or opcode == dw.LNS_SET_BASIC_BLOCK
            or opcode == dw.LNS_SET_PROLOGUE_END
            or opcode == dw.LNS_SET_EPILOGUE_BEGIN
        ):
            pass
        elif opcode == dw.LNS_CONST_ADD_PC:
            if max_ops == 1:
                address = (address + min_inst * specials[255]) & mask
            else:
                value = op_index + specials[255]
                address = (address + min_inst * (value // max_ops)) & mask
                op_index = value % max_ops
        elif opcode == dw.LNS_FIXED_ADVANCE_PC:
            if n - i < 2:
                _fault(tables, t, at)
                i = n
                break
            value = code[i]
            part = code[i + 1]
            value = (value << 8) + part if big else (part << 8) + value
            address = (address + value) & mask
            op_index = 0
            i += 2
        else:  # the rest have LEB128 operands: one, or as many as the header says of an unknown opcode
            count = 1
            if opcode > dw.LNS_SET_ISA:
                count = _operands(lines, tables, t, opcode)
            value = 0
            shift = 0
            byte = 0
            if count == 1 and i < n and code[i] < 128:  # nearly always
                byte = code[i]
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
                    byte = code[i]
                    i += 1
                    if shift < 64:
                        part = byte & 127
                        value = (value | (part << shift)) & all_ones
                        shift += 7
                if byte >= 128:
                    count = -1
            if count < 0:
                _fault(tables, t, at)
                i = n
                break
            if opcode == dw.LNS_ADVANCE_PC:
                if max_ops != 1:
                    value = (op_index + value) & all_ones
                    op_index = value % max_ops
                    value = value // max_ops
                address = (address + min_inst * value) & mask
            elif opcode == dw.LNS_ADVANCE_LINE:  # signed
                if byte & 64 and shift < 64:
                    value = value | ((all_ones << shift) & all_ones)
                line = (line + value) & none
            elif opcode == dw.LNS_SET_FILE:
                file = value if value < none else none - 1
            elif opcode == dw.LNS_SET_COLUMN:
                column = value if value <= none else 0
            elif opcode == 0:  # extended: a length, an opcode, its operands
                left = n - i
                if value > left:
                    _fault(tables, t, at)
                    i = n
                    break
                end = i + value
                opcode = code[i] if value > 0 else 0
                if value == 0:
                    _fault(tables, t, at)
                elif opcode == dw.LNE_END_SEQUENCE:
                    if row > start:
                        if row >= room:
                            i = at
                            status = dw.ROWS
                            break
                        machine.row = row
                        status = _end_sequence(tables, t, machine, rows, address)
                        if status != dw.OK:
                            i = at
                            break
                        row = machine.row
                        start = row
                    address = 0
                    op_index = 0
                    file = 1
                    line = 1
                    column = 0
                    last = 0
                elif opcode == dw.LNE_SET_ADDRESS:
                    if value == 9 or value == 5 or value == 3 or value == 2:
                        count = value - 1
                        value = 0
                        shift = 0
                        while count > 0:
                            count -= 1
                            i += 1
                            part = code[i]
                            if big:
                                value = (value << 8) + part
                            else:
                                value = value | (part << shift)
                                shift += 8
                        address = value & mask
                        op_index = 0
                    else:
                        _fault(tables, t, at)
                elif opcode == dw.LNE_DEFINE_FILE and _define(lines, tables, t, machine, i + 1, end) == 0:
                    i = at
                    status = dw.DEFINES
                    break
                i = end
    if status == dw.OK and row > start:
        # Cut off: the length of the last row is unknown, so it becomes the end.
        machine.row = row - 1
        status = _end_sequence(tables, t, machine, rows, addresses[row - 1])
        if status == dw.OK:
            _fault(tables, t, i)
            row = machine.row
    machine.position = i
    machine.row = row
    machine.address = address
    machine.op_index = op_index
    machine.file = file
    machine.line = line
    machine.column = column
    return status


def _operands(lines: Lines, tables: memoryview, t: int, opcode: int) -> int:
    """The number of operands of a standard opcode, by the header."""
    at = tables[t + dw.L_LENGTHS] + opcode - 1
    return lines.data[at] if at < tables[t + dw.L_TABLES] else 0


def _highest(width: int) -> int:
    """The highest address of `width` bytes."""
    ones = 0xFFFFFFFFFFFFFFFF
    return ones >> (64 - 8 * width)


def _fault(tables: memoryview, t: int, at: int) -> None:
    """Count an invalid instruction: an extended one without an opcode, or an address of five bytes (both are skipped); one that runs past
    the end (it ends the program); a program that ends within a sequence.
    """
    if tables[t + dw.L_FAULTS] == 0:
        tables[t + dw.L_FAULT_AT] = at
    tables[t + dw.L_FAULTS] += 1


def _define(lines: Lines, tables: memoryview, t: int, machine: Machine, at: int, end: int) -> int:
    """Add a file that the program defines, whose name, directory, time and size are at `at` … `end`. Returns 0 if there is no room."""
    d = 2 * machine.defined
    if d + 2 > len(machine.defines):
        return 0
    machine.defines[d] = at
    while at < end and lines.data[at] != 0:
        at += 1
    machine.defines[d + 1] = forms.uleb(lines.data, at + 1, end)
    machine.defined += 1
    tables[t + dw.L_DEFINED] += 1
    return 1


def _end_sequence(tables: memoryview, t: int, machine: Machine, rows: Columns, address: int) -> int:
    """End the sequence of rows `machine.start … machine.row - 1` at `address`, with a gap and an entry in `sequences`; drop it if it starts
    at a tombstone or covers nothing. Returns SEQUENCES if they have no room; then nothing was changed.
    """
    row = machine.row
    start = machine.start
    s = 3 * machine.sequence
    if s + 3 > len(machine.sequences):
        return dw.SEQUENCES
    first = rows.addresses[start]
    dropped = _is_dropped(machine, first, _highest(tables[t + dw.L_ADDRESS]))
    if row > start and address < rows.addresses[row - 1]:
        machine.unsorted = 1
    if dropped:
        tables[t + dw.L_DROPPED] += 1
        row = start
    elif machine.unsorted == 0 and address <= first:
        row = start
    else:
        _gap(rows, row, address)
        row += 1
        machine.sequences[s] = start
        machine.sequences[s + 1] = row
        machine.sequences[s + 2] = machine.unsorted
        machine.sequence += 1
    machine.row = row
    machine.start = row
    machine.unsorted = 0
    return dw.OK


def _is_dropped(machine: Machine, first: int, highest: int) -> int:
    """Whether a sequence that starts at `first` was dropped by the linker."""
    if first < machine.bounds[0] or first > machine.bounds[1] or first == highest or first == highest - 1:
        return 1
    for i in range(2, len(machine.bounds)):
        if first == machine.bounds[i]:
            return 1
    return 0


def _gap(rows: Columns, row: int, address: int) -> None:
    """Write a row of a gap."""
    rows.addresses[row] = address
    rows.files[row] = 0xFFFFFFFF
    rows.lines[row] = 0
    rows.columns[row] = 0


def _copy(source: Columns, at: int, target: Columns, to: int) -> None:
    """Copy a row."""
    target.addresses[to] = source.addresses[at]
    target.files[to] = source.files[at]
    target.lines[to] = source.lines[at]
    target.columns[to] = source.columns[at]


def _in_order(machine: Machine, rows: Columns) -> int:
    """1 if the addresses of each sequence ascend, and none starts before the end of the previous one."""
    previous = 0
    for k in range(machine.sequence):
        s = 3 * k
        if machine.sequences[s + 2] != 0 or rows.addresses[machine.sequences[s]] < previous:
            return 0
        previous = rows.addresses[machine.sequences[s + 1] - 1]
    return 1


def _arrange(machine: Machine, rows: Columns, out: Columns) -> None:
    """Sort the sequences and merge them, through `out`.

    The rows of a sequence are sorted by address, stable, and cut at its end. Where sequences overlap, the one that starts last before an
    address is used, of two with the same start the later one; where it ends, the one around it continues.
    """
    sequences = machine.sequences
    addresses = rows.addresses
    order = machine.order
    stack = machine.merged  # of the sequences that continue
    count = machine.sequence
    for k in range(count):
        if sequences[3 * k + 2] != 0:
            _straighten(machine, rows, out, k)
    for k in range(count):
        out.addresses[k] = addresses[sequences[3 * k]]
    sort(out.addresses, 1, 0, count, order, machine.merged)
    top = 0
    written = 0
    for k in range(count + 1):  # sequences[3 * k + 2] becomes the current row of each
        boundary = addresses[sequences[3 * order[k]]] if k < count else 0
        while top > 0:
            this = stack[top - 1]
            i = sequences[3 * this + 2]
            stop = sequences[3 * this + 1] - 1
            while i < stop and (k == count or addresses[i] < boundary):
                _copy(rows, i, out, written)
                written += 1
                i += 1
            sequences[3 * this + 2] = i
            end = addresses[stop]
            if k < count and end > boundary:
                break
            top -= 1
            while top > 0 and addresses[sequences[3 * stack[top - 1] + 1] - 1] <= end:
                top -= 1
            at = stop
            if top > 0:
                this = stack[top - 1]
                at = sequences[3 * this + 2]
                stop = sequences[3 * this + 1] - 1
                while at < stop and addresses[at] <= end:
                    at += 1
                sequences[3 * this + 2] = at
                at -= 1
            _copy(rows, at, out, written)
            out.addresses[written] = end
            written += 1
        if k < count:
            this = order[k]
            if sequences[3 * this + 1] - sequences[3 * this] > 1:
                sequences[3 * this + 2] = sequences[3 * this]
                stack[top] = this
                top += 1
    for i in range(written):
        _copy(out, i, rows, machine.base + i)
    machine.row = machine.base + written


def _straighten(machine: Machine, rows: Columns, out: Columns, k: int) -> None:
    """Sort the rows of sequence `k`, and cut them at its end; the gap moves up to the last row kept."""
    first = machine.sequences[3 * k]
    stop = machine.sequences[3 * k + 1] - 1
    n = stop - first
    sort(rows.addresses, 1, first, n, machine.order, machine.merged)
    end = rows.addresses[stop]
    kept = 0
    for i in range(n):
        at = first + machine.order[i]
        if rows.addresses[at] < end:
            _copy(rows, at, out, kept)
            kept += 1
    for i in range(kept):
        _copy(out, i, rows, first + i)
    _gap(rows, first + kept, end)
    machine.sequences[3 * k + 1] = first + kept + 1


def _squeeze(machine: Machine, rows: Columns) -> None:
    """Of a table's sorted rows keep the last one for each address, and none that repeats the one before it."""
    addresses = rows.addresses
    files = rows.files
    lines = rows.lines
    columns = rows.columns
    stop = machine.row
    out = machine.base
    for i in range(machine.base, stop):
        address = addresses[i]
        if i + 1 < stop and addresses[i + 1] == address:
            continue
        file = files[i]
        line = lines[i]
        column = columns[i]
        if out > machine.base and file == files[out - 1] and line == lines[out - 1] and column == columns[out - 1]:
            continue
        addresses[out] = address
        files[out] = file
        lines[out] = line
        columns[out] = column
        out += 1
    machine.row = out


def _near(machine: Machine, rows: Columns) -> None:
    """Of a table's rows keep those that cover an address in `asked`, and the end of each."""
    none = 0xFFFFFFFF
    stop = machine.row
    n = len(machine.asked)
    out = machine.base
    j = 0
    ends = 0
    for i in range(machine.base, stop):
        address = rows.addresses[i]
        while j < n and machine.asked[j] < address:
            j += 1
        covers = j < n and rows.files[i] != none and (i + 1 == stop or machine.asked[j] < rows.addresses[i + 1])
        if covers or ends:
            _copy(rows, i, rows, out)
            if covers == 0:
                rows.files[out] = none
            out += 1
        ends = covers
    machine.row = out
