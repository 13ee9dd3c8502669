"""Line tables: headers, files, paths, rows."""

import io
import tracemalloc
from bisect import bisect_right

import pytest
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.dwarf.lines import ANYWHERE, NONE, CodeBounds, LineFile, LineSection
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import compiled
from tests.makers.line_tables import (
    COPY,
    END,
    FILES_V4,
    advance,
    column,
    extended,
    file,
    files_v5,
    line,
    sequence,
    set_address,
    sleb,
    table,
    uleb,
)


def read(data, bounds=ANYWHERE, **options):
    rows = LineSection(data, **options).table(0).rows(bounds)
    return [(a, f if f != NONE else None, n, c) for a, f, n, c in zip(rows.addresses, rows.files, rows.lines, rows.columns, strict=True)]


def lines_of(program, bounds=ANYWHERE, **options):
    """(address, line) of each row; the line None in a gap."""
    return [(a, n if f else None) for a, f, n, _ in read(table(program, **options), bounds)]


# Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_of_the_docstring():
    assert lines_of(set_address(0x1000) + b"\x13\x83" + advance(4) + END) == [(0x1000, 2), (0x1008, 3), (0x100C, None)]


def test_the_end_of_a_sequence_is_not_in_it():
    rows = LineSection(table(sequence((0x10, 1), (0x14, 2), end=0x18))).table(0).rows()
    assert [rows.find(address) for address in (0xF, 0x10, 0x13, 0x14, 0x17, 0x18, 0x100)] == [-1, 0, 0, 1, 1, -1, -1]


def test_of_rows_at_one_address_the_last_wins():
    assert lines_of(sequence((0x10, 1), (0x14, 2), (0x14, 3), end=0x18)) == [(0x10, 1), (0x14, 3), (0x18, None)]


def test_rows_that_repeat_the_one_before_are_left_out():
    assert lines_of(sequence((0x10, 1), (0x12, 1), (0x14, 2), end=0x18)) == [(0x10, 1), (0x14, 2), (0x18, None)]


def test_sequences_are_sorted_by_address():
    program = sequence((0x30, 3), end=0x38) + sequence((0x10, 1), end=0x18)
    assert lines_of(program) == [(0x10, 1), (0x18, None), (0x30, 3), (0x38, None)]


def test_sequences_that_touch_leave_no_gap():
    assert lines_of(sequence((0x18, 3), end=0x20) + sequence((0x10, 1), end=0x18)) == [(0x10, 1), (0x18, 3), (0x20, None)]


def test_a_sequence_within_another_has_its_addresses_and_the_outer_one_goes_on_behind_it():
    program = sequence((0x10, 1), (0x30, 2), end=0x60) + sequence((0x20, 7), end=0x40)
    assert lines_of(program) == [(0x10, 1), (0x20, 7), (0x40, 2), (0x60, None)]


def test_of_sequences_that_start_together_the_later_one_wins_and_the_longer_one_goes_on():
    program = sequence((0x10, 1), end=0x40) + sequence((0x10, 7), end=0x20)
    assert lines_of(program) == [(0x10, 7), (0x20, 1), (0x40, None)]


def test_a_sequence_whose_addresses_go_down_is_sorted_and_cut_at_its_end():
    assert lines_of(sequence((0x30, 3), (0x10, 1), (0x50, 5), (0x20, 2), end=0x40)) == [(0x10, 1), (0x20, 2), (0x30, 3), (0x40, None)]


@pytest.mark.parametrize(
    ("address", "bounds"),
    [
        # bfd: the address of dropped code is 0, or 1
        (0, CodeBounds(low=0x1000)),
        (1, CodeBounds(low=0x1000)),
        # bfd of old: the offset in the dropped section stays
        (0x40, CodeBounds(low=0x1000)),
        # lld: all ones, or one less
        (2**64 - 1, CodeBounds()),
        (2**64 - 2, CodeBounds()),
        # gold: behind the code
        (0x9000, CodeBounds(0x1000, 0x8FFF)),
        # what a caller knows besides
        (0x2000, CodeBounds(tombstones=(0x2000,))),
    ],
)
def test_a_sequence_that_starts_at_a_tombstone_goes_whole(address, bounds):
    dropped = set_address(address) + COPY + advance(0x1800) + COPY + advance(8) + END
    rows = LineSection(table(dropped + sequence((0x3000, 5), end=0x3008))).table(0).rows(bounds)
    assert rows.addresses.tolist() == [0x3000, 0x3008]
    assert rows.dropped == 1


def test_code_at_zero_is_kept_where_code_can_be_there():
    assert lines_of(sequence((0, 4), end=8)) == [(0, 4), (8, None)]


def test_the_tombstones_of_four_bytes_are_four_bytes_long():
    data = table(set_address(0xFFFFFFFF, 4) + COPY + advance(4) + END, version=3)
    assert LineSection(data, address_size=4).table(0).rows().dropped == 1


def test_very_long_instruction_words_count_operations():
    # maximum_operations 3, min_inst_length 16: advances of 1 stay within an instruction twice, the third moves on.
    program = (
        set_address(0x1000)
        + COPY
        + advance(1)
        + line(1)
        + COPY
        + advance(2)
        + line(1)
        + COPY
        + advance(5)
        + line(1)
        + COPY
        + advance(3)
        + END
    )
    assert lines_of(program, max_ops=3, min_inst=16) == [(0x1000, 2), (0x1010, 3), (0x1020, 4), (0x1030, None)]


def test_special_opcodes_move_within_an_instruction_word_too():
    # line_base −5, line_range 14, opcode_base 13: opcode 19 + 14 n is "one line on, n operations on".
    step, word = bytes([19 + 14 * 1]), bytes([19 + 14 * 2])
    assert lines_of(set_address(0) + COPY + step + step + step + word + advance(3) + END, max_ops=3, min_inst=4) == [
        (0, 3),
        (4, 5),
        (8, None),
    ]
    # The last of them ended two operations into a word: one more is the next one's begin.
    assert lines_of(set_address(0) + COPY + word + step + advance(3) + END, max_ops=3, min_inst=4) == [(0, 2), (4, 3), (8, None)]


def test_fixed_advance_and_addresses_start_a_new_instruction_word():
    program = set_address(0) + COPY + advance(2) + b"\x09\x10\x00" + line(1) + COPY + advance(1) + line(1) + COPY + set_address(0x40) + END
    assert lines_of(program, max_ops=3, min_inst=4) == [(0, 1), (0x10, 3), (0x40, None)]


def test_const_add_pc_advances_as_opcode_255_does():
    assert lines_of(set_address(0) + COPY + b"\x08" + line(1) + COPY + advance(1) + END) == [(0, 1), (17, 2), (18, None)]


def test_unknown_opcodes_are_skipped_by_the_lengths_in_the_header():
    lengths = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 3, 0])
    program = (
        set_address(0x10) + b"\x0d" + uleb(300) + uleb(1) + uleb(2**40) + b"\x0e" + extended(0x80, b"anything") + COPY + advance(1) + END
    )
    assert lines_of(program, opcode_base=15, lengths=lengths) == [(0x10, 1), (0x11, None)]


def test_a_header_of_few_standard_opcodes_makes_the_others_special():
    # DWARF 2 of old compilers: opcode_base 10, so 10 is the first special opcode.
    assert lines_of(set_address(0x10) + b"\x0a" + advance(1) + END, version=2, opcode_base=10, line_base=1) == [(0x10, 2), (0x11, None)]


def test_a_line_range_of_zero_divides_nothing():
    data = table(set_address(0x10) + b"\x20" + advance(1) + END, line_range=0)
    assert read(data) == [(0x10, 1, 1, 0), (0x11, None, 0, 0)]
    assert "line_range" in LineSection(data).table(0).faults[0]


def test_file_and_column_are_kept_and_reset_with_each_sequence():
    program = set_address(0x10) + file(3) + column(70000) + COPY + advance(2) + END + set_address(0x20) + COPY + advance(2) + END
    assert read(table(program)) == [(0x10, 3, 1, 70000), (0x12, None, 0, 0), (0x20, 1, 1, 0), (0x22, None, 0, 0)]


def test_a_negative_line_is_no_line():
    assert lines_of(set_address(0x10) + line(-5) + COPY + advance(1) + END) == [(0x10, 0), (0x11, None)]


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [2, 4, 8])
def test_every_version_width_order_and_address_size(version, wide, order, size):
    little = order == "<"
    program = (
        set_address(0x1234, size, "little" if little else "big") + COPY + b"\x09" + (0x102).to_bytes(2, "little" if little else "big") + END
    )
    files = FILES_V4 if version < 5 else files_v5([b"/cwd\0"], [b"a.c\0\0"], [(1, 8)], [(1, 8), (2, 0x0B)])
    data = table(program, version, files, wide=wide, order=order, address_size=size)
    section = LineSection(data, little_endian=little, address_size=size)
    found = section.table(0)
    assert found.rows().addresses.tolist() == [0x1234, 0x1336]
    assert found.path(found.first_file, "/cwd") == "/cwd/a.c"
    assert (found.version, found.address_size, found.end) == (version, size, len(data))


# Damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_program_that_is_cut_keeps_the_rows_read_so_far():
    rows = (
        LineSection(table(sequence((0x10, 1), (0x14, 2), end=0x18) + set_address(0x20) + COPY + advance(4) + line(1) + COPY + b"\x02\xff"))
        .table(0)
        .rows()
    )
    # The last row's extent is not known: it is where its sequence ends.
    assert rows.addresses.tolist() == [0x10, 0x14, 0x18, 0x20, 0x24]
    assert rows.faults == 2


@pytest.mark.parametrize(
    ("damage", "goes_on"),
    [
        # an extended opcode of no bytes
        (b"\0\0", True),
        # an address of five bytes
        (extended(2, b"12345"), True),
        # a length past the end
        (b"\0\xff\xff\x7f\1", False),
    ],
)
def test_what_cannot_be_meant_is_skipped_and_counted(damage, goes_on):
    data = table(sequence((0x10, 1), end=0x18) + damage + sequence((0x20, 2), end=0x28))
    found = LineSection(data).table(0)
    rows = found.rows()
    assert rows.addresses.tolist() == [0x10, 0x18] + goes_on * [0x20, 0x28]
    assert rows.faults == 1
    assert data[rows.fault_at :].startswith(damage)


def test_leb128s_may_be_as_long_as_they_like_and_count_modulo_two_to_the_64():
    assert lines_of(set_address(0x10) + COPY + b"\x02" + uleb(5, pad=100_000) + line(1) + COPY + advance(1) + END)[1] == (0x15, 2)
    assert lines_of(set_address(0x10) + COPY + b"\x02" + uleb(2**70 + 5) + line(1) + COPY + advance(1) + END)[1] == (0x15, 2)


def test_an_advance_past_the_end_of_the_address_space_wraps_and_is_put_in_order():
    assert lines_of(set_address(0x10) + COPY + advance(2**64 - 8) + line(1) + COPY + set_address(0x20) + END) == [
        (0x8, 2),
        (0x10, 1),
        (0x20, None),
    ]


@pytest.mark.parametrize("length", [0, 3, 20, 0xFFFFFFF0, 2**63])
def test_a_lying_length_is_bounded_by_the_section(length):
    data = bytearray(table(sequence((0x10, 1), end=0x18), wide=True))
    data[4:12] = length.to_bytes(8, "little")
    try:
        found = LineSection(bytes(data)).table(0)
    except MalformedArtifact:
        return
    found.rows()
    assert found.end <= len(data)


@pytest.mark.parametrize("version", [0, 1, 6, 0xFFFF])
def test_an_unknown_version_is_said(version):
    with pytest.raises(MalformedArtifact, match=f"version {version}"):
        LineSection(table(b"", version=4)[:4] + version.to_bytes(2, "little") + bytes(40)).table(0)


def test_an_offset_past_the_section_is_said():
    with pytest.raises(MalformedArtifact, match="0x400"):
        LineSection(table(b"")).table(0x400)


def test_entries_without_bytes_are_refused_whatever_their_number():
    # DW_FORM_flag_present takes no bytes: 2**60 of them would fit.
    files = b"\1\1\x08\1/\0" + b"\1\1\x19" + uleb(2**60)
    found = LineSection(table(b"", 5, files)).table(0)
    assert found.files == []
    assert "without any bytes" in found.faults[0]


def test_a_number_of_entries_that_lies_ends_with_the_header():
    tracemalloc.start()
    files = b"\1\1\x08\1/\0" + b"\1\1\x08" + uleb(2**60) + b"a\0b\0"
    found = LineSection(table(b"", 5, files)).table(0)
    assert [name for _, name in found.files] == ["a", "b"]
    assert "after 2" in found.faults[0]
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_million_files_are_read_when_one_is_asked_for():
    many = 1_000_000 if compiled() else 10_000
    found = LineSection(table(b"", 4, b"\0" + b"f\0\0\0\0" * many + b"\0")).table(0)
    assert found.path(many, "/d") == "/d/f"
    assert found.path(many + 1) is None


@given(st.binary(max_size=300), st.integers(2, 5))
def test_no_bytes_raise_anything_but_ours(data, version):
    head = table(b"", version)[:24]
    for whole in (data, head + data):
        try:
            found = LineSection(whole, line_str=data, strings=data).table(0)
        except MalformedArtifact:
            continue
        rows = found.rows()
        assert rows.addresses.tolist() == sorted(set(rows.addresses))
        assert len(found.files) <= len(whole)
        for i in range(-1, 5):
            found.path(i, "/c")


# Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_count_from_one_and_directory_zero_is_the_unit_s_before_version_5():
    found = LineSection(table(b"")).table(0)
    assert found.files == [LineFile("", "a.c"), LineFile("/inc", "b.h"), LineFile("sub", "c.h")]
    assert [found.path(i, "/build") for i in range(5)] == [None, "/build/a.c", "/inc/b.h", "/build/sub/c.h", None]


def test_files_and_directories_count_from_zero_in_version_5():
    files = files_v5([b"/build\0", b"inc\0"], [b"a.c\0\0", b"b.h\0\1"], [(1, 0x08)], [(1, 0x08), (2, 0x0B)])
    found = LineSection(table(b"", 5, files)).table(0)
    assert [found.path(i, "/other") for i in range(3)] == ["/build/a.c", "/build/inc/b.h", None]


def test_a_directory_that_is_not_there_leaves_the_name():
    files = files_v5([b"/build\0"], [b"a.c\0\7"], [(1, 0x08)], [(1, 0x08), (2, 0x0B)])
    assert LineSection(table(b"", 5, files)).table(0).file(0) == LineFile(None, "a.c")


def test_strings_come_from_every_section_that_can_hold_them():
    entries = [b"\1\0\0\0\0", b"\1\0\0\0\0"]
    files = files_v5([b"\0\0\0\0"], entries, [(1, 0x1F)], [(1, 0x1F), (2, 0x0B)])
    found = LineSection(table(b"", 5, files), line_str=b"/a.c\0").table(0)
    assert found.path(0) == "/a.c/a.c"
    files = files_v5([b"\0\0\0\0"], entries, [(1, 0x0E)], [(1, 0x0E), (2, 0x0B)])
    assert LineSection(table(b"", 5, files), strings=b"/b.c\0").table(0).path(0) == "/b.c/b.c"
    files = files_v5([], [b"\1"], [], [(1, 0x25)])
    section = LineSection(
        table(b"", 5, files), strings=b"x\0y.c\0", str_offsets=bytes(8) + (9).to_bytes(4, "little") + (2).to_bytes(4, "little")
    )
    assert section.table(0, str_offsets_base=8).path(0) == "y.c"
    assert section.table(0).path(0) is None


@pytest.mark.parametrize("form", [0x1D, 0x1F21])
def test_strings_that_dwz_moved_away_come_from_its_file(form):
    files = files_v5([], [b"\2\0\0\0"], [], [(1, form)])
    assert LineSection(table(b"", 5, files), strings=b"x\0wrong\0", alt_strings=b"x\0y.c\0").table(0).path(0) == "y.c"
    assert LineSection(table(b"", 5, files), strings=b"x\0wrong\0").table(0).path(0) is None


def test_unknown_contents_are_skipped_by_their_forms():
    files = files_v5([b"/d\0"], [b"\2zza.c\0\0\0\0\0"], [(1, 0x08)], [(0x2002, 0x0A), (1, 0x08), (3, 0x06)])
    assert LineSection(table(b"", 5, files)).table(0).path(0) == "/d/a.c"


def test_the_program_may_define_files():
    program = extended(3, b"d.c\0\1\0\0") + set_address(0x10) + file(4) + COPY + advance(1) + END
    found = LineSection(table(program)).table(0)
    rows = found.rows()
    assert found.path(rows.files[0], "/c") == "/inc/d.c"
    found.rows()
    assert len(found.files) == found.file_count == 4


def test_tables_follow_each_other():
    first = table(sequence((0x10, 1), end=0x18))
    section = LineSection(first + table(sequence((0x20, 2), end=0x28), wide=True) + table(b"", 5, files_v5([], [], [], [])))
    offsets = list(section.offsets())
    assert offsets[1] == len(first)
    assert [len(section.table(offset).rows().addresses) for offset in offsets] == [2, 2, 0]


# The oracle ───────────────────────────────────────────────────────────────────────────────────────────────────────


def oracle_rows(data):
    """What pyelftools says of the table at 0: the last row at each address, sequences that do not overlap assumed."""
    sections = dict.fromkeys(DWARFInfo.__init__.__code__.co_varnames[2 : DWARFInfo.__init__.__code__.co_argcount])
    sections["debug_line_sec"] = DebugSectionDescriptor(io.BytesIO(data), ".debug_line", 0, len(data), 0)
    info = DWARFInfo(DwarfConfig(True, "x64", 8), **sections)
    found = {}
    for entry in info._parse_line_program_at_offset(0, info.structs).get_entries():
        state = entry.state
        if state is not None:
            if state.end_sequence:
                found.setdefault(state.address, None)
            else:
                found[state.address] = (state.file, state.line, state.column)
    return found


steps = st.one_of(
    st.integers(13, 255).map(lambda n: bytes([n])),
    st.sampled_from([COPY, b"\x06", b"\x07", b"\x08", b"\x0a", b"\x0b", b"\x0c\x05", extended(4, b"\x05"), extended(0x85, b"abc")]),
    st.integers(0, 2000).map(advance),
    st.integers(-50, 5000).map(line),
    st.integers(0, 60).map(file),
    st.integers(0, 400).map(column),
    st.integers(0, 0xFFFF).map(lambda n: b"\x09" + n.to_bytes(2, "little")),
)


@given(st.lists(st.lists(steps, max_size=30), max_size=4), st.integers(-10, 1), st.integers(1, 20), st.integers(1, 4))
def test_random_programs_give_the_rows_that_pyelftools_gives(sequences, line_base, line_range, min_inst):
    program = b"".join(
        set_address(0x1000000 * (i + 1)) + line(10000) + b"".join(parts) + advance(1) + END for i, parts in enumerate(sequences)
    )
    data = table(program, line_base=line_base, line_range=line_range, min_inst=min_inst)
    rows = LineSection(data).table(0).rows()
    for address, want in oracle_rows(data).items():
        at = bisect_right(rows.addresses, address) - 1
        have = (rows.files[at], rows.lines[at], rows.columns[at]) if at >= 0 and rows.files[at] != NONE else None
        assert have == want


@given(st.integers(-(2**70), 2**70))
def test_signed_numbers_move_the_line_modulo_two_to_the_32(number):
    rows = LineSection(table(set_address(0x10) + b"\3" + sleb(number) + COPY + advance(1) + END)).table(0).rows()
    if -(2**63) <= number < 2**63:
        expected = (1 + number) % 2**32
        assert rows.lines[0] == (expected if expected < 2**31 else 0)
