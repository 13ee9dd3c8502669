"""What a frame's function is called, and what is said where nobody knows."""

import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import FRAME, source_map
from tests.makers.source_maps import scopes


@pytest.fixture
def frame_of(tmp_path):
    """Writes a build, and symbolicates frames of it with one engine."""

    def build(script, document):
        (tmp_path / "app.js").write_text(script + "\n//# sourceMappingURL=app.js.map")
        (tmp_path / "app.js.map").write_text(json.dumps(document))
        engine = Symbolicator([str(tmp_path)], cache_dir=False)

        def one(**frame):
            (out,) = engine.symbolicate_frames([{**FRAME, **frame}])
            return out

        return one

    return build


# ── a map's scopes ──────────────────────────────────────────────────────────────────────────────────────────────────

INLINED = "function outer(a) {\n  const inner = (b) => {\n    throw b;\n  };\n  inner(a);\n}\n"
MINIFIED = "function o(r){(r=>{throw r})(r)}"
SEGMENTS = [[(0, 0, 0, 0), (9, 0, 0, 9), (11, 0, 0, 15), (14, 0, 1, 16), (15, 0, 1, 17), (19, 0, 2, 4), (26, 0, 3, 2), (31, 0, 5, 0)]]
ITEMS = [(1, 0, 0, 0), (1, 5, 0, 0, (0,)), (1, 5, 1, 16, (1,)), (2, 2, 3), (2, 2, 1), (2, 1, 0)]
RANGES = [(4, 2, 0, (0,)), (4, 6, 0, (1,)), (4, 6, 15, (1,)), (5, 12), (5, 5), (5, 0)]


def test_two_generated_places_that_lead_to_one_original_place_are_named_by_their_own_ranges(frame_of):
    document = source_map(SEGMENTS, ["a.js"], [INLINED], ["outer", "inner"], scopes=scopes(*ITEMS, *RANGES))
    frame = frame_of(MINIFIED, document)
    assert [frame(function=None, colno=colno)["function"] for colno in (27, 29, 27)] == ["inner", "outer", "inner"]


def test_a_function_that_the_compiler_made_has_no_name_of_the_program(frame_of):
    hidden = [(4, 2, 0, (0,)), (4, 14, 0, (1,)), (5, 32), (5, 0)]
    document = source_map(SEGMENTS, ["a.js"], [INLINED], ["outer", "inner"], scopes=scopes(*ITEMS, *hidden))
    assert frame_of(MINIFIED, document)(function="__wrap", colno=20)["function"] == "__wrap"


def test_a_minified_name_in_a_map_s_scopes_is_not_what_somebody_wrote(frame_of):
    # swc 1.16 with `mangle.toplevel`
    document = source_map(SEGMENTS, ["a.js"], [INLINED], ["o", "r"], scopes=scopes(*ITEMS, *RANGES))
    assert frame_of(MINIFIED, document)(function="o", colno=20)["function"] == "inner"
    document = source_map(SEGMENTS, ["a.js"], None, ["o", "r"], scopes=scopes(*ITEMS, *RANGES))
    assert frame_of(MINIFIED, document)(function="x", colno=20)["function"] == "r"


# ── a function that was inlined, and is called on the spot ──────────────────────────────────────────────────────────

GUARD = """const guard = (work) => {
  work();
};

export function report(table) {
  const title = "report";
  return title +
    guard(table);
}
"""


def at_call(frame_of, script, segments, call="(t)", content=GUARD):
    """The frame of the last `call` in the script, whose segments are told by the text at which they stand."""
    lines, at = [], 0
    for text, *original in segments:
        at = script.index(text, at)
        lines.append((at, 0, *original))
    one = frame_of(script, source_map([lines], ["guard.js"], [content]))
    frame = one(function="report", colno=script.rindex(call) + 1)
    return frame["function"], frame["lineno"]


@pytest.mark.parametrize(
    ("script", "segments"),
    [
        # swc: the name's segment, then the arrow's, both at the parenthesis; the second answers
        (
            'export function report(t){return"report"+(r=>{r()})(t)}',
            [("export", 4, 0), ("return", 6, 2), ('"rep', 5, 16), ("(r=>", 7, 4), ("(r=>", 0, 14), ("r()", 1, 2), ("})", 2, 0)],
        ),
        # without the name's: the argument's
        (
            'export function report(t){return"report"+(r=>{r()})(t)}',
            [("export", 4, 0), ("return", 6, 2), ('"rep', 5, 16), ("(r=>", 0, 14), ("r()", 1, 2), ("})", 2, 0), ("t)", 7, 10)],
        ),
        # a function expression, and a word in a string that looks like one
        (
            "export function report(t){return'x=>'+function(r){r(')')}(t)}",
            [("export", 4, 0), ("return", 6, 2), ("function(r)", 7, 4), ("function(r)", 0, 14), ("r(", 1, 2)],
        ),
        # terser: the arguments are variables, and only the statement's segment leads out
        (
            "export function report(t){var n;return(n=t,()=>n())(t)}",
            [("export", 4, 0), ("return", 7, 4), ("n=t", 0, 15), ("()=>", 0, 14), ("n())", 1, 2)],
        ),
    ],
)
def test_the_call_of_a_function_inlined_there_is_where_its_name_stood(frame_of, script, segments):
    assert at_call(frame_of, script, segments) == ("report", 8)
    assert at_call(frame_of, script, segments, content=None)[1] == 8  # the text is not needed


def test_a_call_whose_arguments_hold_a_function_is_no_inlined_function(frame_of):
    script = 'export function report(t){return make("a",r=>{r()})(t)}'
    segments = [("export", 4, 0), ("return", 6, 2), ("make", 0, 6), ("r=>", 0, 14), ("r()", 1, 2), ("t)}", 5, 8)]
    assert at_call(frame_of, script, segments)[1] == 2


# ── a map that knows lines only ─────────────────────────────────────────────────────────────────────────────────────

MENU = """export const menu = (dish) => all[dish].price;
export const order = (dish) => { return menu(dish) }, pay = () => order("soup");
  function serve(dish) { throw new Error(dish); }
const night = wrap(() => pay());
serve(night);
"""
LINES_ONLY = [[(0, 0, line, 0)] for line in range(5)]


def lines_only(frame_of, script, lines=LINES_ONLY, **more):
    return frame_of(script, source_map(lines, ["menu.js"], [MENU], **more))


def problems(frame):
    return [problem["type"] for problem in frame["data"].get("problems", [])]


@pytest.mark.parametrize("lines", [LINES_ONLY, [[(0, 0, 0, 0), (14, 0, 0, 0), (25, 0, 0, 0)], *LINES_ONLY[1:]]], ids=["a line", "a run"])
def test_the_text_leads_to_the_column_where_the_map_knows_none(frame_of, lines):
    frame = lines_only(frame_of, "const menu = dish => all[dish].price;\n\n\n\n", lines)(function="menu", colno=25)
    assert (frame["function"], frame["lineno"], frame["colno"], problems(frame)) == ("menu", 1, 34, [])


def test_a_word_that_occurs_more_often_in_one_of_the_lines_leads_nowhere(frame_of):
    frame = lines_only(frame_of, "\n\n\ndef('pay', night = wrap(() => pay()))\n")(function="def", lineno=4, colno=6)
    assert (frame["lineno"], frame["colno"], problems(frame)) == (4, 1, ["ambiguous_frame"])


def test_the_only_function_of_a_line_is_the_frame_s(frame_of):
    frame = lines_only(frame_of, "\n\nvar serve = _function(() => { _throw(_error()) });\n\n")(function=None, lineno=3, colno=40)
    assert (frame["function"], frame["lineno"], problems(frame)) == ("serve", 3, [])


@pytest.mark.parametrize(
    ("raw", "said", "doubted"),
    [
        # the engine tells one from the other
        ("pay", "pay", []),
        ("Object.order", "order", []),
        # what no function of the line is called stays as it came, and so does what may be either
        ("compose", "compose", ["ambiguous_frame"]),
        ("e", "e", ["ambiguous_frame"]),
        # without a name it is none of those that have one
        (None, "<global>", []),
    ],
)
def test_of_several_functions_of_a_line_the_engine_s_name_tells_one(frame_of, raw, said, doubted):
    frame = lines_only(frame_of, "\n_x(_y(), _z());\n\n\n")(function=raw, lineno=2, colno=4)
    assert (frame["function"], frame["lineno"], problems(frame)) == (said, 2, doubted)


def test_a_frame_that_the_engine_calls_a_function_is_never_said_to_be_the_top_level(frame_of):
    one = lines_only(frame_of, "\n\n\n\n_x(_y());\n")
    assert one(function="Object.<anonymous>", lineno=5, colno=4)["function"] == "<global>"
    frame = one(function="supper", lineno=5, colno=4)
    assert (frame["function"], problems(frame)) == ("supper", ["ambiguous_frame"])


def test_a_minified_name_stands_for_the_one_function_of_a_line(frame_of):
    assert lines_only(frame_of, "_x(_y());\n\n\n\n")(function="e", colno=4)["function"] == "menu"


def test_a_map_of_lines_says_nothing_of_the_rest_of_a_minified_line(frame_of):
    one = lines_only(frame_of, "var a=b;" * 100, LINES_ONLY[:1])
    assert one(function="a", colno=13)["filename"] == "menu.js"
    frame = one(function="a", colno=501)
    assert (frame["function"], frame["data"]["symbolicator_status"]) == ("a", "missing_symbol")
    assert "knows lines only" in frame["data"]["problems"][0]["detail"]


def test_without_a_column_the_line_names_the_function(frame_of):
    frame = lines_only(frame_of, "\n" + "_x(_y(), _z());" * 2, [[(0, 0, 0, 0)], [(0, 0, 1, 13), (20, 0, 1, 60)]])(
        function="pay", lineno=2, colno=None
    )
    assert (frame["function"], frame["lineno"], problems(frame)) == ("pay", 2, ["no_column"])


def test_without_a_column_a_line_of_two_sections_elsewhere_is_no_answer(tmp_path, frame_of):
    for name in ("a", "b"):
        (tmp_path / f"{name}.map").write_text(json.dumps(source_map([[(0, 0, 0, 0)]], [f"{name}.js"], ["one();\n"])))
    sections = [{"offset": {"line": 0, "column": column}, "url": url} for column, url in ((0, "a.map"), (7, "b.map"))]
    one = frame_of("one();\none();", {"version": 3, "sections": sections[:1]})
    assert one(function=None, colno=None)["filename"] == "a.js"
    one = frame_of("one(); two();", {"version": 3, "sections": sections})
    assert one(function=None, colno=8)["filename"] == "b.js"
    assert one(function=None, colno=None)["data"]["symbolicator_status"] == "missing_symbol"
