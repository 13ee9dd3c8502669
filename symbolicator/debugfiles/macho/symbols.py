"""The symbols of one Mach-O file: its symbol table, where functions start, and what it exports. Apple's `<mach-o/nlist.h>`.

Symbols have no sizes: one reaches to the next symbol or function start, or the end of its section. Function starts
(`LC_FUNCTION_STARTS`) are kept when a file is stripped, so that no exported name covers the functions behind it whose names are gone.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Final

from symbolicator.debugfiles.macho import exports
from symbolicator.debugfiles.macho.headers import MH_OBJECT, Extent, Headers, Section, SymbolTable
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, THUMB, WEAK, Collector, Symbols
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.errors import LimitExceeded
from symbolicator.kernels import elf_symbols

_N_STAB: Final = 0xE0
_N_PEXT: Final = 0x10
_N_TYPE: Final = 0x0E
_N_SECT: Final = 0x0E
_N_EXT: Final = 0x01
_N_ARM_THUMB_DEF: Final = 0x0008
_N_WEAK_DEF: Final = 0x0080
_MAX_SYMBOLS: Final = 1 << 24
_UNDERSCORE: Final = 0x5F
_ASSEMBLERS: Final = (b"ltmp", b"L")
"""What an assembler calls places in an object file; a name of C's has `_` before it."""
_TOP: Final = (1 << 64) - 1


def read_symbols(headers: Headers, data: memoryview) -> Symbols:
    """All symbols of code, put in order; what cannot be read is in the headers' warnings."""
    into = Collector()
    starts = function_starts(headers, data)
    if headers.symbol_table is not None:
        _add_table(into, headers, data, headers.symbol_table)
    if headers.exports is not None:
        _add_exports(into, headers, data, headers.exports)
    _add_starts(into, headers, starts)
    symbols = into.finish()
    named = [row for row, (table, name) in enumerate(zip(symbols.table, symbols.name, strict=True)) if symbols.heaps[table][name]]
    return symbols if len(named) == len(symbols) else symbols.only(named)


def part(data: memoryview, extent: Extent, what: str, headers: Headers) -> memoryview:
    """A part of the file, cut where the file ends."""
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
    at, value, shift = base_address(headers), 0, 0
    mask = ~1 if headers.arch.startswith("armv") else ~0  # the bit tells Thumb
    for byte in bytes(part(data, headers.function_starts, "the table of function starts", headers)):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 and shift < 64:
            continue
        if not value or at + value > _TOP:
            break
        at += value
        found.append(at & mask)
        value = shift = 0
    return found


def _add_table(into: Collector, headers: Headers, data: memoryview, table: SymbolTable) -> None:
    """The symbols of the table that lie in sections of code."""
    if table.entries > _MAX_SYMBOLS:
        raise LimitExceeded(f"has {table.entries} symbols; {_MAX_SYMBOLS} are the limit")
    size = 16 if headers.bits == 64 else 12
    entries = part(data, Extent(table.offset, table.entries * size), "the symbol table", headers)
    entries = entries[: len(entries) // size * size]
    heap = part(data, table.names, "the table of symbols' names", headers)
    little = headers.little_endian
    words = _array("I", entries, little)
    names, kinds = words[0 :: size // 4], words[1 :: size // 4]
    values = _array("Q", entries, little)[1::2] if size == 16 else array("Q", words[2::3])
    verdicts = array("Q")
    known = array("I", sorted(set(kinds)))
    for kind in known:
        verdicts.extend(_verdict(kind, little, headers.sections))
    n = len(names)
    rows, flags, heads, result = zeros("Q", 3 * n), zeros("B", n), zeros("I", n), zeros("q", 2)
    elf_symbols.select(
        memoryview(names), memoryview(kinds), memoryview(values), memoryview(array("Q", bytes(8 * n))), memoryview(known),
        memoryview(verdicts), heap, False, rows, flags, heads, result,
    )  # fmt: skip
    number = into.heap(heap)
    object_file = headers.type == MH_OBJECT
    starts: dict[int, int] = {}
    for one in headers.sections:
        starts[one.end] = min(one.address, starts.get(one.end, one.address))
    for row in range(result[0]):
        start, limit, name = rows[3 * row], rows[3 * row + 2], heads[row]
        if start < starts[limit] or (object_file and bytes(heap[name : name + 4]).startswith(_ASSEMBLERS)):
            continue
        into.add(start, 0, limit, flags[row], number, _bare(heap, name))


def _verdict(kind: int, little_endian: bool, sections: tuple[Section, ...]) -> tuple[int, int, int, int]:
    """What `kernels.elf_symbols.select` does with all symbols of one type, section and description: take them or not, flags, 0, limit."""
    word = kind if little_endian else int.from_bytes(kind.to_bytes(4, "big"), "little")
    type_, number = word & 0xFF, word >> 8 & 0xFF
    description = word >> 16 if little_endian else kind & 0xFFFF
    if type_ & _N_STAB or type_ & _N_TYPE != _N_SECT or not 0 < number <= len(sections) or not sections[number - 1].is_code:
        return 0, 0, 0, 0
    section = sections[number - 1]
    flags = FUNCTION
    if type_ & _N_EXT and not type_ & _N_PEXT:
        flags |= WEAK if description & _N_WEAK_DEF else GLOBAL
    if description & _N_ARM_THUMB_DEF:
        flags |= THUMB
    return 1, flags, 0, section.end


def _add_exports(into: Collector, headers: Headers, data: memoryview, extent: Extent) -> None:
    """What is exported and lies in code: of a stripped file, all that is left."""
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
