"""The files of line tables (DWARF 5 §6.2.4): strings and paths. `kernels/dwarf_line_tables.py` reads the references to strings.

They are read when needed: of hundreds of files most units use a few.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from operator import itemgetter
from typing import Final, NamedTuple

from symbolicator.debugfiles import paths
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import dwarf_line_tables as kernel
from symbolicator.kernels import dwarf_numbers as dw

MAX_NAME: Final = 1 << 16
"""Largest path, in bytes."""
GROWTH: Final = 16
ROOM: Final = 4 << 20
"""Characters that a file's names and paths may have together: so many for each byte of its strings and tables, and these for any file. One
directory of 60 kB that 100,000 files stand in is 6 GB, and so are 100,000 names that end in one string.
"""
_OFFSET: Final = (1 << 60) - 1


class LineFile(NamedTuple):
    """A file of a table, as written there; None if the table refers to something that does not exist."""

    directory: str | None
    """The directory's text; "" for the unit's own (v2–4)."""
    name: str | None


class UsedFile(NamedTuple):
    """A file that is used; the references are for `Strings.text`, 0 for none."""

    span: int
    """The span it is in."""
    number: int
    """Its index among the files of all spans."""
    own: int
    """The table's directory 0 (v5)."""
    directory: int
    name: int


def used_files(
    lines: kernel.Lines, tables: memoryview, spans: memoryview, used: memoryview, defines: memoryview
) -> Iterator[tuple[int, int, int, int, int]]:
    """The parts of the paths of the files for which `used` (u8) is 1, in order: as in `UsedFile`.

    `spans` (u64, `dwarf_numbers.SPAN` each) say which files of all are those of which table; `defines` as `Running` has them.
    """
    order = sorted(range(len(spans) // dw.SPAN), key=spans[:: dw.SPAN].tolist().__getitem__)
    is_sorted = order == [*range(len(order))]
    if not is_sorted:
        spans = memoryview(array("Q", [number for one in order for number in spans[dw.SPAN * one : dw.SPAN * (one + 1)]]))
    folders = zeros("Q", max(tables[dw.L_DIRECTORIES :: dw.LINE], default=0))
    out = zeros("Q", dw.USED * used.tobytes().count(1))
    entries = kernel.Entries(zeros("Q", 3 * 255))
    count = kernel.files(lines, entries, tables, spans, used, defines, folders, out)
    columns = [out[place : dw.USED * count : dw.USED].tolist() for place in range(dw.USED)]
    found = zip(*columns, strict=True)
    if is_sorted:
        return found
    return iter(sorted(((order[span], number, *parts) for span, number, *parts in found), key=itemgetter(1)))


class _Folder:
    """A folder of files: the compilation directory, the table's directory 0 and the file's directory, and the paths in it by name."""

    __slots__ = ("_parts", "_prefix", "files", "size")

    def __init__(self, *parts: str | None) -> None:
        self.size = sum(map(len, filter(None, parts)))
        comp_dir, own, directory = parts
        self._parts = comp_dir, own, None if directory == own else directory
        self._prefix = paths.prefix_of(paths.join(*self._parts))
        self.files: dict[str, str | None] = {}

    def path(self, name: str) -> str:
        if self._prefix is not None and paths.is_plain(name):  # most files
            return self._prefix + name
        return paths.join(*self._parts, name)


class Strings:
    """The sections with line tables' strings; decoded strings are remembered. Buffers are not copied."""

    def __init__(self, line: memoryview, line_str: memoryview, strings: memoryview, alt_strings: memoryview) -> None:
        self._sections = {dw.LINE_STR: line_str, dw.STR: strings, dw.ALT_STR: alt_strings}
        self._line = line
        self._texts: dict[int, str | None] = {0: None, dw.OWN_FOLDER << 60: ""}
        self._room = ROOM + GROWTH * sum(map(len, (line, line_str, strings, alt_strings)))
        self._folders: dict[tuple[str | None, int, int], _Folder] = {}
        self._by_texts: dict[tuple[str | None, ...], _Folder] = {}

    def text(self, reference: int) -> str | None:
        """The string of a reference; None for none, and if the limit is reached."""
        known = self._texts
        if reference in known:
            return known[reference]
        kind, offset = reference >> 60, reference & _OFFSET
        if kind == dw.INLINE_STR:
            return cut_string(self._line, offset)
        found = cut_string(self._sections[kind], offset)
        if found is not None and not self._takes(len(found)):
            found = None
        known[reference] = found
        return found

    def path(self, comp_dir: str | None, own: int, directory: int, name: int) -> str | None:
        """The cleaned path that the parts make, from the last absolute one on; None where they make none. `own`: the table's directory 0,
        to which `directory` is relative unless it is the same. Remembered: the tables of a file name the same headers. Where there is no
        more room for whole paths, the name alone.
        """
        text = self.text(name)
        if not text:
            return None
        place = comp_dir, own, directory
        folder = self._folders.get(place) or self._folder(*place)
        known = folder.files
        if text not in known:
            whole = self._takes(folder.size + len(text))
            known[text] = (folder.path(text) if whole else paths.join(text)) or None
        return known[text]

    def _folder(self, comp_dir: str | None, own: int, directory: int) -> _Folder:
        texts = comp_dir, self.text(own), self.text(directory)
        found = self._by_texts.get(texts)
        if found is None:
            found = self._by_texts[texts] = _Folder(*texts)
        if dw.INLINE_STR not in {own >> 60, directory >> 60}:  # each table has its own
            self._folders[comp_dir, own, directory] = found
        return found

    def _takes(self, size: int) -> bool:
        """Whether there is room for a text of this size, which is then reserved."""
        if size > self._room:
            return False
        self._room -= size
        return True


def cut_string(data: memoryview, offset: int, limit: int = MAX_NAME) -> str | None:
    """The NUL-terminated UTF-8 at `offset`, invalid UTF-8 replaced; None if none ends within `limit` bytes."""
    size = 256
    while offset < len(data):
        piece = bytes(data[offset : offset + size])
        end = piece.find(0)
        if end >= 0:
            return piece[:end].decode("utf-8", "replace")
        if size >= limit or len(piece) < size:
            break
        size = min(16 * size, limit)
    return None
