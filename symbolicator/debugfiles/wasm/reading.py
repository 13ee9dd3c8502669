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
        at, data = self.at, self._data
        if at < self.end and data[at] < 0x80:  # most are small
            self.at = at + 1
            return data[at]
        value = shift = 0
        for place in range(at, min(at + _MOST_BYTES, self.end)):
            byte = data[place]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = place + 1
                return value
            shift += 7
        if self.end - at < _MOST_BYTES:
            raise MalformedArtifact("ends in the middle of a section", self.end)
        raise MalformedArtifact("a number takes more than ten bytes", at)

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
        return self._data[start : start + min(size, most)].tobytes()

    @property
    def left(self) -> int:
        """The unread bytes."""
        return self.end - self.at
