"""Where the functions of an object file are in the linked file: by symbols, and by their code if there is no other evidence.

Columns of the table, by `linked`::

    linked, own   Q   where each function begins: in the linked file, in the object file
    sizes         Q   its bytes, as the debug map has them

The same name and size is no proof that it is the same code. What a linker writes anew in a function's code is known: the places of
relocations, the instruction before one that loads through the GOT on x86-64 (it becomes an address computed in place), and what
`LC_LINKER_OPTIMIZATION_HINT` lists on arm64. All other bytes have to be the same, in every function.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Final

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.cached import cached_property
from symbolicator.debugfiles.arches import arch_family
from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.macho.debug_map import Noted
from symbolicator.debugfiles.macho.file import MachoFile
from symbolicator.debugfiles.macho.headers import MH_OBJECT, Section
from symbolicator.debugfiles.macho.symbols import NameBudget, is_defined, leb_numbers, part, read_entries
from symbolicator.errors import LimitExceeded, MalformedArtifact

NAME: Final = "native-placed"
VERSION: Final = 1
"""1: the first."""
_SCATTERED: Final = 0x80000000
_RELOCATION: Final = 8
_MAX_RELOCATIONS: Final = 1 << 22
_THROUGH_GOT: Final = (3, 9)
"""`X86_64_RELOC_GOT_LOAD`, `X86_64_RELOC_TLV`."""
_INSTRUCTION: Final = 4
_COMPARED: Final = 2
"""Bytes of code that are compared, for each of the object file's."""


class PlacingCompiler:
    """Compiles where the functions that a debug map notes of an object file lie in the linked file; a part of both, which it has by itself
    (`Cache.get`). With `by_code`, the object's functions have to be there, all of them and to the byte.
    """

    name: Final = NAME
    version: Final = VERSION

    def __init__(self, functions: Callable[[], Sequence[Noted]], linked: Artifact, own: Artifact, *, by_code: bool) -> None:
        self._functions = functions
        self._files = linked, own
        self._by_code = by_code

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table. Raises `MalformedArtifact` if it is not an object file, or is from another build."""
        linked, own = (MachoFile(one.read()) for one in self._files)
        if own.headers.type != MH_OBJECT:
            raise MalformedArtifact("is not an object file: it was linked")
        if arch_family(own.arch) != arch_family(linked.arch):
            raise MalformedArtifact(f"is for {own.arch}, not {linked.arch}")
        functions = self._functions()
        places = _defined(own, {one.name for one in functions})
        rows: list[tuple[int, int, int]] = []
        lacking = [one.name for one in functions if len(places.get(one.name, ())) != 1]
        if lacking and (self._by_code or len(lacking) == len(functions)):
            what = "defines several times" if places.get(lacking[0]) else "does not define"
            raise MalformedArtifact(f"is from another build: it {what} {_shown(lacking[0])}, which was linked from it")
        code = _Code(linked, own) if self._by_code else None
        for start, size, name in functions:
            if len(places.get(name, ())) == 1:
                (at,) = places[name]
                if code is not None and not code.is_same(start, at, size):
                    raise MalformedArtifact(f"is from another build: the code of {_shown(name)} is not what was linked")
                rows.append((start, at, size))
        rows.sort()
        writer = TableWriter(NAME, VERSION)
        for place, column in enumerate(("linked", "own", "sizes")):
            writer.column(column, array("Q", [row[place] for row in rows]))
        return writer

    def open(self, table: Table) -> Placed:
        """The places over a compiled table. Raises `DamagedTable`."""
        return Placed(table)


@over_table
class Placed:
    """Reads where functions were placed. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        functions = table.length("linked")
        expect(table, dict.fromkeys(("linked", "own", "sizes"), "Q"), own=functions, sizes=functions)

    def function_at(self, svma: int) -> tuple[int, int] | None:
        """Where the function at an address of the linked file begins in the object, and how far it was moved from there; None if there is
        no function.
        """
        place = bisect_right(self._linked, svma) - 1
        if place < 0:
            return None
        start, own = self._linked[place], self._table.item("own", place)
        return (own, start - own) if svma - start < self._table.item("sizes", place) else None

    @cached_property
    def _linked(self) -> memoryview:
        return self._table.column("linked")


def _shown(name: bytes) -> str:
    return name[:200].decode("utf-8", "replace")


def _defined(own: MachoFile, wanted: set[bytes]) -> dict[bytes, set[int]]:
    """Where the symbols of these names are in an object file."""
    found: dict[bytes, set[int]] = {}
    entries = read_entries(own.headers, own.whole)
    budget = NameBudget(entries)
    mask = own.headers.code_mask
    for row, type_ in enumerate(entries.types):
        if is_defined(type_, entries.sections[row], own.headers.sections):
            name = budget.name(row)
            if name in wanted:
                found.setdefault(name, set()).add(entries.values[row] & mask)
    return found


class _Code:
    """The code of a linked file and of an object, compared but for what linkers write anew."""

    def __init__(self, linked: MachoFile, own: MachoFile) -> None:
        self._linked, self._own = linked, own
        self._written = sorted({*_relocated(own), *_hinted(own)})
        self._longest = max((end - start for start, end in self._written), default=0)
        self._left = _COMPARED * len(own.whole)

    def is_same(self, linked: int, own: int, size: int) -> bool:
        """Whether `size` bytes at these addresses are the same code; False where one of the files does not have them. Raises
        `LimitExceeded` where functions lie over one another, again and again.
        """
        self._left -= size
        if self._left < 0:
            raise LimitExceeded("has overlapping functions: its code is not compared further")
        there, here = _bytes_at(self._linked, linked, size), _bytes_at(self._own, own, size)
        if there is None or here is None:
            return False
        if there == here:
            return True
        for place in range(bisect_left(self._written, (own - self._longest, 0)), len(self._written)):
            start, end = self._written[place]
            if start >= own + size:
                break
            first, stop = max(start - own, 0), min(end - own, size)
            if first < stop:
                there[first:stop] = here[first:stop] = bytes(stop - first)
        return there == here


def _bytes_at(container: MachoFile, svma: int, size: int) -> bytearray | None:
    found = code_around(container, svma, 0, size)
    return None if found is None or len(found[0]) != size else bytearray(found[0])


def _relocated(own: MachoFile) -> Iterator[tuple[int, int]]:
    """Where relocations of code are written, start and end."""
    form = Struct(own.headers.order + "II")
    fixed = own.arch.startswith("arm")
    for section in own.headers.sections:
        if section.is_code:
            yield from _of_section(own, section, form, fixed)


def _of_section(own: MachoFile, section: Section, form: Struct, fixed: bool) -> Iterator[tuple[int, int]]:
    at, count = section.relocations
    content = own.whole[at : at + _RELOCATION * min(count, _MAX_RELOCATIONS)]
    for place, word in form.iter_unpack(content[: len(content) // _RELOCATION * _RELOCATION]):
        scattered = own.bits == 32 and place & _SCATTERED
        length = 1 << (place >> 28 & 3 if scattered else word >> 25 & 3)
        address = section.address + (place & 0xFFFFFF if scattered else place)
        before = 2 if own.arch == "x86_64" and word >> 28 in _THROUGH_GOT else 0
        yield address - before, address + (_INSTRUCTION if fixed else length)


def _hinted(own: MachoFile) -> Iterator[tuple[int, int]]:
    """The instructions that `LC_LINKER_OPTIMIZATION_HINT` lists: for each hint a kind, how many addresses, and these, as LEB128."""
    if own.headers.hints is None:
        return
    left = 0
    numbers = leb_numbers(part(own.whole, own.headers.hints, "the list of hints for linkers", own.headers))
    for kind in numbers:
        if not kind:  # padding
            return
        left = next(numbers, 0)
        for _, address in zip(range(left), numbers, strict=False):
            yield address, address + _INSTRUCTION
