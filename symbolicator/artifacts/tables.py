r"""The compiled file: one container for the tables of every format room.

Named columns of fixed-width integers, string lists and blobs, opened by mmap and never parsed. What the columns mean is the compiler's
affair (its docstring says it); where the file lies and when it is made again is the cache's (`cache.py`).

The layout; every number is little-endian::

    offset  bytes  what
    0       8      magic  89 53 59 4D 54 42 4C 0A  ("\x89SYMTBL\n"; 0x0A catches text-mode copies)
    8       4      u32    version of this container: 2 (1 did not say what a table is made of)
    12      4      u32    D, bytes of the directory
    16      8      u64    P, bytes of the payload
    24      4      u32    crc32 of directory and checksums (bytes 32 .. 32 + D + 4·B)
    28      4      u32    crc32 of bytes 0 .. 28
    32      D      JSON   directory: {"kind", "version", "made_of", "meta", "sections": {name: [typecode, offset, length]}};
                          offset in bytes from the payload's start, a multiple of 8; length in items
    32+D    4·B    u32    crc32 of each 4096-byte block of the payload; B = ceil(P / 4096), the last block may be short
    …              zeros  up to a multiple of 64
    …       P             payload: the sections, each padded with zeros to a multiple of 8

The file ends with the payload; a byte more or less is damage. Typecodes are those of `array`: b B h H i I q Q (1, 2, 4, 8 bytes).

A list of strings `s` is three sections: `s#items` (I; 0 for None, else 1 + the number of a distinct string), `s#starts` (I, or Q
past 4 GiB; where each distinct string starts, and where the last one ends) and `s#heap` (B; UTF-8, lone surrogates as they are).

Example: `TableWriter("demo", 3)` with `column("line", array("H", [7, 9]))` and `strings("name", ["a", None, "a"])` has a payload of
40 bytes::

    00  07 00 09 00 00 00 00 00                line: 7, 9, padding
    08  01 00 00 00 00 00 00 00 01 00 00 00    name#items: 1, 0, 1 ("a", None, "a")
    14  00 00 00 00                            padding
    18  00 00 00 00 01 00 00 00                name#starts: 0, 1
    20  61 00 00 00 00 00 00 00                name#heap: "a", padding

    directory: {"kind":"demo","version":3,"made_of":"","meta":{},"sections":{"line":["H",0,2],
                "name#items":["I",8,3],"name#starts":["I",24,2],"name#heap":["B",32,1]}}

Trust: opening reads the header, the directory and the checksums, all covered by the header's two; a block of the payload is checked the
first time something in it is asked for. So opening 40 MB costs microseconds, and still no flipped byte becomes an answer. `made_of` is the
cache's word for the files and the compiler that a table is of: one that lies in another's place is not believed. That columns fit together
is the indexes' to see (`damage.py`).
"""

from __future__ import annotations

import importlib
import sys
from array import array
from collections.abc import Callable, Iterable
from functools import cache
from mmap import mmap
from struct import Struct
from struct import error as StructError
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from zlib import crc32

from symbolicator.errors import MalformedArtifact

if TYPE_CHECKING:
    from pathlib import Path  # 3 ms of a short run

    from symbolicator.artifacts.front import Directory

MAGIC: Final = b"\x89SYMTBL\n"
CONTAINER_VERSION: Final = 2
BLOCK: Final = 4096
"""Bytes of payload under one checksum."""
_TOGETHER: Final = 256
"""Blocks that are checked in one step where so many are asked for."""

_HEADER: Final = Struct("<8sIIQI")
_HEADER_BYTES: Final = 32
_WIDTHS: Final = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}
_OF_STRINGS: Final = {"items": "I", "starts": "IQ", "heap": "B"}
"""The typecodes of a list of strings' sections."""
_SWAP: Final = sys.byteorder == "big"


class DamagedTable(MalformedArtifact):
    """A compiled table that is truncated, flipped or not a table at all. `origin` is its file, to be given to `Cache.discard`."""

    def __init__(self, reason: str, origin: Path | None = None, offset: int | None = None) -> None:
        super().__init__(reason, offset, None if origin is None else str(origin))
        self.origin = origin


@cache
def _quick_crc32() -> Callable[[bytes | memoryview], int]:
    """libdeflate's, where it is installed: the same numbers at five times the speed."""
    try:
        return importlib.import_module("deflate").crc32  # type: ignore[no-any-return]  # it has no types
    except ImportError:
        return crc32


def _swapped(values: memoryview) -> memoryview:
    """A copy of a typed view with the bytes of each item turned round: what a big-endian host reads and writes."""
    copy = array(values.format, values.tobytes())
    copy.byteswap()
    return memoryview(copy)


class TableWriter:
    """Collects columns, strings and blobs, then writes them as one file. Names are unique and hold no `#`.

    `meta` is JSON-able and read back as a dict: counts, warnings, anything small. Buffers are kept, not copied, until the file is written.
    """

    def __init__(self, kind: str, version: int) -> None:
        self.kind = kind
        self.version = version
        self.made_of = ""
        self.meta: dict[str, Any] = {}
        self._sections: dict[str, memoryview] = {}

    def column(self, name: str, values: array[int] | memoryview | bytes | bytearray) -> TableWriter:
        """Add a column; its typecode (b B h H i I q Q) is the buffer's own. Returns the writer.

        ValueError for another type, a name used twice or one with a `#`.
        """
        self._add(_plain(name), memoryview(values))
        return self

    def blob(self, name: str, data: bytes | bytearray | memoryview) -> TableWriter:
        """Add bytes, to be read back by `blob_window`. Returns the writer."""
        view = memoryview(data)
        self._add(_plain(name), view.cast("B") if view.c_contiguous else memoryview(view.tobytes()))
        return self

    def strings(self, name: str, values: Iterable[str | None]) -> TableWriter:
        """Add a list of strings, equal ones stored once; None and "" are different. Returns the writer."""
        _plain(name)
        numbers: dict[str | None, int] = {None: 0}
        items = array("I", [numbers.setdefault(value, len(numbers)) for value in values])
        encoded = [value.encode("utf-8", "surrogatepass") for value in numbers if value is not None]
        heap = b"".join(encoded)
        starts = array("I" if len(heap) < 1 << 32 else "Q", [0])
        end = 0
        for text in encoded:
            end += len(text)
            starts.append(end)
        self._add(f"{name}#items", memoryview(items))
        self._add(f"{name}#starts", memoryview(starts))
        self._add(f"{name}#heap", memoryview(heap))
        return self

    def to_bytes(self) -> bytes:
        """The whole file."""
        return b"".join(self._pieces())

    def table(self) -> Table:
        """What `Table.open` gives for the whole file, over the buffers as they are: nothing is copied, nothing left to check."""
        return _InMemory(self.kind, self.version, self.meta, self._sections)

    def write(self, file: BinaryIO) -> int:
        """Write the whole file to a binary file; the number of bytes written."""
        written = 0
        for piece in self._pieces():
            file.write(piece)
            written += len(piece)
        return written

    def _add(self, name: str, view: memoryview) -> None:
        if name in self._sections:
            raise ValueError(f"section {name!r} is written twice")
        if view.format not in _WIDTHS or view.ndim != 1 or not view.c_contiguous:
            wanted = " ".join(_WIDTHS)
            raise ValueError(f"section {name!r} is a view of format {view.format!r}; wanted one of {wanted}, contiguous, in one dimension")
        self._sections[name] = view

    def _pieces(self) -> list[bytes | memoryview]:
        """The file in pieces, each of bytes: everything before the payload, then the payload. Big columns are not copied together."""
        parts: list[bytes | memoryview] = []
        places: dict[str, tuple[str, int, int]] = {}
        offset = 0
        for name, view in self._sections.items():
            places[name] = (view.format, offset, len(view))
            if view.nbytes:
                parts.append(_swapped(view) if _SWAP else view.cast("B"))
            padding = -view.nbytes % 8
            parts.append(bytes(padding))
            offset += view.nbytes + padding
        checksums = _checksums(parts)
        if _SWAP:
            checksums.byteswap()
        from symbolicator.artifacts import front as fronts  # see there

        directory = fronts.encode(fronts.Directory(self.kind, self.version, self.made_of, self.meta, places))
        body = directory + checksums.tobytes()
        header = _HEADER.pack(MAGIC, CONTAINER_VERSION, len(directory), offset, crc32(body))
        front = header + crc32(header).to_bytes(4, "little") + body
        return [front + bytes(-len(front) % 64), *parts]


def _sums(content: bytes | memoryview, start: int, stop: int) -> array[int]:
    """The CRC-32 of each of the blocks from `start` to `stop` (bytes; the last block may end with the content)."""
    return array("I", map(_quick_crc32(), [content[at : at + BLOCK] for at in range(start, stop, BLOCK)]))


def _checksums(parts: Iterable[bytes | memoryview]) -> array[int]:
    """The CRC-32 of each block of a payload that comes in parts."""
    checksums = array("I")
    checksum = filled = 0
    for part in parts:
        at = 0
        while at < len(part):
            if not filled and len(part) - at >= _TOGETHER * BLOCK:
                stop = len(part) - (len(part) - at) % BLOCK
                checksums += _sums(part, at, stop)
                at = stop
                continue
            stop = min(at + BLOCK - filled, len(part))
            checksum = crc32(part[at:stop], checksum)
            filled += stop - at
            at = stop
            if filled == BLOCK:
                checksums.append(checksum)
                checksum = filled = 0
    if filled:
        checksums.append(checksum)
    return checksums


def _plain(name: str) -> str:
    if "#" in name:
        raise ValueError(f"a column's name holds no '#': {name!r}")
    return name


class Table:
    """An open table. Made by `Table.open`; safe to share between threads; its buffer lives as long as it and the views it gave out.

    Every accessor checks the blocks it touches, once each, and raises `DamagedTable` for one that is not as it was written, and for a
    name the table does not have. An index outside a column is the caller's mistake: IndexError.
    """

    kind: str
    version: int
    made_of: str
    """What the table was compiled from, and by whom, as the cache calls it; "" where nobody said."""
    meta: dict[str, Any]
    origin: Path | None
    is_ours = False
    """Whether this process wrote it and nobody else could: what is wrong in it is a bug."""
    nbytes: int
    """Bytes of the whole file."""
    mapping: mmap | None
    """The buffer, where it is an mmap, whose pages the system may drop and read again."""

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
        self._good = bytearray(len(checksums))  # 1 where a block was checked; threads may check one twice, to the same end
        self._sections = directory.sections
        self._views: dict[str, tuple[memoryview, int, int, int]] = {}  # of sections that were asked for
        for name, (typecode, offset, length) in directory.sections.items():
            width = _WIDTHS.get(typecode if typecode in _OF_STRINGS.get(name.rpartition("#")[2], typecode) else "")
            if width is None or offset < 0 or offset % 8 or length < 0 or offset + width * length > len(payload):
                reason = f"section {name!r} is {length} of {typecode!r} at {offset}; the payload has {len(payload)} bytes"
                raise DamagedTable(reason, origin)

    @classmethod
    def open(cls, buffer: bytes | bytearray | memoryview | mmap, origin: Path | None = None) -> Table:
        """Open a table over a buffer (bytes, an mmap); `origin` is the file it came from. Raises `DamagedTable`, and nothing else.

        Costs the reading of the directory, and of the checksums: 1 ‰ of the payload.
        """
        try:
            whole = memoryview(buffer).cast("B").toreadonly()
        except (TypeError, ValueError) as error:
            raise DamagedTable(f"not a buffer of bytes: {error}", origin) from error
        try:
            magic, version, directory_bytes, payload_bytes, body_crc = _HEADER.unpack_from(whole)
        except StructError as error:
            raise DamagedTable(f"{len(whole)} bytes are shorter than a header", origin) from error
        if magic != MAGIC:
            raise DamagedTable(f"the magic is {magic.hex()}, not {MAGIC.hex()}", origin)
        if len(whole) < _HEADER_BYTES or crc32(whole[: _HEADER.size]) != int.from_bytes(whole[_HEADER.size : _HEADER_BYTES], "little"):
            raise DamagedTable("the header's checksum does not match", origin)
        if version != CONTAINER_VERSION:
            raise DamagedTable(f"container version {version}; this reads {CONTAINER_VERSION}", origin)
        checksums_at = _HEADER_BYTES + directory_bytes
        front = checksums_at + 4 * (-(-payload_bytes // BLOCK))
        payload_at = front + -front % 64
        if payload_at + payload_bytes != len(whole):
            raise DamagedTable(f"the file has {len(whole)} bytes, its header says {payload_at + payload_bytes}", origin)
        if crc32(whole[_HEADER_BYTES:front]) != body_crc:
            raise DamagedTable("the directory's checksum does not match", origin)
        from symbolicator.artifacts import front as fronts  # see there

        try:
            directory = fronts.decode(whole[_HEADER_BYTES:checksums_at])
        except ValueError as error:
            raise DamagedTable(f"the directory cannot be read: {error}", origin) from error
        checksums = whole[checksums_at:front].cast("I")
        return cls(directory, whole[payload_at:], _swapped(checksums) if _SWAP else checksums, len(whole), origin)

    def names(self) -> tuple[str, ...]:
        """The columns, blobs and string lists, as they were named."""
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
        """A whole column, typed as it was written, every block of it checked."""
        return self.window(name, 0, self.length(name))

    def window(self, name: str, start: int, stop: int) -> memoryview:
        """Items `start` to `stop` of a column, typed; only the blocks they lie in are checked.

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
        return _swapped(view[start:stop]) if _SWAP else view[start:stop]

    def item(self, name: str, i: int) -> int:
        """Item `i` of a column. IndexError outside it."""
        try:
            view, offset, width, length = self._views[name]
        except KeyError:
            view, offset, width, length = self._view(name)
        if not 0 <= i < length:
            raise IndexError(f"{i} of {name!r}, which has {length} items")
        block = (offset + i * width) // BLOCK  # no item lies in two: sections start at multiples of 8
        if not self._good[block]:
            self._check(block, block + 1)
        value: int = _swapped(view[i : i + 1])[0] if _SWAP else view[i]
        return value

    def _view(self, name: str) -> tuple[memoryview, int, int, int]:
        """A section as a typed view, with its offset, the width and the number of its items; made when first asked for."""
        try:
            typecode, offset, length = self._sections[name]
        except KeyError:
            raise self._missing(name) from None
        width = _WIDTHS[typecode]
        view = self._payload[offset : offset + width * length].cast(typecode)  # type: ignore[call-overload]
        self._views[name] = view, offset, width, length
        return self._views[name]

    def string(self, name: str, i: int) -> str | None:
        """String `i` of a list; None where None was written."""
        number = self.item(f"{name}#items", i)
        if number == 0:
            return None
        try:
            start, stop = self.window(f"{name}#starts", number - 1, number + 1)
            return str(self.window(f"{name}#heap", start, stop), "utf-8", "surrogatepass")
        except (IndexError, UnicodeDecodeError) as error:
            raise DamagedTable(f"string {i} of {name!r} is number {number}: {error}", self.origin) from error

    def blob_window(self, name: str, start: int, stop: int) -> memoryview:
        """Bytes `start` to `stop` of a blob; only the blocks they lie in are checked."""
        view = self.window(name, start, stop)
        return view if view.format == "B" else view.cast("B")

    def verify(self) -> None:
        """Check every block. Raises `DamagedTable`."""
        self._check(0, len(self._good))

    def _check(self, first: int, end: int) -> None:
        good, payload = self._good, self._payload
        while end - first >= _TOGETHER:  # the same, in half of the time
            stop = first + _TOGETHER
            if _sums(payload, first * BLOCK, stop * BLOCK).tobytes() != self._checksums[first:stop].tobytes():
                break
            good[first:stop] = b"\1" * _TOGETHER
            first = stop
        for block in range(first, end):
            if not self._good[block]:
                if crc32(self._payload[block * BLOCK : (block + 1) * BLOCK]) != self._checksums[block]:
                    at = self.nbytes - len(self._payload) + block * BLOCK
                    raise DamagedTable(f"block {block} of the payload is not as it was written", self.origin, at)
                self._good[block] = 1

    def _missing(self, name: str) -> DamagedTable:
        has = ", ".join(self.names()) or "nothing"
        return DamagedTable(f"a table of kind {self.kind!r} version {self.version} has no {name!r}; it has {has}", self.origin)


class _InMemory(Table):
    """A table whose sections were never put together."""

    def __init__(self, kind: str, version: int, meta: dict[str, Any], sections: dict[str, memoryview]) -> None:
        self.kind, self.version, self.meta, self.origin = kind, version, meta, None
        self.made_of, self.is_ours = "", True
        self.nbytes = sum(view.nbytes for view in sections.values())
        self.mapping = None
        self._sections = {name: (view.format, 0, len(view)) for name, view in sections.items()}
        self._views = {name: (view.toreadonly(), 0, view.itemsize, len(view)) for name, view in sections.items()}
        longest = max((view.nbytes for view in sections.values()), default=0)
        self._good = bytearray(b"\1") * (longest // BLOCK + 1)

    def window(self, name: str, start: int, stop: int) -> memoryview:
        """See `Table.window`."""
        view, _, _, length = self._view(name)
        if not 0 <= start <= stop <= length:
            raise IndexError(f"{start}..{stop} of {name!r}, which has {length} items")
        return view[start:stop]

    def item(self, name: str, i: int) -> int:
        """See `Table.item`."""
        view, _, _, length = self._view(name)
        if not 0 <= i < length:
            raise IndexError(f"{i} of {name!r}, which has {length} items")
        return int(view[i])

    def verify(self) -> None:
        """Nothing can have changed."""

    def _view(self, name: str) -> tuple[memoryview, int, int, int]:
        try:
            return self._views[name]
        except KeyError:
            raise self._missing(name) from None
