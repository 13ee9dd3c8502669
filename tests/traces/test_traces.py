"""Whole texts: what was thrown, what caused what, and which lines belong to whom."""

import contextlib
import json

import pytest

from symbolicator import Symbolicator
from symbolicator.errors import TraceError
from symbolicator.traces import find_traces, parse_trace
from tests.counting import assert_text_in_proportion


def values(text):
    return parse_trace(text)["exception"]["values"]


def thrown(text):
    """(type, value, number of frames) of each exception."""
    return [(v.get("type"), v.get("value"), len(v.get("stacktrace", {}).get("frames", []))) for v in values(text)]


def functions(value):
    """Function names, callee first as the text has them."""
    return [frame.get("function") for frame in value["stacktrace"]["frames"]][::-1]


FRAMES = "    at inner (/srv/a.js:1:2)\n    at outer (/srv/a.js:3:4)\n"


def test_frames_are_caller_first():
    (value,) = values("TypeError: x\n" + FRAMES)
    assert [f["function"] for f in value["stacktrace"]["frames"]] == ["outer", "inner"]
    assert all(f["platform"] == "javascript" for f in value["stacktrace"]["frames"])
    assert "mechanism" not in value


HEADERS = [
    ("TypeError: x is undefined", "TypeError", "x is undefined"),
    ("Error", "Error", ""),
    ("Error: ", "Error", ""),
    ("ShopError: a: b", "ShopError", "a: b"),
    ("Uncaught TypeError: x", "TypeError", "x"),
    ("Uncaught (in promise) TypeError: x", "TypeError", "x"),
    ("Uncaught Error: Request failed: TypeError: x", "Error", "Request failed: TypeError: x"),
    ("Uncaught boom", None, "boom"),
    ("AssertionError [ERR_ASSERTION]: 1 == 2", "AssertionError", "1 == 2"),
    ("com.acme.ShopException: x", "com.acme.ShopException", "x"),
    ("DOMException: The operation was aborted.", "DOMException", "The operation was aborted."),
    ("Invariant Violation: x", "Invariant Violation", "x"),
    ("Timeout: waited 5 s", "Timeout", "waited 5 s"),
    ("Trace: here", "Trace", "here"),
    ("{ Error: old node", "Error", "old node"),
    ("error: Uncaught (in promise) TypeError: x", "TypeError", "x"),
    ("2026-11-22T10:00:00Z stderr F TypeError: x", "TypeError", "x"),
    ("(node:7) UnhandledPromiseRejectionWarning: TypeError: x", "UnhandledPromiseRejectionWarning", "TypeError: x"),
    ("worker 3 gave up with TypeError: x", "TypeError", "x"),
    ("something went wrong", None, "something went wrong"),
]


@pytest.mark.parametrize(("line", "kind", "value"), HEADERS, ids=[row[0] for row in HEADERS])
def test_header_of_an_exception(line, kind, value):
    (got,) = values(f"{line}\n{FRAMES}")
    assert (got.get("type"), got.get("value")) == (kind, value)


def test_a_stack_without_a_header_has_neither_type_nor_value():
    (value,) = values("f@https://shop.example/a.js:1:2\n@https://shop.example/a.js:3:4\n")
    assert set(value) == {"stacktrace"}


def test_a_message_runs_to_the_first_frame():
    assert thrown("TypeError: one\n\n12:34:56 two\n  three: 3\n" + FRAMES) == [("TypeError", "one\n\n12:34:56 two\n  three: 3", 2)]


def test_lines_like_frames_inside_a_message_are_frames():
    """To leave real frames raw, where another writer's line stands below them, would cost more."""
    text = "Error: worker said\n    at fake (x.js:1:2)\nand gave up\n" + FRAMES
    assert thrown(text) == [("Error", "worker said", 3)]


FOREIGN = [
    # V8's frames
    "Error: x\n    at f (/a.js:1:2)\n{}    at g (/a.js:1:5)\n    at h (/a.js:1:8)\n",
    # SpiderMonkey's and JavaScriptCore's
    "Error: x\nf@https://h/a.js:1:2\n{}g@https://h/a.js:1:5\nh@https://h/a.js:1:8\n",
    # Java's
    "java.lang.Error: x\n\tat a.B.f(B.java:1)\n{}\tat a.B.g(B.java:2)\n\tat a.B.h(B.java:3)\n",
]


@pytest.mark.parametrize("text", FOREIGN)
@pytest.mark.parametrize(
    "between",
    [
        # what others print
        "GET /bill 500 12 ms\n",
        '{"level": 30, "msg": "GET /bill"}\n',
        "[12:00:01] GET /bill\n2026-11-30T12:00:01Z INFO done\n",
        "line one\nline two\nline three\n",
    ],
)
def test_other_writers_lines_do_not_end_a_stack(text, between):
    (value,) = values(text.format(between) if "{" not in between else text.replace("{}", between))
    assert (value["value"], functions(value)) == ("x", ["f", "g", "h"])


@pytest.mark.parametrize("text", FOREIGN)
@pytest.mark.parametrize(
    "between",
    [
        # more lines than others print at once
        "line one\nline two\nline three\nline four\n",
        # what was thrown next
        "RangeError: y\n",
        # a title
        "From previous event:\n",
        # rules, blanks
        "---- async ----\n",
        "\n",
    ],
)
def test_what_opens_another_stack_ends_the_one_above(text, between):
    assert [len(value["stacktrace"]["frames"]) for value in values(text.replace("{}", between))][:2] in ([1, 2], [2, 1])


def test_a_frame_in_another_column_is_no_part_of_the_stack_above_other_writers_lines():
    text = "Error: x\n    at f (/a.js:1:2)\nGET /bill\n  at g (/a.js:1:5)\n"
    assert [functions(value) for value in values(text)] == [["f"], ["g"]]


def test_the_excerpts_between_sentrys_frames_do_not_end_a_stack():
    text = (
        'TypeError: x\n  File "app:///a.js", line 1, col 7, in r\n    {snip} r(e){return e.t} {snip}\n'
        '  File "<anonymous>", in Array.map\n  File "app:///a.js", line 1, col 9, in f\n    {snip} f()\ndone\n'
    )
    assert functions(values(text)[0]) == ["r", "Array.map", "f"]


def test_an_address_above_spidermonkeys_frames_belongs_to_the_message():
    text = "Error: ask\nfoo@bar:1:2\nsomeone@example.org:1:2\nf@https://shop.example/a.js:1:2\n"
    assert thrown(text) == [("Error", "ask\nfoo@bar:1:2\nsomeone@example.org:1:2", 1)]


def test_jest_prints_the_code_between_the_message_and_the_frames():
    text = (
        "  ● cart › adds\n\n    TypeError: x is not a function\n\n"
        "      12 | it('adds', () => {\n    > 13 |   x();\n         |   ^\n      14 | });\n\n"
        "      at Cart.add (src/cart.ts:13:3)\n      at Object.<anonymous> (src/cart.test.ts:4:1)\n\nTests: 1 failed\n"
    )
    ((kind, value, count),) = thrown(text)
    assert (kind, value.split("\n")[0], count) == ("TypeError", "x is not a function", 2)


def test_a_custom_errors_diff_is_not_taken_for_a_header():
    text = "AssertionError: not equal\n\nExpected: 1\nReceived: 2\n\n" + FRAMES
    assert thrown(text) == [("AssertionError", "not equal\n\nExpected: 1\nReceived: 2", 2)]


def test_vitest():
    text = " FAIL  src/cart.test.ts > adds\nAssertionError: expected 1 to be 2\n ❯ Cart.add src/cart.ts:13:3\n ❯ src/cart.test.ts:4:1\n"
    assert thrown(text) == [("AssertionError", "expected 1 to be 2", 2)]


def test_nodes_preamble_and_trailer_are_no_part_of_the_error():
    text = f"/srv/a.js:1\n  throw new ShopError('x')\n  ^\n\nShopError: x\n{FRAMES}\nNode.js v20.20.2\n"
    assert thrown(text) == [("ShopError", "x", 2)]


def test_causes_come_before_what_they_caused():
    text = (
        "Error: outer\n    at a (/srv/a.js:1:1)\n    ... 5 lines matching cause stack trace ...\n    at b (/srv/a.js:1:2) {\n  code: 'E',\n"
        "  [cause]: RangeError: middle\n      at c (/srv/a.js:1:3) {\n    [cause]: TypeError: root\n        at d (/srv/a.js:1:4)\n  }\n}\n"
    )
    assert thrown(text) == [("TypeError", "root", 1), ("RangeError", "middle", 1), ("Error", "outer", 2)]
    assert [v["mechanism"] for v in values(text)] == [
        {"type": "chained", "exception_id": 2, "parent_id": 1, "source": "cause"},
        {"type": "chained", "exception_id": 1, "parent_id": 0, "source": "cause"},
        {"type": "generic", "exception_id": 0},
    ]


def test_caused_by_lines_chain():
    text = f"Error: outer\n{FRAMES}Caused by: RangeError: middle\n{FRAMES}    ... 3 more\nCaused by: root\n{FRAMES}"
    assert thrown(text) == [(None, "root", 2), ("RangeError", "middle", 2), ("Error", "outer", 2)]
    assert [v["mechanism"].get("parent_id") for v in values(text)] == [1, 0, None]


AGGREGATE = (
    "[AggregateError: all failed] {\n  [errors]: [\n    Error: first\n        at a (/srv/a.js:1:1),\n"
    "    TypeError: second\n        at b (/srv/a.js:1:2) {\n      [cause]: Error: deep\n          at c (/srv/a.js:1:3)\n    },\n"
    "    'text',\n"
    "    Error: third\n        at d (/srv/a.js:1:4)\n  ]\n}\n"
)


def test_errors_of_an_aggregate_hang_below_it_though_it_has_no_frames():
    assert thrown(AGGREGATE) == [
        ("Error", "third", 1), ("Error", "deep", 1), ("TypeError", "second", 1), ("Error", "first", 1), ("AggregateError", "all failed", 0),
    ]  # fmt: skip
    assert [(v["mechanism"].get("parent_id"), v["mechanism"].get("source")) for v in values(AGGREGATE)] == [
        (0, "errors[2]"), (2, "cause"), (0, "errors[1]"), (0, "errors[0]"), (None, None),
    ]  # fmt: skip
    assert values(AGGREGATE)[-1]["mechanism"]["is_exception_group"] is True


def test_independent_errors_follow_in_the_order_of_the_text_without_a_parent():
    got = values(f"Error: a\n{FRAMES}listening\n\nTypeError: b\n{FRAMES}")
    assert [v["value"] for v in got] == ["a", "b"]
    assert [v["mechanism"] for v in got] == [{"type": "generic", "exception_id": 0}, {"type": "generic", "exception_id": 1}]


def test_react_component_stack_is_a_stack_of_its_own():
    text = f"Error: x\n{FRAMES}\nThe error occurred in <Cart>:\n\n    in Cart (at App.js:12)\n    in div\n    in App (created by Root)\n"
    got = values(text)
    assert [len(v["stacktrace"]["frames"]) for v in got] == [2, 3]
    assert functions(got[1]) == ["Cart", "div", "App"]


def test_component_stack_in_the_engines_syntax_keeps_elements_without_a_place():
    text = "The above error occurred in <Cart>:\n\n    at Cart (https://x/a.js:1:2)\n    at div\n    at Suspense\n    at App (https://x/a.js:3:4)\n"
    assert functions(values(text)[0]) == ["Cart", "div", "Suspense", "App"]


def test_android_javascript_exception_is_the_javascript_error():
    header = "com.facebook.react.common.JavascriptException: ShopError: no product, stack:\n"
    (value,) = values(header + "find@1:11940\n<unknown>@1:0\n\n")
    assert (value["type"], value["value"], functions(value)) == ("ShopError", "no product", ["find", "<unknown>"])
    assert [f["colno"] for f in value["stacktrace"]["frames"]] == [1, 11941]


def test_chrome_console_with_the_stack_of_the_call_below():
    got = values("Uncaught Error: x\n    at f (app.js:1:2)\nf @ app.js:1\n(anonymous) @ app.js:9\n")
    assert [len(v["stacktrace"]["frames"]) for v in got] == [1, 2]


def test_firefox_and_safari_consoles():
    assert thrown("Uncaught TypeError: x\n    f https://shop.example/a.js:12\n    g https://shop.example/a.js:15\na.js:12:5\n") == [
        ("TypeError", "x", 2)
    ]
    assert thrown("[Error] TypeError: x\n\tf (a.js:12:3)\n\tGlobal Code (a.js:15)\n") == [("TypeError", "x", 2)]


STACK = 'TypeError: say "x"\n    at inner (/srv/a.js:1:2)\n    at outer (C:\\shop\\new\\a.js:3:4)'


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"level": 50, "stack": STACK, "pid": 7}),
        json.dumps({"log": json.dumps({"stack": STACK}) + "\n", "stream": "stderr"}),
        f"level=error stack={json.dumps(STACK)} pid=7",
    ],
    ids=["json", "json in docker's json", "logfmt"],
)
def test_a_stack_inside_a_json_string(line):
    (value,) = values("starting\n" + line + "\nended\n")
    assert (value["type"], value["value"], functions(value)) == ("TypeError", 'say "x"', ["inner", "outer"])
    assert value["stacktrace"]["frames"][0]["abs_path"] == "C:\\shop\\new\\a.js"


def test_dockers_json_lines():
    text = "".join(
        f'{{"log":"{line}\\n","stream":"stderr","time":"2026"}}\n'
        for line in ["Error: x", "    at f (/srv/a.js:1:2)", "    at g (/srv/a.js:3:4)"]
    )
    assert thrown(text) == [("Error", "x", 2)]


@pytest.mark.parametrize("prefix", ["12-01 10:00:00.000 E/ReactNativeJS( 123): ", "2026-11-22T10:00:00Z stderr F ", "[7] ", "web_1  | "])
def test_a_prefixed_trace_has_a_message_without_prefixes(prefix):
    text = "".join(prefix + line + "\r\n" for line in ["Error: one", "two", "    at f (/srv/a.js:1:2)", "    at g (/srv/a.js:3:4)", "done"])
    assert thrown(text) == [("Error", "one\ntwo", 2)]


def test_colours_are_no_part_of_anything():
    text = (
        "\x1b[31mError: x\x1b[39m\n    at f \x1b[90m(/srv/\x1b[39ma.js:1:2\x1b[90m)\x1b[39m\n\x1b[90m    at node:internal/x:1:2\x1b[39m\n"
    )
    (value,) = values(text)
    assert (value["value"], value["stacktrace"]["frames"][1]["abs_path"]) == ("x", "/srv/a.js")


def test_overlong_and_unreadable_lines_do_not_end_a_stack():
    text = f"Error: x\n    at f (/srv/a.js:1:2)\n    at {'g' * 20_000} (/srv/a.js:1:2)\n    at what (is) this?\n    at h (/srv/a.js:3:4)\n"
    assert functions(values(text)[0]) == ["f", "h"]


def test_no_frame_and_no_stack_is_one_too_many():
    assert len(values("Error: x\n" + "    at f (/srv/a.js:1:2)\n" * 10_001)[0]["stacktrace"]["frames"]) == 10_001
    assert len(values("Error: x\n    at f (/srv/a.js:1:2)\nlog\n" * 1_001)) == 1_001
    assert len(values('{"stack": "Error: x\\n    at f (/srv/a.js:1:2)\\n    at g (/srv/a.js:3:4)"}\n' * 1_001)) == 1_001


def test_a_line_of_a_stack_that_is_too_long_is_reported_and_stays_reported_when_the_event_was_symbolicated():
    traces = find_traces(f"Error: x\n    at f (/srv/a.js:1:2)\n    at {'g' * 20_000} (/srv/a.js:1:2)\n    at h (/srv/a.js:3:4)\n")
    assert "1 lines within stacks were not read" in traces.problems[0].detail
    with Symbolicator(cache_dir=False) as engine:
        assert engine.symbolicate(traces.event)["errors"][0] == {**traces.event["errors"][0], "type": "limit_exceeded"}


@pytest.mark.parametrize("text", ["", "\n", "hello", "at 12:34:56\n", "Error: x\n    at last\n", "user@example.org:1:2"])
def test_a_text_without_frames_is_an_error_that_says_what_a_frame_looks_like(text):
    with pytest.raises(TraceError, match="no stack frame of a known format"):
        parse_trace(text)


def test_a_text_without_frames_was_tried_as_native_too_and_says_so():
    with pytest.raises(TraceError, match=r"\(csharp, java, javascript, native\)"):
        parse_trace("hello")


def test_a_platform_limits_the_formats_and_an_unknown_one_is_an_error():
    assert parse_trace("Error: x\n" + FRAMES, "node")["platform"] == "node"
    with pytest.raises(TraceError, match="platform 'cobol'; known are csharp, java, javascript"):
        parse_trace("Error: x\n" + FRAMES, "cobol")


def test_sources_say_where_each_frame_was_read():
    text = "log\nError: x\n" + FRAMES
    ((outer, inner),) = find_traces(text).sources
    assert (inner.line, inner.format, text[inner.start : inner.end]) == (3, "v8", "at inner (/srv/a.js:1:2)")
    assert (outer.line, text[outer.start : outer.end]) == (4, "at outer (/srv/a.js:3:4)")


def test_deno_shows_source_between_the_message_and_the_frames():
    text = f"error: Uncaught (in promise) TypeError: x\n  f();\n  ^\n{FRAMES}Caused by: Error: root\n{FRAMES}"
    assert thrown(text) == [("Error", "root", 2), ("TypeError", "x", 2)]


def test_bun_names_no_type():
    assert thrown("1 | f()\n    ^\nerror: boom here\n      at f (/srv/a.ts:1:20)\n\nBun v1.1.0\n") == [(None, "boom here", 1)]


def test_async_marks_of_chromes_console_do_not_end_a_stack():
    assert thrown("Error: x\nf @ app.js:9\nPromise.then (async)\ng @ app.js:12\n") == [("Error", "x", 2)]


def test_skipped_frames_do_not_end_a_stack():
    text = "RangeError: deep\n    at a (address at x.bundle:1:5)\n    ... skipping 1000 frames\n    at b (address at x.bundle:1:7)\n"
    assert functions(values(text)[0]) == ["a", "b"]


def test_earlier_events_are_stacks_of_their_own():
    for line in ("From previous event:", "Thrown at:"):
        assert thrown(f"Error: x\n{FRAMES}{line}\n{FRAMES}") == [("Error", "x", 2), (None, line, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "at " * 300_000,
        "@" * 1_000_000,
        "\\" * 1_000_000,
        '"\\n at ' * 140_000,
        ("    at " + "(a " * 1_600 + ")" * 1_500 + "\n") * 100,
        ("at f (" + "eval at a (" * 800 + ")" * 800 + ")\n") * 100,
        ("Error" * 1_900 + "\n") * 100 + "at f (x.js:1:2)",
        ("[a] " * 2_400 + "@\n") * 100,
        ("f@a" + " line 1 > eval" * 600 + ":1:1\n") * 100,
        "Error: x\n    at f (x.js:1:2)\ntext\n" * 28_000,
        "[errors]: [\n  Error: x\n     at f (x.js:1:2),\n" * 20_000,
        "\x1b[" * 300_000,
    ],
    ids=range(13),
)
def test_a_megabyte_of_anything_is_read_in_linear_time(text):
    def read(text):
        with contextlib.suppress(TraceError):
            find_traces(text)

    read(text)
    assert_text_in_proportion(read, text)


def test_bare_component_names_do_not_end_a_component_stack():
    text = "Error: x\nr@https://h/a.js:1:2\ndiv\nSuspense\n@https://h/a.js:1:3\nul\nf@https://h/a.js:1:4\ndone\n"
    assert functions(values(text)[0]) == ["r", None, "f"]


def test_node_12_s_original_places_stand_between_the_frames_of_one_stack():
    text = "Error: x\n    at f (/a.js:1:2)\n        -> /a.ts:3:4\n    at g (/a.js:1:5)\n        -> /a.ts:6:7\n    at h (/a.js:1:8)\n"
    assert functions(values(text)[0]) == ["f", "g", "h"]


OWN, OTHERS = "11-22 18:00:00.000  123  123 E App: ", "11-22 18:00:00.000  99  99 I Other: working\n"


@pytest.mark.parametrize(
    ("above", "between", "below"),
    [
        # a debugger's variables between numbered frames
        ("#0  0x0000000000001139 in f () at a.c:1\n", "x = 1\n", "#1  0x0000000000001149 in main () at a.c:5\n"),
        # other processes in Android's log: Java's frames, SpiderMonkey's
        (f"{OWN}java.lang.Error: x\n{OWN}\tat a.B.f(B.java:1)\n", OTHERS, f"{OWN}\tat a.B.g(B.java:2)\n"),
        (f"{OWN}Error: x\n{OWN}f@https://h/a.js:1:2\n", OTHERS, f"{OWN}g@https://h/a.js:1:5\n"),
    ],
    ids=["numbered", "java", "script"],
)
def test_a_stack_waits_for_its_next_frame_for_two_hundred_lines_and_no_longer(above, between, below):
    assert [len(stack) for stack in find_traces(above + between * 200 + below).sources] == [2]
    assert [len(stack) for stack in find_traces(above + between * 201 + below).sources] == [1, 1]
