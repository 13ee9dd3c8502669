"""What a PDB says of itself and of the image: ids, modules, named streams, section headers, what moved code after it was linked.

The PDB stream (1) has the GUID, the DBI stream (3) the age that the image was linked with, the modules, and the *contributions*: which code
the linker took from which module. So a module answers for its own code, and for no other, and an address leads to its module.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from struct import Struct, iter_unpack
from typing import Final, NamedTuple

from symbolicator.cached import cached_property
from symbolicator.debugfiles.outline import put_together
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.debugfiles.pe.ids import debug_id_with_age
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.kernels import codeview_modules as kernel
from symbolicator.kernels import codeview_numbers as cv

_PDB: Final = 1
_DBI: Final = 3
_DBI_HEADER: Final = Struct("<iII6H8i2HI")
_SECTION: Final = Struct("<8s2I20xI")
_NONE: Final = 0xFFFF
_OMAP_FROM_SOURCE: Final = 4
_SECTIONS: Final = 5
_SECTIONS_BEFORE: Final = 10
"""Numbers of the DBI stream's optional streams."""
_CODE: Final = 0x20000020
_FASTLINK: Final = 0x494E494D
_CONTRIBUTIONS: Final = {0xEFFE0000 + 19970605: 28, 0xEFFE0000 + 20140516: 32}
"""By the version of their list, bytes of a contribution."""
_MAX_NAMED: Final = 1 << 12
_MAX_NAME: Final = 4096
_ARCHES: Final = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64", 0xA641: "arm64", 0xA64E: "arm64", 0x1C0: "arm", 0x1C4: "arm"}


class Module(NamedTuple):
    """A module: an object file, or a library's member. `symbols`, `c11` and `lines` are the bytes of its stream's parts."""

    name: str
    stream: int
    symbols: int
    c11: int
    lines: int


class Claims(NamedTuple):
    """Whose code is where: `ranges` (u64), three numbers each: start, end, module; disjoint and ascending. Each
    reaches to the next.

    `spans` (u64) has two numbers for each range, those of a module together, ascending: of module `i` number `firsts[i]` (u32) up to
    `firsts[i + 1]`.
    """

    ranges: memoryview
    spans: memoryview
    firsts: memoryview

    def of(self, module: int) -> memoryview:
        """The spans of one module."""
        return self.spans[2 * self.firsts[module] : 2 * self.firsts[module + 1]]


class Section(NamedTuple):
    """A section of the image; `start` and `end` count from the load address."""

    start: int
    end: int
    is_code: bool


class Dbi:
    """A PDB's data about the image. Raises `MalformedArtifact` if a header cannot be read."""

    def __init__(self, msf: Msf) -> None:
        self._msf = msf
        self._steps = len(msf.whole) + (1 << 20)
        """Stretches of moved code that are still gone through: no honest file has more than bytes."""
        self.warnings: list[str] = []
        head = msf.head(_PDB, 28)
        if len(head) < 28:
            raise MalformedArtifact("has no PDB stream")
        age = int.from_bytes(head[8:12], "little")
        header = msf.head(_DBI, _DBI_HEADER.size)
        if not len(header):
            raise MalformedArtifact("has no DBI stream: it has types only, as compilers write for object files")
        if len(header) < _DBI_HEADER.size:
            raise MalformedArtifact(f"has {len(header)} bytes of DBI stream; {_DBI_HEADER.size} are needed")
        fields = _DBI_HEADER.unpack_from(header)
        self.arch = _ARCHES.get(fields[18], f"unknown-{fields[18]}")
        self.debug_id = debug_id_with_age(bytes(head[12:28]), fields[2] or age)
        self.public_stream, self.symbol_stream = fields[5], fields[7]
        self._sizes = fields[9:17]

    @cached_property
    def _entries(self) -> tuple[memoryview, memoryview]:
        """The modules' entries, and what the kernel read of them."""
        content = self._msf.stream(_DBI)[_DBI_HEADER.size :][: max(self._sizes[0], 0)]
        rows = zeros("Q", cv.MODULE * (len(content) // kernel.MODULE_BYTES + 1))
        return content, rows[: cv.MODULE * kernel.modules(content, rows)]

    @property
    def count(self) -> int:
        """How many modules there are. They are numbered from 0."""
        return len(self._entries[1]) // cv.MODULE

    def module(self, number: int) -> Module:
        """A module."""
        content, rows = self._entries
        place, stream, symbols, c11, lines, _ = rows[cv.MODULE * number : cv.MODULE * (number + 1)]
        name = bytes(content[place : place + _MAX_NAME]).partition(b"\0")[0].decode("utf-8", "replace")
        return Module(name, stream, symbols, c11, lines)

    @cached_property
    def module_streams(self) -> frozenset[int]:
        """`with_stream`, to look one up."""
        return frozenset(self.with_stream)

    @cached_property
    def claimed(self) -> memoryview:
        """The ranges of `claims` whose modules have a stream."""
        if self.claims is None:
            return zeros("Q", 0)
        ranges, known = self.claims.ranges, self.module_streams
        if known.issuperset(ranges[2::3].tolist()):
            return ranges
        rows = (ranges[at : at + cv.CLAIM] for at in range(0, len(ranges), cv.CLAIM))
        return memoryview(array("Q", [number for row in rows if row[2] in known for number in row]))

    @cached_property
    def with_stream(self) -> list[int]:
        """The modules that have a stream. A stream is one module's."""
        streams = self._entries[1][cv.M_STREAM :: cv.MODULE].tolist()
        first = {stream: number for number, stream in zip(range(len(streams) - 1, -1, -1), reversed(streams), strict=True)}
        first.pop(_NONE, None)
        return sorted(first.values())

    @cached_property
    def claims(self) -> Claims | None:
        """Whose code is where; None if the file does not say it, or if code was moved."""
        if self.is_moved:
            return None
        entries, rows = self._entries
        content = self._msf.stream(_DBI)[_DBI_HEADER.size + max(self._sizes[0], 0) :][: max(self._sizes[1], 0)]
        width = _CONTRIBUTIONS.get(_number(content, 0), 0)
        content = content[4:]
        room = len(content) // width if width else 0
        found, first = zeros("Q", cv.CLAIM * room), zeros("Q", cv.CLAIM * self.count)
        listed = kernel.contributions(content, width, self.count, self.code, found) if width else 0
        more = kernel.first_contributions(entries, rows, self.code, first) if listed else 0
        if not listed:
            return None
        # What is listed comes first, so it counts where modules' own entries say otherwise.
        whole = zeros("Q", cv.CLAIM * (listed + more))
        whole[: cv.CLAIM * listed], whole[cv.CLAIM * listed :] = found[: cv.CLAIM * listed], first[: cv.CLAIM * more]
        ranges = zeros("Q", len(whole))
        size = kernel.part(whole, listed + more, zeros("I", listed + more), zeros("I", listed + more), ranges)
        return _claims(ranges[: cv.CLAIM * size], self.count)

    def _optional(self, number: int) -> memoryview:
        """One of the streams that the DBI stream's end lists."""
        modules, contributions, sections, files, servers, _, headers, edit = self._sizes
        before = sum(max(one, 0) for one in (modules, contributions, sections, files, servers, edit))
        listed = self._msf.stream(_DBI)[_DBI_HEADER.size + before :][: max(headers, 0)]
        entry = listed[2 * number : 2 * number + 2]
        stream = int.from_bytes(entry, "little") if len(entry) == 2 else _NONE
        return self._msf.stream(stream if stream != _NONE else -1)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections that symbols refer to: those before code was moved, if it was."""
        content = (self._optional(_SECTIONS_BEFORE) if self._moved[0] else None) or self._optional(_SECTIONS)
        rows = iter_unpack(_SECTION.format, content[: len(content) // 40 * 40])
        return tuple(Section(start, start + size, bool(flags & _CODE)) for _, size, start, flags in rows)

    @cached_property
    def code(self) -> memoryview:
        """`sections` for kernels: where each begins, and how much code it has."""
        rows = ((one.start, one.end - one.start if one.is_code else 0) for one in self.sections)
        return memoryview(array("Q", [number for row in rows for number in row]))

    @cached_property
    def _moved(self) -> tuple[list[int], list[int]]:
        """OMAP: code linked at an address was moved, and where to; 0 for removed code."""
        content = self._optional(_OMAP_FROM_SOURCE)
        rows = sorted(iter_unpack("<2I", content[: len(content) & -8]))
        return [source for source, _ in rows], [target for _, target in rows]

    def moved(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where the code from `start` to `end` is now, and how far it was moved: one piece, unless tools split functions."""
        sources, targets = self._moved
        if not sources:
            yield start, end
            return
        place = max(bisect_right(sources, start) - 1, 0)
        while start < end:
            self._steps -= 1
            if self._steps < 0:
                raise LimitExceeded("moves more code than it has bytes")
            until = min(sources[place + 1], end) if place + 1 < len(sources) else end
            if targets[place] and start >= sources[place] and until > start:
                yield start + targets[place] - sources[place], until + targets[place] - sources[place]
            start = max(until, start)
            place += 1
            if place >= len(sources):
                return

    @property
    def is_moved(self) -> bool:
        """Whether a tool moved code after it was linked."""
        return bool(self._moved[0])

    @cached_property
    def _named(self) -> tuple[dict[bytes, int], bool]:
        """The named streams, and whether the features after them contain `/DEBUG:FASTLINK`."""
        content = self._msf.stream(_PDB)
        size = _number(content, 28)
        texts, at = content[32 : 32 + size], 32 + size
        count = min(_number(content, at), _MAX_NAMED)
        at += 8
        for _ in range(2):  # which slots are there, which are deleted
            at += 4 + 4 * _number(content, at)
        found: dict[bytes, int] = {}
        for _ in range(count):
            start = _number(content, at)
            found[bytes(texts[start : start + 256]).partition(b"\0")[0]] = _number(content, at + 4)
            at += 8
        tail = content[at + 4 :]
        return found, any(_number(tail, i) == _FASTLINK for i in range(0, min(len(tail), 64), 4))

    @property
    def is_fastlink(self) -> bool:
        """Whether functions and lines are in the object files that were linked, and not here."""
        return self._named[1]

    @cached_property
    def names(self) -> memoryview:
        """`/names`: the paths of source files, and other strings."""
        content = self._msf.stream(self._named[0].get(b"/names", -1))
        return content[12 : 12 + _number(content, 8)] if _number(content, 0) == 0xEFFEEFFE else content[:0]


def _number(content: memoryview, at: int) -> int:
    """The 32 bits at `at`; 0 beyond the end."""
    return int.from_bytes(content[at : at + 4], "little") if at + 4 <= len(content) else 0


def _claims(ranges: memoryview, modules: int) -> Claims:
    starts, ends, firsts = put_together(ranges, modules)
    spans = zeros("Q", 2 * len(starts))
    spans[::2], spans[1::2] = starts, ends
    return Claims(ranges, spans, firsts)
