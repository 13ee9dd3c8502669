# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Line tables: from their headers in .debug_line (DWARF 2–5 §6.2.4) to a record of LINE numbers each (`dwarf_numbers`), and from there to
the strings that the paths of files are made of.

For example the header `36 00 00 00 | 04 00 | 1e 00 00 00 | 01 01 01 fb 0e 0d | 00 01 01 01 01 00 00 00 01 00 00 01 | 2f 69 00 00 | 61 2e 63
00 01 00 00 00` of version 4 has the directory `/i`, and one file, `a.c` in it; the table ends at 0x3a, its program begins at 0x28.

`dwarf_lines` runs the programs. Faults are recorded in the record; `debugfiles/dwarf/line_files.py` reads texts and joins paths.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import dwarf_forms as forms
    from cython.cimports.symbolicator.kernels import dwarf_numbers as dw
    from cython.cimports.symbolicator.kernels.sorting import floor
else:
    from symbolicator.kernels import dwarf_forms as forms
    from symbolicator.kernels import dwarf_numbers as dw
    from symbolicator.kernels.sorting import floor

Bytes = bytes | memoryview


class Lines:
    """.debug_line of one file, and .debug_str_offsets: compiled, the addresses of their first bytes."""

    def __init__(self, line: Bytes, str_offsets: Bytes, big: int) -> None:
        self.data = forms.start(line)
        self.size = len(line)
        self.str_offsets = forms.start(str_offsets)
        self.str_offsets_size = len(str_offsets)
        self.big = big
        self.views = (line, str_offsets)  # keeps the memory that the addresses point to


class Entries:
    """The directories or the files of a table while they are read. `layout` (u64) has three numbers for each of 255 columns: its content
    (LNCT_…), its form, and how the form is read (a number of bytes, or BY_…).

    Of the last entry: `name` and its form, `directory`. Of all: how many were read; what is wrong, and with which.
    """

    def __init__(self, layout: memoryview) -> None:
        self.layout = layout
        self.columns = 0
        self.at = 0
        self.end = 0
        self.left = 0
        self.terminated = 0
        self.name = 0
        self.name_form = 0
        self.directory = 0
        self.count = 0
        self.fault = 0
        self.number = 0


def _number(lines: Lines, at: int, size: int) -> int:
    """The unsigned number of `size` bytes at `at`; of fewer at the end of the section."""
    if at >= lines.size:
        return 0
    return forms.uint(lines.data, at, size if size <= lines.size - at else lines.size - at, lines.big)


def headers(lines: Lines, entries: Entries, tables: memoryview, left: memoryview) -> None:
    """Read the headers of all `tables`, whose L_START, L_ADDRESS, L_STR_BASE and L_COUNTED are given.

    `left` (i64): the bytes of directories and files, and of programs, that may still be read. Tables of sound files do not overlap; a
    thousand over one long program would cost as much as a thousand programs.
    """
    with cython.nogil:
        for i in range(len(tables) // dw.LINE):
            t = dw.LINE * i
            tables[t + dw.L_FAULT] = _header(lines, tables, t)
            if tables[t + dw.L_FAULT] == dw.OK and tables[t + dw.L_COUNTED] == 0:
                if tables[t + dw.L_PROGRAM] > tables[t + dw.L_TABLES]:
                    left[0] -= tables[t + dw.L_PROGRAM] - tables[t + dw.L_TABLES]
                left[1] -= tables[t + dw.L_END] - tables[t + dw.L_PROGRAM]
                if left[0] < 0 or left[1] < 0:
                    tables[t + dw.L_FAULT] = dw.OVERLAPS
            if tables[t + dw.L_FAULT] == dw.OK:
                _begin(lines, entries, tables, t, tables[t + dw.L_TABLES], 0)
                while _next(lines, entries):
                    pass
                tables[t + dw.L_DIRECTORIES] = entries.count
                tables[t + dw.L_DIRECTORIES_FAULT] = entries.fault
                tables[t + dw.L_DIRECTORIES_NUMBER] = entries.number
                _begin(lines, entries, tables, t, entries.at, 1)
                while _next(lines, entries):
                    pass
                tables[t + dw.L_FILES] = entries.count
                tables[t + dw.L_FILES_FAULT] = entries.fault
                tables[t + dw.L_FILES_NUMBER] = entries.number


def _header(lines: Lines, tables: memoryview, t: int) -> int:
    """Read the header that starts at `tables[t + L_START]`: OK, NO_TABLE, BAD_VERSION or CUT_HEADER."""
    size = lines.size
    escape = 0xFFFFFFFF  # lengths and offsets of 8 bytes follow
    for i in range(dw.L_LENGTH, dw.LINE):
        tables[t + i] = 0
    if tables[t + dw.L_START] >= lines.size:
        return dw.NO_TABLE
    at = tables[t + dw.L_START]
    length = _number(lines, at, 4)
    at += 4
    width = 4
    if length == escape:
        length = _number(lines, at, 8)
        at += 8
        width = 8
    room = size - at if at < size else 0
    end = size
    if length <= room and at <= size:
        end = length
        end += at
    version = _number(lines, at, 2)
    tables[t + dw.L_LENGTH] = length
    tables[t + dw.L_END] = end
    tables[t + dw.L_VERSION] = version
    tables[t + dw.L_OFFSET] = width
    if version < 2 or version > 5:
        return dw.BAD_VERSION
    at += 2
    if version >= 5:
        tables[t + dw.L_ADDRESS] = _number(lines, at, 1)
        at += 2
    address = tables[t + dw.L_ADDRESS]
    if address != 1 and address != 2 and address != 4:
        tables[t + dw.L_ADDRESS] = 8
    header = _number(lines, at, width)
    at += width
    room = end - at if at < end else 0
    program = end
    if header <= room and at <= end:
        program = header
        program += at
    tables[t + dw.L_HEADER] = header
    tables[t + dw.L_PROGRAM] = program
    tables[t + dw.L_MIN_INST] = _number(lines, at, 1)
    tables[t + dw.L_MAX_OPS] = 1
    at += 1
    if version >= 4:
        if _number(lines, at, 1):
            tables[t + dw.L_MAX_OPS] = _number(lines, at, 1)
        at += 1
    at += 1  # default_is_stmt is not used
    opcode_base = _number(lines, at + 2, 1)
    tables[t + dw.L_LINE_BASE] = _number(lines, at, 1)
    tables[t + dw.L_LINE_RANGE] = _number(lines, at + 1, 1)
    tables[t + dw.L_OPCODE_BASE] = opcode_base
    at += 3
    if at > end:
        return dw.CUT_HEADER
    tables[t + dw.L_LENGTHS] = at
    if opcode_base > 1:
        at += opcode_base - 1
    tables[t + dw.L_TABLES] = at if at < size else size
    return dw.OK


# ── directories and files ─────────────────────────────────────────────────────────────────────────────────────


def _reading(form: int, width: int) -> int:
    """How a form in a header is read: a number of bytes, or BY_…; BY_NOTHING if it is not allowed there."""
    if form == dw.FORM_STRING:
        return dw.BY_STRING
    if form == dw.FORM_LINE_STRP or form == dw.FORM_STRP or form == dw.FORM_SEC_OFFSET or form == dw.FORM_STRP_SUP:
        return width
    if form == dw.FORM_GNU_STRP_ALT:
        return width
    if form == dw.FORM_UDATA or form == dw.FORM_SDATA or form == dw.FORM_STRX:
        return dw.BY_LEB
    if form == dw.FORM_DATA16:
        return 16
    if form == dw.FORM_DATA1 or form == dw.FORM_FLAG or form == dw.FORM_STRX1:
        return 1
    if form == dw.FORM_DATA2 or form == dw.FORM_STRX2:
        return 2
    if form == dw.FORM_STRX3:
        return 3
    if form == dw.FORM_DATA4 or form == dw.FORM_STRX4:
        return 4
    if form == dw.FORM_DATA8:
        return 8
    if form == dw.FORM_FLAG_PRESENT:
        return 0
    if form == dw.FORM_BLOCK:
        return dw.BY_BLOCK
    if form == dw.FORM_BLOCK1:
        return dw.BY_BLOCK1
    if form == dw.FORM_BLOCK2:
        return dw.BY_BLOCK2
    if form == dw.FORM_BLOCK4:
        return dw.BY_BLOCK4
    return dw.BY_NOTHING


def _column(entries: Entries, content: int, form: int, width: int) -> None:
    """Add a column to the layout."""
    c = 3 * entries.columns
    entries.layout[c] = content
    entries.layout[c + 1] = form
    entries.layout[c + 2] = _reading(form, width)
    entries.columns += 1


def _begin(lines: Lines, entries: Entries, tables: memoryview, t: int, at: int, files: int) -> None:
    """Start before the first of a table's directories, or of its `files`, which begin at `at`."""
    data = lines.data
    end = tables[t + dw.L_PROGRAM]
    width = tables[t + dw.L_OFFSET]
    entries.end = end
    entries.columns = 0
    entries.count = 0
    entries.left = 0
    entries.fault = dw.OK
    entries.number = 0
    entries.terminated = tables[t + dw.L_VERSION] < 5
    if entries.terminated:
        _column(entries, dw.LNCT_PATH, dw.FORM_STRING, width)
        if files:
            _column(entries, dw.LNCT_DIRECTORY_INDEX, dw.FORM_UDATA, width)
            _column(entries, 0, dw.FORM_UDATA, width)
            _column(entries, 0, dw.FORM_UDATA, width)
        entries.at = at
        return
    formats = 0
    if at < end:
        formats = data[at]
    at += 1
    has_bytes = 0
    for _ in range(formats):
        content = forms.uleb(data, at, end)
        at = _behind(data, at, end)
        form = forms.uleb(data, at, end)
        at = _behind(data, at, end)
        _column(entries, content, form, width)
        reading = entries.layout[3 * entries.columns - 1]
        if reading:
            has_bytes = 1
        if reading == dw.BY_NOTHING and entries.fault == dw.OK:
            entries.fault = dw.BAD_FORM
            entries.number = form
    entries.left = forms.uleb(data, at, end)
    entries.at = _behind(data, at, end)
    if entries.fault == dw.OK and entries.left and has_bytes == 0:
        entries.fault = dw.NO_BYTES
        entries.number = entries.left
    if entries.fault != dw.OK:
        entries.left = 0


def _behind(data: Bytes, at: int, end: int) -> int:
    """Where the LEB128 at `at` ends; `end` if it is cut off."""
    q = forms.leb_end(data, at, end)
    return q if q >= 0 else end


def _next(lines: Lines, entries: Entries) -> int:
    """Read the next entry; 0 if there is none, or the header ends within it."""
    data = lines.data
    end = entries.end
    at = entries.at
    if entries.terminated:
        if at < end and data[at] == 0:
            entries.at = at + 1
            return 0
    elif entries.left == 0:
        return 0
    entries.name = 0
    entries.name_form = 0
    entries.directory = 0
    for column in range(entries.columns):
        content = entries.layout[3 * column]
        reading = entries.layout[3 * column + 2]
        value = at
        if reading == dw.BY_STRING:
            while at < end and data[at] != 0:
                at += 1
            at = at + 1 if at < end else -1
        elif reading == dw.BY_LEB:
            value = forms.uleb(data, at, end)
            at = forms.leb_end(data, at, end)
        elif reading <= 16:
            if at + reading > end:
                at = -1
            else:
                if reading <= 8:
                    value = forms.uint(data, at, reading, lines.big) if reading else 0
                at += reading
        else:
            at = _block_end(lines, reading, at, end)
        if at < 0:
            entries.fault = dw.PAST_END
            entries.number = entries.count
            return 0
        if content == dw.LNCT_PATH:
            entries.name = value
            entries.name_form = entries.layout[3 * column + 1]
        elif content == dw.LNCT_DIRECTORY_INDEX:
            entries.directory = value
    entries.at = at
    entries.count += 1
    if entries.terminated == 0:
        entries.left -= 1
    return 1


def _block_end(lines: Lines, reading: int, at: int, end: int) -> int:
    """Where a block ends; -1 if that is past the end."""
    data = lines.data
    if reading == dw.BY_BLOCK:
        length = forms.uleb(data, at, end)
        at = forms.leb_end(data, at, end)
        if at < 0:
            return -1
    else:
        size = 1 if reading == dw.BY_BLOCK1 else 2 if reading == dw.BY_BLOCK2 else 4
        if at + size > end:
            return -1
        length = forms.uint(data, at, size, lines.big)
        at += size
    room = end - at
    if length > room:
        return -1
    size = length
    return at + size


def _string(lines: Lines, tables: memoryview, t: int, form: int, value: int) -> int:
    """The reference of a string; 0 if it is invalid."""
    kind = 0
    limit = 1 << 60
    ones = 0xFFFFFFFFFFFFFFFF
    if form == dw.FORM_LINE_STRP:
        kind = dw.LINE_STR
    elif form == dw.FORM_STRING:
        kind = dw.INLINE_STR
    elif form == dw.FORM_STRP:
        kind = dw.STR
    elif form == dw.FORM_STRP_SUP or form == dw.FORM_GNU_STRP_ALT:
        kind = dw.ALT_STR
    elif form == dw.FORM_STRX or (form >= dw.FORM_STRX1 and form <= dw.FORM_STRX4):
        base = tables[t + dw.L_STR_BASE]
        width = tables[t + dw.L_OFFSET]
        room = lines.str_offsets_size
        if base == ones or value > room or base > room or base + value * width + width > room:
            return 0
        value = forms.uint(lines.str_offsets, base + value * width, width, lines.big)
        kind = dw.STR
    else:
        return 0
    return kind << 60 | value if value < limit else 0


def files(
    lines: Lines,
    entries: Entries,
    tables: memoryview,
    spans: memoryview,
    used: Bytes,
    defines: memoryview,
    folders: memoryview,
    out: memoryview,
) -> int:
    """The parts of the paths of used files: USED numbers each in `out` (u64), by table. Returns how many there are.

    `spans` (u64, SPAN numbers each) are sorted by table, so that each table is read once. `used` (u8) has 1 for each used file. `defines`
    (u64): of files that programs defined, where the name begins, and the directory. `folders` (u64) has room for the directories of any
    table.
    """
    with cython.nogil:
        count = 0
        first = 0
        n = len(spans) // dw.SPAN
        while first < n:
            table = spans[dw.SPAN * first]
            stop = first
            most = 0
            wanted = 0
            while stop < n and spans[dw.SPAN * stop] == table:
                total = spans[dw.SPAN * stop + 2]
                for i in range(total):
                    if used[spans[dw.SPAN * stop + 1] + i]:
                        wanted += 1
                if total > most:
                    most = total
                stop += 1
            t = dw.LINE * table
            directories = 0
            if wanted:
                _begin(lines, entries, tables, t, tables[t + dw.L_TABLES], 0)
                while _next(lines, entries):
                    if directories < len(folders):
                        folders[directories] = _string(lines, tables, t, entries.name_form, entries.name)
                        directories += 1
                _begin(lines, entries, tables, t, entries.at, 1)
            i = 0
            while wanted and i < most:
                if i < tables[t + dw.L_FILES]:
                    if _next(lines, entries) == 0:
                        break
                    name = _string(lines, tables, t, entries.name_form, entries.name)
                    directory = entries.directory
                else:
                    d = 2 * (tables[t + dw.L_DEFINES] + i - tables[t + dw.L_FILES])
                    name = _string(lines, tables, t, dw.FORM_STRING, defines[d])
                    directory = defines[d + 1]
                for span in range(first, stop):
                    if i < spans[dw.SPAN * span + 2] and used[spans[dw.SPAN * span + 1] + i]:
                        o = dw.USED * count
                        out[o] = span
                        out[o + 1] = spans[dw.SPAN * span + 1] + i
                        out[o + 2] = folders[0] if directories and tables[t + dw.L_VERSION] >= 5 else 0
                        out[o + 3] = _folder(tables, t, directory, folders, directories)
                        out[o + 4] = name
                        count += 1
                        wanted -= 1
                i += 1
            first = stop
        return count


def _folder(tables: memoryview, t: int, directory: int, folders: memoryview, count: int) -> int:
    """The reference of a directory by its number: from 0 in version 5; before that from 1, and 0 is the unit's own."""
    kind = dw.OWN_FOLDER
    if tables[t + dw.L_VERSION] < 5:
        if directory == 0:
            return kind << 60
        directory -= 1
    return folders[directory] if directory < count else 0


def begun(
    lines: Lines, at: int, bounds: memoryview, starts: memoryview, ends: memoryview, addresses: memoryview, places: memoryview
) -> int:
    """List the sequences of rows that begin within `bounds` (u64: first, first beyond) and outside of the ranges (u64, disjoint and
    ascending) from `starts` to `ends`: their `addresses` (u64) and their `places` in .debug_line (u64), from `at` on.

    No program is run: the bytes of DW_LNE_set_address are searched for, with operands of 4 and 8 bytes. Returns how many; ends when the
    room is used up.
    """
    with cython.nogil:
        data = lines.data
        n = len(starts)
        room = len(addresses)
        found = 0
        for i in range(at, lines.size - 6):
            if data[i] == 0 and data[i + 2] == 2:  # an extended opcode, its length, DW_LNE_set_address
                width = data[i + 1] - 1
                if (width == 4 or width == 8) and i + 3 + width <= lines.size:
                    address = forms.uint(data, i + 3, width, lines.big)
                    if bounds[0] <= address < bounds[1]:
                        row = floor(starts, 0, n, address)
                        if row < 0 or ends[row] <= address:
                            addresses[found] = address
                            places[found] = i
                            found += 1
                            if found == room:
                                break
        return found
