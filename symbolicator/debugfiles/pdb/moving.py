"""Code that a tool moved after it was linked (OMAP): what was read of a module, at the places where its code is now."""

from __future__ import annotations

from array import array

from symbolicator.debugfiles.pdb.columns import Columns
from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.table.buffers import NONE
from symbolicator.debugfiles.table.columns import PLACE_WIDTH
from symbolicator.kernels import codeview_numbers as cv
from symbolicator.kernels.native_layers import ALONE

_Numbers = tuple[int, int]
"""The first, and the one after the last."""


def move_starts(dbi: Dbi, columns: Columns, nodes: _Numbers, functions: _Numbers) -> None:
    """Move where nodes and functions begin. A function whose begin was removed is none."""
    for node in range(*nodes):
        start = columns.node_starts[node]
        columns.node_starts[node] = next((at for at, _ in dbi.moved(start, start + 1)), start)
    for function in range(*functions):
        start, end = columns.spans[2 * function : 2 * function + 2]
        columns.spans[2 * function], columns.spans[2 * function + 1] = next(dbi.moved(start, end), (0, 0))


def move_rows(dbi: Dbi, columns: Columns, rows: _Numbers, chunks: _Numbers, priority: int) -> tuple[int, int]:
    """Move rows and make chunks of them; of two at one place the first counts. Returns the numbers after the last row and chunk."""
    found: list[tuple[int, int, int]] = []
    for chunk in range(*chunks):
        _, end, low, high, _ = columns.chunks[cv.CHUNK * chunk : cv.CHUNK * (chunk + 1)]
        for row in range(low, high):
            until = columns.addresses[row + 1] if row + 1 < high else end
            found += ((*where, row) for where in dbi.moved(columns.addresses[row], until))
    found.sort()
    starts, places, made = array("Q"), array("I"), array("Q")
    until = kind = -1
    for start, end, row in found:
        if start < until:
            continue
        place = columns.places[PLACE_WIDTH * row : PLACE_WIDTH * (row + 1)]
        alone = int(place[0] == NONE)
        if start != until or alone != kind:
            made.extend((start, end, rows[0] + len(starts), 0, priority + ALONE * alone))
        starts.append(start)
        places.extend(place)
        until, kind = end, alone
        made[-4], made[-2] = until, rows[0] + len(starts)
    row, chunk = rows[0] + len(starts), chunks[0] + len(made) // cv.CHUNK
    columns.make_room(addresses=row, places=PLACE_WIDTH * row, chunks=cv.CHUNK * chunk)
    columns.addresses[rows[0] : row], columns.places[PLACE_WIDTH * rows[0] : PLACE_WIDTH * row] = starts, places
    columns.chunks[cv.CHUNK * chunks[0] : cv.CHUNK * chunk] = made
    return row, chunk
