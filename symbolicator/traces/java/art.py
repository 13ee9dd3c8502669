r"""Android's runtime when it describes the stack of an error of its own: methods with their types, as C++ would print them.

::

    I com.shop: Rejecting re-init on previously-failed class java.lang.Class<a.b>: java.lang.NoClassDefFoundError: …
    I com.shop:   at int a.b.c(int, a.d) (SourceFile:12)
    I com.shop:   at void java.lang.Thread.run() (Thread.java:764)          :-2 in native code

(`Throwable::Dump` of ART, `mirror/throwable.cc`.) The types are kept in `data`, and as the descriptor that tells overloads apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.java import frames
from symbolicator.traces.lines import find_marker

_METHOD = regex(
    r"at (?P<returns>[^\s()\"',:;]{1,500}) (?P<name>[^\s()\"',:;]{1,1000})\((?P<arguments>[^()\"':;\n]{0,2000})\)"
    r" (?P<place>\([^()\n]{1,300}\))\s*$"
)
_PRIMITIVES = {
    "boolean": "Z", "byte": "B", "char": "C", "short": "S", "int": "I", "long": "J", "float": "F", "double": "D", "void": "V",
}  # fmt: skip


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one."""
    start = find_marker(plain, "at ")
    found = _METHOD.match(plain, start) if start >= 0 else None
    if found is None:
        return None
    frame = frames.read(f"at {found['name']}{found['place']}")
    file = frame.frame.get("filename") if frame is not None else None
    if frame is None or (file is not None and not frames.is_javas(file)):
        return None
    types = {"returns": found["returns"], "arguments": found["arguments"]}
    signature = f"({''.join(map(_descriptor, found['arguments'].split(', ')))}){_descriptor(found['returns'])}"
    written = {**frame.frame, "signature": signature, "data": {**frame.frame.get("data", {}), **types}}
    return msgspec.structs.replace(frame, frame=written, start=start, end=found.end("place"), strong=True)


def _descriptor(name: str) -> str:
    element = name.removesuffix("[]")
    depth = 0
    while element != name:
        name, element, depth = element, element.removesuffix("[]"), depth + 1
    return "[" * depth + (_PRIMITIVES.get(name) or (f"L{name.replace('.', '/')};" if name else ""))


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As it was read; without types for what was inlined."""
    name, _, place = frames.write(frame, raw).partition("(")
    data = frame.get("data") or {}
    if data.get("inlined"):
        return f"{name} ({place}"
    types = {**(raw.get("data") or {}), **data}
    return f"at {types.get('returns')} {name.removeprefix('at ')}({types.get('arguments')}) ({place}"


FORMAT = Format("java", "at", "java", ") (", read, write)
