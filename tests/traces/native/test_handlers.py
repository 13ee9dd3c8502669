"""What crash handlers and reports print, and comes back: fixtures/traces/native holds what glog, Abseil, Boost, Java and Node did print.

The other texts are written as their tools' documentation shows them, with the addresses of fixtures/traces/native/files/apiary.
"""

import shutil
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.traces import find_traces, parse_trace

FIXTURES = Path(__file__).parents[3] / "fixtures" / "traces" / "native"
APIARY = FIXTURES / "files" / "apiary"


@pytest.fixture
def give(tmp_path):
    """An engine that holds one file of the fixtures, under its own name."""

    def make(name):
        shutil.copy(FIXTURES / "files" / name, tmp_path / name)
        return Symbolicator(files=tmp_path, cache_dir=False)

    return make


@pytest.mark.parametrize(
    ("name", "file", "changed"),
    [
        (
            "glog",
            "glog",
            [
                "    @     0x555555555243 comb at handlers.cpp:28 (inlined)",
                "    @     0x555555555243 hatch at handlers.cpp:33",
                "    @     0x555555555274 Queen::lay at handlers.cpp:39",
                "    @     0x5555555551dd main at handlers.cpp:45",
                "    @     0x5555555550d1 _start",
            ],
        ),
        (
            "absl",
            "absl",
            [
                "PC: @     0x5555555551dc  (unknown)  comb at handlers.cpp:28 (inlined)",
                "    @     0x5555555551dc  (unknown)  hatch at handlers.cpp:33",
            ],
        ),
        (
            "boost",
            "boost",
            [
                " 0# boost::stacktrace::basic_stacktrace<…>::basic_stacktrace at /usr/include/boost/stacktrace/stacktrace.hpp:128",
                " 1# on_signal at handlers.cpp:22",
                " 2# 0x00007FFFF7A5A050 in /lib/x86_64-linux-gnu/libc.so.6",
                " 3# comb at handlers.cpp:28",
                " 4# hatch at handlers.cpp:33",
                " 5# Queen::lay at handlers.cpp:39",
                " 6# main at handlers.cpp:45",
                " 7# 0x00007FFFF7A4524A in /lib/x86_64-linux-gnu/libc.so.6",
                " 8# __libc_start_main in /lib/x86_64-linux-gnu/libc.so.6",
                " 9# _start in run/there/boost",
            ],
        ),
        (
            "hs_err",
            "libhivejni.so",
            ["C  [libhivejni.so+0x110c]  comb  (hivejni.c:3)  (inlined)", "C  [libhivejni.so+0x110c]  hatch  (hivejni.c:7)"],
        ),
    ],
)
def test_the_instruction_that_was_interrupted_and_its_callers_come_back(give, name, file, changed):
    text = (FIXTURES / f"{name}.txt").read_text()
    before = set(text.splitlines())
    assert [line for line in give(file).symbolicate_text(text).splitlines() if line not in before] == changed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # systemd-coredump, of coredumpctl or the journal
        (
            "                Stack trace of thread 7:\n"
            "                #0  0x000055562c2b9901 n/a (/srv/apiary + 0x1901)\n"
            "                #1  0x000055562c2ba0fe season (/srv/apiary + 0x20fe)\n",
            [
                "                #0  0x000055562c2b9901 operator() at hive.cpp:108 (/srv/apiary + 0x1901)",
                "                #1  0x000055562c2b9901 apiary::Hive::Keeper::open at hive.cpp:109 (/srv/apiary + 0x1901)",
                "                #2  0x000055562c2ba0fe season at main.cpp:57 (/srv/apiary + 0x20fe)",
            ],
        ),
        # Swift on Linux
        (
            "  0      0x000055562c2b9901 open + 17 in apiary\n"
            "  1 [ra] 0x000055562c2ba0fe season + 157 in apiary\n"
            "\nImages:\n\n0x000055562c2b8000–0x000055562c2bd000 <no build ID> apiary /srv/apiary\n",
            [
                "  0      0x000055562c2b9901 operator() in apiary at hive.cpp:108",
                "  1      0x000055562c2b9901 apiary::Hive::Keeper::open in apiary at hive.cpp:109",
                "  2 [ra] 0x000055562c2ba0fe season in apiary at main.cpp:57",
            ],
        ),
        # LLVM
        (
            " #8 0x000055562c2ba0fe season(int) (/srv/apiary+0x20fe)\n #9 0x000055562c2b93ca main (/srv/apiary+0x13ca)\n",
            [" #8 0x000055562c2ba0fe season main.cpp:57:", " #9 0x000055562c2b93ca main main.cpp:78:"],
        ),
        # PyTorch
        (
            "frame #1: <unknown function> + 0x20fe (0x55562c2ba0fe in /srv/apiary)\n"
            "frame #2: main + 0x4a (0x55562c2b93ca in /srv/apiary)\n",
            [
                "frame #1: season at main.cpp:57 (0x55562c2ba0fe in /srv/apiary)",
                "frame #2: main at main.cpp:78 (0x55562c2b93ca in /srv/apiary)",
            ],
        ),
        # Chromium
        (
            "#0 0x55562c2b1111 base::debug::StackTrace::StackTrace()\n#1 0x55562c2ba0fd (/srv/apiary+0x20fd)\n",
            ["#0 0x55562c2b1111 base::debug::StackTrace::StackTrace()", "#1 0x55562c2ba0fd in season main.cpp:57:"],
        ),
        # Zig
        (
            "thread 7 panic: queen\n???:?:?: 0x555555555901 in ??? (apiary)\n???:?:?: 0x5555555560fd in ??? (apiary)\n",
            [
                ": 0x555555555901 in operator() (apiary)",
                ": 0x555555555901 in apiary::Hive::Keeper::open (apiary)",
                ": 0x5555555560fd in season (apiary)",
            ],
        ),
        # Node
        (
            " 9: 0x5555555560fe season(int) [apiary]\n10: 0x5555555553ca  [apiary]\n",
            [" 9: 0x5555555560fe season at main.cpp:57 [apiary]", "10: 0x5555555553ca main at main.cpp:78 [apiary]"],
        ),
        # CPython's faulthandler
        (
            'Binary file "/srv/apiary", at +0x20fe [0x55562c2ba0fe]\nBinary file "/srv/apiary", at main+0x4a [0x55562c2b93ca]\n',
            [
                'Binary file "/srv/apiary", at season (main.cpp:57) [0x55562c2ba0fe]',
                'Binary file "/srv/apiary", at main (main.cpp:78) [0x55562c2b93ca]',
            ],
        ),
        # folly: sixteen digits and no 0x
        ("    @ 00005555555560fe season\n", ["    @ 00005555555560fe season at main.cpp:57"]),
    ],
    ids=["systemd", "swift", "llvm", "pytorch", "chromium", "zig", "node", "cpython", "folly"],
)
def test_each_tool_s_frames_are_written_as_it_writes_them(give, text, written):
    lines = give("apiary").symbolicate_text(text).splitlines()
    for wanted in written:
        assert any(wanted in line for line in lines), (wanted, lines)
    if not text.startswith((" #", "#", "thread", "  0")):  # these have columns, or paths, before or behind
        assert [line for line in lines if line in written] == written


def test_a_report_that_knows_build_ids_finds_no_other_build(give):
    text = (
        "Module /srv/apiary with build-id 5aa9119f2f1080ede76b0b17fb0103a9b1393990\n"
        "Stack trace of thread 7:\n"
        "#0  0x000055562c2b9901 n/a (/srv/apiary + 0x1901)\n"
    )
    (image,) = parse_trace(text)["debug_meta"]["images"]
    assert image["code_id"] == "5aa9119f2f1080ede76b0b17fb0103a9b1393990"
    assert give("apiary").symbolicate_text(text) == text


def test_where_glog_says_that_the_thread_stood_is_the_instruction_itself():
    text = (
        "PC: @     0x555555555901 open()\n"
        "*** SIGSEGV (@0x0) received by PID 7 (TID 0x7f) from PID 0; stack trace: ***\n"
        "    @     0x7ffff7a5a050 (unknown)\n"
        "    @     0x555555555901 open()\n"
        "    @     0x5555555560fe season()\n"
    )
    event = parse_trace(text)
    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("SIGSEGV", "(@0x0) received by PID 7 (TID 0x7f) from PID 0")
    adjusted = {frame["function"]: frame["adjust_instruction_addr"] for frame in value["stacktrace"]["frames"] if "function" in frame}
    assert adjusted == {"open()": False, "season()": True}


def test_zigs_sources_between_frames_do_not_end_the_stack():
    text = (
        "thread 7 panic: index out of bounds\n/b/hive.zig:3:17: 0x107c0f0 in comb (hive)\n    return cells[i];\n                ^\n"
        "/b/hive.zig:20:37: 0x107bd4b in main (hive)\n    lay();\n       ^\n???:?:?: 0x1025ffd in ??? (???)\n"
    )
    traces = find_traces(text)
    (value,) = traces.event["exception"]["values"]
    assert (value["type"], value["value"]) == ("panic", "index out of bounds")
    assert [frame.get("lineno") for frame in value["stacktrace"]["frames"]] == [None, 20, 3]
    assert traces.render(traces.event) == text


APPLE = """Exception Type:  EXC_CRASH (SIGABRT)

Thread 0 name:  Dispatch queue: com.apple.main-thread
Thread 0:
0   libsystem_kernel.dylib        \t0x0000000196f23270 __pthread_kill + 8
1   My Hive                       \t0x00000001007c4c70 0x100020000 + 8014960

Thread 4 Crashed:
0   libsystem_kernel.dylib        \t0x0000000196f23270 __workq_kernreturn + 8
1   com.hive                      \t0x0000000109acec0c closure #1 in Server.start(_:) + 140 (Socket+Server.swift:108)
"""


def test_apples_frames_pass_unharmed_and_say_why(give):
    engine = give("apiary")
    assert engine.symbolicate_text(APPLE) == APPLE
    event = engine.symbolicate(parse_trace(APPLE))
    assert [image["type"] for image in event["debug_meta"]["images"]] == ["macho"] * 2  # the third frame has its place
    said = str(engine.explain(parse_trace(APPLE)))
    assert "no debug file of My Hive" in said


def test_of_a_report_of_all_threads_the_one_that_crashed_has_what_was_thrown():
    event = parse_trace(APPLE)
    (value,) = event["exception"]["values"]
    assert (value["type"], value["thread_id"]) == ("SIGABRT", 4)
    assert [(thread["id"], thread.get("crashed", False)) for thread in event["threads"]["values"]] == [(0, False), (4, True)]


@pytest.mark.parametrize(
    "text",
    [
        "meet me @ 0x1234 at noon\n",
        "1# of the list\n2# in the list\n",
        "C  is a language\nj  is a letter\n",
        "0   apples   0x12 and pears\n",
        "the 3: 0x12 rule [of thumb\n",
        "frame #1: of the film (0x12 in all)\n",
    ],
)
def test_prose_that_looks_alike_is_no_trace(text):
    from symbolicator.errors import TraceError

    with pytest.raises(TraceError):
        parse_trace(text)


def test_a_line_with_two_addresses_in_brackets_is_no_frame_of_glibcs():
    from symbolicator.traces.native.glibc import GLIBC

    assert GLIBC.read("app [0x104b144a4>??? (lib + 1112) (0x104b14458)[0x104b14458]") is None
    assert GLIBC.read("./app [0x1234567]") is not None
