"""`files` and `check`: what files are, what is missing, and a store of releases."""

import json
import shutil
import subprocess
import zipfile

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import MINIFIED, build

from .conftest import CASE, ROOT

NATIVE = ROOT / "fixtures" / "native"
DEBUG_ID = "0f4e6d5c-1b2a-4938-8776-655443322110"


def native(case):
    return NATIVE / case / "files" / "apiary"


def facts(run, *paths):
    result = run("files", "id", "--format", "json", *paths)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def hints(found):
    assert all(problem["hint"] for problem in found["problems"])
    return " | ".join(problem["what"] for problem in found["problems"])


def test_id_tells_all_of_a_native_file(run):
    (found,) = facts(run, native("clang-dwarf5"))
    assert (found["kind"], found["format"], found["arch"]) == ("debug_file", "elf", "x86_64")
    assert found["code_id"] == "cca9b6ba305d27a72d14f6838ae4fe87af16a159"
    assert found["debug_id"] == "bab6a9cc-5d30-a727-2d14-f6838ae4fe87"
    assert {"debug_info", "unwind", "symbols"} <= set(found["features"])
    assert found["dwarf"] == [5]
    assert not found["problems"]


# versions of DWARF are told by the units, in split files too
@pytest.mark.parametrize(("case", "versions"), [("gcc-dwarf2", [2]), ("gcc-dwarf4", [4]), ("gcc-dwarf5", [5]), ("gcc-split-dwo5", [5])])
def test_id_tells_the_version_of_dwarf(run, case, versions):
    assert facts(run, native(case))[0]["dwarf"] == versions


def test_id_tells_what_a_file_refers_to_and_what_was_found_of_it(run, tmp_path):
    dwz, split, linked, alone = facts(
        run, native("dwz-multi"), native("gcc-split-dwo5"), native("stripped-debuglink-noid"), native("stripped-debuglink")
    )
    assert dwz["alt_link"]["path"] == "apiary.common"
    assert dwz["goes_with"][0].endswith("apiary.common")
    assert not dwz["problems"]
    assert len(split["goes_with"]) == 3
    assert linked["goes_with"][0].endswith(".debug/apiary.debug")
    assert "it has no build id" in hints(linked)
    assert alone["debug_link"] == {"name": "apiary.debug", "crc32": "97acb5f3"}
    assert "it is stripped; its debug link names apiary.debug" in hints(alone)


def test_id_tells_what_is_missing(run, tmp_path):
    for case in ("dwz-multi", "gcc-split-dwo5"):
        shutil.copy(native(case), tmp_path / case)
    dwz, split = facts(run, tmp_path / "dwz-multi", tmp_path / "gcc-split-dwo5")
    assert "dwz's file apiary.common is missing" in hints(dwz)
    assert [path.rpartition("/")[2] for path in split["missing_splits"]] == ["hive.dwo", "ledger.dwo", "main.dwo"]
    assert "hive.dwo and 2 more are missing" in hints(split)


def test_id_tells_of_scripts_maps_and_bundles(run, tmp_path):
    (tmp_path / "app.js").write_text(f"x()\n//# debugId={DEBUG_ID}\n//# sourceMappingURL=app.js.map\n")
    (tmp_path / "app.js.map").write_text(
        json.dumps({"version": 3, "sources": ["a.ts", "b.ts"], "sourcesContent": ["x", None], "names": ["n"], "mappings": "AAAAA"})
    )
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        archive.write(tmp_path / "app.js", "app.js")
    script, source_map, bundle = facts(run, tmp_path / "app.js", tmp_path / "app.js.map", tmp_path / "up.zip")
    assert (script["debug_ids"], script["map"]) == ([DEBUG_ID], "app.js.map")
    assert (source_map["sources"], source_map["sources_with_content"], source_map["names"]) == (2, 1, 1)
    assert "1 of 2 sources are not in it" in hints(source_map)
    assert bundle["members"][0]["ids"] == [DEBUG_ID]


def test_id_for_a_person_fits_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = run("files", "id", native("dwz-multi"), native("stripped-debuglink")).stdout
    assert "  ! it is stripped" in out
    # A path may be longer than the terminal is wide; all else is wrapped.
    assert all(len(line) <= 80 or "/" in line for line in out.splitlines())


def test_id_of_what_is_not_there_and_of_folders_is_a_mistake(run, tmp_path):
    assert run("files", "id", tmp_path / "gone").exit_code == 2
    assert "files ls -f" in run("files", "id", tmp_path).stderr


def test_id_of_a_damaged_native_file_is_told(run, tmp_path):
    (tmp_path / "cut.so").write_bytes(native("gcc-dwarf5").read_bytes()[:3000])
    (found,) = facts(run, tmp_path / "cut.so")
    assert found["problems"]


def test_ls_lists_what_the_folders_hold(run, build):
    result = run("files", "ls", "-f", build, "-f", NATIVE / "stripped-debuglink" / "files", "--format", "json")
    kinds = [one["kind"] for one in json.loads(result.stdout)]
    assert kinds.count("debug_file") == 2
    assert {"script", "sourcemap"} <= set(kinds)
    page = run("files", "ls", "-f", NATIVE / "stripped-debuglink" / "files").stdout
    assert "release-7.sym" in page
    assert "ae36110dde563dd8a6c08e032b487ad025a71bb7" in page


def test_ls_says_how_many_it_left_out(run, tmp_path):
    (tmp_path / "readme.txt").write_text("hello")
    result = run("files", "ls", "-f", tmp_path)
    assert result.exit_code == 1
    assert "1 sources and other files not listed; --all lists them" in result.stderr
    assert "readme.txt" in run("files", "ls", "--all", "-f", tmp_path).stdout


@pytest.mark.parametrize("release", ["shop@1.2.0", "shop@1.2.0+7", "group/shop@2", "1.0", "c:shop*1"])
def test_a_store_answers_by_release_and_url(run, build, tmp_path, release):
    store = tmp_path / "store"
    for version, text in ((release, None), (f"{release}-older", "older()")):
        given = tmp_path / "dist"
        shutil.copytree(build, given, dirs_exist_ok=True)
        if text:
            (given / "app.js.map").write_text(json.dumps({"version": 3, "sources": ["old.ts"], "names": [], "mappings": "AAAA"}))
        added = run("files", "add", "--release", version, "--url-prefix", "https://cdn.example/assets/", given, "-o", store)
        assert added.exit_code == 0, added.stderr
        assert added.stdout.startswith("2 files added to ")
    frame = {"abs_path": "https://cdn.example/assets/app.js", "lineno": 1, "colno": 1}
    with Symbolicator(str(store), cache_dir=False) as engine:
        sources = [
            engine.symbolicate_frames([frame], release=version)[0]["data"].get("sourcemap", "") for version in (release, f"{release}-older")
        ]
    assert all(path.endswith("/assets/app.js.map") for path in sources)
    assert sources[0] != sources[1]


def test_a_container_goes_in_whole_and_odd_names_go_in_too(run, tmp_path):
    given, store = tmp_path / "dist", tmp_path / "store"
    given.mkdir()
    (given / "hey!.js").write_text("x()")
    with zipfile.ZipFile(given / "up.zip", "w") as archive:
        archive.writestr("app.js", "y()")
    assert run("files", "add", "--release", "1.0", given, "-o", store).exit_code == 0
    assert sorted(path.name for path in (store / "1.0").iterdir()) == ["hey!.js", "up.zip"]
    assert facts(run, given / "hey!.js")[0]["kind"] == "script"


def test_native_files_go_where_debuggers_look(run, tmp_path):
    store = tmp_path / "store"
    assert run("files", "add", NATIVE / "stripped-debuglink" / "files", "-o", store).exit_code == 0
    places = sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())
    code_id = "ae36110dde563dd8a6c08e032b487ad025a71bb7"
    assert places == [
        f".build-id/ae/{code_id[2:]}",
        f".build-id/ae/{code_id[2:]}.debug",
        f"apiary/elf-buildid-{code_id}/apiary",
        f"release-7.sym/elf-buildid-sym-{code_id}/release-7.sym",
    ]
    assert run("lookup", native("stripped-debuglink"), "main", "--files", store).stdout.startswith("main at ")


def test_adding_again_changes_nothing_and_another_content_is_refused(run, build, tmp_path):
    store, given = tmp_path / "store", tmp_path / "dist"
    shutil.copytree(build, given)
    command = ("files", "add", "--release", "1.0", given, "-o", store)
    run(*command)
    assert run(*command).stdout.startswith("0 files added")
    (given / "app.js").write_text("changed()")
    refused = run(*command)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert run(*command, "--replace").exit_code == 0
    assert (store / "1.0" / "app.js").read_text() == "changed()"
    assert not [path for path in store.rglob("*") if path.name.endswith(".tmp")]


def test_scripts_need_a_release_and_a_release_is_a_folder_of_the_store(run, build, tmp_path):
    result = run("files", "add", build, "-o", tmp_path / "store")
    assert result.exit_code == 2
    assert "--release shop@1.2.0" in result.stderr
    store = tmp_path / "deep" / "store"
    assert run("files", "add", build, "--release", "..", "-o", store).exit_code == 2
    for release in ("../../etc", "a/../../b", "/etc"):
        assert run("files", "add", build, "--release", release, "-o", store).exit_code == 0
    assert [path for path in tmp_path.rglob("*.js") if not path.resolve().is_relative_to(store)] == []


def checked(run, *paths):
    result = run("check", "--format", "json", *paths)
    return result.exit_code, {one["file"].rpartition("/")[2]: one for one in json.loads(result.stdout)}


def test_a_good_build_passes(run):
    result = run("check", CASE / "files")
    assert result.exit_code == 0, result.stdout
    assert "no problems" in result.stdout


def test_scripts_that_will_not_symbolicate_fail(run, tmp_path):
    mapped = {"version": 3, "sources": ["a.ts"], "sourcesContent": ["x"], "names": [], "mappings": "AAAA"}
    (tmp_path / "alone.js").write_text("x()")
    (tmp_path / "named.js").write_text("x()\n//# sourceMappingURL=gone.js.map\n")
    (tmp_path / "other.js").write_text(f"x()\n//# debugId={DEBUG_ID}\n//# sourceMappingURL=other.js.map\n")
    (tmp_path / "other.js.map").write_text(json.dumps({**mapped, "debugId": DEBUG_ID.replace("0f", "1f")}))
    (tmp_path / "bad.js").write_text("x()\n//# sourceMappingURL=bad.js.map\n")
    (tmp_path / "bad.js.map").write_text('{"version": 3, "mappings": ')
    (tmp_path / "good.js").write_text("x()\n//# sourceMappingURL=good.js.map\n")
    (tmp_path / "good.js.map").write_text(json.dumps(mapped))
    code, found = checked(run, tmp_path)
    assert code == 1
    levels = {name: one["level"] for name, one in found.items() if name.endswith(".js")}
    assert levels == {"alone.js": "fail", "named.js": "fail", "other.js": "fail", "bad.js": "fail", "good.js": "ok"}
    assert "gone.js.map" in hints(found["named.js"])
    assert "from another build" in hints(found["other.js"])


def test_a_map_without_its_sources_is_a_warning_unless_they_are_on_disk(run, tmp_path):
    (tmp_path / "app.js").write_text("x()\n//# sourceMappingURL=app.js.map\n")
    (tmp_path / "app.js.map").write_text(json.dumps({"version": 3, "sources": ["src/a.ts"], "names": [], "mappings": "AAAA"}))
    code, found = checked(run, tmp_path)
    assert (code, found["app.js"]["level"]) == (0, "warn")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("x()")
    assert checked(run, tmp_path)[1]["app.js"]["level"] == "ok"


def test_a_source_somebody_wrote_needs_no_map(run, tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "app.js").write_text("x()\n//# sourceMappingURL=app.js.map\n")
    (tmp_path / "dist" / "app.js.map").write_text(json.dumps({"version": 3, "sources": ["../src/a.js"], "names": [], "mappings": "AAAA"}))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.js").write_text("x()")
    code, found = checked(run, tmp_path)
    assert code == 0
    assert set(found) == {"app.js"}


# everything in place; a stripped file whose debug file is elsewhere in the folder; nothing but symbols; no build id; functions without a column at their start; another build's debug file
@pytest.mark.parametrize(
    ("case", "level", "says"),
    [
        ("gcc-dwarf5", "ok", ""),
        ("stripped-debuglink", "ok", ""),
        ("stripped-buildid", "ok", ""),
        ("gcc-split-dwo5", "ok", ""),
        ("dwz-multi", "ok", ""),
        ("symbols-only", "warn", "neither files nor lines"),
        ("no-build-id", "warn", "no build id"),
        ("clang-O0", "ok", ""),
        ("crash-wrong-debug", "fail", "is from another build"),
    ],
)
def test_native_files_are_asked_as_a_trace_would(run, case, level, says):
    code, found = checked(run, NATIVE / case / "files")
    assert found["apiary"]["level"] == level
    assert code == (level == "fail")
    assert says in hints(found["apiary"])


def test_another_build_beside_a_whole_one_is_no_trouble(run, tmp_path):
    shutil.copy(native("gcc-dwarf5"), tmp_path / "apiary")
    (tmp_path / "old").mkdir()
    shutil.copy(native("clang-dwarf5"), tmp_path / "old" / "apiary")
    assert run("check", tmp_path).exit_code == 0


def test_a_debug_file_with_another_checksum_than_the_link_s_fails(run, tmp_path):
    shutil.copytree(NATIVE / "stripped-debuglink-noid" / "files", tmp_path, dirs_exist_ok=True)
    with (tmp_path / ".debug" / "apiary.debug").open("ab") as file:
        file.write(b"\0")
    code, found = checked(run, tmp_path)
    assert code == 1
    assert "its CRC-32 is" in hints(found["apiary"])


@pytest.mark.skipif(not shutil.which("gcc"), reason="compiles")
def test_lines_without_columns_are_a_warning(run, tmp_path):
    (tmp_path / "a.c").write_text("int twice(int x) { return x + x; }\nint main(int n, char **v) { return twice(n) + twice(n + 1); }\n")
    command = ["gcc", "-g", "-gno-column-info", "-Wl,--build-id", "-o", "a", "a.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    code, found = checked(run, tmp_path / "a")
    assert (code, found["a"]["level"]) == (0, "warn")
    assert hints(found["a"]) == "its line table has no columns"


def test_native_files_with_parts_missing_fail(run, tmp_path):
    for case in ("dwz-multi", "gcc-split-dwo5", "stripped-debuglink"):
        shutil.copy(native(case), tmp_path / case)
    code, found = checked(run, tmp_path)
    assert code == 1
    assert {one["level"] for one in found.values()} == {"fail"}
    assert "main.dwo" not in found["gcc-split-dwo5"]["problems"][0]["hint"]


def test_a_check_of_nothing_is_no_success(run, tmp_path):
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert "files ls" in result.stderr
    assert run("check", tmp_path / "gone").exit_code == 2


def test_a_check_for_a_person_is_readable_at_80_columns(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "alone.js").write_text("x()")
    monkeypatch.chdir(tmp_path)
    out = run("check", ".").stdout
    assert out.startswith("fail  ./alone.js\n      ")
    assert all(len(line) <= 80 for line in out.splitlines())


# ── mappings ──────────────────────────────────────────────────────────────────────────────────────────────────────

MAPPING = ROOT / "fixtures" / "jvm" / "kotlin" / "files" / "mapping.txt"


def test_id_tells_all_of_a_mapping(run, tmp_path):
    r8 = tmp_path / "r8.txt"
    r8.write_text(
        "# compiler: R8\n# compiler_version: 8.5.35\n# pg_map_id: abc1234\n# pg_map_hash: SHA-256 abc1234f\n"
        "a.B -> c:\n    int x -> a\n    1:1:void m():2:2 -> a\n    2:2:void o.P.q():9 -> a\n    2:2:void m():3 -> a\n    void n() -> b\nnonsense -> \n"
    )
    kotlin, made = facts(run, MAPPING, r8)
    assert (kotlin["kind"], kotlin["format"]) == ("mapping", "ProGuard")
    assert kotlin["classes"] > 10 < kotlin["methods"]
    assert not kotlin["problems"]
    assert (made["format"], made["compiler"], made["pg_map_id"], made["pg_map_hash"]) == ("R8", "R8 8.5.35", "abc1234", "abc1234f")
    assert (made["classes"], made["methods"], made["fields"]) == (1, 2, 1)
    assert "1 lines are neither class" in hints(made)


def test_ls_warm_and_check_know_mappings(run, tmp_path):
    shutil.copy(MAPPING, tmp_path)
    listed = run("files", "ls", "-f", tmp_path)
    assert "ProGuard or R8 mapping" in listed.stdout
    warmed = run("cache", "warm", tmp_path, "--cache-dir", tmp_path / "cache")
    assert warmed.exit_code == 0, warmed.stderr
    assert "1 mapping compiled" in warmed.stdout
    checked = run("check", tmp_path)
    assert (checked.exit_code, checked.stdout.splitlines()[-1]) == (0, "1 file checked: no problems")


def test_a_mapping_without_lines_or_with_broken_ones_is_a_warning(run, tmp_path):
    (tmp_path / "mapping.txt").write_text("a.B -> c:\n    void m() -> a\n    what\n")
    (checked,) = json.loads(run("check", "--format", "json", tmp_path).stdout)
    assert (checked["kind"], checked["level"]) == ("mapping", "warn")
    assert [one["what"].partition(" (")[0] for one in checked["problems"]] == [
        "it has no line numbers",
        "1 lines are neither class nor member and were skipped",
    ]


# what is given, what is said of it
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("object-x86_64/files/smoker.o", "an object file that is not linked yet"),
        ("gcc-split-dwo5/files/hive.dwo", "split debug information (.dwo)"),
        ("gcc-split-dwp4/files/apiary.dwp", "a package of split debug information (.dwp)"),
    ],
)
def test_a_part_of_a_program_alone_is_told_what_it_is(run, tmp_path, path, says):
    part = tmp_path / path.rpartition("/")[2]
    shutil.copy(NATIVE / path, part)
    (told,) = facts(run, part)
    assert told["part"].startswith(says)
    assert told["instead"].startswith("give ")
    assert not told["problems"]
    code, found = checked(run, part)
    assert code == 1
    assert says in hints(found[part.name])


COFF = b"\x64\x86\1\0" + bytes(80)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"MYSG\x01\0\x02\x14" + bytes(64), "it is a GSYM file"),
        (b"!<thin>\n" + bytes(64), "it is a thin archive, which has only the names of object files"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(64), "it is a fat file with no Mach-O file in it"),
        (b"\xca\xfe\xba\xbe\0\0\0\x3d" + bytes(64), "it is a Java class file"),
        (b"MZ\x90\0" + bytes(64), "it is a DOS program"),
        (b"\x7fELF\2\1\1" + bytes(9) + b"\4\0\x3e\0\1\0\0\0" + bytes(64), "it is a core dump"),
        (COFF, "it is a Windows object file that is not linked yet: frames belong to the program it is linked into"),
        (b"\0\0\xff\xff\2\0\x64\x86" + bytes(64), "it is a Windows object file that is not linked yet: frames belong to the program it is linked into"),
        (COFF[:40], "its format is unknown"),
        (b"BC\xc0\xde" + bytes(64), "it is LLVM bitcode, which is compiled when it is linked"),
        (b"\x93NUMPY\1\0" + bytes(64), "its format is unknown"),
    ],
)
def test_a_file_of_no_kind_that_is_read_is_told_what_it_is_and_is_no_success(run, tmp_path, content, says):
    (tmp_path / "thing.bin").write_bytes(content)
    result = run("files", "id", "--format", "json", tmp_path / "thing.bin")
    assert result.exit_code == 1
    assert hints(json.loads(result.stdout)[0]) == says
    code, found = checked(run, tmp_path / "thing.bin")
    assert code == 1
    assert hints(found["thing.bin"]) == says


@pytest.mark.parametrize(
    ("content", "says"), [(b"\x64\x86\1\0" + bytes(80), "Windows object file"), (b"!<arch>\n" + bytes(80), "archive of object files")]
)
def test_a_look_up_in_a_file_of_no_kind_that_is_read_says_what_it_is(run, tmp_path, content, says):
    (tmp_path / "thing.obj").write_bytes(content)
    result = run("lookup", tmp_path / "thing.obj", "0x10")
    assert result.exit_code == 2
    assert says in result.stderr
    assert "the program" in result.stderr


@pytest.mark.parametrize("head", [b"MSCF\0\0\0\0", b"PK\3\4", b"\x1f\x8b\x08"])
def test_a_look_up_in_a_container_says_that_it_is_to_be_unpacked(run, tmp_path, head):
    (tmp_path / "app.pd_").write_bytes(head + bytes(80))
    assert "unpack it" in run("lookup", tmp_path / "app.pd_", "0x10").stderr


def test_one_file_that_is_known_among_others_is_a_success(run, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert run("files", "id", tmp_path / "empty", native("gcc-dwarf5")).exit_code == 0


@pytest.mark.parametrize(
    "script",
    [
        # the line is shorter than what the map covers of it
        MINIFIED[:30] + "\n//# sourceMappingURL=app.js.map",
        # the script of another build that was never finished
        MINIFIED[:8],
    ],
)
def test_check_finds_a_map_that_was_made_for_another_text_of_its_script(run, tmp_path, script):
    build(tmp_path)
    assert "no problems" in run("check", tmp_path).stdout
    (tmp_path / "app.js").write_text(script)
    checked = run("check", tmp_path)
    assert checked.exit_code != 0
    assert "another build" in checked.stdout


def test_check_warns_of_a_script_that_another_of_its_name_hides(run, tmp_path):
    for name in ("dist", "older"):
        (tmp_path / name).mkdir()
        build(tmp_path / name)
    assert "no problems" in run("check", tmp_path / "dist", tmp_path / "older").stdout
    (tmp_path / "older" / "app.js").write_text(MINIFIED[:30] + "\n//# sourceMappingURL=app.js.map")
    result = run("check", "--format", "json", tmp_path / "dist", tmp_path / "older")
    told = {one["file"].removeprefix(f"{tmp_path}/"): one for one in json.loads(result.stdout)}
    assert result.exit_code == 0
    assert told["dist/app.js"]["level"] == "ok"
    assert told["older/app.js"]["level"] == "warn"
    assert "dist/app.js" in told["older/app.js"]["problems"][0]["what"]
