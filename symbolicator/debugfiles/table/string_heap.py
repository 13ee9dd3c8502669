"""The strings of a table under construction, equal ones once; the loops are in `kernels/native_strings.py`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate, count
from operator import add
from typing import Final

from symbolicator.debugfiles.table.buffers import power_of_two, stretched, zeros
from symbolicator.kernels import native_strings

_MOST_READ: Final = 8
"""How many times the heap's limit may be read in all, because references may point into the middle of each other's strings."""

_TABLE: Final = zeros("I", 0)
_STARTS: Final = zeros("Q", 0)
_HEAP: Final = zeros("B", 0)


class Strings:
    """Strings of a table, equal ones once, numbered from 1: 0 is none. Filled by `gather`."""

    def __init__(self, heap_limit: int) -> None:
        self.heap = zeros("B", 1 << 16)
        self.starts = zeros("Q", 1 << 10)
        self._table = zeros("I", 1 << 11)
        self._kernel = native_strings.Heap(_MOST_READ * heap_limit)
        self._kernel.give(self._table, self.starts, self.heap)
        self._limit = heap_limit

    @property
    def count(self) -> int:
        """The number of strings."""
        return int(self._kernel.count)

    @property
    def cut(self) -> int:
        """Strings dropped because a limit was reached: of the heap's bytes, or of those read."""
        return int(self._kernel.cut)

    @property
    def size(self) -> int:
        """Bytes of the heap in use."""
        return int(self.starts[self.count])

    def gather(self, section: memoryview, prefix: int, references: memoryview, index: memoryview, cuts: bytes = b"") -> None:
        """Add the strings of `references` (u64) that begin with `prefix`; their numbers go to `index`. `cuts`: see the kernel."""
        self._make_room(len(references))
        first = 0
        while first < len(references):
            first = native_strings.gather(self._kernel, section, prefix, references, cuts, first, index)
            if first < len(references):
                if len(self.heap) >= self._limit:
                    self._kernel.left = 0  # no more are read, so what does not fit costs nothing
                else:
                    self._kernel.give(_TABLE, _STARTS, _HEAP)  # lets go of them
                    self.heap = stretched(self.heap, min(2 * len(self.heap) + (1 << 14), self._limit))
                    self._kernel.give(self._table, self.starts, self.heap)

    def add(self, texts: Iterable[bytes]) -> list[int]:
        """Add strings created here; returns their numbers."""
        texts = [*texts, b""]
        section = b"\0".join(texts)
        if section.count(0) >= len(texts):
            texts = [text.replace(b"\0", b"") for text in texts]
            section = b"\0".join(texts)
        references = array("Q", map(add, accumulate(map(len, texts[:-1]), initial=0), count()))[:-1]
        index = zeros("I", len(references))
        self.gather(memoryview(section), 0, memoryview(references), index)
        return index.tolist()

    def _make_room(self, more: int) -> None:
        wanted = self.count + more + 1
        if len(self.starts) >= wanted and len(self._table) >= 2 * wanted:
            return
        self._kernel.give(_TABLE, _STARTS, _HEAP)  # lets go of them
        if len(self.starts) < wanted:
            self.starts = stretched(self.starts, 2 * wanted)
        is_short = len(self._table) < 2 * wanted
        if is_short:
            self._table = zeros("I", power_of_two(2 * wanted))
        self._kernel.give(self._table, self.starts, self.heap)
        if is_short:
            native_strings.rehash(self._kernel)
