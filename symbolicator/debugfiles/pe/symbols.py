"""The symbols of code of one PE file: the linker's (COFF), which MinGW keeps; else the exports.

Neither have sizes: a symbol extends to the next one or the end of its section. Between them there are functions without a symbol: those
that are not exported, and those of libraries whose own symbols are stripped. The exception directory has where they begin, and the
linker's table where the code of each object file does.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from symbolicator.debugfiles.pe.headers import EXCEPTIONS, EXPORTS, Headers
from symbolicator.debugfiles.pe.names import NamedCode
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, WEAK, Symbols

_SYMBOL: Final = Struct("<8sIhH2B")
_SIZE: Final = 18
_EXTERNAL: Final = 2
_STATIC: Final = 3
_WEAK_EXTERNAL: Final = 105
_BINDINGS: Final = {_EXTERNAL: GLOBAL, _STATIC: 0, _WEAK_EXTERNAL: WEAK}
_FUNCTION_TYPE: Final = 0x20
_MAX_SYMBOLS: Final = 1 << 22
_MAX_EXPORTS: Final = 1 << 20
_MAX_NAME: Final = 1 << 13
_CHAINED: Final = 4
_RUNTIME_FUNCTION: Final = {"x86_64": 12, "arm64": 8}


def read_symbols(headers: Headers, data: memoryview) -> Symbols:
    """All symbols, sorted; what cannot be read is in the headers' warnings."""
    base = headers.image_base
    code = ((base + one.address, base + one.address + one.size) for one in headers.sections if one.is_code)
    names = NamedCode(code, headers.arch, 2 * len(data))
    _add_coff(names, headers, data)
    if not len(names):
        _add_exports(names, headers)
    _add_starts(names, headers)
    if names.is_full:
        headers.warn("some symbols were skipped: their names take more than twice the file's size")
    return names.finish()


def _add_coff(into: NamedCode, headers: Headers, data: memoryview) -> None:
    at = headers.symbols_at
    if not at:
        return
    table = data[at : at + _SIZE * min(headers.symbol_count, _MAX_SYMBOLS)]
    if len(table) < _SIZE * headers.symbol_count:
        headers.warn(f"has {headers.symbol_count} symbols, of which {len(table) // _SIZE} are read")
    sections, strings, base = headers.sections, headers.strings, headers.image_base
    at, stop = 0, len(table) - _SIZE + 1
    while at < stop and not into.is_full:
        name, value, number, kind, storage, auxiliary = _SYMBOL.unpack_from(table, at)
        at += _SIZE * (1 + auxiliary)
        if not 0 < number <= len(sections) or storage not in _BINDINGS or not sections[number - 1].is_code:
            continue
        address = base + sections[number - 1].address + value
        if storage == _STATIC and (auxiliary or name[:1] == b".") and kind != _FUNCTION_TYPE:
            if auxiliary:
                into.add(address, 0)  # an object file's part of the section
            continue  # that, or an assembler's label
        long = name[:4] == b"\0\0\0\0"
        heap, place = (strings, int.from_bytes(name[4:], "little")) if long else (memoryview(name), 0)
        if place < len(heap) and heap[place]:
            flags = _BINDINGS[storage] | (FUNCTION if kind == _FUNCTION_TYPE else 0)
            into.add(address, flags, heap, place)


def _add_exports(into: NamedCode, headers: Headers) -> None:
    """The entries of the export directory. An address inside the directory means another DLL's function."""
    directory = headers.directory(EXPORTS)
    if directory is None:
        return
    header = headers.at(directory.address, 40)
    if len(header) < 40:
        headers.warn("its export directory is outside the file")
        return
    count, named, addresses, names, ordinals = (int.from_bytes(header[i : i + 4], "little") for i in range(20, 40, 4))
    functions = headers.at(addresses, 4 * min(count, _MAX_EXPORTS))
    of_names = headers.at(names, 4 * min(named, _MAX_EXPORTS))
    of_ordinals = headers.at(ordinals, 2 * min(named, _MAX_EXPORTS))
    for i in range(min(len(of_names) // 4, len(of_ordinals) // 2)):
        turn = 4 * int.from_bytes(of_ordinals[2 * i : 2 * i + 2], "little")
        address = int.from_bytes(functions[turn : turn + 4], "little")
        if address and not directory.address <= address < directory.address + directory.size:
            heap = headers.at(int.from_bytes(of_names[4 * i : 4 * i + 4], "little"), _MAX_NAME)
            into.add(headers.image_base + address, FUNCTION | GLOBAL, heap)


def _add_starts(into: NamedCode, headers: Headers) -> None:
    """The starts of functions without a symbol, from the exception directory; parts of functions, which it lists too, do not count."""
    directory, size = headers.directory(EXCEPTIONS), _RUNTIME_FUNCTION.get(headers.arch)
    if directory is None or size is None or not len(into):
        return
    table = headers.at(directory.address, min(directory.size, size * _MAX_EXPORTS))
    for at in range(0, len(table) - size + 1, size):
        start = int.from_bytes(table[at : at + 4], "little")
        unwind = headers.at(int.from_bytes(table[at + 8 : at + 12], "little"), 1) if size == 12 else b""
        if start and not (len(unwind) and unwind[0] >> 3 & _CHAINED):
            into.add(headers.image_base + start, 0)
