r"""The registers that firmware prints where it faulted: the program counter, and the link register, which holds a return address.

::

    MEPC    : 0x42006c3a  RA      : 0x420016ac  SP      : 0x4081b9a0       ESP-IDF on RISC-V; Zephyr: `mepc: 42006c3a`
    [00:00:17.833,435] <err> os: r3/a4:  0x00000001 r12/ip:  0x00000000 r14/lr:  0x00004e8b       Zephyr on ARM
    [00:00:17.833,496] <err> os: Faulting instruction address (r15/pc): 0x0002ef4c
    PC   : 0040116B                                                        mbed OS; NuttX has all of them in one line
    xPSR: 0x01000000 pc: 0x0800116a msp: 0x20001000                        OpenOCD
    epc1=0x401000e4 epc2=0x00000000 epc3=0x00000000                        ESP8266

A line counts if nothing but registers is in it, and a word near it says that something faulted: processes have registers of the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import Line
from symbolicator.traces.native.frames import make_native
from symbolicator.traces.native.shapes import body_starts, write

FAMILY: Final = "#registers"

NEAR: Final = 40
"""Lines above, and below, in which a word says that something faulted."""
_NO_CODE: Final = 0xF0000000
"""Addresses from here on are no code: ARM's marks of an exception in the link register, memory that is filled."""

_NAME = r"[A-Za-z][A-Za-z0-9_/]{0,11}(?: ?\([A-Za-z]{2}\))?"
_VALUE = r"(?:0x)?(?:0{8})?[0-9a-fA-F]{1,8}"
_LINE: Final = regex(rf"(?:{_NAME}[ \t]{{0,8}}[:=][ \t]{{0,8}}{_VALUE}(?:,|;)?(?:[ \t]{{1,8}}|$)){{1,8}}$")
"""Nothing but registers."""
_FAULTING: Final = regex(rf"Faulting instruction address (?:\(r15/pc\): |= )(?P<address>{_VALUE})$")
_COUNTER: Final = regex(
    rf"(?<![\w/])(?:pc|PC|r15/pc|R15 ?\(PC\)|mepc|MEPC|epc1|EIP|RIP|ELR_ELn)[ \t]{{0,8}}[:=][ \t]{{0,8}}(?P<address>{_VALUE})(?![\w.])"
)
_LINK: Final = regex(rf"(?<![\w/])(?:lr|LR|r14/lr|R14 ?\(LR\)|ra|RA|x30/lr)[ \t]{{0,8}}[:=][ \t]{{0,8}}(?P<address>{_VALUE})(?![\w.])")
_FAULTED: Final = regex(
    r"(?i:\b(?:hard|bus|usage|mem\w{0,20}|secure|access)[ _]?fault|\b(?:fault handler|zephyr fatal|guru meditation|register ?dump|panic))"
    r"|\b(?:mcause|MCAUSE|mstatus|MSTATUS|xpsr|xPSR|XPSR|CFSR|HFSR|Exception \(|ExceptionFrame|epc2=|up_assert|\w{2,5}_registers)"
)
"""Words of what faults without a process: processors' names of faults, their registers that say why, what real-time systems print."""
_PROCESSES: Final = ("Thread State", "Found by: ", "Binary Images")
"""What stands near the registers of processes in crash reports."""


def faulted(lines: Sequence[Line], first: int, last: int) -> bool:
    """Whether a line near registers says that firmware faulted."""
    near = [line.plain for line in lines[max(first - NEAR, 0) : last + NEAR]]
    if any(word in plain for plain in near for word in _PROCESSES):
        return False
    return any(_FAULTED.search(plain) is not None for plain in near)


def pair(plain: str) -> list[tuple[int, int]]:
    """Where the program counter and the link register stand in a line that has both; empty for any other."""
    if not ("PC" in plain or "pc" in plain) or not ("LR" in plain or "RA" in plain or "lr" in plain or "ra" in plain):
        return []
    if not any(_LINE.match(plain, start) for start in body_starts(plain.rstrip())):
        return []
    spans = [found.span() for found in (_COUNTER.search(plain), _LINK.search(plain)) if found is not None]
    return sorted(spans) if len(spans) > 1 else []


def read_registers(plain: str) -> Found | None:
    """The frame of the program counter, if it is in the line, else that of the link register."""
    text = plain.rstrip()
    for start in body_starts(text):
        found = counter = _FAULTING.match(text, start)
        if found is None and _LINE.match(text, start) is not None:
            counter = _COUNTER.search(text, start)
            found = counter or _LINK.search(text, start)
        if found is not None:
            address = int(found["address"], 16)
            if not 0 < address < _NO_CODE:
                return None
            frame = make_native(lead=text[start : found.end()], trail=text[found.end() :])
            where = Where(address, origin="bias", exact=counter is not None)
            return Found(frame, start, len(text), strong=False, where=where)
    return None


_MARKERS: Final = ("0x", "PC   :", "LR   :", "PC: ", "LR: ", "mepc: ", " ra: ")
REGISTERS: Final = tuple(
    Format(f"registers-{number}", FAMILY, "native", marker, read_registers, write) for number, marker in enumerate(_MARKERS)
)
"""Most print numbers with their base; markers of the others are narrow, because every line of a log is tested for them."""
