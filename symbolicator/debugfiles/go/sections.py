"""Finds Go's own table of functions and lines in a file, and the address that its offsets count from. `pclntab.py` reads the table."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.go.inlining import find_trees
from symbolicator.debugfiles.go.pclntab import MAGICS, GoTable, Head, open_table, read_head

SECTIONS: Final = (".gopclntab", ".data.rel.ro.gopclntab")
"""The second in position independent programs."""
MERGED: Final = (".data.rel.ro", ".rodata", ".rdata")
"""Sections where linkers other than Go's may have put it, among other data, and where Go's own has it in PE files."""
MARKS: Final = {"elf": ".go.buildinfo", "pe": ".symtab"}
"""In every ELF program of Go 1.13 or later, and every PE file of Go's linker; a Mach-O program has its table in its own section."""
_MOST_PLACES: Final = 64


class GoSection(NamedTuple):
    """Go's table in a file."""

    content: memoryview
    text: int
    table: GoTable
    trees: memoryview | None = None
    """Of inlined calls, if they are found (`inlining.py`)."""


def find_go(container: Container) -> GoSection | None:
    """The table of a file; None if there is none, or the address its offsets count from is uncertain."""
    if container.format not in ("elf", "macho", "pe"):
        return None
    for name in SECTIONS:
        content = container.section(name)
        if content is not None:
            found = _open(container, content, container.section_address(name) or 0)
            if found is not None:
                return found
    if container.section(MARKS.get(container.format, "")) is None:
        return None
    for name in MERGED:
        content = container.section(name)
        for at in () if content is None else _places(container, content):
            assert content is not None  # noqa: S101  # else there are no places
            found = _open(container, content[at:], (container.section_address(name) or 0) + at)
            if found is not None:
                return found
    return None


def _places(container: Container, content: memoryview) -> list[int]:
    """Where a table may begin in a section."""
    found: list[int] = []
    whole = bytes(content)
    for magic in MAGICS:
        wanted = magic.to_bytes(4, "little" if container.little_endian else "big") + b"\0\0"
        at = whole.find(wanted)
        while at >= 0 and len(found) < _MOST_PLACES:
            if at % (container.bits // 8) == 0:
                found.append(at)
            at = whole.find(wanted, at + 1)
    return found


def _open(container: Container, content: memoryview, address: int) -> GoSection | None:
    head = read_head(content)
    if head is None or 8 * head.pointer != container.bits or head.little != container.little_endian:
        return None
    text = _text(container, head, address)
    if text is None:
        return None
    table = open_table(len(content), text, lambda start, stop: content[start:stop])
    entries = table.entries() if table is not None else []
    # Functions outside of code: these are the offsets of something else.
    ranges = container.executable_ranges
    if table is None or not entries or not any(start <= entries[0] < table.end() <= end for start, end in ranges):
        return None
    return GoSection(content, text, table, find_trees(container, head.version, address, text))


def _text(container: Container, head: Head, address: int) -> int | None:
    """The address that offsets of Go 1.18 and later count from. A position independent program leaves it to a relocation; from Go 1.26 on
    it is not written at all, and is the start of `.text` if Go's linker wrote that, which has no start files.
    """
    if head.version < 18:
        return 0
    known = head.fields["text"] or _relocated(container, address + 8 + 2 * head.pointer)
    if known:
        return known
    return container.section_address(".text") if container.section_address(".init") is None else None


def _relocated(container: Container, address: int) -> int:
    """The value that a relative relocation puts at an address; 0 if there is none."""
    content = container.section(".rela.dyn") or container.section(".rela")
    if content is None:
        return 0
    form = Struct(("<" if container.little_endian else ">") + ("QQq" if container.bits == 64 else "IIi"))
    for place, _, addend in form.iter_unpack(content[: len(content) // form.size * form.size]):
        if place == address:
            return int(addend)
    return 0
