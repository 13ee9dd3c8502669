"""Native text traces: what is read, and that nothing else changes. fixtures/traces/native holds what the tools print."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator.errors import TraceError
from symbolicator.traces import find_traces, parse_trace

FIXTURES = Path(__file__).parents[3] / "fixtures" / "traces" / "native"
TEXTS = sorted(path.name for path in FIXTURES.glob("*.txt"))

# The format, and the frames of each stack: exceptions in order, then threads.
STACKS = {
    "absl": ("glog", [2]),
    "address-freed": ("sanitizer", [4, 2, 3]),
    "asan-segv": ("sanitizer", [6]),
    "asan-segv.symbolicated": ("sanitizer", [7]),
    "boost": ("boost", [8]),
    "gdb-abort.symbolicated": ("gdb", [8]),
    "gdb-pool": ("gdb", [5, 6, 6, 5]),
    "gdb-pool-threads": ("gdb", [5, 6, 6]),
    "gdb-pool-threads.symbolicated": ("gdb", [2, 10, 10]),
    "gdb-segv.symbolicated": ("gdb", [3]),
    "gdb-stripped-abort": ("gdb", [11]),
    "gdb-stripped-segv": ("gdb", [6]),
    "gdb-stripped-throw": ("gdb", [17]),
    "gdb-symbols-abort": ("gdb", [8]),
    "gdb-symbols-segv": ("gdb", [3]),
    "gdb-symbols-throw": ("gdb", [14]),
    "gdb-threads": ("gdb", [3]),
    "gdb-throw.symbolicated": ("gdb", [15]),
    "glibc-backtrace-symbols": ("glibc", [8]),
    "glibc-handler": ("glibc", [8]),
    "glog": ("glog", [9]),
    "go-again": ("go", [6]),
    "go-generic": ("go", [3]),
    "go-goroutines": ("go", [4, 2, 4]),
    "go-index": ("go", [4]),
    "go-nil": ("go", [2]),
    "go-nil-crash": ("go", [7, 5, 6, 7, 5]),
    "hs_err": ("hs_err", [8]),
    "kernel-segfault": ("kernel-fault", [1]),
    "leak-leak": ("sanitizer", [2]),
    "lldb-pool": ("lldb", [1, 5, 6, 6]),
    "lldb-pool.symbolicated": ("lldb", [1, 5, 10, 10]),
    "lldb-stripped": ("lldb", [1, 6]),
    "lldb-symbols": ("lldb", [1, 6]),
    "lldb.symbolicated": ("lldb", [1, 4]),
    "node-heap": ("node-native", [10]),
    "perf-stripped": ("perf", [10, 8, 10, 6, 5, 5, 9, 4, 11, 8, 11, 5]),
    "rust-index": ("rust", [13]),
    "rust-index-full": ("rust", [43]),
    "rust-index-stripped": ("rust", [22]),
    "rust-thread": ("rust", [12, 14]),
    "thread-race": ("sanitizer", [3, 3, 3]),
    "undefined-overflow": ("sanitizer", [5]),
    "valgrind-leak": ("valgrind", [4]),
    "valgrind-stripped": ("valgrind", [4, 4]),
    "valgrind.symbolicated": ("valgrind", [4, 4]),
}


def read(name):
    return (FIXTURES / f"{name}.txt").read_text()


def images(event):
    return {image.get("code_file"): image for image in event.get("debug_meta", {}).get("images", [])}


@pytest.mark.parametrize("name", STACKS)
def test_every_frame_that_a_tool_printed_is_read(name):
    sources = find_traces(read(name)).sources
    form, counts = STACKS[name]
    assert {source.format for stack in sources for source in stack} == {form}
    assert [len(stack) for stack in sources] == counts


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_not_brought_back_comes_back_byte_for_byte(name):
    text = (FIXTURES / name).read_text()
    traces = find_traces(text)
    assert traces.render(copy.deepcopy(traces.event)) == text
    assert traces.event["platform"] == "native"


@pytest.mark.parametrize("name", [name for name in TEXTS if not name.startswith(("go-", "rust-"))])
@pytest.mark.parametrize("prefix", ["2031-05-01T10:11:12Z ", "web_1  | ", "[  123.456789] "])
def test_a_collector_s_prefix_hides_no_frame(name, prefix):
    text = (FIXTURES / name).read_text()
    logged = "".join(prefix + line for line in text.splitlines(keepends=True))
    traces = find_traces(logged)
    assert traces.render(traces.event) == logged
    assert [len(stack) for stack in traces.sources] == [len(stack) for stack in find_traces(text).sources]


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("asan-segv", "AddressSanitizer", "SEGV on unknown address 0x000000000000"),
        ("gdb-pool", "SIGSEGV", "Segmentation fault"),
        ("absl", "SIGSEGV", "received at time=1795386772 on cpu 1"),
        ("glibc-handler", "SIGSEGV", "signal 11, address (nil)"),
        ("node-heap", "FATAL ERROR", "Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("go-goroutines", "fatal error", "all goroutines are asleep - deadlock!"),
        ("go-index", "panic", "runtime error: index out of range [2] with length 2"),
        ("hs_err", "SIGSEGV", "SIGSEGV (0xb) at pc=0x00007fa1b416d10c, pid=889, tid=890"),
        ("kernel-segfault", "SIGSEGV", "segfault at 0"),
        ("leak-leak", "LeakSanitizer", "detected memory leaks"),
        ("lldb-pool", "SIGSEGV", "invalid address (fault address: 0x0)"),
        ("rust-index", "panic", "index out of bounds: the len is 2 but the index is 7"),
        ("undefined-overflow", "runtime error", "signed integer overflow: 3 * 2147483647 cannot be represented in type 'int'"),
        ("valgrind-leak", None, "16 bytes in 1 blocks are definitely lost in loss record 1 of 1"),
    ],
)
def test_the_message_above_is_the_exception(name, kind, value):
    exception = parse_trace(read(name))["exception"]["values"][0]
    assert (exception.get("type"), exception["value"]) == (kind, value)


def test_valgrind_s_second_stack_is_the_signal():
    _, second = parse_trace(read("valgrind-stripped"))["exception"]["values"]
    assert (second["type"], second["value"].splitlines()[0]) == ("SIGSEGV", "Access not within mapped region at address 0x0")


@pytest.mark.parametrize("name", ["gdb-pool-threads", "lldb-pool"])
def test_a_dump_of_all_threads_flags_the_one_that_died(name):
    event = parse_trace(read(name))
    threads = {thread["id"]: thread for thread in event["threads"]["values"]}
    assert sorted(threads) == [1, 2, 3]
    assert [number for number, thread in threads.items() if thread.get("crashed")] == [1]
    assert all(thread["stacktrace"]["frames"] for number, thread in threads.items() if number != 1)
    assert event["exception"]["values"][-1]["thread_id"] == 1


def test_threads_of_which_none_died_are_no_exceptions():
    event = parse_trace(read("gdb-threads"))
    assert "exception" not in event
    assert [(thread["id"], thread["name"]) for thread in event["threads"]["values"]] == [(1, "apiary-symbols")]


def test_addresses_and_offsets_place_the_images():
    found = images(parse_trace(read("asan-segv")))
    assert {path: image["image_addr"] for path, image in found.items()} == {
        "/build/apiary/run/apiary-asan": "0x555555554000",
        "/lib/x86_64-linux-gnu/libc.so.6": "0x7ffff761e000",
    }


def test_a_memory_map_places_the_images():
    found = images(parse_trace(read("glibc-handler")))
    program = found["/build/apiary/run/there/apiary"]
    assert (program["image_addr"], program["image_size"]) == ("0x555555554000", 0x6000)
    assert "/usr/lib/x86_64-linux-gnu/libc.so.6" in found


def test_an_image_list_gives_build_ids():
    found = images(parse_trace(read("lldb-pool")))
    program = next(image for path, image in found.items() if path.endswith("/pool"))
    assert program["image_addr"] == "0x555555554000"
    assert len(program["code_id"]) == 40


def adjusted(text):
    """Callee first, whether each frame's address is moved into the call."""
    (stack,) = parse_trace(text)["exception"]["values"]
    return [frame.get("adjust_instruction_addr") for frame in stack["stacktrace"]["frames"]][::-1]


def test_callers_are_return_addresses_where_the_tool_prints_them_so():
    assert adjusted(read("gdb-stripped-segv")) == [False, True, True, True, True, True]
    assert adjusted(read("asan-segv")) == [False] * 6
    assert all(adjusted(read("rust-index-stripped")))


def test_the_frame_that_a_signal_interrupted_is_exact():
    below = "#0  0x1000 in on_signal ()\n#1  <signal handler called>\n#2  0x401136 in f ()\n#3  0x401200 in main ()\n"
    assert adjusted(below) == [False, None, False, True]
    # backtrace() is called by the handler, whose frame is a return address too; below the trampoline stands what was interrupted.
    assert adjusted(read("glibc-handler"))[:4] == [True, True, False, True]
    assert adjusted(read("glibc-backtrace-symbols"))[:4] == [True, True, False, True]


@pytest.mark.parametrize(
    ("text", "module", "address", "extra"),
    [
        # a sanitizer's offset is an address as the module's file has it: it prints the pc less what the file's addresses were moved by
        (
            "    #0 f a.c:1 (app+0x1234) (BuildId: 0123456789abcdef)",
            "app",
            "0x1234",
            {"code_id": "0123456789abcdef", "image_vmaddr": "0x0"},
        ),
        # a tombstone's pc is an address as the file has it
        (
            "      #00 pc 0000000000001234  /data/lib/libhive.so (hive::open(int*)+12) (BuildId: 89abcdef01234567)",
            "/data/lib/libhive.so",
            "0x1234",
            {"code_id": "89abcdef01234567", "image_vmaddr": "0x0"},
        ),
        ("    #00 pc 00001234  /data/app/base.apk!libhive.so (offset 0x2000) (f+4)", "libhive.so", "0x1234", {"image_vmaddr": "0x0"}),
    ],
)
def test_an_offset_counts_from_its_image(text, module, address, extra):
    event = parse_trace("*** crash\n" + text + "\n")
    (frame,) = event["exception"]["values"][0]["stacktrace"]["frames"]
    (image,) = event["debug_meta"]["images"]
    assert frame["instruction_addr"] == address
    assert frame["addr_mode"] == "rel:0"
    assert image == {"type": "elf", "code_file": module, **extra}


TOMBSTONE = """\
*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
pid: 71, tid: 72, name: keeper  >>> com.apiary <<<
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
backtrace:
      #00 pc 00000000000019e1  /data/app/lib/arm64/libhive.so (hive_open+12)
      #01 pc 000000000000203c  /data/app/lib/arm64/libhive.so
"""

OOPS = """\
[   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   12.345680] Oops: 0000 [#1] SMP PTI
[   12.345681] CPU: 1 PID: 321 Comm: keeper Tainted: G           OE
[   12.345682] RIP: 0010:hive_open+0x12/0x40 [apiary]
[   12.345683] RSP: 0018:ffffb0f1c0a7fd20 EFLAGS: 00010246
[   12.345684] Call Trace:
[   12.345685]  <TASK>
[   12.345686]  ? __die+0x20/0x70
[   12.345687]  season+0x9e/0x120 [apiary]
[   12.345688]  [<ffffffff81234567>] do_syscall_64+0x5c/0x90
[   12.345689]  </TASK>
"""


def test_a_tombstone_says_signal_and_thread():
    event = parse_trace("".join(f"05-01 10:11:12.345    71    72 F DEBUG   : {line}\n" for line in TOMBSTONE.splitlines()))
    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("SIGSEGV", "code 1 (SEGV_MAPERR), fault addr 0x0")
    assert event["threads"]["values"] == [{"id": 72, "name": "keeper", "crashed": True, "current": True}]
    assert len(value["stacktrace"]["frames"]) == 2


def test_perfs_places_are_on_lines_of_their_own():
    text = (
        "apiary  7  63.1: 50000 cpu-clock:u: \n"
        "\t            145b each+0x1b (inlined)\n  comb.hpp:45\n"
        "\t            209a season+0x3a (/build/apiary)\n  main.cpp:54\n"
        "\t           27249 __libc_start_call_main+0x79 (/usr/lib/libc.so.6)\n  ??:0\n"
        "\t            1540 [unknown] (/build/apiary)\n\n"
    )
    traces = find_traces(text)
    (stack,) = traces.sources
    assert [frame.get("lineno") for frame in parse_trace(text)["threads"]["values"][0]["stacktrace"]["frames"]] == [None, None, 54, 45]
    assert len(stack) == 4
    assert traces.render(traces.event) == text


def test_an_oops_begins_where_the_kernel_stood():
    event = parse_trace(OOPS)
    (value,) = event["exception"]["values"]
    frames = value["stacktrace"]["frames"][::-1]
    assert [frame["function"] for frame in frames] == ["hive_open", "__die", "season", "do_syscall_64"]
    assert [frame["data"]["symbol_offset"] for frame in frames] == [0x12, 0x20, 0x9E, 0x5C]
    assert [frame["adjust_instruction_addr"] for frame in frames] == [False, True, True, True]
    assert (value["type"], value["thread_id"]) == ("Oops", 321)
    assert set(images(event)) == {"apiary.ko", "vmlinux"}


def test_gdb_s_variables_and_broken_lines_are_inside_a_stack():
    text = (
        "#0  0x0000000000401136 in f (x=1,\n    y=2) at a.c:3\n        z = 4\nNo locals.\n"
        "#1  0x0000000000401200 in main ()\n    at /srv/app/main.c:12\n"
    )
    (stack,) = find_traces(text).sources
    frames = parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"]
    assert [(frame["function"], frame["filename"], frame["lineno"]) for frame in frames] == [
        ("main", "/srv/app/main.c", 12),
        ("f", "a.c", 3),
    ]
    assert text[stack[0].start : stack[0].end].endswith("\n    at /srv/app/main.c:12")


@pytest.mark.parametrize("name", ["gdb-stripped-segv", "lldb-pool", "go-index", "rust-index-stripped", "asan-segv", "valgrind-stripped"])
def test_a_trace_in_a_string_of_json_is_read(name):
    text = json.dumps({"level": "fatal", "message": read(name), "code": 1}) + "\n"
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    assert [len(stack) for stack in traces.sources] == STACKS[name][1]


def test_a_program_that_is_not_moved_is_told_by_its_addresses():
    text = "Segmentation fault\n./app() [0x401136]\n./app(main+0x1a) [0x401180]\n[0x7ffff7a4524a]\n"
    event = parse_trace(text)
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert [frame["instruction_addr"] for frame in frames] == ["0x7ffff7a4524a", "0x401180", "0x401136"]
    assert images(event)["./app"]["image_vmaddr"] == "0x0"


def test_a_javascript_and_a_native_trace_of_one_text_are_both_read():
    text = (
        "TypeError: x\n    at f (/srv/a.js:1:2)\n\nThread 1 received signal SIGSEGV, Segmentation fault.\n#0  0x0000000000401136 in ?? ()\n"
    )
    event = parse_trace(text)
    assert [value["type"] for value in event["exception"]["values"]] == ["TypeError", "SIGSEGV"]
    assert parse_trace(text, "javascript")["exception"]["values"][0]["type"] == "TypeError"
    assert len(parse_trace(text, "native")["exception"]["values"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #1 and #2 (see 0x12).\n#3 call me (later)\n#4 meet (us) at 10:30\n",
        "1: an item\n    at home:12\n2: another 0x1\n",
        "the value 0x1234 (hex) in app\n  at 0x1234: no\n",
        "pc 1234 lr 0x12\nframe #no\n[0x1234]\n",
        "see main.go:12 for 0x1\n",
    ],
)
def test_prose_is_no_native_trace(text):
    with pytest.raises(TraceError):
        parse_trace(text)


@given(st.text(st.sampled_from("#0123 xabf()[]+-:/.\n\tingo<>?'`@=")), st.sampled_from(["#0  0x1 in f ()\n", "  at 0x12: f (a.c:1)\n", ""]))
def test_any_text_is_given_back_as_it_was(noise, frame):
    for text in (noise + frame, frame + noise):
        try:
            traces = find_traces(text)
        except TraceError:
            continue
        assert traces.render(traces.event) == text


FORTRAN = """\
Program aborted. Backtrace:
#0  0x7fb7a1c218c2 in ???
#1  0x40116c in deep
\tat /build/crash.f90:8
#2  0x401187 in deep
\tat /build/crash.f90:9
#10  0x401080 in ???
\tat ???:0
"""


def test_fortrans_frames_are_of_two_lines_and_have_stepped_back_already():
    (value,) = parse_trace(FORTRAN)["exception"]["values"]
    frames = value["stacktrace"]["frames"][::-1]
    assert [(f.get("function"), f.get("lineno"), f["instruction_addr"], f["adjust_instruction_addr"]) for f in frames] == [
        (None, None, "0x7fb7a1c218c2", False),
        ("deep", 8, "0x40116c", False),
        ("deep", 9, "0x401187", False),
        (None, None, "0x401080", False),
    ]
    assert frames[1]["abs_path"] == "/build/crash.f90"


def test_a_fortran_text_that_nothing_is_known_of_comes_back_as_it_was():
    with Symbolicator(cache_dir=False) as engine:
        assert engine.symbolicate_text(FORTRAN) == FORTRAN
