"""Regular mappings, read quickly: the rows of the decoder that knows every fault, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.kernels import regular_mappings, vlq
from symbolicator.kernels import vlq_numbers as vn
from tests.kernels.test_vlq import decode, hostile, zeros
from tests.makers.kernels import uncompiled
from tests.makers.source_maps import mappings

PLAIN = uncompiled()["regular_mappings"]
KERNELS = [(regular_mappings, vlq), (PLAIN, uncompiled()["vlq"])]


def sampled(kernel, numbers, text, sources=3, names=3, line=0, column=0, stop=2**64 - 1):
    """How many rows, and all of them, decoded from each sample on."""
    section = numbers.Section(line, column, stop, sources, names, 0, 0)
    room = len(text) // (2 * vn.SAMPLE_ROWS) + 1
    starts, states = zeros("Q", room), zeros("q", vn.STATE * (room + 1))
    keys, originals = zeros("Q", vn.SAMPLE_ROWS), zeros("I", vn.ROW * vn.SAMPLE_ROWS)
    count = kernel.sample_mappings(text + b'"', kernel.TABLE, section, starts, states, keys, originals)
    if count < 0:
        return count, [], []
    found = [], []
    for place in range(-(-count // vn.SAMPLE_ROWS)):
        state = zeros("q", 2 * vn.STATE)
        state[: vn.STATE] = states[vn.STATE * place : vn.STATE * (place + 1)]
        got = kernel.decode_regular(text + b'"', kernel.TABLE, section, state, 0, keys, originals, vn.SAMPLE_ROWS)
        found[0].extend(keys[:got])
        found[1].extend(originals[: vn.ROW * got])
        assert starts[place] == keys[0]
    return count, *found


@given(hostile, st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**31), st.integers(0, 2**32 - 2), st.sampled_from([2**64 - 1, 5 << 32]))
def test_what_is_regular_has_the_rows_of_the_other_decoder_and_no_fault(text, sources, names, line, column, stop):
    keys, originals, faults, _ = decode(vlq, text, sources, names, line, column, stop)
    for kernel, numbers in KERNELS:
        count, *rows = sampled(kernel, numbers, text, sources, names, line, column, stop)
        if count >= 0:
            assert (count, rows, any(faults)) == (len(keys), [keys, originals], False)
        else:
            assert count == vn.IRREGULAR
            assert any(faults) or any(len(run) > 6 for run in text.replace(b";", b",").split(b","))


number = st.integers(0, 40) | st.integers(0, 2**20)
mapped = (number, st.integers(0, 2), number, number)
segment = st.tuples(number) | st.tuples(*mapped) | st.tuples(*mapped, st.integers(0, 2))


@given(st.lists(st.tuples(st.integers(0, 2), segment), max_size=30), st.integers(1, 60))
def test_a_map_without_a_fault_is_regular_however_many_rows_it_has(parts, times):
    rows, line, column = [], 0, 0
    for lines, (step, *original) in parts * times:
        line, column = line + lines, step + (0 if lines else column)
        rows.append((line, column, *original))
    text = mappings(rows).encode()
    keys, originals, faults, _ = decode(vlq, text)
    assert not any(faults)
    for kernel, numbers in KERNELS:
        assert sampled(kernel, numbers, text) == (len(rows), keys, originals)


@pytest.mark.parametrize(
    "text",
    [b",", b"AAAA,", b",AAAA", b"AAAA,,AAAA", b"AAAA,;", b"AA", b"AAA", b"AAAAAA", b"B", b"AAAB", b"AhA", b"D", b"AADA", b"AAAAD", b"AGAA", b"AAAAG", b"g", b"AAAg", b"!", b"AAAA!"],
)
def test_what_has_a_fault_is_not_regular(text):
    assert any(decode(vlq, text)[2])
    for kernel, numbers in KERNELS:
        assert sampled(kernel, numbers, text)[0] == vn.IRREGULAR


def test_lines_without_rows_after_the_last_are_read():
    for kernel, numbers in KERNELS:
        state, keys, originals = zeros("q", 2 * vn.STATE), zeros("Q", 1), zeros("I", vn.ROW)
        section = numbers.Section(0, 0, 2**64 - 1, 1, 0, 0, 0)
        assert kernel.decode_regular(b'AAAA;;;"', kernel.TABLE, section, state, 0, keys, originals, 1) == 1
        assert state[vn.STATE + vn.STATE_OFFSET] == len("AAAA;;;")
