"""Go's own table of functions and lines, which stripping keeps in a program: `runtime/symtab.go` and `internal/abi/symtab.go` of Go 1.2
to 1.26, `debug/gosym` for the older layouts.

This file handles the layout and look-ups. The section is kept unchanged in the compiled table, because it is designed for searching: a
look-up bisects the functions, and decodes the few bytes of one function's tables. `sections.py` finds it in a file.

The head: magic, two zeros, quantum of instructions (1, 2, 4), bytes of a pointer (4, 8); then, a pointer each, the fields in `_HEAD`. A
table of a function is pairs of varints: the change of a value (zigzag, from -1) and for how many bytes of code the new value holds.

Inlined calls have a tree outside of this section (`inlining.py`). Without it, inlined code is known by its file and line, and
the function it was inlined into by its name: neither is used for the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.debugfiles.go.inlining import GoTrees
from symbolicator.debugfiles.symbols import string_at

MAGICS: Final = {0xFFFFFFFB: 2, 0xFFFFFFFA: 16, 0xFFFFFFF0: 18, 0xFFFFFFF1: 20}
"""By magic, the Go 1.x that introduced the layout."""

_HEAD: Final = {
    2: ("functions",),
    16: ("functions", "files", "names", "units", "paths", "tables", "rows"),
    18: ("functions", "files", "text", "names", "units", "paths", "tables", "rows"),
}
_MOST_FUNCTIONS: Final = 1 << 24
_MOST_NAME: Final = 1 << 12
_FREE: Final = 1 << 12
"""Steps in a function's table that every look-up may take: few functions need more."""
_STEPS_A_BYTE: Final = 4
"""Further steps for each byte of the section, for all look-ups together: tables are shared, but the total is limited."""
_MOST_INLINED: Final = 64
"""Nested inlined calls that are followed."""
_INLINE_TREE: Final = 3
"""FUNCDATA_InlTree."""
_INLINE_INDEX: Final = 2
"""PCDATA_InlTreeIndex, from Go 1.16 on; before, its meaning changed with each version."""


class GoInlined(NamedTuple):
    """A function whose body was inlined at an address, and the position in it."""

    name: str
    file: str | None
    line: int


class GoFunction(NamedTuple):
    """The table's data for one address."""

    name: str
    start: int
    """The function's start; svma."""
    file: str | None
    line: int
    """From 1; 0 if unknown."""
    inlined: bool
    """Whether file and line belong to a function inlined here, whose name is unknown."""
    inner: tuple[GoInlined, ...] = ()
    """The functions inlined here, outermost first: file and line of the function itself are then those of the first call."""


class Head(NamedTuple):
    """The parsed head of a table."""

    version: int
    little: bool
    quantum: int
    pointer: int
    fields: dict[str, int]
    size: int


def read_head(content: memoryview) -> Head | None:
    """The head of a table; None if these bytes do not begin one."""
    start = bytes(content[:8])
    if len(start) < 8 or start[4:6] != b"\0\0" or start[6] not in (1, 2, 4) or start[7] not in (4, 8):
        return None
    for little in (True, False):
        version = MAGICS.get(int.from_bytes(start[:4], "little" if little else "big"))
        if version is not None:
            names = _HEAD[min(version, 18)]
            pointer = start[7]
            if len(content) < 8 + pointer * len(names):
                return None
            form = Struct(("<" if little else ">") + ("I" if pointer == 4 else "Q") * len(names))
            fields = dict(zip(names, form.unpack_from(content, 8), strict=True))
            return Head(version, little, start[6], pointer, fields, 8 + form.size)
    return None


class GoTable:
    """Look-ups in a table of `size` bytes, which `read(start, stop)` returns in pieces; `text` is the svma its offsets count from.

    No read exceeds `size`. The section is not trusted: references outside it are ignored.
    """

    def __init__(self, head: Head, size: int, text: int, read: Callable[[int, int], memoryview], trees: GoTrees | None = None) -> None:
        self._head, self._size, self._text, self._read, self._trees = head, size, text, read, trees
        order = "<" if head.little else ">"
        word = "I" if head.pointer == 4 or head.version >= 18 else "Q"
        self._pair = Struct(order + 2 * word)
        self._start = Struct(order + word)
        self._u32 = Struct(order + "I")
        self._fields = Struct(order + "8I")
        known = head.fields
        self._rows = head.size if head.version == 2 else known["rows"]
        self._tables = known.get("tables", 0)
        room = max(0, size - self._rows - self._start.size) // self._pair.size
        self._count = min(known["functions"], room, _MOST_FUNCTIONS)
        self._left = _STEPS_A_BYTE * size
        self._marks: dict[int, list[tuple[int, int, int]]] = {}
        """For long tables, by their place: the code offset, place and value of every `_FREE`th step, so that no part is decoded twice."""

    def lookup(self, svma: int) -> GoFunction | None:
        """The function with code at an address; None if it is not Go's."""
        target = svma - (self._text if self._head.version >= 18 else 0)
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._entry(middle)[0] <= target:
                low = middle + 1
            else:
                high = middle
        if not low:
            return None
        start, place = self._entry(low - 1)
        following = self._number(self._start, self._rows + low * self._pair.size)
        if not start <= target < following:
            return None
        return self._function(start, place + (0 if self._head.version == 2 else self._rows), target)

    def entries(self) -> list[int]:
        """The start of each function; svma, as listed."""
        whole = self._read(self._rows, self._rows + self._count * self._pair.size) if self._count else b""
        base = self._text if self._head.version >= 18 else 0
        return [start + base for start, _ in self._pair.iter_unpack(whole)]

    def end(self) -> int:
        """The first address after the last function; svma."""
        return self._number(self._start, self._rows + self._count * self._pair.size) + (self._text if self._head.version >= 18 else 0)

    def _entry(self, number: int) -> tuple[int, int]:
        at = self._rows + number * self._pair.size
        start, place = self._pair.unpack(self._read(at, at + self._pair.size))
        return start, place

    def _function(self, start: int, place: int, target: int) -> GoFunction | None:
        head = self._head
        if self._number(self._start, place) != start:
            return None  # each function repeats its start: otherwise it is not one
        # name, args, frame or deferreturn, pcsp, pcfile, pcln, npcdata; then what is after them
        at = place + self._start.size
        if at + 32 > self._size:
            return None
        name_at, _, _, _, pcfile, pcln, count, unit = self._fields.unpack(self._read(at, at + 32))
        name = self._string(head.fields.get("names", 0) + name_at)
        if not name:
            return None
        length, base = target - start, self._text if head.version >= 18 else 0
        file, line = self._place(pcfile, pcln, unit, length)
        if head.version < 16 or count <= _INLINE_INDEX:
            return GoFunction(name, start + base, file, line, inlined=False)
        after = at + (40 if head.version >= 20 else 36)  # cuOffset, (startLine,) funcID, flag, pad, nfuncdata
        table = self._number(self._u32, after + 4 * _INLINE_INDEX)
        number = self._value(table, length) if table > 0 else None
        if number is None or number < 0:
            return GoFunction(name, start + base, file, line, inlined=False)
        inner: list[GoInlined] = []
        trees = self._data(after, count)
        while number is not None and number >= 0:
            call = None if self._trees is None or trees < 0 or len(inner) >= _MOST_INLINED else self._trees.call(trees, number)
            called = None if call is None else self._name(call.name_at)
            around = (None, 0) if call is None else self._place(pcfile, pcln, unit, call.parent)
            if call is None or called is None or called == name or not around[1]:  # not a tree: a function is not inlined into itself
                return GoFunction(name, start + base, *self._place(pcfile, pcln, unit, length), inlined=True)
            inner.append(GoInlined(called, file, line))
            file, line = around
            number = self._value(table, call.parent)
        return GoFunction(name, start + base, file, line, inlined=False, inner=tuple(reversed(inner)))

    def _data(self, after: int, count: int) -> int:
        """The place of a function's tree among all of them; -1 if it has none."""
        if not 0 < after <= self._size or self._read(after - 1, after)[0] <= _INLINE_TREE:
            return -1
        place = self._number(self._u32, after + 4 * count + 4 * _INLINE_TREE)
        return -1 if place == 0xFFFFFFFF else place

    def _place(self, pcfile: int, pcln: int, unit: int, length: int) -> tuple[str | None, int]:
        """File and line at `length` bytes from the function's start; line 0 if unknown."""
        file, line = self._file(self._value(pcfile, length), unit), self._value(pcln, length)
        if file is None or line is None or not 0 < line < 1 << 31:
            return (file if line is None else None), 0
        return file, line

    def _value(self, table: int, length: int) -> int | None:
        """The value of a table at `length` bytes from the function's start; None if there is none."""
        if not table:
            return None
        marks = self._marks.get(table, ())
        mark = bisect_right(marks, length, key=itemgetter(0)) - 1
        code, at, value = marks[mark] if mark >= 0 else (0, table + self._tables, -1)
        steps = _FREE * (mark + 1)
        piece, base = b"", at
        while True:
            if at - base + 10 > len(piece) and base + len(piece) < self._size:  # two varints may be ahead
                base, piece = at, bytes(self._read(at, min(self._size, at + max(64, min(4 * len(piece), 4096)))))
            change, width = _varint(piece, at - base)
            if not width or (not change and steps):
                return None
            at += width
            delta, width = _varint(piece, at - base)
            if not width:
                return None
            at += width
            value += -(change >> 1) - 1 if change & 1 else change >> 1
            code += delta * self._head.quantum
            if length < code:
                return value
            steps += 1
            if steps % _FREE == 0:
                if self._left < 0:
                    return None
                self._left -= _FREE
                known = self._marks.setdefault(table, [])
                if len(known) < steps // _FREE:
                    known.append((code, at, value))

    def _file(self, number: int | None, unit: int) -> str | None:
        head = self._head
        if number is None or number < 0:
            return None
        if head.version == 2:
            paths = self._number(self._u32, head.size + self._count * self._pair.size + head.pointer)
            if paths < 0 or not 0 < number < self._number(self._u32, paths):
                return None
            return self._string(self._number(self._u32, paths + 4 * number))
        place = self._number(self._u32, head.fields["units"] + 4 * (unit + number))
        return None if place in (-1, 0xFFFFFFFF) else self._string(head.fields["paths"] + place)

    def _number(self, form: Struct, at: int) -> int:
        """A number in the section; -1 outside of it."""
        if not 0 <= at <= self._size - form.size:
            return -1
        number: int = form.unpack(self._read(at, at + form.size))[0]
        return number

    def _name(self, number: int) -> str | None:
        """The name that begins at a place among the names; None if that is in the middle of one, or after them."""
        names, end = self._head.fields["names"], self._head.fields["units"]
        at = names + number
        return self._string(at) if names <= at < min(end, self._size) and (not number or self._read(at - 1, at)[0] == 0) else None

    def _string(self, at: int) -> str | None:
        if not 0 <= at < self._size:
            return None
        return string_at(self._read(at, min(self._size, at + _MOST_NAME)), 0, _MOST_NAME).decode("utf-8", "replace") or None


def _varint(piece: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 of at most 32 bits and its width; width 0 if invalid."""
    value = 0
    for width, byte in enumerate(piece[at : at + 5]):
        value |= (byte & 0x7F) << 7 * width
        if byte < 0x80:
            return value, width + 1
    return 0, 0


def open_table(
    size: int, text: int, read: Callable[[int, int], memoryview], trees: tuple[int, Callable[[int, int], memoryview]] | None = None
) -> GoTable | None:
    """The table of `size` bytes that `read` returns in pieces; None if they do not begin as one. `trees`: the same for inlined calls."""
    head = read_head(read(0, min(size, 128)))
    if head is None:
        return None
    return GoTable(head, size, text, read, GoTrees(head.version, head.little, *trees) if trees and head.version >= 18 else None)
