"""The kernel that chooses ranges, compiled and as it stands, beside the choice that is written for people to read."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.kernels import mapping_numbers as mn
from symbolicator.kernels import mappings as kernel
from symbolicator.mappings.groups import chosen
from tests.makers.kernels import uncompiled

PLAIN = uncompiled()["mappings"]

RANGES = st.one_of(
    st.tuples(st.integers(0, 6), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair))),
    st.sampled_from([(mn.NONE, mn.NONE), (0, 65535), (0, 2**31 - 1), (0, 0)]),
)
ROWS = st.lists(st.tuples(RANGES, st.booleans()), max_size=8)


@given(ROWS, st.one_of(st.integers(1, 11), st.sampled_from([65535, 65536, 2**31 - 1, 2**31, 2**40])))
def test_the_only_group_of_a_line_is_the_one_that_is_chosen(drawn, line):
    numbers = array("I")
    previous = None
    for (first, last), continues in drawn:
        follows = continues and previous == (first, last) and first != mn.NONE  # as `scan` makes groups
        numbers.extend([first, last, 1, 1, 0, 0, 0, 0, 0, mn.CONTINUES if follows else 0])
        previous = first, last
    only = kernel.only_group(numbers, line)
    assert only == PLAIN.only_group(numbers, line)
    covering = [(first, last) for (first, last), _ in drawn if first <= line <= last and first != mn.NONE]
    if only >= 0:
        start, stop = only >> 32, only & 0xFFFFFFFF
        rows = [numbers[at : at + mn.MEMBER_WIDTH] for at in range(0, len(numbers), mn.MEMBER_WIDTH)]
        assert chosen(numbers, line) == [rows[start:stop]]
    elif covering and (0, 65535) not in covering and (0, 2**31 - 1) not in covering:
        assert len(chosen(numbers, line)) > 1
