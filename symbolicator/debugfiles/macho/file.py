"""Mach-O files as containers: one architecture's file, thin or cut out of a fat one. Apple's `<mach-o/loader.h>`.

Owns sections by the names DWARF has for them, addresses, ids and features; headers are `headers.py`'s, symbols `symbols.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.compression import Budget, inflate_gnu
from symbolicator.debugfiles.ids import uuid_ids
from symbolicator.debugfiles.load_bias import LoadSegment
from symbolicator.debugfiles.macho.headers import MH_CORE, MH_EXECUTE, MH_OBJECT, MH_PIE, VM_PROT_EXECUTE, Headers, Section
from symbolicator.debugfiles.macho.symbols import base_address, has_debug_map, read_symbols
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.errors import MalformedArtifact

_NAME: Final = 16
"""Characters of a section's name."""
_DWARF: Final = "__DWARF"
_UNWIND: Final = frozenset(("__unwind_info", "__eh_frame", "__debug_frame"))
_MAX_LOADED: Final = 64


class MachoFile:
    """A Mach-O file as a `Container`. `data` is the whole file, or a fat file's slice.

    Raises `MalformedArtifact` where the header cannot be read, or it is a core dump. Sections are read when they are asked for; a broken
    one is None, with a warning.
    """

    format = "macho"
    bodies = None

    def __init__(self, data: memoryview) -> None:
        self.headers = Headers(data)
        if self.headers.type == MH_CORE:
            raise MalformedArtifact("is a core dump and has no debug information; give the program that dumped it")
        self.whole = self._data = data
        self._budget = Budget(len(data))
        self._contents: dict[str, memoryview | None] = {}
        self.warnings = self.headers.warnings
        self.bits = self.headers.bits
        self.little_endian = self.headers.little_endian
        self.arch = self.headers.arch
        self.relocatable = self.headers.type == MH_OBJECT
        self.code_id, self.debug_id = uuid_ids(self.headers.uuid)

    def section(self, name: str) -> memoryview | None:
        """See `Container.section`. Debug information of object files is not relocated: its addresses are already those in this file."""
        if name not in self._contents:
            content: memoryview | None = None
            found = self._find(name)
            try:
                if found is not None and found.is_here:
                    content = self._data[found.offset : found.offset + found.size]
                    if len(content) < found.size:
                        self.headers.warn(f"{name}: has {found.size} bytes, of which {len(content)} are within the file")
                    if found.name.startswith("__zdebug_"):
                        content = inflate_gnu(content, self._budget)
            except MalformedArtifact as error:
                content = None
                self.headers.warn(f"{name}: {error.reason}")
            self._contents[name] = content
        return self._contents[name]

    def _find(self, name: str) -> Section | None:
        """The section that is called `name` elsewhere (`.debug_info`): `__debug_info`, or `__zdebug_info` if it is compressed."""
        bare = name.removeprefix(".")
        wanted = [f"__{bare}"[:_NAME], f"__z{bare}"[:_NAME]] if bare.startswith("debug_") else [f"__{bare}"[:_NAME]]
        return next((self._by_name[one] for one in wanted if one in self._by_name), None)

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        found: dict[str, Section] = {}
        for section in self.headers.sections:
            if section.segment == _DWARF or not section.name.startswith(("__debug_", "__zdebug_")):
                found.setdefault(section.name, section)
        return found

    @property
    def inflated(self) -> int:
        """See `Container.inflated`."""
        return self._budget.taken

    def section_address(self, name: str) -> int | None:
        """See `Container.section_address`."""
        found = self._find(name)
        return None if found is None else found.address

    # ── addresses, symbols ────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def load_address(self) -> int:
        """Where `__TEXT`, and with it the header, is to be loaded; 0 for object files."""
        return base_address(self.headers)

    @cached_property
    def load_segments(self) -> tuple[LoadSegment, ...]:
        """See `Container.load_segments`: `__PAGEZERO`, which nothing is mapped at, left out."""
        return tuple(
            LoadSegment(
                one.offset if one.file_size else None, one.address, one.file_size, one.memory_size, bool(one.protection & VM_PROT_EXECUTE)
            )
            for one in self.headers.segments[:_MAX_LOADED]
            if one.memory_size and one.name not in ("__PAGEZERO", _DWARF)
        )

    @property
    def is_moved(self) -> bool:
        """See `Container.is_moved`."""
        return self.headers.type != MH_EXECUTE or bool(self.headers.flags & MH_PIE)

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """See `Container.executable_ranges`."""
        return tuple(sorted((one.address, one.end) for one in self.headers.sections if one.is_code and one.size))

    @cached_property
    def code_at(self) -> list[tuple[int, int, int]]:
        """See `Container.code_at`."""
        return sorted((one.address, one.end, one.offset) for one in self.headers.sections if one.is_code and one.is_here)

    def symbols(self) -> Symbols:
        """See `Container.symbols`: those of the symbol table, and what is exported."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        return read_symbols(self.headers, self._data)

    @cached_property
    def features(self) -> frozenset[str]:
        """See `Container.features`."""
        return frozenset(features(self.headers, self._data))


def features(headers: Headers, data: memoryview) -> Iterator[str]:
    """What a file can answer, in the words of `container.FEATURES`: by its headers, and the types of its symbols."""
    sections = headers.sections
    here = {one.name for one in sections if one.is_here}
    dwarf = {one.name for one in sections if one.is_here and one.segment == _DWARF}
    table = headers.symbol_table
    # A stripped program keeps the symbol of its header, a library what it exports.
    own = table.local is None or table.local > 0 or (headers.type == MH_EXECUTE and (table.external or 0) > 1) if table else False
    for word, true in (
        ("debug_info", not dwarf.isdisjoint(("__debug_info", "__zdebug_info", "__debug_info.dwo"))),
        ("line_info", not dwarf.isdisjoint(("__debug_line", "__zdebug_line"))),
        ("symbols", bool(table and table.entries and own)),
        ("debug_map", has_debug_map(headers, data)),
        ("exports", bool((table and table.external) or (headers.exports and headers.exports.size))),
        ("gopclntab", "__gopclntab" in here),
        ("unwind", not here.isdisjoint(_UNWIND)),
        ("code", any(one.is_code and one.is_here for one in sections)),
        ("compressed", any(name.startswith("__zdebug_") for name in dwarf)),
    ):
        if true:
            yield word
