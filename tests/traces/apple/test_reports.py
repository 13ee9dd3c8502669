"""One crash in every form in which Apple's systems and tools report it (`fixtures/traces/apple`): each gives the same frames."""

import json
import zipfile
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.errors import ReportError, TraceError
from symbolicator.traces import find_traces
from symbolicator.traces.json_reports.located import place_told

FIXTURES = Path(__file__).parents[3] / "fixtures"
REPORTS = FIXTURES / "traces" / "apple"
FILES = FIXTURES / "native" / "macho-dsym" / "files"
EXPECTED = json.loads((REPORTS / "expected.json").read_text())
LIBRARY = "libsmoker.dylib"


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(FILES, cache_dir=False) as made:
        yield made


def report(name):
    return (REPORTS / name).read_text()


def stacks(engine, text):
    """Each stack of a text, what was thrown first: (its holder, its frames as they came back, callee first)."""
    event = engine.symbolicate(parse_trace(text))
    holders = [*event.get("exception", {}).get("values", [])[::-1], *event.get("threads", {}).get("values", [])]
    return [(one, one["stacktrace"]["frames"][::-1]) for one in holders if "stacktrace" in one]


def told(frames):
    """What is known of a stack's frames, by place in it: functions, files and lines, innermost first."""
    found = {}
    count = max(frame["data"]["raw_index"] for frame in frames)
    for frame in frames:
        if frame.get("lineno"):
            place = str(count - frame["data"]["raw_index"])
            found.setdefault(place, []).append({"function": frame["function"], "file": frame["abs_path"], "line": frame["lineno"]})
    return found


CRASHES = ["crash.crash", "macos.crash", "organizer.crash", "crash.ips", "crash.metrickit.json"]
EXCEPTIONS = ["kscrash.crash", "exception.crash", "exception.ips", "appkit.crash", "appkit.ips", "plcrashreporter.crash"]


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_comes_back_as_llvm_symbolizer_says_in_every_form(engine, name):
    (crash, frames), (_, other), *_ = stacks(engine, report(name))
    assert told(frames) == EXPECTED["crash"]
    assert told(other) == EXPECTED["other"]
    assert crash["type"] == "EXC_BAD_ACCESS"
    assert "SIGSEGV" in crash["value"]


def test_the_forms_of_one_crash_give_the_same_frames(engine):
    def plain(name):
        return [
            [
                (frame.get("function"), frame.get("abs_path"), frame.get("lineno"), frame.get("in_app"), frame["data"].get("inlined"))
                for frame in frames
            ]
            for _, frames in stacks(engine, report(name))
        ]

    first = plain("crash.crash")
    assert sum(len(one) for one in first) == 13
    assert plain("crash.ips") == first
    assert plain("macos.crash") == first[:2]
    # MetricKit knows no paths of images: what is not the app's is not told there, and symbols of the system are not in it.
    for one, other in zip(plain("crash.metrickit.json"), first, strict=True):
        assert [frame[:3] for frame in one if frame[1]] == [frame[:3] for frame in other if frame[1]]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_the_exception_that_nobody_caught_is_the_crash_and_the_thread_that_aborted_a_thread(engine, name):
    (crash, frames), *threads = stacks(engine, report(name))
    assert told(frames) == EXPECTED["thrown"]
    assert crash["type"] == "NSRangeException"
    assert crash["value"].startswith("*** -[__NSArrayM objectAtIndexedSubscript:]: index 9")
    (aborted, frames), (_, other), *_ = threads
    assert aborted["crashed"]
    assert aborted["id"] == 0
    assert told(frames) == EXPECTED["aborted"]
    assert told(other) == EXPECTED["other"]


def test_a_last_exception_backtrace_of_bare_addresses_is_the_crash(engine):
    (crash, frames), (aborted, more), *_ = stacks(engine, report("exception-bare.crash"))
    assert told(frames) == EXPECTED["thrown"]
    assert crash["type"] == "SIGABRT"
    assert aborted["crashed"]
    assert told(more) == EXPECTED["aborted"]


@pytest.mark.parametrize("name", [*CRASHES, *EXCEPTIONS, "exception-bare.crash", "hang.metrickit.json"])
def test_symbolicated_twice_is_symbolicated_once(engine, name):
    once = engine.symbolicate_text(report(name))
    assert once != report(name)
    assert engine.symbolicate_text(once) == once


@pytest.mark.parametrize("name", [name for name in [*CRASHES, *EXCEPTIONS] if name.endswith(".crash")])
def test_of_a_text_nothing_changes_but_the_frames_that_came_back(engine, name):
    before, after = report(name).splitlines(), engine.symbolicate_text(report(name)).splitlines()
    changed = [line for line in after if line not in before]
    kept = [line for line in before if line not in after]
    assert all(line.split()[1] in (LIBRARY, "Apiary") or line[:1].isdigit() for line in (*changed, *kept))
    assert [line for line in before if not line[:1].isdigit()] == [line for line in after if not line[:1].isdigit()]


# ── JSON in, JSON out ─────────────────────────────────────────────────────────────────────────────────────────────


def body_of(text):
    return json.loads(text.partition("\n")[2])


@pytest.mark.parametrize("name", ["crash.ips", "exception.ips"])
def test_frames_of_an_ips_get_the_members_that_apples_own_tools_write(engine, name):
    before, after = body_of(report(name)), body_of(engine.symbolicate_text(report(name)))
    frames = after["threads"][0]["frames"] if name == "crash.ips" else after["lastExceptionBacktrace"]
    expected = EXPECTED["crash" if name == "crash.ips" else "thrown"]
    wanted = [one for _, each in sorted(expected.items()) for one in each]
    found = [frame for frame in frames if "sourceFile" in frame]
    assert [(frame["symbol"], frame["sourceFile"], frame["sourceLine"]) for frame in found] == [
        (one["function"], "smoker.c", one["line"]) for one in wanted
    ]
    assert sum(frame.get("inline", False) for frame in frames) == sum(len(each) - 1 for each in expected.values())
    assert all(frame["symbolLocation"] >= 0 for frame in found)
    # Everything else is as it was.
    for document in (before, after):
        for thread in document["threads"]:
            del thread["frames"]
        document.pop("lastExceptionBacktrace", None)
    assert before == after


def test_every_byte_of_an_ips_stays_but_where_frames_are():
    text = report("crash.ips")
    with Symbolicator(FILES, cache_dir=False) as engine:
        out = engine.symbolicate_text(text)
    before, after = text.splitlines(), out.splitlines()
    assert [line.split(" : ")[0] for line, other in zip(before, after, strict=True) if line != other] == ['  "threads"']


@pytest.mark.parametrize("name", ["crash.ips", "exception.ips", "appkit.ips", "crash.metrickit.json"])
def test_where_each_frame_stood_is_known(name):
    text = report(name)
    traces = find_traces(text)
    stacks = [one["stacktrace"]["frames"] for key in ("exception", "threads") for one in traces.event[key]["values"] if "stacktrace" in one]
    assert [len(one) for one in traces.sources] == [len(frames) for frames in stacks]
    for sources in traces.sources:
        for source in sources:
            assert text[source.start] in '{"'
            assert text[source.end - 1] in '}"'
            assert text[: source.start].count("\n") == source.line - 1


def test_metrickits_nodes_get_app_store_connects_members_and_inlined_functions_are_nodes(engine):
    (before,), (after,) = (
        json.loads(text)["crashDiagnostics"]
        for text in (report("crash.metrickit.json"), engine.symbolicate_text(report("crash.metrickit.json")))
    )
    assert before["diagnosticMetaData"] == after["diagnosticMetaData"]
    node = after["callStackTree"]["callStacks"][0]["callStackRootFrames"][0]
    chain = []
    while node:
        chain.append((node.get("symbolName"), node.get("fileName"), node.get("lineNumber"), node.get("inline", False)))
        node = next(iter(node.get("subFrames", [])), None)
    assert chain == [
        ("glow", "smoker.c", 11, True), ("smoke_depth", "smoker.c", 36, False), ("smoke_depth", "smoker.c", 37, False), ("smoke_sum", "smoker.c", 44, False),
        ("smoke", "smoker.c", 57, True), ("_start", "smoker.c", 61, False), (None, None, None, False), (None, None, None, False),
    ]  # fmt: skip


def test_a_tree_of_samples_is_written_from_the_outside_in(engine):
    (after,) = json.loads(engine.symbolicate_text(report("hang.metrickit.json")))["hangDiagnostics"]
    node = after["callStackTree"]["callStacks"][0]["callStackRootFrames"][0]
    names = []
    while node:
        names.append(node.get("symbolName"))
        node = next(iter(node.get("subFrames", [])), None)
    assert names == [None, None, "_start", "smoke", "smoke_sum", "smoke_depth", "smoke_depth", "glow"]


def test_an_object_in_is_an_object_out(engine):
    body = body_of(report("crash.ips"))
    kept = json.dumps(body)
    assert engine.symbolicate(body) == body_of(engine.symbolicate_text(report("crash.ips")))
    assert json.dumps(body) == kept
    payload = json.loads(report("crash.metrickit.json"))
    assert engine.symbolicate(payload) == json.loads(engine.symbolicate_text(report("crash.metrickit.json")))


@pytest.mark.parametrize(("name", "text"), [("crash.ips", "crash.crash"), ("exception.ips", "exception.crash")])
def test_an_ips_has_a_form_for_people_which_is_that_of_a_crash_file(engine, name, text):
    traces = find_traces(report(name))
    plain = traces.plain(engine.symbolicate(traces.event))
    wanted = engine.symbolicate_text(report(text)).splitlines()
    lines = plain.splitlines()
    assert [line for line in lines if line[:1].isdigit()] == [line for line in wanted if line[:1].isdigit()]
    for start in (
        "Process:",
        "Path:",
        "Exception Type:",
        "Triggered by Thread:",
        "Thread 0 Crashed:",
        "Last Exception Backtrace:",
        "Binary Images:",
    ):
        assert [line.split() for line in lines if line.startswith(start)] == [line.split() for line in wanted if line.startswith(start)]
    # It is one that we read.
    assert [frames for _, frames in stacks(engine, plain)] != []


@pytest.mark.parametrize(
    ("around", "header"),
    [("", True), ("", False), ("My app crashed:\n\n```\n", True), ("\ufeff", True)],
)
def test_an_ips_is_found_with_text_around_it_and_without_its_header(engine, around, header):
    text = around + (report("crash.ips") if header else report("crash.ips").partition("\n")[2]) + ("```\nWhy?\n" if around else "")
    (_, frames), *_ = stacks(engine, text)
    assert told(frames) == EXPECTED["crash"]
    out = engine.symbolicate_text(text)
    assert out.startswith(around)
    assert out.endswith("```\nWhy?\n" if around else "}\n")


def test_below_a_translated_report_its_json_stays(engine):
    text = report("macos.crash") + "\n-----------\nFull Report\n-----------\n\n" + report("crash.ips")
    out = engine.symbolicate_text(text)
    assert out.endswith(report("crash.ips"))
    assert "smoke_depth (smoker.c:36)" in out


# ── what is no crash ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bug_type", "body", "word"),
    [
        ("298", {"largestProcess": "Apiary", "processes": [{"pid": 1}], "memoryStatus": {}}, "jetsam"),
        ("288", {"processByPid": {"1": {}}, "binaryImages": []}, "stackshot"),
        ("210", {"panicString": "panic(cpu 1 caller 0x1): x"}, "kernel panic"),
        ("225", {"messages": []}, "bug_type 225"),
        ("309", {"usedImages": [], "threads": []}, "no stack has a frame"),
    ],
)
def test_a_report_without_stacks_is_said_to_be_what_it_is(bug_type, body, word):
    text = json.dumps({"bug_type": bug_type, "name": "Apiary"}) + "\n" + json.dumps(body, indent=2)
    with pytest.raises(ReportError, match=word):
        find_traces(text)


def test_a_log_of_json_lines_with_a_bug_type_is_a_log():
    text = '{"bug_type":"12","os_version":"1"}\n{"message":"x"}\nTypeError: x\n    at e (https://cdn.example/app.js:1:2)\n'
    assert find_traces(text).event["platform"] == "javascript"


def test_text_below_a_header_is_read_as_text(engine):
    text = '{"app_name":"Apiary","bug_type":"109","os_version":"iPhone OS 14.2 (18B92)"}\n' + report("crash.crash")
    (_, frames), *_ = stacks(engine, text)
    assert told(frames) == EXPECTED["crash"]


@pytest.mark.parametrize(
    "text", ['{"bug_type": "309"', '{"usedImages": [1, {]}', '{"bug_type":"309"}\n{"usedImages":[', '{"callStackTree":{}}']
)
def test_what_only_looks_like_a_report_is_none(text):
    with pytest.raises(TraceError):
        find_traces(text)


# ── whose frames, and what is missing ─────────────────────────────────────────────────────────────────────────────


def test_frames_of_the_bundle_are_the_apps_and_those_of_the_system_need_no_file(engine):
    event = engine.symbolicate(parse_trace(report("exception.ips")))
    frames = event["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [frame["in_app"] for frame in frames] == [False, False, True, True, True, True]
    assert [frame["data"].get("no_file") for frame in frames[:2]] == ["system", "system"]
    assert {error["artifact"].rpartition("/")[2] for error in event["errors"] if "artifact" in error} == {"Apiary"}


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/private/var/containers/Bundle/Application/0A/Apiary.app/Frameworks/Smoker.framework/Smoker", True),
        ("/private/var/containers/Bundle/Application/0A/Apiary.app/Frameworks/libswift_Concurrency.dylib", False),
        ("/Applications/Apiary.app/Contents/MacOS/Apiary", True),
        ("/opt/homebrew/bin/apiary", True),
        ("/usr/lib/swift/libswift_Concurrency.dylib", False),
        ("/private/preboot/Cryptexes/OS/usr/lib/libobjc.A.dylib", False),
        ("/Library/Developer/CoreSimulator/Volumes/iOS/RuntimeRoot/System/Library/Frameworks/UIKit.framework/UIKit", False),
        ("/Users/USER/Library/Developer/CoreSimulator/Devices/0A/data/Containers/Bundle/Application/0B/Apiary.app/Apiary", True),
        ("/Applications/Xcode.app/Contents/Developer/usr/lib/libMainThreadChecker.dylib", False),
    ],
)
def test_whose_an_image_is_its_path_says(engine, path, ours):
    text = report("crash.ips").replace(
        json.dumps(json.loads(report("crash.ips").partition("\n")[2])["usedImages"][1]["path"])[1:-1].replace("/", "\\/"), path
    )
    (_, frames), *_ = stacks(engine, text)
    assert {frame["in_app"] for frame in frames if frame.get("lineno")} == {ours}


def test_a_dsym_of_another_build_is_named_with_both_uuids_and_what_to_do(tmp_path):
    wrong = FIXTURES / "native" / "macho-fat" / "files"
    with Symbolicator(wrong, cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace(report("crash.ips")))
    (error,) = [one for one in event["errors"] if one.get("artifact", "").endswith(LIBRARY)]
    assert "is from another build than the libsmoker.dylib that crashed: it has UUID" in error["detail"]
    assert error["another_build"] is True
    assert "needed is UUID 4C4C44E9-5555-3144-A105-40F928E71F6A (arm64)" in error["detail"]
    assert "mdfind 'com_apple_xcode_dsym_uuids == 4C4C44E9-5555-3144-A105-40F928E71F6A'" in error["hint"]
    assert "Download dSYMs" in error["hint"]


def test_the_dsym_of_a_report_is_found_in_a_zip_beside_those_of_other_apps(tmp_path):
    dsym = FILES / "libsmoker.dylib.dSYM" / "Contents" / "Resources" / "DWARF" / LIBRARY
    other = FIXTURES / "native" / "macho-fat" / "files" / "App.app.dSYM" / "Contents" / "Resources" / "DWARF" / LIBRARY
    with zipfile.ZipFile(tmp_path / "dSYMs.zip", "w") as archive:
        for app, file in (
            ("Other.app", other),
            ("Smoker.framework", dsym),
            ("Third.app", FIXTURES / "native" / "macho-stripped" / "files" / LIBRARY),
        ):
            archive.write(file, f"{app}.dSYM/Contents/Resources/DWARF/{file.name}")
    with Symbolicator(tmp_path, cache_dir=False) as engine:
        (_, frames), *_ = stacks(engine, report("crash.ips"))
    assert told(frames) == EXPECTED["crash"]


def test_a_line_that_is_no_number_is_no_place():
    assert place_told("a.c", 3) == "a.c:3"
    assert [place_told("a.c", line) for line in (True, 0, -1, "3", None)] == [None] * 5
