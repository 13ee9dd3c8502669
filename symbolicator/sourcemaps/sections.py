"""Index maps: which flat map covers which part of the generated file (ECMA-426 §"Index source map").

Sections are taken in the order of their offsets; each ends where the next begins, also where its own segments would go on. Beyond the
standard, lenient mode reads sections within sections, and `url` in place of `map` (of older revisions), which is kept for the caller to
follow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec

from symbolicator.errors import LimitExceeded
from symbolicator.sourcemaps import document
from symbolicator.sourcemaps.document import ABSENT, Members, Offset, Section
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.segments import MAX_KEY

MAX_SECTIONS: Final = 1 << 20
MAX_DEPTH: Final = 8
"""Of sections within sections; each level is parsed once for every level above it."""
MAX_LINE: Final = 1 << 31

_SECTIONS: Final = msgspec.json.Decoder(list[Section])
_SECTION: Final = msgspec.json.Decoder(Section)
_OFFSET: Final = msgspec.json.Decoder(Offset)
_MEMBERS: Final = msgspec.json.Decoder(Members)


class Part(msgspec.Struct, frozen=True):
    """A flat map and its range: from `line`, `column` of the generated file up to the key `stop`. `url` if the map is elsewhere.

    With neither, nothing is known of that range.
    """

    line: int
    column: int
    stop: int
    where: str
    members: Members | None = None
    url: str | None = None

    @property
    def start(self) -> int:
        """The key of the offset."""
        return self.line << 32 | self.column


def flatten(members: Members, faults: Faults) -> list[Part]:
    """The flat maps of a map, in order: itself, or those of its sections, of their sections, and so on."""
    parts: list[Part] = []
    waiting: list[tuple[int, Part]] = [(0, Part(0, 0, MAX_KEY, "", members))]
    while waiting:
        depth, part = waiting.pop()
        # Strict knows no sections within sections: ECMA-426 decodes a section's map as a flat one, and misses its `mappings`.
        if part.members is None or part.members.sections is ABSENT or (depth and faults.strict):
            parts.append(part)
            continue
        faults.where = part.where
        if depth >= MAX_DEPTH:
            faults.report(f"sections nest deeper than {MAX_DEPTH}; deeper ones are skipped")
            continue
        if depth == 0 and part.members.mappings is not ABSENT:
            faults.report("the map has both `sections` and `mappings`; only the sections are used")
        document.check_version(part.members.version, faults)
        inner = _sections(part, faults)
        if len(parts) + len(waiting) + len(inner) > MAX_SECTIONS:
            raise LimitExceeded(f"the map has more than {MAX_SECTIONS} sections")
        waiting.extend((depth + 1, section) for section in reversed(inner))
    faults.where = ""
    return parts


def _sections(outer: Part, faults: Faults) -> list[Part]:
    """The sections of `outer`, each up to the next."""
    assert outer.members is not None  # noqa: S101  # the caller looked
    try:
        found: list[Section | None] = list(_SECTIONS.decode(outer.members.sections))
    except (msgspec.DecodeError, RecursionError):
        found = [_one(raw, number, faults) for number, raw in enumerate(document.items(outer.members.sections, "sections", faults))]
    placed: list[tuple[int, int, int, Section]] = []
    for number, section in enumerate(found):
        if section is not None:
            faults.where = f"{outer.where}section {number}: "
            offset = _offset(section.offset, faults)
            if offset is not None:
                line, column = offset[0] + outer.line, offset[1] + (0 if offset[0] else outer.column)
                if max(line, column) >= MAX_LINE:
                    faults.report(f"the section is at line {line}, column {column}; skipped")
                elif line << 32 | column >= outer.stop:
                    faults.report("the section is after the start of the next one around it; skipped")
                else:
                    placed.append((line, column, number, section))
    faults.where = outer.where
    ordered = sorted(placed, key=lambda place: place[:3])
    if any(before[2] > after[2] for before, after in pairwise(ordered)):
        faults.report("the sections are not in the order of their offsets")
    if any(before[:2] == after[:2] for before, after in pairwise(ordered)):
        faults.report("two sections have the same offset: they overlap, and only the last one is used")
    parts = []
    for at, (line, column, number, section) in enumerate(ordered):
        stop = outer.stop if at + 1 == len(ordered) else min(outer.stop, ordered[at + 1][0] << 32 | ordered[at + 1][1])
        where = f"{outer.where}section {number}: "
        faults.where = where
        # A section that has no map is kept all the same: it ends the one before.
        parts.append(Part(line, column, stop, where, *_map_of(section, faults)))
    return parts


def _one(raw: msgspec.Raw, number: int, faults: Faults) -> Section | None:
    try:
        return _SECTION.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        faults.report(f"section {number} is {document.kind(raw)}; expected an object")
        return None


def _offset(raw: msgspec.Raw, faults: Faults) -> tuple[int, int] | None:
    try:
        offset = _OFFSET.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        faults.report(f"`offset` is {document.kind(raw)}; the section is skipped")
        return None
    numbers = []
    for key, member in (("line", offset.line), ("column", offset.column)):
        number = document.integral(member)
        if member is ABSENT:
            faults.report(f"`offset.{key}` is absent; 0 is assumed")
            number = 0
        if number is None or not 0 <= number < MAX_LINE:
            faults.report(f"`offset.{key}` is {bytes(member)[:20].decode('utf-8', 'replace')}; the section is skipped")
            return None
        numbers.append(number)
    return numbers[0], numbers[1]


def _map_of(section: Section, faults: Faults) -> tuple[Members | None, str | None]:
    """The section's own map, or the URL of it; one of them, or neither, is None."""
    if section.map is not ABSENT:
        try:
            return _MEMBERS.decode(section.map), None
        except (msgspec.DecodeError, RecursionError):
            faults.report(f"`map` is {document.kind(section.map)}; the section is skipped")
            return None, None
    url = document.value(section.url) if section.url is not ABSENT else None
    if isinstance(url, str):
        if faults.strict:
            faults.report("`map` is absent")  # `url` was of revision 3; ECMA-426 has `map` only
        return None, url
    faults.report("`map` is absent; the section is skipped")
    return None, None
