"""`helper+0x13/0x30`: which of the functions of one name a kernel means."""

import pytest

from symbolicator.debugfiles.table.symbol_lookups import CalledSymbol
from symbolicator.model import Frame
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.symbol_offsets import slide_of, symbol_at

FIRST = CalledSymbol(0xFFFFFFFF81000030, 0x26, 0x30)
SECOND = CalledSymbol(0xFFFFFFFF81000080, 0x71, 0x80)
TWIN = CalledSymbol(0xFFFFFFFF81000150, 0x26, 0x30)


def frame(size, address=None, offset=0x13):
    data = {"symbol_offset": offset, "symbol_size": size}
    return Frame(function="helper", data=data if address is None else {**data, "printed_addr": hex(address)})


def chosen(frame, *called, slides=()):
    return symbol_at(frame, called, slides, "vmlinux")


@pytest.mark.parametrize(
    ("size", "start"),
    [
        # up to the next symbol, as the kernel counts
        (0x30, FIRST.start),
        (0x80, SECOND.start),
        # as the file says
        (0x26, FIRST.start),
        (0x71, SECOND.start),
    ],
)
def test_of_functions_of_one_name_the_size_tells_which(size, start):
    assert chosen(frame(size), FIRST, SECOND) == start


def test_of_functions_of_one_size_an_address_tells_which_for_kernels_are_moved_by_whole_pages():
    moved = 0x1E00000
    assert chosen(frame(0x30, TWIN.start + 0x13 + moved), FIRST, TWIN) == TWIN.start
    assert chosen(frame(0x30, FIRST.start + 0x13 + moved), FIRST, TWIN) == FIRST.start


def test_of_functions_a_page_apart_the_distance_of_other_frames_tells_which():
    far = CalledSymbol(FIRST.start + 0x3000, 0x26, 0x30)
    moved = 0x1E00000
    asked = frame(0x30, far.start + 0x13 + moved)
    assert isinstance(chosen(asked, FIRST, far), Problem)
    assert chosen(asked, FIRST, far, slides=(moved,)) == far.start
    assert slide_of(asked, far) == moved


def test_where_nothing_decides_all_are_named_and_none_is_taken():
    problem = chosen(frame(0x30), FIRST, TWIN)
    assert problem.type == ProblemType.AMBIGUOUS_FRAME
    assert "0xffffffff81000030" in problem.detail
    assert "0xffffffff81000150" in problem.detail


def test_an_address_that_is_a_hash_says_nothing():
    assert isinstance(chosen(frame(0x30, 0xE5A1B163), FIRST, TWIN), Problem)
    assert slide_of(frame(0x30, 0xE5A1B163), FIRST) is None


@pytest.mark.parametrize("size", [0x20, 0x34, 0x4000])
def test_a_function_of_another_size_is_of_another_build(size):
    problem = chosen(frame(size), FIRST)
    assert problem.type == ProblemType.MISSING_SYMBOL
    assert "another build" in problem.detail
    assert problem.another_build


@pytest.mark.parametrize("size", [0x26, 0x40])
def test_the_last_function_of_a_section_may_seem_larger(size):
    last = CalledSymbol(0x1000, 0x26, 0)
    assert chosen(frame(size), last) == last.start


def test_a_frame_without_a_size_is_of_the_one_function_of_its_name():
    bare = Frame(function="helper", data={"symbol_offset": 4})
    assert chosen(bare, FIRST) == FIRST.start
    assert isinstance(chosen(bare, FIRST, SECOND), Problem)


def test_a_function_goes_before_the_clones_of_it_that_fit_as_well():
    cold = CalledSymbol(0xFFFFFFFF81009000, 0x26, 0x30, clone=True)
    bare = Frame(function="helper", data={"symbol_offset": 4})
    assert chosen(bare, FIRST, cold) == FIRST.start
    assert chosen(frame(0x80), SECOND, cold) == SECOND.start
    assert chosen(frame(0x30), SECOND, cold) == cold.start
