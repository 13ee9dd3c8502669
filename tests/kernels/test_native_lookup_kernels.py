"""The kernels of many look-ups, compiled and as they stand: the same numbers, and none that leads out of the table."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.table.buffers import NONE, zeros
from symbolicator.kernels import native_lookups
from tests.makers.kernels import uncompiled

PLAIN = uncompiled()["native_lookups"]

NUMBERS = st.one_of(st.integers(0, 9), st.sampled_from([NONE, NONE - 1, 2**31]))


def numbers(values, code="I"):
    return memoryview(array(code, values))


def followed(kernel, rows, parents):
    """Each row has the node of its number; 0, or the nodes that were met and how many are around each."""
    places = numbers([number for node in range(len(parents)) for number in (node, NONE, 0, 0)])
    nodes = numbers([number for parent in parents for number in (parent, 0, NONE, 0, 0)])
    index = zeros("I", len(parents))
    if not kernel.follow(numbers(rows), places, nodes, index):
        return 0
    met = zeros("I", len(parents))
    met = met[: kernel.number(index, met)]
    around = zeros("I", len(met))
    assert kernel.pick(nodes, 5, 0, met, around)
    kernel.renumber(around, index)
    depths = zeros("I", len(met))
    return met.tolist(), kernel.depths(around, depths), depths.tolist()


@given(st.data())
def test_chains_of_calls_are_followed_to_their_functions_and_no_others(data):
    parents = data.draw(st.lists(NUMBERS, min_size=1, max_size=10))
    rows = data.draw(st.lists(st.integers(0, len(parents) - 1), max_size=5))
    found = followed(native_lookups, rows, parents)
    assert found == followed(PLAIN, rows, parents)
    chains = []
    for row in rows:
        chain = [row]
        while chain[-1] < len(parents) and parents[chain[-1]] < chain[-1]:
            chain.append(parents[chain[-1]])
        chains.append(chain)
    if found == 0:
        assert any(parents[chain[-1]] != NONE for chain in chains)
    else:
        want = {node: len(chain) - at - 1 for chain in chains for at, node in enumerate(chain)}
        assert found == (sorted(want), max(want.values(), default=0), [want[node] for node in sorted(want)])


@given(st.lists(NUMBERS, max_size=8), st.integers(0, 10))
def test_what_is_marked_is_numbered_in_order(values, size):
    results = []
    for kernel in (native_lookups, PLAIN):
        index = zeros("I", size)
        good = kernel.mark(numbers(values), index)
        met = zeros("I", size)
        count = kernel.number(index, met)
        results.append((good, met.tolist()[:count], index.tolist()))
    assert results[0] == results[1]
    good, met, index = results[0]
    assert bool(good) == all(value == NONE or value < size for value in values)
    if good:
        assert met == sorted({value for value in values if value != NONE})
        assert all(index[number] == place + 1 for place, number in enumerate(met))


@given(st.lists(st.integers(0, 12), max_size=6), st.lists(st.integers(0, 7), max_size=6), st.integers(0, 20))
def test_strings_are_taken_from_their_heap_and_nowhere_else(starts, met, room):
    heap, results = b"abcdefghij", []
    for kernel in (native_lookups, PLAIN):
        out = zeros("B", room)
        size = kernel.texts(heap, numbers(starts, "Q"), numbers(met), out)
        results.append((size, bytes(out[: max(size, 0)])))
    assert results[0] == results[1]
    size, out = results[0]
    spans = [(starts[one - 1], starts[one]) for one in met if 0 < one < len(starts)]
    good = len(spans) == len(met) and all(begin <= end <= len(heap) for begin, end in spans)
    whole = b"".join(b"\0" + heap[begin:end] for begin, end in spans)
    assert (size, out) == ((len(whole), whole) if good and len(whole) <= room else (-1, b""))


@given(st.lists(NUMBERS, max_size=12), st.lists(NUMBERS, max_size=4))
def test_numbers_beyond_a_column_are_told(column, met):
    for kernel in (native_lookups, PLAIN):
        out, long = zeros("I", len(met)), zeros("Q", len(met))
        good = all(row < len(column) for row in met)
        assert bool(kernel.pick(numbers(column), 1, 0, numbers(met), out)) == good
        assert bool(kernel.pick_long(numbers(column, "Q"), numbers(met), long)) == good
        if good:
            assert out.tolist() == long.tolist() == [column[row] for row in met]


@given(st.lists(st.tuples(st.sampled_from([0, 1, NONE]), st.integers(0, 5)), max_size=8), st.lists(st.integers(0, 2), max_size=4))
def test_functions_that_nothing_is_around_and_nobody_named_are_told(nodes, symbols):
    parents, functions = numbers([0, *(one for one, _ in nodes)]), numbers([0, *(one for _, one in nodes)])
    results = []
    for kernel in (native_lookups, PLAIN):
        out, inside = zeros("I", len(nodes)), zeros("I", len(nodes))
        count = kernel.nameless(parents, functions, numbers(symbols), out)
        within = kernel.within(parents[1:], numbers(range(len(nodes))), inside)
        results.append((out.tolist()[:count], inside.tolist()[:within]))
    assert results[0] == results[1]
    want = [i + 1 for i, (parent, function) in enumerate(nodes) if not parent and function < len(symbols) and not symbols[function]]
    assert results[0] == (want, [i for i, (parent, _) in enumerate(nodes) if parent != NONE])
