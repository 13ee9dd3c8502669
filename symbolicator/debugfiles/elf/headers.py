"""The headers of an ELF file: file header, program headers, section headers, notes. Tool Interface Standard 1.2, System V gABI 4.1.

Read in bulk with `struct`: identifying a folder of 100,000 libraries allows 50 µs for each, while pyelftools takes 500 µs to open a file
and another 30 for each section (a kernel object has 100,000). `file.py` reads the sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.errors import LimitExceeded, MalformedArtifact

MAGIC: Final = b"\x7fELF"

ET_REL: Final = 1
ET_EXEC: Final = 2
ET_DYN: Final = 3
ET_CORE: Final = 4
PT_LOAD: Final = 1
PT_DYNAMIC: Final = 2
PT_NOTE: Final = 4
PF_X: Final = 1
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_RELA: Final = 4
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHT_DYNSYM: Final = 11
SHT_SYMTAB_SHNDX: Final = 18
SHF_ALLOC: Final = 2
SHF_EXECINSTR: Final = 4
SHF_COMPRESSED: Final = 0x800
_SHN_XINDEX: Final = 0xFFFF
_PN_XNUM: Final = 0xFFFF
_NT_GNU_BUILD_ID: Final = 3

MAX_SECTIONS: Final = 1 << 18
"""Kernels linked with one section for each function have some 100,000."""
MAX_SEGMENTS: Final = 1 << 12
_NAME: Final = 64
"""Bytes of a section's name that are read: all real names are shorter, and a string table without NULs is a bomb."""
_MAX_NOTES: Final = 64
_MAX_BUILD_ID: Final = 64


class Segment(NamedTuple):
    """A program header. `address` is an svma."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int


class Section(NamedTuple):
    """A section header. `name` is cut to 64 bytes; `address` is an svma, always 0 in a relocatable file."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int


class _Layout(NamedTuple):
    header: Struct
    segment: Struct
    section: Struct


_LAYOUTS: Final = {
    (bits, order): _Layout(*(Struct(order + form) for form in forms))
    for bits, forms in ((1, ("HHIIIIIHHHHHH", "8I", "10I")), (2, ("HHIQQQIHHHHHH", "IIQQQQQQ", "IIQQQQIIQQ")))
    for order in "<>"
}


class Headers:
    """The headers of a file. Tables that run past the end of the file are cut there, with a warning.

    Raises `MalformedArtifact` if `data` is not an ELF file, or its header cannot be read.
    """

    __slots__ = (
        "_data", "_heap", "_layout", "_section_table", "_sections",
        "bits", "flags", "little_endian", "machine", "segments", "type", "warnings",
    )  # fmt: skip

    def __init__(self, data: memoryview) -> None:
        head = bytes(data[:64])
        if head[:4] != MAGIC:
            raise MalformedArtifact(f"is not an ELF file: it starts with {head[:4].hex()}", 0)
        layout = _LAYOUTS.get((head[4] if len(head) > 4 else 0, {1: "<", 2: ">"}.get(head[5] if len(head) > 5 else 0, "")))
        if layout is None:
            raise MalformedArtifact(f"is an ELF file of unknown class {head[4:5].hex()} and byte order {head[5:6].hex()}", 4)
        if len(head) < 16 + layout.header.size:
            raise MalformedArtifact(f"is cut off in its ELF header: {len(head)} of {16 + layout.header.size} bytes", len(head))
        self._data = data
        self._layout = layout
        self.bits = 32 * head[4]
        self.little_endian = head[5] == 1
        self.warnings: list[str] = []
        (
            self.type, self.machine, _, _, segments_at, sections_at, self.flags, _, segment_size, segment_count, section_size,
            section_count, names,
        ) = layout.header.unpack_from(head, 16)  # fmt: skip
        self._section_table: tuple[int, int, int] | None = None
        self._sections: tuple[Section, ...] | None = None
        self._heap: bytes | None = None
        if sections_at and section_size == layout.section.size and sections_at + section_size <= len(data):
            first = Section("", *layout.section.unpack_from(data, sections_at)[1:])
            # Numbers too large for the header are in the first section (gABI, e_shnum, e_shstrndx, PN_XNUM).
            section_count = section_count or first.size
            names = first.link if names == _SHN_XINDEX else names
            segment_count = first.info if segment_count == _PN_XNUM else segment_count
            self._section_table = sections_at, section_count, names
        elif sections_at and section_count:
            self.warnings.append(f"no section can be read: headers of {section_size} bytes at {sections_at}, the file has {len(data)}")
        self.segments: tuple[Segment, ...] = ()
        if segments_at and segment_size == layout.segment.size:
            self.segments = tuple(self._read_segments(segments_at, segment_count))

    def _read_segments(self, start: int, count: int) -> Iterator[Segment]:
        size = self._layout.segment.size
        fitting = min(count, MAX_SEGMENTS, max(0, len(self._data) - start) // size)
        if fitting < count:
            self.warnings.append(f"has {count} program headers, of which {fitting} can be read")
        for fields in self._layout.segment.iter_unpack(self._data[start : start + fitting * size]):
            if self.bits == 64:
                kind, flags, offset, address, _, file_size, memory_size, align = fields
            else:
                kind, offset, address, _, file_size, memory_size, flags, align = fields
            yield Segment(kind, flags, offset, address, file_size, memory_size, align)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections, by index. Raises `LimitExceeded` for more than `MAX_SECTIONS`."""
        if self._sections is None:
            self._sections = tuple(self._read_sections())
        return self._sections

    def _read_sections(self) -> Iterator[Section]:
        if self._section_table is None:
            return
        start, count, _ = self._section_table
        fitting = self._fitting()
        if fitting > MAX_SECTIONS:
            raise LimitExceeded(f"has {fitting} sections; the limit is {MAX_SECTIONS}", start)
        if fitting < count:
            self.warnings.append(f"has {count} sections, of which {fitting} are within the file")
        heap = self.section_names
        for fields in self._raw_sections():
            at = fields[0]
            yield Section(heap[at : at + _NAME].split(b"\0", 1)[0].decode("latin-1"), *fields[1:])

    def _fitting(self) -> int:
        """How many section headers are within the file."""
        if self._section_table is None:
            return 0
        return min(self._section_table[1], (len(self._data) - self._section_table[0]) // self._layout.section.size)

    def _raw_sections(self) -> Iterator[tuple[int, ...]]:
        if self._section_table is None:
            return iter(())
        start, layout = self._section_table[0], self._layout.section
        return layout.iter_unpack(self._data[start : start + min(self._fitting(), MAX_SECTIONS) * layout.size])

    @property
    def section_names(self) -> bytes:
        """The names of the sections as they are in the file, each with a NUL; one may be the end of another."""
        if self._heap is None:
            self._heap = b""
            if self._section_table is not None and self._section_table[2] < self._fitting():
                start, _, names = self._section_table
                table = self._layout.section.unpack_from(self._data, start + names * self._layout.section.size)
                self._heap = bytes(self._data[table[4] : table[4] + min(table[5], MAX_SECTIONS * _NAME)])
        return self._heap

    def find_section(self, name: bytes) -> Section | None:
        """One section, without reading the names of all; also None if its name is only the end of another's."""
        at = self.section_names.find(b"\0" + name + b"\0") + 1
        if not at:
            return None
        return next((Section(name.decode(), *fields[1:]) for fields in self._raw_sections() if fields[0] == at), None)

    def notes(self) -> Iterator[tuple[bytes, int, memoryview]]:
        """Owner, type and content of each note: the segments', then the sections' (a debug file's segments may be stale)."""
        left = _MAX_NOTES
        for start, size, align in self._note_areas():
            for note in _notes(self._data[start : start + size], "<" if self.little_endian else ">", align):
                yield note
                left -= 1
                if not left:
                    return

    def _note_areas(self) -> Iterator[tuple[int, int, int]]:
        for segment in self.segments:
            if segment.type == PT_NOTE:
                yield segment.offset, segment.file_size, segment.align
        for section in self.sections:
            if section.type == SHT_NOTE:
                yield section.offset, section.size, section.align

    def build_id(self) -> bytes | None:
        """The content of the first note that is GNU's build id."""
        for owner, kind, content in self.notes():
            if kind == _NT_GNU_BUILD_ID and owner == b"GNU" and 0 < len(content) <= _MAX_BUILD_ID:
                return bytes(content)
        return None


def _notes(area: memoryview, order: str, align: int) -> Iterator[tuple[bytes, int, memoryview]]:
    head = Struct(order + "III")
    align = 8 if align == 8 else 4
    at = 0
    while at + 12 <= len(area):
        name_size, size, kind = head.unpack_from(area, at)
        content = at + 12 + name_size + -(12 + name_size) % align
        if content + size > len(area):
            return
        yield bytes(area[at + 12 : at + 12 + min(name_size, _NAME)]).rstrip(b"\0"), kind, area[content : content + size]
        at = content + size + -size % align
