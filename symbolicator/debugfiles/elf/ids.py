"""The ids and references of an ELF file: build id, debug id, debug link, alternative file.

Separate from `identify.py`, which imports more for its use in stores.
"""

from __future__ import annotations

from symbolicator.debugfiles.elf.headers import SHF_ALLOC, SHT_NOBITS, SHT_PROGBITS, Headers
from symbolicator.debugfiles.ids import code_id_of, debug_id_of, page_digest

_MAX_LINK = 8192
_OF_GO = (b".gopclntab", b".data.rel.ro.gopclntab", b".go.buildinfo")
"""Go's table of functions and lines; and what every Go program has, if another linker put the table among other data."""


def elf_ids(headers: Headers, data: memoryview) -> tuple[str | None, str | None]:
    """Code id and debug id. Without a build id there is no code id, and the debug id is derived from the code, if the file has it."""
    build_id = headers.build_id()
    if build_id is not None:
        return code_id_of(build_id), debug_id_of(build_id, headers.little_endian)
    section = headers.find_section(b".text")
    if section is None:
        # In a relocatable file, `.text` is the end of `.rela.text`.
        section = next((section for section in headers.sections if section.name == ".text"), None)
    if section is None or section.type != SHT_PROGBITS or not section.flags & SHF_ALLOC:
        return None, None
    text = data[section.offset : section.offset + section.size]
    return None, debug_id_of(page_digest(text), headers.little_endian) if len(text) else None


def elf_links(headers: Headers, data: memoryview) -> tuple[tuple[str, int] | None, tuple[str, str] | None]:
    """The references in `.gnu_debuglink` (a name, padded to 4 bytes, and a CRC-32) and `.gnu_debugaltlink` (a path and a build id)."""
    debug_link: tuple[str, int] | None = None
    alt_link: tuple[str, str] | None = None
    section = headers.find_section(b".gnu_debuglink")
    if section is not None:
        content = bytes(data[section.offset : section.offset + min(section.size, _MAX_LINK)])
        name, nul, _ = content.partition(b"\0")
        at = len(name) + 4 & ~3
        if nul and name and at + 4 <= len(content):
            debug_link = name.decode("utf-8", "replace"), int.from_bytes(content[at : at + 4], "little" if headers.little_endian else "big")
    section = headers.find_section(b".gnu_debugaltlink")
    if section is not None:
        path, nul, build_id = bytes(data[section.offset : section.offset + min(section.size, _MAX_LINK)]).partition(b"\0")
        if nul and path:
            alt_link = path.decode("utf-8", "replace"), code_id_of(build_id)
    return debug_link, alt_link


def has_go(headers: Headers) -> bool:
    """Whether a file has Go's own table of functions and lines."""
    if b".go" not in headers.section_names:
        return False
    sections = (headers.find_section(name) for name in _OF_GO)
    return any(one is not None and one.type != SHT_NOBITS and one.size for one in sections)
