"""Numbers and names in WebAssembly's encoding, within limits. WebAssembly Core Specification 3.0 §5.2."""

from __future__ import annotations

from typing import Final

from symbolicator.errors import MalformedArtifact

_MOST_BYTES: Final = 10
"""Of one number: 64 bits, seven a byte."""
_MOST_NAME: Final = 1 << 16
"""Bytes of a name that are read; the rest of a longer one is skipped."""


class Reader:
    """Reads `data` from `at` on, up to `end`. Every method raises `MalformedArtifact` at the end."""

    def __init__(self, data: memoryview, at: int, end: int) -> None:
        self._data = data
        self.at = at
        """The offset of the next byte."""
        self.end = min(end, len(data))

    def byte(self) -> int:
        """One byte."""
        if self.at >= self.end:
            raise MalformedArtifact("ends in the middle of a section", self.at)
        self.at += 1
        return self._data[self.at - 1]

    def number(self) -> int:
        """An unsigned LEB128 number of at most 64 bits; overlong forms are allowed, because linkers reserve space with them."""
        value = shift = 0
        for _ in range(_MOST_BYTES):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise MalformedArtifact("a number takes more than ten bytes", self.at)

    def skip(self, size: int) -> int:
        """Skip `size` bytes; returns where they begin."""
        start = self.at
        if size > self.end - start:
            raise MalformedArtifact(f"{size} bytes start at {start}, but the section ends at {self.end}", start)
        self.at += size
        return start

    def within(self) -> Reader:
        """A reader for the bytes whose size comes next; this one continues after them."""
        size = self.number()
        start = self.skip(size)
        return Reader(self._data, start, self.at)

    def name(self, most: int = _MOST_NAME) -> bytes:
        """A name, in UTF-8; at most `most` bytes of it."""
        size = self.number()
        start = self.skip(size)
        return bytes(self._data[start : start + min(size, most)])

    @property
    def left(self) -> int:
        """The unread bytes."""
        return self.end - self.at
