"""Fat files: several Mach-O files, one an architecture, in one. Apple's `<mach-o/fat.h>`; always big endian."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from symbolicator.debugfiles.arches import pick
from symbolicator.debugfiles.archives import is_archive
from symbolicator.debugfiles.macho.file import MachoFile
from symbolicator.debugfiles.macho.headers import FAT_MAGICS, MAGICS, arch_of
from symbolicator.errors import MalformedArtifact

_FORMS: Final = dict(zip(FAT_MAGICS, (Struct(">IIIII"), Struct(">IIQQII")), strict=True))
"""`fat_arch` and `fat_arch_64`: cpu, subtype, offset, size, align."""
_MAX_SLICES: Final = 44
"""A Java class begins as a fat file does, and has its version next: 45 at least."""


class Slice(NamedTuple):
    """The place of one file in a fat file."""

    arch: str
    offset: int
    size: int


def is_fat(data: memoryview) -> bool:
    """Whether this is a fat file, and no Java class."""
    return bytes(data[:4]) in _FORMS and 0 < int.from_bytes(data[4:8], "big") <= _MAX_SLICES


def slices_of(data: memoryview) -> list[Slice]:
    """The Mach-O files in a fat file, in order; archives, and files beyond its end, are skipped."""
    return [one for one in pieces_of(data) if bytes(data[one.offset : one.offset + 4]) in MAGICS]


def pieces_of(data: memoryview) -> list[Slice]:
    """All Mach-O files and archives of such in a fat file, in order; those beyond its end are skipped."""
    form = _FORMS[bytes(data[:4])]
    count = int.from_bytes(data[4:8], "big")
    found: list[Slice] = []
    for at in range(8, 8 + count * form.size, form.size):
        if at + form.size > len(data):
            break
        cpu, subtype, offset, size = form.unpack_from(data, at)[:4]
        if offset + size <= len(data):
            found.append(Slice(arch_of(cpu, subtype), offset, size))
    return found


def archives_in(data: memoryview) -> list[Slice]:
    """The archives of object files in a fat file, in order; all of a file that is not fat, for the architecture ""."""
    pieces = pieces_of(data) if is_fat(data) else []
    return [one for one in pieces if is_archive(data[one.offset : one.offset + one.size])] if pieces else [Slice("", 0, len(data))]


def choose(data: memoryview, wanted: str | None) -> MachoFile:
    """The wanted slice of a fat file: by its debug id, else its architecture; without either, the only one.

    Raises `MalformedArtifact` if there is none, or it is unclear which.
    """
    if not is_fat(data):
        raise MalformedArtifact("is a class of Java's, which begins as a fat file of Apple's does", 0)
    opened = [MachoFile(data[one.offset : one.offset + one.size]) for one in slices_of(data)]
    there = ", ".join(f"{one.arch} ({one.debug_id or 'without UUID'})" for one in opened) or "no Mach-O file that can be read"
    number = pick([(one.arch, (one.debug_id or "",)) for one in opened], (wanted,), wanted)
    if number is None:
        raise MalformedArtifact(f"holds {there}, and {'nothing says which one is meant' if wanted is None else f'{wanted} is requested'}")
    return opened[number]
