"""Line tables of real compilers and linkers, against pyelftools: every row of every unit."""

from bisect import bisect_right
from itertools import pairwise
from pathlib import Path

import pytest
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from symbolicator.debugfiles.dwarf.lines import NONE, LineSection

FIXTURES = Path(__file__).parents[3] / "fixtures" / "native"
MOST = 60_000
"""Bytes of `.debug_line`: pyelftools takes its time."""


def elf_files():
    for path in sorted(FIXTURES.resolve().rglob("*")) if FIXTURES.is_dir() else ():
        if path.is_file():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield pytest.param(path, id=str(path.relative_to(FIXTURES.resolve())))


def content(section):
    return b"" if section is None else section.stream.getvalue()


@pytest.mark.parametrize("path", list(elf_files()))
def test_every_row_and_file_is_that_of_pyelftools(path):
    with path.open("rb") as file:
        try:
            elf = ELFFile(file)
            info = elf.get_dwarf_info() if elf.has_dwarf_info() else None
        except ELFError as error:
            pytest.skip(f"pyelftools cannot read it: {error}")
        data = content(info and info.debug_line_sec)
        if not data or len(data) > MOST:
            pytest.skip("no line tables, or too many of them for pyelftools")
        section = LineSection(
            data,
            line_str=content(info.debug_line_str_sec),
            strings=content(info.debug_str_sec),
            little_endian=elf.little_endian,
            address_size=elf.elfclass // 8,
        )
        for offset in section.offsets():
            program = info._parse_line_program_at_offset(offset, info.structs)
            table = section.table(offset)
            compare_rows(table.rows(), program)
            assert [found.name for found in table.files] == [entry.name.decode("utf-8", "replace") for entry in program.header.file_entry]
            assert not table.faults


def compare_rows(rows, program):
    """Each address of the oracle's rows has its last row, or a gap where a sequence ended; tombstoned sequences aside."""
    sequences, current = [], []
    for entry in program.get_entries():
        if entry.state is not None:
            current.append(entry.state)
            if entry.state.end_sequence:
                sequences.append(current)
                current = []
    spans = sorted((sequence[0].address, sequence[-1].address) for sequence in sequences)
    overlapping = {span for before, span in pairwise(spans) if span[0] < before[1]}
    for sequence in sequences:
        if (sequence[0].address, sequence[-1].address) in overlapping or sequence[0].address >= sequence[-1].address:
            continue
        last = {state.address: state for state in sequence[:-1] if state.address < sequence[-1].address}
        for address, state in last.items():
            at = bisect_right(rows.addresses, address) - 1
            if not any(low <= address < high for low, high in overlapping):
                assert (rows.files[at], rows.lines[at], rows.columns[at]) == (state.file, state.line, state.column)
    assert not rows.faults
    assert not rows.files or rows.files[-1] == NONE
