"""WebAssembly frames as engines print them, which know the module's URL and an offset in it."""

import base64
import shutil

import pytest

from symbolicator import Symbolicator, parse_trace, render
from symbolicator.debugfiles.wasm.file import WasmFile
from symbolicator.debugfiles.wasm.functions import Functions
from symbolicator.debugfiles.wasm.v8_hashes import v8_hashes
from tests.makers.wasm import FIXTURES, HEADER, bodies, custom, names, text, without

INLINED = ["share crane.c:10:21", "heaviest crane.c:16:18", "lift crane.c:31:10"]
LIFT = ["share ./lift/lift.ts:8:10", "heaviest ./lift/lift.ts:14:20", "lift ./lift/lift.ts:25:10"]
URL = "https://crane.example/wasm/crane.wasm"


def stack(case):
    return (FIXTURES / case / "node.txt").read_text()


def of(event):
    return (event.get("exception") or event["threads"])["values"][0]["stacktrace"]["frames"][::-1]


def symbolicated(trace, *files):
    event = parse_trace(trace) if isinstance(trace, str) else trace
    with Symbolicator(files=files, cache_dir=False, strict=True) as engine:
        once = engine.symbolicate(event)
        assert engine.symbolicate(once) == once
    return once


def places(event):
    return [f"{one.get('function')} {one.get('filename')}:{one['lineno']}:{one['colno']}" for one in of(event) if one.get("lineno")]


def problems(event, kind=None):
    said = [each for one in of(event) for each in (one.get("data") or {}).get("problems", ())]
    return [one["detail"] for one in said if kind in (None, one["type"])]


# ── where lines come from ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", ["dwarf4", "dwarf5", "separate"])
def test_dwarf_answers_with_inlined_functions_beside_the_frames_of_javascript(case):
    event = symbolicated(stack(case), FIXTURES / case)
    assert places(event) == [*INLINED, "hoist /srv/crane/run.mjs:7:16", "None /srv/crane/run.mjs:12:3"]
    assert of(event)[0]["instruction_addr"] in stack(case)


def test_a_source_map_answers_where_there_is_no_dwarf():
    event = symbolicated(stack("lift"), FIXTURES / "lift")
    assert places(event)[:3] == LIFT
    assert of(event)[0]["context_line"] == "  return load.tons / load.parts;"


def test_a_module_with_names_alone_gives_them_and_says_what_lines_need():
    event = symbolicated(stack("names").replace("at heaviest (", "at (").replace("at (", "at x ("), FIXTURES / "names")
    assert [one["function"] for one in of(event)[:2]] == ["heaviest", "lift"]
    (said, _) = problems(event, "missing_debug_file")
    assert "neither DWARF nor a source map" in said


def test_without_the_module_its_url_and_the_way_to_build_it_are_said():
    event = symbolicated(stack("dwarf5").replace("wasm://wasm/6a4d18ca", URL), FIXTURES / "lift")
    assert URL in problems(event, "missing_debug_file")[0]
    assert "maps" not in str(of(event)[0]["data"]["problems"][0]["hint"]).split()
    assert "-gsource-map" in of(event)[0]["data"]["problems"][0]["hint"]


def test_a_map_alone_answers_for_the_module_of_its_name(tmp_path):
    shutil.copy(FIXTURES / "lift" / "lift.wasm.map", tmp_path)
    trace = stack("lift").replace("wasm://wasm/116fba1e", "https://crane.example/wasm/lift.wasm")
    assert places(symbolicated(trace, tmp_path))[:3] == LIFT


# ── how engines say a place ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        f"    at heaviest ({URL}:wasm-function[3]:0x131)",
        f"    at {URL}:wasm-function[3]:0x131",
        f"heaviest@{URL}:wasm-function[3]:0x131",
        f"    at heaviest ({URL}:1:306)",
        "    at heaviest (crane.wasm:0x131)",
        "    at crane.wasm:0x131",
    ],
)
def test_chrome_firefox_and_call_sites_mean_the_same_place(line):
    event = symbolicated(f"RuntimeError: divide by zero\n{line}\n", FIXTURES / "dwarf5")
    assert places(event) == INLINED[:2]
    assert "crane.c:10:21" in render(event)


@pytest.mark.parametrize("module", ["crane.wasm", "6a4d18ca", "d80a3242"])
def test_a_console_s_line_has_the_module_s_name_or_its_number(module):
    trace = f"RuntimeError: divide by zero\n$heaviest\t@\t{module}:0x131\nhoist\t@\trun.mjs:7:16\n"
    assert places(symbolicated(trace, FIXTURES / "dwarf5"))[:2] == INLINED[:2]
    with Symbolicator(files=[FIXTURES / "dwarf5"], cache_dir=False) as engine:
        assert "\nshare @ crane.c:10:21\nheaviest @ crane.c:16:18\nhoist" in engine.symbolicate_text(trace)


def test_of_a_number_and_an_offset_alone_a_module_with_another_number_is_of_another_build():
    event = symbolicated("RuntimeError: divide by zero\n$heaviest @ 6a4d18ca:0xa2\nhoist @ run.mjs:7:16\n", FIXTURES / "dwarf4")
    assert not any("crane.c" in one for one in places(event))
    assert "V8 has another number for it than 6a4d18ca" in problems(event, "missing_debug_file")[0]


@pytest.mark.parametrize("key", ["abs_path", "filename"])
def test_the_place_that_an_sdk_left_in_the_path_is_read(key):
    frame = {key: f"{URL}:wasm-function[3]:0x131", "function": "heaviest"}
    event = {"platform": "javascript", "exception": {"values": [{"stacktrace": {"frames": [frame]}}]}}
    assert places(symbolicated(event, FIXTURES / "dwarf5")) == INLINED[:2]


def test_a_frame_without_a_place_stays_as_it_is():
    event = symbolicated("RuntimeError: unreachable\n<?>.wasm-function[3]@[wasm code]\n", FIXTURES / "dwarf5")
    assert places(event) == []
    assert problems(event) == []


# ── which module is meant ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["wasm://wasm/6a4d18ca", "wasm://wasm/d80a3242"], ids=["node 20", "chromium 156"])
def test_of_several_modules_the_one_whose_bytes_v8_hashed_is_meant(url):
    trace = stack("dwarf5").replace("wasm://wasm/6a4d18ca", url)
    event = symbolicated(trace, FIXTURES / "dwarf5", FIXTURES / "names", FIXTURES / "lift", FIXTURES / "separate")
    assert places(event)[:3] == INLINED


@pytest.mark.parametrize(
    ("case", "numbers"), [("dwarf4", {0x8B3F6D12, 0xD75C0046}), ("names", {0xF69771AE, 0x6DA2024E}), ("separate", {0x7D0FAC86, 0xB92F2176})]
)
def test_a_module_has_the_numbers_that_node_and_chromium_print(case, numbers):
    assert v8_hashes(memoryview((FIXTURES / case / "crane.wasm").read_bytes())) == numbers


def test_modules_that_fit_equally_well_are_named_and_none_is_taken():
    event = symbolicated(stack("dwarf5").replace("6a4d18ca", "00000000"), FIXTURES / "dwarf5", FIXTURES / "names")
    assert not any("crane.c" in one for one in places(event))
    assert "fit equally well" in problems(event, "ambiguous_file")[0]


def test_a_module_whose_function_does_not_hold_the_offset_is_of_another_build(tmp_path):
    (tmp_path / "crane.wasm").write_bytes((FIXTURES / "dwarf4" / "crane.wasm").read_bytes())
    event = symbolicated(stack("dwarf5").replace("wasm://wasm/6a4d18ca", URL), tmp_path)
    assert not any("crane.c" in one for one in places(event))
    assert "is from another build, its function 3 does not contain 0x131" in problems(event, "missing_debug_file")[0]


def test_one_frame_that_contradicts_speaks_for_all_of_its_module(tmp_path):
    trace = stack("dwarf5") + "    at other (wasm://wasm/6a4d18ca:wasm-function[99]:0x20)\n"
    assert not any("crane.c" in one for one in places(symbolicated(trace, FIXTURES / "dwarf5")))


def test_a_map_that_the_module_names_and_that_is_not_there_is_named(tmp_path):
    module = HEADER + bodies(9) + names({0: "_ZN5crane4liftEi"}) + custom("sourceMappingURL", text("crane.wasm.map"))
    (tmp_path / "crane.wasm").write_bytes(module)
    event = symbolicated(f"RuntimeError: x\n    at f ({URL}:wasm-function[0]:0x10)\n", tmp_path)
    assert of(event)[0]["function"] == "crane::lift"
    assert "crane.wasm.map, which is not among the files given" in problems(event)[0]


def test_hostile_numbers_are_no_place():
    for path in (f"{URL}:wasm-function[{'9' * 50}]:0x1", f"{URL}:wasm-function[٣]:0x1", f"{URL}:wasm-function[1]:0x{'f' * 40}"):
        event = {"platform": "javascript", "exception": {"values": [{"stacktrace": {"frames": [{"abs_path": path}]}}]}}
        assert places(symbolicated(event, FIXTURES / "dwarf5")) == []


@pytest.mark.parametrize(
    ("name", "said"), [("_ZN5crane4liftEi", "crane::lift"), ("crane::lift::h0123456789abcdef", "crane::lift"), ("lift", "lift")]
)
def test_where_the_source_is_no_script_the_function_is_called_as_the_module_has_it(tmp_path, name, said):
    module = HEADER + bodies(9) + names({0: name}) + custom("sourceMappingURL", text("http://localhost:8080/crane.wasm.map"))
    (tmp_path / "crane.wasm").write_bytes(module)
    content = '{"version":3,"sources":["../crane.cpp"],"names":[],"mappings":"UAIE"}'
    (tmp_path / "crane.wasm.map").write_text(content)
    event = symbolicated(f"RuntimeError: x\n    at f ({URL}:wasm-function[0]:0x10)\n", tmp_path)
    assert [(one["function"], one["filename"], one["lineno"]) for one in of(event)] == [(said, "crane.cpp", 5)]


# ── maps within the module, and frames without a place ────────────────────────────────────────────────────────────


def with_inline_map(folder):
    """The module of a source map that has the map itself instead of its name."""
    module, map_ = ((FIXTURES / "lift" / name).read_bytes() for name in ("lift.wasm", "lift.wasm.map"))
    url = "data:application/json;base64," + base64.b64encode(map_).decode()
    (folder / "lift.wasm").write_bytes(without(module, "sourceMappingURL") + custom("sourceMappingURL", text(url)))
    return folder


def test_a_map_within_the_module_answers_as_the_map_beside_it(tmp_path):
    event = symbolicated(stack("lift"), with_inline_map(tmp_path))
    assert places(event)[:3] == LIFT
    assert of(event)[0]["context_line"] == "  return load.tons / load.parts;"


def test_a_broken_map_within_the_module_is_said(tmp_path):
    module = (FIXTURES / "lift" / "lift.wasm").read_bytes()
    (tmp_path / "lift.wasm").write_bytes(
        without(module, "sourceMappingURL") + custom("sourceMappingURL", text("data:application/json;base64,e30"))
    )
    with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace(stack("lift")))
    assert not places(event)[0].startswith(LIFT[0])


SAFARI = "Error: x\n<?>.wasm-function[1]@[wasm code]\nhoist@https://crane.example/app.js:1:3\n"


def test_a_frame_of_safari_with_a_number_gets_the_name_of_the_only_module(tmp_path):
    numbers = WasmFile(memoryview((FIXTURES / "names" / "crane.wasm").read_bytes())).functions.names()
    number = next(number for number, name in numbers.items() if name == b"lift")
    trace = SAFARI.replace("[1]", f"[{number}]")
    event = symbolicated(trace, FIXTURES / "names")
    frame = of(event)[0]
    assert (frame["function"], frame["raw_function"]) == ("lift", f"<?>.wasm-function[{number}]")
    assert frame["data"]["no_file"] == "no_place"
    with Symbolicator(files=[FIXTURES / "names"], cache_dir=False) as engine:
        assert "it has no line" in str(engine.explain(parse_trace(trace)))
        assert engine.symbolicate_text(trace).splitlines()[1] == "lift@[wasm code]"
        assert engine.symbolicate_text(engine.symbolicate_text(trace)) == engine.symbolicate_text(trace)


def test_the_names_of_a_module_are_read_once_for_all_frames(monkeypatch):
    read, names = [], Functions.names
    monkeypatch.setattr(Functions, "names", lambda functions: read.append(functions) or names(functions))
    with Symbolicator(files=[FIXTURES / "names"], cache_dir=False) as engine:
        engine.symbolicate(parse_trace("Error: x\n" + "".join(f"<?>.wasm-function[{number}]@[wasm code]\n" for number in range(30))))
    assert len(read) == 1


def test_of_two_modules_neither_is_guessed():
    frame = of(symbolicated(SAFARI, FIXTURES / "names", FIXTURES / "lift"))[0]
    assert (frame["function"], problems(symbolicated(SAFARI), "missing_debug_file")) == ("<?>.wasm-function[1]", [])
