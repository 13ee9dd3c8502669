"""Adding files to a store's folder, where a later search by release, URL or build id finds them.

There is no manifest: the path is the index, and ids and sourceMappingURLs are read from the files by whoever scans them::

    STORE/shop@1.2.0/7/assets/app.js      release, then dist, then the path of the URL prefix, then that within what was added
    STORE/.build-id/ab/cdef….debug        ELF files by build id, whatever the release: debug files with the ending, programs without
    STORE/shop@1.2.0/app/elf-buildid-abcdef…/app      the same files by name, for texts that print no id: hard links
    STORE/app/mach-uuid-abcdef…/app       Mach-O; debug files with `mach-uuid-sym-`
    STORE/app.exe/6553f100b000/app.exe    PE
    STORE/app/ABCDEF…0/app.sym            Breakpad
    STORE/app.pdb/ABCDEF…FFFFFFFF/app.pdb Portable PDBs
    STORE/shop@1.2.0/7/proguard/6f1c5c0e-….txt        a mapping whose uuid is told (`builds/storing.py`), found by that and by its release

`matching.py` recognizes the first as a release's folder; the others are layouts that debuggers and symbol servers share (`layouts.py`).
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.releases import release_folders
from symbolicator.errors import ConfigError
from symbolicator.keys import FileKind, url_segments

KEPT: Final = (FileKind.SCRIPT, FileKind.SOURCEMAP, FileKind.DEBUG_FILE, FileKind.PORTABLE_PDB, FileKind.MAPPING, FileKind.CONTAINER)
"""Kinds of files for a store. Sources are added only on request."""

_ELF: Final = b"\x7fELF"
_PE: Final = b"MZ"
_BUILD_IDS: Final = ".build-id"
_GUID: Final = 36
"""Characters of a debug id without its age."""

_counter = count()


def release_folder(release: str, dist: str | None = None) -> tuple[str, ...]:
    """The path of a release's folder. Raises `ConfigError` for names that cannot be folders.

    >>> release_folder("shop@1.2.0", "7")
    ('shop@1.2.0', '7')
    """
    parts = release_folders(release)[0]
    if not parts or any(part in {".", ".."} or re.search(r'[\\\0:<>"|?*]', part) for part in parts):
        parts = (re.sub(r"[^\w.\-]", "_", release),)
    folders = (*parts, *((dist,) if dist else ()))
    if any(part in {"", ".", ".."} or "/" in part or "\\" in part or "\0" in part for part in folders):
        raise ConfigError(f"{release!r} with dist {dist!r} cannot be a folder", "give names such as shop@1.2.0 and 7")
    return folders


def place_in_store(artifact: Artifact, folders: tuple[str, ...], prefix: str = "") -> tuple[str, ...]:
    """The path of a file below the store, as segments; its own path is relative to the folder or file that was added."""
    return place_by_id(artifact) or (*folders, *url_segments(prefix), *artifact.path.split("/"))


def place_by_id(artifact: Artifact) -> tuple[str, ...] | None:
    """The path of a native file, or a Portable PDB, with an id, whatever its release; None for other files.

    It depends on the format, because a program, its debug file and its Breakpad symbol file have the same id.
    """
    identity = artifact.identity
    code_id = next(iter(identity.code_ids), "")
    if identity.kind is FileKind.PORTABLE_PDB and identity.debug_ids:
        return artifact.file_name, f"{identity.debug_ids[0][:_GUID].replace('-', '').upper()}FFFFFFFF", artifact.file_name
    if identity.kind is not FileKind.DEBUG_FILE or not (code_id or identity.debug_ids):
        return None
    name = artifact.path.rpartition("/")[2]
    if "records" in identity.features:
        guid = identity.debug_ids[0].replace("-", "").upper() if identity.debug_ids else code_id.upper()
        return name.removesuffix(".sym"), guid if len(guid) != 32 else f"{guid}0", name
    if len(code_id) < 3:
        return None
    program = "code" in identity.features
    head = bytes(artifact.read()[:4])
    if head == _ELF:
        return _BUILD_IDS, code_id[:2], code_id[2:] + ("" if program else ".debug")
    word = "" if head[:2] == _PE else "mach-uuid-" if program else "mach-uuid-sym-"
    return name, word + code_id, name


def name_in_store(artifact: Artifact, folders: tuple[str, ...]) -> tuple[str, ...] | None:
    """The path by name of a native file that is stored only by its build id; None for other files."""
    place = place_by_id(artifact)
    if place is None or place[0] != _BUILD_IDS:
        return None
    name = artifact.path.rpartition("/")[2]
    kind = "elf-buildid-" if "code" in artifact.identity.features else "elf-buildid-sym-"
    return (*folders, name, kind + artifact.identity.code_ids[0], name)


def add_name(store: Path, place: tuple[str, ...], name: tuple[str, ...]) -> None:
    """Make the file at `place` in the store also available at `name`: a hard link, or a copy where the disk has no links.

    Raises `OSError`.
    """
    source, target = store.joinpath(*place), store.joinpath(*name)
    with suppress(FileNotFoundError):
        if target.samefile(source):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.{next(_counter)}.tmp")
    try:
        try:
            temporary.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def put(content: memoryview, store: Path, place: tuple[str, ...], *, replace: bool = False) -> bool:
    """Write a file of the store, whole or not at all; False if it exists already. Raises `FileExistsError` if it exists with different
    content and `replace` is not set, and `OSError`.
    """
    target = store.joinpath(*place)
    with suppress(FileNotFoundError):
        if target.stat().st_size == len(content) and target.read_bytes() == content:
            return False
        if not replace:
            raise FileExistsError(f"{target} exists with different content")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.{next(_counter)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return True
