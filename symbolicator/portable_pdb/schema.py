"""The tables of .NET's metadata: which columns each has, and how wide they are (ECMA-335 §II.22 and §II.24.2.6; Portable PDB v1.0)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final

MODULE, TYPE_REF, TYPE_DEF, METHOD_DEF, NESTED_CLASS = 0x00, 0x01, 0x02, 0x06, 0x29
DOCUMENT, METHOD_DEBUG, LOCAL_SCOPE, STATE_MACHINE, CUSTOM_DEBUG = 0x30, 0x31, 0x32, 0x36, 0x37
"""Numbers of tables; those that are read here."""

COUNT: Final = 64

STRINGS, GUIDS, BLOBS = 0x01, 0x02, 0x04
"""Bits of the stream's `HeapSizes`: references to the heap have four bytes, not two."""
_HEAPS: Final = {"s": STRINGS, "g": GUIDS, "b": BLOBS}

_DEF_OR_REF: Final = (0x02, 0x01, 0x1B)
_CUSTOM: Final = (
    0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0A, 0x00, 0x0E, 0x17, 0x14, 0x11, 0x1A, 0x1B, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2A, 0x2C, 0x2B,
)  # fmt: skip
_CODED: Final[dict[str, tuple[int, Sequence[int]]]] = {
    "TypeDefOrRef": (2, _DEF_OR_REF),
    "HasConstant": (2, (0x04, 0x08, 0x17)),
    "HasCustomAttribute": (5, _CUSTOM),
    "HasFieldMarshal": (1, (0x04, 0x08)),
    "HasDeclSecurity": (2, (0x02, 0x06, 0x20)),
    "MemberRefParent": (3, (0x02, 0x01, 0x1A, 0x06, 0x1B)),
    "HasSemantics": (1, (0x14, 0x17)),
    "MethodDefOrRef": (1, (0x06, 0x0A)),
    "MemberForwarded": (1, (0x04, 0x06)),
    "Implementation": (2, (0x26, 0x23, 0x27)),
    "CustomAttributeType": (3, (0x06, 0x0A)),
    "ResolutionScope": (2, (0x00, 0x1A, 0x23, 0x01)),
    "TypeOrMethodDef": (1, (0x02, 0x06)),
    "HasCustomDebugInformation": (5, (*_CUSTOM, 0x30, 0x32, 0x33, 0x34, 0x35)),
}
"""References to a row of one of several tables: the bits that say which, and the tables."""
CUSTOM_DEBUG_BITS: Final = 5
CUSTOM_DEBUG_MODULE, CUSTOM_DEBUG_DOCUMENT = 7, 22
"""What those bits are in `CustomDebugInformation.Parent`."""

_TABLES: Final = {
    0x00: "2 s g g g",
    0x01: "ResolutionScope s s",
    0x02: "4 s s TypeDefOrRef #04 #06",
    0x03: "#04",
    0x04: "2 s b",
    0x05: "#06",
    0x06: "4 2 2 s b #08",
    0x07: "#08",
    0x08: "2 2 s",
    0x09: "#02 TypeDefOrRef",
    0x0A: "MemberRefParent s b",
    0x0B: "2 HasConstant b",
    0x0C: "HasCustomAttribute CustomAttributeType b",
    0x0D: "HasFieldMarshal b",
    0x0E: "2 HasDeclSecurity b",
    0x0F: "2 4 #02",
    0x10: "4 #04",
    0x11: "b",
    0x12: "#02 #14",
    0x13: "#14",
    0x14: "2 s TypeDefOrRef",
    0x15: "#02 #17",
    0x16: "#17",
    0x17: "2 s b",
    0x18: "2 #06 HasSemantics",
    0x19: "#02 MethodDefOrRef MethodDefOrRef",
    0x1A: "s",
    0x1B: "b",
    0x1C: "2 MemberForwarded s #1A",
    0x1D: "4 #04",
    0x1E: "4 4",
    0x1F: "4",
    0x20: "4 2 2 2 2 4 b s s",
    0x21: "4",
    0x22: "4 4 4",
    0x23: "2 2 2 2 4 b s s b",
    0x24: "4 #23",
    0x25: "4 4 4 #23",
    0x26: "4 s b",
    0x27: "4 4 s s Implementation",
    0x28: "4 4 s Implementation",
    0x29: "#02 #02",
    0x2A: "2 2 TypeOrMethodDef s",
    0x2B: "MethodDefOrRef b",
    0x2C: "#2A TypeDefOrRef",
    0x30: "b g b g",
    0x31: "#30 b",
    0x32: "#06 #35 #33 #34 4 4",
    0x33: "2 2 s",
    0x34: "s b",
    0x35: "#35 b",
    0x36: "#06 #06",
    0x37: "HasCustomDebugInformation g b",
}
"""Columns: bytes of a number; a heap; `#` and a table; a coded reference."""


def row_of(table: int, rows: Sequence[int], heaps: int) -> Struct | None:
    """How a row of a table is laid out, given the number of rows of each table; None for a table that is not known."""
    columns = _TABLES.get(table)
    return None if columns is None else Struct("<" + "".join(_letter(column, rows, heaps) for column in columns.split()))


def _letter(column: str, rows: Sequence[int], heaps: int) -> str:
    if column in _HEAPS:
        return "I" if heaps & _HEAPS[column] else "H"
    if column[0] == "#":
        return "I" if rows[int(column[1:], 16)] >= 1 << 16 else "H"
    if column in _CODED:
        bits, tables = _CODED[column]
        return "I" if max(rows[each] for each in tables) >= 1 << 16 - bits else "H"
    return "I" if column == "4" else "H"
