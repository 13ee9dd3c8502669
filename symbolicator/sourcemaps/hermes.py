"""Hermes bytecode files, as far as their header, and the names of Metro's segments.

Owns the recognition: what a bytecode offset means is the map's affair (`x_hermes_function_offsets`). Follows hermes'
`BytecodeFileFormat.h`: little-endian, u64 magic, u32 version, 20 bytes of SHA-1 of the source, u32 file length.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from symbolicator.errors import MalformedArtifact
from symbolicator.patterns import regex

MAGIC = 0x1F1903C103BC1FC6
_DELTA_MAGIC = MAGIC ^ 0xFFFFFFFFFFFFFFFF
_HEADER = struct.Struct("<QI20sI")
_SEGMENT = regex(r"(?:^|[/\\])(?:seg-(\d{1,9})(?:_(\d{1,9}))?|(\d{1,9}))\.js(?:$|[?#])")


class BytecodeHeader(NamedTuple):
    """The header of a bytecode file; `source_hash` in hex, all zeros if the compiler did not know the source."""

    version: int
    source_hash: str
    file_length: int
    delta: bool


def is_bytecode(data: memoryview) -> bool:
    """Whether a file is Hermes bytecode."""
    return len(data) >= 8 and int.from_bytes(data[:8], "little") in (MAGIC, _DELTA_MAGIC)


def read_header(data: memoryview) -> BytecodeHeader:
    """The header of a bytecode file. Raises `MalformedArtifact` if it is not one, or is truncated."""
    if not is_bytecode(data):
        raise MalformedArtifact(f"not Hermes bytecode: it starts with {bytes(data[:8]).hex() or 'nothing'}")
    if len(data) < _HEADER.size:
        raise MalformedArtifact(f"the bytecode file has {len(data)} bytes, its header takes {_HEADER.size}")
    magic, version, source_hash, length = _HEADER.unpack_from(data)
    if length > len(data):
        raise MalformedArtifact(f"the bytecode file has {len(data)} bytes of {length}: it is truncated")
    return BytecodeHeader(version, source_hash.hex(), length, magic == _DELTA_MAGIC)


class SegmentName(NamedTuple):
    """What a frame's file name says: the segment (0: the main one) and the module in it (None: the segment as a whole)."""

    segment: int
    module: int | None


def segment_of(filename: str) -> SegmentName | None:
    """The segment and module that a frame's file names; None for any other file.

    >>> segment_of("seg-3_5.js"), segment_of("seg-3.js"), segment_of("js-modules/12.js")
    (SegmentName(segment=3, module=5), SegmentName(segment=3, module=None), SegmentName(segment=0, module=12))
    """
    found = _SEGMENT.search(filename)
    if found is None:
        return None
    if found[3] is not None:
        return SegmentName(0, int(found[3]))
    return SegmentName(int(found[1]), None if found[2] is None else int(found[2]))
