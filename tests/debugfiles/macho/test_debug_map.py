"""Debug maps: from a linked file to the object files it was linked of, and when these are no longer the ones."""

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts.tables import Table
from symbolicator.builds import check, describe
from symbolicator.builds.given import open_given
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.archives import members_of
from symbolicator.debugfiles.macho.archive_index import ArchiveCompiler
from symbolicator.debugfiles.macho.debug_map import DebugMapCompiler, Noted
from symbolicator.debugfiles.macho.file import MachoFile
from symbolicator.debugfiles.macho.placing import PlacingCompiler
from symbolicator.errors import LimitExceeded, MalformedArtifact
from tests.counting import steps
from tests.makers.macho import OBJECT, TEXT, Maker

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
LINKED = 1_700_000_000
"""When the fixtures' objects were last written before they were linked."""


@pytest.fixture(params=["macho-debug-map", "macho-debug-map-x86_64"])
def build(request, tmp_path):
    """A build's folder, with the times of files as they were when it was linked, and what is to be found in it."""
    shutil.copytree(NATIVE / request.param / "files", tmp_path, dirs_exist_ok=True)
    for file in tmp_path.rglob("*"):
        os.utime(file, (LINKED, LINKED))
    return tmp_path, json.loads((NATIVE / request.param / "expected.json").read_text())


def answers(folder, case):
    """For each address the innermost function's file and line, as they come, and all problems."""
    frames = [{"instruction_addr": look["addr"]} for look in case["lookups"]]
    with Symbolicator([str(folder)], cache_dir=False) as engine:
        out = [
            engine.symbolicate({"platform": "native", "debug_meta": {"images": case["images"]}, "frames": [frame]})["frames"]
            for frame in frames
        ]
    places = [(Path(one[-1].get("abs_path") or "").name, one[-1].get("lineno")) for one in out]
    return places, [problem for one in out for frame in one for problem in frame["data"].get("problems", ())]


def expected(case):
    return [(Path(look["frames"][0]["file"]).name, look["frames"][0]["line"] or None) for look in case["lookups"]]


def change_code(path, name):
    """Another instruction in a function of an object file, as another build would have it."""
    content = bytearray(path.read_bytes())
    file = MachoFile(memoryview(bytes(content)))
    symbol = next(one for one in file.symbols() if one.name == name)
    section = next(one for one in file.headers.sections if one.is_code)
    at = section.offset + symbol.address - section.address
    content[at + symbol.size - 4 : at + symbol.size] = b"\xff\xff\xff\xff"
    path.write_bytes(content)


def test_lines_are_found_in_object_files_and_members_of_archives(build):
    folder, case = build
    places, problems = answers(folder, case)
    assert places == expected(case)
    assert not problems


def test_a_file_in_hand_has_the_same_answers_as_its_event(build):
    folder, case = build
    image = case["images"][0]
    with DebugFile.open(folder / "libkiln.dylib") as file:  # they lie beside it
        base = file.container.load_address
        assert file.missing_objects() == (3, [])
        found = [file.lookup(int(look["addr"], 16) - int(image["image_addr"], 16) + base) for look in case["lookups"]]
        assert [(Path(one[-1].file or "").name, one[-1].line or None) for one in found] == expected(case)
        starts = {symbol.address for symbol in file.container.symbols()}
        assert all(one[0].address in starts for one in found)


def test_padding_behind_a_function_has_its_symbol_and_no_line():
    folder = NATIVE / "macho-debug-map-x86_64" / "files"
    with DebugFile.open(folder / "libkiln.dylib") as file, DebugFile.open(folder / "smoker.o") as own:
        symbol = next(one for one in file.container.symbols() if one.name == b"squeeze_hard")
        there = next(one for one in own.container.symbols() if one.name == b"squeeze_hard")
        inside = [bool(one[-1].function) for one in own.lookup_many(list(range(there.address, there.address + there.size)))]
        assert inside[0]
        assert not inside[-1]  # there is padding
        found = file.lookup_many(list(range(symbol.address, symbol.address + symbol.size)))
        assert [one[-1].line > 0 for one in found] == inside
        assert all(one[0].symbol == "squeeze_hard" for one in found)


def test_objects_that_lie_elsewhere_are_found_where_a_store_has_them(build, tmp_path_factory):
    folder, _ = build
    elsewhere = tmp_path_factory.mktemp("objects") / "build"
    elsewhere.mkdir()
    for file in ("smoker.o", "libkiln.a"):
        shutil.move(folder / file, elsewhere)
    with DebugFile.open(folder / "libkiln.dylib", store=open_given([str(elsewhere)])) as file:
        assert file.missing_objects() == (3, [])


def test_without_times_the_code_itself_is_the_evidence(build):
    folder, case = build
    for file in folder.rglob("*"):
        os.utime(file, (LINKED + 10**6, LINKED + 10**6))
    places, problems = answers(folder, case)
    assert places == expected(case)
    assert not problems


def test_without_times_an_object_of_other_code_answers_nothing_and_says_so(build):
    folder, case = build
    change_code(folder / "smoker.o", b"smoke_depth")
    for file in folder.rglob("*"):
        os.utime(file, (LINKED + 10**6, LINKED + 10**6))
    places, problems = answers(folder, case)
    wanted = [("", None) if place[0] == "smoker.c" else place for place in expected(case)]
    assert places == wanted
    assert "the code of _smoke_depth is not what was linked" in problems[0]["detail"]
    assert "dsymutil" in problems[0]["hint"]


def test_an_object_written_since_answers_nothing_where_times_are_kept(build):
    folder, case = build
    os.utime(folder / "smoker.o", (LINKED + 30, LINKED + 30))
    os.utime(folder / "libkiln.dylib", (LINKED + 5, LINKED + 5))
    places, problems = answers(folder, case)
    assert places == [("", None) if place[0] == "smoker.c" else place for place in expected(case)]
    assert "was written 2023-11-14 22:13:50 UTC, and the one that was linked 2023-11-14 22:13:20 UTC" in problems[0]["detail"]


def test_a_member_of_an_archive_that_was_put_there_since_answers_nothing(build):
    folder, case = build
    archive = folder / "libkiln.a"
    archive.write_bytes(archive.read_bytes().replace(b"1700000000", b"1700000001"))
    os.utime(archive, (LINKED, LINKED))
    places, problems = answers(folder, case)
    assert {place for place in places if place[0]} == {place for place in expected(case) if place[0] == "smoker.c"}
    assert any("has a kiln.o written 2023-11-14 22:13:21 UTC" in one["detail"] for one in problems)


def members(archive):
    data = memoryview(archive.read_bytes())
    return {one.name: bytes(data[one.offset : one.offset + one.size]) for one in members_of(data)}


def packed(*files):
    """An archive of (name, content)."""
    heads = [f"{name:<16}{LINKED:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() for name, content in files]
    return b"!<arch>\n" + b"".join(head + one + b"\n" * (len(one) % 2) for head, (_, one) in zip(heads, files, strict=True))


def test_of_members_of_one_name_and_time_the_code_tells(build):
    folder, case = build
    archive = folder / "libkiln.a"
    own = members(archive)
    other = (folder / "smoker.o").read_bytes()
    archive.write_bytes(packed(*(pair for name in own for pair in ((name, other), (name, own[name])))))
    places, problems = answers(folder, case)
    assert places == expected(case)
    assert not problems


def test_copies_of_the_objects_in_several_folders_are_no_ambiguity(build):
    folder, case = build
    for name in ("one/dist", "two/dist"):
        (folder / name).mkdir(parents=True)
        for file in ("smoker.o", "libkiln.a"):
            shutil.copy2(folder / file, folder / name)
    places, problems = answers(folder, case)
    assert places == expected(case)
    assert not problems


def test_an_archive_of_another_architecture_says_so(build):
    folder, case = build
    twin = "macho-debug-map" if "x86_64" in case["images"][0]["code_file"] or "x86-64" in case["note"] else "macho-debug-map-x86_64"
    shutil.copy(NATIVE / twin / "files" / "libkiln.a", folder)
    _, problems = answers(folder, case)
    assert {one["artifact"].rpartition("/")[2] for one in problems} == {"libkiln.a(kiln.o)", "libkiln.a(tongs.o)"}
    assert any(" is for " in one["detail"] for one in problems)


def test_missing_objects_are_named_by_check_and_id(build):
    folder, _ = build
    assert check([folder]).level == "ok"
    (folder / "smoker.o").unlink()
    (one,) = (each for each in check([folder]).files if each.file.endswith("libkiln.dylib"))
    assert one.level == "fail"
    assert "3 object files" in one.troubles[0].what
    assert "smoker.o: not among the files given" in one.troubles[0].what
    assert describe(folder / "libkiln.dylib")["debug_map"]["objects"] == 3


def test_of_a_file_in_hand_an_archive_is_listed_once_for_all_its_members(build, monkeypatch):
    folder, _ = build
    listed = []
    compiled = ArchiveCompiler.compile
    monkeypatch.setattr(ArchiveCompiler, "compile", lambda self, *contents: listed.append(1) or compiled(self, *contents))
    with DebugFile.open(folder / "libkiln.dylib") as file:
        assert file.missing_objects() == (3, [])  # two of them are members
    assert len(listed) == 1


def test_without_its_objects_a_library_has_its_symbols_and_each_frame_says_what_it_lacks(build):
    folder, case = build
    for file in ("smoker.o", "libkiln.a"):
        (folder / file).unlink()
    places, problems = answers(folder, case)
    assert not any(place[0] for place in places)
    assert {Path(one["artifact"]).name for one in problems} == {"smoker.o", "libkiln.a(kiln.o)", "libkiln.a(tongs.o)"}


def test_a_dsym_comes_before_the_debug_map():
    with DebugFile.open(NATIVE / "macho-dsym" / "files" / "libsmoker.dylib") as file:
        assert "debug_map" in file.features
        assert file.missing_objects() == (0, [])
        assert "debug_info" in file.family.main.identity.features


def test_what_is_kept_of_it_answers_alike_and_is_made_again_where_it_is_damaged(build, tmp_path_factory):
    folder, case = build
    cache = tmp_path_factory.mktemp("cache")
    event = {"platform": "native", "debug_meta": {"images": case["images"]}}
    event["frames"] = [{"instruction_addr": look["addr"]} for look in case["lookups"]]

    def frames():
        with Symbolicator([str(folder)], cache_dir=cache) as engine:
            return engine.symbolicate(event)["frames"]

    cold = frames()
    assert frames() == cold
    for table in (cache / "tables").rglob("*.table"):
        content = bytearray(table.read_bytes())
        content[len(content) // 2] ^= 0x10
        table.write_bytes(content)
    assert frames() == cold


def test_an_archive_says_what_is_in_it(build):
    folder, _ = build
    found = describe(folder / "libkiln.a")
    assert (found["kind"], [one["file"] for one in found["members"]]) == ("archive", ["kiln.o", "tongs.o"])
    assert "it is an archive of object files" in found["problems"][0]["what"]


def test_members_have_bsds_and_gnus_long_names():
    def member(name, content, time=0):
        return f"{name:<16}{time:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)

    bsd = member("#1/20", b"a_rather_long_name.o" + b"one", 7)
    gnu = member("//", b"another_rather_long_name.o/\n") + member("/0", b"two") + member("short.o/", b"three", 9)
    found = list(members_of(memoryview(b"!<arch>\n" + member("__.SYMDEF", b"x") + bsd + gnu)))
    assert [(one.name, one.time) for one in found] == [("a_rather_long_name.o", 7), ("another_rather_long_name.o", 0), ("short.o", 9)]
    with pytest.raises(MalformedArtifact, match="thin"):
        next(members_of(memoryview(b"!<thin>\n")))


def test_an_archive_that_is_cut_has_the_members_before():
    whole = b"!<arch>\n" + b"a.o/            0           0     0     644     3         `\nabc\n"
    for cut in range(len(whole)):
        assert len(list(members_of(memoryview((whole + whole[8:])[: len(whole) + cut])))) <= 2
    assert [one.size for one in members_of(memoryview(whole + whole[8:50]))] == [3]


def test_notes_of_swifts_modules_and_of_data_are_passed_over():
    maker = Maker().code().section("__swift_ast", b"\xe2\x9c\xa8\x0e" * 50, "__DWARF")
    for kind, name, value in ((0x64, "/src/", 0), (0x66, "/src/a.o", 0), (0x32, "/src/a.swiftmodule", 0), (0x2E, "", 0x400)):
        maker.symbol(name, value - (0 if value else TEXT), kind=kind)
    maker.symbol("_f", 0x400, kind=0x24).symbol("", 0x40 - TEXT, kind=0x24).symbol("", 0x40, kind=0x4E).symbol("_data", 0x900, kind=0x20)
    maker.symbol("/src/b.o", -TEXT, kind=0x66).symbol("_g", 0x440, kind=0x24).symbol("", 0x10 - TEXT, kind=0x24)
    content = maker.build()
    found = debug_map(content)
    assert [found.path(number) for number in range(found.objects)] == ["/src/a.o", "/src/b.o"]
    assert [found.functions_of(number) for number in range(2)] == [[Noted(TEXT + 0x400, 0x40, b"_f")], [Noted(TEXT + 0x440, 0x10, b"_g")]]
    assert "debug_info" not in MachoFile(content).features


# ── hostile ───────────────────────────────────────────────────────────────────────────────────────────────────────


def noted(functions, name="_f", size=4):
    """A library whose debug map has so many functions of one name at one place."""
    maker = Maker().code().symbol("/src/a.o", -TEXT, kind=0x66, section=0)
    maker.names += name.encode() + b"\0"
    at = len(maker.names) - len(name) - 1
    for _ in range(functions):
        maker.rows += [(at, 0x24, 1, 0, TEXT + 0x400), (0, 0x24, 0, 0, size)]
    return maker.build()


def debug_map(content):
    compiler = DebugMapCompiler()
    return compiler.open(Table.open(compiler.compile(content).to_bytes()))


def test_a_million_functions_in_one_place_cost_a_look_up_no_more_than_one():
    few, many = debug_map(noted(10)), debug_map(noted(20_000))
    assert few.object_at(TEXT + 0x400) == many.object_at(TEXT + 0x400) == 0
    assert steps(lambda: many.object_at(TEXT + 0x402)) <= steps(lambda: few.object_at(TEXT + 0x402)) + 5


def test_of_functions_folded_into_one_the_first_noted_has_the_address():
    maker = Maker().code()
    for path, name in (("/src/a.o", "_f"), ("/src/b.o", "_g")):
        maker.symbol(path, -TEXT, kind=0x66).symbol(name, 0x400, kind=0x24).symbol("", 0x10 - TEXT, kind=0x24)
    found = debug_map(maker.build())
    assert (found.objects, found.object_at(TEXT + 0x404)) == (2, 0)


def test_one_long_name_for_all_functions_is_refused():
    with pytest.raises(LimitExceeded, match="names"):
        debug_map(noted(5000, "_" + "x" * 4000))


def test_functions_over_one_another_are_not_compared_without_end():
    content = Maker(kind=OBJECT).code().symbol("_f", 0x400).build()
    functions = [Noted(TEXT + 0x400, 0x100, b"_f")] * 1000
    given = Given(content)
    with pytest.raises(LimitExceeded, match="overlap"):
        PlacingCompiler(lambda: functions, given, given, by_code=True).compile()


class Given(NamedTuple):
    """A file in hand, as an artifact."""

    content: memoryview

    def read(self):
        return self.content
