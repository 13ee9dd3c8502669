"""React's component stacks before version 17, and those without a place in later ones.

::

    in App (at index.js:12)
    in App (created by Root)
    in div

From version 17 on a component stack has the syntax of the engine (`at App (https://…:1:2)`, `App@https://…:1:2`) and is read as the
engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import make_frame, write_place
from symbolicator.traces.lines import find_marker


def read(plain: str) -> Found | None:
    """The frame of a line; weak where it names a component and no place."""
    start = find_marker(plain, "in ")
    if start < 0:
        return None
    text = plain[start + 3 :].rstrip().partition(", js engine:")[0]  # React Native's last line goes on
    end = start + 3 + len(text)
    name, _, rest = text.partition(" (")
    if not name or len(name) > 200 or not all(c.isalnum() or c in "_$.-<>()" for c in name):
        return None
    if rest.startswith("at ") and rest.endswith(")"):
        path, lineno, colno = split_position(rest[3:-1])
        return Found(make_frame(name, path, lineno, colno), start, end) if lineno is not None else None
    if rest.startswith("created by ") and rest.endswith(")"):
        return Found(make_frame(name, None, created_by=rest[11:-1]), start, end)
    return Found(make_frame(name, None), start, end, strong=False) if not rest else None


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`in Component (at place)`."""
    name = frame.get("function") or "Unknown"
    if frame.get("lineno") is not None:
        return f"in {name} (at {write_place(frame, raw)})"
    creator = (raw.get("data") or {}).get("created_by")
    return f"in {name} (created by {creator})" if creator else f"in {name}"


FORMAT = Format("react", "in", "javascript", "in ", read, write)
