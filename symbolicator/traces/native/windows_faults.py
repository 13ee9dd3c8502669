"""Windows' own record of a crash: one frame, whose module and offset are on lines of their own.

::

    Faulting module name: app.exe, version: 1.0.0.0, time stamp: 0x6553f100     the event log's (Application Error, 1000)
    Exception code: 0xc0000005
    Fault offset: 0x0000000000001010
      Fault Module Name:        app.exe                                         an error report's (APPCRASH)
      Exception Code:           c0000005
      Exception Offset:         00001010

The line with the offset is the frame (`windows_rows.py`); the others are above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from symbolicator.patterns import regex
from symbolicator.traces.headers import SURE, Header
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.stack import Stack

_MODULE = regex(r"(?:Faulting module name:|Fault Module Name:)\s{1,40}([^\s,][^,\n]{0,300})")
_TIME = regex(r"(?:Faulting module name:[^\n]{1,600}?, time stamp: |Fault Module Timestamp:\s{1,40})(?:0x)?([0-9a-fA-F]{8})\s*$")
_CODE = regex(r"Exception [Cc]ode:\s{1,40}(?:0x)?([0-9a-fA-F]{8})\s*$")
_ABOVE: Final = 8
"""Lines above the offset that may tell of it."""
_NAMES: Final = {
    "80000003": "EXCEPTION_BREAKPOINT", "c0000005": "EXCEPTION_ACCESS_VIOLATION", "c000001d": "EXCEPTION_ILLEGAL_INSTRUCTION",
    "c0000094": "EXCEPTION_INT_DIVIDE_BY_ZERO", "c00000fd": "EXCEPTION_STACK_OVERFLOW", "c0000374": "STATUS_HEAP_CORRUPTION",
    "c0000409": "STATUS_STACK_BUFFER_OVERRUN",
}  # fmt: skip


def attach(lines: Sequence[Line], stack: Stack) -> None:
    """Set what the program died of."""
    for index in _above(stack):
        plain = lines[index].plain
        found = _CODE.match(plain, body_start(plain))
        if found is not None:
            code = found[1].lower()
            stack.header, stack.header_line = Header(_NAMES.get(code, f"0x{code}"), "", SURE, body_start(plain)), index
            return


def name_modules(stacks: Sequence[Stack], lines: Sequence[Line]) -> None:
    """Set the module that each frame's offset counts in, and when that was linked (`transformers/time_stamps.py`)."""
    for stack in stacks:
        stamp: str | None = None
        for index in _above(stack):
            plain = lines[index].plain
            start = body_start(plain)
            told = _TIME.match(plain, start)
            stamp = told[1].lower() if told else stamp
            found = _MODULE.match(plain, start)
            one = stack.founds[0]
            if found is not None and one.where is not None:
                module = found[1].rstrip()
                image = {"type": "pe", "code_file": module, **({"timestamp": stamp} if stamp else {})}
                stack.founds[0] = replace(one, where=replace(one.where, module=module, image=image))
                break


def _above(stack: Stack) -> range:
    first = stack.lines[0]
    return range(first - 1, max(first - _ABOVE, 0) - 1, -1)
