"""The documents of a Portable PDB: their names, languages, embedded texts, and where they can be downloaded (Source Link)."""

from __future__ import annotations

import zlib
from typing import Any, Final

import msgspec

from symbolicator import bounds
from symbolicator.errors import LimitExceeded
from symbolicator.portable_pdb import schema
from symbolicator.portable_pdb.metadata import Metadata, unsigned

_EMBEDDED: Final = bytes.fromhex("1b578a0e26696e46b4ad8ab04611f5fe")
_SOURCE_LINK: Final = bytes.fromhex("560511cc91a0384d9fec25ab9a351a6a")
"""Kinds of `CustomDebugInformation`, as GUIDs are stored."""
_LANGUAGES: Final = {
    bytes.fromhex("f862513fc607d311905300c04fa302a1"): "csharp",
    bytes.fromhex("b8d0123a6cc2d011b44200a0244a1dd2"): "vb",
    bytes.fromhex("c9384fabe6b6ba43be3b58080b2ccce3"): "fsharp",
}
MAX_TEXT: Final = 16 << 20
"""Bytes that an embedded source may decompress to."""
MAX_TEXTS: Final = 64 << 20
"""Bytes that all of them may, those of one PDB."""
_MAX_NAME: Final = 8 << 10
"""Bytes of a document's name."""
_NAMES_PER_BYTE: Final = 8
_NAMES_AT_LEAST: Final = 1 << 20
"""What all names may cost, by the bytes of the file: each is put together of parts that any other may share."""


class Document(msgspec.Struct, frozen=True):
    """A source file: its name as the compiler had it, its language ("" where none is said)."""

    name: str
    language: str


def read_documents(metadata: Metadata) -> list[Document]:
    """The documents, in order. Raises `LimitExceeded` where their names are too long together."""
    documents: list[Document] = []
    parts: dict[int, bytes] = {}
    most = left = _NAMES_AT_LEAST + _NAMES_PER_BYTE * metadata.nbytes
    for name, _, _, language in metadata.table(schema.DOCUMENT):
        text, cost = _name(metadata, name, parts)
        left -= cost
        if left < 0:
            raise LimitExceeded(f"the names of its documents have more than {most} bytes")
        documents.append(Document(text.decode("utf-8", "replace"), _LANGUAGES.get(metadata.guid(language), "")))
    return documents


def _name(metadata: Metadata, at: int, parts: dict[int, bytes]) -> tuple[bytes, int]:
    """A document's name, and what it cost to read: parts, put together with a separator, which is the blob's first character; NUL stands
    for none.
    """
    blob = metadata.blob(at)
    if not blob:
        return b"", 1
    first = blob[0]
    size = 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    separator = b"" if first == 0 else bytes(blob[:size])
    place, pieces, left = size, list[bytes](), _MAX_NAME
    while place < len(blob) and left > 0:
        part, place = unsigned(blob, place)
        piece = parts.get(part)
        if piece is None:
            piece = parts[part] = bytes(metadata.blob(part)[:_MAX_NAME]) if part else b""
        pieces.append(piece)
        left -= len(piece) + 1
    return separator.join(pieces)[:_MAX_NAME], _MAX_NAME - left


class Sources:
    """What a PDB holds of its documents beside their names. `warnings` say what was left out."""

    def __init__(self, metadata: Metadata) -> None:
        self.texts: dict[int, bytes] = {}
        """By document, from 1: its text, as it lay on disk."""
        self.links: list[tuple[str, str]] = []
        """Source Link: documents (a `*` at the end stands for anything), and the URLs they are at."""
        self.warnings: list[str] = []
        left = MAX_TEXTS
        for parent, kind, value in metadata.table(schema.CUSTOM_DEBUG):
            what, row = parent & (1 << schema.CUSTOM_DEBUG_BITS) - 1, parent >> schema.CUSTOM_DEBUG_BITS
            guid = metadata.guid(kind)
            if guid == _EMBEDDED and what == schema.CUSTOM_DEBUG_DOCUMENT:
                blob = metadata.blob(value)
                text = _inflated(blob, min(left, MAX_TEXT))
                left -= _size(blob)
                if text is None:
                    self.warnings.append(f"the embedded source of document {row} is damaged or too long and was skipped")
                else:
                    self.texts[row] = text
            elif guid == _SOURCE_LINK and what == schema.CUSTOM_DEBUG_MODULE:
                self._read_links(metadata.blob(value))
        if len(self.warnings) > _MAX_WARNINGS:
            self.warnings[_MAX_WARNINGS:] = [f"{len(self.warnings) - _MAX_WARNINGS} more like these"]

    def _read_links(self, blob: memoryview) -> None:
        try:
            found: Any = msgspec.json.decode(bytes(blob))
        except (ValueError, RecursionError):
            found = None
        documents = found.get("documents") if isinstance(found, dict) else None
        if not isinstance(documents, dict):
            self.warnings.append("its Source Link cannot be read and was ignored")
            return
        self.links += [(name, url) for name, url in documents.items() if isinstance(url, str)]


_MAX_WARNINGS: Final = 20


def _size(blob: memoryview) -> int:
    """What an embedded source takes: four bytes say 0, or how long it is decompressed."""
    return max(int.from_bytes(blob[:4], "little"), len(blob))


def _inflated(blob: memoryview, most: int) -> bytes | None:
    """An embedded source; None where it is not as long as it says, or longer than `most`."""
    size = int.from_bytes(blob[:4], "little")
    if len(blob) < 4 or _size(blob) > most:
        return None
    return bytes(blob[4:]) if size == 0 else inflate(blob[4:], size)


def inflate(data: memoryview, size: int) -> bytes | None:
    """What deflated `data` decompresses to, where that is `size` bytes. It counts among what the event at work may decompress."""
    bounds.inflate(size)
    try:
        text = zlib.decompressobj(-15).decompress(data, size + 1)
    except zlib.error:
        return None
    return text if len(text) == size else None


def link_of(name: str, links: list[tuple[str, str]]) -> str | None:
    """Where Source Link says that a document is: the entry of its whole name, else the one with the longest beginning of it."""
    best: tuple[int, str] | None = None
    folded = name.casefold()
    for pattern, url in links:
        head, star, _ = pattern.partition("*")
        if not star:
            if folded == pattern.casefold():
                return url
        elif folded.startswith(head.casefold()) and (best is None or len(head) > best[0]):
            best = len(head), url.replace("*", name[len(head) :].replace("\\", "/"), 1)
    return None if best is None else best[1]
