"""`DebugFile`: one native file in hand, and what belongs to it."""

import json
import os
import shutil
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from symbolicator.artifacts.stores import open_stores
from symbolicator.debugfiles import DebugFile, debugfile
from symbolicator.debugfiles.companions import _MAX_TRIED
from symbolicator.errors import ConfigError, MalformedArtifact

NATIVE = Path(__file__).parent.parent.parent / "fixtures" / "native"
NATIVE_ONLY = ("symbolicator.debugfiles.identify:identify",)


def lookups(case):
    """(svma, frames innermost first) of a fixture that is loaded at one base."""
    expected = json.loads((NATIVE / case / "expected.json").read_text())
    base = int(expected["images"][0]["image_addr"], 16)
    load = expected.get("image_base", 0)
    return [(int(one["addr"], 16) - base + load, one["frames"]) for one in expected["lookups"]]


def path_of(case):
    return NATIVE / case / "files" / "apiary"


def lines_of(locations):
    return [(one.file and one.file.rpartition("/")[2], one.line) for one in reversed(locations)]


def wanted_lines(frames):
    return [(frame["file"].rpartition("/")[2] or None, frame["line"]) for frame in frames]


# debug information in the file; in .dwo files beside it; in a .dwp; in dwz's common file; behind a debug link without ids; in .build-id
@pytest.mark.parametrize(
    "case", ["gcc-dwarf5", "gcc-split-dwo5", "gcc-split-dwp4", "dwz-multi", "stripped-debuglink-noid", "stripped-buildid"]
)
def test_a_file_is_opened_with_all_that_belongs_to_it(case):
    with DebugFile.open(path_of(case)) as file:
        assert not file.family.missing_splits
        wrong = [hex(svma) for svma, frames in lookups(case) if frames and lines_of(file.lookup(svma)) != wanted_lines(frames)]
    assert not wrong


def test_a_file_says_what_it_is():
    with DebugFile.open(path_of("clang-dwarf5")) as file:
        assert (file.format, file.arch) == ("elf", "x86_64")
        assert file.code_id == "cca9b6ba305d27a72d14f6838ae4fe87af16a159"
        assert file.debug_id == "bab6a9cc-5d30-a727-2d14-f6838ae4fe87"
        assert {"debug_info", "line_info", "code", "symbols"} <= file.features


def test_inlined_functions_come_outer_first():
    svma = next(svma for svma, frames in lookups("clang-dwarf5") if len(frames) > 1)
    with DebugFile.open(path_of("clang-dwarf5")) as file:
        outer, *inner = file.lookup(svma)
    assert not outer.inlined
    assert inner
    assert all(one.inlined for one in inner)


# the whole file is compiled at once; never
@pytest.mark.parametrize("few", [0, 1 << 30])
def test_many_addresses_have_the_answers_of_each(few, monkeypatch):
    monkeypatch.setattr(debugfile, "_FEW", few)
    addresses = [svma for svma, _ in lookups("gcc-dwarf5")]
    with DebugFile.open(path_of("gcc-dwarf5")) as file:
        answers = file.lookup_many(array("Q", addresses))
        assert answers == file.lookup_many(memoryview(array("Q", addresses))) == file.lookup_many(addresses)
        assert answers == file.lookup_many(array("Q", addresses).tobytes())
        assert (file._whole is None) == bool(few)
    with DebugFile.open(path_of("gcc-dwarf5")) as file:
        assert answers == [file.lookup(svma) for svma in addresses]


def test_a_stub_is_named_by_the_program_where_the_debug_file_is_silent():
    with DebugFile.open(path_of("stripped-buildid")) as file:
        symbols = list(file.container.symbols())
        stub = next(one for one in symbols if one.name.endswith(b"@plt"))
        assert [one.symbol for one in file.lookup(stub.address)] == [stub.name.decode()]


def test_a_further_store_has_what_lies_elsewhere():
    path = path_of("stripped-debuglink")
    with DebugFile.open(path) as file:
        assert "debug_info" not in file.family.features
        assert "its debug link names apiary.debug" in file.family.tried[0]
    with DebugFile.open(path, store=open_stores((path.parent,), None, NATIVE_ONLY)) as file:
        assert file.family.main.name.endswith("release-7.sym")
        assert file.family.program is not None
    assert len(file.family.tried) <= _MAX_TRIED


def test_split_files_that_are_gone_are_named(tmp_path):
    shutil.copy(path_of("gcc-split-dwo5"), tmp_path / "apiary")
    shutil.copy(path_of("gcc-split-dwo5").parent / "hive.dwo", tmp_path)
    with DebugFile.open(tmp_path / "apiary") as file:
        assert [Path(path).name for path in file.family.missing_splits] == ["ledger.dwo", "main.dwo"]
        assert [Path(one.name).name for one in file.family.splits] == ["hive.dwo"]


def test_names_that_look_like_urls_are_files_like_others(tmp_path):
    path = tmp_path / "100%25?#x"
    shutil.copy(path_of("gcc-dwarf5"), path)
    with DebugFile.open(path) as file:
        assert file.family.main.name.endswith("/100%25?#x")


def test_what_is_no_native_file_is_refused_with_its_name(tmp_path):
    text = tmp_path / "app.so"
    text.write_text("hello")
    with pytest.raises(MalformedArtifact, match=r"app\.so: is not a native file of a supported format"):
        DebugFile.open(text)
    text.write_bytes(path_of("gcc-dwarf5").read_bytes()[:40])
    with pytest.raises(MalformedArtifact, match=r"app\.so: "):
        DebugFile.open(text)


def test_what_is_not_there_and_another_architecture_say_what_to_try(tmp_path):
    for path, arch in ((tmp_path / "gone.so", None), (tmp_path, None), (path_of("gcc-dwarf5"), "arm64")):
        with pytest.raises(ConfigError) as error:
            DebugFile.open(path, arch=arch)
        assert error.value.hint
    with DebugFile.open(path_of("gcc-dwarf5"), arch="x86_64") as file:
        assert file.arch == "x86_64"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="not a regular file"):
        DebugFile.open(tmp_path / "pipe")


def test_a_closed_file_has_no_answers():
    file = DebugFile.open(path_of("gcc-dwarf5"))
    file.close()
    with pytest.raises(ValueError, match="is closed"):
        file.lookup(0x1000)


def test_the_room_is_loaded_when_it_is_used():
    code = "import sys, symbolicator.debugfiles as room; print('symbolicator.debugfiles.debugfile' in sys.modules, sorted(room.__all__)[0])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False DebugFile\n"
