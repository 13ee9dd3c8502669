"""Where the addresses of an image lie in its file: from what an event says of where it was loaded, and from the file's own headers.

An image says one of these (native.md, rule 2):

* `image_addr`: where its first segment lies; `image_vmaddr` beside it, where that was meant to be.
* `mapped`: mappings of the file, `[{"start": "0x…", "size": 4096, "offset": 4096, "executable": true}]`, as a memory map, a kernel or
  perf has them. One that starts at 0x0 is what the image's relative addresses count from (Android 8 and older).
* `movable`: true where `image_addr` holds for programs that can be moved alone; others lie where they were linked for (valgrind).
* `image_section`: the section that lies at `image_addr` (gdb).
* `image_symbol`: the symbol that relative addresses count from (Dart); `image_vmaddr` beside it, for a file that lacks the symbol.
* `offsets`: `file`, where relative addresses count in the file; `perf`, where they do, or are addresses as the file has them, whichever
  that perf prints.

What the file's headers contradict, or leave open, is a Problem: an address in another function is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dart_code import code_start
from symbolicator.debugfiles.load_bias import LoadSegment, Mapping, find_biases, svma_at
from symbolicator.keys import parse_address
from symbolicator.model import Image
from symbolicator.problems import Problem, ProblemType

_MAX_MAPPINGS: Final = 64
_MAX_LISTED: Final = 4
PLACES: Final = frozenset(("mapped", "movable", "image_section", "image_symbol", "offsets"))
"""What an image says for which its file's headers are needed."""


class Place(NamedTuple):
    """`svma = rel_addr + base`; where there are `segments`, `rel_addr` counts in the file and goes through them."""

    base: int
    segments: tuple[LoadSegment, ...] = ()

    def svma(self, rel_addr: int) -> int | None:
        """The address as the file has it; None where no code stands there."""
        return svma_at(self.segments, rel_addr) if self.segments else rel_addr + self.base


class Known(NamedTuple):
    """A relative address, and the address in the file that its frame's symbol says (symbol and offset), where it is sure."""

    rel_addr: int
    svma: int | None


def place_of(image: Image, name: str, container: Container, knowns: Callable[[], Sequence[Known]]) -> Place | Problem:
    """Where the relative addresses of `image` lie in `container`, its file called `name`. `knowns` are its frames'."""
    if container.format == "wasm" and "code" not in container.features:
        return _unclear(name, "has no code section, so where its addresses count from is unknown")
    said = image.extra.get("image_section")
    if isinstance(said, str):
        address = container.section_address(said)
        return _unclear(name, f"has no section {said}, which the report counts from") if address is None else Place(address)
    said = image.extra.get("image_symbol")
    if isinstance(said, str):
        address = code_start(container, said)
        address = image.image_vmaddr if address is None else address
        return _unclear(name, f"has no symbol {said}, which the report counts from") if address is None else Place(address)
    if image.extra.get("offsets") == "file":
        return _in_file(name, container)
    if image.extra.get("offsets") == "perf":
        return _as_perf(name, container, knowns())
    if image.extra.get("movable") is True and not container.is_moved:
        return Place(image.image_addr or 0)
    mappings = _mappings(image.extra.get("mapped"))
    if not mappings:
        return Place(container.load_address if image.image_vmaddr is None else image.image_vmaddr)
    return _by_mappings(image, mappings, name, container, [one.rel_addr for one in knowns()])


def _by_mappings(image: Image, mappings: Sequence[Mapping], name: str, container: Container, rel_addrs: Iterable[int]) -> Place | Problem:
    start = image.image_addr or 0
    relative = image.image_addr is None
    segments = container.load_segments
    if not segments:
        return _unclear(name, "has no program headers, and the report gives only its mappings as load addresses")
    biases = find_biases(segments, mappings, [start + one for one in rel_addrs], moved=container.is_moved or relative)
    if len(biases) == 1:
        return Place(start - biases[0])
    if biases:
        some = ", ".join(hex(one) for one in biases[:_MAX_LISTED])
        return _unclear(name, f"may have been loaded at any of {some}: its segments are alike, and the report lacks some of its mappings")
    if relative:  # addresses count from inside a containing file: an APK
        return Place(0)
    lost = all(one.offset is None for one in segments)
    mapping = next((one for one in mappings if one.executable), mappings[0])
    offset = "" if mapping.offset is None else f" from offset {mapping.offset:#x} of the file"
    what = f"{mapping.size:#x} bytes{offset} were mapped at {mapping.start:#x}, but no segment of it matches"
    if lost:
        return _unclear(name, f"{what}: its own segments are in the program")
    return _unclear(name, f"{what}: it is from another build", another_build=True)


def _mappings(said: object) -> list[Mapping]:
    found: list[Mapping] = []
    for one in said[:_MAX_MAPPINGS] if isinstance(said, list | tuple) else ():
        start = parse_address(one.get("start")) if isinstance(one, dict) else None
        if start is None:
            continue
        size, offset, executable = parse_address(one.get("size")), parse_address(one.get("offset")), one.get("executable")
        found.append(Mapping(start, size or 0, offset, executable if isinstance(executable, bool) else None))
    return found


def _in_file(name: str, container: Container) -> Place | Problem:
    segments = container.load_segments
    if any(one.executable and one.offset is not None for one in segments):
        return Place(0, segments)
    return _unclear(name, "does not say where its code is in the program's file, which the report counts from")


def _as_perf(name: str, container: Container, knowns: Sequence[Known]) -> Place | Problem:
    """What perf's relative addresses count from: by its symbols, else by which reading points into code."""
    direct, through = Place(0), _in_file(name, container)
    if isinstance(through, Problem):
        return direct if not container.is_moved else through
    if all(one.offset == one.address for one in through.segments if one.executable):
        return direct
    sure = [one for one in knowns if one.svma is not None]
    votes = [sum(place.svma(one.rel_addr) == one.svma for one in sure) for place in (direct, through)]
    if votes[0] == votes[1]:
        code = [(one.address, one.address + one.memory_size) for one in through.segments if one.executable]
        votes = [
            sum(any(start <= svma < end for start, end in code) for one in knowns if (svma := place.svma(one.rel_addr)) is not None)
            for place in (direct, through)
        ]
    if votes[0] == votes[1]:
        return _unclear(name, "perf's addresses may be addresses or file offsets; both readings point into its code")
    return direct if votes[0] > votes[1] else through


_HINT = "give the program itself, of exactly that build, beside its debug file; the whole of /proc/PID/maps shows where it was loaded"
_HINT_MODULE = "give the module itself, of exactly that build, beside its debug file"


def _unclear(name: str, what: str, *, another_build: bool = False) -> Problem:
    return Problem(
        type=ProblemType.UNKNOWN_IMAGE,
        detail=f"{name} {what}",
        artifact=name,
        hint=_HINT_MODULE if name.endswith(".wasm") else _HINT,
        another_build=another_build,
    )
