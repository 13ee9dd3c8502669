"""Crashes of a program of emscripten's in four engines: one stack of C++ and of the page around it, whatever the module says of itself."""

import json
import re
import shutil

import pytest

from symbolicator import Symbolicator, parse_trace
from tests.makers.wasm import FIXTURES

GANTRY = FIXTURES / "emscripten"
ENGINES = ("node", "chromium", "firefox", "jsc")
PAGE = ["Module._heaviest glue.js:1581", "Berths.weigh gantry.ts:18", "weigh gantry.ts:38", "weigh glue.js:1436"]
UNLOAD = ["Module._unload glue.js:1576", "Berths.unload gantry.ts:22", "scenarios.trap gantry.ts:28", "crash gantry.ts:40"]
DWARF = ["gantry::share gantry.cpp:15", "gantry::Crane::heaviest gantry.cpp:30", "heaviest gantry.cpp:50", *PAGE]
DWARF += ["gantry::Crane::lift gantry.cpp:24", "unload gantry.cpp:47", *UNLOAD]
MAP = [*DWARF[:7], "unload gantry.cpp:24", *UNLOAD]  # a map knows no inlined functions
NAMES = ["gantry::share", "gantry::Crane::heaviest", "heaviest", *PAGE, "unload", *UNLOAD]
STRIPPED = ["wasm-function[3]", "wasm-function[6]", "heaviest", *PAGE, "unload", *UNLOAD]  # exports have names


def crash(case, engine, scenario="trap"):
    text = (GANTRY / case / f"{engine}.txt").read_text()
    return re.search(rf"=== {scenario}\n(.*?)(?:\n=== |\Z)", text, re.DOTALL)[1] + "\n"


def frames(case, engine, scenario="trap"):
    with Symbolicator(files=[GANTRY / case, GANTRY / "app.js", GANTRY / "app.js.map"], cache_dir=False, strict=True) as engine_:
        event = engine_.symbolicate(parse_trace(crash(case, engine, scenario)))
    return event["exception"]["values"][0]["stacktrace"]["frames"][::-1]


def places(*asked):
    told = []
    for frame in frames(*asked):
        file = (frame.get("filename") or "").rpartition("/")[2] if frame.get("lineno") else None
        told.append(f"{frame['function']} {file}:{frame['lineno']}" if file else frame["function"])
    return told


def without_tail_calls(told):
    """JavaScriptCore leaves out functions that return what another one returns."""
    return [one for one in told if one not in ("Berths.weigh gantry.ts:18", "Berths.unload gantry.ts:22")]


@pytest.mark.parametrize("engine", ENGINES[:3])
@pytest.mark.parametrize(
    ("case", "told"),
    [("dwarf", DWARF), ("separate", DWARF), ("map", MAP), ("names", NAMES), ("symbols", NAMES), ("stripped", STRIPPED)],
    ids=lambda one: str(one)[:8],
)
def test_a_stack_of_both_languages_comes_back_as_far_as_the_module_tells(case, told, engine):
    ends = 1 if engine in ("node", "chromium") else 0
    depth = len(frames(case, engine))
    assert places(case, engine) == told[:depth]  # V8 keeps ten frames
    assert depth >= len(told) - 3 * ends


@pytest.mark.parametrize("case", ["dwarf", "separate", "map", "names", "symbols"])
def test_of_safari_s_frames_the_functions_are_named_by_number_for_it_says_no_place(case):
    assert places(case, "jsc") == without_tail_calls(NAMES)


def test_a_module_without_names_leaves_safari_s_numbers():
    assert places("stripped", "jsc") == without_tail_calls(["wasm-function[3]", "wasm-function[6]", *NAMES[2:]])


@pytest.mark.parametrize("engine", ENGINES[:3])
def test_a_crash_within_the_page_and_a_pointer_to_no_function_are_placed_too(engine):
    assert places("dwarf", engine, "abort")[:4] == [
        "abort glue.js:1252",
        "_abort glue.js:1533",
        "gantry::Crane::lift gantry.cpp:23",
        DWARF[8],
    ]
    assert places("dwarf", engine, "pointer")[:2] == ["signal_hand gantry.cpp:53", "Module._signal_hand glue.js:1586"]
    assert places("dwarf", engine, "thrown")[:3] == ["Berths.weigh gantry.ts:16", "weigh gantry.ts:38", "weigh glue.js:1436"]


def test_a_name_that_the_module_has_for_another_function_is_another_build_s():
    text = crash("names", "jsc").replace("heaviest@<?>:wasm-function[5]", "heaviest@<?>:wasm-function[3]")
    with Symbolicator(files=[GANTRY / "names"], cache_dir=False) as engine:
        assert "heaviest@<?>:wasm-function[3]" in engine.symbolicate_text(text)


@pytest.mark.parametrize(("lineno", "colno"), [(0x12E, 1), (0x12E, (1 << 31) + 3), (1, 0x12F)])
def test_the_position_of_an_error_event_is_the_offset(lineno, colno):
    frame = {"filename": "https://gantry.example/gantry.wasm", "lineno": lineno, "colno": colno, "function": "?"}
    event = {"platform": "javascript", "exception": {"values": [{"type": "Error", "stacktrace": {"frames": [frame]}}]}}
    with Symbolicator(files=[GANTRY / "dwarf"], cache_dir=False) as engine:
        found = engine.symbolicate(event)["exception"]["values"][0]["stacktrace"]["frames"]
    assert [(one["function"], one["lineno"], one["colno"]) for one in found] == [("gantry::share", 15, 74)]


# ── symbol maps ───────────────────────────────────────────────────────────────────────────────────────────────────

LINES = (GANTRY / "symbols" / "gantry.js.symbols").read_text()
JSON = json.dumps({number: name for number, _, name in (line.partition(":") for line in LINES.splitlines())})


def named(folder, text):
    """The functions of a stack's frames in the module, and the types of their problems."""
    with Symbolicator(files=[folder], cache_dir=False, strict=True) as engine:
        event = engine.symbolicate(parse_trace(text))
    found = [one for one in event["exception"]["values"][0]["stacktrace"]["frames"][::-1] if "wasm" in (one.get("abs_path") or "")]
    kinds = {problem["type"] for one in found for problem in one["data"].get("problems", ())}
    return [one["function"] for one in found], kinds


@pytest.mark.parametrize(("name", "content"), [("gantry.js.symbols", LINES), ("gantry.symbols.json", JSON), ("gantry.symbols", LINES)])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_symbol_map_alone_names_the_functions_of_the_module_of_its_name(tmp_path, name, content, engine):
    (tmp_path / name).write_text(content)
    functions, kinds = named(tmp_path, crash("symbols", engine))
    assert [functions[0], *functions[2:]] == ["gantry::share", "heaviest", "unload"]
    assert kinds == (set() if engine == "jsc" else {"missing_debug_file"})


def test_a_symbol_map_of_another_module_is_not_used(tmp_path):
    (tmp_path / "crane.js.symbols").write_text(LINES)
    functions, _ = named(tmp_path, crash("symbols", "chromium"))
    assert functions[0] == "wasm-function[3]"
    (tmp_path / "gantry.js.symbols").write_text(LINES)
    assert named(tmp_path, crash("symbols", "chromium"))[0][0] == "gantry::share"
    assert named(tmp_path, crash("symbols", "node"))[0][0] == "wasm-function[3]"  # of two, for a module without a name


def test_a_symbol_map_with_another_number_of_functions_than_the_module_is_not_used(tmp_path):
    shutil.copy(GANTRY / "symbols" / "gantry.wasm", tmp_path)
    (tmp_path / "gantry.js.symbols").write_text(LINES + "12:another\n")
    assert named(tmp_path, crash("symbols", "node"))[0][0] == "wasm-function[3]"


@pytest.mark.parametrize("bad", ["", "nothing\n", "{", '{"a": 1}', "[" * 100_000, "{" * 100_000])
def test_what_is_no_symbol_map_names_nothing(tmp_path, bad):
    (tmp_path / "gantry.js.symbols").write_text(bad)
    assert named(tmp_path, crash("symbols", "chromium"))[0][0] == "wasm-function[3]"
