"""The files of line tables (DWARF 5 §6.2.4): strings and paths. `kernels/dwarf_line_tables.py` reads the references to strings.

They are read when needed: of hundreds of files most units use a few.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
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
) -> Iterator[UsedFile]:
    """The parts of the paths of the files for which `used` (u8) is 1, in order.

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
        return map(UsedFile._make, found)
    return iter(sorted((UsedFile(order[span], *rest) for span, *rest in found), key=lambda one: one.number))


class Strings:
    """The sections with line tables' strings; decoded strings are remembered. Buffers are not copied."""

    def __init__(self, line: memoryview, line_str: memoryview, strings: memoryview, alt_strings: memoryview) -> None:
        self._sections = {dw.LINE_STR: line_str, dw.STR: strings, dw.ALT_STR: alt_strings}
        self._line = line
        self._texts: dict[int, str | None] = {0: None, dw.OWN_FOLDER << 60: ""}
        self._room = ROOM + GROWTH * sum(map(len, (line, line_str, strings, alt_strings)))
        self._joined: dict[tuple[str | None, str | None, str | None, str], str | None] = {}
        self._folders: dict[tuple[str | None, str | None, str | None], str] = {}

    def text(self, reference: int) -> str | None:
        """The string of a reference; None for none, and if the limit is reached."""
        known = self._texts
        if reference not in known:
            kind, offset = reference >> 60, reference & _OFFSET
            if kind == dw.INLINE_STR:
                return cut_string(self._line, offset)
            found = cut_string(self._sections[kind], offset)
            known[reference] = found if found is None or self._takes(len(found)) else None
        return known[reference]

    def path(self, comp_dir: str | None, own: int, directory: int, name: int) -> str | None:
        """The cleaned path that the parts make, from the last absolute one on; None where they make none. `own`: the table's directory 0,
        to which `directory` is relative unless it is the same. Remembered: the tables of a file name the same headers. Where there is no
        more room for whole paths, the name alone.
        """
        text = self.text(name)
        if not text:
            return None
        parts = comp_dir, self.text(own), self.text(directory), text
        known = self._joined
        if parts not in known:
            whole = self._takes(sum(map(len, filter(None, parts))))
            known[parts] = (self._whole(*parts) if whole else paths.join(text)) or None
        return known[parts]

    def _whole(self, comp_dir: str | None, own: str | None, directory: str | None, name: str) -> str:
        if directory == own:
            directory = None
        parts = comp_dir, own, directory
        folder = self._folders.get(parts)
        if folder is None:
            folder = self._folders[parts] = paths.join(*parts)
        path = paths.below(folder, name)  # most files of a table are in few folders
        return paths.join(*parts, name) if path is None else path

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
