"""Line tables: `.debug_line` of one file (DWARF 2–5 §6.2), 32 and 64 bit, both byte orders.

Owned here: headers, file and directory tables with their forms, paths, and rows in order. The machine that runs a line program and the
loops over its rows are `kernels/dwarf_lines.py`; who asks for which table, and for which addresses, is the units' business.

::

    lines = LineSection(debug_line, line_str=…, strings=…, str_offsets=…)
    table = lines.table(stmt_list)                  # MalformedArtifact where the header cannot be used
    rows = table.rows(CodeBounds(0x1000, 0x9fff))   # sorted, one row an address; a row with file NONE is a gap
    row = rows.find(address)                        # -1, or the row that covers it
    table.path(rows.files[row], comp_dir), rows.lines[row], rows.columns[row]

What is damaged costs itself: a program keeps the rows read before the damage, a file table the entries; both say so in numbers
(`Rows.faults`, `LineTable.faults`).

Example of a program (v4, min_inst_length 1, line_base -5, line_range 14, opcode_base 13) and its rows::

    00 09 02 00 10 00 00 00 00 00 00   set_address 0x1000
    13                                 special 19: address + 0, line + 1          0x1000 file 1 line 2
    83                                 special 131: address + 8, line + 1         0x1008 file 1 line 3
    02 04  00 01 01                    advance_pc 4, end_sequence                 0x100c gap
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from symbolicator.debugfiles import paths
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import dwarf_lines as kernel

NONE: Final = kernel.NONE
"""The file of a gap: no code of this unit from here to the next row."""

_MASK_64: Final = 0xFFFFFFFFFFFFFFFF
_FIRST_ROOM: Final = 1 << 20
"""Rows of room at first, at most; more are made where a program needs them."""
_SMALL_ROOM: Final = 64

# DW_LNCT_* (DWARF 5 §6.2.4.1), and LLVM's embedded source.
_TARGETS: Final = {1: kernel.NAME, 2: kernel.DIRECTORY, 5: kernel.MD5, 0x2001: kernel.SOURCE}

# DW_FORM_* that may stand in a header: (kind, bytes). Offsets (None) are as wide as the unit's.
_FORMS: Final[dict[int, tuple[int, int | None]]] = {
    0x03: (kernel.BLOCK, 2),
    0x04: (kernel.BLOCK, 4),
    0x05: (kernel.FIXED, 2),
    0x06: (kernel.FIXED, 4),
    0x07: (kernel.FIXED, 8),
    0x08: (kernel.STRING, 0),
    0x09: (kernel.BLOCK, 0),
    0x0A: (kernel.BLOCK, 1),
    0x0B: (kernel.FIXED, 1),
    0x0C: (kernel.FIXED, 1),
    0x0D: (kernel.ULEB, 0),
    0x0E: (kernel.FIXED, None),
    0x0F: (kernel.ULEB, 0),
    0x17: (kernel.FIXED, None),
    0x19: (kernel.FIXED, 0),
    0x1A: (kernel.ULEB, 0),
    0x1D: (kernel.FIXED, None),
    0x1E: (kernel.FIXED, 16),
    0x1F: (kernel.FIXED, None),
    0x25: (kernel.FIXED, 1),
    0x26: (kernel.FIXED, 2),
    0x27: (kernel.FIXED, 3),
    0x28: (kernel.FIXED, 4),
}
_FORM_STRING: Final = 0x08
_FORM_STRP: Final = 0x0E
_FORM_LINE_STRP: Final = 0x1F
_FORMS_STRX: Final = frozenset((0x1A, 0x25, 0x26, 0x27, 0x28))
_DIRECTORIES_V4: Final = ((1, _FORM_STRING),)
_FILES_V4: Final = ((1, _FORM_STRING), (2, 0x0F), (3, 0x0F), (4, 0x0F))


class CodeBounds(NamedTuple):
    """Where code can be: what a sequence's first address is judged by. One that lies outside was dropped by the linker (a tombstone).

    `low` … `high` are the first and the last address of the file's executable sections: that settles 0 and 1 (bfd) and the section ends
    of gold. A relocatable file, a kernel and a WebAssembly module have code at 0: leave `low` at 0. −1 and −2 (lld) are tombstones in
    any case.
    """

    low: int = 0
    high: int = _MASK_64
    tombstones: tuple[int, ...] = ()
    """Further addresses at which nothing can start."""


class LineFile(NamedTuple):
    """A file of a table, as it is written there; None where the table points at what is not there."""

    directory: str | None
    """The directory's text; "" for the unit's own (v2–4)."""
    name: str | None


class Rows(NamedTuple):
    """The rows of a table: parallel columns, sorted by address, each address once, no row that repeats the one before it.

    A row covers the addresses up to the next one's. `files` is NONE in a gap. `lines` is 0 where the compiler knew no line, `columns`
    0 where it knew no column.
    """

    addresses: memoryview
    """u64"""
    files: memoryview
    """u32, numbers for `LineTable.path`"""
    lines: memoryview
    """u32, from 1"""
    columns: memoryview
    """u32, from 1"""
    dropped: int = 0
    """Sequences left out because they start at a tombstone."""
    faults: int = 0
    """Instructions that were skipped, or that ended the program before its time."""
    fault_at: int | None = None
    """Where the first of them is, in bytes from the section's start."""

    def find(self, address: int) -> int:
        """The row that covers `address`; -1 before the first row and in a gap."""
        row = bisect_right(self.addresses, address) - 1
        return row if row >= 0 and self.files[row] != NONE else -1


class LineSection:
    """`.debug_line` of one file, and the sections that its strings are in. Buffers are kept, not copied.

    Safe to share between threads: the strings read are remembered, nothing else changes.
    """

    def __init__(
        self,
        line: memoryview | bytes,
        *,
        line_str: memoryview | bytes = b"",
        strings: memoryview | bytes = b"",
        str_offsets: memoryview | bytes = b"",
        little_endian: bool = True,
        address_size: int = 8,
    ) -> None:
        self.line = memoryview(line)
        self.line_str = memoryview(line_str)
        self.strings = memoryview(strings)
        self.str_offsets = memoryview(str_offsets)
        self.little_endian = little_endian
        self.address_size = address_size
        self._strings: dict[tuple[int, int], str | None] = {}

    def table(self, offset: int, *, address_size: int | None = None, str_offsets_base: int | None = None) -> LineTable:
        """The table at `offset` (a DW_AT_stmt_list). Reads its fixed header, no more. Raises `MalformedArtifact` where that cannot be used.

        `address_size` is the unit's, for tables before version 5, which do not say; `str_offsets_base` the unit's, for strx forms.
        """
        return LineTable(self, offset, address_size or self.address_size, str_offsets_base)

    def offsets(self) -> Iterator[int]:
        """Where each table starts, by the lengths that the tables tell; ends at the first that cannot be meant."""
        at = 0
        while at + 4 <= len(self.line):
            yield at
            length, width = self.number(at, 4), 4
            if length == 0xFFFFFFFF:
                length, width = self.number(at + 4, 8), 12
            at += width + length

    def number(self, at: int, size: int) -> int:
        """The unsigned integer of `size` bytes at `at`; past the end of the section zeros are read."""
        return int.from_bytes(self.line[at : at + size], "little" if self.little_endian else "big")

    def text(self, section: int, offset: int) -> str | None:
        """The string at `offset` of a section (by the form that points there); None where it does not end within 64 KiB or the section."""
        key = (section, offset)
        if key in self._strings:
            return self._strings[key]
        data = self.line_str if section == _FORM_LINE_STRP else self.strings
        text = cut_string(data, offset)
        self._strings[key] = text
        return text


def cut_string(data: memoryview, offset: int, limit: int = 1 << 16) -> str | None:
    """The NUL-terminated UTF-8 at `offset`, what is no UTF-8 replaced; None where none ends within `limit` bytes."""
    size = 256
    while offset < len(data):
        piece = bytes(data[offset : offset + size])
        end = piece.find(0)
        if end >= 0:
            return piece[:end].decode("utf-8", "replace")
        if size >= limit or len(piece) < size:
            break
        size = min(16 * size, limit)
    return None


class LineTable:
    """One table of a `LineSection`: made by `LineSection.table`. For one thread at a time."""

    def __init__(self, section: LineSection, offset: int, address_size: int, str_offsets_base: int | None) -> None:
        number, size = section.number, len(section.line)
        if not 0 <= offset < size:
            raise MalformedArtifact(f"a line table is asked for at {offset:#x}; .debug_line has {size:#x} bytes")
        self.section: Final = section
        self.offset: Final = offset
        self.faults: list[str] = []
        """What is wrong with the header and the file table, as sentences."""
        self._str_offsets_base = str_offsets_base
        self._dwarf64 = number(offset, 4) == 0xFFFFFFFF
        self._width = 8 if self._dwarf64 else 4
        at = offset + 4
        length = number(offset, 4)
        if self._dwarf64:
            length, at = number(at, 8), at + 8
        self.end: int = at + length
        """Where the next table starts, if any."""
        if self.end > size:
            self.faults.append(f"the line table at {offset:#x} is {length:#x} bytes long; the section ends after {size - at:#x}")
            self.end = size
        self.version: Final = number(at, 2)
        if not 2 <= self.version <= 5:
            raise MalformedArtifact(f"the line table at {offset:#x} is of version {self.version}; 2 to 5 are known", offset)
        at += 2
        if self.version >= 5:
            address_size, at = number(at, 1), at + 2
        self.address_size: Final = address_size if address_size in {1, 2, 4, 8} else 8
        header = number(at, self._width)
        at += self._width
        self._program_at = at + header
        if self._program_at > self.end:
            self.faults.append(
                f"the header of the line table at {offset:#x} is {header:#x} bytes long; the table ends after {self.end - at:#x}"
            )
            self._program_at = self.end
        self._min_inst_length, at = number(at, 1), at + 1
        self._max_operations = 1
        if self.version >= 4:
            self._max_operations, at = number(at, 1) or 1, at + 1
        line_base, self._line_range, self._opcode_base = number(at + 1, 1), number(at + 2, 1), number(at + 3, 1)
        self._line_base = line_base - 256 if line_base >= 128 else line_base
        at += 4
        if at > self.end:
            raise MalformedArtifact(f"the line table at {offset:#x} ends within its header", offset)
        if self._line_range == 0:
            self.faults.append(f"the line table at {offset:#x} has a line_range of 0: its special opcodes advance nothing")
        self._lengths = bytes(section.line[at : at + max(self._opcode_base - 1, 0)])
        self._tables_at = at + len(self._lengths)
        self._directories: _Entries | None = None
        self._files: _Entries | None = None
        self._defined: list[tuple[int, int]] = []
        self._paths: dict[tuple[int, str | None], str | None] = {}

    # Files ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def first_file(self) -> int:
        """The number of the first file: 0 from version 5 on, before that 1."""
        return 0 if self.version >= 5 else 1

    @property
    def file_count(self) -> int:
        """How many files there are, from number `first_file` on."""
        return self._read_files()[1].length + len(self._defined)

    @property
    def files(self) -> list[LineFile]:
        """The files, in order; the first one has the number `first_file`. Files that the program itself defines stand last, once `rows`
        ran it.
        """
        return [self.file(i) for i in range(self.first_file, self.first_file + self.file_count)]

    def file(self, i: int) -> LineFile:
        """File `i`, as DW_LNS_set_file, DW_AT_decl_file and DW_AT_call_file number it."""
        directories, files = self._read_files()
        entry = i - self.first_file
        if 0 <= entry < files.length:
            name = self._text(files, entry, kernel.NAME)
            directory = files.get(entry, kernel.DIRECTORY)
        elif 0 <= entry - files.length < len(self._defined):
            at, directory = self._defined[entry - files.length]
            name = cut_string(self.section.line[: self.end], at)
        else:
            return LineFile(None, None)
        if self.version >= 5:
            return LineFile(self._text(directories, directory, kernel.NAME) if directory < directories.length else None, name)
        if directory == 0:
            return LineFile("", name)
        return LineFile(self._text(directories, directory - 1, kernel.NAME) if directory <= directories.length else None, name)

    def path(self, i: int, comp_dir: str | None = None) -> str | None:
        """The whole path of file `i`, cleaned: `comp_dir`, the table's own directory 0 (v5), the file's directory, its name. None where
        there is no such file.
        """
        key = (i, comp_dir)
        if key not in self._paths:
            directory, name = self.file(i)
            own = None
            if name and not paths.is_absolute(name) and self.version >= 5 and not (directory and paths.is_absolute(directory)):
                directories = self._read_files()[0]
                own = self._text(directories, 0, kernel.NAME) if directories.length else None
                if own == directory:
                    directory = None
            self._paths[key] = (paths.join(comp_dir, own, directory, name) or None) if name else None
        return self._paths[key]

    def source(self, i: int) -> str | None:
        """The text of file `i` where the table holds it (DW_LNCT_LLVM_source); None where not."""
        files = self._read_files()[1]
        entry = i - self.first_file
        if not 0 <= entry < files.length or kernel.SOURCE not in files.forms:
            return None
        text = self._text(files, entry, kernel.SOURCE, limit=1 << 26)
        return None if not text else "" if text == "\n" else text  # LLVM writes "" for none and "\n" for an empty one

    def md5(self, i: int) -> bytes | None:
        """The MD5 of file `i`'s text, where the table says it."""
        files = self._read_files()[1]
        entry = i - self.first_file
        if not 0 <= entry < files.length or files.forms.get(kernel.MD5) != 0x1E:
            return None
        at = self.offset + files.get(entry, kernel.MD5)
        return bytes(self.section.line[at : at + 16])

    def _text(self, entries: _Entries, entry: int, target: int, limit: int = 1 << 16) -> str | None:
        form = entries.forms.get(target)
        value = entries.get(entry, target)
        section = self.section
        if form == _FORM_STRING:
            return cut_string(section.line[: self._program_at], self.offset + value, limit)
        if form in {_FORM_LINE_STRP, _FORM_STRP} and limit == 1 << 16:
            return section.text(form, value)
        if form in {_FORM_LINE_STRP, _FORM_STRP}:
            return cut_string(section.line_str if form == _FORM_LINE_STRP else section.strings, value, limit)
        if form in _FORMS_STRX and self._str_offsets_base is not None:
            at = self._str_offsets_base + value * self._width
            found = section.str_offsets[at : at + self._width]
            if len(found) == self._width:
                return cut_string(section.strings, int.from_bytes(found, "little" if section.little_endian else "big"), limit)
        return None

    def _read_files(self) -> tuple[_Entries, _Entries]:
        if self._directories is not None and self._files is not None:
            return self._directories, self._files
        data = self.section.line[self.offset : self._program_at]
        at = self._tables_at - self.offset
        tables: list[_Entries] = []
        for what in ("directories", "files"):
            if self.version >= 5:
                layout, count, at = _layout_v5(data, at)
            else:
                layout, count = (_DIRECTORIES_V4 if what == "directories" else _FILES_V4), None
            entries, at, fault = _read_entries(data, at, layout, count, self._width, self.section.little_endian)
            if fault:
                self.faults.append(f"the {what} of the line table at {self.offset:#x}: {fault}")
            tables.append(entries)
        self._directories, self._files = tables
        return tables[0], tables[1]

    # Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, bounds: CodeBounds = CodeBounds()) -> Rows:  # noqa: B008 - a tuple
        """Run the program: its rows, sorted, without the sequences that start outside `bounds`. Never raises.

        Sequences come in any order and may overlap (folded functions, ends that run over): the one that starts last before an address has
        it, and where it ends the one around it goes on. Of rows at one address the last written wins: those before it cover nothing.
        """
        mask = (1 << 8 * self.address_size) - 1
        program = self.section.line[self._program_at : self.end]
        tombstones = memoryview(array("Q", [mask, mask - 1, *bounds.tombstones]))
        parameters = memoryview(bytearray(8 * kernel.PARAMETER_WIDTH)).cast("Q")
        parameters[kernel.MIN_INST_LENGTH] = self._min_inst_length
        parameters[kernel.MAX_OPERATIONS] = self._max_operations
        parameters[kernel.OPCODE_BASE] = self._opcode_base
        parameters[kernel.BIG_ENDIAN] = not self.section.little_endian
        parameters[kernel.ADDRESS_MASK] = mask
        parameters[kernel.LOW] = min(bounds.low, _MASK_64)
        parameters[kernel.HIGH] = min(bounds.high, _MASK_64)
        parameters[kernel.MASK_64] = _MASK_64
        state = memoryview(bytearray(8 * kernel.STATE_WIDTH)).cast("Q")
        state[kernel.FILE] = state[kernel.LINE] = 1
        specials = _specials(self._line_base, self._line_range, self._opcode_base)
        lengths = bytes(1) + self._lengths + bytes(255 - len(self._lengths))
        room = min(len(program) // 2 + _SMALL_ROOM, _FIRST_ROOM)
        columns = _columns(room)
        sequences = memoryview(bytearray(24 * (len(program) // 256 + _SMALL_ROOM))).cast("Q")
        self._defined.clear()
        while True:
            status = kernel.run_program(program, lengths, specials, parameters, tombstones, state, *columns, sequences)
            if status == kernel.DONE:
                break
            if status == kernel.DEFINE_FILE:
                self._define_file(self._program_at + state[kernel.ARGUMENT], self._program_at + state[kernel.POSITION])
            elif state[kernel.ROW] >= len(columns[0]):
                columns = _columns(2 * len(columns[0]), columns)
            else:
                sequences = _grown(sequences, 2 * len(sequences))
        count = state[kernel.ROW]
        columns, count = _in_order(columns, count, sequences, state[kernel.SEQUENCE])
        faults = state[kernel.FAULTS]
        at = self._program_at + state[kernel.FAULT_AT] if faults else None
        addresses, files, lines, colnos = columns
        return Rows(addresses[:count], files[:count], lines[:count], colnos[:count], state[kernel.DROPPED], faults, at)

    def _define_file(self, at: int, end: int) -> None:
        """DW_LNE_define_file: a name and a directory; time and size are of no use."""
        data = self.section.line[:end]
        name_at = at
        while at < end and data[at]:
            at += 1
        directory, _ = _uleb(data, at + 1)
        self._defined.append((name_at, directory))


_Columns = tuple[memoryview, memoryview, memoryview, memoryview]


def _columns(room: int, old: _Columns | None = None) -> _Columns:
    """Buffers of `room` rows, with what `old` holds."""
    new = tuple(memoryview(bytearray(room * (8 if code == "Q" else 4))).cast(code) for code in ("Q", "I", "I", "I"))
    for column, before in zip(new, old or (), strict=False):
        column[: len(before)] = before
    return new[0], new[1], new[2], new[3]


def _grown(old: memoryview, room: int) -> memoryview:
    new = memoryview(bytearray(8 * room)).cast("Q")
    new[: len(old)] = old
    return new


def _in_order(columns: _Columns, count: int, sequences: memoryview, sequence_count: int) -> tuple[_Columns, int]:
    """Rows in order of their sequences to rows in order of their addresses."""
    if not count:
        return columns, 0
    # Most programs are in order as they stand; asking costs no buffers but for those that are not.
    if not kernel.in_order(columns[0], sequences, sequence_count):
        order, spare = (memoryview(bytearray(4 * count)).cast("I") for _ in range(2))
        out = _columns(count)
        count = kernel.arrange(*columns, sequences, sequence_count, *out, order, spare)
        columns = out
    return columns, kernel.squeeze(*columns, count)


@lru_cache(maxsize=64)
def _specials(line_base: int, line_range: int, opcode_base: int) -> memoryview:
    """For each opcode its operation advance, then for each its line advance modulo 2**32 (DWARF 5 §6.2.5.1)."""
    adjusted = [max(opcode - opcode_base, 0) for opcode in range(256)]
    if line_range == 0:
        return memoryview(bytes(2048)).cast("I")
    return memoryview(array("I", [n // line_range for n in adjusted] + [(line_base + n % line_range) & 0xFFFFFFFF for n in adjusted]))


class _Entries(NamedTuple):
    """Directories or files, as `kernels.dwarf_lines.read_entries` leaves them."""

    values: memoryview
    length: int
    forms: dict[int, int]

    def get(self, entry: int, target: int) -> int:
        return int(self.values[kernel.ENTRY_WIDTH * entry + target])


def _uleb(data: memoryview, at: int) -> tuple[int, int]:
    """An unsigned LEB128, modulo 2**64, and where it ends; zero at the end of the data."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if shift < 64:
            value |= (byte & 127) << shift
            shift += 7
        if byte < 128:
            break
    return value & _MASK_64, at


def _layout_v5(data: memoryview, at: int) -> tuple[tuple[tuple[int, int], ...], int, int]:
    """The entry format at `at`: pairs of content type and form; how many entries follow, and where."""
    pairs = []
    formats = data[at] if at < len(data) else 0
    at += 1
    for _ in range(formats):
        content, at = _uleb(data, at)
        form, at = _uleb(data, at)
        pairs.append((content, form))
    count, at = _uleb(data, at)
    return tuple(pairs), count, at


def _read_entries(
    data: memoryview, at: int, pairs: tuple[tuple[int, int], ...], count: int | None, width: int, little_endian: bool
) -> tuple[_Entries, int, str]:
    """The entries at `at`, where they end, and what is wrong with them ("" for nothing). Without `count` they end with an empty name."""
    layout = array("Q")
    forms: dict[int, int] = {}
    empty = _Entries(memoryview(b"").cast("Q"), 0, forms)
    for content, form in pairs:
        if form not in _FORMS:
            return empty, at, f"form {form:#x} is not known"
        kind, size = _FORMS[form]
        target = _TARGETS.get(content, kernel.IGNORED)
        if target != kernel.IGNORED:
            forms[target] = form
        layout.extend((kind, width if size is None else size, target))
    if count and all(kind == kernel.FIXED and size == 0 for kind, size in zip(layout[::3], layout[1::3], strict=True)):
        return empty, at, f"{count} entries without any bytes"
    state = memoryview(bytearray(8 * kernel.STATE_WIDTH)).cast("Q")
    state[kernel.POSITION], state[kernel.ARGUMENT] = min(at, len(data)), _MASK_64
    limit = len(data) if count is None else count
    room = min(limit, _SMALL_ROOM)
    entries = memoryview(bytearray(8 * kernel.ENTRY_WIDTH * room)).cast("Q")
    status = kernel.FULL if room or count is None else kernel.DONE
    while status == kernel.FULL:
        status = kernel.read_entries(data, memoryview(layout), state, entries, count is None, not little_endian)
        if status == kernel.FULL:
            if room >= limit:
                break
            room = min(4 * room, limit)
            entries = _grown(entries, kernel.ENTRY_WIDTH * room)
    fault = f"the header ends after {state[kernel.ROW]} of them" if status == kernel.TRUNCATED else ""
    return _Entries(entries, state[kernel.ROW], forms), state[kernel.POSITION], fault
