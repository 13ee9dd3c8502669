"""Line rows where no unit's DIE says that there is code: which of them count, and that both speeds think so."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.writing import write_table
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.symbols import FUNCTION, Symbols
from symbolicator.debugfiles.table.index import NativeIndex
from tests.makers import dwarf_bytes as dw
from tests.makers import line_tables as lm

SLOT = 16
BASE = 0x1000
# Abbreviations: 1 a unit with ranges and lines, 2 a unit with lines alone, 3 a function.
ABBREVS = b"".join(
    [
        bytes([1, 0x11, 1, 0x55, 0x17, 0x10, 0x17, 0, 0]),
        bytes([2, 0x11, 1, 0x10, 0x17, 0, 0]),
        bytes([3, 0x2E, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0]),
        b"\0",
    ]
)


class Slot:
    """`SLOT` bytes of code. From its beginning on: bytes with a line, of them claimed by the unit, of them in a function; bytes of a symbol."""

    def __init__(self, unit, lines, claimed, function, symbol):
        self.unit, self.lines, self.claimed = unit, lines, min(claimed, lines)
        self.function, self.symbol = min(function, self.claimed), symbol

    def expected(self, at, line, silent):
        """The answer `at` bytes into it: function, symbol, line."""
        symbol = "s" if at < self.symbol else None
        if at < self.function:
            return [("f", "s" if self.symbol else None, line)]
        if at < self.lines and (at < self.claimed or symbol or silent):
            return [(None, symbol, line)]
        return [(None, symbol, 0)] if symbol else []


class File(dw.Sections):
    """A file of slots one behind the other, in two units; those that are `silent` do not say what they cover."""

    def __init__(self, slots, silent):
        info = lines = ranges = b""
        for unit in (0, 1):
            own = [(BASE + SLOT * i, i + 1, slot) for i, slot in enumerate(slots) if slot.unit == unit]
            body = b"".join(
                b"\3f\0" + struct.pack("<QI", start, slot.function) for start, _, slot in own if slot.function and unit not in silent
            )
            die = b"\2" + struct.pack("<I", len(lines)) if unit in silent else b"\1" + struct.pack("<II", len(ranges), len(lines))
            content = struct.pack("<HIB", 4, 0, 8) + die + body + b"\0"
            info += struct.pack("<I", len(content)) + content
            ranges += b"".join(struct.pack("<QQ", start, start + slot.claimed) for start, _, slot in own if slot.claimed) + bytes(16)
            lines += lm.table(b"".join(lm.sequence((start, line), end=start + slot.lines) for start, line, slot in own if slot.lines))
        super().__init__(debug_info=info, debug_abbrev=ABBREVS, debug_line=lines, debug_ranges=ranges)
        self._symbols = Symbols([memoryview(b"s\0")])
        for i, slot in enumerate(slots):
            if slot.symbol:
                columns = ("address", BASE + SLOT * i), ("start", BASE + SLOT * i), ("size", slot.symbol), ("flags", FUNCTION)
                for column, value in (*columns, ("table", 0), ("name", 0)):
                    getattr(self._symbols, column).append(value)

    def symbols(self):
        return self._symbols


def told(answer):
    return [(frame.function, frame.symbol, frame.line) for frame in answer]


def answers(file, addresses):
    """What the whole table says, a cold look-up of all, cold ones of one each, and one that is asked again and again."""
    whole = NativeIndex(Table.open(write_table(file, Dwarf(file), None).to_bytes()))
    lazy = LazyIndex(file)
    yield [told(whole.lookup(at)) for at in addresses]
    yield [told(answer) for answer in LazyIndex(file).lookup_many(addresses)]
    yield [told(LazyIndex(file).lookup(at)) for at in addresses]
    yield [told(lazy.lookup(at)) for at in addresses]


size = st.integers(0, SLOT)


@given(st.lists(st.builds(Slot, st.integers(0, 1), size, size, size, size), max_size=5), st.sets(st.integers(0, 1)))
def test_a_line_counts_where_a_unit_or_a_symbol_says_that_there_is_code(slots, silent):
    addresses = range(BASE, BASE + SLOT * (len(slots) + 1), 3)
    for slot in slots:
        if slot.unit in silent:
            slot.function = 0
    expected = [
        slots[i].expected(at, i + 1, slots[i].unit in silent) if i < len(slots) else []
        for i, at in (divmod(address - BASE, SLOT) for address in addresses)
    ]
    for found in answers(File(slots, silent), addresses):
        assert found == expected


@pytest.mark.parametrize("first", [0, 1])
def test_a_function_that_its_units_ranges_leave_out_has_its_line(first):
    """As gcc -fprofile-generate has it: code of one unit behind code of the other, with a symbol and no DIE."""
    slots = [Slot(first, 16, 12, 12, 12), Slot(1 - first, 8, 0, 0, 8)]
    for found in answers(File(slots, set()), [BASE + 4, BASE + 13, BASE + 20, BASE + 24]):
        assert found == [[("f", "s", 1)], [], [(None, "s", 2)], []]
