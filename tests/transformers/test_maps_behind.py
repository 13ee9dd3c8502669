"""Maps that a map leads to: the packager's behind Hermes's compiler's, a section's own file, what the sources were generated from."""

import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import CART, LINES, build, one, source_map

OFFSET = 100
"""A byte of Hermes's code that stands for column 34 of the bundle's first line (from 0)."""


def answer(frame):
    """(file, line, column) of a frame, from 1."""
    return frame.get("filename"), frame["lineno"], frame["colno"]


def words(frame):
    return " ".join(problem["type"] + " " + problem["detail"] for problem in frame["data"].get("problems", ()))


def compilers(folder, name):
    """Hermes's own map: from bytes of its code to the bundle `index.android.bundle`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(source_map([[(0, 0, 0, 0), (OFFSET, 0, 0, 34)]], ["index.android.bundle"])))


def packagers(folder, name, source="src/cart.ts"):
    """The packager's map: from the bundle to what somebody wrote."""
    (folder / name).write_text(json.dumps(source_map(LINES, [source], [CART], ["Cart"])))


def of_bytecode(folder, path="index.android.bundle"):
    return one(Symbolicator([str(folder)], cache_dir=False), abs_path=path, colno=OFFSET + 1)


@pytest.mark.parametrize(
    ("path", "compiler", "packager"),
    [
        ("index.android.bundle", "index.android.bundle.compiler.map", "index.android.bundle.packager.map"),
        ("index.android.bundle", "index.android.bundle.hbc.map", "index.android.bundle.packager.map"),
        ("index.android.hbc", "index.android.hbc.map", "index.android.map"),
    ],
)
def test_hermes_s_compiler_s_map_leads_on_through_the_packager_s_beside_it(tmp_path, path, compiler, packager):
    compilers(tmp_path, compiler)
    packagers(tmp_path, packager)
    frame = of_bytecode(tmp_path, path)
    assert answer(frame) == ("src/cart.ts", 3, 23)
    assert frame["function"] == "Cart.total"


def test_the_packager_s_map_stands_before_one_that_was_composed(tmp_path):
    compilers(tmp_path, "index.android.hbc.map")
    packagers(tmp_path, "index.android.packager.map")
    packagers(tmp_path, "index.android.map", "src/composed.ts")
    assert answer(of_bytecode(tmp_path, "index.android.hbc"))[0] == "src/cart.ts"


def test_of_two_apps_packagers_maps_the_one_beside_the_compiler_s_is_meant(tmp_path):
    compilers(tmp_path / "one", "index.android.bundle.compiler.map")
    packagers(tmp_path / "one", "index.android.bundle.packager.map")
    (tmp_path / "another").mkdir()
    packagers(tmp_path / "another", "index.android.bundle.packager.map", "src/another.ts")
    assert answer(of_bytecode(tmp_path)) == ("src/cart.ts", 3, 23)


@pytest.mark.parametrize("packager", [None, "{"])
def test_without_a_packager_s_map_that_can_be_read_the_place_is_the_bundle_s(tmp_path, packager):
    compilers(tmp_path, "index.android.bundle.compiler.map")
    if packager:
        (tmp_path / "index.android.bundle.packager.map").write_text(packager)
    assert answer(of_bytecode(tmp_path)) == ("index.android.bundle", 1, 35)


def test_two_maps_that_a_section_may_mean_are_an_ambiguity(tmp_path):
    for folder in ("a", "b"):
        build(tmp_path, f"{folder}/cart.js", None, f"../src/{folder}.ts")
    (tmp_path / "app.js.map").write_text(
        json.dumps({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "url": "https://cdn.example/cart.js.map"}]})
    )
    frame = one(Symbolicator([str(tmp_path)], cache_dir=False))
    assert frame["function"] == "a.total"
    assert "ambiguous_file section https://cdn.example/cart.js.map" in words(frame)


def test_a_section_s_map_that_is_not_given_is_named_with_the_map_that_names_it(tmp_path):
    (tmp_path / "app.js.map").write_text(
        json.dumps({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "url": "parts/cart.js.map"}]})
    )
    [problem] = one(Symbolicator([str(tmp_path)], cache_dir=False))["data"]["problems"]
    assert problem["type"] == "missing_sourcemap"
    assert problem["detail"].endswith("app.js.map refers to parts/cart.js.map, which is not among the files given")
    assert problem["hint"]
    assert problem["tried"]


COMPILED = "class Cart{total(){return this.items.length}}"
"""What the bundler was given, and the map from it to `cart.ts`."""
INNER = source_map([[(0, 0, 0, 7), (11, 0, 1, 2), (19, 0, 2, 4), (26, 0, 2, 11), (37, 0, 2, 22)]], ["../src/cart.ts"], [CART])
OUTER = [[(0, 0, 0, 0), (8, 0, 0, 11), (16, 0, 0, 19), (23, 0, 0, 26), (34, 0, 0, 37)]]
THERE, AT_THE_COMPILED = ("src/cart.ts", 3, 23), (1, 38)


@pytest.fixture
def bundled(tmp_path):
    def place(outer, content, text, at="lib/cart.js", inner=None, comment="cart.js.map"):
        """Where a frame of `app.js` is, whose map names the source `outer` with `content`, and what lies in `at` is `text`."""
        target = tmp_path / at
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{text}\n//# sourceMappingURL={comment}")
        (target.parent / "cart.js.map").write_text(json.dumps(INNER) if inner is None else inner)
        contents = None if content is None else [f"{content}\n//# sourceMappingURL={comment}"]
        (tmp_path / "app.js.map").write_text(json.dumps(source_map(OUTER, [outer], contents)))
        return answer(one(Symbolicator([str(tmp_path)], cache_dir=False)))

    return place


@pytest.mark.parametrize(
    ("outer", "content"),
    [("lib/cart.js", COMPILED), ("lib/cart.js", None), ("lib/cart.js?v=2", COMPILED), ("https://else.example/cart.js", COMPILED)],
)
def test_a_source_that_is_generated_itself_is_followed_by_its_very_text_or_its_path(bundled, outer, content):
    assert bundled(outer, content, COMPILED) == THERE


@pytest.mark.parametrize(
    ("outer", "content", "text"),
    [
        ("lib/cart.js", COMPILED, f"{COMPILED}/*another build's*/"),
        ("https://else.example/lib/cart.js", None, COMPILED),  # its name alone says nothing
    ],
)
def test_a_file_that_need_not_be_the_source_leads_no_further(bundled, outer, content, text):
    assert bundled(outer, content, text)[1:] == AT_THE_COMPILED


def test_what_somebody_wrote_in_another_language_is_not_taken_for_generated(bundled):
    assert bundled("lib/cart.coffee", COMPILED, COMPILED, at="lib/cart.coffee")[1:] == AT_THE_COMPILED


@pytest.mark.parametrize("comment", ["data:application/json,%7B", "cart.js.map"])
def test_a_damaged_map_behind_a_source_leaves_the_source_s_place(bundled, comment):
    assert bundled("lib/cart.js", COMPILED, COMPILED, inner="{", comment=comment)[1:] == AT_THE_COMPILED
