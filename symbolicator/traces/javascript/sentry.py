"""The stack in Sentry's pages and e-mails as plain text, JavaScript frames with their columns, crash first.

::

    File "app:///index.mjs", line 1, col 72, in r
      {snip} r(e){let t=n[e];return t.cents} {snip}
    File "<anonymous>", in Array.map
    File "app:///index.mjs" line 1 col 72 in r          Rollbar's, which may leave out the commas, and the quotes of an address

Python's own `File "a.py", line 1, in f` has no column, and is not a frame here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import make_frame
from symbolicator.traces.lines import body_start

_FRAME = regex(
    r"File (?P<quote>\"?)(?P<path>(?<=\")[^\"\n]{1,2000}|[a-z][a-z-]{1,30}://[^\s\",]{1,2000})(?P=quote)"
    r"(?:(?P<comma>,?) line (?P<line>\d{1,10}),? col(?:umn)? (?P<column>\d{1,10}))?(?:,? in (?P<function>\S[^\n]{0,1000}))?$"
)


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one; weak without a position."""
    start = body_start(plain)
    found = _FRAME.match(plain.rstrip(), start)
    if found is None or (found["line"] is None and found["function"] is None):
        return None
    if found["line"] is None and found["path"] not in {"<anonymous>", "native", "[native code]"}:
        return None
    function = found["function"]
    data: dict[str, Any] = {}
    if function and function.endswith("]") and " [as " in function:
        function, _, alias = function.rpartition(" [as ")
        data["as"] = alias[:-1]
    if found["comma"] == "" or not found["quote"]:
        data.update(comma=found["comma"] or "", quote=found["quote"])
    if function in {"<anonymous>", "?"}:
        function = None
    lineno, colno = (int(found["line"]), int(found["column"])) if found["line"] else (None, None)
    return Found(make_frame(function, found["path"], lineno, colno, **data), start, len(plain.rstrip()), strong=lineno is not None)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`File "path", line 1, col 2, in function`."""
    path = frame.get("abs_path")
    if not path or path != raw.get("abs_path"):
        path = str(frame.get("filename") or path or "<anonymous>").removeprefix("./")
    said = raw.get("data") or {}
    comma, quote = said.get("comma", ","), said.get("quote", '"')
    place = "".join(f"{comma} {word} {frame[key]}" for word, key in (("line", "lineno"), ("col", "colno")) if frame.get(key) is not None)
    return f"File {quote}{path}{quote}{place}{comma} in {frame.get('function') or '<anonymous>'}"


FORMAT = Format("sentry", "sentry", "javascript", "File ", read, write)
