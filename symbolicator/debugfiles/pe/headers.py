"""The headers of PE files: machine, base, sections, data directories. Microsoft's "PE Format" specification."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.cached import cached_property
from symbolicator.errors import MalformedArtifact

MAGIC: Final = b"MZ"
RELOCS_STRIPPED: Final = 0x0001
EXPORTS: Final = 0
EXCEPTIONS: Final = 3
DEBUG: Final = 6
"""Numbers of data directories."""
_SIGNATURE: Final = b"PE\0\0"
_COFF: Final = Struct("<2H3I2H")
_SECTION: Final = Struct("<8s6I2HI")
_PE32: Final = 0x10B
_PE32_PLUS: Final = 0x20B
_CODE: Final = 0x20000020
"""Contains code, or may be executed."""
_MAX_SECTIONS: Final = 1 << 16
_MAX_DIRECTORIES: Final = 16
_MAX_NAME: Final = 256
_MAX_WARNINGS: Final = 100
_ARCHES: Final = {
    0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64", 0xA641: "arm64", 0xA64E: "arm64", 0x1C0: "arm", 0x1C2: "arm", 0x1C4: "arm",
    0x200: "ia64", 0x5032: "riscv32", 0x5064: "riscv64", 0x6232: "loongarch32", 0x6264: "loongarch64",
}  # fmt: skip
"""By machine, our names; ARM64EC and ARM64X have ARM64's instructions."""


class Section(NamedTuple):
    """A section. `address` counts from the load address, `offset` is in the file; `file_size` bytes of it are in the file."""

    name: str
    address: int
    size: int
    offset: int
    file_size: int
    is_code: bool


class Directory(NamedTuple):
    """A data directory: its place, counted from the load address, and its bytes."""

    address: int
    size: int


def is_pe(data: memoryview) -> bool:
    """Whether a file that begins like a DOS program is a PE file."""
    if len(data) < 0x40 or bytes(data[:2]) != MAGIC:
        return False
    at = int.from_bytes(data[0x3C:0x40], "little")
    return bytes(data[at : at + 4]) == _SIGNATURE


class Headers:
    """The headers of a whole file. Raises `MalformedArtifact` if they are not complete."""

    def __init__(self, data: memoryview) -> None:
        if not is_pe(data):
            raise MalformedArtifact("is a DOS or 16-bit Windows program: it has no PE header", 0)
        self._data = data
        self.warnings: list[str] = []
        at = int.from_bytes(data[0x3C:0x40], "little") + 4
        if len(data) < at + _COFF.size:
            raise MalformedArtifact(f"is truncated: it has {len(data)} bytes, but its header is at {at}", at)
        machine, count, self.timestamp, self.symbols_at, self.symbol_count, optional, self.characteristics = _COFF.unpack_from(data, at)
        self.arch = _ARCHES.get(machine, f"unknown-{machine}")
        at += _COFF.size
        header = data[at : at + optional]
        magic = int.from_bytes(header[:2], "little")
        if magic not in (_PE32, _PE32_PLUS):
            raise MalformedArtifact(f"has an optional header of kind {magic:#x}; supported are 0x10b and 0x20b", at)
        wide = magic == _PE32_PLUS
        self.bits = 64 if wide else 32
        first = 112 if wide else 96
        if len(header) < first:
            raise MalformedArtifact(f"has {len(header)} bytes of optional header; {first} are needed", at)
        self.image_base = int.from_bytes(header[24:32] if wide else header[28:32], "little")
        self.image_size = int.from_bytes(header[56:60], "little")
        directories = min(int.from_bytes(header[first - 4 : first], "little"), _MAX_DIRECTORIES, (len(header) - first) // 8)
        self._directories = [
            Directory(int.from_bytes(header[i : i + 4], "little"), int.from_bytes(header[i + 4 : i + 8], "little"))
            for i in range(first, first + 8 * directories, 8)
        ]
        self.sections = tuple(self._sections(at + optional, count))

    def warn(self, text: str) -> None:
        """Note what was skipped."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(text)

    def _sections(self, at: int, count: int) -> Iterator[Section]:
        table = self._data[at : at + count * _SECTION.size]
        if len(table) < count * _SECTION.size:
            self.warn(f"has {count} sections, and {len(table) // _SECTION.size} of their headers are within the file")
        for start in range(0, len(table) - _SECTION.size + 1, _SECTION.size):
            name, size, address, file_size, offset, *_, flags = _SECTION.unpack_from(table, start)
            # Content beyond a section's size is the file's padding; a section without a size has its size in the file.
            stored = min(file_size, size or file_size) if offset else 0
            there = min(stored, max(len(self._data) - offset, 0))
            if there < stored:
                self.warn(f"has a section of {stored} bytes at {offset}, of which {there} are within the file: it is cut short")
            stored = there
            yield Section(self._section_name(name), address, size or file_size, offset, stored, bool(flags & _CODE))

    def _section_name(self, raw: bytes) -> str:
        """A section's name; `/4` and `//AAAAAE` (base 64) are offsets in the string table."""
        text = raw.rstrip(b"\0").decode("latin-1")
        if not text.startswith("/"):
            return text
        at = _base64(text[2:]) if text.startswith("//") else int(text[1:]) if text[1:].isascii() and text[1:].isdigit() else None
        if at is None:
            return text
        piece = bytes(self.strings[at : at + _MAX_NAME])
        return piece.partition(b"\0")[0].decode("latin-1")

    @property
    def has_symbols(self) -> bool:
        """Whether it has a symbol table that begins within the file."""
        return bool(self.symbols_at and self.symbol_count and self.symbols_at < len(self._data))

    @cached_property
    def strings(self) -> memoryview:
        """The string table, which is after the symbols; offsets count from its size, its first four bytes."""
        if not self.symbols_at:
            return self._data[:0]
        at = self.symbols_at + 18 * self.symbol_count
        size = int.from_bytes(self._data[at : at + 4], "little")
        return self._data[at : at + size]

    def directory(self, number: int) -> Directory | None:
        """A data directory; None if there is none."""
        found = self._directories[number] if number < len(self._directories) else Directory(0, 0)
        return found if found.address and found.size else None

    def at(self, address: int, size: int) -> memoryview:
        """`size` bytes at an address, counted from the load address: cut at the end of the section's content."""
        place = bisect_right(self._starts, address) - 1
        section = self._in_order[place] if place >= 0 else None
        if section is None or address >= section.address + section.file_size:
            return self._data[:0]
        start = section.offset + address - section.address
        return self._data[start : min(start + size, section.offset + section.file_size)]

    @cached_property
    def _in_order(self) -> list[Section]:
        return sorted((one for one in self.sections if one.file_size), key=lambda one: one.address)

    @cached_property
    def _starts(self) -> list[int]:
        return [one.address for one in self._in_order]


def _base64(text: str) -> int | None:
    value = 0
    for char in text:
        digit = _DIGITS.find(char)
        if digit < 0:
            return None
        value = value * 64 + digit
    return value


_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
