"""Reading compiled tables: `Table`. The layout is described in `tables.py`."""

from __future__ import annotations

import sys
from array import array
from mmap import mmap
from struct import Struct
from struct import error as StructError
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from symbolicator.artifacts.blocks import BLOCK, TOGETHER, block_checksums
from symbolicator.errors import MalformedArtifact

if TYPE_CHECKING:
    from pathlib import Path  # 3 ms of a short run

    from symbolicator.artifacts.table_directory import Directory

MAGIC: Final = b"\x89SYMTBL\n"
CONTAINER_VERSION: Final = 2
HEADER: Final = Struct("<8sIIQI")
"""Bytes 0 to 28; their CRC-32 follows."""
_HEADER_BYTES: Final = 32
WIDTHS: Final = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}
"""Bytes of an item, by typecode."""
_OF_STRINGS: Final = {"items": "I", "starts": "IQ", "heap": "B"}
"""The typecodes of a list of strings' sections."""
BIG_ENDIAN: Final = sys.byteorder == "big"
"""Whether this host must swap bytes."""


class DamagedTable(MalformedArtifact):
    """A compiled table that is truncated, corrupted or not a table at all. `origin` is its file, to be given to `Cache.discard`."""

    def __init__(self, reason: str, origin: Path | None = None, offset: int | None = None) -> None:
        super().__init__(reason, offset, None if origin is None else str(origin))
        self.origin = origin


def swapped(values: memoryview) -> memoryview:
    """A copy of a typed view with the bytes of each item reversed, for big-endian hosts."""
    copy = array(values.format, values.tobytes())
    copy.byteswap()
    return memoryview(copy)


class Table:
    """An open table, created by `Table.open`; safe to share between threads; its buffer lives as long as it and the views it returned.

    Every accessor checks the blocks it reads, once each, and raises `DamagedTable` for a damaged one, and for a
    name that the table does not have. An index outside a column is the caller's mistake: IndexError.
    """

    kind: str
    version: int
    made_of: str
    """What the table was built from, and by which compiler, as the cache writes it; "" if unknown."""
    meta: dict[str, Any]
    origin: Path | None
    is_ours = False
    """Whether this process wrote it and nobody else could have: then an error in it is a bug."""
    nbytes: int
    """Bytes of the whole file."""
    mapping: mmap | None
    """The buffer if it is an mmap, whose pages the system may drop and read again."""

    def __init__(self, directory: Directory, payload: memoryview, checksums: memoryview, nbytes: int, origin: Path | None) -> None:
        self.kind = directory.kind
        self.version = directory.version
        self.made_of = directory.made_of
        self.meta = directory.meta
        self.origin = origin
        self.nbytes = nbytes
        self.mapping = payload.obj if isinstance(payload.obj, mmap) else None
        self._payload = payload
        self._checksums = checksums
        self._good = bytearray(len(checksums))  # 1 for a checked block; two threads may check one twice, with the same result
        self._sections = directory.sections
        self._views: dict[str, tuple[memoryview, int, int, int]] = {}  # of sections used so far
        for name, (typecode, offset, length) in directory.sections.items():
            width = WIDTHS.get(typecode if typecode in _OF_STRINGS.get(name.rpartition("#")[2], typecode) else "")
            if width is None or offset < 0 or offset % 8 or length < 0 or offset + width * length > len(payload):
                reason = f"section {name!r} is {length} items of type {typecode!r} at {offset}; the payload has {len(payload)} bytes"
                raise DamagedTable(reason, origin)

    @classmethod
    def open(cls, buffer: bytes | bytearray | memoryview | mmap, origin: Path | None = None) -> Table:
        """Open a table over a buffer (bytes, an mmap); `origin` is the file it came from. Raises `DamagedTable`, and nothing else.

        Costs reading the directory and the checksums: 1 ‰ of the payload.
        """
        try:
            whole = memoryview(buffer).cast("B").toreadonly()
        except (TypeError, ValueError) as error:
            raise DamagedTable(f"not a bytes buffer: {error}", origin) from error
        try:
            magic, version, directory_bytes, payload_bytes, body_crc = HEADER.unpack_from(whole)
        except StructError as error:
            raise DamagedTable(f"{len(whole)} bytes are less than a header", origin) from error
        if magic != MAGIC:
            raise DamagedTable(f"the magic number is {magic.hex()}, not {MAGIC.hex()}", origin)
        if len(whole) < _HEADER_BYTES or crc32(whole[: HEADER.size]) != int.from_bytes(whole[HEADER.size : _HEADER_BYTES], "little"):
            raise DamagedTable("the header's checksum does not match", origin)
        if version != CONTAINER_VERSION:
            raise DamagedTable(f"container version {version}; this program reads {CONTAINER_VERSION}", origin)
        checksums_at = _HEADER_BYTES + directory_bytes
        front = checksums_at + 4 * (-(-payload_bytes // BLOCK))
        payload_at = front + -front % 64
        if payload_at + payload_bytes != len(whole):
            raise DamagedTable(f"the file has {len(whole)} bytes, its header says {payload_at + payload_bytes}", origin)
        if crc32(whole[_HEADER_BYTES:front]) != body_crc:
            raise DamagedTable("the directory's checksum does not match", origin)
        from symbolicator.artifacts import table_directory

        try:
            directory = table_directory.decode(whole[_HEADER_BYTES:checksums_at])
        except ValueError as error:
            raise DamagedTable(f"the directory cannot be read: {error}", origin) from error
        checksums = whole[checksums_at:front].cast("I")
        return cls(directory, whole[payload_at:], swapped(checksums) if BIG_ENDIAN else checksums, len(whole), origin)

    def names(self) -> tuple[str, ...]:
        """The names of the columns, blobs and string lists."""
        return tuple(dict.fromkeys(name.partition("#")[0] for name in self._sections))

    def length(self, name: str) -> int:
        """The number of items of a column, strings of a list, or bytes of a blob."""
        found = self._sections.get(name) or self._sections.get(f"{name}#items")
        if found is None:
            raise self._missing(name)
        return found[2]

    def typecode(self, name: str) -> str:
        """The typecode of a column; `B` for a blob."""
        found = self._sections.get(name)
        if found is None:
            raise self._missing(name)
        return found[0]

    def column(self, name: str) -> memoryview:
        """A whole column, with its type, every block of it checked."""
        return self.window(name, 0, self.length(name))

    def window(self, name: str, start: int, stop: int) -> memoryview:
        """Items `start` to `stop` of a column, with its type; only their blocks are checked.

        IndexError outside 0 ≤ start ≤ stop ≤ length.
        """
        try:
            view, offset, width, length = self._views[name]
        except KeyError:
            view, offset, width, length = self._view(name)
        if not 0 <= start <= stop <= length:
            raise IndexError(f"{start}..{stop} of {name!r}, which has {length} items")
        if start != stop:
            first, last = (offset + start * width) // BLOCK, (offset + stop * width - 1) // BLOCK
            if not self._good[first] or (first != last and self._good.find(0, first, last + 1) >= 0):
                self._check(first, last + 1)
        return swapped(view[start:stop]) if BIG_ENDIAN else view[start:stop]

    def item(self, name: str, i: int) -> int:
        """Item `i` of a column. IndexError outside it."""
        try:
            view, offset, width, length = self._views[name]
        except KeyError:
            view, offset, width, length = self._view(name)
        if not 0 <= i < length:
            raise IndexError(f"{i} of {name!r}, which has {length} items")
        block = (offset + i * width) // BLOCK  # no item spans two: sections start at multiples of 8
        if not self._good[block]:
            self._check(block, block + 1)
        value: int = swapped(view[i : i + 1])[0] if BIG_ENDIAN else view[i]
        return value

    def _view(self, name: str) -> tuple[memoryview, int, int, int]:
        """A section as a typed view, with its offset, the width and the number of its items; created when first used."""
        try:
            typecode, offset, length = self._sections[name]
        except KeyError:
            raise self._missing(name) from None
        width = WIDTHS[typecode]
        view = self._payload[offset : offset + width * length].cast(typecode)  # type: ignore[call-overload]
        self._views[name] = view, offset, width, length
        return self._views[name]

    def string(self, name: str, i: int) -> str | None:
        """String `i` of a list; None if None was written."""
        number = self.item(f"{name}#items", i)
        if number == 0:
            return None
        try:
            start, stop = self.window(f"{name}#starts", number - 1, number + 1)
            return str(self.window(f"{name}#heap", start, stop), "utf-8", "surrogatepass")
        except (IndexError, UnicodeDecodeError) as error:
            raise DamagedTable(f"string {i} of {name!r} is number {number}: {error}", self.origin) from error

    def blob_window(self, name: str, start: int, stop: int) -> memoryview:
        """Bytes `start` to `stop` of a blob; only their blocks are checked."""
        view = self.window(name, start, stop)
        return view if view.format == "B" else view.cast("B")

    def verify(self) -> None:
        """Check every block. Raises `DamagedTable`."""
        self._check(0, len(self._good))

    def _check(self, first: int, end: int) -> None:
        good, payload = self._good, self._payload
        while end - first >= TOGETHER:  # the same, in half the time
            stop = first + TOGETHER
            if block_checksums(payload, first * BLOCK, stop * BLOCK).tobytes() != self._checksums[first:stop].tobytes():
                break
            good[first:stop] = b"\1" * TOGETHER
            first = stop
        for block in range(first, end):
            if not self._good[block]:
                if crc32(self._payload[block * BLOCK : (block + 1) * BLOCK]) != self._checksums[block]:
                    at = self.nbytes - len(self._payload) + block * BLOCK
                    raise DamagedTable(f"block {block} of the payload is damaged", self.origin, at)
                self._good[block] = 1

    def _missing(self, name: str) -> DamagedTable:
        has = ", ".join(self.names()) or "nothing"
        return DamagedTable(f"a table of kind {self.kind!r} version {self.version} has no {name!r}; it has {has}", self.origin)
