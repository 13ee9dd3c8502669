r"""Native frames by their shape: tools that print an address, a function, a module and how far in it, each in an order of its own.

A shape is a row of `shape_rows.py`, `windows_rows.py` or `firmware_rows.py`: a pattern with the names that `_found` knows, and what kind of
address the tool gives. What stands before the frame (an index, a tag, a time) is the line's and stays. Lists of addresses are
`address_lists.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from symbolicator.debugfiles.load_bias import Mapping as Mapped
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where, read_nothing
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.firmware_rows import FIRMWARE
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of
from symbolicator.traces.native.shape import Shape
from symbolicator.traces.native.shape_rows import FAMILIES, ROWS
from symbolicator.traces.native.windows_rows import WINDOWS

Json = Mapping[str, Any]
MAX_IN_FILE = 1 << 40
"""No file's own addresses go as far; those of a position independent program's process do, which some releases of the same tool print."""

_LEAD = regex(
    r"(?:\S{1,40}/TC:\S{1,20} \d{1,9} {1,3}|\[Callstack\] |\((?:EE|WW|II)\) |[#\[]? ?\d{1,4}[\]:.#]{0,2} {1,6}|\| |[EWI]: {1,12}|\* "
    r"|<err> \w{1,20}: {1,12}|[a-z_]{2,24}dump[a-z]{0,12}: {1,4})"
)


def _read(shape: Shape, plain: str) -> Found | None:
    """The frame of a line with this shape, after an index or a tag if there is one."""
    if shape.name == "listed" and plain.rfind("0x") < plain.rstrip().rfind(" "):  # a number in prose, rejected without the pattern
        return None
    start, end = 0, len(plain.rstrip())
    while start < end and plain[start].isspace():
        start += 1
    text = plain[:end]
    for begin in body_starts(text, start):
        found = shape.pattern.match(text, begin)
        if found is not None:
            return _found(shape, found, end)
    return None


@lru_cache(maxsize=2)  # every shape asks about one line, in turn
def body_starts(text: str, start: int = 0) -> tuple[int, ...]:
    """Where a frame may begin: at the line's start, and after up to three leads or tags."""
    body = body_start(text)
    begins = [*_after_leads(text, start, 3), *_after_leads(text, body, 2)]
    tag = text.rfind("] #", 0, 600)  # Envoy's
    if tag >= 0:
        begins.append(tag + 2)
    count = text.find(": ", body, 600)  # ClickHouse's logger's name
    if count >= 0:
        begins.append(count + 2)
    return tuple(dict.fromkeys(begin + len(text[begin:]) - len(text[begin:].lstrip()) for begin in begins))


def _after_leads(text: str, start: int, most: int) -> list[int]:
    begins = [start]
    while len(begins) <= most and (lead := _LEAD.match(text, begins[-1])) is not None:
        begins.append(lead.end())
    return begins


def _found(shape: Shape, found: re.Match[str], end: int) -> Found | None:
    groups = found.groupdict()
    function, module = groups.get("function"), groups.get("module") or groups.get("again") or None
    address = int(groups["address"], 16) if groups.get("address") else None
    offset = int(groups["offset"], 16) if groups.get("offset") else int(groups["decimal"]) if groups.get("decimal") else None
    if groups.get("base") and offset is not None:
        address = int(groups["base"], 16) + offset
        offset = offset if module is not None else None
    if function in ("()", "?", "??", "???", "Unknown", "[unknown]", "(null)", "(function-name not available)", ""):
        function = None
    data: dict[str, Any] = {"lead": groups.get("lead") or "", "trail": groups.get("trail") or ""}
    if groups.get("plus"):
        if function is not None:
            data["symbol_offset"] = int(groups["plus"], 16)
        elif module is not None:
            offset = int(groups["plus"], 16)
    if function is not None and (groups.get("symbol") or groups.get("count")):
        distance = int(groups["symbol"], 16) if groups.get("symbol") else int(groups["count"])
        data["symbol_offset"] = -distance if groups.get("sign") == "-" else distance
        if groups.get("size"):
            data["symbol_size"] = int(groups["size"], 16)
    if module is not None:
        module, title = program_of(module)
        if title:
            data["title"] = title
    origin = shape.origin
    if shape.relative and module is not None and (address or 0) < MAX_IN_FILE:
        address, offset = None, address
    if shape.program and module is None:
        origin = "bias"
    position = f"{groups['file']}:{groups['line']}" if groups.get("file") else None
    number = int(groups["number"]) if groups.get("number") else None
    mapping = Mapped(0, executable=True) if origin == "mapping" else None
    frame = make_native(function, position, package=module, **data)
    return Found(
        frame,
        found.start(),
        end,
        number=number,
        strong=shape.strong,
        where=Where(address, module, offset, origin, mapping=mapping, exact=shape.exact),
    )


def program_of(module: str) -> tuple[str, str]:
    """A module as glibc prints it → the program, and the title that a server appended to its name (`redis-server *:6379`)."""
    first, blank, rest = module.partition(" ")
    if not blank:
        return module, ""
    if first.endswith(":") and not first[:-1].isdigit() and len(first) > 1:
        return first[:-1], module[len(first) - 1 :]
    if rest.startswith(("-", "*", "[")) or (":" in rest and "/" not in rest):
        return first, blank + rest
    return module, ""


def write(frame: Json, raw: Json) -> str:
    """The text before the function, the function and its position, and the text after it."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    lead, trail = data_of(raw, "lead"), data_of(raw, "trail")
    gap = " " if lead and not lead[-1].isspace() and lead[-1] not in "!|`(" else ""
    package = str(raw.get("package") or "")
    module = f"{package}{data_of(raw, 'title')} " if package and package not in lead and package not in trail else ""
    before = "" if not trail or trail[0] in " )" else " "
    return f"{lead}{gap}{module}{name_of(frame)}{f' at {place}' if place else ''}{inlined}{before}{trail}"


def _reader(shape: Shape) -> Callable[[str], Found | None]:
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


LIBBACKTRACE = Format("libbacktrace", "#libbacktrace", "native", "0x", read_nothing, _write_libbacktrace, read_pair=_read_libbacktrace)
SHAPES: tuple[Format, ...] = tuple(
    Format(shape.name, FAMILIES.get(shape.name, "shape"), "native", shape.marker, _reader(shape), write)
    for shape in (*WINDOWS, *FIRMWARE, *ROWS)
)
STRACE = next(form for form in SHAPES if form.name == "strace")
