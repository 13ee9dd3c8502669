"""The files that together symbolicate an image, found by ids, links and names."""

from pathlib import Path
from zlib import crc32

import pytest

from symbolicator.artifacts.stores import open_stores
from symbolicator.debugfiles.companions import find_companions, find_split
from symbolicator.keys import FileKind, Key
from tests.makers.elf import NOBITS, program

ONE, TWO = "11" * 20, "22" * 20


def elf(build_id=None, sections=(), dwarf=False):
    maker = program()
    if build_id:
        maker.build_id(bytes.fromhex(build_id))
    for name, content in sections:
        maker.add(name, content)
    if dwarf:
        maker.add(".debug_info", b"dwarf")
        maker.sections[1] = maker.sections[1]._replace(content=b"", type=NOBITS, size=256)
    return bytes(maker.build())


def link(name, crc):
    return ".gnu_debuglink", name.encode() + bytes(4 - len(name) % 4) + crc.to_bytes(4, "little")


def companions(tmp_path, files, **key):
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    store = open_stores([tmp_path], None, ("symbolicator.debugfiles.identify:identify",))
    return find_companions(store.find, Key(kind=FileKind.DEBUG_FILE, **key))


def name(artifact):
    return artifact and artifact.path


def test_a_stripped_program_and_its_debug_file_under_another_name(tmp_path):
    found = companions(tmp_path, {"app": elf(ONE), "x.bin": elf(ONE, dwarf=True)}, code_id=ONE)
    assert (name(found.main), name(found.program)) == ("x.bin", "app")
    assert found.found_by == "code_id"


def test_a_debug_file_of_another_build_is_named_with_its_id(tmp_path):
    found = companions(tmp_path, {"app.debug": elf(TWO, dwarf=True)}, code_id=ONE, url="/usr/bin/app")
    assert found.main is None
    assert [one.path for one in found.others] == ["app.debug"]
    assert any("app.debug: is from another build" in line and TWO in line for line in found.tried)


@pytest.mark.parametrize("path", ["bin/app.dbg", "bin/.debug/app.dbg", "debug/usr/bin/app.dbg", "elsewhere/app.dbg"])
def test_a_debug_link_is_followed_where_the_checksum_fits(tmp_path, path):
    debug = elf(dwarf=True)
    found = companions(tmp_path, {"bin/app": elf(sections=[link("app.dbg", crc32(debug))]), path: debug}, url="/usr/bin/app")
    assert (name(found.main), name(found.program), found.found_by) == (path, "bin/app", "debug_link")


def test_a_debug_link_whose_checksum_differs_is_not_followed(tmp_path):
    found = companions(tmp_path, {"app": elf(sections=[link("app.dbg", 7)]), "app.dbg": elf(dwarf=True)}, url="app")
    assert name(found.main) == "app"
    assert any("app.dbg: is from another build" in line and "00000007" in line for line in found.tried)


def test_a_debug_link_that_leads_out_finds_nothing(tmp_path):
    (tmp_path / "secret").write_bytes(elf(dwarf=True))
    found = companions(tmp_path / "root", {"app": elf(sections=[link("../secret", crc32(elf(dwarf=True)))])}, url="app")
    assert name(found.main) == "app"


@pytest.mark.parametrize("reference", ["common", "/usr/lib/debug/.dwz/common"])
def test_dwzs_common_file_is_found_by_build_id_and_by_path(tmp_path, reference):
    alt = (".gnu_debugaltlink", reference.encode() + b"\0" + bytes.fromhex(TWO))
    found = companions(tmp_path, {"app": elf(ONE, [alt], dwarf=True), "odd-name": elf(TWO, dwarf=True)}, code_id=ONE)
    assert name(found.alt) == "odd-name"
    found = companions(tmp_path, {"odd-name": elf("33" * 20), ".dwz/common": elf(dwarf=True)}, code_id=ONE)
    assert name(found.alt) == ".dwz/common"


def test_a_common_file_of_another_build_is_not_taken(tmp_path):
    alt = (".gnu_debugaltlink", b"common\0" + bytes.fromhex(TWO))
    found = companions(tmp_path, {"app": elf(ONE, [alt], dwarf=True), "common": elf("33" * 20, dwarf=True)}, code_id=ONE)
    assert found.alt is None
    assert any("common: is from another build" in line and TWO in line for line in found.tried)


def test_a_package_of_split_units_lies_beside_the_program(tmp_path):
    skeleton = elf(ONE, [(".debug_addr", b"1234")], dwarf=True)
    found = companions(tmp_path, {"a/app": skeleton, "a/app.dwp": elf(sections=[(".debug_info.dwo", b"x")]), "b/app.dwp": b""}, code_id=ONE)
    assert name(found.package) == "a/app.dwp"
    assert [one.path for one in found.artifacts] == ["a/app", "a/app.dwp"]


def test_split_units_are_found_by_their_name(tmp_path):
    companions(tmp_path, {"app": elf(ONE, dwarf=True), "obj/a.dwo": elf(sections=[(".debug_info.dwo", b"x")])}, code_id=ONE)
    store = open_stores([tmp_path], None, ("symbolicator.debugfiles.identify:identify",))
    app = store.find(Key(kind=FileKind.DEBUG_FILE, code_id=ONE)).artifacts[0]
    assert [one.path for one in find_split(store.find, app, "obj/a.dwo", "/build")] == ["obj/a.dwo"]
    assert [one.path for one in find_split(store.find, app, "/build/other/obj/a.dwo")] == ["obj/a.dwo"]
    assert find_split(store.find, app, "b.dwo") == ()


def test_nothing_at_all_says_what_was_tried(tmp_path):
    Path(tmp_path / "empty").mkdir()
    found = companions(tmp_path, {}, code_id=ONE, url="/usr/bin/app")
    assert found.artifacts == ()
    assert any(ONE in line for line in found.tried)
