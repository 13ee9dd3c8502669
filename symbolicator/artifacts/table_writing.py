"""Writing compiled tables: `TableWriter`. The layout is described in `tables.py`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, BinaryIO
from zlib import crc32

from symbolicator.artifacts.blocks import BLOCK, payload_checksums
from symbolicator.artifacts.table_reading import BIG_ENDIAN, CONTAINER_VERSION, HEADER, MAGIC, WIDTHS, Table, swapped


class TableWriter:
    """Collects columns, strings and blobs, then writes them as one file. Names are unique and contain no `#`.

    `meta` must be serializable as JSON and is read back as a dict: counts, warnings, anything small. Buffers are copied only when the file
    is written.
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
        """What `Table.open` would return for the whole file, over the same buffers: nothing is copied, and no checks are needed."""
        return _InMemory(self.kind, self.version, self.meta, self._sections)

    def write(self, file: BinaryIO) -> int:
        """Write the whole file to a binary file; returns the number of bytes written."""
        written = 0
        for piece in self._pieces():
            file.write(piece)
            written += len(piece)
        return written

    def _add(self, name: str, view: memoryview) -> None:
        if name in self._sections:
            raise ValueError(f"section {name!r} is written twice")
        if view.format not in WIDTHS or view.ndim != 1 or not view.c_contiguous:
            wanted = " ".join(WIDTHS)
            raise ValueError(f"section {name!r} has format {view.format!r}; expected one of {wanted}, contiguous, in one dimension")
        self._sections[name] = view

    def _pieces(self) -> list[bytes | memoryview]:
        """The file as pieces of bytes: everything before the payload, then the payload. Big columns are not joined."""
        parts: list[bytes | memoryview] = []
        places: dict[str, tuple[str, int, int]] = {}
        offset = 0
        for name, view in self._sections.items():
            places[name] = (view.format, offset, len(view))
            if view.nbytes:
                parts.append(swapped(view) if BIG_ENDIAN else view.cast("B"))
            padding = -view.nbytes % 8
            parts.append(bytes(padding))
            offset += view.nbytes + padding
        checksums = payload_checksums(parts)
        if BIG_ENDIAN:
            checksums.byteswap()
        from symbolicator.artifacts import table_directory

        directory = table_directory.encode(table_directory.Directory(self.kind, self.version, self.made_of, self.meta, places))
        body = directory + checksums.tobytes()
        header = HEADER.pack(MAGIC, CONTAINER_VERSION, len(directory), offset, crc32(body))
        front = header + crc32(header).to_bytes(4, "little") + body
        return [front + bytes(-len(front) % 64), *parts]


def _plain(name: str) -> str:
    """The name of a column, a blob or a list. Raises ValueError for one that could be a section of a list."""
    if "#" in name:
        raise ValueError(f"a column's name must not contain '#': {name!r}")
    return name


class _InMemory(Table):
    """A table over the writer's own buffers: its sections stay where they are, and nobody else can have changed them."""

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
