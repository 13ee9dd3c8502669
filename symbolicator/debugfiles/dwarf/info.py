"""The DWARF of one file and its companions: its units, which of them contain code, and which of them cover an address.

It combines main file, dwz's alternative file and split files, and finds units by what their DIEs cover, which
is cheap to read for all (`kernels.dwarf_ranges.claims`); .debug_aranges is not written by clang, and only in part by others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf import split
from symbolicator.debugfiles.dwarf.functions import Bounds, list_budget
from symbolicator.debugfiles.dwarf.lines import LineSection
from symbolicator.debugfiles.dwarf.units import NO_CODE, UNIT, Sections, Units
from symbolicator.debugfiles.outline import put_together
from symbolicator.debugfiles.table.buffers import grown, zeros
from symbolicator.kernels import dwarf_numbers, dwarf_ranges

_MAIN: Final = 1
_ALT: Final = 2
_MOST_SPLIT: Final = 60_000


class Dwarf:
    """The debug information of `container` and of `others`: dwz's alternative file, .dwo and .dwp files, recognized by content, in any
    order.
    """

    def __init__(self, container: Container, others: Sequence[Container] = ()) -> None:
        splits = [other for other in others if split.is_split(other)]
        alts = [other for other in others if not split.is_split(other) and other.section(".debug_info") is not None]
        sections = Sections.of(container)
        self.main = Units(sections, _MAIN, _ALT if alts else 0)
        self.main.read_roots()
        self.alt: Units | None = None
        if alts:
            self.alt = Units(Sections.of(alts[0]), _ALT)
            self.alt.read_roots()
        self.partners: dict[int, tuple[Units, int]] = {}
        self.splits = [split.open_split(other, self.main, 3 + i, self.partners) for i, other in enumerate(splits[:_MOST_SPLIT])]
        self.lines = LineSection(
            sections.line,
            line_str=sections.line_str,
            strings=sections.strings,
            str_offsets=sections.str_offsets,
            alt_strings=b"" if self.alt is None else self.alt.sections.strings,
            little_endian=sections.little_endian,
            address_size=sections.bits // 8,
        )
        self.bounds = bounds_of(container)
        self.warnings = [*self.main.warnings, *(() if self.alt is None else self.alt.warnings)]
        for units in self.splits:
            self.warnings += units.warnings

    def twin(self) -> Dwarf | None:
        """The same for another thread, which may then read units while this one does; None if the units of several files are connected."""
        if self.splits:
            return None
        twin = Dwarf.__new__(Dwarf)
        vars(twin).update(vars(self))
        twin.main = self.main.twin()
        twin.alt = None if self.alt is None else self.alt.twin()
        return twin

    @cached_property
    def silent_set(self) -> frozenset[int]:
        """Computes `silent`, for one address."""
        return frozenset(self.silent)

    @property
    def with_code(self) -> list[int]:
        """The units of the main file that may contain functions."""
        tags = self.main.records[dwarf_numbers.TAG :: UNIT].tolist()
        return [*compress(range(len(tags)), map(not_, map(NO_CODE.__contains__, tags)))]

    def body(self, unit: int) -> tuple[Units, int]:
        """Where the functions of a unit of the main file are: there, or in the split unit for its skeleton."""
        return self.partners.get(unit) or (self.main, unit)

    @cached_property
    def missing(self) -> list[split.SplitFile]:
        """The missing split files."""
        named = self.main.records[dwarf_numbers.DWO_NAME :: UNIT].tolist()
        skeletons = [unit for unit, name in enumerate(named) if name]
        wanted = zip(skeletons, split.wanted(self.main), strict=False) if skeletons else ()
        return [one for unit, one in wanted if unit not in self.partners]

    @cached_property
    def silent(self) -> list[int]:
        """The units that may have code, but whose DIEs do not say what they cover, or (version 2 has no range lists) perhaps not all."""
        said = set(self.claims[2::3].tolist())
        records = self.main.records
        ranged = (1 << dwarf_numbers.S_RANGES) | (1 << dwarf_numbers.S_HIGH)
        columns = (records[field::UNIT].tolist() for field in (dwarf_numbers.TAG, dwarf_numbers.VERSION, dwarf_numbers.HAS))
        return [
            unit
            for unit, (tag, version, has) in enumerate(zip(*columns, strict=True))
            if tag not in NO_CODE and ((version <= 2 and not has >> dwarf_numbers.S_RANGES & 1) or (not has & ranged and unit not in said))
        ]

    @cached_property
    def claims(self) -> memoryview:
        """The claims of the units' DIEs (u64), three numbers each: first svma, first beyond, the unit of the main file."""
        claims, count = self._claimed()
        return claims[: 3 * count]

    @cached_property
    def covered(self) -> tuple[memoryview, memoryview]:
        """The code claimed by units' DIEs, disjoint and ascending: the start of each range, and its first address beyond (u64)."""
        claims = zeros("Q", len(self.claims))
        claims[::3], claims[1::3] = self.claims[::3], self.claims[1::3]  # all of one owner
        starts, ends, _ = put_together(claims, 1)
        return starts, ends

    def _claimed(self) -> tuple[memoryview, int]:
        own = self.main.sections
        room = 3 * (2 * self.main.count + (len(own.ranges) + len(own.rnglists)) // 64 + 64)
        while True:
            claims = zeros("Q", room)
            intervals = dwarf_ranges.Intervals(claims, self.bounds.floor, self.bounds.ceiling, list_budget(own))
            if dwarf_ranges.claims(self.main.kernel, self.main.records, 0, self.main.count, intervals) != dwarf_numbers.CUT:
                break
            room *= 2
        # A split unit may have ranges that its skeleton lacks.
        for skeleton, (units, unit) in sorted(self.partners.items()):
            count = intervals.count
            while dwarf_ranges.claims(units.kernel, units.records, unit, unit + 1, intervals) == dwarf_numbers.CUT:
                claims = intervals.rows = grown(claims, 2 * len(claims))
                intervals.count = count
            for i in range(count, intervals.count):
                claims[3 * i + 2] = skeleton
        return claims, intervals.count


def bounds_of(container: Container) -> Bounds:
    """The range of code in a file. Zero is ordinary code in relocatable files, and if the file's own code begins there."""
    top = (1 << container.bits) - 2
    code = container.executable_ranges
    if container.relocatable:
        return Bounds(0, top)
    if not code:
        return Bounds(2, top)
    return Bounds(code[0][0], min(max(end for _, end in code), top), container.bodies)
