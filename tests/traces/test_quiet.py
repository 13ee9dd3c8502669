"""A long log means what it would if each of its lines were read as those of a short text are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.errors import TraceError
from symbolicator.traces import document, find_traces, quiet
from tests.counting import steps

ORDINARY = [
    "2026-11-30T12:34:56.789Z  INFO 1 --- [exec-3] c.e.shop.OrderService : order id=5f2a took 31.2 ms",
    '10.0.3.1 - - [30/Nov/2026:12:34:56 +0000] "GET /api/cart/77 HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"',
    "",
    "cart at (shop.java) is opened (see 0x1f)",
    "port:8080, pool (idle)",
    "é → ü",
]
TRACES = [
    "Error: sold out\n    at f (app.js:1:48213)\n    at Array.map (<anonymous>)\n    at https://shop.example/app.js:1:4",
    "a.B: x\n\tat a.b.c(SourceFile:12)\n\t... 3 more\nCaused by: a.D: y\n\tat a.b.d(Unknown Source)",
    "2026-11-30 12:34:56 [shop] TypeError: x is not a function\n2026-11-30 12:34:56 [shop]     at f (app.js:1:48213)",
    "f@https://shop.example/app.js:1:2\ng@https://shop.example/assets/\n  app.js:1:3",
    '{"stack":"Error: x\\n    at f (app.js:1:2)\\n    at g (app.js:1:3)","level":"error"}',
    '[\n  {\n    "methodName": "c",\n    "fileName": "SourceFile",\n    "lineNumber": 12,\n    "className": "a.b"\n  }\n]',
    "System.Exception: x\n   at Shop.Cart.Total(Int32 count)\n   at Shop.Cart.Add() in C:\\src\\Cart.cs:line 7",
]
NATIVE = "#0  0x0000555555555901 in f () at a.c:3\n#1  season (count=3) at main.cpp:57"


def event(text, long):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quiet, "LONG", long)
        try:
            traces = find_traces(text)
        except TraceError as error:
            return type(error)
        return traces.event, [[(source.line, source.start, source.end) for source in stack] for stack in traces.sources]


logs = st.lists(st.tuples(st.sampled_from(ORDINARY), st.integers(1, 700)) | st.tuples(st.sampled_from(TRACES), st.just(1)), max_size=7)


@given(logs, st.booleans())
def test_a_long_log_means_what_it_would_if_all_its_lines_were_read(parts, ended):
    text = "\n".join("\n".join([part] * times) for part, times in parts) + "\n" * ended
    assert event(text, 0) == event(text, 1 << 40)


@pytest.mark.parametrize("below", [0, 1, 400, 5_000])
def test_where_a_module_was_loaded_is_found_however_far_from_the_stack(below):
    maps = "555555554000-555555556000 r-xp 00000000 08:01 1234 /srv/apiary"
    text = "\n".join([NATIVE, *ORDINARY * (below // len(ORDINARY)), maps, ""])
    assert event(text, 0) == event(text, 1 << 40)


@pytest.mark.parametrize("between", [0, 15, 30, 39])
def test_what_says_that_registers_are_of_a_fault_is_found_as_far_as_it_counts(between):
    text = "\n".join(
        [
            *ORDINARY[:3] * 500,
            "++ MbedOS Fault Handler ++",
            *["filler"] * between,
            "PC   : 0040116B",
            "LR   : 00401201",
            *ORDINARY[:3] * 500,
        ]
    )
    found = event(text, 1 << 40)
    assert found is not TraceError
    assert event(text, 0) == found


def test_the_lines_of_a_log_without_frames_are_not_read_one_by_one():
    text = "\n".join(ORDINARY[:3] * 20_000)
    assert event(text, 0) is TraceError
    assert steps(lambda: event(text, 0)) < 500


def test_what_only_looks_like_frames_is_read_with_the_lines_near_it():
    read = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_read", lambda text, *rest, of=document._read: read.append(len(text)) or of(text, *rest))
        assert event("\n".join([*ORDINARY[:3] * 900, ORDINARY[3], ORDINARY[4]] * 3), 0) is TraceError
    assert sum(read[:-1]) < 20_000  # the last one is the text, of which one line is left
