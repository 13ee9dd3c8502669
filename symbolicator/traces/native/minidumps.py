"""What stands around the frames of walked minidumps: whose stack it is, how each frame was found, and what its offset counts to.

::

    Crash reason:  SIGSEGV /SEGV_MAPERR
    Thread 0 worker (crashed)                                  as people read it: rust-minidump's has the thread's name
     1  apiary + 0x20fe
        rsp = 0x00007fffffffe3b0   rip = 0x00005555555560fe
        Found by: stack scanning
    Crash|SIGSEGV /SEGV_MAPERR|0x0|0                           as machines do, the thread's number last
    0|1|apiary||||0x20fe

Breakpad's walker prints where a caller's frame returns to, rust-minidump's the call: one, two or four bytes before. The registers below
the frame tell which: they have the address that it returns to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from symbolicator.keys import normalise_debug_id
from symbolicator.patterns import regex
from symbolicator.traces.headers import SURE, Header
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.stack import Stack

_THREAD = regex(r"Thread (?P<id>\d{1,9})(?P<rest>(?: [^\n]{0,300})?)$")
_REASON = regex(r"Crash reason: {1,4}(?P<type>\S[^\n]{0,300})")
_MACHINE_REASON = regex(r"Crash\|(?P<type>[^|\n]{1,300})\|(?P<address>[^|\n]{0,30})\|(?P<id>\d{0,9})")
_ADDRESS = regex(r"Crash address: (?P<address>0x[0-9a-f]{1,16})")
_COUNTER = regex(r"\b(?:rip|eip|pc) = 0x([0-9a-f]{4,16})\b")
_FOUND = regex(r" {2,8}Found by: (?P<how>[^\n]{1,80})$")
_SYSTEM = regex(r"(?:Operating system: |OS\|)(\w{1,20})")
_MACHINE_MODULE = regex(r"Module\|(?P<name>[^|\n]{1,300})\|[^|\n]{0,100}\|[^|\n]{0,300}\|(?P<id>[0-9A-Fa-f]{33,40})\|")
_WARNED = regex(
    r"0x[0-9a-f]{1,16} - 0x[0-9a-f]{1,16}  (?P<name>\S[^\n]{0,300}?)  \S[^\n]{0,100}?"
    r"  \(WARNING: No symbols, [^\n]{0,300}?, (?P<id>[0-9A-F]{33,40})\)"
)
_MOST = 10_000
"""Modules of one text whose ids are kept."""
_LINES_BELOW: Final = 20
"""Lines below a frame that may tell of it."""
_ABOVE = 40
"""Lines above a stack in which the crash is told: those of a minidump's system, its memory accesses and guesses."""
_PAGE = 0xFFF
FOUND_BY = {
    "context": "given as instruction pointer in context",
    "prewalked": "recovered by external stack walker",
    "cfi": "call frame info",
    "cfi_scan": "call frame info with scanning",
    "frame_pointer": "previous frame's frame pointer",
    "scan": "stack scanning",
}
"""How a frame was found, as the walkers' JSON has it (`trust`), and in the words of their texts."""
_TRUSTS = {words: trust for trust, words in FOUND_BY.items()}


def attach(lines: Sequence[Line], stack: Stack, lowest: int) -> None:
    """Set a stack's thread, and what it died of if it is the one that crashed."""
    first = stack.lines[0]
    machine = stack.formats[0].name.startswith("minidump-machine")
    number = lines[first].plain[body_start(lines[first].plain) :].partition("|")[0] if machine else ""
    crashed = False
    if machine:
        stack.thread = {"id": int(number)} if number.isdigit() and len(number) < 10 else None
    else:
        above = lines[first - 1].plain if first else ""
        heading = _THREAD.match(above, body_start(above))
        if heading is not None:
            name, _, state = heading["rest"].partition("(")
            crashed = state.startswith("crashed)")
            stack.thread = {"id": int(heading["id"]), **({"name": name.strip()} if name.strip() else {})}
    address = ""
    for index in range(first - 1, -1 if machine else max(first - _ABOVE, lowest - 1, -1), -1):
        plain = lines[index].plain
        start = body_start(plain)
        told = _ADDRESS.match(plain, start)
        address = told["address"] if told else address
        found = (_MACHINE_REASON if machine else _REASON).match(plain, start)
        if found is None:
            continue
        if machine:
            crashed, address = found["id"] in (number, ""), found["address"]
        elif stack.thread is None:
            crashed = True
        if crashed:
            stack.header, stack.header_line = Header(found["type"].strip(), f"at {address}" if address else "", SURE, start), index
        break
    if crashed and stack.thread is not None:
        stack.thread |= {"crashed": True, "current": True}


def told_beside(stacks: Sequence[Stack], lines: Sequence[Line]) -> None:
    """Set of the frames of these stacks their images, `trust` as in these walkers' JSON, and which addresses are calls already."""
    kind, ids = _modules(lines)
    for stack in stacks:
        is_call = False
        for at, found in enumerate(stack.founds):
            counter = _below(stack, at, lines)
            where = found.where
            if where is not None and where.offset is not None and at and counter is not None and (counter - where.offset) & _PAGE:
                is_call = True
        for at, found in enumerate(stack.founds):
            where = found.where
            if where is not None and where.module:
                image = {"type": kind, "code_file": where.module, "debug_id": ids.get(where.module)}
                exact = True if is_call else where.exact
                known = {name: value for name, value in image.items() if value}
                stack.founds[at] = replace(found, where=replace(where, exact=exact, image=known))


def _below(stack: Stack, at: int, lines: Sequence[Line]) -> int | None:
    """The program counter told below a frame; its `trust` is set."""
    end = min(stack.lines[at + 1] if at + 1 < len(stack.lines) else len(lines), stack.lines[at] + 1 + _LINES_BELOW)
    counter: int | None = None
    for line in lines[stack.lines[at] + 1 : end]:
        if not line.plain.startswith("  "):
            break
        how = _FOUND.match(line.plain)
        if how is not None:
            if how["how"] in _TRUSTS:
                stack.founds[at].frame["trust"] = _TRUSTS[how["how"]]
            break
        register = _COUNTER.search(line.plain)
        counter = int(register[1], 16) if register else counter
    return counter


def _modules(lines: Sequence[Line]) -> tuple[str | None, dict[str, str]]:
    """The type of all images, and debug ids of modules by name; without those of which there are several."""
    kind: str | None = None
    ids: dict[str, set[str]] = {}
    for line in lines:
        plain = line.plain
        if "|" not in plain and "No symbols, " not in plain and "system" not in plain:
            continue
        system = _SYSTEM.match(plain, body_start(plain))
        if system is not None:
            kind = "pe" if system[1].startswith("Win") else "macho" if system[1] in ("Mac", "iOS") else "elf"
        found = _MACHINE_MODULE.match(plain, body_start(plain)) or _WARNED.match(plain, body_start(plain))
        identity = normalise_debug_id(found["id"]) if found else None
        if found is None or identity is None or not identity.replace("-", "").strip("0"):
            continue
        if found["name"] in ids or len(ids) < _MOST:
            ids.setdefault(found["name"], set()).add(identity)
    return kind, {name: next(iter(known)) for name, known in ids.items() if len(known) == 1}
