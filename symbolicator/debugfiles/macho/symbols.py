"""The symbols of one Mach-O file: its symbol table, where functions start, and what it exports. Apple's `<mach-o/nlist.h>`.

Symbols have no sizes: one reaches to the next symbol or function start, or the end of its section. Function starts
(`LC_FUNCTION_STARTS`) are kept when a file is stripped, so that no exported name covers the functions behind it whose names are gone.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from symbolicator.debugfiles.macho import exports
from symbolicator.debugfiles.macho.headers import MH_OBJECT, S_SYMBOL_STUBS, Extent, Headers, Section, SymbolTable
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, STUB, THUMB, WEAK, Collector, Symbols, string_at
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.errors import LimitExceeded
from symbolicator.kernels import elf_symbols
from symbolicator.patterns import regex

N_OSO: Final = 0x66
"""A debugger's note of an object file (`debug_map.py`)."""
_N_STAB: Final = 0xE0
_N_PEXT: Final = 0x10
_N_TYPE: Final = 0x0E
_N_SECT: Final = 0x0E
_N_EXT: Final = 0x01
_N_ARM_THUMB_DEF: Final = 0x0008
_N_WEAK_DEF: Final = 0x0080
_MAX_SYMBOLS: Final = 1 << 24
_MAX_STUBS: Final = 1 << 18
_MAX_STUB_NAME: Final = 1 << 12
_MAX_NAME: Final = 1 << 14
_NAMES_FREE: Final = 1 << 20
_NAMES_RATIO: Final = 4
"""Bytes of names read for each byte of the heap: most are there once, and once more in a debug map."""
_UNDERSCORE: Final = 0x5F
_NAMELESS: Final = regex(rb"(?<=\0)(?:<redacted>|___lldb_unnamed_symbol)")
"""What tools call a function whose symbol was taken away: it ends the one before it."""
_ASSEMBLERS: Final = (b"ltmp", b"L")
"""What an assembler calls places in an object file; a name of C's has `_` before it."""
_TOP: Final = (1 << 64) - 1


def has_debug_map(headers: Headers, data: memoryview) -> bool:
    """Whether object files are noted. The symbol table's types are gone over, nothing else is read."""
    table = headers.symbol_table
    if table is None or table.local == 0:
        return False
    size = 16 if headers.bits == 64 else 12
    return N_OSO in bytes(data[table.offset : table.offset + table.entries * size][4::size])


class Entries(NamedTuple):
    """A symbol table as columns of equal length: each entry's type, section, place of its name in `heap`, type to description as one
    word, and value.
    """

    types: bytes
    sections: bytes
    names: array[int]
    kinds: array[int]
    values: array[int]
    heap: memoryview


class NameBudget:
    """Reads names of a symbol table: all together a few times as long as its heap, for a hostile one has one long name a million times."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._left = _NAMES_FREE + _NAMES_RATIO * len(entries.heap)

    def name(self, row: int) -> bytes:
        """The name of an entry. Raises `LimitExceeded` where too much was read."""
        name = string_at(self._entries.heap, self._entries.names[row], _MAX_NAME)
        self._left -= len(name)
        if self._left < 0:
            raise LimitExceeded(f"its symbols' names are more than {_NAMES_RATIO} times as long as the table that they are in")
        return name


def read_symbols(headers: Headers, data: memoryview) -> Symbols:
    """All symbols of code, put in order; what cannot be read is in the headers' warnings."""
    into = Collector()
    starts = function_starts(headers, data)
    entries = read_entries(headers, data)
    _add_table(into, headers, entries)
    _add_stubs(into, headers, data, entries)
    if headers.exports is not None:
        _add_exports(into, headers, data, headers.exports)
    _add_starts(into, headers, starts)
    symbols = into.finish()
    named = [row for row, (table, name) in enumerate(zip(symbols.table, symbols.name, strict=True)) if symbols.heaps[table][name]]
    return symbols if len(named) == len(symbols) else symbols.only(named)


def part(data: memoryview, extent: Extent, what: str, headers: Headers) -> memoryview:
    """A part of the file, cut at its end."""
    found = data[extent.offset : extent.offset + extent.size]
    if len(found) < extent.size:
        headers.warn(f"{what} has {extent.size} bytes at {extent.offset}, of which {len(found)} are within the file")
    return found


def base_address(headers: Headers) -> int:
    """Where the file's header is loaded, svma: what exports and function starts count from. 0 for object files."""
    if headers.type == MH_OBJECT:
        return 0
    text = next((one for one in headers.segments if one.name == "__TEXT"), None)
    return text.address if text is not None else 0


def function_starts(headers: Headers, data: memoryview) -> Sequence[int]:
    """Where functions start, svma, ascending: LEB128 numbers, each the distance from the one before, to a 0."""
    found = array("Q")
    if headers.function_starts is None:
        return found
    at, mask = base_address(headers), headers.code_mask
    for distance in leb_numbers(part(data, headers.function_starts, "the table of function starts", headers)):
        if not distance or at + distance > _TOP:
            break
        at += distance
        found.append(at & mask)
    return found


def leb_numbers(content: memoryview) -> Iterator[int]:
    """The ULEB128 numbers that follow each other in a part of the file; an overlong one ends after ten bytes, one that is cut off is
    dropped.
    """
    value = shift = 0
    for byte in bytes(content):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:
            yield value
            value = shift = 0


def read_entries(headers: Headers, data: memoryview) -> Entries:
    """The symbol table as columns; without entries if there is none. Raises `LimitExceeded` if it is too large."""
    table = headers.symbol_table or SymbolTable(0, 0, Extent(0, 0))
    if table.entries > _MAX_SYMBOLS:
        raise LimitExceeded(f"has {table.entries} symbols; the limit is {_MAX_SYMBOLS}")
    size = 16 if headers.bits == 64 else 12
    entries = part(data, Extent(table.offset, table.entries * size), "the symbol table", headers)
    entries = entries[: len(entries) // size * size]
    heap = part(data, table.names, "the table of symbols' names", headers)
    words = _array("I", entries, headers.little_endian)
    values = _array("Q", entries, headers.little_endian)[1::2] if size == 16 else array("Q", words[2::3])
    return Entries(bytes(entries[4::size]), bytes(entries[5::size]), words[0 :: size // 4], words[1 :: size // 4], values, heap)


def _add_table(into: Collector, headers: Headers, entries: Entries) -> None:
    """The symbols of the table in sections of code."""
    if not entries.types:
        return
    little, heap = headers.little_endian, entries.heap
    names, kinds, values = entries.names, entries.kinds, entries.values
    verdicts = array("Q")
    known = array("I", sorted(set(kinds)))
    for kind in known:
        verdicts.extend(_verdict(kind, little, headers.sections))
    n = len(names)
    rows, flags, heads = zeros("Q", 3 * n), zeros("B", n), zeros("I", n)
    taken = elf_symbols.Taken(rows, flags, heads)
    listed = elf_symbols.Entries(memoryview(names), memoryview(kinds), memoryview(values), zeros("Q", n))
    elf_symbols.select(listed, elf_symbols.Verdicts(memoryview(known), memoryview(verdicts)), heap, False, taken)
    number = into.heap(heap)
    object_file = headers.type == MH_OBJECT
    starts: dict[int, int] = {}
    for one in headers.sections:
        starts[one.end] = min(one.address, starts.get(one.end, one.address))
    nameless = {found.start() for found in _NAMELESS.finditer(heap)}
    empty = into.heap(memoryview(b"\0"))
    rows, flags, heads = rows[: 3 * taken.count], flags[: taken.count], heads[: taken.count]
    within = [start >= starts[limit] for start, limit in zip(rows[::3].tolist(), rows[2::3].tolist(), strict=True)]
    if all(within) and not nameless and not object_file:  # nearly all files are so, and an app has a hundred thousand symbols
        into.extend(rows, flags, number, memoryview(array("I", [_bare(heap, name) for name in heads])))
        return
    for row, name in enumerate(heads):
        start, limit = rows[3 * row], rows[3 * row + 2]
        if name in nameless:
            into.add(start, 0, limit, 0, empty, 0)
        elif within[row] and not (object_file and bytes(heap[name : name + 4]).startswith(_ASSEMBLERS)):
            into.add(start, 0, limit, flags[row], number, _bare(heap, name))


def _verdict(kind: int, little_endian: bool, sections: tuple[Section, ...]) -> tuple[int, int, int, int]:
    """What `kernels.elf_symbols.select` does with all symbols of one type, section and description: take them or not, flags, 0, limit."""
    word = kind if little_endian else int.from_bytes(kind.to_bytes(4, "big"), "little")
    type_, number = word & 0xFF, word >> 8 & 0xFF
    description = word >> 16 if little_endian else kind & 0xFFFF
    if not is_defined(type_, number, sections) or not sections[number - 1].is_code:
        return 0, 0, 0, 0
    section = sections[number - 1]
    flags = FUNCTION
    if type_ & _N_EXT and not type_ & _N_PEXT:
        flags |= WEAK if description & _N_WEAK_DEF else GLOBAL
    if description & _N_ARM_THUMB_DEF:
        flags |= THUMB
    return 1, flags, 0, section.end


def is_defined(type_: int, number: int, sections: Sequence[Section]) -> bool:
    """Whether an entry, by its type and section number, is a symbol that is defined in one of the file's sections."""
    return not type_ & _N_STAB and type_ & _N_TYPE == _N_SECT and 0 < number <= len(sections)


def _add_stubs(into: Collector, headers: Headers, data: memoryview, entries: Entries) -> None:
    """Linkage stubs (`__stubs`, `__auth_stubs`): the indirect symbol table says which symbol each jumps to."""
    offset, count = headers.symbol_table.indirect if headers.symbol_table is not None else (0, 0)
    heap = bytearray()
    most = _NAMES_FREE + _NAMES_RATIO * len(entries.heap)
    found: list[tuple[int, int, int, int]] = []
    for section in headers.sections:
        if section.flags & 0xFF != S_SYMBOL_STUBS or not section.stub_size or not section.is_code:
            continue
        stubs = min(section.size // section.stub_size, max(count - section.first_stub, 0), _MAX_STUBS - len(found))
        begin = offset + 4 * section.first_stub
        numbers = _array("I", data[begin : begin + 4 * stubs][: max(len(data) - begin, 0) // 4 * 4], headers.little_endian)
        for stub, number in enumerate(numbers):
            # `INDIRECT_SYMBOL_LOCAL` and `INDIRECT_SYMBOL_ABS` are beyond all; a hostile table has one long name a million times.
            if number >= len(entries.names) or len(heap) > most:
                continue
            name = string_at(entries.heap, entries.names[number], _MAX_STUB_NAME)
            if name and section.address + (stub + 1) * section.stub_size <= _TOP:
                found.append((section.address + stub * section.stub_size, section.stub_size, section.end, len(heap)))
                heap += name.removeprefix(b"_") + b"@plt\0"
    number = into.heap(memoryview(bytes(heap)))
    for start, size, limit, at in found:
        into.add(start, size, limit, FUNCTION | STUB, number, at)


def _add_exports(into: Collector, headers: Headers, data: memoryview, extent: Extent) -> None:
    """The exports in code: all that is left in a stripped file."""
    base = base_address(headers)
    heap = bytearray()
    found: list[tuple[int, int, int]] = []
    code = [(one.address, one.end) for one in headers.sections if one.is_code]
    for name, offset in exports.walk(part(data, extent, "the table of exports", headers), headers.warn):
        limit = next((end for start, end in code if start <= base + offset < end), None)
        if limit is not None:
            found.append((base + offset, limit, len(heap)))
            heap += name.removeprefix(b"_") + b"\0"
    number = into.heap(memoryview(bytes(heap)))
    for start, limit, at in found:
        into.add(start, 0, limit, FUNCTION | GLOBAL, number, at)


def _add_starts(into: Collector, headers: Headers, starts: Sequence[int]) -> None:
    """Function starts as symbols without a name, which end the ones before: where a name is known, that has a higher rank."""
    number = into.heap(memoryview(b"\0"))
    code = _in_order(headers.sections)
    for start in starts:
        while code and start >= code[-1][1]:
            code.pop()
        if code and start >= code[-1][0]:
            into.add(start, 0, code[-1][1], 0, number, 0)


def _in_order(sections: tuple[Section, ...]) -> list[tuple[int, int]]:
    """Where code is, the last first."""
    return sorted(((one.address, one.end) for one in sections if one.is_code), reverse=True)


def _bare(heap: memoryview, name: int) -> int:
    """Where a name begins without the underscore that C's have in a symbol table."""
    return name + 1 if heap[name] == _UNDERSCORE and name + 1 < len(heap) and heap[name + 1] else name


def _array(code: str, content: memoryview, little_endian: bool) -> array[int]:
    found: array[int] = array(code)
    found.frombytes(content)
    if little_endian != (sys.byteorder == "little"):
        found.byteswap()
    return found
