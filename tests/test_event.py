"""Event JSON ⇄ model, with nothing lost."""

import copy
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator import event as event_json
from symbolicator.event.reading import read_frame
from symbolicator.keys import parse_address
from symbolicator.problems import ProblemType
from symbolicator.rendering import render
from symbolicator.rendering.sections import sections

FRAME = {"function": "e", "abs_path": "https://cdn.example/app.js", "lineno": 1, "colno": 2, "vars": {"a": 1}, "in_app": True}


def round_trip(event):
    return event_json.write(event_json.read(event))


@pytest.mark.parametrize(
    ("event", "frames"),
    [
        # Sentry's event: exceptions, threads, the event's own stacktrace
        (
            {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [FRAME]}}]}},
            lambda out: out["exception"]["values"][0]["stacktrace"]["frames"],
        ),
        (
            {"threads": {"values": [{"id": 1, "stacktrace": {"frames": [FRAME]}}]}},
            lambda out: out["threads"]["values"][0]["stacktrace"]["frames"],
        ),
        ({"stacktrace": {"frames": [FRAME]}}, lambda out: out["stacktrace"]["frames"]),
        # older events: a bare list of exceptions, a single one
        ({"exception": [{"type": "E", "stacktrace": {"frames": [FRAME]}}]}, lambda out: out["exception"][0]["stacktrace"]["frames"]),
        ({"exception": {"type": "E", "stacktrace": {"frames": [FRAME]}}}, lambda out: out["exception"]["stacktrace"]["frames"]),
        # the shorthands
        ({"platform": "javascript", "frames": [FRAME]}, lambda out: out["frames"]),
        ({"platform": "javascript", "stacktraces": [{"frames": [FRAME]}], "modules": []}, lambda out: out["stacktraces"][0]["frames"]),
    ],
)
def test_every_shape_is_read_and_written_in_its_own_place(event, frames):
    (frame,) = frames(round_trip(event))
    assert {key: frame[key] for key in FRAME} == FRAME
    assert frame["data"] == {"symbolicator_status": "raw", "raw_index": 0}


def test_the_frames_as_they_came_stand_beside():
    out = round_trip({"exception": {"values": [{"stacktrace": {"frames": [FRAME], "registers": {"ip": "0x1"}}}]}})
    value = out["exception"]["values"][0]
    assert value["raw_stacktrace"] == {"frames": [FRAME], "registers": {"ip": "0x1"}}
    assert value["stacktrace"]["registers"] == {"ip": "0x1"}


def test_a_raw_stacktrace_is_what_is_read():
    event = {"stacktrace": {"frames": [{"function": "readable"}]}, "raw_stacktrace": {"frames": [{"function": "e"}, {"function": "f"}]}}
    out = round_trip(event)
    assert [frame["function"] for frame in out["stacktrace"]["frames"]] == ["e", "f"]
    assert out["raw_stacktrace"] == event["raw_stacktrace"]


def test_unknown_keys_come_back_untouched():
    event = {
        "event_id": "x",
        "tags": [["a", "b"]],
        "exception": {"values": [{"mechanism": {"type": "generic"}, "stacktrace": {"frames": [FRAME], "snapshot": True}}], "more": 1},
    }
    out = round_trip(event)
    assert out["event_id"] == "x"
    assert out["tags"] == [["a", "b"]]
    assert out["exception"]["more"] == 1
    assert out["exception"]["values"][0]["mechanism"] == {"type": "generic"}
    assert out["exception"]["values"][0]["stacktrace"]["snapshot"] is True


def test_a_value_of_the_wrong_type_costs_itself_and_not_its_frame():
    out = round_trip({"frames": [{"function": 7, "lineno": "12", "colno": [], "abs_path": "a.js", "pre_context": "x"}]})
    (frame,) = out["frames"]
    assert frame["abs_path"] == "a.js"
    assert frame["lineno"] == 12
    assert "function" not in frame
    assert "colno" not in frame
    assert [problem["type"] for problem in frame["data"]["problems"]] == ["invalid_data"] * 3
    assert len(out["errors"]) == 3


@pytest.mark.parametrize("key", ["lineno", "colno", "instruction_addr"])
@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_no_number(key, value):
    frame = event_json.read({"frames": [{"abs_path": "a.js", key: value}]}).stacktrace.frames[0]
    assert getattr(frame, key) is None
    (problem,) = frame.problems
    assert problem.type is ProblemType.INVALID_DATA
    assert problem.detail == f"frame 0: `{key}` is {str(value).lower()}"


@pytest.mark.parametrize("frame", [None, 3, "x", []])
def test_a_frame_that_is_no_object_stays_in_its_place(frame):
    out = round_trip({"frames": [frame, FRAME]})
    assert out["frames"][0] == frame
    assert out["frames"][1]["function"] == "e"
    assert out["errors"][0]["type"] == ProblemType.INVALID_DATA.value


@pytest.mark.parametrize(
    "holder",
    [
        lambda stack: {"stacktrace": stack},
        lambda stack: {"exception": {"values": [{"type": "Error", "stacktrace": stack}]}},
        lambda stack: {"threads": [{"id": 1, "stacktrace": stack}]},
    ],
)
@pytest.mark.parametrize("stack", [[{"function": "f"}], "at f", 7, {"frames": "at f"}])
def test_a_stack_of_another_shape_is_said_to_be_none(holder, stack):
    event = {"platform": "javascript", **holder(stack)}
    assert [problem.type for problem in event_json.read(event).problems] == [ProblemType.INVALID_DATA]
    assert event_json.read({"platform": "javascript", **holder({"frames": None})}).problems == ()


def test_errors_that_came_with_the_event_stay_and_an_earlier_run_s_are_replaced():
    theirs = {"type": "js_no_source", "url": "x"}
    step = {"type": "limit_exceeded", "detail": "from an earlier step"}  # of a type of ours, and found on no frame
    ours = {"type": "missing_sourcemap", "detail": "from an earlier run"}
    frame = {**FRAME, "data": {"problems": [ours]}}
    assert round_trip({"frames": [frame], "errors": [theirs, step, ours]})["errors"] == [theirs, step]


@pytest.mark.parametrize("odd", [None, "text", 3, []])
def test_entries_that_are_no_objects_come_back_as_they_were(odd):
    holder = {"values": [odd, {"stacktrace": {"frames": [FRAME]}}]}
    event = {"exception": holder, "threads": holder, "stacktraces": [odd, {"frames": [FRAME]}], "debug_meta": {"images": [odd, {}]}}
    out = round_trip(event)
    assert [out["exception"]["values"][0], out["threads"]["values"][0], out["stacktraces"][0], out["debug_meta"]["images"][0]] == [odd] * 4


def test_an_answer_equals_its_own_json_read_again():
    with Symbolicator(files=[], cache_dir=False) as engine:
        out = engine.symbolicate({"platform": "javascript", "frames": [{"abs_path": "https://x.example/gone.js", "lineno": 1, "colno": 9}]})
    assert out["errors"]
    assert json.loads(json.dumps(out)) == out


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0x7f31c0de", 0x7F31C0DE),
        ("0X10", 16),
        ("32", 32),
        (5, 5),
        (-1, None),
        (True, None),
        ("0x", None),
        ("zz", None),
        (2**64, None),
        ("0x" + "f" * 500, None),
        (1.5, None),
    ],
)
def test_addresses_are_read_as_events_write_them(text, number):
    assert parse_address(text) == number


def test_an_address_keeps_its_own_spelling():
    assert round_trip({"frames": [{"instruction_addr": "0x00007F31"}]})["frames"][0]["instruction_addr"] == "0x00007F31"


def test_what_is_no_object_is_refused():
    with pytest.raises(TypeError, match="an event is a JSON object"):
        event_json.read("text")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["frames", "values", "stacktrace", "raw_stacktrace", "type", "data", "lineno", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)
events = st.dictionaries(
    st.sampled_from(
        ["exception", "threads", "stacktrace", "frames", "stacktraces", "debug_meta", "images", "modules", "errors", "platform", "release"]
    ),
    json_values,
    max_size=5,
)


@given(events)
def test_no_event_makes_it_raise_and_twice_is_once(event):
    before = copy.deepcopy(event)
    once = round_trip(event)
    assert event == before
    assert round_trip(once) == once


def test_errors_that_came_with_an_event_are_not_compared_one_by_one():
    compared = 0

    class Error(dict):
        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return super().__eq__(other)

        __hash__ = None

    errors = [Error(type="missing_sourcemap", detail=f"{number}") for number in range(50)]
    frames = [{**FRAME, "data": {"problems": [{"type": "missing_sourcemap", "detail": f"{-number}"}]}} for number in range(50)]
    assert (
        len(event_json.write(event_json.read({"frames": frames, "errors": errors}))["errors"]) == 49
    )  # a frame has the other: an earlier run's
    assert compared == 0


@pytest.mark.parametrize(
    ("number", "kept"), [(2**63 - 1, True), (2**63, False), (-(2**63), False), (str(2**62), True), (5.0, True), (5.5, False)]
)
def test_a_number_is_one_that_every_reader_of_json_can_hold(number, kept):
    (frame,) = event_json.read({"stacktrace": {"frames": [{"lineno": number}]}}).stacktrace.frames
    assert (frame.lineno == int(number), bool(frame.problems)) == (kept, not kept)


def test_a_stack_has_its_own_platform_where_its_owner_says_one_and_its_registers():
    thread = {"platform": "java", "stacktrace": {"frames": [FRAME], "registers": {"pc": "0x10"}}}
    (of_thread,) = event_json.read({"platform": "native", "threads": {"values": [thread]}}).all_stacktraces()
    (of_event,) = event_json.read({"platform": "native", "frames": [FRAME]}).all_stacktraces()
    assert (of_thread.platform, dict(of_thread.registers)) == ("java", {"pc": "0x10"})
    assert (of_event.platform, dict(of_event.registers)) == (None, {})
    (odd,) = event_json.read({"stacktrace": {"frames": [FRAME], "registers": ["0x10"]}}).all_stacktraces()
    assert dict(odd.registers) == {}


def test_an_image_is_named_and_known_in_either_of_two_spellings():
    uuid = "dfb8e43a-f242-3d73-a453-aeb6a777ef75"
    entries = [
        {"code_file": "/a/b", "debug_id": uuid},
        {"name": "/a/b", "id": uuid},
        {"code_file": "/a/b", "name": "x", "debug_id": uuid, "id": "y"},
    ]
    for entry in entries:
        (image,) = event_json.read({"debug_meta": {"images": [entry]}}).images
        assert (image.code_file, image.debug_id) == ("/a/b", uuid)


@pytest.mark.parametrize("place", ["debug_meta", "images", "modules"])
def test_what_was_found_of_images_is_written_where_they_came_from(place):
    images = [{"type": "elf", "code_file": "/a", "note": 1}, 7]
    event = event_json.read({"debug_meta": {"images": images, "more": 2}} if place == "debug_meta" else {place: images})
    assert event_json.write(event) == event.source  # nothing was found: nothing is written
    found = tuple(msgspec.structs.replace(one, debug_status="found", arch="arm64") if one.code_file else one for one in event.images)
    out = event_json.write(msgspec.structs.replace(event, images=found))
    written = out["debug_meta"]["images"] if place == "debug_meta" else out[place]
    assert written == [{**images[0], "debug_status": "found", "arch": "arm64"}, 7]
    assert out.get("debug_meta", {}).get("more") == (2 if place == "debug_meta" else None)


def test_an_address_that_changed_is_written_in_hex_whatever_it_was_written_as():
    event = event_json.read({"stacktrace": {"frames": [{"instruction_addr": "4096", "function": "f"}]}})
    for address, text in ((4096, "4096"), (4097, "0x1001")):
        frames = tuple(msgspec.structs.replace(frame, instruction_addr=address) for frame in event.stacktrace.frames)
        moved = msgspec.structs.replace(event, stacktrace=msgspec.structs.replace(event.stacktrace, frames=frames))
        assert event_json.write(moved)["stacktrace"]["frames"][0]["instruction_addr"] == text


def test_the_answer_in_bytes_is_the_answer_whatever_keys_a_frame_has():
    frames = [FRAME, {"function": "f"}, 7, {"vars": [1], "lineno": 3}]
    event = event_json.read({"platform": "native", "stacktrace": {"frames": frames}})
    assert json.loads(msgspec.json.encode(event_json.write_for_json(event))) == json.loads(json.dumps(event_json.write(event)))


def test_the_keys_of_old_clients_are_read_and_kept():
    frames = [{"function": "f", "abs_path": "a.js", "lineno": 1}]
    source = {
        "sentry.interfaces.Exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]},
        "sentry.interfaces.Stacktrace": {"frames": frames},
        "sentry.interfaces.Http": {"url": "/"},
    }
    event = event_json.read(source)
    assert [len(stack.frames) for stack in event.all_stacktraces()] == [1, 1]
    out = event_json.write(event)
    assert set(out) == {*source, "raw_stacktrace"}
    assert out["sentry.interfaces.Exception"]["values"][0]["stacktrace"]["frames"][0]["data"]["raw_index"] == 0
    assert event_json.write(event_json.read(out)) == out
    assert "f" in render(out)


@pytest.mark.parametrize(
    ("more", "callee_first"),
    [
        ({}, False),
        ({"options": {}}, True),
        ({"sources": []}, True),
        ({"options": {"frame_order": "caller_first"}}, False),
        ({"signal": 11}, True),
    ],
)
def test_a_request_to_sentrys_symbolicator_has_the_callee_first_where_it_says_nothing_else(more, callee_first):
    frames = [{"instruction_addr": hex(number)} for number in (1, 2, 3)]
    source = {"stacktraces": [{"frames": frames}], "modules": [], **more}
    event = event_json.read(source)
    addresses = [frame.instruction_addr for frame in event.stacktraces[0].frames]
    assert addresses == ([3, 2, 1] if callee_first else [1, 2, 3])
    out = event_json.write(event)
    assert [frame["instruction_addr"] for frame in out["stacktraces"][0]["frames"]] == ["0x1", "0x2", "0x3"]
    assert [frame["data"]["raw_index"] for frame in out["stacktraces"][0]["frames"]] == [0, 1, 2]
    assert event_json.write(event_json.read(out)) == out
    assert (next(sections(out)).frames[0]["instruction_addr"] == "0x1") == callee_first


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("lineno", value) for value in (None, True, 5.0, 5.5, "5", 2**63 - 1, 2**63, -(2**63), 2**70, float("nan"), [])),
        *(("function", value) for value in (None, "", "f", 7, b"f", ["f"])),
        *(("in_app", value) for value in (None, False, 1, "true")),
        # what the model has, and an event's frame has not
        *((key, "x") for key in ("status", "problems", "extra", "raw_index", "source_text", "symbolicator_status")),
        *(("data", value) for value in (None, {}, {"a": 1}, "x")),
        ("pre_context", ["a"]),
        ("instruction_addr", "0x10"),
        (7, "a number as key"),
    ],
)
def test_a_stack_is_read_as_its_frames_alone(key, value):
    frames = [{"function": "e", "abs_path": "a.js", "lineno": 1, "colno": 2}, {key: value}]
    for some in (frames, frames[::-1]):
        read = event_json.read({"frames": some}).stacktrace
        assert read.frames == tuple(read_frame(frame, index) for index, frame in enumerate(some))


def test_a_key_with_half_a_surrogate_pair_is_kept_and_costs_nothing_else():
    frames = [{"function": "f", "\ud800": 1}, {"function": "g", "lineno": 3}]
    (stacktrace,) = event_json.read({"stacktrace": {"frames": frames}}).all_stacktraces()
    assert [(frame.function, frame.lineno, frame.extra) for frame in stacktrace.frames] == [("f", None, {"\ud800": 1}), ("g", 3, {})]
