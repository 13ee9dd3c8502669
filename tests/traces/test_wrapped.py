"""Frames broken over several lines by what showed them."""

import pytest

from symbolicator.traces import find_traces

WHOLE = [
    # V8: a place in parentheses, a bare one, an eval's
    "    at Object.handler (https://shop.example/assets/app/checkout/index-4f2a9c.js:1:72)",
    "    at https://shop.example/assets/app/checkout/summary/index-4f2a9c.js:1:72",
    "    at eval (eval at compile (https://shop.example/assets/index.js:1:72), <anonymous>:1:9)",
    # Java
    "    at com.acme.shop.checkout.CheckoutActivity.pay(CheckoutActivity.java:17)",
    # SpiderMonkey and JavaScriptCore
    "handler@https://shop.example/assets/app/checkout/index-4f2a9c.js:1:72",
]


def framed(text):
    """What each frame of a text says, and where the text has it."""
    traces = find_traces(text)
    frames = [frame for value in traces.event["exception"]["values"] for frame in value["stacktrace"]["frames"]]
    return [{key: frame.get(key) for key in ("module", "function", "abs_path", "lineno", "colno")} for frame in frames]


def broken(whole):
    """A frame broken at each place within its address."""
    first = whole.find("://") + 3 if "://" in whole else whole.find("(") + 1
    numbers = len(whole) - len(whole.rstrip("0123456789:)"))
    for at in range(first, len(whole) - numbers + 1):
        if whole[at - 1] != " " and whole[at] not in " (":
            yield whole[:at] + "\n" + whole[at:]
    if "(" not in whole:
        yield whole[: len(whole) - numbers] + "\n" + whole[len(whole) - numbers :]


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize("indent", ["", "    ", "> "], ids=["none", "indented", "quoted"])
def test_a_frame_broken_within_its_place_is_the_frame_it_was(whole, indent):
    for text in broken(whole):
        assert framed("Error: x\n" + text.replace("\n", "\n" + indent)) == framed("Error: x\n" + whole), text


def test_a_place_that_was_broken_off_whole_belongs_to_the_name_above():
    assert framed("Error: x\n    at Object.handler\n(https://shop.example/a.js:1:72)\n") == framed(
        "Error: x\n    at Object.handler (https://shop.example/a.js:1:72)\n"
    )


@pytest.mark.parametrize(
    "whole",
    [
        # a word that mail puts on a line of its own
        "    at|https://shop.example/assets/app/a.js:1:72",
        "    at|com.acme.shop.Checkout.pay(Checkout.java:17)",
        "    at async|https://shop.example/assets/app/a.js:1:72",
        # a name of Java's, which holds no blank
        "    at com.acme.shop.checkout.presentation.Check!outActivity.pay(CheckoutActivity.java:17)",
    ],
)
def test_a_frame_broken_before_its_place_is_the_frame_it_was(whole):
    text = whole.replace("|", "\n").replace("!", "\n")
    assert framed("Error: x\n" + text) == framed("Error: x\n" + whole.replace("|", " ").replace("!", ""))


def test_a_frame_broken_within_its_numbers_is_read_where_the_text_shows_it():
    for text in ("at f (https://h/a.js:1:7\n2)", "at f (https://h/a.js:1\n:72)", "at https://h/a.js:1\n:72", "f@https://h/a.js:1\n:72"):
        assert framed("Error: x\n" + text) == framed("Error: x\n" + text.replace("\n", "")), text


def test_an_address_may_take_more_than_two_lines():
    whole = "    at f (https://shop.example/" + "assets/" * 40 + "a.js:1:72)"
    wrapped = "\n".join(whole[at : at + 80] for at in range(0, len(whole), 80))
    assert framed("Error: x\n" + wrapped) == framed("Error: x\n" + whole)


@pytest.mark.parametrize(
    "text",
    [
        # a component without a place above a frame
        "Error: x\n    at div\n    at App (https://h/a.js:1:2)\n",
        # a frame above what the console says next
        "Error: x\n    at https://h/a.js:1:2\n3\n",
        # a frame without a column above a number
        "Error: x\nf@https://h/a.js:12\n404 Not Found\n",
    ],
)
def test_lines_that_are_whole_stay_apart(text):
    assert all("\n" not in text[source.start : source.end] for stack in find_traces(text).sources for source in stack)


def test_what_is_not_symbolicated_keeps_its_breaks():
    text = "Error: x\r\n    at f (https://h/a\r\n.js:1:2)\r\n    at g (https://h/a.js:1:5)\r\n"
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    assert [text[source.start : source.end] for source in traces.sources[0]][::-1] == [
        "at f (https://h/a\r\n.js:1:2)",
        "at g (https://h/a.js:1:5)",
    ]
