"""ELF files as containers: sections and their content. gABI 4.1, GNU's extensions where named.

This file handles sections (decompressed, relocated, assembled), addresses, features and links; headers are in `headers.py`, symbols in
`symbols.py` and its helpers, relocations in `relocations.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.compression import Budget, inflate, inflate_gnu, inflate_xz
from symbolicator.debugfiles.container import NAMING, AltLink, DebugLink
from symbolicator.debugfiles.elf import relocations
from symbolicator.debugfiles.elf.headers import (
    ET_CORE,
    ET_EXEC,
    ET_REL,
    PF_X,
    PT_LOAD,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXECINSTR,
    SHT_DYNSYM,
    SHT_NOBITS,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    Headers,
    Section,
)  # fmt: skip
from symbolicator.debugfiles.elf.ids import elf_ids, elf_links, has_go
from symbolicator.debugfiles.elf.machines import arch_of
from symbolicator.debugfiles.elf.symbols import Code
from symbolicator.debugfiles.load_bias import LoadSegment
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.errors import LimitExceeded, MalformedArtifact

_COMPRESSION: Final = {
    (bits, little): Struct(("<" if little else ">") + form) for bits, form in ((32, "II4x"), (64, "I4xQ8x")) for little in (True, False)
}
"""`Elf32_Chdr`, `Elf64_Chdr`: method and size; the alignment is no matter here."""
_PAGE: Final = 4096
_LAST_ADDRESS: Final = 1 << 62
"""If the sections of a relocatable file extend beyond this, their sizes are wrong."""
_MAX_PATH: Final = 4096
_MAX_LOADED: Final = 64
"""Loaded segments: no linker writes more than a dozen."""
_MAX_WARNINGS: Final = 100


class ElfFile:
    """An ELF file as a `Container`. `data` is the whole file.

    Raises `MalformedArtifact` if the headers cannot be read, or it is a core dump. Sections are read when needed; a broken
    one is None, with a warning.
    """

    format = "elf"
    bodies = None

    def __init__(self, data: memoryview) -> None:
        self.headers = Headers(data)
        if self.headers.type == ET_CORE:
            raise MalformedArtifact("is a core dump and has no debug information; give the program that dumped it")
        self.whole = self._data = data
        self._budget = Budget(len(data))
        self._relocation_bytes = 0
        self._contents: dict[str, memoryview | None] = {}
        self._symbol_values: dict[int, list[int]] = {}
        self.warnings = self.headers.warnings
        self.bits = self.headers.bits
        self.little_endian = self.headers.little_endian
        self.arch = arch_of(self.headers.machine, self.bits)
        self.relocatable = self.headers.type == ET_REL
        self.code_id, self.debug_id = elf_ids(self.headers, data)

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        names: dict[str, list[int]] = {}
        for index, section in enumerate(self.headers.sections):
            if section.name:
                names.setdefault(section.name, []).append(index)
        return names

    @cached_property
    def addresses(self) -> dict[int, int]:
        """The addresses given to the sections of a relocatable file, by index; empty for other files, whose headers have them.

        Code first and `.text` at 0, as all tools show it; then other loaded sections. Each section that is not loaded is at 0, and
        several of one name (COMDAT groups) follow one another, as a linker would place them.
        """
        if not self.relocatable:
            return {}
        addresses: dict[int, int] = {}
        ends: dict[str, int] = {}
        sections = self.headers.sections
        at = 0
        for index in sorted(range(len(sections)), key=lambda i: (sections[i].name != ".text", not sections[i].flags & SHF_EXECINSTR, i)):
            section = sections[index]
            if not section.flags & SHF_ALLOC:
                addresses[index] = ends.get(section.name, 0)
                ends[section.name] = min(addresses[index] + section.size, _LAST_ADDRESS)
                continue
            at += -at % max(1, min(section.align, _PAGE))
            addresses[index] = at
            at = min(at + section.size, _LAST_ADDRESS)
        return addresses

    def _first(self, name: str) -> tuple[int, Section] | None:
        indices = self._names.get(name)
        return None if not indices else (indices[0], self.headers.sections[indices[0]])

    def has(self, name: str) -> bool:
        """True where a section has content in this file; reads nothing."""
        names = (name, f".z{name[1:]}") if name.startswith(".debug_") else (name,)
        sections = self.headers.sections
        return any(sections[i].type != SHT_NOBITS and sections[i].size > 0 for one in names for i in self._names.get(one, ()))

    def section(self, name: str) -> memoryview | None:
        """The content of a section, decompressed and relocated; a view of the file if it is neither. See `Container.section`."""
        if name not in self._contents:
            content: memoryview | None = None
            try:
                content = self._read(name)
                if content is None and name.startswith(".debug_"):
                    content = self._read(f".z{name[1:]}")
            except MalformedArtifact as error:
                self.warn(f"{name}: {error.reason}")
            self._contents[name] = content
        return self._contents[name]

    @property
    def inflated(self) -> int:
        """See `Container.inflated`."""
        return self._budget.taken

    def section_address(self, name: str) -> int | None:
        """A section's svma; also for one whose content is in another file."""
        found = self._first(name)
        return None if found is None else self.addresses.get(found[0], found[1].address)

    def _read(self, name: str) -> memoryview | None:
        sections = self.headers.sections
        indices = [i for i in self._names.get(name, ()) if sections[i].type != SHT_NOBITS]
        if not indices:
            return None
        if not self.relocatable or sections[indices[0]].flags & SHF_ALLOC:
            return self.content(indices[0])
        pieces = [self.content(i) for i in indices]
        relocating = self._relocating.keys() & set(indices)
        if len(pieces) == 1 and not relocating:
            return pieces[0]
        self._budget.take(sum(map(len, pieces)))
        joined = bytearray().join(pieces)
        skipped = base = 0
        for index, piece in zip(indices, pieces, strict=True):
            for by in self._relocating.get(index, ()):
                skipped += self._relocate(joined, by, base)
            base += len(piece)
        if skipped:
            self.warn(f"{name}: {skipped} relocations were not applied")
        return memoryview(joined).toreadonly()

    def content(self, index: int) -> memoryview:
        """The content of section `index`, decompressed. Raises `MalformedArtifact`; a section past the file's end is cut there."""
        section = self.headers.sections[index]
        content = self._data[section.offset : section.offset + section.size] if section.type != SHT_NOBITS else self._data[:0]
        if len(content) < section.size and section.type != SHT_NOBITS:
            self.warn(f"{section.name}: has {section.size} bytes at {section.offset}, of which {len(content)} are within the file")
        if section.flags & SHF_COMPRESSED:
            form = _COMPRESSION[self.bits, self.little_endian]
            if len(content) < form.size:
                raise MalformedArtifact(f"has {len(content)} bytes, fewer than the {form.size} of a compression header")
            method, size = form.unpack_from(content)
            return inflate(content[form.size :], method, size, self._budget)
        return inflate_gnu(content, self._budget) if section.name.startswith(".zdebug_") else content

    # ── relocatable files ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _relocating(self) -> dict[int, list[int]]:
        """For each section of a relocatable file, those with its relocations."""
        found: dict[int, list[int]] = {}
        for index, section in enumerate(self.headers.sections):
            if self.relocatable and section.type in (SHT_REL, SHT_RELA):
                found.setdefault(section.info, []).append(index)
        return found

    def _relocate(self, content: bytearray, by: int, base: int) -> int:
        section = self.headers.sections[by]
        if not relocations.known(self.arch):  # the sections contain wrong places of wrong names
            raise MalformedArtifact(f"its relocations are for an unsupported architecture ({self.arch}); link it first")
        self._relocation_bytes += section.size
        if self._relocation_bytes > len(self._data):
            raise LimitExceeded(f"its relocations take {self._relocation_bytes} bytes together, more than the file has")
        symbols = self._symbol_values.get(section.link)
        if symbols is None:
            symbols = self._symbol_values[section.link] = Code(self).values(section.link)
        mips64 = self.arch == "mips64"
        rows = relocations.relocations(self.content(by), self.bits, self.little_endian, section.type == SHT_RELA, mips64)
        return relocations.apply(content, rows, symbols, self.arch, self.little_endian, base)

    # ── addresses, symbols ────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def load_address(self) -> int:
        """The page of the first PT_LOAD: not of the lowest, for a kernel has one at 0. 0 for relocatable files."""
        loaded = (segment for segment in self.headers.segments if segment.type == PT_LOAD and segment.memory_size)
        return next((segment.address & -_PAGE for segment in loaded), 0)

    @cached_property
    def load_segments(self) -> tuple[LoadSegment, ...]:
        """See `Container.load_segments`."""
        loaded = [one for one in self.headers.segments if one.type == PT_LOAD and one.memory_size][:_MAX_LOADED]
        # A debug file of objcopy's says of its segments where they are loaded, and of none where it lay in the program.
        lost = not any(one.file_size for one in loaded if one.flags & PF_X)
        return tuple(
            LoadSegment(None if lost else one.offset, one.address, one.file_size, one.memory_size, bool(one.flags & PF_X))
            for one in loaded
            if lost or one.file_size
        )

    @property
    def is_moved(self) -> bool:
        """See `Container.is_moved`."""
        return bool(self.headers.type != ET_EXEC)

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges of code: by sections, whether their content is here or not; by segments in a file without sections."""
        ranges = [
            (start, start + section.size)
            for index, section in enumerate(self.headers.sections)
            if section.flags & (SHF_ALLOC | SHF_EXECINSTR) == SHF_ALLOC | SHF_EXECINSTR and section.size
            for start in (self.addresses.get(index, section.address),)
        ]
        ranges = ranges or [
            (segment.address, segment.address + segment.memory_size)
            for segment in self.headers.segments
            if segment.type == PT_LOAD and segment.flags & PF_X and segment.memory_size
        ]
        return tuple(sorted((start, min(end, (1 << 64) - 1)) for start, end in ranges))

    @cached_property
    def code_at(self) -> list[tuple[int, int, int]]:
        """See `Container.code_at`: by sections; by segments in a file without sections."""
        wanted = SHF_ALLOC | SHF_EXECINSTR
        sections = [
            (self.addresses.get(index, one.address), one.size, one.offset)
            for index, one in enumerate(self.headers.sections)
            if one.flags & wanted == wanted and one.type != SHT_NOBITS and not one.flags & SHF_COMPRESSED
        ]
        segments = [(one.address, one.file_size, one.offset) for one in self.headers.segments if one.type == PT_LOAD and one.flags & PF_X]
        return sorted((start, start + size, offset) for start, size, offset in (sections if self.headers.sections else segments) if size)

    def symbols(self) -> Symbols:
        """The symbols of code: `.symtab`'s, else `.dynsym`'s with those of `.gnu_debugdata`; and names of linkage stubs."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        return Code(self).symbols()

    @cached_property
    def debugdata(self) -> ElfFile | None:
        """The ELF file inside `.gnu_debugdata`, with the symbols that were stripped from this one."""
        content = self.section(".gnu_debugdata")
        if content is None or self.relocatable:
            return None
        try:
            return ElfFile(inflate_xz(content, self._budget))
        except MalformedArtifact as error:
            self.warn(f".gnu_debugdata: {error.reason}")
            return None

    # ── contents and references ───────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def features(self) -> frozenset[str]:
        """The keys of `container.FEATURES`."""
        return frozenset(self._features())

    def _features(self) -> Iterator[str]:
        sections = self.headers.sections
        split = self.has(".debug_info.dwo") or self.has(".debug_cu_index")
        tables = {section.type for section in sections if section.size > 24}  # one entry is the empty symbol
        for word, true in (
            ("debug_info", self.has(".debug_info") or split),
            ("line_info", self.has(".debug_line")),
            ("symbols", SHT_SYMTAB in tables or self.has(".gnu_debugdata")),
            ("gopclntab", has_go(self.headers)),
            ("exports", SHT_DYNSYM in tables),
            ("unwind", self.has(".eh_frame") or self.has(".debug_frame")),
            ("code", any(s.flags & SHF_EXECINSTR and s.type != SHT_NOBITS and s.size for s in sections)),
            ("split", split),
            ("debug_link", self.has(".gnu_debuglink")),
            ("alt_link", self.has(".gnu_debugaltlink") or self.has(".debug_sup")),
            ("compressed", any(s.flags & SHF_COMPRESSED or s.name.startswith(".zdebug_") for s in sections)),
        ):
            if true:
                yield word

    @property
    def is_stripped(self) -> bool:
        """True if it has no debug information, no linker symbols and no Go table."""
        return not self.features & NAMING

    @cached_property
    def debug_link(self) -> DebugLink | None:
        """`.gnu_debuglink`, written by `objcopy --add-gnu-debuglink`: the file with the debug information."""
        found = elf_links(self.headers, self._data)[0]
        return None if found is None else DebugLink(*found)

    @cached_property
    def debug_alt_link(self) -> AltLink | None:
        """`.gnu_debugaltlink` of dwz, or DWARF 5's `.debug_sup` (§7.3.6) in a file that refers to another."""
        found = elf_links(self.headers, self._data)[1]
        if found is not None:
            return AltLink(found[0], bytes.fromhex(found[1]))
        content = self.section(".debug_sup")
        if content is None or len(content) < 4 or content[2]:
            return None
        path, _, rest = bytes(content[3 : _MAX_PATH + 64]).partition(b"\0")
        return AltLink(path.decode("utf-8", "replace"), rest[1 : 1 + rest[0]] if rest else b"")

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if len(self.warnings) < _MAX_WARNINGS and text not in self.warnings:
            self.warnings.append(text)
