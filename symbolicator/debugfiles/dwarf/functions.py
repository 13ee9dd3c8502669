"""Reads the functions and inlined calls of units, a batch of units at a time, and keeps a batch's data while a table is built.

The loop is `kernels.dwarf_scan.scan`, which releases the GIL. `painting.py` merges functions with line rows, `names.py` reads names later,
`writing.py` combines batches.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from operator import sub
from typing import Final, NamedTuple

from symbolicator.debugfiles.dwarf.units import UNIT, Sections, Units
from symbolicator.debugfiles.table.buffers import NONE, Pool, stretched, zeros
from symbolicator.kernels import dwarf_numbers, dwarf_ranges, dwarf_scan

ENTRY: Final = dwarf_numbers.ENTRY
_NOTHING: Final = zeros("Q", 0)
EVERYTHING: Final = zeros("Q", 0)
"""No addresses in particular."""


class Bounds(NamedTuple):
    """The range of code: what starts below `floor`, or at or above `ceiling`, was dropped by the linker, which left a tombstone."""

    floor: int
    ceiling: int
    bodies: tuple[array[int], array[int]] | None = None
    """Where each function starts and ends, ascending, if the format says it (WebAssembly)."""


class Batch:
    """Units of one file that are read together, and their data. Created by `painting.read`."""

    def __init__(self, units: Units, wanted: Sequence[int]) -> None:
        self.units = units
        self.wanted = wanted
        self.entries = zeros("Q", 0)
        self.entry_count = 0
        self.addresses = zeros("Q", 0)
        self.places = zeros("I", 0)
        self.chunks = zeros("Q", 0)
        self.tables = zeros("Q", 0)
        """The records of the line tables (`LineSection.read_headers`)."""
        self.defines = zeros("Q", 0)
        """The files that their programs define (`line_rows.Running`)."""
        self.spans = array("Q")
        """Which files of the batch belong to which table: `dwarf_numbers.SPAN` numbers each."""
        self.folders = array("Q")
        """By span, the reference of its units' compilation directory; 0 for none."""
        self.file_places = zeros("Q", 3 * units.count)
        """By unit: the first number of its files in this batch, that of the first in its table, how many."""
        self.file_count = 0
        self.warnings: list[str] = []


def scan(batch: Batch, bounds: Bounds, pool: Pool, asked: memoryview) -> tuple[memoryview, memoryview]:
    """Read the functions and inlined calls of a batch: their intervals (u64, three numbers each), and how many there are by unit."""
    units, wanted = batch.units, batch.wanted
    programs = units.programs(wanted, dwarf_numbers.TO_FIND if len(asked) else dwarf_numbers.TO_SCAN)
    size = sum(units.column(dwarf_numbers.END, wanted)) - sum(units.column(dwarf_numbers.START, wanted))
    entries, rows = pool.take("Q", ENTRY * (size // 60 + 64)), pool.take("Q", 3 * (size // 96 + 64))
    ends, left = zeros("q", len(wanted)), list_budget(units.sections)
    intervals = dwarf_ranges.Intervals(rows, bounds.floor, bounds.ceiling, left)
    progress = dwarf_scan.Wanted(memoryview(array("I", wanted)), programs, asked, ends)
    most_entries, most_rows = ENTRY * (size // 4 + 64), size + left
    while dwarf_scan.scan(units.kernel, units.flattened, units.records, progress, entries, intervals) == dwarf_numbers.CUT:
        if len(entries) >= most_entries and len(rows) >= most_rows:
            # More calls than the bytes allow: this unit is dropped.
            units.records[UNIT * wanted[progress.turn] + dwarf_numbers.FAULT] = dwarf_numbers.CUT
            ends[progress.turn] = intervals.count
            progress.turn += 1
            continue
        intervals.rows = _NOTHING  # releases the buffers
        entries = stretched(entries, max(min(2 * len(entries), most_entries), len(entries)))
        rows = stretched(rows, max(min(2 * len(rows), most_rows), len(rows)))
        intervals.rows = rows
    batch.entry_count = progress.count
    batch.entries = entries[: ENTRY * batch.entry_count]
    if len(asked):
        units.flatten({number & NONE for number in batch.entries[dwarf_numbers.E_UNIT :: ENTRY].tolist()}, for_names=False)
        dwarf_scan.describe(units.kernel, units.flattened, units.records, entries, batch.entry_count)
    intervals.rows = _NOTHING
    found = rows[: 3 * intervals.count]
    if bounds.bodies is not None:
        _keep_to_bodies(batch.entries, found, *bounds.bodies)
    return found, ends


def _keep_to_bodies(entries: memoryview, intervals: memoryview, starts: array[int], ends: array[int]) -> None:
    """Empty the intervals of functions that do not start where a body does, and of the calls in them; others end with the body.

    Binaryen moves code and does not write that into split units, whose addresses are in two files.
    """
    moved: set[int] = set()
    for at, owner in enumerate(intervals[2::3].tolist()):
        if entries[ENTRY * owner + dwarf_numbers.E_PARENT] >> 32 == dwarf_numbers.K_FUNCTION:
            start = intervals[3 * at]
            body = bisect_left(starts, start)
            is_one = body < len(starts) and starts[body] == start
            intervals[3 * at + 1] = min(intervals[3 * at + 1], ends[body]) if is_one else start
            if not is_one:
                moved.add(owner)
    for at, call in enumerate(intervals[2::3].tolist() if moved else ()):
        owner = call
        for _ in range(dwarf_numbers.MOST_NESTED):
            parent = entries[ENTRY * owner + dwarf_numbers.E_PARENT]
            if parent >> 32 == dwarf_numbers.K_FUNCTION or parent & NONE == NONE:
                break
            owner = parent & NONE
        if owner in moved:
            intervals[3 * at + 1] = intervals[3 * at]


def list_budget(sections: Sections) -> int:
    """The bytes of range lists that the kernels may read at once: DIEs share lists (nested calls of one extent), but not often."""
    return 16 * (len(sections.ranges) + len(sections.rnglists)) + (1 << 20)


def split_evenly(units: Units, wanted: Sequence[int], parts: int) -> list[slice]:
    """`wanted` in at most `parts` runs of about equal bytes of .debug_info."""
    if parts <= 1:
        return [slice(len(wanted))] if wanted else []
    sizes = list(map(sub, units.column(dwarf_numbers.END, wanted), units.column(dwarf_numbers.START, wanted)))
    share = sum(sizes) / parts
    starts = [0]
    filled = 0.0
    for turn, size in enumerate(sizes):
        if filled >= share * len(starts) and len(starts) < parts:
            starts.append(turn)
        filled += size
    return [slice(start, stop) for start, stop in pairwise([*starts, len(sizes)]) if start < stop]
