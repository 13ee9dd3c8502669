"""glibc's `backtrace_symbols` and `backtrace_symbols_fd`, and the output of CPython's `faulthandler` with glibc's `backtrace`, since 3.14.

::

    ./apiary(season+0x9e)[0x5555555560fe]
    ./apiary(+0x1f78) [0x555555555f78]
    [0x7ffff7fc1234]
      Binary file "./python", at _Py_DumpStack+0x42 [0x5b27f7d7147e]
      Binary file "./python", at +0x32ff2a [0x5b27f7a62f2a]

`+0x…` without a function counts from what the file's addresses were moved by (`_dl_addr`'s `l_addr`), so it is an address as the file has
it. Every address is a return address, the first one too: it is that of the call of `backtrace` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of
from symbolicator.traces.native.shapes import program_of

_TAIL = regex(r"\(([^()\s]{0,4000}?)(?:([+-])0x([0-9a-fA-F]{1,16}))?\)( ?)\[0x([0-9a-fA-F]{1,16})\]$")
_PYTHON = regex(r"Binary file \"([^\"\n]{1,1000})\"(?:, at ([^\s+]{1,1000})?(?:\+0x([0-9a-f]{1,16}))?)? \[0x([0-9a-f]{1,16})\]$")
_COUNTED = regex(r"#?\d{1,4}[:.]? {1,6}(?=[^\s(])|0x[0-9a-f]{4,16}: (?=\S)")
_UNMOVED = regex(r"([^\s\[\]()]{1,1000})\[0x([0-9a-fA-F]{4,16})\]$")
_BARE = regex(r"\[0x([0-9a-fA-F]{1,16})\]$")


def read(plain: str) -> Found | None:
    """The frame of a line."""
    start, end = body_start(plain), len(plain.rstrip())
    if start >= end > 0:  # `[0x7ffff7fc1234]` alone looks like a collector's tag
        start = plain.rfind(" ", 0, end) + 1
    counted = _COUNTED.match(plain, start)  # ` 1: /usr/bin/ceph-osd(+0x1f78) [0x…]`
    start = counted.end() if counted else start
    text = plain[start:end]
    if not text.endswith("]"):
        return None
    bare = _BARE.match(text)
    if bare is not None:
        numbered = counted is not None and counted[0].startswith("#")  # Envoy's `#0: [0x…]`
        return Found(make_native(), start, end, strong=numbered, where=Where(address=int(bare[1], 16), exact=False))
    opening = text.rfind("(")
    tail = _TAIL.match(text, opening) if opening > 0 else None
    if tail is None:
        unmoved = _UNMOVED.match(text)
        if unmoved is not None:  # `./app[0x4011b7]`: a program that is not moved
            frame = make_native(package=unmoved[1], gap="")
            return Found(frame, start, end, strong="/" in unmoved[1], where=Where(int(unmoved[2], 16), unmoved[1], exact=False))
        module, space, rest = text.partition(" ")
        placed = _BARE.fullmatch(rest) if module and space else None
        if placed is not None and not module.startswith("??"):  # `./app [0x1234]`; D prints `??:? [0x1234]`
            frame = make_native(package=module, gap=" ")
            return Found(frame, start, end, strong=False, where=Where(address=int(placed[1], 16), module=module, exact=False))
        return None
    module, function, sign, digits = text[:opening], tail[1], tail[2], tail[3]
    if len(module) > 1_000 or "\t" in module or module[-1].isspace():
        return None
    module, title = program_of(module)
    kept = {"title": title} if title else {}
    offset = int(digits, 16) if digits else None
    address = int(tail[5], 16)
    if function:
        data: dict[str, Any] = {"symbol_offset": offset} if offset is not None and sign == "+" else {}
        return Found(
            make_native(function, package=module, gap=tail[4], **kept, **data), start, end, where=Where(address, module, exact=False)
        )
    return Found(make_native(package=module, gap=tail[4], **kept), start, end, where=Where(address, module, offset, "bias", exact=False))


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`module(function)[0x…] at file:line`: glibc's format has no line number, so the position is appended."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    gap = data_of(raw, "gap")
    package = raw.get("package") or frame.get("package") or ""
    tail = f"{f' at {place}' if place else ''}{inlined}"
    return f"{package}{data_of(raw, 'title')}({name_of(frame)}){gap}[{raw['instruction_addr']}]{tail}"


def read_python(plain: str) -> Found | None:
    """A frame of CPython's stack in C."""
    start, end = body_start(plain), len(plain.rstrip())
    found = _PYTHON.match(plain[:end], start)
    if found is None:
        return None
    module, function, offset, address = found[1], found[2], int(found[3], 16) if found[3] else None, int(found[4], 16)
    data: dict[str, Any] = {"symbol_offset": offset} if function and offset is not None else {}
    where = Where(address, module, None if function else offset, exact=False)
    return Found(make_native(function, package=module, **data), start, end, where=where)


def write_python(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`Binary file "module", at function (file:line) [0x…]`."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    at = f", at {name_of(frame)}" if frame.get("function") else ""
    return f'Binary file "{raw.get("package")}"{at}{f" ({place})" if place else ""}{inlined} [{raw["instruction_addr"]}]'


PYTHON = Format("cpython", "cpython", "native", 'Binary file "', read_python, write_python)
GLIBC = Format("glibc", "glibc", "native", "[0x", read, write)
