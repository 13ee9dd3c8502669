"""Recognizes native debug files, and reads their ids.

This happens once, at a scan, and reads only headers, notes and links, in some 30 µs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.artifacts.files import Identity, Slice
from symbolicator.debugfiles.archives import MAGIC as ARCHIVE
from symbolicator.debugfiles.archives import is_archive
from symbolicator.debugfiles.breakpad.header import MAGIC as BREAKPAD
from symbolicator.debugfiles.breakpad.header import read_header
from symbolicator.debugfiles.elf.headers import ET_CORE, ET_REL, SHT_NOBITS, Headers
from symbolicator.debugfiles.elf.headers import MAGIC as ELF
from symbolicator.debugfiles.elf.ids import elf_ids, elf_links, has_go
from symbolicator.debugfiles.ids import uuid_ids
from symbolicator.debugfiles.macho.headers import FAT_MAGICS as FAT
from symbolicator.debugfiles.macho.headers import MAGICS as MACHO
from symbolicator.debugfiles.macho.headers import MH_CORE
from symbolicator.debugfiles.macho.headers import Headers as MachoHeaders
from symbolicator.debugfiles.pdb.msf import START as PDB
from symbolicator.debugfiles.pe.headers import MAGIC as PE
from symbolicator.debugfiles.pe.headers import Headers as PeHeaders
from symbolicator.debugfiles.pe.headers import is_pe
from symbolicator.debugfiles.pe.ids import code_id_of, debug_ids_of, debug_link_of, pdbs_of
from symbolicator.debugfiles.wasm.sections import MAGIC as WASM
from symbolicator.keys import FileKind


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a native file; None if it is not one. Raises `MalformedArtifact` for one whose header is damaged."""
    head = bytes(data[:16])
    if head.startswith(b"BCSymbolMap") or name.endswith(".plist"):
        from symbolicator.debugfiles.macho.hidden_names import identify_symbol_map  # few folders hold such files

        return identify_symbol_map(name, data)
    if head.startswith(ARCHIVE):
        return Identity(kind=FileKind.ARCHIVE)
    return next((read(data) for magic, read in _READERS if head.startswith(magic)), None)


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
    """The file's features, by the names of its sections: no tool leaves names of missing sections."""
    names = headers.section_names
    if b"debug_info" in names:  # .debug_info, .zdebug_info, .debug_info.dwo
        yield "debug_info"
    if b".debug_addr\0" in names:  # v5's and GNU's split units leave their addresses in the main file
        yield "debug_addr"
    if b".symtab\0" in names or b".gnu_debugdata\0" in names:
        yield "symbols"
    if has_go(headers):
        yield "gopclntab"
    text = headers.find_section(b".text")
    if text.type != SHT_NOBITS if text is not None else headers.type == ET_REL:
        yield "code"


def _identify_pe(data: memoryview) -> Identity | None:
    from symbolicator.debugfiles.pe.file import features  # formats are loaded when a file of theirs is met

    if not is_pe(data):
        return None
    headers = PeHeaders(data)
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=debug_ids_of(pdbs_of(headers, data)),
        code_ids=(code_id_of(headers),),
        features=tuple(features(headers)),
        debug_link=debug_link_of(headers, data),
    )


def _identify_pdb(data: memoryview) -> Identity:
    from symbolicator.debugfiles.pdb.dbi import Dbi  # as above
    from symbolicator.debugfiles.pdb.msf import Msf

    debug_id = Dbi(Msf(data)).debug_id
    return Identity(kind=FileKind.DEBUG_FILE, debug_ids=(debug_id,) if debug_id else (), features=("records",))


def _identify_breakpad(data: memoryview) -> Identity:
    header = read_header(data)
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=(header.debug_id,) if header.debug_id else (),
        code_ids=(header.code_id,) if header.code_id else (),
        features=("records",),
    )


def _identify_macho(data: memoryview) -> Identity:
    from symbolicator.debugfiles.macho.file import features  # formats are loaded when a file of theirs is met

    headers = MachoHeaders(data)
    if headers.type == MH_CORE:
        return Identity(kind=FileKind.OTHER)
    code_id, debug_id = uuid_ids(headers.uuid)
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=(debug_id,) if debug_id else (),
        code_ids=(code_id,) if code_id else (),
        features=tuple(features(headers, data)),
    )


def _identify_fat(data: memoryview) -> Identity | None:
    from symbolicator.debugfiles.macho.fat import is_fat, pieces_of, slices_of

    if not is_fat(data):
        return None
    slices = tuple(
        Slice(one.arch, one.offset, one.size, _identify_macho(data[one.offset : one.offset + one.size])) for one in slices_of(data)
    )
    every = [one.identity for one in slices]
    if not any(one.kind is FileKind.DEBUG_FILE for one in every):  # of archives, or core dumps
        archives = any(is_archive(data[one.offset :]) for one in pieces_of(data))
        return Identity(kind=FileKind.ARCHIVE if archives else FileKind.OTHER)
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=tuple(dict.fromkeys(each for one in every for each in one.debug_ids)),
        code_ids=tuple(dict.fromkeys(each for one in every for each in one.code_ids)),
        features=tuple(dict.fromkeys(each for one in every for each in one.features)),
        slices=slices,
    )


def _identify_wasm(data: memoryview) -> Identity:
    from symbolicator.debugfiles.wasm.file import features_of
    from symbolicator.debugfiles.wasm.sections import Sections  # few folders hold such files

    sections = Sections(data)
    code_id, debug_id = sections.ids
    features = [*features_of(sections), *(["debug_addr"] if sections.has(".debug_addr") else [])]
    link = sections.text("external_debug_info")
    map_url = sections.text("sourceMappingURL")
    return Identity(
        kind=FileKind.DEBUG_FILE,
        debug_ids=(debug_id,) if debug_id else (),
        code_ids=(code_id,) if code_id else (),
        features=tuple(features),
        debug_link=(link, None) if link else None,
        map_url="data:" if map_url and map_url.startswith("data:") else map_url,
    )


_READERS: Final = (
    (ELF, _identify_elf),
    *((magic, _identify_macho) for magic in MACHO),
    *((magic, _identify_fat) for magic in FAT),
    (PE, _identify_pe),
    (PDB, _identify_pdb),
    (BREAKPAD, _identify_breakpad),
    (WASM, _identify_wasm),
)
"""How each format's files begin; the same as in `opening.py`, which is not used here because it imports readers of whole files."""
