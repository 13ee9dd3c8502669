"""Protobuf's wire format: a message as its fields, by number (Protocol Buffers, *Encoding*)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

VARINT, LENGTH_DELIMITED = 0, 2
_FIXED: Final = {1: 8, 5: 4}
"""The bytes of values by wire type."""
_LONGEST: Final = 10
"""Bytes of a varint."""


class Field(NamedTuple):
    """A field of a message, at `[start, end)` of its bytes: a number, or the bytes of a string or of a message in it."""

    number: int
    value: int | bytes
    start: int
    end: int

    @property
    def content(self) -> bytes | None:
        """The bytes; None of a number."""
        return self.value if isinstance(self.value, bytes) else None


def fields_of(message: bytes) -> Iterator[Field]:
    """Each field of a message in order. Raises ValueError if it is none."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise ValueError(f"not a protobuf message: the field at {start} has the number 0")
        if kind == VARINT:
            value, at = _varint(message, at)
            yield Field(number, value, start, at)
            continue
        if kind == LENGTH_DELIMITED:
            size, at = _varint(message, at)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise ValueError(f"not a protobuf message: the field at {start} has the type {kind}")
        if size > len(message) - at:
            raise ValueError(f"a protobuf message ends within the field at {start}: was it truncated?")
        piece = message[at : at + size]
        at += size
        yield Field(number, piece if kind == LENGTH_DELIMITED else int.from_bytes(piece, "little"), start, at)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The varint at `at`, of which 64 bits count, and where it ends."""
    value = 0
    for place in range(_LONGEST):
        if at + place >= len(message):
            raise ValueError("a protobuf message ends within a number: was it truncated?")
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + place + 1
    raise ValueError(f"not a protobuf message: the number at {at} is too long")
