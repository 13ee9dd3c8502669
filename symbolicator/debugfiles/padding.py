"""Line rows over padding. A sequence of rows may go on behind a function to the next one in its section, which another file's functions, or
nothing, can follow: where neither a unit's DIE nor a symbol says that there is code, no line is told.

Units that do not say what they cover are taken at the word of their rows. What was cut off is given to `kernels.dwarf_merge.combine` as gaps.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from operator import add
from typing import Final

from symbolicator.debugfiles.buffers import NONE, zeros
from symbolicator.debugfiles.dwarf import Dwarf
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.kernels import dwarf_merge

_ALONE: Final = dwarf_merge.ALONE
_STEP: Final = 512


def gaps(dwarf: Dwarf, symbols: Callable[[], Symbols], chunks: memoryview, asked: memoryview) -> array[int]:
    """Chunks of `kernels.dwarf_merge` that have no rows: they take the place of the lines of `chunks` that are over padding. Where addresses
    are `asked` (u64, ascending), those at them alone are looked for. `symbols` is called where no unit's DIE knows of some line.
    """
    found = array("Q")
    marks = bytes(map(_ALONE.__le__, chunks[4 :: dwarf_merge.CHUNK].tolist()))
    if 1 not in marks:
        return found
    starts, ends, owners = ([*compress(chunks[field :: dwarf_merge.CHUNK].tolist(), marks)] for field in (0, 1, 4))
    if len(asked):
        held = [bisect_left(asked, start) < bisect_left(asked, end) for start, end in zip(starts, ends, strict=True)]
        starts, ends, owners = ([*compress(column, held)] for column in (starts, ends, owners))
        if not starts:
            return found
    covered, until = dwarf.covered
    rows = zeros("I", len(starts))
    dwarf_merge.find(memoryview(covered), memoryview(covered[::_STEP]), _STEP, memoryview(array("Q", starts)), rows)
    within = (row != NONE and end <= until[row] for row, end in zip(rows.tolist(), ends, strict=True))
    silent = {_ALONE + unit for unit in dwarf.silent}
    left = [(start, end) for start, end, owner, said in zip(starts, ends, owners, within, strict=True) if not said and owner not in silent]
    left = [*_outside(left, covered, until)]
    if left:
        known = symbols()
        for start, end in _outside(left, known.address, array("Q", map(add, known.address, known.size))):
            found.extend((start, end, 0, 0, _ALONE - 1))
    return found


def _outside(pieces: Iterable[tuple[int, int]], starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What is left of some ranges (first, first beyond) without the others, which are disjoint and ascending."""
    for start, end in pieces:
        at = max(bisect_right(starts, start) - 1, 0)
        while start < end and at < len(starts) and starts[at] < end:
            if ends[at] > start:
                if starts[at] > start:
                    yield start, starts[at]
                start = ends[at]
            at += 1
        if start < end:
            yield start, end
