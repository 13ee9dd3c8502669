"""Events whose stacks are texts alone: they are read as any other trace, and stay where they are."""

import pytest

from symbolicator import event as event_json
from symbolicator.event import texts
from tests.counting import steps

SCRIPT = "TypeError: no tide\n    at e (https://x.example/app.min.js:1:200)\n    at t (https://x.example/app.min.js:1:300)"
JAVA = "java.lang.RuntimeException: a\n\tat a.b.c(SourceFile:12)\nCaused by: java.lang.Error: q\n\tat a.c.d(SourceFile:2)\n\t... 1 more\n"
NATIVE = "#00 pc 0000000000001234  /system/lib64/libpump.so (BuildId: 0123456789abcdef0123456789abcdef01234567)"


def written(event):
    return event_json.write(event_json.read(event))


def sources(event):
    return [value["mechanism"]["source"] for value in event["exception"]["values"] if "mechanism" in value]


@pytest.mark.parametrize(
    ("place", "event"),
    [
        ("extra.stackTrace", {"extra": {"stackTrace": SCRIPT}}),
        ("stack", {"message": "x", "stack": SCRIPT}),
        ("error.stack_trace", {"error": {"stack_trace": SCRIPT}}),
        ("message", {"message": SCRIPT}),
        ("errors[1].stack", {"errors": [{"stack": ""}, {"stack": SCRIPT}]}),
        ("exception.values[0].stacktrace", {"exception": {"values": [{"type": "TypeError", "value": "no tide", "stacktrace": SCRIPT}]}}),
        ("exc_info", {"exc_info": SCRIPT.split("\n")[1].strip()}),
    ],
)
def test_a_stack_that_is_a_text_becomes_an_exception_wherever_it_is(place, event):
    out = written(event)
    assert sources(out) == [place]
    assert out["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "e"
    assert {key: out[key] for key in event if key != "exception"} == {key: event[key] for key in event if key != "exception"}
    if "exception" in event:
        assert out["exception"]["values"][:1] == event["exception"]["values"]
    assert written(out) == out


def test_all_texts_are_read_and_causes_stay_with_their_errors():
    out = written({"logger": "tides", "first": {"stack": JAVA}, "second": {"stack": SCRIPT}})
    values = out["exception"]["values"]
    assert [value["type"] for value in values] == ["Error", "RuntimeException", "TypeError"]
    assert sources(out) == ["first.stack", "first.stack", "second.stack"]
    assert [value["stacktrace"]["frames"][-1]["platform"] for value in values] == ["java", "java", "javascript"]


def test_what_an_event_has_under_the_keys_of_old_clients_stays_beside_the_text_s():
    old, image = {"type": "TypeError", "value": "no tide"}, {"type": "elf", "code_file": "/srv/tide"}
    came = {
        "sentry.interfaces.Exception": [old],
        "sentry.interfaces.DebugMeta": {"images": [image]},
        "extra": {"s": NATIVE + "\n" + NATIVE},
    }
    model = event_json.read(came)
    assert [value.type for value in model.exceptions][:1] == ["TypeError"]
    assert [one.code_file for one in model.images][:1] == ["/srv/tide"]
    assert set(written(came)) >= set(came)
    assert written(written(came)) == written(came)


def test_images_that_a_text_lists_are_the_events():
    (image,) = written({"extra": {"backtrace": NATIVE}})["debug_meta"]["images"]
    assert image["code_file"] == "/system/lib64/libpump.so"


@pytest.mark.parametrize(
    "event",
    [
        {"message": "two\nlines"},
        {"message": "at e (https://x.example/app.min.js:1:200)"},
        {"stack": 7, "trace": None, "extra": [1, {"stack": ["x"]}]},
        {"exception": "TypeError"},
        {},
    ],
)
def test_an_event_without_any_stack_is_as_it_was(event):
    assert not event_json.read(event).exceptions
    assert texts.with_text_stacks(event) is event


def test_texts_beside_a_stacktrace_are_not_read():
    event = {"stacktrace": {"frames": [{"function": "f"}]}, "extra": {"stack": SCRIPT}}
    assert not event_json.read(event).exceptions


def test_texts_beyond_the_bound_are_left_as_they_are():
    long = "x\n" * texts.MAX_TEXT
    assert sources(written({"a": {"stack": long}, "b": {"stack": SCRIPT}})) == ["b.stack"]


def test_a_deep_or_wide_event_costs_no_more_than_the_bound():
    deep = {"stack": SCRIPT}
    for _ in range(100_000):
        deep = {"next": deep}
    assert texts.with_text_stacks(deep) is deep
    few, many = (steps(lambda count=count: texts.with_text_stacks({"list": [""] * count})) for count in (4_000, 40_000))
    assert many <= few * 1.1
    while deep:  # a hundred thousand dicts inside one another end one by one
        deep = deep.pop("next", None)
