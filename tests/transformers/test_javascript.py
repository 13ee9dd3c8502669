"""JavaScript frames: from the place in a generated file to the place in the source somebody wrote."""

import base64
import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import CART, FRAME, LINES, MINIFIED, build, mappings, one, source_map

ID, OTHER_ID = "85314830-023f-4cf1-a267-535f4e37bb17", "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def engine_of(tmp_path):
    def make(*folders, **options):
        return Symbolicator([str(tmp_path / folder) for folder in folders] or [str(tmp_path)], cache_dir=False, **options)

    return make


def problems(frame):
    return [problem["type"] for problem in frame["data"].get("problems", [])]


# ── what comes back ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_frame_comes_back_with_function_file_line_column_and_the_lines_around(tmp_path, engine_of):
    build(tmp_path)
    frame = one(engine_of())
    assert (frame["function"], frame["raw_function"]) == ("Cart.total", "a.total")
    assert (frame["filename"], frame["lineno"], frame["colno"]) == ("src/cart.ts", 3, 23)
    assert frame["pre_context"] == ["export class Cart {", "  total() {"]
    assert frame["context_line"] == "    return this.items.length;"
    assert frame["post_context"] == ["  }", "}", ""]
    assert frame["in_app"] is True
    assert frame["data"]["symbolicator_status"] == "symbolicated"
    assert frame["data"]["resolved_with"] == "url"
    assert frame["data"]["sourcemap"].endswith("app.js.map")


def test_the_frames_of_the_caller_are_left_untouched(tmp_path, engine_of):
    build(tmp_path)
    event = {"platform": "javascript", "exception": {"values": [{"type": "E", "stacktrace": {"frames": [dict(FRAME)]}}]}}
    out = engine_of().symbolicate(event)
    assert event["exception"]["values"][0]["stacktrace"]["frames"] == [FRAME]
    assert out["exception"]["values"][0]["raw_stacktrace"]["frames"] == [FRAME]


def test_symbolicating_twice_is_symbolicating_once(tmp_path, engine_of):
    build(tmp_path)
    engine = engine_of()
    once = engine.symbolicate({"platform": "javascript", "stacktrace": {"frames": [FRAME, {**FRAME, "abs_path": "gone.js"}]}})
    assert engine.symbolicate(once) == once


def test_the_number_of_context_lines_can_be_set(tmp_path, engine_of):
    build(tmp_path)
    assert one(engine_of(context_lines=1))["pre_context"] == ["  total() {"]
    assert one(engine_of(context_lines=0))["pre_context"] == []


# ── how files are found ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_debug_id_of_the_event_wins_over_names(tmp_path, engine_of):
    build(tmp_path, "a/other-name.js", comment="other-name.js.map", debug_id=ID)
    build(tmp_path, "b/app.js", debug_id=OTHER_ID, source="wrong.ts")
    event = {
        "platform": "javascript",
        "frames": [FRAME],
        "debug_meta": {"images": [{"type": "sourcemap", "code_file": FRAME["abs_path"], "debug_id": ID}]},
    }
    out = engine_of().symbolicate(event)
    (frame,) = out["frames"]
    assert frame["filename"] == "src/cart.ts"
    assert frame["data"]["resolved_with"] == "debug_id"
    assert out["debug_meta"]["images"][0]["debug_status"] == "found"


def test_a_map_with_the_scripts_debug_id_is_found_wherever_it_lies(tmp_path, engine_of):
    build(tmp_path, "dist/app.js", comment=None, debug_id=ID)
    (tmp_path / "maps").mkdir()
    (tmp_path / "dist/app.js.map").rename(tmp_path / "maps/0001.json")
    assert one(engine_of())["data"]["resolved_with"] == "debug_id"


def test_a_map_of_another_build_is_not_used(tmp_path, engine_of):
    build(tmp_path, debug_id=ID, debugId=OTHER_ID)
    frame = one(engine_of())
    assert frame["function"] == "a.total"
    assert problems(frame) == ["missing_sourcemap"]
    told = json.dumps(frame["data"]["problems"])
    assert ID in told
    assert OTHER_ID in told


def test_the_longest_matching_path_wins(tmp_path, engine_of):
    build(tmp_path, "one/assets/app.js", source="../right.ts")
    build(tmp_path, "two/app.js", source="../wrong.ts")
    assert one(engine_of())["filename"].endswith("right.ts")


def test_two_equally_good_files_are_named_and_none_is_guessed(tmp_path, engine_of):
    build(tmp_path, "one/app.js", source="../a.ts")
    build(tmp_path, "two/app.js", source="../b.ts")
    (tmp_path / "two/app.js").write_text(MINIFIED + "//2\n//# sourceMappingURL=app.js.map")
    frame = one(engine_of())
    assert frame["data"]["symbolicator_status"] == "missing"
    assert problems(frame) == ["ambiguous_file"]
    detail = frame["data"]["problems"][0]["detail"]
    assert "one/app.js" in detail
    assert "two/app.js" in detail


def test_the_folder_of_the_release_is_looked_into_first(tmp_path, engine_of):
    build(tmp_path, "shop@1.0/app.js", source="../old.ts")
    build(tmp_path, "shop@2.0/app.js", source="../new.ts")
    (tmp_path / "shop@2.0/app.js").write_text(MINIFIED + "//2\n//# sourceMappingURL=app.js.map")
    (frame,) = engine_of().symbolicate({"platform": "javascript", "release": "shop@2.0", "frames": [FRAME]})["frames"]
    assert frame["filename"].endswith("new.ts")


def test_a_map_alone_is_enough(tmp_path, engine_of):
    build(tmp_path)
    (tmp_path / "app.js").unlink()
    assert one(engine_of())["function"] == "Cart.total"


def test_a_sibling_map_is_found_without_a_comment(tmp_path, engine_of):
    build(tmp_path, comment=None)
    assert one(engine_of())["data"]["resolved_with"] == "path"


@pytest.mark.parametrize("encoded", [True, False])
def test_an_inline_map_is_read(tmp_path, engine_of, encoded):
    document = json.dumps(source_map(LINES, ["cart.ts"], [CART]))
    url = (
        "data:application/json;charset=utf-8;base64," + base64.b64encode(document.encode()).decode()
        if encoded
        else "data:application/json,"
        + document.replace("%", "%25").replace(" ", "%20").replace('"', "%22").replace("\n", "%0A").replace("\\n", "%5Cn")
    )
    (tmp_path / "app.js").write_text(f"{MINIFIED}\n//# sourceMappingURL={url}")
    frame = one(engine_of())
    assert frame["function"] == "Cart.total"
    assert frame["data"]["resolved_with"] == "inline"


def test_a_section_elsewhere_is_followed(tmp_path, engine_of):
    build(tmp_path, "parts/cart.js", comment=None)
    (tmp_path / "app.js").write_text(f"\n  {MINIFIED}\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(
        json.dumps({"version": 3, "sections": [{"offset": {"line": 1, "column": 2}, "url": "parts/cart.js.map"}]})
    )
    assert one(engine_of(), lineno=2, colno=37)["function"] == "Cart.total"
    missing = one(engine_of("app.js", "app.js.map"), lineno=2, colno=37)
    assert problems(missing) == ["missing_sourcemap"]


def test_a_map_of_a_map_is_walked_to_what_somebody_wrote(tmp_path, engine_of):
    compiled = "class Cart{total(){return this.items.length}}"
    first = [[(0, 0, 0, 7), (11, 0, 1, 2), (19, 0, 2, 4), (26, 0, 2, 11), (37, 0, 2, 22)]]
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/cart.js").write_text(compiled + "\n//# sourceMappingURL=cart.js.map")
    (tmp_path / "lib/cart.js.map").write_text(json.dumps(source_map(first, ["../src/cart.ts"], [CART])))
    second = [[(0, 0, 0, 0), (8, 0, 0, 11), (16, 0, 0, 19), (23, 0, 0, 26), (34, 0, 0, 37)]]
    (tmp_path / "app.js").write_text(MINIFIED + "\n//# sourceMappingURL=app.js.map")
    content = (tmp_path / "lib/cart.js").read_text()
    (tmp_path / "app.js.map").write_text(json.dumps(source_map(second, ["lib/cart.js"], [content])))
    frame = one(engine_of())
    assert (frame["filename"], frame["lineno"], frame["function"]) == ("src/cart.ts", 3, "Cart.total")


def test_a_package_with_a_map_of_its_own_is_not_the_applications(tmp_path, engine_of):
    build(tmp_path, "node_modules/cart/dist/app.js", source="../src/cart.ts")
    frame = one(engine_of(), abs_path="/srv/app/node_modules/cart/dist/app.js")
    assert (frame["function"], frame["lineno"], frame["in_app"]) == ("Cart.total", 3, False)
    assert (frame["filename"], frame["abs_path"]) == ("/srv/app/node_modules/cart/src/cart.ts",) * 2


@pytest.mark.parametrize(
    ("outer", "more", "name"),
    [
        # the path says whose it is
        ("webpack://shop/./node_modules/cart/lib/cart.js", {}, "node_modules/cart/src/cart.ts"),
        # the outer map says so
        ("lib/cart.js", {"ignoreList": [0]}, "src/cart.ts"),
    ],
)
def test_whose_source_it_is_holds_through_the_maps_behind_it(tmp_path, engine_of, outer, more, name):
    inner = source_map([[(0, 0, 0, 0), (37, 0, 2, 22)]], ["../src/cart.ts"], [CART])
    encoded = base64.b64encode(json.dumps(inner).encode()).decode()
    content = f"class Cart{{total(){{return this.items.length}}}}\n//# sourceMappingURL=data:application/json;base64,{encoded}"
    (tmp_path / "app.js").write_text(MINIFIED + "\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 0, 0), (34, 0, 0, 37)]], [outer], [content], **more)))
    frame = one(engine_of())
    assert (frame["filename"], frame["lineno"], frame["in_app"]) == (name, 3, False)


def test_maps_that_lead_in_a_circle_end(tmp_path, engine_of):
    (tmp_path / "app.js").write_text(MINIFIED + "\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 0, 0)]], ["app.js"])))
    assert one(engine_of())["data"]["symbolicator_status"] == "symbolicated"


# ── what the position says ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lineno", [0, -3, None])
def test_a_line_below_one_is_no_position_and_nothing_is_looked_for(engine_of, tmp_path, lineno):
    build(tmp_path)
    assert problems(one(engine_of(), lineno=lineno)) == ["invalid_location"]


@pytest.mark.parametrize("colno", [0, None])
def test_no_column_on_a_line_of_several_places_is_no_answer(tmp_path, engine_of, colno):
    build(tmp_path)
    frame = one(engine_of(), colno=colno)
    assert (frame["function"], frame["lineno"], frame["data"]["symbolicator_status"]) == ("a.total", 1, "missing_symbol")
    assert problems(frame) == ["no_column"]


def test_no_column_on_a_line_that_comes_from_one_line_leaves_that_line(tmp_path, engine_of):
    (tmp_path / "app.js").write_text("one()\ntwo();three()\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 0, 0)], [(0, 0, 4, 2), (6, 0, 4, 9)]], ["a.ts"], ["\n" * 9])))
    frame = one(engine_of(), lineno=2, colno=None)
    assert (frame["filename"], frame["lineno"], problems(frame)) == ("a.ts", 5, ["no_column"])


def test_a_column_past_the_end_of_its_line_is_another_builds_and_so_are_the_scripts_other_frames(tmp_path, engine_of):
    build(tmp_path)
    frames = engine_of().symbolicate_frames([FRAME, {**FRAME, "colno": 400}])
    assert [problems(frame) for frame in frames] == [["invalid_location"], ["invalid_location"]]
    assert [frame["abs_path"] for frame in frames] == [FRAME["abs_path"]] * 2
    assert "another build" in frames[0]["data"]["problems"][0]["hint"]


def test_a_line_that_the_script_does_not_have_costs_its_own_frame_alone(tmp_path, engine_of):
    build(tmp_path)
    frames = engine_of().symbolicate_frames([FRAME, {**FRAME, "lineno": 400}])
    assert [frame["data"]["symbolicator_status"] for frame in frames] == ["symbolicated", "missing_symbol"]


def test_a_map_that_covers_more_than_a_line_of_its_script_is_another_builds(tmp_path, engine_of):
    build(tmp_path)
    (tmp_path / "app.js").write_text(MINIFIED[:38] + "\n//# sourceMappingURL=app.js.map")
    frame = one(engine_of())
    assert (frame["function"], problems(frame)) == ("a.total", ["invalid_location"])
    assert "map from another build" in frame["data"]["problems"][0]["detail"]
    assert frame["data"]["problems"][0]["another_build"] is True


@pytest.mark.parametrize(("column", "status"), [(24, "symbolicated"), (23, "symbolicated"), (25, "missing_symbol")])
def test_a_name_that_was_longer_moves_what_swc_maps_after_it_past_the_end_of_the_line(tmp_path, engine_of, column, status):
    # Of `attempt(a).catch(report);`, in a map that swc made from the map of its input: `)` is where it is after `report`.
    text, source = "t(a).catch(r);", "attempt(a).catch(report);"
    segments = [(0, 0, 0, 0, 0), (1, 0, 0, 7), (5, 0, 0, 11), (10, 0, 0, 16), (11, 0, 0, 17), (17, 0, 0, 23), (18, 0, 0, column)]
    (tmp_path / "app.js").write_text(f"{text}\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([segments], ["app.ts"], [source], ["attempt"])))
    assert one(engine_of(), colno=6)["data"]["symbolicator_status"] == status


@pytest.mark.parametrize(
    "script",
    [
        # a line separator that map writers take for a character of the line
        MINIFIED[:20] + "\u2028" + MINIFIED[20:],
        # columns counted in bytes, of which there are more than UTF-16 code units
        "/*äöüß*/" + MINIFIED,
    ],
)
def test_what_tools_count_otherwise_accuses_no_map(tmp_path, engine_of, script):
    build(tmp_path)
    (tmp_path / "app.js").write_text(script + "\n//# sourceMappingURL=app.js.map", encoding="utf-8")
    assert one(engine_of(), colno=17)["data"]["symbolicator_status"] == "symbolicated"


def test_without_the_script_a_column_that_the_source_cannot_reach_is_no_answer(tmp_path, engine_of):
    build(tmp_path)
    (tmp_path / "app.js").unlink()
    assert one(engine_of("app.js.map"))["filename"] == "src/cart.ts"
    frame = one(engine_of("app.js.map"), colno=2000)
    assert (frame["function"], problems(frame)) == ("a.total", ["invalid_location"])


@pytest.mark.parametrize("source", [None, ""])
@pytest.mark.parametrize("root", [{}, {"sourceRoot": "src/"}])
def test_a_source_without_a_name_is_answered_by_its_text(tmp_path, engine_of, source, root):
    build(tmp_path, source=source, **root)
    frame = one(engine_of())
    assert (frame["function"], frame["lineno"], frame["context_line"]) == ("Cart.total", 3, "    return this.items.length;")
    assert frame["abs_path"] == frame["filename"] == "<unnamed source 0>"


@pytest.mark.parametrize(
    ("source", "more"),
    [
        # the map ignores all it has
        ("../src/cart.ts", {"ignoreList": [0]}),
        # all of it is a package's
        ("../node_modules/cart/cart.ts", {}),
    ],
)
def test_a_place_without_source_in_a_script_of_others_is_not_in_app(tmp_path, engine_of, source, more):
    build(tmp_path, source=source, **more)
    (tmp_path / "app.js").write_text(MINIFIED + "\nwrapped()\n//# sourceMappingURL=app.js.map")
    frame = one(engine_of(), lineno=2, colno=3)
    assert (frame["in_app"], problems(frame)) == (False, ["invalid_location"])


def test_a_line_beyond_the_map_is_another_builds(tmp_path, engine_of):
    build(tmp_path)
    frame = one(engine_of(), lineno=9)
    assert frame["data"]["symbolicator_status"] == "missing_symbol"
    assert "no such place" in frame["data"]["problems"][0]["detail"]
    assert "another build" in frame["data"]["problems"][0]["hint"]
    (tmp_path / "app.js").unlink()
    frame = one(engine_of("app.js.map"), lineno=9)
    assert "maps 1 lines" in frame["data"]["problems"][0]["detail"]


def test_an_unmapped_place_keeps_the_minified_frame_and_shows_its_line(tmp_path, engine_of):
    (tmp_path / "app.js").write_text("x" * 300 + "\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(
        json.dumps({"version": 3, "sources": ["a.ts"], "names": [], "mappings": mappings([[(0, 0, 0, 0), (100,)]])})
    )
    frame = one(engine_of(), colno=201)
    assert frame["function"] == "a.total"
    assert frame["context_line"] == "{snip}" + "x" * 140 + "{snip}"
    assert problems(frame) == ["invalid_location"]


def test_a_position_within_a_segment_is_followed_in_the_text(tmp_path, engine_of):
    # terser leaves out the segment of an `await`: the map alone would say line 2.
    text = "async function load() {\n  try {\n    await fetchAll();\n  } catch {}\n}\n"
    (tmp_path / "app.js").write_text("async function a(){try{await b()}catch{}}\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 0, 0), (19, 0, 1, 2), (29, 0, 2, 10)]], ["load.js"], [text])))
    frame = one(engine_of(), function="async a", colno=24)
    assert (frame["lineno"], frame["colno"]) == (3, 5)


def test_columns_counted_in_code_points_are_read_as_such(tmp_path, engine_of):
    # SpiderMonkey 102 counts code points: behind an emoji its columns are too small by one for each.
    script = 'const s="😀😀😀😀";function a(){throw new Error(s)}function b(){a()}b()'
    text = 'const sign = "😀😀😀😀";\nfunction fail() {\n  throw new Error(sign);\n}\nfunction start() {\n  fail();\n}\nstart();\n'
    units = lambda word, nth=0: len(script[: [i for i in range(len(script)) if script.startswith(word, i)][nth]].encode("utf-16-le")) // 2  # noqa: E731
    points = script.index
    lines = [
        [
            (0, 0, 0, 0),
            (units("function a"), 0, 1, 0),
            (units("throw"), 0, 2, 2),
            (units("new"), 0, 2, 8),
            (units("function b"), 0, 4, 0),
            (units("a()}b"), 0, 5, 2),
            (units("b()", 1), 0, 7, 0),
        ]
    ]
    (tmp_path / "app.js").write_text(script + "\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map(lines, ["fail.js"], [text])))
    for column in (units, points):
        raw = [{**FRAME, "function": "b", "colno": column("a()}b") + 1}, {**FRAME, "function": "a", "colno": column("new") + 1}]
        out = engine_of().symbolicate_frames(raw)
        assert [(frame["function"], frame["lineno"], frame["colno"]) for frame in out] == [("start", 6, 3), ("fail", 3, 9)]


# ── in_app, internals, evals ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "more"),
    [
        # packages, and what the map itself calls somebody else's
        ("../node_modules/lib/index.js", {}),
        ("webpack/bootstrap", {}),
        ("../src/cart.ts", {"ignoreList": [0]}),
        ("../src/cart.ts", {"x_google_ignoreList": [0]}),
    ],
)
def test_what_others_wrote_is_not_in_app(tmp_path, engine_of, source, more):
    build(tmp_path, source=source, **more)
    assert one(engine_of())["in_app"] is False


@pytest.mark.parametrize(
    "path", ["native", "[native code]", "node:internal/timers", "/build/lib/InternalBytecode/InternalBytecode.js", "index 2"]
)
def test_the_engines_own_frames_are_what_they_are(engine_of, path):
    frame = one(engine_of(), abs_path=path, function="next")
    assert frame["data"]["symbolicator_status"] == "symbolicated"
    assert frame["function"] == "next"
    assert frame["in_app"] is False
    assert problems(frame) == []


def test_an_eval_keeps_both_places(tmp_path, engine_of):
    build(tmp_path)
    origin = {"function": "a.total", "abs_path": FRAME["abs_path"], "lineno": 1, "colno": 35}
    frame = one(engine_of(), function="inner", abs_path="<anonymous>", lineno=3, colno=36, data={"eval_origin": origin})
    assert (frame["abs_path"], frame["lineno"]) == ("<anonymous>", 3)
    assert frame["data"]["eval_origin"]["filename"] == "src/cart.ts"
    assert frame["data"]["eval_origin"]["function"] == "Cart.total"
    assert frame["data"]["eval_origin"]["lineno"] == 3


def test_a_script_that_nobody_minified_is_the_source_itself(tmp_path, engine_of):
    (tmp_path / "app.js").write_text(CART)
    frame = one(engine_of(), lineno=3, colno=12)
    assert frame["data"]["resolved_with"] == "source"
    assert frame["context_line"] == "    return this.items.length;"
    assert problems(frame) == []


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_that_is_not_in_the_map_is_read_beside_it(tmp_path, engine_of):
    build(tmp_path, "dist/app.js", content=None)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/cart.ts").write_text(CART)
    frame = one(engine_of())
    assert frame["context_line"] == "    return this.items.length;"
    assert frame["function"] == "Cart.total"


def test_a_text_of_the_same_name_elsewhere_is_no_proof(tmp_path, engine_of):
    build(tmp_path, "dist/app.js", source="webpack://shop/./src/deep/index.ts", content=None)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/index.ts").write_text("wrong\n" * 9)
    frame = one(engine_of())
    assert "context_line" not in frame
    assert problems(frame) == ["missing_source_content"]


def test_a_prefix_of_source_paths_can_be_mapped_to_a_folder(tmp_path, engine_of):
    build(tmp_path, "dist/app.js", source="webpack://shop/./src/cart.ts", content=None)
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/cart.ts").write_text(CART)
    frame = one(engine_of("dist", path_map={"webpack://shop/./src/": str(tmp_path / "checkout")}))
    assert frame["context_line"] == "    return this.items.length;"


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_any_text_the_name_comes_from_the_minified_function(tmp_path, engine_of):
    script = "function a(){throw 1}a()"
    (tmp_path / "app.js").write_text(script + "\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(
        json.dumps(source_map([[(0, 0, 0, 0), (9, 0, 0, 9, 0), (13, 0, 1, 2), (21, 0, 3, 0, 0)]], ["fail.ts"], None, ["failLoudly"]))
    )
    assert one(engine_of(), function="a", colno=14)["function"] == "failLoudly"


def test_a_computed_key_is_what_the_engine_printed(tmp_path, engine_of):
    text = "const key = pick();\nexport class Station {\n  [key]() {\n    throw 1;\n  }\n}\n"
    (tmp_path / "app.js").write_text("class a{[k](){throw 1}}\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 1, 7), (8, 0, 2, 2), (14, 0, 3, 4)]], ["station.ts"], [text])))
    assert one(engine_of(), function="a.highWater", colno=15)["function"] == "Station.highWater"
    assert one(engine_of(), function="[survey]", colno=15)["function"] == "Station.[survey]"
    assert one(engine_of(), function="a.b", colno=15)["function"] == "Station.<computed>"


# ── what is missing is said ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_frame_that_stays_raw_says_what_was_looked_for_where_and_what_to_do(tmp_path, engine_of):
    frame = one(engine_of())
    (problem,) = frame["data"]["problems"]
    assert problem["type"] == "missing_source"
    assert FRAME["abs_path"] in problem["detail"]
    assert any(str(tmp_path) in place and "assets/app.js" in place for place in problem["tried"])
    assert problem["hint"]


def test_a_missing_map_names_the_reference(tmp_path, engine_of):
    (tmp_path / "app.js").write_text(MINIFIED + "\n//# sourceMappingURL=gone.js.map")
    frame = one(engine_of())
    assert problems(frame) == ["missing_sourcemap"]
    assert "gone.js.map" in frame["data"]["problems"][0]["detail"]


def test_a_damaged_map_is_said_and_its_neighbours_come_back(tmp_path, engine_of):
    build(tmp_path)
    (tmp_path / "bad.js").write_text(MINIFIED + "\n//# sourceMappingURL=bad.js.map")
    (tmp_path / "bad.js.map").write_text('{"version": 3, "mappings": ')
    good, bad = engine_of().symbolicate_frames([FRAME, {**FRAME, "abs_path": "/assets/bad.js"}])
    assert good["function"] == "Cart.total"
    assert bad["data"]["symbolicator_status"] == "malformed"
    assert problems(bad) == ["malformed_sourcemap"]


def test_the_word_async_in_a_path_is_dropped(tmp_path, engine_of):
    build(tmp_path)
    engine = engine_of()
    plain, marked = (one(engine, abs_path=lead + FRAME["abs_path"]) for lead in ("", "async "))
    assert {key: marked[key] for key in ("function", "abs_path", "lineno")} == {
        key: plain[key] for key in ("function", "abs_path", "lineno")
    }


def test_an_eval_that_node_s_sdk_names_as_a_file_is_looked_up_where_it_stands(tmp_path, engine_of):
    build(tmp_path)
    engine = engine_of()
    plain = one(engine)
    place = f"{FRAME['abs_path']}:{FRAME['lineno']}:{FRAME['colno']}"
    frame = one(engine, platform="node", function="eval", abs_path=None, filename=f"eval at e ({place}), <anonymous>", lineno=1, colno=7)
    assert {key: frame["data"]["eval_origin"][key] for key in ("function", "lineno")} == {key: plain[key] for key in ("function", "lineno")}
    assert not problems(frame)


@pytest.mark.parametrize("column", [0, 9, 20, 30, 36])
def test_a_map_that_knows_lines_only_gives_columns_that_mean_nothing_and_the_line_s_own_start_is_followed(tmp_path, engine_of, column):
    source = "function total(cart, tax) {\n    return sum(cart, 2) * rate(tax);\n}\n"
    script = "function total(cart,tax){\nreturn sum(cart,2)*rate(tax)}\n"
    (tmp_path / "app.js").write_text(script + "//# sourceMappingURL=app.js.map\n")
    lines = [[(0, 0, 0, 0)], [(0, 0, 1, column)]]
    (tmp_path / "app.js.map").write_text(json.dumps(source_map(lines, ["src/total.js"], [source])))
    at = script.splitlines()[1].index("rate(")
    frame = one(engine_of(tmp_path), abs_path="https://cdn.example/app.js", function="total", lineno=2, colno=at + 1)
    assert (frame["lineno"], frame["colno"]) == (2, source.splitlines()[1].index("rate(") + 1)


def test_a_module_is_its_own_whatever_package_the_loaders_are_of_that_made_it(engine_of, tmp_path):
    build(tmp_path)
    request = "webpack-internal:///./node_modules/vue-loader/lib/index.js?!{}?vue&type=script&lang=js&"
    own, package = (one(engine_of(), abs_path=request.format(path), lineno=45) for path in ("./src/Home.vue", "./node_modules/el/a.vue"))
    assert (own.get("in_app"), package["in_app"]) == (None, False)
