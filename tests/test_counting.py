"""The measure that other tests go by."""

import sys

import pytest

from tests.counting import assert_in_proportion, assert_text_in_proportion, steps


def linear(items):
    for _ in items:
        pass


def quadratic(items):
    for _ in items:
        linear(items)


def test_the_same_work_is_the_same_number_of_steps_each_time():
    assert steps(lambda: linear(range(50))) == steps(lambda: linear(range(50))) > 50


def test_work_in_proportion_passes_and_quadratic_work_does_not():
    assert_in_proportion(linear, range(100), range(400), slack=0)
    with pytest.raises(AssertionError, match="steps for 400"):
        assert_in_proportion(quadratic, range(100), range(400), slack=0)
    with pytest.raises(AssertionError, match="steps for 800"):
        assert_text_in_proportion(quadratic, "ab", 800)


def test_whoever_traced_before_goes_on():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        steps(lambda: 1 / 0)
    assert sys.gettrace() is before
