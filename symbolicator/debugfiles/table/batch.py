"""Thousands of look-ups at once in a native table: `kernels/native_lookups.py` collects what their rows refer to (each node,
function, file and string once), which is then converted to Python column by column; no step is done for each address.

The answers equal those of `NativeIndex.lookup`, which is used instead for anything unusual: a table with invalid references, or chains of
calls beyond the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.debugfiles.table.columns import Columns
from symbolicator.kernels import native_lookups as kernel

Frame = TypeVar("Frame", bound=tuple[Any, ...])


class Chains(NamedTuple, Generic[Frame]):
    """What is known about some rows, ascending, by number from 1 on: the enclosing frames, and the row's own. A frame is as
    `SourceLocation`.
    """

    rows: list[int]
    """By address: the number of its row, 0 for none."""
    nodes: list[int]
    """By row: 0 if there is no function."""
    outer: list[tuple[Frame, ...]]
    own: list[Frame]


class Odd(Exception):
    """`NativeIndex.lookup` must be used instead."""


def chains(
    rows: memoryview,
    row_count: int,
    table: Columns,
    make: Callable[[Sequence[object]], Frame],
    symbol_at: Callable[[int], str | None],
    most: int,
) -> Chains[Frame]:
    """What is known about `rows` (u32, NONE for none). `symbol_at` names a function without a linkage name by its start. Raises
    `Odd` if the table, or a chain of `most` calls or more, needs `NativeIndex.lookup`.
    """
    # Collected are: rows, nodes, functions, files, strings. Each gets a number from 1 on, in the table's order; 0 is for none.
    row_index, met_rows = _met(row_count, rows)
    node_index = zeros("I", len(table.node_starts))
    _good(kernel.follow(met_rows, table.places, table.nodes, node_index))
    met_nodes = _numbered(node_index)
    parents, functions = (_picked(table.nodes, 5, at, met_nodes) for at in range(2))
    inlined = zeros("I", len(met_nodes))
    inlined = inlined[: kernel.within(parents[1:], met_nodes, inlined)]
    callers, call_files, call_lines, call_columns = (_picked(table.nodes, 5, at, inlined) for at in (0, 2, 3, 4))
    nodes, files, lines, columns = (_picked(table.places, 4, at, met_rows) for at in range(4))
    function_index, met_functions = _met(len(table.functions) // 3, functions[1:])
    file_index, met_files = _met(len(table.files) // 2, call_files[1:], files[1:])
    for numbers, index in (
        (rows, row_index), (parents[1:], node_index), (inlined, node_index), (callers[1:], node_index), (nodes[1:], node_index),
        (functions[1:], function_index), (call_files[1:], file_index), (files[1:], file_index),
    ):  # fmt: skip
        kernel.renumber(numbers, index)
    if kernel.depths(parents[1:], zeros("I", len(met_nodes))) >= most:
        raise Odd
    begins = zeros("Q", len(met_nodes) + 1)
    _good(kernel.pick_long(table.node_starts, met_nodes, begins[1:]))
    names, symbols, languages = (_picked(table.functions, 3, at, met_functions) for at in range(3))
    paths, folders = (_picked(table.files, 2, at, met_files) for at in range(2))
    strings = _strings(table, names, symbols, paths, folders)
    name_of, symbol_of, path_of, folder_of = ([*map(strings.__getitem__, each)] for each in (names, symbols, paths, folders))
    language_of = languages.tolist()

    # A function without a linkage name counts once for each of its starts, because symbols may name them differently.
    nameless = zeros("I", len(met_nodes))
    for node in nameless[: kernel.nameless(parents, functions, symbols, nameless)]:
        function = functions[node]
        functions[node] = len(name_of)
        name_of.append(name_of[function])
        symbol_of.append(symbol_at(begins[node]))
        language_of.append(language_of[function])

    def frames(nodes: memoryview, files: memoryview, lines: memoryview, columns: memoryview) -> Iterator[Frame]:
        starts, own, around = zeros("Q", len(nodes)), zeros("I", len(nodes)), zeros("I", len(nodes))
        _good(kernel.pick_long(begins, nodes, starts))
        _good(kernel.pick(functions, 1, 0, nodes, own))
        _good(kernel.pick(parents, 1, 0, nodes, around))
        functions_of, files_of = own.tolist(), files.tolist()
        fields = zip(
            map(name_of.__getitem__, functions_of), map(symbol_of.__getitem__, functions_of), map(path_of.__getitem__, files_of),
            lines.tolist(), columns.tolist(), map(folder_of.__getitem__, files_of), starts.tolist(),
            map(language_of.__getitem__, functions_of), map(bool, around), strict=True,
        )  # fmt: skip
        return map(make, fields)

    outer: list[tuple[Frame, ...]] = [()] * (len(met_nodes) + 1)
    calls = zip(frames(callers[1:], call_files[1:], call_lines[1:], call_columns[1:]), strict=True)
    for node, caller, call in zip(inlined.tolist(), callers[1:].tolist(), calls, strict=True):
        outer[node] = outer[caller] + call
    own_nodes = nodes.tolist()
    return Chains(rows.tolist(), own_nodes, [*map(outer.__getitem__, own_nodes)], [*frames(nodes, files, lines, columns)])


def _good(found: int) -> int:
    if not found:
        raise Odd
    return found


def _met(total: int, *numbers: memoryview) -> tuple[memoryview, memoryview]:
    """The index of `total` things, and which of them `numbers` name."""
    index = zeros("I", total)
    for each in numbers:
        _good(kernel.mark(each, index))
    return index, _numbered(index)


def _numbered(index: memoryview) -> memoryview:
    met = zeros("I", len(index))
    return met[: kernel.number(index, met)]


def _picked(column: memoryview, width: int, at: int, met: memoryview) -> memoryview:
    """A number for each collected item, after 0."""
    out = zeros("I", len(met) + 1)
    _good(kernel.pick(column, width, at, met, out[1:]))
    return out


def _strings(table: Columns, *numbers: memoryview) -> list[str | None]:
    """The strings that `numbers` refer to, after None for number 0; `numbers` become indexes of the list."""
    index = zeros("I", len(table.string_starts))
    for each in numbers:
        _good(kernel.mark(each, index))
    index[:1] = zeros("I", len(index[:1]))
    met = _numbered(index)
    for each in numbers:
        kernel.renumber(each, index)
    out = zeros("B", len(table.strings) + len(met) + 1)  # unused pages take no memory
    size = kernel.texts(table.strings, table.string_starts, met, out)
    if size < 0:
        raise Odd
    found: list[str | None] = [*str(out[:size], "utf-8", "replace").split("\0")] if size else [""]
    if len(found) != len(met) + 1:  # a string with a NUL in it
        raise Odd
    found[0] = None
    return found
