"""Line tables: `.debug_line` of one file (DWARF 2–5 §6.2), 32 and 64 bit, both byte orders.

This file decides which tables may be read, reports header errors, and offers one table as a whole. Headers and files are read by
`kernels/dwarf_line_tables.py`, programs by `kernels/dwarf_lines.py`, many tables at once; units choose the tables.

::

    lines = LineSection(debug_line, line_str=…, strings=…, str_offsets=…)
    table = lines.table(stmt_list)                  # MalformedArtifact if the header is unusable
    rows = table.rows(CodeBounds(0x1000, 0x9fff))   # sorted, one row an address; a row with file NONE is a gap
    row = rows.find(address)                        # -1, or the row that covers it
    table.path(rows.files[row], comp_dir), rows.lines[row], rows.columns[row]

Damaged parts are skipped: a program keeps the rows before the damage, a file table the entries; both count the faults
(`Rows.faults`, `LineTable.faults`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress
from operator import not_
from threading import Lock
from typing import Final

from symbolicator.debugfiles.dwarf.functions import EVERYTHING
from symbolicator.debugfiles.dwarf.line_files import LineFile, Strings, UsedFile, used_files
from symbolicator.debugfiles.dwarf.line_rows import NONE, CodeBounds, Rows, Runner
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.kernels import dwarf_line_tables
from symbolicator.kernels import dwarf_numbers as dw

__all__ = ["ANYWHERE", "NONE", "CodeBounds", "LineFile", "LineSection", "LineTable", "Rows"]

ANYWHERE: Final = CodeBounds()
_NOWHERE: Final = 0xFFFFFFFFFFFFFFFF
_LAYOUT: Final = 3 * 255


class LineSection:
    """`.debug_line` of one file, and the sections with its strings. Buffers are not copied.

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
        self.strings: Final = Strings(self.line, memoryview(line_str), memoryview(strings), memoryview(alt_strings))
        self.kernel: Final = dwarf_line_tables.Lines(self.line, memoryview(str_offsets), not little_endian)
        self.runner: Final = Runner(self.kernel)
        self._little_endian = little_endian
        self._address_size = address_size
        self._known: set[int] = set()
        self._left = memoryview(array("q", (2 * len(self.line) + (1 << 20), 4 * len(self.line) + (1 << 20))))
        self._lock = Lock()

    def table(self, offset: int, *, address_size: int | None = None, str_offsets_base: int | None = None) -> LineTable:
        """The table at `offset` (a DW_AT_stmt_list). Raises `MalformedArtifact` if its header is unusable, `LimitExceeded` if the
        requested tables overlap.

        `address_size` is the unit's, for tables before version 5, which do not say; `str_offsets_base` the unit's, for strx forms.
        """
        base = _NOWHERE if str_offsets_base is None else str_offsets_base
        return LineTable(self, self.read_headers([(offset, address_size or self._address_size, base)]))

    def read_headers(self, wanted: Sequence[tuple[int, int, int]]) -> memoryview:
        """The records (`dwarf_numbers.LINE`) of tables, given the start of each, and its unit's address size and base of string offsets.

        `broken` says which are unusable.
        """
        tables = zeros("Q", dw.LINE * len(wanted))
        for field, numbers in zip((dw.L_START, dw.L_ADDRESS, dw.L_STR_BASE), zip(*wanted, strict=True), strict=False):
            tables[field :: dw.LINE] = memoryview(array("Q", numbers))
        offsets = tables[dw.L_START :: dw.LINE].tolist()
        with self._lock:
            tables[dw.L_COUNTED :: dw.LINE] = memoryview(array("Q", map(self._known.__contains__, offsets)))
            dwarf_line_tables.headers(self.kernel, dwarf_line_tables.Entries(zeros("Q", _LAYOUT)), tables, self._left)
            self._known.update(compress(offsets, map(not_, tables[dw.L_FAULT :: dw.LINE].tolist())))
        return tables

    def offsets(self) -> Iterator[int]:
        """The start of each table, by the lengths in the tables; ends at the first impossible one."""
        at = 0
        while at + 4 <= len(self.line):
            yield at
            length, width = self._number(at, 4), 4
            if length == 0xFFFFFFFF:
                length, width = self._number(at + 4, 8), 12
            at += width + length

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self.line[at : at + size], "little" if self._little_endian else "big")

    def broken(self, tables: memoryview, number: int) -> MalformedArtifact | None:
        """Why a table is unusable; None if it is usable."""
        record = tables[dw.LINE * number : dw.LINE * (number + 1)]
        offset, fault = record[dw.L_START], record[dw.L_FAULT]
        if fault == dw.NO_TABLE:
            return MalformedArtifact(f"a unit refers to a line table at {offset:#x}; .debug_line has {len(self.line):#x} bytes")
        if fault == dw.BAD_VERSION:
            return MalformedArtifact(f"the line table at {offset:#x} has version {record[dw.L_VERSION]}; supported are 2 to 5", offset)
        if fault == dw.CUT_HEADER:
            return MalformedArtifact(f"the line table at {offset:#x} ends within its header", offset)
        if fault:
            return LimitExceeded(f"the line table at {offset:#x} and those before it hold more than the section: they overlap", offset)
        return None

    def used_files(
        self, tables: memoryview, spans: memoryview, used: memoryview, defines: memoryview
    ) -> Iterator[tuple[int, int, int, int, int]]:
        """The parts of the paths of used files: see `line_files.used_files`."""
        return used_files(self.kernel, tables, spans, used, defines)


class LineTable:
    """One table of a `LineSection`, created by `LineSection.table`. For one thread at a time."""

    def __init__(self, section: LineSection, record: memoryview) -> None:
        reason = section.broken(record, 0)
        if reason is not None:
            raise reason
        self.section: Final = section
        self.version: Final = int(record[dw.L_VERSION])
        self.end: Final = int(record[dw.L_END])
        """Where the next table starts, if any."""
        self.address_size: Final = int(record[dw.L_ADDRESS])
        self._record = record
        self._defines = zeros("Q", 0)

    @property
    def faults(self) -> list[str]:
        """Faults of the header and the file table, as sentences."""
        record, size = self._record, len(self.section.line)
        offset, width, end = record[dw.L_START], record[dw.L_OFFSET], record[dw.L_END]
        found = []
        at = offset + (4 if width == 4 else 12)
        if record[dw.L_LENGTH] > size - at:
            found.append(f"the line table at {offset:#x} is {record[dw.L_LENGTH]:#x} bytes long; the section ends after {size - at:#x}")
        at += (4 if self.version >= 5 else 2) + width
        header = record[dw.L_HEADER]
        if header > end - at:
            found.append(f"the header of the line table at {offset:#x} is {header:#x} bytes long; the table ends after {end - at:#x}")
        if not record[dw.L_LINE_RANGE]:
            found.append(f"the line table at {offset:#x} has a line_range of 0: its special opcodes advance nothing")
        for what, place in (("directories", dw.L_DIRECTORIES_FAULT), ("files", dw.L_FILES_FAULT)):
            fault, number = record[place], record[place + 1]
            if fault:
                found.append(f"the {what} of the line table at {offset:#x}: {_ENTRY_FAULTS[fault].format(number)}")
        return found

    @property
    def first_file(self) -> int:
        """The number of the first file: 0 from version 5 on, before that 1."""
        return 0 if self.version >= 5 else 1

    @property
    def file_count(self) -> int:
        """How many files there are, from number `first_file` on."""
        return int(self._record[dw.L_FILES] + self._record[dw.L_DEFINED])

    @property
    def files(self) -> list[LineFile]:
        """The files, in order; the first one has the number `first_file`. Those that the program itself defines (DW_LNE_define_file)
        stand last, once `rows` ran it.
        """
        return [self._as_written(one) for one in self._used(memoryview(b"\1" * self.file_count))]

    def file(self, i: int) -> LineFile:
        """File `i`, as DW_LNS_set_file, DW_AT_decl_file and DW_AT_call_file number it."""
        found = self._one(i)
        return LineFile(None, None) if found is None else self._as_written(found)

    def path(self, i: int, comp_dir: str | None = None) -> str | None:
        """The whole path of file `i`, cleaned: `comp_dir`, the table's own directory 0 (v5), the file's directory, its name. None where
        there is no such file. The same text each time: paths are remembered.
        """
        found = self._one(i)
        return None if found is None else self.section.strings.path(comp_dir, found.own, found.directory, found.name)

    def rows(self, bounds: CodeBounds = ANYWHERE) -> Rows:
        """Run the program: its rows, sorted, without the sequences that start outside `bounds`. Never raises.

        Sequences come in any order and may overlap (folded functions, ends that are too far): the one that starts last before an address is
        used there, and where it ends the enclosing one continues. Of rows at one address the last written is used: those before it cover
        nothing.
        """
        with self.section.runner.run(self._record, bounds, EVERYTHING) as running:
            rows = running.rows(0)
            self._defines = running.defines
        return rows

    def _as_written(self, found: UsedFile) -> LineFile:
        return LineFile(self.section.strings.text(found.directory), self.section.strings.text(found.name))

    def _one(self, i: int) -> UsedFile | None:
        entry = i - self.first_file
        return next(self._used(memoryview(bytes(entry) + b"\1")), None) if 0 <= entry < self.file_count else None

    def _used(self, used: memoryview) -> Iterator[UsedFile]:
        spans = memoryview(array("Q", (0, 0, len(used))))
        return map(UsedFile._make, self.section.used_files(self._record, spans, used, self._defines))


_ENTRY_FAULTS: Final = {
    dw.BAD_FORM: "form {:#x} is not known",
    dw.NO_BYTES: "{} entries without any bytes",
    dw.PAST_END: "the header ends after {} of them",
}
