"""Characters that are written as others, in JSON and in HTML, with the place of each."""

from __future__ import annotations

from symbolicator.patterns import regex

_JSON = regex(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])")
_HTML = regex(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def unescape(chars: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    """One level of JSON escapes undone; other text is kept. A lone surrogate becomes U+FFFD, which can be written as UTF-8."""
    text = "".join(chars)
    out: list[str] = []
    places: list[int] = []
    last = 0
    for found in _JSON.finditer(text):
        out += text[last : found.start()]
        places += offsets[last : found.start()]
        last = found.end()
        code = found[0]
        if len(code) == 12:
            out.append(chr(0x10000 + ((int(code[2:6], 16) & 0x3FF) << 10) + (int(code[8:], 16) & 0x3FF)))
        elif len(code) == 6:
            value = int(code[2:], 16)
            out.append("\ufffd" if 0xD800 <= value < 0xE000 else chr(value))
        else:
            out.append(_SHORT.get(code[1], code[1]))
        places.append(offsets[found.start()])
    return [*out, *text[last:]], [*places, *offsets[last:]]


def unescape_html(chars: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    """HTML's character references resolved (WHATWG HTML §13.2.5.72); other text is kept."""
    import html  # few lines are markup

    text = "".join(chars)
    out: list[str] = []
    places: list[int] = []
    last = 0
    for found in _HTML.finditer(text):
        out += text[last : found.start()]
        places += offsets[last : found.start()]
        last = found.end()
        resolved = html.unescape(found[0]).replace("\xa0", " ")
        out += resolved
        places += [offsets[found.start()]] * len(resolved)
    return [*out, *text[last:]], [*places, *offsets[last:]]
