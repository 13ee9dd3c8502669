"""The units of one `.debug_info`: headers, the contents of their DIEs, and the programs of their abbreviations (DWARF 2–5 §7.5).

It keeps a file's records (`kernels/dwarf_numbers.py`: UNIT numbers each) and its programs. The units' contents are read by `functions.py`
and `names.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from itertools import chain, compress, repeat
from operator import not_
from threading import Lock
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.table.buffers import grown, zeros
from symbolicator.kernels import dwarf_abbreviations, dwarf_forms, dwarf_headers
from symbolicator.kernels import dwarf_numbers as dw

UNIT: Final = dw.UNIT
PARTIAL_UNIT: Final = 0x3C
TYPE_UNIT: Final = 0x41
NO_CODE: Final = frozenset((0, PARTIAL_UNIT, TYPE_UNIT))
"""Tags of units that cannot contain functions: those of types, and parts imported by others."""

_LONGEST: Final = 1 << 12
_SHORT: Final = 1 << 7
"""Bytes of a name, or of a path, that are read here."""
_EMPTY: Final = memoryview(b"")
_FAULTS: Final = {
    dw.BAD_CODE: "an abbreviation that is not there",
    dw.BAD_FORM: "a form that is not known or runs past the unit's end",
    dw.PAST_END: "a DIE that runs past the unit's end",
    dw.BAD_RANGES: "a range list that cannot be read",
    dw.CUT: "more than the bounds allow",
}


class Sections(NamedTuple):
    """The DWARF sections of one file; empty if missing. Names are those without `.debug_` and `.dwo`."""

    info: memoryview
    abbrev: memoryview
    strings: memoryview
    line_str: memoryview
    str_offsets: memoryview
    addr: memoryview
    ranges: memoryview
    rnglists: memoryview
    line: memoryview
    little_endian: bool
    bits: int

    @classmethod
    def of(cls, container: Container, suffix: str = "") -> Sections:
        """The sections of a container; `suffix` is `.dwo` for split ones."""

        def section(name: str) -> memoryview:
            return container.section(f".debug_{name}{suffix}") or _EMPTY

        return cls(
            section("info"),
            section("abbrev"),
            section("str"),
            section("line_str"),
            section("str_offsets"),
            section("addr"),
            section("ranges"),
            section("rnglists"),
            section("line"),
            container.little_endian,
            container.bits,
        )


class Units:
    """The units of a file. `number` is the file's in references, `alt` that of its alternative file (0: none); both below 2**16."""

    def __init__(self, sections: Sections, number: int, alt: int = 0) -> None:
        self.sections = sections
        self.file = number << 44
        self.alt = alt << 44
        self.kernel = dwarf_forms.Sections(sections, not sections.little_endian, self.file, self.alt)
        self.warnings: list[str] = []
        result = zeros("q", 2)
        room = len(sections.info) // 4096 + 64
        while True:
            records = zeros("Q", UNIT * room)
            self.count = dwarf_headers.headers(self.kernel, records, result)
            if self.count <= room:
                break
            room = self.count
        self.records = records[: UNIT * self.count]
        if result[0]:
            self.warnings.append(f".debug_info: {result[0]} unit headers that are none, the first at {result[1]:#x}")
        self._lock = Lock()
        self.words = zeros("I", 0)
        self.codes = zeros("Q", 0)
        self._words = self._codes = 0
        self._programs: dict[tuple[int, int, int, bool, int], tuple[int, int]] = {}
        self._budget = 16 * len(sections.abbrev) + (1 << 20)

    def twin(self) -> Units:
        """The same units for another thread: changes by one are not seen by the other."""
        twin = Units.__new__(Units)
        vars(twin).update(vars(self))
        twin.records, twin.words, twin.codes = (grown(view, len(view)) for view in (self.records, self.words, self.codes))
        twin._lock = Lock()
        twin._programs = dict(self._programs)
        return twin

    def read_roots(self) -> None:
        """Read the units' DIEs. Split units are given their contributions first (`split.py`)."""
        dwarf_headers.roots(self.kernel, self.records, 0, self.count, zeros("Q", dw.MEMO))

    @property
    def flattened(self) -> dwarf_abbreviations.Programs:
        """The programs, for kernels; adding more may move them."""
        return dwarf_abbreviations.Programs(self.words, self.codes)

    def get(self, unit: int, field: int) -> int:
        """A number of a unit's record."""
        return int(self.records[UNIT * unit + field])

    def column(self, field: int, units: Collection[int]) -> list[int]:
        """A number of each unit's record."""
        numbers: Sequence[int] = self.records[field::UNIT]
        if len(units) > self.count >> 2:
            numbers = numbers.tolist()  # type: ignore[attr-defined]  # a list is read faster than a view
        return [*map(numbers.__getitem__, units)]

    def has(self, unit: int, slot: int) -> bool:
        """Whether the unit's DIE has an attribute."""
        return bool(self.get(unit, dw.HAS) >> slot & 1)

    def text(self, reference: int) -> bytes | None:
        """The string of a reference into this file; None for none."""
        kind, offset = reference >> 60, reference & 0xFFFFFFFFFFF
        own = self.sections
        section = {dw.STR: own.strings, dw.LINE_STR: own.line_str, dw.INLINE_STR: own.info}.get(kind)
        if section is None or offset >= len(section):
            return None
        piece = bytes(section[offset : offset + _SHORT])
        if 0 not in piece:
            piece = bytes(section[offset : offset + _LONGEST])
        return piece.partition(b"\0")[0]

    def programs(self, units: Sequence[int], what: int) -> memoryview:
        """The programs of the units' abbreviations for `what` (`dw.TO_…`), two numbers each: where they are in `codes`, how many."""
        with self._lock:
            return memoryview(array("Q", [*chain.from_iterable(self._programs_of(units, what))]))

    def flatten(self, units: Collection[int], *, for_names: bool) -> None:
        """Compile the programs of the units' abbreviations: those that scan, or those that read names. Tables are shared by their place."""
        place, count = (dw.NAME_CODES, dw.NAME_CODE_COUNT) if for_names else (dw.CODES, dw.CODE_COUNT)
        with self._lock:
            missing = [*compress(units, map(not_, self.column(count, units)))]
            for unit, found in zip(missing, self._programs_of(missing, dw.TO_NAME if for_names else dw.TO_SCAN), strict=True):
                self.records[UNIT * unit + place], self.records[UNIT * unit + count] = found

    def faults(self, units: Sequence[int]) -> list[str]:
        """Faults in the units that were read, a sentence each."""
        found = []
        for unit, fault in zip(units, self.column(dw.FAULT, units), strict=True):
            if fault:
                at = self.get(unit, dw.FAULT_AT)
                found.append(f"unit at {self.get(unit, dw.START):#x}: {_FAULTS.get(fault, fault)} (at {at:#x} of .debug_info)")
        return found

    def _programs_of(self, units: Sequence[int], what: int) -> list[tuple[int, int]]:
        """Where the programs of each unit are in `codes`, and how many; units of one table have the same."""
        offsets, addresses, widths, versions = (self.column(field, units) for field in (dw.ABBREVS, dw.ADDRESS, dw.OFFSET, dw.VERSION))
        keys = [*zip(offsets, addresses, widths, map((2).__ge__, versions), repeat(what))]
        known = self._programs
        first = dict(zip(reversed(keys), reversed(units), strict=True))
        new = [key for key in dict.fromkeys(keys) if key not in known]
        known.update(zip(new, self._flattened([first[key] for key in new], what) if new else (), strict=True))
        return [*map(known.__getitem__, keys)]

    def _flattened(self, units: Sequence[int], what: int) -> list[tuple[int, int]]:
        wanted, places = memoryview(array("I", units)), zeros("Q", 2 * len(units))
        words, codes, room, turn = 64 * len(units) + (1 << 12), 16 * len(units) + (1 << 9), 1 << 9, 0
        while True:
            if len(self.words) < self._words + words:
                self.words = grown(self.words, 2 * len(self.words) + words)
            if len(self.codes) < self._codes + codes:
                self.codes = grown(self.codes, 2 * len(self.codes) + codes)
            pairs = zeros("Q", 2 * room)
            kernel = dwarf_abbreviations.Flattening(self.words, self.codes, pairs, self._words, self._codes, self._budget)
            kernel.turn = turn
            status = dwarf_abbreviations.flatten(self.kernel, self.records, wanted, what, kernel, places)
            turn, self._words, self._codes, self._budget = kernel.turn, kernel.word, kernel.code, kernel.budget
            if status == dw.OK:
                return [*zip(places[::2].tolist(), places[1::2].tolist(), strict=True)]
            if status == dw.SPARSE:
                places[2 * turn], places[2 * turn + 1] = self._sorted(pairs[: 2 * kernel.count])
                turn += 1
            else:
                words, codes, room = 2 * words, 2 * codes, 4 * room

    def _sorted(self, pairs: memoryview) -> tuple[int, int]:
        """Where the programs of codes other than 1, 2, 3 … are, and how many: the first of each code counts."""
        found = dict(zip(reversed(pairs[::2].tolist()), reversed(pairs[1::2].tolist()), strict=True))
        base = self._codes
        self._codes += 2 * len(found)
        self.codes[base : self._codes] = memoryview(array("Q", [number for pair in sorted(found.items()) for number in pair]))
        return base | 1 << 63, len(found)
