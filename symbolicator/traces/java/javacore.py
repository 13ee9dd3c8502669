r"""OpenJ9's dumps (`javacore.….txt`): frames whose class has slashes, each behind the tag of its line.

::

    4XESTACKTRACE                at a/b.c(SourceFile:12(Compiled Code))
    4XESTACKTRACE                at a/b.d(Bytecode PC:7)                      code without line numbers

(`rasdump/javadump.cpp` of OpenJ9; `headers.py` reads the thread above, `locks.py` the locks.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.traces.format import Format, Found
from symbolicator.traces.java import frames

TAG = "4XESTACKTRACE "
_COMPILED = "(Compiled Code))"
_BYTECODE = "(Bytecode PC:"


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one."""
    start = plain.find("at ", len(TAG))
    end = len(plain.rstrip())
    opening = plain.find("(", start)
    if not plain.startswith(TAG) or plain[len(TAG) : start].strip() or not 0 <= start < opening:
        return None
    compiled = plain.endswith(_COMPILED, opening, end)
    place = plain[opening : end - len(_COMPILED)] + ")" if compiled else plain[opening:end]
    bytecode = place.startswith(_BYTECODE)
    name = plain[start:opening].replace("/", ".")
    at = name.find(".0x")  # a hidden class keeps the slash before its number
    if at >= 0:
        name = f"{name[:at]}/{name[at + 1 :]}"
    line = name + ("(Unknown Source)" if bytecode else place)
    found = frames.read(line)
    if found is None or found.end != len(line):
        return None
    data = {"compiled": compiled, "bytecode": place if bytecode else ""}
    frame = {**found.frame, "data": {**found.frame.get("data", {}), **{key: value for key, value in data.items() if value}}}
    return msgspec.structs.replace(found, frame=frame, start=start, end=end, strong=True)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`at a/b.c(place)`; that the code was compiled stays said."""
    data = raw.get("data") or {}
    name, _, place = frames.write(frame, raw).partition("(")
    if data.get("bytecode") and frame.get("lineno") is None:
        place = f"{frame['filename']})" if frame.get("filename") else str(data["bytecode"])[1:]
    return f"{name.replace('.', '/', name.count('.') - 1)}({place.removesuffix(')')}{_COMPILED if data.get('compiled') else ')'}"


FORMAT = Format("java", "at", "java", TAG, read, write)
