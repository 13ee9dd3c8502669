"""Stacks of Windows' debuggers, and of programs of Windows that print modules and offsets."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator

FILES = Path(__file__).parents[3] / "fixtures" / "native" / "pdb-x64" / "files"
ARGUMENTS = ": 00000000`00000001 00000000`00000002 00000000`00000003 00000000`00000004 "


def answer(text, files=FILES):
    """The text, symbolicated."""
    with Symbolicator([files], cache_dir=False) as engine:
        return engine.symbolicate_text(text)


@pytest.mark.parametrize(
    "line",
    [
        "00 000000d2`3c8ff5f8 00007ff6`1b2c1029     press+0x1028",
        "000000d2`3c8ff5f8 00007ff6`1b2c1029     press+0x1028",
        f"000000d2`3c8ff5f8 00007ff6`1b2c1029     {ARGUMENTS}: press+0x1028",
        "0a 0019ff5c 00401050 press+0x1028",
        "0019ff5c 00401050 00000001 00000002 00000003 press+0x1028",
        "0x00007ff61b2c1028 press.exe+0x1028",
        "C:\\Program Files\\Apiary\\press.exe+0x1028",
    ],
)
def test_a_module_and_an_offset_are_symbolicated(line):
    out = answer(f"{line}\n").splitlines()
    assert [one.removeprefix(line).strip() for one in out] == [
        "apiary::strain at /build/apiary/windows/press.hpp:22 (inlined)",
        "apiary::press at /build/apiary/windows/press.cpp:37",
    ]


def test_callers_are_looked_up_at_their_call_and_the_first_frame_where_it_stands():
    top = "00 000000d2`3c8ff5f8 00007ff6`1b2c1029     press+0x10f6"
    # 0x10f6 is the first byte of its row
    below = "01 000000d2`3c8ff600 00007ff6`1b2c10e0     press+0x10f6"
    out = answer(f"{top}\n{below}\n").splitlines()
    assert [one.rpartition(":")[2] for one in out] == ["60", "58"]


def test_a_function_and_an_offset_have_a_line():
    assert "press.cpp:60" in answer("02 000000d2`3c8ff640 00007ffb`9a1e7374     press!start+0x10\n")


def test_what_has_a_place_and_what_has_no_file_stay_as_they_are():
    text = (
        "00 000000d2`3c8ff680 00007ffb`9b5fcc91     press!apiary::press+0x29 [C:\\src\\press.cpp @ 37]\n"
        "01 000000d2`3c8ff6b0 00000000`00000000     ntdll!RtlUserThreadStart+0x21\n"
        "02 (Inline Function) --------`--------     press!apiary::strain+0x3 [C:\\src\\press.hpp @ 22]\n"
    )
    assert answer(text) == text


def test_a_bare_name_that_two_files_have_is_not_guessed(tmp_path):
    for ending in ("exe", "dll"):
        (tmp_path / f"press.{ending}").write_bytes((FILES / "press.exe").read_bytes() + ending.encode())
    text = "00 000000d2`3c8ff5f8 00007ff6`1b2c1029     press+0x1028\n"
    assert answer(text, tmp_path) == text


def test_what_was_symbolicated_stays_so():
    once = answer("00 000000d2`3c8ff5f8 00007ff6`1b2c1029     press+0x1028\n")
    assert answer(once) == once
