"""Hermes running bytecode: React Native's release builds.

::

    at function (address at index.android.bundle:1:11940)
    at .function(address at index.android.bundle:1:11940)     as Crashlytics prints it

The last number is an offset into the bytecode and counts from 0; everything else that Hermes prints (`(native)`, frames of
`InternalBytecode.js`, source run without bytecode) has V8's syntax and counts from 1, and is V8's business here. `colno` is the
offset + 1, `data.hermes_address` the offset as printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript import v8
from symbolicator.traces.javascript.positions import make_frame
from symbolicator.traces.lines import find_marker

_ADDRESS = "address at "


def read(plain: str) -> Found | None:
    """The frame of a line, None where it holds no address."""
    start = find_marker(plain, "at ")
    if start < 0:
        return None
    text = plain[start + 3 :].rstrip()
    opening = v8.find_place(text)
    if opening < 0 and text.endswith(")"):
        opening = text.rfind("(" + _ADDRESS)  # Crashlytics' `.function(address at …)`
    place = text[opening + 1 : -1] if opening >= 0 else text
    if not place.startswith(_ADDRESS):
        return None
    path, lineno, offset = split_position(place[len(_ADDRESS) :])
    if lineno is None or offset is None:
        return None
    name = text[:opening].strip().removeprefix(".") if opening >= 0 else None
    return Found(make_frame(name, path, lineno, offset + 1, hermes_address=offset), start, start + 3 + len(text))


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """An address if the frame is still one, V8's syntax if it was symbolicated."""
    if all(frame.get(key) == raw.get(key) for key in ("abs_path", "lineno", "colno")) and raw.get("colno"):
        place = f"{_ADDRESS}{raw.get('abs_path')}:{raw.get('lineno')}:{raw['colno'] - 1}"
        return f"at {frame['function']} ({place})" if frame.get("function") else f"at {place}"
    return v8.write(frame, raw)


FORMAT = Format("hermes", "at", "javascript", "address at ", read, write)
