"""Mach-O files as containers: headers, ids, sections, symbols, slices."""

import struct
from pathlib import Path

import pytest

from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.macho.file import MachoFile
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind
from tests.counting import peak_bytes
from tests.makers.macho import (
    ARM,
    ARM64,
    ARM64_32,
    CODE,
    CORE,
    DSYM,
    EXECUTE,
    OBJECT,
    PIE,
    PPC,
    TEXT,
    X86,
    X86_64,
    Maker,
    fat,
    trie,
    zdebug,
)

UUID = bytes.fromhex("3c28a1aa6b943239aa75ab67454dc7f2")
OTHER = bytes.fromhex("6a0afe0f69b439ad9f42ced873bd43b9")
NATIVE = Path(__file__).parents[3] / "fixtures" / "native"


def names(file):
    return [(symbol.address - file.load_address, symbol.size, symbol.name.decode()) for symbol in file.symbols()]


@pytest.mark.parametrize(
    ("cpu", "subtype", "bits", "little", "arch"),
    [
        (ARM64, 0, 64, True, "arm64"),
        # the highest byte says how pointers are signed
        (ARM64, 0x80000002, 64, True, "arm64e"),
        (ARM64_32, 1, 32, True, "arm64_32"),
        (X86_64, 0x80000003, 64, True, "x86_64"),
        (X86_64, 8, 64, True, "x86_64h"),
        (X86, 3, 32, True, "x86"),
        (ARM, 9, 32, True, "armv7"),
        (ARM, 11, 32, True, "armv7s"),
        (ARM, 12, 32, True, "armv7k"),
        (PPC, 0, 32, False, "ppc"),
        (99, 0, 64, False, "unknown-99"),
    ],
)
def test_every_architecture_and_byte_order_is_read(cpu, subtype, bits, little, arch):
    maker = Maker(bits, little, cpu, subtype).uuid(UUID).code().section("__debug_info", b"dwarf").symbol("_f", 0x400)
    file = MachoFile(maker.build())
    assert (file.bits, file.little_endian, file.arch) == (bits, little, arch)
    assert (file.code_id, file.debug_id) == (UUID.hex(), "3c28a1aa-6b94-3239-aa75-ab67454dc7f2")
    assert bytes(file.section(".debug_info")) == b"dwarf"
    assert file.load_address == maker.base
    assert file.executable_ranges == ((maker.base + 0x400, maker.base + 0x500),)
    assert names(file) == [(0x400, 0x100, "f")]


def test_a_uuid_of_zeros_is_none():
    assert MachoFile(Maker().uuid(bytes(16)).build()).debug_id is None


def test_names_of_sections_that_were_cut_are_found_by_whole_ones():
    file = MachoFile(Maker().section("__debug_str_offs", b"offsets").section("__debug_line_str", b"lines").build())
    assert bytes(file.section(".debug_str_offsets")) == b"offsets"
    assert bytes(file.section(".debug_line_str")) == b"lines"
    assert file.section(".debug_line") is None


def test_compressed_sections_are_inflated():
    file = MachoFile(Maker().section("__zdebug_info", zdebug(b"dwarf" * 20)).section("__zdebug_str_off", zdebug(b"o" * 64)).build())
    assert bytes(file.section(".debug_info")) == b"dwarf" * 20
    assert bytes(file.section(".debug_str_offsets")) == b"o" * 64
    assert file.inflated == 164
    assert {"debug_info", "compressed"} <= file.features


def test_a_compressed_section_that_is_a_bomb_is_none_and_says_so():
    bomb = b"ZLIB" + struct.pack(">Q", 1 << 40) + b"x"
    file = MachoFile(Maker().section("__zdebug_info", bomb).build())
    assert file.section(".debug_info") is None
    assert "decompresses to 1099511627776 bytes" in file.warnings[0]


def test_a_section_called_like_debug_information_elsewhere_is_none():
    assert MachoFile(Maker().section("__debug_info", b"data", segment="__DATA").build()).section(".debug_info") is None


def test_a_dsym_has_the_places_of_code_and_no_code():
    dsym = MachoFile(Maker(kind=DSYM).section("__text", 0x100, "__TEXT", TEXT + 0x400, CODE).section("__debug_info", b"x").build())
    assert dsym.executable_ranges == ((TEXT + 0x400, TEXT + 0x500),)
    assert code_around(dsym, TEXT + 0x410, 8, 8) is None
    assert "code" not in dsym.features
    assert "debug_info" in dsym.features


def test_code_is_read_around_an_address_and_cut_where_it_ends():
    file = MachoFile(Maker().code(bytes(range(16))).build())
    assert code_around(file, TEXT + 0x408, 4, 4) == (bytes(range(4, 12)), 4)
    assert code_around(file, TEXT + 0x410, 4, 4) == (bytes(range(12, 16)), 4)
    assert code_around(file, TEXT + 0x411, 4, 4) is None


def test_programs_are_moved_where_they_say_they_may_be():
    assert not MachoFile(Maker(kind=EXECUTE).build()).is_moved
    assert MachoFile(Maker(kind=EXECUTE, flags=PIE).build()).is_moved
    assert MachoFile(Maker().build()).is_moved


# ── linkage stubs ─────────────────────────────────────────────────────────────────────────────────────────────────

STUBS = CODE | 8


def stubs(indirect, size=0x30, each=0x10):
    maker = Maker().code().symbol("_puts", 0, kind=1, section=0).symbol("__ZdlPv", 0, kind=1, section=0).symbol("_f", 0x400)
    maker.section("__stubs", bytes(size), "__TEXT", TEXT + 0x600, STUBS, (1, each))
    maker.indirect = indirect
    return MachoFile(maker.build())


def test_linkage_stubs_are_called_after_what_they_jump_to():
    found = names(stubs([9, 1, 0, 1]))
    assert found == [(0x400, 0x100, "f"), (0x600, 0x10, "_ZdlPv@plt"), (0x610, 0x10, "puts@plt"), (0x620, 0x10, "_ZdlPv@plt")]


@pytest.mark.parametrize(
    ("indirect", "size", "each", "count"),
    [
        # fewer entries than stubs; entries that are no symbols; symbols that are not there
        ([9, 1], 0x30, 0x10, 1),
        ([9, 0x80000000, 0x40000000, 0], 0x30, 0x10, 1),
        ([9, 77, 77, 77], 0x30, 0x10, 0),
        # stubs of no size, or larger than all
        ([9, 1, 0, 1], 0x30, 0, 0),
        ([9, 1, 0, 1], 0x30, 0xFFFFFFFF, 0),
    ],
)
def test_stubs_that_do_not_hold_together_have_no_names(indirect, size, each, count):
    assert len([name for _, _, name in names(stubs(indirect, size, each)) if name.endswith("@plt")]) == count


def test_one_long_name_for_a_million_stubs_is_not_written_a_million_times():
    maker = Maker().code().symbol("_" + "x" * 4000, 0, kind=1, section=0)
    maker.section("__stubs", 0x1000000, "__TEXT", TEXT + 0x600, STUBS, (0, 1))
    maker.indirect = [0] * 100_000
    assert peak_bytes(lambda: MachoFile(maker.build()).symbols()) < 64 << 20


# ── symbols ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_underscore_is_dropped_and_no_more():
    file = MachoFile(Maker().code().symbol("__Z3foov", 0x400).symbol("-[A b:]", 0x410).symbol("_$s1a1bC", 0x420).symbol("_", 0x430).build())
    assert [name for _, _, name in names(file)] == ["_Z3foov", "-[A b:]", "$s1a1bC", "_"]


def test_an_empty_section_behind_the_code_hides_no_symbol():
    maker = Maker().code().section("__empty", b"", "__TEXT", TEXT + 0x500, CODE).symbol("_f", 0x400)
    assert [name for _, _, name in names(MachoFile(maker.build()))] == ["f"]


def test_code_that_is_said_to_reach_beyond_all_addresses_ends_there():
    maker = Maker().section("__text", 0xFFFFFFFFFFFFFFFF, "__TEXT", TEXT + 0x400, CODE).symbol("_f", 0x400)
    assert [name for _, _, name in names(MachoFile(maker.build()))] == ["f"]


def test_a_name_that_was_taken_away_ends_the_one_before_and_names_nothing():
    maker = Maker().code().symbol("_f", 0x400).symbol("<redacted>", 0x440).symbol("___lldb_unnamed_symbol12", 0x460).symbol("_g", 0x480)
    assert names(MachoFile(maker.build())) == [(0x400, 0x40, "f"), (0x480, 0x80, "g")]


def test_only_symbols_in_sections_of_code_count():
    maker = Maker().code().section("__data", bytes(64), "__DATA", TEXT + 0x2000)
    maker.symbol("_f", 0x400).symbol("_data", 0x2000, section=2).symbol("_absolute", 0x410, kind=3)
    # a debugger's note of a function, and the symbol of the header, which is said to be in the first section and lies before it
    maker.symbol("_noted", 0x420, kind=0x24).symbol("__mh_execute_header", 0).symbol("_undefined", 0, kind=1, section=0)
    assert [name for _, _, name in names(MachoFile(maker.build()))] == ["f"]


def test_a_symbol_ends_where_the_next_function_starts_though_that_has_no_name():
    file = MachoFile(Maker().code().starts(0x400, 0x440, 0x480).symbol("_f", 0x400).symbol("_g", 0x480).build())
    assert names(file) == [(0x400, 0x40, "f"), (0x480, 0x80, "g")]
    assert file.symbols().find(TEXT + 0x450) is None


def test_what_is_exported_has_names_where_the_symbol_table_is_gone():
    exported = {"_f": (0, 0x400), "_data": (0, 0x2000), "_absolute": (2, 0x410), "_elsewhere": (8, 1), "_weak": (4, 0x420)}
    file = MachoFile(Maker().code().exports(trie(exported)).starts(0x400, 0x410, 0x420).build())
    assert names(file) == [(0x400, 0x10, "f"), (0x420, 0xE0, "weak")]


def test_a_trie_whose_nodes_lead_back_is_walked_once():
    loop = b"\0\x02a\0\0b\0\0"
    file = MachoFile(Maker().code().exports(loop).build())
    assert names(file) == []
    assert file.warnings == ["the export table is broken: 2 of its branches were skipped"]


def test_names_of_a_trie_take_no_more_than_it_allows():
    chain = b""
    for number in range(1, 400):
        next_at = number * 4006
        chain += b"\0\x01" + b"x" * 4000 + b"\0" + bytes((next_at & 0x7F | 0x80, next_at >> 7 & 0x7F | 0x80, next_at >> 14))
    file = MachoFile(Maker().code().exports(chain + b"\x03\0\x80\x08\0").build())
    assert names(file) == []
    assert file.warnings == ["the export table is broken: 1 of its branches were skipped"]


def test_thumb_functions_start_where_their_bit_says_nothing():
    file = MachoFile(Maker(32, cpu=ARM, subtype=9).code().starts(0x401, 0x441).symbol("_f", 0x400, description=8).build())
    assert names(file) == [(0x400, 0x40, "f")]


def test_what_an_assembler_calls_places_in_an_object_file_is_no_name():
    maker = Maker(kind=OBJECT, base=0).section("__text", bytes(64), "__TEXT", 0, CODE)
    maker.symbol("ltmp0", 0, kind=0x0E).symbol("_static", 0, kind=0x0E).symbol("_long_name", 0x20)
    file = MachoFile(maker.build())
    assert [name for _, _, name in names(file)] == ["static", "long_name"]
    assert file.relocatable
    assert file.load_address == 0


def test_more_symbols_than_the_bound_are_refused():
    maker = Maker().code().command(2, struct.pack("<IIII", 0, 1 << 25, 0, 0))
    with pytest.raises(LimitExceeded, match="33554432 symbols"):
        MachoFile(maker.build()).symbols()


# ── what is none, or broken ───────────────────────────────────────────────────────────────────────────────────────


def test_load_commands_that_run_past_their_end_are_left_out_with_those_behind():
    data = bytearray(Maker().code().uuid(UUID).build())
    struct.pack_into("<I", data, 32 + 4, 1 << 20)
    file = MachoFile(memoryview(data))
    assert file.debug_id is None
    assert file.warnings == ["has 2 load commands, of which 0 can be read"]


def test_a_file_that_ends_in_its_header_is_malformed():
    with pytest.raises(MalformedArtifact, match="8 of 32 bytes"):
        MachoFile(Maker().build()[:8])


def test_a_core_dump_is_no_debug_file():
    data = Maker(kind=CORE).build()
    assert identify("core", data).kind is FileKind.OTHER
    with pytest.raises(MalformedArtifact, match="core dump"):
        open_container(data)


# ── slices ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wide", [False, True])
def test_a_fat_file_is_known_by_the_uuid_of_each_slice(wide):
    first, second = Maker(cpu=X86_64).uuid(OTHER).code().build(), Maker().uuid(UUID).section("__debug_info", b"x").build()
    data = fat((X86_64, 3, first), (ARM64, 0, second), wide=wide)
    identity = identify("app", data)
    assert identity.debug_ids == ("6a0afe0f-69b4-39ad-9f42-ced873bd43b9", "3c28a1aa-6b94-3239-aa75-ab67454dc7f2")
    assert [(one.arch, one.identity.features) for one in identity.slices] == [("x86_64", ("code",)), ("arm64", ("debug_info",))]
    assert open_container(data, "arm64").debug_id == "3c28a1aa-6b94-3239-aa75-ab67454dc7f2"
    assert open_container(data, "6a0afe0f-69b4-39ad-9f42-ced873bd43b9").arch == "x86_64"


def test_no_slice_is_taken_where_nothing_says_which():
    data = fat((X86_64, 3, Maker(cpu=X86_64).build()), (ARM64, 0, Maker().build()))
    with pytest.raises(MalformedArtifact, match="nothing says which"):
        open_container(data)
    with pytest.raises(MalformedArtifact, match="armv7 is requested"):
        open_container(data, "armv7")


def test_arm64_means_the_only_slice_of_its_kind():
    signed = Maker(subtype=2).build()
    assert open_container(fat((X86_64, 3, Maker(cpu=X86_64).build()), (ARM64, 2, signed)), "arm64").arch == "arm64e"
    with pytest.raises(MalformedArtifact):
        open_container(fat((ARM, 9, Maker(32, cpu=ARM, subtype=9).build()), (ARM, 11, Maker(32, cpu=ARM, subtype=11).build())), "arm")


def test_a_class_of_javas_is_no_fat_file():
    java = memoryview(bytes.fromhex("cafebabe00000034") + bytes(64))
    assert identify("A.class", java) is None
    with pytest.raises(MalformedArtifact, match="class of Java's"):
        open_container(java)


def test_a_fat_file_of_archives_is_an_archive_and_no_native_file():
    data = fat((ARM64, 0, b"!<arch>\n" + bytes(100)))
    assert identify("lib.a", data).kind is FileKind.ARCHIVE
    with pytest.raises(MalformedArtifact, match="no Mach-O file"):
        open_container(data)
