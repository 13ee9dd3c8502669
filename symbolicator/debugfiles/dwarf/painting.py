"""From units to rows: functions and inlined calls merged with line rows, a batch of units at a time.

Programs are run, and their rows merged, for a group of units in one kernel call each, because most units are small. A table used by
several units is run once, and its rows are kept for them. The loops are `kernels.dwarf_lines.run` and `kernels.native_layers.paint`,
which release the GIL.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from symbolicator.debugfiles.dwarf.functions import EVERYTHING, Batch, Bounds, scan
from symbolicator.debugfiles.dwarf.line_rows import CodeBounds, Rows, Running
from symbolicator.debugfiles.dwarf.lines import LineSection
from symbolicator.debugfiles.dwarf.units import Units
from symbolicator.debugfiles.table.buffers import Pool, stretched, sweep_room, zeros
from symbolicator.debugfiles.table.columns import PLACE_WIDTH
from symbolicator.kernels import dwarf_lines, native_layers
from symbolicator.kernels import dwarf_numbers as dw

_GROUP: Final = 1 << 16
"""Bytes of line programs that are run before their rows are merged, so that the rows fit into the processor's cache."""
_LONGS: Final = zeros("Q", 0)
_INTS: Final = zeros("I", 0)


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
    """Read units: their functions, inlined calls and line rows. `priorities`: of two that cover an address the lower one is used.

    `first_users` says by line table which priority owns the rows that no function covers. `asked` (u64, ascending, distinct): if
    given, the batch is correct at these addresses, and has little else.
    """
    batch = Batch(units, wanted)
    intervals, ends = scan(batch, bounds, pool, asked)
    turns: list[_Turn] = []
    numbers: dict[int, int] = {}
    headers: list[tuple[int, int, int]] = []
    start = 0
    fields = (units.column(field, wanted) for field in (dw.HAS, dw.STMT_LIST, dw.COMP_DIR, dw.ADDRESS, dw.STR_BASE))
    for unit, priority, stop, has, offset, folder, *rest in zip(wanted, priorities, ends.tolist(), *fields, strict=True):
        number = None
        residual = False
        if has >> dw.S_STMT_LIST & 1:
            residual = first_users.get(offset) == priority
            if stop > start or residual:
                number = numbers.setdefault(offset, len(numbers))
                if number == len(headers):
                    headers.append((offset, *rest))
        if stop > start or residual:
            turns.append(_Turn(unit, start, stop, number, folder, priority, residual))
        start = stop
    batch.tables = lines.read_headers(headers)
    with lines.runner.run(batch.tables, CodeBounds(bounds.floor, bounds.ceiling), asked) as running:
        painter = _Painter(batch, turns, intervals, lines, running, pool)
        painter.paint(turns, narrow=len(asked) > 0)
        batch.defines = running.defines
    painter.finish(pool)
    pool.give(intervals)
    batch.warnings += units.faults(wanted)
    return batch


class _Turn(NamedTuple):
    """A unit that is painted: its intervals, the number of its line table in the batch, the reference of its compilation directory, and
    what `read` says of the rest.
    """

    unit: int
    start: int
    stop: int
    table: int | None
    folder: int
    priority: int
    residual: bool


_Placed = tuple[_Turn, int, int]
"""A unit, its first line row, and the one after its last."""


class _Painter:
    """The buffers of `native_layers.paint`; its output buffers grow as needed."""

    def __init__(
        self, batch: Batch, turns: Sequence[_Turn], intervals: memoryview, lines: LineSection, running: Running, pool: Pool
    ) -> None:
        self._batch, self._lines, self._running = batch, lines, running
        most = max((turn.stop - turn.start for turn in turns), default=0)
        self._scratch = sweep_room(most, pool.take)
        self._sweep = native_layers.Sweep(*self._scratch)
        self._functions = native_layers.Functions(batch.entries, zeros("Q", batch.entry_count), intervals)
        self._painted = native_layers.Painted()
        self._painted.give(batch.addresses, batch.places, batch.chunks)
        self._faults, self._versions, self._counts = (
            batch.tables[field :: dw.LINE].tolist() for field in (dw.L_FAULT, dw.L_VERSION, dw.L_FILES)
        )
        self._users = Counter(turn.table for turn in turns if turn.table is not None)
        self._told: set[int] = set()
        self._kept: dict[int, Rows] = {}
        self._bases: dict[tuple[int, int], int] = {}
        self._folders: dict[bytes | None, int] = {}
        self._most_files = 2 * len(lines.line) + (1 << 16)

    def paint(self, turns: Sequence[_Turn], *, narrow: bool) -> None:
        """Merge units, in order. `narrow`: those without any of the given addresses are dropped."""
        tables = self._batch.tables
        sizes = list(map(int.__sub__, tables[dw.L_END :: dw.LINE].tolist(), tables[dw.L_PROGRAM :: dw.LINE].tolist()))
        group: list[_Turn] = []
        room = _GROUP
        for turn in turns:
            shared = turn.table is not None and self._users[turn.table] > 1
            room -= 0 if turn.table is None else sizes[turn.table]
            if shared or room < 0:
                self._paint_group(group, narrow)
                group, room = [], _GROUP
            if turn.table is not None and shared:
                self._paint_shared(turn, turn.table, narrow)
            else:
                group.append(turn)
        self._paint_group(group, narrow)

    def _paint_group(self, group: list[_Turn], narrow: bool) -> None:
        """Merge units that have their own tables: the numbers of these are consecutive."""
        tables = [turn.table for turn in group if turn.table is not None]
        if tables:
            self._running.run(tables[0], tables[-1] + 1)
        starts, ends = (self._batch.tables[field :: dw.LINE] for field in (dw.L_ROWS, dw.L_ROWS_END))
        placed = [(turn, 0, 0) if turn.table is None else (turn, starts[turn.table], ends[turn.table]) for turn in group]
        self._paint(self._running.columns, placed, narrow)

    def _paint_shared(self, turn: _Turn, table: int, narrow: bool) -> None:
        """Merge a unit whose table is shared."""
        rows = self._kept.get(table)
        if rows is None:
            rows = self._kept[table] = self._running.rows(table)
        columns = dwarf_lines.Columns(rows.addresses, rows.files, rows.lines, rows.columns)
        self._paint(columns, [(turn, 0, len(rows.addresses))], narrow)

    def _paint(self, columns: dwarf_lines.Columns, placed: Iterable[_Placed], narrow: bool) -> None:
        numbers = array("Q")
        wanted = 0
        places, faults = self._batch.file_places, self._batch.tables[dw.L_FAULTS :: dw.LINE]
        for turn, low, high in placed:
            unit, start, stop, table, folder, priority, residual = turn
            if table is not None and (self._faults[table] or faults[table]):
                self._warn(table)
            if narrow and start == stop and low == high:
                continue  # neither functions nor lines at the given addresses
            base, first, count = self._batch.file_count, 0, 0
            if table is not None and not self._faults[table]:
                base, first, count = self._files(table, folder)
            places[3 * unit], places[3 * unit + 1], places[3 * unit + 2] = base, first, count
            numbers.extend((start, stop, low, high, base, first, count, priority, residual))
            wanted += 2 * (stop - start) + high - low + 4
        self._make_room(wanted)
        native_layers.paint(self._functions, columns, memoryview(numbers), self._sweep, self._painted)

    def _warn(self, table: int) -> None:
        """Report what is wrong with a table, once."""
        batch = self._batch
        if table not in self._told:
            self._told.add(table)
            reason = self._lines.broken(batch.tables, table)
            offset, faults = batch.tables[dw.LINE * table + dw.L_START], batch.tables[dw.LINE * table + dw.L_FAULTS]
            batch.warnings.append(
                f"line table at {offset:#x}: {faults} instructions that cannot be meant" if reason is None else reason.reason
            )

    def _files(self, table: int, folder: int) -> tuple[int, int, int]:
        """The files of a unit's table: the number they begin at in the batch, that of the first in the table, how many. Units of one table
        and folder have the same.
        """
        batch = self._batch
        if self._users[table] > 1:
            folder = self._folders.setdefault(batch.units.text(folder) if folder else None, folder)
        first = 0 if self._versions[table] >= 5 else 1
        count = self._counts[table] + batch.tables[dw.LINE * table + dw.L_DEFINED]
        base = self._bases.get((table, folder))
        if base is None:
            base = batch.file_count
            if base + count > self._most_files:
                if self._most_files:
                    batch.warnings.append(
                        f"the files of {len(batch.folders)} line tables are more than the section has room for; the rest have none"
                    )
                count = self._most_files = 0
            elif count:
                self._bases[table, folder] = base
                batch.spans.extend((table, base, count))
                batch.folders.append(folder)
                batch.file_count += count
        return base, first, count

    def _make_room(self, more: int) -> None:
        """Room for so many more rows, and as many chunks."""
        batch, painted = self._batch, self._painted
        rows, chunks = painted.row + more, dw.CHUNK * (painted.chunk + more)
        if len(batch.addresses) >= rows and len(batch.chunks) >= chunks:
            return
        painted.give(_LONGS, _INTS, _LONGS)  # releases the buffers
        if len(batch.addresses) < rows:
            batch.addresses = stretched(batch.addresses, rows + rows // 2)
            batch.places = stretched(batch.places, PLACE_WIDTH * len(batch.addresses))
        if len(batch.chunks) < chunks:
            batch.chunks = stretched(batch.chunks, chunks + chunks // 2 - (chunks + chunks // 2) % dw.CHUNK)
        painted.give(batch.addresses, batch.places, batch.chunks)

    def finish(self, pool: Pool) -> None:
        """Cut the batch's buffers to what was written; those of the kernel return to the pool."""
        batch, rows, chunks = self._batch, self._painted.row, self._painted.chunk
        del self._functions, self._sweep, self._painted  # let go of them
        pool.give(*self._scratch)
        batch.addresses, batch.places = batch.addresses[:rows], batch.places[: PLACE_WIDTH * rows]
        batch.chunks = batch.chunks[: dw.CHUNK * chunks]
