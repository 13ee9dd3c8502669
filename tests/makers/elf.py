"""Small ELF files out of nothing: sections, segments and symbols of either class and byte order."""

from __future__ import annotations

import struct
from typing import NamedTuple

PROGBITS, SYMTAB, STRTAB, RELA, NOTE, NOBITS, REL, DYNSYM = 1, 2, 3, 4, 7, 8, 9, 11
ALLOC, EXEC, COMPRESSED = 2, 4, 0x800
REL_FILE, EXEC_FILE, DYN_FILE, CORE_FILE = 1, 2, 3, 4
X86_64, I386, ARM, ARM64, MIPS, PPC64, RISCV = 62, 3, 40, 183, 8, 21, 243
GLOBAL_FUNC, LOCAL_FUNC, WEAK_FUNC, LOCAL_LABEL, GLOBAL_LABEL, IFUNC = 0x12, 0x02, 0x22, 0x00, 0x10, 0x1A


class Made(NamedTuple):
    name: str
    content: bytes = b""
    type: int = PROGBITS
    flags: int = 0
    address: int = 0
    link: int = 0
    info: int = 0
    size: int | None = None
    align: int = 1


class Maker:
    def __init__(self, bits=64, little=True, machine=X86_64, kind=DYN_FILE, flags=0):
        self.bits, self.little, self.machine, self.kind, self.flags = bits, little, machine, kind, flags
        self.sections = [Made("", type=0)]
        self.segments = []

    def pack(self, form, *values):
        return struct.pack(("<" if self.little else ">") + form, *values)

    def add(self, *args, **kwargs):
        """The index of a new section."""
        self.sections.append(Made(*args, **kwargs))
        return len(self.sections) - 1

    def load(self, address, size, flags=5, align=0x1000, kind=1, offset=0):
        self.segments.append((kind, flags, offset, address, size, align))
        return self

    def build_id(self, build_id):
        note = self.pack("III", 4, len(build_id), 3) + b"GNU\0" + build_id
        self.add(".note.gnu.build-id", note, NOTE, ALLOC, align=4)
        return self

    def symbols(self, rows, name=".symtab", strings=".strtab", kind=SYMTAB):
        """`rows`: (name, value, size, info, section). The index of the table."""
        heap, entries = b"\0", self._symbol(0, 0, 0, 0, 0)
        for symbol, value, size, info, section in rows:
            entries += self._symbol(len(heap), value, size, info, section)
            heap += symbol + b"\0"
        return self.add(name, entries, kind, link=self.add(strings, heap, STRTAB))

    def _symbol(self, name, value, size, info, section):
        if self.bits == 64:
            return self.pack("IBBHQQ", name, info, 0, section, value, size)
        return self.pack("IIIBBH", name, value, size, info, 0, section)

    def rela(self, offset, symbol, kind, addend):
        if self.bits == 64:
            return self.pack("QQq", offset, symbol << 32 | kind, addend)
        return self.pack("IIi", offset, symbol << 8 | kind, addend)

    def build(self) -> memoryview:
        sections = [*self.sections, Made(".shstrtab", type=STRTAB)]
        heap, names = b"\0", []
        for section in sections:
            names.append(len(heap) if section.name else 0)
            heap += section.name.encode() + b"\0" if section.name else b""
        sections[-1] = sections[-1]._replace(content=heap)
        header_size, segment_size = (64, 56) if self.bits == 64 else (52, 32)
        start = header_size + segment_size * len(self.segments)
        body = bytearray()
        table = b""
        for section, name in zip(sections, names, strict=True):
            body += bytes(-(start + len(body)) % 8)
            offset = start + len(body) if section.type else 0
            if section.type != NOBITS:
                body += section.content
            size = len(section.content) if section.size is None else section.size
            fields = (name, section.type, section.flags, section.address, offset, size, section.link, section.info, section.align, 0)
            table += self.pack("IIQQQQIIQQ" if self.bits == 64 else "10I", *fields)
        body += bytes(-(start + len(body)) % 8)
        segments = b""
        for kind, flags, offset, address, size, align in self.segments:
            if self.bits == 64:
                segments += self.pack("IIQQQQQQ", kind, flags, offset, address, address, size, size, align)
            else:
                segments += self.pack("8I", kind, offset, address, address, size, size, flags, align)
        header = b"\x7fELF" + bytes((self.bits // 32, 1 if self.little else 2, 1)) + bytes(9)
        header += self.pack(
            "HHIQQQIHHHHHH" if self.bits == 64 else "HHIIIIIHHHHHH",
            self.kind, self.machine, 1, 0, header_size if segments else 0, start + len(body), self.flags, header_size, segment_size,
            len(self.segments), 64 if self.bits == 64 else 40, len(sections), len(sections) - 1,
        )  # fmt: skip
        return memoryview(header + segments + body + table)


def program(**kwargs) -> Maker:
    """A file with 0x100 bytes of code at 0x1000, section 1."""
    maker = Maker(**kwargs)
    maker.load(0, 0x3000)
    maker.add(".text", bytes(range(256)), PROGBITS, ALLOC | EXEC, address=0x1000)
    return maker
