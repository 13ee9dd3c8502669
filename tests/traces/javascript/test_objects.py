"""Frames that are JSON objects."""

import json

import pytest

from symbolicator import TraceError
from symbolicator.traces import find_traces

URL = "https://post.example/app.js"
LOG4J = {"class": "a.b", "method": "c", "file": "SourceFile", "line": 12, "exact": True, "location": "x.jar", "version": "?"}
JACKSON = {"methodName": "c", "fileName": "SourceFile", "lineNumber": 12, "nativeMethod": False, "className": "a.b"}
ROLLBAR_S_JAVA = {"class_name": "a.b", "method": "c", "filename": "SourceFile", "lineno": 12}
ELASTIC = {"classname": "a.b", "function": "c", "filename": "SourceFile", "lineno": 12, "library_frame": False}
AZURE = {"level": 0, "method": "c", "assembly": f"at c ({URL}:1:304)", "fileName": URL, "line": 1, "column": 304}
PARSED = {"columnNumber": 304, "fileName": URL, "functionName": "c", "lineNumber": 1, "source": "    at c"}
TRACEKIT = {"url": URL, "func": "c", "line": 1, "column": 304, "context": None}


def frames_of(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    return [frame for value in traces.event["exception"]["values"] for frame in value["stacktrace"]["frames"][::-1]]


def symbolicated(text, *answers):
    """The text with its first frame brought back as `answers`."""
    traces = find_traces(text)
    [value] = traces.event["exception"]["values"]
    frames = [{**frame, "data": {"raw_index": at}} for at, frame in enumerate(value["stacktrace"]["frames"])]
    last = frames.pop()
    frames += [{**last, **answer} for answer in answers]
    return traces.render({**traces.event, "exception": {"values": [{**value, "stacktrace": {"frames": frames}}]}})


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("one", [LOG4J, JACKSON, ROLLBAR_S_JAVA, ELASTIC])
def test_java_s_frames_are_written_into_their_objects(one, indent):
    record = {"thrown": {"name": "a.c", "extendedStackTrace": [one, {**one, "extra": 1}]}, "level": "ERROR"}
    text = f"before\n{json.dumps(record, indent=indent)}\nafter\n"
    assert [(f["module"], f["function"], f["filename"], f["lineno"]) for f in frames_of(text)] == [("a.b", "c", "SourceFile", 12)] * 2
    answer = {"module": "shop.Cart", "function": "total", "filename": "Cart.java", "lineno": 40}
    outer = {"module": "shop.Cart", "function": "pay", "filename": "Cart.java", "lineno": 50}
    back = symbolicated(text, outer, answer)
    assert (back[:7], back[-7:]) == ("before\n", "\nafter\n")

    def told(*words):
        new = dict(zip(("a.b", "c", "SourceFile", 12), words, strict=True))
        return {key: new.get(value, value) if type(value) is not bool else value for key, value in one.items()}

    inner = told("shop.Cart", "total", "Cart.java", 40)
    outer = told("shop.Cart", "pay", "Cart.java", 50)
    assert json.loads(back[7:-7])["thrown"]["extendedStackTrace"] == [inner, outer, {**one, "extra": 1}]


@pytest.mark.parametrize(
    "one",
    [
        {"method": "a.b.c", "file": "SourceFile", "lineNumber": 12, "inProject": True},  # Bugsnag
        {"level": 0, "method": "a.b.c", "fileName": "SourceFile", "line": 12},  # Application Insights
    ],
)
def test_a_class_in_the_method_s_name_stays_there(one):
    text = json.dumps({"stacktrace": [one]}, indent=1)
    assert [(f["module"], f["function"], f["filename"], f["lineno"]) for f in frames_of(text)] == [("a.b", "c", "SourceFile", 12)]
    back = symbolicated(text, {"module": "shop.Cart", "function": "total", "filename": "shop/Cart.java", "lineno": 40})
    new = {"a.b.c": "shop.Cart.total", "SourceFile": "Cart.java", 12: 40}
    assert json.loads(back) == {"stacktrace": [{key: new.get(value, value) for key, value in one.items()}]}


ROLLBAR = {"filename": URL, "lineno": 1, "colno": 304, "method": "c"}
BUGSNAG = {"file": URL, "lineNumber": 1, "columnNumber": 304, "method": "c", "inProject": False}
BUGSNAG_S_API = {"column_number": 304, "in_project": None, "line_number": 1, "method": "c", "file": URL}
RAYGUN = {"LineNumber": 1, "ColumnNumber": 304, "ClassName": None, "FileName": URL, "MethodName": "c"}
AIRBRAKE = {"function": "c", "file": URL, "line": 1, "column": 304}
HONEYBADGER = {"file": URL, "method": "c", "number": 1, "column": 304}
STACKTRACE_PARSER = {"file": URL, "methodName": "c", "arguments": [], "lineNumber": 1, "column": 304}
FARO = {"filename": URL, "function": "c", "lineno": 1, "colno": 304}
POSTHOG = {"platform": "web:javascript", "filename": URL, "function": "c", "lineno": 1, "colno": 304, "in_app": True}
SHORT = {"function": "c", "file": URL, "line": 1, "col": 304}


@pytest.mark.parametrize(
    "one",
    [
        AZURE, PARSED, TRACEKIT, ROLLBAR, BUGSNAG, BUGSNAG_S_API, RAYGUN, AIRBRAKE, HONEYBADGER, STACKTRACE_PARSER, FARO, POSTHOG, SHORT,
    ],
)  # fmt: skip
def test_javascript_s_frames_are_written_into_their_objects(one):
    text = f"before\n{json.dumps([one, one])} after\n"
    assert [(f["function"], f["abs_path"], f["lineno"], f["colno"]) for f in frames_of(text)] == [("c", URL, 1, 304)] * 2
    back = symbolicated(text, {"function": "total", "abs_path": "a.ts", "filename": "a.ts", "lineno": 3, "colno": 4})
    first, second = json.loads(back[len("before\n") : -len(" after\n")])
    assert second == one
    new = {URL: "a.ts", 304: 4, 1: 3, "c": "total"}
    assert first == {key: value if isinstance(value, bool | list) else new.get(value, value) for key, value in one.items()}


@pytest.mark.parametrize("file", ["index.android.bundle", "http://10.0.2.2:8081/index.bundle?platform=ios&dev=true", "/var/x/main.jsbundle"])
def test_react_native_s_columns_count_from_0(file):
    one = {"file": file, "methodName": "c", "lineNumber": 1, "column": 303, "collapse": False}
    text = json.dumps({"name": "Error", "stack": [one], "isFatal": True})
    [frame] = frames_of(text)
    assert (frame["function"], frame["abs_path"], frame["lineno"], frame["colno"]) == ("c", file, 1, 304)
    back = symbolicated(text, {"function": "total", "abs_path": "a.ts", "filename": "a.ts", "lineno": 3, "colno": 4})
    assert json.loads(back)["stack"] == [{**one, "file": "a.ts", "methodName": "total", "lineNumber": 3, "column": 3}]


def test_the_places_of_chrome_s_protocol_and_of_cpu_profiles_count_from_0():
    node = {"id": 3, "callFrame": {"functionName": "c", "scriptId": "7", "url": URL, "lineNumber": 0, "columnNumber": 303}, "hitCount": 2}
    engine = {"id": 1, "callFrame": {"functionName": "(root)", "scriptId": "0", "url": "", "lineNumber": -1, "columnNumber": -1}}
    text = json.dumps({"nodes": [engine, node]})
    [frame] = frames_of(text)
    assert (frame["function"], frame["abs_path"], frame["lineno"], frame["colno"]) == ("c", URL, 1, 304)
    back = symbolicated(text, {"function": "total", "abs_path": "a.ts", "filename": "a.ts", "lineno": 3, "colno": 4})
    moved = {"functionName": "total", "scriptId": "7", "url": "a.ts", "lineNumber": 2, "columnNumber": 3}
    assert json.loads(back) == {"nodes": [engine, {**node, "callFrame": moved}]}


@pytest.mark.parametrize(
    "one",
    [
        # a linter's, PHP's, Python's, Chrome's protocol before a script has an id, a record without a place, another type
        {"file": "src/a.ts", "line": 1, "column": 304, "message": "unused"},
        {"file": "/srv/a.php", "line": 12, "function": "f", "class": "App", "type": "->"},
        {"file": "a.py", "line": 12, "method": "f", "class": "App"},
        {"functionName": "c", "url": URL, "lineNumber": 0, "columnNumber": 303},
        {"file": "app/a.rb", "lineNumber": 12, "method": "a.b"},
        {"file": "main", "lineNumber": 12, "method": "a.b"},
        {"class": "mammal", "method": "walk", "line": "blue", "file": None},
        {"func": "c", "url": URL, "line": 1.5, "column": 304},
        {"method": "GET", "fileName": "README", "line": 1, "column": 2},
        {"class": "a b", "method": "c", "file": "SourceFile", "line": 12},
    ],
)
def test_an_object_with_a_few_of_the_members_is_no_frame(one):
    with pytest.raises(TraceError):
        find_traces(json.dumps([one, one]) + "\n")


def test_what_is_no_json_is_no_frame():
    with pytest.raises(TraceError):
        find_traces('{"class":"a.b","method":"c","file":"SourceFile","line":12,}\n')
