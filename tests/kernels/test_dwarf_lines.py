"""The kernels of line tables and their programs, compiled and as they stand: the same files and rows from the same bytes."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

import symbolicator.kernels
from symbolicator.kernels import dwarf_line_tables, dwarf_lines
from symbolicator.kernels import dwarf_numbers as dw
from tests.makers import line_tables as lm
from tests.makers.kernels import uncompiled

PLAIN = uncompiled()["dwarf_lines"], uncompiled()["dwarf_line_tables"]
INSTALLED = dwarf_lines, dwarf_line_tables
ALL = 2**64 - 1
OPERANDS = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 0, 3])


def zeros(code, count):
    return memoryview(array(code, bytes(array(code).itemsize * count)))


def views(count):
    return [zeros("Q", count), zeros("I", count), zeros("I", count), zeros("I", count)]


def grown(old, count):
    new = zeros(old.format, count)
    new[: len(old)] = old
    return new


def record(program, *, base=13, address=8, max_ops=1, min_inst=1):
    """The record of a table whose program stands at 0, and the operands of its opcodes behind that."""
    table = zeros("Q", dw.LINE)
    table[dw.L_END] = table[dw.L_LENGTHS] = len(program)
    table[dw.L_TABLES] = len(program) + len(OPERANDS)
    table[dw.L_ADDRESS], table[dw.L_OPCODE_BASE], table[dw.L_MAX_OPS], table[dw.L_MIN_INST] = address, base, max_ops, min_inst
    table[dw.L_LINE_BASE], table[dw.L_LINE_RANGE] = 256 - 5, 14
    return table


def run(kernels, program, *, room, big=0, low=0, high=ALL, asked=(), **header):
    """All rows, in one go or in as many as the room needs; and what the record says of the program."""
    kernel, tables = kernels
    table = record(program, **header)
    machine = kernel.Machine(memoryview(array("Q", (low, high, 0x33))), memoryview(array("Q", asked)), zeros("I", 512))
    rows, sequences, defines, spare = views(room), zeros("Q", 3 * room), zeros("Q", 2 * room), 0
    machine.stop = 1
    while True:
        machine.give(sequences, defines, zeros("I", spare), zeros("I", spare))
        lines = tables.Lines(program + OPERANDS, b"", big)
        status = kernel.run(lines, table, machine, kernel.Columns(*rows), kernel.Columns(*views(spare)))
        if status == dw.OK:
            break
        if status == dw.ROWS:
            rows = [grown(view, len(view) + 1) for view in rows]
        elif status == dw.SEQUENCES:
            sequences = grown(sequences, len(sequences) + 3)
        elif status == dw.DEFINES:
            defines = grown(defines, len(defines) + 2)
        else:
            spare = len(rows[0])
    return [view[: machine.row].tolist() for view in rows], defines[: 2 * machine.defined].tolist(), table.tolist()


number = st.sampled_from(
    [b"\0", b"\1", b"\5", b"\x7f", b"\x80\1", b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\1", b"\xff" * 12 + b"\x7f", b"\x80" * 30 + b"\0"]
)
step = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.integers(10, 255).map(lambda n: bytes([n])),
    st.builds(lambda opcode, operand: bytes([opcode]) + operand, st.sampled_from([2, 3, 4, 5, 12]), number),
    st.builds(lambda n: b"\0\x09\2" + n.to_bytes(8, "little"), st.sampled_from([0, 1, 0x10, 0x20, 0x30, 0x40, ALL, ALL - 1, 2**63])),
    st.builds(lambda n: b"\0\5\2" + n.to_bytes(4, "little"), st.integers(0, 80)),
    st.just(b"\0\1\1"),
    st.just(b"\0\1\1"),
    st.just(b"\1"),
    st.sampled_from([b"\0\5\3a\0\1\0", b"\0\0", b"\0\4\x80ab", b"\0\x7f\1", b"\x0d\1\2", b"\x0f\x81\1\1\1"]),
)
programs = st.lists(step, max_size=40).map(b"".join)
options = st.fixed_dictionaries(
    {
        "base": st.sampled_from([0, 1, 4, 10, 13, 16, 255]),
        "big": st.integers(0, 1),
        "address": st.sampled_from([8, 4, 2]),
        "max_ops": st.sampled_from([1, 1, 2, 255]),
        "min_inst": st.sampled_from([0, 1, 4, 255]),
        "low": st.sampled_from([0, 0x10]),
        "high": st.sampled_from([ALL, 0x40]),
        "asked": st.sampled_from([(), (0x18,), (0x10, 0x12, 0x40)]),
    }
)


@given(programs, options)
def test_the_compiled_kernel_and_the_interpreted_one_run_programs_alike(program, options):
    room = len(program) + 1
    assert run(INSTALLED, program, room=room, **options) == run(PLAIN, program, room=room, **options)


@given(programs, options, st.integers(0, 3))
def test_a_program_gives_the_same_rows_however_often_its_buffers_fill_up(program, options, room):
    assert run(INSTALLED, program, room=room, **options) == run(INSTALLED, program, room=len(program) + 1, **options)


@given(programs)
def test_a_row_costs_at_least_a_byte(program):
    assert len(run(INSTALLED, program, room=0)[0][0]) <= len(program)


@given(programs, st.lists(st.integers(0, 0x50), unique=True, max_size=4).map(sorted))
def test_where_addresses_are_asked_for_they_have_the_rows_they_have_anyway(program, asked):
    whole, near = (run(INSTALLED, program, room=len(program) + 1, asked=some)[0] for some in ((), asked))
    for address in asked:
        rows = [
            [column[at] for column in columns[1:]] if at >= 0 else None
            for columns, at in ((whole, at_of(whole, address)), (near, at_of(near, address)))
        ]
        shown = [row if row is not None and row[0] != dwarf_lines.NONE else None for row in rows]
        assert shown[0] == shown[1]
    assert len(near[0]) <= 2 * len(asked) or not asked


def at_of(columns, address):
    return sum(start <= address for start in columns[0]) - 1


def painted(parts):
    """What covers each address, by the rule in words: the sequence that starts last before it, of equals the later one. The column of each
    row is its number in its sequence, from 1.
    """
    answer = []
    for address in range(0x60):
        best = None
        for addresses, end in parts:
            kept = sorted((at, i + 1) for i, at in enumerate(addresses) if at < end)
            if kept and kept[0][0] <= address < end and (best is None or kept[0][0] >= best[0][0]):
                best = kept
        answer.append([column for at, column in best if at <= address][-1] if best else None)
    return answer


small = st.lists(st.tuples(st.lists(st.integers(0, 0x50), min_size=1, max_size=5), st.integers(0, 0x50)), max_size=6)


@given(small)
def test_sequences_are_laid_over_each_other_as_the_rule_says(parts):
    program = b""
    for addresses, end in parts:
        for n, address in enumerate(addresses):
            program += b"\0\x09\2" + address.to_bytes(8, "little") + b"\5" + bytes([n + 1]) + b"\3\1\1"
        program += b"\0\x09\2" + end.to_bytes(8, "little") + b"\0\1\1"
    parts = [part for part in parts if part[0][0] != 0x33]  # a tombstone of `run`'s
    for kernels in (INSTALLED, PLAIN):
        starts, files, _, columns = run(kernels, program, room=len(program))[0]
        assert starts == sorted(set(starts))
        rows = [at_of([starts], address) for address in range(0x60)]
        assert [columns[at] if at >= 0 and files[at] != dwarf_lines.NONE else None for at in rows] == painted(parts)


def files_of(kernels, data, big, version):
    """What is read of a table's header, and the strings that its files are made of."""
    _, kernel = kernels
    lines, entries = kernel.Lines(data, bytes(range(64)), big), kernel.Entries(zeros("Q", 3 * 255))
    table, left = zeros("Q", dw.LINE), memoryview(array("q", (1 << 20, 1 << 20)))
    table[dw.L_ADDRESS], table[dw.L_STR_BASE] = 8, 8
    kernel.headers(lines, entries, table, left)
    if table[dw.L_FAULT]:
        return table.tolist(), left.tolist(), []
    count = table[dw.L_FILES]
    out, folders = zeros("Q", dw.USED * count), zeros("Q", table[dw.L_DIRECTORIES])
    used = bytes(i % 3 != 1 for i in range(count))
    found = kernel.files(lines, entries, table, memoryview(array("Q", (0, 0, count))), used, zeros("Q", 0), folders, out)
    return table.tolist(), left.tolist(), out[: dw.USED * found].tolist()


forms = st.sampled_from(
    [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 0x17, 0x19, 0x1A, 0x1D, 0x1E, 0x1F, 0x25, 0x26, 0x27, 0x28, 0x1F21, 0x80, 8, 8, 11]
)
formats = st.lists(st.tuples(st.sampled_from([1, 1, 2, 5, 0x2001]), forms), max_size=4)


@given(
    formats,
    formats,
    st.binary(max_size=60),
    st.integers(0, 5),
    st.integers(0, 9),
    st.sampled_from([2, 4, 5, 5, 5, 6]),
    st.booleans(),
    st.integers(0, 200),
)
def test_headers_are_read_alike_compiled_and_not(directories, files, entries, some, many, version, big, cut):
    def layout(columns, count):
        return bytes([len(columns)]) + b"".join(lm.uleb(n) for column in columns for n in column) + lm.uleb(count)

    tables = layout(directories, some) + entries[:20] + layout(files, many) + entries[20:] if version >= 5 else entries
    data = lm.table(b"\1\2", min(version, 5), tables, order=">" if big else "<")
    data = data[: len(data) - cut % (len(data) // 2)] if cut > 100 else data
    assert files_of(INSTALLED, data, big, version) == files_of(PLAIN, data, big, version)


def test_the_kernel_lets_other_threads_run():
    if not symbolicator.kernels.compiled():
        return
    import sys
    import threading

    program = b"\x20" * 4_000_000
    begun, ran = threading.Event(), threading.Event()

    def other():
        begun.wait()
        ran.set()

    rows, table = dwarf_lines.Columns(*views(len(program) + 1)), record(program)
    lines, nothing = dwarf_line_tables.Lines(program + OPERANDS, b"", 0), dwarf_lines.Columns(*views(0))
    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1_000)  # seconds: the other thread runs where this one lets go by itself, and nowhere else
    begun.set()
    for _ in range(1_000):  # the first will do, unless the machine has no time for the other
        machine = dwarf_lines.Machine(memoryview(array("Q", (0, ALL))), zeros("Q", 0), zeros("I", 512))
        machine.give(zeros("Q", 30), zeros("Q", 0), zeros("I", 0), zeros("I", 0))
        machine.stop = 1
        assert dwarf_lines.run(lines, table, machine, rows, nothing) == dw.OK
        if ran.is_set():
            break
    sys.setswitchinterval(interval)
    released = ran.is_set()
    thread.join()
    assert released
