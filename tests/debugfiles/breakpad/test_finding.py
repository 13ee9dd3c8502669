"""Breakpad symbol files as they are found, by what they say of themselves and beside what."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.layouts import LayoutStore
from symbolicator.artifacts.stores import open_stores
from symbolicator.cli.program import program as command
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.breakpad.header import read_header
from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.identify import identify
from symbolicator.keys import FileKind
from tests.makers.elf import ALLOC, DYNSYM, EXEC, EXEC_FILE, GLOBAL_FUNC, Maker

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
BUILD_ID = bytes(range(1, 21))
DEBUG_ID = "04030201-0605-0807-090a-0b0c0d0e0f10"
BREAKPAD_ID = DEBUG_ID.replace("-", "").upper() + "0"


def symbols(code_id=True, debug_id=BREAKPAD_ID, name="tank"):
    info = f"INFO CODE_ID {BUILD_ID.hex().upper()}\n" if code_id else ""
    return (
        f"MODULE Linux x86_64 {debug_id} {name}\n{info}FILE 0 /src/tank.c\nFUNC 10 20 0 fill(int)\n10 20 7 0\nPUBLIC 40 0 drain\n"
    ).encode()


def event(address, **image):
    image = {"type": "elf", "image_addr": "0x7f0000000000", "image_size": 0x10000, "code_file": "/opt/tank", **image}
    return {"platform": "native", "debug_meta": {"images": [image]}, "frames": [{"instruction_addr": hex(0x7F0000000000 + address)}]}


def answer(folder, address, **image):
    with Symbolicator([folder], cache_dir=False) as engine:
        return [(frame.get("function"), frame.get("lineno")) for frame in engine.symbolicate(event(address, **image))["frames"]]


def test_it_is_a_debug_file_with_the_ids_it_says():
    found = identify("x", memoryview(symbols()))
    assert (found.kind, found.debug_ids, found.code_ids) == (FileKind.DEBUG_FILE, (DEBUG_ID,), (BUILD_ID.hex(),))


@pytest.mark.parametrize(
    ("module", "debug_id", "arch"),
    [
        # an age, as PDBs have them
        ("MODULE windows x86 D3096ED481217FD4C16B29CD9BC208BA1a crash.pdb", "d3096ed4-8121-7fd4-c16b-29cd9bc208ba-1a", "x86"),
        # no id
        ("MODULE mac arm64 000000000000000000000000000000000 a b", None, "arm64"),
        # an architecture we have no word for
        ("MODULE Linux vax D3096ED481217FD4C16B29CD9BC208BA0 a", "d3096ed4-8121-7fd4-c16b-29cd9bc208ba", "unknown-vax"),
    ],
)
def test_its_first_line_says_id_and_architecture(module, debug_id, arch):
    header = read_header(memoryview(module.encode()))
    assert (header.debug_id, header.arch) == (debug_id, arch)


@pytest.mark.parametrize("path", ["anything.sym", f"tank/{BREAKPAD_ID}/tank.sym", "tank.sym.gz"])
def test_it_is_found_by_debug_id_wherever_it_lies(tmp_path, path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(gzip.compress(symbols()) if path.endswith(".gz") else symbols())
    assert answer(tmp_path, 0x11, debug_id=DEBUG_ID) == [("fill", 7)]


@pytest.mark.parametrize(
    ("path", "image"),
    [
        ("tank/{}/tank.sym", {"type": "elf", "debug_id": DEBUG_ID, "code_file": "/opt/tank"}),
        ("tank.pdb/{}/tank.sym", {"type": "pe", "debug_id": DEBUG_ID, "debug_file": "C:\\build\\tank.pdb", "code_file": "C:\\tank.exe"}),
        ("tank.pdb/{}/tank.sym", {"type": "pe", "debug_id": f"{DEBUG_ID}-2a", "debug_file": "tank.pdb"}),
        ("Tank Store/{}/Tank Store.sym", {"type": "macho", "debug_id": DEBUG_ID, "debug_file": "Tank Store"}),
    ],
)
def test_the_layout_of_symbol_servers_is_found_without_looking_through_the_folder(tmp_path, path, image):
    identifier = BREAKPAD_ID[:-1] + ("2A" if image["debug_id"].endswith("-2a") else "0")
    place = tmp_path / path.format(identifier)
    place.parent.mkdir(parents=True)
    place.write_bytes(symbols(code_id=False, debug_id=identifier.lower()))
    with Symbolicator([LayoutStore(tmp_path, Identifiers((identify,)))], cache_dir=False) as engine:
        (frame,) = engine.symbolicate(event(0x11, **image))["frames"]
    assert (frame["function"], frame["lineno"]) == ("fill", 7)


def test_a_frame_known_by_name_and_offset_alone_has_its_line(tmp_path):
    (tmp_path / "tank.sym").write_bytes(symbols())
    frame = {"function": "fill(int)", "package": "/opt/tank", "data": {"symbol_offset": 4}}
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        images = [{"type": "elf", "code_file": "/opt/tank"}]
        (found,) = engine.symbolicate({"platform": "native", "debug_meta": {"images": images}, "frames": [frame]})["frames"]
    assert (found["function"], found["lineno"]) == ("fill", 7)


def test_one_of_another_build_is_not_used(tmp_path):
    (tmp_path / "tank.sym").write_bytes(symbols(code_id=False, debug_id="F" * 32 + "0"))
    assert answer(tmp_path, 0x11, debug_id=DEBUG_ID) == [(None, None)]


def test_it_is_found_by_its_name_where_the_event_has_no_id(tmp_path):
    (tmp_path / "tank.sym").write_bytes(symbols())
    assert answer(tmp_path, 0x11) == [("fill", 7)]


@pytest.mark.parametrize("ids", [{"debug_id": DEBUG_ID}, {"code_id": BUILD_ID.hex()}])
def test_beside_a_stripped_program_it_has_the_lines_and_the_program_what_it_exports(tmp_path, ids):
    """The program is linked to 0x400000, where the records count from 0."""
    (tmp_path / "tank").write_bytes(stripped())
    (tmp_path / "tank.sym").write_bytes(symbols(code_id=False))
    assert answer(tmp_path, 0x11, **ids) == [("fill", 7)]
    assert answer(tmp_path, 0x1008, **ids) == [("exported", None)]


def test_a_file_in_hand_has_its_own_addresses_whatever_answers_for_it(tmp_path):
    (tmp_path / "tank").write_bytes(stripped())
    (tmp_path / "tank.sym").write_bytes(symbols())
    with DebugFile.open(tmp_path / "tank") as file:
        found = file.lookup_many([0x400011, 0x401008, 0x11])
        assert [[(at.function or at.symbol, at.line, at.address) for at in one] for one in found] == [
            [("fill(int)", 7, 0x400010)], [("exported", 0, 0x401000)], []
        ]  # fmt: skip
    store = open_stores([tmp_path], None, (identify,))
    with DebugFile.open(tmp_path / "tank.sym", store=store) as file:
        assert [[at.function or at.symbol for at in one] for one in file.lookup_many([0x11, 0x1008])] == [["fill(int)"], ["exported"]]


def test_dwarf_is_preferred_where_both_are_there(tmp_path):
    shutil.copy(NATIVE / "gcc-dwarf5" / "files" / "apiary", tmp_path)
    shutil.copy(NATIVE / "breakpad-gcc" / "files" / "apiary.sym", tmp_path)
    case = json.loads((NATIVE / "breakpad-gcc" / "expected.json").read_text())
    at = next(look["addr"] for look in case["lookups"] if len(look["frames"]) > 1)
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        found = engine.symbolicate({"platform": "native", "debug_meta": {"images": case["images"]}, "frames": [{"instruction_addr": at}]})
    assert {frame["data"]["debug_file"] for frame in found["frames"]} == {str(tmp_path / "apiary")}


def stripped():
    maker = Maker(kind=EXEC_FILE).load(0x400000, 0x2000)
    maker.build_id(BUILD_ID)
    text = maker.add(".text", bytes(64), flags=ALLOC | EXEC, address=0x401000)
    maker.symbols([(b"exported", 0x401000, 16, GLOBAL_FUNC, text)], ".dynsym", ".dynstr", DYNSYM)
    return bytes(maker.build())


def test_the_program_of_these_tests_is_what_they_say():
    elf = ElfFile(memoryview(stripped()))
    assert (elf.load_address, elf.debug_id, elf.is_stripped) == (0x400000, DEBUG_ID, True)


def run(*arguments):
    return CliRunner().invoke(command, arguments)


def test_the_command_line_looks_up_checks_and_tells_of_it(tmp_path):
    path = tmp_path / "tank.sym"
    path.write_bytes(symbols())
    assert run("lookup", str(path), "0x11", "--format", "plain").stdout == "fill at /src/tank.c:7\n"
    assert run("lookup", "-fe", str(path), "fill+1").stdout == "fill(int)\n/src/tank.c:7\n"
    told = json.loads(run("files", "id", "--format", "json", str(path)).stdout)
    told = told[0] if isinstance(told, list) else told
    assert (told["format"], told["debug_id"], told["features"], told["problems"]) == ("breakpad", DEBUG_ID, ["records"], [])
    assert run("check", str(path)).exit_code == 0
    assert "1 native file compiled" in run("cache", "warm", "--cache-dir", str(tmp_path / "cache"), str(path)).output


def test_check_tells_of_lines_that_cannot_be_read(tmp_path):
    (tmp_path / "tank.sym").write_bytes(symbols() + b"FUNC zz zz zz\n")
    assert "were skipped: 1" in " ".join(run("check", str(tmp_path)).output.split())
