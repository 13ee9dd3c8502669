"""Frames of JavaScript as Crashlytics lists them for iOS.

::

    1  ???                            0x0 t.value + 4 (main.jsbundle:4:624:4)
    5  ???                            0x0 map + 0 ([native code]:0:0:0)

React Native's reporter gives Crashlytics a file that ends in line and column, and the line beside it; Crashlytics prints that line behind
the function and behind the file. All three have to agree, else it is no such frame. Columns count as the engine counts them: from 1 in a
bundle of many lines. On line 1, where such a bundle has no functions, it is an offset into bytecode and counts from 0 (`hermes.py`);
the reporter cuts `address at /path/` off with the folders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import is_number, split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript import v8
from symbolicator.traces.javascript.positions import make_frame, write_place
from symbolicator.traces.lines import body_start

_LEAD = regex(r"(\d{1,4}) {1,12}(?:\?\?\?|\(Missing\)) {1,60}0x0 (?=\S)")
_NAMELESS = frozenset(("<unknown>", "<anonymous>", "anonymous"))
_ADDRESS = "address at "


def read(plain: str) -> Found | None:
    """The frame of a line, None where its three lines differ."""
    text = plain.rstrip()
    lead = _LEAD.match(text, body_start(plain))
    if lead is None:
        return None
    opening = v8.find_place(text)
    name, plus, line = text[lead.end() : opening].rstrip().rpartition(" + ") if opening > lead.end() else ("", "", "")
    path, colno, last = split_position(text[opening + 1 : -1])
    path, _, first = path.rpartition(":")
    if not (plus and path and is_number(line) and is_number(first)) or colno is None or not int(line) == int(first) == last:
        return None
    function = None if name in _NAMELESS else name
    number, start = int(lead[1]), lead.end()
    if last == 0:  # the engine gave no place
        return Found(make_frame(function, path), start, len(text), number=number)
    if last == 1:
        frame = make_frame(function, path.removeprefix(_ADDRESS), last, colno + 1, hermes_address=colno)
        return Found(frame, start, len(text), number=number)
    return Found(make_frame(function, path, last, colno), start, len(text), number=number)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As it was where the frame did not move; `function (path:line:column)`, which counts from 1, where it did."""
    name = frame.get("function") or "<unknown>"
    if any(frame.get(key) != raw.get(key) for key in ("abs_path", "lineno", "colno")):
        return f"{name} ({write_place(frame, raw)})"
    line = raw.get("lineno") or 0
    column = (raw.get("data") or {}).get("hermes_address", raw.get("colno") or 0)
    return f"{name} + {line} ({raw.get('abs_path')}:{line}:{column}:{line})"


FORMAT = Format("crashlytics", "crashlytics", "javascript", " 0x0 ", read, write)
