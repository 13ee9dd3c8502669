"""Stacks that something folded into other lines."""

import json

import pytest

from symbolicator.errors import TraceError
from symbolicator.traces import find_traces

HEADER = "TypeError: x is undefined"
FRAMES = ["at totalOf (/srv/shop/dist/index.js:12:18)", "at /srv/shop/dist/index.js:16:21", "at Layer.handle [as run] (/srv/layer.js:95:5)"]


def read(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text  # nothing is lost
    return [
        [(frame.get("function"), frame.get("lineno")) for frame in value["stacktrace"]["frames"][::-1]]
        for value in traces.event["exception"]["values"]
    ]


ALL = [("totalOf", 12), (None, 16), ("Layer.handle", 95)]


@pytest.mark.parametrize(
    "fold",
    [" ", "    ", "\t", "\r", "\r    ", "\\n    ", "#012    ", " | ", "|", "\\r\\n\\t", " ⏎ ", "%0A    ", "%0D%0A", "&#10;    ", "&#xA;",
     "#", "#\t", " ~ ", "; ", "^M^I", "#012#011"],
)  # fmt: skip
def test_a_trace_in_one_line_has_all_its_frames(fold):
    line = "2026-11-30 12:00:01 ERROR " + fold.join([HEADER, *FRAMES])
    assert read(f"before\n{line}\nafter\n") == [ALL]


def test_a_folded_frame_is_edited_in_its_place():
    line = "    ".join([HEADER, *FRAMES])
    traces = find_traces(line)
    [value] = traces.event["exception"]["values"]
    frames = [{**frame, "data": {"raw_index": at}} for at, frame in enumerate(value["stacktrace"]["frames"])]
    frames[2] = {**frames[2], "function": "total", "abs_path": "a.ts", "filename": "a.ts", "lineno": 3, "colno": 4}
    changed = {**traces.event, "exception": {"values": [{**value, "stacktrace": {"frames": frames}}]}}
    assert traces.render(changed) == line.replace(FRAMES[0], "at total (a.ts:3:4)")


def test_a_flattened_java_trace_has_all_its_frames():
    text = "java.lang.IllegalStateException: no\tat a.b.C.d(C.java:12)\tat a.b.E.f(E.java:3)\tCaused by: java.io.IOException: gone\tat g.H.i(H.java:4)\n"
    assert [len(stack) for stack in read(text)] == [1, 2]


def test_an_eval_s_frame_is_one_frame():
    text = "Error: x\n    at eval (eval at f (/srv/a.js:1:2), <anonymous>:1:1)\n    at g (/srv/a.js:3:4)\n"
    assert read(text) == [[("eval", 1), ("g", 3)]]


def test_prose_with_the_word_at_is_not_cut():
    text = "we met at noon at the (old) place at 12:30:11\nError: x\n    at g (/srv/a.js:3:4)\n"
    assert read(text) == [[("g", 3)]]


@pytest.mark.parametrize("indent", ["    ", " &nbsp; &nbsp;", "&nbsp;&nbsp;"])
def test_a_page_has_line_ends_of_its_own_and_character_references(indent):
    body = "<br>".join(["TypeError: can&#39;t", *(indent + one for one in FRAMES), indent + "at Array.map (&lt;anonymous&gt;)"])
    text = f"<!DOCTYPE html>\n<html><body>\n<pre>{body}</pre>\n</body></html>\n"
    assert read(text) == [[*ALL, ("Array.map", None)]]
    assert find_traces(text).event["exception"]["values"][0]["value"] == "can't"


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [("<ul><li>", "</li><li>", "</li></ul>"), ("<ol>\n<li>", "</li>\n<li>", "</li>\n</ol>"), ("", "\n&nbsp;&nbsp;", ""), ("", "\n", "")],
)
def test_a_piece_of_a_page_is_read_like_a_whole_one(before, between, after):
    lines = between.join([HEADER, *FRAMES]).replace("/", "&#x2F;")
    assert read(f"{before}{lines}{after}\n") == [ALL]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_lines_is_a_trace(indent):
    stack = [HEADER, *(f"    {one}" for one in FRAMES)]
    text = (
        "2026-11-30T00:00:00Z\tERROR\tInvoke Error\t"
        + json.dumps({"errorType": "TypeError", "stack": stack, "n": [1]}, indent=indent)
        + "\n"
    )
    assert read(text) == [ALL]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("key", ["log", "message", "textPayload"])
def test_an_object_a_line_holds_a_line_of_the_trace(separators, key):
    lines = [HEADER, *(f"    {one}" for one in FRAMES)]
    text = "".join(json.dumps({"t": 1, key: line + "\n", "stream": "stderr"}, separators=separators) + "\n" for line in lines)
    assert read(text) == [ALL]


@pytest.mark.parametrize(
    "text",
    [
        # one line
        HEADER + "    at f (/srv/a.js:1:2)" * 6_000,
        # an array of strings
        json.dumps({"stack": [HEADER, *["    at f (/srv/a.js:1:2)"] * 6_000]}),
        # a page
        "<pre>" + HEADER + "<br>    at f (/srv/a.js:1:2)" * 6_000 + "</pre>",
    ],
    ids=["line", "array", "page"],
)
def test_no_frame_of_a_folded_stack_is_one_too_many(text):
    assert [len(stack) for stack in read(text)] == [6_000]


@pytest.mark.parametrize(
    "items",
    [
        [HEADER, *(f"\t{frame}" for frame in FRAMES)],  # as Java's loggers indent them
        [f"\t{frame}" for frame in FRAMES],
        ["totalOf@https://shop/index.js:12:18", "https://shop/index.js:16:21", "Layer.handle@https://shop/layer.js:95:5"],
    ],
)
def test_the_items_of_an_array_are_frames_however_they_are_indented_and_whichever_engine_wrote_them(items):
    assert read(json.dumps({"level": "error", "stack": items, "n": 1}) + "\n") == [ALL]


def test_a_fault_of_powerpc_has_its_signal():
    [value] = find_traces("app[12]: segfault (11) at 0 nip 5555555a1234 lr 5555555a2234 code 1 in app[5555555a0000+9000]\n").event[
        "exception"
    ]["values"]
    assert (value["type"], value["value"]) == ("SIGSEGV", "segfault (11) at 0")


@pytest.mark.parametrize("first", ["", '"java.base\\/java.lang.Thread.sleep0(Native Method)",'])
def test_an_array_of_javas_frames_needs_no_at(first):
    items = ["a.b.C.d(C.java:12)", "e.f(SourceFile:3)"]
    text = '{"errorType":"a.b.Bad","stackTrace":[' + first + ",".join(f'"{one}"' for one in items) + "]}\n"
    assert read(text) == [[*([("sleep0", None)] if first else []), ("d", 12), ("f", 3)]]


def test_an_array_of_calls_is_none_of_frames():
    with pytest.raises(TraceError):
        find_traces('{"calls":["Math.max(a.b, 3)","foo.bar(x)","run(1)"],"more":["a(b:1)","c(d:2)"]}\n')
