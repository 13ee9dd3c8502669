"""One module of a PDB: its functions with what is inlined into them, and its lines (C13).

Symbols are in scopes: a record opens one, another closes it. Their pointers to one another are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, iter_unpack
from typing import Final, NamedTuple

from symbolicator.debugfiles.pdb.dbi import Dbi, Module
from symbolicator.debugfiles.pdb.types import text_at

_PROCEDURES: Final = frozenset((0x110F, 0x1110, 0x1146, 0x1147, 0x1155, 0x1156))
_BLOCK, _WITH, _THUNK, _SEPARATE, _INLINE, _INLINE2 = 0x1103, 0x1104, 0x1102, 0x1132, 0x114D, 0x115D
_MANAGED: Final = (0x112A, 0x112B)
_OPENING: Final = frozenset((*_PROCEDURES, _BLOCK, _WITH, _THUNK, _SEPARATE, _INLINE, _INLINE2, *_MANAGED))
_CLOSING: Final = frozenset((0x0006, 0x114E, 0x114F))
_COMPILE3, _COMPILE2 = 0x113C, 0x1116
_LANGUAGES: Final = {0: 0x2, 1: 0x4, 2: 0x8, 0x11: 0x10, 0x12: 0x11, 0x13: 0x1E, 0x15: 0x1C, 0x16: 0x16, 0x44: 0x13}
"""By CodeView's number of a language, DWARF's: C, C++, Fortran, Objective-C and C++, Swift, Rust, Go, D."""
_PROCEDURE: Final = Struct("<2x2x12xI12xIHx")
_THUNK_FIELDS: Final = Struct("<2x2x12xIHHB")
_SEPARATE_FIELDS: Final = Struct("<2x2x8x2I2I2H")
_LINES: Final = 0xF2
_CHECKSUMS: Final = 0xF4
_INLINEES: Final = 0xF6
_HAS_COLUMNS: Final = 1
_HIDDEN: Final = (0xFEEFEE, 0xF00F00)
"""Line numbers that say: no line of a source, step over."""
_MAX_DEPTH: Final = 500
_MAX_RANGES: Final = 16
"""Parts of a function in other places; compilers create one or two."""
_NO_FILE: Final = -1


class Site(NamedTuple):
    """An inlined call: the function's number, of the site it is in (-1 for the procedure itself), and its program."""

    inlinee: int
    parent: int
    program: memoryview


class Procedure:
    """A function: `ranges` from the image's start (its own first, then those of parts that stand elsewhere), name, what is inlined into
    it.
    """

    __slots__ = ("language", "name", "ranges", "sites")

    def __init__(self, start: int, end: int, name: str, language: int) -> None:
        self.ranges = [(start, end)]
        self.name = name
        self.language = language
        self.sites: list[Site] = []


class Line(NamedTuple):
    """A line record: code from `start` to `end`, from the image's start. `file` is an offset in the module's checksums."""

    start: int
    end: int
    file: int
    line: int
    column: int


def read_procedures(content: memoryview, dbi: Dbi) -> list[Procedure]:
    """The functions among a module's symbol records."""
    found: list[Procedure] = []
    scopes: list[tuple[Procedure | None, int]] = []
    """Around the record: the function, and the number of the site in it (-1 for none)."""
    language = 0
    at, stop = 4, len(content) - 3
    while at < stop:
        size = content[at] | content[at + 1] << 8
        kind = content[at + 2] | content[at + 3] << 8
        record = content[at : at + 2 + size]
        at += 2 + size
        if kind in _CLOSING:
            if scopes:
                scopes.pop()
            continue
        if kind in (_COMPILE2, _COMPILE3):
            language = _LANGUAGES.get(record[4], 0) if len(record) > 4 else 0
            continue
        if kind not in _OPENING:
            continue
        around, site = scopes[-1] if scopes else (None, -1)
        if kind in _PROCEDURES and len(record) >= _PROCEDURE.size:
            length, offset, section = _PROCEDURE.unpack_from(record)
            around, site = _opened(found, dbi, section, offset, length, text_at(record, _PROCEDURE.size), language), -1
        elif kind == _THUNK and len(record) >= _THUNK_FIELDS.size:
            offset, section, length, _ = _THUNK_FIELDS.unpack_from(record)
            around, site = _opened(found, dbi, section, offset, length, text_at(record, _THUNK_FIELDS.size), language), -1
        elif kind == _SEPARATE and len(record) >= _SEPARATE_FIELDS.size:
            length, _, offset, _, section, _ = _SEPARATE_FIELDS.unpack_from(record)
            start = dbi.address(section, offset)
            if around is not None and start is not None and length and len(around.ranges) < _MAX_RANGES:
                around.ranges.append((start, start + length))
        elif kind in (_INLINE, _INLINE2) and around is not None:
            program = record[20 if kind == _INLINE2 else 16 :]
            around.sites.append(Site(int.from_bytes(record[12:16], "little"), site, program))
            site = len(around.sites) - 1
        elif kind in _MANAGED:
            around = None
        # Deeper ones are of nobody: they close what they open all the same.
        scopes.append((around, site) if len(scopes) < _MAX_DEPTH else (None, -1))
    return found


def _opened(found: list[Procedure], dbi: Dbi, section: int, offset: int, length: int, name: str, language: int) -> Procedure | None:
    start = dbi.address(section, offset)
    if start is None or not length:
        return None
    found.append(Procedure(start, start + length, name, language))
    return found[-1]


class Lines:
    """The lines of a module: `rows` sorted and without overlap; the starts of inlined functions; file names as offsets in `/names`."""

    def __init__(self, content: memoryview, dbi: Dbi) -> None:
        self.rows: list[Line] = []
        self._inlinees: dict[int, tuple[int, int]] = {}
        self._checksums = content[:0]
        at, stop = 0, len(content) - 7
        while at < stop:
            kind, size = int.from_bytes(content[at : at + 4], "little"), int.from_bytes(content[at + 4 : at + 8], "little")
            part = content[at + 8 : at + 8 + size]
            at += 8 + (size + 3 & -4)
            if kind == _LINES:
                self.rows += _read_lines(part, dbi)
            elif kind == _CHECKSUMS:
                self._checksums = part
            elif kind == _INLINEES:
                self._read_inlinees(part)
        self.rows = _disjoint(self.rows)

    def path_at(self, file: int) -> int:
        """Where in `/names` the path of a file is; -1 for none."""
        entry = self._checksums[file : file + 4] if file >= 0 else b""
        return int.from_bytes(entry, "little") if len(entry) == 4 else _NO_FILE

    def begin_of(self, inlinee: int) -> tuple[int, int | None]:
        """Where an inlined function begins: file and line, which is None where the module does not say it.

        Linkers give functions one number that have the same name and type and no class or namespace. Of these the first is meant, as
        LLVM's readers have it.
        """
        return self._inlinees.get(inlinee, (_NO_FILE, None))

    def _read_inlinees(self, part: memoryview) -> None:
        signature = int.from_bytes(part[:4], "little")
        if signature == 0:
            for inlinee, file, line in iter_unpack("<3I", part[4 : 4 + (len(part) - 4) // 12 * 12]):
                self._inlinees.setdefault(inlinee, (file, line))
        elif signature == 1:  # with extra files, which annotations name by themselves
            at = 4
            while at + 16 <= len(part):
                inlinee, file, line, extra = (int.from_bytes(part[i : i + 4], "little") for i in range(at, at + 16, 4))
                self._inlinees.setdefault(inlinee, (file, line))
                at += 16 + 4 * extra


def _read_lines(part: memoryview, dbi: Dbi) -> Iterator[Line]:
    """The records of one subsection of lines: of a function, or of a section's contribution. The first reaches back to its begin,
    as all readers have it; those beyond its end are dropped.
    """
    if len(part) < 12:
        return
    offset, section, flags, size = Struct("<I2HI").unpack_from(part)
    start = dbi.address(section, offset)
    if start is None:
        return
    found: list[tuple[int, int, int, int]] = []
    at = 12
    while at + 12 <= len(part):
        file, count, block = (int.from_bytes(part[i : i + 4], "little") for i in range(at, at + 12, 4))
        body = part[at + 12 : at + max(block, 12)]
        count = min(count, len(body) // 8)
        rows = iter_unpack("<2I", body[: 8 * count])
        columns = body[8 * count : 12 * count] if flags & _HAS_COLUMNS else b""
        of_rows = [first for first, _ in iter_unpack("<2H", columns)] if len(columns) == 4 * count else [0] * count
        for (place, bits), column in zip(rows, of_rows, strict=True):
            line = bits & 0xFFFFFF
            if place < size:
                found.append((place, file, 0 if line in _HIDDEN else line, column))
        at += max(block, 12)
    found.sort(key=_place)
    if found:
        found[0] = (0, *found[0][1:])
    for turn, (place, file, line, column) in enumerate(found):
        end = found[turn + 1][0] if turn + 1 < len(found) else size
        if place < end:
            yield Line(start + place, start + end, file, line, column)


def _place(row: tuple[int, int, int, int]) -> int:
    return row[0]


def _disjoint(rows: list[Line]) -> list[Line]:
    """Rows in order, each cut where the next begins."""
    rows.sort()
    found: list[Line] = []
    for one in rows:
        if found and found[-1].end > one.start:
            if found[-1].start == one.start:
                continue
            found[-1] = found[-1]._replace(end=one.start)
        found.append(one)
    return found


def read_module(content: memoryview, module: Module, dbi: Dbi) -> tuple[list[Procedure], Lines]:
    """The functions and the lines of a module's stream."""
    first = module.symbols + module.c11
    return read_procedures(content[: module.symbols], dbi), Lines(content[first : first + module.lines], dbi)
