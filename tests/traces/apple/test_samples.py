"""Trees of samples as text: `sample`, `spindump`, and the reports that hold what those print."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace

FIXTURES = Path(__file__).parents[3] / "fixtures"
REPORTS = FIXTURES / "traces" / "apple"
EXPECTED = json.loads((REPORTS / "expected.json").read_text())
NAMES = ["sample.txt", "spindump.txt", "cpu_resource.ips"]


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(FIXTURES / "native" / "macho-dsym" / "files", cache_dir=False) as made:
        yield made


def trees(engine, name):
    event = engine.symbolicate(parse_trace((REPORTS / name).read_text()))
    return event["threads"]["values"] if "threads" in event else [], event


@pytest.mark.parametrize("name", NAMES)
def test_each_thread_is_a_stack_whose_frames_come_back(engine, name):
    (main, worker), _ = trees(engine, name)
    assert (main["name"], worker["name"]) == ("com.apple.main-thread", "smoker.worker")
    found = {}
    frames = main["stacktrace"]["frames"][::-1]
    for frame in frames:
        if frame.get("lineno"):
            place = str(len(EXPECTED["crash"]) + 1 - frame["data"]["raw_index"])
            found.setdefault(place, []).append({"function": frame["function"], "file": frame["abs_path"], "line": frame["lineno"]})
    assert found == EXPECTED["crash"]
    assert frames[0]["adjust_instruction_addr"] is False
    assert all(frame["adjust_instruction_addr"] for frame in frames[2:])


@pytest.mark.parametrize("name", ["spindump.txt", "cpu_resource.ips"])
def test_the_heaviest_stack_is_one_too_and_only_its_last_address_is_no_return_address(engine, name):
    _, event = trees(engine, name)
    frames = event["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [frame["function"] for frame in frames if frame.get("lineno")] == [
        "glow",
        "smoke_depth",
        "smoke_depth",
        "smoke_sum",
        "smoke",
        "_start",
    ]


def test_all_functions_of_an_address_stand_in_its_line_and_every_other_byte_stays(engine):
    before = (REPORTS / "sample.txt").read_text()
    after = engine.symbolicate_text(before)
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert [new.strip(" +!") for _, new in changed] == [
        "845 _start > smoke  (in libsmoker.dylib) + 200  [0x104b146b8]  smoker.c:57",
        "845 smoke_sum  (in libsmoker.dylib) + 44  [0x104b144a4]  smoker.c:44",
        "845 smoke_depth  (in libsmoker.dylib) + 48  [0x104b14458]  smoker.c:37",
        "845 smoke_depth > glow  (in libsmoker.dylib) + 24  [0x104b14440]  smoker.c:11",
        "845 smoke  (in libsmoker.dylib) + 96  [0x104b14540]  smoker.c:56",
    ]
    assert all(new.startswith(old[: old.index("845")]) for old, new in changed)


def test_spindumps_lines_keep_their_columns(engine):
    after = engine.symbolicate_text((REPORTS / "spindump.txt").read_text())
    assert "            10  smoke_depth > glow + 24 (smoker.c:11 in libsmoker.dylib + 1088) [0x104b14440] 1-10\n" in after


@pytest.mark.parametrize("name", NAMES)
def test_symbolicated_twice_is_symbolicated_once(engine, name):
    once = engine.symbolicate_text((REPORTS / name).read_text())
    assert engine.symbolicate_text(once) == once


@pytest.mark.parametrize(
    "line",
    [
        # a day's log, an address list, a program's own print
        "12 requests  (in 3 s) + 4  [done]",
        " 2: (Tree::pick(int)+0x14) [0x55b39afa12b2]",
        "10 app (main + x) [0x1234]",
    ],
)
def test_lines_that_only_look_like_samples_are_none(line):
    from symbolicator.traces.native.samples import read_sample

    assert read_sample(line) is None
