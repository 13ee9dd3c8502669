"""From lines of the C++ that il2cpp generated to lines of C#: the mapping, and frames through it (`fixtures/native/il2cpp`)."""

import json
import random
import shutil
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.il2cpp import FILE_NAME, LineMappingCompiler

FILES = Path(__file__).parents[2] / "fixtures" / "native" / "il2cpp" / "files"
CPP = "/build/game/il2cppOutput/Assembly-CSharp.cpp"
TOWER, GAME = "/build/game/Assets/Scripts/Tower.cs", "/build/game/Assets/Scripts/Game.cs"
COMPILER = LineMappingCompiler()
BUILD_ID = "e9b347e85b02e5ae9ca9566201a50e90820cfa1e"


def opened(value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return COMPILER.open(COMPILER.compile(memoryview(content)).table())


def frames(files, *addresses):
    """What an event's frames become, callee first."""
    raw = [{"instruction_addr": hex(0x7000_0000 + address), "adjust_instruction_addr": False} for address in addresses]
    image = {"type": "elf", "code_file": "/data/app/libil2cpp.so", "code_id": BUILD_ID, "image_addr": "0x70000000", "image_size": 0x5000}
    with Symbolicator(files, cache_dir=False, strict=True) as engine:
        event = engine.symbolicate({"platform": "native", "frames": raw[::-1], "debug_meta": {"images": [image]}})
        assert engine.symbolicate(event) == event
    return event["frames"][::-1]


def places(found):
    return [(frame["function"], Path(frame["abs_path"]).name, frame["lineno"]) for frame in found]


# ── frames ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_frames_in_generated_code_are_in_c_sharp():
    (damage,) = frames([FILES], 0x1136)
    assert (damage["function"], damage["abs_path"], damage["lineno"], damage.get("colno")) == ("Tower_Damage", TOWER, 33, None)
    assert damage["raw_function"] == "Tower_Damage_m8FC26F2B9D8E7B8EA0EE1AE7BA2B3C9D3B7A1AB9"
    assert damage["data"]["generated"] == f"{CPP}:23"
    assert damage["data"]["mapping"].endswith(FILE_NAME)
    assert damage["lang"] == "csharp"


def test_each_line_of_a_function_is_of_the_statement_above_it():
    assert places(frames([FILES], 0x1129, 0x1138, 0x115B, 0x1160)) == [
        ("Tower_Damage", "Tower.cs", 31), ("Tower_Damage", "Tower.cs", 34), ("Game_Update", "Game.cs", 12), ("Game_Update", "Game.cs", 13),
    ]  # fmt: skip


def test_what_no_c_sharp_has_stays_in_the_generated_code():
    check, damage, helper, before = frames([FILES], 0x1134, 0x113E, 0x1151)
    assert places([check, helper, before]) == [
        ("NullCheck", "Assembly-CSharp.cpp", 8), ("il2cpp_helper", "Assembly-CSharp.cpp", 32),
        ("Game_Update_m0123456789ABCDEF0123456789ABCDEF01234567", "Assembly-CSharp.cpp", 38),
    ]  # fmt: skip
    assert places([damage]) == [("Tower_Damage", "Tower.cs", 33)]


def test_without_a_mapping_frames_are_in_the_generated_code(tmp_path):
    shutil.copy(FILES / "libil2cpp.so", tmp_path)
    (damage,) = frames([tmp_path], 0x1136)
    assert (damage["abs_path"], damage["lineno"]) == (CPP, 23)


def test_the_c_sharp_is_shown_where_it_is_given(tmp_path):
    shutil.copytree(FILES, tmp_path / "build")
    scripts = tmp_path / "Assets" / "Scripts"
    scripts.mkdir(parents=True)
    (scripts / "Tower.cs").write_text("".join(f"line {number}\n" for number in range(1, 40)))
    assert frames([tmp_path], 0x1136)[0]["context_line"] == "line 33"


def test_of_two_mappings_that_differ_neither_is_used_and_of_equal_ones_it_does_not_matter(tmp_path):
    shutil.copytree(FILES, tmp_path / "a")
    (tmp_path / "b").mkdir()
    shutil.copy(FILES / FILE_NAME, tmp_path / "b")
    assert frames([tmp_path], 0x1136)[0]["lineno"] == 33
    (tmp_path / "b" / FILE_NAME).write_text((FILES / FILE_NAME).read_text().replace('"20": 33', '"20": 88'))
    (damage,) = frames([tmp_path], 0x1136)
    assert (damage["abs_path"], damage["data"]["problems"][0]["type"]) == (CPP, "ambiguous_file")


@pytest.mark.parametrize(("given", "line"), [("e847b3e9-025b-aee5-9ca9-566201a50e90", 33), ("00000000-025b-aee5-9ca9-566201a50e90", 23)])
def test_a_mapping_of_another_build_is_not_used(tmp_path, given, line):
    shutil.copy(FILES / "libil2cpp.so", tmp_path)
    (tmp_path / FILE_NAME).write_text(json.dumps({"__debug-id__": given, **json.loads((FILES / FILE_NAME).read_text())}))
    raw = {"instruction_addr": "0x70001136", "adjust_instruction_addr": False}
    image = {"type": "elf", "debug_id": "e847b3e9-025b-aee5-9ca9-566201a50e90", "image_addr": "0x70000000"}
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        event = engine.symbolicate({"platform": "native", "frames": [raw], "debug_meta": {"images": [image]}})
    assert event["frames"][0]["lineno"] == line


def test_a_mapping_that_cannot_be_read_leaves_the_frames_as_they_were(tmp_path):
    shutil.copy(FILES / "libil2cpp.so", tmp_path)
    (tmp_path / FILE_NAME).write_text("[1]")
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        raw = {"instruction_addr": "0x70001136", "adjust_instruction_addr": False}
        image = {"type": "elf", "code_id": BUILD_ID, "image_addr": "0x70000000"}
        event = engine.symbolicate({"platform": "native", "frames": [raw], "debug_meta": {"images": [image]}})
    assert event["frames"][0]["lineno"] == 23


# ── the mapping ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_found_by_its_path_else_by_its_name_if_only_one_has_it():
    table = opened({"C:\\out\\a.cpp": {"A.cs": {"5": 1}}, "/x/b.cpp": {"B.cs": {"5": 2}}, "/y/b.cpp": {"C.cs": {"5": 3}}})
    assert table.lookup("C:/out/a.cpp", 5, 6) == ("A.cs", 1)
    assert table.lookup("/elsewhere/a.cpp", 5, 6) == ("A.cs", 1)
    assert table.lookup("/y/b.cpp", 5, 6) == ("C.cs", 3)
    assert table.lookup("/z/b.cpp", 5, 6) is None
    assert table.lookup("/z/c.cpp", 5, 6) is None


def test_a_statement_of_the_function_before_is_not_meant():
    table = opened({"a.cpp": {"A.cs": {"10": 1, "30": 2}}})
    assert table.lookup("a.cpp", 13, 29) is None
    assert table.lookup("a.cpp", 12, 29) == ("A.cs", 1)
    assert table.lookup("a.cpp", 40, 31) == ("A.cs", 2)
    assert table.lookup("a.cpp", 5, 9) is None


def test_a_line_of_which_two_are_said_is_not_known():
    table = opened({"a.cpp": {"A.cs": {"8": 7, "10": 1, "12": 3}, "B.cs": {"10": 1}}})
    assert table.lookup("a.cpp", 8, 9) == ("A.cs", 7)
    assert table.lookup("a.cpp", 8, 11) is None
    assert table.lookup("a.cpp", 8, 12) == ("A.cs", 3)


def test_code_without_a_source_is_not_of_the_statement_above_it():
    table = opened({"a.cpp": {"A.cs": {"10": 1, "14": 3}, "<no-source>": {"12": 1}}})
    assert [table.lookup("a.cpp", 10, line) for line in (11, 13, 15)] == [("A.cs", 1), None, ("A.cs", 3)]


@pytest.mark.parametrize("bad", [b"", b"[]", b'{"a.cpp": []}', b'{"a.cpp": {"A.cs": {"1": "x"}}}', b'{"a": ' + b"[" * 100_000])
def test_what_is_no_mapping_is_our_error(bad):
    with pytest.raises(MalformedArtifact):
        COMPILER.compile(memoryview(bad))


def test_odd_lines_are_skipped_and_too_many_are_refused(monkeypatch):
    table = opened({"a.cpp": {"A.cs": {"x": 1, "-3": 2, "7": 0, "9999999999999": 4, "8": -1, "11": 5}}})
    assert table.lookup("a.cpp", 1, 10) is None
    assert table.lookup("a.cpp", 11, 12) == ("A.cs", 5)
    monkeypatch.setattr("symbolicator.il2cpp.line_mappings.MAX_ROWS", 1)
    with pytest.raises(LimitExceeded):
        COMPILER.compile(memoryview(b'{"a.cpp": {"A.cs": {"1": 1, "2": 2}}}'))


def test_damaged_mappings_raise_only_what_is_ours():
    content, chance = (FILES / FILE_NAME).read_bytes(), random.Random(3)
    for _ in range(800):
        bad = bytearray(content)
        for _ in range(chance.choice([1, 2, 9])):
            at = chance.randrange(len(bad))
            bad[at : at + chance.choice([1, 1, 4])] = chance.choice([b"", b"9", b'"', b"{", bytes([chance.randrange(256)])])
        try:
            opened(bytes(bad)).lookup(CPP, 14, 23)
        except MalformedArtifact:
            continue
