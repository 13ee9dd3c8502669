"""What a relocation does to the bytes it stands at, in words of our own."""

from __future__ import annotations

from typing import Final

SET: Final = 0
"""symbol + addend"""
RELATIVE: Final = 1
"""symbol + addend − place"""
ADD: Final = 2
SUBTRACT: Final = 3
LEAVE: Final = 4
"""nothing: the offset of a thread-local variable, or what the assembler worked out already"""
SIX: Final = 0
"""In place of a width: the low six bits of a byte."""
LEB: Final = -1
"""In place of a width: an unsigned LEB128, its length kept."""

Rule = tuple[int, int]
"""What is done, and to how many bytes."""
