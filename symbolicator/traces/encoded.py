"""The text in bytes, whose every byte can be returned unchanged."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import suppress

from symbolicator.errors import TraceError

UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
"""Byte order marks: what PowerShell's `>` writes."""
TOMBSTONES = {b"\x08", b"\x12", b"\x1a"}
"""The first bytes of protobuf messages that may be a tombstone: its architecture, fingerprint or revision. No text begins with them."""


def as_text(text: object) -> str:
    """A text as it is, the text in bytes. Raises TypeError for anything else."""
    if isinstance(text, str):
        return text
    if isinstance(text, bytes | bytearray | memoryview):
        return text_in(bytes(text))
    raise TypeError(f"a trace is a text or its bytes, not {type(text).__name__}; of a file give the content")


def text_in(content: bytes) -> str:
    """The text in `content`, which `bytes_of` turns back into the same bytes; of a tombstone that is protobuf, debuggerd's text of it."""
    if content[:1] in TOMBSTONES:
        from symbolicator.traces.tombstone import tombstone_text  # seldom needed

        with suppress(TraceError):
            return tombstone_text(content)
    encoding = UTF16.get(content[:2])
    return content[2:].decode(encoding, "replace") if encoding else content.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes from which `text_in` read `text`. A surrogate that stands for no byte (an escape in JSON) becomes `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def pieces_of_text(pieces: Iterable[str | bytes]) -> Iterator[str]:
    """Pieces of one text, those of bytes decoded as `text_in` decodes UTF-8, wherever they were cut."""
    decoder = getincrementaldecoder("utf-8")("surrogateescape")
    for piece in [pieces] if isinstance(pieces, str | bytes) else pieces:
        yield piece if isinstance(piece, str) else decoder.decode(piece)
    if rest := decoder.decode(b"", True):
        yield rest
