# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Functions and inlined calls of a module: which code is whose, and the lines of each call, from its binary annotations (`cvinfo.h`).

Annotations are a small program that moves code offset, line, file and column. For example `LINE_OFFSET +1, CHANGE_CODE_OFFSET 0x10,
CODE_LENGTH 8` in `main`, from 0x1000 on, is a call of a function that begins in line 5: one piece, 0x1010 to 0x1018, of line 6. Numbers
are compressed: one byte, two or four.

`place` makes nodes (NODE u32: parent, function, file, line and column of the call; `debugfiles/table/columns.py`), one for each function
and each place that a call with code is made from, and pieces (PIECE u64). A call's code is within its function; what is inlined into a call
without code is its caller's.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels.codeview_lines import Files, Lines, begin_of, file_of, line_at
    from cython.cimports.symbolicator.kernels.codeview_symbols import Symbols, _floor
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels.codeview_lines import Files, Lines, begin_of, file_of, line_at
    from symbolicator.kernels.codeview_symbols import Symbols, _floor
    from symbolicator.kernels.sorting import sort

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF
INLINED = 1 << 31
"""Added to the number of a function that is known by its number in the IPI stream."""


class Inlinees:
    """The inlined functions of a whole PDB, in one language: `numbers` (u32) has by the function's number in the IPI stream, less `first`,
    its own number and 1; the last stands for all that are not there. `count`: how many numbers are given, in all languages.
    """

    def __init__(self, numbers: memoryview, first: int) -> None:
        self.numbers = numbers
        self.first = first
        self.count = 0

    def give(self, imported: memoryview) -> None:
        """Functions that a module has from others (u32, two numbers each, ascending): how calls number them, and the IPI stream."""
        self.imported = imported


class Nodes:
    """`nodes` (u32) and where the code of each begins (`starts`, u64), appended from number `count` on.

    `functions`: how many functions that are not inlined have a node. `spans` (u64): where each of them begins and ends. `names` (u64), of
    those since `first`: the offset of the name, as `Symbols` has it.
    """

    def __init__(self) -> None:
        self.count = 0
        self.functions = 0
        self.first = 0
        self.more = 0  # nodes that calls may have beyond one each

    def give(self, nodes: memoryview, starts: memoryview, spans: memoryview, names: memoryview) -> None:
        """Room, with what is in the old. It can be taken away by giving none."""
        self.nodes = nodes
        self.starts = starts
        self.spans = spans
        self.names = names
        self.first = self.functions


class Pieces:
    """The ranges of functions, disjoint and ascending (`claims`, CLAIM u64 each: start, end, number of the procedure), and the pieces of
    inlined calls (`pieces`, PIECE u64).

    `run` (LINE u64 each) has room for the rows of one program, `order` and `spare` (u32) for a number for each of them and each range.
    """

    def __init__(self, claims: memoryview, pieces: memoryview, run: memoryview, order: memoryview, spare: memoryview) -> None:
        self.claims = claims
        self.pieces = pieces
        self.run = run
        self.order = order
        self.spare = spare
        self.claim_count = 0
        self.count = 0
        self.at = 0
        self.lost = 0  # pieces that there was no room for


def place(data: Bytes, symbols: Symbols, lines: Lines, files: Files, inlinees: Inlinees, nodes: Nodes, pieces: Pieces) -> None:
    """The nodes and pieces of a module, `data` being its symbols. There is room for a node each procedure, and for four each site."""
    with cython.nogil:
        none = 0xFFFFFFFF
        _claim(symbols, pieces)
        _name(symbols, nodes, pieces)
        pieces.count = 0
        pieces.lost = 0
        nodes.more = 3 * symbols.site_count
        for number in range(symbols.site_count):
            c = cv.SITE * number
            owner = symbols.procedures[cv.PROCEDURE * symbols.sites[c + cv.C_OWNER] + cv.P_NODE]
            if owner != none:
                _add(data, symbols, lines, files, inlinees, nodes, pieces, c)


def _claim(symbols: Symbols, pieces: Pieces) -> None:
    """The functions' code: where several have one address, it is the one's that begins first. Ranges are chained, ascending."""
    chained = 0x100000000
    n = symbols.range_count
    sort(symbols.ranges, cv.RANGE, 0, n, pieces.order, pieces.spare)
    for i in range(n - 1, -1, -1):
        r = cv.RANGE * pieces.order[i]
        p = cv.PROCEDURE * symbols.ranges[r + cv.R_OWNER]
        symbols.ranges[r + cv.R_NEXT] = 0
        if symbols.procedures[p + cv.P_FIRST] & chained:
            symbols.ranges[r + cv.R_NEXT] = symbols.procedures[p + cv.P_FIRST] - chained + 1
        symbols.procedures[p + cv.P_FIRST] = pieces.order[i] + chained
    until = 0
    pieces.claim_count = 0
    for i in range(n):
        r = cv.RANGE * pieces.order[i]
        if symbols.ranges[r + cv.R_END] > until:
            k = cv.CLAIM * pieces.claim_count
            pieces.claims[k] = symbols.ranges[r] if symbols.ranges[r] > until else until
            pieces.claims[k + 1] = symbols.ranges[r + cv.R_END]
            pieces.claims[k + 2] = symbols.ranges[r + cv.R_OWNER]
            pieces.claim_count += 1
            until = symbols.ranges[r + cv.R_END]


def _name(symbols: Symbols, nodes: Nodes, pieces: Pieces) -> None:
    """A node for each function that has code."""
    none = 0xFFFFFFFF
    for i in range(pieces.claim_count):
        p = cv.PROCEDURE * pieces.claims[cv.CLAIM * i + 2]
        if symbols.procedures[p + cv.P_NODE] != none:
            continue
        symbols.procedures[p + cv.P_NODE] = nodes.count
        _write(nodes, symbols.procedures[p + cv.P_START], none, nodes.functions, none << 32, 0)
        nodes.spans[2 * nodes.functions] = symbols.procedures[p + cv.P_START]
        nodes.spans[2 * nodes.functions + 1] = symbols.procedures[p + cv.P_END]
        nodes.names[nodes.functions - nodes.first] = symbols.procedures[p + cv.P_NAME]
        nodes.functions += 1


def _write(nodes: Nodes, start: int, parent: int, function: int, call: int, column: int) -> None:
    """Append a node. `call`: file << 32 | line."""
    low = 0xFFFFFFFF
    n = cv.NODE * nodes.count
    nodes.nodes[n] = parent
    nodes.nodes[n + 1] = function
    nodes.nodes[n + 2] = call >> 32
    nodes.nodes[n + 3] = call & low
    nodes.nodes[n + 4] = column
    nodes.starts[nodes.count] = start
    nodes.count += 1


def _add(
    data: Bytes, symbols: Symbols, lines: Lines, files: Files, inlinees: Inlinees, nodes: Nodes, pieces: Pieces, c: int
) -> None:  # fmt: skip
    """A call, if it has code: its node and its pieces."""
    none = 0xFFFFFFFF
    p = cv.PROCEDURE * symbols.sites[c + cv.C_OWNER]
    around = symbols.procedures[p + cv.P_NODE]
    depth = 0
    first = 0
    number = 0
    if symbols.sites[c + cv.C_PARENT] != none:
        outer = cv.SITE * symbols.sites[c + cv.C_PARENT]
        around = symbols.sites[outer + cv.C_NODE]
        depth = symbols.sites[outer + cv.C_DEPTH]
        first = symbols.sites[outer + cv.C_FIRST]
        number = symbols.sites[outer + cv.C_COUNT]
    symbols.sites[c + cv.C_NODE] = around
    symbols.sites[c + cv.C_DEPTH] = depth
    symbols.sites[c + cv.C_FIRST] = first
    symbols.sites[c + cv.C_COUNT] = number
    rows = _run(data, symbols.sites[c + cv.C_PROGRAM], symbols.sites[c + cv.C_STOP], lines, symbols.sites[c + cv.C_INLINEE], pieces)
    top = pieces.count
    # Annotations count from the function's start, or from that of its part elsewhere.
    _cut(symbols, pieces, p, symbols.procedures[p + cv.P_START], rows)
    r = symbols.procedures[p + cv.P_FIRST] & none
    hops = symbols.procedures[p + cv.P_RANGES]
    while pieces.count == top and hops > 1:
        _cut(symbols, pieces, p, symbols.ranges[cv.RANGE * r], rows)
        r = symbols.ranges[cv.RANGE * r + cv.R_NEXT]
        if r == 0:
            break
        r -= 1
    if pieces.count == top:
        return
    depth += 1
    for i in range(top, pieces.count):
        pieces.pieces[cv.PIECE * i + 2] = depth << 32
        place = pieces.pieces[cv.PIECE * i + 3]
        file = file_of(files, place >> 32)
        pieces.pieces[cv.PIECE * i + 3] = file << 32 | (0 if file == none else place & none)
    symbols.sites[c + cv.C_NODE] = nodes.count
    symbols.sites[c + cv.C_DEPTH] = depth
    symbols.sites[c + cv.C_FIRST] = top
    symbols.sites[c + cv.C_COUNT] = pieces.count - top
    _name_pieces(lines, nodes, pieces, around, first, number, top, _function_of(inlinees, symbols.sites[c + cv.C_INLINEE]))


def _name_pieces(lines: Lines, nodes: Nodes, pieces: Pieces, around: int, first: int, number: int, top: int, function: int) -> None:
    """The nodes of a call's pieces, from number `top` on: one for each place that the call is made from, as MSVC has one call for several
    that it made one. The caller is `around`; if it is inlined, what is said of it are `number` pieces from number `first` on.
    """
    none = 0xFFFFFFFF
    made = nodes.count
    last = made
    until = 0
    for i in range(top, pieces.count):
        start = pieces.pieces[cv.PIECE * i]
        if i > top and pieces.pieces[cv.PIECE * i - cv.PIECE] <= start < until:
            pieces.pieces[cv.PIECE * i + 2] |= last
            continue
        parent = around
        call = none << 32
        column = 0
        until = 0
        if number > 0:
            at = _piece_at(pieces, first, number, start)
            if at < first + number:
                parent = pieces.pieces[cv.PIECE * at + 2] & none
                call = pieces.pieces[cv.PIECE * at + 3]
                column = pieces.pieces[cv.PIECE * at + 4]
                until = pieces.pieces[cv.PIECE * at + 1]
        else:
            at = line_at(lines, start)
            if at < lines.row_count:
                call = lines.rows[cv.LINE * at + 2]
                column = lines.rows[cv.LINE * at + 3]
                until = lines.rows[cv.LINE * at + 1]
        last = made
        if i == top:
            _write(nodes, start, parent, function, call, column)
        elif call & none:  # where no line is known, that of the first is
            last = nodes.count - 1
            while last > made and not _is_from(nodes, last, parent, call, column):
                last -= 1
            if nodes.more > 0 and nodes.count - made < 16 and not _is_from(nodes, last, parent, call, column):
                nodes.more -= 1
                last = nodes.count
                _write(nodes, start, parent, function, call, column)
        pieces.pieces[cv.PIECE * i + 2] |= last


def _is_from(nodes: Nodes, node: int, parent: int, call: int, column: int) -> int:
    """Whether a node is a call that is made there."""
    n = cv.NODE * node
    place = nodes.nodes[n + 2]
    return nodes.nodes[n] == parent and (place << 32 | nodes.nodes[n + 3]) == call and nodes.nodes[n + 4] == column


def _function_of(inlinees: Inlinees, inlinee: int) -> int:
    """The number of an inlined function."""
    inlined = 0x80000000
    low = 0
    high = len(inlinees.imported) // 2 if inlinee & inlined else 0
    while low < high:
        middle = (low + high) >> 1
        if inlinees.imported[2 * middle] < inlinee:
            low = middle + 1
        else:
            high = middle
    if inlinee & inlined and 2 * low < len(inlinees.imported) and inlinees.imported[2 * low] == inlinee:
        inlinee = inlinees.imported[2 * low + 1]
    at = len(inlinees.numbers) - 1
    if inlinee >= inlinees.first and inlinee - inlinees.first < at:
        at = inlinee - inlinees.first
    if inlinees.numbers[at] == 0:
        inlinees.count += 1
        inlinees.numbers[at] = inlinees.count
    return (inlinees.numbers[at] - 1) | inlined


def _cut(symbols: Symbols, pieces: Pieces, p: int, base: int, rows: int) -> None:
    """The parts of `rows` of `run`, counted from `base`, that are in a function."""
    mask = 0xFFFFFFFF
    room = len(pieces.pieces) // cv.PIECE
    r = symbols.procedures[p + cv.P_FIRST] & mask
    while True:
        low = symbols.ranges[cv.RANGE * r]
        high = symbols.ranges[cv.RANGE * r + cv.R_END]
        for i in range(rows):
            row = cv.LINE * pieces.order[i]
            start = base + pieces.run[row]
            end = base + pieces.run[row + 1]
            if start < low:
                start = low
            if end > high:
                end = high
            if start >= end:
                continue
            if pieces.count == room:
                pieces.lost += 1
                continue
            k = cv.PIECE * pieces.count
            pieces.pieces[k] = start
            pieces.pieces[k + 1] = end
            pieces.pieces[k + 3] = pieces.run[row + 2]
            pieces.pieces[k + 4] = pieces.run[row + 3]
            pieces.count += 1
        r = symbols.ranges[cv.RANGE * r + cv.R_NEXT]
        if r == 0:
            break
        r -= 1


def _piece_at(pieces: Pieces, first: int, number: int, where: int) -> int:
    """The one of a call's pieces that has an address; first + number for none."""
    at = _floor(pieces.pieces, cv.PIECE, first, first + number, where)
    if at >= first and where < pieces.pieces[cv.PIECE * at + 1]:
        return at
    return first + number


def number(nodes: memoryview, functions: int) -> None:
    """Number inlined functions (INLINED) from `functions` on."""
    with cython.nogil:
        inlined = 0x80000000
        for i in range(len(nodes) // cv.NODE):
            if nodes[cv.NODE * i + 1] & inlined:
                nodes[cv.NODE * i + 1] = nodes[cv.NODE * i + 1] - inlined + functions


def disown(spans: memoryview, allowed: memoryview) -> None:
    """Set the spans (u64, start and end) to zeros that do not begin in one of the ranges `allowed`, as `codeview_rows.paint` has them."""
    with cython.nogil:
        n = len(allowed) // 2
        for i in range(len(spans) // 2):
            low = 0
            high = n
            while low < high:
                middle = (low + high) >> 1
                if allowed[2 * middle] <= spans[2 * i]:
                    low = middle + 1
                else:
                    high = middle
            if n > 0 and (low == 0 or allowed[2 * low - 1] <= spans[2 * i]):
                spans[2 * i] = 0
                spans[2 * i + 1] = 0


def link(functions: memoryview, spans: memoryview, starts: memoryview, names: memoryview) -> None:
    """Give functions without a linkage name that of the symbol where they begin, or their own: of `functions` (u32, three numbers each:
    name, linkage name, language) as many as `spans` has, of symbols their `starts` (u64, ascending, distinct) and `names` (u32).
    """
    with cython.nogil:
        for i in range(len(spans) // 2):
            if functions[3 * i + 1] != 0:
                continue
            functions[3 * i + 1] = functions[3 * i]
            at = _floor(starts, 1, 0, len(starts), spans[2 * i])
            if at >= 0 and starts[at] == spans[2 * i]:
                functions[3 * i + 1] = names[at]


# ── annotations ───────────────────────────────────────────────────────────────────────────────────────────────


def _operand(data: Bytes, stop: int, pieces: Pieces) -> int:
    """A compressed number at `pieces.at`, which moves behind it: beyond `stop` if it is truncated or malformed."""
    at = pieces.at
    first = 0xFF
    if at < stop:
        first = data[at]
    if first < 0x80:
        pieces.at = at + 1
        return first
    if first < 0xC0 and at + 2 <= stop:
        pieces.at = at + 2
        return (first & 0x3F) << 8 | data[at + 1]
    if first < 0xE0 and first >= 0xC0 and at + 4 <= stop:
        pieces.at = at + 4
        return (first & 0x1F) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
    pieces.at = stop + 1
    return 0


def _signed(value: int) -> int:
    half = value >> 1
    return -half if value & 1 else half


def _run(data: Bytes, at: int, stop: int, lines: Lines, inlinee: int, pieces: Pieces) -> int:
    """The rows of a call, in `run`, and in `order` their numbers by where they begin; returns how many there are.

    A row without a length extends to the next; the last one without a length covers nothing. An instruction that cannot be decoded ends
    the program. Lines are 0 where the module does not say where the function begins.
    """
    most = 0xFFFFFFFF
    file = most
    line = 0
    known = 0
    begin = begin_of(lines, inlinee)
    if begin < lines.inlinee_count:
        known = 1
        file = lines.inlinees[2 * begin + 1] >> 32
        line = lines.inlinees[2 * begin + 1] & most
    offset = 0
    base = 0
    column = 0
    top = 0
    is_open = 0  # the last row has no end yet
    pieces.at = at
    while pieces.at < stop:
        operation = _operand(data, stop, pieces)
        if operation == 0 or operation > cv.LAST_ANNOTATION:
            break
        value = _operand(data, stop, pieces)
        length = 0
        if operation == cv.CODE_LENGTH:
            if is_open:
                pieces.run[cv.LINE * top - cv.LINE + 1] = pieces.run[cv.LINE * top - cv.LINE] + value
                is_open = 0
            offset += value
            continue
        if operation == cv.LINE_OFFSET:
            line += _signed(value)
            continue
        if operation == cv.CHANGE_FILE:
            file = value
            continue
        if operation == cv.COLUMN_START:
            column = value
            continue
        if operation == cv.CODE_OFFSET_BASE:
            base = value
            continue
        if operation == cv.CODE_OFFSET:
            offset = value
        elif operation == cv.CHANGE_CODE_OFFSET:
            offset += value
        elif operation == cv.CODE_AND_LINE_OFFSET:
            line += _signed(value >> 4)
            offset += value & 15
        elif operation == cv.CODE_LENGTH_AND_OFFSET:
            length = value
            offset += _operand(data, stop, pieces)
        else:  # ends of lines and columns, kinds of ranges
            continue
        start = base + offset
        if start > most or pieces.at > stop:
            break
        if is_open:
            pieces.run[cv.LINE * top - cv.LINE + 1] = start
        shown = line if known and 0 < line <= most and line != cv.HIDDEN and line != cv.STEP_OVER else 0
        pieces.run[cv.LINE * top] = start
        pieces.run[cv.LINE * top + 1] = start + length
        pieces.run[cv.LINE * top + 2] = file << 32 | shown
        pieces.run[cv.LINE * top + 3] = column
        is_open = length == 0
        top += 1
    ascending = 1
    for i in range(top):
        pieces.order[i] = i
        if i > 0 and pieces.run[cv.LINE * i] < pieces.run[cv.LINE * i - cv.LINE]:
            ascending = 0
    if ascending == 0:
        sort(pieces.run, cv.LINE, 0, top, pieces.order, pieces.spare)
    return top
