"""IL: where its instructions begin (ECMA-335 §III). Runtimes give their offsets: one within an instruction is another build's."""

from __future__ import annotations

from typing import Final

_SHORT: Final = (0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x1F, 0xDE, *range(0x2B, 0x38))
_TOKEN: Final = (
    0x20, 0x22, 0x27, 0x28, 0x29, *range(0x38, 0x45), *range(0x6F, 0x76), 0x79, *range(0x7B, 0x82), 0x8C, 0x8D, 0x8F, 0xA3, 0xA4, 0xA5,
    0xC2, 0xC6, 0xD0, 0xDD,
)  # fmt: skip
_OPERANDS: Final = {**dict.fromkeys(_SHORT, 1), **dict.fromkeys(_TOKEN, 4), 0x21: 8, 0x23: 8}
"""Bytes of operands after an opcode; one-byte instructions have none."""
_SWITCH: Final = 0x45
_PREFIX: Final = 0xFE
_PREFIXED: Final = {
    0x06: 4, 0x07: 4, 0x09: 2, 0x0A: 2, 0x0B: 2, 0x0C: 2, 0x0D: 2, 0x0E: 2, 0x12: 1, 0x15: 4, 0x16: 4, 0x19: 1, 0x1C: 4,
}  # fmt: skip
"""Of instructions of two bytes."""


def begins_instruction(code: memoryview, offset: int) -> bool:
    """Whether an instruction of a method begins at `offset`. Takes time in proportion to the offset."""
    at, size = 0, len(code)
    while at < offset and at < size:
        kind = code[at]
        if kind == _PREFIX and at + 1 < size:
            at += 2 + _PREFIXED.get(code[at + 1], 0)
        elif kind == _SWITCH:
            at += 5 + 4 * int.from_bytes(code[at + 1 : at + 5], "little")
        else:
            at += 1 + _OPERANDS.get(kind, 0)
    return at == offset and at < size
