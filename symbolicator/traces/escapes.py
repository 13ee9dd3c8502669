"""What is written in place of a character in JSON and in HTML, and what terminals are told between characters, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Callable

from symbolicator.patterns import regex

_JSON = regex(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])")
_HTML = regex(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ANSI = regex(r"\x1b(?:\[[0-9;:?]{0,40}[ -/]?[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\))")
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def unescape(chars: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    """One level of JSON escapes undone; other text is kept. A lone surrogate becomes U+FFFD, which can be written as UTF-8."""
    return _resolved(chars, offsets, _JSON, _escaped)


def unescape_html(chars: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    """HTML's character references resolved (WHATWG HTML §13.2.5.72); other text is kept."""
    import html  # few lines are markup

    return _resolved(chars, offsets, _HTML, html.unescape)


def without_colours(chars: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    """A terminal's escape sequences left out (ECMA-48 §5.4, and its hyperlinks)."""
    return _resolved(chars, offsets, _ANSI, lambda _: "")


def colour_codes(text: str) -> list[str]:
    """A terminal's escape sequences in a text."""
    return _ANSI.findall(text)


def _resolved(
    chars: list[str], offsets: list[int], pattern: re.Pattern[str], resolve: Callable[[str], str]
) -> tuple[list[str], list[int]]:
    """The text with what `pattern` matches resolved; what that becomes has the place of where it began."""
    text = "".join(chars)
    out: list[str] = []
    places: list[int] = []
    last = 0
    for found in pattern.finditer(text):
        resolved = resolve(found[0])
        out += (*text[last : found.start()], *resolved)
        places += offsets[last : found.start()] + [offsets[found.start()]] * len(resolved)
        last = found.end()
    return [*out, *text[last:]], [*places, *offsets[last:]]


def _escaped(code: str) -> str:
    """The character that an escape of JSON stands for."""
    if len(code) == 12:
        return chr(0x10000 + ((int(code[2:6], 16) & 0x3FF) << 10) + (int(code[8:], 16) & 0x3FF))
    if len(code) == 6:
        value = int(code[2:], 16)
        return "\ufffd" if 0xD800 <= value < 0xE000 else chr(value)
    return _SHORT.get(code[1], code[1])
