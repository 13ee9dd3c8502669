"""From a segment's start on to the very position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.sourcemaps.alignment import MAX_CHARACTERS, begins_a_token, find_word, follow, line_and_column
from tests.counting import assert_text_in_proportion


@pytest.mark.parametrize(
    ("generated", "word", "original", "expected"),
    [
        # white space and line ends were taken out
        ("try{await t()", "await", "try {\n    await scenario();", "await scenario"),
        # comments too
        ("a.b(c)", "c", "a /* why */ . b( // here\n  c)", "c)"),
        # what differs before the position proves nothing
        ("let a=await t()", "await", "const total = await t()", None),
        # nor does a text that ends
        ("try{await t()", "await", "try {", None),
        # nor a different character at the position
        ("f(a)", "a", "f(b)", None),
    ],
)
def test_the_same_characters_are_followed(generated, word, original, expected):
    place = follow(generated, generated.index(word), original)
    assert (None if place is None else original[place:].startswith(expected)) == (None if expected is None else True)


@given(st.lists(st.sampled_from(["try", "{", "await", "(", ")", "x", ";", "=", '"s"', "+"]), min_size=2, max_size=12), st.data())
def test_a_text_with_other_white_space_is_followed_to_the_same_token(tokens, data):
    gaps = data.draw(
        st.lists(st.sampled_from([" ", "\n", "\r\n  ", "\t", "/* c */", "// c\n"]), min_size=len(tokens), max_size=len(tokens))
    )
    original = "".join(token + gap for token, gap in zip(tokens, gaps, strict=True))
    target = data.draw(st.integers(1, len(tokens) - 1))
    generated = "".join(tokens)
    place = follow(generated, len("".join(tokens[:target])), original)
    assert place == len("".join(token + gap for token, gap in zip(tokens[:target], gaps, strict=False)))


@given(st.text(max_size=300), st.integers(-5, 300), st.text(max_size=300))
def test_no_text_makes_it_raise(generated, place, original):
    found = follow(generated, place, original)
    assert found is None or original[found] == generated[place]
    if place >= 0:
        find_word(generated, place, original)


def test_comments_without_end_cost_no_more_than_their_length():
    follow("a" * MAX_CHARACTERS + "b", MAX_CHARACTERS, "a" * 10 + "/*" * 50_000)
    assert_text_in_proportion(lambda text: follow("a" * 100 + "b", 100, "a" * 10 + text), "/*")
    assert_text_in_proportion(lambda text: follow("ab", 1, "a" + text), "/**")


def test_the_nth_word_of_its_kind_is_the_nth():
    original = "emoji: (x: string): string => signal(signal(x)),"
    generated = "emoji: (x) => signal(signal(x))"
    assert find_word(generated, generated.index("signal"), original) == original.index("signal")
    assert find_word(generated, generated.rindex("signal"), original) == original.rindex("signal")
    assert find_word("a.b()", 3, "a.b()") is None
    assert find_word("ab", 1, "ab") is None
    assert find_word("gone()", 0, "there()") is None


def test_lines_and_columns_count_utf_16():
    assert line_and_column("a\n😀b", 3, 4, 10) == (5, 2)
    assert line_and_column("ab", 1, 4, 10) == (4, 11)


@pytest.mark.parametrize(
    ("before", "after", "begins"),
    [
        ("", "a", True),
        (".", "a", True),
        ("a", "b", False),
        ("a", "(", True),
        ("a", " ", False),
        ("a", "", False),
        ("$", "x", False),
        (")", "(", True),
    ],
)
def test_an_engine_reports_starts_of_tokens(before, after, begins):
    assert begins_a_token(before, after) is begins
