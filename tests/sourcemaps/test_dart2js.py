"""Maps of dart2js: a statement's segment may stand at the end of the line before it, so look-ups cross lines there, and only there."""

import json

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts.tables import Table
from symbolicator.errors import MalformedArtifact
from symbolicator.sourcemaps import SourceMap
from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.sourcemaps.dart2js import Dart2jsCompiler

# Generated line 1 (from 0) has one segment at column 4; line 3 has one at column 2.
MAP = {"version": 3, "sources": ["a.dart"], "names": ["A.b"], "mappings": ";IAEEA;;EAGE"}


def maps(value):
    data = json.dumps(value).encode()
    compiler = SourceMapCompiler()
    yield SourceMap.parse(data).index
    yield compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))


def places(index):
    return {(line, column): hit and hit.line for line in range(5) for column in (0, 9) for hit in [index.lookup(line, column)]}


@pytest.mark.parametrize("extension", [{}, {"minified_names": {"global": "", "instance": ""}, "frames": ""}])
def test_a_line_without_segments_takes_the_last_one_before_it(extension):
    for index in maps({**MAP, "x_org_dartlang_dart2js": extension}):
        assert places(index) == {
            (0, 0): None, (0, 9): None, (1, 0): None, (1, 9): 2, (2, 0): 2, (2, 9): 2, (3, 0): 2, (3, 9): 5, (4, 0): 5, (4, 9): 5,
        }  # fmt: skip


def test_no_other_map_is_read_so():
    for index in maps(MAP):
        assert [place for place, line in places(index).items() if line is not None] == [(1, 9), (3, 9)]


def test_nor_is_a_map_of_sections():
    section = {"offset": {"line": 0, "column": 0}, "map": {**MAP, "x_org_dartlang_dart2js": {}}}
    for index in maps({"version": 3, "sections": [section], "x_org_dartlang_dart2js": {}}):
        assert index.lookup(2, 0) is None


# ── names in messages ─────────────────────────────────────────────────────────────────────────────────────────────

NAMES = {**MAP, "names": ["A.b", "Cart", "total", "Line", "addLine"]}
EXTENSION = {"minified_names": {"global": "aB,1,cD,3", "instance": "gb,2,a,4"}, "frames": ""}


@pytest.fixture
def app(tmp_path):
    """A web application of Dart's: its script, its map and where each error of it is thrown."""
    (tmp_path / "main.dart.js").write_text("//\n    x(function(){\n\n  y()\n")
    (tmp_path / "main.dart.js.map").write_text(json.dumps({**NAMES, "sourcesContent": ["\n" * 9], "x_org_dartlang_dart2js": EXTENSION}))
    return tmp_path


def thrown(app, kind, value):
    frames = [{"abs_path": "https://x/main.dart.js", "lineno": 2, "colno": 5}]
    event = {"platform": "javascript", "exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]}}
    with Symbolicator([app], cache_dir=False, strict=True) as engine:
        once = engine.symbolicate(event)
        assert engine.symbolicate(once) == once
    return once["exception"]["values"][0]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Instance of 'minified:aB'", "Instance of 'Cart'"),
        (
            "type 'minified:aB<minified:cD>' is not a subtype of type 'minified:zz'",
            "type 'Cart<Line>' is not a subtype of type 'minified:zz'",
        ),
        ("NoSuchMethodError: method not found: 'gb' on null", "NoSuchMethodError: method not found: 'total' on null"),
        ("Cannot read property 'gb' of null", "Cannot read property 'total' of null"),
        ("Cannot read properties of null (reading 'gb')", "Cannot read properties of null (reading 'total')"),
        ("J.c2(...).a is not a function", "J.c2(...).addLine is not a function"),
        ("gb is a word, and so is a", "gb is a word, and so is a"),
        ("Cannot read property 'q' of null", "Cannot read property 'q' of null"),
    ],
)
def test_names_in_messages_are_those_that_somebody_wrote(app, value, said):
    now = thrown(app, "TypeError", value)
    assert now["value"] == said
    assert now.get("raw_value", said) == (value if value != said else said)


def test_a_type_that_was_shortened_is_restored_too(app):
    assert thrown(app, "minified:aB", "x")["type"] == "Cart"


def test_the_text_of_a_trace_says_them_too(app):
    text = "Error: Instance of 'minified:aB'\n    at Object.c2 (https://x/main.dart.js:2:5)\n"
    with Symbolicator([app], cache_dir=False) as engine:
        once = engine.symbolicate_text(text)
        assert once.startswith("Error: Instance of 'Cart'\n    at ")
        assert engine.symbolicate_text(once) == once


def test_maps_of_others_rename_nothing(app):
    plain = {key: value for key, value in json.loads((app / "main.dart.js.map").read_text()).items() if key != "x_org_dartlang_dart2js"}
    (app / "main.dart.js.map").write_text(json.dumps(plain))
    assert thrown(app, "TypeError", "Instance of 'minified:aB'")["value"] == "Instance of 'minified:aB'"


def names(extension, original=("A", "B")):
    data = json.dumps({"names": list(original), "x_org_dartlang_dart2js": extension}).encode()
    return Dart2jsCompiler().open(Dart2jsCompiler().compile(memoryview(data)).table())


def test_names_may_be_told_as_an_object_and_odd_ones_are_passed_over():
    found = names({"minified_names": {"global": {"x": 1, "y": 9}, "instance": "a,0,b,x,c,-1,a,1,d"}})
    assert [found.classes(short) for short in "xyz"] == ["B", None, None]
    assert [found.members(short) for short in "abcd"] == [None] * 4


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b'{"names": [1]}', b'{"x_org_dartlang_dart2js": []}', b'{"x_org_dartlang_dart2js": {"minified_names": 3}}']
)
def test_what_cannot_be_read_is_our_error(bad):
    with pytest.raises(MalformedArtifact):
        Dart2jsCompiler().compile(memoryview(bad))


# ── inlined calls ─────────────────────────────────────────────────────────────────────────────────────────────────

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(value):
    value, text = (-value << 1 | 1) if value < 0 else value << 1, ""
    while True:
        value, digit = value >> 5, value & 31
        text += DIGITS[digit | (32 if value else 0)]
        if not value:
            return text


def encoded(*steps):
    """Steps as dart2js writes them: an offset, and a call (source, line, column, name), `,` or `;`."""
    text, last = "", [0] * 5
    for offset, step in steps:
        text += vlq(offset - last[0])
        last[0] = offset
        if isinstance(step, str):
            text += step
            continue
        text += "".join(vlq(now - before) for now, before in zip(step, last[1:], strict=True))
        last[1:] = step
    return text


STEPS = encoded((5, (0, 10, 2, 1)), (9, (0, 20, 4, 2)), (12, ","), (15, ";"), (30, (0, 3, 0, 4)), (34, ";"))


def calls(offset, text=STEPS):
    data = json.dumps({"names": ["A.b", "Cart.of", "total", "Line", "Cart.add"], "x_org_dartlang_dart2js": {"frames": text}}).encode()
    return [
        (call.line, call.called) for call in Dart2jsCompiler().open(Dart2jsCompiler().compile(memoryview(data)).table()).inlined(offset)
    ]


def test_calls_around_an_offset_are_told_innermost_first():
    assert [calls(offset) for offset in (4, 5, 8)] == [[], [(10, "Cart.of")], [(10, "Cart.of")]]
    assert [calls(offset) for offset in (9, 12, 14)] == [[(20, "total"), (10, "Cart.of")], [(10, "Cart.of")], [(10, "Cart.of")]]
    assert [calls(offset) for offset in (15, 29, 30, 34, 99)] == [[], [], [(3, "Cart.add")], [], []]


def test_what_follows_a_step_that_cannot_be_read_is_left_out():
    assert calls(5, STEPS[:8] + "!" + STEPS[8:]) in ([], [(10, "Cart.of")])
    assert calls(99, "") == calls(99, "AA") == calls(99, "/" * 40) == []
    assert calls(5, encoded((5, (0, 1, 1, 77)))) == []


def test_inlined_calls_become_frames(app):
    known = json.loads((app / "main.dart.js.map").read_text())
    script = (app / "main.dart.js").read_text()
    start = script.index("x(")  # line 2, column 5
    steps = encoded((start - 1, (0, 5, 2, 1)), (start, (0, 7, 4, 4)), (start + 6, ";"))
    (app / "main.dart.js.map").write_text(json.dumps({**known, "x_org_dartlang_dart2js": {**EXTENSION, "frames": steps}}))
    frames = thrown(app, "E", "x")["stacktrace"]["frames"][::-1]
    assert [(one["function"], one["lineno"], one["colno"]) for one in frames[:2]] == [("addLine", 3, frames[0]["colno"]), ("Cart", 8, 5)]
    outermost = frames[2]
    assert (len(frames), outermost["lineno"], outermost["colno"], outermost["abs_path"]) == (3, 6, 3, frames[0]["abs_path"])
    assert [one["data"].get("inlined") for one in frames] == [True, True, None]
    assert {one["data"]["raw_index"] for one in frames} == {0}
    with Symbolicator([app], cache_dir=False) as engine:
        text = engine.symbolicate_text("Error: x\n    at Object.c2 (https://x/main.dart.js:2:5)\n")
        assert [line.split()[1] for line in text.splitlines()[1:3]] == ["addLine", "Cart"]
        assert engine.symbolicate_text(text) == text


def test_without_the_script_there_are_no_offsets_and_no_callers(app):
    known = json.loads((app / "main.dart.js.map").read_text())
    (app / "main.dart.js.map").write_text(json.dumps({**known, "x_org_dartlang_dart2js": {**EXTENSION, "frames": STEPS}}))
    (app / "main.dart.js").unlink()
    assert len(thrown(app, "E", "x")["stacktrace"]["frames"]) == 1
