"""Java's frames without `at`."""

import pytest

from symbolicator import TraceError
from symbolicator.traces import find_traces


def frames_of(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    stacks = [value["stacktrace"]["frames"][::-1] for value in traces.event["exception"]["values"]]
    return [[(f["module"], f["function"], f.get("filename"), f.get("lineno")) for f in stack] for stack in stacks]


def renamed(text):
    """The text with its first frame brought back as `shop.Cart.total`."""
    traces = find_traces(text)
    [value] = traces.event["exception"]["values"]
    frames = [{**frame, "data": {"raw_index": at}} for at, frame in enumerate(value["stacktrace"]["frames"])]
    frames[-1].update(module="shop.Cart", function="total", filename="Cart.java", lineno=40)
    return traces.render({**traces.event, "exception": {"values": [{**value, "stacktrace": {"frames": frames}}]}})


@pytest.mark.parametrize("lead", ["[", "W/Cart: called from [", "stack=[", '{"stack":"['])
def test_the_items_of_a_list_are_frames_in_their_places(lead):
    frames = ["a.b.c(SourceFile:1)", "java.lang.reflect.Method.invoke(Native Method)", "app//a.d.<init>(Unknown Source)", "a.d.e(D.kt:2)"]
    text = f"{lead}{', '.join(frames)}] and more\n"
    assert frames_of(text) == [
        [
            ("a.b", "c", "SourceFile", 1),
            ("java.lang.reflect.Method", "invoke", None, None),
            ("a.d", "<init>", None, None),
            ("a.d", "e", "D.kt", 2),
        ]
    ]
    assert renamed(text) == text.replace(frames[0], "shop.Cart.total(Cart.java:40)")


@pytest.mark.parametrize("blank", ["", " "])
def test_a_page_may_leave_out_at(blank):
    text = (
        f"Fatal Exception: a.c: gone\na.b.c{blank}(SourceFile:1)\na.b.d{blank}(SourceFile:2)\njava.lang.Thread.run{blank}(Thread.java:12)\n"
    )
    assert [[frame[1] for frame in stack] for stack in frames_of(text)] == [["c", "d", "run"]]
    assert find_traces(text).event["exception"]["values"][0]["type"] == "c"
    assert f"\nshop.Cart.total{blank}(Cart.java:40)\n" in renamed(text)


@pytest.mark.parametrize(
    "prose",
    [
        "see a.b.c(SourceFile:1) for more",
        "the call Cart(Cart.java:12)",
        "a.b.c(Unknown Source)",
        "m.f(x, 1), m.g(y), m.h(z)",
        "[m.f(x), m.g(y)]",
        "[a.b(c.py:1), a.d(c.py:2)]",
        "System.Int32.Parse(String)",
        "ran shop.test (chrome:12)",
        "shop.test (chrome:12)",
        "shop.test(chrome:12)",
    ],
)
def test_calls_in_prose_are_no_frames(prose):
    with pytest.raises(TraceError):
        find_traces(prose + "\n")
