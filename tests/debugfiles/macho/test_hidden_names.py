"""Names that bitcode hid, and the lists of them."""

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts.text import TextCompiler
from symbolicator.builds import check, describe
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.hidden_names import HiddenNames, identify_symbol_map
from symbolicator.keys import FileKind
from tests.makers.macho import DYLIB, TEXT, Maker

OWN = "3C28A1AA-6B94-3239-AA75-AB67454DC7F2"
ORIGINAL = "6A0AFE0F-69B4-39AD-9F42-CED873BD43B9"
NAMES = b"BCSymbolMap Version: 2.0\n_main\n-[Gate open]\n/Users/dev/gate\nsrc/gate.m\n\x01+[Gate close]\n__ZN4gate4openEi\n"
PLIST = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>DBGOriginalUUID</key>\n\t<string>'
    + ORIGINAL.encode()
    + b"</string></dict></plist>\n"
)


def names():
    compiler = TextCompiler()
    return HiddenNames(compiler.open(compiler.compile(memoryview(NAMES)).table()))


def at(function=None, symbol=None, file=None, comp_dir=None):
    return SourceLocation(function, symbol, file, 7, 0, comp_dir, TEXT, 0, False)


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        (at("__hidden#1_"), at("-[Gate open]")),
        (at("__hidden#4_", "__hidden#5_"), at("+[Gate close]", "_ZN4gate4openEi")),
        (at("main", file="__hidden#2_/__hidden#3_"), at("main", file="/Users/dev/gate/src/gate.m")),
        (
            at("main", file="/tmp/__hidden#2_/a.m", comp_dir="__hidden#2_"),
            at("main", file="/Users/dev/gate/a.m", comp_dir="/Users/dev/gate"),
        ),
        # known by the symbol table alone, whose names have an underscore
        (at(None, "__hidden#0_"), at(None, "main")),
        # beyond the list, or no number of it
        (at("__hidden#999999999_"), at("__hidden#999999999_")),
        (at("__hidden#_"), at("__hidden#_")),
        (at("open", "_Z4openv", "/src/a.m"), at("open", "_Z4openv", "/src/a.m")),
    ],
)
def test_hidden_names_are_shown_as_they_were_written(hidden, shown):
    assert names().shown(hidden) == shown


def test_lists_and_plists_are_known_by_their_names():
    found = identify_symbol_map(f"{ORIGINAL}.bcsymbolmap", memoryview(NAMES))
    assert (found.kind, found.debug_ids) == (FileKind.SYMBOL_MAP, (ORIGINAL.lower(),))
    found = identify_symbol_map(f"{OWN}.plist", memoryview(PLIST))
    assert (found.debug_ids, found.map_url) == ((OWN.lower(),), ORIGINAL.lower())
    assert identify_symbol_map("Info.plist", memoryview(PLIST)) is None
    assert identify_symbol_map(f"{OWN}.plist", memoryview(b"<plist/>")) is None


def library(folder):
    uuid = bytes.fromhex(OWN.replace("-", ""))
    inner = folder / "App.app.dSYM" / "Contents" / "Resources"
    (inner / "DWARF").mkdir(parents=True)
    file = Maker(kind=DYLIB).uuid(uuid).code().symbol("__hidden#1_", 0x400).symbol("__hidden#5_", 0x440).build()
    (inner / "DWARF" / "App").write_bytes(file)
    return inner


def frames(folder):
    image = {"type": "macho", "debug_id": OWN, "image_addr": "0x100000000", "image_size": 0x10000}
    event = {
        "platform": "cocoa",
        "debug_meta": {"images": [image]},
        "frames": [{"instruction_addr": "0x100000444"}, {"instruction_addr": "0x100000404"}],
    }
    with Symbolicator([str(folder)], cache_dir=False) as engine:
        return [one.get("function") for one in engine.symbolicate(event)["frames"]]


@pytest.mark.parametrize("plist", [False, True])
def test_frames_have_the_names_of_the_list_that_is_the_dsyms(tmp_path, plist):
    inner = library(tmp_path)
    maps = tmp_path / "BCSymbolMaps"
    maps.mkdir()
    if plist:
        (inner / f"{OWN}.plist").write_bytes(PLIST)
    (maps / f"{ORIGINAL if plist else OWN}.bcsymbolmap").write_bytes(NAMES)
    assert frames(tmp_path) == ["gate::open", "-[Gate open]"]
    assert check([tmp_path]).files
    assert not any("hidden" in trouble.what for one in check([tmp_path]).files for trouble in one.troubles)


def test_a_list_of_another_build_is_not_used_and_check_says_that_names_are_hidden(tmp_path):
    library(tmp_path)
    (tmp_path / f"{ORIGINAL}.bcsymbolmap").write_bytes(NAMES)
    assert frames(tmp_path) == ["_hidden#5_", "_hidden#1_"]
    (one,) = check([tmp_path]).files
    assert any("BCSymbolMap" in trouble.hint for trouble in one.troubles)


def test_files_id_tells_what_a_list_is(tmp_path):
    path = tmp_path / f"{ORIGINAL}.bcsymbolmap"
    path.write_bytes(NAMES)
    found = describe(path)
    assert (found["kind"], found["ids"]) == ("symbol_map", [ORIGINAL.lower()])
