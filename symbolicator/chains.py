"""The chains among an event's exceptions: an error and what caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

Value = TypeVar("Value")


def crash_first(values: Sequence[Value], mechanism_of: Callable[[Value], object]) -> Iterator[list[Value]]:
    """The chains among an event's exceptions, in the event's order, each with its outermost exception first and the causes behind it.

    An event lists what caused an exception before it. Without mechanisms the list is one chain (Sentry's rule); one with an
    `exception_id` and no `parent_id` is the last of its chain.
    """
    chain: list[Value] = []
    for value in values:
        chain.append(value)
        mechanism = mechanism_of(value)
        known = mechanism if isinstance(mechanism, Mapping) else {}
        if isinstance(known.get("exception_id"), int) and not isinstance(known.get("parent_id"), int):
            yield chain[::-1]
            chain = []
    if chain:
        yield chain[::-1]
