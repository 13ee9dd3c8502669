"""How a page is printed: colours, width, amount of detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from symbolicator.cli.text_width import fill
from symbolicator.control import tame
from symbolicator.patterns import regex

if TYPE_CHECKING:
    from symbolicator.cli.links import Linker
    from symbolicator.rendering.frames import Json

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_OWN = regex(r"\x1b\[(?:0|(?:[12]|3[1236])(?:;(?:[12]|3[1236])){0,2})m|[\n\t]")
"""What a page may contain beside text: the codes of `paint`, line ends, tabs."""
_CHARACTERS = r"[A-Za-z0-9/:._~?&=#%+@,!-]"
_URL = regex(_CHARACTERS + "{1,2000}")
_OWN_AND_LINKS = regex(rf"{_OWN.pattern}|\x1b\]8;;{_CHARACTERS}{{0,2000}}\x1b\\")
_MIN_COLUMNS, _MAX_COLUMNS = 40, 200


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """`width` is the terminal's; `context`: source lines on each side (None: chosen by frame); `show_all` folds nothing."""

    color: bool = False
    width: int = 80
    context: int | None = None
    show_all: bool = False
    linker: Linker | None = None
    """What gives a frame's link; None if the page has none."""

    @property
    def columns(self) -> int:
        """The columns to use: not fewer than we can lay out, and not more than is readable."""
        return max(_MIN_COLUMNS, min(self.width, _MAX_COLUMNS))

    def paint(self, text: str, *marks: str) -> str:
        """`text` in colours, if colours are on."""
        if not self.color or not text or not marks:
            return text
        return f"\x1b[{';'.join(_CODES[mark] for mark in marks)}m{text}\x1b[0m"

    def link(self, frame: Json, text: str) -> str:
        """`text` as a link to the frame's source, if that is on this machine."""
        url = self.linker(frame) if self.linker is not None else ""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if _URL.fullmatch(url) else text

    def wrap(self, lead: str, text: str, *marks: str) -> Iterator[str]:
        """`text` wrapped to the page's width after `lead`, which is painted; further lines are aligned with the first."""
        for place, line in enumerate(fill(tame(text), max(self.columns - len(lead), 20))):
            yield (" " * len(lead) if place else self.paint(lead, *marks)) + line


def tame_page(page: str, *, links: bool = False) -> str:
    """A page without any control characters but line ends and the colours of `paint`, and with `links` what `link` writes, whatever
    file names contain.
    """
    if page.isascii() and page.replace("\n", "").isprintable():
        return page
    out: list[str] = []
    at = 0
    for found in (_OWN_AND_LINKS if links else _OWN).finditer(page):
        out += (tame(page[at : found.start()]), found[0])
        at = found.end()
    return "".join((*out, tame(page[at:])))
