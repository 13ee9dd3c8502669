"""PDB files as containers: ids, symbols. Functions and lines are for `compiling.py`.

Addresses count from the load address, as in Breakpad's files: a PDB does not have the linked address of the image.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.container import RecordFile
from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.pdb.imports import Imports
from symbolicator.debugfiles.pdb.inlinees import Inlinees, TypeRecords
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.debugfiles.pdb.publics import NO_PUBLICS, Publics, name_symbols, read_publics
from symbolicator.debugfiles.pdb.reading import ANYWHERE, Modules
from symbolicator.debugfiles.pdb.sorted_publics import SortedPublics
from symbolicator.debugfiles.symbols import Symbols
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.errors import LimitExceeded, MalformedArtifact

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
        self.type_records = TypeRecords(self.msf)
        self._imports = Imports(self.msf, self.dbi)

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """See `Container.executable_ranges`."""
        return tuple(sorted((one.start, one.end) for one in self.dbi.sections if one.is_code))

    def warn(self, text: str) -> None:
        """Note what was skipped."""
        if len(self.warnings) < _MAX_WARNINGS and text not in self.warnings:
            self.warnings.append(text)

    def symbols(self) -> Symbols:
        """See `Container.symbols`: public symbols, and functions that have none."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        strings = self.strings()
        modules = self.modules(self.dbi.with_stream, Inlinees(self.type_records), strings, lines=False)
        named = name_symbols(self.dbi, self.publics, modules.finish(), strings)
        heap, names = bytearray(), array("I")
        for number in named.names:
            names.append(len(heap))
            heap += bytes(strings.heap[strings.starts[number - 1] : strings.starts[number]]) + b"\0"
        symbols = named.symbols
        symbols.heaps, symbols.name, symbols.table = (memoryview(heap),), names, array("B", bytes(len(names)))
        return symbols

    def strings(self) -> Strings:
        """For the names and paths of this file."""
        return Strings(4 * len(self.whole) + (16 << 20))

    def modules(
        self, numbers: Sequence[int], inlinees: Inlinees, strings: Strings, *, lines: bool = True, asked: memoryview = ANYWHERE
    ) -> Modules:
        """Modules, read in order; without `lines` their functions alone. With `asked` (u64, ascending), only what is at these addresses is
        read. A module that cannot be read is skipped, with a warning.
        """
        dbi, msf = self.dbi, self.msf
        read = Modules(dbi, self._imports, inlinees, strings)
        for number in numbers:
            allowed = ANYWHERE if dbi.claims is None else dbi.claims.of(number)
            if dbi.claims is not None and not len(allowed):
                continue  # the linker took no code of it
            module = dbi.module(number)
            try:
                read.add(msf.stream(module.stream), module, allowed, number, lines=lines, asked=asked)
            except LimitExceeded:
                raise
            except MalformedArtifact as error:
                self.warn(f"module {module.name}: {error.reason}")
            finally:
                msf.forget(module.stream)
        return read

    @cached_property
    def publics(self) -> Publics:
        """The public symbols."""
        try:
            return read_publics(self.msf, self.dbi)
        except MalformedArtifact as error:
            self.warn(f"its public symbols were skipped: it {error.reason}")
            return NO_PUBLICS

    def publics_within(self, spans: memoryview) -> Publics:
        """The public symbols in some ranges: start and end of each (u64), ascending."""
        found = None if self._sorted_publics is None else self._sorted_publics.within(spans)
        return self.publics.within(spans) if found is None else found

    @cached_property
    def _sorted_publics(self) -> SortedPublics | None:
        with suppress(MalformedArtifact):
            found = SortedPublics(self.msf, self.dbi)
            return found if found.is_usable else None
        return None
