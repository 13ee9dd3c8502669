"""Names of functions: names and linkage names through origins and specifications; qualified names if there is no linkage name.

`kernels.dwarf_names.names` follows references within a file, at most 16 of them; those into the alternative file are followed there. A
function of C++, Rust and similar languages with a name but no linkage name (GCC's static functions and lambdas) is named after the scopes
around the DIE with the name: `shop::<lambda(int)>::operator()`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.debugfiles import dw_lang
from symbolicator.debugfiles.demangle import demangle
from symbolicator.debugfiles.dwarf.functions import Batch
from symbolicator.debugfiles.dwarf.units import Units
from symbolicator.debugfiles.table.buffers import NONE, Pool, filled, power_of_two, zeros
from symbolicator.debugfiles.table.string_heap import Strings
from symbolicator.kernels import dwarf_merge, dwarf_names, dwarf_numbers

_FOUND: Final = dwarf_numbers.FOUND
_ANCESTORS: Final = dwarf_numbers.ANCESTORS
_LEVELS: Final = 1024
_OFFSET: Final = 0xFFFFFFFFFFF
_MOST_QUALIFIED: Final = 1 << 12
"""Largest qualified name, in bytes."""
_SCOPED: Final = (
    dict.fromkeys((*dw_lang.EVERY_C_PLUS_PLUS, dw_lang.RUST), "::")
    | dict.fromkeys((*dw_lang.EVERY_ADA, dw_lang.D, dw_lang.GO, dw_lang.SWIFT, dw_lang.ZIG, dw_lang.CRYSTAL), ".")
)
"""By DW_LANG, for languages whose functions have scopes: the separator."""
_MOST_TRIED: Final = 3
"""An entry may have a linkage name that cannot be read, and its origin another."""
_ANONYMOUS: Final = b"(anonymous namespace)"


class Functions(NamedTuple):
    """The functions of a batch: for each entry the number of its function, from 0; for each function three numbers: name, linkage name,
    DW_LANG.
    """

    of_entries: memoryview
    columns: array[int]


def name(batch: Batch, alt: Units | None, strings: Strings, pool: Pool) -> Functions:
    """The functions of a batch's entries; their names are added to `strings`."""
    units, entries, count = batch.units, batch.entries, batch.entry_count
    pairs = pool.take("Q", 2 * count)
    dwarf_merge.origins(entries, count, pairs)
    kept, index = pool.take("Q", 2 * count), pool.take("I", count)
    number = _distinct(pairs, kept, index)
    origins = zeros("Q", number)
    origins[:] = kept[0 : 2 * number : 2]
    found = look_up(units, alt, origins)
    by_origin = zeros("I", count)
    by_origin[:] = index
    unreadable: array[int] = array("Q")
    readable: set[int] = set()
    for _ in range(_MOST_TRIED):
        dwarf_merge.label(entries, count, units.file, by_origin, found, memoryview(unreadable), pairs)
        number = _distinct(pairs, kept, index)
        found_now = _unreadable(units, alt, kept[: 2 * number], readable)
        if not found_now:
            break
        unreadable = array("Q", sorted({*unreadable, *found_now}))
    languages, others = filled("I", number, NONE), zeros("I", count)
    more = dwarf_merge.languages(entries, count, index, units.records, dwarf_numbers.UNIT, dwarf_numbers.LANGUAGE, languages, others)
    references = kept[: 2 * number]
    if more:
        references, languages = _in_other_languages(batch, index, others[:more], references, languages)
        number = len(languages)
    numbers = zeros("I", 2 * number)
    gather(units, alt, references, numbers, strings)
    _qualify(units, alt, references, numbers, languages, strings)
    columns = array("I", bytes(12 * number))
    with memoryview(columns) as view:
        view[0::3], view[1::3], view[2::3] = numbers[0::2], numbers[1::2], languages
    references.release()
    pool.give(pairs, kept)
    return Functions(index, columns)


def _in_other_languages(
    batch: Batch, index: memoryview, others: memoryview, references: memoryview, languages: memoryview
) -> tuple[memoryview, memoryview]:
    """References and languages with a function more for each language that entries have another's in; `index` leads them there."""
    more: dict[tuple[int, int], int] = {}
    units, number = batch.units, len(languages)
    for entry in others:
        unit = batch.entries[dwarf_numbers.ENTRY * entry + dwarf_numbers.E_UNIT] & NONE
        language = min(units.get(unit, dwarf_numbers.LANGUAGE), 0xFFFF)
        index[entry] = more.setdefault((index[entry], language), number + len(more))
    pairs, each = array("Q", references), array("I", languages)
    for function, language in more:
        pairs.extend(references[2 * function : 2 * function + 2])
        each.append(language)
    return memoryview(pairs), memoryview(each)


def _unreadable(units: Units, alt: Units | None, pairs: memoryview, readable: set[int]) -> set[int]:
    """Of the references to linkage names in `pairs`, those that cannot be demangled, as with C++20's constraints and most demanglers.

    Those that can are added to `readable`, which is not tried again.
    """
    found: set[int] = set()
    out = zeros("I", len(pairs) // 2)
    for file, kind, section in _string_sections(units, alt):
        for at in out[: dwarf_merge.newer(section, kind << 60 | file.file, pairs, out)]:
            reference = pairs[2 * at + 1]
            if reference in readable or reference in found:
                continue
            symbol = (file.text(reference) or b"").decode("utf-8", "replace")
            (found if demangle(symbol) == symbol else readable).add(reference)
    return found


def look_up(units: Units, alt: Units | None, references: memoryview) -> memoryview:
    """The kernel's answers for DIEs of one file, continued in the alternative file where needed."""
    found = _names(units, references)
    following = [i for i in range(len(references)) if found[_FOUND * i + 3]] if alt is not None else []
    if following and alt is not None:
        ours = [i for i in following if found[_FOUND * i + 3] & ~(15 << 60) & ~_OFFSET == alt.file]
        theirs = _names(alt, memoryview(array("Q", [found[_FOUND * i + 3] for i in ours])))
        for place, i in enumerate(ours):
            at, there = _FOUND * i, _FOUND * place
            if not found[at]:
                found[at], found[at + 2] = theirs[there], theirs[there + 2]
            found[at + 1] = found[at + 1] or theirs[there + 1]
    return found


def gather(units: Units, alt: Units | None, references: memoryview, numbers: memoryview, strings: Strings) -> None:
    """The strings for references into a file, or its alternative file."""
    for file, kind, section in _string_sections(units, alt):
        strings.gather(section, kind << 60 | file.file, references, numbers)


def _string_sections(units: Units, alt: Units | None) -> Iterator[tuple[Units, int, memoryview]]:
    """The sections that string references refer to: (the file, the kind of reference, the section)."""
    for file in (units, alt):
        if file is not None:
            own = file.sections
            yield from (
                (file, dwarf_numbers.STR, own.strings),
                (file, dwarf_numbers.LINE_STR, own.line_str),
                (file, dwarf_numbers.INLINE_STR, own.info),
            )


def _names(units: Units, references: memoryview) -> memoryview:
    found = zeros("Q", _FOUND * len(references))
    wants = zeros("B", units.count)
    for _ in range(dwarf_numbers.HOPS + 1):
        missing = dwarf_names.names(units.kernel, units.flattened, units.records, references, wants, found)
        if not missing:
            break
        asked = _places(wants.tobytes(), 1)
        units.flatten(asked, for_names=True)
        for unit in asked:
            wants[unit] = 2  # those that cannot be flattened are not tried again
    return found


def _places(content: bytes, byte: int) -> list[int]:
    """The index of a byte: there are few of them, in files of 20,000 units."""
    places: list[int] = []
    at = content.find(byte)
    while at >= 0:
        places.append(at)
        at = content.find(byte, at + 1)
    return places


def _distinct(pairs: memoryview, kept: memoryview, index: memoryview) -> int:
    return dwarf_merge.distinct(pairs, zeros("I", power_of_two(len(index))), kept, index)


def _qualify(units: Units, alt: Units | None, references: memoryview, numbers: memoryview, languages: memoryview, strings: Strings) -> None:
    """Prefix the names of functions without a linkage name with their scopes."""
    if _SCOPED.keys().isdisjoint(languages):
        return
    wanted: dict[int, list[int]] = {}
    held = zeros("I", len(languages))
    for i in held[: dwarf_merge.of_kind(references, dwarf_numbers.DIE_REF, held)]:
        if numbers[2 * i] and languages[i] in _SCOPED:
            wanted.setdefault(references[2 * i + 1], []).append(i)
    if not wanted:
        return
    scopes = _Scopes(units, alt)
    prefixes = scopes.of(sorted(wanted))
    named: list[int] = []
    texts: list[bytes] = []
    for holder, functions in wanted.items():
        prefix = prefixes.get(holder)
        if prefix:
            for i in functions:
                reference = references[2 * i]
                file = alt if alt is not None and reference & ~(15 << 60) & ~_OFFSET == alt.file else units
                separator = _SCOPED[languages[i]].encode()
                named.append(i)
                texts.append(separator.join([*prefix, file.text(reference) or b""])[-_MOST_QUALIFIED:])
    for i, number in zip(named, strings.add(texts), strict=True):
        numbers[2 * i] = number


class _Scopes:
    """The names of the scopes around DIEs, outermost first."""

    def __init__(self, units: Units, alt: Units | None) -> None:
        self._files = [file for file in (units, alt) if file is not None]
        self._alt = alt

    def of(self, holders: list[int]) -> dict[int, list[bytes]]:
        """By reference of a DIE."""
        result: dict[int, list[bytes]] = {}
        for file in self._files:
            mine = [holder for holder in holders if holder & ~(15 << 60) & ~_OFFSET == file.file]
            chains = _around(file, mine)
            around = sorted({scope for chain in chains.values() for scope in chain})
            found = look_up(file, self._alt if file is not self._alt else None, memoryview(array("Q", around)))
            # A class defined outside of the scope it was declared in has the name and scopes of its declaration.
            moved = {}
            for i, scope in enumerate(around):
                holder = found[_FOUND * i + 2]
                if holder and holder != scope and holder & ~(15 << 60) & ~_OFFSET == file.file:
                    moved[scope] = holder
            declared = _around(file, sorted(set(moved.values())))
            extra = sorted({scope for chain in declared.values() for scope in chain} - set(around))
            more = look_up(file, None, memoryview(array("Q", extra)))
            names = {scope: self._text(found[_FOUND * i], found[_FOUND * i + 4]) for i, scope in enumerate(around)}
            names |= {scope: self._text(more[_FOUND * i], more[_FOUND * i + 4]) for i, scope in enumerate(extra)}
            for holder, chain in chains.items():
                whole: list[int] = []
                for scope in chain:
                    whole.append(scope)
                    if scope in moved:
                        whole += declared.get(moved[scope], [])
                        break
                result[holder] = [names[scope] for scope in reversed(whole) if names.get(scope)]
        return result

    def _text(self, reference: int, kind: int) -> bytes:
        for file in self._files:
            if reference and reference & ~(15 << 60) & ~_OFFSET == file.file:
                return file.text(reference) or b""
        return _ANONYMOUS if kind == dwarf_numbers.K_SCOPE else b""


def _around(units: Units, holders: list[int]) -> dict[int, list[int]]:
    """References of the scopes around DIEs of one file, the nearest first."""
    by_unit: dict[int, list[int]] = {}
    starts = units.records[dwarf_numbers.START :: dwarf_numbers.UNIT]
    for holder in holders:
        offset = holder & _OFFSET
        by_unit.setdefault(max(bisect_right(starts, offset) - 1, 0), []).append(offset)
    units.flatten(by_unit, for_names=True)
    chains: dict[int, list[int]] = {}
    stack = zeros("Q", 3 * _LEVELS)
    reference = dwarf_numbers.DIE_REF << 60 | units.file
    for one, offsets in by_unit.items():
        targets = memoryview(array("Q", offsets))
        found = zeros("Q", _ANCESTORS * len(offsets))
        dwarf_names.ancestors(units.kernel, units.flattened, units.records, one, targets, stack, found)
        for i, offset in enumerate(offsets):
            chain = found[_ANCESTORS * i : _ANCESTORS * (i + 1)].tolist()
            chains[reference | offset] = [reference | scope for scope in chain if scope]
    return chains
