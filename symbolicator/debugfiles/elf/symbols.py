"""The symbols of one ELF file, from wherever it has them: `.symtab`, `.dynsym`, `.gnu_debugdata`, and the stubs of its linkage tables."""

from __future__ import annotations

from array import array
from typing import Final, Protocol

from symbolicator.debugfiles.elf import plt, relocations
from symbolicator.debugfiles.elf.headers import SHT_DYNSYM, SHT_NOBITS, SHT_RELA, SHT_SYMTAB, SHT_SYMTAB_SHNDX, Headers
from symbolicator.debugfiles.elf.symbol_tables import Columns, Descriptors, collect, read_columns
from symbolicator.debugfiles.symbols import FUNCTION, STUB, Collector, Symbols, string_at
from symbolicator.errors import LimitExceeded, MalformedArtifact

_SHN_XINDEX: Final = 0xFFFF
_SHN_LORESERVE: Final = 0xFF00
_SHN_ABS: Final = 0xFFF1
_STT_FUNC: Final = 2
_MAX_SYMBOLS: Final = 1 << 24


class SectionFile(Protocol):
    """What is asked of an ELF file here; `ElfFile` is one."""

    headers: Headers
    arch: str
    bits: int
    little_endian: bool
    relocatable: bool

    @property
    def addresses(self) -> dict[int, int]:
        """Where the sections of a relocatable file are put, by index."""

    @property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """Where code is, svma."""

    @property
    def debugdata(self) -> SectionFile | None:
        """The file in `.gnu_debugdata`."""

    def has(self, name: str) -> bool:
        """Whether a section has content in this file."""

    def section(self, name: str) -> memoryview | None:
        """The content of a section."""

    def section_address(self, name: str) -> int | None:
        """A section's svma."""

    def content(self, index: int) -> memoryview:
        """The content of section `index`. Raises `MalformedArtifact`."""

    def warn(self, text: str) -> None:
        """Note what was skipped."""


class Code:
    """What is known of a file's code by name: made when it is asked for, since it holds on to the file."""

    def __init__(self, file: SectionFile) -> None:
        self._file = file
        self._columns: dict[int, Columns] = {}

    def symbols(self) -> Symbols:
        """All symbols, put in order."""
        into = Collector()
        self._add_tables(into, SHT_SYMTAB)
        if not len(into):
            self._add_tables(into, SHT_DYNSYM)
            inner = self._file.debugdata
            if inner is not None:
                Code(inner)._add_tables(into, SHT_SYMTAB, within=self._file)
        self._add_stubs(into)
        return into.finish()

    def columns(self, index: int) -> Columns:
        """A symbol table's columns. Raises `MalformedArtifact`."""
        if index not in self._columns:
            file = self._file
            content = file.content(index)
            if len(content) > _MAX_SYMBOLS * 24:
                raise LimitExceeded(f"has {len(content) // 24} symbols; the limit is {_MAX_SYMBOLS}")
            self._columns[index] = read_columns(content, file.bits, file.little_endian)
        return self._columns[index]

    def values(self, index: int) -> list[int]:
        """What each symbol of a relocatable file stands for, by the places its sections are put at; 0 for what is defined elsewhere."""
        file = self._file
        if index >= len(file.headers.sections):
            raise MalformedArtifact(f"refers to section {index} for its symbols; there are {len(file.headers.sections)}")
        columns, extended, addresses = self.columns(index), self._extended(index), file.addresses
        thumb = file.arch == "arm"
        values: list[int] = []
        for i, (value, kind) in enumerate(zip(columns.value, columns.kind, strict=True)):
            section = kind >> 16
            if section == _SHN_XINDEX and i < len(extended):
                section = extended[i]
            if thumb and kind & 0xF == _STT_FUNC:
                value &= ~1  # noqa: PLW2901 - the bit tells the instruction set
            values.append(value if section == _SHN_ABS else addresses.get(section, 0) + value if section else 0)
        return values

    def _extended(self, index: int) -> array[int]:
        """The section numbers beyond 0xFEFF of the symbol table `index`."""
        file = self._file
        found: array[int] = array("I")
        for number, section in enumerate(file.headers.sections):
            if section.type == SHT_SYMTAB_SHNDX and section.link == index:
                content = file.content(number)
                found.frombytes(content[: len(content) & -4])
                if not file.little_endian:
                    found.byteswap()
                break
        return found

    def _add_tables(self, into: Collector, kind: int, within: SectionFile | None = None) -> None:
        """Add the tables of one type. `within` is the file whose sections are meant, where this one is its `.gnu_debugdata`."""
        file = self._file
        sections = file.headers.sections
        for index, section in enumerate(sections):
            if section.type != kind or not section.size:
                continue
            if not 0 < section.link < len(sections):
                file.warn(f"{section.name}: refers to section {section.link} for its names; there are {len(sections)}")
                continue
            try:
                collect(
                    into, self.columns(index), file.content(section.link), sections, file.addresses, file.headers.machine,
                    self._extended(index), self._descriptors(), (within or file).executable_ranges,
                )  # fmt: skip
            except MalformedArtifact as error:
                file.warn(f"{section.name}: {error.reason}")
            break  # the format allows one of each

    def _descriptors(self) -> Descriptors | None:
        """`.opd`, where this is 64-bit PowerPC's first ABI and the content is here."""
        file = self._file
        if file.arch != "ppc64" or file.headers.flags & 3 == 2 or file.relocatable:
            return None
        address, content = file.section_address(".opd"), file.section(".opd")
        return None if address is None or content is None else Descriptors(address, content, file.little_endian)

    def _add_stubs(self, into: Collector) -> None:
        file = self._file
        if file.relocatable or not (file.arch in plt.DECODED or file.arch in plt.IN_ORDER):
            return
        places = [(name, file.section(name), file.section_address(name)) for name in plt.SECTIONS if file.has(name)]
        if not places:
            return
        slots, names = self._slots()
        got = file.section_address(".got.plt")
        got = got if got is not None else file.section_address(".got") or 0
        heap = bytearray()
        rows: list[tuple[int, int, int]] = []
        for name, content, address in places:
            if content is None or address is None:
                continue
            for start, size, text in plt.named(plt.stubs(file.arch, name, content, address, got, slots), names):
                rows.append((start, min(size, address + len(content) - start), len(heap)))
                heap += text + b"\0"
        table = into.heap(memoryview(bytes(heap)))
        for start, size, at in rows:
            into.add(start, size, start + size, FUNCTION | STUB, table, at)

    def _slots(self) -> tuple[list[int], dict[int, bytes]]:
        """The slots that `.rela.plt` fills, in order; and the name of the symbol in each slot that a dynamic relocation fills."""
        file = self._file
        sections = file.headers.sections
        slots: list[int] = []
        names: dict[int, bytes] = {}
        seen: set[str] = set()
        for section_index, section in enumerate(sections):
            if section.name not in _DYNAMIC or section.name in seen or section.type == SHT_NOBITS or not 0 < section.link < len(sections):
                continue
            seen.add(section.name)
            try:
                rows = relocations.relocations(file.content(section_index), file.bits, file.little_endian, section.type == SHT_RELA)
                heap = file.content(min(sections[section.link].link, len(sections) - 1))
                symbols = self.columns(section.link).name
            except MalformedArtifact as error:
                file.warn(f"{section.name}: {error.reason}")
                continue
            lazy = section.name.endswith(".plt")
            wanted = _GLOB_DAT.get(file.arch)
            for offset, symbol, kind, _ in rows:
                if lazy:
                    slots.append(offset)
                if (lazy or kind == wanted) and 0 < symbol < len(symbols):
                    names.setdefault(offset, string_at(heap, symbols[symbol]))
        return slots, names


_DYNAMIC: Final = (".rela.plt", ".rel.plt", ".rela.dyn", ".rel.dyn")
_GLOB_DAT: Final = {"x86": 6, "x86_64": 6, "arm64": 1025}
"""The relocation that fills a slot of the global offset table, for functions that are bound at once."""
