"""React Native: which frame is whose, what bundles are called, and what is woven where."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator.model import Frame, Status
from symbolicator.transformers.seams import Seam, find_seams
from tests.counting import assert_in_proportion

FILES = Path(__file__).parents[2] / "fixtures" / "react-native" / "harbour" / "files"


@pytest.fixture(scope="module")
def engine():
    with Symbolicator([str(FILES)], cache_dir=False, strict=True) as made:
        yield made


def native(*names, package=None):
    """Native frames, outermost first, as an event has them that was symbolicated on the device."""
    return [{"platform": "native", "function": name, **({"package": package} if package else {})} for name in names]


def script(*names):
    return [
        {
            "platform": "javascript",
            "function": name,
            "abs_path": "native" if name == "apply" else "app:///x.bundle",
            "lineno": 1,
            "colno": 1,
        }
        for name in names
    ]


def java(*names):
    return [{"platform": "java", "module": name.rpartition(".")[0], "function": name.rpartition(".")[2]} for name in names]


HERMES = (
    "facebook::jsi::Function::call",
    "facebook::hermes::HermesRuntimeImpl::call",
    "hermes::vm::Runtime::interpretFunctionImpl",
    "hermes::vm::Interpreter::interpretFunction",
    "hermes::vm::NativeFunction::_nativeCall",
    "facebook::hermes::HermesRuntimeImpl::HFContext::func",
)


def names(stack):
    """The functions of a written stack, outermost first."""
    return [frame.get("function") for frame in stack["frames"]]


def exceptions(*stacks, **more):
    """An event of exceptions, the last one what it is about."""
    return {"exception": {"values": [{"type": f"E{i}", "stacktrace": {"frames": frames}} for i, frames in enumerate(stacks)]}, **more}


# ── whose a frame is ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("frame", "platform"),
    [
        ({"instruction_addr": "0x1000"}, "native"),
        ({"function": "f", "filename": "index.android.bundle", "lineno": 1, "colno": 2}, "javascript"),
        ({"function": "f", "filename": "12.js", "lineno": 1, "colno": 2}, "javascript"),
        ({"function": "map", "filename": "native"}, "javascript"),
        # A development server's URL has its parameters after `//&`.
        ({"function": "f", "abs_path": "http://h:8081/index.bundle//&platform=ios", "lineno": 1, "colno": 2}, "javascript"),
        ({"function": "a", "module": "a.b.c", "filename": "SourceFile", "lineno": 3}, "java"),
        ({"function": "run", "module": "Main", "filename": "Main.kt", "lineno": 3}, "java"),
        # No file: the class is written as Java writes them.
        ({"function": "onClick", "module": "harbour.app.Main$1"}, "java"),
        ({"function": "f", "module": "src/cart"}, None),
    ],
)
def test_each_frame_of_a_mixed_stack_gets_the_platform_that_it_shows(engine, frame, platform):
    others = [{"instruction_addr": "0x10"}, {"function": "g", "filename": "app.js", "lineno": 1, "colno": 1}]
    out = engine.symbolicate({"frames": [*others, frame]})
    assert [each.get("platform") for each in out["frames"]] == ["native", "javascript", platform]


def test_a_stack_of_one_language_is_left_as_it_is(engine):
    out = engine.symbolicate({"platform": "javascript", "frames": [{"function": "f", "filename": "app.js", "lineno": 1, "colno": 1}] * 2})
    assert not any("platform" in frame for frame in out["frames"])


def test_a_script_that_rhino_compiled_to_a_class_is_java_s(engine):
    frames = [{"module": "org.mozilla.gen.app_js_1", "function": "_c_f", "filename": "app.js", "lineno": 3}, {"instruction_addr": "0x1"}]
    assert engine.symbolicate({"platform": "java", "frames": frames})["frames"][0].get("platform") == "java"


def test_frames_of_another_platform_are_not_looked_at(engine):
    frames = [{"module": "a.b", "function": "f", "filename": "gen.js"}, {"module": "a.b", "function": "f", "filename": "x.py"}]
    assert not any("platform" in frame for frame in engine.symbolicate({"platform": "python", "frames": frames})["frames"])


@pytest.mark.parametrize(
    "url",
    [
        "/data/user/0/harbour.app/files/CodePush/4f2c9a/CodePush/index.android.bundle",
        "codepush://index.android.bundle",
        "assets://index.android.bundle",
        "/data/user/0/host.exp.exponent/files/.expo-internal/4f2c9aa17bd0",
        "/data/data/harbour.app/files/.expo-internal/bundle-61c1e2f4f1ba9a0bbea9f18ff0e2a7e6",
        "http://10.0.2.2:8081/index.bundle?platform=android&dev=false",
        "http://10.0.2.2:8081/index.bundle//&platform=android&dev=false&app=harbour",
    ],
)
def test_a_bundle_is_found_under_the_name_that_the_build_gave_it(engine, url):
    frame = {"function": "callNative", "abs_path": url, "lineno": 1, "colno": 3652}
    (out,) = engine.symbolicate({"platform": "javascript", "frames": [frame]})["frames"]
    assert (out["filename"].rpartition("/")[2], out["lineno"], out["function"]) == ("gate.js", 4, "callNative")


def test_frames_without_a_place_among_crashlytics_own_are_passed_over(engine):
    # react/metro#966, #1021: `[native code]:0:0` and the like make metro-symbolicate give up.
    head = "Non-fatal Exception: io.invertase.firebase.crashlytics.a: Rendered fewer hooks than expected.\n"
    tail = "       at .map([native code]:0:0)\n       at .apply(native)\n"
    out = engine.symbolicate_text(
        f"{head}       at .<unknown>(ErrorBoundary)\n       at .callNative(address at index.android.bundle:1:3651)\n{tail}"
    )
    assert out == f"{head}       at .<unknown>(ErrorBoundary)\n       at callNative (/srv/harbour/src/gate.js:4:13)\n{tail}"
    # facebook/hermes#276: a stack alone, with nothing around it
    assert engine.symbolicate_text("callNative@1:3651\n    global@1:3651\n").startswith("callNative@/srv/harbour/src/gate.js:4:13\n")


def test_a_frame_in_crashlytics_form_for_ios_comes_back_where_it_stood(engine):
    lines = "0  ???                            0x0 <unknown> (Ostend opens for 8)\n1  ???                            0x0 {}\n"
    text = "Non-fatal Exception: JavaScriptError\n" + lines
    # The composed map has one line: the column is an offset into bytecode.
    out = engine.symbolicate_text(text.format("callNative + 1 (index.android.bundle:1:3651:1)"))
    assert out == text.format("callNative (/srv/harbour/src/gate.js:4:13)")
    elsewhere = text.format("f + 7 (other.jsbundle:7:3651:7)")
    assert engine.symbolicate_text(elsewhere) == elsewhere


@pytest.mark.parametrize(
    "url",
    ["/var/containers/Bundle/Application/1/Harbour.app/main.jsbundle", "https://cdn.example/app.js", "http://h/index.bundle?platform=ios"],
)
def test_an_ios_bundle_and_other_scripts_are_not_taken_for_the_android_one(engine, url):
    (out,) = engine.symbolicate({"platform": "javascript", "frames": [{"abs_path": url, "lineno": 1, "colno": 3652}]})["frames"]
    assert out["data"]["symbolicator_status"] == "missing"


# ── seams ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def seams(*functions, guest="javascript", package=None):
    return find_seams([Frame(platform="native", function=name, package=package) for name in functions], guest)


@pytest.mark.parametrize(
    "run",
    [
        HERMES,
        # Standard-library glue between the engine's frames is part of the seam.
        (*HERMES[:5], "std::function<int (int)>::operator()", *HERMES[5:]),
        (
            "JSObjectCallAsFunction",
            "JSC::Interpreter::executeCall",
            "vmEntryToJavaScript",
            "llint_op_call",
            "JSC::APICallbackFunction::call",
        ),
        (
            "v8::Function::Call",
            "v8::internal::Execution::Call",
            "v8::internal::(anonymous namespace)::Invoke",
            "Builtins_JSEntry",
            "v8::internal::Builtin_HandleApiCall",
        ),
        ("facebook::jsi::Function::callWithThis",),
    ],
)
def test_an_engine_s_frames_are_a_seam_from_its_call_to_its_call_out(run):
    assert seams("main", "queue", *run, "app::gate", "app::lift") == [Seam(2, 2 + len(run))]


def test_an_engine_that_died_itself_keeps_the_frames_inside_its_interpreter():
    assert seams("main", *HERMES[:4], "hermes::vm::HadesGC::evacuate", "abort", "raise") == [Seam(1, 5)]
    assert seams("main", *HERMES[:4]) == [Seam(1, 4)]  # it crashed in the interpreter: that frame stays


def test_frames_of_the_engine_that_run_nothing_are_no_seam():
    assert seams("main", "hermes::vm::Runtime::create", "app::gate") == []
    assert seams("main", "std::function<int ()>::operator()", "app::gate") == []


def test_a_library_without_symbols_is_a_seam_where_something_else_was_called_from_it():
    frames = [
        Frame(platform="native", package=f"/data/app/lib/arm64/{name}")
        for name in ("libapp.so", "libhermes.so", "libhermes.so", "libapp.so")
    ]
    assert find_seams(frames, "javascript") == [Seam(1, 3)]
    assert find_seams(frames[:3], "javascript") == []  # it died in there, and nothing shows where it ran JavaScript


def test_code_that_was_compiled_at_run_time_and_lies_in_no_image_is_part_of_the_seam_around_it():
    """As node's stacks are: between the interpreter's trampolines stand frames of no image."""
    functions = ("main", "v8::Function::Call", "Builtins_InterpreterEntryTrampoline", None, None, "Builtins_CEntry", "app::lift")
    frames = [Frame(platform="native", function=name, status=Status.SYMBOLICATED if name else Status.UNKNOWN_IMAGE) for name in functions]
    assert find_seams(frames, "javascript") == [Seam(1, 6)]
    assert find_seams(frames[:5], "javascript") == [Seam(1, 3)]  # it crashed there: those frames stay


def test_java_ran_where_art_s_frames_or_a_native_method_show_it():
    assert seams("main", "art::ArtMethod::Invoke", "art_quick_invoke_stub", "Java_app_Gate_lift", "app::lift", guest="java") == [Seam(1, 3)]
    assert seams("main", "Java_app_Gate_lift", "app::lift", guest="java") == [Seam(1, 1)]


# ── weaving ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_javascript_takes_the_engine_s_place_in_a_stack_that_holds_both(engine):
    frames = [*native("main", *HERMES, "app::lift"), *script("global", "f")]
    out = engine.symbolicate({"stacktrace": {"frames": frames}})["stacktrace"]
    assert names(out) == ["main", "global", "f", "app::lift"]
    assert out["frames"][1]["data"]["folded"]["raw_index"] == [1, 2, 3, 4, 5, 6]
    assert [frame["data"]["raw_index"] for frame in out["frames"]] == [0, 8, 9, 7]


def test_a_stack_in_call_order_stays_so(engine):
    frames = [*java("a.Main.main", "a.Main.run"), *script("global", "f")]
    out = engine.symbolicate({"stacktrace": {"frames": frames}})
    assert names(out["stacktrace"]) == ["main", "run", "global", "f"]
    assert "missing_seam" not in {error["type"] for error in out.get("errors", ())}


def test_parts_of_javascript_stand_each_at_its_own_seam(engine):
    event = exceptions(native("main", *HERMES, "app::apply", *HERMES, "app::lift"), script("global", "apply", "f", "g"))
    woven = engine.symbolicate(event)["exception"]["values"][1]["stacktrace"]
    assert names(woven) == ["main", "global", "apply", "app::apply", "f", "g", "app::lift"]


def test_of_several_calls_out_the_one_with_the_host_s_name_divides_the_parts(engine):
    frames = script("global", "apply", "sort", "apply", "f")
    frames[3] |= {"function": "Gate.admit"}
    event = exceptions(native("main", *HERMES, "app::Gate::admit", *HERMES, "app::lift"), frames)
    woven = engine.symbolicate(event)["exception"]["values"][1]["stacktrace"]
    assert names(woven) == ["main", "global", "apply", "sort", "Gate.admit", "app::Gate::admit", "f", "app::lift"]


def test_two_seams_that_cannot_be_told_apart_leave_the_stacks_as_they_are_and_say_so(engine):
    event = exceptions(native("main", *HERMES, "app::apply", *HERMES, "app::lift"), script("global", "f", "g"))
    out = engine.symbolicate(event)
    assert [names(value["stacktrace"]) for value in out["exception"]["values"]] == [
        ["main", *HERMES, "app::apply", *HERMES, "app::lift"],
        ["global", "f", "g"],
    ]
    (problem,) = [error for error in out["errors"] if error["type"] == "missing_seam"]
    assert "2 times" in problem["detail"]


def test_what_a_second_exception_was_thrown_for_is_not_woven_into_it(engine):
    """Two errors that say they have nothing to do with each other."""
    event = exceptions(native("main", *HERMES, "app::lift"), script("global", "f"))
    for number, value in enumerate(event["exception"]["values"]):
        value["mechanism"] = {"type": "generic", "exception_id": number}
    out = engine.symbolicate(event)
    assert [len(value["stacktrace"]["frames"]) for value in out["exception"]["values"]] == [8, 2]
    assert "missing_seam" not in {error["type"] for error in out.get("errors", ())}


def test_of_many_threads_the_crashed_one_is_woven(engine):
    threads = [{"id": i, "crashed": i == 1, "stacktrace": {"frames": native("main", *HERMES, f"app::t{i}")}} for i in range(3)]
    out = engine.symbolicate(exceptions(script("global", "f"), threads={"values": threads}))
    assert names(out["exception"]["values"][0]["stacktrace"]) == ["main", "global", "f", "app::t1"]
    assert [bool(thread["stacktrace"]["frames"]) for thread in out["threads"]["values"]] == [True, False, True]


def test_threads_that_nobody_says_crashed_are_left_alone_where_several_ran_javascript(engine):
    threads = [{"id": i, "stacktrace": {"frames": native("main", *HERMES, f"app::t{i}")}} for i in range(2)]
    out = engine.symbolicate(exceptions(script("global", "f"), threads=threads))
    assert names(out["exception"]["values"][0]["stacktrace"]) == ["global", "f"]


def test_java_that_has_no_seam_does_not_keep_native_code_from_being_woven(engine):
    out = engine.symbolicate(exceptions(java("a.Main.main"), native("main", *HERMES, "app::lift"), script("global")))
    stacks = [names(value["stacktrace"]) for value in out["exception"]["values"]]
    assert stacks == [["main"], [], ["main", "global", "app::lift"]]
    assert [error["type"] for error in out["errors"] if error["type"] == "missing_seam"] == ["missing_seam"]


def test_the_raw_stacktrace_of_an_sdk_is_extended_and_not_lost(engine):
    event = exceptions(native("main", *HERMES, "app::lift"), script("global"))
    event["exception"]["values"][1]["raw_stacktrace"] = {"frames": script("raw"), "lang": "kept"}
    out = engine.symbolicate(event)
    raw = out["exception"]["values"][1]["raw_stacktrace"]
    assert (names(raw)[0], len(raw["frames"]), raw["lang"]) == ("raw", 9, "kept")
    assert engine.symbolicate(out) == out


def test_a_stack_that_goes_in_and_out_ten_thousand_times_takes_no_long_time(engine):
    def woven(turns):
        frames = native(*["facebook::jsi::Function::call", "app::f"] * len(turns))
        return engine.symbolicate(exceptions(frames, script("global", *["apply"] * len(turns))))

    assert_in_proportion(woven, range(500), range(2_000))
    out = woven(range(10_000))
    assert "limit is" in next(error["detail"] for error in out["errors"] if error["type"] == "missing_seam")


# ── what errors carry ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_component_stack_becomes_a_cause_and_is_not_woven(engine):
    event = exceptions(
        script("global"), contexts={"react": {"componentStack": "\n    in Gate (at harbour.js:12)\n    in Quay (at main.js:3)"}}
    )
    out = engine.symbolicate(event)
    cause, _ = out["exception"]["values"]
    assert cause["mechanism"]["source"] == "componentStack"
    assert [(f["function"], f["lineno"]) for f in cause["stacktrace"]["frames"]] == [("Quay", 3), ("Gate", 12)]
    assert engine.symbolicate(out) == out


def test_lines_of_native_stack_ios_are_return_addresses_with_the_names_that_stand_there(engine):
    lines = ["0   Harbour App   0x0000000104b2c1f4 -[Gate lift] + 52", "1   UIKitCore   0x1a0 0x19f000 + 416", 4096, "no address", {}]
    event = exceptions(script("global"))
    event["exception"]["values"][0]["mechanism"] = {"data": {"nativeStackIOS": lines}}
    frames = engine.symbolicate(event)["exception"]["values"][0]["raw_stacktrace"]["frames"]
    assert [(f.get("package"), f["instruction_addr"], f.get("function")) for f in frames] == [
        (None, "0x1000", None),
        ("UIKitCore", "0x1a0", None),
        ("Harbour App", "0x104b2c1f4", "-[Gate lift]"),
    ]
    assert all(frame["adjust_instruction_addr"] for frame in frames)


@pytest.mark.parametrize(
    "carried",
    [
        # a list of elements
        {"nativeStackAndroid": [{"class": "a.Gate", "methodName": "lift", "file": "Gate.java", "lineNumber": 7}] * 1_500},
        # a list of addresses
        {"nativeStackIOS": [4096] * 1_500},
        # a text
        {"componentStack": "    at Gate (https://h/a.js:1:2)\n" * 1_500},
    ],
    ids=["android", "ios", "text"],
)
def test_no_frame_of_a_carried_stack_is_one_too_many(engine, carried):
    out = engine.symbolicate(exceptions(script("global"), extra=carried))
    assert len(out["exception"]["values"][0]["stacktrace"]["frames"]) == 1_500


def test_a_stack_that_the_sdk_has_made_an_exception_of_is_not_made_another(engine):
    carried = [{"class": "a.Gate", "methodName": "lift", "file": "Gate.java", "lineNumber": 7}]
    cause = [{"platform": "java", "module": "a.Gate", "function": "lift", "filename": "Gate.java", "lineno": 7}]
    out = engine.symbolicate(exceptions(cause, script("global"), extra={"nativeStackAndroid": carried}))
    assert len(out["exception"]["values"]) == 2


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.text(max_size=6) | st.sampled_from(["0x10", "native", *HERMES[:4]]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["frames", "woven", "woven_into", "from", "id", "source", "data", "exception_id", "parent_id", "class", "methodName"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FRAMES = st.lists(
    st.sampled_from(
        [*native("main", *HERMES, "app::f"), *script("g", "apply"), *java("a.B.c", "com.facebook.react.bridge.JavaMethodWrapper.invoke")]
    ),
    max_size=12,
)
STACKS = st.fixed_dictionaries({"frames": FRAMES}, optional={"woven": JUNK, "woven_into": JUNK})
OWNERS = st.fixed_dictionaries(
    {},
    optional={
        "stacktrace": STACKS,
        "raw_stacktrace": STACKS,
        "mechanism": JUNK,
        "crashed": st.booleans(),
        "id": JUNK,
        "nativeStackIOS": JUNK,
    },
)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {"exception": st.lists(OWNERS, max_size=3)},
        optional={
            "threads": st.lists(OWNERS, max_size=3),
            "extra": st.dictionaries(st.sampled_from(["nativeStackAndroid", "jsStack"]), JUNK),
            "contexts": JUNK,
        },
    )
)
def test_any_event_is_woven_once_and_never_raises(engine, event):
    once = engine.symbolicate(event)
    assert engine.symbolicate(json.loads(json.dumps(once))) == once
