"""Look-ups in a compiled Portable PDB: `PdbIndex`. The columns are described in `compiling.py`.

A method is known by its token (`0x06000002`) or its row (2); where in it, by the offset in its IL, in bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.lines import context, line_starts
from symbolicator.artifacts.tables import Table

_TOKEN_TABLE: Final = 0x06


class SourcePlace(msgspec.Struct, frozen=True):
    """Where code comes from: the document's number and name, `line` and `column` from 1 (0: no column is known)."""

    document: int
    file: str
    line: int
    column: int
    language: str


def row_of_token(token: int) -> int | None:
    """The row of a method's token, or of what is one already; None for a token of anything else.

    >>> row_of_token(0x06000002), row_of_token(2), row_of_token(0x2B000001)
    (2, 2, None)
    """
    table, row = token >> 24, token & 0xFFFFFF
    return row or None if table in (0, _TOKEN_TABLE) else None


@over_table
class PdbIndex:
    """A compiled Portable PDB."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.method_count = max(table.length("starts") - 1, 0)
        points, documents = table.length("offsets"), table.length("texts") - 1
        expect(
            table,
            {"starts": "I", "offsets": "I", "lines": "I", "column": "H", "documents": "I", "sizes": "I", "machines": "I", "kickoffs": "I",
             "texts": "I", "heap": "B"},
            lines=points, column=points, documents=points, sizes=self.method_count, machines=self.method_count,
            kickoffs=self.method_count, texts=documents + 1,
        )  # fmt: skip
        self.document_count = documents
        self.debug_ids = tuple(str(one) for one in table.meta.get("debug_ids", ()))
        self.warnings = tuple(str(one) for one in table.meta.get("warnings", ()))

    def lookup(self, row: int, offset: int) -> SourcePlace | None:
        """The source of the code at `offset` of the method in `row`; None if unknown.

        As the runtime does it: the last point at or before the offset that is not hidden.
        """
        if not 0 < row <= self.method_count:
            return None
        start, end = self._table.window("starts", row - 1, row + 1)
        if not start < end:
            return None
        place = bisect_right(self._table.window("offsets", start, end), offset) - 1
        lines = self._table.window("lines", start, end)
        while place >= 0 and not lines[place]:
            place -= 1
        return None if place < 0 else self._place(start + place)

    def _place(self, point: int) -> SourcePlace:
        table = self._table
        number = table.item("documents", point)
        file = self.document(number) if number else ""
        return SourcePlace(number, file, table.item("lines", point), table.item("column", point), self.language(number))

    def first_place(self, row: int) -> SourcePlace | None:
        """Where a method begins in its source."""
        if not self.has_points(row):
            return None
        start, end = self._table.window("starts", row - 1, row + 1)
        first = next((at for at, line in enumerate(self._table.window("lines", start, end), start) if line), None)
        return None if first is None else self._place(first)

    def only_line(self, row: int) -> SourcePlace | None:
        """The position of a method whose code is all on one line; None for others."""
        if not self.has_points(row):
            return None
        start, end = self._table.window("starts", row - 1, row + 1)
        lines = {line for line in self._table.window("lines", start, end) if line}
        files = {file for file in self._table.window("documents", start, end) if file}
        return self.first_place(row) if len(lines) == len(files) == 1 else None

    def has_points(self, row: int) -> bool:
        """Whether any part of a method is in a source."""
        return 0 < row <= self.method_count and self._table.item("starts", row - 1) < self._table.item("starts", row)

    def size(self, row: int) -> int:
        """The bytes of a method's IL; 0 if unknown."""
        return self._table.item("sizes", row - 1) if 0 < row <= self.method_count else 0

    def machine_of(self, row: int) -> int:
        """The row of the method that the body of an async method, or an iterator, went to (`MoveNext`); 0 where it went nowhere."""
        return self._table.item("machines", row - 1) if 0 < row <= self.method_count else 0

    def kickoff_of(self, row: int) -> int:
        """The row of the method whose body this one is; 0 where it is its own."""
        return self._table.item("kickoffs", row - 1) if 0 < row <= self.method_count else 0

    def document(self, number: int) -> str:
        """The name of a document, from 1."""
        return (self._table.string("names", number - 1) or "") if 0 < number <= self.document_count else ""

    def language(self, number: int) -> str:
        """`csharp`, `vb` or `fsharp`; "" if unknown."""
        return (self._table.string("languages", number - 1) or "") if 0 < number <= self.document_count else ""

    def source_link(self, number: int) -> str | None:
        """The URL that Source Link gives a document. Nobody asks it."""
        return self._table.string("links", number - 1) if 0 < number <= self.document_count else None

    def text(self, number: int) -> bytes | None:
        """The embedded text of a document, UTF-8; None if there is none."""
        if not self.has_text(number):
            return None
        start, end = self._table.window("texts", number - 1, number + 1)
        return bytes(self._table.blob_window("heap", start, end))

    def has_text(self, number: int) -> bool:
        """Whether a document's text is embedded."""
        return 0 < number <= self.document_count and self._table.item("texts", number - 1) < self._table.item("texts", number)

    def context(self, number: int, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """Lines of an embedded text before, at and after the 0-based `line`; None if there is none."""
        text = self.text(number)
        if text is None:
            return None
        above, found, below = context(line_starts(text), len(text), lambda start, stop: text[start:stop], line, before, after)
        return None if found is None else (above, found, below)
