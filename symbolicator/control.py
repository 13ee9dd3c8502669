"""Characters that act instead of being shown: what files and events hold must not move a terminal's cursor, or hide what a line says."""

from __future__ import annotations

import re

from symbolicator.patterns import regex

_ACTS = regex(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""DEL, C1, and what turns the direction of text round, in UTF-8: what `picture_of` knows and JSON leaves as it is."""


def tame(text: str, keep_bytes: bool = False) -> str:
    """`text` safe to send to a terminal: one line, control characters as their pictures (`␛`), half surrogates and odd bytes as `�`.

    With `keep_bytes` the surrogates stay that stand for bytes: the text becomes the bytes again that it was.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() or (keep_bytes and "\udc80" <= char <= "\udcff") else picture_of(char) for char in text)


def picture_of(char: str) -> str:
    """What is shown in place of one character: itself where it is harmless."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    # C1 controls, half surrogates, and what turns the direction of text round: a source line must not be able to hide what it says.
    if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or 0x200E <= code <= 0x200F or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return "\ufffd"
    return "\ufffd" if code == 0x061C else char


def tame_json(content: bytes) -> bytes:
    """The same JSON with escapes for all that would act on a terminal, or end a line. JSON itself escapes no more than C0."""
    return _ACTS.sub(_escaped, content)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())
