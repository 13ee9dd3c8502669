"""From units to rows: functions and inlined calls laid over line rows, a batch of units at a time.

Owns what is held of a batch while a table is made. The loops are `kernels.dwarf_scan.scan` and `kernels.dwarf_merge.paint`, which release
the GIL; names come later (`names.py`), batches are put together by `writing.py`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import sub
from typing import Final, NamedTuple

from symbolicator.debugfiles.dwarf.lines import CodeBounds, LineSection, LineTable, Rows
from symbolicator.debugfiles.dwarf.units import UNIT, Sections, Units
from symbolicator.debugfiles.table.buffers import NONE, Pool, stretched, zeros
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import dwarf_merge, dwarf_numbers, dwarf_ranges, dwarf_scan

ENTRY: Final = dwarf_numbers.ENTRY
_NOTHING: Final = zeros("Q", 0)
CHUNK: Final = dwarf_merge.CHUNK
EVERYTHING: Final = zeros("Q", 0)
"""No addresses in particular."""
_NO_ROWS: Final = Rows(zeros("Q", 0), zeros("I", 0), zeros("I", 0), zeros("I", 0))


class Bounds(NamedTuple):
    """Where code is: what starts below `floor`, or at or above `ceiling`, was dropped by the linker and left a tombstone."""

    floor: int
    ceiling: int


class Files(NamedTuple):
    """The files of a unit's line table, numbered from `base` on within a batch; `first` is the number of the first in the table, `total`
    how many there are.
    """

    table: LineTable | None
    comp_dir: str | None
    base: int
    first: int
    total: int


class Batch:
    """Units of one file that are read together, and what they gave. Made by `read`."""

    def __init__(self, units: Units, wanted: Sequence[int]) -> None:
        self.units = units
        self.wanted = wanted
        self.entries = zeros("Q", 0)
        self.entry_count = 0
        self.addresses = zeros("Q", 0)
        self.places = zeros("I", 0)
        self.chunks = zeros("Q", 0)
        self.files: list[Files] = []
        self.file_places = zeros("Q", 3 * units.count)
        """By unit: the number its files begin at in this batch, that of the first in its table, how many."""
        self.file_count = 0
        self.warnings: list[str] = []


def read(
    units: Units,
    wanted: Sequence[int],
    priorities: Sequence[int],
    lines: LineSection,
    bounds: Bounds,
    first_users: dict[int, int],
    pool: Pool,
    asked: memoryview = EVERYTHING,
) -> Batch:
    """Read units: their functions, inlined calls and line rows. `priorities`: of two that cover an address the less has it.

    `first_users` says by line table which priority gives the rows that no function covers. `asked` (u64, ascending, distinct): where
    there are any, the batch is right at these addresses, and holds little else.
    """
    batch = Batch(units, wanted)
    intervals, ends = _scan(batch, bounds, pool, asked)
    painter = _Painter(batch, intervals, ends, bounds, lines, pool, asked)
    users = Counter(units.get(unit, dwarf_numbers.STMT_LIST) for unit in wanted)
    start = 0
    for turn, unit in enumerate(wanted):
        stop = ends[turn]
        if units.has(unit, dwarf_numbers.S_STMT_LIST):
            table = units.get(unit, dwarf_numbers.STMT_LIST)
            residual = first_users.get(table) == priorities[turn]
            if stop > start or residual:
                painter.paint(unit, start, stop, priorities[turn], residual, keep=users[table] > 1)
        elif stop > start:
            painter.paint_without_lines(unit, start, stop, priorities[turn])
        start = stop
    painter.finish(pool)
    batch.warnings += units.faults(wanted)
    return batch


def _scan(batch: Batch, bounds: Bounds, pool: Pool, asked: memoryview) -> tuple[memoryview, memoryview]:
    units, wanted = batch.units, batch.wanted
    programs = units.programs(wanted, dwarf_numbers.TO_FIND if len(asked) else dwarf_numbers.TO_SCAN)
    size = sum(units.get(unit, dwarf_numbers.END) - units.get(unit, dwarf_numbers.START) for unit in wanted)
    entries, rows = pool.take("Q", ENTRY * (size // 60 + 64)), pool.take("Q", 3 * (size // 96 + 64))
    ends, left = zeros("q", len(wanted)), list_budget(units.sections)
    intervals = dwarf_ranges.Intervals(rows, *bounds, left)
    progress = dwarf_scan.Wanted(memoryview(array("I", wanted)), programs, asked, ends)
    most_entries, most_rows = ENTRY * (size // 4 + 64), size + left
    while dwarf_scan.scan(units.kernel, units.flattened, units.records, progress, entries, intervals) == dwarf_numbers.CUT:
        if len(entries) >= most_entries and len(rows) >= most_rows:
            # More calls than bytes to write them in: this unit is left out.
            units.records[UNIT * wanted[progress.turn] + dwarf_numbers.FAULT] = dwarf_numbers.CUT
            ends[progress.turn] = intervals.count
            progress.turn += 1
            continue
        intervals.rows = _NOTHING  # lets go of them
        entries = stretched(entries, max(min(2 * len(entries), most_entries), len(entries)))
        rows = stretched(rows, max(min(2 * len(rows), most_rows), len(rows)))
        intervals.rows = rows
    batch.entry_count = progress.count
    batch.entries = entries[: ENTRY * batch.entry_count]
    if len(asked):
        units.flatten({number & NONE for number in batch.entries[7::ENTRY].tolist()}, for_names=False)
        dwarf_scan.describe(units.kernel, units.flattened, units.records, entries, batch.entry_count)
    intervals.rows = _NOTHING
    return rows[: 3 * intervals.count], ends


def list_budget(sections: Sections) -> int:
    """The bytes of range lists that the kernels may read at once: DIEs share lists (nested calls of one extent), but not often."""
    return 16 * (len(sections.ranges) + len(sections.rnglists)) + (1 << 20)


def _near(rows: Rows, asked: memoryview) -> Rows:
    """The rows that cover what is asked, with gaps between them; all where nothing is."""
    if not len(asked):
        return rows
    covering = {row for address in asked if (row := rows.find(address)) >= 0}
    kept = sorted({*covering, *(row + 1 for row in covering if row + 1 < len(rows.addresses))})
    return rows._replace(
        addresses=memoryview(array("Q", [rows.addresses[row] for row in kept])),
        files=memoryview(array("I", [rows.files[row] if row in covering else NONE for row in kept])),
        lines=memoryview(array("I", [rows.lines[row] for row in kept])),
        columns=memoryview(array("I", [rows.columns[row] for row in kept])),
    )


class _Painter:
    """The buffers of `paint`; those of what it gives are stretched as units want it."""

    def __init__(
        self, batch: Batch, intervals: memoryview, ends: memoryview, bounds: Bounds, lines: LineSection, pool: Pool, asked: memoryview
    ) -> None:
        self._batch, self._intervals, self._lines, self._asked = batch, intervals, lines, asked
        self._bounds = CodeBounds(bounds.floor, bounds.ceiling)
        self._until = zeros("Q", batch.entry_count)
        most = max(map(sub, ends, chain((0,), ends)), default=0)
        numbers = pool.take("I", most), pool.take("I", most), pool.take("I", most)
        self._scratch = *numbers, pool.take("Q", most), pool.take("Q", 4 * most + 4)
        self._result = zeros("q", 2)
        self._tables: dict[int, tuple[LineTable, Rows]] = {}
        self._broken: set[int] = set()
        self._bases: dict[tuple[int, str | None], int] = {}
        self._most_files = 2 * len(lines.line) + (1 << 16)

    def paint(self, unit: int, start: int, stop: int, priority: int, residual: bool, keep: bool) -> None:
        """Paint a unit that has a line table; `keep`: others have the same."""
        units = self._batch.units
        offset = units.get(unit, dwarf_numbers.STMT_LIST)
        found = self._tables.get(offset)
        if found is None and offset not in self._broken:
            try:
                address = units.get(unit, dwarf_numbers.ADDRESS)
                table = self._lines.table(offset, address_size=address, str_offsets_base=units.get(unit, dwarf_numbers.STR_BASE))
                found = table, _near(table.rows(self._bounds), self._asked)
                if found[1].faults:
                    self._batch.warnings.append(f"line table at {offset:#x}: {found[1].faults} instructions that cannot be meant")
            except MalformedArtifact as error:
                self._broken.add(offset)
                self._batch.warnings.append(error.reason)
            if keep and found is not None:
                self._tables[offset] = found
        if found is None:
            self.paint_without_lines(unit, start, stop, priority)
            return
        table, rows = found
        if len(self._asked) and start == stop and not len(rows.addresses):
            return  # neither functions nor lines of what is asked
        reference = units.get(unit, dwarf_numbers.COMP_DIR)
        folder = units.text(reference) if reference else None
        self._paint(unit, start, stop, priority, residual, rows, table, folder)

    def paint_without_lines(self, unit: int, start: int, stop: int, priority: int) -> None:
        """Paint a unit whose functions are all that is known."""
        self._paint(unit, start, stop, priority, False, _NO_ROWS, None, None)

    def finish(self, pool: Pool) -> None:
        """Cut the batch's buffers to what was written; those of `paint` go to the pool."""
        pool.give(self._intervals, *self._scratch)
        batch, (rows, chunks) = self._batch, self._result.tolist()
        batch.addresses, batch.places = batch.addresses[:rows], batch.places[: 4 * rows]
        batch.chunks = batch.chunks[: CHUNK * chunks]

    def _paint(
        self, unit: int, start: int, stop: int, priority: int, residual: bool, rows: Rows, table: LineTable | None, folder: bytes | None
    ) -> None:
        batch, result = self._batch, self._result
        comp_dir = None if folder is None else folder.decode("utf-8", "replace")
        first, count = (0, 0) if table is None else (table.first_file, table.file_count)
        # Units of one table and folder have the same files.
        base = self._bases.get((id(table), comp_dir), batch.file_count)
        if base == batch.file_count and count:
            if base + count > self._most_files:
                if self._most_files:
                    batch.warnings.append(
                        f"the files of {len(batch.files)} line tables are more than the section has room for; the rest have none"
                    )
                count = self._most_files = 0
            else:
                self._bases[id(table), comp_dir] = base
                batch.files.append(Files(table, comp_dir, base, first, count))
                batch.file_count += count
        batch.file_places[3 * unit : 3 * unit + 3] = memoryview(array("Q", (base, first, count)))
        n = stop - start
        wanted = result[0] + 2 * n + len(rows.addresses) + 4
        if len(batch.addresses) < wanted:
            batch.addresses = stretched(batch.addresses, wanted + wanted // 2)
            batch.places = stretched(batch.places, 4 * len(batch.addresses))
        chunks = CHUNK * (result[1] + 2 * n + len(rows.addresses) + 4)
        if len(batch.chunks) < chunks:
            batch.chunks = stretched(batch.chunks, chunks + chunks // 2 - (chunks + chunks // 2) % CHUNK)
        dwarf_merge.paint(
            batch.entries, self._until, self._intervals, start, stop, rows.addresses, rows.files, rows.lines, rows.columns, base, first,
            count, residual, priority,
            *self._scratch, batch.addresses, batch.places, batch.chunks, result,
        )  # fmt: skip


def split_evenly(units: Units, wanted: Sequence[int], parts: int) -> list[list[int]]:
    """`wanted` in at most `parts` runs of about as many bytes of .debug_info."""
    sizes = [units.records[UNIT * unit + dwarf_numbers.END] - units.records[UNIT * unit + dwarf_numbers.START] for unit in wanted]
    share = sum(sizes) / max(parts, 1)
    runs: list[list[int]] = [[]]
    filled = 0.0
    for turn, size in enumerate(sizes):
        if filled >= share * len(runs) and len(runs) < parts:
            runs.append([])
        runs[-1].append(turn)
        filled += size
    return [run for run in runs if run]
