"""Panics of Rust, Go and Zig, backtraces of GNU Fortran: frames of two lines (Zig: one), with sources where the program has them.

::

       4:     0x55555556c951 - keeper::weigh::h35fc15767c6aa975        RUST_BACKTRACE=full; `1` has no addresses
                                   at /build/apiary/keeper.rs:22:5

    main.(*Apiary).Inspect(0xc000012028, {0x499f08, 0x4})
    \t./keeper.go:23 +0x96

    #3  0x5592efd3417f in deep                                            libgfortran
    \tat /build/apiary/crash.f90:8
    #4  0x7fdb5d876c1c in ???

    ???:?:?: 0x107c0f0 in ??? (./apiary)                                  Zig
    /build/hive.zig:3:17: 0x107c0f0 in comb (apiary)

Rust's addresses are as on the stack: return addresses, the first one too. Go's lines are those of the calls.
libgfortran and Zig have moved their return addresses back into the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import make_native, name_of, place_of, same_place

Json = Mapping[str, Any]

_RUST = regex(r" {0,4}(\d{1,6}): {1,40}(?:0x([0-9a-f]{1,16}) - )?(?=[\w<_{\[])")
_RUST_AT = regex(r"\s+at (\S[^\n]{0,1000}:\d{1,9}(?::\d{1,9})?)\s*$")
_HASH = regex(r"::h[0-9a-f]{16}$")
_GO_CALL = regex(
    r"(created by )?(panic(?=\()|(?:[\w.~%@-]{1,200}/){0,30}[\w~%-][\w.~%-]{0,200}\.\S[^\n]{0,2000}?)"
    r"(\([^()\n]*\))?( in goroutine \d{1,12})?$"
)
_GO_AT = regex(
    r"\s+(\S[^\n]{0,1000}?\.(?:go|s|c|S|y|cgo|goc):\d{1,9})((?: \+0x[0-9a-f]{1,16})?"
    r"(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+(?: pc=0x[0-9a-f]+)?)?)\s*$"
)
_ZIG = regex(r"0x([0-9a-f]{1,16}) in (?=\S)")
_FORTRAN = regex(r"#(\d{1,6})  0x(?!00)([0-9a-f]{1,16}) in ([^\s(][^\s(]{0,1000})$")
_FORTRAN_AT = regex(r"\tat ([^\n]{1,1000}:\d{1,9})\s*$")


def read_rust(plain: str, below: str = "") -> Found | None:
    """Rust's frame of a line, and of the one below that says where."""
    found = _RUST.match(plain, _rust_start(plain))
    if found is None:
        return None
    end = len(plain.rstrip())
    name, address = plain[found.end() : end], int(found[2], 16) if found[2] else None
    at = _RUST_AT.match(below) if below else None
    if address is None and (at is None or (" " in name.replace(" as ", "").replace(", ", ",").replace(" for ", "") and "<" not in name)):
        return None  # `1: something`: a list
    number = int(found[1])
    frame = make_native(_HASH.sub("", name), at[1] if at else None)
    where = Where(address=address, exact=False)
    if at is not None:
        strong = address is not None or ".rs:" in at[1]  # else it is any list with places below its items
        return Found(frame, found.start(), at.end(1), strong=strong, number=number, lines=2, where=where)
    return Found(frame, found.start(), end, number=number, where=where)


def _rust_start(plain: str) -> int:
    """Where the number's field of four characters begins: it is filled with spaces."""
    start = body_start(plain)
    room = 0
    while room < 3 and start and plain[start - 1] == " ":
        start -= 1
        room += 1
    return start


def write_rust(frame: Json, raw: Json) -> str:
    """`0x… - function`, and where on a line of its own."""
    address = raw.get("instruction_addr")
    place = place_of(frame)
    lead = f"{address:>18} - " if address else ""
    indent = " " * (31 if address else 13)
    return f"{lead}{name_of(frame, '<unknown>')}" + (f"\n{indent}at {place}" if place else "")


def read_go(plain: str, below: str = "") -> Found | None:
    """Go's frame of two lines; None without the second."""
    at = _GO_AT.match(below) if ".go:" in below or ".s:" in below or ".c:" in below else None
    start = body_start(plain)
    found = _GO_CALL.match(plain.rstrip(), start) if at else None
    if at is None or found is None or not (found[1] or found[3]):
        return None
    function = found[2]
    frame = make_native(function, at[1])
    if found[1]:
        frame["data"] = {"created_by": True}
    module, _, _ = function.rpartition("/")[2].partition(".")
    frame["module"] = function[: len(function) - len(function.rpartition("/")[2])] + module
    return Found(frame, found.start(2), at.end(1), lines=2)


def write_go(frame: Json, raw: Json) -> str:
    """The two lines, without arguments that are another function's."""
    return f"{name_of(frame)}{'(...)' if not same_place(frame, raw) else '()'}\n\t{place_of({**frame, 'colno': None})}"


def read_zig(plain: str) -> Found | None:
    """Zig's frame of a line; the source and the mark below it, where it found them, are none."""
    start, end = body_start(plain), len(plain.rstrip())
    cut = plain.find(": 0x", start, end)
    tail = _ZIG.match(plain, cut + 2) if cut > start else None
    opening = plain.rfind(" (", 0, end) if tail else -1
    if tail is None or opening < tail.end() or not plain.endswith(")", 0, end):
        return None
    place, function, module = plain[start:cut], plain[tail.end() : opening], plain[opening + 2 : end - 1]
    if place != "???:?:?" and split_position(place)[2] is None:
        return None
    known = place != "???:?:?"
    frame = make_native(function, place if known else None, package=None if module == "???" else module)
    return Found(frame, start, end, where=Where(int(tail[1], 16), None if module == "???" else module, exact=True))


def write_zig(frame: Json, raw: Json) -> str:
    """`file:line:column: 0x… in function (module)`."""
    place = place_of({**frame, "colno": frame.get("colno") or 0} if frame.get("lineno") else frame) or "???:?:?"
    return f"{place}: {raw['instruction_addr']} in {name_of(frame, '???')} ({raw.get('package') or '???'})"


def read_fortran(plain: str, below: str = "") -> Found | None:
    """GNU Fortran's frame of a line, and of the one below it that says where."""
    start, end = body_start(plain), len(plain.rstrip())
    found = _FORTRAN.match(plain[:end], start)
    if found is None:
        return None
    at = _FORTRAN_AT.match(below)
    known = at is not None and not at[1].startswith("???")
    frame = make_native(None if found[3] == "???" else found[3], at[1] if at is not None and known else None)
    where = Where(address=int(found[2], 16), exact=True)
    return Found(frame, start, at.end(1) if at else end, number=int(found[1]), lines=2 if at else 1, where=where)


def write_fortran(frame: Json, raw: Json) -> str:
    """`0x… in function`, and where on a line of its own."""
    place = place_of({**frame, "colno": None})
    return f"{raw['instruction_addr']} in {name_of(frame, '???')}" + (f"\n\tat {place}" if place else "")


RUST = Format("rust", "#rust", "native", ":", read_rust, write_rust, read_pair=read_rust, numbering="{:4d}: ")
GO = Format("go", "go", "native", "", read_go, write_go, read_pair=read_go)
ZIG = Format("zig", "zig", "native", ": 0x", read_zig, write_zig)
FORTRAN = Format("gfortran", "#fortran", "native", "#", read_fortran, write_fortran, read_pair=read_fortran, numbering="#{:<3d}")
