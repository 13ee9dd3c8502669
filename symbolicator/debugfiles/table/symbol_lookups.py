"""Look-ups among the symbols of a compiled native table: by address, and by name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from symbolicator.artifacts.tables import Table
from symbolicator.cached import cached_property
from symbolicator.debugfiles.demangle import base_name, short_name, twins
from symbolicator.debugfiles.table.columns import SAMPLE
from symbolicator.debugfiles.table.strings import Strings


class CalledSymbol(NamedTuple):
    """A symbol found by name."""

    start: int
    """Its start; svma."""
    size: int
    """Its size in bytes, as in the file."""
    extent: int
    """Bytes up to the next symbol, which a kernel uses as its size; 0 for the last."""
    clone: bool = False
    """Whether only its name without clone suffixes matches."""


class SymbolLookups:
    """Look-ups in the `symbol_` columns of a table. `strings` are those that `symbol_names` refers to."""

    def __init__(self, table: Table, strings: Strings) -> None:
        self._table = table
        self._strings = strings
        self._count = table.length("symbol_starts")
        self._called: dict[str, set[int]] | None = None
        self._clones: dict[str, set[int]] = {}
        self._ends: dict[int, int] = {}
        self._firsts: list[int] = []

    @cached_property
    def _samples(self) -> memoryview:
        return self._table.column("symbol_samples")

    def at(self, svma: int) -> tuple[str, int] | None:
        """The symbol that covers an address, and its start (svma); None if there is none."""
        sample = bisect_right(self._samples, svma) - 1
        if sample < 0:
            return None
        table, start = self._table, sample * SAMPLE
        row = start + bisect_right(table.window("symbol_starts", start, min(start + SAMPLE, self._count)), svma) - 1
        if row < 0 or svma >= table.window("symbol_ends", row, row + 1)[0]:
            return None
        name = self._strings.text(table.window("symbol_names", row, row + 1)[0])
        return None if name is None else (name, table.window("symbol_firsts", row, row + 1)[0])

    def called(self, name: str, demangle: Callable[[str], str]) -> tuple[CalledSymbol, ...]:
        """The symbols called `name`: by the linkage name, the demangled name, or kallsyms' name, without clone suffixes.

        The first call processes all symbols, 2 µs each; later ones use the result.
        """
        if self._called is None:
            table = self._table
            ends: dict[int, int] = {}
            called: dict[str, set[int]] = {}
            for start, end, number in zip(
                table.column("symbol_firsts"), table.column("symbol_ends"), table.column("symbol_names"), strict=True
            ):
                ends[start] = max(ends.get(start, 0), end)
                symbol = self._strings.text(number)
                if symbol is not None:
                    called.setdefault(symbol, set()).add(start)
            clones: dict[str, set[int]] = {}
            for symbol in tuple(called):
                shown, base = demangle(symbol), base_name(symbol)
                if base != symbol:
                    clones.setdefault(base, set()).update(called[symbol])
                if symbol.startswith("?"):  # Windows debuggers print functions without their arguments
                    called.setdefault(short_name(shown), set()).update(called[symbol])
                if shown != symbol:
                    called.setdefault(shown, set()).update(called[symbol])
            self._clones = clones
            self._called, self._ends, self._firsts = called, ends, sorted(ends)
        found: list[CalledSymbol] = []
        own = self._called.get(name, set())
        if not own and name.startswith("_Z"):  # of several names of one address one is kept: usually the constructor `C1`, not `C2`
            own = next((self._called[twin] for twin in twins(name) if twin in self._called), own)
        for start in sorted(own | self._clones.get(name, set())):
            following = bisect_right(self._firsts, start)
            after = self._firsts[following] if following < len(self._firsts) else 0
            found.append(CalledSymbol(start, self._ends[start] - start, max(after - start, 0), start not in own))
        return tuple(found)
