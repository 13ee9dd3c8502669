"""Names of linkage stubs, `name@plt`: through which slot of the global offset table a stub jumps, and whose address is put there.

x86, x86-64 and arm64 stubs are read from their instructions, because linkers write them in many forms (`.plt`, `.plt.sec` with CET,
`.plt.got`, `-z now`); on other machines they are in the order of the relocations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from struct import Struct
from typing import Final

from symbolicator.patterns import regex

SECTIONS: Final = (".plt", ".plt.sec", ".plt.got", ".plt.bnd", ".iplt")
IN_ORDER: Final = {"arm": (20, 12), "riscv32": (32, 16), "riscv64": (32, 16), "s390x": (32, 32), "loongarch64": (32, 16)}
"""Bytes of the first stub (the resolver's), and of each of the others."""
DECODED: Final = ("x86", "x86_64", "arm64")
_MAX_STUBS: Final = 1 << 18
_JUMP: Final = regex(rb"\xf2?\xff[\x25\xa3]")
"""A jump through memory, where nothing stands before it: entries of 8 bytes; those of CET begin with `endbr` and have 16."""
_INT: Final = Struct("<i")
_WORDS: Final = Struct("<II")


def stubs(arch: str, name: str, content: memoryview, address: int, got: int, slots: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Address, size and slot of each stub in the section `name`.

    `got` is the start of the global offset table (x86 counts from it); `slots` those of `.rela.plt`, in order. A slot without a
    relocation is the resolver's.
    """
    if arch in IN_ORDER:
        if name == ".plt":
            first, size = IN_ORDER[arch]
            for i, slot in enumerate(slots[: min(_MAX_STUBS, max(0, len(content) - first) // size)]):
                yield address + first + i * size, size, slot
    elif arch == "arm64":
        yield from _arm64(content, address)
    elif arch in DECODED:
        size = 8 if name in (".plt.got", ".plt.bnd") and _JUMP.match(content) else 16
        for at in range(0, min(len(content) // size, _MAX_STUBS) * size, size):
            through = _x86_slot(bytes(content[at : at + size]), address + at, got if arch == "x86" else None, slots)
            if through is not None:
                yield address + at, size, through


def _x86_slot(stub: bytes, address: int, got: int | None, slots: Sequence[int]) -> int | None:
    """The slot that an x86 stub jumps through. `got` is needed for 32 bits, whose operands are not relative to the instruction."""
    at = 4 if stub[:3] == b"\xf3\x0f\x1e" else 0  # endbr
    start = at
    at += stub[at : at + 1] == b"\xf2"  # bnd
    code = stub[at : at + 2]
    if code in (b"\xff\x25", b"\xff\xa3") and at + 6 <= len(stub):
        operand: int = _INT.unpack_from(stub, at + 2)[0]
        if got is None:
            return (address + at + 6 + operand) & 0xFFFFFFFFFFFFFFFF
        return (operand + (got if code == b"\xff\xa3" else 0)) & 0xFFFFFFFF
    if stub[start : start + 1] == b"\x68" and start + 5 <= len(stub):
        # Lazy binding's half of a CET pair: it pushes the relocation's number (its offset, with 32 bits), then jumps to the resolver.
        pushed: int = _INT.unpack_from(stub, start + 1)[0]
        number = pushed if got is None else pushed // 8
        return slots[number] if 0 <= number < len(slots) else None
    return None


def _arm64(content: memoryview, address: int) -> Iterator[tuple[int, int, int]]:
    """`adrp x16, page; ldr x17, [x16, #offset]; …`, with `bti c` before it or not."""
    found: list[tuple[int, int]] = []
    for at in range(0, min(len(content) - 7, _MAX_STUBS * 16), 4):
        one, two = _WORDS.unpack_from(content, at)
        if one & 0x9F00001F != 0x90000010 or two & 0xFFC003FF != 0xF9400211:
            continue
        page = (one >> 5 & 0x7FFFF) << 2 | one >> 29 & 3
        page -= (page & 1 << 20) << 1
        slot = ((address + at & ~0xFFF) + (page << 12) + (two >> 10 & 0xFFF) * 8) & 0xFFFFFFFFFFFFFFFF
        guarded = at >= 4 and bytes(content[at - 4 : at]) == b"\x5f\x24\x03\xd5"
        found.append((at - 4 * guarded, slot))
    for i, (at, slot) in enumerate(found):
        size = (found[i + 1][0] if i + 1 < len(found) else len(content)) - at
        yield address + at, min(size, 24), slot


def named(found: Iterator[tuple[int, int, int]], names: Mapping[int, bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The stubs whose slot has a name: address, size, `name@plt`."""
    for address, size, slot in found:
        name = names.get(slot)
        if name:
            yield address, size, name.split(b"@", 1)[0] + b"@plt"
