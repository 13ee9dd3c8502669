"""The ids and references of a PE file: its code id, the RSDS entries of its debug directory, its debug link."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from symbolicator.debugfiles.container import DebugLink
from symbolicator.debugfiles.ids import debug_id_of
from symbolicator.debugfiles.pe.headers import DEBUG, Headers

_ENTRY: Final = Struct("<2I2H4I")
_CODEVIEW: Final = 2
_RSDS: Final = b"RSDS"
_NB10: Final = b"NB10"
_MAX_ENTRIES: Final = 64
_MAX_PATH: Final = 4096
_MAX_LINK: Final = 4096


class Pdb(NamedTuple):
    """The PDB that a program names: its debug id in the normal form of `keys.py`, None for PDB 2.0, which has no GUID; and its path."""

    debug_id: str | None
    path: str


def code_id_of(headers: Headers) -> str:
    """The code id: the time stamp, eight digits, then the size of the image."""
    return f"{headers.timestamp:08x}{headers.image_size:x}"


def debug_id_with_age(guid: bytes, age: int) -> str | None:
    """The debug id of a GUID as Windows stores it and an age; None for a GUID of zeros.

    >>> debug_id_with_age(bytes.fromhex("61a175321aec20a84c4c44205044422e"), 1)
    '3275a161-ec1a-a820-4c4c-44205044422e-1'
    """
    if not any(guid):
        return None
    return f"{debug_id_of(guid, True)}-{age:x}" if age else debug_id_of(guid, True)


def pdbs_of(headers: Headers, data: memoryview) -> tuple[Pdb, ...]:
    """The PDBs in the debug directory, in order; usually one. Other entries (POGO, repro hashes) name none."""
    directory = headers.directory(DEBUG)
    if directory is None:
        return ()
    table = headers.at(directory.address, min(directory.size, _MAX_ENTRIES * _ENTRY.size))
    found: list[Pdb] = []
    for start in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        *_, kind, size, address, offset = _ENTRY.unpack_from(table, start)
        if kind != _CODEVIEW:
            continue
        size = min(size, 24 + _MAX_PATH)
        record = bytes(data[offset : offset + size] if offset else headers.at(address, size))
        if record[:4] == _RSDS and len(record) >= 24:
            path = record[24:].partition(b"\0")[0].decode("utf-8", "replace")
            found.append(Pdb(debug_id_with_age(record[4:20], int.from_bytes(record[20:24], "little")), path))
        elif record[:4] == _NB10:
            found.append(Pdb(None, record[16:].partition(b"\0")[0].decode("utf-8", "replace")))
    return tuple(found)


def debug_ids_of(pdbs: tuple[Pdb, ...]) -> tuple[str, ...]:
    """The debug ids of a program, each once."""
    return tuple(dict.fromkeys(one.debug_id for one in pdbs if one.debug_id))


def debug_link_of(headers: Headers, data: memoryview) -> DebugLink | None:
    """`.gnu_debuglink`, which MinGW's `strip` and `objcopy` write."""
    for section in headers.sections:
        if section.name == ".gnu_debuglink":
            content = bytes(data[section.offset : section.offset + min(section.file_size, _MAX_LINK)])
            name, _, _ = content.partition(b"\0")
            at = (len(name) + 4) & -4
            if name and len(content) >= at + 4:
                return DebugLink(name.decode("utf-8", "replace"), int.from_bytes(content[at : at + 4], "little"))
    return None
