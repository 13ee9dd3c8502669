"""Answers that are remembered from one event to the next: the same as those that are worked out, wherever an image was loaded."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace

FIXTURES = Path(__file__).parents[2] / "fixtures"
NATIVE = FIXTURES / "native" / "gcc-dwarf5"
SCRIPT = FIXTURES / "javascript" / "esbuild-min"


def native_event(shift=0, count=60):
    case = json.loads((NATIVE / "expected.json").read_text())
    image = {**case["images"][0]}
    image["image_addr"] = hex(int(image["image_addr"], 16) + shift)
    looks = case["lookups"][:: max(1, len(case["lookups"]) // count)]
    frames = [{"instruction_addr": hex(int(look["addr"], 16) + shift)} for look in looks]
    return {"platform": "native", "debug_meta": {"images": [image]}, "frames": frames}


def script_event():
    return parse_trace((SCRIPT / "stacks" / "aggregate.txt").read_text())


@pytest.mark.parametrize(("event", "files"), [(native_event(), NATIVE / "files"), (script_event(), SCRIPT / "files")], ids=["native", "js"])
def test_a_remembered_answer_is_the_one_that_is_worked_out(event, files):
    with Symbolicator([files], cache_dir=False, memory_bytes=0) as engine:
        want = [engine.symbolicate(event) for _ in range(2)]
    with Symbolicator([files], cache_dir=False) as engine:
        assert [engine.symbolicate(event) for _ in range(2)] == want
        assert engine.cache.recent._young


def test_addresses_of_a_remembered_answer_are_those_of_the_process_at_hand():
    shift = 0x7000_0000
    with Symbolicator([NATIVE / "files"], cache_dir=False) as engine:
        first, second = (engine.symbolicate(native_event(by))["frames"] for by in (0, shift))
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert (other.get("function"), other.get("lineno")) == (one.get("function"), one.get("lineno"))
        for holder, moved, key in ((one, other, "symbol_addr"), (one["data"], other["data"], "lookup_addr")):
            if key in holder:
                assert int(moved[key], 16) == int(holder[key], 16) + shift


def test_nothing_of_a_guests_files_is_remembered_for_others():
    with Symbolicator([], cache_dir=False) as engine:
        guest = engine.with_guests(SCRIPT / "files")
        frames = guest.symbolicate(script_event())["exception"]["values"][0]["stacktrace"]["frames"]
        assert any(frame["data"]["symbolicator_status"] == "symbolicated" and frame.get("context_line") for frame in frames)
        assert guest.cache.recent._young
        assert not engine.cache.recent._young
