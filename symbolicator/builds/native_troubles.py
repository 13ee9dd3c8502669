"""What keeps a native file from being symbolicated with: what it lacks, what of it is elsewhere and not there, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from symbolicator.artifacts.files import Artifact

if TYPE_CHECKING:
    from symbolicator.debugfiles.container import Container
    from symbolicator.debugfiles.family import Family


def pdbs_named(container: Container) -> list[str]:
    """The paths of the PDBs that a program of Windows names."""
    from symbolicator.debugfiles.pe.file import PeFile

    return [one.path for one in container.pdbs] if isinstance(container, PeFile) else []


def no_id(artifact: Artifact, form: str) -> tuple[str, str] | None:
    """For a native file that is found by its name only, and not told apart from another build's: what it lacks, and what to do."""
    identity = artifact.identity
    if identity.code_ids or (identity.debug_ids and "records" in identity.features):
        return None
    if "records" in identity.features:
        return "its MODULE record has no id", "make it of a program linked with -Wl,--build-id: without it, it is found by name only"
    if form == "macho":
        return "it has no UUID", "link without -no_uuid: without it, it is found by name only"
    return "it has no build id", "link with -Wl,--build-id: without it, it is found by name only"


def part_of_a_program(container: Container) -> tuple[str, str] | None:
    """For a native file that no frame of a trace lies in: what it is a part of, and what to do. A kernel's module is none: it is loaded
    as it stands.
    """
    if "split" in container.features:
        what = "a package of split debug information (.dwp)" if container.section(".debug_cu_index") else "split debug information (.dwo)"
        return f"{what}: names and lines of a program, which has their addresses", "give the program's folder, too"
    if container.relocatable and not container.code_id:
        return "an object that is not linked yet: frames lie in what it is linked into", "give that; `symbolicator lookup` takes the object"
    return None


def native_problems(
    artifact: Artifact, family: Family, container: Container, objects: int = 0, lost: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[bool, str, str]]:
    """What keeps a native file from being symbolicated with: (whether that is fatal, what it is, what to do). `container` is its own;
    `objects`, how many object files its debug map names, `lost` those of them that are not used, each with the reason.
    """
    from symbolicator.debugfiles.container import LINES
    from symbolicator.debugfiles.macho.hidden_names import hides_names

    wanting = not LINES & family.features or family.missing_alt is not None
    own = next((f"; {artifact.file_name} has {one}" for one in artifact.identity.debug_ids), "")
    apples = container.format == "macho" and own
    for place in family.tried:
        if wanting and "is of another build" in place:
            yield True, f"{place}{own}", _asking(container) if apples else "give the debug file that was made of this very build"
    if container.format == "macho" and family.names is None and hides_names(container):
        hint = "give its BCSymbolMap: in the archive (.xcarchive) it lies beside the dSYMs"
        yield False, "its names are hidden (__hidden#…), as bitcode's are", hint
    if not LINES & family.features:
        if artifact.identity.map_url:  # WebAssembly's, which is symbolicated through its map
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
            what = f"there are symbols, and neither files nor lines{linked}"
            yield False, what, f"build with -g, and {_KEEP.get(container.format, 'keep the unstripped file or its debug file')}"
        else:
            hint = "give the folder that holds the unstripped file or its debug file"
            lacking = f"; no dSYM with UUID {container.debug_id} is among the files" if apples else ""
            yield True, f"it is stripped{linked}{lacking}", _asking(container) if apples else hint
    if family.missing_alt:
        hint = "give the folder that it is in: names and inlined functions are in it"
        yield True, f"dwz's file {family.missing_alt} is missing", hint
    if family.missing_splits:
        are = f"and {len(family.missing_splits) - 1} more are" if len(family.missing_splits) > 1 else "is"
        yield True, f"{family.missing_splits[0]} {are} missing", "give the folder of the .dwo files, or make a .dwp of them: dwp -e FILE"


_KEEP: Final = {"macho": "keep its .dSYM, which dsymutil makes of it while the object files are there"}
"""What is done to have debug information, where a format has a way of its own."""


def _asking(container: Container) -> str:
    """How a dSYM is found by its UUID."""
    uuid = (container.debug_id or "").upper()
    return f"give the folder that holds its .dSYM; on the Mac that built it: mdfind 'com_apple_xcode_dsym_uuids == {uuid}'"


def _go_answers(family: Family) -> bool:
    """Whether functions and lines are in Go's own table of one of the files."""
    from symbolicator.debugfiles.go.sections import find_go
    from symbolicator.debugfiles.opening import open_container

    every = (*family.parts, *((family.program,) if family.program else ()))
    return any(find_go(open_container(one.read())) is not None for one in every if "gopclntab" in one.identity.features)
