"""The classes of a compiled mapping: by new name, by original name, by row."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from zlib import crc32

import msgspec

from symbolicator.artifacts.tables import Table
from symbolicator.cached import cached_property
from symbolicator.kernels import mapping_numbers as mn
from symbolicator.mappings.memo import remember
from symbolicator.mappings.text import text_at


class RenamedClass(msgspec.Struct, frozen=True):
    """One class of the mapping. `file` is what R8 says of it; None where it says nothing."""

    row: int
    original: str
    renamed: str
    file: str | None


class Classes:
    """Look-ups over the columns of classes. Names may have several classes, which are in the order of the file."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._by_renamed: dict[str, tuple[RenamedClass, ...]] = {}
        self._by_original: dict[str, tuple[RenamedClass, ...]] = {}
        self.by_row: dict[int, RenamedClass] = {}
        """Those that were read."""

    def class_name(self, renamed: str) -> str | None:
        """See `MappingIndex.class_name`."""
        found = self._by_renamed.get(renamed)
        if found is None:
            found = self.renamed(renamed)
        return found[-1].original if found else None

    def renamed(self, name: str) -> tuple[RenamedClass, ...]:
        """The classes that became `name`."""
        found = self._by_renamed.get(name)
        if found is None:
            found = tuple(one for one in self._by_key(self._renamed_keys, name) if one.renamed == name)
            remember(self._by_renamed, name, found)
        return found

    def original(self, name: str) -> tuple[RenamedClass, ...]:
        """The classes that were `name`."""
        found = self._by_original.get(name)
        if found is None:
            found = tuple(one for one in self._by_key(self._original_keys, name) if one.original == name)
            remember(self._by_original, name, found)
        return found

    def _by_key(self, columns: tuple[memoryview, memoryview], name: str) -> Iterator[RenamedClass]:
        """The classes whose name has the key of `name`, by a column of keys and that of their rows: nearly always one or none."""
        keys, rows = columns
        wanted = crc32(name.encode("utf-8", "surrogatepass"))
        at = bisect_left(keys, wanted)
        while at < len(keys) and keys[at] == wanted:
            yield self.at(rows[at])
            at += 1

    @cached_property
    def _renamed_keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("class_keys"), self._table.column("class_rows")

    @cached_property
    def _original_keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("original_keys"), self._table.column("original_rows")

    def at(self, row: int) -> RenamedClass:
        """The class of a row."""
        known = self.by_row.get(row)
        if known is None:
            known = self._read(row)
            remember(self.by_row, row, known)
        return known

    def _read(self, row: int) -> RenamedClass:
        at = mn.CLASS_WIDTH * row
        numbers = self._table.window("classes", at, at + mn.CLASS_WIDTH)
        original, original_size, renamed, renamed_size, file, file_size, _, _ = numbers
        name: str | None = None
        if file_size == mn.NONE:
            name = self._table.string("files", file)
        elif file_size:
            name = text_at(self._table, file, file_size)
        return RenamedClass(row, text_at(self._table, original, original_size), text_at(self._table, renamed, renamed_size), name)
