"""Characters that act instead of being shown: what files and events hold must not move a terminal's cursor, or hide what a line says."""

from __future__ import annotations


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
