"""`symbolicator.builds`: what the command line says of a build, asked by a program."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import symbolicator
from symbolicator import ConfigError, Symbolicator
from symbolicator.artifacts import adding
from symbolicator.builds import Checked, Report, Trouble
from tests.makers.builds import build

NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
PROGRAM = NATIVE / "clang-dwarf5" / "files" / "apiary"
NAMED = "./apiary(+0x27b5)[0x55d0c0a027b5]\n"
"""A line of glibc's `backtrace_symbols`: it has the program's name, and no id."""


def test_a_report_has_every_file_with_its_troubles(tmp_path):
    build(tmp_path)
    (tmp_path / "alone.js").write_text("run()\n//# sourceMappingURL=gone.js.map\n")
    report = symbolicator.builds.check([tmp_path], cache_dir=False)
    assert {Path(one.file).name: one.level for one in report.files} == {"app.js": "ok", "alone.js": "fail"}
    assert report.level == "fail"
    (trouble,) = next(one.troubles for one in report.files if one.level == "fail")
    assert "gone.js.map" in trouble.what
    assert trouble.hint
    assert symbolicator.builds.check(PROGRAM, cache_dir=False).level == "ok"


def test_a_report_s_level_is_the_worst_there_is():
    def report(*levels):
        return Report(tuple(Checked("a.js", "script", (Trouble(level, "", ""),) if level != "ok" else ()) for level in levels))

    assert [report(*levels).level for levels in ((), ("ok",), ("ok", "warn"), ("warn", "fail", "ok"))] == ["ok", "ok", "warn", "fail"]


def test_a_check_keeps_nothing_where_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    build(tmp_path)
    symbolicator.builds.check(tmp_path / "app.js", cache_dir=False)
    assert not (tmp_path / "cache").exists()
    assert symbolicator.builds.check(tmp_path / "app.js").level == "ok"  # its map was found beside it
    assert (tmp_path / "cache").exists()


@pytest.mark.parametrize("ask", [symbolicator.builds.check, symbolicator.builds.describe], ids=["check", "describe"])
def test_paths_that_are_not_there_are_an_error_of_the_caller(tmp_path, ask):
    with pytest.raises(ConfigError) as error:
        ask(tmp_path / "gone")
    assert error.value.hint


def test_a_description_is_what_files_id_prints(tmp_path):
    found = symbolicator.builds.describe(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "symbolicator", "files", "id", "--format", "json", PROGRAM], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [found]
    with pytest.raises(ConfigError, match="is a folder"):
        symbolicator.builds.describe(tmp_path)


@pytest.fixture
def store(tmp_path):
    added = symbolicator.builds.add(PROGRAM, tmp_path / "store")
    assert added == (1, 0, tmp_path / "store")
    return tmp_path / "store"


def functions(store, text=NAMED):
    with Symbolicator(files=[store], cache_dir=False) as s:
        return s.symbolicate_text(text)


def test_a_program_in_a_store_is_found_by_its_name_alone(store):
    assert functions(store) == functions(PROGRAM.parent)
    assert "hive.cpp:38" in functions(store)


def test_the_name_in_a_store_is_no_second_copy(store):
    files = [path for path in store.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert files[0].samefile(files[1])
    assert symbolicator.builds.add(PROGRAM, store) == (0, 1, store)


def test_where_a_disk_has_no_links_the_name_is_a_copy(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(adding.Path, "hardlink_to", refuse)
    symbolicator.builds.add(PROGRAM, tmp_path / "store")
    assert "hive.cpp:38" in functions(tmp_path / "store")


def test_a_debug_file_alone_in_a_store_is_found_by_its_program_s_name(tmp_path):
    debug = tmp_path / "apiary.debug"
    shutil.copy(NATIVE / "stripped-debuglink" / "files" / "symbols" / "2031-spring" / "release-7.sym", debug)
    symbolicator.builds.add(debug, tmp_path / "store")
    assert "apiary::Bee::forage" in functions(tmp_path / "store", NAMED.replace("27b5", "1615"))


def test_two_builds_of_a_program_in_a_store_are_told_apart_by_ids_only(store, tmp_path):
    other = tmp_path / "other" / "apiary"
    other.parent.mkdir()
    shutil.copy(NATIVE / "gcc-dwarf5" / "files" / "apiary", other)
    symbolicator.builds.add(other, store)
    assert functions(store) == NAMED


def test_native_files_of_every_format_that_share_an_id_share_a_store(tmp_path):
    every = [NATIVE / case / "files" for case in ("breakpad-clang", "clang-dwarf5", "macho-dsym", "pe-symbols", "macho-fat")]
    given = symbolicator.builds.add(every, tmp_path / "store")
    assert given.written >= 6
    assert symbolicator.builds.add(every, tmp_path / "store") == (0, given.written, tmp_path / "store")
    places = {"/".join(path.relative_to(tmp_path / "store").parts) for path in (tmp_path / "store").rglob("*")}
    assert {"libsmoker.dylib/mach-uuid-4c4c44e955553144a10540f928e71f6a/libsmoker.dylib", "press.exe/6553f1005000/press.exe"} <= places
    assert [place for place in places if place.endswith("0/apiary.sym")]


def test_a_store_needs_a_release_for_what_has_no_id(tmp_path):
    build(tmp_path)
    with pytest.raises(ConfigError, match="release"):
        symbolicator.builds.add(tmp_path / "app.js", tmp_path / "store")
    added = symbolicator.builds.add(tmp_path / "app.js", tmp_path / "store", release="1.0", dist="7")
    assert added.folder == tmp_path / "store" / "1.0" / "7"


def test_a_webassembly_module_without_its_map_is_told_apart_from_one_with_it(tmp_path):
    lift = Path(__file__).parents[2] / "fixtures" / "wasm" / "lift"
    shutil.copy(lift / "lift.wasm", tmp_path)
    (alone,) = symbolicator.builds.check([tmp_path], cache_dir=False).files
    assert any("lift.wasm.map, is not there" in trouble.what for trouble in alone.troubles)
    shutil.copy(lift / "lift.wasm.map", tmp_path)
    whole = next(one for one in symbolicator.builds.check([tmp_path], cache_dir=False).files if one.file.endswith(".wasm"))
    assert [trouble.what for trouble in whole.troubles if "build id" not in trouble.what] == []


MAPPING = Path(__file__).parent.parent.parent / "fixtures" / "jvm" / "repackaged" / "files" / "mapping.txt"
UUID = "6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c"


def test_a_mapping_is_found_by_the_uuid_that_it_was_added_with(tmp_path):
    """No hash of the file says it: the app's build made it up."""
    symbolicator.builds.add(MAPPING, tmp_path / "store", uuid=UUID.upper())
    event = {
        "platform": "java",
        "debug_meta": {"images": [{"type": "proguard", "uuid": UUID}]},
        "frames": [{"module": "harbor.Main", "function": "r", "lineno": 164}],
    }
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mapping.txt").write_text(
        "a.B -> harbor.Main:\n    1:1:void wrong():164:164 -> r\n"
    )  # so that it is not the only one
    for store, function in ((tmp_path / "store", "circular"), (MAPPING.parent, "r")):
        with symbolicator.Symbolicator([store, tmp_path / "other"], cache_dir=False) as engine:
            assert engine.symbolicate(event)["frames"][0]["function"] == function


def test_a_mapping_with_a_uuid_and_a_release_is_found_by_either(tmp_path):
    store = tmp_path / "store"
    symbolicator.builds.add(MAPPING, store, release="shop@1", uuid=UUID)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mapping.txt").write_text("harbor.Main -> harbor.Main:\n    1:1:void wrong():164:164 -> r\n")
    symbolicator.builds.add(tmp_path / "other", store, release="shop@2")
    assert (store / "shop@1" / "proguard" / f"{UUID}.txt").is_file()
    frame = {"module": "harbor.Main", "function": "r", "lineno": 164}
    images = {"debug_meta": {"images": [{"type": "proguard", "uuid": UUID}]}}
    # by its uuid; by its release; the uuid counts more; another release
    for said, function in (
        (images, "circular"),
        ({"release": "shop@1"}, "circular"),
        ({"release": "shop@2", **images}, "circular"),
        ({"release": "shop@2"}, "wrong"),
    ):
        with symbolicator.Symbolicator([store], cache_dir=False) as engine:
            assert engine.symbolicate({"platform": "java", "frames": [frame], **said})["frames"][0]["function"] == function


def test_a_uuid_is_one_mapping_s(tmp_path):
    with pytest.raises(ConfigError, match="no uuid"):
        symbolicator.builds.add(MAPPING, tmp_path / "store", uuid="../../x")
    (tmp_path / "two").mkdir()
    for name in "ab":
        (tmp_path / "two" / f"{name}.txt").write_text(f"{name}.B -> a.b:\n")
    with pytest.raises(ConfigError, match="2 mappings"):
        symbolicator.builds.add(tmp_path / "two", tmp_path / "store", uuid=UUID)
    assert not (tmp_path / "store").exists()
