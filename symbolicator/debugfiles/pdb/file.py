"""PDB files as containers: ids, symbols. Functions and lines are for `compiling.py`.

Addresses count from the load address, as in Breakpad's files: a PDB does not have the linked address of the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.container import RecordFile
from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.pdb.modules import Procedure, read_procedures
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.debugfiles.pe.names import NamedCode
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, Symbols
from symbolicator.errors import MalformedArtifact

_PUBLIC: Final = 0x110E
_NAME_AT: Final = 14
_WIDE: Final = frozenset(("x86_64", "arm64"))
_MAX_WARNINGS: Final = 100


class PdbFile(RecordFile):
    """A PDB as a `Container`. `data` is the whole file. Raises `MalformedArtifact` if it cannot be read, or has only types."""

    format = "pdb"
    code_id = None

    def __init__(self, data: memoryview) -> None:
        self.whole = data
        self.msf = Msf(data)
        self.dbi = Dbi(self.msf)
        self.warnings = self.dbi.warnings
        self.arch = self.dbi.arch
        self.bits = 64 if self.arch in _WIDE else 32
        self.debug_id = self.dbi.debug_id

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """See `Container.executable_ranges`."""
        return tuple(sorted((one.start, one.end) for one in self.dbi.sections if one.is_code))

    def warn(self, text: str) -> None:
        """Note what was skipped."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(text)

    def symbols(self) -> Symbols:
        """See `Container.symbols`: public symbols, and functions that have none."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        return self.symbols_with(one for module in self.dbi.modules for one in self._procedures(module.stream, module.symbols))

    def _procedures(self, stream: int, size: int) -> list[Procedure]:
        try:
            return read_procedures(self.msf.stream(stream)[:size], self.dbi)
        except MalformedArtifact as error:
            self.warn(error.reason)
            return []
        finally:
            self.msf.forget(stream)

    def symbols_with(self, procedures: Iterator[Procedure]) -> Symbols:
        """The public symbols, and `procedures`, where no public symbol is. A public one has no size: it reaches to the next, or to the next
        function, padding and all.
        """
        into = NamedCode(self.executable_ranges, self.arch, 2 * len(self.whole))
        seen: set[int] = set()
        moved = self.dbi.is_moved
        for one in procedures:
            start, end = one.ranges[0]
            if moved:
                start, end = next(self.dbi.moved(start, end), (0, 0))
            if start not in seen and end > start:
                seen.add(start)
                into.add(start, FUNCTION, memoryview(one.name.encode("utf-8", "replace")), size=end - start)
        for start, heap in self._publics():
            into.add(start, FUNCTION | GLOBAL, heap)
        if into.is_full:
            self.warn("some symbols were skipped: their names take more than twice the file's size")
        return into.finish()

    def _publics(self) -> Iterator[tuple[int, memoryview]]:
        """Where each public symbol of code is, and its name."""
        try:
            content = self.msf.stream(self.dbi.symbol_stream)
        except MalformedArtifact as error:
            self.warn(f"its public symbols were skipped: it {error.reason}")
            return
        moved = self.dbi.is_moved
        at, stop = 0, len(content) - _NAME_AT
        while at < stop:
            size = content[at] | content[at + 1] << 8
            if content[at + 2] | content[at + 3] << 8 == _PUBLIC:
                offset = int.from_bytes(content[at + 8 : at + 12], "little")
                start = self.dbi.address(content[at + 12] | content[at + 13] << 8, offset)
                if start is not None and moved:
                    start = next((place for place, _ in self.dbi.moved(start, start + 1)), None)
                if start is not None:
                    yield start, content[at + _NAME_AT : at + 2 + size]
            at += 2 + size
