"""Frames that a kernel knows by a symbol and an offset, `helper+0x13/0x30`: which of the symbols of that name it is.

Static functions share names. The number after the slash is the distance to the next symbol, which tells most of them apart; an address
beside it tells more, for a kernel is moved by whole pages, and all of it by one distance (KASLR). A symbol that is of another size than
printed is another build's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbolicator.debugfiles.table.symbol_lookups import CalledSymbol
from symbolicator.keys import parse_address
from symbolicator.model import Frame
from symbolicator.problems import Problem, ProblemType

PAGE: Final = 4096
_PADDED: Final = 4096
"""Bytes by which the last symbol of a section may seem to be larger: the next section begins at a page."""
_HASHED: Final = 1 << 32
"""Smaller addresses of a 64-bit kernel are hashes of what was meant (`%p`)."""
_LARGEST: Final = 1 << 20
"""Bytes of a function in which an address may be."""
KERNEL_UNIT: Final = 1 << 21
"""By a multiple of which kernels are moved on x86-64, arm64 and RISC-V; their modules by whole pages."""
_MOST_LISTED: Final = 6


def symbol_at(frame: Frame, called: Sequence[CalledSymbol], slides: Sequence[int], package: str, wide: bool = True) -> int | Problem:
    """Where the symbol of a frame begins (svma), among those that are `called` as the frame says; a Problem if it is ambiguous.

    `slides` are the load biases of the image by its other frames; none if unknown.
    """
    size = frame.data.get("symbol_size")
    fitting = [one for one in called if not isinstance(size, int) or size in (one.size, one.extent)]
    if not fitting and isinstance(size, int):
        fitting = [one for one in called if one.size <= size <= one.size + _PADDED and (not one.extent or size <= one.extent)]
        named = [one for one in called if not one.clone] or called
        if not fitting and len(named) == 1:
            return _of_another_build(frame, named[0], size, package)
    if len(fitting) > 1:
        fitting = [one for one in fitting if _may_be(frame, one, slides, wide)] or fitting
    if len(fitting) > 1:
        fitting = [one for one in fitting if not one.clone] or fitting
    if len(fitting) == 1:
        return fitting[0].start
    return _ambiguous(frame, fitting or called, package)


def slide_of(frame: Frame, symbol: CalledSymbol, wide: bool = True) -> int | None:
    """The load bias of an image, by the address printed beside a frame whose symbol is known; None if there is none."""
    address, offset = parse_address(frame.data.get("printed_addr")), frame.data.get("symbol_offset")
    if address is None or not isinstance(offset, int) or (wide and address < _HASHED):
        return None
    slide = address - offset - symbol.start
    return slide if slide % PAGE == 0 else None


def slides_within(frame: Frame, called: Sequence[CalledSymbol], unit: int) -> set[int]:
    """The load biases, multiples of `unit`, by which the address printed beside a frame's name is in one of the functions of that name."""
    address = parse_address(frame.data.get("printed_addr"))
    if address is None or address < _HASHED:
        return set()
    found: set[int] = set()
    for one in called:
        offset = (address - one.start) % unit
        found.update(address - one.start - inside for inside in range(offset, min(max(one.size, one.extent), _LARGEST), unit))
    return found


def _may_be(frame: Frame, symbol: CalledSymbol, slides: Sequence[int], wide: bool) -> bool:
    address = parse_address(frame.data.get("printed_addr"))
    if address is None or (wide and address < _HASHED):
        return True
    slide = slide_of(frame, symbol, wide)
    return slide is not None and (not slides or slide in slides)


def _ambiguous(frame: Frame, called: Sequence[CalledSymbol], package: str) -> Problem:
    some = ", ".join(f"{one.start:#x} ({one.extent or one.size:#x} bytes)" for one in called[:_MOST_LISTED])
    more = f" and {len(called) - _MOST_LISTED} more" if len(called) > _MOST_LISTED else ""
    size = frame.data.get("symbol_size")
    printed = f", and the report's is {size:#x} bytes" if isinstance(size, int) else ""
    return Problem(
        type=ProblemType.AMBIGUOUS_FRAME,
        detail=f"{len(called)} functions of {package} are called {frame.function}: {some}{more}{printed}",
        artifact=package,
        hint="the report does not say which one it is; an address beside the name would (no_hash_pointers), or try addr2line on each",
    )


def _of_another_build(frame: Frame, only: CalledSymbol, size: int, package: str) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SYMBOL,
        detail=f"{frame.function} has {size:#x} bytes in the report, {only.extent or only.size:#x} in {package}: it is from another build",
        artifact=package,
        hint="give the debug file of exactly the kernel or module that printed the report",
        another_build=True,
    )
