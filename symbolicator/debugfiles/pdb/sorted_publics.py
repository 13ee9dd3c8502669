"""The public symbols of some code, found by the list that the linker sorted by address: the others are not read."""

from __future__ import annotations

from array import array
from typing import Final

from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.pdb.msf import Msf, numbers_of
from symbolicator.debugfiles.pdb.publics import Publics, publics_among
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import codeview_names, codeview_publics

_HEADER: Final = 28
_MOST_SECTIONS: Final = 64
"""Sections of code, in a file whose list is used: an honest one has a few."""


class SortedPublics:
    """Finds public symbols (publics stream: a header, a hash table, then the list). Raises `MalformedArtifact`.

    The list is not checked. In a damaged file it may be out of order, and then symbols can be missing: code of one of them gets the name
    of the symbol before. Or it names places where no record begins: what is read there as a record counts if it looks like a public
    symbol of that code.
    """

    def __init__(self, msf: Msf, dbi: Dbi) -> None:
        self._dbi, self._size = dbi, msf.size(dbi.symbol_stream)
        blocks = msf.blocks(dbi.symbol_stream)
        self._records = codeview_names.Records(msf.whole, blocks.numbers, blocks.bits, blocks.size, 0)
        head = numbers_of(msf.head(dbi.public_stream, _HEADER))
        listed = msf.window(dbi.public_stream, _HEADER + head[0], head[1]) if len(head) == _HEADER // 4 else memoryview(b"")
        self._places = memoryview(numbers_of(listed))
        self._sections = [(number, one) for number, one in enumerate(dbi.sections, 1) if one.is_code]
        self.is_usable = 0 < len(self._places) <= self._size // 4 and len(self._sections) <= _MOST_SECTIONS and not dbi.is_moved
        """Whether there is a list, by addresses that are still those of the code."""

    def within(self, spans: memoryview) -> Publics | None:
        """Those in some ranges: start and end of each (u64), ascending. None if the list names more than there is."""
        found: set[int] = set()
        for start, end in zip(spans[::2], spans[1::2], strict=True):
            for number, section in self._sections:
                if start < section.end and end > section.start:
                    low = self._first(number, max(start - section.start, 0))
                    found.update(self._places[low : self._first(number, min(end, section.end) - section.start)])
        places = memoryview(array("I", sorted(found)))
        content = zeros("B", self._size)  # of which only what is written to takes memory
        size = codeview_publics.copy(self._records, places, content)
        return None if size < 0 else publics_among(content[:size].toreadonly(), self._dbi).within(spans)

    def _first(self, section: int, offset: int) -> int:
        return codeview_publics.first_at(self._records, self._places, section, offset)
