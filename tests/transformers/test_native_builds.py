"""A native file that is found by its name alone has to be of the build that crashed: calls stand where its frames return to."""

import copy
import json
import re
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from tests.debugfiles.test_calls import return_addresses

NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
BASE = 0x555555554000
THROW = json.loads((NATIVE / "crash-throw/case.json").read_text())["event"]
for one in THROW["debug_meta"]["images"]:
    one.pop("debug_id", None), one.pop("code_id", None)


def stack_of(build, count=12, **said):
    """A stack of `count` frames that return to addresses of a program that was built so, which says no id."""
    addresses = sorted(return_addresses(NATIVE / build / "files/apiary"))
    frames = [{"instruction_addr": hex(BASE + address), **said} for address in addresses[:: len(addresses) // count][:count]]
    images = [{"type": "elf", "code_file": "/srv/apiary", "image_addr": hex(BASE)}]
    return {"platform": "native", "debug_meta": {"images": images}, "exception": {"values": [{"stacktrace": {"frames": frames}}]}}


def symbolicated(event, build):
    """The frames that came back, and what is said of the others, once each."""
    out = Symbolicator([str(NATIVE / build / "files")], cache_dir=False).symbolicate(event)
    frames = out["exception"]["values"][0]["stacktrace"]["frames"]
    return [one for one in frames if one.get("lineno")], "\n".join(one["detail"] for one in out.get("errors", ()))


@pytest.mark.parametrize("build", ["clang-dwarf5", "gcc-dwarf5", "gc-lld", "clang-thinlto"])
def test_the_program_that_crashed_answers_by_its_name(build):
    frames, said = symbolicated(stack_of(build), build)
    assert len(frames) >= 12
    assert "another build" not in said


@pytest.mark.parametrize(("build", "other"), [("clang-dwarf5", "gcc-dwarf5"), ("gcc-dwarf5", "clang-dwarf5"), ("gc-lld", "clang-O0")])
def test_another_build_of_a_program_of_that_name_does_not_answer(build, other):
    frames, said = symbolicated(stack_of(build), other)
    assert frames == []
    assert re.search(r"files/apiary is from another build than /srv/apiary, or was loaded elsewhere: of the \d+ .* a call in it", said)


def test_a_library_of_another_build_does_not_answer():
    frames, said = symbolicated(THROW, "crash-throw")
    assert {Path(one["package"]).name for one in frames} == {"apiary", "libhive.so"}
    frames, said = symbolicated(THROW, "shared-library")
    assert frames == []
    assert "libhive.so is from another build than /build/apiary/work/libhive.so" in said


def test_the_right_program_at_another_place_does_not_answer():
    event = stack_of("clang-dwarf5")
    event["debug_meta"]["images"][0]["image_addr"] = hex(BASE - 0x30)
    frames, said = symbolicated(event, "clang-dwarf5")
    assert frames == []
    assert "or was loaded elsewhere" in said


def test_addresses_that_ran_and_one_alone_are_not_asked_for_calls():
    for event in (stack_of("clang-dwarf5", adjust_instruction_addr=False), stack_of("clang-dwarf5", 2)):
        assert "a call in it" not in symbolicated(event, "gcc-dwarf5")[1]


def test_a_report_that_printed_the_calls_themselves_is_answered():
    event = stack_of("clang-dwarf5")
    for frame in event["exception"]["values"][0]["stacktrace"]["frames"]:
        frame["instruction_addr"] = hex(int(frame["instruction_addr"], 0) - 2)  # as GNAT does
    frames, said = symbolicated(event, "clang-dwarf5")
    assert len(frames) >= 12
    assert "another build" not in said


def test_an_id_needs_no_calls():
    event = stack_of("clang-dwarf5")
    other = copy.deepcopy(event)
    case = json.loads((NATIVE / "gcc-dwarf5/expected.json").read_text())
    other["debug_meta"]["images"][0]["code_id"] = case["images"][0]["code_id"]
    assert "a call in it" not in symbolicated(other, "gcc-dwarf5")[1]


# each with what is beyond its end
@pytest.mark.parametrize(
    ("case", "name", "told"),
    [
        ("clang-dwarf5", "apiary", "no section can be read: headers of 64 bytes at 59032, the file has 30860"),
        ("pe-dwarf4", "press.exe", "has a section of 1459 bytes at 4608, of which 512 are within the file: it is cut short"),
    ],
)
def test_a_file_that_was_cut_short_is_told_from_one_that_is_missing(case, name, told, tmp_path):
    folder = Path(__file__).parents[2] / "fixtures" / "native" / case
    content = (folder / "files" / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    expected = json.loads((folder / "expected.json").read_text())
    address = next(one["addr"] for one in expected["lookups"] if one["frames"] and one["frames"][0].get("line"))
    event = {"platform": "native", "images": expected["images"], "frames": [{"instruction_addr": address}]}
    with Symbolicator(tmp_path, cache_dir=False) as engine:
        (frame,) = engine.symbolicate(event)["frames"]
    assert frame["data"]["symbolicator_status"] == "malformed"
    (problem,) = frame["data"]["problems"]
    assert problem["type"] == "malformed_debug_file"
    assert told in problem["detail"]


def test_a_call_through_a_null_pointer_is_called_so():
    with Symbolicator([], cache_dir=False) as engine:
        (frame,) = engine.symbolicate({"platform": "native", "images": [], "frames": [{"instruction_addr": "0x8"}]})["frames"]
    (problem,) = frame["data"]["problems"]
    assert problem["type"] == "unknown_image"
    assert "called through a null pointer" in problem["detail"]
