"""JavaScript frames whose position is in another order or in words, as services and error handlers print them.

::

    https://post.example/app.js, line 1, col 304        window.onerror's arguments, one behind the other
    at c (https://post.example/app.js 1:304)            TraceKit, older clients of Sentry
    c(file: app/app.js:1:304)                           NativeScript, whose first frame has no `at`
    app.js:1:304 c                                      Bugsnag
    app.js in c at line 1:304                           Sentry's page, copied
    app.js 1:304   c                                    Dart's stack_trace package, `app.js 1:304 in c` too

Sentry's and Rollbar's `File "app.js", line 1, col 304, in c` is read by `sentry.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, read_nothing
from symbolicator.traces.javascript import v8
from symbolicator.traces.javascript.gecko import SCRIPTS
from symbolicator.traces.javascript.positions import looks_like_path, make_frame, write_place
from symbolicator.traces.lines import body_start

Json = Mapping[str, Any]

_NAME = r"(?:(?:async |new |get |set ){0,2}[\w$.#<>\[\]/-]{1,200})"
_WORDS = regex(
    rf"(?P<lead>(?:at )?)(?:(?P<name>{_NAME}) )?(?P<open>\(?)(?P<path>[a-z][a-z-]{{1,30}}://[^\s()\"',]{{1,2000}})"
    r"(?P<between>,? line |,? Line: ?|:? )(?P<line>\d{1,9})(?P<then>,? col(?:umn)? |,? Col(?:umn)?: ?|:)(?P<column>\d{1,9})\)?$"
)
_FILE = regex(rf"{_NAME}\(file: ?[^\s()]{{1,1000}}:\d{{1,9}}:\d{{1,9}}\)$")
_PLACE_FIRST = regex(
    r"(?P<place>[^\s()\"']{1,1000}:\d{1,9}:\d{1,9}) {1,2}(?P<name>(?:new |async |get |set )?[A-Za-z_$<?][\w$.#<>?]{0,200})$"
)
_PAIR_FIRST = regex(
    rf"(?P<path>[^\s()\"',]{{1,1000}})(?:(?P<of> in )(?P<name>{_NAME}) at line | )"
    rf"(?P<line>\d{{1,9}}):(?P<column>\d{{1,9}})(?:(?P<between> in |[ ]{{2,200}})(?P<after>{_NAME}))?$"
)
_POSITION = regex(r" \d{1,9}:\d{1,9}(?: in |  |\s*$)")
_SCRIPT = regex("|".join(map(re.escape, SCRIPTS)))
_SAID = frozenset(
    (
        "error",
        "warning",
        "warn",
        "info",
        "note",
        "hint",
        "fatal",
        "failed",
        "passed",
        "ok",
        "skipped",
        "todo",
        "pending",
        "fail",
        "pass",
        "done",
        "debug",
    )
)
"""What tools print in place of a function's name if there is a position only."""


def read_words(plain: str) -> Found | None:
    """`[at ][function ][(]URL, line 1, col 2[)]`, and `URL 1:2`."""
    end = len(plain.rstrip())
    if not (plain[end - 1 : end].isdigit() or plain.endswith(")", 0, end)):
        return None
    start = body_start(plain)
    found = _WORDS.match(plain[:end], start)
    if found is None or bool(found["open"]) != plain.endswith(")", 0, end) or (found["name"] and not found["open"]):
        return None
    script = found["lead"] or found["path"].partition("?")[0].endswith(SCRIPTS)
    if "ine" not in found["between"] and not (found["open"] and script):  # `standup (https://meet.example/x 12:30)`
        return None
    name = None if found["name"] in {"?", "<anonymous>", "{anonymous}"} else found["name"]
    data = {key: found[key] for key in ("lead", "open", "between", "then")}
    return Found(make_frame(name, found["path"], int(found["line"]), int(found["column"]), **data), start, end)


def write_words(frame: Json, raw: Json) -> str:
    """The frame in the form in which it was read."""
    said = raw.get("data") or {}
    place = write_place({**frame, "lineno": None}, raw)
    if frame.get("lineno") is not None:
        place += f"{said.get('between', ' ')}{frame['lineno']}"
        place += f"{said.get('then', ':')}{frame['colno']}" if frame.get("colno") is not None else ""
    function = frame.get("function")
    if function or said.get("open"):
        place = f"{function or '<anonymous>'} ({place})"
    return f"{said.get('lead', '')}{place}"


def read_file(plain: str) -> Found | None:
    """`function(file: path:line:column)`."""
    start, end = body_start(plain), len(plain.rstrip())
    found = _FILE.match(plain[:end], start)
    frame = v8.read_call(found[0]) if found is not None else None
    return Found(frame, start, end) if frame is not None else None


def write_file(frame: Json, raw: Json) -> str:
    """`function (place)`."""
    return v8.write(frame, raw).removeprefix("at ")


def read_place_first(plain: str, below: str) -> Found | None:
    """`path:line:column function`; weak if the line below is not such a frame: a word after a position may be anything."""
    found = _match_place_first(plain)
    if found is None:
        return None
    start, function, place = found
    path, lineno, colno = split_position(place)
    name = None if function in {"?", "<anonymous>", "<unknown>"} else function
    strong = start > 0 and _match_place_first(below) is not None
    return Found(make_frame(name, path, lineno, colno), start, len(plain.rstrip()), strong)


def may_end_place_first(plain: str) -> bool:
    """Whether the last word of a line follows `:line:column`, or a word of the language."""
    blank = plain.rfind(" ", 0, len(plain.rstrip()))
    if blank < 0 or plain.endswith((" new", " async", " get", " set"), 0, blank):
        return blank >= 0
    head, _, column = plain[:blank].rstrip().rpartition(":")
    return column.isdigit() and head.rpartition(":")[2].isdigit()


def _match_place_first(plain: str) -> tuple[int, str, str] | None:
    """Where such a frame begins, its function and its position."""
    if not may_end_place_first(plain):
        return None
    start, end = body_start(plain), len(plain.rstrip())
    found = _PLACE_FIRST.match(plain[:end], start)
    if found is None or found["name"].lower() in _SAID or found["name"].endswith(("Error", "Exception")):
        return None
    path = split_position(found["place"])[0]
    return (start, found["name"], found["place"]) if not path.isdigit() and looks_like_path(path) else None


def write_place_first(frame: Json, raw: Json) -> str:
    """`place function`."""
    return f"{write_place(frame, raw)} {frame.get('function') or '<anonymous>'}"


def may_end_pair(plain: str) -> bool:
    """Whether a line has a line and a column as words of their own, and names a script's file."""
    return _POSITION.search(plain) is not None and _SCRIPT.search(plain) is not None


def read_pair(plain: str) -> Found | None:
    """`path in function at line 1:2`, `path 1:2  function` and `path 1:2 in function`, of a file that is a script's."""
    if not may_end_pair(plain):
        return None
    start, end = body_start(plain), len(plain.rstrip())
    found = _PAIR_FIRST.match(plain[:end], start)
    if found is None or bool(found["of"]) == bool(found["after"]) or not found["path"].partition("?")[0].endswith(SCRIPTS):
        return None
    name = found["name"] or found["after"]
    data = {"between": found["between"]} if found["between"] else {}
    known = None if name in {"?", "<anonymous>", "<fn>"} else name
    return Found(make_frame(known, found["path"], int(found["line"]), int(found["column"]), **data), start, end)


def write_pair(frame: Json, raw: Json) -> str:
    """The frame in the form in which it was read."""
    path = write_place({**frame, "lineno": None, "colno": None}, raw)
    place = ":".join(str(frame[key]) for key in ("lineno", "colno") if frame.get(key) is not None)
    function = frame.get("function") or "<anonymous>"
    between = (raw.get("data") or {}).get("between")
    return f"{path} {place}{between}{function}" if between else f"{path} in {function} at line {place}"


WORDS = Format("spelled", "at", "javascript", "://", read_words, write_words)
FILE = Format("nativescript", "at", "javascript", "(file:", read_file, write_file)
PLACE_FIRST = Format(
    "bugsnag", "bugsnag", "javascript", ":", read_nothing, write_place_first, read_pair=read_place_first, may_end=may_end_place_first
)
PAIR = Format("pair", "pair", "javascript", ":", read_pair, write_pair, may_end=may_end_pair)
