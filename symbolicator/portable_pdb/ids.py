"""What a Portable PDB and its assembly are known by.

A PDB's id is a GUID and a time stamp. Clients send them as they see fit: the stamp in the place of an age, the age 1 that an assembly says
always, `ffffffff` (symbol servers' folders), or the GUID alone. All of these are one id.
"""

from __future__ import annotations

from typing import Final

_ANY: Final = 0xFFFFFFFF


def guid_text(guid: bytes) -> str:
    """A GUID as Windows stores it, in the normal form of `keys.py`.

    >>> guid_text(bytes.fromhex("61a175321aec20a84c4c44205044422e"))
    '3275a161-ec1a-a820-4c4c-44205044422e'
    """
    first, second, third = guid[3::-1].hex(), guid[5:3:-1].hex(), guid[7:5:-1].hex()
    return f"{first}-{second}-{third}-{guid[8:10].hex()}-{guid[10:16].hex()}"


def debug_ids(guid: bytes, stamp: int) -> tuple[str, ...]:
    """The debug ids that mean this PDB, the exact one first."""
    text = guid_text(guid)
    return tuple(dict.fromkeys(f"{text}-{one:x}" if one else text for one in (stamp, 1, _ANY, 0)))


def id_of_pdb(pdb_id: bytes) -> tuple[str, ...]:
    """The debug ids of the 20 bytes in a PDB; () where they are all zeros."""
    return debug_ids(pdb_id[:16], int.from_bytes(pdb_id[16:20], "little")) if any(pdb_id[:16]) else ()
