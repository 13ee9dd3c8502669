"""The directories and files of a line table (DWARF 5 §6.2.4): entry formats, forms, strings, paths, embedded sources, checksums.

Read when first asked for: most units of a crash need one file of hundreds. The loop over the entries is `kernels/dwarf_lines.py`'s.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from symbolicator.debugfiles import paths
from symbolicator.kernels import dwarf_lines as kernel

_MASK_64: Final = 0xFFFFFFFFFFFFFFFF
_FIRST_ROOM: Final = 64
"""Entries of room at first; more are made where more are read."""
MAX_NAME: Final = 1 << 16
"""Bytes of a path, at most."""
GROWTH: Final = 16
ROOM: Final = 4 << 20
"""Characters that a file's names and paths may have together: so many for each byte of its strings and tables, and these for any file. One
directory of 60 kB that 100,000 files stand in is 6 GB, and so are 100,000 names that end in one string.
"""
MAX_SOURCE: Final = 1 << 26
"""Bytes of an embedded source, at most."""

# DW_LNCT_* (DWARF 5 §6.2.4.1), and LLVM's embedded source.
_TARGETS: Final = {1: kernel.NAME, 2: kernel.DIRECTORY, 5: kernel.MD5, 0x2001: kernel.SOURCE}

# DW_FORM_* that may stand in a header: (kind, bytes). Offsets (None) are as wide as the unit's.
_FORMS: Final[dict[int, tuple[int, int | None]]] = {
    0x03: (kernel.BLOCK, 2),
    0x04: (kernel.BLOCK, 4),
    0x05: (kernel.FIXED, 2),
    0x06: (kernel.FIXED, 4),
    0x07: (kernel.FIXED, 8),
    0x08: (kernel.STRING, 0),
    0x09: (kernel.BLOCK, 0),
    0x0A: (kernel.BLOCK, 1),
    0x0B: (kernel.FIXED, 1),
    0x0C: (kernel.FIXED, 1),
    0x0D: (kernel.ULEB, 0),
    0x0E: (kernel.FIXED, None),
    0x0F: (kernel.ULEB, 0),
    0x17: (kernel.FIXED, None),
    0x19: (kernel.FIXED, 0),
    0x1A: (kernel.ULEB, 0),
    0x1D: (kernel.FIXED, None),
    0x1E: (kernel.FIXED, 16),
    0x1F: (kernel.FIXED, None),
    0x25: (kernel.FIXED, 1),
    0x26: (kernel.FIXED, 2),
    0x27: (kernel.FIXED, 3),
    0x28: (kernel.FIXED, 4),
    0x1F21: (kernel.FIXED, None),
}
_FORM_STRING: Final = 0x08
_FORM_STRP: Final = 0x0E
_FORM_DATA16: Final = 0x1E
_FORM_LINE_STRP: Final = 0x1F
_FORMS_ALT: Final = frozenset((0x1D, 0x1F21))
"""strp_sup, and GNU_strp_alt before it: strings of dwz's alternative file."""
_FORMS_STRX: Final = frozenset((0x1A, 0x25, 0x26, 0x27, 0x28))
_DIRECTORIES_V4: Final = ((1, _FORM_STRING),)
_FILES_V4: Final = ((1, _FORM_STRING), (2, 0x0F), (3, 0x0F), (4, 0x0F))


class Strings:
    """The sections that hold a line table's strings; what was read is remembered. Buffers are kept, not copied."""

    def __init__(
        self,
        line: memoryview,
        line_str: memoryview,
        strings: memoryview,
        str_offsets: memoryview,
        alt_strings: memoryview,
        little_endian: bool,
    ) -> None:
        self.line = line
        self.alt_strings = alt_strings
        self.line_str = line_str
        self.strings = strings
        self.str_offsets = str_offsets
        self.byteorder: Literal["little", "big"] = "little" if little_endian else "big"
        self._texts: dict[tuple[int, int], str | None] = {}
        self._room = ROOM + GROWTH * sum(map(len, (line, line_str, strings, alt_strings)))
        self._joined: dict[tuple[str | None, str | None, str | None, str], str | None] = {}

    def text(self, form: int, offset: int, limit: int = MAX_NAME) -> str | None:
        """The string at `offset` of the section that `form` (strp, line_strp, strp_sup) points to; None where no room is left."""
        data = self.line_str if form == _FORM_LINE_STRP else self.alt_strings if form in _FORMS_ALT else self.strings
        if limit != MAX_NAME:
            return cut_string(data, offset, limit)
        key = (form, offset)
        if key not in self._texts:
            found = cut_string(data, offset, limit)
            self._texts[key] = found if found is None or self._takes(len(found)) else None
        return self._texts[key]

    def joined(self, comp_dir: str | None, own: str | None, directory: str | None, name: str) -> str | None:
        """The cleaned path that the parts make, from the last absolute one on; None where they make none. `own`: the table's directory 0,
        to which `directory` is relative unless it is the same. Remembered: the tables of a file name the same headers. Where there is no
        more room for whole paths, the name alone.
        """
        parts = comp_dir, own, directory, name
        known = self._joined
        if parts not in known:
            whole = self._takes(sum(map(len, filter(None, parts))))
            path = paths.join(comp_dir, own, None if directory == own else directory, name) if whole else paths.join(name)
            known[parts] = path or None
        return known[parts]

    def _takes(self, size: int) -> bool:
        """Whether there is room for a text of this size, which then is taken."""
        if size > self._room:
            return False
        self._room -= size
        return True

    def indexed(self, base: int, index: int, width: int, limit: int) -> str | None:
        """The string that entry `index` of the table of offsets at `base` (DW_AT_str_offsets_base) points to."""
        at = base + index * width
        found = self.str_offsets[at : at + width]
        return self.text(_FORM_STRP, int.from_bytes(found, self.byteorder), limit) if len(found) == width else None


def cut_string(data: memoryview, offset: int, limit: int = 1 << 16) -> str | None:
    """The NUL-terminated UTF-8 at `offset`, what is no UTF-8 replaced; None where none ends within `limit` bytes."""
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


class LineFile(NamedTuple):
    """A file of a table, as it is written there; None where the table points at what is not there."""

    directory: str | None
    """The directory's text; "" for the unit's own (v2–4)."""
    name: str | None


class FileTable:
    """The directories and files of one line table. For one thread at a time."""

    def __init__(self, strings: Strings, offset: int, at: int, end: int, version: int, width: int, str_offsets_base: int | None) -> None:
        """`offset`: where the table starts; `at` … `end`: where its directories and files are; `width`: bytes of an offset."""
        self.faults: list[str] = []
        """What is wrong with the entries, as sentences."""
        self.first: Final = 0 if version >= 5 else 1
        """The number of the first file: 0 from version 5 on, before that 1."""
        self._strings = strings
        self._offset = offset
        self._end = end
        self._width = width
        self._str_offsets_base = str_offsets_base
        self._defined: list[tuple[int, int]] = []
        data = strings.line[offset:end]
        at -= offset
        tables: list[_Entries] = []
        for what in ("directories", "files"):
            if version >= 5:
                layout, count, at = _layout_v5(data, at)
            else:
                layout, count = (_DIRECTORIES_V4 if what == "directories" else _FILES_V4), None
            entries, at, fault = _read_entries(data, at, layout, count, width, strings.byteorder == "little")
            if fault:
                self.faults.append(f"the {what} of the line table at {offset:#x}: {fault}")
            tables.append(entries)
        self._directories, self._files = tables
        self._own = self._directory(0) if version >= 5 else None

    def __len__(self) -> int:
        return self._files.length + len(self._defined)

    def define(self, at: int, end: int) -> None:
        """DW_LNE_define_file, its operands at `at` … `end`: a name and a directory; time and size are of no use."""
        data = self._strings.line[:end]
        name_at = at
        while at < end and data[at]:
            at += 1
        self._defined.append((name_at, _uleb(data, at + 1)[0]))

    def file(self, i: int) -> LineFile:
        """File `i`, as DW_LNS_set_file, DW_AT_decl_file and DW_AT_call_file number it."""
        return LineFile(*self._parts(i))

    def _parts(self, i: int) -> tuple[str | None, str | None]:
        entry = i - self.first
        known = self._files.length
        if 0 <= entry < known:
            name = self._text(self._files, entry, kernel.NAME)
            directory = self._files.values[kernel.ENTRY_WIDTH * entry + kernel.DIRECTORY]
        elif 0 <= entry - known < len(self._defined):
            at, directory = self._defined[entry - known]
            name = cut_string(self._strings.line, at)
        else:
            return None, None
        if self.first == 1 and directory == 0:
            return "", name
        return self._directory(directory - self.first), name

    def path(self, i: int, comp_dir: str | None) -> str | None:
        """The whole path of file `i`, cleaned: `comp_dir`, directory 0 (v5), the file's directory, its name; None where there is none."""
        directory, name = self._parts(i)
        return self._strings.joined(comp_dir, self._own, directory, name) if name else None

    def source(self, i: int) -> str | None:
        """The text of file `i` where the table holds it (DW_LNCT_LLVM_source); None where not."""
        entry = i - self.first
        if not 0 <= entry < self._files.length or kernel.SOURCE not in self._files.forms:
            return None
        text = self._text(self._files, entry, kernel.SOURCE, MAX_SOURCE)
        return None if not text else "" if text == "\n" else text  # LLVM writes "" for none and "\n" for an empty one

    def md5(self, i: int) -> bytes | None:
        """The MD5 of file `i`'s text, where the table says it."""
        entry = i - self.first
        if not 0 <= entry < self._files.length or self._files.forms.get(kernel.MD5) != _FORM_DATA16:
            return None
        at = self._offset + self._files.get(entry, kernel.MD5)
        return bytes(self._strings.line[at : at + 16])

    def forget_defined(self) -> None:
        """Before the program runs again."""
        self._defined.clear()

    def _directory(self, entry: int) -> str | None:
        return self._text(self._directories, entry, kernel.NAME) if 0 <= entry < self._directories.length else None

    def _text(self, entries: _Entries, entry: int, target: int, limit: int = MAX_NAME) -> str | None:
        form = entries.forms.get(target)
        value = entries.values[kernel.ENTRY_WIDTH * entry + target]
        if form == _FORM_STRING:
            return cut_string(self._strings.line[: self._end], self._offset + value, limit)
        if form in {_FORM_LINE_STRP, _FORM_STRP} or form in _FORMS_ALT:
            return self._strings.text(form, value, limit)
        if form in _FORMS_STRX and self._str_offsets_base is not None:
            return self._strings.indexed(self._str_offsets_base, value, self._width, limit)
        return None


_NONE: Final = memoryview(b"").cast("Q")


class _Entries(NamedTuple):
    """Directories or files, as `kernels.dwarf_lines.read_entries` leaves them."""

    values: memoryview
    length: int
    forms: dict[int, int]

    def get(self, entry: int, target: int) -> int:
        return int(self.values[kernel.ENTRY_WIDTH * entry + target])


def _uleb(data: memoryview, at: int) -> tuple[int, int]:
    """An unsigned LEB128, modulo 2**64, and where it ends; zero at the end of the data."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if shift < 64:
            value |= (byte & 127) << shift
            shift += 7
        if byte < 128:
            break
    return value & _MASK_64, at


def _layout_v5(data: memoryview, at: int) -> tuple[tuple[tuple[int, int], ...], int, int]:
    """The entry format at `at`: pairs of content type and form; how many entries follow, and where."""
    formats = data[at] if at < len(data) else 0
    at += 1
    short = bytes(data[at : at + 2 * formats])
    if len(short) == 2 * formats and short.isascii():  # numbers of one byte each, nearly always
        pairs = tuple(zip(short[::2], short[1::2], strict=True))
        at += 2 * formats
    else:
        numbers = []
        for _ in range(2 * formats):
            number, at = _uleb(data, at)
            numbers.append(number)
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    count, at = _uleb(data, at)
    return pairs, count, at


def _read_entries(
    data: memoryview, at: int, pairs: tuple[tuple[int, int], ...], count: int | None, width: int, little_endian: bool
) -> tuple[_Entries, int, str]:
    """The entries at `at`, where they end, and what is wrong with them ("" for nothing). Without `count` they end with an empty name."""
    found = _columns(pairs, width)
    if isinstance(found, int):
        return _Entries(_NONE, 0, {}), at, f"form {found:#x} is not known"
    layout, forms = found
    if count and all(kind == kernel.FIXED and size == 0 for kind, size in zip(layout[::3], layout[1::3], strict=True)):
        return _Entries(_NONE, 0, forms), at, f"{count} entries without any bytes"
    state = memoryview(bytearray(8 * kernel.STATE_WIDTH)).cast("Q")
    state[kernel.POSITION], state[kernel.ARGUMENT] = min(at, len(data)), _MASK_64
    limit = len(data) if count is None else count
    room = min(limit, _FIRST_ROOM)
    entries = memoryview(bytearray(8 * kernel.ENTRY_WIDTH * room)).cast("Q")
    status = kernel.FULL if room or count is None else kernel.DONE
    while status == kernel.FULL:
        status = kernel.read_entries(data, layout, state, entries, count is None, not little_endian)
        if status == kernel.FULL:
            if room >= limit:
                break
            room = min(4 * room, limit)
            entries = _grown(entries, room)
    fault = f"the header ends after {state[kernel.ROW]} of them" if status == kernel.TRUNCATED else ""
    return _Entries(entries, state[kernel.ROW], forms), state[kernel.POSITION], fault


@lru_cache(maxsize=64)
def _columns(pairs: tuple[tuple[int, int], ...], width: int) -> tuple[memoryview, dict[int, int]] | int:
    """An entry format as the kernel wants it, with the form of each target; or a form that is not known. Most tables have the same."""
    layout = array("Q")
    forms: dict[int, int] = {}
    for content, form in pairs:
        if form not in _FORMS:
            return form
        kind, size = _FORMS[form]
        target = _TARGETS.get(content, kernel.IGNORED)
        if target != kernel.IGNORED:
            forms[target] = form
        layout.extend((kind, width if size is None else size, target))
    return memoryview(layout), forms


def _grown(old: memoryview, room: int) -> memoryview:
    new = memoryview(bytearray(8 * kernel.ENTRY_WIDTH * room)).cast("Q")
    new[: len(old)] = old
    return new
