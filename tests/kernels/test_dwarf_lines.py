"""The kernel of line programs, compiled and as it stands: the same rows from the same bytes."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

import symbolicator.kernels
from symbolicator.kernels import dwarf_lines
from tests.makers.kernels import uncompiled

PLAIN = uncompiled()["dwarf_lines"]
KERNELS = (dwarf_lines, PLAIN)
ALL = 2**64 - 1


def zeros(code, count):
    return memoryview(array(code, bytes(array(code).itemsize * count)))


def columns(count):
    return [zeros("Q", count), zeros("I", count), zeros("I", count), zeros("I", count)]


def lists(buffers, count):
    return [buffer[:count].tolist() for buffer in buffers]


def run(kernel, program, *, room, base=13, big=0, mask=ALL, max_ops=1, min_inst=1, low=0, high=ALL, tombstones=(ALL,), specials=None):
    """All rows, in one go or in as many as the room needs."""
    parameters = memoryview(array("Q", [min_inst, max_ops, base, big, mask, low, high, ALL]))
    state = zeros("Q", kernel.STATE_WIDTH)
    state[kernel.FILE] = state[kernel.LINE] = 1
    lengths = bytes([0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 0, 3]) + bytes(240)
    table = specials or array(
        "I", [max(n - base, 0) // 14 for n in range(256)] + [(max(n - base, 0) % 14 - 5) & 0xFFFFFFFF for n in range(256)]
    )
    rows, sequences, log = columns(room), zeros("Q", 3 * room), []
    while True:
        status = kernel.run_program(
            program, lengths, memoryview(table), parameters, memoryview(array("Q", tombstones)), state, *rows, sequences
        )
        if status == kernel.DONE:
            break
        if status == kernel.DEFINE_FILE:
            log.append((state[kernel.ARGUMENT], state[kernel.POSITION]))
            continue
        larger = columns(len(rows[0]) + 1)
        for new, old in zip(larger, rows, strict=True):
            new[: len(old)] = old
        rows = larger
        grown = zeros("Q", len(sequences) + 3)
        grown[: len(sequences)] = sequences
        sequences = grown
    count = state[kernel.ROW]
    faults = (state[kernel.FAULTS], state[kernel.FAULT_AT] if state[kernel.FAULTS] else 0)
    return lists(rows, count), sequences[: 3 * state[kernel.SEQUENCE]].tolist(), log, faults, state[kernel.DROPPED]


def order(kernel, rows, sequences):
    count, n = len(sequences) // 3, len(rows[0])
    held = [memoryview(array(code, values)) for code, values in zip("QIII", rows, strict=True)]
    held_sequences = memoryview(array("Q", sequences))
    tidy = kernel.in_order(held[0], held_sequences, count)
    if not tidy:
        out = columns(n)
        n = kernel.arrange(*held, held_sequences, count, *out, zeros("I", n), zeros("I", n))
        held = out
    return tidy, lists(held, kernel.squeeze(*held, n))


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
        "mask": st.sampled_from([ALL, 2**32 - 1, 2**16 - 1]),
        "max_ops": st.sampled_from([1, 1, 2, 255]),
        "min_inst": st.sampled_from([0, 1, 4, 255]),
        "low": st.sampled_from([0, 0x10]),
        "high": st.sampled_from([ALL, 0x40]),
    }
)


@given(programs, options)
def test_the_compiled_kernel_and_the_interpreted_one_run_programs_alike(program, options):
    results = []
    for kernel in KERNELS:
        ran = run(kernel, program, room=len(program) + 1, **options)
        results.append((ran, order(kernel, ran[0], ran[1])))
    assert results[0] == results[1]


@given(programs, options, st.integers(0, 3))
def test_a_program_gives_the_same_rows_however_often_its_buffers_fill_up(program, options, room):
    assert run(dwarf_lines, program, room=room, **options) == run(dwarf_lines, program, room=len(program) + 1, **options)


@given(programs)
def test_a_row_costs_at_least_a_byte(program):
    assert len(run(dwarf_lines, program, room=0)[0][0]) <= len(program)


def painted(rows, sequences):
    """What covers each address, by the rule in words: the sequence that starts last before it, of equals the later one."""
    spans = []
    for k in range(len(sequences) // 3):
        first, stop = sequences[3 * k], sequences[3 * k + 1] - 1
        inner = sorted(range(first, stop), key=lambda i: rows[0][i])
        spans.append((rows[0][stop], inner))
    answer = []
    for address in range(0x60):
        best = None
        for end, inner in spans:
            kept = [i for i in inner if rows[0][i] < end]
            if kept and rows[0][kept[0]] <= address < end and (best is None or rows[0][kept[0]] >= rows[0][best[0]]):
                best = kept
        here = [i for i in best if rows[0][i] <= address][-1] if best else None
        answer.append(tuple(rows[c][here] for c in (1, 2, 3)) if here is not None else None)
    return answer


small = st.lists(st.tuples(st.lists(st.integers(0, 0x50), min_size=1, max_size=5), st.integers(0, 0x50)), max_size=6)


@given(small)
def test_sequences_are_laid_over_each_other_as_the_rule_says(parts):
    program = b""
    for addresses, end in parts:
        for n, address in enumerate(addresses):
            program += b"\0\x09\2" + address.to_bytes(8, "little") + b"\5" + bytes([n + 1]) + b"\3\1\1"
        program += b"\0\x09\2" + end.to_bytes(8, "little") + b"\0\1\1"
    rows, sequences, *_ = run(dwarf_lines, program, room=len(program))
    for kernel in KERNELS:
        _, out = order(kernel, rows, sequences)
        assert out[0] == sorted(set(out[0]))
        answer = []
        for address in range(0x60):
            at = sum(1 for start in out[0] if start <= address) - 1
            answer.append(tuple(out[c][at] for c in (1, 2, 3)) if at >= 0 and out[1][at] != kernel.NONE else None)
        assert answer == painted(rows, sequences)


@given(
    st.binary(max_size=80),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 4, 8, 16]), st.integers(0, 4)), min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_entries_are_read_alike_compiled_and_not(data, layout, terminated, big):
    results = []
    for kernel in KERNELS:
        state, entries = zeros("Q", kernel.STATE_WIDTH), zeros("Q", 20 * kernel.ENTRY_WIDTH)
        state[kernel.ARGUMENT] = ALL
        status = kernel.read_entries(
            data, memoryview(array("Q", [n for column in layout for n in column])), state, entries, terminated, big
        )
        results.append((status, state.tolist(), entries[: state[kernel.ROW] * kernel.ENTRY_WIDTH].tolist()))
    assert results[0] == results[1]


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

    rows, sequences = columns(len(program) + 1), zeros("Q", 30)
    parameters = memoryview(array("Q", [1, 1, 13, 0, ALL, 0, ALL, ALL]))
    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1_000)  # seconds: the other thread runs where this one lets go by itself, and nowhere else
    begun.set()
    for _ in range(1_000):  # the first will do, unless the machine has no time for the other
        state = zeros("Q", dwarf_lines.STATE_WIDTH)
        dwarf_lines.run_program(
            program, bytes(256), memoryview(array("I", [1] * 512)), parameters, memoryview(array("Q", [ALL])), state, *rows, sequences
        )
        if ran.is_set():
            break
    sys.setswitchinterval(interval)
    released = ran.is_set()
    thread.join()
    assert released
