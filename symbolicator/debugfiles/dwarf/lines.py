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

from collections.abc import Iterator
from typing import Final

from symbolicator.debugfiles.dwarf.line_files import FileTable, LineFile, Strings
from symbolicator.debugfiles.dwarf.line_rows import NONE, CodeBounds, Program, Rows, Runner
from symbolicator.errors import LimitExceeded, MalformedArtifact

__all__ = ["ANYWHERE", "NONE", "CodeBounds", "LineFile", "LineSection", "LineTable", "Rows"]

ANYWHERE: Final = CodeBounds()


class LineSection:
    """`.debug_line` of one file, and the sections that its strings are in. Buffers are kept, not copied.

    Safe to share between threads: only memories change (strings, and buffers for rows, one for each thread that runs programs).
    """

    def __init__(
        self,
        line: memoryview | bytes,
        *,
        line_str: memoryview | bytes = b"",
        strings: memoryview | bytes = b"",
        str_offsets: memoryview | bytes = b"",
        alt_strings: memoryview | bytes = b"",
        little_endian: bool = True,
        address_size: int = 8,
    ) -> None:
        self.line: Final = memoryview(line)
        self.strings: Final = Strings(
            self.line, memoryview(line_str), memoryview(strings), memoryview(str_offsets), memoryview(alt_strings), little_endian
        )
        self.little_endian: Final = little_endian
        self.address_size: Final = address_size
        self.runner: Final = Runner()
        self._known: set[int] = set()
        self._headers_left = 2 * len(self.line) + (1 << 20)
        self._programs_left = 4 * len(self.line) + (1 << 20)

    def table(self, offset: int, *, address_size: int | None = None, str_offsets_base: int | None = None) -> LineTable:
        """The table at `offset` (a DW_AT_stmt_list). Reads its fixed header, no more. Raises `MalformedArtifact` where that cannot be used,
        `LimitExceeded` where the tables asked for overlap.

        `address_size` is the unit's, for tables before version 5, which do not say; `str_offsets_base` the unit's, for strx forms.
        """
        table = LineTable(self, offset, address_size or self.address_size, str_offsets_base)
        if offset not in self._known:
            # Tables do not overlap where nobody means harm; a thousand of them over one long program would cost a thousand programs.
            header, program = table.sizes
            self._headers_left -= header
            self._programs_left -= program
            if min(self._headers_left, self._programs_left) < 0:
                raise LimitExceeded(f"the line table at {offset:#x} and those before it hold more than the section: they overlap", offset)
            self._known.add(offset)
        return table

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
        return int.from_bytes(self.line[at : at + size], self.strings.byteorder)


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
        length, at = number(offset, 4), offset + 4
        self._width = 8 if length == 0xFFFFFFFF else 4
        if self._width == 8:
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
        min_inst_length, at = number(at, 1), at + 1
        max_operations = 1
        if self.version >= 4:
            max_operations, at = number(at, 1) or 1, at + 1
        at += 1  # default_is_stmt: no matter here
        line_base, line_range, opcode_base = number(at, 1), number(at + 1, 1), number(at + 2, 1)
        at += 3
        if at > self.end:
            raise MalformedArtifact(f"the line table at {offset:#x} ends within its header", offset)
        if line_range == 0:
            self.faults.append(f"the line table at {offset:#x} has a line_range of 0: its special opcodes advance nothing")
        lengths = bytes(section.line[at : at + max(opcode_base - 1, 0)])
        self._tables_at = at + len(lengths)
        self._program = Program(
            section.line[self._program_at : self.end],
            section.little_endian,
            self.address_size,
            min_inst_length,
            max_operations,
            line_base - 256 if line_base >= 128 else line_base,
            line_range,
            opcode_base,
            lengths,
        )
        self._files: FileTable | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes of its directories and files, and of its program."""
        return max(self._program_at - self._tables_at, 0), len(self._program.code)

    @property
    def first_file(self) -> int:
        """The number of the first file: 0 from version 5 on, before that 1."""
        return 0 if self.version >= 5 else 1

    @property
    def file_count(self) -> int:
        """How many files there are, from number `first_file` on."""
        return len(self._file_table())

    @property
    def files(self) -> list[LineFile]:
        """The files, in order; the first one has the number `first_file`. Those that the program itself defines (DW_LNE_define_file)
        stand last, once `rows` ran it.
        """
        table = self._file_table()
        return [table.file(i) for i in range(self.first_file, self.first_file + len(table))]

    def file(self, i: int) -> LineFile:
        """File `i`, as DW_LNS_set_file, DW_AT_decl_file and DW_AT_call_file number it."""
        return self._file_table().file(i)

    def path(self, i: int, comp_dir: str | None = None) -> str | None:
        """The whole path of file `i`, cleaned: `comp_dir`, the table's own directory 0 (v5), the file's directory, its name. None where
        there is no such file. The same text each time: paths are remembered.
        """
        return self._file_table().path(i, comp_dir)

    def source(self, i: int) -> str | None:
        """The text of file `i` where the table holds it (DW_LNCT_LLVM_source); None where not."""
        return self._file_table().source(i)

    def md5(self, i: int) -> bytes | None:
        """The MD5 of file `i`'s text, where the table says it."""
        return self._file_table().md5(i)

    def rows(self, bounds: CodeBounds = ANYWHERE) -> Rows:
        """Run the program: its rows, sorted, without the sequences that start outside `bounds`. Never raises.

        Sequences come in any order and may overlap (folded functions, ends that run over): the one that starts last before an address has
        it, and where it ends the one around it goes on. Of rows at one address the last written wins: those before it cover nothing.
        """
        if self._files is not None:
            self._files.forget_defined()
        rows = self.section.runner.run(self._program, bounds, self._define_file)
        return rows if rows.fault_at is None else rows._replace(fault_at=self._program_at + rows.fault_at)

    def _define_file(self, at: int, end: int) -> None:
        self._file_table().define(self._program_at + at, self._program_at + end)

    def _file_table(self) -> FileTable:
        if self._files is None:
            self._files = FileTable(
                self.section.strings, self.offset, self._tables_at, self._program_at, self.version, self._width, self._str_offsets_base
            )
            self.faults.extend(self._files.faults)
        return self._files
