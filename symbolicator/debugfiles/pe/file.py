"""PE files as containers: sections, addresses, features. Addresses are as linked: relative to the image's preferred base.

Headers are in `headers.py`, ids in `ids.py`, symbols in `symbols.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.compression import Budget, inflate_gnu
from symbolicator.debugfiles.container import DebugLink
from symbolicator.debugfiles.load_bias import LoadSegment
from symbolicator.debugfiles.pe.headers import EXCEPTIONS, EXPORTS, RELOCS_STRIPPED, Headers, Section
from symbolicator.debugfiles.pe.ids import code_id_of, debug_ids_of, debug_link_of, pdbs_of
from symbolicator.debugfiles.pe.symbols import read_symbols
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.errors import MalformedArtifact

_OF_GO: Final = ".symtab"
"""A section that Go's linker alone writes, also in stripped programs."""
_TOP: Final = (1 << 64) - 1
_MAX_LOADED: Final = 64


class PeFile:
    """A PE file as a `Container`. `data` is the whole file. Raises `MalformedArtifact` if the headers cannot be read."""

    format = "pe"
    bodies = None
    little_endian = True
    relocatable = False

    def __init__(self, data: memoryview) -> None:
        self.headers = Headers(data)
        self.whole = self._data = data
        self._budget = Budget(len(data))
        self._contents: dict[str, memoryview | None] = {}
        self.warnings = self.headers.warnings
        self.bits = self.headers.bits
        self.arch = self.headers.arch
        self.code_id = code_id_of(self.headers)
        self.pdbs = pdbs_of(self.headers, data)
        """The PDBs that it names."""
        self.debug_id = next(iter(debug_ids_of(self.pdbs)), None)

    @property
    def debug_link(self) -> DebugLink | None:
        """The content of `.gnu_debuglink`."""
        return debug_link_of(self.headers, self._data)

    @property
    def inflated(self) -> int:
        """See `Container.inflated`."""
        return self._budget.taken

    def section(self, name: str) -> memoryview | None:
        """See `Container.section`."""
        if name not in self._contents:
            self._contents[name] = self._content(name)
        return self._contents[name]

    def _content(self, name: str) -> memoryview | None:
        found = self._find(name)
        if found is None or not found.file_size:
            return None
        content = self._data[found.offset : found.offset + found.file_size]
        if not found.name.startswith(".zdebug_"):
            return content
        try:
            return inflate_gnu(content, self._budget)
        except MalformedArtifact as error:
            self.headers.warn(f"{found.name}: {error.reason}")
            return None

    def section_address(self, name: str) -> int | None:
        """See `Container.section_address`."""
        found = self._find(name)
        return None if found is None else self.load_address + found.address

    def _find(self, name: str) -> Section | None:
        """The section of this name; debug information may be compressed, as Go's linker has it: `.zdebug_info`."""
        names = (name, f".z{name[1:]}") if name.startswith(".debug_") else (name,)
        return next((one for one in self.headers.sections if one.name in names), None)

    # ── addresses, symbols ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def load_address(self) -> int:
        """The linked address of the image."""
        return self.headers.image_base

    @cached_property
    def load_segments(self) -> tuple[LoadSegment, ...]:
        """See `Container.load_segments`: the sections, which a loader maps one by one."""
        return tuple(
            LoadSegment(one.offset if one.file_size else None, self.load_address + one.address, one.file_size, one.size, one.is_code)
            for one in self.headers.sections[:_MAX_LOADED]
            if one.size
        )

    @property
    def is_moved(self) -> bool:
        """See `Container.is_moved`."""
        return not self.headers.characteristics & RELOCS_STRIPPED

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """See `Container.executable_ranges`."""
        base = self.load_address
        ranges = ((base + one.address, base + one.address + one.size) for one in self.headers.sections if one.is_code and one.size)
        return tuple(sorted((start, end) for start, end in ranges if end <= _TOP))

    @cached_property
    def code_at(self) -> list[tuple[int, int, int]]:
        """See `Container.code_at`."""
        base = self.load_address
        return sorted(
            (base + one.address, base + one.address + one.file_size, one.offset)
            for one in self.headers.sections
            if one.is_code and one.file_size
        )

    def symbols(self) -> Symbols:
        """See `Container.symbols`: the linker's, or the exports if there are none."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        return read_symbols(self.headers, self._data)

    @cached_property
    def features(self) -> frozenset[str]:
        """See `Container.features`."""
        return frozenset(features(self.headers))


def features(headers: Headers) -> Iterator[str]:
    """A file's features, as keys of `container.FEATURES`: from its headers alone."""
    here = {one.name for one in headers.sections if one.file_size}
    for word, true in (
        ("debug_info", not here.isdisjoint((".debug_info", ".zdebug_info"))),
        ("line_info", not here.isdisjoint((".debug_line", ".zdebug_line"))),
        ("compressed", any(name.startswith(".zdebug_") for name in here)),
        ("symbols", headers.has_symbols),
        ("gopclntab", _OF_GO in here),
        ("exports", headers.directory(EXPORTS) is not None),
        ("unwind", headers.directory(EXCEPTIONS) is not None or not here.isdisjoint((".eh_frame", ".debug_frame"))),
        ("code", any(one.is_code and one.file_size for one in headers.sections)),
        ("debug_link", ".gnu_debuglink" in here),
    ):
        if true:
            yield word
