"""Native texts brought back, against what the very tools print where they have the debug information themselves."""

import contextlib
import itertools
import re
import shutil
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.errors import TraceError
from symbolicator.traces import find_traces
from tests.counting import assert_text_in_proportion

FIXTURES = Path(__file__).parents[3] / "fixtures" / "traces" / "native"
FILES = FIXTURES / "files"


@pytest.fixture
def give(tmp_path):
    """An engine whose folder holds the files given, each under the name given."""

    def make(**files):
        for name, file in files.items():
            shutil.copy(FILES / file, tmp_path / name)
        return Symbolicator(files=tmp_path, cache_dir=False)

    return make


def read(name):
    return (FIXTURES / f"{name}.txt").read_text()


_PLACE = re.compile(r"([\w.]+\.[ch]pp):(\d+)")


def places(text):
    """File and line of each line that names a file of ours; a sanitizer's summary is told by itself."""
    return [(at[1], int(at[2])) for line in text.splitlines() if "SUMMARY" not in line and (at := _PLACE.search(line))]


@pytest.mark.parametrize(
    ("raw", "told", "files"),
    [
        ("gdb-stripped-segv", "gdb-segv.symbolicated", {"apiary": "apiary"}),
        ("gdb-stripped-abort", "gdb-abort.symbolicated", {"apiary": "apiary"}),
        ("gdb-stripped-throw", "gdb-throw.symbolicated", {"apiary": "apiary"}),
        ("gdb-symbols-throw", "gdb-throw.symbolicated", {"apiary": "apiary"}),
        ("lldb-stripped", "lldb.symbolicated", {"apiary": "apiary"}),
        ("valgrind-stripped", "valgrind.symbolicated", {"apiary": "apiary"}),
        ("valgrind-leak", "valgrind-leak.symbolicated", {"races": "races"}),
        ("asan-segv", "asan-segv.symbolicated", {"apiary-asan": "apiary-asan"}),
    ],
)
def test_a_text_reads_as_the_tool_writes_it_with_debug_information(give, raw, told, files):
    text = give(**files).symbolicate_text(read(raw))
    wanted = read(told)
    if raw.startswith("lldb"):  # it says where it stopped first, without the callers
        text, wanted = (each[each.rindex("* thread") :] for each in (text, wanted))
    lines, expected = places(text), places(wanted)
    assert expected
    if raw == "gdb-stripped-segv":
        # gdb tells the lambda that the instruction is in by the line after it; the line table has the instruction itself
        assert lines[0] == ("hive.cpp", 108)
        lines = lines[1:]
    assert lines == expected


@pytest.mark.parametrize("name", ["gdb-pool", "gdb-pool-threads"])
def test_every_thread_of_a_dump_is_brought_back(give, name):
    text = give(pool="pool").symbolicate_text(read(name))
    told = read("gdb-pool-threads.symbolicated")
    lines = [line for line in text[text.index("\nThread 3 (") :].splitlines() if line.startswith("#")]
    wanted = [line for line in told[told.index("\nThread 3 (") :].splitlines() if line.startswith("#")]
    assert [re.findall(r"[\w.]+:\d+$", line) for line in lines if " at " in line] == [
        re.findall(r"[\w.]+:\d+$", line) for line in wanted if " at " in line
    ]
    numbers = [int(line.split()[0][1:]) for line in lines]
    assert all(b in (a + 1, 0) for a, b in itertools.pairwise(numbers))


def test_a_handler_s_backtrace_is_told_from_the_instruction_that_was_interrupted(give):
    text = give(apiary="apiary").symbolicate_text(read("glibc-backtrace-symbols"))
    assert text.splitlines() == [
        "run/there/apiary(on_signal)[0x555555555f78] at main.cpp:29",
        "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7ffff7a5a050]",
        "run/there/apiary(operator())[0x555555555901] at hive.cpp:108 (inlined)",
        "run/there/apiary(apiary::Hive::Keeper::open)[0x555555555901] at hive.cpp:109",
        "run/there/apiary(season)[0x5555555560fe] at main.cpp:57",
        "run/there/apiary(main)[0x5555555553ca] at main.cpp:78",
        "/lib/x86_64-linux-gnu/libc.so.6(+0x2724a)[0x7ffff7a4524a]",
        "/lib/x86_64-linux-gnu/libc.so.6(__libc_start_main+0x85)[0x7ffff7a45305]",
        "run/there/apiary(_start)[0x555555555541]",
    ]


def test_the_kernel_s_line_is_brought_back_where_it_gives_the_offset(give):
    text = give(apiary="apiary").symbolicate_text(read("kernel-segfault"))
    assert "segfault at 0 ip 0x555555555901 operator() at hive.cpp:108 in apiary\n" in text
    assert "apiary::Hive::Keeper::open at hive.cpp:109 in apiary likely on CPU 0" in text


def test_an_older_kernel_s_line_counts_from_where_the_code_was_mapped(give):
    line = "apiary[7]: segfault at 0 ip 00005612a3c0e901 sp 00007ffc0 error 4 in apiary[5612a3c0e000+2000]\n"
    text = give(apiary="apiary").symbolicate_text(line)
    assert "ip 0x5612a3c0e901 operator() at hive.cpp:108 in apiary\n" in text
    assert "apiary::Hive::Keeper::open at hive.cpp:109 in apiary" in text


@pytest.mark.parametrize(
    ("name", "files", "lines"),
    [
        ("thread-race", {"races-thread": "races-thread"}, ["    #0 fill races.cpp:9:", "    #1 main races.cpp:17:"]),
        ("address-freed", {"races-address": "races-address"}, [" in main races.cpp:22:", " in stored races.cpp:11:"]),
        ("leak-leak", {"races-leak": "races-leak"}, ["    #1 0x555555555216 in stored races.cpp:11:"]),
        ("undefined-overflow", {"races-undefined": "races-undefined"}, [" in overflow races.cpp:10:", " in main races.cpp:20:"]),
        (
            "perf-stripped",
            {"apiary": "apiary"},
            ["145b each<…> (inlined) comb.hpp:45", "209a season (/build/apiary/run/there/apiary) main.cpp:54"],
        ),
        ("lldb-pool", {"pool": "pool"}, ["  * frame #0: 0x00005555555551a9 pool`sting at pool.cpp:15:", "pool`forage at pool.cpp:12:"]),
    ],
)
def test_functions_and_lines_stand_where_addresses_stood(give, name, files, lines):
    text = give(**files).symbolicate_text(read(name))
    assert [line for line in lines if line not in text] == []


def test_what_was_told_already_stays_word_for_word(give):
    engine = give(apiary="apiary", pool="pool")
    for name in ("gdb-throw.symbolicated", "lldb.symbolicated", "valgrind.symbolicated", "gdb-pool-threads.symbolicated"):
        assert engine.symbolicate_text(read(name)) == read(name)


def test_without_its_file_a_text_is_unchanged(give):
    engine = give(races="races")
    for name in ("asan-segv", "glibc-handler", "lldb-stripped", "perf-stripped", "valgrind-stripped", "go-index", "rust-index"):
        assert engine.symbolicate_text(read(name)) == read(name)


@pytest.mark.parametrize(
    ("name", "line", "written"),
    [
        ("app", "./app(main+0x7a)[0x55d0c0a4b3ca]", "./app(main)[0x55d0c0a4b3ca] at main.cpp:78"),
        ("vmlinux", " main+0x7a/0xa8", " main (main.cpp:78)"),
        ("apiary.ko", " main+0x7a/0xa8 [apiary]", " main (main.cpp:78) [apiary]"),
        ("app", "    frame #1: 0x000055d0c0a4b3ca app`main + 122", "    frame #1: 0x000055d0c0a4b3ca app`main at main.cpp:78:29"),
    ],
)
def test_a_symbol_and_an_offset_are_enough(give, name, line, written):
    before = line.replace("main", "other").replace("#1", "#0")  # the first frame is exact
    text = f"signal 11\n{before}\n{line}\n"
    assert give(**{name: "apiary"}).symbolicate_text(text) == f"signal 11\n{before}\n{written}\n"


def test_a_symbol_that_is_not_in_the_file_says_nothing(give):
    text = "signal 11\n./app(other+0x1)[0x55d0c0a4b300]\n./app(mane+0x7a)[0x55d0c0a4b3ca]\n"
    assert give(app="apiary").symbolicate_text(text) == text


def test_an_unnamed_program_is_the_only_one_given_and_none_of_several(give):
    assert "at hive.cpp:109" in give(apiary="apiary").symbolicate_text(read("gdb-stripped-segv"))
    assert give(apiary="apiary", pool="pool").symbolicate_text(read("gdb-stripped-segv")) == read("gdb-stripped-segv")


def test_a_program_s_name_is_taken_from_its_main_thread(give):
    assert "at pool.cpp:15" in give(pool="pool", apiary="apiary").symbolicate_text(read("gdb-pool-threads"))


@pytest.mark.parametrize(
    "line",
    [
        "#0  0x1 in " + "(" * 9000,
        "#0  0x1 in f " + ")" * 9000,
        "a." * 4000 + "(\n\t/x.go:1",
        "main.f()\n\t/x.go:1" + " +0x1" * 1500,
        " 12 " + " (a" * 3000 + ")",
        "#00 pc 00001234  /x" + " (a(b)" * 1500,
        "   0:     0x1 - " + "<a " * 3000,
        "    #0 0x1 in f " + " /a:1" * 1600,
        "frame #0: 0x1 a`" + " at " * 2300,
        "a" * 9000 + "+0x1/0x2",
        "a[1] " * 1900 + "ip fault",
        "* thread #1, " + "stop reason = " * 600 + "\n#0  0x1 in f ()",
    ],
)
def test_hostile_lines_take_time_in_their_length_only(line):
    def there_and_back(text):
        with contextlib.suppress(TraceError):
            traces = find_traces(text)
            assert traces.render(traces.event) == text

    there_and_back((line + "\n") * (300_000 // len(line)))
    assert_text_in_proportion(there_and_back, line + "\n")


def test_a_function_that_is_of_another_size_than_the_kernel_says_stays_as_it_is(give):
    text = "Call Trace:\n main+0x7a/0x120\n"
    assert give(vmlinux="apiary").symbolicate_text(text) == text


@pytest.mark.parametrize("program", sorted(path.name for path in FILES.iterdir() if path.is_file()))
def test_what_was_symbolicated_comes_back_as_it_is(program):
    engine = Symbolicator(files=FILES / program, cache_dir=False)
    for path in sorted(FIXTURES.glob("*.txt")):
        with contextlib.suppress(TraceError):  # texts that hold no frame, or none any more
            once = engine.symbolicate_text(path.read_text())
            assert engine.symbolicate_text(once) == once, path.name
