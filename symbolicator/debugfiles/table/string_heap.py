"""The strings of a table while it is made, equal ones once; the loops are `kernels/dwarf_merge.py`'s."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from symbolicator.debugfiles.table.buffers import power_of_two, stretched, zeros
from symbolicator.kernels import dwarf_merge

_MOST_READ: Final = 8
"""Times the heap's bound: bytes of strings that are read in all, since references may lead into the midst of one another's."""


class Strings:
    """Strings of a table, equal ones once, numbered from 1: 0 is none. Filled by `gather`."""

    def __init__(self, heap_limit: int) -> None:
        self.heap = zeros("B", 1 << 16)
        self.starts = zeros("Q", 1 << 10)
        self._table = zeros("I", 1 << 11)
        self._result = zeros("q", 3)
        self._result[1] = _MOST_READ * heap_limit
        self._limit = heap_limit

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._result[0])

    @property
    def cut(self) -> int:
        """Strings left out because a bound was reached: of the heap's bytes, or of those read."""
        return int(self._result[2])

    @property
    def size(self) -> int:
        """Bytes of the heap that are used."""
        return int(self.starts[self.count])

    def gather(self, section: memoryview, prefix: int, references: memoryview, index: memoryview, cuts: bytes = b"") -> None:
        """Add the strings of `references` (u64) that begin with `prefix`; their numbers go to `index`. `cuts`: see the kernel."""
        self._make_room(len(references))
        first = 0
        while first < len(references):
            first = dwarf_merge.gather(section, prefix, references, first, cuts, self._table, self.starts, self.heap, index, self._result)
            if first < len(references):
                if len(self.heap) >= self._limit:
                    self._result[1] = 0  # no more are read, so what does not fit costs nothing
                else:
                    self.heap = stretched(self.heap, min(2 * len(self.heap) + (1 << 14), self._limit))

    def add(self, texts: Iterable[bytes]) -> list[int]:
        """Add strings made here; their numbers."""
        section = bytearray()
        references = array("Q")
        for text in texts:
            references.append(len(section))
            section += text.replace(b"\0", b"") + b"\0"
        index = zeros("I", len(references))
        self.gather(memoryview(section), 0, memoryview(references), index)
        return index.tolist()

    def _make_room(self, more: int) -> None:
        wanted = self.count + more + 1
        if len(self.starts) < wanted:
            self.starts = stretched(self.starts, 2 * wanted)
        if len(self._table) < 2 * wanted:
            self._table = zeros("I", power_of_two(2 * wanted))
            dwarf_merge.rehash(self.heap, self.starts, self.count, self._table)
