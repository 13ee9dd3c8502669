"""One crash as minidump walkers report it (`fixtures/traces/minidump`): text for people and for machines, and JSON."""

import copy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.errors import ReportError
from symbolicator.rendering import render
from symbolicator.traces import find_traces

FIXTURES = Path(__file__).parents[3] / "fixtures"
REPORTS = FIXTURES / "traces" / "minidump"
FILES = FIXTURES / "native" / "crash-segv" / "files"
CASE = json.loads((FIXTURES / "native" / "crash-segv" / "case.json").read_text())
FRAMES = [
    ("operator()", "hive.cpp", 108),
    ("apiary::Hive::Keeper::open", "hive.cpp", 109),
    ("season", "main.cpp", 57),
    ("main", "main.cpp", 78),
]
"""As gdb and `addr2line` know them (`case.json` beside the program)."""


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(FILES, cache_dir=False) as made:
        yield made


def run(*words):
    """What the command line prints."""
    return CliRunner().invoke(program, [*map(str, words), "-f", str(FILES)]).stdout


def report(name="crash.json"):
    return (REPORTS / name).read_text()


def walk(**members):
    return {**json.loads(report()), **members}


def frames_of(engine, text):
    """The frames of the crash, callee first."""
    return engine.symbolicate(parse_trace(text))["exception"]["values"][0]["stacktrace"]["frames"][::-1]


def places(frames):
    return [
        (frame["function"].partition("(int*)")[0], Path(frame["abs_path"]).name, frame["lineno"]) for frame in frames if frame.get("lineno")
    ]


@pytest.mark.parametrize("name", ["crash.json", "crash.txt", "crash.machine.txt"])
def test_a_crash_comes_back_as_the_debuggers_say_in_every_form(engine, name):
    assert places(frames_of(engine, report(name))) == FRAMES


def test_where_the_walker_knew_lines_they_stay(engine):
    assert places(frames_of(engine, report("walked.txt"))) == [(FRAMES[1][0], "hive.cpp", 108), *FRAMES[2:]]


@pytest.mark.parametrize("name", ["crash.json", "crash.txt", "crash.machine.txt", "walked.txt"])
def test_symbolicated_twice_is_symbolicated_once(engine, name):
    once = engine.symbolicate_text(report(name))
    assert once != report(name)
    assert engine.symbolicate_text(once) == once


@pytest.mark.parametrize("name", ["crash.json", "crash.txt"])
def test_how_a_frame_was_found_is_kept(engine, name):
    trusts = [frame["trust"] for frame in frames_of(engine, report(name))]
    assert trusts[:3] == ["context", "context", "scan"]
    assert set(trusts[2:]) == {"scan"}


def test_a_frame_found_by_scanning_is_marked_wherever_it_is_shown(engine):
    event = engine.symbolicate(parse_trace(report()))
    marked = "(main.cpp:57:27, found by scanning the stack)"
    assert marked in render(event, format="plain")
    assert "108:62)" in render(event, format="plain")
    assert "found by scanning the stack" in render(event, format="markdown")
    assert "found by scanning the stack: it may be no frame" in str(engine.explain(parse_trace(report())))
    assert "season  main.cpp:57:27 (found by scanning the stack)" in run("trace", REPORTS / "crash.json", "--format", "pretty")


def test_the_images_of_the_event_are_the_modules():
    images = parse_trace(report())["debug_meta"]["images"]
    assert {(image["code_id"], image["debug_id"], image["image_addr"]) for image in images} == {
        (image["code_id"], image["debug_id"], image["image_addr"]) for image in CASE["event"]["debug_meta"]["images"]
    }
    assert images[0]["type"] == "elf"


@pytest.mark.parametrize(
    ("system", "kind"), [("Windows NT", "pe"), ("Mac OS X", "macho"), ("iOS", "macho"), ("Android", "elf"), (None, "elf")]
)
def test_the_system_decides_the_type_of_the_images(system, kind):
    event = parse_trace(json.dumps(walk(system_info={"os": system})))
    assert {image["type"] for image in event["debug_meta"]["images"]} == {kind}


def test_what_the_process_died_of_is_told():
    (value,) = parse_trace(json.dumps(walk(crash_info={**walk()["crash_info"], "assertion": "berth > 0"})))["exception"]["values"]
    assert (value["type"], value["value"]) == ("SIGSEGV / SEGV_MAPERR", "berth > 0\nat 0x0000000000000000")
    assert value["stacktrace"]["registers"]["rip"] == "0x0000555555555901"


# ── JSON in, JSON out ─────────────────────────────────────────────────────────────────────────────────────────────


def test_json_comes_back_as_json_with_what_is_known_of_each_frame(engine):
    before, after = walk(), engine.symbolicate(walk())
    first = after["threads"][0]["frames"][0]
    assert first["function"] == "apiary::Hive::Keeper::open"
    assert (first["line"], first["file"], first["missing_symbols"], first["function_offset"]) == (
        109,
        "/build/apiary/hive.cpp",
        False,
        "0x0000000000000011",
    )
    assert first["inlines"] == [{"function": "operator()", "file": "/build/apiary/hive.cpp", "line": 108}]
    again = after["crashing_thread"]["frames"][0]
    assert {key: value for key, value in again.items() if key != "registers"} == first
    told = ("function", "function_offset", "file", "line", "inlines", "missing_symbols")
    for holder in (*after["threads"], after["crashing_thread"], *before["threads"], before["crashing_thread"]):
        for frame in holder["frames"]:
            for name in told:
                frame.pop(name)
    assert after == before


def test_every_door_answers(engine):
    wanted = engine.symbolicate(walk())
    assert json.loads(run("event", REPORTS / "crash.json")) == wanted
    assert json.loads(engine.symbolicate_text("log line\n" + report()).partition("\n")[2]) == wanted
    text = run("trace", REPORTS / "crash.json")
    assert (
        " 1  apiary!apiary::Hive::Keeper::open [/build/apiary/hive.cpp : 109]\n    Found by: given as instruction pointer in context\n"
        in text
    )
    assert "→ season at /build/apiary/main.cpp:57:27" in run("explain", REPORTS / "crash.json").replace(
        "at main.cpp", "at /build/apiary/main.cpp"
    )


def test_the_text_of_such_a_report_is_read_as_the_report_was(engine):
    text = find_traces(report()).plain(engine.symbolicate(parse_trace(report())))
    event = engine.symbolicate(parse_trace(text))
    assert places(event["exception"]["values"][0]["stacktrace"]["frames"][::-1]) == FRAMES
    assert event["exception"]["values"][0]["type"] == "SIGSEGV / SEGV_MAPERR"


def test_a_processed_crash_of_socorro_s_holds_one(engine):
    out = engine.symbolicate({"uuid": "1", "json_dump": walk()})
    assert out == {"uuid": "1", "json_dump": engine.symbolicate(walk())}


def test_addresses_of_callers_are_within_their_calls_already():
    frames = parse_trace(report())["exception"]["values"][0]["stacktrace"]["frames"]
    assert {frame["adjust_instruction_addr"] for frame in frames} == {False}
    assert [frame["instruction_addr"] for frame in frames[::-1][:2]] == ["0x555555555901", "0x5555555560fd"]


def test_what_was_told_stays_with_its_inlined_functions(engine):
    told = walk()
    frame = told["threads"][0]["frames"][1]
    frame |= {
        "function": "f",
        "file": "hg:hg.example.org/app:src/f.cpp:aabb",
        "line": 7,
        "inlines": [{"function": "g", "file": "g.h", "line": 3}],
        "missing_symbols": False,
    }
    again = engine.symbolicate(copy.deepcopy(told))
    assert again["threads"][0]["frames"][1] == frame
    frames = engine.symbolicate(parse_trace(json.dumps(told)))["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [(one["function"], one["lineno"]) for one in frames[2:4]] == [("g", 3), ("f", 7)]
    assert frames[2]["data"]["inlined"]


def test_all_threads_are_there_and_the_one_that_crashed_is_the_exception():
    other = {"frames": [{"offset": "0x00005555555553ca", "module": "apiary", "trust": "context"}], "thread_name": "worker"}
    crashed = walk()
    crashed["threads"].insert(0, other)
    crashed["crash_info"]["crashing_thread"] = crashed["crashing_thread"]["threads_index"] = 1
    event = parse_trace(json.dumps(crashed))
    assert event["exception"]["values"][0]["thread_id"] == 1
    worker, main_thread = event["threads"]["values"]
    assert (worker["id"], worker["name"], len(worker["stacktrace"]["frames"])) == (0, "worker", 1)
    assert (main_thread["id"], main_thread["crashed"]) == (1, True)


def test_a_dump_without_a_crash_has_threads_alone():
    event = parse_trace(json.dumps(walk(crash_info={"type": None, "crashing_thread": None}, crashing_thread=None)))
    assert "exception" not in event
    assert len(event["threads"]["values"][0]["stacktrace"]["frames"]) == 13


def test_an_unloaded_module_is_told_in_the_text():
    gone = walk()
    gone["threads"][0]["frames"][2] |= {
        "module": None,
        "module_offset": None,
        "unloaded_modules": [{"module": "gone.dll", "offsets": ["0x460"]}],
    }
    assert "    unloaded module: gone.dll 0x460\n" in find_traces(json.dumps(gone)).plain({})


def test_a_walk_without_frames_says_so():
    with pytest.raises(ReportError, match="no stack has a frame"):
        parse_trace(json.dumps(walk(threads=[], crashing_thread=None)))


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_registers_tell_whether_a_frame_has_its_call_or_where_that_returns_to():
    text = report("crash.txt")
    returned = parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [frame["adjust_instruction_addr"] for frame in returned[:3]] == [False, True, True]
    called = parse_trace(text.replace(" 1  apiary + 0x20fe", " 1  apiary + 0x20fd"))["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert {frame["adjust_instruction_addr"] for frame in called} == {False}


def test_ids_of_modules_are_used_and_those_that_contradict_each_other_are_not():
    images = parse_trace(report("crash.txt"))["debug_meta"]["images"]
    assert images[0] == {"type": "elf", "code_file": "apiary", "debug_id": "f3cc704b-9783-13f5-37af-37e5f9bed571"}
    twice = report("crash.machine.txt")
    other = twice.replace("F3CC704B978313F537AF37E5F9BED5710", "0" * 31 + "10")
    assert "debug_id" not in parse_trace(twice + other)["debug_meta"]["images"][0]


def test_another_build_is_not_used(engine):
    text = report("crash.machine.txt").replace("F3CC704B978313F537AF37E5F9BED5710", "A3CC704B978313F537AF37E5F9BED5710")
    assert places(frames_of(engine, text)) == []


def test_threads_of_a_text_are_told_apart():
    text = "Operating system: Windows NT\n\nCrash reason:  EXCEPTION_ACCESS_VIOLATION_READ\nCrash address: 0x10\n\n"
    text += "Thread 3 render (crashed)\n 0  app.exe + 0x11cd\n    Found by: given as instruction pointer in context\n\n"
    text += "Thread 0 main\n 0  app.exe + 0x12b2\n    Found by: given as instruction pointer in context\n"
    event = parse_trace(text)
    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"], value["thread_id"]) == ("EXCEPTION_ACCESS_VIOLATION_READ", "at 0x10", 3)
    assert [(one["id"], one["name"]) for one in event["threads"]["values"]] == [(0, "main"), (3, "render")]
    assert event["debug_meta"]["images"][0]["type"] == "pe"


def test_machines_lines_with_names_are_frames_too():
    text = "OS|Linux|1\nCrash|SIGSEGV|0x0|1\n\n0|0|app|wait|a.c|3|0x1\n1|0|app|pick(int)|src/a.c|7|0x5\n1|1|app|main||| 0x12\n".replace(
        "| 0x", "|0x"
    )
    event = parse_trace(text)
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert [(frame["function"], frame.get("lineno")) for frame in frames] == [("main", None), ("pick(int)", 7)]
    assert [one["id"] for one in event["threads"]["values"]] == [0, 1]
