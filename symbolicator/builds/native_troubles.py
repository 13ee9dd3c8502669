"""Why a native file cannot be used to symbolicate: what it lacks, which of its parts are missing elsewhere, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from symbolicator.artifacts.files import Artifact
from symbolicator.problems import OtherBuild

if TYPE_CHECKING:
    from symbolicator.debugfiles.container import Container
    from symbolicator.debugfiles.family import Family


def pdbs_named(container: Container) -> list[str]:
    """The paths of PDBs in a Windows program."""
    from symbolicator.debugfiles.pe.file import PeFile

    return [one.path for one in container.pdbs] if isinstance(container, PeFile) else []


def no_id(artifact: Artifact, form: str) -> tuple[str, str] | None:
    """For a native file that is found only by its name, so that builds cannot be told apart: what it lacks, and what to do."""
    identity = artifact.identity
    if identity.code_ids or (identity.debug_ids and "records" in identity.features):
        return None
    if "records" in identity.features:
        return "its MODULE record has no id", "create it from a program linked with -Wl,--build-id: without an id it is found only by name"
    if form == "macho":
        return "it has no UUID", "link without -no_uuid: without a UUID it is found only by name"
    return "it has no build id", "link with -Wl,--build-id: without a build id it is found only by name"


def part_of_a_program(container: Container) -> tuple[str, str] | None:
    """For a native file that contains no frame's code itself: what it is part of, and what to do. Not for a kernel module: it is loaded
    as it is.
    """
    if "split" in container.features:
        what = "a package of split debug information (.dwp)" if container.section(".debug_cu_index") else "split debug information (.dwo)"
        return f"{what}: functions and lines of a program; the addresses are in the program itself", "give the program's folder too"
    if container.relocatable and not container.code_id:
        return (
            "an object file that is not linked yet: frames belong to the program it is linked into",
            "give that program; `symbolicator lookup` accepts the object file",
        )
    return None


def native_problems(
    artifact: Artifact, family: Family, container: Container, objects: int = 0, lost: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[bool, str, str]]:
    """Why a native file cannot be used to symbolicate: (whether that is fatal, what it is, what to do). `container` is the file's own;
    `objects`: how many object files its debug map names; `lost`: those of them that are not used, each with the reason.
    """
    from symbolicator.debugfiles.container import LINES
    from symbolicator.debugfiles.macho.hidden_names import hides_names

    wanting = not LINES & family.features or family.missing_alt is not None
    own = next((f"; {artifact.file_name} has {one}" for one in artifact.identity.debug_ids), "")
    apples = container.format == "macho" and own
    for place in family.tried:
        if wanting and isinstance(place, OtherBuild):
            yield True, f"{place}{own}", _asking(container) if apples else "give the debug file of exactly this build"
    if container.format == "macho" and family.names is None and hides_names(container):
        hint = "give its BCSymbolMap: in the .xcarchive it is beside the dSYMs"
        yield False, "its names are hidden (__hidden#…), as in bitcode builds", hint
    if not LINES & family.features:
        if artifact.identity.map_url:  # WebAssembly's, symbolicated through its map
            return
        link = artifact.identity.debug_link
        linked = f"; its debug link names {link[0]}" if link else ""
        pdbs = pdbs_named(container) if not link else []
        linked = f"; its functions and lines are in {pdbs[0]}" if pdbs else linked
        if "gopclntab" in family.features and _go_answers(family):
            return
        if objects:
            if lost:
                path, why = lost[0]
                more = f", and {len(lost) - 1} more are not used either" if len(lost) > 1 else ""
                what = f"its debug map names {objects} object files, which have its lines: {path}: {why}{more}"
                yield True, what, "run dsymutil on it where the object files are, and keep the .dSYM"
            return
        if "symbols" in family.features:
            what = f"it has symbols, but neither files nor lines{linked}"
            yield False, what, f"build with -g, and {_KEEP.get(container.format, 'keep the unstripped file or its debug file')}"
        else:
            hint = "give the folder with the unstripped file or its debug file"
            lacking = f"; no dSYM with UUID {container.debug_id} is among the files" if apples else ""
            yield True, f"it is stripped{linked}{lacking}", _asking(container) if apples else hint
    if family.missing_alt:
        hint = "give its folder: names and inlined functions are in that file"
        yield True, f"dwz's file {family.missing_alt} is missing", hint
    if family.missing_splits:
        are = f"and {len(family.missing_splits) - 1} more are" if len(family.missing_splits) > 1 else "is"
        yield True, f"{family.missing_splits[0]} {are} missing", "give the folder of the .dwo files, or pack them into a .dwp: dwp -e FILE"


_KEEP: Final = {"macho": "keep its .dSYM: dsymutil creates it while the object files still exist"}
"""How to keep debug information, for formats with special rules."""


def _asking(container: Container) -> str:
    """How to find a dSYM by its UUID."""
    uuid = (container.debug_id or "").upper()
    return f"give the folder with its .dSYM; on the Mac that built it: mdfind 'com_apple_xcode_dsym_uuids == {uuid}'"


def _go_answers(family: Family) -> bool:
    """Whether one of the files has Go's own table of functions and lines."""
    from symbolicator.debugfiles.go.sections import find_go
    from symbolicator.debugfiles.opening import open_container

    every = (*family.parts, *((family.program,) if family.program else ()))
    return any(find_go(open_container(one.read())) is not None for one in every if "gopclntab" in one.identity.features)
