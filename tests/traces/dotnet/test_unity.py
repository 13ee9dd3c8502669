"""Frames of Unity's logs, which have their place in parentheses."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.traces.dotnet.unity import read

FILES = Path(__file__).parents[3] / "fixtures" / "dotnet" / "mono" / "files"
MVID = "21db06669e364fcc842a49c5e0e8056c"


@pytest.mark.parametrize(
    ("line", "module", "function", "file", "number", "data"),
    [
        ("Tower.Damage (System.Int32 points) (at Assets/Scripts/Tower.cs:31)", "Tower", "Damage", "Assets/Scripts/Tower.cs", 31, {}),
        ("Tower:Damage(Int32) (at ./Library/PackageCache/com.a@1/Tower.cs:31)", "Tower", "Damage", "./Library/PackageCache/com.a@1/Tower.cs", 31, {}),
        (f"  A.B`1[T]..ctor () (at <{MVID}>:0)", "A.B`1[T]", ".ctor", None, None, {"mvid": MVID}),
        (f"Game.Update () (at <{'0' * 32}>:0)", "Game", "Update", None, None, {"il2cpp": True}),
    ],
)
def test_a_frame_of_unity_s(line, module, function, file, number, data):
    frame = read(line).frame
    assert (frame["module"], frame["function"], frame.get("filename"), frame.get("lineno")) == (module, function, file, number)
    assert data.items() <= frame["data"].items()


@pytest.mark.parametrize(
    "line",
    [
        "    in Cart (at src/App.js:12)",
        "Cart (at src/App.js:12)",
        "we met Tower.Damage (twice) (at home.x:1)",
        "Tower.Damage () (at 10:30)",
        "Tower.Damage () (at Tower.cs:31) again",
        "Tower.Damage () (at Tower.cs:)",
        "a:b:c.d () (at Tower.cs:31)",
    ],
)
def test_what_is_no_frame_of_unity_s(line):
    assert read(line) is None


def test_a_method_in_one_line_has_that_line_and_of_others_it_is_said_where_they_begin():
    text = f"InvalidOperationException: an empty berth\nProgram+<>c.<.cctor>b__10_0 () (at <{MVID}>:0)\nProgram.Main (System.String[] args) (at <{MVID}>:0)\n"
    with Symbolicator(files=[FILES], cache_dir=False) as engine:
        written = engine.symbolicate_text(text)
        (error,) = engine.symbolicate(parse_trace(text))["exception"]["values"]
        assert engine.symbolicate_text(written) == written
    first, main = written.splitlines()[1:]
    assert first == "static Program.<lambda> () (at /src/harbour/Program.cs:72)"
    assert main == f"Program.Main (System.String[] args) (at <{MVID}>:0)"
    assert error["type"] == "InvalidOperationException"
    assert "it begins at /src/harbour/Program.cs:94" in error["stacktrace"]["frames"][0]["data"]["problems"][0]["detail"]


def test_an_exception_that_is_thrown_again_has_its_own_frames():
    text = "SomeException: x\nTower.Damage () (at Tower.cs:1)\nRethrow as AggregateException: One or more\nGame.Update () (at Game.cs:2)\n"
    found = parse_trace(text)["exception"]["values"]
    assert [(one["type"], one["stacktrace"]["frames"][0]["function"]) for one in found] == [("SomeException", "Damage"), ("AggregateException", "Update")]
