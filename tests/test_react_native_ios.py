"""Crashes of React Native on iOS: one stack where JavaScript and native code called each other, else both, and why."""

import copy
import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.model import Frame
from symbolicator.rendering import render
from symbolicator.transformers.bundle_names import bundle_names
from symbolicator.transformers.seams import Role, find_seams, other_queue, role
from tests.test_react_native_fixtures import assert_in_order, stacks

CASE = Path(__file__).parent.parent / "fixtures" / "react-native" / "harbour-ios"
EVENTS = {file.stem: json.loads(file.read_text()) for file in sorted((CASE / "events").glob("*.json"))}
ONE = [name for name, case in EVENTS.items() if "one" in case["expected"]]
APART = [name for name in EVENTS if name not in ONE]


@pytest.fixture(scope="module")
def engine():
    with Symbolicator([str(CASE / "files")], cache_dir=False, strict=True) as made:
        yield made


def own(frames):
    """What somebody wrote among frames, callee first: neither the system's nor the bundler's."""
    return [frame for frame in frames[::-1] if frame.get("lineno") and frame.get("in_app") is not False]


def bare(want):
    return [{**one, "function": short(one["function"])} for one in want]


def short(name):
    if name.startswith("-["):
        return name
    return name.replace("(anonymous namespace)", "").partition("(")[0].rpartition("::")[2]


@pytest.mark.parametrize("name", ONE)
def test_native_code_that_javascript_called_is_one_stack_with_it_in_call_order(name, engine):
    out = engine.symbolicate(EVENTS[name]["event"])
    assert "missing_seam" not in {error["type"] for error in out.get("errors", ())}
    (woven,) = [owner for owner in stacks(out) if "woven" in owner["stacktrace"]]
    assert_in_order_of_own(EVENTS[name]["expected"]["one"], woven["stacktrace"]["frames"])
    # The exception's own stack is the native half, and not that of the thread that died in `abort`.
    assert woven in out["exception"]["values"] or woven.get("source", "").endswith("jsStack")
    assert not any("abort" in str(frame.get("function")) for frame in woven["stacktrace"]["frames"]) or name == "engine-died"


def assert_in_order_of_own(want, frames):
    have = [frame for frame in frames[::-1] if frame["platform"] == "javascript" or frame.get("lineno")]
    assert_in_order(bare(want), have)


@pytest.mark.parametrize("name", APART)
def test_where_javascript_ran_on_another_queue_both_stacks_stay_whole_and_the_native_one_says_why(name, engine):
    case = EVENTS[name]
    out = engine.symbolicate(case["event"])
    assert "missing_seam" not in {error["type"] for error in out.get("errors", ())}
    script, native = out["exception"]["values"]
    assert [frame["function"] for frame in own(native["stacktrace"]["frames"])]
    assert_in_order_of_own(case["expected"]["native"], native["stacktrace"]["frames"])
    assert_in_order(case["expected"]["javascript"], script["stacktrace"]["frames"][::-1])
    assert (script["type"], script["value"]) == ("Error", "Ostend opens for 8")
    assert "another queue" in native["stacktrace"]["apart"]
    assert native["stacktrace"]["apart"] in render(out)


@pytest.mark.parametrize("name", EVENTS)
def test_symbolicating_again_changes_nothing(name, engine):
    event = EVENTS[name]["event"]
    before = copy.deepcopy(event)
    once = engine.symbolicate(event)
    assert event == before
    assert engine.symbolicate(json.loads(json.dumps(once))) == once


@pytest.mark.parametrize("name", EVENTS)
def test_the_report_of_the_same_crash_has_the_same_lines(name, engine):
    text = (CASE / "reports" / f"{name}.crash").read_text()
    out = engine.symbolicate_text(text)
    (native,) = [value for value in engine.symbolicate(EVENTS[name]["event"])["exception"]["values"] if value.get("raw_stacktrace")][-1:]
    places = [f"({frame['filename']}:{frame['lineno']})" for frame in own(native["stacktrace"]["frames"]) if frame["platform"] == "native"]
    changed = [new for old, new in zip(text.splitlines(), out.splitlines(), strict=True) if old != new and "\t" in new]
    at = 0
    for place in places:
        at = next(i + 1 for i in range(at, len(changed)) if changed[i].endswith(place))


@pytest.mark.parametrize("form", ["crash", "ips"])
def test_an_error_in_a_report_s_reason_is_the_cause_of_what_the_app_was_ended_for(form, engine):
    text = (CASE / "reports" / f"reported.{form}").read_text()
    out = engine.symbolicate_text(text).replace("\\n", "\n")
    assert "\ncallNative@/srv/harbour/src/gate.js:4:13\nHarbour.admit@/srv/harbour/src/harbour.js:24:12\n" in out
    error, fatal = engine.symbolicate(parse_trace(text))["exception"]["values"]
    assert (error["type"], error["value"], error["mechanism"]["source"]) == ("Error", "Ostend opens for 8", "reason")
    assert error["mechanism"]["parent_id"] == fatal["mechanism"]["exception_id"]
    assert (fatal["type"], fatal["value"].partition(", stack:")[0]) == (
        "RCTFatalException",
        "Unhandled JS Exception: Error: Ostend opens for 8",
    )
    assert "another queue" in fatal["stacktrace"]["apart"]
    assert_in_order(EVENTS["reported"]["expected"]["javascript"], error["stacktrace"]["frames"][::-1])


@pytest.mark.parametrize("name", EVENTS)
def test_both_forms_of_a_report_say_the_same_frames(name, engine):
    told = []
    for form in ("crash", "ips"):
        event = engine.symbolicate(parse_trace((CASE / "reports" / f"{name}.{form}").read_text()))
        frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
        told.append([(frame.get("function"), frame.get("lineno"), frame.get("in_app")) for frame in frames])
    assert told[0] == told[1]


def test_two_reports_in_a_log_keep_their_causes_apart(engine):
    text = (CASE / "reports" / "reported.crash").read_text()
    values = parse_trace(text + "\n" + text)["exception"]["values"]
    assert [(value["type"], value["mechanism"].get("parent_id")) for value in values] == [
        ("Error", values[1]["mechanism"]["exception_id"]),
        ("RCTFatalException", None),
        ("Error", values[3]["mechanism"]["exception_id"]),
        ("RCTFatalException", None),
    ]


def test_an_error_in_a_message_is_made_one_of_its_own_once_and_only_where_it_has_frames(engine):
    value = {"type": "RCTFatalException", "value": "Unhandled JS Exception: Error: x, stack:\ncallNative@1:3651\n"}
    out = engine.symbolicate({"platform": "cocoa", "exception": {"values": [value]}})
    error, fatal = out["exception"]["values"]
    assert (error["type"], error["value"], error["mechanism"]["source"]) == ("Error", "x", "reason")
    assert (error["stacktrace"]["frames"][0]["filename"].rpartition("/")[2], fatal["value"]) == ("gate.js", value["value"])
    assert engine.symbolicate(out) == out
    nothing = {"type": "E", "value": "we took the call off, stack: two plates"}
    assert engine.symbolicate({"platform": "cocoa", "exception": {"values": [nothing]}})["exception"]["values"] == [nothing]


# ── seams and names ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "package", "expected"),
    [
        ("__exceptionPreprocess", "CoreFoundation", Role.SYSTEM),
        ("objc_exception_throw", "libobjc.A.dylib", Role.SYSTEM),
        ("-[NSInvocation invoke]", "CoreFoundation", Role.GLUE),
        ("__invoking___", "CoreFoundation", Role.GLUE),
        ("_dispatch_client_callout", "libdispatch.dylib", Role.SYSTEM),
        ("-[Gate shut:]", "Harbour", Role.HOST),
        ("-[JSValue callWithArguments:]", "JavaScriptCore", Role.RUNS),
        ("_sh_ljs_call", "hermesvm", Role.RUNS),
        ("facebook::hermes::(anonymous namespace)::HermesRuntimeImpl::call(facebook::jsi::Function const&)", "Harbour", Role.RUNS),
    ],
)
def test_machinery_of_objective_c_is_nobody_s_own_code(name, package, expected):
    assert role(Frame(platform="native", function=name, package=package), "javascript") is expected


def frames(*names):
    return [Frame(platform="native", function=name) for name in names]


def test_an_exception_thrown_right_below_the_engine_is_not_what_javascript_called():
    died = frames(
        "main", "facebook::jsi::Function::call", "hermes::vm::Interpreter::run", "hermes::vm::HiddenClass::find", "objc_exception_throw"
    )
    (seam,) = find_seams(died, "javascript")
    assert (seam.start, seam.stop) == (1, 3)  # what the engine died in stays


def test_making_an_error_of_an_exception_is_not_running_javascript():
    made = (
        "facebook::react::convertNSExceptionToJSError",
        "facebook::jsi::Function::callAsConstructor",
        "hermes::vm::Callable::executeCall",
    )
    assert find_seams(frames("start_wqthread", "performVoidMethodInvocation", *made), "javascript") == []
    below = ("facebook::jsi::Function::call", "hermes::vm::Interpreter::run", "app::Module::get")
    (seam,) = find_seams(frames("main", *below, *made), "javascript")  # a method that JavaScript waits for: it runs below
    assert (seam.start, seam.stop) == (1, 3)


def test_only_react_native_s_own_hand_over_says_that_no_seam_can_be():
    assert other_queue(frames("start", "-[RCTExceptionsManager reportFatal:stack:exceptionId:]", "RCTFatal")) is not None
    assert other_queue(frames("start", "facebook::react::ObjCTurboModule::performVoidMethodInvocation(…)::$_1::operator()()")) is not None
    assert other_queue(frames("main", "app::gate", "abort")) is None


@pytest.mark.parametrize(
    "url",
    [
        "/private/var/containers/Bundle/Application/0A1B/Harbour.app/main.jsbundle",
        "/var/mobile/Containers/Data/Application/0A1B/Library/Application Support/CodePush/17f9db/CodePush/main.jsbundle",
        "file:///var/mobile/Containers/Data/Application/0A1B/Library/Application%20Support/.expo-internal/4f2c9aa17bd0",
        "/private/var/containers/Bundle/Application/0A1B/Harbour.app/EXUpdates.bundle/app.bundle",
        "/var/mobile/Containers/Data/Application/0A1B/Library/Caches/ExponentExperienceData/harbour/4f2c9aa17bd0",
        "/Users/x/Library/Caches/host.exp.exponent/4f2c9aa17bd0",
        "https://d1wp6m56sqw74a.cloudfront.net/%40harbour%2Fapp%2F1.0.0%2F6d061333ad1a49ace5de400a076fa40a-39.0.0-ios.js",
        "https://assets.eascdn.net/4f2c9aa17bd0",
        "assets/index.ios.bundle",
        "app:///main.jsbundle",
        "http://localhost:8081/index.bundle//&platform=ios&dev=false",
    ],
)
def test_each_name_of_the_bundle_on_ios_is_that_bundle(url, engine):
    assert "main.jsbundle" in bundle_names(url)
    frame = {"function": "callNative", "abs_path": url, "lineno": 1, "colno": 3652}
    (out,) = engine.symbolicate({"platform": "javascript", "frames": [frame]})["frames"]
    assert (out["filename"].rpartition("/")[2], out["lineno"], out["function"]) == ("gate.js", 4, "callNative")


def test_android_s_bundle_is_not_taken_for_it(engine):
    frame = {"abs_path": "/data/user/0/harbour.app/files/CodePush/4f2c9a/CodePush/index.android.bundle", "lineno": 1, "colno": 3652}
    (out,) = engine.symbolicate({"platform": "javascript", "frames": [frame]})["frames"]
    assert out["data"]["symbolicator_status"] == "missing"


def test_native_stack_ios_of_an_error_is_woven_as_its_cause(engine):
    case = EVENTS["sync-method"]
    native = case["event"]["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    lines = [f"{at}   {one['package']}   {one['instruction_addr']} {one.get('function', '0x0')} + 0" for at, one in enumerate(native)]
    error = {"type": "Error", "value": "x", "mechanism": {"data": {"nativeStackIOS": lines}}}
    error["stacktrace"] = EVENTS["void-method"]["event"]["exception"]["values"][0]["stacktrace"]
    event = {"platform": "javascript", "exception": {"values": [error]}, "debug_meta": case["event"]["debug_meta"]}
    out = engine.symbolicate(event)
    (woven,) = [owner for owner in stacks(out) if "woven" in owner["stacktrace"]]
    assert_in_order_of_own(case["expected"]["one"], woven["stacktrace"]["frames"])


# ── what others' reports of such crashes look like ────────────────────────────────────────────────────────────────

IMAGE = EVENTS["sync-method"]["event"]["debug_meta"]["images"][0]
UUID = IMAGE["debug_id"].replace("-", "").lower()


def as_crashlytics_lists_it(name, uuid=UUID):
    """The native half of a crash as Crashlytics' console shows it where the dSYM was not uploaded."""
    frames = EVENTS[name]["event"]["exception"]["values"][-1]["stacktrace"]["frames"][::-1]
    for number, frame in enumerate(frames):
        offset = int(frame["instruction_addr"], 16) - int(IMAGE["image_addr"], 16)
        behind = f"{offset:#x} (Missing UUID {uuid})" if frame["package"] == "Harbour" else f"0x11a0c0 {frame['function']} + 12"
        yield f"{number:<3}{frame['package']:<30} {behind}"


def test_frames_that_crashlytics_has_no_dsym_for_are_found_by_the_uuid_it_says(engine):
    # firebase/firebase-ios-sdk#11623, #16465
    listed = list(as_crashlytics_lists_it("sync-method"))
    text = "Fatal Exception: NSInvalidArgumentException\n" + "\n".join(listed) + "\n"
    out = engine.symbolicate_text(text)
    lines = out.splitlines()[1:]
    assert [new for old, new in zip(listed, lines, strict=True) if "Missing" not in old] == [old for old in listed if "Missing" not in old]
    assert "Missing" not in out
    assert lines[2].endswith("-[Gate shut:] (ios.mm:22)")
    assert engine.symbolicate_text(out) == out
    other = text.replace(UUID, "ab" * 16)
    assert engine.symbolicate_text(other) == other


def test_a_javascript_error_in_crashlytics_fatal_exception_is_its_cause(engine):
    # kit2o's report in revopush/react-native-code-push#30, with an error of JavaScript's in its reason
    text = "\n".join(
        [
            "Fatal Exception: RCTFatalException: Unhandled JS Exception: Error: x, stack:",
            "callNative@1:3651",
            "value@1:2553",
            "",
            *list(as_crashlytics_lists_it("reported")),
        ]
    )
    error, fatal = engine.symbolicate(parse_trace(text))["exception"]["values"]
    assert (error["type"], error["value"], fatal["type"], fatal["value"]) == (
        "Error",
        "x",
        "RCTFatalException",
        "Unhandled JS Exception: Error: x",
    )
    assert [frame["function"] for frame in error["stacktrace"]["frames"]] == ["Harbour.admit", "callNative"]
    assert fatal["stacktrace"]["apart"]


def test_an_unsymbolicated_exception_in_the_console_is_tied_to_the_error_in_its_reason(engine):
    said = "Unhandled JS Exception: Error: x"
    text = "\n".join(
        [
            f"2026-11-22 18:00:03.123+0100 Harbour[4711:9] *** Terminating app due to uncaught exception 'RCTFatalException: {said}', reason: '{said}, stack:",
            "callNative@1:3651",
            "'",
            "*** First throw call stack:",
            "(",
            "\t0   CoreFoundation                      0x00000001804ae0f8 __exceptionPreprocess + 172",
            "\t1   Harbour                             0x0000000204b18038 RCTFatal + 660",
            ")",
        ]
    )
    error, fatal = engine.symbolicate(parse_trace(text))["exception"]["values"]
    assert (error["mechanism"]["source"], fatal["type"]) == ("reason", "RCTFatalException")
    assert "another queue" in fatal["stacktrace"]["apart"]


def test_an_old_report_s_names_of_the_hand_over_are_known():
    # react/react-native#23196 and #54859: partly symbolicated by hand, and by iOS 26
    names = "-[RCTModuleMethod invokeWithBridge:module:arguments:]", "facebook::react::invokeInner+ 25552752 (RCTBridge*, RCTModuleData*)"
    assert other_queue(frames("_dispatch_call_block_and_release", *names)) is not None
    lambda_ = (
        "std::__1::__function::__func<facebook::react::ObjCTurboModule::performVoidMethodInvocation(facebook::jsi::Runtime&)::$_1, void ()>"
    )
    assert other_queue(frames("start_wqthread", f"{lambda_}::operator()()")) is not None
