"""What all debug formats share to write the table (`columns.py`): merging rows, symbols, strings, warnings."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import add, or_
from typing import Final

from symbolicator.artifacts.tables import TableWriter
from symbolicator.debugfiles.symbols import STUB, UNVERSIONED, Symbols
from symbolicator.debugfiles.table.buffers import sweep_room, zeros
from symbolicator.debugfiles.table.columns import PLACE_WIDTH, SAMPLE
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.kernels import native_layers
from symbolicator.kernels.dwarf_numbers import CHUNK

_MOST_WARNINGS: Final = 20
_CUTS: Final = bytes(not flags & (STUB | UNVERSIONED) for flags in range(256))
"""By a symbol's flags, whether its name is cut before a version: that of `memcpy@@GLIBC_2.14` is not a part of the name."""


def joined(views: list[memoryview], code: str) -> memoryview:
    """The views concatenated, as numbers of the type `code`."""
    return memoryview(bytearray().join(views)).cast(code)  # type: ignore[call-overload,no-any-return]


def combined(chunks: memoryview, starts: memoryview, places: memoryview) -> tuple[memoryview, memoryview]:
    """The starts and places of a table's rows: of overlapping chunks (`kernels/native_layers.py`) the first one has an address."""
    count = len(chunks) // CHUNK
    room = len(starts) + 4 * count + 1
    out_starts, out_places = zeros("Q", room), zeros("I", PLACE_WIDTH * room)
    rows = native_layers.combine(chunks, starts, places, native_layers.Sweep(*sweep_room(count)), out_starts, out_places)
    return out_starts[:rows], out_places[: PLACE_WIDTH * rows]


def write_rows(writer: TableWriter, starts: memoryview, places: memoryview) -> None:
    """Write the columns of rows."""
    writer.column("starts", starts).column("places", places).column("samples", array("Q", starts[::SAMPLE].tolist()))


def write_symbols(writer: TableWriter, symbols: Symbols, strings: Strings) -> None:
    """Write the columns of symbols, whose names are added to `strings`."""
    numbers = zeros("I", len(symbols))
    tables = memoryview(symbols.table)
    references = array("Q", map(or_, map((44).__rlshift__, tables), symbols.name))
    cuts = symbols.flags.tobytes().translate(_CUTS)
    for table, heap in enumerate(symbols.heaps):
        strings.gather(heap, table << 44, memoryview(references), numbers, cuts)
    write_numbered_symbols(writer, symbols, numbers)


def write_numbered_symbols(writer: TableWriter, symbols: Symbols, names: memoryview | array[int]) -> None:
    """Write the columns of symbols whose names (u32, the number of a string each) are in the table."""
    ends = array("Q", map(add, symbols.address, symbols.size))
    writer.column("symbol_starts", symbols.address).column("symbol_ends", ends).column("symbol_firsts", symbols.start)
    writer.column("symbol_names", names).column("symbol_samples", symbols.address[::SAMPLE])


def write_strings(writer: TableWriter, strings: Strings) -> None:
    """Write the columns of strings: last, because all others add some."""
    writer.column("string_starts", strings.starts[: strings.count + 1]).blob("strings", strings.heap[: strings.size])


def limited(warnings: Sequence[str]) -> list[str]:
    """As many warnings as a table keeps, and how many more there were."""
    more = len(warnings) - _MOST_WARNINGS
    return [*warnings[:_MOST_WARNINGS], *([f"and {more} more like these"] if more > 0 else [])]
