"""Addresses of native frames: the image that contains them, and the instruction to look up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from symbolicator.keys import normalise_debug_id, parse_address
from symbolicator.model import ExceptionValue, Frame, Image, Json, Stacktrace

# What a kernel leaves on the stack to return from a signal handler: the frame below was interrupted, and did not call.
TRAMPOLINES = frozenset(
    (
        "__restore_rt", "__restore", "__kernel_rt_sigreturn", "__kernel_sigreturn", "__kernel_sigtramp_rt64", "__kernel_sigtramp_rt32",
        "_sigtramp", "__default_sa_restorer", "__default_rt_sa_restorer", "<signal handler called>", "KiUserExceptionDispatcher",
    )
)  # fmt: skip
_IP_REGISTERS = ("rip", "eip", "pc", "nip", "$pc", "$rip", "$eip", "ip")
_ARM_IP_REGISTERS = ("pc", "$pc", "r15")
"""Of 32-bit ARM: `ip` is r12 there, a scratch register, as is r15 on others."""
# Those that stop a thread at an instruction; 7 and 10 are SIGBUS on Linux, and on Darwin and Linux's MIPS. Mach's two end as these.
_FAULTS = frozenset((4, 7, 10, 11, "SIGILL", "SIGBUS", "SIGSEGV", "EXC_BAD_ACCESS", "EXC_BAD_INSTRUCTION"))

_END = 1 << 64
APPLES = ("macho", "apple")
"""Types of Apple's images."""
_SYSTEMS = (
    "/System/", "/usr/lib/", "/usr/libexec/", "/Library/Apple/", "/Library/Developer/", "/private/preboot/Cryptexes/", "/Developer/",
    "/AppleInternal/", "/Applications/Xcode",
)  # fmt: skip
_SIMULATOR = "/RuntimeRoot/"
_SWIFTS = "/libswift"
"""How the names of Swift's own libraries begin, which apps for older systems contain."""
_USER_BITS, _IMAGE_BITS = 47, 39
"""Masks for an address in a process on Apple's systems, and for one in arm64 code: the other bits may be a signature (pointer
authentication).
"""


class Images:
    """The images of an event, by their load addresses."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._images = images
        self._order = sorted((image.image_addr, number) for number, image in enumerate(images) if image.image_addr is not None)
        self._starts = [start for start, _ in self._order]
        self._end = _END
        if any(image.type in APPLES for image in images) and not any(start >> _IMAGE_BITS for start in self._starts):
            self._end = 1 << _USER_BITS

    def of(self, address: int, addr_mode: str | None) -> tuple[int, int] | None:
        """(number of the image, address from its start), or None. A missing or zero size extends to the next image. The signature of an
        arm64e address is ignored.
        """
        if addr_mode and addr_mode.startswith("rel:"):
            number = self._named(addr_mode[4:])
            return None if number is None else (number, address)
        if address >= self._end:
            address &= (1 << _IMAGE_BITS) - 1
        place = bisect_right(self._starts, address) - 1
        if place < 0:
            return None
        start, number = self._order[place]
        size = self._images[number].image_size
        return None if size and address >= start + size else (number, address - start)

    def extent(self, number: int) -> tuple[int, int]:
        """The range of addresses for which `of` returns this image, for an address without a mode."""
        start, size = self._images[number].image_addr, self._images[number].image_size
        if start is None:
            return 0, 0
        after = bisect_right(self._starts, start)
        if self._order[after - 1][1] != number:
            return 0, 0  # another image was loaded there too, and is used
        end = self._starts[after] if after < len(self._starts) else self._end
        return start, min(end, start + size) if size else end

    def _named(self, name: str) -> int | None:
        if name.isdigit():
            return int(name) if int(name) < len(self._images) else None
        wanted = normalise_debug_id(name)
        return next((number for number, image in enumerate(self._images) if wanted and image.debug_id == wanted), None)


def is_apples_own(path: str) -> bool:
    """Whether a file on one of Apple's systems belongs to the system, or is Swift's runtime, by its path.

    >>> is_apples_own("/usr/lib/libobjc.A.dylib"), is_apples_own("/private/var/containers/Bundle/Application/0A/Gate.app/Gate")
    (True, False)
    """
    return path.startswith(_SYSTEMS) or _SIMULATOR in path or path[path.rfind("/") :].startswith(_SWIFTS)


def faulted(exceptions: Iterable[ExceptionValue]) -> bool:
    """Whether an instruction faulted: SIGILL, SIGBUS or SIGSEGV, in `mechanism.meta.signal`, else as a word of an exception's type."""
    for exception in exceptions:
        signal: object = exception.extra
        for key in ("mechanism", "meta", "signal"):
            signal = signal.get(key) if isinstance(signal, Mapping) else None
        said = [signal.get(key) for key in ("name", "number")] if isinstance(signal, Mapping) else []
        identified = next((one for one in said if isinstance(one, str | int)), None)
        if identified in _FAULTS if identified is not None else not _FAULTS.isdisjoint((exception.type or "").split()):
            return True
    return False


def is_exact(frame: Frame, stack: Stacktrace, place: int, callee: str | None, arch: str | None = None) -> bool:
    """Whether a frame's address is the instruction that ran, not the one after a call.

    `adjust_instruction_addr` on the frame decides. Without it the crashing frame is exact, except for a thread that faulted (`Stacktrace`)
    elsewhere than its topmost frame says: then the frame was found on the stack. A frame interrupted by a signal is exact too.
    """
    said = is_said_exact(frame) if frame.extra else None
    if said is not None:
        return said
    if place == len(stack.frames) - 1:
        return not stack.faulted or _stood_at(stack.registers, arch) in (None, frame.instruction_addr)
    return callee in TRAMPOLINES


def is_said_exact(frame: Frame) -> bool | None:
    """What a frame itself says about its address; None if nothing."""
    said = frame.extra.get("adjust_instruction_addr")
    return not said if isinstance(said, bool) else None


def all_exact(stack: Stacktrace) -> Stacktrace:
    """A stack whose addresses are those to look up, but for frames that say otherwise."""
    frames = (
        msgspec.structs.replace(frame, extra={**frame.extra, "adjust_instruction_addr": False})
        if frame.instruction_addr is not None and is_said_exact(frame) is None
        else frame
        for frame in stack.frames
    )
    return msgspec.structs.replace(stack, frames=tuple(frames))


def _stood_at(registers: Json, arch: str | None) -> int | None:
    names = _ARM_IP_REGISTERS if _is_arm(arch) else _IP_REGISTERS
    return next((parse_address(registers[name]) for name in names if name in registers), None)


def _is_arm(arch: str | None) -> bool:
    arch = (arch or "").lower()
    return arch.startswith(("arm", "thumb")) and not arch.startswith("arm64")


def call_address(address: int, arch: str | None) -> int:
    """An address within the call before the return address `address`, by the architecture's instruction sizes."""
    mask, step = call_rule(arch)
    return max((address & mask) - step, 0)


def call_rule(arch: str | None) -> tuple[int, int]:
    """(mask, step) of an architecture: a masked return address minus `step` bytes is within the call."""
    arch = (arch or "").lower()
    if arch.startswith(("arm64", "aarch64")):
        return ~3, 4
    if _is_arm(arch):
        return ~1, 2
    if arch.startswith(("mips", "sparc")):
        return ~0, 8
    if arch.startswith(("ppc", "powerpc")):
        return ~0, 4
    if arch.startswith("wasm"):  # engines report the call itself
        return ~0, 0
    return ~0, 1
