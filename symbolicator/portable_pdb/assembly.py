"""Assemblies: the metadata in a PE file, the PDB that it names, and the one that it may hold (.NET's "PE/COFF Specification Addendum").

Only what .NET needs of a PE file is read here; native code in it is `debugfiles/pe/`'s.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from symbolicator.cached import cached_property
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.portable_pdb.documents import inflate
from symbolicator.portable_pdb.metadata import Metadata
from symbolicator.portable_pdb.schema import METHOD_DEF, MODULE

_SIGNATURE: Final = b"PE\0\0"
_COFF: Final = Struct("<2H3I2H")
_SECTION: Final = Struct("<8s4I")
_SECTION_SIZE: Final = 40
_DEBUG_ENTRY: Final = Struct("<2I2H4I")
_DEBUG, _CLI = 6, 14
"""Numbers of data directories."""
_CODEVIEW, _EMBEDDED, _CHECKSUM = 2, 17, 19
_PORTABLE: Final = 0x504D
_MAX_ENTRIES: Final = 64
_MAX_SECTIONS: Final = 96
_MAX_RECORD: Final = 4096
_TINY, _FAT = 2, 3
"""Forms of a method's body."""
_FAT_SIZE: Final = 12
"""Bytes before the code of the second form."""
MAX_PDB: Final = 1 << 30
"""Bytes that an embedded PDB may decompress to."""


class CodeView(NamedTuple):
    """The PDB that an assembly names: its GUID as stored, the time stamp that makes an id of it, and its path. `portable`: whether that was
    a Portable PDB when the assembly was made.
    """

    guid: bytes
    stamp: int
    age: int
    path: str
    portable: bool


class Assembly:
    """An assembly, from its whole file. Raises `MalformedArtifact` if it is not a PE file, or has no .NET data."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        at = int.from_bytes(data[0x3C:0x40], "little")
        if bytes(data[:2]) != b"MZ" or bytes(data[at : at + 4]) != _SIGNATURE or len(data) < at + 4 + _COFF.size:
            raise MalformedArtifact("is not a PE file", 0)
        _, count, self.timestamp, _, _, optional, _ = _COFF.unpack_from(data, at + 4)
        at += 4 + _COFF.size
        header = data[at : at + optional]
        first = 112 if int.from_bytes(header[:2], "little") == 0x20B else 96
        self.image_size = int.from_bytes(header[56:60], "little")
        directories = int.from_bytes(header[first - 4 : first], "little")
        self._directories = header[first : first + 8 * min(directories, 16)]
        self._sections = [
            _SECTION.unpack_from(data, start)[1:]
            for start in range(at + optional, at + optional + _SECTION_SIZE * min(count, _MAX_SECTIONS), _SECTION_SIZE)
            if start + _SECTION_SIZE <= len(data)
        ]
        address, size = self._directory(_CLI)
        self._cli = self.at(address, size)
        if len(self._cli) < 16:
            raise MalformedArtifact("holds nothing of .NET's: it has no CLI header", 0)

    def _directory(self, number: int) -> tuple[int, int]:
        entry = self._directories[8 * number : 8 * number + 8]
        return int.from_bytes(entry[:4], "little"), int.from_bytes(entry[4:8], "little")

    def at(self, address: int, size: int) -> memoryview:
        """`size` bytes at an address, counted from the load address: cut at the end of the section's content."""
        for virtual_size, start, stored, offset in self._sections:
            if start <= address < start + max(virtual_size, stored):
                inside = address - start
                return self._data[offset + inside : offset + min(inside + size, stored)] if inside < stored else self._data[:0]
        return self._data[:0]

    def code_place(self, address: int) -> tuple[int, int]:
        """Where the IL of the method whose body is at an address begins, and its bytes; (0, 0) where there is none (ECMA-335 §II.25.4)."""
        head = self.at(address, _FAT_SIZE) if address else self._data[:0]
        if not head:
            return 0, 0
        if head[0] & 3 == _TINY:
            return address + 1, head[0] >> 2
        whole = head[0] & 3 == _FAT and len(head) == _FAT_SIZE
        return (address + _FAT_SIZE, int.from_bytes(head[4:8], "little")) if whole else (0, 0)

    def code(self, row: int) -> memoryview:
        """The IL of the method in a row, from 1; nothing where that is not here: AOT compilers may have taken it out."""
        method = self.metadata.row(METHOD_DEF, row)
        return self._data[:0] if method is None else self.at(*self.code_place(method[0]))

    @cached_property
    def metadata(self) -> Metadata:
        """Its metadata."""
        return Metadata(self.at(int.from_bytes(self._cli[8:12], "little"), int.from_bytes(self._cli[12:16], "little")))

    @property
    def mvid(self) -> bytes:
        """The GUID of its module, as stored; b"" if missing."""
        row = self.metadata.row(MODULE, 1)
        return b"" if row is None else self.metadata.guid(row[2])

    @cached_property
    def _entries(self) -> list[tuple[int, int, int, memoryview]]:
        """(type, time stamp, minor version, content) of each entry of the debug directory."""
        address, size = self._directory(_DEBUG)
        table = self.at(address, min(size, _MAX_ENTRIES * _DEBUG_ENTRY.size))
        found = []
        for start in range(0, len(table) - _DEBUG_ENTRY.size + 1, _DEBUG_ENTRY.size):
            _, stamp, _, minor, kind, length, place, offset = _DEBUG_ENTRY.unpack_from(table, start)
            found.append((kind, stamp, minor, self._data[offset : offset + length] if offset else self.at(place, length)))
        return found

    @property
    def code_view(self) -> CodeView | None:
        """The PDB that it names; the portable one if it names several."""
        named: list[CodeView] = []
        for kind, stamp, minor, content in self._entries:
            record = bytes(content[:_MAX_RECORD])
            if kind == _CODEVIEW and record[:4] == b"RSDS" and len(record) >= 24 and any(record[4:20]):
                path = record[24:].partition(b"\0")[0].decode("utf-8", "replace")
                named.append(CodeView(record[4:20], stamp, int.from_bytes(record[20:24], "little"), path, minor == _PORTABLE))
        return next((one for one in named if one.portable), named[0] if named else None)

    @property
    def checksums(self) -> dict[str, str]:
        """The checksums of its PDB, in hex, by their algorithm (`SHA256`)."""
        found: dict[str, str] = {}
        for kind, _, _, content in self._entries:
            if kind == _CHECKSUM:
                name, nul, value = bytes(content[:_MAX_RECORD]).partition(b"\0")
                if nul and name.isalnum():
                    found[name.decode("latin-1")] = value.hex()
        return found

    @property
    def has_embedded_pdb(self) -> bool:
        """Whether it holds its PDB."""
        return any(kind == _EMBEDDED for kind, *_ in self._entries)

    def embedded_pdb(self) -> memoryview:
        """Its embedded PDB. Raises `MalformedArtifact` if there is none, or it cannot be decompressed."""
        content = next((content for kind, _, _, content in self._entries if kind == _EMBEDDED), None)
        if content is None:
            raise MalformedArtifact("holds no PDB: it was not built with DebugType=embedded")
        size = int.from_bytes(content[4:8], "little")
        if bytes(content[:4]) != b"MPDB" or not size or size >> 31:
            raise MalformedArtifact("holds a PDB of a form that is not known")
        if size > MAX_PDB:
            raise LimitExceeded(f"holds a PDB of {size} bytes; the bound is {MAX_PDB}")
        found = inflate(content[8:], size)
        if found is None:
            raise MalformedArtifact(f"holds a PDB that does not decompress to the {size} bytes that it should have")
        return memoryview(found)
