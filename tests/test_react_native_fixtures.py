"""Every event of fixtures/react-native: three languages, one stack, in call order."""

import copy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.rendering import render

CASE = Path(__file__).parent.parent / "fixtures" / "react-native" / "harbour"
EVENTS = sorted((CASE / "events").glob("*.json"))


@pytest.fixture(scope="module")
def engine():
    with Symbolicator([str(CASE / "files")], cache_dir=False) as made:
        yield made


def stacks(event):
    threads = event.get("threads") or []
    threads = threads["values"] if isinstance(threads, dict) else threads
    return [each for each in (*event["exception"]["values"], *threads) if each.get("stacktrace")]


def is_it(want, frame):
    """Whether a frame is the expected one; "" as a function is one without a name."""
    function = (frame.get("function") or "").rpartition("::")[2].rpartition(".")[2]
    file = (frame.get("filename") or "").rpartition("/")[2]
    return (
        frame.get("platform") == want["platform"]
        and (function == want["function"] or not want["function"])
        and frame.get("module") == want.get("module", frame.get("module"))
        and (not want["line"] or (file, frame.get("lineno")) == (want["file"], want["line"]))
    )


def assert_in_order(want, have):
    """Each expected frame is there, in this order; between them stand only the bundler's, which nobody vouches for."""
    at = 0
    for frame in want:
        place = next((i for i in range(at, len(have)) if is_it(frame, have[i])), None)
        shown = "\n".join(f"{f.get('platform')} {f.get('function')} {f.get('filename')}:{f.get('lineno')}" for f in have)
        assert place is not None, f"{frame} is not below the others in\n{shown}"
        between = have[at:place]
        assert all(each["platform"] == "javascript" and each.get("in_app") is not True for each in between), f"before {frame}: {between}"
        at = place + 1


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_a_crash_of_several_languages_comes_back_as_one_stack_in_call_order(file, engine):
    case = json.loads(file.read_text())
    out = engine.symbolicate(case["event"])
    longest = max(stacks(out), key=lambda owner: len(owner["stacktrace"]["frames"]))
    have = longest["stacktrace"]["frames"][::-1]
    assert_in_order(case["expected"], have)
    assert case.get("problem") in {error["type"] for error in out.get("errors", ())} | {None}


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_every_raw_frame_of_a_woven_stack_is_accounted_for(file, engine):
    out = engine.symbolicate(json.loads(file.read_text())["event"])
    for owner in stacks(out):
        if "woven_into" in owner["stacktrace"]:
            assert not owner["stacktrace"]["frames"]
            continue
        raw = owner["raw_stacktrace"]["frames"]
        seen = set()
        for frame in owner["stacktrace"]["frames"]:
            seen |= {frame["data"]["raw_index"], *frame["data"].get("folded", {}).get("raw_index", ())}
            if "instruction_addr" in frame:
                assert raw[frame["data"]["raw_index"]]["instruction_addr"] == frame["instruction_addr"]
        assert seen == set(range(len(raw)))


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_symbolicating_a_woven_event_again_changes_nothing(file, engine):
    event = json.loads(file.read_text())["event"]
    before = copy.deepcopy(event)
    once = engine.symbolicate(event)
    assert event == before
    assert engine.symbolicate(json.loads(json.dumps(once))) == once


def test_there_are_events():
    assert len(EVENTS) >= 9


# ── as text ───────────────────────────────────────────────────────────────────────────────────────────────────────

VOUCHED = json.loads((CASE / "javascript-exception.json").read_text())


@pytest.fixture
def whole(engine):
    """The engine; the text has both halves."""
    event = parse_trace((CASE / "javascript-exception.txt").read_text())
    platforms = {frame.get("platform") for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]}
    assert platforms == {"javascript", "java"}
    return engine


def test_the_text_of_a_javascript_exception_is_one_stack_javascript_innermost(whole):
    out = whole.symbolicate(parse_trace((CASE / "javascript-exception.txt").read_text()))
    (value,) = out["exception"]["values"]
    assert_in_order(VOUCHED, value["stacktrace"]["frames"][::-1])
    assert (value["type"], value["value"]) == ("Error", "Ostend opens for 8")


def test_a_whole_logcat_passes_through_but_for_the_frames_which_are_readable(whole):
    before = (CASE / "logcat.txt").read_text()
    after = whole.symbolicate_text(before)
    lines = list(zip(before.splitlines(keepends=True), after.splitlines(keepends=True), strict=True))
    frames = [(raw, new) for raw, new in lines if "@1:" in raw or "\tat " in raw]
    assert all(raw == new for raw, new in lines if (raw, new) not in frames)
    assert all(raw.partition("AndroidRuntime: ")[:2] == new.partition("AndroidRuntime: ")[:2] for raw, new in frames)
    at = 0
    for want in VOUCHED:
        place = f"{want['file']}:{want['line']}" if want["line"] else "(Native Method)"
        at = next(i + 1 for i in range(at, len(frames)) if want["function"] in frames[i][1] and place in frames[i][1])


def test_the_command_line_gives_the_library_s_answer(engine):
    for file in EVENTS:
        event = json.loads(file.read_text())["event"]
        run = CliRunner().invoke(program, ["event", "-", "-f", str(CASE / "files"), "--no-cache"], input=json.dumps(event))
        assert json.loads(run.stdout) == json.loads(json.dumps(engine.symbolicate(event)))


def test_a_person_sees_each_frame_s_language_what_was_folded_and_where_the_other_half_went(engine):
    event = json.loads((CASE / "events" / "two-seams.json").read_text())["event"]
    text = render(engine.symbolicate(event))
    assert [line.split()[0] for line in text.splitlines() if " at " in line][:4] == ["native", "native", "js", "js"]
    assert text.count("… replaces 11 frames, facebook::jsi::Function::call first") == 2
    assert "Caused by: SIGSEGV: Segfault\n    its frames are part of the stack above" in text


# ── the same stacks in a host's exception: no file is named, columns count from 0 ─────────────────────────────────

JAVASCRIPT = CASE.parent.parent / "javascript"
NO_POSITION = {"Android": "-1", "iOS": "<null>:<null>"}


def as_host_prints_it(frame, system):
    """A frame as `JSStackTrace.kt` and `RCTAssert.m` print what the engine's parser gave them."""
    name = frame.get("function") or "<unknown>"
    return f"{name}@{frame['lineno']}:{frame['colno'] - 1}" if "colno" in frame else f"{name}@{NO_POSITION[system]}"


@pytest.mark.parametrize("system", NO_POSITION)
@pytest.mark.parametrize("name", ["esbuild-min-jsc", "rspack", "metro-min", "hermes-O", "hermes-parts"])
def test_a_host_s_exception_says_what_the_engine_s_own_stack_says(name, system):
    stacks_compared = 0
    with Symbolicator([str(JAVASCRIPT / name / "files")], cache_dir=False) as engine:
        for file in sorted((JAVASCRIPT / name / "stacks").glob("*.txt"))[:12]:
            values = parse_trace(file.read_text())["exception"]["values"]
            frames = [
                f for f in values[-1]["stacktrace"]["frames"] if not f["abs_path"].startswith(("node:", "/root/build"))
            ]  # the engine's
            values[-1]["stacktrace"]["frames"] = frames
            if len(values) > 1 or any("eval_origin" in frame.get("data", {}) for frame in frames):
                continue
            printed = [as_host_prints_it(frame, system) for frame in reversed(frames)]
            text = "\n".join(
                ["com.facebook.react.common.JavascriptException: Error: x, stack:", *printed, "", "\tat a.b.run(Unknown Source:8)"]
            )
            (wanted,) = engine.symbolicate({"platform": "javascript", "exception": {"values": values}})["exception"]["values"]
            (value,) = engine.symbolicate(parse_trace(text))["exception"]["values"]
            places = [
                [(f.get("function"), f["filename"].rpartition("/")[2], f["lineno"]) for f in stack if f.get("colno")]
                for stack in (wanted["stacktrace"]["frames"], value["stacktrace"]["frames"])
            ]
            assert places[0] == places[1]
            assert len(value["raw_stacktrace"]["frames"]) == len(printed) + 1
            assert value["value"] == "x"
            stacks_compared += 1
    assert stacks_compared >= 8


def test_a_trace_that_names_no_bundle_is_not_read_with_one_of_two(tmp_path):
    for name in ("esbuild-min-jsc", "rspack"):
        (tmp_path / name).mkdir()
        for file in (JAVASCRIPT / name / "files").glob("app.js*"):
            (tmp_path / name / file.name.replace("app", name)).write_bytes(file.read_bytes())
    text = "com.facebook.react.common.JavascriptException: Error: x, stack:\nf@1:100\ng@1:200\n"
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:
        (value,) = engine.symbolicate(parse_trace(text))["exception"]["values"]
    assert [frame["data"]["symbolicator_status"] for frame in value["stacktrace"]["frames"]] == ["missing", "missing"]
    assert [problem["type"] for problem in value["stacktrace"]["frames"][0]["data"]["problems"]] == ["missing_source"]


# ── the same crash as collectors and systems print it ─────────────────────────────────────────────────────────────

TRACE = (CASE / "javascript-exception.txt").read_text().splitlines()
IN_JS = [line for line in TRACE if "@1:" in line]
IN_JAVA = [line for line in TRACE if line.startswith("\tat ")]


def raw_functions(value):
    return [frame["function"] for frame in value["stacktrace"]["frames"]]


def test_other_apps_lines_amid_a_stack_in_a_log_do_not_cut_it():
    lines = [f"11-22 18:00:03.100  4711  4733 E AndroidRuntime: {line}" for line in TRACE]
    for place in (15, 6, 1):
        lines.insert(place, "11-22 18:00:03.101   900   901 W WindowManager: Force finishing activity at 12:34")
    (value,) = parse_trace("\n".join(lines))["exception"]["values"]
    assert value == parse_trace("\n".join(TRACE))["exception"]["values"][0]


def test_stacks_of_two_processes_in_a_log_are_two():
    lines = [
        *(f"E/AndroidRuntime( 4711): {line}" for line in ("java.lang.Error: one", *IN_JAVA[:2])),
        *(f"E/AndroidRuntime( 4712): {line}" for line in IN_JAVA[2:4]),
    ]
    one, other = parse_trace("\n".join(lines))["exception"]["values"]
    assert (len(one["stacktrace"]["frames"]), len(other["stacktrace"]["frames"])) == (2, 2)


def test_a_javascript_exception_that_caused_another_is_its_cause():
    lines = ["java.lang.RuntimeException: Unable to start", *IN_JAVA[-2:], f"Caused by: {TRACE[0]}", *TRACE[1:]]
    cause, outer = parse_trace("\n".join(lines))["exception"]["values"]
    assert (cause["type"], cause["value"], len(cause["stacktrace"]["frames"])) == ("Error", "Ostend opens for 8", len(IN_JS + IN_JAVA))
    assert cause["mechanism"]["parent_id"] == outer["mechanism"]["exception_id"]
    assert outer["type"] == "RuntimeException"


def test_what_caused_a_javascript_exception_is_its_cause():
    lines = [*TRACE, "Caused by: java.io.IOException: no tide", *IN_JAVA[:3], "\t... 5 more"]
    cause, outer = parse_trace("\n".join(lines))["exception"]["values"]
    assert (cause["type"], outer["type"], outer["value"]) == ("IOException", "Error", "Ostend opens for 8")
    assert cause["mechanism"]["parent_id"] == outer["mechanism"]["exception_id"]


def test_ios_says_the_error_twice_and_it_is_read_once(engine):
    said = "Unhandled JS Exception: Error: Ostend opens for 8"
    head = f"*** Terminating app due to uncaught exception 'RCTFatalException: {said}', reason: '{said}, stack:"
    tail = ["'", "*** First throw call stack:", "(0x1836b1d8c 0x1828405ec 0x1041fb8a4)", "libc++abi: terminating"]
    text = "\n".join([f"2026-11-22 18:00:03.123456+0100 harbour[4711:99999] {head}", *IN_JS, *tail])
    (value,) = parse_trace(text)["exception"]["values"]
    assert (value["type"], value["value"]) == ("Error", "Ostend opens for 8")
    assert raw_functions(value) == raw_functions(parse_trace("\n".join(TRACE))["exception"]["values"][0])[-len(IN_JS) :]
    after = engine.symbolicate_text(text).splitlines()
    assert after[-len(tail) :] == tail
    assert after[0] == text.splitlines()[0]
    assert "gate.js:4" in after[1]


def test_a_thread_of_android_s_dumps_has_its_native_frames_innermost(engine):
    native = [f"  native: #0{n} pc 000000000007{n}a2c  /system/lib64/libc.so (f{n}+8)" for n in range(2)]
    dump = ['"mqt_js" prio=5 tid=21 Native', '  | group="main" sCount=1', *native, *(f"  {line.strip()}" for line in IN_JAVA), ""]
    text = "\n".join(dump)
    event = parse_trace(text)
    assert "exception" not in event
    (thread,) = event["threads"]["values"]
    assert (thread["id"], thread["name"]) == (21, "mqt_js")
    assert raw_functions(thread)[-2:] == ["f1", "f0"]
    assert len(raw_functions(thread)) == len(IN_JAVA) + 2
    after = engine.symbolicate_text(text).splitlines()
    assert after[:4] == dump[:4]
    assert "TideModule" in after[4]
