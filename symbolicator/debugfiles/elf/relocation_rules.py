"""What a relocation does to the bytes at its place, in our own terms."""

from __future__ import annotations

from typing import Final

SET: Final = 0
"""symbol + addend"""
RELATIVE: Final = 1
"""symbol + addend − place"""
ADD: Final = 2
SUBTRACT: Final = 3
LEAVE: Final = 4
"""nothing: the offset of a thread-local variable, or a value computed by the assembler already"""
SIX: Final = 0
"""Instead of a width: the low six bits of a byte."""
LEB: Final = -1
"""Instead of a width: an unsigned LEB128, its length kept."""

Rule = tuple[int, int]
"""The operation, and its number of bytes."""
