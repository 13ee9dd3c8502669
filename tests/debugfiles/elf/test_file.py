"""ELF files as containers: headers, ids, sections, relocations."""

import gc
import lzma
import weakref
import zlib
from pathlib import Path

import pytest

from symbolicator.debugfiles import compression
from symbolicator.debugfiles.container import AltLink, DebugLink
from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.identify import identify
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind
from symbolicator.zstandard import zstandard
from tests.makers.elf import (
    ALLOC,
    ARM,
    ARM64,
    COMPRESSED,
    CORE_FILE,
    DYNSYM,
    EXEC,
    GLOBAL_FUNC,
    I386,
    NOBITS,
    PPC64,
    PROGBITS,
    REL,
    REL_FILE,
    RELA,
    RISCV,
    X86_64,
    Maker,
    program,
)  # fmt: skip

BUILD_ID = bytes.fromhex("3ae4b8dff242733da453aeb6a777ef7501020304")
FORMS = [(bits, little) for bits in (32, 64) for little in (True, False)]


@pytest.mark.parametrize(("bits", "little"), FORMS)
def test_every_class_and_byte_order_is_read(bits, little):
    maker = program(bits=bits, little=little, machine=X86_64 if little else PPC64).build_id(BUILD_ID)
    maker.add(".debug_info", b"dwarf")
    file = ElfFile(maker.build())
    assert (file.bits, file.little_endian, file.arch) == (bits, little, "x86_64" if little else "ppc64")
    assert file.code_id == BUILD_ID.hex()
    assert bytes(file.section(".debug_info")) == b"dwarf"
    assert file.section_address(".text") == 0x1000
    assert file.executable_ranges == ((0x1000, 0x1100),)
    assert file.features == {"debug_info", "code"}


FIXTURES = Path(__file__).parents[3] / "fixtures" / "native"


def test_the_first_three_fields_of_a_debug_id_are_swapped_on_little_endian_files_only():
    assert ElfFile(program().build_id(BUILD_ID).build()).debug_id == "dfb8e43a-42f2-3d73-a453-aeb6a777ef75"
    assert ElfFile(program(little=False, machine=PPC64).build_id(BUILD_ID).build()).debug_id == "3ae4b8df-f242-733d-a453-aeb6a777ef75"


def test_a_short_build_id_is_padded_with_zeros():
    assert ElfFile(program().build_id(b"\x01\x02").build()).debug_id == "00000201-0000-0000-0000-000000000000"


def test_without_a_build_id_the_first_page_of_the_code_stands_for_it():
    maker = Maker()
    maker.add(".text", b"\x01" + bytes(15) + b"\0\x02", PROGBITS, ALLOC | EXEC)
    file = ElfFile(maker.build())
    assert (file.code_id, file.debug_id) == (None, "00000201-0000-0000-0000-000000000000")


def test_a_build_id_that_only_a_segment_holds_is_found():
    maker = program()
    maker.add(".odd", maker.pack("III", 4, 20, 3) + b"GNU\0" + BUILD_ID)
    maker.load(0, 36, kind=4)
    maker.segments[-1] = (4, 4, bytes(maker.build()).index(BUILD_ID) - 16, 0, 36, 4)
    assert ElfFile(maker.build()).code_id == BUILD_ID.hex()


def test_the_load_address_is_the_first_segments_page_and_not_the_lowest():
    assert ElfFile(Maker().load(0xFFFFFFFF81000040, 0x1000).load(0, 0x100).build()).load_address == 0xFFFFFFFF81000000


def test_an_empty_segment_loads_nothing():
    assert ElfFile(Maker().load(0x9000, 0).load(0x400000, 0x100).build()).load_address == 0x400000


def test_a_file_without_sections_of_code_has_its_code_in_segments():
    assert ElfFile(Maker().load(0x1000, 0x200, flags=5).load(0x2000, 0x200, flags=6).build()).executable_ranges == ((0x1000, 0x1200),)


def test_code_that_is_in_another_file_keeps_its_place():
    maker = Maker()
    maker.add(".text", b"", NOBITS, ALLOC | EXEC, address=0x1000, size=0x100)
    file = ElfFile(maker.build())
    assert file.section(".text") is None
    assert file.section_address(".text") == 0x1000
    assert file.executable_ranges == ((0x1000, 0x1100),)
    assert "code" not in file.features


@pytest.mark.parametrize(("bits", "little"), FORMS)
def test_zlib_sections_are_inflated_once(bits, little):
    maker = Maker(bits, little)
    text = b"a name\0" * 100
    header = maker.pack("IIQQ", 1, 0, len(text), 1) if bits == 64 else maker.pack("III", 1, len(text), 1)
    maker.add(".debug_str", header + zlib.compress(text), flags=COMPRESSED)
    file = ElfFile(maker.build())
    assert "compressed" in file.features
    assert bytes(file.section(".debug_str")) == text
    assert file.section(".debug_str") is file.section(".debug_str")


def test_zstd_sections_are_inflated():
    maker = Maker()
    text = bytes(range(256)) * 8192
    maker.add(".debug_info", maker.pack("IIQQ", 2, 0, len(text), 1) + zstandard().compress(text), flags=COMPRESSED)
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == text


def test_gnus_older_compressed_sections_answer_to_the_names_of_the_plain_ones():
    maker = Maker()
    maker.add(".zdebug_info", b"ZLIB" + (5).to_bytes(8, "big") + zlib.compress(b"dwarf"))
    file = ElfFile(maker.build())
    assert bytes(file.section(".debug_info")) == b"dwarf"
    assert file.features == {"debug_info", "compressed"}


def test_links_are_read():
    maker = program()
    maker.add(".gnu_debuglink", b"app.debug\0\0\0" + (0x12345678).to_bytes(4, "little"))
    maker.add(".gnu_debugaltlink", b"../.dwz/app\0" + BUILD_ID)
    data = maker.build()
    file = ElfFile(data)
    assert file.debug_link == DebugLink("app.debug", 0x12345678)
    assert file.debug_alt_link == AltLink("../.dwz/app", BUILD_ID)
    identity = identify("app", data)
    assert identity.debug_link == ("app.debug", 0x12345678)
    assert identity.alt_link == ("../.dwz/app", BUILD_ID.hex())


def test_a_supplementary_file_of_dwarf_5_is_a_link_too():
    maker = Maker()
    maker.add(".debug_sup", b"\x05\0\0sup.debug\0\x03abc")
    assert ElfFile(maker.build()).debug_alt_link == AltLink("sup.debug", b"abc")


def test_the_debugdata_is_a_file_of_its_own():
    inner = program()
    inner.symbols([(b"hidden", 0x1010, 8, GLOBAL_FUNC, 1)])
    outer = program()
    outer.symbols([(b"shown", 0x1000, 8, GLOBAL_FUNC, 1)], ".dynsym", ".dynstr", DYNSYM)
    outer.add(".gnu_debugdata", lzma.compress(bytes(inner.build())))
    file = ElfFile(outer.build())
    assert [symbol.name for symbol in file.symbols()] == [b"shown", b"hidden"]
    assert not file.is_stripped


def test_relocatable_files_have_their_code_side_by_side_with_text_at_0():
    maker = Maker(kind=REL_FILE)
    maker.add(".text.cold", bytes(0x11), PROGBITS, ALLOC | EXEC, align=16)
    maker.add(".data", bytes(8), PROGBITS, ALLOC)
    maker.add(".text", bytes(0x21), PROGBITS, ALLOC | EXEC, align=16)
    file = ElfFile(maker.build())
    assert [file.section_address(name) for name in (".text", ".text.cold", ".data")] == [0, 0x30, 0x41]
    assert file.load_address == 0
    assert file.relocatable


@pytest.mark.parametrize(
    ("machine", "kind", "width"),
    [
        # R_X86_64_64, R_X86_64_32
        (X86_64, 1, 8), (X86_64, 10, 4),
        # R_AARCH64_ABS64
        (ARM64, 257, 8),
        # R_RISCV_64
        (RISCV, 2, 8),
        # R_HEX_32, R_ALPHA_REFQUAD
        (164, 6, 4), (41, 2, 8),
    ],
)  # fmt: skip
def test_relocations_of_debug_sections_are_applied(machine, kind, width):
    maker = Maker(kind=REL_FILE, machine=machine)
    maker.add(".text", bytes(0x40), PROGBITS, ALLOC | EXEC)
    info = maker.add(".debug_info", b"\xee" * 16)
    table = maker.symbols([(b"f", 0x10, 4, GLOBAL_FUNC, 1)])
    maker.add(".rela.debug_info", maker.rela(4, 1, kind, 0x22), RELA, link=table, info=info)
    content = bytes(ElfFile(maker.build()).section(".debug_info"))
    assert content == b"\xee" * 4 + (0x32).to_bytes(width, "little") + b"\xee" * (12 - width)


@pytest.mark.parametrize(("machine", "address"), [(ARM, 0x10), (I386, 0x11)])
def test_the_bit_that_tells_arm_s_instruction_set_is_no_part_of_what_an_object_refers_to(machine, address):
    maker = Maker(bits=32, kind=REL_FILE, machine=machine)
    maker.add(".text", bytes(0x40), PROGBITS, ALLOC | EXEC)
    info = maker.add(".debug_info", bytes(4))
    table = maker.symbols([(b"f", 0x11, 4, GLOBAL_FUNC, 1)])
    kind = 2 if machine == ARM else 1  # R_ARM_ABS32, R_386_32: the addend is what stands there
    maker.add(".rel.debug_info", maker.pack("II", 0, 1 << 8 | kind), REL, link=table, info=info)
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == address.to_bytes(4, "little")


def test_what_a_place_of_superh_holds_counts_too():
    maker = Maker(bits=32, kind=REL_FILE, machine=42)
    maker.add(".text", bytes(0x40), PROGBITS, ALLOC | EXEC)
    info = maker.add(".debug_info", (0x22).to_bytes(4, "little"))
    table = maker.symbols([(b"f", 0x10, 4, GLOBAL_FUNC, 1)])
    maker.add(".rela.debug_info", maker.rela(0, 1, 1, 0), RELA, link=table, info=info)  # R_SH_DIR32
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == (0x32).to_bytes(4, "little")


def test_where_a_thread_local_variable_is_matters_to_no_code():
    maker = Maker(kind=REL_FILE)
    info = maker.add(".debug_info", bytes(8))
    table = maker.symbols([(b"seeds", 0, 4, 0x16, 0)])
    maker.add(".rela.debug_info", maker.rela(0, 1, 17, 0), RELA, link=table, info=info)  # R_X86_64_DTPOFF64
    file = ElfFile(maker.build())
    assert bytes(file.section(".debug_info")) == bytes(8)
    assert not file.warnings


def test_an_object_of_an_architecture_whose_relocations_are_not_known_has_no_debug_information():
    maker = Maker(bits=32, kind=REL_FILE, machine=105)  # MSP430
    info = maker.add(".debug_info", bytes(16))
    table = maker.symbols([(b"f", 0x10, 4, GLOBAL_FUNC, 1)])
    maker.add(".rela.debug_info", maker.rela(4, 1, 1, 0x22), RELA, link=table, info=info)
    file = ElfFile(maker.build())
    assert file.section(".debug_info") is None
    assert "link it first" in file.warnings[0]


def test_pairs_that_add_and_subtract_labels_give_their_distance():
    maker = Maker(kind=REL_FILE, machine=RISCV)
    maker.add(".text", bytes(0x400), PROGBITS, ALLOC | EXEC)
    info = maker.add(".debug_line", bytes(4) + b"\xc0\x00" + b"\x80\x80\x00")
    table = maker.symbols([(b"a", 0x10, 0, GLOBAL_FUNC, 1), (b"b", 0x150, 0, GLOBAL_FUNC, 1), (b"c", 0x15, 0, GLOBAL_FUNC, 1)])
    rows = [(0, 2, 35), (0, 1, 39), (4, 3, 53), (4, 1, 52), (6, 2, 60), (6, 1, 61)]  # ADD32 SUB32, SET6 SUB6, SET_ULEB128 SUB_ULEB128
    maker.add(".rela.debug_line", b"".join(maker.rela(*row, 0) for row in rows), RELA, link=table, info=info)
    content = bytes(ElfFile(maker.build()).section(".debug_line"))
    assert content == (0x140).to_bytes(4, "little") + b"\xc5\x00" + b"\xc0\x82\x00"


def test_leftover_relocations_of_a_linked_file_are_not_applied():
    maker = program()
    info = maker.add(".debug_info", b"\xee" * 16)
    table = maker.symbols([(b"f", 0x1010, 4, GLOBAL_FUNC, 1)])
    maker.add(".rela.debug_info", maker.rela(4, 1, 1, 0), RELA, link=table, info=info)
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == b"\xee" * 16


def test_sections_of_one_name_in_a_relocatable_file_follow_one_another():
    maker = Maker(kind=REL_FILE)
    first = maker.add(".debug_info", bytes(8))
    second = maker.add(".debug_info", bytes(8))
    table = maker.symbols([(b"x", 0, 0, 3, first), (b"y", 0, 0, 3, second)])
    maker.add(".rela.debug_info", maker.rela(0, 2, 1, 0), RELA, link=table, info=second)
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == bytes(8) + (8).to_bytes(8, "little")


def test_a_machine_we_do_not_know_keeps_its_number():
    assert ElfFile(Maker(machine=0xBEEF).build()).arch == "unknown-48879"
    assert ElfFile(Maker(machine=173).build()).arch == "rx"  # of which nothing but its name is known here


def test_a_core_dump_is_no_debug_file():
    core = Maker(kind=CORE_FILE).build()
    assert identify("core.1", core).kind is FileKind.OTHER
    with pytest.raises(MalformedArtifact, match="core dump"):
        ElfFile(core)


def test_identity_says_what_a_file_can_answer():
    maker = program().build_id(BUILD_ID)
    assert identify("app", maker.build()).features == ("code",)
    maker.symbols([(b"f", 0x1000, 4, GLOBAL_FUNC, 1)])
    maker.add(".zdebug_info", b"")
    assert identify("app", maker.build()).features == ("debug_info", "symbols", "code")


def test_other_files_are_other_rooms():
    assert identify("a.js", memoryview(b"var a;")) is None
    assert identify("empty", memoryview(b"")) is None


# ── broken and hostile ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [0, 3, 4, 5, 6, 15, 16, 51, 63])
def test_a_file_that_ends_in_its_header_is_malformed(size):
    with pytest.raises(MalformedArtifact):
        ElfFile(program().build()[:size])


def test_a_section_past_the_end_is_cut_and_said():
    maker = program()
    maker.add(".debug_info", b"dwarf", size=1 << 60)
    file = ElfFile(maker.build())
    assert bytes(file.section(".debug_info")).startswith(b"dwarf")
    assert "within the file" in file.warnings[0]


def test_a_section_that_lies_about_its_inflated_size_is_left_out():
    maker = Maker()
    for name, size in ((".debug_info", 6), (".debug_str", 1 << 50)):
        maker.add(name, maker.pack("IIQQ", 1, 0, size, 1) + zlib.compress(b"dwarf"), flags=COMPRESSED)
    file = ElfFile(maker.build())
    assert file.section(".debug_info") is None
    assert file.section(".debug_str") is None
    assert "5 of the 6 bytes" in file.warnings[0]
    assert "limit" in file.warnings[1]


def test_a_decompression_bomb_gives_no_more_than_its_header_says():
    maker = Maker()
    maker.add(".debug_info", maker.pack("IIQQ", 1, 0, 10, 1) + zlib.compress(bytes(1 << 24)), flags=COMPRESSED)
    assert bytes(ElfFile(maker.build()).section(".debug_info")) == bytes(10)


def test_what_sections_inflate_to_together_is_bounded():
    maker = Maker()
    for i in range(20):
        maker.add(f".debug_{i}", maker.pack("IIQQ", 1, 0, 1 << 24, 1) + zlib.compress(bytes(1 << 24)), flags=COMPRESSED)
    data = maker.build()
    file = ElfFile(data)
    given = [file.section(f".debug_{i}") for i in range(20)]
    assert sum(len(one) for one in given if one is not None) <= (64 << 20) + 64 * len(data)
    assert any("limit for this file" in warning for warning in file.warnings)


def test_a_debugdata_bomb_is_bounded():
    maker = program()
    maker.add(".gnu_debugdata", lzma.compress(bytes(1 << 27), preset=0))
    file = ElfFile(maker.build())
    assert file.debugdata is None
    assert "limit" in file.warnings[-1]


def test_more_sections_than_the_limit_are_refused():
    maker = Maker()
    maker.sections += [maker.sections[0]] * 10
    data = bytearray(maker.build())
    start = int.from_bytes(data[40:48], "little")
    data[60:62] = bytes(2)  # the number is in the first section
    data[start + 32 : start + 40] = ((1 << 18) + 1).to_bytes(8, "little")
    data += bytes(64 << 18)
    with pytest.raises(LimitExceeded):
        ElfFile(memoryview(data))


def test_names_without_an_end_are_cut():
    data = bytearray(program().build())
    at = data.index(b".shstrtab")
    data[at : at + 10] = b"x" * 10
    assert ElfFile(memoryview(data)).section(".shstrtab") is None


def test_overlapping_sections_of_one_name_are_bounded():
    maker = Maker(kind=REL_FILE)
    maker.add(".debug_info", bytes(1 << 16))
    data = bytearray(maker.build())
    start = int.from_bytes(data[40:48], "little")
    header, names = bytes(data[start + 64 : start + 128]), bytes(data[start + 128 : start + 192])
    count = 10_000
    data[start:] = bytes(64) + header * count + names
    data[60:62], data[62:64] = (count + 2).to_bytes(2, "little"), (count + 1).to_bytes(2, "little")
    file = ElfFile(memoryview(data))
    assert file.section(".debug_info") is None
    assert "limit" in file.warnings[0]


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 20) + 7])
def test_with_libdeflate_and_without_the_same_is_inflated(monkeypatch, installed, size):
    if installed:
        pytest.importorskip("deflate")
    else:
        monkeypatch.setattr(compression, "_libdeflate", lambda: None)
    text = bytes(range(251)) * (size // 251) + bytes(size % 251)
    whole = zlib.compress(text)
    assert compression.inflate(memoryview(whole), compression.ZLIB, size, compression.Budget(0)) == text
    assert compression.inflate(memoryview(whole), compression.ZLIB, size // 2, compression.Budget(0)) == text[: size // 2]
    for damaged, asked in ((whole, size + 1), (whole[: len(whole) // 2], size + 1), (b"no stream", size + 1)):
        with pytest.raises(MalformedArtifact):
            compression.inflate(memoryview(damaged), compression.ZLIB, asked, compression.Budget(0))


def test_a_file_that_nobody_holds_is_gone_at_once_with_all_that_was_read_of_it():
    elf = ElfFile(memoryview((FIXTURES / "gcc-dwarf5/files/apiary").read_bytes()))
    elf.symbols()
    gc.disable()
    try:
        gone = weakref.ref(elf)
        del elf
        assert gone() is None, "without the collector of cycles"
    finally:
        gc.enable()
