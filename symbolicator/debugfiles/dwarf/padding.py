"""Line rows over padding. A sequence of rows may continue after a function up to the next one in its section, with only padding between
them: where neither a unit's DIE nor a symbol says that there is code, no line is returned.

For units that do not say what they cover, the rows are trusted. The parts cut off are passed to `kernels.native_layers.combine` as gaps.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from operator import add
from typing import Final

from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.outline import claiming, sorted_addresses
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import native_layers
from symbolicator.kernels.dwarf_numbers import CHUNK
from symbolicator.kernels.native_layers import ALONE

_OVER: Final = ALONE // 4 * 3
"""Added to the owner of lines over a gap that are kept: after all functions, before the gap."""


def gaps(dwarf: Dwarf, symbols: Callable[[], Symbols], chunks: memoryview, rows_at: memoryview, asked: memoryview) -> array[int]:
    """Chunks of `kernels.native_layers` without rows: they replace the lines of `chunks` that are over padding. Over these
    come those of the units that do not say what they cover. `rows_at`: the start of each row.

    If addresses are `asked` (u64, ascending), only lines at them are checked. `symbols` is called if no unit's DIE covers a line.
    """
    if not len(chunks):
        return array("Q")
    pieces = _unclaimed_of(dwarf, chunks, asked) if len(asked) else _unclaimed(dwarf, chunks)
    found = array("Q")
    if pieces:
        known = symbols()
        for start, end in _outside(pieces, known.address, array("Q", map(add, known.address, known.size))):
            found.extend((start, end, 0, 0, ALONE - 1))
    if found and dwarf.silent_set:
        found.extend(_over(found, dwarf.silent_set, chunks, rows_at))
    return found


def _over(found: array[int], silent: frozenset[int], chunks: memoryview, rows_at: memoryview) -> array[int]:
    """The lines of `silent` units where gaps were `found`, again."""
    spans = sorted(zip(found[::CHUNK], found[1::CHUNK], strict=True))
    over = array("Q")
    owners = chunks[4::CHUNK].tolist()
    wanted = {ALONE + unit for unit in silent}
    for at in compress(range(len(owners)), map(wanted.__contains__, owners)):
        start, end, low, high, owner = chunks[CHUNK * at : CHUNK * (at + 1)].tolist()
        for first, beyond in spans[max(bisect_left(spans, (start,)) - 1, 0) :]:
            if first >= end:
                break
            if beyond > start and low < high:
                begin = max(first, start)
                row = max(bisect_right(rows_at, begin, low, high) - 1, low)
                over.extend((begin, min(beyond, end), row, high, _OVER + owner - ALONE))
    return over


def _unclaimed(dwarf: Dwarf, chunks: memoryview) -> list[tuple[int, int]]:
    """Where `chunks` have lines without functions that no unit claims (first, first beyond)."""
    starts, ends = dwarf.covered
    numbers = zeros("I", len(chunks) // CHUNK)
    count = native_layers.beyond(chunks, len(numbers), starts, ends, numbers)
    spans = (chunks[CHUNK * number : CHUNK * (number + 1)] for number in numbers[:count])
    return [*_outside([(start, end) for start, end, _, _, owner in spans if owner - ALONE not in dwarf.silent_set], starts, ends)]


def _unclaimed_of(dwarf: Dwarf, chunks: memoryview, asked: memoryview) -> list[tuple[int, int]]:
    """The same at the addresses `asked` alone; reads all claims only if there is such a line."""
    held: set[int] = set()
    for start, end, owner in zip(chunks[::CHUNK].tolist(), chunks[1::CHUNK].tolist(), chunks[4::CHUNK].tolist(), strict=True):
        if owner >= ALONE:
            low, high = bisect_left(asked, start), bisect_left(asked, end)
            if low < high and owner - ALONE not in dwarf.silent_set:
                held.update(asked[low:high])
    if not held:
        return []
    wanted = sorted_addresses([*held])
    claimed = claiming(dwarf.claims, wanted)
    return [(svma, svma + 1) for svma, units in zip(wanted, claimed, strict=True) if not units]


def _outside(pieces: Iterable[tuple[int, int]], starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges (first, first beyond) minus the others, which are disjoint and ascending."""
    for first, end in pieces:
        start = first
        at = max(bisect_right(starts, start) - 1, 0)
        while start < end and at < len(starts) and starts[at] < end:
            if ends[at] > start:
                if starts[at] > start:
                    yield start, starts[at]
                start = ends[at]
            at += 1
        if start < end:
            yield start, end
