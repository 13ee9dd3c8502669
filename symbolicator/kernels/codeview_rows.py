# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""From the lines, functions and inlined calls of a module to the rows of a table.

Line records lie lowest, functions over them, and what is inlined over those, the deepest on top; of one depth what begins last. For
example `main` from 0x1000 to 0x1040 with a line 10, and a piece of `inner`, line 6, at 0x1010 to 0x1018, are three rows: 0x1000 (node of
`main`, line 10), 0x1010 (node of `inner`, line 6), 0x1018 (`main`, line 10), of one chunk (`native_layers`) that ends at 0x1040.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels.codeview_lines import Lines
    from cython.cimports.symbolicator.kernels.codeview_sites import Pieces
    from cython.cimports.symbolicator.kernels.codeview_symbols import Symbols
    from cython.cimports.symbolicator.kernels.native_layers import Sweep, pop, push
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels.codeview_lines import Lines
    from symbolicator.kernels.codeview_sites import Pieces
    from symbolicator.kernels.codeview_symbols import Symbols
    from symbolicator.kernels.native_layers import Sweep, pop, push
    from symbolicator.kernels.sorting import sort

NONE = 0xFFFFFFFF


class Rows:
    """Rows of a table (`addresses`: u64, `places`: PLACE u32) and `chunks` (CHUNK u64), appended from number `row` and `chunk` on."""

    def __init__(self) -> None:
        self.row = 0
        self.chunk = 0
        self.until = 0  # where the last row ends
        self.kind = 0  # of the chunk: 0 none, 1 of functions, 2 of lines alone
        self.claim = 0

    def give(self, addresses: memoryview, places: memoryview, chunks: memoryview) -> None:
        """Room, with what is in the old. It can be taken away by giving none."""
        self.addresses = addresses
        self.places = places
        self.chunks = chunks


def paint(symbols: Symbols, lines: Lines, pieces: Pieces, allowed: memoryview, sweep: Sweep, rows: Rows, priority: int) -> None:
    """The rows of a module, in chunks of `priority`, and of lines alone of that and 2**31.

    `allowed` (u64, two numbers each, disjoint and ascending): the ranges where the module may answer; empty if it may anywhere. There is
    room for two rows each range of a function, line record and piece, one each allowed range, and four; for chunks likewise.
    """
    with cython.nogil:
        none = 0xFFFFFFFF
        far = 0xFFFFFFFFFFFFFFFF
        n = pieces.count
        order = sweep.order
        sort(pieces.pieces, cv.PIECE, 0, n, order, sweep.spare)
        sweep.size = 0
        rows.kind = 0
        rows.claim = 0
        i = 0
        claim = 0
        line = 0
        pos = 0
        while True:
            while i < n and pieces.pieces[cv.PIECE * order[i]] <= pos:
                push(sweep, order[i], _depth(pieces, order[i]) << 32 | (none - i))
                i += 1
            while sweep.size > 0 and pieces.pieces[cv.PIECE * sweep.heap[0] + 1] <= pos:
                pop(sweep)
            while claim < pieces.claim_count and pieces.claims[cv.CLAIM * claim + 1] <= pos:
                claim += 1
            while line < lines.row_count and lines.rows[cv.LINE * line + 1] <= pos:
                line += 1
            # The next place where anything changes, and what is here.
            there = far
            node = none
            place = none << 32
            column = 0
            is_line = 0
            if i < n:
                there = pieces.pieces[cv.PIECE * order[i]]
            if line < lines.row_count:
                r = cv.LINE * line
                if lines.rows[r] <= pos:
                    there = lines.rows[r + 1] if lines.rows[r + 1] < there else there
                    place = lines.rows[r + 2]
                    column = lines.rows[r + 3]
                    is_line = 1
                elif lines.rows[r] < there:
                    there = lines.rows[r]
            if claim < pieces.claim_count:
                r = cv.CLAIM * claim
                if pieces.claims[r] <= pos:
                    there = pieces.claims[r + 1] if pieces.claims[r + 1] < there else there
                    node = symbols.procedures[cv.PROCEDURE * pieces.claims[r + 2] + cv.P_NODE]
                elif pieces.claims[r] < there:
                    there = pieces.claims[r]
            if sweep.size > 0:
                r = sweep.heap[0]
                r *= cv.PIECE
                there = pieces.pieces[r + 1] if pieces.pieces[r + 1] < there else there
                node = pieces.pieces[r + 2] & none
                place = pieces.pieces[r + 3]
                column = pieces.pieces[r + 4]
            if there == far:
                break
            if node != none or is_line:
                _put(allowed, rows, pos, there, node, place, column, priority)
            pos = there
        if rows.kind:
            rows.chunks[cv.CHUNK * rows.chunk + 1] = rows.until
            rows.chunks[cv.CHUNK * rows.chunk + 3] = rows.row
            rows.chunk += 1


def _depth(pieces: Pieces, piece: int) -> int:
    """The less, the higher it lies: below 2**31."""
    return 0xFFFF - (pieces.pieces[cv.PIECE * piece + 2] >> 32)


def _put(allowed: memoryview, rows: Rows, start: int, end: int, node: int, place: int, column: int, priority: int) -> None:
    """Append rows from `start` to `end`, where they are allowed."""
    n = len(allowed) // 2
    if n == 0:
        _append(rows, start, end, node, place, column, priority)
        return
    while rows.claim < n and allowed[2 * rows.claim + 1] <= start:
        rows.claim += 1
    at = rows.claim
    while at < n and allowed[2 * at] < end:
        low = allowed[2 * at] if allowed[2 * at] > start else start
        high = allowed[2 * at + 1] if allowed[2 * at + 1] < end else end
        _append(rows, low, high, node, place, column, priority)
        at += 1


def _append(rows: Rows, start: int, end: int, node: int, place: int, column: int, priority: int) -> None:
    none = 0xFFFFFFFF
    alone = 0x80000000
    kind = 2 if node == none else 1
    c = cv.CHUNK * rows.chunk
    if kind != rows.kind or start != rows.until:
        if rows.kind:
            rows.chunks[c + 1] = rows.until
            rows.chunks[c + 3] = rows.row
            rows.chunk += 1
            c += cv.CHUNK
        rows.chunks[c] = start
        rows.chunks[c + 2] = rows.row
        rows.chunks[c + 4] = priority + alone if kind == 2 else priority
        rows.kind = kind
    else:
        p = cv.PLACE * rows.row - cv.PLACE
        if (
            rows.places[p] == node
            and rows.places[p + 1] == place >> 32
            and rows.places[p + 2] == place & none
            and rows.places[p + 3] == column
        ):
            rows.until = end
            return
    p = cv.PLACE * rows.row
    rows.addresses[rows.row] = start
    rows.places[p] = node
    rows.places[p + 1] = place >> 32
    rows.places[p + 2] = place & none
    rows.places[p + 3] = column
    rows.row += 1
    rows.until = end
