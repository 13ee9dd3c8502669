"""Protobuf's wire format: a message as its fields, by number. (Protocol Buffers, *Encoding*.)"""

from __future__ import annotations

from collections.abc import Iterator

from symbolicator.errors import TraceError

_LONGEST = 10
"""Bytes of a varint."""
_SIZES = {1: 8, 5: 4}


def fields_of(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a message: its number, and a number or the bytes of a string or a message in it. Raises `TraceError` if it is none."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise TraceError("not a protobuf message: a field has the number 0")
        if kind == 0:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == 2:
            size, at = _varint(content, at)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise TraceError(f"not a protobuf message: a field has the type {kind}")
        if size > len(content) - at:
            raise TraceError("a protobuf message ends within a field: was it truncated?")
        piece = content[at : at + size]
        at += size
        yield number, piece if kind == 2 else int.from_bytes(piece, "little")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """The varint at `at`, of which 64 bits count, and where it ends."""
    value = 0
    for step in range(_LONGEST):
        if at + step >= len(content):
            raise TraceError("a protobuf message ends within a number: was it truncated?")
        byte = content[at + step]
        value |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + step + 1
    raise TraceError("not a protobuf message: a number is too long")
