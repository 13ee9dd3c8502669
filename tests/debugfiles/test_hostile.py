"""DWARF that was written to cost much: small files, each over in a moment, and whatever is whole beside the damage still answers."""

import struct
from pathlib import Path

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.writing import write_table
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.kernels import compiled
from tests.counting import steps
from tests.makers import dwarf_bytes as dw
from tests.makers import line_tables as lm

pytestmark = pytest.mark.skipif(not compiled(), reason="the bounds are the same uncompiled, and take minutes")

STEPS, STEPS_A_BYTE = 20_000, 8
BYTES, BYTES_A_BYTE = 4_096, 16
NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
NAME, LOW, HIGH, RANGES, ORIGIN, SPECIFICATION, LANGUAGE, LINES, SIGNATURE, EXTERNAL = (
    3,
    0x11,
    0x12,
    0x55,
    0x31,
    0x47,
    0x13,
    0x10,
    0x69,
    0x3F,
)
ADDR, DATA1, DATA4, STRING, STRP, REF4, SEC_OFFSET, FLAG, SIG8, CONST = 1, 0x0B, 6, 8, 0x0E, 0x13, 0x17, 0x19, 0x20, 0x21
UNIT_DIE = (1, 0x11, 1, [(NAME, STRING), (LOW, ADDR), (HIGH, DATA4), (LANGUAGE, DATA1)])
GOOD_DIE = (9, 0x2E, 0, [(NAME, STRING), (LOW, ADDR), (HIGH, DATA1)])


def abbreviations(*declared):
    """A table of (code, tag, children, attributes); a constant is 1."""
    out = b""
    for code, tag, children, attributes in (UNIT_DIE, *declared, GOOD_DIE):
        out += dw.uleb(code) + dw.uleb(tag) + bytes([children])
        out += b"".join(dw.uleb(attribute) + dw.uleb(form) + (b"\1" if form == CONST else b"") for attribute, form in attributes) + b"\0\0"
    return out + b"\0"


def good(at):
    """A function of 16 bytes called `good`."""
    return dw.uleb(9) + b"good\0" + struct.pack("<QB", at, 16)


GOOD_UNIT = dw.unit(good(0x90000), low=0x90000, size=0x100)


def unit_with_lines(body, table):
    """A unit of code 8: with a line table."""
    content = struct.pack("<HIB", 4, 0, 8) + dw.uleb(8) + struct.pack("<I", table) + body + b"\0"
    return struct.pack("<I", len(content)) + content


WITH_LINES = (8, 0x11, 1, [(LINES, SEC_OFFSET)])


def look(container, others=(), address=0x1000):
    """The answers of the whole table and of the lazy one, and the table: made in steps and bytes in proportion to the sections' sizes."""
    size = sum(map(len, container.sections.values()))
    lazily, content = [], b""

    def run():
        nonlocal lazily, content
        content = write_table(container, Dwarf(container, others), None).to_bytes()
        lazily = LazyIndex(container, others).lookup(address)

    assert steps(run) < STEPS + STEPS_A_BYTE * size
    assert len(content) < BYTES + BYTES_A_BYTE * size
    index = NativeIndex(Table.open(content))
    return index.lookup(address), lazily, index


def names(frames):
    return [frame.function for frame in frames]


def test_a_long_range_list_that_many_share_is_read_a_bounded_number_of_times():
    lists = b"".join(struct.pack("<QQ", 0x100 + 2 * i, 0x101 + 2 * i) for i in range(5000)) + bytes(16)
    many = (dw.uleb(2) + bytes(4)) * 5000
    sections = dw.Sections(
        debug_info=dw.unit(many) + GOOD_UNIT, debug_abbrev=abbreviations((2, 0x2E, 0, [(RANGES, SEC_OFFSET)])), debug_ranges=lists
    )
    _, _, index = look(sections)
    assert names(index.lookup(0x90004)) == ["good"]
    assert any("range list" in one for one in index.warnings)


def test_a_range_list_that_units_share_is_bounded_where_units_are_chosen_by_it():
    lists = b"".join(struct.pack("<QQ", 0x100 + 2 * i, 0x101 + 2 * i) for i in range(5000)) + bytes(16)
    ranged = struct.pack("<HIB", 4, 0, 8) + dw.uleb(7) + bytes(4) + b"\0"
    units = (struct.pack("<I", len(ranged)) + ranged) * 5000
    abbrev = abbreviations((7, 0x11, 1, [(RANGES, SEC_OFFSET)]))
    sections = dw.Sections(debug_info=GOOD_UNIT + units, debug_abbrev=abbrev, debug_ranges=lists)
    found, lazily, _ = look(sections, address=0x90004)
    assert names(found) == names(lazily) == ["good"]


def test_a_range_list_without_an_end_ends_with_its_section():
    lists = b"".join(struct.pack("<QQ", 0x100 * i, 0x100 * i + 0x80) for i in range(1, 30))
    sections = dw.Sections(
        debug_info=dw.unit(dw.uleb(2) + bytes(4)), debug_abbrev=abbreviations((2, 0x2E, 0, [(RANGES, SEC_OFFSET)])), debug_ranges=lists
    )
    look(sections)


def test_line_tables_that_overlap_are_not_all_run():
    count, head = 2000, 28
    program = lm.set_address(0x1000) + b"\x13" * 200_000 + lm.END
    line = b""
    for i in range(count):
        at = i * head
        fixed = bytes([1, 1, 1, 251, 14, 13]) + lm.LENGTHS
        header = len(fixed) + (count - i - 1) * head + 2
        line += struct.pack("<IHI", count * head + 2 + len(program) - at - 4, 4, header) + fixed
    info = b"".join(unit_with_lines(good(0x1000 + 16 * i), i * head) for i in range(count))
    sections = dw.Sections(debug_info=info, debug_abbrev=abbreviations(WITH_LINES), debug_line=line + b"\0\0" + program)
    found, _, index = look(sections, address=0x1000 + 16 * (count - 1))
    assert names(found) == ["good"]
    assert any("overlap" in one for one in index.warnings)


def test_many_units_over_one_long_file_table_number_its_files_once():
    files = b"\0" + b"f\0\0\0\0" * 20_000 + b"\0"
    info = b"".join(unit_with_lines(good(0x1000 + 16 * i), 0) for i in range(3000))
    sections = dw.Sections(
        debug_info=info, debug_abbrev=abbreviations(WITH_LINES), debug_line=lm.table(lm.row(0x1000, 7) + lm.END, files=files)
    )
    _, _, index = look(sections)
    assert names(index.lookup(0x1000 + 16 * 2999)) == ["good"]


def test_names_in_the_midst_of_one_long_string_are_bounded():
    count = 30_000
    many = b"".join(dw.uleb(2) + struct.pack("<IQB", i, 0x1000 + i, 1) for i in range(count))
    abbrev = abbreviations((2, 0x2E, 0, [(NAME, STRP), (LOW, ADDR), (HIGH, DATA1)]))
    info = GOOD_UNIT + dw.unit(many, size=count)
    _, _, index = look(dw.Sections(debug_info=info, debug_abbrev=abbrev, debug_str=b"x" * (count + 20_000)))
    assert any("names were dropped" in one for one in index.warnings)
    assert len(index.lookup(0x1000)[0].function or "") <= 1 << 14


@pytest.mark.parametrize("form", [FLAG, CONST])
def test_abbreviations_of_more_attributes_than_there_are_count_as_damaged(form):
    abbrev = abbreviations((2, 0x2E, 0, [(0x59, form)] * 20_000))
    found, lazily, index = look(dw.Sections(debug_info=dw.unit(dw.uleb(2) * 100_000), debug_abbrev=abbrev))
    assert found == lazily == []
    assert any("abbreviation" in one for one in index.warnings)


def test_long_chains_of_origins_through_wide_dies_are_followed_in_bounded_time():
    at, count = dw.BODY_AT, 10_000
    chain = b"".join(dw.uleb(3) + struct.pack("<I", at + 5 * (i + 1)) for i in range(count))
    users = b"".join(dw.uleb(2) + struct.pack("<IQB", at + 5 * i, 0x1000 + i, 1) for i in range(count))
    abbrev = abbreviations(
        (2, 0x2E, 0, [(ORIGIN, REF4), (LOW, ADDR), (HIGH, DATA1)]), (3, 0x2E, 0, [(SIGNATURE, FLAG)] * 100 + [(ORIGIN, REF4)])
    )
    look(dw.Sections(debug_info=dw.unit(chain + users, size=count), debug_abbrev=abbrev))


def test_units_whose_abbreviation_tables_overlap_are_read_in_bounded_time():
    table = abbreviations(*[(i + 20, 0x34, 0, [(NAME, STRING)]) for i in range(20_000)])

    def unit(offset):
        content = struct.pack("<HIB", 4, offset, 8) + dw.uleb(1) + b"a\0" + struct.pack("<QIB", 0x1000, 16, 12) + b"\0"
        return struct.pack("<I", len(content)) + content

    look(dw.Sections(debug_info=GOOD_UNIT + b"".join(map(unit, range(1, 20_000))), debug_abbrev=table), address=0x90004)


def test_units_that_share_one_table_find_its_last_abbreviation():
    """What an honest linker writes: the bound above must not be met by it."""
    table = abbreviations(*[(i + 20, 0x34, 0, [(NAME, STRING)]) for i in range(3000)], (7, 0x11, 1, [(NAME, STRING)]))
    content = struct.pack("<HIB", 4, 0, 8) + dw.uleb(7) + b"a\0"
    units = b"".join(struct.pack("<I", len(body)) + body for body in (content + good(0x1000 + 16 * i) * 40 + b"\0" for i in range(500)))
    found, _, index = look(dw.Sections(debug_info=units, debug_abbrev=table), address=0x1000 + 16 * 499)
    assert names(found) == ["good"]
    assert index.warnings == ()


def test_types_that_are_each_others_signatures_end():
    """ref_sig8 from a class to the unit it is in: the scopes of a function without a linkage name."""
    abbrev = abbreviations(
        (2, 0x02, 1, [(SIGNATURE, SIG8)]), (3, 0x2E, 0, [(NAME, STRING), (LOW, ADDR), (HIGH, DATA1), (SPECIFICATION, SIG8)])
    )
    body = dw.uleb(2) + struct.pack("<Q", 7) + dw.uleb(3) + b"f\0" + struct.pack("<QBQ", 0x1000, 16, 7) + b"\0"
    found, lazily, _ = look(dw.Sections(debug_info=dw.unit(body, language=4), debug_abbrev=abbrev))
    assert names(found) == names(lazily) == ["f"]


def test_a_common_file_that_is_the_file_itself_ends():
    main, common = (memoryview((NATIVE / "dwz-multi" / "files" / name).read_bytes()) for name in ("apiary", "apiary.common"))
    for pair in ((main, main), (common, common), (common, main), (main, common, common)):
        assert steps(lambda pair=pair: NativeCompiler().compile(*pair)) < STEPS + STEPS_A_BYTE * sum(map(len, pair))


def test_a_million_levels_are_walked_and_not_climbed():
    body = dw.uleb(2) * 1_000_000
    found, lazily, _ = look(
        dw.Sections(debug_info=GOOD_UNIT + dw.unit(body, language=4), debug_abbrev=abbreviations((2, 0x0B, 1, []))), address=0x90004
    )
    assert names(found) == names(lazily) == ["good"]


def test_calls_of_a_byte_each_do_not_take_a_hundred_bytes_each():
    """An inlined call is kept even without code of its own: it says which calls are in it."""
    call = (2, 0x1D, 1, [])
    _, _, index = look(dw.Sections(debug_info=dw.unit(dw.uleb(2) * 400_000), debug_abbrev=abbreviations(call)))
    assert len(index._table.column("nodes")) < 5 * 400_000 // 2


def test_a_line_program_of_enormous_advances_stays_in_its_bounds():
    program = lm.set_address(0x1000) + (lm.advance((1 << 64) - 1) + lm.line((1 << 63) - 1) + lm.COPY) * 20_000 + lm.END
    info = unit_with_lines(good(0x1000), 0)
    found, lazily, _ = look(dw.Sections(debug_info=info, debug_abbrev=abbreviations(WITH_LINES), debug_line=lm.table(program)))
    assert names(found) == names(lazily) == ["good"]


@pytest.mark.parametrize("count", [1 << 20, 1 << 40, (1 << 64) - 1])
def test_counts_of_files_that_lie_cost_no_more_than_the_header(count):
    files = bytes([1, 1, 8]) + dw.uleb(1) + b"/d\0" + bytes([1, 1, 8]) + dw.uleb(count) + b"a.c\0"
    line = lm.table(lm.row(0x1000, 7) + lm.set_address(0x1010) + lm.END, version=5, files=files)
    found, _, _ = look(dw.Sections(debug_info=unit_with_lines(good(0x1000), 0), debug_abbrev=abbreviations(WITH_LINES), debug_line=line))
    assert [(one.function, one.line) for one in found] == [("good", 7)]


def test_many_folders_over_one_long_file_table_keep_their_functions_and_lose_their_files():
    files = b"\0" + b"f\0\0\0\0" * 20_000 + b"\0"
    unit = (8, 0x11, 1, [(0x1B, STRP), (LINES, SEC_OFFSET)])

    def foldered(i):
        content = struct.pack("<HIB", 4, 0, 8) + dw.uleb(8) + struct.pack("<II", i, 0) + good(0x1000 + 16 * i) + b"\0"
        return struct.pack("<I", len(content)) + content

    sections = dw.Sections(
        debug_info=b"".join(map(foldered, range(1500))), debug_abbrev=abbreviations(unit), debug_str=b"d" * 1600 + b"\0",
        debug_line=lm.table(lm.row(0x1000, 7) + lm.END, files=files),
    )  # fmt: skip
    _, _, index = look(sections)
    assert names(index.lookup(0x1000 + 16 * 1499)) == ["good"]
    assert any("the rest have none" in one for one in index.warnings)
