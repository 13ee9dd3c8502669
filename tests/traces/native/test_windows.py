"""Stacks of Windows' debuggers, and of programs of Windows that print modules and offsets."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.errors import TraceError

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


# ── what programs print of themselves ─────────────────────────────────────────────────────────────────────────────

INLINED = ["apiary::strain at /build/apiary/windows/press.hpp:22 (inlined)", "apiary::press at /build/apiary/windows/press.cpp:37"]
START = "press.cpp:60"
"""`start+0x10`; a caller's line is that of the call before it."""
LOADED = "start             end                 module name\n00007ff6`1b2c0000 00007ff6`1b2e6000   press      (deferred)             \n\n"


@pytest.mark.parametrize(
    "line",
    [
        "0> press!start+0x11",  # MSVC's std::stacktrace
        "#0 press.exe!start+0x10",  # DbgHelp
        "[0] 0x00007FF61B2C1100 press.exe!start + 0x10",
        "00007FF61B2C1100 press!start+0x10",
    ],
)
def test_a_function_of_a_module_has_a_line(line):
    assert START in answer(f"{line}\n")


def test_std_stacktrace_of_msvc_s_library_names_modules_and_offsets():
    text = "0> C:\\src\\other.cpp(12): press!apiary::press+0x29\n1> press+0x1029\n2> ntdll!RtlUserThreadStart+0x21\n"
    out = answer(text).splitlines()
    assert out[0] == text.splitlines()[0]
    assert [one.rpartition("press+0x1029")[2].strip() for one in out[1:3]] == INLINED
    assert out[-1] == "2> ntdll!RtlUserThreadStart+0x21"


def test_addresses_of_chromium_and_electron_are_looked_up_in_the_modules_that_windbg_lists():
    text = (
        LOADED
        + "Backtrace:\n\t(No symbol) [0x00007FF61B2C1028]\n\tstart [0x00007FF61B2C1101+17]\n\tmain [0x00007FF61B2C12B2+18] (C:\\src\\main.cc:20)\n"
    )
    out = answer(text).splitlines()
    assert out[4:6] == [f"\t{one} [0x00007FF61B2C1028]" for one in INLINED]
    assert START in out[6]
    assert out[7] == text.splitlines()[6]


def test_chromedriver_s_doubled_prefix_is_one_address():
    out = answer(LOADED + "\tGetHandleVerifier [0x0x7ff7a5c6eea5+75717]\n\t(No symbol) [0x0x7ff61b2c1029]\n")
    assert f"\t{INLINED[0]} [0x0x7ff61b2c1029]\n" in out


def test_a_function_and_a_decimal_offset_show_where_the_only_program_was_loaded():
    assert START in answer("Backtrace:\n\tstart [0x00007FF61B2C1101+17]\n")


@pytest.mark.parametrize(
    "line",
    [
        "00007FF61B2C1029 (press): (filename not available): (function-name not available)",
        " 1: 00007FF61B2C1029 apiary::press+41",
        "0x00007FF61B2C1029 (press) apiary::press",
    ],
)
def test_other_programs_addresses_are_looked_up_in_the_modules_too(line):
    out = answer(f"{LOADED}\n{line}\n")
    assert "press.cpp:37" in out


def test_modload_names_the_file():
    out = answer(
        "ModLoad: 00007ff6`1b2c0000 00007ff6`1b2e6000   C:\\apps\\press.exe\n\n\t(No symbol) [0x00007FF61B2C1028]\n\tmain [0x00007FF61B2C1101+17]\n"
    )
    assert INLINED[1] in out


def test_analyze_says_what_was_thrown_and_its_stack_is_symbolicated():
    text = (
        "EXCEPTION_RECORD:  (.exr -1)\nExceptionAddress: 00007ff61b2c1028 (press+0x0000000000001028)\n   ExceptionCode: c0000005 (Access violation)\n\n"
        "PROCESS_NAME:  press.exe\n\nSTACK_TEXT:  \n"
        "000000d2`3c8ff5f8 00007ff6`1b2c10f1     : 00000000`00000001 00000000`00000000 00000000`00000000 00000000`00000000 : press+0x1028\n"
        "000000d2`3c8ff600 00007ff8`12345678     : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : press!start+0x11\n"
    )
    (value,) = parse_trace(text)["exception"]["values"]
    assert (value["type"], value["value"]) == ("c0000005", "Access violation")
    out = answer(text)
    assert INLINED[1] in out
    assert START in out


@pytest.mark.parametrize(
    "text",
    [
        " 0# apiary::press at C:\\src\\press.cpp:37\n 1# start at C:\\src\\press.cpp:60\n",
        "   0# pick(int) at /src/main.cpp:12\n   1# main at /src/main.cpp:20\n   2#      at :0\n",
    ],
)
def test_boost_s_and_the_standard_library_s_places_are_frames(text):
    frames = parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"]
    assert len(frames) == len(text.splitlines())
    assert answer(text) == text


@pytest.mark.parametrize(
    "text", [f"{LOADED}\n\t(No symbol) [0x00007FF61B2C1028]\n\tstart [0x00007FF61B2C1101+17]\n", "0> press!start+0x11\n1> press+0x1029\n"]
)
def test_symbolicated_twice_is_symbolicated_once(text):
    once = answer(text)
    assert once != text
    assert answer(once) == once


def test_words_like_these_are_no_frames():
    for text in ("wow!great+0x1 works\n", "a (b): (filename not found): c\n", "He said: [0x12]\n", "12> make all\n", "1: 0 errors+2\n"):
        with pytest.raises(TraceError):
            parse_trace(text)


@pytest.mark.parametrize("gap", ["\t", "  "])
def test_stacks_of_process_monitor_are_symbolicated(gap):
    rows = [
        ("K 0", "FLTMGR.SYS", "FltDecodeParameters + 0x210c", "0xfffff80513d2648c", "C:\\WINDOWS\\System32\\drivers\\FLTMGR.SYS"),
        ("U 1", "press.exe", "press.exe + 0x10f6", "0x7ff71a2b10f6", "C:\\apiary files\\press.exe"),
        ("U 2", "KERNEL32.DLL", "BaseThreadInitThunk + 0x14", "0x7ffd0a9e7034", "C:\\WINDOWS\\System32\\KERNEL32.DLL"),
    ]
    lines = [gap.join(row) for row in rows]
    out = answer("\n".join(lines) + "\n").splitlines()
    assert (out[0], out[-1]) == (lines[0], lines[-1])
    assert [one.partition("press.cpp:")[2].split()[0] for one in out[1:-1]] == ["58"]
    assert all(one.endswith(gap + gap.join(rows[1][3:])) for one in out[1:-1])


EVENT = """\
Faulting application name: host.exe, version: 1.0.0.0, time stamp: 0x6553f1ff
Faulting module name: {module}, version: 1.0.0.0, time stamp: 0x6553f100
Exception code: 0xc0000005
Fault offset: 0x0000000000001028
Faulting process id: 0x1a2c
"""
REPORT = """\
Problem signature:
  Problem Event Name:\tAPPCRASH
  Application Name:\thost.exe
  Fault Module Name:\t{module}
  Fault Module Version:\t1.0.0.0
  Fault Module Timestamp:\t6553f100
  Exception Code:\tc0000005
  Exception Offset:\t00001028
  OS Version:\t10.0.22631.2.0.0.256.48
"""


@pytest.mark.parametrize("text", [EVENT, REPORT])
def test_windows_own_record_of_a_crash_has_its_line(text):
    out = answer(text.format(module="press.exe"))
    assert out.count("press.cpp:37") == 1
    event = parse_trace(text.format(module="press.exe"))
    assert event["exception"]["values"][0]["type"] == "EXCEPTION_ACCESS_VIOLATION"


@pytest.mark.parametrize("text", [EVENT, REPORT])
def test_a_record_of_another_module_stays_as_it_is(text):
    assert answer(text.format(module="ntdll.dll")) == text.format(module="ntdll.dll")


@pytest.mark.parametrize("text", [EVENT, REPORT])
def test_a_record_of_a_program_that_was_linked_at_another_time_stays_as_it_is(text):
    text = text.format(module="press.exe").replace("6553f100", "6553f101")
    with Symbolicator([FILES], cache_dir=False) as engine:
        assert engine.symbolicate_text(text) == text
        assert "its time stamp is 6553f100, not 6553f101" in str(engine.symbolicate(parse_trace(text)))


def test_an_offset_whose_module_no_line_says_stays_as_it_is():
    assert answer("Exception Offset:\t00001028\n") == "Exception Offset:\t00001028\n"
