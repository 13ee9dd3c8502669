"""Which files are native debug files, and the ids they are asked for by.

Owns the decision and what is read of a file for it, once at a scan: headers, notes and links, some 30 µs.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbolicator.artifacts.files import Identity
from symbolicator.debugfiles.elf_headers import ET_CORE, ET_REL, MAGIC, SHF_ALLOC, SHT_NOBITS, SHT_PROGBITS, Headers
from symbolicator.debugfiles.ids import code_id_of, debug_id_of, page_digest
from symbolicator.keys import FileKind

_MAX_LINK = 8192


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a native file; None for what is none. Raises `MalformedArtifact` for an ELF file whose header is damaged."""
    return _identify_elf(data) if bytes(data[:4]) == MAGIC else None


def _identify_elf(data: memoryview) -> Identity:
    headers = Headers(data)
    if headers.type == ET_CORE:
        return Identity(kind=FileKind.OTHER)
    code_id, debug_id = elf_ids(headers, data)
    names = headers.section_names
    debug_link, alt_link = elf_links(headers, data) if b".gnu_debug" in names else (None, None)
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=(debug_id,) if debug_id else (),
        code_ids=(code_id,) if code_id else (),
        features=tuple(_features(headers)),
        debug_link=debug_link,
        alt_link=alt_link,
    )


def _features(headers: Headers) -> Iterator[str]:
    """What the file can answer, by the names of its sections: no tool leaves names behind that no section has."""
    names = headers.section_names
    if b"debug_info" in names:  # .debug_info, .zdebug_info, .debug_info.dwo
        yield "debug_info"
    if b".debug_addr\0" in names:  # v5's and GNU's split units leave their addresses in the main file
        yield "debug_addr"
    if b".symtab\0" in names or b".gnu_debugdata\0" in names:
        yield "symbols"
    text = headers.find_section(b".text")
    if text.type != SHT_NOBITS if text is not None else headers.type == ET_REL:
        yield "code"


def elf_ids(headers: Headers, data: memoryview) -> tuple[str | None, str | None]:
    """Code id and debug id. Without a build id there is no code id, and the debug id is made from the code, where the file has it."""
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
    """What `.gnu_debuglink` (a name, padded to 4 bytes, and a CRC-32) and `.gnu_debugaltlink` (a path and a build id) refer to."""
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
