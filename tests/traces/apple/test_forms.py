"""What reports of Apple's differ in: the form of a frame, of a heading, of a list of images; and what MetricKit and JSON may hold."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.errors import ReportError
from symbolicator.traces import find_traces
from symbolicator.traces.json_reports.located import read_object
from symbolicator.traces.lines import split_lines
from symbolicator.traces.native.apple import heading_above, read_frame

FIXTURES = Path(__file__).parents[3] / "fixtures"
REPORTS = FIXTURES / "traces" / "apple"
FILES = FIXTURES / "native" / "macho-dsym" / "files"


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(FILES, cache_dir=False) as made:
        yield made


def report(name):
    return (REPORTS / name).read_text()


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "package", "function", "offset"),
    [
        ("0   Apiary                        \t       0x104b14440 main + 24", "Apiary", "main", 24),
        ("12  My Apiary (beta)              \t       0x104b14440 0x104b14000 + 1088", "My Apiary (beta)", None, None),
        ("3   com.example.apiary            \t0x0000000104b14440 operator+(A, B) + 12", "com.example.apiary", "operator+(A, B)", 12),
        ("1   Apiary 0x0000000104b14440 -[Hive keep:for:] + 8 (Hive.m:12)", "Apiary", "-[Hive keep:for:]", 8),
        ("1   Apiary 0x0000000104b14440 Hive.keep(for:) + 8 (Hive.swift:12) [inlined]", "Apiary", "Hive.keep(for:)", 8),
        ("1   UIKitCore  0x0000000104b14440 <redacted> + 84", "UIKitCore", None, 84),
        ("1   Apiary  0x0000000104b14440 0x104b14000 + 1088 (_mh_execute_header + 1088)", "Apiary", None, None),
        ("1   UIKitCore  0x0000000104b14440 0x104b14000 + 1088 (-[UIView x] + 8)", "UIKitCore", "-[UIView x]", 8),
        ("0   ???                           \t               0x0 ???", None, None, None),
        ("0   ???                           \t0x0000000000000000 0 + 0", None, None, None),
        ("5   Apiary  0x00012345 0 + 74565", "Apiary", None, None),
    ],
)
def test_a_frame_is_read_as_each_tool_writes_it(line, package, function, offset):
    found = read_frame(line)
    assert found is not None
    assert (found.frame.get("package"), found.frame.get("function")) == (package, function)
    assert found.frame["data"].get("symbol_offset") == offset
    assert found.number == int(line.split()[0])


@pytest.mark.parametrize(
    "line", ["0 items at 0x12", "12 monkeys 0x1234 trees", "1   Apiary 0x12345678", "0  ???  0x0 callNative + 1 (index.bundle:1:2:3)"]
)
def test_what_only_looks_like_a_frame_is_none(line):
    assert read_frame(line) is None


@pytest.mark.parametrize(
    ("above", "thread"),
    [
        ("Thread 0 Crashed:", {"id": 0, "crashed": True}),
        ("Thread 0 Crashed:: Dispatch queue: com.apple.main-thread", {"id": 0, "crashed": True, "name": "com.apple.main-thread"}),
        ("Thread 0 Crashed:: main Dispatch queue: com.apple.main-thread", {"id": 0, "crashed": True, "name": "com.apple.main-thread"}),
        ("Thread 3 name:  Dispatch queue: com.example.hive\nThread 3 Crashed:", {"id": 3, "crashed": True, "name": "com.example.hive"}),
        ("Thread 12 name:   JavaScript\nThread 12:", {"id": 12, "name": "JavaScript"}),
        ("Thread 4:: com.apple.NSEventThread", {"id": 4, "name": "com.apple.NSEventThread"}),
        ("Thread 4:", {"id": 4}),
    ],
)
def test_a_heading_says_which_thread_and_its_name_or_queue(above, thread):
    lines = split_lines(f"{above}\n0   Apiary 0x0000000104b14440 main + 24\n", ())
    heading = heading_above(lines, above.count("\n") + 1)
    assert heading is not None
    assert heading.thread == thread


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("arm64  <", "arm64_32  <"),
        ("Binary Images:", "Binary Images"),
        ("<4c4c44e955553144a10540f928e71f6a>", "<4C4C44E9-5555-3144-A105-40F928E71F6A>"),
        ("<4c4c44e955553144a10540f928e71f6a>", "<4C4C44E955553144A10540F928E71F6A>"),
        ("\n", "\r\n"),
        ("\n", "\n> "),
    ],
)
def test_lists_of_images_are_read_as_they_come(engine, old, new):
    out = engine.symbolicate_text(report("crash.crash").replace(old, new))
    assert "glow (smoker.c:11)" in out
    assert out.count("smoker.c:") == 7


def test_an_address_with_a_signature_is_in_the_image_that_it_is_in_without(engine):
    # PLCrashReporter looks for the image with the signature, and finds none.
    signed = "1   ???                                 0x552d800104b14458 0x0 + 0"
    text = report("plcrashreporter.crash").replace(
        report("plcrashreporter.crash").split("Thread 1:\n")[1].split("\n\n")[0], f"0   ???   0x1 0x0 + 0\n{signed}"
    )
    assert "1   ???                                 0x552d800104b14458 smoke_depth (smoker.c:37)" in engine.symbolicate_text(text)


def test_the_name_of_an_exception_may_hold_an_apostrophe():
    said = (
        "*** Terminating app due to uncaught exception 'RCTFatalException: Can't find variable: hive', reason: 'Can't find variable: hive'"
    )

    def react(body):
        body["asi"] = {"CoreFoundation": [said]}
        body["lastExceptionBacktrace"] = body["threads"][0]["frames"]

    value = parse_trace(ips(react))["exception"]["values"][-1]
    assert (value["type"], value["value"]) == ("RCTFatalException", "Can't find variable: hive")


def test_what_appkit_says_of_an_exception_is_its_message():
    text = report("appkit.crash").replace(
        "*** Terminating app due to uncaught exception 'NSRangeException', reason: ", "Crashing on exception: "
    )
    (value,) = parse_trace(text)["exception"]["values"]
    assert (value["type"], value["value"][:4]) == ("NSException", "'***")


def test_two_reports_in_one_text_are_two(engine):
    event = engine.symbolicate(parse_trace(report("exception.crash") + report("crash.crash")))
    values = event["exception"]["values"]
    assert [value["type"] for value in values] == ["NSRangeException", "EXC_BAD_ACCESS"]
    assert [frame.get("function") for frame in values[1]["stacktrace"]["frames"]][-2:] == ["smoke_depth", "glow"]


def test_lines_that_are_symbolicated_already_stay(engine):
    line = "0   libsmoker.dylib               \t       0x104b14440 glow + 0 (smoker.c:99)"
    text = report("crash.crash").replace(next(one for one in report("crash.crash").splitlines() if one.startswith("0   libsmoker")), line)
    out = engine.symbolicate_text(text)
    assert line in out
    assert "smoke_depth (smoker.c:37)" in out


def test_what_a_library_left_to_be_said_is_in_the_value():
    said = "Application Specific Information:\nSwift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range\nabort() called\n\nKernel Triage:"
    text = report("crash.crash").replace("Kernel Triage:", said)
    (value,) = parse_trace(text)["exception"]["values"]
    assert value["value"].splitlines() == [
        "SIGSEGV, KERN_INVALID_ADDRESS at 0x0000000000000010",
        "Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range",
    ]


# ── .ips ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ips(change):
    head, _, rest = report("crash.ips").partition("\n")
    body = json.loads(rest)
    change(body)
    return f"{head}\n{json.dumps(body)}"


def lines_of(engine, text):
    event = engine.symbolicate(parse_trace(text))
    return [frame.get("lineno") for frame in event["exception"]["values"][-1]["stacktrace"]["frames"][::-1]]


LINES = [11, 36, 37, 44, 57, 61, None, None]


def _as_lists(body):
    used = body["usedImages"]
    body["usedImages"] = [[one["uuid"], one["base"], "P"] for one in used]
    body["legacyInfo"] = {"imageExtraInfo": [{key: one[key] for key in ("name", "path", "size", "arch") if key in one} for one in used]}


def _without(*names):
    def change(body):
        for image in body["usedImages"]:
            for name in names:
                image.pop(name, None)

    return change


def _signed(body):
    body["usedImages"][1]["base"] += 0  # the pointer itself carries the signature
    for frame in body["threads"][0]["frames"][1:4]:
        frame["imageOffset"] += 0x552D_8000_0000_0000


@pytest.mark.parametrize(
    "change", [lambda body: None, _as_lists, _without("size"), _without("name"), _without("arch"), _without("base"), _signed]
)
def test_images_may_lack_what_they_lack(engine, change):
    assert lines_of(engine, ips(change)) == LINES


def test_an_image_without_anything_keeps_its_place(engine):
    def first(body):
        body["usedImages"].insert(0, {"size": 0, "source": "A", "base": 0, "uuid": "00000000-0000-0000-0000-000000000000"})
        for thread in body["threads"]:
            for frame in thread["frames"]:
                frame["imageIndex"] += 1

    assert lines_of(engine, ips(first)) == LINES


def test_the_frame_below_a_signals_trampoline_was_interrupted():
    def trampoline(body):
        body["threads"][0]["frames"].insert(0, {"imageOffset": 0x4, "symbol": "_sigtramp", "symbolLocation": 52, "imageIndex": 3})

    event = parse_trace(ips(trampoline))
    frames = event["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [frame["adjust_instruction_addr"] for frame in frames[:4]] == [False, False, True, True]


def test_what_escapes_of_json_stand_for_does_not_act_on_a_terminal():
    def hostile(body):
        body["procName"] = body["usedImages"][1]["name"] = "Api\x1b[31mary\x07"
        del body["threads"][0]["triggered"]

    traces = find_traces(ips(hostile))
    plain = traces.plain(traces.event)
    assert "\x1b" not in plain
    assert "\x07" not in plain
    assert "Thread 0 Crashed:" in plain


def test_a_report_that_was_cut_off_is_said_to_be():
    with pytest.raises(ReportError, match="truncated"):
        find_traces(report("crash.ips")[:3000])


def test_javascripts_stack_in_the_reason_is_a_stack_of_the_event():
    def react(body):
        said = "Unhandled JS Exception: Error: ostend, stack:\nlift@1:234\nadmit@1:345\n"
        body["asi"] = {
            "CoreFoundation": [f"*** Terminating app due to uncaught exception 'RCTFatalException: {said[:40]}', reason: '{said}'"]
        }
        body["lastExceptionBacktrace"] = body["threads"][0]["frames"]

    event = parse_trace(ips(react))
    first, last = event["exception"]["values"]
    assert [frame["function"] for frame in first["stacktrace"]["frames"]] == ["admit", "lift"]
    assert last["type"] == "RCTFatalException"


# ── MetricKit ─────────────────────────────────────────────────────────────────────────────────────────────────────


def metrickit(change):
    payload = json.loads(report("crash.metrickit.json"))
    waiting = [one for stack in payload["crashDiagnostics"][0]["callStackTree"]["callStacks"] for one in stack["callStackRootFrames"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("subFrames", [])
        change(node)
    return json.dumps(payload)


def _loaded_at(node):
    node["offsetIntoBinaryTextSegment"] = node["address"] - node["offsetIntoBinaryTextSegment"]


def _without_address(node):
    del node["address"]


def _small(node):
    node["address"] = 74


@pytest.mark.parametrize("change", [lambda node: None, _loaded_at, _without_address, _small])
def test_the_offset_is_one_or_the_place_where_the_binary_was_loaded(engine, change):
    assert lines_of(engine, metrickit(change))[:6] == LINES[:6]


def test_newer_systems_name_binaries_beside_the_tree(engine):
    payload = json.loads(report("crash.metrickit.json"))
    tree = payload["crashDiagnostics"][0]["callStackTree"]
    names = {}

    def renamed(node):
        names[node["binaryUUID"]] = node.pop("binaryName", None) if "binaryUUID" in node else None
        for one in node.get("subFrames", []):
            if "binaryUUID" in one:
                renamed(one)

    stacks = [{"threadAttributed": one["threadAttributed"], "rootFrames": one["callStackRootFrames"]} for one in tree.pop("callStacks")]
    for stack in stacks:
        renamed(stack["rootFrames"][0])
    tree |= {"callStackThreads": stacks, "binaryInfo": [{"uuid": uuid, "name": name} for uuid, name in names.items()]}
    text = json.dumps(payload)
    assert lines_of(engine, text)[:6] == LINES[:6]
    assert parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"][-1]["package"] == "libsmoker.dylib"


def test_a_hang_is_no_crash_and_its_text_lists_every_binary(engine):
    traces = find_traces(report("hang.metrickit.json"))
    assert "crashed" not in traces.event["threads"]["values"][0]
    plain = traces.plain(engine.symbolicate(traces.event))
    assert "Thread 0:\n5   dyld" in plain
    assert "libsmoker.dylib <4c4c44e955553144a10540f928e71f6a>" in plain


def test_a_deep_stack_is_read_and_written(engine):
    node = json.loads(report("crash.metrickit.json"))["crashDiagnostics"][0]["callStackTree"]["callStacks"][0]["callStackRootFrames"][0]
    node.pop("subFrames")
    one = json.dumps(node)[:-1]
    text = '{"callStackTree":{"callStackPerThread":true,"callStacks":[{"threadAttributed":true,"callStackRootFrames":['
    text += (one + ',"subFrames":[') * 4000 + one + "}" + "]}" * 4000 + "]}]}}"
    out = engine.symbolicate_text(text)
    assert out.count('"symbolName":"smoke_depth"') == 4001
    document = read_object(out, 0)
    assert document is not None
    assert document.end == len(out)


# ── JSON with places ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"a":[]}',
        ' {"a" : [ {"b":1}, "\\u00e9\\n", -1.5e3, true ,null,[[]] ] , "c":{}}',
        '{"a":1,"a":{"b":2}}',
        '{"":"\\"}"}',
        '{"a":[1,{"b":[{}]}]}',
    ],
)
def test_objects_are_read_as_others_read_them_and_know_where_they_stand(text):
    found = read_object(text, 0)
    assert found == json.loads(text)
    assert json.loads(text[found.start : found.end]) == found
    for name, (start, end) in found.values_at.items():
        assert json.loads(text[start:end]) == found[name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        '{"a":[1,]}',
        '{"a":[}',
        '{"a":1]',
        "{,}",
        '{"a":"',
        '{"a":tru}',
        '{"a":1 "b":2}',
        "{a:1}",
        '{"a":[' * 5000,
    ],
)
def test_what_is_no_object_is_none(text):
    assert read_object(text, 0) is None
