"""Symbolizer markup: frames by address, with the build id and place of their modules beside them."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace

APIARY = Path(__file__).parents[3] / "fixtures" / "native" / "clang-dwarf5" / "files"
CODE_ID = "cca9b6ba305d27a72d14f6838ae4fe87af16a159"
MODULE = f"{{{{{{module:0:bees:elf:{CODE_ID}}}}}}}\n"
MMAP = "{{{mmap:0x55d0c0a02000:0x2000:load:0:rx:0x2000}}}\n"
FRAMES = "{{{bt:0:0x55d0c0a027b5:pc}}}\n{{{bt:1:0x55d0c0a027b6:ra}}}\n{{{bt:2:0x55d0c0a027b6}}}\n"
ANSWER = "apiary::Bee::forage at hive.cpp:38"


def symbolicated(text):
    with Symbolicator(files=[APIARY], cache_dir=False) as s:
        return s.symbolicate_text(text)


def frames_of(text):
    (value,) = parse_trace(text)["exception"]["values"]
    return value["stacktrace"]["frames"][::-1]


def test_frames_are_found_by_the_module_s_build_id_whatever_it_is_called():
    out = symbolicated("{{{reset}}}\n" + MODULE + MMAP + FRAMES).splitlines()[3:]
    assert out == [f"{frame} {ANSWER}" for frame in FRAMES.splitlines()]


def test_a_frame_says_whether_its_address_is_the_instruction_or_where_a_call_returns():
    told = [frame["adjust_instruction_addr"] for frame in frames_of(MODULE + MMAP + FRAMES)]
    assert told == [False, True, True]  # return addresses, where nothing is said


def test_what_we_wrote_is_one_stack_that_does_not_change():
    once = symbolicated(MODULE + MMAP + FRAMES)
    assert symbolicated(once) == once
    doubled = once.replace(FRAMES.splitlines()[0], FRAMES.splitlines()[0] + " inner at hive.h:3 (inlined)\n" + FRAMES.splitlines()[0])
    assert [frame["function"] for frame in frames_of(doubled)][:2] == ["inner", "apiary::Bee::forage"]


# loggers of Fuchsia's and anybody's
@pytest.mark.parametrize("prefix", ["[00012.345678][1234][5678][klog] INFO: ", "2026-11-30T12:00:00Z ", "[1.1] 1234:5678> "])
def test_a_logger_s_prefix_stays(prefix):
    text = "".join(prefix + line for line in (MODULE + MMAP + FRAMES).splitlines(keepends=True))
    assert [line.startswith(prefix) and line.endswith(ANSWER) for line in symbolicated(text).splitlines()] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_what_another_process_has_at_an_address_makes_it_nobody_s():
    text = MODULE + MMAP + FRAMES
    assert symbolicated(text + "{{{reset}}}\n" + text).count(ANSWER) == 6
    other = text.replace(CODE_ID, "ab" * 20)
    assert ANSWER not in symbolicated(other + "{{{reset}}}\n" + text)


def test_mappings_of_a_module_that_do_not_agree_say_nothing():
    more = "{{{mmap:0x55d0c0a04000:0x1000:load:0:r:0x4000}}}\n"
    assert ANSWER in symbolicated(MODULE + MMAP + more + FRAMES)
    assert ANSWER not in symbolicated(MODULE + MMAP + more.replace("0x4000}", "0x9000}") + FRAMES)


def test_a_frame_without_a_module_stays_as_it_is():
    assert symbolicated(MMAP + FRAMES) == MMAP + FRAMES
    assert symbolicated(FRAMES) == FRAMES
