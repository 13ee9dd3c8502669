"""What a frame's function is called, and what is said where nobody knows."""

import json

import pytest

from symbolicator import Symbolicator
from tests.sourcemaps.map_encoder import scopes
from tests.transformers.builds import FRAME, source_map


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
