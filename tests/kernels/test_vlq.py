"""The VLQ kernel, compiled and as it stands: the same numbers from the same bytes."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.kernels import vlq
from symbolicator.kernels import vlq_numbers as vn
from tests.makers.kernels import uncompiled
from tests.makers.source_maps import ALPHABET, mappings, signed, unsigned

PLAIN = uncompiled()["vlq"]
BOTH = pytest.mark.parametrize("kernel", [vlq, PLAIN], ids=["installed", "interpreted"])


def zeros(code, count):
    return memoryview(array(code, bytes(array(code).itemsize * count)))


def decode(kernel, text, sources=3, names=3, line=0, column=0, stop=2**64 - 1):
    room = text.count(b",") + text.count(b";") + 1
    keys, originals = zeros("Q", room), zeros("I", 4 * room)
    counts, firsts = zeros("q", vn.KINDS), zeros("q", vn.KINDS * vn.FIRST_WIDTH)
    section, faults = kernel.Section(line, column, stop, sources, names, 0, 0), kernel.Faults(counts, firsts)
    end = kernel.decode_mappings(text, kernel.DIGITS, keys, originals, section, faults, 0)
    return keys[:end].tolist(), originals[: 4 * end].tolist(), counts.tolist(), firsts.tolist()


hostile = st.one_of(
    st.binary(max_size=60),
    st.text(alphabet=ALPHABET + ",;" * 12, max_size=80).map(str.encode),
    st.lists(st.sampled_from(["A", "C", "D", "B", "gggggggA", "//////D", "+/////H", "g", ",", ";", "!", "AAAA", ",AACA"]), max_size=40).map(
        lambda parts: "".join(parts).encode()
    ),
)


@given(hostile, st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**31), st.integers(0, 2**32 - 2))
def test_the_compiled_kernel_and_the_interpreted_one_decode_alike(text, sources, names, line, column):
    assert decode(vlq, text, sources, names, line, column) == decode(PLAIN, text, sources, names, line, column)


@given(hostile)
def test_tokens_functions_and_lines_are_alike_compiled_and_not(text):
    results = []
    for kernel in (vlq, PLAIN):
        tokens, rows, starts = zeros("q", len(text) + 1), zeros("I", 3 * (len(text) + 2)), zeros("I", len(text) + 1)
        count = kernel.decode_tokens(text, kernel.DIGITS, tokens)
        results.append(
            (
                tokens.tolist(),
                kernel.function_rows(tokens, count, 3, rows),
                rows.tolist(),
                kernel.line_starts(text, starts, 0),
                starts.tolist(),
                kernel.count_bytes(text, 44, 59),
            )
        )
    assert results[0] == results[1]


@given(st.lists(st.integers(0, 9) | st.integers(0, 2**64 - 1), max_size=50), st.data())
def test_sorting_is_stable_and_alike_compiled_and_not(keys, data):
    start = data.draw(st.integers(0, len(keys)))
    results = []
    for kernel in (vlq, PLAIN):
        rows, originals = (
            memoryview(array("Q", keys)),
            memoryview(array("I", [i * 4 + part for i in range(len(keys)) for part in range(4)])),
        )
        flags = memoryview(bytearray(i % 251 for i in range(len(keys))))
        kernel.sort_rows(rows, originals, flags, start, len(keys), zeros("I", len(keys)), zeros("I", len(keys)))
        results.append((rows.tolist(), originals.tolist(), flags.tolist()))
    assert results[0] == results[1]
    order = [*range(start), *sorted(range(start, len(keys)), key=keys.__getitem__)]
    assert results[0][0] == [keys[i] for i in order]
    assert results[0][1] == [i * 4 + part for i in order for part in range(4)]
    assert results[0][2] == [i % 251 for i in order]


number = st.integers(0, 2**31 - 1)


@given(st.lists(st.tuples(st.integers(0, 6), number, st.integers(0, 2), number, number, st.integers(-1, 2)), max_size=30))
def test_what_was_encoded_is_decoded(rows):
    rows = sorted(rows, key=lambda row: row[0])
    text = mappings([row[:5] if row[5] < 0 else row for row in rows]).encode()
    keys, originals, counts, _ = decode(vlq, text)
    assert keys == [line << 32 | column for line, column, *_ in rows]
    assert originals == [n & 0xFFFFFFFF for row in rows for n in row[2:]]
    assert not any(counts[: vn.UNSORTED])


@BOTH
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"A!AA", "BAD_DIGIT"),
        ("AAAé".encode(), "BAD_DIGIT"),
        (b"AAAg", "OVERRUN"),
        # 2**31 and its negative need 33 bits with the sign.
        (unsigned(1 << 32).encode(), "OVERFLOW"),
        (unsigned(1 << 70).encode(), "OVERFLOW"),
        (b"gggggggggggggggggggggB", "OVERFLOW"),
        (b"AA", "FIELDS"),
        (b"AAA", "FIELDS"),
        (b"AAAAAA", "TOO_MANY"),
        (b"D", "COLUMN"),
        # Minus zero is -2**31.
        (b"B", "COLUMN"),
        (b"AGAA", "SOURCE"),
        (b"ADAA", "SOURCE"),
        (b"AADA", "ORIGINAL"),
        (b"AAAD", "ORIGINAL"),
        (b"AAAAG", "NAME"),
        (b"AAAA,", "EMPTY"),
        (b",AAAA", "EMPTY"),
        (b"E,D", "UNSORTED"),
    ],
)
def test_each_kind_of_fault_is_counted_once_and_alone(kernel, text, kind):
    counts = decode(kernel, text)[2]
    names = "BAD_DIGIT OVERRUN OVERFLOW FIELDS TOO_MANY COLUMN SOURCE ORIGINAL NAME EMPTY OVERLAP UNSORTED".split()  # noqa: SIM905
    assert {name: counts[getattr(vn, name)] for name in names} == {name: int(name == kind) for name in names}


@BOTH
def test_a_vlq_may_have_any_number_of_zero_digits(kernel):
    assert decode(kernel, b"kggggggggggggggA")[0] == [2]


@BOTH
def test_the_greatest_and_the_least_vlq_are_read(kernel):
    top = signed(2**31 - 1)
    assert decode(kernel, f"{top},A{signed(-(2**31 - 1))}AA".encode(), sources=1)[2][vn.SOURCE] == 1
    assert decode(kernel, f"{top},{top},{signed(-(2**31))}".encode())[0] == [2**31 - 1, 2**32 - 2, 2**31 - 2]


@BOTH
def test_the_first_fault_of_a_kind_is_placed(kernel):
    firsts = decode(kernel, b"AAAA;AAAA,AEAA,AGAA")[3]
    assert firsts[4 * vn.SOURCE : 4 * vn.SOURCE + 4] == [5, 20, 1, 2]
