"""Positions as engines write them, `path:line:column`, and those of code created by `eval`: `eval at f (place), <anonymous>`.

Texts have them in their frames, and events as a frame's file (Node's SDK). Lines and columns count from 1.
(V8's `CallSiteInfo::GetEvalOrigin`, `src/objects/call-site-info.cc`.)
"""

from __future__ import annotations

import itertools
from typing import Any

MAX_EVALS = 8
"""How many nested evals are followed. Of more, those between the eighth and the outermost are dropped (`data.evals_left_out`)."""

MAX_NUMBER_DIGITS = 10
"""Longer numbers are neither lines nor columns: a 32-bit number has ten digits."""


def join_position(path: object, lineno: object, colno: object) -> str:
    """`path:line:column` as far as its parts are known: the inverse of `split_position`. A column without a line is dropped."""
    return f"{path}" if lineno is None else f"{path}:{lineno}" if colno is None else f"{path}:{lineno}:{colno}"


def split_position(text: str) -> tuple[str, int | None, int | None]:
    r"""`path:line:column` → its three parts; a text without a position is returned whole.

    >>> split_position("http://[::1]:3000/x.js?t=12:34:1:2")
    ('http://[::1]:3000/x.js?t=12:34', 1, 2)
    >>> split_position("C:\\\\a b\\\\x.js:12")
    ('C:\\\\a b\\\\x.js', 12, None)
    >>> split_position("http://localhost:3000")
    ('http://localhost:3000', None, None)
    """
    head, _, last = text.rpartition(":")
    if not head or not is_number(last):
        return text, None, None
    path, _, middle = head.rpartition(":")
    if path and is_number(middle):
        return path, int(middle), int(last)
    if "/" not in head.partition("://")[2] and "://" in head and not head.endswith("/"):  # the number is a port
        return text, None, None
    return head, int(last), None


def is_number(text: str) -> bool:
    """Whether `text` can be a line or a column."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_DIGITS


def read_eval(place: str) -> tuple[str, dict[str, Any]]:
    """`eval at function (place), inner place` → the inner place, and the place of the eval: a chain by `eval_origin`, innermost first.

    >>> read_eval("eval at f (/srv/a.js:1:40), <anonymous>:1:7")
    ('<anonymous>:1:7', {'function': 'f', 'abs_path': '/srv/a.js', 'lineno': 1, 'colno': 40})
    """
    comma = place.rfind("), ")
    inner_place = place[comma + 3 :] if comma >= 0 else "<anonymous>"
    steps: list[dict[str, Any]] = []
    for _ in range(MAX_EVALS):
        comma = place.rfind("), ")
        if steps and comma >= 0:
            steps[-1].update(_position(place[comma + 3 :]))
        caller = place[8 : comma + 1 if comma >= 0 else len(place)]
        opening = caller.find(" (")
        if opening < 0 or not caller.endswith(")"):
            steps.append(_position(caller))
            break
        steps.append({"function": caller[:opening]})
        place = caller[opening + 2 : -1]
        if not place.startswith("eval at "):
            steps[-1].update(_position(place))
            break
    if place.startswith("eval at "):
        opening = place.rfind("eval at ")
        function, _, rest = place[opening + 8 :].partition(" (")
        steps.append({"function": function, **_position(rest.partition(")")[0]), "evals_left_out": place.count("eval at ", 0, opening)})
    return inner_place, linked(steps)


def read_gecko_eval(path: str) -> tuple[dict[str, Any], str] | None:
    """`script line 72 > eval` → the place of the eval (a chain by `eval_origin`, innermost first), and what created the code; else None.

    >>> read_gecko_eval("a.js line 72 > eval line 1 > Function")
    ({'abs_path': '<anonymous>', 'lineno': 1, 'eval_origin': {'abs_path': 'a.js', 'lineno': 72}}, 'Function')
    """
    if " > " not in path or " line " not in path:
        return None
    *places, kind = path.split(" > ")
    steps: list[dict[str, Any]] = []
    for place in (*reversed(places[1:][-MAX_EVALS + 1 :]), places[0]):
        outer, _, number = place.rpartition(" line ")
        if not is_number(number) or not outer:
            return None
        # Between the script and the innermost text are the words `eval` and `Function`: evaluated texts have no name.
        steps.append({"abs_path": "<anonymous>", "lineno": int(number)})
    steps[-1]["abs_path"] = outer
    if len(places) > len(steps):
        steps[-1]["evals_left_out"] = len(places) - len(steps)
    return linked(steps), kind


def linked(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The places of evals, innermost first, linked by `eval_origin`. Changes the dicts."""
    for inner, outer in itertools.pairwise(steps):
        inner["eval_origin"] = outer
    return steps[0]


def _position(place: str) -> dict[str, Any]:
    """A place as the keys of a frame."""
    path, lineno, colno = split_position(place)
    return {k: v for k, v in (("abs_path", path), ("lineno", lineno), ("colno", colno)) if v is not None}
