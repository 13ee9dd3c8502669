"""JavaScript frames as their SDK left them: parts of a stack's line that are still in the path are removed from it.

::

    async*https://x/a.js    at async https://x/a.js    (https://x/a.js)    [as f] (https://x/a.js    <https://x/a.js>
    https://x/a.js:1:35                       with no line of its own, or the same
    https://x/a.js line 72 > eval             Firefox: code of an eval in line 72
    eval at f (https://x/a.js:1:40), <anonymous>    V8's

A path that is not of one of these forms is left as it is, for files may be called nearly anything.
"""

from __future__ import annotations

from typing import Any

import msgspec

from symbolicator.eval_places import read_eval, read_gecko_eval, split_position
from symbolicator.model import Frame
from symbolicator.patterns import regex

MAX_PATH = 16_384
"""Longer ones are left as they are: they are no lines of a stack."""
_URL = r"(?=[(<]?(?:[A-Za-z][A-Za-z0-9+.-]{1,40}://|/|[A-Za-z]:\\|eval at ))"
_LEADS = (
    ("at", regex(r"at (?=async )|at " + _URL)),
    ("async", regex(r"async\*?[ ]?" + _URL + r"|async (?=\S)|[A-Za-z][\w. ]{0,60}\*" + _URL)),
    ("as", regex(r"(?:[^\s/:()]{1,200} )?\[as (?P<name>[^\]\s]{1,200})\] \(" + _URL)),
    ("function", regex(r"(?:at )?(?:(?:async|new) )?(?P<name>[^\s/:()]{1,200}) \(" + _URL)),
    ("", regex(r"[(<](?=[A-Za-z][A-Za-z0-9+.-]{1,40}://)")),
)
"""Prefixes of a path, each at most once, in this order."""


_PLAIN = ("/", "http", "file:", "app:", "webpack", "node:")
_ENDS = frozenset("0123456789)")
"""Of a position or an eval behind a path."""


def as_engines_mean(frame: Frame) -> Frame:
    """The frame with the path that its engine reported; `data.async`, `data.as` and `data.eval_origin` hold what else stood there."""
    path = frame.abs_path or frame.filename or ""
    if path.startswith(_PLAIN) and path[-1] not in _ENDS and " > " not in path:  # most, for nothing is before or behind it
        return frame
    bare, data = _bare(path)
    if bare != path:
        name = frame.filename and _bare(frame.filename)[0]
        frame = msgspec.structs.replace(
            frame, abs_path=bare, filename=bare if not name or name == bare else name, function=frame.function or data.pop("function", None)
        )
        data.pop("function", None)
    if len(path) <= MAX_PATH:
        frame = _evaluated(_unglued(frame, bare), data)
    return msgspec.structs.replace(frame, data={**data, **frame.data}) if data else frame


def _bare(path: str) -> tuple[str, dict[str, Any]]:
    """A path without prefixes and suffixes, and the data from these."""
    data: dict[str, Any] = {}
    if len(path) > MAX_PATH or path.startswith(_PLAIN):
        return path, data  # most
    bare = path.strip()
    for name, lead in _LEADS:
        found = lead.match(bare)
        if found is None:
            continue
        if name == "async":
            data["async"] = True
        elif "name" in lead.groupindex:
            data[name] = found["name"]
        bare = bare[found.end() :]
        opened = found[0][-1:]
        if opened in "(<" and bare.endswith(")" if opened == "(" else ">"):
            bare = bare[:-1]
    return (bare, data) if bare != path.strip() else (path, data)


def _unglued(frame: Frame, path: str) -> Frame:
    """Line and column at the end of a path, if the frame has none of its own, or the same."""
    if path[-1:] == ")" and path.count("(") < path.count(")"):
        path = path[:-1]
    bare, lineno, colno = split_position(path)
    if lineno is None or path.startswith("eval at ") or bare.endswith("/"):
        return frame
    if colno is None and frame.lineno is not None and frame.colno is None:
        colno = frame.lineno  # cut at the last colon only
    elif frame.lineno not in (None, lineno) or frame.colno not in (None, colno):
        return frame
    return msgspec.structs.replace(frame, abs_path=bare, filename=bare, lineno=lineno, colno=colno)


def _evaluated(frame: Frame, data: dict[str, Any]) -> Frame:
    """A frame whose path says which eval made its code: at the place in that code, `eval_origin` in `data`."""
    path = frame.abs_path or frame.filename or ""
    if "eval_origin" in frame.data:
        return frame
    if path.startswith("eval at "):
        inner, data["eval_origin"] = read_eval(path)
        inner, lineno, colno = split_position(inner)
    else:
        gecko = read_gecko_eval(path)
        if gecko is None:
            return frame
        data["eval_origin"], data["eval_kind"] = gecko
        inner, lineno, colno = "<anonymous>", None, None
    return msgspec.structs.replace(
        frame, abs_path=inner, filename=inner, module=None, lineno=frame.lineno or lineno, colno=frame.colno or colno
    )
