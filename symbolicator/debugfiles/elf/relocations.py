"""Relocations of a relocatable file's debug sections: what the linker would have written, from the processor supplements' tables.

Which types there are is `relocation_types.py`'s. Only what stands in debug sections: absolute and relative words, and RISC-V's and
LoongArch's pairs that add and subtract labels. What concerns thread-local variables is left as it is: no code is found by it. Leftover
`.rela.debug_*` of linked files (`--emit-relocs`) are never applied: there the linker has written already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Final, Literal

from symbolicator.debugfiles.elf.relocation_rules import ADD, LEAVE, LEB, RELATIVE, SET, SIX, SUBTRACT
from symbolicator.errors import LimitExceeded

MAX_RELOCATIONS: Final = 1 << 23
_MAX_LEB: Final = 10

Row = tuple[int, int, int, int | None]
"""Offset, symbol, type, and the addend where the entry has one (SHT_RELA); else the place itself holds it (SHT_REL)."""


def relocations(content: memoryview, bits: int, little_endian: bool, explicit: bool, mips64: bool = False) -> Iterator[Row]:
    """The entries of a SHT_REL(A) section, `explicit` for SHT_RELA. Raises `LimitExceeded` for more than `MAX_RELOCATIONS`."""
    order = "<" if little_endian else ">"
    entry = Struct(order + ("QQ" if bits == 64 else "II") + (("q" if bits == 64 else "i") if explicit else ""))
    count = len(content) // entry.size
    if count > MAX_RELOCATIONS:
        raise LimitExceeded(f"has {count} relocations; the limit is {MAX_RELOCATIONS}")
    rows = entry.iter_unpack(content[: count * entry.size])
    if bits == 32:
        return ((row[0], row[1] >> 8, row[1] & 0xFF, row[2] if explicit else None) for row in rows)
    if mips64 and little_endian:
        # Three types of one byte stand behind the symbol, in this order whatever the byte order (MIPS ELF-64 2.4).
        return ((row[0], row[1] & 0xFFFFFFFF, row[1] >> 56, row[2] if explicit else None) for row in rows)
    mask = 0xFF if mips64 else 0xFFFFFFFF
    return ((row[0], row[1] >> 32, row[1] & mask, row[2] if explicit else None) for row in rows)


def known(arch: str) -> bool:
    """Whether the relocations of an architecture can be applied."""
    from symbolicator.debugfiles.elf.relocation_types import RULES

    return arch in RULES


def apply(content: bytearray, rows: Iterable[Row], symbols: Sequence[int], arch: str, little_endian: bool, base: int = 0) -> int:
    """Apply relocations to `content`, their offsets counted from `base`, as if it lay at address 0.

    How many could not be applied: of unknown type, past the end, of a symbol that there is not.
    """
    from symbolicator.debugfiles.elf.relocation_types import RULES  # pyelftools takes 20 ms to load, and few files are relocatable

    rules = RULES.get(arch, {})
    order: Literal["little", "big"] = "little" if little_endian else "big"
    words = {width: Struct(("<" if little_endian else ">") + code) for width, code in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))}
    skipped = 0
    for offset, symbol, kind, explicit in rows:
        rule = rules.get(kind)
        at = base + offset
        if rule is None or symbol >= len(symbols) or at >= len(content):
            skipped += kind != 0
            continue
        what, width = rule
        if what == LEAVE:
            continue
        operand = symbols[symbol] + (explicit or 0)
        if width == LEB:
            skipped += not _change_leb(content, at, what, operand)
            continue
        size = width or 1
        if at + size > len(content):
            skipped += 1
            continue
        word = words[size]
        (before,) = word.unpack_from(content, at)
        value = operand if explicit is not None else operand + before
        if what == RELATIVE:
            value -= at
        elif what == ADD:
            value = before + operand
        elif what == SUBTRACT:
            value = before - operand
        if width == SIX:
            content[at] = before & 0xC0 | value & 0x3F
        else:
            content[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, order)
    return skipped


def _change_leb(content: bytearray, at: int, what: int, operand: int) -> bool:
    """Change an unsigned LEB128 in place, in as many bytes as it has."""
    size = next((i + 1 for i in range(min(_MAX_LEB, len(content) - at)) if content[at + i] < 0x80), 0)
    if not size:
        return False
    value = 0
    for i in range(size):
        value |= (content[at + i] & 0x7F) << 7 * i
    value = {SET: operand, ADD: value + operand, SUBTRACT: value - operand}[what] & (1 << 7 * size) - 1
    for i in range(size):
        content[at + i] = value >> 7 * i & 0x7F | (0x80 if i < size - 1 else 0)
    return True
