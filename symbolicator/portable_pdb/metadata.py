"""Metadata as .NET stores it: streams, heaps, tables (ECMA-335 §II.24). An assembly holds one, and a Portable PDB is one.

Everything in it is hostile: sizes and offsets are checked against the actual bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from symbolicator.errors import MalformedArtifact
from symbolicator.portable_pdb.schema import COUNT, row_of

MAGIC: Final = b"BSJB"
_ROOT: Final = Struct("<4sHHII")
_STREAM: Final = Struct("<II")
_TABLES: Final = Struct("<IBBBBQQ")
_PDB: Final = Struct("<20sIQ")
_MAX_STREAMS: Final = 64
_MAX_STREAM_NAME: Final = 32
_EXTRA: Final = 0x40
"""A bit of `HeapSizes`: four more bytes follow the numbers of rows."""
_MAX_NAME: Final = 64 << 10
"""Bytes of a name that are read."""


class Metadata:
    """The metadata at `data`. Raises `MalformedArtifact` where its frame cannot be read; what single references lead to is read as nothing
    where it is not there.
    """

    def __init__(self, data: memoryview) -> None:
        self.nbytes = len(data)
        streams = _streams(data)
        self._strings = streams.get(b"#Strings", data[:0])
        self._blobs = streams.get(b"#Blob", data[:0])
        self._guids = streams.get(b"#GUID", data[:0])
        self.pdb_id: bytes | None = None
        """The 20 bytes that a Portable PDB is known by; None for an assembly's metadata."""
        self.rows = [0] * COUNT
        """How many rows each table has, those of the assembly that a Portable PDB is of among them."""
        pdb = streams.get(b"#Pdb")
        if pdb is not None:
            self._read_pdb(pdb)
        tables = streams.get(b"#~") or streams.get(b"#-")
        if tables is None:
            raise MalformedArtifact(f"its metadata has no tables, only {b', '.join(streams).decode('latin-1') or 'nothing'}", 0)
        self._tables: dict[int, tuple[Struct, memoryview]] = {}
        self._read_tables(tables)

    def _read_pdb(self, stream: memoryview) -> None:
        if len(stream) < _PDB.size:
            raise MalformedArtifact(f"its #Pdb stream has {len(stream)} bytes; {_PDB.size} are needed")
        self.pdb_id, _, referenced = _PDB.unpack_from(stream)
        at = _PDB.size
        for table in range(COUNT):
            if referenced >> table & 1:
                self.rows[table] = int.from_bytes(stream[at : at + 4], "little")
                at += 4
        if at > len(stream):
            raise MalformedArtifact(f"its #Pdb stream has {len(stream)} bytes; {at} are needed")

    def _read_tables(self, stream: memoryview) -> None:
        if len(stream) < _TABLES.size:
            raise MalformedArtifact(f"its stream of tables has {len(stream)} bytes; {_TABLES.size} are needed")
        _, _, _, heaps, _, present, _ = _TABLES.unpack_from(stream)
        at = _TABLES.size
        numbers = [table for table in range(COUNT) if present >> table & 1]
        counts = stream[at : at + 4 * len(numbers)]
        if len(counts) < 4 * len(numbers):
            raise MalformedArtifact(f"its stream of tables has {len(stream)} bytes, and ends among the numbers of rows")
        for place, table in enumerate(numbers):
            self.rows[table] = int.from_bytes(counts[4 * place : 4 * place + 4], "little")
        at += 4 * len(numbers) + (4 if heaps & _EXTRA else 0)
        for table in numbers:
            row = row_of(table, self.rows, heaps)
            if row is None:
                return  # those of debugging are the last: what is not known stands behind all that is read
            size = row.size * self.rows[table]
            if at + size > len(stream):
                raise MalformedArtifact(f"its table {table:#04x} would have {self.rows[table]} rows, but its stream ends before")
            self._tables[table] = row, stream[at : at + size]
            at += size

    def count(self, table: int) -> int:
        """The rows of a table that is here."""
        return self.rows[table] if table in self._tables else 0

    def table(self, number: int) -> Iterator[tuple[int, ...]]:
        """The rows of a table, in order; none where it is not here."""
        found = self._tables.get(number)
        return iter(()) if found is None else found[0].iter_unpack(found[1])

    def row(self, number: int, rid: int) -> tuple[int, ...] | None:
        """A row by its number, from 1; None if there is none."""
        found = self._tables.get(number)
        if found is None or not 0 < rid <= self.rows[number]:
            return None
        return found[0].unpack_from(found[1], found[0].size * (rid - 1))

    def string(self, at: int) -> str:
        """A name of the `#Strings` heap; "" if there is none."""
        piece = bytes(self._strings[at : at + 256])
        end = piece.find(b"\0")
        if end < 0:
            piece = bytes(self._strings[at : at + _MAX_NAME])
            end = piece.find(b"\0")
        return piece[: end if end >= 0 else len(piece)].decode("utf-8", "replace")

    def blob(self, at: int) -> memoryview:
        """A blob of the `#Blob` heap, without its size, cut where the heap ends."""
        size, start = unsigned(self._blobs, at)
        return self._blobs[start : start + size]

    def guid(self, number: int) -> bytes:
        """A GUID by its number, from 1, as it is stored; b"" where there is none."""
        return bytes(self._guids[16 * (number - 1) : 16 * number]) if 0 < number <= len(self._guids) // 16 else b""


def _streams(data: memoryview) -> dict[bytes, memoryview]:
    if len(data) < _ROOT.size or bytes(data[:4]) != MAGIC:
        raise MalformedArtifact(f"is not .NET metadata: it starts with {bytes(data[:4]).hex() or 'nothing'}", 0)
    version_size = _ROOT.unpack_from(data)[4]
    at = _ROOT.size + version_size
    if at + 4 > len(data):
        raise MalformedArtifact(f"its metadata has {len(data)} bytes, and a version of {version_size}", 12)
    count = int.from_bytes(data[at + 2 : at + 4], "little")
    at += 4
    if count > _MAX_STREAMS:
        raise MalformedArtifact(f"its metadata has {count} streams; the bound is {_MAX_STREAMS}", at)
    streams: dict[bytes, memoryview] = {}
    for _ in range(count):
        if at + _STREAM.size > len(data):
            raise MalformedArtifact("its metadata ends among the headers of its streams", at)
        offset, size = _STREAM.unpack_from(data, at)
        name, nul, _ = bytes(data[at + 8 : at + 8 + _MAX_STREAM_NAME]).partition(b"\0")
        if not nul:
            raise MalformedArtifact("a stream of its metadata has no name", at)
        if offset + size > len(data):
            raise MalformedArtifact(f"stream {name.decode('latin-1')} ends at {offset + size}; there are {len(data)} bytes", at)
        streams.setdefault(name, data[offset : offset + size])
        at += 8 + (len(name) + 4 & -4)
    return streams


def unsigned(data: memoryview, at: int) -> tuple[int, int]:
    """A compressed number (ECMA-335 §II.23.2) and where it ends; (0, the end) where there is none."""
    size = len(data)
    if at >= size:
        return 0, size
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return ((first & 0x3F) << 8 | data[at + 1], at + 2) if at + 1 < size else (0, size)
    if first < 0xE0 and at + 3 < size:
        return (first & 0x1F) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3], at + 4
    return 0, size


def signed(data: memoryview, at: int) -> tuple[int, int]:
    """A compressed signed number, whose sign is its lowest bit, and where it ends."""
    value, end = unsigned(data, at)
    negative, value = value & 1, value >> 1
    return (value - (0, 0x40, 0x2000, 0, 0x1000_0000)[end - at] if negative and 0 < end - at <= 4 else value), end
