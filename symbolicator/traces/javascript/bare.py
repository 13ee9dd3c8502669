"""V8's frames without their `at`: what TAP and YAML reports, VS Code and people's own formatters print.

::

    s (/srv/post/dist/stamp.test.js:1:544)
    /srv/post/dist/stamp.test.js:1:665
    Array.forEach (<anonymous>)

A call with line and column in parentheses is a frame wherever it stands; a place alone, and a call without a place, are frames beside one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript import v8
from symbolicator.traces.lines import body_start

_CALL = regex(r"(?:async |new |get |set |static ){0,2}(?:[\w$.#<>\[\]/-]{1,200}|<anonymous>)(?: \[as [^\]\s]{1,100}\])? \([^\n]{1,2000}\)$")
_PLACE = regex(r"(?:[a-z-]{2,20}://|node:|/|\.{0,2}/|[A-Za-z]:\\)[^\s()]{1,1000}:\d{1,9}:\d{1,9}$")


def may_end(plain: str) -> bool:
    """Whether a line ends in `)`, with ` (` before it, or in `:line:column`."""
    text = plain.rstrip()
    if text.endswith(")"):
        return " (" in text
    head, _, column = text.rpartition(":")
    return column.isdigit() and head.rpartition(":")[2].isdigit()


def read(plain: str) -> Found | None:
    """The frame of a line, None where it is none."""
    if not may_end(plain):
        return None
    start, end = body_start(plain), len(plain.rstrip())
    text = plain[start:end]
    if not text or text.startswith("at "):
        return None
    call = text.endswith(")") and _CALL.match(text) is not None
    if not call and _PLACE.match(text) is None:
        return None
    frame = v8.read_call(text)
    if frame is None:
        return None
    return Found(frame, start, end, strong=call and "colno" in frame)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`function (place)`."""
    return v8.write(frame, raw).removeprefix("at ")


FORMAT = Format("bare", "bare", "javascript", ":", read, write, may_end=may_end)
CALLS = Format("bare-call", "bare", "javascript", " (<anonymous>)", read, write)
