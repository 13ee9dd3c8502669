"""Which map is a script's: its own, or another's that is only called so."""

import base64
import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import CART, LINES, MINIFIED, build, one, source_map

ID = "85314830-023f-4cf1-a267-535f4e37bb17"
OTHER_ID = "00000000-1111-4222-8333-444444444444"
MODULE = "webpack-internal:///./src/cart.ts"


@pytest.fixture
def engine(tmp_path):
    return Symbolicator([str(tmp_path)], cache_dir=False)


def evaluated(folder, *comments):
    """A development bundle that evaluates one module, which ends with the comments."""
    code = "\n".join((MINIFIED, *comments, f"//# sourceURL={MODULE}", ""))
    (folder / "main.js").write_text(f'var modules = {{"./src/cart.ts": () => {{\neval({json.dumps(code)});\n}}}};\n')


def test_a_module_that_is_evaluated_is_mapped_by_the_map_in_its_own_string(tmp_path, engine):
    document = json.dumps(source_map(LINES, ["webpack://shop/./src/cart.ts"], [CART], ["Cart"]))
    evaluated(tmp_path, f"//# sourceMappingURL=data:application/json;base64,{base64.b64encode(document.encode()).decode()}")
    frame = one(engine, abs_path=MODULE)
    assert (frame["lineno"], frame["colno"], frame["function"]) == (3, 23, "Cart.total")
    assert frame["data"]["resolved_with"] == "inline"


def test_a_module_that_is_evaluated_without_a_map_stays_as_it_is(tmp_path, engine):
    evaluated(tmp_path)
    frame = one(engine, abs_path=MODULE)
    assert frame["function"] == "a.total"
    assert frame["data"]["symbolicator_status"] != "symbolicated"


@pytest.mark.parametrize(("said", "right"), [(None, True), ("app.js", True), ("app.css", False), ("https://cdn.example/app.js", True)])
def test_a_map_called_without_the_script_s_ending_is_not_that_of_another_file(tmp_path, engine, said, right):
    build(tmp_path, "app.js", None, **({"file": said} if said else {}))
    (tmp_path / "app.js.map").rename(tmp_path / "app.map")
    assert (one(engine)["function"] == "Cart.total") is right


@pytest.mark.parametrize("debug_id", [ID, OTHER_ID])
def test_without_the_script_two_equally_good_maps_are_an_ambiguity_and_another_build_s_is_none(tmp_path, engine, debug_id):
    for folder in ("one", "two"):
        build(tmp_path, f"{folder}/app.js", None, f"../src/{folder}.ts")
        (tmp_path / f"{folder}/app.js").unlink()
    frame = one(engine)
    assert [problem["type"] for problem in frame["data"]["problems"]] == ["ambiguous_file"]
    (tmp_path / "two/app.js.map").unlink()
    (tmp_path / "one/app.js.map").write_text(json.dumps(source_map(LINES, ["cart.ts"], [CART], ["Cart"], debugId=ID)))
    url = "https://cdn.example/assets/app.js"
    images = [{"type": "sourcemap", "code_file": url, "debug_id": debug_id}]
    with Symbolicator([str(tmp_path)], cache_dir=False) as later:
        [frame] = later.symbolicate_frames([{"abs_path": url, "function": "a.total", "lineno": 1, "colno": 35}], images=images)
    assert (frame["function"] == "Cart.total") is (debug_id == ID)


@pytest.mark.parametrize("text", ["go(1)\n", "go(1)\n//# debugId=" + OTHER_ID, "x" * 20 + "y" * 60])
def test_a_map_that_the_event_names_by_id_is_not_given_up_for_a_script_that_is_only_called_so(tmp_path, text):
    build(tmp_path, "maps/app.js", None, debugId=ID)
    (tmp_path / "maps/app.js").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/app.js").write_text(text)
    url = "https://cdn.example/assets/app.js"
    frames = [{"abs_path": url, "function": "a.total", "lineno": 1, "colno": column} for column in (29, 35)]
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:
        named = engine.symbolicate_frames(frames, images=[{"type": "sourcemap", "code_file": url, "debug_id": ID}])
        unnamed = engine.symbolicate_frames(frames)
    assert [(frame["function"], frame["lineno"], frame["colno"]) for frame in named] == [("Cart.total", 3, 17), ("Cart.total", 3, 23)]
    assert named[0]["context_line"] == "    return this.items.length;"
    assert not any(frame["function"] == "Cart.total" for frame in unnamed)


SECTION = {"offset": {"line": 0, "column": 0}, "map": source_map(LINES, ["cart.ts"], [CART], ["Cart"])}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (json.dumps({"version": 3, "sections": [SECTION] * 3}), "limit_exceeded"),
        ('{"version": 3, "mappings": "AAAA"', "malformed_sourcemap"),
    ],
)
def test_a_map_that_cannot_be_read_is_named_once(tmp_path, engine, monkeypatch, content, kind):
    monkeypatch.setattr("symbolicator.sourcemaps.sections.MAX_SECTIONS", 2)
    build(tmp_path, "app.js")
    (tmp_path / "app.js.map").write_text(content)
    (problem,) = one(engine)["data"]["problems"]
    assert (problem["type"], problem["detail"].count("app.js.map")) == (kind, 1)


def test_a_module_in_an_eval_without_a_map_is_said_to_be_that(tmp_path):
    (tmp_path / "main.js").write_text('eval("go();\\n//# sourceURL=webpack-internal:///./src/a.js");\n')
    frame = {"platform": "javascript", "abs_path": "webpack-internal:///./src/a.js", "function": "go", "lineno": 1, "colno": 1}
    out = Symbolicator([str(tmp_path)], cache_dir=False).symbolicate({"frames": [frame]})
    (problem,) = out["errors"]
    assert problem["type"] == "missing_sourcemap"
    assert "in an eval without a source map" in problem["detail"]
    assert "eval-source-map" in problem["hint"]
