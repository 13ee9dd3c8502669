"""Work, counted and not timed: the same on every machine, however busy.

What is counted are lines of Python as they are executed; compiled kernels and the interpreter's own C do not show in it. What these take too
long for is a test that hangs, and ends by the general time-out (`timeout` in pyproject.toml).
"""

import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any


def steps(call: Callable[[], object]) -> int:
    """How many lines of Python `call` executes, those of what it calls included."""
    count = 0

    def line(*_: Any) -> Any:
        nonlocal count
        count += 1
        return line

    before = sys.gettrace()
    sys.settrace(lambda *_: line)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def assert_in_proportion(call: Callable[[Any], object], small: Sequence[Any], large: Sequence[Any], slack: int = 3_000) -> None:
    """`call` of the `large` input takes no more steps than that many times those of the `small` one; half as many again are allowed.

    What is quadratic takes four times as many for an input twice as large, sixteen times as many for one four times as large.
    """
    call(small)  # what is imported, compiled or remembered on the first call is no part of the growth
    few, many = steps(lambda: call(small)), steps(lambda: call(large))
    allowed = 1.5 * few * len(large) / len(small) + slack
    assert many <= allowed, f"{many} steps for {len(large)}, {few} for {len(small)}: {allowed:.0f} were expected at most"


def assert_text_in_proportion(call: Callable[[Any], object], text: Any, size: int = 60_000) -> None:
    """`assert_in_proportion` of the first quarter and the whole of `size` characters (or bytes) of a text; a shorter one is repeated."""
    times = -(-size // (4 * len(text)))
    small, large = (text[: size // 4], text[:size]) if len(text) >= size else (text * times, text * (4 * times))
    assert_in_proportion(call, small, large)


def peak_bytes(call: Callable[[], object]) -> int:
    """Bytes of Python's memory that `call` holds at once, at most, beyond what was held before. The same on every machine."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def calls(call: Callable[[], object]) -> int:
    """How many functions written in Python `call` calls, itself and those of what it calls included."""
    count = 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count
