"""Inline groups: which of a method's ranges contains a line, and the original line.

A group is the consecutive lines of one obfuscated range: the innermost method first, then its callers, the physical method last.
Rows are the numbers named in `kernels/mapping_numbers.py`; `numbers` are the rows of one obfuscated name, one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from symbolicator.kernels.mapping_numbers import CONTINUES, FIRST, FLAGS, LAST, MEMBER_WIDTH, NONE, ORIGINAL_FIRST, ORIGINAL_LAST

if TYPE_CHECKING:
    from array import array

    Numbers = array[int]
Row = Sequence[int]
Group = list[Row]

_CATCH_ALL: Final = 65535


def chosen(numbers: Numbers, line: int | None) -> list[Group]:
    """The groups that a frame may be in, only the best kind.

    With a line: those whose range contains it, `0:65535` only if no other does; else those without a range; else all, because only the
    method is known then. Without a line: those without a range and those from line 0 on, else all.
    """
    firsts = numbers[FIRST::MEMBER_WIDTH]
    if line is None:
        places = [i for i, first in enumerate(firsts) if first in {NONE, 0}]
    else:
        lasts = numbers[LAST::MEMBER_WIDTH]
        places = [i for i, first in enumerate(firsts) if first <= line <= lasts[i]]  # without a range, `first` is above any line
        if places:
            places = [i for i in places if firsts[i] or lasts[i] < _CATCH_ALL] or places
        places = places or [i for i, first in enumerate(firsts) if first == NONE]
    return grouped(numbers, places or range(len(firsts)))


def grouped(numbers: Numbers, places: list[int] | range) -> list[Group]:
    """The rows at `places`, those of one group together."""
    groups: list[Group] = []
    for i in places:
        row = numbers[MEMBER_WIDTH * i : MEMBER_WIDTH * (i + 1)]
        if row[FLAGS] & CONTINUES and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def line_of(row: Row, line: int | None) -> int | None:
    """The original line of a member at an obfuscated line; None if there is none.

    `:os` alone is one line for the whole range, as is a range of one line; `:os:oe` counts on from `os`; without either, lines are
    unchanged.
    """
    start, stop = row[ORIGINAL_FIRST], row[ORIGINAL_LAST]
    if start == NONE:
        return line
    if start == stop:
        return start or None
    if line is None or row[FIRST] == NONE:
        return None
    return min(start + line - row[FIRST], stop) or None


def covers(group: Group, line: int | None) -> bool:
    """Whether the group knows the original of `line`: its range contains it, or it is meant for any line, or for frames without one."""
    first = group[-1][FIRST]
    return first in {NONE, 0} if line is None else first == NONE or first <= line <= group[-1][LAST]
