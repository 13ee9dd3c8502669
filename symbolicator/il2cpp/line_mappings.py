"""`LineNumberMappings.json`, which il2cpp writes beside the C++ that it generates (`--emit-source-mapping`)::

    {"…/il2cppOutput/Game.cpp": {"…/Assets/Tower.cs": {"812": 31, "820": 32}}}

A line of the C++ (from 1, as text) and the line of C# (from 1) whose code begins there; what is below it belongs to it, up to the next
one. Code that no C# stands behind has the file `<no-source>`. `__debug-id__` may say which build it is of: sentry-cli writes that into it.

The table `il2cpp`; C++ files are ordered by their names: `name`, `path` (strings: the last segment, and all of it), `first` (I: where the
rows of a file begin, and one more), `line` (I: of the C++, rising within a file), `source` (I: number of the C# file; 2**32 - 1 for none),
`source_line` (I), `source_path` (strings). Meta: `debug_id`. Versions: 1, the first; 2, lines without a source.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Any, Final

import msgspec

from symbolicator.artifacts.damage import expect, over_table, text
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact

FILE_NAME: Final = "LineNumberMappings.json"
MAX_ROWS: Final = 20_000_000
_ID: Final = "__debug-id__"
_ABOVE: Final = 2
"""How far above the lines of a function's code its first statement may begin: where one of the function before it begins, two lines that
close it and one that names the next follow.
"""
_LAST_LINE: Final = (1 << 32) - 1
_NO_SOURCE: Final = (1 << 32) - 1


@over_table
class LineMappings:
    """An opened mapping."""

    def __init__(self, table: Table) -> None:
        self._table = table
        columns = {"first": "I", "line": "I", "source": "I", "source_line": "I"}
        expect(table, columns, source=table.length("line"), source_line=table.length("line"), first=table.length("name#items") + 1)
        self.debug_id: str | None = text(table, "debug_id")
        """The build that it says it is of."""

    def lookup(self, path: str, first: int, line: int) -> tuple[str, int] | None:
        """The C# file, and the line in it, of a `line` of the C++ file at `path`; `first` is another line of the same function; all from 1.

        The last statement of C# that begins at or above `line` is meant, if it begins in the function. None if none does, if it has no
        source, if the file is not there, or several have its name and none its path.
        """
        number = self._file(path.replace("\\", "/"))
        if number is None:
            return None
        begin, end = self._table.window("first", number, number + 2)
        rows = self._table.window("line", begin, end)
        place = bisect_right(rows, line) - 1
        if place < 0 or rows[place] < min(first, line) - _ABOVE:
            return None
        number = self._table.item("source", begin + place)
        if number == _NO_SOURCE:
            return None
        source = self._table.string("source_path", number)
        return None if source is None else (source, self._table.item("source_line", begin + place))

    def _file(self, path: str) -> int | None:
        name, count = path.rpartition("/")[2], self._table.length("name#items")
        start = bisect_left(range(count), name, key=self._name)
        end = bisect_right(range(count), name, lo=start, key=self._name)
        same = next((at for at in range(start, end) if self._table.string("path", at) == path), None)
        return start if same is None and end - start == 1 else same

    def _name(self, number: int) -> str:
        return self._table.string("name", number) or ""


class LineMappingCompiler:
    """A mapping → `LineMappings`."""

    name: Final = "il2cpp"
    version: Final = 2

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file's content. Raises `MalformedArtifact`, `LimitExceeded`."""
        (content,) = contents
        try:
            files = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedArtifact(f"not a mapping of il2cpp: {error}") from error
        debug_id = files.pop(_ID, None)
        names, paths, sources = list[str](), list[str](), dict[str, int]()
        first, lines, source, source_lines = array("I", [0]), array("I"), array("I"), array("I")
        spelled = ((one.replace("\\", "/"), rest) for one, rest in files.items())
        for path, rest in sorted(spelled, key=lambda one: (_name_of(one[0]), one[0])):
            rows = _rows(path, rest, sources)
            names.append(_name_of(path))
            paths.append(path)
            lines.extend(row[0] for row in rows)
            source.extend(row[1] for row in rows)
            source_lines.extend(row[2] for row in rows)
            first.append(len(lines))
            if len(lines) > MAX_ROWS:
                raise LimitExceeded(f"the mapping has more than {MAX_ROWS:,} lines")
        writer = TableWriter(self.name, self.version).strings("name", names).strings("path", paths).strings("source_path", sources)
        writer.column("first", first).column("line", lines).column("source", source).column("source_line", source_lines)
        if debug_id is not None and (known := _text_of(debug_id)):
            writer.meta["debug_id"] = known
        return writer

    def open(self, table: Table) -> LineMappings:
        """The index over a compiled table."""
        return LineMappings(table)


def _rows(path: str, rest: msgspec.Raw, sources: dict[str, int]) -> list[tuple[int, int, int]]:
    """The rows of one C++ file in order: its line, the number of the C# file, the line there. A line with two places has no source."""
    try:
        files = msgspec.json.decode(rest, type=dict[str, dict[str, int]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedArtifact(f"the lines of {path:.200} are not what il2cpp writes: {error}") from error
    found: dict[int, tuple[int, int] | None] = {}
    for file, lines in files.items():
        number = _NO_SOURCE if file.startswith("<") else sources.setdefault(file, len(sources))
        for one, line in lines.items():
            if one.isascii() and one.isdigit() and len(one) < 10 and 0 < line <= _LAST_LINE:
                at = int(one)
                found[at] = (number, line) if at not in found or found[at] == (number, line) else None
    return [(at, *(place or (_NO_SOURCE, 0))) for at, place in sorted(found.items())]


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _text_of(raw: msgspec.Raw) -> str | None:
    try:
        value: Any = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return value if isinstance(value, str) else None
