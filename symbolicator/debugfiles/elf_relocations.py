"""Relocations of a relocatable file's debug sections: what the linker would have written, from the processor supplements' tables.

Only what stands in debug sections: absolute and relative words, and RISC-V's and LoongArch's pairs that add and subtract labels. What
concerns thread-local variables is left as it is. Leftover `.rela.debug_*` of linked files (`--emit-relocs`) are never applied: there the
linker has written already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import Any, Final, Literal

from elftools.elf import enums

from symbolicator.errors import LimitExceeded

MAX_RELOCATIONS: Final = 1 << 23
_MAX_LEB: Final = 10

_SET: Final = 0
"""symbol + addend"""
_RELATIVE: Final = 1
"""symbol + addend − place"""
_ADD: Final = 2
_SUBTRACT: Final = 3
_SIX: Final = 0
"""In place of a width: the low six bits of a byte."""
_LEB: Final = -1
"""In place of a width: an unsigned LEB128, its length kept."""

Rule = tuple[int, int]
"""What is done, and to how many bytes."""


def _rules(numbers: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[int, Rule]:
    # Older releases of pyelftools know fewer of them.
    return {numbers[name]: rule for name, rule in rules.items() if name in numbers}


def _pairs(prefix: str) -> dict[str, Rule]:
    rules = {f"{prefix}{word}{8 * width}": (what, width) for word, what in (("ADD", _ADD), ("SUB", _SUBTRACT)) for width in (1, 2, 4, 8)}
    rules |= {f"{prefix}ADD6": (_ADD, _SIX), f"{prefix}SUB6": (_SUBTRACT, _SIX), f"{prefix}32": (_SET, 4), f"{prefix}64": (_SET, 8)}
    return rules | {f"{prefix}ADD_ULEB128": (_ADD, _LEB), f"{prefix}SUB_ULEB128": (_SUBTRACT, _LEB), f"{prefix}32_PCREL": (_RELATIVE, 4)}


_RISCV: Final = {
    "R_RISCV_32": 1, "R_RISCV_64": 2, "R_RISCV_ADD8": 33, "R_RISCV_ADD16": 34, "R_RISCV_ADD32": 35, "R_RISCV_ADD64": 36, "R_RISCV_SUB8": 37,
    "R_RISCV_SUB16": 38, "R_RISCV_SUB32": 39, "R_RISCV_SUB64": 40, "R_RISCV_SUB6": 52, "R_RISCV_SET6": 53, "R_RISCV_SET8": 54,
    "R_RISCV_SET16": 55, "R_RISCV_SET32": 56, "R_RISCV_32_PCREL": 57, "R_RISCV_SET_ULEB128": 60, "R_RISCV_SUB_ULEB128": 61,
}  # fmt: skip
"""Not in pyelftools (RISC-V ELF psABI, "Relocations")."""
_SPARC: Final = {"R_SPARC_32": 3, "R_SPARC_DISP32": 6, "R_SPARC_UA32": 23, "R_SPARC_64": 32, "R_SPARC_DISP64": 46, "R_SPARC_UA64": 54}
"""Not in pyelftools either (SPARC Compliance Definition 2.4)."""

_RISCV_RULES: Final = _rules(_RISCV, _pairs("R_RISCV_") | {f"R_RISCV_SET{8 * width}": (_SET, width) for width in (1, 2, 4)}) | _rules(
    _RISCV, {"R_RISCV_SET6": (_SET, _SIX), "R_RISCV_SET_ULEB128": (_SET, _LEB)}
)
_MIPS_RULES: Final = _rules(enums.ENUM_RELOC_TYPE_MIPS, {"R_MIPS_32": (_SET, 4), "R_MIPS_64": (_SET, 8)})
_SPARC_RULES: Final = _rules(
    _SPARC,
    {
        "R_SPARC_32": (_SET, 4), "R_SPARC_UA32": (_SET, 4), "R_SPARC_64": (_SET, 8), "R_SPARC_UA64": (_SET, 8),
        "R_SPARC_DISP32": (_RELATIVE, 4), "R_SPARC_DISP64": (_RELATIVE, 8),
    },
)  # fmt: skip
_LARCH_RULES: Final = _rules(enums.ENUM_RELOC_TYPE_LOONGARCH, _pairs("R_LARCH_"))
_RULES: Final = {
    "x86": _rules(enums.ENUM_RELOC_TYPE_i386, {"R_386_32": (_SET, 4), "R_386_PC32": (_RELATIVE, 4)}),
    "x86_64": _rules(
        enums.ENUM_RELOC_TYPE_x64,
        {
            "R_X86_64_64": (_SET, 8), "R_X86_64_32": (_SET, 4), "R_X86_64_32S": (_SET, 4),
            "R_X86_64_PC32": (_RELATIVE, 4), "R_X86_64_PC64": (_RELATIVE, 8),
        },
    ),
    "arm": _rules(enums.ENUM_RELOC_TYPE_ARM, {"R_ARM_ABS32": (_SET, 4), "R_ARM_REL32": (_RELATIVE, 4)}),
    "arm64": _rules(
        enums.ENUM_RELOC_TYPE_AARCH64,
        {
            "R_AARCH64_ABS64": (_SET, 8), "R_AARCH64_ABS32": (_SET, 4),
            "R_AARCH64_PREL64": (_RELATIVE, 8), "R_AARCH64_PREL32": (_RELATIVE, 4),
        },
    ),
    "mips": _MIPS_RULES,
    "mips64": _MIPS_RULES,
    "ppc": _rules(enums.ENUM_RELOC_TYPE_PPC, {"R_PPC_ADDR32": (_SET, 4), "R_PPC_UADDR32": (_SET, 4), "R_PPC_REL32": (_RELATIVE, 4)}),
    "ppc64": _rules(
        enums.ENUM_RELOC_TYPE_PPC64,
        {
            "R_PPC64_ADDR64": (_SET, 8), "R_PPC64_ADDR32": (_SET, 4), "R_PPC64_UADDR64": (_SET, 8), "R_PPC64_UADDR32": (_SET, 4),
            "R_PPC64_REL32": (_RELATIVE, 4), "R_PPC64_REL64": (_RELATIVE, 8),
        },
    ),
    "s390x": _rules(
        enums.ENUM_RELOC_TYPE_S390X,
        {"R_390_32": (_SET, 4), "R_390_64": (_SET, 8), "R_390_PC32": (_RELATIVE, 4), "R_390_PC64": (_RELATIVE, 8)},
    ),
    "riscv64": _RISCV_RULES,
    "riscv32": _RISCV_RULES,
    "loongarch64": _LARCH_RULES,
    "loongarch32": _LARCH_RULES,
    "sparc64": _SPARC_RULES,
    "sparc": _SPARC_RULES,
}  # fmt: skip

Row = tuple[int, int, int, int | None]
"""Offset, symbol, type, and the addend where the entry has one (SHT_RELA); else the place itself holds it (SHT_REL)."""


def relocations(content: memoryview, bits: int, little_endian: bool, explicit: bool, mips64: bool = False) -> Iterator[Row]:
    """The entries of a SHT_REL(A) section, `explicit` for SHT_RELA. Raises `LimitExceeded` for more than `MAX_RELOCATIONS`."""
    order = "<" if little_endian else ">"
    entry = Struct(order + ("QQ" if bits == 64 else "II") + (("q" if bits == 64 else "i") if explicit else ""))
    count = len(content) // entry.size
    if count > MAX_RELOCATIONS:
        raise LimitExceeded(f"has {count} relocations; {MAX_RELOCATIONS} are the limit")
    rows = entry.iter_unpack(content[: count * entry.size])
    if bits == 32:
        return ((row[0], row[1] >> 8, row[1] & 0xFF, row[2] if explicit else None) for row in rows)
    if mips64 and little_endian:
        # Three types of one byte stand behind the symbol, in this order whatever the byte order (MIPS ELF-64 2.4).
        return ((row[0], row[1] & 0xFFFFFFFF, row[1] >> 56, row[2] if explicit else None) for row in rows)
    mask = 0xFF if mips64 else 0xFFFFFFFF
    return ((row[0], row[1] >> 32, row[1] & mask, row[2] if explicit else None) for row in rows)


def apply(content: bytearray, rows: Iterable[Row], symbols: Sequence[int], arch: str, little_endian: bool, base: int = 0) -> int:
    """Apply relocations to `content`, their offsets counted from `base`, as if it lay at address 0.

    How many could not be applied: of unknown type, past the end, of a symbol that there is not.
    """
    rules = _RULES.get(arch, {})
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
        operand = symbols[symbol] + (explicit or 0)
        if width == _LEB:
            skipped += not _change_leb(content, at, what, operand)
            continue
        size = width or 1
        if at + size > len(content):
            skipped += 1
            continue
        word = words[size]
        (before,) = word.unpack_from(content, at)
        value = operand if explicit is not None else operand + before
        if what == _RELATIVE:
            value -= at
        elif what == _ADD:
            value = before + operand
        elif what == _SUBTRACT:
            value = before - operand
        if width == _SIX:
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
    value = {_SET: operand, _ADD: value + operand, _SUBTRACT: value - operand}[what] & (1 << 7 * size) - 1
    for i in range(size):
        content[at + i] = value >> 7 * i & 0x7F | (0x80 if i < size - 1 else 0)
    return True
