"""The kernels of symbols, compiled and as they stand; and who has which bytes."""

from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.table.buffers import NONE, zeros
from symbolicator.kernels import elf_symbols
from tests.makers.kernels import uncompiled

PLAIN = uncompiled()["elf_symbols"]

TOP = 2**64 - 1
ADDRESSES = st.one_of(st.integers(0, 60), st.sampled_from([2**32, 2**63, TOP - 9, TOP]))


def swept(kernel, symbols):
    starts, sizes, limits = (memoryview(array("Q", column)) for column in zip(*symbols, strict=True)) if symbols else [zeros("Q", 0)] * 3
    n = len(starts)
    pieces = zeros("Q", 3 * (2 * n + 1))
    count = kernel.sweep(starts, sizes, limits, memoryview(array("I", range(n))), pieces, zeros("Q", n), zeros("I", n))
    return [tuple(pieces[3 * i : 3 * i + 3]) for i in range(count)]


@given(st.lists(st.tuples(ADDRESSES, st.one_of(st.integers(0, 30), st.just(TOP)), ADDRESSES), max_size=12, unique_by=lambda one: one[0]))
def test_each_address_has_the_symbol_that_starts_last_of_those_around_it(symbols):
    symbols.sort()
    pieces = swept(elf_symbols, symbols)
    assert pieces == swept(PLAIN, symbols)
    assert all(begin < end for begin, end, _ in pieces)
    assert all(one[1] <= other[0] for one, other in pairwise(pieces))
    for address in range(62):
        sized = [i for i, (start, size, limit) in enumerate(symbols) if size and start <= address < min(start + size, limit)]
        have = [number for begin, end, number in pieces if begin <= address < end]
        if sized:
            assert have == sized[-1:]
        elif have:
            start, size, limit = symbols[have[0]]
            assert size == 0
            assert start <= address < limit


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), ADDRESSES, st.integers(0, 9)), max_size=20),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 7), st.integers(0, 9), ADDRESSES), min_size=4, max_size=4),
    st.booleans(),
)
def test_the_same_entries_are_chosen_compiled_and_as_it_stands(entries, verdicts, marked):
    columns = list(zip(*entries, strict=True)) or [()] * 4
    n = len(entries)
    told = memoryview(array("Q", [number for verdict in verdicts for number in verdict]))

    def selected(kernel):
        rows, flags, heads = zeros("Q", 3 * n), zeros("B", n), zeros("I", n)
        views = [memoryview(array(code, column)) for code, column in zip("IIQQ", columns, strict=True)]
        verdict, taken = kernel.Verdicts(memoryview(array("I", range(4))), told), kernel.Taken(rows, flags, heads)
        kernel.select(kernel.Entries(*views), verdict, memoryview(b"\0$a\0.L1\0f\0$"), marked, taken)
        count = taken.count
        return rows[: 3 * count].tolist(), flags[:count].tolist(), heads[:count].tolist(), heads[n - taken.left :].tolist()

    assert selected(elf_symbols) == selected(PLAIN)


NAMES = b"\0f\0g\0longer\0" + b"x" * 600 + b"\0" + b"x" * 601


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 1), st.sampled_from([0, 1, 2, 4, 5, 6, 33, 37]), st.sampled_from([1, 3, 5, 6, 12, 613])
        ),
        max_size=16,
    ),
    st.integers(0, 16),
)
def test_of_symbols_that_start_together_the_best_is_chosen_and_of_two_names_in_two_heaps_the_caller_chooses(symbols, first_of_other_heap):
    """By the rule in words: no stub, sized or a function, global before weak, a function, sized; the shorter name, then the first."""
    tables = [int(i >= first_of_other_heap) for i in range(len(symbols))]
    starts, sizes, flags, names = (list(column) for column in zip(*symbols, strict=True)) if symbols else ([], [], [], [])

    def rank(i):
        one, size = flags[i], sizes[i] > 0
        return one & 32 > 0, not (size or one & 4), 0 if one & 1 else 1 if one & 2 else 2, not one & 4, not size

    def called(i):
        name = NAMES[names[i] :].partition(b"\0")[0][:512]
        return len(name), name

    wanted = [
        min((i for i in range(len(starts)) if starts[i] == start), key=lambda i: (rank(i), called(i))) for start in sorted(set(starts))
    ]
    for kernel in (elf_symbols, PLAIN):
        columns = zip("QQQBBI", (starts, sizes, starts, flags, tables, names), strict=True)
        listed = kernel.Listed(*(memoryview(array(code, column)) for code, column in columns))
        n = len(symbols)
        chosen, shared = zeros("I", n), zeros("I", 2 * n)
        count = kernel.order(listed, memoryview(NAMES), zeros("I", n), zeros("I", n), chosen, shared)
        for place, number in zip(shared[::2], shared[1::2], strict=True):
            if place == NONE:
                break
            assert tables[number]
            if called(number) < called(chosen[place]):
                chosen[place] = number
        assert chosen[:count].tolist() == wanted
