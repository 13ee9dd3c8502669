"""PE files: ids, sections, symbols, and what they answer."""

import random
import zlib
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind
from tests.makers.pe import BASE, X86, Maker, rsds

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
GUID = bytes.fromhex("61a175321aec20a84c4c44205044422e")


def opened(content):
    return open_container(memoryview(content))


def names(file):
    return {each.start - file.load_address: each.name.decode() for each in file.symbols()}


def test_a_code_id_is_the_time_stamp_and_the_size_of_the_image():
    file = opened(Maker(timestamp=0x0012ABCD, image_size=0x44000).build())
    assert file.code_id == "0012abcd44000"
    assert identify("a.exe", file.whole).code_ids == ("0012abcd44000",)


def test_a_debug_id_is_the_guid_and_the_age_that_the_debug_directory_says():
    file = opened(Maker().debug(b"NB10" + bytes(12) + b"old.pdb\0", rsds(GUID, 0x1A), rsds(GUID, 2)).build())
    assert file.debug_id == "3275a161-ec1a-a820-4c4c-44205044422e-1a"
    assert identify("a.exe", file.whole).debug_ids == (file.debug_id, "3275a161-ec1a-a820-4c4c-44205044422e-2")


def test_a_guid_of_zeros_is_no_id():
    assert opened(Maker().debug(rsds(bytes(16), 1)).build()).debug_id is None


def test_names_of_sections_are_found_in_the_string_table():
    maker = Maker()
    maker.code()
    maker.section(".debug_str_offsets", b"offsets")
    file = opened(maker.symbol("a_name_that_is_long", 0).build())
    assert bytes(file.section(".debug_str_offsets")) == b"offsets"
    assert names(file) == {0x1000: "a_name_that_is_long"}


def test_compressed_debug_information_is_read_by_the_name_it_has_elsewhere():
    """Go's linker writes it so: `.zdebug_info`."""
    lines = b"hive.go\0" * 400
    maker = Maker()
    maker.code()
    maker.section(".zdebug_line", b"ZLIB" + len(lines).to_bytes(8, "big") + zlib.compress(lines))
    maker.section(".zdebug_info", b"ZLIB" + (1 << 60).to_bytes(8, "big") + zlib.compress(lines))
    file = opened(maker.build())
    assert bytes(file.section(".debug_line")) == lines
    assert file.section_address(".debug_line") == BASE + 0x2000
    assert file.inflated == len(lines)
    assert {"debug_info", "line_info", "compressed"} <= file.features
    assert file.section(".debug_info") is None  # which claims more than the file could hold
    assert any(warning.startswith(".zdebug_info: ") for warning in file.warnings)


def test_symbols_reach_to_the_next_one_or_the_end_of_their_section():
    maker = Maker()
    maker.code(bytes(0x80))
    file = opened(maker.symbol("first", 0).symbol("second", 0x20).symbol("data", 0, section=0).build())
    assert [(each.name, each.start - BASE, each.size) for each in file.symbols()] == [(b"first", 0x1000, 0x20), (b"second", 0x1020, 0x60)]


def test_an_at_sign_is_a_part_of_the_names_of_msvc():
    maker = Maker()
    maker.code()
    file = opened(maker.symbol("?press@apiary@@YAHH", 0).build())
    assert names(file) == {0x1000: "?press@apiary@@YAHH"}


@pytest.mark.parametrize(
    ("symbol", "name"), [("_fill@8", "fill"), ("@fast@4", "fast"), ("vector@@16", "vector"), ("_main", "main"), ("__ZN1a1bEv", "_ZN1a1bEv")]
)
def test_symbols_of_32_bits_stand_without_their_marks(symbol, name):
    maker = Maker(X86)
    maker.code()
    assert list(names(opened(maker.symbol(symbol, 0).build())).values()) == [name]


def test_exports_name_functions_where_there_are_no_symbols_and_none_of_their_neighbours():
    maker = Maker()
    maker.code(bytes(0x100))
    maker.exports({"open": 0x1000, "close": 0x1080}, forwarded=["elsewhere"])
    maker.starts((0x1000, 0x1010, 0), (0x1010, 0x1020, 4), (0x1040, 0x1080, 0), (0x1080, 0x1090, 0))
    file = opened(maker.build())
    found = [(each.name, each.start - BASE, each.size) for each in file.symbols()]
    assert found == [(b"open", 0x1000, 0x40), (b"close", 0x1080, 0x80)]  # 0x1010 is a part of `open`, 0x1040 a function without a name
    assert file.features == {"exports", "unwind", "code"}


def test_symbols_of_the_linker_do_not_reach_over_functions_of_which_it_has_none():
    """A library that is linked in may be stripped of its own names: those before its code are not their names."""
    maker = Maker()
    maker.code(bytes(0x100))
    maker.starts((0x1000, 0x1010, 0), (0x1040, 0x1080, 0), (0x1080, 0x1090, 0), (0x1090, 0x10A0, 4))
    maker.symbol("other", 0).symbol("rest", 0x80).symbol(".label", 0x20, storage=3)
    found = [(each.name, each.start - BASE, each.size) for each in opened(maker.build()).symbols()]
    assert found == [(b"other", 0x1000, 0x40), (b"rest", 0x1080, 0x80)]


def test_symbols_end_where_the_code_of_the_next_object_file_begins():
    """Programs of 32 bits have no directory of exceptions."""
    maker = Maker(X86)
    maker.code(bytes(0x100))
    maker.symbol("_other", 0).symbol(".text", 0x60, storage=3, auxiliary=bytes(18)).symbol("_rest", 0x80)
    found = [(each.name, each.start - 0x400000, each.size) for each in opened(maker.build()).symbols()]
    assert found == [(b"other", 0x1000, 0x60), (b"rest", 0x1080, 0x80)]


def test_a_program_of_dos_is_no_native_file():
    content = memoryview(b"MZ".ljust(0x100, b"\0"))
    assert identify("old.exe", content) is None
    with pytest.raises(MalformedArtifact, match="DOS"):
        open_container(content)


def test_an_image_with_a_debug_id_of_zeros_is_found_by_its_code_id(tmp_path):
    program = NATIVE / "pe-dwarf4" / "files" / "press.exe"
    (tmp_path / "renamed.bin").write_bytes(program.read_bytes())
    code_id = identify("press.exe", memoryview(program.read_bytes())).code_ids[0]
    image = {"type": "pe", "code_file": "C:\\apiary\\press.exe", "code_id": code_id, "image_addr": "0x500000000000"}
    image["debug_id"] = "00000000-0000-0000-0000-000000000000"
    event = {"platform": "native", "debug_meta": {"images": [image]}, "frames": [{"instruction_addr": "0x500000001000"}]}
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        out = engine.symbolicate(event)
    assert [(frame["function"], frame["lineno"]) for frame in out["frames"]] == [("apiary::press", 35)]
    assert out["debug_meta"]["images"][0]["debug_status"] == "found"


def test_addresses_in_the_file_are_those_it_is_linked_for():
    with DebugFile.open(NATIVE / "pe-dwarf4" / "files" / "press.exe") as file:
        assert file.lookup(BASE + 0x1000)[0].line == 35
        assert (file.format, file.arch) == ("pe", "x86_64")


def test_damaged_files_raise_ours_alone():
    choice = random.Random(14)
    maker = Maker()
    maker.code(bytes(0x100))
    maker.exports({"open": 0x1000}).starts((0x1000, 0x1010, 0)).debug(rsds(GUID, 1))
    wholes = [maker.build(), *((NATIVE / name / "files" / "press.exe").read_bytes() for name in ("pe-dwarf4", "pe-dwarf4-x86"))]
    for turn in range(1500):
        content = bytearray(wholes[turn % len(wholes)])
        for _ in range(choice.randint(1, 12)):
            content[choice.randrange(min(len(content), 0x600) if turn % 2 else len(content))] = choice.choice(
                (0, 1, 0x7F, 0xFF, choice.randrange(256))
            )
        content = content[: choice.randrange(len(content))] if turn % 5 == 0 else content
        try:
            identity = identify("a.exe", memoryview(content))
            assert identity is None or identity.kind is FileKind.DEBUG_FILE
            file = opened(content)
            file.features  # noqa: B018
            file.symbols()
            for one in file.headers.sections:
                file.section(one.name)
        except MalformedArtifact:
            pass


def test_names_that_share_their_bytes_cost_no_more_than_the_file():
    maker = Maker()
    maker.code(bytes(0x8000))
    maker.names = b"x" * 60_000 + b"\0"
    import struct

    maker.rows = [struct.pack("<8sIhHBB", struct.pack("<II", 0, 4 + i), i, 1, 0x20, 2, 0) for i in range(20_000)]
    content = maker.build()
    file = opened(content)
    symbols = file.symbols()
    assert sum(len(heap) for heap in symbols.heaps) <= 2 * len(content) + len(symbols) + 70_000
    assert any("names take more" in warning for warning in file.warnings)
