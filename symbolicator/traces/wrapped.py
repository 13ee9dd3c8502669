"""Frames that mail or a terminal broke at the last column: puts each on one line again.

::

    at Object.handler (https://shop.example/assets/          f@https://shop.example/assets/index-
    index-4f2a.js:1:72)                                      4f2a.js:1:72

Only what was broken within its place is joined, and only if the result is a frame and the first line alone is not: the place's
parenthesis is open, begins on the line below, or an address continues there. (Java's names too: they contain no blanks, and their frames
have a unique ending.) The joined line knows the position of each character.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.traces.format import Format
from symbolicator.traces.lines import MAX_LINE, Line, find_marker
from symbolicator.traces.scan import read_line

MAX_WRAPPED: Final = 6
"""Lines of one frame: an address of 400 characters in a terminal of 80 columns."""

_POSITION = regex(r":\d{1,10}$")
_REST = regex(r":?\d{1,10}(?::\d{1,10})?\)?$")
_LEAD = regex(r"(?:[ \t]*+[>|](?=[ \t>|]))*+[ \t]*+")
"""The mark before a quoted line of an e-mail."""
_JAVA_REST = regex(r"[\w$.<>-]*+\([^()\s]+\)$")
_LONG: Final = 40
"""Characters of a line that is broken within a name: fewer are a name."""
_ALONE: Final = frozenset(("at", "at async", "at new"))
"""What mail leaves on a line whose next word is too long for it."""


def unwrapped(text: str, lines: Sequence[Line], formats: Sequence[Format]) -> Sequence[Line]:
    """The lines, with each broken frame on one line; `lines` itself if there is none."""
    out: list[Line] = []
    taken = 0
    last = len(lines) - 1
    for index, line in enumerate(lines):
        if index < taken:
            continue
        plain = line.plain
        if index < last and _may_be_open(plain, lines[index + 1].plain) and _is_open(plain, lines[index + 1].plain):
            joined, count = _joined(text, lines, index, formats)
            if joined is not None:
                out.append(joined)
                taken = index + count
                continue
        out.append(line)
    return out if taken else lines


def _may_be_open(plain: str, below: str) -> bool:
    """Cheap: whether a closer check is worthwhile. Most frames end in a parenthesis, and most lines are not frames."""
    if not ("at " in plain or "@" in plain or plain[-2:] == "at") or (plain[-1:] == ")" and "(eval at " not in plain):
        return False
    tail = plain[plain.rfind(" ", 0, -1) + 1 :].rstrip()
    return "/" in tail or "." in tail or tail in {"at", "async", "new"} or "(" in below or plain.count("(") > plain.count(")")


def _is_open(plain: str, below: str) -> bool:
    """Whether a frame's place may continue, or be, on the line below."""
    below = _body(below)
    if not below or below.startswith(("at ", "... ")):
        return False
    if _body(plain) in _ALONE:
        return True
    start = find_marker(plain, "at ")
    if start >= 0:
        place = plain[start + 3 :].rstrip()
        if place.count("(") > place.count(")") or (below[0] == "(" and place):
            return True
        if len(plain) >= _LONG and "." in place and _JAVA_REST.match(below):
            return True
        place = place.removeprefix("async ")
    else:
        place = plain[plain.find("@") + 1 :].rstrip()
    if any(c.isspace() for c in place) or not ("://" in place or place.startswith("/")):
        return False
    return _POSITION.search(place) is None or below[0] == ":"


def _body(plain: str) -> str:
    lead = _LEAD.match(plain)
    return plain[lead.end() if lead else 0 :].rstrip()


def _joined(text: str, lines: Sequence[Line], index: int, formats: Sequence[Format]) -> tuple[Line | None, int]:
    """The line that a frame's lines are joined to, and how many they are; None if they are not a frame."""
    line = made = lines[index]
    alone = read_line(line.plain, formats)
    in_parentheses = line.plain.count("(") > line.plain.count(")")
    for count, other in enumerate(lines[index + 1 : index + MAX_WRAPPED], 2):
        body = _body(other.plain)
        lead = len(other.plain.rstrip()) - len(body)
        if not body or other.region != line.region or other.whole or line.whole or len(made.plain) + len(body) > MAX_LINE:
            break
        spaced = body[0] == "(" or made.plain.rstrip().endswith((",", " at", "eval")) or _body(made.plain) in _ALONE
        made = made.joined(text, other, lead, " " if spaced else "")
        closes = made.plain.count("(") == made.plain.count(")")
        if alone is not None and alone[1].strong and not (in_parentheses or _REST.match(body)):
            break
        if closes and (in_parentheses or body[0] == "(" or not any(c.isspace() for c in body)):
            read = read_line(made.plain, formats)
            if read is not None and read[1].strong and read[0].platform != "native" and read[1].frame.get("lineno") is not None:
                return made, count
        if any(c.isspace() for c in body) and not in_parentheses:
            break
    return None, 0
