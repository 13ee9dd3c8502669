"""gdb's and lldb's `bt`, and elfutils' `eu-stack`.

::

    #0  0x00007ffff7aa8eec in ?? () from /lib/x86_64-linux-gnu/libc.so.6
    #1  season (count=3) at main.cpp:57
    #2  <signal handler called>
      * frame #0: 0x0000555555555901 apiary`apiary::Hive::open(int*) + 17 at hive.cpp:109:27
    #1  0x000055a89c0a8141 - 1 hatch - /srv/apiary

gdb prints no address where the instruction is the first one of its line, nor for a frame whose callee is inlined into it; it breaks lines
that are too long for the terminal before `at` and `from`. Addresses are as the registers and the stack have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.javascript.positions import looks_like_path
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import MAX_NAME, data_of, make_native, name_of, place_of, same_place

Json = Mapping[str, Any]

_GDB = regex(r"#(\d{1,6}) +(?:0x([0-9a-fA-F]{1,16}) in )?")
_GDB_PLACE = regex(r"(?: at (\S[^\n]{0,1000}?:\d{1,9})| from (\S[^\n]{0,1000}))?\s*$")
_SIGNAL = "<signal handler called>"
_LLDB = regex(r"frame #(\d{1,6}): 0x([0-9a-fA-F]{1,16})(?: ([^`\s][^`]{0,300})`| (?=\S))")
_LLDB_TAIL = regex(r"( \+ (\d{1,12}))?(?: at (\S[^\n]{0,1000}?:\d{1,9}))?\s*$")
_MARKS = (" [opt]", " [inlined]", " [artificial]")
"""Notes of lldb after a frame's position, any number of them."""
_ELFUTILS = regex(r"#(\d{1,6}) {1,2}0x([0-9a-f]{8}(?:[0-9a-f]{8})?)(?: - 1)?(?=\s|$)")
_ELFUTILS_MODULE = regex(r" - (/[^\n]{1,1000})$")
_ELFUTILS_AT = regex(r" {4}(\S[^\n]{0,1000}:\d{1,9}(?::\d{1,9})?)\s*$")
_VALUES = regex(r"\((?=\w{1,200}=)")


def read_gdb(plain: str, below: str = "") -> Found | None:
    """A gdb frame: in one line, and the one below if it was broken before ` at` or ` from`."""
    start = body_start(plain)
    head = _GDB.match(plain, start)
    if head is None:
        return None
    number, address = int(head[1]), int(head[2], 16) if head[2] else None
    end = len(plain.rstrip())
    rest = plain[head.end() : end]
    if rest == _SIGNAL:
        return Found(make_native(_SIGNAL), start, end, number=number)
    tail = below.strip() if (below.startswith("    ") and not rest.endswith(")")) or below.startswith(("    at ", "    from ")) else ""
    broken = tail if tail.startswith(("at ", "from ")) or rest.count("(") > rest.count(")") else ""
    text = f"{rest} {broken}" if broken else rest
    # The position is after the last parenthesis that closes arguments: a path has few.
    function, closing, tail = _arguments(text)
    if function is None:
        return None
    place = _GDB_PLACE.match(tail)
    if place is None:
        return None
    strong = address is not None or (place[1] is not None and looks_like_path(place[1].rpartition(":")[0]))  # not a time of day
    frame = make_native(function, place[1], package=place[2], **({"args": closing} if closing != "()" else {}))
    where = Where(address=address, module=place[2])
    if broken:
        return Found(frame, start, len(below.rstrip()), strong=strong, number=number, lines=2, where=where)
    return Found(frame, start, end, strong=strong, number=number, where=where)


def _arguments(text: str) -> tuple[str | None, str, str]:
    """`f(int) [clone .cold] (x=1) at a.c:3` → function, arguments with their parentheses, the rest."""
    for mark in (") at ", ") from "):
        place = text.rfind(mark)
        if place >= 0:
            break
    else:
        place = len(text) - 1
        if not text.endswith(")"):
            return None, "", ""
    opening = text.find(" (", 0, place)
    # A name may hold ` (` itself, in `(anonymous namespace)::f (x=1)` or `operator() (…)`; what opens arguments closes at `place`.
    depth, at = 0, place
    lowest = max(0, place - MAX_NAME)
    while at >= lowest:
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            depth -= 1
            if depth == 0:
                break
        at -= 1
    if at > 0 and depth == 0 and text[at - 1] == " ":
        opening = at - 1
    inside = text[opening + 2 : place]
    if opening <= 0 or inside.startswith("BuildId: ") or ("+0x" in inside and "<" not in inside):  # `(/lib/x.so+0x12)`: a sanitizer's
        return None, "", ""
    return text[:opening], text[opening + 1 : place + 1], text[place + 1 :]


def write_gdb(frame: Json, raw: Json) -> str:
    """`0x… in function (arguments) at file:line`; the arguments only if the function is the one in the text."""
    if frame.get("function") == _SIGNAL:
        return _SIGNAL
    address = raw.get("instruction_addr")
    own = name_of(frame) == raw.get("function") or same_place(frame, raw)
    function = str(raw["function"]) if own and raw.get("function") else name_of(frame)
    arguments = data_of(raw, "args", "()") if own else "()"
    place = place_of({**frame, "colno": None})
    package = raw.get("package")  # gdb names libraries, and not the program
    tail = f" at {place}" if place else f" from {package}" if package else ""
    lead = f"{_padded(address)} in " if address and not raw.get("step") else ""  # a caller that its callee is inlined in has none
    return f"{lead}{function} {arguments}{tail}"


def _padded(address: object) -> str:
    return f"0x{int(str(address), 16):016x}"


def read_lldb(plain: str) -> Found | None:
    """A frame of lldb's: that of a line."""
    body = body_start(plain)
    head = _LLDB.match(plain, body + 2 if plain.startswith("* ", body) else body)
    if head is None:
        return None
    start, end = head.start(), len(plain.rstrip())
    rest, marks = plain[head.end() : end], set[str]()
    while (mark := next((one for one in _MARKS if rest.endswith(one)), None)) is not None:
        marks.add(mark)
        rest = rest.removesuffix(mark)
    # ` + 17` and ` at a.cpp:1:2` are after the function's name, which may contain anything.
    cut = max(rest.rfind(" + "), -1)
    at = rest.rfind(" at ")
    begin = cut if cut >= 0 and (at < 0 or cut < at) else at if at >= 0 else len(rest)
    tail = _LLDB_TAIL.match(rest, begin)
    if tail is None:
        begin = len(rest)
        tail = _LLDB_TAIL.match("")
    function = rest[:begin].removesuffix(" [opt]")
    offset = int(tail[2]) if tail is not None and tail[2] else None
    place = tail[3] if tail is not None else None
    named = _VALUES.search(function) if place else None
    function = function[: named.start()] if named else function
    invented = function.startswith("___lldb_unnamed_symbol")
    data: dict[str, Any] = {"symbol_offset": offset} if offset is not None and not invented else {}
    if " [inlined] " in function or function.startswith("[inlined] "):
        function, data = function.rpartition("[inlined] ")[2], {"inlined": True}
    elif " [inlined]" in marks:
        data = {"inlined": True}
    frame = make_native(None if invented else function, place, package=head[3], **data)
    return Found(frame, start, end, number=int(head[1]), where=Where(address=int(head[2], 16), module=head[3]))


def write_lldb(frame: Json, raw: Json) -> str:
    """``0x… module`function at file:line:column``; inlined functions are marked, as in lldb."""
    package = frame.get("package") or raw.get("package")
    module = str(package).rpartition("/")[2] + "`" if package else ""
    inlined = "[inlined] " if (frame.get("data") or {}).get("inlined") else ""
    place = place_of(frame)
    function = name_of(frame, "")
    return f"{_padded(raw['instruction_addr'])} {module}{inlined}{function}{f' at {place}' if place else ''}"


def read_elfutils(plain: str, below: str = "") -> Found | None:
    """A frame of `eu-stack`'s, and the place below it; ` - 1`, if printed, means that it has adjusted the return address."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _ELFUTILS.match(plain, start)
    if head is None:
        return None
    rest = plain[head.end() : end]
    if rest and (len(head[1]) == 1) != plain.startswith("  ", head.end(1)):  # numbers are padded to two
        return None
    module = _ELFUTILS_MODULE.search(rest)
    function = (rest[: module.start()] if module else rest).strip()
    if " at " in function or function.startswith(("in ", "n/a ")) or (function.endswith(")") and " (" in function):
        return None
    at, printed = _ELFUTILS_AT.match(below), {"printed": module[0]} if module else {}
    lead = plain[head.end(1) : head.end()].strip()
    frame = make_native(function or None, at[1] if at else None, package=module[1] if module else None, lead=lead, **printed)
    where = Where(int(head[2], 16), module[1] if module else None)
    return Found(frame, start, at.end(1) if at else end, number=int(head[1]), lines=2 if at else 1, where=where)


def write_elfutils(frame: Json, raw: Json) -> str:
    """`0x… function - module`, and the place on a line of its own."""
    place = place_of(frame)
    return f"{data_of(raw, 'lead')} {name_of(frame, '')}".rstrip() + data_of(raw, "printed") + (f"\n    {place}" if place else "")


GDB = Format("gdb", "#gdb", "native", "#", read_gdb, write_gdb, read_pair=read_gdb, numbering="#{:<3d}")
LLDB = Format("lldb", "#lldb", "native", "frame #", read_lldb, write_lldb, numbering="frame #{}: ", again=("*", " "))
ELFUTILS = Format("eu-stack", "#eu-stack", "native", "0x", read_elfutils, write_elfutils, read_pair=read_elfutils, numbering="#{:<2d} ")
