"""Control characters: the content of files and events must not move a terminal's cursor or hide text."""

from __future__ import annotations

import re

from symbolicator.patterns import regex

_ACTS = regex(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""DEL, C1 and bidirectional overrides, in UTF-8: what `picture_of` replaces and JSON does not escape."""


def tame(text: str, keep_bytes: bool = False) -> str:
    """`text` safe for a terminal: one line, control characters as pictures (`␛`), lone surrogates and invalid bytes as `�`.

    With `keep_bytes`, surrogates that stand for bytes are kept: the text can be turned into the same bytes again.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() or (keep_bytes and "\udc80" <= char <= "\udcff") else picture_of(char) for char in text)


def picture_of(char: str) -> str:
    """The replacement of one character; harmless characters are returned unchanged."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    # C1 controls, lone surrogates, bidirectional overrides: a source line must not be able to hide its content.
    if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or 0x200E <= code <= 0x200F or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return "\ufffd"
    return "\ufffd" if code == 0x061C else char


def tame_json(content: bytes) -> bytes:
    """The same JSON with escapes for everything that could control a terminal or end a line. JSON itself escapes only C0."""
    return _ACTS.sub(_escaped, content)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())
