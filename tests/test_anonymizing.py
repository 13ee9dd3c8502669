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
from symbolicator.anonymizing.words import _EXTENSIONS, ERRORS, KEPT
from symbolicator.cli.program import program
from symbolicator.sourcemaps import SourceMap

JAVASCRIPT = Path(__file__).parent.parent / "fixtures" / "javascript"
CASES = sorted(path.parent for path in JAVASCRIPT.glob("*/case.toml"))
WORD = re.compile(r"(?=\d*[^\W\d_])[^\W_]{4,}")
"""Of four letters and more: the fixture's own names are shorter, and numbers are positions."""
SHAPE = (
    "platform exception values type value mechanism generic stacktrace frames function lineno colno source cause "
    "reason crashed module data threads stacktraces images code file debug meta version sources names mappings "
    "facebook true false null node_modules modules https test internal macho wasm dotnet parent instruction addr "
    "image size path"
)
"""What events and maps call their parts, and the fixture's own host."""
OURS = {word.lower() for text in (SHAPE, *KEPT, *ERRORS, *_EXTENSIONS, *_PLATFORMS, MESSAGE) for word in WORD.findall(text)}


def words_of(text):
    return {word.lower() for word in WORD.findall(text)} - OURS


def everything(fixture):
    maps = [json.loads(content) for content in fixture.files.values()]
    for each in maps:  # digits in base 64 that may spell anything
        each.pop("mappings")
        for source in each["x_facebook_sources"]:
            source[0].pop("mappings")
    return json.dumps([fixture.event, maps, list(fixture.files)], ensure_ascii=False)


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
            fixture = anonymize(parse_trace(text), engine)
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


REACT_NATIVE = JAVASCRIPT.parent / "react-native"
EVENTS = sorted((*(REACT_NATIVE / "harbour" / "events").glob("*.json"), *(REACT_NATIVE / "harbour-ios" / "events").glob("*.json")))


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_the_scripts_of_a_mixed_crash_symbolicate_as_in_the_original(path, tmp_path):
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
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["event.json", "files"]
    again = CliRunner().invoke(
        program, ["event", str(tmp_path / "out" / "event.json"), "-f", str(tmp_path / "out" / "files"), "--no-cache"]
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
