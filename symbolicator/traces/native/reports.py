"""Frames as reports of a crash list them, that something beside the program wrote.

::

    #1  0x0000555668fbe12d n/a (/tmp/a.out + 0x112d)                     systemd-coredump: coredumpctl, the journal
    1 [ra] 0x00007fe7e5ebdbc8 drain() + 23 in apiary at /src/main.swift:5:9            Swift, from 5.9 on
    C  [libhive.so+0x110c]  hatch+0x13                                   Java's hs_err_pid.log

The first instruction is the one that ran; the others are return addresses. Apple's reports are `apple.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_COREDUMP = regex(r"#(\d{1,6}) {1,2}0x([0-9a-f]{16}) (?!in )(?=\S)")
_COREDUMP_TAIL = regex(r" \((\S[^()\n]{0,1000}?)(?: \+ 0x([0-9a-f]{1,16}))?\)$")
_SWIFT = regex(r"(\d{1,5}) {1,12}((?:\[[a-z]{2,12}\] {1,12}){0,4})0x([0-9a-f]{8,16}) (?=\S)")
_PLUS = regex(r" \+ (\d{1,12})$")
_JVM = regex(r"([CVvJjA])  (?:\[([^\[\]\n]{1,300})\+0x([0-9a-f]{1,16})\](?:  (?=\S))?|(?=[~\w]))")
_JVM_OFFSET = regex(r"\+0x([0-9a-f]{1,16})(?=$|  \()")
_JVM_PLACE = regex(r"  \(([^()\n]{1,300}:\d{1,9})\)(?:  \(inlined\))?$")


def read_coredump(plain: str) -> Found | None:
    """A frame of systemd-coredump's."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _COREDUMP.match(plain, start)
    opening = plain.rfind(" (", 0, end) if head else -1
    tail = _COREDUMP_TAIL.match(plain[:end], opening) if opening >= 0 else None
    if head is None or tail is None or opening <= head.end():
        return None
    function = plain[head.end() : opening]
    frame = make_native(None if function == "n/a" else function, package=tail[1], printed=tail[0])
    where = Where(int(head[2], 16), tail[1], int(tail[2], 16) if tail[2] else None)
    return Found(frame, start, end, number=int(head[1]), where=where)


def write_coredump(frame: Json, raw: Json) -> str:
    """`0x… function at file:line (module + 0x…)`."""
    place = place_of({**frame, "colno": None})
    at = f" at {place}" if place else ""
    return f"0x{int(str(raw['instruction_addr']), 16):016x} {name_of(frame, 'n/a')}{at}{data_of(raw, 'printed')}"


def read_swift(plain: str) -> Found | None:
    """A frame of Swift's own crash reports. `[ra]` marks a return address; the offset from the function is that of the call."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _SWIFT.match(plain, start)
    if head is None:
        return None
    rest = plain[head.end() : end]
    before, at, place = rest.rpartition(" at ")
    known = at and "/" in place and split_position(place)[1] is not None
    function, found, module = (before if known else rest).rpartition(" in ")
    if not found:
        return None
    returned = "[ra]" in head[2]
    plus = _PLUS.search(function)
    data: dict[str, Any] = {"symbol_offset": int(plus[1]) + returned} if plus else {}
    lead = plain[head.end(1) + 1 : head.end()]
    frame = make_native(function[: plus.start()] if plus else function, place if known else None, package=module, lead=lead, **data)
    exact = False if returned else True if int(head[1]) == 0 else None
    return Found(frame, start, end, number=int(head[1]), where=Where(int(head[3], 16), module, exact=exact))


def write_swift(frame: Json, raw: Json) -> str:
    """`0x… function in module at file:line:column`."""
    place = place_of(frame)
    return f"{data_of(raw, 'lead')}{name_of(frame)} in {raw.get('package')}{f' at {place}' if place else ''}"


def read_jvm(plain: str) -> Found | None:
    """A line of the native frames of an `hs_err_pid.log`; Java's own (`j`, `J`, `v`) are what they are."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _JVM.match(plain, start)
    if head is None:
        return None
    rest = plain[head.end() : end]
    if head[2] is None:
        if head[1] in "CV" or not any(mark in rest for mark in ("+", "~", "::")):
            return None
        return Found(make_native(rest, lead=plain[start : head.end()]), start, end, strong=False)
    placed = _JVM_PLACE.search(rest)
    function = _JVM_OFFSET.sub("", rest[: placed.start()] if placed else rest)
    lead = plain[start : plain.index("]", start) + 1]
    inlined = {"inlined": True} if rest.endswith("  (inlined)") else {}
    frame = make_native(function or None, placed[1] if placed else None, package=head[2], lead=lead, **inlined)
    return Found(frame, start, end, where=None if placed else Where(module=head[2], offset=int(head[3], 16)))


def write_jvm(frame: Json, raw: Json) -> str:
    """`C  [library+0x…]  function  (file:line)`."""
    place = place_of({**frame, "colno": None})
    inlined = "  (inlined)" if is_inlined(frame) else ""
    return f"{data_of(raw, 'lead')}  {name_of(frame, '')}{f'  ({place})' if place else ''}{inlined}"


COREDUMP = Format("coredump", "#coredump", "native", " (", read_coredump, write_coredump, numbering="#{:<2d} ")
SWIFT = Format("swift", "#swift", "native", " in ", read_swift, write_swift, numbering="{} ")
JVM = Format("hs_err", "hs_err", "native", "  ", read_jvm, write_jvm)
