"""The types of relocations, by architecture: what each does, and to how many bytes. The numbers are pyelftools'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from elftools.elf import enums

from symbolicator.debugfiles.elf.relocation_rules import ADD, LEAVE, LEB, RELATIVE, SET, SIX, SUBTRACT, Rule


def _rules(numbers: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[int, Rule]:
    # Older releases of pyelftools know fewer of them.
    return {numbers[name]: rule for name, rule in rules.items() if name in numbers}


def _pairs(prefix: str) -> dict[str, Rule]:
    rules = {f"{prefix}{word}{8 * width}": (what, width) for word, what in (("ADD", ADD), ("SUB", SUBTRACT)) for width in (1, 2, 4, 8)}
    rules |= {f"{prefix}ADD6": (ADD, SIX), f"{prefix}SUB6": (SUBTRACT, SIX), f"{prefix}32": (SET, 4), f"{prefix}64": (SET, 8)}
    return rules | {f"{prefix}ADD_ULEB128": (ADD, LEB), f"{prefix}SUB_ULEB128": (SUBTRACT, LEB), f"{prefix}32_PCREL": (RELATIVE, 4)}


_RISCV: Final = {
    "R_RISCV_32": 1, "R_RISCV_64": 2, "R_RISCV_ADD8": 33, "R_RISCV_ADD16": 34, "R_RISCV_ADD32": 35, "R_RISCV_ADD64": 36, "R_RISCV_SUB8": 37,
    "R_RISCV_SUB16": 38, "R_RISCV_SUB32": 39, "R_RISCV_SUB64": 40, "R_RISCV_SUB6": 52, "R_RISCV_SET6": 53, "R_RISCV_SET8": 54,
    "R_RISCV_SET16": 55, "R_RISCV_SET32": 56, "R_RISCV_32_PCREL": 57, "R_RISCV_SET_ULEB128": 60, "R_RISCV_SUB_ULEB128": 61,
}  # fmt: skip
"""Not in pyelftools (RISC-V ELF psABI, "Relocations")."""
_SPARC: Final = {"R_SPARC_32": 3, "R_SPARC_DISP32": 6, "R_SPARC_UA32": 23, "R_SPARC_64": 32, "R_SPARC_DISP64": 46, "R_SPARC_UA64": 54}
"""Not in pyelftools either (SPARC Compliance Definition 2.4)."""

_RISCV_RULES: Final = _rules(_RISCV, _pairs("R_RISCV_") | {f"R_RISCV_SET{8 * width}": (SET, width) for width in (1, 2, 4)}) | _rules(
    _RISCV, {"R_RISCV_SET6": (SET, SIX), "R_RISCV_SET_ULEB128": (SET, LEB)}
)
_MIPS_RULES: Final = _rules(enums.ENUM_RELOC_TYPE_MIPS, {"R_MIPS_32": (SET, 4), "R_MIPS_64": (SET, 8)})
_SPARC_RULES: Final = _rules(
    _SPARC,
    {
        "R_SPARC_32": (SET, 4), "R_SPARC_UA32": (SET, 4), "R_SPARC_64": (SET, 8), "R_SPARC_UA64": (SET, 8),
        "R_SPARC_DISP32": (RELATIVE, 4), "R_SPARC_DISP64": (RELATIVE, 8),
    },
)  # fmt: skip
_LARCH_RULES: Final = _rules(enums.ENUM_RELOC_TYPE_LOONGARCH, _pairs("R_LARCH_"))
_THREAD_LOCAL: Final = {
    "x86": (32,), "x86_64": (17, 21), "arm": (106,), "arm64": (1028, 1029), "mips": (39,), "mips64": (41,), "ppc": (78,), "ppc64": (78,),
    "s390x": (52, 53), "riscv64": (8, 9), "riscv32": (8, 9), "loongarch64": (8, 9), "loongarch32": (8, 9), "sparc64": (76, 77),
    "sparc": (76, 77),
}  # fmt: skip
"""Offsets of thread-local variables, as in debug information: by architecture, from the processor supplements."""
_OTHERS: Final[dict[str, dict[int, Rule]]] = {
    "alpha": {1: (SET, 4), 2: (SET, 8), 10: (RELATIVE, 4), 11: (RELATIVE, 8)},
    "bpf": {2: (SET, 8), 3: (SET, 4), 4: (SET, 4)},
    "csky": {1: (SET, 4), 5: (RELATIVE, 4)},
    "hexagon": {6: (SET, 4), 31: (RELATIVE, 4)},
    "hppa": {1: (SET, 4), 9: (RELATIVE, 4), 65: (SET, 4), 80: (SET, 8)},
    "m68k": {1: (SET, 4), 4: (RELATIVE, 4)},
    "sh": {1: (ADD, 4)},
    "xtensa": {1: (ADD, 4), 14: (RELATIVE, 4)} | dict.fromkeys((17, 18, 19, *range(57, 63)), (LEAVE, 4)),
}
"""Not in pyelftools: R_ALPHA_REFLONG, REFQUAD, SREL32, SREL64; R_BPF_64_ABS64, ABS32, NODYLD32; R_CKCORE_ADDR32, PCREL32; R_HEX_32,
32_PCREL; R_PARISC_DIR32, PCREL32, SECREL32, DIR64; R_68K_32, PC32; R_SH_DIR32; R_XTENSA_32, 32_PCREL, DIFF8 to 32, PDIFF8 to NDIFF32. For
SuperH and Xtensa what stands in the place counts too."""
_KNOWN: Final = {
    "x86": _rules(enums.ENUM_RELOC_TYPE_i386, {"R_386_32": (SET, 4), "R_386_PC32": (RELATIVE, 4)}),
    "x86_64": _rules(
        enums.ENUM_RELOC_TYPE_x64,
        {
            "R_X86_64_64": (SET, 8), "R_X86_64_32": (SET, 4), "R_X86_64_32S": (SET, 4),
            "R_X86_64_PC32": (RELATIVE, 4), "R_X86_64_PC64": (RELATIVE, 8),
        },
    ),
    "arm": _rules(enums.ENUM_RELOC_TYPE_ARM, {"R_ARM_ABS32": (SET, 4), "R_ARM_REL32": (RELATIVE, 4)}),
    "arm64": _rules(
        enums.ENUM_RELOC_TYPE_AARCH64,
        {
            "R_AARCH64_ABS64": (SET, 8), "R_AARCH64_ABS32": (SET, 4),
            "R_AARCH64_PREL64": (RELATIVE, 8), "R_AARCH64_PREL32": (RELATIVE, 4),
        },
    ),
    "mips": _MIPS_RULES,
    "mips64": _MIPS_RULES,
    "ppc": _rules(enums.ENUM_RELOC_TYPE_PPC, {"R_PPC_ADDR32": (SET, 4), "R_PPC_UADDR32": (SET, 4), "R_PPC_REL32": (RELATIVE, 4)}),
    "ppc64": _rules(
        enums.ENUM_RELOC_TYPE_PPC64,
        {
            "R_PPC64_ADDR64": (SET, 8), "R_PPC64_ADDR32": (SET, 4), "R_PPC64_UADDR64": (SET, 8), "R_PPC64_UADDR32": (SET, 4),
            "R_PPC64_REL32": (RELATIVE, 4), "R_PPC64_REL64": (RELATIVE, 8),
        },
    ),
    "s390x": _rules(
        enums.ENUM_RELOC_TYPE_S390X,
        {"R_390_32": (SET, 4), "R_390_64": (SET, 8), "R_390_PC32": (RELATIVE, 4), "R_390_PC64": (RELATIVE, 8)},
    ),
    "riscv64": _RISCV_RULES,
    "riscv32": _RISCV_RULES,
    "loongarch64": _LARCH_RULES,
    "loongarch32": _LARCH_RULES,
    "sparc64": _SPARC_RULES,
    "sparc": _SPARC_RULES,
}  # fmt: skip
RULES: Final[dict[str, dict[int, Rule]]] = _OTHERS | {
    arch: rules | dict.fromkeys(_THREAD_LOCAL.get(arch, ()), (LEAVE, 1)) for arch, rules in _KNOWN.items()
}
"""By architecture and number."""
