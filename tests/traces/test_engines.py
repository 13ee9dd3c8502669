"""What real engines print (fixtures/traces, one program in each of them)."""

import json
from pathlib import Path

import pytest

from symbolicator.traces import find_traces, parse_trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
ENGINES = sorted(path.parent.name for path in FIXTURES.glob("*/stack.txt"))
MESSAGE_LINES = 3  # the one scenario whose message runs over lines


def values(engine):
    return parse_trace((FIXTURES / engine / "stack.txt").read_text())["exception"]["values"]


def test_the_fixtures_are_there():
    assert ENGINES == ["hermes", "hermes-bytecode", "jsc", "spidermonkey", "v8"]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_line_below_a_header_is_a_frame(engine):
    printed = [block.splitlines() for block in (FIXTURES / engine / "stack.txt").read_text().split("\n\n") if block.strip()]
    got = values(engine)
    assert [value["type"] for value in got] == [block[0 if block[0] else 1].split(":")[0] for block in printed]
    for value, block in zip(got, printed, strict=True):
        lines = [line for line in block if line]
        assert len(value["stacktrace"]["frames"]) == len(lines) - (MESSAGE_LINES if value["type"] == "Error" else 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_message_that_looks_like_frames_stays_a_message(engine):
    (value,) = (value for value in values(engine) if value["type"] == "Error")
    assert value["value"] == "several\n12:34:56 lines\nfoo@bar:1:2"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_text_comes_back_byte_for_byte(engine):
    text = (FIXTURES / engine / "stack.txt").read_text()
    traces = find_traces(text)
    assert traces.render(traces.event) == text


def test_v8s_frames_are_those_of_its_call_sites():
    truth = json.loads((FIXTURES / "v8" / "truth.json").read_text())
    got = values("v8")
    assert [(value["type"], value["value"]) for value in got] == [(error["type"], error["value"]) for error in truth]
    for value, error in zip(got, truth, strict=True):
        frames = value["stacktrace"]["frames"][::-1]
        for frame, site in zip(frames, error["frames"], strict=True):
            path = frame["abs_path"] if frame["abs_path"] != "<anonymous>" else None
            position = (path, frame.get("lineno"), frame.get("colno"))
            assert position == (site["path"], site["line"], site["column"])
            assert frame.get("data", {}).get("async", False) == site["async"]
            assert ("eval_origin" in frame.get("data", {})) == site["eval"]


def test_hermes_bytecode_counts_addresses():
    frames = [frame for value in values("hermes-bytecode") for frame in value["stacktrace"]["frames"]]
    addresses = [frame for frame in frames if "hermes_address" in frame.get("data", {})]
    assert addresses
    assert all(frame["colno"] == frame["data"]["hermes_address"] + 1 for frame in addresses)


def test_spidermonkey_evals_keep_both_positions():
    frames = [frame for value in values("spidermonkey") for frame in value["stacktrace"]["frames"]]
    origins = [frame["data"]["eval_origin"] for frame in frames if "eval_origin" in frame.get("data", {})]
    assert origins
    assert all(origin["abs_path"] == "program.js" and origin["lineno"] in {57, 60} for origin in origins)
