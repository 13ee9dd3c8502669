"""DW_LANG: the languages that a compile unit may be in, by the names of DWARF 5 §7.12 and of dwarfstd.org's list of later ones."""

from __future__ import annotations

from typing import Final

C89: Final = 0x01
C: Final = 0x02
ADA_83: Final = 0x03
C_PLUS_PLUS: Final = 0x04
FORTRAN90: Final = 0x08
C99: Final = 0x0C
ADA_95: Final = 0x0D
OBJC: Final = 0x10
OBJC_PLUS_PLUS: Final = 0x11
D: Final = 0x13
GO: Final = 0x16
C_PLUS_PLUS_03: Final = 0x19
C_PLUS_PLUS_11: Final = 0x1A
RUST: Final = 0x1C
C11: Final = 0x1D
SWIFT: Final = 0x1E
C_PLUS_PLUS_14: Final = 0x21
ZIG: Final = 0x27
CRYSTAL: Final = 0x28
C_PLUS_PLUS_17: Final = 0x2A
C_PLUS_PLUS_20: Final = 0x2B
C17: Final = 0x2C
ADA_2005: Final = 0x2E
ADA_2012: Final = 0x2F
C_PLUS_PLUS_23: Final = 0x3A
C23: Final = 0x3E

EVERY_C: Final = (C89, C, C99, C11, C17, C23)
EVERY_C_PLUS_PLUS: Final = (
    C_PLUS_PLUS, C_PLUS_PLUS_03, C_PLUS_PLUS_11, C_PLUS_PLUS_14, C_PLUS_PLUS_17, C_PLUS_PLUS_20, C_PLUS_PLUS_23,
)  # fmt: skip
EVERY_ADA: Final = (ADA_83, ADA_95, ADA_2005, ADA_2012)
