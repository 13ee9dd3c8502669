"""The headers of a Mach-O file: header, load commands, segments and sections. Apple's `<mach-o/loader.h>`, `<mach/machine.h>`.

Owns what is read of one slice, in either order of bytes; which slices a fat file has is `fat.py`'s, what sections hold `file.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.errors import MalformedArtifact

MAGICS: Final = {
    b"\xce\xfa\xed\xfe": (32, "<"), b"\xfe\xed\xfa\xce": (32, ">"), b"\xcf\xfa\xed\xfe": (64, "<"), b"\xfe\xed\xfa\xcf": (64, ">"),
}  # fmt: skip
"""How a file begins: its bits, and the order of its bytes."""

FAT_MAGICS: Final = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
"""How a fat file begins (`fat.py`); Java's classes as the first."""

MH_OBJECT: Final = 1
MH_EXECUTE: Final = 2
MH_CORE: Final = 4
MH_PIE: Final = 0x200000
VM_PROT_EXECUTE: Final = 4
S_ZEROFILL: Final = 1
S_GB_ZEROFILL: Final = 12
S_THREAD_LOCAL_ZEROFILL: Final = 18
S_SYMBOL_STUBS: Final = 8
"""Each piece of it jumps to what an entry of the indirect symbol table names."""
S_ATTR_CODE: Final = 0x80000400
"""`S_ATTR_PURE_INSTRUCTIONS` or `S_ATTR_SOME_INSTRUCTIONS`."""

_LC_SEGMENT: Final = 0x1
_LC_SYMTAB: Final = 0x2
_LC_DYSYMTAB: Final = 0xB
_LC_SEGMENT_64: Final = 0x19
_LC_UUID: Final = 0x1B
_LC_DYLD_INFO: Final = (0x22, 0x80000022)
_LC_FUNCTION_STARTS: Final = 0x26
_LC_LINKER_OPTIMIZATION_HINT: Final = 0x2E
_LC_EXPORTS_TRIE: Final = 0x80000033

_CPUS: Final = {7: "x86", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "arm64", 0x0200000C: "arm64_32", 18: "ppc", 0x01000012: "ppc64"}
_VARIANTS: Final = {
    (0x01000007, 8): "x86_64h", (0x0100000C, 2): "arm64e", (12, 5): "armv4t", (12, 6): "armv6", (12, 7): "armv5", (12, 9): "armv7",
    (12, 10): "armv7f", (12, 11): "armv7s", (12, 12): "armv7k", (12, 14): "armv6m", (12, 15): "armv7m", (12, 16): "armv7em",
}  # fmt: skip
_SUBTYPE: Final = 0xFFFFFF
"""Without the capabilities in the highest byte: 64-bit libraries, pointer authentication and its version."""

_MAX_COMMANDS: Final = 1 << 14
_MAX_SECTIONS: Final = 1 << 12
"""A symbol's section is a byte."""


_TOP: Final = (1 << 64) - 1
_MAX_WARNINGS: Final = 100


class Segment(NamedTuple):
    """A segment. `address` is an svma; `protection` what it is mapped with at first."""

    name: str
    address: int
    memory_size: int
    offset: int
    file_size: int
    protection: int


class Section(NamedTuple):
    """A section: `name` and `segment` as written, cut to 16 characters. Its content is in the file only where `offset` is not 0."""

    name: str
    segment: str
    address: int
    size: int
    offset: int
    flags: int
    relocations: tuple[int, int] = (0, 0)
    """Where those of an object file are, and how many."""
    first_stub: int = 0
    """Of linkage stubs: the entry of the indirect symbol table for the first."""
    stub_size: int = 0

    @property
    def end(self) -> int:
        """The first address beyond it; the greatest one if that would overflow."""
        return min(self.address + self.size, _TOP)

    @property
    def is_code(self) -> bool:
        """Whether there are instructions in it."""
        return bool(self.flags & S_ATTR_CODE)

    @property
    def is_here(self) -> bool:
        """Whether its content is in this file: a dSYM has the code's headers alone."""
        return bool(self.offset and self.size) and self.flags & 0xFF not in (S_ZEROFILL, S_GB_ZEROFILL, S_THREAD_LOCAL_ZEROFILL)


class Extent(NamedTuple):
    """A part of the file."""

    offset: int
    size: int


class SymbolTable(NamedTuple):
    """`LC_SYMTAB`, with the information of `LC_DYSYMTAB`."""

    offset: int
    entries: int
    names: Extent
    local: int | None = None
    """Symbols that only this file sees, including debuggers' notes; None if unknown."""
    external: int | None = None
    """Symbols that others see."""
    indirect: tuple[int, int] = (0, 0)
    """Where the indirect symbol table is, and how many entries it has: numbers of symbols, u32."""


class _Layout(NamedTuple):
    header: int
    """Bytes of it."""
    segment: Struct
    section: Struct


_LAYOUTS: Final = {
    (bits, order): _Layout(header, Struct(order + segment), Struct(order + section))
    for bits, header, segment, section in ((32, 28, "16s4I2i2I", "16s16s9I"), (64, 32, "16s4Q2i2I", "16s16s2Q8I"))
    for order in "<>"
}


def arch_of(cpu: int, subtype: int) -> str:
    """The name of an architecture by Apple's numbers: `arm64e`, `x86_64`, `armv7s`, …; `unknown-<number>` for others."""
    return _VARIANTS.get((cpu, subtype & _SUBTYPE)) or _CPUS.get(cpu) or f"unknown-{cpu}"


class Headers:
    """The headers of a file that is not fat. Broken load commands are skipped with all later ones, with a warning.

    Raises `MalformedArtifact` if `data` is not such a file, or its header cannot be read.
    """

    def __init__(self, data: memoryview) -> None:
        kind = MAGICS.get(bytes(data[:4]))
        if kind is None:
            raise MalformedArtifact(f"is not a Mach-O file: it starts with {bytes(data[:4]).hex()}", 0)
        self.bits, self.order = kind
        self.little_endian = self.order == "<"
        layout = self._layout = _LAYOUTS[kind]
        if len(data) < layout.header:
            raise MalformedArtifact(f"is cut off in its Mach-O header: {len(data)} of {layout.header} bytes", len(data))
        cpu, subtype, self.type, self._count, self._size, self.flags = Struct(self.order + "6I").unpack_from(data, 4)
        self.arch = arch_of(cpu, subtype)
        self.code_mask = ~1 if self.arch.startswith("armv") else ~0
        """What is left of a function's address without the bit that tells Thumb."""
        self.warnings: list[str] = []
        self.uuid: bytes | None = None
        self.symbol_table: SymbolTable | None = None
        self.function_starts: Extent | None = None
        self.exports: Extent | None = None
        self.hints: Extent | None = None
        """Of an object file: which instructions a linker may write anew."""
        segments: list[Segment] = []
        sections: list[Section] = []
        for command, body in self._commands(data):
            self._read(command, body, segments, sections)
        self.segments = tuple(segments)
        self.sections = tuple(sections)

    def _commands(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """The load commands, each with its content after type and size."""
        head = Struct(self.order + "II")
        at = self._layout.header
        end = min(at + self._size, len(data))
        for number in range(self._count):
            command, size = head.unpack_from(data, at) if at + 8 <= end else (0, 0)
            if size < 8 or at + size > end or number >= _MAX_COMMANDS:
                self.warn(f"has {self._count} load commands, of which {number} can be read")
                return
            yield command, data[at + 8 : at + size]
            at += size

    def _read(self, command: int, body: memoryview, segments: list[Segment], sections: list[Section]) -> None:
        if command in (_LC_SEGMENT, _LC_SEGMENT_64):
            self._read_segment(body, segments, sections)
        elif command == _LC_UUID and len(body) >= 16:
            self.uuid = self.uuid or bytes(body[:16])
        elif command == _LC_SYMTAB and len(body) >= 16:
            offset, count, names, size = self._words(body, 0, 4)
            self.symbol_table = SymbolTable(offset, count, Extent(names, size))
        elif command == _LC_DYSYMTAB and len(body) >= 16 and self.symbol_table is not None:
            _, local, _, external = self._words(body, 0, 4)
            offset, count = self._words(body, 48, 2) if len(body) >= 56 else (0, 0)
            self.symbol_table = self.symbol_table._replace(local=local, external=external, indirect=(offset, count))
        elif command == _LC_FUNCTION_STARTS and len(body) >= 8:
            self.function_starts = Extent(*self._words(body, 0, 2))
        elif command == _LC_LINKER_OPTIMIZATION_HINT and len(body) >= 8:
            self.hints = Extent(*self._words(body, 0, 2))
        elif command == _LC_EXPORTS_TRIE and len(body) >= 8:
            self.exports = Extent(*self._words(body, 0, 2))
        elif command in _LC_DYLD_INFO and len(body) >= 40 and self.exports is None:
            self.exports = Extent(*self._words(body, 32, 2))

    def warn(self, text: str) -> None:
        """Say that something was skipped, once."""
        if len(self.warnings) < _MAX_WARNINGS and text not in self.warnings:
            self.warnings.append(text)

    def _words(self, body: memoryview, at: int, count: int) -> tuple[int, ...]:
        return Struct(f"{self.order}{count}I").unpack_from(body, at)

    def _read_segment(self, body: memoryview, segments: list[Segment], sections: list[Section]) -> None:
        segment, section = self._layout.segment, self._layout.section
        if len(body) < segment.size:
            self.warn(f"has a segment of {len(body)} bytes, which are {segment.size} at least")
            return
        name, address, memory_size, offset, file_size, _, protection, count, _ = segment.unpack_from(body)
        segments.append(Segment(_name(name), address, memory_size, offset, file_size, protection))
        fitting = min(count, (len(body) - segment.size) // section.size, _MAX_SECTIONS - len(sections))
        if fitting < count:
            self.warn(f"{_name(name)}: has {count} sections, of which {fitting} can be read")
        for fields in section.iter_unpack(body[segment.size : segment.size + fitting * section.size]):
            name, segment_name, address, size, place, _, relocated, relocations, flags, first, stub_size = fields[:11]
            sections.append(
                Section(_name(name), _name(segment_name), address, size, place, flags, (relocated, relocations), first, stub_size)
            )


def _name(text: bytes) -> str:
    return text.partition(b"\0")[0].decode("latin-1")
