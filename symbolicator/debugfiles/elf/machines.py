"""Names of machines, by `e_machine`."""

from __future__ import annotations

from typing import Final

_ARCHES: Final = {
    3: ("x86", "x86"), 62: ("x86_64", "x86_64"), 40: ("arm", "arm"), 183: ("arm64", "arm64"),
    8: ("mips", "mips64"), 20: ("ppc", "ppc"), 21: ("ppc64", "ppc64"), 22: ("s390", "s390x"),
    243: ("riscv32", "riscv64"), 258: ("loongarch32", "loongarch64"), 2: ("sparc", "sparc"),
    18: ("sparc", "sparc"), 43: ("sparc64", "sparc64"), 4: ("m68k", "m68k"), 42: ("sh", "sh"),
    50: ("ia64", "ia64"), 15: ("hppa", "hppa"), 247: ("bpf", "bpf"), 83: ("avr", "avr"),
    94: ("xtensa", "xtensa"), 164: ("hexagon", "hexagon"), 252: ("csky", "csky"), 41: ("alpha", "alpha"), 0x9026: ("alpha", "alpha"),
}  # fmt: skip
"""By `e_machine`, our names with 32 and with 64 bits."""


def arch_of(machine: int, bits: int) -> str:
    """Our name for a machine; without one, that of the ELF registry (`EM_RX`: `rx`), else `unknown-<number>`."""
    known = _ARCHES.get(machine)
    if known is not None:
        return known[bits == 64]
    from elftools.elf.enums import ENUM_E_MACHINE  # 20 ms to load, and such files are few

    names = (name for name, number in ENUM_E_MACHINE.items() if number == machine and name.startswith("EM_"))
    return next((name.removeprefix("EM_").lower() for name in names), f"unknown-{machine}")
