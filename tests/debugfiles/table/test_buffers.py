"""Buffers for the kernels: room that grows, and room that is used again."""

import mmap
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.table import buffers
from symbolicator.debugfiles.table.buffers import Pool, stretched, zeros

SMALL, LARGE = 10, 100_000
"""Items of 8 bytes that share the heap, and that have memory of their own."""


@pytest.mark.parametrize("before", [SMALL, LARGE])
def test_what_is_stretched_keeps_its_content_and_ends_in_zeros(before):
    old = zeros("Q", before)
    old[:] = memoryview(bytes(range(1, 9)) * before).cast("Q")
    content = old.tolist()
    new = stretched(old, 3 * LARGE)
    assert new[:before].tolist() == content
    assert len(new) == 3 * LARGE
    assert not any(new[before:])


def test_what_somebody_else_looks_at_is_stretched_by_copying():
    old = zeros("I", LARGE)
    old[7] = 9
    other = old[5:10]
    new = stretched(old, 2 * LARGE)
    new[7] = 11
    assert other.tolist() == [0, 0, 9, 0, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere pages do not move")
def test_pages_that_move_are_not_copied():
    old = zeros("Q", LARGE)
    mapped = old.obj
    assert isinstance(mapped, mmap.mmap)
    assert stretched(old, 2 * LARGE).obj is mapped


def test_a_pool_gives_again_what_it_was_given_and_no_more_than_its_bound():
    pool = Pool()
    first = pool.take("Q", LARGE)
    memory = first.obj
    pool.give(first)
    assert pool.take("I", LARGE).obj is memory
    big = zeros("B", buffers._MOST_SPARE + 1)
    huge = big.obj
    pool.give(big)
    assert pool.take("B", LARGE * 8).obj is not huge


@given(st.lists(st.tuples(st.sampled_from("BIQq"), st.integers(0, 60_000)), max_size=12))
def test_what_a_pool_hands_out_is_as_long_as_asked_and_nobody_elses(asked):
    pool = Pool()
    held = [pool.take(code, count) for code, count in asked]
    assert [(one.format, len(one)) for one in held] == asked
    assert len({id(one.obj) for one in held}) == len(held)
    pool.give(*held[::2])
    again = [pool.take(code, count) for code, count in asked]
    assert len({id(one.obj) for one in (*held[1::2], *again)}) == len(held[1::2]) + len(again)
