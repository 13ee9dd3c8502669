"""Java's frames as debuggers and profilers list them."""

import pytest

from symbolicator import TraceError
from symbolicator.traces import find_traces


def symbolicated(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    [value] = traces.event["exception"]["values"]
    frames = [{**frame, "data": {"raw_index": at}} for at, frame in enumerate(value["stacktrace"]["frames"])]
    raw = [(f["module"], f["function"], f.get("lineno")) for f in frames[::-1]]
    inner = {**frames.pop(), "module": "shop.Cart", "function": "total", "filename": "Cart.java", "lineno": 40}
    frames += [{**inner, "function": "pay", "lineno": 50}, inner]
    return raw, traces.render({**traces.event, "exception": {"values": [{**value, "stacktrace": {"frames": frames}}]}})


def test_frames_copied_out_of_intellij_idea_are_read_and_written():
    raw, text = symbolicated("a:97, h (harbor)\n<init>:-1, a$b (harbor.a)\nmain:5, Main ()\n")
    assert raw == [("harbor.h", "a", 97), ("harbor.a.a$b", "<init>", None), ("Main", "main", 5)]
    assert text == "total:40, Cart (shop)\npay:50, Cart (shop)\n<init>:-1, a$b (harbor.a)\nmain:5, Main ()\n"


def test_frames_of_flight_recorder_are_read_and_written():
    raw, text = symbolicated("  stackTrace = [\n    harbor.h.a(int, List)  line: 97\n    harbor.Main.main(String[])  line: 5\n    ...\n  ]\n")
    assert raw == [("harbor.h", "a", 97), ("harbor.Main", "main", 5)]
    assert text.split("\n")[1:3] == ["    shop.Cart.total(int, List)  line: 40", "    shop.Cart.pay(int, List)  line: 50"]


@pytest.mark.parametrize("text", ["warned:12, Bob (sales)\n", "see a.b (page 3) line: 7\n", "at:12, (x)\nb:3, y\n"])
def test_prose_is_no_frame(text):
    with pytest.raises(TraceError):
        find_traces(text)
