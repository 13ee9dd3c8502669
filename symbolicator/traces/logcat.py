"""Android's log, in which threads and processes interleave their lines: puts each stack's lines together again.

A line names its writer (process, thread and tag, as far as its format says). Continuations of a stack or an exception are moved below
the previous line of the same writer; all other lines keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.traces.lines import Line, writer, writer_and_start
from symbolicator.traces.stack import MAX_BETWEEN

_GOES_ON = ("at ", "... ", "Caused by: ", "Suppressed: ", "#", "- ")


def gathered(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with each stack's together; `lines` itself if nothing is interleaved."""
    if len(lines) < 3 or not any(not line.region and writer(line.plain) for line in lines):
        return lines
    groups: list[list[Line]] = []
    last: dict[str, tuple[int, int]] = {}
    """For each writer: its group, and where its last line is."""
    previous = ""
    moved = False
    for place, line in enumerate(lines):
        own, start = ("", 0) if line.region else writer_and_start(line.plain)
        group, at = last.get(own, (-1, 0)) if own else (-1, 0)
        if own and own == previous:
            groups[group].append(line)
        elif group >= 0 and place - at - 1 <= MAX_BETWEEN and line.plain[start:].lstrip().startswith(_GOES_ON):
            groups[group].append(line)
            moved = True
        else:
            group = len(groups)
            groups.append([line])
        last[own] = group, place
        previous = own
    return [line for each in groups for line in each] if moved else lines
