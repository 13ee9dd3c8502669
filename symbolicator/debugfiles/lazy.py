"""Cold look-ups: `LazyIndex` reads only the units that hold the addresses asked for, and keeps what it read.

The same engine as a whole compile: the units that cover an address are compiled to a small table (`compiling.write_table`), which
`NativeIndex`
reads. All units that say they cover an address are in the table that answers for it, so that the answers are those of the whole table.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from threading import Lock
from typing import Final

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import write_table
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf import Dwarf, sorted_addresses
from symbolicator.debugfiles.index import NativeIndex, SourceLocation

_MOST_TABLES: Final = 64
"""Small tables that are kept; with more, the oldest is read again where it is wanted."""


class LazyIndex:
    """`lookup` and `lookup_many` as `NativeIndex` has them, on a file that was not compiled. Safe to share between threads.

    `others` are dwz's alternative file, .dwo and .dwp files. Whoever asks for much is better off with `NativeCompiler`.
    """

    def __init__(self, container: Container, others: Sequence[Container] = ()) -> None:
        self._container = container
        self._dwarf = Dwarf(container, others)
        self._tables: list[tuple[frozenset[int], NativeIndex]] = []
        self._lock = Lock()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was skipped because it is broken, in what was read so far."""
        return tuple(dict.fromkeys(text for _, index in self._tables for text in index.warnings))

    @property
    def missing_splits(self) -> tuple[str, ...]:
        """Paths of the split files that were not there."""
        return tuple(one.path for one in self._dwarf.missing())

    def lookup(self, svma: int) -> list[SourceLocation]:
        """See `NativeIndex.lookup`."""
        return self.lookup_many([svma])[0]

    def lookup_many(self, addresses: Sequence[int] | memoryview | array[int]) -> list[list[SourceLocation]]:
        """See `NativeIndex.lookup_many`."""
        wanted = sorted_addresses(addresses if isinstance(addresses, list) else list(addresses))
        covering = self._dwarf.covering(wanted)
        found: dict[int, list[SourceLocation]] = {}
        with self._lock:
            self._read({unit for units in covering for unit in units})
            for svma, units in zip(wanted, covering, strict=True):
                found[svma] = self._table_of(frozenset(units)).lookup(svma)
            # What no unit says it covers may be in one that says nothing.
            silent = self._dwarf.silent
            rest = {svma for svma in wanted if not any(one.function for one in found[svma])} if silent else set()
            if rest:
                self._read(set(silent))
                for svma, units in zip(wanted, covering, strict=True):
                    if svma in rest:
                        found[svma] = self._table_of(frozenset(units) | frozenset(silent)).lookup(svma)
        return [found.get(svma, []) for svma in addresses]

    def _read(self, units: set[int]) -> None:
        """Have all of some units in one table."""
        if not any(units <= have for have, _ in self._tables):
            self._tables = self._tables[-_MOST_TABLES + 1 :]
            self._tables.append((frozenset(units), self._compiled(sorted(units))))

    def _table_of(self, units: frozenset[int]) -> NativeIndex:
        for have, index in self._tables:
            if units <= have:
                return index
        self._read(set(units))
        return self._tables[-1][1]

    def _compiled(self, units: list[int]) -> NativeIndex:
        writer = write_table(self._container, self._dwarf, units, symbols=False)
        return _Part(Table.open(writer.to_bytes()), self._container)


class _Part(NativeIndex):
    """A table of some units, without symbols: those of the whole file are asked where they are wanted."""

    def __init__(self, table: Table, container: Container) -> None:
        super().__init__(table)
        self._container = container

    def _symbol_at(self, svma: int) -> tuple[str, int] | None:
        found = self._container.symbols().find(svma)
        return None if found is None else (found.name.decode("utf-8", "replace"), found.start)
