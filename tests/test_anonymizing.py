"""A crash as a fixture: it symbolicates to the same positions, and no word of the original is in it."""

import copy
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator import Symbolicator, parse_trace
from symbolicator.anonymizing import anonymize, differences
from symbolicator.anonymizing.fixture import _PLATFORMS, MESSAGE
from symbolicator.anonymizing.small_map import Mapped, small_map
from symbolicator.anonymizing.small_mapping import Method, Retraced, small_mapping
from symbolicator.anonymizing.words import _EXTENSIONS, ERRORS, KEPT
from symbolicator.cli.program import program
from symbolicator.errors import TraceError
from symbolicator.sourcemaps import SourceMap
from symbolicator.traces import find_traces

JAVASCRIPT = Path(__file__).parent.parent / "fixtures" / "javascript"
CASES = sorted(path.parent for path in JAVASCRIPT.glob("*/case.toml"))
WORD = re.compile(r"(?=\d*[^\W\d_])[^\W_]{4,}")
"""Of four letters and more: the fixture's own names are shorter, and numbers are positions."""
SHAPE = (
    "platform exception values type value mechanism generic stacktrace frames function lineno colno source cause "
    "reason crashed module data threads stacktraces images code file debug meta version sources names mappings "
    "facebook true false null node_modules modules https test internal macho wasm dotnet parent instruction addr "
    "image size path "
    "mapping module0 module Linux FILE FUNC INLINE ORIGIN sourceFile fileName void debug Caused Uncaught Suppressed Exception thread "
    "more common frames omitted lines matching stack trace errors Exception address hermes Unknown chained"
)
"""What events and maps call their parts, and the fixture's own host."""
OURS = {word.lower() for text in (SHAPE, *KEPT, *ERRORS, *_EXTENSIONS, *_PLATFORMS, MESSAGE) for word in WORD.findall(text)}


def words_of(text):
    return {word.lower() for word in WORD.findall(text)} - OURS


def everything(fixture):
    maps = [json.loads(content) for name, content in fixture.files.items() if name.endswith(".map")]
    others = [content.decode() for name, content in fixture.files.items() if not name.endswith(".map")]
    for each in maps:  # digits in base 64 that may spell anything
        each.pop("mappings")
        for source in each["x_facebook_sources"]:
            source[0].pop("mappings")
    return json.dumps([fixture.event, maps, others, list(fixture.files)], ensure_ascii=False) + (fixture.text or "")


def texts_in(value):
    """Every string of a JSON value, keys too."""
    waiting, found = [value], []
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return " ".join(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_fixture_of_a_crash_symbolicates_as_the_crash_does_and_has_no_word_of_it(case, tmp_path):
    original = set()
    for path in (case / "files").rglob("*"):
        original |= words_of(path.name + " " + path.read_bytes().decode("utf-8", "replace")) if path.is_file() else words_of(path.name)
    frames = 0
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        for stack in sorted((case / "stacks").glob("*.txt"))[::9]:
            text = stack.read_text()
            traces = find_traces(text)
            fixture = anonymize(traces.event, engine, traces)
            assert parse_trace(fixture.text) == fixture.event
            folder = tmp_path / stack.stem
            folder.mkdir()
            for name, content in fixture.files.items():
                (folder / name).write_bytes(content)
            with Symbolicator(files=[folder], cache_dir=False) as alone:
                assert differences(fixture, alone) == []
            frames += len(fixture.wanted)
            assert not words_of(everything(fixture)) & (original | words_of(text))
            assert sum(map(len, fixture.files.values())) < 4_000
    assert frames >= 8


JVM = JAVASCRIPT.parent / "jvm"
STACKS = [path for path in sorted(JVM.glob("*/stacks/*.txt")) if not path.name.endswith(".retrace.txt")][::6]


@pytest.mark.parametrize("path", STACKS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_java_crash_keeps_the_lines_of_its_mapping_that_it_needs(path, tmp_path):
    files = path.parent.parent / "files"
    text = path.read_text()
    traces = find_traces(text)
    with Symbolicator(files=[files], cache_dir=False) as engine:
        fixture = anonymize(traces.event, engine, traces)
    for name, content in fixture.files.items():
        (tmp_path / name).write_bytes(content)
    with Symbolicator(files=[tmp_path], cache_dir=False) as alone:
        assert differences(fixture, alone) == []
    assert fixture.wanted or "without-lines" in str(path)
    mapping = (files / "mapping.txt").read_text() if (files / "mapping.txt").exists() else ""
    assert not words_of(everything(fixture)) & words_of(text + mapping)
    assert sum(map(len, fixture.files.values())) < 3_000


def test_what_was_inlined_is_kept_with_its_lines_and_files():
    rows = [
        Retraced("a.b", "c", 7, (Method("x.Outer", "run", "Outer.kt", 40), Method("y.Inner", "get", "Inner.java", 3))),
        Retraced("a.b", "c", 9, (Method("x.Outer", "run", "Outer.kt", 41),)),
    ]
    assert small_mapping(rows).decode() == (
        "x.Outer -> a.b:\n"
        '# {"id":"sourceFile","fileName":"Outer.kt"}\n'
        "    7:7:void y.Inner.get():3:3 -> c\n"
        "    7:7:void run():40:40 -> c\n"
        "    9:9:void run():41:41 -> c\n"
        "y.Inner -> y.Inner:\n"
        '# {"id":"sourceFile","fileName":"Inner.java"}\n'
    )


NATIVE = sorted((JAVASCRIPT.parent / "native").glob("crash-*/case.json"))


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.parent.name)
def test_a_native_crash_keeps_the_functions_at_its_addresses(path, tmp_path):
    text = path.read_text()
    with Symbolicator(files=[path.parent / "files"], cache_dir=False) as engine:
        fixture = anonymize(json.loads(text)["event"], engine)
    for name, content in fixture.files.items():
        (tmp_path / name).write_bytes(content)
    with Symbolicator(files=[tmp_path], cache_dir=False) as alone:
        assert differences(fixture, alone) == []
    assert len(fixture.wanted) >= 3 or "wrong-debug" in str(path)
    sources = " ".join(source.read_text() for source in (JAVASCRIPT.parent / "native" / "app").rglob("*.[ch]pp"))
    left = {word for word in words_of(everything(fixture)) & words_of(text + sources) if not re.fullmatch("(0x)?[0-9a-f]+", word)}
    assert not left


REACT_NATIVE = JAVASCRIPT.parent / "react-native"
EVENTS = sorted((*(REACT_NATIVE / "harbour" / "events").glob("*.json"), *(REACT_NATIVE / "harbour-ios" / "events").glob("*.json")))


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_all_languages_of_a_mixed_crash_symbolicate_as_in_the_original(path, tmp_path):
    event = json.loads(path.read_text())
    with Symbolicator(files=[path.parent.parent / "files"], cache_dir=False) as engine:
        fixture = anonymize(event.get("event", event), engine)
    for name, content in fixture.files.items():
        (tmp_path / name).write_bytes(content)
    with Symbolicator(files=[tmp_path], cache_dir=False) as alone:
        assert differences(fixture, alone) == []
    assert len(fixture.wanted) >= 8


SECRET = st.text(st.characters(categories=("L", "Nd", "P", "S", "Zs")), min_size=4, max_size=24)
FRAME = st.fixed_dictionaries(
    {"function": SECRET, "abs_path": SECRET, "filename": SECRET, "module": SECRET},
    optional={
        "lineno": st.integers(-1, 9), "colno": st.integers(-1, 9), "platform": SECRET | st.sampled_from(sorted(_PLATFORMS)), "vars": SECRET,
        "context_line": SECRET, "pre_context": st.lists(SECRET, max_size=2), "package": SECRET, "in_app": st.booleans() | SECRET,
        "data": st.dictionaries(SECRET, SECRET, max_size=2) | SECRET, "instruction_addr": SECRET | st.integers(0, 1 << 40), "symbol": SECRET,
    },
)  # fmt: skip
EVENT = st.fixed_dictionaries(
    {"exception": st.fixed_dictionaries({"values": st.lists(st.fixed_dictionaries(
        {"type": SECRET, "value": SECRET, "stacktrace": st.fixed_dictionaries({"frames": st.lists(FRAME, max_size=3)})},
        optional={"mechanism": st.dictionaries(st.sampled_from(("type", "source", "exception_id", "parent_id", "data")), SECRET), "module": SECRET},
    ), max_size=2)})},
    optional={
        "platform": SECRET, "server_name": SECRET, "user": st.dictionaries(SECRET, SECRET, max_size=2), "release": SECRET, "message": SECRET,
        "threads": st.fixed_dictionaries({"values": st.lists(st.fixed_dictionaries(
            {"id": SECRET, "name": SECRET, "stacktrace": st.fixed_dictionaries({"frames": st.lists(FRAME, max_size=2)})}), max_size=2)}),
        "debug_meta": st.fixed_dictionaries({"images": st.lists(st.fixed_dictionaries(
            {"type": SECRET, "code_file": SECRET, "debug_id": SECRET, "image_addr": SECRET | st.integers(0, 1 << 40)}), max_size=2)}),
        "stacktraces": st.lists(st.fixed_dictionaries({"frames": st.lists(FRAME, max_size=2)}), max_size=2),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def bare():
    with Symbolicator(files=[], cache_dir=False) as engine:
        yield engine


@settings(max_examples=150)
@given(EVENT)
def test_no_word_of_any_event_is_left_in_its_fixture(bare, event):
    before = copy.deepcopy(event)
    fixture = anonymize(event, bare)
    assert event == before
    values = copy.deepcopy(event)
    left = words_of(texts_in(fixture.event)) & words_of(" ".join(texts_in(values[key]) for key in values))
    assert not left


@settings(max_examples=100)
@given(st.lists(st.tuples(SECRET, SECRET), min_size=1, max_size=4), SECRET, SECRET)
def test_no_word_of_any_text_is_left_in_its_fixture(bare, frames, message, around):
    text = f"{around}\nError: {message}\n" + "".join(f"    at {name} (/srv/{path}/app.js:1:2)\n" for name, path in frames) + around
    try:
        traces = find_traces(text)
    except TraceError:
        return
    fixture = anonymize(traces.event, bare, traces)
    assert not words_of(everything(fixture)) & words_of(text)


def test_a_text_of_scripts_stays_a_text_with_its_frames_alone(bare):
    text = (
        "2026-11-30 ada@host secret line\n"
        "Uncaught TypeError: cannot read secret of undefined\n"
        "    at Shop.buy [as order] (https://secret.example/app.js:1:22)\n"
        "between\n"
        "    at new Cart (https://secret.example/app.js:3:4) {\n"
        "  [cause]: RangeError: another\n"
        "      at async pay (https://secret.example/pay.js:5:6)\n"
        "      ... 2 lines matching cause stack trace ...\n"
        "}\nafter\n"
    )
    traces = find_traces(text)
    assert anonymize(traces.event, bare, traces).text == (
        "Uncaught TypeError: a message\n"
        "    at n3.n4 (https://app.test/d1/d2/f2.js:1:22)\n"
        "    at new n2 (https://app.test/d1/d2/f2.js:3:4) {\n"
        "  [cause]: RangeError: a message\n"
        "      at async n1 (https://app.test/d1/d2/f1.js:5:6)\n"
        "      ... 2 lines matching cause stack trace ...\n"
        "}\n"
    )


def test_a_native_text_becomes_an_event(bare):
    traces = find_traces("#0 0x0000000000001f30 in secret () from /opt/secret.so\n#1 0x0000000000001f40 in main () from /opt/secret.so\n")
    assert anonymize(traces.event, bare, traces).text is None


def test_a_word_gets_one_name_wherever_it_is_and_engines_words_stay():
    case = JAVASCRIPT / "esbuild-min"
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        fixture = anonymize(parse_trace((case / "stacks" / "causeChain.txt").read_text()), engine)
    values = fixture.event["exception"]["values"]
    assert [value["type"] == "Error" for value in values] == [False, False, True]
    assert {value["value"] for value in values} == {MESSAGE}
    assert [value["mechanism"].get("source") for value in values] == ["cause", "cause", None]
    (content,) = fixture.files.values()
    names = [name for source in json.loads(content)["x_facebook_sources"] for name in source[0]["names"]]
    assert len(names) == len(set(names))
    assert any(re.fullmatch(r"n\d+\.n\d+", name) for name in names)


def test_the_small_map_answers_for_its_positions():
    rows = {Mapped(0, 5, "a.ts", 40, 2, "one"), Mapped(0, 900, "b.ts", 3, 70, "two"), Mapped(7, 0, "a.ts", 2, 0, "three")}
    made = SourceMap.parse(json.dumps(small_map("x.js", rows)).encode())
    for row in rows:
        found = made.lookup(row.line, row.column)
        assert (found.source, found.line, found.column) == (row.source, row.original_line, row.original_column)


def test_the_command_writes_it_checks_it_and_refuses_a_folder_with_something_in_it(tmp_path):
    case = JAVASCRIPT / "terser"
    arguments = [
        "anonymize",
        str(case / "stacks" / "privateMethod.txt"),
        "-f",
        str(case / "files"),
        "--no-cache",
        "-o",
        str(tmp_path / "out"),
    ]
    run = CliRunner().invoke(program, arguments)
    assert run.exit_code == 0, run.stderr
    assert "frames symbolicate as in the original" in run.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["crash.txt", "files"]
    again = CliRunner().invoke(
        program, ["trace", str(tmp_path / "out" / "crash.txt"), "-f", str(tmp_path / "out" / "files"), "--no-cache", "--format", "json"]
    )
    frames = json.loads(again.stdout)["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames[-1]["data"]["symbolicator_status"] == "symbolicated"
    refused = CliRunner().invoke(program, arguments)
    assert refused.exit_code == 2
    assert "is not empty" in refused.stderr


def test_a_native_crash_keeps_its_addresses_and_modules_under_other_names(bare):
    image = {"type": "elf", "code_file": "/home/ada/secret/libhive.so", "image_addr": "0x1000", "image_size": 4096, "debug_id": "ab" * 16}
    value = {"type": "SIGSEGV", "stacktrace": {"frames": [{"instruction_addr": "0x1004", "package": "/home/ada/x", "platform": "native"}]}}
    fixture = anonymize({"platform": "native", "exception": {"values": [value]}, "debug_meta": {"images": [image]}}, bare)
    assert fixture.event["exception"]["values"][0]["stacktrace"]["frames"] == [{"platform": "native", "instruction_addr": "0x1004"}]
    assert fixture.event["debug_meta"]["images"] == [
        {"type": "elf", "image_addr": "0x1000", "image_size": 4096, "code_file": "d1/d2/d3/f1.so"}
    ]
