"""ELF's symbol tables, read in bulk: columns cut out of the table's bytes, no object for a symbol. gABI, "Symbol Table".

Half a million symbols take half a second; pyelftools makes 20,000 objects in that time. Kept are functions and labels in sections of code,
and what else has a size there.
"""

from __future__ import annotations

import sys
from array import array
from typing import Final, NamedTuple

from symbolicator.debugfiles.elf.headers import SHF_EXECINSTR, Section
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, INDIRECT, THUMB, WEAK, Collector
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.kernels import elf_symbols

_NOTYPE: Final = 0
_OBJECT: Final = 1
_FUNC: Final = 2
_GNU_IFUNC: Final = 10
_BINDINGS: Final = {1: GLOBAL, 2: WEAK, 10: GLOBAL}
_SHN_ABS: Final = 0xFFF1
_SHN_XINDEX: Final = 0xFFFF
_SHN_LORESERVE: Final = 0xFF00
_EM_MIPS: Final = 8
_EM_ARM: Final = 40
_MARKED: Final = frozenset((_EM_ARM, 183, 243, 252))
"""Machines (arm, arm64, riscv, csky) whose tables hold mapping symbols, `$a`, `$t`, `$d.12`, `$x`: where code turns to data."""
_DOLLAR, _DOT, _L = b"$.L"
_WRONG: Final = -1


class Columns(NamedTuple):
    """A symbol table, by column. `kind`: st_info, st_other and st_shndx packed as `info | other << 8 | shndx << 16`."""

    name: array[int]
    kind: array[int]
    value: array[int]
    size: array[int]


def read_columns(content: memoryview, bits: int, little_endian: bool) -> Columns:
    """The columns of a symbol table; an incomplete last entry is left out."""
    size = 24 if bits == 64 else 16
    words = _words(content[: len(content) // size * size], "I", little_endian)
    if bits == 32:
        name, value, length, packed = (words[i::4] for i in range(4))
    else:
        name, packed = words[0::6], words[1::6]
        doubles = _words(content[: len(content) // size * size], "Q", little_endian)
        value, length = doubles[1::3], doubles[2::3]
    if not little_endian:
        packed = array("I", [p >> 24 | (p >> 8) & 0xFF00 | (p & 0xFFFF) << 16 for p in packed])
    return Columns(name, packed, value, length)


def _words(content: memoryview, code: str, little_endian: bool) -> array[int]:
    words: array[int] = array(code)
    words.frombytes(content)
    if little_endian != (sys.byteorder == "little"):
        words.byteswap()
    return words


class Descriptors(NamedTuple):
    """64-bit PowerPC's `.opd` (ELFv1): a function's symbol names a descriptor there, whose first word is the code's address."""

    address: int
    content: memoryview
    little_endian: bool


def collect(
    into: Collector,
    columns: Columns,
    names: memoryview,
    sections: tuple[Section, ...],
    addresses: dict[int, int],
    machine: int,
    extended: array[int] | None = None,
    descriptors: Descriptors | None = None,
    code: tuple[tuple[int, int], ...] = (),
) -> None:
    """Add the symbols of code in one table to a collector.

    `addresses` gives the places of a relocatable file's sections by index, and is empty for others; `extended` the indices of
    SHT_SYMTAB_SHNDX; `code` the ranges of code, for absolute symbols (a kernel's) and for files without sections.
    """
    table = into.heap(names)
    verdicts = {kind: _verdict(kind, sections, addresses, descriptors) for kind in sorted(set(columns.kind))}
    odd = machine in (_EM_ARM, _EM_MIPS)
    marked = machine in _MARKED
    add = into.add
    end_of_names = len(names)
    for i in range(len(columns.kind)) if odd else _select(into, columns, names, table, verdicts, marked):
        name, kind, value, size = columns.name[i], columns.kind[i], columns.value[i], columns.size[i]
        flags, base, limit = verdicts[kind]
        if flags == _WRONG:
            continue
        start = value
        if limit == _OUTSIDE:
            section = kind >> 16
            if section == _SHN_XINDEX and extended is not None and i < len(extended):
                _, base, limit = _place(extended[i], sections, addresses)
            else:
                limit = next((end for begin, end in code if begin <= value < end), 0)
            if limit <= 0:
                continue
        elif limit == _DESCRIPTOR and descriptors is not None:
            at = value - descriptors.address
            if not 0 <= at <= len(descriptors.content) - 8:
                continue
            start = int.from_bytes(descriptors.content[at : at + 8], "little" if descriptors.little_endian else "big")
            limit = next((end for begin, end in code if begin <= start < end), 0)
        elif limit <= _SIZED:
            if not size:
                continue
            limit = _SIZED - limit
        if odd and value & 1 and flags & FUNCTION:
            start -= 1
            flags |= THUMB
        start += base
        if start >= limit or name >= end_of_names:
            continue
        first = names[name]
        if not first:
            continue
        if first in (_DOT, _DOLLAR):
            head = bytes(names[name : name + 3])
            mapping = marked and first == _DOLLAR and not flags & FUNCTION
            if (first == _DOT and head[1:2] == b"L") or (mapping and head[1:2] in (b"a", b"t", b"d", b"x")):
                continue
        add(start, size, limit, flags, table, name)


def _select(
    into: Collector, columns: Columns, names: memoryview, table: int, verdicts: dict[int, tuple[int, int, int]], marked: bool
) -> list[int]:
    """Add the plain symbols of a table, nearly all; the numbers of the others are given back."""
    n = len(columns.name)
    given = array("Q")
    for flags, base, limit in verdicts.values():
        given.extend((0, 0, 0, 0) if flags == _WRONG else (2, 0, 0, 0) if limit < 0 else (1, flags, base, limit))
    rows, flags_of, heads = zeros("Q", 3 * n), zeros("B", n), zeros("I", n)
    taken = elf_symbols.Taken(rows, flags_of, heads)
    values, sizes = memoryview(array("Q", columns.value)), memoryview(array("Q", columns.size))
    entries = elf_symbols.Entries(memoryview(columns.name), memoryview(columns.kind), values, sizes)
    elf_symbols.select(entries, elf_symbols.Verdicts(memoryview(array("I", verdicts)), memoryview(given)), names, marked, taken)
    into.extend(rows[: 3 * taken.count], flags_of[: taken.count], table, heads[: taken.count])
    return heads[n - taken.left :].tolist()


_OUTSIDE: Final = -2
_DESCRIPTOR: Final = -3
_SIZED: Final = -4
"""Less the section's end: a symbol that counts where it has a size."""


def _verdict(kind: int, sections: tuple[Section, ...], addresses: dict[int, int], descriptors: Descriptors | None) -> tuple[int, int, int]:
    """Flags (or `_WRONG`), what to add to the value, and where the section ends, for all symbols of one kind."""
    info, section = kind & 0xFF, kind >> 16
    sort = info & 0xF
    if sort not in (_NOTYPE, _OBJECT, _FUNC, _GNU_IFUNC) or not section:
        return _WRONG, 0, 0
    if sort == _OBJECT:  # GHC's functions: its data about a function stands right before the code, and the symbol between them
        found, base, limit = _place(section, sections, addresses)
        return (_BINDINGS.get(info >> 4, 0), base, _SIZED - limit) if found and descriptors is None else (_WRONG, 0, 0)
    flags = _BINDINGS.get(info >> 4, 0) | (0 if sort == _NOTYPE else FUNCTION) | (INDIRECT if sort == _GNU_IFUNC else 0)
    if section == _SHN_XINDEX or (section == _SHN_ABS and sort != _NOTYPE) or (not sections and section < _SHN_LORESERVE):
        return flags, 0, _OUTSIDE
    if descriptors is not None and section < len(sections) and sections[section].address == descriptors.address:
        return (flags, 0, _DESCRIPTOR) if sort == _FUNC else (_WRONG, 0, 0)
    found, base, limit = _place(section, sections, addresses)
    return flags if found else _WRONG, base, limit


def _place(index: int, sections: tuple[Section, ...], addresses: dict[int, int]) -> tuple[bool, int, int]:
    if not 0 < index < len(sections) or not sections[index].flags & SHF_EXECINSTR:
        return False, 0, 0
    section = sections[index]
    base = addresses.get(index, 0)
    return True, base, min(base + section.address + section.size, (1 << 64) - 1)
