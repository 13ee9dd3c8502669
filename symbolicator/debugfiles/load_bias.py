"""Computes the load bias of a file from its mappings in a process: `svma = address - bias`.

Memory maps, kernels and perf give offsets in the *file*. These are not offsets in the image: lld, mold and rust-lld write segments whose
`p_offset` is not their `p_vaddr`. So each offset is converted by the program headers (System V gABI 4.1, "Program Loading"): a loader maps
pages, so a mapping begins at the page of a segment's offset, and may have been split where the protection of a part was changed (RELRO).

How large a page is depends on the machine: 4, 16 or 64 KiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

_PAGES: Final = (0x1000, 0x4000, 0x10000)
_MAX_MAPPINGS: Final = 64
"""Mappings of one file that are considered; a program has about five."""
_MAX_ADDRESSES: Final = 256


class LoadSegment(NamedTuple):
    """A loaded segment. `address` is an svma; `offset` is None if the file no longer has it.

    `objcopy --only-keep-debug` changes the offsets of the segments in the file it writes, which no longer has their content.
    """

    offset: int | None
    address: int
    file_size: int
    memory_size: int
    executable: bool


class Mapping(NamedTuple):
    """A part of a file in memory, from `start` on (in the process, or 0 if addresses count from there).

    `size` is 0 if unknown; `offset` is the file's, None if unknown; likewise `executable`.
    """

    start: int
    size: int = 0
    offset: int | None = None
    executable: bool | None = None


def find_biases(
    segments: Sequence[LoadSegment], mappings: Sequence[Mapping], addresses: Iterable[int] = (), *, moved: bool = True
) -> tuple[int, ...]:
    """The load biases under which `mappings` are those of a file with `segments`.

    One if it is certain, none if no bias explains the executable mappings (the file is from another build), several if
    it is unclear. `addresses` are those of frames: with the right bias they are in code. `moved` is False for a program that
    is loaded at its linked addresses (`ET_EXEC`): its bias is 0, or the file is another one.

    One mapping is evidence if it fits one segment; in small programs, whose segments share a page of the file, several fit, and only
    all mappings together are evidence. Biases may be negative if `start` is 0.
    """
    mappings = mappings[:_MAX_MAPPINGS]
    wanted = tuple(address for address, _ in zip(addresses, range(_MAX_ADDRESSES), strict=False))
    code = [(one.address, one.address + one.memory_size) for one in segments if one.executable]
    ranks: dict[int, tuple[int, int, int]] = {}
    for page in _PAGES:
        if any(one.start % page or (one.offset or 0) % page for one in mappings):
            break
        found = [dict(_candidates(segments, one, page, at == 0)) for at, one in enumerate(mappings)]
        sure = [one for one, mapping in zip(found, mappings, strict=True) if mapping.executable]
        for bias in {bias for one in found for bias in one}:
            if (bias and not moved) or not all(bias in one for one in sure):
                continue
            explained = sum(bias in one for one in found)
            exact = sum(one.get(bias, False) for one in found)
            within = sum(any(start <= address - bias < end for start, end in code) for address in wanted)
            ranks[bias] = max(ranks.get(bias, (0, 0, 0)), (explained, within, exact))
    best = max(ranks.values(), default=None)
    return tuple(sorted(bias for bias, rank in ranks.items() if rank == best))


def _candidates(segments: Sequence[LoadSegment], mapping: Mapping, page: int, lowest: bool) -> Iterator[tuple[int, bool]]:
    """(bias, whether the mapping has exactly the segment's size) for each segment that the mapping may be (a part) of."""
    start, size, offset, executable = mapping
    first = segments[0].address & -page if segments else 0
    # In order of trust, least first: a dict keeps the last. A list of modules only says where the first segment is.
    if lowest and segments and offset is None and not executable:
        yield start - first, False
    for segment in segments:
        if executable is not None and executable != segment.executable:
            continue
        if offset is None or segment.offset is None:
            sizes = {_pages(segment.address, length, page) for length in (segment.file_size, segment.memory_size)}
            if size in sizes or not size:
                yield start - (segment.address & -page), bool(size)
            continue
        begin, end = segment.offset & -page, -(-(segment.offset + segment.file_size) // page) * page
        if not begin <= offset < end or (executable and offset + size > end):
            continue
        yield start - offset - (segment.address - segment.offset), offset == begin and size in (0, end - begin)


def _pages(address: int, size: int, page: int) -> int:
    return -(-(address + size) // page) * page - (address & -page)


def svma_at(segments: Sequence[LoadSegment], offset: int) -> int | None:
    """The svma of the code at an offset in the file; None if no executable segment contains it, or offsets are unknown."""
    for segment in segments:
        if segment.executable and segment.offset is not None and segment.offset <= offset < segment.offset + segment.file_size:
            return segment.address + offset - segment.offset
    return None
