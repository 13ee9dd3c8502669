"""Trees of samples, as `sample` and `spindump` print them and reports of hangs, of processor time and of writes to the disk hold them.

::

    2645 Thread_5721   DispatchQueue_1: com.apple.main-thread  (serial)                              sample
    + 2645 start  (in dyld) + 2388  [0x1a9e05d48]
    +   2645 ???  (in libsmoker.dylib)  load address 0x104b14000 + 0x6b8  [0x104b146b8]
    +     ! 2645 smoke_depth  (in libsmoker.dylib) + 48  [0x104b14458,0x104b14464]
      Thread 0x1659    DispatchQueue "com.apple.main-thread"(1)    10 samples (1-10)                 spindump
      10  start + 2388 (dyld + 23880) [0x1a9e05d48] 1-10
       *10  ??? (libsmoker.dylib + 1720) [0x104b146b8]

A line is a function on the way down from the thread's start, so the innermost ones are the last of their branch: a thread's stack is its
whole tree, from the end. The addresses are return addresses, but for those where a sample ended. All functions of an address are written
into its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import Line
from symbolicator.traces.native.frames import data_of, make_native, name_of, offset_of, place_of

Json = Mapping[str, Any]
FAMILY = "#sample"
MAX_HEADING = 3
"""Lines above a tree in which its thread's heading is looked for."""

_COUNT = regex(r"[ \t+!:|*]{0,500}(?<![^ \t+!:|*])(\d{1,9}) {1,2}(?=\S)")
_ADDRESS = regex(
    r"( {1,2}\[0x([0-9a-fA-F]{4,16})(?:,(?:0x[0-9a-fA-F]{4,16}|\.\.\.)){0,200}\])(?: {1,2}(\S{1,300}:\d{1,9}))?(?= {0,3}$| {1,3}\d)"
)
_IN = regex(r"  \(in ([^()]{1,200})\)(?:  load address 0x([0-9a-fA-F]{1,16}))?(?: \+ (0x[0-9a-fA-F]{1,16}|\d{1,12})[\d,.]{0,2000})?$")
_WITH = regex(r" \((?:(\S[^()]{0,300}:\d{1,9}) in )?(\S[^()]{0,200}?) \+ (\d{1,12})\)$")
_PLUS = regex(r" \+ (\d{1,12})[\d,.]{0,2000}$")
_SAMPLED = regex(r"\s{0,80}\d{1,9} Thread_(0x[0-9a-f]{1,16}|\d{1,12})(?:: (\S[^\n]{0,200})|\s{1,4}DispatchQueue_\S{1,20}: (\S{1,200}))?")
_DUMPED = regex(
    r"\s{0,8}Thread (0x[0-9a-f]{1,16})(?:\s{1,8}DispatchQueue (?:\"([^\"\n]{1,200})\")?\S{0,200})?"
    r"(?:\s{1,8}Thread name \"([^\"\n]{1,200})\")?"
)


def read_sample(plain: str) -> Found | None:
    """A node of a tree."""
    at = plain.rfind(" [0x")
    at -= at > 0 and plain[at - 1] == " "
    head = _COUNT.match(plain) if at > 0 else None
    tail = _ADDRESS.match(plain, at) if head is not None else None
    if head is None or tail is None or head.end() >= at:
        return None
    text = plain[head.end() : at]
    data: dict[str, Any] = {"depth": head.start(1), "samples": int(head[1]), "addresses": tail[1]}
    offset, place = None, tail[3]
    named = _IN.match(text, text.rfind("  (in ")) if "  (in " in text else None
    if named is not None:
        module = named[1]
        if named[2] is not None:
            offset = int(named[3] or "0", 0)
        elif named[3] is not None:
            data["symbol_offset"] = int(named[3], 0)
    else:
        named = _WITH.match(text, text.rfind(" (")) if " (" in text else None
        if named is None:
            return None
        place, module, offset = named[1] or place, named[2], int(named[3])
        data["module_offset"] = offset
    function = text[: named.start()]
    plus = _PLUS.search(function)
    if plus is not None:
        data["symbol_offset"], function = int(plus[1]), function[: plus.start()]
    where = None if place else Where(int(tail[2], 16), module, offset)
    return Found(make_native(function, place, package=module, **data), head.end(), tail.end(), where=where)


def write_sample(frame: Json, raw: Json) -> str:
    """One function's line."""
    return write_samples([frame], raw)


def write_samples(frames: Sequence[Json], raw: Json) -> str:
    """The functions at one address, innermost first, as one line: `outer > inlined  (in library) + 24  [0x…]  file.c:12`."""
    names = " > ".join(name_of(frame, "???") for frame in reversed(frames))
    place, module, data = place_of({**frames[0], "colno": None}), raw.get("package"), raw.get("data") or {}
    known = offset_of(frames[-1])
    offset = data.get("symbol_offset", 0) if known is None else known
    if "module_offset" in data:
        return f"{names} + {offset} ({f'{place} in ' if place else ''}{module} + {data['module_offset']}){data_of(raw, 'addresses')}"
    return f"{names}  (in {module}) + {offset}{data_of(raw, 'addresses')}{f'  {place}' if place else ''}"


SAMPLE = Format("sample", FAMILY, "native", "[0x", read_sample, write_sample, write_all=write_samples)


def thread_above(lines: Sequence[Line], first: int) -> dict[str, Any] | None:
    """The thread whose tree begins in the `first` line."""
    for index in range(first - 1, max(first - MAX_HEADING, 0) - 1, -1):
        plain = lines[index].plain
        found = _SAMPLED.match(plain) or _DUMPED.match(plain)
        if found is not None:
            name = found[2] or found[3]
            return {"id": int(found[1], 0), **({"name": name} if name else {})}
    return None


def ends(frames: Sequence[Json]) -> list[bool]:
    """For each frame of a tree, the last line first: whether samples ended there, so that its address is where the thread was.

    Nothing branches off below such a line. Lines that all stand below each other are one stack (`Heaviest stack for the target process`).
    """
    depths = [int((frame.get("data") or {}).get("depth", 0)) for frame in frames]
    if len(set(depths)) == 1:
        return [at == 0 for at in range(len(depths))]
    return [at == 0 or depths[at - 1] <= depth for at, depth in enumerate(depths)]
