"""The inlined functions of a PDB, which are known by their numbers in the IPI stream, and their names.

Type records have no table of places. What there is of an index beside them (TPI hash stream: a record in every 8 KB) is used where it can
be; else one is made. So a few names are read without the rest of the stream (`kernels/codeview_names.py`).
"""

from __future__ import annotations

from array import array
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.pdb.msf import Blocks, Msf, numbers_of
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import codeview_lines, codeview_names, codeview_sites
from symbolicator.kernels.codeview_symbols import MANGLED

_TPI: Final = 2
_IPI: Final = 4
_HEADER: Final = 56
_MOST_BETWEEN: Final = 72 << 10
"""Bytes from one record of an index to the next: 8 KB and the longest record."""
_LEAST_STEPS: Final = 1 << 20
_STEPS: Final = 4
"""Records that are passed over, for each byte of a stream: names share what they are found by."""
_TEXT: Final = 4 << 20
"""Bytes of names that are in memory at once."""


class TypeRecords:
    """The type records of a PDB, opened once. Raises nothing: where they cannot be read, there are none."""

    def __init__(self, msf: Msf) -> None:
        self._msf = msf
        self._known: dict[int, tuple[Blocks, memoryview] | None] = {}

    @cached_property
    def numbers(self) -> tuple[int, int]:
        """The first number of the IPI stream, and how many there are."""
        try:
            head = numbers_of(self._msf.head(_IPI, 16))
        except MalformedArtifact:
            return 0, 0
        if len(head) < 4 or head[3] < head[2]:
            return 0, 0
        return head[2], min(head[3] - head[2], self._msf.size(_IPI) // 4)

    @property
    def ids(self) -> codeview_names.Records | None:
        """Those of functions and scopes."""
        return self._open(_IPI)

    @property
    def types(self) -> codeview_names.Records | None:
        """Those of classes."""
        return self._open(_TPI)

    def _open(self, stream: int) -> codeview_names.Records | None:
        if stream not in self._known:
            try:
                self._known[stream] = self._read(stream)
            except MalformedArtifact:
                self._known[stream] = None
        known = self._known[stream]
        if known is None:
            return None
        records = self._records(known[0])
        records.give(known[1])
        return records

    def _records(self, blocks: Blocks) -> codeview_names.Records:
        return codeview_names.Records(self._msf.whole, blocks.numbers, blocks.bits, blocks.size, _STEPS * blocks.size + _LEAST_STEPS)

    def _read(self, stream: int) -> tuple[Blocks, memoryview] | None:
        """Where a stream is, and an index of it."""
        blocks, head = self._msf.blocks(stream), numbers_of(self._msf.head(stream, _HEADER))
        if len(head) < _HEADER // 4 or head[1] < _HEADER:
            return None
        index = self._index(head, blocks.size)
        if index is None:
            room = zeros("I", 2 * (blocks.size // (4 * codeview_names.STRIDE) + 1))
            index = room[: 2 * codeview_names.survey(self._records(blocks), head[1], head[2], room)]
        return blocks, index

    def _index(self, head: array[int], size: int) -> memoryview | None:
        """Where some records of a stream with this header begin, as the file says; None if that cannot be."""
        stream, at, length = head[5] & 0xFFFF, head[10], head[11]
        if at + length > self._msf.size(stream) or not 8 <= length <= size:
            return None
        try:
            pairs = memoryview(numbers_of(self._msf.window(stream, at, length & -8)))
        except MalformedArtifact:
            return None
        return pairs if codeview_names.settle(pairs, head[1], head[2], size, _MOST_BETWEEN) else None


class Inlinees:
    """The inlined functions that the modules read so far use."""

    def __init__(self, records: TypeRecords) -> None:
        self._records = records
        self._first, self._count = records.numbers
        self._kernels: dict[int, codeview_sites.Inlinees] = {}
        self._tables: dict[int, memoryview] = {}
        self._used = 0

    def of(self, language: int) -> codeview_sites.Inlinees:
        """Those of a language (DW_LANG), for the kernel; `count` them afterwards."""
        kernel = self._kernels.get(language)
        if kernel is None:
            table = self._tables[language] = zeros("I", self._count + 1)
            kernel = self._kernels[language] = codeview_sites.Inlinees(table, self._first)
        kernel.count = self._used
        return kernel

    def count(self, kernel: codeview_sites.Inlinees) -> None:
        """Take over what the kernel has counted."""
        self._used = kernel.count

    def functions(self, strings: Strings, most: int) -> memoryview:
        """Their rows of `functions` (`table/columns.py`). At most `most` bytes of names are read."""
        functions = zeros("I", 3 * self._used)
        if not self._used:
            return functions
        numbers = zeros("I", self._used)
        for language, table in self._tables.items():
            places = zeros("I", self._used)
            codeview_lines.places_of(table, places)
            for turn, place in enumerate(places):
                if place or table[0] == turn + 1:
                    numbers[turn] = self._first + place
                    functions[3 * turn + 2] = language
        self._write(numbers, functions, strings, most)
        return functions

    def _write(self, numbers: memoryview, functions: memoryview, strings: Strings, most: int) -> None:
        ids, scopes, types = self._records.ids, self._records.ids, self._records.types
        if ids is None or scopes is None or types is None:
            return
        text, references = zeros("B", _TEXT), zeros("Q", len(numbers))
        plain, mangled = zeros("I", len(numbers)), zeros("I", len(numbers))
        first = 0
        while first < len(numbers) and most > 0:
            stop = codeview_names.write(ids, scopes, types, numbers, first, text, references)
            strings.gather(text, 0, references[first:stop], plain[first:stop])
            strings.gather(text, MANGLED, references[first:stop], mangled[first:stop])
            first = stop
            most -= _TEXT
        functions[::3], functions[1::3] = plain, mangled
