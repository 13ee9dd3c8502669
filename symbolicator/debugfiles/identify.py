"""Which files are native debug files, and the ids they are asked for by.

Owns the decision and what is read of a file for it, once at a scan: headers and notes, some 20 µs. What a file can answer (debug
information, symbols or neither) is told when it is opened: the stripped file and its debug file have the same ids.
"""

from __future__ import annotations

from symbolicator.artifacts.files import Identity
from symbolicator.debugfiles.elf_headers import ET_CORE, MAGIC, SHF_ALLOC, SHT_PROGBITS, Headers
from symbolicator.debugfiles.ids import code_id_of, debug_id_of, page_digest
from symbolicator.keys import FileKind


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a native file; None for what is none. Raises `MalformedArtifact` for an ELF file whose header is damaged."""
    return _identify_elf(data) if bytes(data[:4]) == MAGIC else None


def _identify_elf(data: memoryview) -> Identity:
    headers = Headers(data)
    if headers.type == ET_CORE:
        return Identity(kind=FileKind.OTHER)
    code_id, debug_id = elf_ids(headers, data)
    return Identity(kind=FileKind.DEBUG_FILE, debug_ids=(debug_id,) if debug_id else (), code_ids=(code_id,) if code_id else ())


def elf_ids(headers: Headers, data: memoryview) -> tuple[str | None, str | None]:
    """Code id and debug id. Without a build id there is no code id, and the debug id is made from the code, where the file has it."""
    build_id = headers.build_id()
    if build_id is not None:
        return code_id_of(build_id), debug_id_of(build_id, headers.little_endian)
    for section in headers.sections:
        if section.name == ".text" and section.type == SHT_PROGBITS and section.flags & SHF_ALLOC and section.size:
            text = data[section.offset : section.offset + section.size]
            return None, debug_id_of(page_digest(text), headers.little_endian) if len(text) else None
    return None, None
