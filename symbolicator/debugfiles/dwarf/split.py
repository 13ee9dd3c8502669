"""Split DWARF: which unit of a `.dwo` or `.dwp` belongs to a skeleton, and what each takes from the other.

DWARF 5 §7.3.2, §7.3.5 and the GNU extension of version 4 (<https://gcc.gnu.org/wiki/DebugFissionDWP>). Nothing is opened here: `wanted`
has the names of the files. A unit is only used if its dwo_id is the skeleton's.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf.units import UNIT, Sections, Units
from symbolicator.kernels import dwarf_numbers as dw

# DW_SECT_* of a package's index: INFO, ABBREV, LINE, STR_OFFSETS are the same in versions 2 and 5.
_INFO: Final = 1
_ABBREV: Final = 3
_STR_OFFSETS: Final = 6
_RNGLISTS: Final = 8
_MOST_COLUMNS: Final = 32


class SplitFile(NamedTuple):
    """A file named by a skeleton: where its units were written when it was compiled."""

    name: str
    """As written: absolute, or from `comp_dir`."""
    path: str
    """The two joined."""
    dwo_id: int


def is_split(container: Container) -> bool:
    """Whether the file contains split units."""
    return container.section(".debug_info.dwo") is not None


def wanted(units: Units) -> Iterator[SplitFile]:
    """The files that the skeletons of a main file name."""
    for unit in range(units.count):
        reference = units.get(unit, dw.DWO_NAME)
        name = units.text(reference) if reference else None
        if name:
            folder = units.text(units.get(unit, dw.COMP_DIR)) or b""
            path = posixpath.normpath(posixpath.join(folder, name)).decode("utf-8", "replace")
            yield SplitFile(name.decode("utf-8", "replace"), path, units.get(unit, dw.DWO_ID))


def open_split(container: Container, main: Units, number: int, partners: dict[int, tuple[Units, int]]) -> Units:
    """The units of a .dwo or .dwp, each adopted by the skeleton of `main` with its id; `partners` gets one entry for each skeleton."""
    own = Sections.of(container, ".dwo")
    # Addresses are in the main file; so are the range lists of version 4.
    units = Units(own._replace(addr=main.sections.addr, ranges=main.sections.ranges), number)
    for name in (".debug_cu_index", ".debug_tu_index"):
        index = container.section(name)
        if index is not None:
            _contribute(units, index)
    units.read_roots()
    by_id = {units.get(unit, dw.DWO_ID): unit for unit in range(units.count) if units.get(unit, dw.DWO_ID)}
    for skeleton in range(main.count):
        dwo_id = main.get(skeleton, dw.DWO_ID)
        unit = by_id.get(dwo_id)
        if dwo_id and unit is not None and skeleton not in partners and main.has(skeleton, dw.S_DWO_NAME):
            partners[skeleton] = (units, unit)
            for field in (dw.ADDR_BASE, dw.RANGES_BASE, dw.STMT_LIST):
                units.records[UNIT * unit + field] = main.get(skeleton, field)
            units.records[UNIT * unit + dw.HAS] |= main.get(skeleton, dw.HAS) & 1 << dw.S_STMT_LIST
            if not units.has(unit, dw.S_LOW):
                units.records[UNIT * unit + dw.LOW] = main.get(skeleton, dw.LOW)
    return units


def _contribute(units: Units, index: memoryview) -> None:
    """Give the units of a package their parts of the sections (DWARF 5 §7.3.5.3)."""
    order = "little" if units.sections.little_endian else "big"

    def word(at: int) -> int:
        return int.from_bytes(index[at : at + 4], order)  # type: ignore[arg-type]

    columns, rows, slots = word(4), word(8), word(12)
    first = 16 + 12 * slots
    if columns > _MOST_COLUMNS or first + 4 * columns * (2 * rows + 1) > len(index):
        units.warnings.append(f"a package's index of {columns} columns, {rows} units and {slots} slots does not fit its {len(index)} bytes")
        return
    kinds = [word(first + 4 * column) for column in range(columns)]
    if _INFO not in kinds:
        return
    starts = {units.get(unit, dw.START): unit for unit in range(units.count)}
    for row in range(rows):
        at = first + 4 * columns * (row + 1)
        offsets = {kind: word(at + 4 * column) for column, kind in enumerate(kinds)}
        unit = starts.get(offsets[_INFO])
        if unit is not None:
            record = UNIT * unit
            units.records[record + dw.ABBREVS] += offsets.get(_ABBREV, 0)
            units.records[record + dw.STR_BASE] = offsets.get(_STR_OFFSETS, 0)
            units.records[record + dw.RNG_BASE] = offsets.get(_RNGLISTS, 0)
