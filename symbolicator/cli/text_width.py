"""The width of text in a terminal, and the cell of a column in UTF-16 code units.

A terminal gives wide characters (CJK, emoji) two cells and combining ones none; engines count columns in UTF-16 code units.
"""

from __future__ import annotations

import unicodedata

from symbolicator.control import picture_of

TAB = 4
_ZERO = frozenset(("Mn", "Me", "Cf"))


def width_of(char: str) -> int:
    """The cells of one character."""
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in _ZERO:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """The cells of a text without control characters."""
    return len(text) if text.isascii() else sum(map(width_of, text))


def lay_out(line: str, column: int | None = None) -> tuple[str, int | None]:
    """`line` as cells, tabs expanded, and the cell at which its 0-based `column` (UTF-16 code units) begins; None past the line's end.

    >>> lay_out("\\tab", 1)
    ('    ab', 4)
    """
    out: list[str] = []
    cells = units = 0
    place: int | None = None
    for char in line:
        if column is not None and place is None and units + (char > "\uffff") >= column:
            place = cells
        shown = " " * (TAB - cells % TAB) if char == "\t" else picture_of(char) if not char.isprintable() else char
        out.append(shown)
        cells += width(shown)
        units += 2 if char > "\uffff" else 1
    if column is not None and place is None and units == column:
        place = cells
    return "".join(out), place


def clip(text: str, start: int, room: int) -> tuple[str, int]:
    """The part of `text` in the cells `[start, start + room)`, `…` where something was cut; and the cell it really starts at."""
    total = width(text)
    if start <= 0 and total <= room:
        return text, 0
    head = "…" if start > 0 else ""
    out: list[str] = []
    cells, used, first = 0, len(head), -1
    for char in text:
        size = width_of(char)
        if cells >= start + len(head):
            if used + size > room - (1 if cells + size < total else 0):
                return head + "".join(out) + "…", (first if first >= 0 else cells) - len(head)
            if first < 0:
                first = cells
            out.append(char)
            used += size
        cells += size
    return head + "".join(out), (first if first >= 0 else cells) - len(head)


def fill(text: str, room: int, used: int = 0) -> list[str]:
    """`text` in lines of at most `room` cells, broken between words; a longer word after a slash, else anywhere. At least one line.
    Of the first line `used` cells are taken.

    >>> fill("no such file", 8)
    ['no such', 'file']
    """
    lines, left = [""], room - used
    for word in text.split():
        rest = word
        if width(lines[-1]) + bool(lines[-1]) + width(rest) > left and (lines[-1] or left < room):
            lines.append("")
            left = room
        while width(rest) > room:
            head = clip(rest, 0, room + 1)[0].removesuffix("…")
            head = rest[: rest.rfind("/", 0, len(head)) + 1] or head or rest[0]
            lines[-1:] = [head, ""]
            rest = rest[len(head) :]
        lines[-1] += f" {rest}" if lines[-1] else rest
    return lines


def shorten(text: str, room: int) -> str:
    """`text` in at most `room` cells, cut in its middle; the end is kept longer because it matters most in paths."""
    total = width(text)
    if total <= room:
        return text
    if room < 4:
        return clip(text, 0, max(room, 1))[0]
    keep = room - 1
    head = keep // 3
    front = clip(text, 0, head + 1)[0].removesuffix("…")
    back: list[str] = []
    used = width(front)
    for char in reversed(text):
        if used + width_of(char) > keep:
            break
        back.append(char)
        used += width_of(char)
    return front + "…" + "".join(reversed(back))
