"""Whether a call is before an address, as before every return address: this distinguishes a program from another build of it.

Any bytes look like a call now and then (on x86 about one address in ten), and even the right program has an address or two without a call
before it (where a signal interrupted). So many addresses together are evidence, and one alone is not.

Sources: Intel SDM 2A (`CALL`: E8, FF /2; ModRM, SIB), Arm ARM A64 (`BL`, `BLR`, `BLRAA`…) and A32/T32 (`BL`, `BLX`), RISC-V unprivileged
ISA (`JAL`, `JALR`, `C.JAL`, `C.JALR`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symbolicator.debugfiles.arches import arch_family

BEFORE: Final = 8
"""How many bytes before an address the call may be."""
AFTER: Final = 6
"""How many bytes after the address the call may end: GNAT prints two bytes less than the return address, others one, or the call's start.
"""

_MOD_SIZES: Final = (2, 3, 6, 2)
"""Bytes of `FF /2` by ModRM.mod, without a SIB byte; with mod 0, r/m 5 has a displacement of four bytes."""


def call_reader(arch: str, little_endian: bool = True) -> Callable[[bytes, int], int] | None:
    """A function that finds where calls end near `at` (an index into `code`): bit n is set if one ends n bytes after it.

    All addresses of a report have the same distance from the ends of their calls. None for an architecture whose calls are unknown here.
    """
    ends = _ENDS.get(arch_family(arch)) if little_endian else None
    if ends is None:
        return None

    def near(code: bytes, at: int) -> int:
        return sum(1 << more for more in range(AFTER) if at + more <= len(code) and ends(code, at + more))

    return near


def _x86(code: bytes, end: int) -> bool:
    if end >= 5 and code[end - 5] == 0xE8:
        return True
    return any(code[end - size] == 0xFF and _indirect_size(code, end - size + 1) == size for size in range(2, min(7, end) + 1))


def _indirect_size(code: bytes, at: int) -> int:
    """Bytes of the call FF /2 whose ModRM byte is at `at`; 0 if it is another instruction."""
    modrm = code[at]
    mod, reg, rm = modrm >> 6, modrm >> 3 & 7, modrm & 7
    if reg != 2:
        return 0
    if mod == 0 and rm == 5:
        return 6
    if mod != 3 and rm == 4:  # a SIB byte follows; its base 5 with mod 0 is a displacement of four bytes
        far = mod == 0 and at + 1 < len(code) and code[at + 1] & 7 == 5
        return _MOD_SIZES[mod] + (5 if far else 1)
    return _MOD_SIZES[mod]


def _word(code: bytes, end: int, size: int = 4) -> int:
    """The instruction of `size` bytes that ends at `end`; 0, which is not a call, if it is cut off."""
    return int.from_bytes(code[end - size : end], "little") if end >= size else 0


def _arm64(code: bytes, end: int) -> bool:
    word = _word(code, end)
    return word & 0xFC000000 == 0x94000000 or word & 0xFEFFF800 == 0xD63F0800 or word & 0xFFFFFC1F == 0xD63F0000


def _arm(code: bytes, end: int) -> bool:
    word = _word(code, end)
    first, second = word & 0xFFFF, _word(code, end, 2)
    a32 = word >> 25 == 0x7D or (word >> 24 & 0xF == 0xB and word >> 28 != 0xF) or word & 0x0FFFFFF0 == 0x012FFF30
    return a32 or (first & 0xF800 == 0xF000 and second & 0xC000 == 0xC000) or second & 0xFF87 == 0x4780


def _riscv(code: bytes, end: int) -> bool:
    half = _word(code, end, 2)
    return _word(code, end) & 0xFFF in (0x0EF, 0x0E7) or (half & 0xF07F == 0x9002 and half & 0xF80 != 0)  # jal ra, jalr ra, c.jalr


def _riscv32(code: bytes, end: int) -> bool:
    return _riscv(code, end) or _word(code, end, 2) & 0xE003 == 0x2001  # c.jal


_ENDS: Final[dict[str, Callable[[bytes, int], bool]]] = {
    "x86": _x86,
    "x86_64": _x86,
    "arm64": _arm64,
    "arm": _arm,
    "riscv32": _riscv32,
    "riscv64": _riscv,
}
"""Whether a call ends at an index, by architecture."""
