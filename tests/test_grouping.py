"""The group of a crash: one fingerprint in every build of the code, another for another crash; a title; what kind of crash it is."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.rendering import render
from symbolicator.transformers.grouped_names import dotnet_name, java_name, native_name, path_tail, script_name

ROOT = Path(__file__).parent.parent
JAVASCRIPT = ROOT / "fixtures" / "javascript"

_spec = importlib.util.spec_from_file_location("benchmarks_grouping", ROOT / "benchmarks" / "grouping.py")
benchmark = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(benchmark)


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(files=[], cache_dir=False, grouping=True, strict=True) as made:
        yield made


def crash(*frames, kind="GaugeError", text="", mechanism=None, **more):
    """An event of one exception: frames callee first."""
    value = {"type": kind, "value": text, "stacktrace": {"frames": list(frames)[::-1]}, **({"mechanism": mechanism} if mechanism else {})}
    return {"platform": "other", "exception": {"values": [value]}, **more}


def python(*names, in_app=True):
    return [{"function": name, "filename": "/srv/app/shop/cart.py", "lineno": 3, "in_app": in_app} for name in names]


def grouping(engine, event):
    return engine.symbolicate(event)["grouping"]


def mark(engine, event):
    return grouping(engine, event)["fingerprint"]


def whys(engine, event):
    return {one["value"].partition(" (")[0]: (one["counts"], one["why"]) for one in grouping(engine, event)["components"]}


# --- the same in every build


@pytest.mark.parametrize(("platform", "other"), [("javascript", 0.993), ("jvm", 0.995), ("dotnet", 0.99)])
def test_builds_of_one_program_give_a_crash_one_fingerprint_and_another_crash_another(platform, other):
    same, others, failed = benchmark.rates(list(getattr(benchmark, platform)()))
    assert same[1] >= 60
    assert others[1] >= 1_000
    assert same[0] / same[1] >= 0.98, failed.most_common(20)
    assert others[0] / others[1] >= other, failed.most_common(20)


def test_the_title_and_the_components_are_those_of_the_source():
    case = JAVASCRIPT / "esbuild-min"
    with Symbolicator(files=[case / "files"], cache_dir=False, grouping=True) as engine:
        found = grouping(engine, parse_trace((case / "stacks" / "causeChain.txt").read_text()))
    assert found["title"] == "Error in republished (src/harbour/notices.ts)"
    assert found["version"] == 1
    assert [(one["what"], one["value"]) for one in found["components"] if one["counts"]] == [
        ("exception", "Error"),
        ("frame", "republished (harbour/notices.ts)"),
        ("frame", "causeChain (src/scenarios.ts)"),
        ("exception", "GaugeError"),
        ("frame", "published (harbour/notices.ts)"),
        ("exception", "TideError"),
        ("frame", "find (tide/station.ts)"),
    ]


def test_lines_columns_addresses_and_folders_of_a_build_do_not_count(engine):
    one = crash(*[{**each, "lineno": 3, "colno": 9} for each in python("total", "main")])
    two = crash(*[{**each, "lineno": 7, "filename": each["filename"].replace("/srv/app", "/home/b/c")} for each in python("total", "main")])
    assert mark(engine, one) == mark(engine, two)
    assert mark(engine, one) != mark(engine, crash(*python("total", "other")))
    assert mark(engine, one) != mark(engine, crash(*python("total", "main"), kind="Other"))


def test_recursion_counts_once_however_deep_and_in_whatever_cycle(engine):
    marks = {mark(engine, crash(*python(*["even", "odd"] * times, "main"))) for times in (1, 2, 30)}
    assert len(marks) == 1
    assert whys(engine, crash(*python("even", "even", "main")))["even"] == (False, "repeated")


def test_only_frames_of_the_user_count_where_there_are_any(engine):
    own, foreign = python("total"), python("reduce", in_app=False)
    assert mark(engine, crash(*foreign, *own)) == mark(engine, crash(*own))
    assert whys(engine, crash(*foreign, *own))["reduce"] == (False, "not in-app")
    found = whys(engine, crash(*foreign))
    assert found["reduce"] == (True, "no frame is in-app")


def test_the_user_s_prefixes_say_whose_frames_count():
    with Symbolicator(files=[], cache_dir=False, grouping=True, in_app=("mine/",)) as engine:
        found = whys(engine, crash(*[{**each, "filename": f"{each['function']}/x.py"} for each in python("theirs", "mine")]))
    assert (found["theirs"], found["mine"]) == ((False, "not in-app"), (True, "in-app"))


def test_frames_behind_an_await_do_not_count_for_a_build_may_have_lost_them(engine):
    now, later = python("now", "later")
    later["data"] = {"async": True}
    assert whys(engine, crash(now, later))["later"] == (False, "behind an await")
    assert whys(engine, crash(later))["later"][0]


def test_what_is_not_symbolicated_counts_by_nothing_that_a_build_changes():
    def built(hashed, name):
        frames = [{"function": name, "abs_path": f"https://a.example/{hashed}.js", "lineno": 1, "colno": 20, "in_app": True}]
        return {"platform": "javascript", "exception": {"values": [{"type": "TypeError", "stacktrace": {"frames": frames}}]}}

    with Symbolicator(files=[], cache_dir=False, grouping=True) as engine:
        one, two = built("app.3f2a91c0", "a"), built("app.77b0c1d2", "xk")
        assert mark(engine, one) == mark(engine, two)
        assert "nothing is symbolicated" in whys(engine, one)["app.js"][1]
        mixed = built("app.3f2a91c0", "a")
        mixed["exception"]["values"][0]["stacktrace"]["frames"].append({**python("total")[0], "platform": "python"})
        assert whys(engine, mixed)["app.js"] == (False, "not symbolicated")


def test_a_native_frame_without_a_name_gives_its_module(engine):
    def at(address):
        image = {"type": "elf", "code_file": "/opt/x/libhive.so", "image_addr": "0x1000", "image_size": 4096, "debug_id": "0" * 32}
        return crash({"instruction_addr": address, "platform": "native"}, kind="SIGSEGV", debug_meta={"images": [image]})

    assert mark(engine, at("0x1004")) == mark(engine, at("0x1f04"))
    assert whys(engine, at("0x1004"))["libhive.so"][0]


def test_the_message_counts_only_where_no_frame_does_and_without_its_numbers(engine):
    def said(text):
        return {"exception": {"values": [{"type": "OSError", "value": text}]}}

    assert mark(engine, said("file 7 at 0xff is gone")) == mark(engine, said("file 19 at 0xab12 is gone"))
    assert mark(engine, said("file 7 is gone")) != mark(engine, said("no space"))
    assert grouping(engine, said("file 7 is gone"))["title"] == "OSError: file 7 is gone"
    assert mark(engine, crash(*python("total"), text="a")) == mark(engine, crash(*python("total"), text="b"))


def test_a_message_within_the_type_does_not_count(engine):
    kinds = ("Fatal: lost Ada", "Fatal: lost Ben", "Fatal")
    assert len({mark(engine, crash(*python("total"), kind=kind)) for kind in kinds}) == 1


def test_an_event_with_nothing_in_it_has_no_fingerprint(engine):
    found = grouping(engine, {"platform": "native"})
    assert (found["fingerprint"], found["category"]["name"]) == (None, "unknown")


def test_names_that_shrinkers_gave_do_not_count(engine):
    event = crash({"module": "a.b", "function": "c", "platform": "java", "in_app": True}, kind="d", platform="java")
    assert grouping(engine, event)["fingerprint"] is None


def test_errors_besides_the_crash_do_not_count(engine):
    first = {"type": "E", "mechanism": {"exception_id": 0}, "stacktrace": {"frames": python("total")}}
    other = {"type": "F", "mechanism": {"exception_id": 1}, "stacktrace": {"frames": python("main")}}
    assert mark(engine, {"exception": {"values": [first, other]}}) == mark(engine, {"exception": {"values": [first]}})


def test_the_same_error_many_times_in_a_group_counts_once(engine):
    def group(times):
        each = {"type": "E", "mechanism": {"exception_id": 1, "parent_id": 0}, "stacktrace": {"frames": python("total")}}
        whole = {"type": "Errors", "mechanism": {"exception_id": 0}, "stacktrace": {"frames": python("main")}}
        return {"exception": {"values": [*[each] * times, whole]}}

    assert mark(engine, group(2)) == mark(engine, group(5))


def test_threads_count_where_there_is_no_exception(engine):
    threads = [{"id": 1, "stacktrace": {"frames": python("idle")}}, {"id": 2, "crashed": True, "stacktrace": {"frames": python("total")}}]
    assert list(whys(engine, {"threads": {"values": threads}})) == ["total"]


# --- names


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("void ns::Box<int>::put(int) const", "put"),
        ("keeper::Hive::run::h0123456789abcdef", "run"),
        ("<keeper::Hive as core::fmt::Display>::fmt", "fmt"),
        ("keeper::main::{{closure}}", "main.{}"),
        ("keeper::main::{closure#2}", "main.{}"),
        ("main.(*Keeper).run.func1.2", "run.func"),
        ("runtime.goexit.abi0", "goexit"),
        ("__45-[Foo bar:baz:]_block_invoke_2", "-[Foo bar:baz:] block"),
        ("closure #1 in Foo.bar(_:)", "bar"),
        ("bool operator< <int>(A<int> const&)", "operator<"),
        ("std::ostream& operator<<(std::ostream&, A)", "operator<<"),
        ("operator new(unsigned long)", "operator new"),
        ("(anonymous namespace)::f() [clone .isra.0]", "f"),
        ("f.llvm.1234567", "f"),
        ("memcpy@@GLIBC_2.14", "memcpy"),
        ("A::~A()", "~A"),
    ],
)
def test_a_native_name_loses_types_hashes_and_numbers(name, wanted):
    assert native_name(name) == wanted


@pytest.mark.parametrize(
    ("module", "name", "wanted"),
    [
        ("harbour.app.Cart$1", "lambda$total$3", "harbour.app.Cart.lambda$total"),
        ("a.B$$Lambda$30/2081171245", "run", "a.B.run"),
        ("a.MyHandler$$SpringCGLIB$$0", "go", "a.MyHandler.go"),
        ("a.Foo$HibernateProxy$SzXDkaYB", "x", "a.Foo.x"),
        ("a.Foo$Inner", "access$000", "a.Foo$Inner.access"),
        ("a.V2$Api1x", "get2", "a.V2$Api1x.get2"),
    ],
)
def test_a_java_name_loses_numbers_of_lambdas_and_proxies(module, name, wanted):
    assert java_name(module, name) == wanted


@pytest.mark.parametrize(
    ("module", "name", "wanted"),
    [
        ("Shop.Cart+<>c__DisplayClass4_0", "<Run>b__0", "Shop.Cart.Run"),
        ("Shop.Cart+<Run>d__5", "MoveNext", "Shop.Cart.Run"),
        ("Harbour.Berth`1[System.Int32]", "Total(Int32 x)", "Harbour.Berth.Total"),
    ],
)
def test_a_dotnet_name_is_that_of_the_method_that_was_written(module, name, wanted):
    assert dotnet_name(module, name) == wanted


def test_a_script_s_name_is_its_last_part_and_a_path_its_tail():
    names = ("async Station.insist", "get mean [as mean]", "Foo.prototype.mean", "shop/mean<", "Object.<anonymous>", None)
    assert [script_name(name) for name in names] == ["insist", "mean", "mean", "mean", "<anonymous>", "<anonymous>"]
    paths = ("https://cdn.x/assets/app.3f2a91c0.js?v=3", "C:\\a\\b\\c.cs", "webpack://app/./src/a.ts", "main-B2x9_Qzk.js", "lib-names.ts")
    assert [path_tail(path) for path in paths] == ["assets/app.js", "b/c.cs", "src/a.ts", "main.js", "lib-names.ts"]


# --- categories

CATEGORIES = [
    ("null_dereference", "TypeError", "Cannot read properties of undefined (reading 'x')"),
    ("null_dereference", "TypeError", "null is not an object (evaluating 'a.b')"),
    ("null_dereference", "TypeError", "a is undefined"),
    ("null_dereference", "NullPointerException", None),
    ("null_dereference", "System.NullReferenceException", "x"),
    ("null_dereference", "panic", "runtime error: invalid memory address or nil pointer dereference"),
    ("null_dereference", "Fatal error", "Unexpectedly found nil while unwrapping an Optional value"),
    ("null_dereference", "SIGSEGV", "segfault at 8"),
    ("null_dereference", "SIGSEGV", "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x10"),
    ("null_dereference", "AddressSanitizer", "SEGV on unknown address 0x000000000000"),
    ("memory_access", "SIGSEGV", "segfault at 7f0012345678"),
    ("memory_access", "EXC_BAD_ACCESS", "KERN_INVALID_ADDRESS at 0x00000001deadbeef"),
    ("out_of_bounds", "IndexOutOfBoundsException", "Index: 3, Size: 2"),
    ("out_of_bounds", "panic", "index out of bounds: the len is 2 but the index is 7"),
    ("out_of_bounds", "AddressSanitizer", "heap-buffer-overflow on address 0x602000000014"),
    ("out_of_bounds", "NSRangeException", "*** -[__NSArrayM objectAtIndex:]: index 3 beyond bounds [0 .. 2]"),
    ("use_after_free", "AddressSanitizer", "heap-use-after-free on address 0x602000000014"),
    ("stack_overflow", "RangeError", "Maximum call stack size exceeded"),
    ("stack_overflow", "InternalError", "too much recursion"),
    ("stack_overflow", "StackOverflowError", None),
    ("out_of_memory", "FATAL ERROR", "Reached heap limit Allocation failed - JavaScript heap out of memory"),
    ("out_of_memory", "java.lang.OutOfMemoryError", "Java heap space"),
    ("out_of_memory", "std::bad_alloc", None),
    ("assertion", "AssertionError", "1 == 2"),
    ("assertion", "SIGABRT", "gate: lock.c:12: open: Assertion `level > 0' failed."),
    ("division_by_zero", "ArithmeticException", "/ by zero"),
    ("division_by_zero", "panic", "attempt to divide by zero"),
    ("type_error", "TypeError", "a.map is not a function"),
    ("type_error", "ClassCastException", "A cannot be cast to B"),
    ("type_error", "NSInvalidArgumentException", "-[A b]: unrecognized selector sent to instance 0x600000"),
    ("not_found", "Error", "Cannot find module 'left-pad'"),
    ("not_found", "java.lang.NoClassDefFoundError", "a/B"),
    ("not_found", "ChunkLoadError", "Loading chunk 7 failed."),
    ("network", "TypeError", "Failed to fetch"),
    ("network", "Error", "connect ECONNREFUSED 127.0.0.1:80"),
    ("watchdog", "EXC_CRASH (SIGKILL)", "Namespace SPRINGBOARD, Code 0x8badf00d"),
    ("hang", "ANR", "Input dispatching timed out"),
    ("abort", "panic", "called `Result::unwrap()` on an `Err` value: X"),
    ("abort", "SIGABRT", ""),
    ("data_race", "fatal error", "concurrent map writes"),
    ("deadlock", "fatal error", "all goroutines are asleep - deadlock!"),
    ("illegal_instruction", "SIGILL", "x"),
    ("undefined_name", "ReferenceError", "x is not defined"),
    ("unknown", "GaugeError", "nothing was read at 42"),
    ("unknown", "TimeoutError", None),
    ("unknown", None, None),
]


@pytest.mark.parametrize(("name", "kind", "text"), CATEGORIES, ids=lambda part: str(part)[:40])
def test_the_kind_of_a_crash_is_read_from_what_it_says(engine, name, kind, text):
    found = grouping(engine, {"exception": {"values": [{"type": kind, "value": text}]}})["category"]
    assert found["name"] == name, found
    assert (found["confidence"] == "none") == (name == "unknown")


def test_the_root_cause_says_what_kind_of_crash_it_is(engine):
    values = [{"type": "ArithmeticException", "value": "/ by zero"}, {"type": "RuntimeException", "value": "java.lang.Arithm…"}]
    assert grouping(engine, {"exception": {"values": values}})["category"]["name"] == "division_by_zero"


def test_the_fault_address_and_the_registers_tell_what_a_signal_means(engine):
    def at(address, **registers):
        meta = {"signal": {"number": 11, "name": "SIGSEGV"}, "mach_exception": {"name": "EXC_BAD_ACCESS", "subcode": address}}
        event = crash(*python("total"), kind="Crash", mechanism={"type": "mach", "meta": meta})
        event["exception"]["values"][0]["stacktrace"]["registers"] = registers
        found = grouping(engine, event)["category"]
        return found["name"], found["confidence"]

    assert at(0x18) == ("null_dereference", "high")
    assert at(0x7FF0, rsp="0x7ff8") == ("null_dereference", "medium")
    assert at("0x16f603ff0", sp="0x16f604000") == ("stack_overflow", "medium")
    assert at("0x16f603ff0", sp="0x26f604000") == ("memory_access", "medium")


def test_an_unhandled_rejection_is_said_where_nothing_more_is(engine):
    mechanism = {"type": "auto.browser.global_handlers.onunhandledrejection", "handled": False}
    assert grouping(engine, crash(*python("x"), kind="Oops", mechanism=mechanism))["category"]["name"] == "unhandled_rejection"
    null = crash(*python("x"), kind="TypeError", text="a is null", mechanism=mechanism)
    assert grouping(engine, null)["category"]["name"] == "null_dereference"


# --- the doors


def test_it_is_off_unless_asked_and_leaves_the_sdk_s_fingerprint_alone(engine):
    event = crash(*python("total"), fingerprint=["{{ default }}", "mine"])
    with Symbolicator(files=[], cache_dir=False) as plain:
        assert "grouping" not in plain.symbolicate(event)
    out = engine.symbolicate(event)
    assert out["fingerprint"] == ["{{ default }}", "mine"]
    assert engine.symbolicate(out) == out


def test_the_command_line_shows_it_in_one_line_and_explains_it():
    case = JAVASCRIPT / "esbuild-min"
    trace = str(case / "stacks" / "engineTypeError.txt")
    rest = [trace, "-f", str(case / "files"), "--no-cache", "--grouping"]
    run = CliRunner()
    said = "null_dereference (high): TypeError in deaf (src/scenarios.ts)"
    for form in ("agent", "markdown", "github", "html"):
        assert said in run.invoke(program, ["trace", *rest, "--format", form]).stdout, form
    pretty = " ".join(run.invoke(program, ["trace", *rest, "--format", "pretty"]).stdout.split())
    assert said in pretty
    assert said in run.invoke(program, ["trace", *rest]).stderr
    explained = run.invoke(program, ["explain", *rest]).stdout
    assert said in explained
    assert "  - frame readBook: beyond the first 3" in explained
    event = json.loads(run.invoke(program, ["trace", *rest, "--format", "json"]).stdout)
    assert len(event["grouping"]["fingerprint"]) == 32


@pytest.mark.parametrize(
    "junk", [7, [], ["x"], {"category": 3, "components": [1, {"what": []}]}, {"fingerprint": {}, "title": "\x1b[2J\n"}]
)
def test_any_grouping_in_an_event_can_be_shown(junk):
    event = {**crash(*python("total")), "grouping": junk}
    for format in ("plain", "agent", "markdown", "github", "html"):
        assert "\x1b" not in render(event, format)


WORDS = st.one_of(
    st.none(), st.integers(), st.text(max_size=30), st.sampled_from(("SIGSEGV", "0x0", "<", "operator", "new ", "$1", "java"))
)
JUNK = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
    ("type", "meta", "signal", "number", "name", "mach_exception", "subcode", "data", "address", "async", "alternatives")), inner, max_size=4),
    max_leaves=8)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(st.fixed_dictionaries({"function": WORDS, "module": WORDS, "filename": WORDS, "platform": WORDS, "data": JUNK})), JUNK, WORDS
)
def test_no_event_makes_it_fail(engine, frames, mechanism, text):
    value = {"type": text, "value": text, "mechanism": mechanism, "stacktrace": {"frames": frames, "registers": {"rsp": text}}}
    out = engine.symbolicate({"exception": {"values": [value, value]}})
    assert not [one for one in out.get("errors", []) if one["type"] == "internal_error"]
    assert out["grouping"]["category"]["name"]


def test_the_benchmark_prints_both_rates(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["grouping.py"])
    for name in ("javascript", "jvm", "native"):
        monkeypatch.setattr(benchmark, name, benchmark.dotnet)
    benchmark.main()
    assert capsys.readouterr().out.splitlines()[-1].split()[:3] == ["all", "same", "100.00%"]
