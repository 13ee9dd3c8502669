"""A position within a segment: made exact by the texts on both sides, and left alone where they do not agree."""

import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import CART, MINIFIED, one, source_map

TOTAL = [(0, 0, 0, 7), (8, 0, 1, 2), (41, 0, 4, 0)]
"""Segments of the class, of its method and of its end."""


@pytest.fixture
def refined(tmp_path):
    def place(segments, column, content=CART, text=MINIFIED, above=()):
        """Where `column` (from 0) of `text`, which stands below the lines `above`, leads: line and column, from 1."""
        script = "\n".join((*above, text, "//# sourceMappingURL=app.js.map"))
        (tmp_path / "app.js").write_text(script)
        (tmp_path / "app.js.map").write_text(json.dumps(source_map([*([] for _ in above), segments], ["cart.ts"], [content])))
        frame = one(Symbolicator([str(tmp_path)], cache_dir=False), lineno=len(above) + 1, colno=column + 1)
        assert frame["filename"] == "cart.ts"
        return frame["lineno"], frame.get("colno")

    return place


def test_the_text_is_followed_from_where_the_segment_starts_over_lines(refined):
    # `length` of `return this.items.length`, from the segment of `total`
    assert refined(TOTAL, 34) == (3, 23)
    assert refined(TOTAL, 23) == (3, 12)
    assert refined(TOTAL, 8) == (2, 3)


def test_columns_of_the_original_are_utf_16_units_before_and_behind_the_segment(refined):
    content = CART.replace("  total() {", "  /*𝄞*/total() { /*𝄞𝄞*/")
    assert refined([*TOTAL[:1], (8, 0, 1, 8), *TOTAL[2:]], 8, content) == (2, 9)
    assert refined([*TOTAL[:1], (8, 0, 1, 8), *TOTAL[2:]], 34, content) == (3, 23)
    assert refined([*TOTAL[:1], (8, 0, 1, 8), *TOTAL[2:]], 13, content.replace("total()", "total/*𝄞*/()")) == (2, 20)


def test_where_the_texts_part_the_segment_s_own_place_stays(refined):
    content = CART.replace("this.items.length", "this.lines.count")
    assert refined([(0, 0, 0, 7), (8, 0, 1, 2), (16, 0, 2, 4)], 34, content) == (3, 5)


def test_a_word_is_found_on_its_line_where_the_text_before_it_was_changed(refined):
    content = CART.replace("return this", "return (this as any)")
    assert refined([(0, 0, 0, 7), (8, 0, 1, 2), (16, 0, 2, 4), (41, 0, 4, 0)], 34, content) == (
        3,
        4 + len("return (this as any).items.") + 1,
    )


def test_of_segments_that_share_one_place_the_line_is_searched_for_the_word(refined):
    shared = [(0, 0, 0, 7), (16, 0, 2, 4), (23, 0, 2, 4), (28, 0, 2, 4), (34, 0, 2, 4), (40, 0, 4, 0)]
    assert refined(shared, 34) == (3, 23)
    assert refined(shared, 28) == (3, 17)


def test_where_a_segment_starts_the_map_has_the_last_word(refined):
    content = CART.replace("return this", "give(this); return this")
    assert refined([(0, 0, 0, 7), (16, 0, 2, 4), (23, 0, 2, 23)], 16, content) == (3, 5)


@pytest.mark.parametrize("above", [(), ("ž𝄞();", ""), ("x" * 5000,)])
def test_the_last_segment_of_a_line_reaches_to_the_line_s_end(refined, above):
    assert refined([(0, 0, 0, 7), (8, 0, 1, 2)], 34, above=above) == (3, 23)
    content = CART.replace("return this", "return (this as any)")
    assert refined([(0, 0, 0, 7), (16, 0, 2, 4)], 34, content, above=above) == (3, 4 + len("return (this as any).items.") + 1)


@pytest.mark.parametrize("above", [(), ("ž𝄞();", ""), ("x" * 5000,)])
def test_a_word_that_is_there_twice_is_the_one_of_the_same_number(refined, above):
    text = "class a{b(){return this.b+this.b}}"
    content = "export class Cart {\n  b() {\n    return (this as any).b + (this as any).b;\n  }\n}\n"
    segments = [(0, 0, 0, 7), (12, 0, 2, 4), (32, 0, 3, 2)]
    line = content.split("\n")[2]
    assert refined(segments, text.index("b+"), content, text, above) == (3, line.index("b +") + 1)
    assert refined(segments, text.index("b}"), content, text, above) == (3, line.index("b;") + 1)


@pytest.mark.parametrize(("lines", "place"), [(23, (26, 23)), (24, (2, 3))])
def test_the_original_is_followed_over_twenty_four_lines_and_no_further(refined, lines, place):
    assert refined(TOTAL, 34, CART.replace("{\n    return", "{\n" + "\n" * lines + "    return")) == place


@pytest.mark.parametrize(("characters", "followed"), [(4096, True), (4097, False)])
def test_the_original_is_followed_through_a_page_of_characters_and_no_further(refined, characters, followed):
    rest = CART.split("\n", 1)[1].removeprefix("  ")
    content = CART.replace("    return", " " * (4 + characters - 1 - rest.index("length")) + "return")
    assert refined(TOTAL, 34, content)[0] == (3 if followed else 2)


def test_a_segment_is_followed_as_far_wherever_on_its_line_it_starts(refined):
    for before in (0, 240, 5000):
        segments = [(0, 0, 0, 0), *((column + before, *rest) for column, *rest in TOTAL)]
        assert refined(segments[not before :], before + 34, text=";" * before + MINIFIED) == (3, 23)


@pytest.mark.parametrize(("characters", "followed"), [(256, True), (257, False)])
def test_no_more_generated_text_is_followed_than_a_segment_has(refined, characters, followed):
    name = "x" * (characters - len("total(){return this."))
    content = CART.replace("items", name[:-1])
    text = MINIFIED.replace("items", name[:-1])
    segments = [(0, 0, 0, 7), (8, 0, 1, 2)]
    assert refined(segments, 8 + characters, content, text)[0] == (3 if followed else 2)
