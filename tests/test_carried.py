"""Stacks that an event carries beside its stacktraces: none is dropped, wherever it stands."""

import pytest

from symbolicator import Symbolicator
from symbolicator import event as event_json

STACK = "\n    at Price (https://shop.example/main.js:1:1127)\n    at div (<anonymous>)\n    at List (https://shop.example/main.js:1:1202)"
FRAMES = [("List", 1202), ("div", None), ("Price", 1127)]
CRASH = {"platform": "javascript", "function": "Price", "abs_path": "https://shop.example/main.js", "lineno": 1, "colno": 1176}


def event(frames=(CRASH,), **more):
    return {"platform": "javascript", "exception": {"values": [{"type": "TypeError", "stacktrace": {"frames": list(frames)}}]}, **more}


def components(out):
    """(function, column) of the component stack's frames, caller first."""
    (found,) = (value for value in out["exception"]["values"] if value.get("mechanism", {}).get("source") == "componentStack")
    return [(frame.get("function"), frame.get("colno")) for frame in found["stacktrace"]["frames"]]


def read_and_written(event):
    return event_json.write(event_json.read(event))


@pytest.mark.parametrize(
    "place",
    [
        # Sentry's SDK for React, and for React Native
        {"contexts": {"react": {"componentStack": STACK}}},
        # an error boundary of one's own: what React gives it as its second argument
        {"extra": {"componentStack": STACK}},
        {"extra": {"errorInfo": {"componentStack": STACK}}},
        {"extra": {"info": {"component_stack": STACK, "digest": None}}},
        # other services' SDKs
        {"metaData": {"react": {"componentStack": STACK}}},
        {"metadata": {"react": {"componentStack": STACK}}},
        {"context": {"react": {"componentStack": STACK}}},
        {"custom": {"reactComponentStack": STACK}},
        {"componentStack": STACK},
        # its lines
        {"contexts": {"react": {"componentStack": STACK.split("\n")}}},
        {"contexts": {"react": {"componentStack": [line.strip() for line in STACK.split("\n")[1:]]}}},
    ],
)
def test_a_component_stack_becomes_a_cause_wherever_it_stands(place):
    out = read_and_written(event(**place))
    assert components(out) == FRAMES
    assert {key: out[key] for key in place} == place
    assert read_and_written(out) == out


def test_one_of_firefox_or_safari_is_read_past_the_bare_names_of_elements():
    stack = "Price@https://shop.example/main.js:1:1127\ndiv\nList@https://shop.example/main.js:1:1202"
    assert components(read_and_written(event(contexts={"react": {"componentStack": stack}}))) == [FRAMES[0], FRAMES[2]]


def test_on_the_error_itself_it_is_the_cause_of_that_error():
    source = event()
    source["exception"]["values"] = [{"mechanism": {"data": {"componentStack": STACK}}}, {"type": "Later"}]
    out = read_and_written(source)
    assert [value.get("type") for value in out["exception"]["values"]] == [None, None, "Later"]
    assert components(out) == FRAMES


def test_a_message_without_an_exception_has_it_too():
    out = read_and_written({"platform": "javascript", "message": "caught", "contexts": {"react": {"componentStack": STACK}}})
    assert components(out) == FRAMES
    assert read_and_written(out) == out


def test_one_of_the_component_that_threw_is_kept_though_both_stacks_begin_alike():
    top = {"function": "Price", "filename": "/main.js", "abs_path": "https://shop.example/main.js", "lineno": 1, "colno": 1127}
    assert components(read_and_written(event([CRASH, top], contexts={"react": {"componentStack": STACK}}))) == FRAMES


def test_one_that_the_sdk_has_made_an_exception_of_is_not_made_another():
    frames = components_frames()
    out = read_and_written(event(frames, contexts={"react": {"componentStack": STACK}}))
    assert len(out["exception"]["values"]) == 1


def components_frames():
    out = read_and_written(event(contexts={"react": {"componentStack": STACK}}))
    return [frame for value in out["exception"]["values"] if "mechanism" in value for frame in value["raw_stacktrace"]["frames"]]


@pytest.mark.parametrize("count", [10, 30_000])
def test_a_carried_text_is_read_whole_however_long(count):
    text = "".join(f"    at f{n} (https://shop.example/main.js:1:{n + 1})\n" for n in range(count))
    assert (count < 100) or len(text) > 1 << 20
    assert len(components(read_and_written(event(contexts={"react": {"componentStack": text}})))) == count


def test_a_carried_list_is_read_whole_however_long():
    stack = [{"class": "a.Gate", "methodName": f"m{n}", "file": "Gate.java", "lineNumber": n} for n in range(5_000)]
    cause, _ = read_and_written(event(extra={"nativeStackAndroid": stack}))["exception"]["values"]
    assert len(cause["stacktrace"]["frames"]) == 5_000


@pytest.mark.parametrize("junk", [None, 7, True, [], {}, [7], [None, "at f"], "no stack", "\n", [{}], {"a": STACK}])
def test_what_is_no_stack_stays_as_it_is_and_adds_nothing(junk):
    source = event(contexts={"react": {"componentStack": junk}})
    with Symbolicator(files=[], cache_dir=False) as engine:
        out = engine.symbolicate(source)
    assert len(out["exception"]["values"]) == 1
    assert out["contexts"] == source["contexts"]
