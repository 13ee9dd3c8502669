"""Every event of fixtures/react-native: three languages, one stack, in call order."""

import copy
import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator

CASE = Path(__file__).parent.parent / "fixtures" / "react-native" / "harbour"
EVENTS = sorted((CASE / "events").glob("*.json"))


@pytest.fixture(scope="module")
def engine():
    with Symbolicator([str(CASE / "files")], cache_dir=False) as made:
        yield made


def stacks(event):
    threads = event.get("threads") or []
    threads = threads["values"] if isinstance(threads, dict) else threads
    return [each for each in (*event["exception"]["values"], *threads) if each.get("stacktrace")]


def is_it(want, frame):
    """Whether a frame is the expected one; "" as a function is one without a name."""
    function = (frame.get("function") or "").rpartition("::")[2].rpartition(".")[2]
    file = (frame.get("filename") or "").rpartition("/")[2]
    return (
        frame.get("platform") == want["platform"]
        and (function == want["function"] or not want["function"])
        and frame.get("module") == want.get("module", frame.get("module"))
        and (not want["line"] or (file, frame.get("lineno")) == (want["file"], want["line"]))
    )


def assert_in_order(want, have):
    """Each expected frame is there, in this order; between them stand only the bundler's, which nobody vouches for."""
    at = 0
    for frame in want:
        place = next((i for i in range(at, len(have)) if is_it(frame, have[i])), None)
        shown = "\n".join(f"{f.get('platform')} {f.get('function')} {f.get('filename')}:{f.get('lineno')}" for f in have)
        assert place is not None, f"{frame} is not below the others in\n{shown}"
        between = have[at:place]
        assert all(each["platform"] == "javascript" and each.get("in_app") is not True for each in between), f"before {frame}: {between}"
        at = place + 1


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_a_crash_of_several_languages_comes_back_as_one_stack_in_call_order(file, engine):
    case = json.loads(file.read_text())
    if "jvm" not in engine.transformers and any("module" in frame for frame in case["expected"]):
        pytest.skip("Java's names need the transformer of JVM frames")
    out = engine.symbolicate(case["event"])
    longest = max(stacks(out), key=lambda owner: len(owner["stacktrace"]["frames"]))
    have = longest["stacktrace"]["frames"][::-1]
    assert_in_order(case["expected"], have)
    assert case.get("problem") in {error["type"] for error in out.get("errors", ())} | {None}


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_every_raw_frame_of_a_woven_stack_is_accounted_for(file, engine):
    out = engine.symbolicate(json.loads(file.read_text())["event"])
    for owner in stacks(out):
        if "woven_into" in owner["stacktrace"]:
            assert not owner["stacktrace"]["frames"]
            continue
        raw = owner["raw_stacktrace"]["frames"]
        seen = set()
        for frame in owner["stacktrace"]["frames"]:
            seen |= {frame["data"]["raw_index"], *frame["data"].get("folded", {}).get("raw_index", ())}
            if "instruction_addr" in frame:
                assert raw[frame["data"]["raw_index"]]["instruction_addr"] == frame["instruction_addr"]
        assert seen == set(range(len(raw)))


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: file.stem)
def test_symbolicating_a_woven_event_again_changes_nothing(file, engine):
    event = json.loads(file.read_text())["event"]
    before = copy.deepcopy(event)
    once = engine.symbolicate(event)
    assert event == before
    assert engine.symbolicate(json.loads(json.dumps(once))) == once


def test_there_are_events():
    assert len(EVENTS) >= 9
