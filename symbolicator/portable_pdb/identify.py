"""Recognizes Portable PDBs and assemblies, and reads their ids.

An assembly stays a native file among files: it may hold native code as well, and Windows knows it by the ids of such. `managed` among its
features says that .NET's frames are in it, `embedded_pdb` that their lines are. Its MVID, by which Mono's traces name it, is a code id.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import error as StructError
from typing import Final

from symbolicator.artifacts.files import Identity
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind
from symbolicator.portable_pdb.assembly import Assembly
from symbolicator.portable_pdb.ids import debug_ids, guid_text, id_of_pdb
from symbolicator.portable_pdb.metadata import MAGIC, Metadata

MANAGED: Final = "managed"
EMBEDDED: Final = "embedded_pdb"


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a Portable PDB or an assembly; None for what is neither. Raises `MalformedArtifact` for a PDB that is damaged."""
    head = bytes(data[:4])
    if head == MAGIC:
        metadata = Metadata(data)
        if metadata.pdb_id is None:
            return None
        return Identity(kind=FileKind.PORTABLE_PDB, debug_ids=id_of_pdb(metadata.pdb_id))
    if head[:2] != b"MZ":
        return None
    try:
        assembly = Assembly(data)
        return _of_assembly(assembly)
    except (MalformedArtifact, StructError):
        return None  # a native program's; or a damaged one, of which the room of native files tells


def _of_assembly(assembly: Assembly) -> Identity:
    pdb = assembly.code_view
    ids: tuple[str, ...] = ()
    if pdb is not None:
        ids = debug_ids(pdb.guid, pdb.stamp if pdb.portable else pdb.age)
    mvid = assembly.mvid
    codes = [f"{assembly.timestamp:08x}{assembly.image_size:x}", *([guid_text(mvid).replace("-", "")] if any(mvid) else [])]
    return Identity(kind=FileKind.DEBUG_FILE, debug_ids=ids, code_ids=tuple(codes), features=tuple(_features(assembly)))


def _features(assembly: Assembly) -> Iterator[str]:
    yield MANAGED
    if assembly.has_embedded_pdb:
        yield EMBEDDED
    yield "code"
