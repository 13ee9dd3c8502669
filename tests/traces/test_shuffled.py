"""Texts that no program printed: the lines of all traces we have, mixed. They cost themselves at most, and lose nothing."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator.errors import TraceError
from symbolicator.traces import find_traces

FIXTURES = Path(__file__).parents[2] / "fixtures"
TEXTS = sorted(path for path in FIXTURES.rglob("*.txt") if path.parent.name == "stacks" or "traces" in path.parts)
LINES = list(dict.fromkeys(line for path in TEXTS for line in path.read_text("utf-8", "replace").split("\n")[:200]))
HEADINGS = [
    '"main" tid=1',
    "Caused by: java.lang.Exception: x",
    "\tSuppressed: a.B: y",
    "  [cause]: Error: x",
    "  [errors]: [",
    "    ... 3 more",
    "",
]
CHANGES = [
    str,
    str.lstrip,
    lambda line: "\t" + line,
    lambda line: line[: len(line) // 2],
    lambda line: line[len(line) // 2 :],
    lambda line: "Caused by: " + line.lstrip(),
    lambda line: "2026-11-22T10:00:00Z stderr F " + line,
    lambda line: line + "\r",
    lambda line: line + "\\n" + line,
    lambda line: "\u2028" + line,
]


def changed(of):
    return st.builds(lambda line, change: change(line), of, st.sampled_from([str, *CHANGES]))


# Neighbours in the fixtures are mixed more often: lines of one tool are what its reader takes for parts of one trace.
NEAR = st.integers(0, len(LINES) - 12).flatmap(
    lambda at: st.lists(changed(st.sampled_from(LINES[at : at + 12] + 2 * HEADINGS)), max_size=16)
)
TEXT = (NEAR | st.lists(changed(st.sampled_from(LINES + HEADINGS)), max_size=12)).map("\n".join)


@given(TEXT)
def test_shuffled_lines_are_read_or_refused_and_come_back_byte_for_byte(text):
    try:
        traces = find_traces(text)
    except TraceError:
        return
    json.dumps(traces.event)
    assert [len(stack) for stack in traces.sources]
    assert traces.render(traces.event) == text


@pytest.fixture(scope="module")
def engine():
    files = [FIXTURES / "jvm" / "optimized" / "files", FIXTURES / "javascript" / "esbuild-min" / "files"]
    with Symbolicator([str(folder) for folder in files], cache_dir=False) as engine:
        yield engine


@given(TEXT)
def test_shuffled_lines_are_symbolicated_or_passed_through(engine, text):
    engine.symbolicate_text(text)


THREAD = '"main" tid=1\n\tat a.b.C.d(E.java:1)\n'
CAUSE = "Caused by: a.b.{}: x\n\tat a.b.C.d(E.java:{})\n"


@pytest.mark.parametrize("causes", [1, 2, 5])
def test_causes_below_a_thread_are_a_chain_of_their_own(causes):
    event = find_traces(THREAD + "".join(CAUSE.format(f"E{i}", i) for i in range(causes))).event
    values = event["exception"]["values"]
    assert [value["type"] for value in values] == [f"E{i}" for i in reversed(range(causes))]
    assert [value.get("mechanism", {}).get("parent_id") for value in values] == [*reversed(range(causes - 1)), None]
    assert [thread["name"] for thread in event["threads"]["values"]] == ["main"]


def test_a_suppressed_error_below_a_thread_has_no_parent_either():
    text = THREAD + "\tSuppressed: a.b.E: x\n\t\tat a.b.C.d(E.java:2)\n\tCaused by: a.b.F: x\n\t\tat a.b.C.d(E.java:3)\n"
    assert [value["type"] for value in find_traces(text).event["exception"]["values"]] == ["F", "E"]
