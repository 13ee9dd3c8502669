"""The problem of a native image with missing files: which ids are needed, which files came close and why they are not used, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbolicator.artifacts.files import Artifact
from symbolicator.debugfiles.companions import Companions
from symbolicator.model import Image
from symbolicator.problems import OtherBuild, Problem, ProblemType
from symbolicator.transformers.addresses import APPLES, is_apples_own

_MOST_LISTED = 4
"""How many UUIDs of one file are listed: a fat one has several."""
_ASSEMBLY = "pe_dotnet"


def missing_files(image: Image, companions: Companions) -> Problem:
    """The problem of an image whose files were not found, or are stripped: what is needed, which files came close, what to do."""
    ids: Mapping[str, str | None] = {"code id": image.code_id, "debug id": image.debug_id}
    wanted = ", ".join(f"{what} {value}" for what, value in ids.items() if value)
    if image.type == _ASSEMBLY:
        name = image.code_file or image.debug_file or "the image"
        return Problem(
            type=ProblemType.UNSUPPORTED,
            detail=f"{name} is a .NET assembly, and the frame has an address of what the runtime compiled of it",
            artifact=image.code_file,
            hint="send platform csharp, function_id, the IL offset in instruction_addr and addr_mode rel:N, as .NET's clients do",
        )
    other = next(iter(companions.others), None)
    linked = next((place for place in companions.tried if isinstance(place, OtherBuild)), None)
    detail = f"no debug file of {image.code_file or image.debug_file or 'an image'}{wanted and f' ({wanted})'} is among the files given"
    main = companions.main
    own = "" if image.code_id or image.debug_id or main is None else next(iter(main.identity.code_ids), "")
    has = f"{main.name}, which is stripped, has code id {own}" if main is not None and own else f"the image has {wanted or 'no id'}"
    if other is not None:
        said = next(iter(other.identity.code_ids or other.identity.debug_ids), "no id")
        detail = f"{other.name} is from another build than {image.code_file or image.debug_file}: its id is {said}, {has}"
    elif own:
        detail = f"{detail}: {has}"
    if other is None and linked is not None:
        detail = f"{detail}; {linked}"
    if image.type in APPLES and image.debug_id:
        detail = _of_apples(image, companions)
    if not any((image.code_file, image.debug_file, image.code_id, image.debug_id)):
        return Problem(
            type=ProblemType.MISSING_DEBUG_FILE,
            detail="nothing identifies the program",
            hint="give only that program with files=: if there is just one, it is used",
        )
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=detail,
        artifact=image.code_file,
        tried=companions.tried,
        hint=_what_to_give(image),
        another_build=bool(companions.others),
    )


def damaged(file: Artifact, warnings: Sequence[str]) -> Problem | None:
    """The problem of a file with the right id and nothing in it, as its reader's warnings say; None if there are none."""
    if not warnings:
        return None
    return Problem(
        type=ProblemType.MALFORMED_DEBUG_FILE,
        detail=f"{file.name}: {warnings[0]}",
        artifact=file.name,
        hint="build or upload the file again: it may be cut short",
    )


def missing_object(image: Image, path: str, reason: str) -> Problem:
    """The problem of a frame whose lines are in an object file, named by its image's debug map, that is not used."""
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=f"the lines of this function are in {path}, according to the debug map of {image.code_file or 'the image'}: {reason}",
        artifact=path,
        hint="give the folder of the object files as they were when it was linked, with their times; or make its dSYM there: dsymutil FILE",
    )


def _what_to_give(image: Image) -> str:
    """What to do about a missing debug file."""
    if "image_symbol" in image.extra:
        own = f"{image.debug_file} of" if image.debug_file else "of"
        apples = ", or the folder with App.framework.dSYM" if image.type in APPLES else ""
        return f"give the folder that --split-debug-info wrote ({own} exactly that build) with files={apples}"
    if image.type not in APPLES:
        return "give the folder with the unstripped binary or the debug file of exactly that build with files="
    if is_apples_own(image.code_file or ""):
        return "the system's symbols are in Xcode's folder for exactly that system (iOS DeviceSupport): give it with files="
    if not image.debug_id:
        return "give the folder with its .dSYM with files="
    find = f"mdfind 'com_apple_xcode_dsym_uuids == {image.debug_id.upper()}'"
    return (
        f"give the .dSYM of exactly that build with files=: {find} finds it on the Mac that built it; "
        "for an uploaded build, Xcode's Organizer and App Store Connect have it (Download dSYMs)"
    )


def _of_apples(image: Image, companions: Companions) -> str:
    """What is missing of Apple's files, by UUIDs as its tools write them: which one is needed, and which ones were found."""
    name = (image.code_file or image.debug_file or "an image").rpartition("/")[2]
    arch = f" ({image.arch})" if image.arch else ""
    needed = f"UUID {(image.debug_id or '').upper()}{arch}"
    if companions.main is not None:
        return f"{companions.main.name} is stripped, and no .dSYM of it is among the files given: {needed}"
    for other in companions.others:
        found = ", ".join(one.upper() for one in other.identity.debug_ids[:_MOST_LISTED]) or "none"
        return f"{other.name} is from another build than the {name} that crashed: it has UUID {found}, needed is {needed}"
    linked = next((place for place in companions.tried if isinstance(place, OtherBuild)), None)
    return f"no .dSYM of {name} is among the files given: needed is {needed}{f'; {linked}' if linked else ''}"
