"""An event as a page of HTML, and as Markdown for an issue: right for every text, whatever it holds."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from symbolicator import render
from symbolicator.rendering.github import MOST
from tests.test_rendering import BAD, GOOD, TOP, chain, json_value

EVIL = "\"'><script src=//x>alert(1)</script></details></ol><!-- \x00\x1b[31m\u202e @someone #12 GH-3 `` ``` ![](//x) [x](//x) <b>&lt;\ttab"


def event_of(text, message=None):
    """An event with a text in every place that is shown."""
    around = {"pre_context": [text, text], "context_line": f"{text} x", "post_context": [text]}
    problem = {"type": "missing_source", "detail": text, "hint": text, "artifact": text}
    own = {**GOOD, "function": text, "filename": text, "abs_path": text, **around}
    bad = {
        **own,
        "platform": text,
        "data": {"symbolicator_status": "raw", "problems": [problem], "folded": {"frames": 2, "functions": [text]}},
    }
    other = {**own, "in_app": False, "data": {"symbolicator_status": "symbolicated"}}
    value = {"type": "E", "value": message or text, "stacktrace": {"frames": [bad, own, other, other, other, own], "apart": text}}
    return {"exception": {"values": [value]}, "threads": {"values": [{"name": text, "stacktrace": {"frames": [own]}}]}, "errors": [problem]}


class Tags(HTMLParser):
    """The tags of a page with their attributes, in order, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *attributes))

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_data(self, data):
        self.text.append(data)


def test_a_page_has_the_crash_its_source_and_what_is_missing():
    problem = {"type": "missing_source", "detail": "no v.js", "hint": "give the folder with files="}
    bad = {**BAD, "data": {"symbolicator_status": "missing", "problems": [problem]}}
    page = render({**chain({"type": "E", "value": "oh", "stacktrace": {"frames": [bad, GOOD]}}), "errors": [problem]}, "html")
    text = " ".join("".join(Tags(page).text).split())
    assert page.startswith("<!doctype html>")
    for words in ("E: oh", "Cart.priceOf src/cart.ts:42:25", "42 return x;", "[1] no v.js", "To do: give the folder", "1 of 2 frames"):
        assert words in text.replace("priceOfsrc", "priceOf src").replace("42  return", "42 return"), words


def test_a_page_loads_nothing_and_runs_nothing():
    page = render(event_of("x"), "html")
    assert "default-src 'none'" in page
    assert not re.search(r"(?i)<script|<img|<link|<iframe|<a |href=|src=|url\(|@import|\son\w+=|javascript:", page)


def test_no_text_changes_the_tags_of_a_page():
    assert Tags(render(event_of(EVIL), "html")).tags == Tags(render(event_of("h" * len(EVIL)), "html")).tags


def test_a_page_has_no_control_characters_but_tabs_and_line_ends():
    page = render(event_of(EVIL), "html")
    assert "\t" in page
    assert page.replace("\n", "").replace("\t", "").isprintable()


# a column in the middle; behind the end; none; after characters of two units
@pytest.mark.parametrize(
    ("line", "column", "marked"), [("abXd", 3, "X"), ("ab", 9, None), ("ab", None, None), ("😀😀X", 5, "X"), ("<X>", 2, "X")]
)
def test_the_character_at_the_column_is_marked(line, column, marked):
    page = render({"frames": [{**GOOD, "context_line": line, "colno": column}]}, "html")
    found = re.findall(r"<u>(.)</u>", page)
    assert found == ([marked] if marked else [])


def test_a_minified_line_is_cut_around_its_column():
    page = render({"frames": [{**GOOD, "context_line": "x" * 900_000 + "HERE" + "y" * 900_000, "colno": 900_001}]}, "html")
    assert "<u>H</u>ERE" in page
    assert len(page) < 10_000


def parsed(text):
    """The words outside of code, and the raw HTML, of Markdown."""
    words, raw = [], []
    for token in MarkdownIt("commonmark").parse(text):
        for one in token.children or [token]:
            if one.type == "text":
                words.append(one.content)
            elif one.type in {"html_inline", "html_block"}:
                raw.append(one.content)
            else:
                assert one.type not in {"link_open", "image", "code_block"}, one
    return words, "".join(raw)


def test_an_issue_has_the_crash_above_and_the_rest_folded():
    library = {**GOOD, "function": "lib", "in_app": False}
    text = render(chain({"type": "E", "value": "oh", "stacktrace": {"frames": [GOOD, library, GOOD]}}), "github")
    above, _, folded = text.partition("<details><summary>3 frames</summary>")
    assert above.startswith(
        "**`E: oh`**\n\n`Cart.priceOf` in `src/cart.ts:42:25`\n\n```text\n  40 | a\n  41 | b\n> 42 |   return x;\n  43 | }\n```\n"
    )
    assert "- `lib` in `src/cart.ts:42:25`" in folded
    assert "all 3 frames symbolicated" in folded


def test_nobody_is_called_and_nothing_is_linked_by_the_text_of_an_event():
    words, raw = parsed(render(event_of(EVIL), "github"))
    assert not re.search("[@#<`]|GH-", " ".join(words)), words
    assert re.fullmatch(r"(</?(?:details|summary)>|[\w .;]|\n)*", raw), raw
    assert raw.count("<details>") == raw.count("</details>") > 0


def test_an_issue_stays_within_what_github_takes():
    deep = [{**GOOD, "function": f"f{number}"} for number in range(5_000)]
    values = [{"type": "E", "value": "x", "stacktrace": {"frames": deep}, "mechanism": {"exception_id": number}} for number in range(40)]
    text = render({"exception": {"values": values}, "errors": [{"detail": "d" * 500}] * 500}, "github")
    assert len(text) <= MOST
    assert "more stacks are left out" in text
    assert "… 4940 more" in text


@given(st.dictionaries(st.sampled_from(TOP), json_value, max_size=3), st.sampled_from(["html", "github", "markdown"]))
def test_anything_that_looks_like_an_event_becomes_a_page(event, form):
    text = render(event, form, 2)
    if form == "html":
        tags = [tag for tag in Tags(text).tags if isinstance(tag, str) or tag[0] not in {"meta", "br"}]
        depth = [0]
        for tag in tags:
            depth.append(depth[-1] + (-1 if isinstance(tag, str) else 1))
        assert min(depth) == depth[-1] == 0
