"""Symbols of code as flat arrays: sorted, disjoint, limited. Each format lists its symbols; this file decides which of them count.

* A symbol's size is used; one without a size extends to the next symbol or the end of its section. Never further.
* At one address: functions, and sized symbols, before bare labels (`_ftext`, `_stext`: a section's begin, as linkers mark it);
  then global before weak before local, functions before others, sized before unsized, and the shortest name.
* A label without a size inside a sized function is a jump target in assembly, not a function.
* A version at the end (`memcpy@@GLIBC_2.14`) is not part of the name; any other `@` is (Zig's `__zig_tag_name_@typeInfo(…)`).
* A symbol inside another (a cold part, a nested entry) is cut out of it: each address has one answer.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from symbolicator.debugfiles.table.buffers import NONE, zeros
from symbolicator.kernels import elf_symbols
from symbolicator.patterns import regex

GLOBAL: Final = 1
WEAK: Final = 2
FUNCTION: Final = 4
"""Marked as a function; else a label in code."""
INDIRECT: Final = 8
"""An IFUNC: the code chooses the function when the program starts."""
THUMB: Final = 16
"""Code of the other instruction set: Thumb, MIPS16, microMIPS."""
STUB: Final = 32
"""A linkage stub: its name ends in `@plt`."""
UNVERSIONED: Final = 64
"""Its name has no version: any `@` is a part of it, as in MSVC's."""
_VERSION: Final = regex(rb"@@?[A-Za-z0-9_.]+\Z")
"""As the linker writes it after a name in .symtab. `kernels.native_strings` uses it too."""
_MAX_NAME: Final = 1 << 16
_COMPARED: Final = 512
"""Bytes of a name that choose among aliases."""


class Symbol(NamedTuple):
    """One row. The `size` bytes from `address` belong to the symbol that starts at `start`; `flags` are this module's constants."""

    address: int
    size: int
    start: int
    name: bytes
    flags: int


class Symbols:
    """Columns of equal length, sorted by `address`, without overlap.

    `address`, `size`: the bytes of this symbol (Q); `start`: where the symbol itself begins (Q; differs in the parts after a symbol
    inside it); `flags` (B); `table`, `name`: which of `heaps` has its name (B), and where (I), up to a NUL.
    """

    __slots__ = ("address", "flags", "heaps", "name", "size", "start", "table")

    def __init__(self, heaps: Sequence[memoryview] = ()) -> None:
        self.heaps = tuple(heaps)
        self.address = array("Q")
        self.size = array("Q")
        self.start = array("Q")
        self.flags = array("B")
        self.table = array("B")
        self.name = array("I")

    def __len__(self) -> int:
        return len(self.address)

    def __iter__(self) -> Iterator[Symbol]:
        return map(self.row, range(len(self)))

    def row(self, i: int) -> Symbol:
        """Row `i`, with its name."""
        return Symbol(self.address[i], self.size[i], self.start[i], self.name_of(i), self.flags[i])

    def only(self, rows: Sequence[int]) -> Symbols:
        """Some of the rows, which are given in ascending order."""
        chosen = Symbols(self.heaps)
        for column in ("address", "size", "start", "flags", "table", "name"):
            whole: array[int] = getattr(self, column)
            setattr(chosen, column, array(whole.typecode, map(whole.__getitem__, rows)))
        return chosen

    def name_of(self, i: int) -> bytes:
        """The name of row `i`, mangled as it is, without version (`memcpy@@GLIBC_2.14`); at most 64 KiB of it."""
        name = string_at(self.heaps[self.table[i]], self.name[i])
        if self.flags[i] & (STUB | UNVERSIONED) or b"@" not in name:
            return name
        version = _VERSION.search(name, 1)
        return name if version is None else name[: version.start()]

    def find(self, address: int) -> Symbol | None:
        """The symbol that covers an svma."""
        i = bisect_right(self.address, address) - 1
        return self.row(i) if i >= 0 and address - self.address[i] < self.size[i] else None


def string_at(heap: memoryview, at: int, most: int = _MAX_NAME) -> bytes:
    """The NUL-terminated string at `at`; cut at the end of the heap, or after `most` bytes."""
    step = min(64, most)
    while True:
        piece = bytes(heap[at : at + step])
        end = piece.find(0)
        if end >= 0:
            return piece[:end]
        if len(piece) < step or step >= most:
            return piece
        step = min(step * 8, most)


class Collector:
    """Takes the symbols a format lists, in any order, and returns `Symbols`."""

    def __init__(self) -> None:
        self.heaps: list[memoryview] = []
        self._start = array("Q")
        self._size = array("Q")
        self._limit = array("Q")
        self._flags = array("B")
        self._table = array("B")
        self._name = array("I")

    def __len__(self) -> int:
        return len(self._start)

    def heap(self, content: memoryview) -> int:
        """Add a heap of names; returns its number."""
        self.heaps.append(content)
        return len(self.heaps) - 1

    def add(self, start: int, size: int, limit: int, flags: int, table: int, name: int) -> None:
        """Add a symbol whose name is at `name` in the heap numbered `table`; nothing of it is at or beyond `limit`, its section's end."""
        self._start.append(start)
        self._size.append(size)
        self._limit.append(limit)
        self._flags.append(flags)
        self._table.append(table)
        self._name.append(name)

    def extend(self, rows: memoryview, flags: memoryview, table: int, names: memoryview) -> None:
        """Add many at once: `rows` (u64) has start, size and limit of each."""
        for place, column in enumerate((self._start, self._size, self._limit)):
            column.frombytes(rows[place::3].tobytes())
        self._flags.frombytes(flags)
        self._table.frombytes(bytes((table,)) * len(flags))
        self._name.frombytes(names.cast("B"))

    def finish(self) -> Symbols:
        """The symbols, sorted, without aliases and overlaps."""
        own = (self._start, self._size, self._limit, self._flags, self._table, self._name)
        listed = elf_symbols.Listed(*(memoryview(column) for column in own))
        chosen = self._without_aliases(listed)
        n = len(chosen)
        pieces = zeros("Q", 3 * (2 * n + 1))
        starts, sizes, limits = memoryview(self._start), memoryview(self._size), memoryview(self._limit)
        count = elf_symbols.sweep(starts, sizes, limits, chosen, pieces, zeros("Q", n), zeros("I", n))
        symbols = Symbols(self.heaps)
        columns = (symbols.address, symbols.size, symbols.start, symbols.flags, symbols.table, symbols.name)
        for column in columns:
            column.frombytes(bytes(count * column.itemsize))
        elf_symbols.spread(pieces, listed, elf_symbols.Listed(*(memoryview(column) for column in columns)))
        return symbols

    def _without_aliases(self, listed: elf_symbols.Listed) -> memoryview:
        """The numbers of the symbols, by their start; of several with one start the highest-ranking first."""
        n = len(self._start)
        chosen, shared = zeros("I", n), zeros("I", 2 * n)
        heap = self.heaps[0] if self.heaps else memoryview(b"")
        count = elf_symbols.order(listed, heap, zeros("I", n), zeros("I", n), chosen, shared)
        for place, number in zip(shared[::2], shared[1::2], strict=True):
            if place == NONE:
                break
            if self._called(number) < self._called(chosen[place]):
                chosen[place] = number
        return chosen[:count]

    def _called(self, number: int) -> tuple[int, bytes]:
        name = string_at(self.heaps[self._table[number]], self._name[number], _COMPARED)
        return len(name), name
