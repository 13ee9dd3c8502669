"""Zip archives read from a buffer, with bounds (APPNOTE 6.3.10): the central directory, and one member at a time.

Our own and not `zipfile`'s: that one reads any number of members before it can be asked how many, does not see overlapping ones, and
its import takes longer than finding a file. Methods: stored and deflated. Bytes before the archive (the header of a source bundle, a
self-extractor) are allowed for.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32, decompressobj
from zlib import error as ZlibError

from symbolicator.errors import LimitExceeded, MalformedArtifact

MAX_MEMBERS: Final = 65_536
MAX_SIZE: Final = 1 << 30
"""Bytes of one decompressed file."""
MAX_RATIO: Final = 250
"""Decompressed to compressed, once the result is larger than `RATIO_FREE`: maps reach 20, deflate itself 1,032."""
RATIO_FREE: Final = 8 << 20
CHUNK: Final = 1 << 20
"""Bytes decompressed in one step."""
FEED: Final = 64 << 10
"""Bytes given to a decompressor in one step."""
MAX_PARTS: Final = 65_536
"""Parts of a gzip file, frames of a Zstandard one."""

_END: Final = Struct("<4sHHHHIIH")
_END64_LOCATOR: Final = Struct("<4sIQI")
_END64: Final = Struct("<4sQHHIIQQQQ")
_CENTRAL: Final = Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL: Final = Struct("<4sHHHHHIIIHH")


class ZipMember(NamedTuple):
    """One file of an archive, as its central directory has it. `offset` is that of its local header in the buffer."""

    name: str
    method: int
    flags: int
    crc: int
    compressed: int
    size: int
    offset: int


def zip_members(data: memoryview) -> list[ZipMember]:
    """The files of an archive (folders left out), in the directory's order. Raises `MalformedArtifact`, `LimitExceeded`."""
    end = bytes(data[-(_END.size + 0xFFFF) :]).rfind(b"PK\5\6")
    end_at = len(data) - min(len(data), _END.size + 0xFFFF) + end
    if end < 0 or end_at + _END.size > len(data):
        raise MalformedArtifact("a zip without its end of central directory", len(data))
    _, _, _, _, count, directory_bytes, directory_at, _ = _END.unpack_from(data, end_at)
    directory_end = end_at
    locator_at = end_at - _END64_LOCATOR.size
    if locator_at >= 0 and bytes(data[locator_at : locator_at + 4]) == b"PK\6\7":
        # The record stands right before its locator; its own offset would be off by whatever precedes the archive.
        directory_end = locator_at - _END64.size
        if directory_end < 0 or bytes(data[directory_end : directory_end + 4]) != b"PK\6\6":
            raise MalformedArtifact("a zip64 locator without its record", locator_at)
        _, _, _, _, _, _, _, count, directory_bytes, directory_at = _END64.unpack_from(data, directory_end)
    if count > MAX_MEMBERS:
        raise LimitExceeded(f"{count} members, {MAX_MEMBERS} are the limit", end_at)
    at = directory_end - directory_bytes
    before = at - directory_at
    if at < 0 or before < 0:
        raise MalformedArtifact(f"the central directory would begin at {at}", end_at)
    members: list[ZipMember] = []
    for _ in range(count):
        if at + _CENTRAL.size > directory_end or bytes(data[at : at + 4]) != b"PK\1\2":
            raise MalformedArtifact(f"the central directory ends after {len(members)} of {count} members", at)
        _, _, _, flags, method, _, _, crc, compressed, size, n, m, k, _, _, _, offset = _CENTRAL.unpack_from(data, at)
        at += _CENTRAL.size
        raw = bytes(data[at : at + n])
        compressed, size, offset = _zip64(bytes(data[at + n : at + n + m]), compressed, size, offset)
        at += n + m + k
        name = raw.decode("utf-8", "replace") if flags & 0x800 else raw.decode("cp437")
        if not name.endswith("/"):
            members.append(ZipMember(name, method, flags, crc, compressed, size, offset + before))
    return members


def overlapping(members: list[ZipMember]) -> set[ZipMember]:
    """The members that begin before another one's data ends: a small archive that decompresses to a huge one is made of these."""
    found: set[ZipMember] = set()
    end = -1
    for member in sorted(members, key=lambda one: one.offset):
        if member.offset < end:
            found.add(member)
        end = max(end, member.offset + _LOCAL.size + member.compressed)
    return found


def read_member(data: memoryview, member: ZipMember) -> bytes:
    """One member's content, checked against the size and checksum the directory gives. Raises `MalformedArtifact`, `LimitExceeded`."""
    if member.flags & 0x41:
        raise MalformedArtifact("is encrypted", member.offset)
    if member.size > MAX_SIZE:
        raise LimitExceeded(f"would have {member.size} bytes, {MAX_SIZE} are the limit", member.offset)
    if member.offset + _LOCAL.size > len(data) or bytes(data[member.offset : member.offset + 4]) != b"PK\3\4":
        raise MalformedArtifact("has no local header where the directory says", member.offset)
    n, m = _LOCAL.unpack_from(data, member.offset)[-2:]
    start = member.offset + _LOCAL.size + n + m
    packed = data[start : start + member.compressed]
    if len(packed) != member.compressed:
        raise MalformedArtifact(f"is cut off: {len(packed)} of {member.compressed} bytes", start)
    if member.method == 0:
        content = bytes(packed[: member.size + 1])
    elif member.method == 8:
        content = inflate(packed, -15, member.size)
    else:
        raise MalformedArtifact(f"compression method {member.method} is not supported", member.offset)
    if len(content) != member.size:
        raise MalformedArtifact(f"has other than the {member.size} bytes it says", start)
    if crc32(content) != member.crc:
        raise MalformedArtifact("does not match its checksum", start)
    return content


def inflate(packed: memoryview, wbits: int, at_most: int = MAX_SIZE) -> bytes:
    """Decompress (`wbits` as zlib's; gzip may be of several parts); stops one byte past `at_most`.

    Raises `MalformedArtifact`, and `LimitExceeded` at a ratio past `MAX_RATIO`.
    """
    content = bytearray()
    at = 0
    for _ in range(MAX_PARTS):
        stream = decompressobj(wbits)
        pending = b""
        while not stream.eof and len(content) <= at_most:
            # Fed in pieces, for zlib copies what it leaves over at every step.
            if not pending:
                pending = bytes(packed[at : at + FEED])
                at += len(pending)
            try:
                chunk = stream.decompress(pending, min(CHUNK, at_most + 1 - len(content)))
            except ZlibError as error:
                raise MalformedArtifact(f"cannot be decompressed: {error}") from error
            content += chunk
            check_ratio(len(packed), len(content))
            pending = stream.unconsumed_tail
            if not chunk and not pending and not stream.eof and at >= len(packed):
                raise MalformedArtifact(f"is cut off after {len(content)} bytes")
        at -= len(stream.unused_data)
        # Padding after the last part is common.
        if wbits <= 15 or len(content) > at_most or bytes(packed[at : at + 2]) != b"\x1f\x8b":
            return bytes(content)
    raise LimitExceeded(f"is of more than {MAX_PARTS} parts, which is the limit")


def check_ratio(packed: int, content: int) -> None:
    """Raises `LimitExceeded` where so little holds so much."""
    if content > RATIO_FREE and content > packed * MAX_RATIO:
        raise LimitExceeded(f"{packed} bytes hold more than {content}; {MAX_RATIO} times is the limit")


def _zip64(extra: bytes, compressed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with the 64-bit ones of the extra field put where the 32-bit ones are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == 1:
            numbers = [int.from_bytes(extra[i : i + 8], "little") for i in range(at + 4, min(at + 4 + length, len(extra)) - 7, 8)]
            size = numbers.pop(0) if size == 0xFFFFFFFF and numbers else size
            compressed = numbers.pop(0) if compressed == 0xFFFFFFFF and numbers else compressed
            offset = numbers.pop(0) if offset == 0xFFFFFFFF and numbers else offset
            break
        at += 4 + length
    return compressed, size, offset
