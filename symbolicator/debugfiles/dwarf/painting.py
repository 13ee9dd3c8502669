"""From units to rows: functions and inlined calls merged with line rows, a batch of units at a time.

Programs are run, and their rows merged, for a group of units in one kernel call each, because most units are small. A table used by
several units is run once, and its rows are kept for them. The loops are `kernels.dwarf_lines.run` and `kernels.native_layers.paint`,
which release the GIL.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, chain, compress, repeat
from operator import add, mul, not_, or_, sub
from struct import Struct
from typing import Any, Final

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
_FILES: Final = Struct("=3Q")
"""An item of `Batch.file_places`."""
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
    headers: list[tuple[int, int, int]] = []
    numbers: dict[int, int] = {}
    fields = (units.column(field, wanted) for field in (dw.HAS, dw.STMT_LIST, dw.COMP_DIR, dw.ADDRESS, dw.STR_BASE))
    has_lines = 1 << dw.S_STMT_LIST
    start = 0
    for unit, priority, stop, has, offset, folder, address, base in zip(wanted, priorities, ends.tolist(), *fields, strict=True):
        number = None
        residual = False
        if has & has_lines:
            residual = first_users.get(offset) == priority
            if stop > start or residual:
                number = numbers.get(offset)
                if number is None:
                    number = numbers[offset] = len(headers)
                    headers.append((offset, address, base))
        if stop > start or residual:
            turns.append((unit, start, stop, number, folder, priority, residual))
        start = stop
    batch.tables = lines.read_headers(headers)
    with lines.runner.run(batch.tables, CodeBounds(bounds.floor, bounds.ceiling), asked) as running:
        painter = _Painter(batch, turns, intervals, lines, running, pool)
        painter.paint()
        batch.defines = running.defines
    painter.finish(pool)
    pool.give(intervals)
    batch.warnings += units.faults(wanted)
    return batch


_Turn = tuple[int, int, int, int | None, int, int, bool]
"""A unit that is painted: the unit, its first interval and the one after its last, the number of its line table in the batch (None: it has
none), the reference of its compilation directory, its priority, and whether it has the rows that no function covers.
"""


class _Painter:
    """The buffers of `native_layers.paint`; its output buffers grow as needed. Units are in columns, because there may be thousands."""

    def __init__(
        self, batch: Batch, turns: Sequence[_Turn], intervals: memoryview, lines: LineSection, running: Running, pool: Pool
    ) -> None:
        self._batch, self._lines, self._running = batch, lines, running
        columns: tuple[tuple[Any, ...], ...] = (*zip(*turns, strict=True),) or ((),) * 7
        self._units, starts, stops, self._tables, self._folders, *rest = columns
        self._turns = zeros("Q", dw.TURN * len(turns))
        for field, column in zip((dw.T_FIRST, dw.T_STOP, dw.T_PRIORITY, dw.T_RESIDUAL), (starts, stops, *rest), strict=True):
            self._turns[field :: dw.TURN] = memoryview(array("Q", column))
        self._scratch = sweep_room(max(map(sub, stops, starts), default=0), pool.take)
        self._sweep = native_layers.Sweep(*self._scratch)
        self._functions = native_layers.Functions(batch.entries, zeros("Q", batch.entry_count), intervals)
        self._painted = native_layers.Painted()
        self._painted.give(batch.addresses, batch.places, batch.chunks)
        self._warned: set[int] = set()
        self._rows: dict[int, Rows] = {}
        self._shared: dict[tuple[int, bytes | None], memoryview] = {}
        self._most_files = 2 * len(lines.line) + (1 << 16)

    def paint(self) -> None:
        """Merge the units, in order."""
        tables = self._batch.tables
        sizes = [*map(sub, tables[dw.L_END :: dw.LINE].tolist(), tables[dw.L_PROGRAM :: dw.LINE].tolist())]
        users = Counter(self._tables)
        first, room = 0, _GROUP
        for turn, table in enumerate(self._tables):
            if table is not None and users[table] == 1:
                room -= sizes[table]
                if room < 0:
                    self._paint_group(first, turn)
                    first, room = turn, _GROUP
            else:
                self._paint_group(first, turn)
                self._paint_alone(turn, table)
                first, room = turn + 1, _GROUP
        self._paint_group(first, len(self._tables))

    def _paint_group(self, first: int, stop: int) -> None:
        """Merge units that have their own tables: the numbers of these are consecutive."""
        if first == stop:
            return
        table = self._tables[first]
        after = table + stop - first
        self._running.run(table, after)
        turns, tables = self._turns[dw.TURN * first : dw.TURN * stop], self._batch.tables[dw.LINE * table : dw.LINE * after]
        turns[dw.T_LINES :: dw.TURN], turns[dw.T_LINES_END :: dw.TURN] = tables[dw.L_ROWS :: dw.LINE], tables[dw.L_ROWS_END :: dw.LINE]
        self._number_files(turns, table, after, self._folders[first:stop])
        self._paint(self._running.columns, turns)

    def _paint_alone(self, turn: int, table: int | None) -> None:
        """Merge a unit whose table is shared, or that has none. Units of one table and folder have the same files."""
        turns, columns = self._turns[dw.TURN * turn : dw.TURN * (turn + 1)], self._running.columns
        if table is not None:
            rows = self._rows.get(table)
            if rows is None:
                rows = self._rows[table] = self._running.rows(table)
            columns = dwarf_lines.Columns(rows.addresses, rows.files, rows.lines, rows.columns)
            turns[dw.T_LINES_END] = len(rows.addresses)
            folder = self._folders[turn]
            key = table, self._batch.units.text(folder) if folder else None
            files = self._shared.get(key)
            if files is None:
                self._number_files(turns, table, table + 1, [folder])
                self._shared[key] = turns[dw.T_BASE : dw.T_FILES + 1]
            else:
                turns[dw.T_BASE : dw.T_FILES + 1] = files
        self._paint(columns, turns)

    def _paint(self, columns: dwarf_lines.Columns, turns: memoryview) -> None:
        firsts, stops, lines, ends = (sum(turns[field :: dw.TURN]) for field in (dw.T_FIRST, dw.T_STOP, dw.T_LINES, dw.T_LINES_END))
        self._make_room(2 * (stops - firsts) + ends - lines + 4 * (len(turns) // dw.TURN))
        native_layers.paint(self._functions, columns, turns, self._sweep, self._painted)

    def _number_files(self, turns: memoryview, table: int, after: int, folders: Sequence[int]) -> None:
        """Number the files of tables `table … after - 1`, which were run, behind those of the batch; and report what is wrong with them.
        `folders`: the reference of each table's compilation directory.
        """
        batch, record = self._batch, self._batch.tables[dw.LINE * table : dw.LINE * after]
        fields = dw.L_FAULT, dw.L_FAULTS, dw.L_VERSION, dw.L_FILES, dw.L_DEFINED
        unusable, faults, versions, files, defined = (record[field :: dw.LINE].tolist() for field in fields)
        for one in compress(range(table, after), map(or_, unusable, faults)):
            self._warn(one)
        counts = [*map(mul, map(not_, unusable), map(add, files, defined))]  # none of those that are unusable
        bases = [*accumulate(counts, initial=batch.file_count)]
        if bases[-1] > self._most_files:
            fit = max(bisect_right(bases, self._most_files) - 1, 0)
            if self._most_files:
                before = len(batch.folders) + sum(map(bool, counts[:fit]))
                batch.warnings.append(f"the files of {before} line tables are more than the section has room for; the rest have none")
            counts[fit:] = [0] * (len(counts) - fit)
            bases[fit:] = [bases[fit]] * (len(bases) - fit)
            self._most_files = 0
        batch.file_count = bases.pop()
        batch.spans.extend(chain.from_iterable(compress(zip(range(table, after), bases, counts, strict=True), counts)))
        batch.folders.extend(compress(folders, counts))
        firsts = map((5).__gt__, versions)  # files count from 0 from version 5 on, before that from 1
        for field, column in (dw.T_BASE, bases), (dw.T_FIRST_FILE, firsts), (dw.T_FILES, counts):
            turns[field :: dw.TURN] = memoryview(array("Q", column))

    def _warn(self, table: int) -> None:
        """Report what is wrong with a table, once."""
        batch = self._batch
        if table not in self._warned:
            self._warned.add(table)
            reason = self._lines.broken(batch.tables, table)
            offset, faults = batch.tables[dw.LINE * table + dw.L_START], batch.tables[dw.LINE * table + dw.L_FAULTS]
            batch.warnings.append(
                f"line table at {offset:#x}: {faults} instructions that cannot be meant" if reason is None else reason.reason
            )

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
        """Cut the batch's buffers to what was written, and say where its units' files are; the kernel's buffers return to the pool."""
        batch, rows, chunks = self._batch, self._painted.row, self._painted.chunk
        files = (self._turns[field :: dw.TURN].tolist() for field in (dw.T_BASE, dw.T_FIRST_FILE, dw.T_FILES))
        for _ in map(_FILES.pack_into, repeat(batch.file_places), map(_FILES.size.__mul__, self._units), *files):
            pass
        del self._functions, self._sweep, self._painted  # let go of them
        pool.give(*self._scratch)
        batch.addresses, batch.places = batch.addresses[:rows], batch.places[: PLACE_WIDTH * rows]
        batch.chunks = batch.chunks[: dw.CHUNK * chunks]
