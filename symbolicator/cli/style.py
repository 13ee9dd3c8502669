"""How a page is written: colours or not, how wide, how much of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from symbolicator.control import tame
from symbolicator.patterns import regex

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_OWN = regex(r"\x1b\[(?:0|(?:[12]|3[1236])(?:;(?:[12]|3[1236])){0,2})m|[\n\t]")
"""What a page may hold beside text: the codes of `paint`, line ends, tabs."""
_MIN_COLUMNS, _MAX_COLUMNS = 40, 200


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """`width` is the terminal's; `context` lines on each side of a frame's (None: chosen by frame); `show_all` folds nothing."""

    color: bool = False
    width: int = 80
    context: int | None = None
    show_all: bool = False

    @property
    def columns(self) -> int:
        """The columns to fill: a window of ten cannot be served, and nobody reads lines of 400."""
        return max(_MIN_COLUMNS, min(self.width, _MAX_COLUMNS))

    def paint(self, text: str, *marks: str) -> str:
        """`text` in colours, where there are any."""
        if not self.color or not text or not marks:
            return text
        return f"\x1b[{';'.join(_CODES[mark] for mark in marks)}m{text}\x1b[0m"

    def wrap(self, lead: str, text: str, *marks: str) -> Iterator[str]:
        """`text` in the page's width after `lead`, which is painted; further lines stand under the first."""
        from textwrap import wrap

        room = max(self.columns - len(lead), 20)
        for place, line in enumerate(wrap(tame(text), room, break_on_hyphens=False) or [""]):
            yield (" " * len(lead) if place else self.paint(lead, *marks)) + line


def tame_page(page: str) -> str:
    """A page with nothing in it that acts on a terminal but line ends and the colours of `paint`, whatever files had in their names."""
    if page.isascii() and page.replace("\n", "").isprintable():
        return page
    out: list[str] = []
    at = 0
    for found in _OWN.finditer(page):
        out += (tame(page[at : found.start()]), found[0])
        at = found.end()
    return "".join((*out, tame(page[at:])))
