"""Registers that firmware prints where it faulted, without a process, a module or a stack."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, TraceError, parse_trace

SMOKER = Path(__file__).parents[3] / "fixtures" / "native" / "cross-thumb" / "files" / "smoker"

ZEPHYR = """\
[00:00:17.833,404] <err> os: ***** BUS FAULT *****
[00:00:17.833,435] <err> os: r3/a4:  0x00000001 r12/ip:  0x00000000 r14/lr:  0x0002020f
[00:00:17.833,465] <err> os:  xpsr:  0x61000000
[00:00:17.833,496] <err> os: Faulting instruction address (r15/pc): 0x000201d2
[00:00:17.833,496] <err> os: >>> ZEPHYR FATAL ERROR 25: Unknown error on CPU 0
"""
RISCV = "E:  mcause: 5, Load access fault\nE:      ra: 0002020f\nE:    mepc: 000201d2\nE: mstatus: 00001880\n"
ESPRESSIF = """\
Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.

Core  0 register dump:
MEPC    : 0x000201d2  RA      : 0x0002020f  SP      : 0x4081b9a0  GP      : 0x4080fed4
TP      : 0x4081bae0  T0      : 0x40022494  T1      : 0x4080916c  T2      : 0x00000000
"""
MBED = "++ MbedOS Fault Handler ++\n\nFaultType: HardFault\n\nContext:\nR0   : 00000000\nLR   : 0002020F\nPC   : 000201D2\nxPSR : 61000000\n"
NUTTX = "arm_hardfault: PANIC!!! Hard Fault!\narm_registerdump: IP: 00000000 SP: 20001000 LR: 0002020f PC: 000201d2\n"
RIOT = "Context before hardfault:\n   r0: 0x00000000\n  r12: 0x00000000\n   lr: 0x0002020f\n   pc: 0x000201d2\n  psr: 0x61000000\n"
OWN = "HardFault_Handler: stacked frame\npc=0x000201d2 lr=0x0002020f\n"


def frames_of(event):
    holders = [*((event.get("exception") or {}).get("values") or []), *((event.get("threads") or {}).get("values") or [])]
    return [frame for holder in holders for frame in holder["stacktrace"]["frames"][::-1]]


@pytest.mark.parametrize("text", [ZEPHYR, RISCV, ESPRESSIF, MBED, NUTTX, RIOT, OWN])
def test_the_program_counter_is_what_ran_and_the_link_register_is_returned_to(text):
    found = {int(frame["instruction_addr"], 16): frame["adjust_instruction_addr"] for frame in frames_of(parse_trace(text))}
    assert found == {0x201D2: False, 0x2020F: True}


@pytest.mark.parametrize("text", [RISCV, ESPRESSIF, MBED, NUTTX, RIOT, OWN])
def test_the_function_that_faulted_is_first_wherever_its_register_is_printed(text):
    with Symbolicator(files=[SMOKER], cache_dir=False) as engine:
        functions = [frame["function"] for frame in frames_of(engine.symbolicate(parse_trace(text)))]
    assert functions == ["glow", "smoke_depth", "smoke_sum"]


def test_each_register_has_its_place_behind_it():
    with Symbolicator(files=[SMOKER], cache_dir=False) as engine:
        text = engine.symbolicate_text(ZEPHYR)
        again = engine.symbolicate_text(text)
    assert "r14/lr:  0x0002020f smoke_sum at smoker.c:44\n" in text
    assert "(r15/pc): 0x000201d2 glow at smoker.c:11 (inlined)\n" in text
    assert "(r15/pc): 0x000201d2 smoke_depth at smoker.c:36\n" in text
    assert again == text


@pytest.mark.parametrize(
    "text",
    [
        # a process of 32 bits on Apple's systems, a walked minidump of ARM's
        "Thread 0 crashed with ARM Thread State (32-bit):\n    ip: 0x00000000    sp: 0x27dff3b0    lr: 0x31d8c8c9    pc: 0x31d8c8c9\n",
        "Hard fault\n     lr = 0x31d8c8c9    pc = 0x31d8c8c9\n    Found by: given as instruction pointer in context\n",
        # nothing faulted
        "usage: lr=0x0002020f pc=0x000201d2\n",
        # a call of nothing, and the mark of an exception in the link register
        "HardFault\n LR = 0xfffffff9\n PC = 0x00000000\n",
        # another register whose name ends so; prose
        "HardFault\n mspc: 0x000201d2\nmove pc: 0x000201d2 to a log\n",
    ],
)
def test_other_numbers_are_none_of_firmware_s_registers(text):
    with pytest.raises(TraceError):
        parse_trace(text)


def test_a_stack_of_riscv_begins_where_it_faulted():
    text = "E: call trace:\nE:       0: sp: 200320b4 ra: 000201d2\nE:       1: sp: 200320fc ra: 0002020f [smoke_sum+0x18]\n"
    assert [(frame["instruction_addr"], frame["adjust_instruction_addr"]) for frame in frames_of(parse_trace(text))] == [
        ("0x201d2", False),
        ("0x2020f", True),
    ]


def test_espressif_s_pairs_are_of_the_calls_already():
    """Its backtraces print each address less the call's three bytes: the byte before that is another instruction's, and may be another line's."""
    frames = frames_of(parse_trace("Backtrace: 0x400d1033:0x3ffb1f50 0x400d1063:0x3ffb1f70 |<-CORRUPTED\n"))
    assert [frame["adjust_instruction_addr"] for frame in frames] == [False, False]


def test_addresses_that_one_is_to_give_to_addr2line_are_a_stack():
    for text in (
        "please use: addr2line -e rtthread.elf -a -f 0x000201d2 0x0002020f\n",
        "please use: addr2line -e rtthread.elf -a -f\n 0x000201d2 0x0002020f\n",
    ):
        assert [frame["instruction_addr"] for frame in frames_of(parse_trace(text))] == ["0x201d2", "0x2020f"]
