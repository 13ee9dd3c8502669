"""Addresses of kernels, which are moved by an unknown distance: as perf and crash print them, and where a panic says the distance."""

import pytest

from symbolicator import Symbolicator, parse_trace
from tests.makers.elf import ALLOC, EXEC, GLOBAL_FUNC, PROGBITS, X86_64, Maker

EXEC_FILE = 2
START = 0xFFFFFFFF81000000
OPEN, READ, ENTER = START + 0x10, START + 0x300, START + 0x800
MOVES = (0, 0x22600000)


@pytest.fixture
def build(tmp_path):
    """A folder with a vmlinux of three functions."""
    kernel = Maker(machine=X86_64, kind=EXEC_FILE)
    kernel.load(START, 0x1000)
    code = bytearray(0x1000)
    for returned in (READ + 8, ENTER + 5):
        code[returned - START - 5] = 0xE8  # the call that is before
    kernel.add(".text", bytes(code), PROGBITS, ALLOC | EXEC, address=START)
    rows = ((b"vfs_open", OPEN, 0x2F0), (b"vfs_read", READ, 0x500), (b"enter", ENTER, 0x40))
    kernel.symbols([(*row, GLOBAL_FUNC, 1) for row in rows])
    (tmp_path / "vmlinux").write_bytes(kernel.build())
    return tmp_path


TASK = 'PID: 2132   TASK: ffff8d0d2f6f0000  CPU: 2   COMMAND: "bash"\n'


def names(build, text):
    with Symbolicator(files=[build], cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace(text))
    holders = [*((event.get("exception") or {}).get("values") or []), *((event.get("threads") or {}).get("values") or [])]
    frames = [frame for holder in holders for frame in holder["stacktrace"]["frames"][::-1]]
    return [(frame.get("function"), frame["data"]["symbolicator_status"], frame.get("symbol_addr")) for frame in frames]


FOUND = [("vfs_open", "symbolicated", "0x10"), ("vfs_read", "symbolicated", "0x300"), ("enter", "symbolicated", "0x800")]
"""With the beginning of each in the kernel, for that in memory is unknown."""


@pytest.mark.parametrize("by", MOVES)
@pytest.mark.parametrize(("first", "second", "third"), [("+0x20", "+0x8", "+0x5"), ("", "", "")])
def test_perf_s_kernel_is_vmlinux_wherever_it_was_moved(build, by, first, second, third):
    text = (
        f"app 1 [001] 1.1: 1 cycles: \n\t{OPEN + 0x20 + by:x} vfs_open{first} ([kernel.kallsyms])\n"
        f"\t{READ + 8 + by:x} vfs_read{second} ([kernel.kallsyms])\n\t{ENTER + 5 + by:x} enter{third} ([kernel.kallsyms])\n\n"
    )
    assert names(build, text) == FOUND


@pytest.mark.parametrize("by", MOVES)
def test_crash_says_where_and_in_which_function(build, by):
    text = (
        f"{TASK} #0 [ffffa51c849d3960] vfs_open at {OPEN + 0x20 + by:x}\n #1 [ffffa51c849d39f8] vfs_read at {READ + 8 + by:x}\n"
        f" #2 [ffffa51c849d3a08] enter at {ENTER + 5 + by:x}\n"
    )
    assert names(build, text) == FOUND


def test_functions_that_were_not_moved_alike_are_another_kernel_s(build):
    text = f"{TASK} #0 [ffffa51c849d3960] vfs_open at {OPEN + 0x20:x}\n #1 [ffffa51c849d39f8] enter at {ENTER + 0x200000 + 5:x}\n"
    assert {status for _, status, _ in names(build, text)} != {"symbolicated"}


def test_a_fault_in_a_dump_is_where_it_ran_and_its_callers_are_below_the_registers():
    text = (
        f"{TASK} #4 [ffffa51c849d3960] page_fault at {OPEN:x}\n    [exception RIP: vfs_open+32]\n"
        f"    RIP: {OPEN + 0x20:016x}  RSP: ffffa51c849d39f8  RFLAGS: 00010246\n    RAX: 0000000000000010  RBX: 0000000000000020\n"
        f" #5 [ffffa51c849d39f8] vfs_read at {READ + 8:x}\n"
    )
    event = parse_trace(text)
    (thread,) = (event.get("exception") or event.get("threads"))["values"]
    frames = thread["stacktrace"]["frames"][::-1]
    assert [(frame["function"], frame["adjust_instruction_addr"]) for frame in frames] == [("page_fault", True), ("vfs_open", False), ("vfs_read", True)]
    assert frames[1]["data"]["symbol_offset"] == 32


@pytest.mark.parametrize(("by", "said"), [(0x22600000, "0x22600000 from 0xffffffff81000000 (relocation range: x)"), (0, "disabled")])
def test_a_panic_that_says_the_distance_places_addresses_without_names(build, by, said):
    text = f"Call Trace:\n [<{OPEN + 0x20 + by:016x}>]\n [<{READ + 8 + by:016x}>]\n [<{ENTER + 5 + by:016x}>]\nKernel Offset: {said}\n"
    assert [(name, status) for name, status, _ in names(build, text)] == [(name, status) for name, status, _ in FOUND]


def test_without_the_distance_an_address_alone_says_nothing(build):
    text = f"Call Trace:\n [<{OPEN + 0x20:016x}>]\n [<{READ + 8:016x}>]\n"
    frames = parse_trace(text)
    with Symbolicator(files=[build], cache_dir=False) as engine:
        event = engine.symbolicate(frames)
    stack = (event.get("exception") or event.get("threads"))["values"][0]["stacktrace"]["frames"]
    assert {frame["data"]["symbolicator_status"] for frame in stack} == {"unknown_image"}


def test_a_program_was_interrupted_below_the_kernel_s_frames():
    text = (
        "app 1 [001] 1.1: 1 cycles: \n\tffffffffa3600030 vfs_open+0x20 ([kernel.kallsyms])\n"
        "\t55b39afa11cd pick+0xd (/srv/app)\n\t55b39afa12b2 main+0x2 (/srv/app)\n\n"
    )
    frames = parse_trace(text)["threads"]["values"][0]["stacktrace"]["frames"][::-1]
    assert [frame["adjust_instruction_addr"] for frame in frames] == [False, False, True]
