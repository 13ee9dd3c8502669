"""A text file with an index of its lines, so that a few lines of a large file are read without looking at the rest.

The table `text`, version 1: `heap`, the file as UTF-8; `starts` (I), the byte at which each line starts, and one more past the last
line's end. Lines end as ECMAScript's do (ECMA-262 §12.3): `\\n`, `\\r\\n`, `\\r`, U+2028, U+2029.

For `b"a\\r\\nb"`: heap `a \\r \\n b`, starts 0, 3, 4.
"""

from __future__ import annotations

import codecs
import re
from array import array
from typing import Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded

MAX_BYTES: Final = 512 * 2**20
_LINE_END: Final = re.compile(rb"\r\n?|\n|\xe2\x80[\xa8\xa9]")
_ENDS: Final = b"\r\n"
_BOMS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def line_starts(text: bytes | bytearray | memoryview) -> array[int]:
    """The byte at which each line of UTF-8 `text` starts, from 0, and the text's end."""
    starts = array("I", [0])
    starts.extend(found.end() for found in _LINE_END.finditer(text))
    starts.append(len(text))
    return starts


def without_end(line: str) -> str:
    """`line` without the line terminator it ends with."""
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(("\n", "\r", "\u2028", "\u2029")) else line


class TextIndex:
    """An opened text: lines by number."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @property
    def line_count(self) -> int:
        """The number of lines; a text that ends with a line end has an empty last one."""
        return self._table.length("starts") - 1

    @property
    def byte_count(self) -> int:
        """The size of the text as UTF-8, in bytes."""
        return self._table.length("heap")

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """The lines before, at and after the 0-based `line`, without their ends; None where there is no such line."""
        if not 0 <= line < self.line_count:
            return None
        first = max(0, line - before)
        last = min(self.line_count, line + after + 1)
        starts = self._table.window("starts", first, last + 1)
        heap = self._table.blob_window("heap", starts[0], starts[-1])
        lines = [
            without_end(bytes(heap[starts[i] - starts[0] : starts[i + 1] - starts[0]]).decode("utf-8", "replace")) for i in range(last - first)
        ]
        return lines[: line - first], lines[line - first], lines[line - first + 1 :]


class TextCompiler:
    """Any text file → `TextIndex`. UTF-16 with a byte order mark is read too."""

    name: Final = "text"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file's content. Raises `LimitExceeded` for a file of more than 512 MiB."""
        (content,) = contents
        if len(content) > MAX_BYTES:
            raise LimitExceeded(f"a text of {len(content)} bytes; the bound is {MAX_BYTES}")
        text: bytes | memoryview = content
        for mark, encoding in _BOMS:
            if content[:2] == mark:
                text = str(content[2:], encoding, "replace").encode("utf-8", "surrogatepass")
        if text[:3] == codecs.BOM_UTF8:
            text = text[3:]
        return TableWriter(self.name, self.version).column("starts", line_starts(text)).blob("heap", text)

    def open(self, table: Table) -> TextIndex:
        """The index over a compiled table."""
        return TextIndex(table)
