"""The other way round: what became of frames of source. Walks over every member: for tests, and for people who ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from symbolicator.kernels import mapping_numbers as mn
from symbolicator.mappings.frames import SourceFrame
from symbolicator.mappings.groups import Group, grouped
from symbolicator.mappings.members import Members

Wanted = tuple[str, str, str, int | None]
"""Class, method, parameters and line of a frame."""


def obfuscated(
    members: Members, frames: Sequence[SourceFrame], look_up: Callable[[str, str, int | None], list[tuple[SourceFrame, ...]]]
) -> list[tuple[str, str, int | None]]:
    """See `MappingIndex.obfuscate`; `look_up` is its `frames`."""
    wanted = _wanted(frames)
    found: dict[tuple[str, str, int | None], None] = {}
    numbers = members.every()
    for group in grouped(numbers, range(len(numbers) // mn.MEMBER_WIDTH)):
        row = group[-1]
        if row[mn.FLAGS] & mn.FIELD or members.names(row) != wanted[0][:3]:
            continue
        renamed = members.renamed(row)
        for line in _lines_back(group, wanted):
            if any(_wanted(alternative) == wanted for alternative in look_up(*renamed, line)):
                found[*renamed, line] = None
    return list(found)


def _wanted(frames: Sequence[SourceFrame]) -> tuple[Wanted, ...]:
    return tuple((one.class_name, one.method, one.parameters, one.line) for one in frames)


def _lines_back(group: Group, wanted: Sequence[Wanted]) -> Iterator[int | None]:
    """The obfuscated lines of a group that may have led to these lines; each is then looked up."""
    if len(group) != len(wanted):
        return
    first = group[0][mn.FIRST]
    if first in {mn.NONE, 0}:
        yield None
    for row, (_, _, _, line) in zip(group, reversed(wanted), strict=True):
        if line is None:
            continue
        original = row[mn.ORIGINAL_FIRST]
        at = line if original == mn.NONE else line - original + (0 if first == mn.NONE else first)
        if first == mn.NONE or first <= at <= row[mn.LAST]:
            yield at
    if first not in {mn.NONE, 0}:
        yield first
