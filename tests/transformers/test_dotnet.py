"""Frames of .NET: the evidence for an answer, and the names that somebody wrote."""

import shutil
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.builds import check, describe
from symbolicator.testing import check_transformer
from symbolicator.transformers.dotnet import Dotnet
from symbolicator.transformers.dotnet_names import is_framework, tidied
from tests.makers import portable_pdb as make

FIXTURES = Path(__file__).parents[2] / "fixtures" / "dotnet"
RELEASE = FIXTURES / "release" / "files"
MAIN = "   at Program.Main(String[] args) in harbour.dll:token 0x6000007+0x3f\n"


def frames(text, *files):
    with Symbolicator(files=list(files), cache_dir=False) as s:
        return s.symbolicate(parse_trace("System.Exception: x\n" + text))["exception"]["values"][0]["stacktrace"]["frames"][::-1]


def problem(frame):
    (only,) = frame["data"]["problems"]
    return only


def copied(tmp_path, *names, case="release"):
    for name in names:
        shutil.copy(FIXTURES / case / "files" / name, tmp_path / name)
    return tmp_path


NAMES = [
    (("A.B+<Run>d__5", "MoveNext"), ("A.B", "Run")),
    (("A.B.<Run>d__5`1[T]", "MoveNext"), ("A.B", "Run")),
    (("A.B+<>c", "<Main>b__0_1"), ("A.B", "Main.<lambda>")),
    (("A.B+<>c__DisplayClass3_0", "<Main>b__0"), ("A.B", "Main.<lambda>")),
    (("A.B+<>c+<<Main>b__0_0>d", "MoveNext"), ("A.B", "Main.<lambda>")),
    (("A.B", "<Main>g__Local|0_0"), ("A.B", "Main.Local")),
    (("A.B", "<<Main>g__Outer|0_0>g__Inner|0_1"), ("A.B", "Main.Outer.Inner")),
    (("A.B+<<Main>g__Local|0_0>d", "MoveNext"), ("A.B", "Main.Local")),
    (("Program", "<Main>$"), ("Program", "Main")),
    (("<Program>$", "<Main>$"), ("Program", "Main")),
    (("A.List`1[[System.Int32, mscorlib]]", ".ctor"), ("A.List", "new List")),
    (("A.B`1+C`2", ".cctor"), ("A.B.C", "static C")),
    (("A.B", "Run[T]"), ("A.B", "Run")),
    (("A.B+<>c", "<.ctor>b__4_0"), ("A.B", "new B.<lambda>")),
    (("A.B", "op_Addition"), ("A.B", "op_Addition")),
    (("A.B", "System.Collections.Generic.IEnumerable<T>.GetEnumerator"), ("A.B", "System.Collections.Generic.IEnumerable<T>.GetEnumerator")),
    # Mono's mcs
    (("A.B+<Run>c__Iterator0", "MoveNext"), ("A.B", "Run")),
    (("A.B+<Run>c__async1F", "MoveNext"), ("A.B", "Run")),
    (("A.B+<Run>c__AnonStorey0", "<>m__0"), ("A.B", "<>m__0")),
    (("A.B", "<Run>m__2"), ("A.B", "Run.<lambda>")),
    # Visual Basic and F#
    (("A.B.VB$StateMachine_1_Run", "MoveNext"), ("A.B", "Run")),
    (("A.B._Closure$__", "_Lambda$__1-0"), ("A.B", "<lambda>")),
    (("A.B.run@12-3", "Invoke"), ("A.B", "run.<lambda>")),
    (("A.B.run@12", "MoveNext"), ("A.B", "run")),
    # another's state machine
    (("A.B+Enumerator", "MoveNext"), ("A.B.Enumerator", "MoveNext")),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "written"), NAMES)
def test_names_are_those_that_somebody_wrote_and_stay_so(raw, written):
    assert tidied(*raw) == written
    assert tidied(*written) == written


def test_hostile_names_end_soon():
    for name in ("<" * 3_000, "<<" * 400 + ">" * 800, "[" * 1_500, "a." * 900, "<" * 900 + "a" + ">b__0" * 200):
        assert tidied(name, name)
        assert tidied("A", name)


def test_the_framework_is_nobody_s_code():
    assert all(map(is_framework, ("System.Linq.Enumerable", "Microsoft.Maui.Controls.Button", "System.String")))
    assert not any(map(is_framework, ("Systems.Foo", "Shop.System.Foo", "Harbour.Tide")))


def test_the_transformer_keeps_the_contract():
    raw = [{"function": "MoveNext", "module": "A.B+<Run>d__5", "filename": "b.cs", "lineno": 3}, {"function": "Main", "module": "A.B"}]
    one, other = check_transformer(Dotnet, raw, platform="csharp")
    assert (one["module"], one["function"], one["raw_function"], one["in_app"]) == ("A.B", "Run", "MoveNext", True)
    assert other["data"]["problems"][0]["type"] == "missing_debug_file"


def test_a_token_of_another_build_answers_nothing():
    wrong = "   at Program.Other(String[] args) in harbour.dll:token 0x6000007+0x3f\n"
    good, bad = frames(MAIN, RELEASE)[0], frames(wrong, RELEASE)[0]
    assert (good["lineno"], bad.get("lineno")) == (99, None)
    assert "is from another build: its token 0x6000007 is Program.Main, the trace says Program.Other" in problem(bad)["detail"]
    assert problem(bad)["another_build"] is True


def test_an_offset_behind_a_method_s_end_answers_nothing():
    (frame,) = frames("   at Program.Main(String[] args) in harbour.dll:token 0x6000007+0x3fff\n", RELEASE)
    assert problem(frame)["type"] == "missing_debug_file"


def test_an_offset_within_an_instruction_shows_that_a_module_of_the_name_is_another_build_s():
    good = "\tat Harbour.Tide.LevelAsync + 0x83(Unknown Source)\n"
    assert frames(good, RELEASE)[0]["lineno"] == 95
    for wrong in ("\tat Harbour.Tide.WatchAsync + 0x88(Unknown Source)\n", "\tat Harbour.Tide.WatchAsync + 0x8888(Unknown Source)\n"):
        made = frames(good + wrong, RELEASE)
        assert ["lineno" in one for one in made] == [False, False]
        assert (
            "is from another build: no instruction of Harbour.Tide.WatchAsync begins at the offset in the trace"
            in problem(made[0])["detail"]
        )
        assert problem(made[0])["another_build"] is True


def test_an_mvid_that_no_file_has_is_another_build_s():
    text = "  at Program.Main (System.String[] args) [0x0003f] in <4f1d8c0a7be14c6e9a53d10f2be86c77>:0 \n"
    (frame,) = frames(text, FIXTURES / "mono" / "files")
    assert problem(frame)["detail"] == "no assembly with MVID 4f1d8c0a7be14c6e9a53d10f2be86c77 is among the files given"


def test_il2cpp_s_zeros_say_nothing():
    text = "  at Program.Main (System.String[] args) [0x00000] in <00000000000000000000000000000000>:0 \n"
    (frame,) = frames(text, FIXTURES / "mono" / "files")
    assert problem(frame)["type"] == "unsupported"
    assert "il2cpp" in problem(frame)["detail"]


def test_a_code_id_is_an_id():
    code_id = describe(RELEASE / "harbour.dll", cache_dir=False)["code_id"]
    image = {"type": "pe_dotnet", "code_id": code_id, "code_file": "renamed.dll"}
    frame = {"function_id": "0x7", "instruction_addr": "0x3f", "addr_mode": "rel:0", "function": "Other"}
    event = {"platform": "csharp", "stacktrace": {"frames": [frame]}, "debug_meta": {"images": [image]}}
    with Symbolicator(files=[RELEASE], cache_dir=False) as s:
        (made,) = s.symbolicate(event)["stacktrace"]["frames"]
    assert made["lineno"] == 99


def test_a_pdb_and_an_assembly_of_two_builds_are_not_put_together(tmp_path):
    copied(tmp_path, "harbour.pdb", case="debug")
    copied(tmp_path, "harbour.dll")
    (frame,) = frames(MAIN, tmp_path)
    assert "lineno" not in frame
    assert problem(frame)["type"] == "missing_debug_file"
    report = check(tmp_path, cache_dir=False)
    assert report.level == "fail"
    assert any("from another build" in trouble.what for one in report.files for trouble in one.troubles)


def test_a_pdb_alone_answers_tokens_and_says_what_names_need(tmp_path):
    copied(tmp_path, "harbour.pdb")
    (frame,) = frames(MAIN, tmp_path)
    assert frame["lineno"] == 99
    (frame,) = frames("\tat Program.Main + 0x3f(Unknown Source)\n", tmp_path)
    assert problem(frame)["type"] == "missing_debug_file"


def test_an_assembly_alone_says_which_pdb_is_missing(tmp_path):
    copied(tmp_path, "harbour.dll")
    (frame,) = frames(MAIN, tmp_path)
    assert problem(frame)["detail"].startswith("no Portable PDB of harbour.dll is among the files given: harbour.pdb (")
    (trouble,) = check(tmp_path, cache_dir=False).files[0].troubles
    assert (trouble.level, trouble.what) == ("fail", "its lines are in harbour.pdb, which is not here")


def test_two_builds_of_a_name_are_ambiguous_where_they_answer_differently(tmp_path):
    for case in ("release", "debug"):
        (tmp_path / case).mkdir()
        copied(tmp_path / case, "harbour.dll", "harbour.pdb", case=case)
    (frame,) = frames("   at Harbour.Pilot.Turn(String side) in harbour.dll:token 0x6000012+0x1\n", tmp_path)
    assert problem(frame)["type"] == "ambiguous_file"
    (frame,) = frames("\tat Harbour.Tide.LevelAsync + 0x83(Unknown Source)\n", tmp_path)
    assert frame.get("lineno") in (None, 95)


def test_overloads_are_told_apart_by_arguments_and_named_where_nothing_tells():
    texts = ["Int32 degrees", "String side", "List`1 many, String[] names", "Harbour.Pilot none"]
    lines = "".join(f"  at Harbour.Pilot.Turn ({one}) [0x00000] in <filename unknown>:0 \n" for one in texts)
    made = frames(lines, RELEASE)
    assert [one.get("lineno") for one in made] == [64, 70, 75, None]
    (frame,) = frames("\tat Harbour.Pilot.Turn + 0x0(Unknown Source)\n", RELEASE)
    assert problem(frame)["type"] == "ambiguous_frame"
    assert "Harbour.cs:64, /src/harbour/Harbour.cs:70" in problem(frame)["detail"]


def test_a_method_in_one_line_needs_no_offset_and_others_say_where_they_begin():
    one, other = frames("   at Harbour.Pilot.get_Name() in <x>:0\n   at Harbour.Tide.Levels(Int32 count) in <x>:0\n", RELEASE)
    assert one["lineno"] == 55
    assert "it begins at /src/harbour/Harbour.cs:111" in problem(other)["detail"]


def test_frames_of_the_framework_lack_nothing():
    (frame, own) = frames("   at System.Linq.Enumerable.Sum(IEnumerable`1 source)\n" + MAIN, RELEASE)
    assert (frame["in_app"], frame["data"]["no_file"]) == (False, "package")
    assert "problems" not in frame["data"]
    assert own["in_app"] is True


def test_native_frames_beside_managed_ones_are_native_code_s():
    event = {
        "platform": "csharp",
        "stacktrace": {"frames": [{"function": "Main", "platform": "csharp"}, {"platform": "native", "instruction_addr": "0x1f30"}]},
        "debug_meta": {"images": [{"type": "elf", "code_file": "app", "image_addr": "0x0"}]},
    }
    with Symbolicator(files=[RELEASE], cache_dir=False) as s:
        managed, native = s.symbolicate(event)["stacktrace"]["frames"]
    assert native["data"]["symbolicator_status"] == "missing"
    assert "is among the files given" in native["data"]["problems"][0]["detail"]
    assert managed["data"]["problems"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"addr_mode": "rel:9"}, "unknown_image"),
        ({"addr_mode": "rel:0", "function_id": "0x2b000001"}, "invalid_data"),
        ({"addr_mode": "rel:0", "function_id": "0x6ffffff"}, "missing_symbol"),
        ({"addr_mode": "rel:99999999999999999999"}, "unknown_image"),
        ({"addr_mode": "rel:0", "function_id": None}, "missing_symbol"),
    ],
)
def test_what_an_event_gets_wrong_is_said(more, kind):
    image = {"type": "pe_dotnet", "debug_id": describe(RELEASE / "harbour.pdb", cache_dir=False)["debug_id"]}
    frame = {"instruction_addr": "0x1", "function_id": "0x7", **more}
    event = {"platform": "csharp", "stacktrace": {"frames": [frame]}, "debug_meta": {"images": [image]}}
    with Symbolicator(files=[RELEASE], cache_dir=False) as s:
        (made,) = s.symbolicate(event)["stacktrace"]["frames"]
    assert made["data"]["problems"][0]["type"] == kind
    assert "lineno" not in made


def test_a_line_of_zero_is_none_and_an_assembly_s_name_leads_to_its_file():
    frame = {"function": "Main", "module": "Program", "function_id": 7, "instruction_addr": "0x3f", "lineno": 0}
    frame["package"] = "harbour, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null"
    with Symbolicator(files=[RELEASE], cache_dir=False) as s:
        (made,) = s.symbolicate({"platform": "csharp", "stacktrace": {"frames": [frame]}})["stacktrace"]["frames"]
    assert (made["lineno"], made["filename"]) == (99, "/src/harbour/Program.cs")


def test_what_was_symbolicated_once_stays_as_it_is():
    lines = MAIN + "\tat Harbour.Tide.LevelAsync + 0x83(Unknown Source)\n\tat Program.<>c.<Several>b__3_0 + 0x5(Unknown Source)\n"
    with Symbolicator(files=[RELEASE], cache_dir=False) as s:
        made = s.symbolicate_text("System.Exception: x\n" + lines)
        assert s.symbolicate_text(made) == made
    assert made.splitlines()[1:] == [
        "   at Program.Main(String[] args) in /src/harbour/Program.cs:line 99",
        "\tat Harbour.Tide.LevelAsync(/src/harbour/Harbour.cs:95)",
        "\tat Program.Several.<lambda>(/src/harbour/Program.cs:50)",
    ]


def test_code_that_was_compiled_ahead_of_time_says_so():
    mono = "  at Program.Main (System.String[] args) <0x103b08160 + 0x000d0> in <4f1d8c0a7be14c6e9a53d10f2be86c77#31b1f99c>:0 \n"
    for text, hint in (("   at Program.Main(String[] args) + 0x4c\n", "NativeAOT"), (mono, ".mSYM")):
        (frame,) = frames(text, RELEASE)
        assert problem(frame)["type"] == "unsupported"
        assert hint in problem(frame)["hint"]


def test_frames_of_nativeaot_without_a_name_are_native_code_s():
    program = FIXTURES.parent / "native" / "clang-dwarf5" / "files" / "apiary"
    text = "Unhandled exception. System.Exception: x\n   at apiary!<BaseAddress>+0x27c0\n   at apiary!<BaseAddress>+0x2c30\n"
    with Symbolicator(files=[program], cache_dir=False) as s:
        made = s.symbolicate_text(text).splitlines()
        assert s.symbolicate_text("\n".join(made)).splitlines() == made
    assert any(line.startswith("   at apiary!<BaseAddress>+0x27c0 apiary::Bee::forage at ") for line in made)
    assert any(line.startswith("   at apiary!<BaseAddress>+0x2c30 apiary::Hive::swarm at ") for line in made)


def test_coreclr_s_token_of_an_async_method_counts_in_its_body():
    """Its name and token are those of the method that was written, the offset is one in `MoveNext`."""
    from symbolicator.artifacts.tables import Table
    from symbolicator.portable_pdb import AssemblyCompiler

    compiler = AssemblyCompiler()
    index = compiler.open(Table.open(compiler.compile(memoryview((RELEASE / "harbour.dll").read_bytes())).to_bytes()))
    lines = ""
    for name, arguments, offset in (("LevelAsync", "Int32 hour", 0x83), ("WatchAsync", "", 0x87), ("Levels", "Int32 count", 0x29)):
        (method,) = index.find(f"Harbour.Tide.{name}")
        moving = "+MoveNext()" if name == "Levels" else ""
        lines += f"   at Harbour.Tide.{name}({arguments}){moving} in harbour.dll:token 0x{0x06000000 + method.row:x}+0x{offset:x}\n"
    assert [(one["function"], one["lineno"]) for one in frames(lines, RELEASE)] == [
        ("LevelAsync", 95),
        ("WatchAsync", 105),
        ("Levels", 114),
    ]


def test_a_windows_pdb_is_said_to_be_one(tmp_path):
    (tmp_path / "shop.pdb").write_bytes((Path(__file__).parents[2] / "fixtures/native/pdb-x64/files/press.pdb").read_bytes())
    (frame,) = frames("   at Shop.Cart.Total() in shop.dll:token 0x6000002+0x6\n", tmp_path)
    assert problem(frame)["type"] == "unsupported"
    assert "is a Windows PDB" in problem(frame)["detail"]


def test_symbol_servers_layouts_are_found_and_written(tmp_path):
    from symbolicator.builds import add

    add([RELEASE], tmp_path / "store", release="harbour@1")
    (pdb,) = (one for one in (tmp_path / "store").rglob("*.pdb") if one.is_file())
    guid = describe(RELEASE / "harbour.pdb", cache_dir=False)["debug_id"][:36].replace("-", "").upper()
    assert pdb.relative_to(tmp_path / "store").parts == ("harbour.pdb", f"{guid}FFFFFFFF", "harbour.pdb")
    assert frames(MAIN, tmp_path / "store")[0]["lineno"] == 99


def test_a_pdb_without_its_tables_is_malformed(tmp_path):
    copied(tmp_path, "harbour.dll")
    whole = (RELEASE / "harbour.pdb").read_bytes()
    at = whole.index(b"#~\0\0")
    (tmp_path / "harbour.pdb").write_bytes(whole[: at - 4] + b"\4\0\0\0" + whole[at:])
    (frame,) = frames(MAIN, tmp_path)
    assert "lineno" not in frame


def test_two_documents_of_one_method_lead_to_their_own(tmp_path):
    maker = make.Maker()
    one, other = maker.document("a.cs"), maker.document("b.cs")
    maker.method(0, blob=make.points([(0, 5, 9), (other,), (7, 6, 1)], document=one))
    (tmp_path / "shop.pdb").write_bytes(maker.build())
    made = frames("   at A.B.C() in shop.dll:token 0x6000001+0x7\n   at A.B.C() in shop.dll:token 0x6000001+0x0\n", tmp_path)
    assert [(one["filename"], one["lineno"]) for one in made] == [("b.cs", 6), ("a.cs", 5)]
