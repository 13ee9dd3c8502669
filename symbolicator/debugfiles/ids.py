"""Ids of native files: build ids and GUIDs in the forms that events write.

A code id is the build id in hex. A debug id is its first 16 bytes as a GUID, whose first three fields are swapped for a little-endian file
(Breakpad read the bytes as a C struct of its machine, and others copied that).
"""

from __future__ import annotations

_PAGE = 4096


def code_id_of(build_id: bytes) -> str:
    """The code id of a build id: all its bytes, lower-case hex."""
    return build_id.hex()


def debug_id_of(identifier: bytes, little_endian: bool) -> str:
    """The debug id of a build id, or of its substitute: the first 16 bytes, padded with zeros.

    >>> debug_id_of(bytes.fromhex("3ae4b8dff242733da453aeb6a777ef75"), True)
    'dfb8e43a-f242-3d73-a453-aeb6a777ef75'
    >>> debug_id_of(bytes.fromhex("dfb8e43a"), False)
    'dfb8e43a-0000-0000-0000-000000000000'
    """
    guid = identifier[:16].ljust(16, b"\0")
    if little_endian:
        guid = guid[3::-1] + guid[5:3:-1] + guid[7:5:-1] + guid[8:]
    return "-".join(guid[start:end].hex() for start, end in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 16)))


def page_digest(text: memoryview) -> bytes:
    """The substitute for a missing build id: the first page of `.text`, folded to 16 bytes by XOR (Breakpad's `HashElfTextSection`)."""
    page = bytes(text[:_PAGE])
    folded = 0
    for at in range(0, len(page), 16):
        folded ^= int.from_bytes(page[at : at + 16].ljust(16, b"\0"), "little")
    return folded.to_bytes(16, "little")


def uuid_ids(uuid: bytes | None) -> tuple[str | None, str | None]:
    """Code id and debug id of a Mach-O file from its `LC_UUID`, which is never swapped; None for a file without one, or with zeros.

    >>> uuid_ids(bytes.fromhex("3c28a1aa6b943239aa75ab67454dc7f2"))
    ('3c28a1aa6b943239aa75ab67454dc7f2', '3c28a1aa-6b94-3239-aa75-ab67454dc7f2')
    """
    return (uuid.hex(), debug_id_of(uuid, little_endian=False)) if uuid is not None and any(uuid) else (None, None)
