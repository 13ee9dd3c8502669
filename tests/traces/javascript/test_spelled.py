"""JavaScript's places in words, or in another order than engines print them."""

import pytest

from symbolicator import TraceError
from symbolicator.traces import find_traces

URL = "https://post.example/app.js"
BOTH = [("c", URL, 1, 304), ("d", URL, 1, 404)]


def frames_of(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    stacks = [value["stacktrace"]["frames"][::-1] for value in traces.event["exception"]["values"]]
    return [(f.get("function"), f.get("abs_path"), f.get("lineno"), f.get("colno")) for stack in stacks for f in stack]


def symbolicated(text):
    """The text with its first frame brought back to `a.ts:3:4`, in `total`."""
    traces = find_traces(text)
    [value] = traces.event["exception"]["values"]
    frames = [{**frame, "data": {"raw_index": at}} for at, frame in enumerate(value["stacktrace"]["frames"])]
    frames[-1].update(function="total", abs_path="a.ts", filename="a.ts", lineno=3, colno=4)
    return traces.render({**traces.event, "exception": {"values": [{**value, "stacktrace": {"frames": frames}}]}})


SHAPES = [
    # TraceKit's, and with words
    ("    {name} ({path} 1:{column})", "    total (a.ts 3:4)"),
    ("    at {name} ({path} 1:{column})", "    at total (a.ts 3:4)"),
    ("  at {name} ({path}, line 1, col {column})", "  at total (a.ts, line 3, col 4)"),
    # Bugsnag's
    ("    {path}:1:{column} {name}", "    a.ts:3:4 total"),
    # Sentry's page
    ("{path} in {name} at line 1:{column}", "a.ts in total at line 3:4"),
    # Dart's stack_trace
    ("{path} 1:{column}   {name}", "a.ts 3:4   total"),
    ("{path} 1:{column} in {name}", "a.ts 3:4 in total"),
    # Rollbar's
    ('File "{path}", line 1, col {column}, in {name}', 'File "a.ts", line 3, col 4, in total'),
    ('File "{path}" line 1 col {column} in {name}', 'File "a.ts" line 3 col 4 in total'),
    ("File {path} line 1 col {column} in {name}", "File a.ts line 3 col 4 in total"),
]


@pytest.mark.parametrize(("shape", "back"), SHAPES)
def test_a_place_in_words_or_in_front_is_read_and_written_as_it_was(shape, back):
    text = "Error: parcel\n" + "".join(shape.format(name=n, path=URL, column=c) + "\n" for n, c in (("c", 304), ("d", 404)))
    assert frames_of(text) == BOTH
    assert symbolicated(text).split("\n")[1:3] == [back, shape.format(name="d", path=URL, column=404)]


def test_nativescript_s_first_frame_has_no_at():
    text = "System.err: Error: parcel\nSystem.err: c(file: app/app.js:1:304)\nSystem.err: \tat d(file: app/app.js:1:404)\n"
    assert [found[0] for found in frames_of(text)] == ["c", "d"]
    assert "System.err: total (a.ts:3:4)\n" in symbolicated(text)


@pytest.mark.parametrize(
    ("between", "back"),
    [
        (f", {URL}, line 1, col 304", ", total (a.ts, line 3, col 4)"),
        (f" ({URL}, line 1, column 304)", " (total (a.ts, line 3, column 4))"),
        (f" {URL} line 1 col 304", " total (a.ts line 3 col 4)"),
        (f" at {URL}:1:304", " at total (a.ts:3:4)"),
        (f" ({URL}:1:304)", " (total@a.ts:3:4)"),
    ],
)
def test_what_was_thrown_and_where_may_stand_in_one_line(between, back):
    text = f"12:00:01 Uncaught TypeError: x is undefined{between}\nand more\n"
    assert frames_of(text) == [(None, URL, 1, 304)]
    [value] = find_traces(text).event["exception"]["values"]
    assert (value["type"], value["value"]) == ("TypeError", "x is undefined")
    assert symbolicated(text) == f"12:00:01 Uncaught TypeError: x is undefined{back}\nand more\n"


def test_a_place_in_a_message_above_frames_stays_in_the_message():
    text = f"Error: cannot load {URL}:1:304\n    at d ({URL}:1:404)\n"
    assert frames_of(text) == BOTH[1:]
    assert find_traces(text).event["exception"]["values"][0]["value"] == f"cannot load {URL}:1:304"


@pytest.mark.parametrize(
    "prose",
    [
        # times of day behind an address, ports, results of tests, linters, another language's traceback
        "standup (https://meet.example/daily 12:30)",
        "https://meet.example/daily 12:30",
        "TypeError: cannot reach https://post.example:3000",
        "    src/a.js:1:304 failed\n    src/b.js:2:30 failed",
        "    src/a.js:1:304 total\n    12 problems",
        "    src/a.js:1:304 TypeError\n    src/b.js:1:304 TypeError",
        "the file https://post.example/app.js, line 1, has no column",
        'File "https://post.example/app.py", line 3, in f',
        "File https://post.example/app.js was not found",
    ],
)
def test_prose_with_places_is_no_frame(prose):
    with pytest.raises(TraceError):
        find_traces(prose + "\n")
