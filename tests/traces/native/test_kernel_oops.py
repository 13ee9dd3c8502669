"""The kernel's stacks, as each architecture, checker and log writes them."""

import pytest

from symbolicator.traces import find_traces, parse_trace
from symbolicator.traces.native.kernel_oops import read_call

CALL = "hive_open+0x12/0x40"


def frames_of(text):
    event = parse_trace(text)
    values = event.get("exception", {}).get("values") or event["threads"]["values"]
    return [frame for value in values for frame in value["stacktrace"]["frames"][::-1]]


@pytest.mark.parametrize(
    ("line", "exact"),
    [
        # x86, today's and before 4.9
        ("RIP: 0010:hive_open+0x12/0x40", True),
        ("RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] hive_open+0x12/0x40", True),
        ("RIP  [<ffffffff81234567>] hive_open+0x12/0x40", True),
        ("EIP: hive_open+0x12/0x40", True),
        ("EIP is at hive_open+0x12/0x40", True),
        ("IP: [<ffffffff81234567>] hive_open+0x12/0x40", True),
        # 32-bit ARM, Alpha, SuperH
        ("PC is at hive_open+0x12/0x40", True),
        ("LR is at hive_open+0x12/0x40", False),
        ("pc is at hive_open+0x12/0x40", True),
        ("PR is at hive_open+0x12/0x40", False),
        ("[<c010d0a4>] (hive) from [<c0109f3c>] (hive_open+0x12/0x40)", None),
        # 64-bit ARM
        ("pc : hive_open+0x12/0x40", True),
        ("lr : hive_open+0x12/0x40", False),
        # RISC-V
        ("epc : hive_open+0x12/0x40", True),
        (" ra : hive_open+0x12/0x40", False),
        # MIPS
        ("epc   : 80123456 hive_open+0x12/0x40", True),
        ("ra    : 80123456 hive_open+0x12/0x40", False),
        # PowerPC
        ("NIP [c000000000012345] hive_open+0x12/0x40", True),
        ("LR [c000000000012345] hive_open+0x12/0x40", False),
        ("[c000000012345678] [c000000000012365] hive_open+0x12/0x40", None),
        # s390
        ("Krnl PSW : 0704c00180000000 00000000b5c5a3b2 (hive_open+0x12/0x40)", True),
        (" [<00000000b5c5a3b2>] hive_open+0x12/0x40", None),
        ("([<00000000b5c5a3b2>] hive_open+0x12/0x40)", None),
        # SPARC
        ("TPC: <hive_open+0x12/0x40>", True),
        ("RPC: <hive_open+0x12/0x40>", False),
        ("I7: <hive_open+0x12/0x40>", False),
        (" [0000000000456789] hive_open+0x12/0x40", None),
        # LoongArch
        ("   ERA: 9000000000223456 hive_open+0x12/0x40", True),
        ("    ra: 9000000000223456 hive_open+0x12/0x40", False),
        # PA-RISC, m68k, ARC
        (" IAOQ[0]: hive_open+0x12/0x40", True),
        (" IAOQ[1]: hive_open+0x12/0x40", False),
        (" RP(r2): hive_open+0x12/0x40", False),
        ("PC: [<0002b2c0>] hive_open+0x12/0x40", True),
        ("[ERET  ]: hive_open+0x12/0x40", True),
        ("[BLINK ]: hive_open+0x12/0x40", False),
        # checkers, and warnings of old and of 6.18
        ("BUG: KASAN: slab-out-of-bounds in hive_open+0x12/0x40", False),
        ("BUG: KMSAN: uninit-value in hive_open+0x12/0x40", False),
        ("BUG: KFENCE: use-after-free read in hive_open+0x12/0x40", False),
        ("BUG: KCSAN: data-race in hive_open+0x12/0x40 / season+0x9/0x20", False),
        ("WARNING: CPU: 0 PID: 1 at fs/hive.c:12 hive_open+0x12/0x40", True),
        ("WARNING: fs/hive.c:12 at hive_open+0x12/0x40, CPU#0: insmod/12", True),
        # lockdep
        (" #0: ffff888100000000 (&comb->lock){+.+.}-{3:3}, at: hive_open+0x12/0x40", False),
        ("hardirqs last  enabled at (1234): [<ffffffff81234567>] hive_open+0x12/0x40", None),
        # ftrace, /proc/PID/stack, Xen
        (" => hive_open+0x12/0x40", None),
        ("[<0>] hive_open+0x12/0x40", None),
        ("(XEN)    [<ffff82d040234567>] R hive_open+0x12/0x40", None),
        ("(XEN) RIP:    e008:[<ffff82d040234567>] hive_open+0x12/0x40", True),
        # the caller of a frame that an interrupt's registers say
        (" hive_open+0x12/0x40 (P)", True),
    ],
)
def test_a_symbol_of_the_kernel_is_a_frame_and_what_is_before_it_says_whether_it_ran(line, exact):
    found = read_call(line)
    assert (found.frame["function"], found.frame["data"]["symbol_offset"], found.frame["data"]["symbol_size"]) == ("hive_open", 0x12, 0x40)
    assert found.where.exact is exact
    assert line[found.start : found.end] == CALL


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("[<ffffffff81234567>] hive_open+0x12/0x40", "0xffffffff81234567"),
        # of two the second is the return address: the first is the stack's, or the callee's
        ("[c000000012345678] [c000000000012365] hive_open+0x12/0x40", "0xc000000000012365"),
        ("[<c010d0a4>] (hive) from [<c0109f3c>] (hive_open+0x12/0x40)", "0xc0109f3c"),
        ("epc   : 80123456 hive_open+0x12/0x40", "0x80123456"),
        # none that says anything
        ("[<0>] hive_open+0x12/0x40", None),
        ("[   10.000001][ T1234]  hive_open+0x12/0x40", None),
    ],
)
def test_the_address_beside_a_symbol_is_kept_as_evidence_and_places_nothing(line, address):
    frame = read_call(line).frame
    assert frame["data"].get("printed_addr") == address
    assert "instruction_addr" not in frame


@pytest.mark.parametrize(
    "line", [" ? hive_open+0x12/0x40", "[<ffffffff81234567>] ? hive_open+0x12/0x40", "hive_open+0x12/0x40 (unreliable)"]
)
def test_what_only_lay_on_the_stack_is_marked(line):
    assert read_call(line).frame["data"]["unreliable"] is True


def test_a_module_s_build_id_is_that_of_its_image():
    build_id = "a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9"
    text = f"RIP: 0010:hive_open+0x12/0x40 [apiary {build_id}]\nCall Trace:\n season+0x9e/0x120 [apiary]\n"
    (image,) = parse_trace(text)["debug_meta"]["images"]
    assert (image["code_file"], image["code_id"]) == ("apiary.ko", build_id)


def test_a_checker_s_heading_is_a_frame_and_what_was_thrown():
    text = "BUG: KASAN: slab-out-of-bounds in hive_open+0x12/0x40 [apiary]\nRead of size 4 at addr ffff888100000000 by task insmod/12\n"
    (value,) = parse_trace(text)["exception"]["values"]
    assert (value["type"], value["stacktrace"]["frames"][0]["function"]) == ("BUG", "hive_open")


def test_the_text_around_a_kernel_s_frame_stays():
    text = "[    1.0] [c000000012345678] [c000000000012365] hive_open+0x12/0x40 [apiary] (unreliable)\r\n"
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    assert [frame["function"] for frame in frames_of(text)] == ["hive_open"]


def test_a_line_of_words_is_read_in_time_linear_in_it():
    assert read_call("a" * 10_000) is None
    assert read_call("a+0x" * 2_500) is None


@pytest.mark.parametrize(
    ("line", "module"),
    [
        (" 0xffffffff81234567 : hive_open+0x12/0x40 [kernel]", "vmlinux"),
        (" 0xffffffffa1234567 : hive_open+0x12/0x40 [apiary]", "apiary.ko"),
        (" 0xc0109f3c : hive_open+0x12/0x40 [kernel]", "vmlinux"),
    ],
)
def test_systemtap_names_the_kernel_where_the_kernel_itself_does_not(line, module):
    assert read_call(line).frame["package"] == module


@pytest.mark.parametrize(
    "line",
    [
        " 0x7ffff7a0d830 : __libc_start_main+0xf0/0x1c0 [/usr/lib64/libc-2.23.so]",
        " 0x401136 : hatch+0x8/0x20 [apiary]",
        "  | 0x55b39afa11cd [eb d9 e8 12 34 00 00 48]: hatch+0xd/0x40",
        "hatch+0xd/0x40 [./apiary]",
    ],
)
def test_what_a_tool_says_of_a_program_is_not_the_kernel_s(line):
    assert read_call(line) is None
