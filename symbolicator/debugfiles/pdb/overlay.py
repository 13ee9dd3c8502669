"""Ranges laid over each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Piece(NamedTuple, Generic[Value]):
    """Data about the code from `start` to `end`; the greatest `level` counts."""

    start: int
    end: int
    level: int
    value: Value


def overlay(pieces: Sequence[Piece[Value]]) -> Iterator[tuple[int, int, Value]]:
    """What counts where: (start, end, value), in order and disjoint; of one level the piece that begins last, of these the last given.

    Takes n log n steps.
    """
    ordered = sorted(pieces, key=attrgetter("start"))
    heap: list[tuple[int, int, int]] = []
    turn, count, at = 0, len(ordered), 0
    while turn < count or heap:
        if not heap:
            at = ordered[turn].start
        while turn < count and ordered[turn].start <= at:
            heappush(heap, (-ordered[turn].level, -turn, turn))
            turn += 1
        while heap and ordered[heap[0][2]].end <= at:
            heappop(heap)
        if not heap:
            continue
        top = ordered[heap[0][2]]
        until = min(top.end, ordered[turn].start) if turn < count else top.end
        if until > at:
            yield at, until, top.value
        at = until
