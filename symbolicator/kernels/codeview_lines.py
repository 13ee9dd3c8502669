# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Lines of a module (C13): its line records, sorted and without overlap, and where the functions inlined in it begin.

`count` says how much room a module's subsections take at most, `read` fills that room. For example::

    lines of 0x1000 to 0x1040: 0 is line 10, 0x10 line 12     rows      LINE u64: 0x1000, 0x1010, 0 << 32 | 10, column
                                                                        0x1010, 0x1040, 0 << 32 | 12, column
    checksums: number 8 is the file at 20 of `/names`         files     20 has number 0, the first that a row names
    inlinees: 0x1000 begins in line 5 of 8                    inlinees  two u64: 0x1000, 8 << 32 | 5

Files are numbered in the order in which they are named, from 0; NONE for none. A subsection's first row reaches back to its begin, as all
readers have it; rows beyond its end are dropped. Of rows that begin at one address the shortest counts.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import codeview_numbers as cv
    from cython.cimports.symbolicator.kernels.codeview_symbols import Symbols, _floor, _four, _two, address
    from cython.cimports.symbolicator.kernels.sorting import sort
else:
    from symbolicator.kernels import codeview_numbers as cv
    from symbolicator.kernels.codeview_symbols import Symbols, _floor, _four, _two, address
    from symbolicator.kernels.sorting import sort

Bytes = bytes | memoryview

NONE = 0xFFFFFFFF


class Lines:
    """The lines of a module, see above: `rows` (`row_count`) and `inlinees` (`inlinee_count`). `spare` has the room of `rows`, and `order`
    and `other` (u32) a number for each of either. `blocks` has three numbers (u64) for each subsection of lines: where its code begins, and
    where it is in the module.
    """

    def __init__(
        self, rows: memoryview, spare: memoryview, inlinees: memoryview, order: memoryview, other: memoryview, blocks: memoryview
    ) -> None:
        self.rows = rows
        self.blocks = blocks
        self.spare = spare
        self.inlinees = inlinees
        self.order = order
        self.other = other
        self.row_count = 0
        self.inlinee_count = 0


class Files:
    """The files of a PDB: `numbers` (u32, one for each byte of `names`, which is `/names`) has by a path's place its number and 1. `count`:
    how many.
    """

    def __init__(self, numbers: memoryview, names: Bytes) -> None:
        self.numbers = numbers
        self.names = names
        self.count = 0

    def give(self, checksums: Bytes) -> None:
        """The subsection of a module that says where the paths of its files are."""
        self.checksums = checksums


def file_of(files: Files, at: int) -> int:
    """The number of the file that has its entry at `at` of the module's checksums; NONE for none."""
    none = 0xFFFFFFFF
    if at + 4 > len(files.checksums):
        return none
    place = _four(files.checksums, at)
    if place == 0 or place >= len(files.numbers) or files.names[place - 1] != 0:  # MSVC 19.16 names files within another
        return none
    if files.numbers[place] == 0:
        files.count += 1
        files.numbers[place] = files.count
    return files.numbers[place] - 1


def count(data: Bytes, counts: memoryview) -> None:
    """Set `counts` (COUNTS u64) to the most that `data`, a module's subsections, can hold, and to where in it some of them are."""
    with cython.nogil:
        for i in range(cv.COUNTS):
            counts[i] = 0
        size = len(data)
        at = 0
        while at + 8 <= size:
            kind = _four(data, at)
            length = _four(data, at + 4)
            if length > size - at - 8:
                length = size - at - 8
            if kind == cv.LINES:
                counts[cv.N_ROWS] += length // 8
                counts[cv.N_BLOCKS] += 1
            elif kind == cv.INLINEES:
                counts[cv.N_INLINEES] += length // 12
            elif kind == cv.CHECKSUMS:
                counts[cv.N_CHECKSUMS_AT] = at + 8
                counts[cv.N_CHECKSUMS_END] = at + 8 + length
            elif kind == cv.IMPORTS:
                counts[cv.N_IMPORTS_AT] = at + 8
                counts[cv.N_IMPORTS_END] = at + 8 + length
            elif kind == cv.EXPORTS:
                counts[cv.N_EXPORTS_AT] = at + 8
                counts[cv.N_EXPORTS_END] = at + 8 + length
            length = _four(data, at + 4)
            at += 8 + (length + 3) // 4 * 4


def read(data: Bytes, sections: memoryview, files: Files, symbols: Symbols, narrowed: int, lines: Lines) -> None:
    """Read a module's subsections, `lines` having as much room as `count` says. If `narrowed`, only lines of the functions in `symbols`.
    `sections`: see `codeview_symbols`.
    """
    with cython.nogil:
        low = 0xFFFFFFFF
        size = len(data)
        lines.row_count = 0
        lines.inlinee_count = 0
        at = 0
        blocks = 0
        while at + 8 <= size:
            kind = _four(data, at)
            length = _four(data, at + 4)
            stop = at + 8 + length if length < size - at - 8 else size
            if kind == cv.LINES:
                blocks += _note(data, at + 8, stop, sections, symbols, narrowed, lines, blocks)
            elif kind == cv.INLINEES:
                _read_inlinees(data, at + 8, stop, lines)
            at += 8 + (length + 3) // 4 * 4
        _read_blocks(data, blocks, lines)
        _part(lines)
        for i in range(lines.row_count):
            place = lines.rows[cv.LINE * i + 2]
            number = file_of(files, place >> 32)
            lines.rows[cv.LINE * i + 2] = number << 32 | (place & low)
        sort(lines.inlinees, 2, 0, lines.inlinee_count, lines.order, lines.other)


def _overlaps(symbols: Symbols, start: int, end: int) -> int:
    """Whether a function has code from `start` to `end`."""
    for i in range(symbols.range_count):
        if symbols.ranges[cv.RANGE * i] < end and symbols.ranges[cv.RANGE * i + 1] > start:
            return 1
    return 0


def _note(
    data: Bytes, at: int, stop: int, sections: memoryview, symbols: Symbols, narrowed: int, lines: Lines, blocks: int
) -> int:  # fmt: skip
    """Note a subsection of lines in `blocks`; 0 if it is not of code, or its lines are not wanted."""
    if stop - at < 12:
        return 0
    nowhere = 0xFFFFFFFFFFFFFFFF
    start = address(sections, _two(data, at + 4), _four(data, at))
    if start == nowhere or (narrowed and not _overlaps(symbols, start, start + _four(data, at + 8))):
        return 0
    lines.blocks[3 * blocks] = start
    lines.blocks[3 * blocks + 1] = at
    lines.blocks[3 * blocks + 2] = stop
    return 1


def _read_blocks(data: Bytes, blocks: int, lines: Lines) -> None:
    """The rows of all subsections. A linker folds functions of equal code into one: of those with equal places the first has the lines."""
    ascending = 1
    for i in range(1, blocks):
        if lines.blocks[3 * i] <= lines.blocks[3 * i - 3]:
            ascending = 0
    if ascending == 0:
        sort(lines.blocks, 3, 0, blocks, lines.order, lines.other)
        for i in range(blocks - 1, 0, -1):
            one = lines.blocks[3 * lines.order[i - 1] + 1]
            other = lines.blocks[3 * lines.order[i] + 1]
            if lines.blocks[3 * lines.order[i]] == lines.blocks[3 * lines.order[i - 1]] and _four(data, one + 8) == _four(data, other + 8):
                lines.blocks[3 * lines.order[i] + 2] = 0
    for i in range(blocks):
        if lines.blocks[3 * i + 2] != 0:
            _read_rows(data, lines.blocks[3 * i + 1], lines.blocks[3 * i + 2], lines.blocks[3 * i], lines)


def _read_rows(data: Bytes, at: int, stop: int, start: int, lines: Lines) -> None:
    """The records of one subsection of lines: of a function, or of a section's contribution, whose code begins at `start`."""
    size = _four(data, at + 8)
    has_columns = _two(data, at + 6) & cv.HAS_COLUMNS
    first = lines.row_count
    top = first
    ascending = 1
    at += 12
    while at + 12 <= stop:
        file = _four(data, at)
        number = _four(data, at + 4)
        block = _four(data, at + 8)
        if block < 12:
            block = 12
        end = at + block if block < stop - at else stop
        body = at + 12
        if number > (end - body) // 8:
            number = (end - body) // 8
        columns = 0
        if has_columns and end - body >= 12 * number:
            columns = body + 8 * number
        for i in range(number):
            place = _four(data, body + 8 * i)
            line = _four(data, body + 8 * i + 4) & 0xFFFFFF
            if place >= size:
                continue
            if line == cv.HIDDEN or line == cv.STEP_OVER:
                line = 0
            if top > first and lines.rows[cv.LINE * top - cv.LINE] > place:
                ascending = 0
            lines.rows[cv.LINE * top] = place
            lines.rows[cv.LINE * top + 2] = file << 32 | line
            lines.rows[cv.LINE * top + 3] = _two(data, columns + 4 * i) if columns else 0
            top += 1
        at += block
    if top == first:
        return
    if ascending == 0:
        _arrange(lines, first, top - first)
    lines.rows[cv.LINE * first] = 0
    kept = first
    for i in range(first, top):
        place = lines.rows[cv.LINE * i]
        end = size
        if i + 1 < top:
            end = lines.rows[cv.LINE * i + cv.LINE]
        if place < end:
            lines.rows[cv.LINE * kept] = start + place
            lines.rows[cv.LINE * kept + 1] = start + end
            lines.rows[cv.LINE * kept + 2] = lines.rows[cv.LINE * i + 2]
            lines.rows[cv.LINE * kept + 3] = lines.rows[cv.LINE * i + 3]
            kept += 1
    lines.row_count = kept


def _arrange(lines: Lines, first: int, n: int) -> None:
    """Sort rows by their start, stable."""
    sort(lines.rows, cv.LINE, first, n, lines.order, lines.other)
    for i in range(n):
        for j in range(4):
            lines.spare[cv.LINE * i + j] = lines.rows[cv.LINE * (first + lines.order[i]) + j]
    for i in range(cv.LINE * n):
        lines.rows[cv.LINE * first + i] = lines.spare[i]


def _part(lines: Lines) -> None:
    """Put the rows of all subsections in order, each cut where the next begins."""
    for i in range(1, lines.row_count):
        if lines.rows[cv.LINE * i] < lines.rows[cv.LINE * i - cv.LINE]:
            _arrange(lines, 0, lines.row_count)
            break
    kept = 0
    for i in range(lines.row_count):
        r = cv.LINE * i
        last = cv.LINE * kept - cv.LINE
        if kept > 0 and lines.rows[last] == lines.rows[r]:
            if lines.rows[r + 1] < lines.rows[last + 1]:
                for j in range(4):
                    lines.rows[last + j] = lines.rows[r + j]
            continue
        if kept > 0 and lines.rows[last + 1] > lines.rows[r]:
            lines.rows[last + 1] = lines.rows[r]
        for j in range(4):
            lines.rows[cv.LINE * kept + j] = lines.rows[r + j]
        kept += 1
    lines.row_count = kept


def _read_inlinees(data: Bytes, at: int, stop: int, lines: Lines) -> None:
    """Where inlined functions begin; with extra files, which annotations name by themselves, or without."""
    if stop - at < 4:
        return
    extended = _four(data, at) == 1
    if extended == 0 and _four(data, at) != 0:
        return
    at += 4
    while at + 12 <= stop:
        extra = 0
        if extended:
            if at + 16 > stop:
                return
            extra = _four(data, at + 12)
        file = _four(data, at + 4)
        lines.inlinees[2 * lines.inlinee_count] = _four(data, at)
        lines.inlinees[2 * lines.inlinee_count + 1] = file << 32 | _four(data, at + 8)
        lines.inlinee_count += 1
        at += 16 + 4 * extra if extended else 12


def begin_of(lines: Lines, inlinee: int) -> int:
    """Where an inlined function begins: a number of `inlinees`, or their count.

    Linkers give functions one number that have the same name and type and no class or namespace. Of these the first is meant, as LLVM's
    readers have it.
    """
    low = 0
    high = lines.inlinee_count
    while low < high:
        middle = (low + high) >> 1
        if lines.inlinees[2 * lines.order[middle]] < inlinee:
            low = middle + 1
        else:
            high = middle
    if low < lines.inlinee_count and lines.inlinees[2 * lines.order[low]] == inlinee:
        return lines.order[low]
    return lines.inlinee_count


def line_at(lines: Lines, where: int) -> int:
    """The row that has an address, or their count."""
    at = _floor(lines.rows, cv.LINE, 0, lines.row_count, where)
    if at >= 0 and where < lines.rows[cv.LINE * at + 1]:
        return at
    return lines.row_count


def places_of(numbers: memoryview, places: memoryview) -> None:
    """By a number, minus 1 (`numbers`, u32: 0 where none is), where it is, in `places` (u32)."""
    with cython.nogil:
        for i in range(len(numbers)):
            if numbers[i] != 0:
                places[numbers[i] - 1] = i
