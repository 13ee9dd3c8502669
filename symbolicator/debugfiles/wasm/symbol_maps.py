"""Symbol maps: the names of a WebAssembly module's functions in a file of their own, by number. The module that is served has none.

Emscripten writes one with `--emit-symbol-map` (`app.js.symbols`; .NET's `WasmEmitSymbolMap` is that), a line each, in which all that is no
letter or digit may be escaped as in the text format of WebAssembly; Unity one in JSON (`app.symbols.json`)::

    3:gantry::share\\28gantry::Load\\20const&\\29
    {"3": "gantry::share(gantry::Load const&)"}

The table `wasm-symbols`, version 1: `number` (I, ascending) and `name` (strings, one each).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from re import Match
from typing import Final

import msgspec

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.patterns import regex

ENDINGS: Final = (".js.symbols", ".symbols.json", ".symbols")
"""How the files end; what is before it is the module's name without `.wasm`."""
_LINE: Final = regex(r"(?m)^(\d{1,9}):(.*?)\r?$")
_ESCAPED: Final = regex(r"(?:\\[0-9a-fA-F]{2})+")
_MOST: Final = 4_000_000


@over_table
class SymbolMap:
    """An opened symbol map."""

    def __init__(self, table: Table) -> None:
        self._table = table
        expect(table, {"number": "I"}, number=table.length("name#items"))
        self._count = table.length("number")

    @property
    def functions(self) -> int:
        """The functions of the module, as far as the map tells: one more than its last number."""
        return self._table.item("number", self._count - 1) + 1 if self._count else 0

    def lookup(self, number: int) -> str | None:
        """The name of a function."""
        at = bisect_left(self._table.window("number", 0, self._count), number)
        return self._table.string("name", at) if at < self._count and self._table.item("number", at) == number else None


class SymbolMapCompiler:
    """A symbol map → `SymbolMap`."""

    name: Final = "wasm-symbols"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file's content. Raises `MalformedArtifact`, `LimitExceeded`."""
        (content,) = contents
        names = _of_json(content) if bytes(content[:1]) == b"{" else _of_lines(content)
        if not names:
            raise MalformedArtifact("names no function", 0)
        if len(names) > _MOST:
            raise LimitExceeded(f"names more than {_MOST:,} functions")
        numbers = sorted(names)
        writer = TableWriter(self.name, self.version).column("number", array("I", numbers))
        return writer.strings("name", [_ESCAPED.sub(_plain, names[number]) for number in numbers])

    def open(self, table: Table) -> SymbolMap:
        """The index over a compiled table."""
        return SymbolMap(table)


def stem_of(file_name: str) -> str | None:
    """The name of a symbol map's module, without `.wasm`; None for a file that is called otherwise."""
    ending = next((one for one in ENDINGS if file_name.endswith(one)), None)
    return None if ending is None else file_name.removesuffix(ending)


def _of_json(content: memoryview) -> dict[int, str]:
    try:
        names = msgspec.json.decode(content, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedArtifact(f"not a symbol map: {error}") from error
    return {int(number): name for number, name in names.items() if number.isascii() and number.isdigit() and len(number) < 10}


def _of_lines(content: memoryview) -> dict[int, str]:
    return {int(found[1]): found[2] for found in _LINE.finditer(str(content, "utf-8", "replace"))}


def _plain(escaped: Match[str]) -> str:
    """The characters of escapes, which are bytes of UTF-8."""
    return bytes.fromhex(escaped[0].replace("\\", "")).decode("utf-8", "replace")
