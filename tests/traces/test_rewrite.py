"""A symbolicated event back into its text."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.errors import TraceError
from symbolicator.traces import find_traces, parse_trace
from symbolicator.traces.formats import FORMATS
from symbolicator.traces.scan import read_line

SOURCE = {
    "function": "Cart.priceOf",
    "filename": "./src/checkout/cart.ts",
    "abs_path": "webpack://shop/./src/checkout/cart.ts",
    "lineno": 42,
    "colno": 25,
}


def symbolicated(frame, index, **changes):
    """`frame` as a transformer gives it back."""
    data = {**frame.get("data", {}), "symbolicator_status": "symbolicated", "raw_index": index}
    return {**frame, **SOURCE, **changes, "data": data}


def rewrite(text, change):
    """The text after `change(raw frame, raw index)` gave each frame's answer: a list of frames."""
    traces = find_traces(text)
    event = copy.deepcopy(traces.event)
    for value in event["exception"]["values"]:
        if "stacktrace" in value:
            frames = value["stacktrace"]["frames"]
            value["stacktrace"]["frames"] = [new for i, frame in enumerate(frames) for new in change(frame, i)]
    return traces.render(event)


def one(line, **changes):
    """What a trace of one frame becomes."""
    return rewrite(line, lambda frame, i: [symbolicated(frame, i, **changes)])


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("    at e (/srv/a.js:1:2)", "    at Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("    at /srv/a.js:1:2", "    at Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("    at async e (/srv/a.js:1:2)", "    at async Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("    at Object.e [as x] (/srv/a.js:1:2)", "    at Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("    at e (eval at f (/srv/a.js:1:2), <anonymous>:3:4)", "    at Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("    at e (/srv/a.js:1:2) {", "    at Cart.priceOf (src/checkout/cart.ts:42:25) {"),
        ("    at e (address at index.android.bundle:1:9)", "    at Cart.priceOf (src/checkout/cart.ts:42:25)"),
        ("e@https://shop.example/a.js:1:2", "Cart.priceOf@src/checkout/cart.ts:42:25"),
        ("async*e@https://shop.example/a.js:1:2", "async*Cart.priceOf@src/checkout/cart.ts:42:25"),
        ("https://shop.example/a.js:1:2", "Cart.priceOf@src/checkout/cart.ts:42:25"),
        ("e @ a.js:1", "Cart.priceOf @ src/checkout/cart.ts:42:25"),
        (" ❯ e src/a.ts:1:2", " ❯ Cart.priceOf src/checkout/cart.ts:42:25"),
        ("    in Cart (at a.js:1)", "    in Cart.priceOf (at src/checkout/cart.ts:42:25)"),
        (
            "12-01 10:00:00.000 E/RN( 7):     at e (a.js:1:2)\r\n",
            "12-01 10:00:00.000 E/RN( 7):     at Cart.priceOf (src/checkout/cart.ts:42:25)\r\n",
        ),
        (
            '{"stack":"Error: x\\n    at e (C:\\\\a.js:1:2)\\n    at e (C:\\\\a.js:1:2)","pid":7}\n',
            '{"stack":"Error: x' + "\\n    at Cart.priceOf (src/checkout/cart.ts:42:25)" * 2 + '","pid":7}\n',
        ),
    ],
)
def test_a_symbolicated_frame_takes_its_lines_place(line, written):
    assert one(line) == written


def test_android_frames_come_back_with_a_file():
    text = "x.JavascriptException: Error: x, stack:\ne@1:2\nf@1:3\n"
    assert rewrite(text, lambda f, i: [symbolicated(f, i)]).splitlines()[1:] == ["Cart.priceOf@src/checkout/cart.ts:42:25"] * 2


def test_a_name_that_stays_keeps_its_method():
    assert one("    at Object.e [as x] (/srv/a.js:1:2)", function="Object.e") == "    at Object.e [as x] (src/checkout/cart.ts:42:25)"


def test_names_are_escaped_as_often_as_the_line_is():
    assert (
        one('{"s":"Error\\n    at e (a.js:1:2)"}', function='say "x"') == '{"s":"Error\\n    at say \\"x\\" (src/checkout/cart.ts:42:25)"}'
    )
    text = '{"log":"    at e (a.js:1:2)\\n","stream":"stderr"}\n'
    assert one(text, function='say "x"') == '{"log":"    at say \\"x\\" (src/checkout/cart.ts:42:25)\\n","stream":"stderr"}\n'


def test_inlinees_get_a_line_each_innermost_first_with_the_prefix():
    def change(frame, i):
        return [symbolicated(frame, i, function="outer"), symbolicated(frame, i, function="inner")]

    text = "[7]     at e (a.js:1:2)\r\n[7]     at f (a.js:3:4)"
    lines = [f"[7]     at {name} (src/checkout/cart.ts:42:25)" for name in ("inner", "outer", "inner", "outer")]
    assert rewrite(text, change) == "\r\n".join(lines)
    assert rewrite('{"s":"Error\\n    at e (a.js:1:2)"}', change).count("\\n") == 2
    docker = '{"log":"    at e (a.js:1:2)\\n","stream":"stderr"}\n'
    assert all(line.endswith('\\n","stream":"stderr"}') for line in rewrite(docker, change).splitlines())


def test_raw_and_settled_frames_keep_their_lines_byte_for_byte():
    text = "Error: x\n \t at  e (/srv/a.js:1:2)  \n    at Array.map (<anonymous>)\n    at f (/srv/a.js:3:4)\n"

    def change(frame, i):
        status = "missing" if frame.get("function") == "f" else "symbolicated"
        return [
            {
                **frame,
                "in_app": False,
                "context_line": "…",
                "data": {**frame.get("data", {}), "symbolicator_status": status, "raw_index": i},
            }
        ]

    assert rewrite(text, change) == text


def test_a_frame_without_an_answer_loses_its_line():
    text = "Error: x\n    at e (/srv/a.js:1:2)\n    at f (/srv/a.js:3:4) {\n  code: 1\n}\n"

    def without(name):
        return lambda frame, i: [] if frame["function"] == name else [{**frame, "data": {"raw_index": i}}]

    assert rewrite(text, without("e")) == "Error: x\n    at f (/srv/a.js:3:4) {\n  code: 1\n}\n"
    assert rewrite(text, without("f")) == text  # its line holds the brace of what follows


def test_moved_frames_fill_the_lines_from_the_top():
    text = "Error: x\n    at e (/srv/a.js:1:2)\n    at f (/srv/a.js:3:4)\n"
    traces = find_traces(text)
    event = copy.deepcopy(traces.event)
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    for i, frame in enumerate(frames):
        frame["data"] = {"raw_index": i}
    frames.reverse()
    assert traces.render(event) == "Error: x\n    at f (/srv/a.js:3:4)\n    at e (/srv/a.js:1:2)\n"


def test_a_header_changes_with_its_exception():
    text = "[7] Uncaught a.b: x is a.b\n[7]     at e (/srv/a.js:1:2)\n".replace("a.b:", "a.bError:")
    traces = find_traces(text)
    event = copy.deepcopy(traces.event)
    event["exception"]["values"][0].update(type="shop.ShopError", value="x is shop.Cart")
    assert traces.render(event).splitlines()[0] == "[7] Uncaught shop.ShopError: x is shop.Cart"


def test_an_evals_origin_is_written_where_it_was_brought_back():
    def change(frame, i):
        origin = {
            **frame["data"]["eval_origin"],
            "function": "run",
            "filename": "src/run.ts",
            "abs_path": "webpack://x/src/run.ts",
            "lineno": 7,
            "colno": 3,
        }
        return [{**frame, "data": {"eval_origin": origin, "raw_index": i, "symbolicator_status": "raw"}}]

    assert (
        rewrite("    at e (eval at f (/srv/a.js:1:2), <anonymous>:3:4)", change)
        == "    at e (eval at run (src/run.ts:7:3), <anonymous>:3:4)"
    )
    assert rewrite("e@f.js line 1 > Function:3:4", change) == "e@src/run.ts line 7 > Function:3:4"


def test_an_evals_origin_that_only_gained_a_filename_is_unchanged():
    def change(frame, i):
        origin = {**frame["data"]["eval_origin"], "filename": "a.js"}
        return [{**frame, "data": {"eval_origin": origin, "raw_index": i, "symbolicator_status": "missing"}}]

    line = "    at e   (eval at f (/srv/a.js:1:2), <anonymous>:3:4)"
    assert rewrite(line, change) == line


def test_the_terminal_is_left_in_the_colour_it_had():
    assert one("    at e \x1b[90m(/srv/\x1b[39ma.js:1:2\x1b[90m)\x1b[39m\n").endswith("42:25)\x1b[90m\x1b[39m\x1b[90m\x1b[39m\n")


# ── properties ──

name = st.text(st.sampled_from("abcdefg$_ZÄ名😀"), min_size=1, max_size=8)
path = st.builds(
    "{}{}/{}.js{}".format,
    st.sampled_from(["https://shop.example:8080", "file:///srv", "/srv", "webpack-internal:///.", "C:\\x"]),
    st.text(st.sampled_from("/ab (c)[]@-."), max_size=6).map(lambda s: s.replace(") ", ")")),
    name,
    st.sampled_from(["", "?v=1:2"]),
)
number = st.integers(1, 99_999)
frame_line = st.one_of(
    st.builds("    at {} ({}:{}:{})".format, name, path, number, number),
    st.builds("    at async {} [as {}] ({}:{}:{})".format, name, name, path, number, number),
    st.builds("    at {}:{}:{}".format, path, number, number),
    st.builds("    at {} (address at index.android.bundle:1:{})".format, name, number),
    st.builds("    at {} (eval at {} ({}:{}:{}), <anonymous>:{}:{})".format, name, name, path, number, number, number, number),
    st.builds("{}@{}:{}:{}".format, name, path, number, number),
    st.builds("{}@{} line {} > eval line {} > Function:{}:{}".format, name, path, number, number, number, number),
    st.builds("async*{}@{}:{}:{}".format, name, path, number, number),
    st.builds("{}@1:{}".format, name, number),
    st.sampled_from(
        ["    at Array.map (<anonymous>)", "map@[native code]", "    at construct (native)", "    in Cart (at src/App.js:12)", "inner@"]
    ),
    st.builds(" ❯ {} src/a.ts:{}:{}".format, name, number, number),
)
log_line = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "Error: x",
            "TypeError: a: b",
            "  [cause]: Error: y",
            "Caused by: z",
            "  [errors]: [",
            "}",
            "[7] ",
            '{"a":"\\n    at f (x.js:1:2)"}',
        ]
    ),
    st.sampled_from(
        [
            '{"log":"    at f (x.js:1:2)\\n","stream":"x"}',
            "\x1b[31m",
            "\\n    at f (x.js:1:2)",
            "... 5 more",
            "JavascriptException: x, stack:",
        ]
    ),
)
prefix = st.sampled_from(["", "", "[7] ", "web_1  | ", "\x1b[90m", "2026-01-01T00:00:00Z stderr F "])
texts = st.lists(
    st.builds("{}{}{}".format, prefix, st.one_of(frame_line, log_line), st.sampled_from(["\n", "\n", "\r\n", "", "\n\n", "\r"])),
    max_size=12,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_a_text_with_nothing_symbolicated_comes_back_byte_for_byte(text):
    try:
        traces = find_traces(text)
    except TraceError:
        return
    assert traces.render(traces.event) == text
    untouched = copy.deepcopy(traces.event)
    for value in untouched["exception"]["values"]:
        for index, frame in enumerate(value.get("stacktrace", {}).get("frames", [])):
            frame["data"] = {**frame.get("data", {}), "raw_index": index, "symbolicator_status": "missing"}
    assert traces.render(untouched) == text


@settings(max_examples=300, deadline=None)
@given(texts, st.data())
def test_any_answer_can_be_written(text, data):
    try:
        traces = find_traces(text)
    except TraceError:
        return
    event = copy.deepcopy(traces.event)
    for value in event["exception"]["values"]:
        frames = value.get("stacktrace", {}).get("frames", [])
        picks = data.draw(st.lists(st.integers(0, len(frames)), max_size=8))
        if frames:
            value["stacktrace"]["frames"] = [symbolicated(frames[i % len(frames)], i % len(frames)) for i in picks]
    assert isinstance(traces.render(event), str)


@settings(max_examples=400, deadline=None)
@given(frame_line)
def test_a_frame_as_its_format_writes_it_is_read_as_the_same_frame(line):
    form, found = read_line(line, FORMATS)
    written = form.write(found.frame, found.frame)
    lead = line[: found.start] if form.family != "vitest" else " "
    again = read_line(lead + written, FORMATS)
    assert again is not None
    assert again[1].frame == found.frame


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(st.sampled_from("at @:1()/ \n\\n\"'[]{}>❯<Error\x1b[m,."), max_size=300)))
def test_no_text_raises_anything_but_trace_error(text):
    try:
        parse_trace(text)
    except TraceError:
        return
