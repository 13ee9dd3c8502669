"""Writes the table (`table/columns.py`) from the DWARF and the symbols of a file: for all of its units, or some of them."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress
from typing import Any, Final, NamedTuple

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf import names
from symbolicator.debugfiles.dwarf.claims import clipped
from symbolicator.debugfiles.dwarf.functions import EVERYTHING, Batch, split_evenly
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.padding import gaps
from symbolicator.debugfiles.dwarf.painting import read
from symbolicator.debugfiles.dwarf.units import Units
from symbolicator.debugfiles.go.sections import GoSection, find_go
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.debugfiles.table.buffers import NONE, Pool, filled, stretched, zeros
from symbolicator.debugfiles.table.columns import KIND, NODE_WIDTH, PLACE_WIDTH, VERSION
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.debugfiles.table.writing import combined, joined, limited, write_rows, write_strings, write_symbols
from symbolicator.kernels import compiled, dwarf_merge, dwarf_numbers, native_layers

_MOST_SPLITS: Final = 4096
_SMALL: Final = 32 << 20
"""Bytes of .debug_info read at once: fewer are not worth a thread, and the results of more take room."""
_MOST_THREADS: Final = 8
_MOST_PARTS: Final = 256
_NAMELESS: Final = "", ""


def write_table(
    container: Container, dwarf: Dwarf, only: Sequence[int] | None, *, symbols: bool = True, asked: memoryview = EVERYTHING
) -> TableWriter:
    """The table of a file: of all its units, or of `only` some. The same addresses have the same answers in both; with `asked`, only these
    addresses do (u64, ascending, distinct).
    """
    writer = TableWriter(KIND, VERSION)
    heap = sum(len(one.sections.strings) + len(one.sections.line_str) + len(one.sections.info) for one in _files_of(dwarf))
    strings = Strings(2 * heap + (16 << 20))
    pool = Pool()
    nodes, batches = _nodes(writer, dwarf, _read(dwarf, dwarf.with_code if only is None else only, pool, asked), strings, pool)
    pool.clear()

    def clip(chunks: memoryview, rows_at: memoryview) -> memoryview:
        return clipped(dwarf, chunks, rows_at) if only is None else chunks  # of some units, those are asked that may answer

    def cut(chunks: memoryview, rows_at: memoryview) -> array[int]:
        return gaps(dwarf, container.symbols, chunks, rows_at, asked)

    starts, places = _rows(writer, dwarf, batches, nodes.columns, strings, clip, cut)
    write_symbols(writer, container.symbols() if symbols else _needed(container, nodes, starts, places), strings)
    write_strings(writer, strings)
    warnings = [*dwarf.warnings, *container.warnings]
    for batch in batches:
        warnings += batch.warnings
    if strings.cut:
        warnings.append(f"{strings.cut} names were dropped: the limit on their bytes was reached")
    writer.meta = meta_of(container, dwarf, warnings)
    go = find_go(container) if symbols else None
    if go is not None and not _covers(dwarf, go):
        writer.blob("go_pclntab", go.content)
        writer.meta["go_text"] = go.text
        if go.trees is not None:
            writer.blob("go_trees", go.trees)
            writer.meta["go_trees"] = True
    return writer


def _covers(dwarf: Dwarf, go: GoSection) -> bool:
    """Whether the units claim all functions of Go's table, so that nobody will ask it."""
    starts, ends = dwarf.covered
    for address in go.table.entries():
        at = bisect_right(starts, address) - 1
        if at < 0 or address >= ends[at]:
            return False
    return True


def meta_of(container: Container, dwarf: Dwarf, warnings: Sequence[str] | None = None) -> dict[str, Any]:
    """What a table says of a file as a whole; `warnings` are those of the file where none are given."""
    warnings = [*dwarf.warnings, *container.warnings] if warnings is None else warnings
    return {
        "warnings": limited(warnings),
        "load_address": container.load_address,
        "arch": container.arch,
        "missing_splits": [one.path for one in dwarf.missing[:_MOST_SPLITS]],
    }


def _files_of(dwarf: Dwarf) -> list[Units]:
    return [dwarf.main, *([dwarf.alt] if dwarf.alt else []), *dwarf.splits]


def _read(dwarf: Dwarf, wanted: Sequence[int], pool: Pool, asked: memoryview) -> Iterator[Batch]:
    """The units, in batches: by the file that they are in, and in as many parts as there are processors for them."""
    main = dwarf.main
    has_lines = map((1 << dwarf_numbers.S_STMT_LIST).__and__, main.column(dwarf_numbers.HAS, wanted))
    users = [*compress(zip(main.column(dwarf_numbers.STMT_LIST, wanted), wanted, strict=True), has_lines)]
    first_users = dict(reversed(users))
    parallel = False
    jobs: list[tuple[Units, Sequence[int], Sequence[int]]] = []
    for units, bodies, priorities in _by_file(dwarf, wanted):
        size = sum(units.column(dwarf_numbers.END, bodies)) - sum(units.column(dwarf_numbers.START, bodies))
        parts = max(1, min(size // _SMALL, _MOST_PARTS))
        parallel = parallel or parts > 1
        jobs += [(units, bodies[part], priorities[part]) for part in split_evenly(units, bodies, parts)]

    def run(job: tuple[Units, Sequence[int], Sequence[int]]) -> Batch:
        return read(*job, dwarf.lines, dwarf.bounds, first_users, pool, asked)

    if len(jobs) == 1 or not parallel or not compiled():
        yield from map(run, jobs)
        return
    for units, bodies, _ in jobs:  # before the threads start: what one of them grows, another must not be reading
        units.flatten(bodies, for_names=False)
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and not wanted for a crash's few units

    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as threads:
        yield from threads.map(run, jobs)


def _by_file(dwarf: Dwarf, wanted: Sequence[int]) -> Iterable[tuple[Units, Sequence[int], Sequence[int]]]:
    """Units of the main file, by the file that their functions are in: it, which units of it, and for which of `wanted`."""
    if not dwarf.partners:
        return [(dwarf.main, wanted, wanted)]
    files: dict[int, tuple[Units, list[int], list[int]]] = {}
    for unit in wanted:
        units, body = dwarf.body(unit)
        _, bodies, skeletons = files.setdefault(units.file, (units, [], []))
        bodies.append(body)
        skeletons.append(unit)
    return files.values()


class _Nodes(NamedTuple):
    columns: memoryview
    starts: memoryview
    functions: memoryview


def _nodes(writer: TableWriter, dwarf: Dwarf, batches: Iterable[Batch], strings: Strings, pool: Pool) -> tuple[_Nodes, list[Batch]]:
    """The columns of nodes, whose files are still those of the batches; the others of functions are written. What is read of functions
    is let go, batch by batch.
    """
    nodes, starts = zeros("I", 0), zeros("Q", 0)
    functions = array("I")
    base = files = 0
    done: list[Batch] = []
    for batch in batches:
        found = names.name(batch, dwarf.alt if batch.units is dwarf.main else None, strings, pool)
        places = batch.file_places
        if files:
            for unit in batch.wanted:
                places[3 * unit] += files
        total = base + batch.entry_count
        if len(starts) < total:
            nodes, starts = stretched(nodes, NODE_WIDTH * (total + total // 2)), stretched(starts, total + total // 2)
        dwarf_merge.nodes(batch.entries, batch.entry_count, found.of_entries, len(functions) // 3, base, places, nodes, starts)
        functions += found.columns
        base = total
        files += batch.file_count
        pool.give(batch.entries, found.of_entries)
        batch.entries = batch.file_places = zeros("Q", 0)
        done.append(batch)
    writer.column("node_starts", starts[:base]).column("functions", functions)
    return _Nodes(nodes[: NODE_WIDTH * base], starts[:base], memoryview(functions)), done


def _rows(
    writer: TableWriter,
    dwarf: Dwarf,
    batches: list[Batch],
    nodes: memoryview,
    strings: Strings,
    clip: Callable[[memoryview, memoryview], memoryview],
    cut: Callable[[memoryview, memoryview], array[int]],
) -> tuple[memoryview, memoryview]:
    """The columns of rows (given back), nodes and files: batches behind one another, chunks over one another, what `clip` leaves of them,
    and over them the chunks that `cut` makes of them. The rows of the batches are let go.
    """
    row_base = node_base = file_base = 0
    for batch in batches:
        native_layers.shift_rows(batch.places, batch.chunks, node_base, file_base, row_base)
        row_base += len(batch.addresses)
        node_base += batch.entry_count
        file_base += batch.file_count
    if len(batches) == 1:
        starts, places = batches[0].addresses, batches[0].places
    else:
        starts, places = joined([batch.addresses for batch in batches], "Q"), joined([batch.places for batch in batches], "I")
    chunks = clip(joined([batch.chunks for batch in batches], "Q"), starts)
    more = cut(chunks, starts)
    if more:
        chunks = joined([chunks, memoryview(more)], "Q")
    for batch in batches:
        batch.addresses, batch.places, batch.chunks = zeros("Q", 0), zeros("I", 0), zeros("Q", 0)
    out_starts, out_places = combined(chunks, starts, places)
    del starts, places, chunks
    _files(writer, dwarf, batches, out_places, nodes, strings)
    write_rows(writer, out_starts, out_places)
    writer.column("nodes", nodes)
    return out_starts, out_places


def _files(writer: TableWriter, dwarf: Dwarf, batches: list[Batch], places: memoryview, nodes: memoryview, strings: Strings) -> None:
    """Number the files that rows and calls use, and only those. One without a name has a number too: a line in it is its unit's still."""
    total = sum(batch.file_count for batch in batches)
    used = zeros("B", total)
    dwarf_merge.mark(places, PLACE_WIDTH, 1, used)
    dwarf_merge.mark(nodes, NODE_WIDTH, 2, used)
    numbers: dict[tuple[str, str], int] = {}
    known: dict[tuple[int, ...], int] = {}
    folders: dict[int, str | None] = {0: None}
    table = filled("I", total, NONE)
    base = 0
    for batch in batches:
        spans = memoryview(batch.spans)
        for span, number, own, directory, name in dwarf.lines.used_files(
            batch.tables, spans, used[base : base + batch.file_count], batch.defines
        ):
            reference = batch.folders[span]
            key = reference, own, directory, name
            file = known.get(key)
            if file is None:
                if reference not in folders:
                    folders[reference] = (batch.units.text(reference) or b"").decode("utf-8", "replace")
                folder = folders[reference]
                path = dwarf.lines.strings.path(folder, own, directory, name)
                file = known[key] = numbers.setdefault((path, folder or "") if path else _NAMELESS, len(numbers))
            table[base + number] = file
        base += batch.file_count
    dwarf_merge.remap(places, PLACE_WIDTH, 1, table)
    dwarf_merge.remap(nodes, NODE_WIDTH, 2, table)
    texts = dict.fromkeys(chain.from_iterable(numbers))
    of_texts = dict(zip(texts, strings.add(text.encode("utf-8", "surrogatepass") for text in texts), strict=True))
    column = array("I", map(of_texts.__getitem__, chain.from_iterable(numbers)))
    if _NAMELESS in numbers:
        at = 2 * numbers[_NAMELESS]
        column[at : at + 2] = array("I", (0, 0))
    writer.column("files", column)


def _needed(container: Container, nodes: _Nodes, starts: memoryview, places: memoryview) -> Symbols:
    """The symbols that a table of some units needs: of functions without a linkage name, and of lines without a function."""
    spans = zeros("Q", 2 * (len(nodes.starts) + len(starts)))
    count = dwarf_merge.unnamed(nodes.columns, nodes.starts, nodes.functions, starts, places, spans)
    if not count:
        return Symbols()
    symbols = container.symbols()
    address, size = symbols.address, symbols.size
    rows: set[int] = set()
    for start, end in zip(spans[: 2 * count : 2].tolist(), spans[1 : 2 * count : 2].tolist(), strict=True):
        row = max(bisect_right(address, start) - 1, 0)
        while row < len(address) and address[row] < end:
            if address[row] + size[row] > start:
                rows.add(row)
            row += 1
    return symbols.only(sorted(rows))
