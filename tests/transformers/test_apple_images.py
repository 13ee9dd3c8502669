"""Images of Apple's: slices by UUID, dSYMs wherever they lie, slides, signed return addresses."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.debugfiles import DebugFile
from symbolicator.errors import ConfigError
from symbolicator.model import Image
from symbolicator.transformers.addresses import Images, call_rule
from tests.makers.macho import ARM64, EXECUTE, X86_64, Maker, fat

NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
FAT = NATIVE / "macho-fat" / "files" / "App.app.dSYM" / "Contents" / "Resources" / "DWARF" / "libsmoker.dylib"
LIBRARY = NATIVE / "macho-dsym" / "files" / "libsmoker.dylib"
DSYM = NATIVE / "macho-dsym" / "files" / "libsmoker.dylib.dSYM" / "Contents" / "Resources" / "DWARF" / "libsmoker.dylib"


def ids(path, arch=None):
    with DebugFile.open(path, arch) as file:
        return {"debug_id": file.debug_id}


def _depth():
    with DebugFile.open(DSYM) as file:
        return next(one.address for one in file.container.symbols() if one.name == b"smoke_depth") + 4


DEPTH = _depth()
"""An address in `smoke_depth` of macho-dsym's library."""


def image(**more):
    return {"type": "macho", "code_file": "/opt/App.app/libsmoker.dylib", "image_addr": "0x104000000", "image_size": 0x8000, **more}


def top(files, addr, *images, **frame):
    event = {"platform": "cocoa", "debug_meta": {"images": list(images)}, "frames": [{"instruction_addr": hex(addr), **frame}]}
    with Symbolicator(files, cache_dir=False) as engine:
        out = engine.symbolicate(event)
    return out["frames"][-1], out


def test_each_slice_answers_for_its_own_uuid():
    arm, intel = ids(FAT, "arm64"), ids(FAT, "x86_64")
    assert arm != intel
    case = json.loads((NATIVE / "macho-fat" / "expected.json").read_text())
    apart = 0
    for look in case["lookups"]:
        number = int(look["addr"], 16) >> 33
        at = int(look["addr"], 16) - int(case["images"][number]["image_addr"], 16)
        told = [top([FAT], 0x104000000 + at, image(**one))[0] for one in (intel, arm)]
        assert told[number].get("lineno", 0) == look["frames"][0]["line"]
        apart += told[0].get("lineno") != told[1].get("lineno")
        if apart > 3:
            break
    assert apart > 3


def test_a_slice_is_chosen_by_architecture_where_an_image_has_no_id_and_none_where_nothing_says_which():
    with DebugFile.open(FAT, "arm64") as file:
        line = file.lookup(DEPTH)[-1].line
    frame, _ = top([FAT], 0x104000000 + DEPTH, image(arch="arm64e"))
    assert frame["lineno"] == line
    frame, out = top([FAT], 0x104000000 + DEPTH, image())
    assert "lineno" not in frame
    (error,) = [one for one in out["errors"] if one["type"] == "missing_debug_file"]
    assert "holds x86_64 or arm64, and nothing says which one was running" in json.dumps(error)


def test_the_slice_of_another_build_is_named_with_its_own_uuid():
    other = "11111111-2222-3333-4444-555555555555"
    frame, out = top([FAT], 0x104000000 + DEPTH, image(debug_id=other, arch="arm64"))
    assert "lineno" not in frame
    told = json.dumps(out["errors"])
    assert "another build" in told
    assert other in told
    assert ids(FAT, "arm64")["debug_id"].replace("-", "") in told.replace("-", "")


@pytest.mark.parametrize("place", ["deep/down/App.app.dSYM/Contents/Resources/DWARF/libsmoker.dylib", "flat"])
def test_a_dsym_is_found_by_its_uuid_wherever_it_lies_and_in_a_zip(tmp_path, place):
    (tmp_path / "a" / place).parent.mkdir(parents=True)
    shutil.copy(DSYM, tmp_path / "a" / place)
    with zipfile.ZipFile(tmp_path / "dSYMs.zip", "w") as archive:
        archive.write(FAT, "Other.app.dSYM/Contents/Resources/DWARF/Other")
        archive.write(DSYM, place)
    for files in (tmp_path / "a", tmp_path / "dSYMs.zip"):
        frame, _ = top([files], 0x104000000 + DEPTH, image(**ids(DSYM)))
        assert (frame["function"], frame["filename"]) == ("smoke_depth", "smoker.c")


def test_the_dsym_answers_before_the_library_and_both_are_named(tmp_path):
    frame, out = top([LIBRARY.parent], 0x104000000 + DEPTH, image(**ids(LIBRARY)))
    assert frame["data"]["debug_file"].endswith(".dSYM/Contents/Resources/DWARF/libsmoker.dylib")
    assert out["debug_meta"]["images"][0]["debug_status"] == "found"
    assert out["debug_meta"]["images"][0]["features"]["code"]


@pytest.mark.parametrize("folder", [".", "bin"])
def test_a_dsym_of_another_build_than_the_library_is_not_used_where_the_report_has_no_id(tmp_path, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    shutil.copy(LIBRARY, tmp_path / folder / "libsmoker.dylib")
    place = tmp_path / folder / "libsmoker.dylib.dSYM" / "Contents" / "Resources" / "DWARF" / "libsmoker.dylib"
    place.parent.mkdir(parents=True)
    content = bytearray(DSYM.read_bytes())
    at = content.index(bytes.fromhex(ids(DSYM)["debug_id"].replace("-", "")))
    content[at : at + 16] = bytes(range(16))
    place.write_bytes(content)
    frame, _ = top([tmp_path], 0x104000000 + DEPTH, image())
    assert frame["function"] == "smoke_depth"
    assert "lineno" not in frame


def test_the_uuid_alone_says_which_file_an_older_events_image_is():
    uuid = ids(DSYM)["debug_id"].upper()
    frame, _ = top([DSYM], 0x104000000 + DEPTH, {"type": "apple", "uuid": uuid, "name": "smoker", "image_addr": "0x104000000"})
    assert frame["function"] == "smoke_depth"


def test_the_place_that_a_file_was_linked_for_is_taken_off(tmp_path):
    uuid = bytes(range(16))
    (tmp_path / "app").write_bytes(Maker(kind=EXECUTE).uuid(uuid).code().symbol("_f", 0x400).symbol("_g", 0x440).build())
    frame, _ = top([tmp_path], 0x104000444, image(code_id=uuid.hex()))
    assert (frame["function"], frame["symbol_addr"]) == ("g", "0x104000440")


# ── signed addresses ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [0x8000, None])
def test_a_signed_return_address_is_looked_up_without_its_signature(size):
    signed = 0x552D8001_04000000 + DEPTH
    frame, _ = top([DSYM], signed, image(**ids(DSYM), image_size=size))
    assert frame["function"] == "smoke_depth"
    assert int(frame["data"]["lookup_addr"], 16) == 0x104000000 + DEPTH
    assert frame["instruction_addr"] == hex(signed)


def test_addresses_of_other_systems_are_taken_as_they_are():
    start = 0x104000000
    assert Images([Image(type="elf", image_addr=start, image_size=8)]).of(0x552D8000_00000000 + start, None) is None
    intel = Images([Image(type="macho", image_addr=start)])
    assert intel.of(0x7FFF20000000, None) == (0, 0x7FFF20000000 - start)
    kernel = Images([Image(type="macho", image_addr=0xFFFFFF8000200000)])
    assert kernel.of(0xFFFFFF8000200010, None) == (0, 0x10)


@pytest.mark.parametrize(("arch", "rule"), [("arm64e", (~3, 4)), ("arm64_32", (~3, 4)), ("armv7s", (~1, 2)), ("x86_64h", (~0, 1))])
def test_a_return_address_leads_back_into_the_call(arch, rule):
    assert call_rule(arch) == rule


# ── one file in hand ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fat_file_in_hand_is_opened_at_the_slice_that_is_named():
    with DebugFile.open(FAT, "x86_64") as file:
        assert (file.format, file.arch) == ("macho", "x86_64")
        assert file.lookup(next(iter(file.container.symbols())).address)[0].file == "/build/apiary/smoker.c"
    with DebugFile.open(FAT, ids(FAT, "arm64")["debug_id"]) as file:
        assert file.arch == "arm64"
    with pytest.raises(ConfigError, match=r"holds x86_64 \(.*\), arm64 \("):
        DebugFile.open(FAT)
    with pytest.raises(ConfigError, match="holds"):
        DebugFile.open(FAT, "armv7")


def test_the_dsym_beside_a_library_in_hand_is_found_and_a_bundle_may_be_named():
    with DebugFile.open(LIBRARY) as file:
        assert file.family.main.path.endswith("DWARF/libsmoker.dylib")
        assert file.lookup(DEPTH)[0].line
    with DebugFile.open(NATIVE / "macho-dsym" / "files" / "libsmoker.dylib.dSYM") as file:
        assert file.lookup(DEPTH)[0].line


@pytest.mark.parametrize("layout", ["lldb", "unified", "ssqp", "bundle"])
def test_symbol_servers_layouts_are_found_by_formula(tmp_path, layout):
    uuid = ids(DSYM)["debug_id"].replace("-", "")
    upper = uuid.upper()
    place = {
        "lldb": "/".join((*(upper[at : at + 4] for at in range(0, 20, 4)), upper[20:])),
        "unified": f"{uuid[:2]}/{uuid[2:]}/debuginfo",
        "ssqp": f"_.dsym/mach-uuid-sym-{uuid}/_.dwarf",
        "bundle": "opt/App.app.dSYM/Contents/Resources/DWARF/libsmoker.dylib",
    }[layout]
    (tmp_path / place).parent.mkdir(parents=True)
    shutil.copy(DSYM, tmp_path / place)
    frame, _ = top([tmp_path], 0x104000000 + DEPTH, image(**ids(DSYM)))
    assert frame["function"] == "smoke_depth"


def test_thin_and_fat_files_of_one_slice_need_no_architecture(tmp_path):
    (tmp_path / "app").write_bytes(fat((X86_64, 3, Maker(cpu=X86_64).uuid(bytes(range(16))).code().symbol("_f", 0x400).build())))
    with DebugFile.open(tmp_path / "app") as file:
        assert file.arch == "x86_64"
    (tmp_path / "two").write_bytes(fat((X86_64, 3, Maker(cpu=X86_64).build()), (ARM64, 0, Maker().build())))
    with pytest.raises(ConfigError):
        DebugFile.open(tmp_path / "two")
