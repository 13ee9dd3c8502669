"""Cold look-ups: `LazyIndex` reads only the units that contain the addresses, and keeps what it read, unit by unit.

It works as a whole compile does: each unit that covers an address is compiled to a small table (`dwarf/writing.py`), which
`NativeIndex` reads. Of several units the same one is used as in the whole table, so that answers are the same. If no unit's DIE
covers an address, line rows may (`dwarf/unclaimed_lines.py`). Addresses known only to symbols are in one more table. If
nobody keeps the tables, a unit is first read for the given addresses only; when others are looked up in it, it is read whole.

The units of a PDB are its modules (`pdb/compiling.py`). They have the symbols of their code too, and know nothing beyond it.

The caller with the cache passes `part`, which returns each table from there or has it compiled. A file is opened (`OpenFile`) only if one
is missing: a second crash in the same functions reads nothing of it.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.debugfiles.breakpad.header import MAGIC as BREAKPAD
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.open_files import OpenFile
from symbolicator.debugfiles.outline import NAME as OUTLINE
from symbolicator.debugfiles.outline import VERSION as OUTLINE_VERSION
from symbolicator.debugfiles.outline import Outline, sorted_addresses, write_outline
from symbolicator.debugfiles.table.columns import VERSION
from symbolicator.debugfiles.table.index import FUNCTION, LINE, NOTHING, NativeIndex
from symbolicator.debugfiles.table.symbol_lookups import CalledSymbol
from symbolicator.kernels import compiled

if TYPE_CHECKING:
    from pathlib import Path

    from symbolicator.debugfiles.dwarf.info import Dwarf
    from symbolicator.debugfiles.dwarf.unclaimed_lines import Strays

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LAZY_FROM: Final = 2 << 20
"""Files from this size on are read unit by unit if not compiled yet: a smaller one is compiled whole in 0.1 s."""
_MOST_ASKED: Final = 256
"""Up to this many addresses in some units, only these are read, not the whole units."""


def is_read_whole(content: memoryview) -> bool:
    """Whether a file has no units: Breakpad's are read from begin to end."""
    return bytes(content[: len(BREAKPAD)]) == BREAKPAD


class PartCompiler(Protocol[T_co]):
    """Compiles one part of a file that it has by itself; otherwise a `Compiler`."""

    @property
    def name(self) -> str:
        """See `Compiler`."""

    @property
    def version(self) -> int:
        """See `Compiler`."""

    def compile(self) -> TableWriter:
        """The part's table; slow. Raises `MalformedArtifact`."""

    def open(self, table: Table) -> T_co:
        """The index over a table; quick."""


class OutlineCompiler:
    """Compiles a file's outline. Versions: see `outline.py`."""

    name: Final = OUTLINE
    version: Final = OUTLINE_VERSION

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def compile(self) -> TableWriter:
        """See `PartCompiler`."""

        def write(container: Container, open_dwarf: Callable[[], Dwarf]) -> TableWriter:
            if container.format == "pdb":
                from symbolicator.debugfiles.pdb.compiling import outline_of  # loaded with the first such file

                return outline_of(container)
            from symbolicator.debugfiles.dwarf.writing import meta_of  # as above

            dwarf = open_dwarf()
            return write_outline(dwarf.claims, dwarf.silent, meta_of(container, dwarf))

        return self._file.use(write)

    def open(self, table: Table) -> Outline:
        """See `PartCompiler`."""
        return Outline(table)


class UnitsCompiler:
    """Compiles some units of a file, or (`symbols`) its symbols, to the columns of `table/columns.py`. A table compiled for the addresses
    `asked` is valid for no others, and must not be kept.

    Versions: thousands are those of the whole table; 1, the first.
    """

    name: Final = "native-units"
    version: Final = 1000 * VERSION + 1

    def __init__(
        self, file: OpenFile, units: Sequence[int], *, symbols: bool = False, asked: Sequence[int] = (), named_by: Path | None = None
    ) -> None:
        self._file = file
        self._units = units
        self._named_by = named_by  # the table that lists these units
        self._symbols = symbols
        self._asked = asked

    def compile(self) -> TableWriter:
        """See `PartCompiler`."""
        asked = sorted_addresses(self._asked)

        def write(container: Container, open_dwarf: Callable[[], Dwarf]) -> TableWriter:
            if container.format == "pdb":
                from symbolicator.debugfiles.pdb.compiling import write_modules  # as above

                return write_modules(container, self._units, self._named_by, symbols=self._symbols, asked=asked)
            from symbolicator.debugfiles.dwarf.writing import write_table  # as above

            dwarf = open_dwarf()
            beyond = [unit for unit in self._units if unit >= dwarf.main.count]
            if beyond:
                raise DamagedTable(f"names unit {beyond[0]} of a file with {dwarf.main.count}", self._named_by)
            return write_table(container, dwarf, self._units, symbols=self._symbols, asked=asked)

        writer = self._file.use(write)
        writer.kind, writer.version = self.name, self.version
        return writer

    def open(self, table: Table) -> NativeIndex:
        """See `PartCompiler`."""
        return NativeIndex(table)


class Parts(Protocol):
    """Keeps the tables of one file's parts: returns the one with a name, compiled now or before. Names are of `a-z0-9-`.

    Raises what the compiler does.
    """

    def __call__(self, compiler: PartCompiler[T_co], name: str) -> T_co:
        """The file for `compiler`."""


class _Part(NamedTuple):
    table: NativeIndex
    asked: frozenset[int]
    """The addresses that it is valid for; all if empty."""


class LazyIndex:
    """`lookup` and `lookup_many` as in `NativeIndex`, on a file that was not compiled. Safe to share between threads.

    `others` are dwz's alternative file, .dwo and .dwp files. For many look-ups use `NativeCompiler`.
    """

    def __init__(self, container: Container, others: Sequence[Container] = ()) -> None:
        self._start(OpenFile.of(container, others), _in_memory)
        self._kept = False

    @classmethod
    def kept(cls, file: OpenFile, part: Parts) -> LazyIndex:
        """For a file whose parts are kept by `part`; it is opened only if one of them is missing."""
        index = cls.__new__(cls)
        index._start(file, part)
        return index

    def _start(self, file: OpenFile, part: Parts) -> None:
        self._file, self._part, self._kept = file, part, True
        outline = self._outline = part(OutlineCompiler(file), "outline")
        self.load_address = outline.load_address
        self.arch = outline.arch
        self.missing_splits = outline.missing_splits
        """Paths of the split files that were not there."""
        self._covering: dict[int, tuple[int, ...]] = {}
        self._wanted: dict[int, set[int]] = {}
        """By unit, the addresses looked up in it."""
        self._opened: dict[tuple[int, ...], _Part] = {}
        self._known_symbols: NativeIndex | None = None
        self._strays: Strays | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was skipped because it is broken, in what was read so far."""
        found = [self._outline.warnings, *(part.table.warnings for part in list(self._opened.values()))]
        return tuple(dict.fromkeys(text for texts in found for text in texts))

    def prepare(self, addresses: Sequence[int]) -> None:
        """Find the units of many addresses at once: later look-ups need not search all units. If the file had to be opened,
        they are read, by two threads.
        """
        wanted = sorted_addresses([svma for svma in addresses if svma not in self._covering])
        if len(wanted):
            covering = dict(zip(wanted, self._outline.covering(wanted), strict=True))
            covering = {svma: units or self._around(svma) for svma, units in covering.items()}
            for svma, units in covering.items():
                for unit in units:
                    self._wanted.setdefault(unit, set()).add(svma)
            self._covering.update(covering)
            if self._outline.is_exact:
                self._read_together(covering)
            elif self._file.is_open:
                self._read_ahead({unit for svma, units in covering.items() for unit in units if self._known((unit,), svma) is None})

    def _around(self, svma: int) -> tuple[int, ...]:
        """The units that may know an address that none claims: the line rows of one continue up to it, or those of another begin there.
        Those that are silent are always tried.
        """
        if self._outline.is_exact:
            return ()
        units, end = self._outline.before(svma)
        if self._strays is None:
            from symbolicator.debugfiles.dwarf.unclaimed_lines import StraysCompiler  # not wanted where units claim all that is asked for

            self._strays = self._part(StraysCompiler(self._file), "strays")
        return tuple(sorted({*units, *self._strays.at(svma, end)}.difference(self._outline.silent)))

    def _read_ahead(self, wanted: set[int]) -> None:
        """Build the tables of some units. Compiled kernels let two threads run at once."""
        twin = self._file.twin() if len(wanted) > 1 and (os.cpu_count() or 1) > 1 and compiled() else None
        if twin is None:
            return
        rest = sorted(wanted)

        def work(file: OpenFile) -> None:
            with suppress(Exception):  # met again when an address of that unit is looked up, or the last was taken
                while True:
                    self._read(file, (rest.pop(),))

        other = Thread(target=work, args=(twin,))
        other.start()
        work(self._file)
        other.join()

    def _read_together(self, covering: dict[int, tuple[int, ...]]) -> None:
        """Read what is at some addresses, of all their units to one table, if nobody keeps the tables."""
        units = tuple(sorted({unit for svma, units in covering.items() for unit in units if self._known(units, svma) is None}))
        if not self._kept and len(units) > 1 and len(covering) <= _MOST_ASKED:
            index = self._part(UnitsCompiler(self._file, units, asked=tuple(covering), named_by=self._outline.origin), "")
            self._opened.update({(unit,): _Part(index, frozenset(covering)) for unit in units if (unit,) not in self._opened})

    def lookup(self, svma: int) -> list[SourceLocation]:
        """See `NativeIndex.lookup`."""
        return self.lookup_many([svma])[0]

    def lookup_many(self, addresses: Sequence[int] | memoryview | array[int]) -> list[list[SourceLocation]]:
        """See `NativeIndex.lookup_many`."""
        self.prepare(addresses if isinstance(addresses, list) else list(addresses))
        found: dict[int, list[SourceLocation]] = {}
        for svma in addresses:
            if svma not in found:
                found[svma] = self._find(svma)
        return [found[svma] for svma in addresses]

    def _find(self, svma: int) -> list[SourceLocation]:
        units = self._covering.get(svma)
        if units is None:  # beyond 64 bits
            return []
        # Of units that cover an address the first is used: the first with a function there, else the first with a line.
        best: tuple[int, ...] = ()
        rank = NOTHING
        for unit in units:
            there = self._table(svma, unit).rank(svma)
            if there > rank:
                best, rank = (unit,), there
                if rank == FUNCTION:
                    break
        silent = self._outline.silent
        if rank < FUNCTION and silent:
            there = self._table(svma, *silent).rank(svma)
            if there == rank == LINE:  # who of them is first, the table of them all says
                silent = tuple(sorted({*best, *silent}))
            if there and there >= rank:
                best = silent
        if self._outline.is_exact:
            best = best or units or silent  # of what no unit claims, a table of no units has the symbols
            table = self._table(svma, *best)
            if table.rank(svma) < FUNCTION and self._opened[best].asked:  # it was read for functions alone
                table = self._read(self._file, best)
            return table.lookup(svma)
        return (self._table(svma, *best).lookup(svma) if best else []) or self._symbols().lookup(svma)

    def _table(self, svma: int, *units: int) -> NativeIndex:
        """A table of these units that can answer an address."""
        return self._known(units, svma) or self._read(self._file, units)

    def _known(self, units: tuple[int, ...], svma: int) -> NativeIndex | None:
        part = self._opened.get(units)
        return None if part is None or (part.asked and svma not in part.asked) else part.table

    def _read(self, file: OpenFile, units: tuple[int, ...]) -> NativeIndex:
        """Read units: whole, if they are kept or used again; else only for the addresses looked up so far."""
        asked: frozenset[int] = frozenset()
        if not self._kept and units and units not in self._opened:
            everywhere = len(units) > 1 or units[0] in self._outline.silent
            asked = frozenset(self._covering if everywhere else self._wanted.get(units[0], ()))
            if len(asked) > _MOST_ASKED:
                asked = frozenset()
        compiler = UnitsCompiler(file, units, asked=tuple(asked), named_by=self._outline.origin)
        index = self._part(compiler, _name(units) if self._kept else "")
        self._opened[units] = _Part(index, asked)
        return index

    def symbols_called(self, name: str, demangle: Callable[[str], str]) -> tuple[CalledSymbol, ...]:
        """See `NativeIndex.symbols_called`."""
        return self._symbols().symbols_called(name, demangle)

    def _symbols(self) -> NativeIndex:
        if self._known_symbols is None:
            self._known_symbols = self._part(UnitsCompiler(self._file, (), symbols=True), "symbols")
        return self._known_symbols


def _name(units: tuple[int, ...]) -> str:
    """The name of the table of some units."""
    if len(units) == 1:
        return str(units[0])
    from hashlib import blake2b  # OpenSSL costs a short run 3 ms, and few files have units that do not say what they cover

    return f"{len(units)}-{blake2b(array('Q', units).tobytes(), digest_size=16).hexdigest()}"


def _in_memory(compiler: PartCompiler[T_co], name: str) -> T_co:
    """Parts kept only by the index itself."""
    return compiler.open(compiler.compile().table())
