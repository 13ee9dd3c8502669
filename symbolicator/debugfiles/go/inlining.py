"""Go's trees of inlined calls: their place according to `runtime.moduledata`, and their entries.

`runtime/symtab.go` of Go 1.18 to 1.25, and `runtime/symtabinl.go` from 1.20 on.

The trees are among read-only data, outside the table of functions (`pclntab.py`), from `moduledata.gofunc` on. Only the
program's own data refers to them: the one structure that begins with the address of that table, and repeats the start of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import Container

_DATA: Final = (".noptrdata", ".data", ".go.module", ".data.rel.ro")
"""Sections that may contain the structure."""
_READ_ONLY: Final = (".rodata", ".data.rel.ro", ".go.func", ".rdata")
_TEXT: Final = 22
"""Words of the structure before `text`, the start of the code."""
_TREES: Final = {18: 38, 20: 40}
"""Words before `gofunc`, by the Go 1.x that introduced the layout."""
_ENTRY: Final = {18: (20, 12, 16), 20: (16, 4, 8)}
"""Bytes of an entry; the offsets of the name's and the call's place in it."""


class GoCall(NamedTuple):
    """One entry of a tree: the place of the inlined function's name, and an instruction whose line is that of the call."""

    name_at: int
    parent: int
    """Counted from the start of the function that everything was inlined into."""


class GoTrees:
    """All trees of a program: `size` bytes, which `read(start, stop)` returns in pieces."""

    def __init__(self, version: int, little: bool, size: int, read: Callable[[int, int], memoryview]) -> None:
        self._size, self._read = size, read
        self._width, self._name, self._parent = _ENTRY[version]
        self._number = Struct(("<" if little else ">") + "i")

    def call(self, tree: int, number: int) -> GoCall | None:
        """The entry `number` of the tree at `tree`; None if there is none."""
        at = tree + self._width * number
        if number < 0 or not 0 <= at <= self._size - self._width:
            return None
        entry = self._read(at, at + self._width)
        found = GoCall(self._number.unpack_from(entry, self._name)[0], self._number.unpack_from(entry, self._parent)[0])
        return found if min(found) >= 0 else None


def find_trees(container: Container, version: int, table: int, text: int) -> memoryview | None:
    """The section's content after `gofunc`, for a program with its table of functions at `table` and its code from `text` on; svmas."""
    if version not in _TREES:
        return None
    size = container.bits // 8
    word = Struct(("<" if container.little_endian else ">") + ("Q" if size == 8 else "I"))
    places: list[int] = []
    for name in _DATA:
        content = container.section(name)
        for at in () if content is None else _written(bytes(content), table, word):
            assert content is not None  # noqa: S101  # else it is written nowhere
            if _word(content, at + size * _TEXT, word) == text:
                places.append(_word(content, at + size * _TREES[version], word))
    places = places or _moved(container, table, text, size, _TREES[version])
    return next((trees for place in places if (trees := _section_from(container, place)) is not None), None)


def _written(content: bytes, address: int, word: Struct) -> Iterator[int]:
    """Where the address is in a section, as a pointer."""
    wanted = word.pack(address)
    at = content.find(wanted)
    while at >= 0:
        if at % word.size == 0:
            yield at
        at = content.find(wanted, at + 1)


def _word(content: memoryview, at: int, word: Struct) -> int:
    return int(word.unpack_from(content, at)[0]) if at <= len(content) - word.size else 0


def _moved(container: Container, table: int, text: int, size: int, trees: int) -> list[int]:
    """`gofunc` from relative relocations: a position independent program has its pointers only there."""
    content = container.section(".rela.dyn") or container.section(".rela")
    if content is None:
        return []
    form = Struct(("<" if container.little_endian else ">") + ("QQq" if container.bits == 64 else "IIi"))
    rows = content[: len(content) // form.size * form.size]
    starts = {place for place, _, addend in form.iter_unpack(rows) if addend == table}
    wanted = {start + size * number for start in starts for number in (_TEXT, trees)}
    said = {place: addend for place, _, addend in form.iter_unpack(rows) if place in wanted}
    return [said[start + size * trees] for start in starts if said.get(start + size * _TEXT) == text and start + size * trees in said]


def _section_from(container: Container, address: int) -> memoryview | None:
    for name in _READ_ONLY:
        content, base = container.section(name), container.section_address(name)
        if content is not None and base is not None and base <= address < base + len(content):
            return content[address - base :]
    return None
