"""A text file with an index of its lines, so that a few lines of a large file are read without scanning the rest.

The table `text`, version 1: `heap`, the file as UTF-8; `starts` (I), the byte where each line starts, plus one past the last
line's end; if the text is not all ASCII, also `units` and `points` (I), the UTF-16 code units and code points before each 1024 bytes of the
heap, so that a column in a line of megabytes is found by reading 1024 of its bytes. Lines end as in ECMAScript (ECMA-262 §12.3):
`\\n`, `\\r\\n`, `\\r`, U+2028, U+2029.

For `b"a\\r\\nb"`: heap `a \\r \\n b`, starts 0, 3, 4, units and points without items.
"""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_right
from typing import Final

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.lines import line_starts, lines_of
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact

MAX_BYTES: Final = 512 * 2**20
_SAMPLE: Final = 1024
_PROBE: Final = 4096
_CONTINUATIONS: Final = bytes(range(0x80, 0xC0))
_BELOW_FOUR: Final = bytes(range(0xF0))
_BOMS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _counts(text: bytes) -> tuple[int, int]:
    """The UTF-16 code units and the code points that begin in some bytes of UTF-8: four-byte sequences are two units."""
    if text.isascii():
        return len(text), len(text)
    points = len(text.translate(None, _CONTINUATIONS))
    return points + len(text.translate(None, _BELOW_FOUR)), points


def _samples(text: bytes | memoryview) -> tuple[array[int], array[int]]:
    units, points = array("I"), array("I")
    unit = point = 0
    for start in range(0, len(text), _SAMPLE):
        units.append(unit)
        points.append(point)
        more = _counts(bytes(text[start : start + _SAMPLE]))
        unit, point = unit + more[0], point + more[1]
    return units, points


@over_table
class TextIndex:
    """An opened text: lines by number, positions in a line by column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        expect(
            table, {"heap": "B", "starts": "I", "units": "I", "points": "I"},
            starts=max(table.length("starts"), 1), points=table.length("units"),
        )  # fmt: skip
        self.is_wide = table.length("units") > 0
        """False if all of the text is ASCII, so that columns are the same in all units."""

    def byte_at(self, line: int, column: int, points: bool = False) -> int | None:
        """The byte of the heap at a 0-based `column` of `line`, counted in UTF-16 code units, or in code points.

        None if there is no such line or it ends before the column.
        """
        if not 0 <= line < self.line_count or column < 0:
            return None
        start, end = self._table.window("starts", line, line + 2)
        if not self.is_wide:
            return int(start + column) if start + column <= end else None
        counted = self._table.column("points" if points else "units")
        target = self._count(start, points) + column
        block = bisect_right(counted, target) - 1
        chunk = bytes(self._table.blob_window("heap", block * _SAMPLE, min((block + 1) * _SAMPLE + 4, self.byte_count)))
        lead = len(chunk) - len(chunk.lstrip(_CONTINUATIONS))
        text = chunk[lead:].decode("utf-8", "ignore")
        rest = target - counted[block]
        if (len(text) if points else len(text.encode("utf-16-le")) // 2) < rest:
            return None  # beyond the end of the text
        head = text[:rest] if points else text.encode("utf-16-le")[: 2 * rest].decode("utf-16-le", "ignore")
        at = block * _SAMPLE + lead + len(head.encode())
        halved = not points and len(head.encode("utf-16-le")) // 2 < rest  # within a surrogate pair: `at` is where it begins
        return int(at) if at + halved <= end else None

    def line_size(self, line: int) -> int | None:
        """The bytes of the 0-based `line` including its end: an upper bound for its columns in any unit.

        None if there is no such line, and for a line that ends with anything but `\\n`: not all map writers treat that as an end.
        """
        if not 0 <= line < self.line_count:
            return None
        start, end = self._table.window("starts", line, line + 2)
        plain = line + 1 == self.line_count or bytes(self._table.blob_window("heap", end - 1, end)) == b"\n"
        return int(end - start) if plain else None

    def column_at(self, line: int, byte: int) -> int:
        """The 0-based column, in UTF-16 code units, of a byte of the heap in `line`."""
        start = int(self._table.window("starts", line, line + 1)[0])
        return self.unit_at(byte) - self.unit_at(start)

    def unit_at(self, byte: int) -> int:
        """How many UTF-16 code units are before a byte of the heap."""
        return self._count(byte, False) if self.is_wide else byte

    def place_at(self, byte: int) -> tuple[int, int]:
        """The line and the column, both 0-based, of a byte of the heap."""
        line = bisect_right(self._table.column("starts"), byte, 0, self.line_count) - 1
        return line, self.column_at(line, byte)

    def slice(self, start: int, stop: int) -> str:
        """The text between two bytes of the heap; partial characters at its ends are dropped."""
        return self.raw(start, stop).decode("utf-8", "ignore")

    def raw(self, start: int, stop: int) -> bytes:
        """The bytes of the heap from `start` on, before `stop`."""
        return bytes(self._table.blob_window("heap", max(start, 0), max(0, start, min(stop, self.byte_count))))

    def _count(self, byte: int, points: bool) -> int:
        block = min(byte // _SAMPLE, self._table.length("units") - 1)
        more = _counts(bytes(self._table.blob_window("heap", block * _SAMPLE, byte)))
        return int(self._table.window("points" if points else "units", block, block + 1)[0]) + more[points]

    @property
    def line_count(self) -> int:
        """The number of lines; a text that ends with a line end has an empty last one."""
        return self._table.length("starts") - 1

    @property
    def byte_count(self) -> int:
        """The size of the text as UTF-8, in bytes."""
        return self._table.length("heap")

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """The lines before, at and after the 0-based `line`, without line ends; None if there is no such line."""
        if not 0 <= line < self.line_count:
            return None
        first = max(0, line - before)
        last = min(self.line_count, line + after + 1)
        starts = self._table.window("starts", first, last + 1)
        heap = bytes(self._table.blob_window("heap", starts[0], starts[-1]))
        around, found, rest = lines_of(heap, starts, last - first, line - first)
        return None if found is None else (around, found, rest)


class TextCompiler:
    """Any text file → `TextIndex`. UTF-16 with a byte order mark is accepted too."""

    name: Final = "text"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file's content. Raises `LimitExceeded` for a file of more than 512 MiB."""
        (content,) = contents
        if len(content) > MAX_BYTES:
            raise LimitExceeded(f"the text has {len(content)} bytes; the limit is {MAX_BYTES}")
        text: bytes | memoryview = content
        for mark, encoding in _BOMS:
            if content[:2] == mark:
                text = str(content[2:], encoding, "replace").encode("utf-8", "surrogatepass")
        if text[:3] == codecs.BOM_UTF8:
            text = text[3:]
        if b"\0" in bytes(text[:_PROBE]):
            raise MalformedArtifact("not text: it contains NUL bytes")
        starts = line_starts(text)
        starts.append(len(text))
        units, points = (array("I"), array("I")) if bytes(text).isascii() else _samples(text)
        writer = TableWriter(self.name, self.version).column("starts", starts).blob("heap", text)
        return writer.column("units", units).column("points", points)

    def open(self, table: Table) -> TextIndex:
        """The index over a compiled table."""
        return TextIndex(table)
