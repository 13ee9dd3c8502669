r"""Native frames by their shape: tools that print an address, a function, a module and how far in it, each in an order of its own.

::

    [1] /usr/bin/app(+0x11cd) [0x55b39afa11cd] (??:0)          Godot, RocksDB, Ruby: glibc's, and a place behind
     2: (Tree::pick(int)+0x14) [0x55b39afa12b2]                Ceph
    2. ? @ 0x00000000004011b7 in /usr/bin/clickhouse           ClickHouse
    #3    Object "/usr/bin/app", at 0x40130d, in main          backward-cpp
        0x4011b7 ([unknown])                                   bpftrace

A shape is a row of `_SHAPES`: a pattern with the names that `_found` knows, and what kind of address the tool gives. What stands before
the frame (an index, a tag, a time) is the line's and stays. Lists of addresses are `native_lists.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native_frames import data_of, is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_WORDS = {
    "ADDRESS": r"(?P<address>[0-9a-f]{1,16})",
    "OFFSET": r"(?P<offset>[0-9a-f]{1,16})",
    "SYMBOL": r"(?P<symbol>[0-9a-f]{1,9})",
    "PLUS": r"(?P<plus>[0-9a-f]{1,16})",
    "FUNCTION": r"(?P<function>\S.{0,4000}?)",
    "HEX": r"[0-9a-f]{1,16}",
}
"""What the patterns below abbreviate."""


def _shaped(pattern: str) -> re.Pattern[str]:
    for word, meaning in _WORDS.items():
        pattern = pattern.replace(word, meaning)
    return regex(pattern)


_START = r"(?<!\S)"


class _Shape(NamedTuple):
    """How one tool writes a frame. `exact`: whether its address is the call already (None: it is for the first frame alone)."""

    name: str
    marker: str
    pattern: re.Pattern[str]
    origin: str = "start"
    """What a number that is no address of the process counts from, as `Where.origin`."""
    exact: bool | None = False
    strong: bool = True
    relative: bool = False
    """Whether `address` is one of the module's file, wherever that was loaded."""
    program: bool = False
    """Whether an address without a module is the program's own, also where nothing else says so."""


_SHAPES: tuple[_Shape, ...] = (
    _Shape(
        "clickhouse",
        " @ 0x",
        _shaped(
            _START + r"(?P<lead>\d{1,4}\.(?:\d{1,4}\.)? )(?P<function>\S[^\n]{0,4000}?)(?P<trail> @ 0x(?P<address>[0-9a-f]{6,16})"
            r"(?: in (?P<module>\S{1,1000}))?)$"
        ),
        origin="bias",
        relative=True,
    ),
    _Shape(
        "backward",
        ' Object "',
        _shaped(r"(?P<lead>#\d{1,4} {1,8}Object \"(?P<module>[^\"\n]{0,1000})\", at 0xADDRESS, in ?)(?P<function>.*)$"),
    ),
    _Shape(
        "cpptrace",
        " at ",
        _shaped(r"(?P<lead>#\d{1,4} {1,4}0x(?P<address>[0-9a-f]{8,16}) )(?:in FUNCTION )?(?P<trail>at (?P<module>/[^\s:]{1,1000}))$"),
        origin="bias",
        relative=True,
    ),
    _Shape(
        "unreal",
        "!",
        _shaped(
            r"(?P<lead>0x[0-9A-Fa-f]{8,16} (?P<module>[\w.+ -]{1,200})!)(?:UnknownFunction ?)\(0x(?P<offset>[0-9A-Fa-f]{1,16})\)"
            r"(?: \[UnknownFile(?::\d{0,9})?\])?$"
        ),
        exact=True,
    ),
    _Shape(
        "minidump-machine",
        "|",
        _shaped(r"(?P<lead>\d{1,5}\|\d{1,5}\|(?P<module>[^|\n]{1,300})\|)\|\|(?P<trail>\|0xOFFSET)$"),
    ),
    _Shape(
        "minidump",
        " + 0x",
        _shaped(r"(?P<lead>(?P<number>\d{1,4}) {2}(?P<module>[^\s!]{1,300}) \+ 0xOFFSET)$"),
    ),
    _Shape(
        "minidump-named",
        "!",
        _shaped(
            r"(?P<lead>(?P<number>\d{1,4}) {2}(?P<module>[^\s!]{1,300})!)FUNCTION"
            r"(?: \[(?P<file>[^\[\]\n]{1,500}) : (?P<line>\d{1,9}) \+ 0xHEX\]| \+ 0xSYMBOL)$"
        ),
    ),
    _Shape(
        "zephyr", "p: 0x", _shaped(r"(?P<lead>\d{1,4}: (?:fp|sp): 0xHEX (?:ra|lr|pc|ip): 0xADDRESS)(?: \[[^\]\n]{1,300}\])?$"), program=True
    ),
    _Shape("gecko", " +0x", _shaped(r"(?P<lead>#\d\d: )FUNCTION(?P<trail> ?\[(?P<module>[^\[\]\n]{1,500}?) \+0xOFFSET\])$")),
    _Shape("wine", " (+0x", _shaped(r"(?P<lead>(?:=>)?\d{1,4} 0x[0-9a-f]{8,16} in (?P<module>\S{1,300}) \(\+0xOFFSET\))(?: \(0xHEX\))?$")),
    _Shape(
        "forrtl",
        "Unknown",
        _shaped(
            r"(?P<lead>(?P<module>\S{1,300}) {1,40}(?P<address>[0-9A-F]{16}) {1,20})(?P<function>\S{1,500}) {1,40}Unknown {1,20}Unknown$"
        ),
    ),
    _Shape(
        "crystal", " in ", _shaped(r"(?P<lead>\[0xADDRESS\] )(?P<function>\S.{0,2000}?) \+\d{1,9}(?P<trail> in (?P<module>\S{1,500}))$")
    ),
    _Shape("druntime", "??:? ", _shaped(r"\?\?:\? FUNCTION(?P<trail> \[0xADDRESS\])$")),
    _Shape(
        "ceph",
        ") [0x",
        _shaped(r"(?:(?P<module>/\S{1,1000}) )?\((?P<function>[^\n]{0,4000}?)\+0xPLUS\)(?P<trail> \[0xADDRESS\])$"),
        origin="bias",
    ),
    _Shape(
        "numbered",
        "[0x",
        _shaped(
            r"(?!#?\d{1,4}[:.]? )(?P<module>[^\s()\[\]][^()\[\]\n]{0,1000})\((?P<function>[^()\s+]{0,2000})\+0xPLUS\)"
            r"(?P<trail> ?\[0xADDRESS\])(?:[ \t]\(?(?:\?\?[ \t]{1,4})?\??\?:[\d?]{1,9}\)?\s*|[ \t]\?\?[ \t]{0,4}\S{0,300})$"
        ),
        origin="bias",
    ),
    _Shape(
        "ustack",
        "[",
        _shaped(
            r"(?:(?P<function>\[unknown\]|[A-Za-z_~][^\n]{0,4000}?)"
            r"\+0xSYMBOL(?:/0xHEX)?)(?P<trail> \[(?P<module>[\w.+/-]{1,500})\])$"
        ),
    ),
    _Shape("bpftrace", "([unknown])", _shaped(r"(?P<lead>0xADDRESS )\(\[unknown\]\)$"), program=True),
    _Shape("envoy", ": [0x", _shaped(r"(?P<lead>#\d{1,4}: )(?P<trail>\[0xADDRESS\])$"), exact=False),
    _Shape("eu-stack", "#", _shaped(r"(?P<lead>#\d{1,4} {1,2}0x(?P<address>[0-9a-f]{8}(?:[0-9a-f]{8})?))(?: - 1)?$"), exact=None),
    _Shape("pascal", "$", _shaped(r"(?P<lead>\$(?P<address>[0-9A-F]{8}(?:[0-9A-F]{8})?))$"), exact=None, program=True),
    _Shape("julia", "(ip: 0x", _shaped(r"unknown function (?P<trail>\(ip: 0xADDRESS\))(?: at (?P<module>/\S{1,500}))?$")),
    _Shape("offsets", "+0x", _shaped(r"(?P<lead>(?P<module>/[^\s()\[\]]{1,1000})\+0xOFFSET)$"), origin="bias"),
    _Shape(
        "mongodb",
        '"b":"',
        _shaped(r"(?P<lead>\"a\":\"(?P<address>[0-9A-F]{4,16})\",\"b\":\"[0-9A-F]{1,16}\",\"o\":\"[0-9A-F]{1,16}\")$"),
    ),
    _Shape("listed", "0x", _shaped(r"(?P<lead>0x(?P<address>[0-9a-fA-F]{3,16})(?::0x[0-9a-fA-F]{8,16})?)$"), strong=False, program=True),
)
_LEAD = regex(r"(?:\S{1,40}/TC:\S{1,20} \d{1,9} {1,3}|\[Callstack\] |[#\[]? ?\d{1,4}[\]:.#]{0,2} {1,6}|\| |[EWI]: {1,12}|\* )")


def _read(shape: _Shape, plain: str) -> Found | None:
    """The frame of a line that has this shape, behind an index or a tag where it has one."""
    if shape.name == "listed" and plain.rfind("0x") < plain.rstrip().rfind(" "):  # a number in prose, told without the pattern
        return None
    start, end = 0, len(plain.rstrip())
    while start < end and plain[start].isspace():
        start += 1
    text = plain[:end]
    for begin in _begins(text, start):
        found = shape.pattern.match(text, begin)
        if found is not None:
            return _found(shape, found, end)
    return None


@lru_cache(maxsize=2)  # every shape asks about one line, in turn
def _begins(text: str, start: int) -> tuple[int, ...]:
    """Where a frame may begin: at the line's begin, and behind up to three leads or tags."""
    begins = [start]
    for _ in range(3):
        lead = _LEAD.match(text, begins[-1])
        if lead is None:
            break
        begins.append(lead.end())
    body = body_start(text)
    lead = _LEAD.match(text, body)
    begins += [body, *([lead.end()] if lead else [])]
    tag = text.rfind("] #", 0, 600)  # Envoy's
    if tag >= 0:
        begins.append(tag + 2)
    count = text.find(": ", body, 600)  # ClickHouse's logger's name
    if count >= 0:
        begins.append(count + 2)
    return tuple(dict.fromkeys(begins))


def _found(shape: _Shape, found: re.Match[str], end: int) -> Found | None:
    groups = found.groupdict()
    function, module = groups.get("function"), groups.get("module") or None
    address = int(groups["address"], 16) if groups.get("address") else None
    offset = int(groups["offset"], 16) if groups.get("offset") else None
    if function in ("()", "?", "??", "???", "Unknown", "[unknown]", ""):
        function = None
    data: dict[str, Any] = {"lead": groups.get("lead") or "", "trail": groups.get("trail") or ""}
    if groups.get("plus"):
        if function is not None:
            data["symbol_offset"] = int(groups["plus"], 16)
        elif module is not None:
            offset = int(groups["plus"], 16)
    if groups.get("symbol") and function is not None:
        data["symbol_offset"] = int(groups["symbol"], 16)
    if module is not None:
        module, title = program_of(module)
        if title:
            data["title"] = title
    origin = shape.origin
    if shape.relative and module is not None:
        address, offset = None, address
    if shape.program and module is None:
        origin = "bias"
    position = f"{groups['file']}:{groups['line']}" if groups.get("file") else None
    number = int(groups["number"]) if groups.get("number") else None
    frame = make_native(function, position, package=module, **data)
    return Found(
        frame, found.start(), end, number=number, strong=shape.strong, where=Where(address, module, offset, origin, exact=shape.exact)
    )


def program_of(module: str) -> tuple[str, str]:
    """A module as glibc prints it → the program, and the title that a server put behind its name (`redis-server *:6379`)."""
    first, blank, rest = module.partition(" ")
    if not blank:
        return module, ""
    if first.endswith(":") and not first[:-1].isdigit() and len(first) > 1:
        return first[:-1], module[len(first) - 1 :]
    if rest.startswith(("-", "*", "[")) or (":" in rest and "/" not in rest):
        return first, blank + rest
    return module, ""


def write(frame: Json, raw: Json) -> str:
    """What stood before the function, the function and its place, what stood behind."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    lead, trail = data_of(raw, "lead"), data_of(raw, "trail")
    gap = " " if lead and not lead[-1].isspace() and lead[-1] not in "!|" else ""
    package = str(raw.get("package") or "")
    module = f"{package}{data_of(raw, 'title')} " if package and package not in lead and package not in trail else ""
    before = "" if not trail or trail[0] == " " else " "
    return f"{lead}{gap}{module}{name_of(frame)}{f' at {place}' if place else ''}{inlined}{before}{trail}"


def _reader(shape: _Shape) -> Callable[[str], Found | None]:
    return lambda plain: _read(shape, plain)


_PLACE_BELOW = regex(r"\t\S[^\n]{0,1000}:\d{1,9}\s*$")
_LIBBACKTRACE = regex(r"(?P<lead>0x(?P<address>[0-9a-f]{4,16}) )(?P<function>\S[^\n]{0,4000})$")


def _read_libbacktrace(plain: str, below: str) -> Found | None:
    """A frame of libbacktrace's: address and function, and the place in the line below."""
    found = _LIBBACKTRACE.match(plain.rstrip()) if below.startswith("\t") and _PLACE_BELOW.match(below) else None
    if found is None:
        return None
    place = below.strip()
    function = found["function"] if found["function"] != "???" else None
    frame = make_native(function, None if place.startswith("???") else place, lead=found["lead"])
    where = Where(int(found["address"], 16), origin="bias", exact=False)
    return Found(frame, 0, len(below.rstrip()), lines=2, where=where)


def _write_libbacktrace(frame: Json, raw: Json) -> str:
    place = place_of({**frame, "colno": None}) or "???:0"
    return f"{data_of(raw, 'lead')}{name_of(frame, '???')}{' (inlined)' if is_inlined(frame) else ''}\n\t{place}"


def _nothing(plain: str) -> Found | None:
    return None


LIBBACKTRACE = Format("libbacktrace", "#libbacktrace", "native", "0x", _nothing, _write_libbacktrace, read_pair=_read_libbacktrace)
_FAMILIES = {
    **{name: f"#{name}" for name in ("clickhouse", "backward", "unreal", "zephyr", "pascal", "mongodb", "minidump")},
    "minidump-named": "#minidump",
    **dict.fromkeys(("ceph", "numbered", "offsets", "crystal", "envoy"), "glibc"),
}
"""Shapes that stand alone, or beside glibc's own; all others may share a stack."""
SHAPES: tuple[Format, ...] = tuple(
    Format(shape.name, _FAMILIES.get(shape.name, "shape"), "native", shape.marker, _reader(shape), write) for shape in _SHAPES
)
