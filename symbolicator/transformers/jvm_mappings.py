"""Which mappings are used for a stack: by the images' uuids, by the id that R8 writes into source files, by release, or the only one.

A program may have been obfuscated twice: its mappings are applied one after the other, that of the last step first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import msgspec

from symbolicator.artifacts.files import Artifact, Found
from symbolicator.keys import FileKind, Key, normalise_code_id
from symbolicator.lookup import Lookup
from symbolicator.mappings import MappingCompiler, MappingIndex
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.jvm_uuids import mappings_named

_COMPILER = MappingCompiler()
_IMAGES = frozenset(("proguard", "r8", "jvm_mapping"))
_MAP_ID = "r8-map-id-"
MAX_IDS = 32
"""How many mappings that frames name are searched for a class without an id."""
_SHORTEST = 7
"""Minimal digits of the hash that R8 uses as a mapping's id."""
_SAMPLE = 500
"""How many classes of a mapping are compared to see whether it follows another."""


class OpenMapping(msgspec.Struct, frozen=True):
    """A mapping and its file."""

    index: MappingIndex
    artifact: Artifact


class Mappings(msgspec.Struct, frozen=True):
    """The mappings of one stack, in the order in which they are applied, or why there are none."""

    chain: tuple[OpenMapping, ...] = ()
    how: str = ""
    problems: tuple[Problem, ...] = ()
    malformed: bool = False


def map_id(file: str | None) -> str | None:
    """R8's id of the mapping, from a frame's file; None if it names none."""
    return file[len(_MAP_ID) :] or None if file is not None and file.startswith(_MAP_ID) else None


def find_mappings(lookup: Lookup, wanted: str | None = None) -> Mappings:
    """The mappings of the event's images; without such an image, of the id `wanted`, of the release, or the only one.

    `wanted` is the frame's own id (`map_id`): a mapping with another id is never used for it.
    """
    images = [(i, image) for i, image in enumerate(lookup.images) if (image.type or "").lower() in _IMAGES]
    if images:
        mappings = _of_images(lookup, [place for place, _ in images])
        if wanted is None or all(_may_be(one.artifact, wanted) for one in mappings.chain):
            return mappings
        own = tuple(one for one in mappings.chain if _is_sure(one.artifact, wanted))
        if own:
            return Mappings(own, mappings.how, _warnings(own))
    found = lookup.find(Key(kind=FileKind.MAPPING, code_id=normalise_code_id(wanted)))
    if wanted is not None and found.how != "code_id":
        fitting = tuple(one for one in found.artifacts if _may_be(one, wanted))
        others = tuple(f"{one.name}: its id is {one.identity.code_ids[0]}" for one in found.artifacts if one not in fitting)
        found = msgspec.structs.replace(found, artifacts=fitting, tried=(*found.tried, *others))
    if not found.artifacts:
        return Mappings(problems=(_missing(wanted and f"with id {wanted}", found),))
    opened = [lookup.compiled(_COMPILER, artifact) for artifact in found.artifacts]
    chain = tuple(
        OpenMapping(index, artifact) for index, artifact in zip(opened, found.artifacts, strict=True) if isinstance(index, MappingIndex)
    )
    problems = tuple(one for one in opened if isinstance(one, Problem))
    if problems:
        return Mappings(problems=problems, malformed=True)
    if len(chain) > 1:
        ordered = _in_a_row(chain)
        return Mappings(ordered, found.how, _warnings(ordered)) if ordered else Mappings(problems=(_ambiguous(found),))
    return Mappings(chain, found.how, _warnings(chain))


def _is_sure(artifact: Artifact, wanted: str) -> bool:
    """Whether a mapping has the id; R8 writes the beginning of its hash, or all of it."""
    code = normalise_code_id(wanted) or ""
    return len(code) >= _SHORTEST and any(
        one.startswith(code) or (len(one) >= _SHORTEST and code.startswith(one)) for one in artifact.identity.code_ids
    )


def _may_be(artifact: Artifact, wanted: str) -> bool:
    """Whether nothing contradicts the id: a mapping without an id may be from any build."""
    return not artifact.identity.code_ids or _is_sure(artifact, wanted) or normalise_code_id(wanted) in artifact.identity.code_ids


def _of_images(lookup: Lookup, places: Sequence[int]) -> Mappings:
    chain: list[OpenMapping] = []
    problems: list[Problem] = []
    malformed = False
    for place in places:
        image = lookup.images[place]
        wanted = image.uuid or image.debug_id
        found = lookup.find(Key(kind=FileKind.MAPPING, debug_id=wanted, url=image.debug_file or image.code_file))
        if wanted and not found.artifacts:
            found = msgspec.structs.replace(found, artifacts=mappings_named(lookup, wanted), how="debug_id")
        if len(found.artifacts) != 1:
            problem = _ambiguous(found) if found.artifacts else _missing(wanted and f"with uuid {wanted}", found)
            lookup.mark_image(place, debug_status="missing", candidates=_candidates(found, "ambiguous" if found.artifacts else "missing"))
            problems.append(problem)
            continue
        opened = lookup.compiled(_COMPILER, found.artifacts[0])
        if isinstance(opened, Problem):
            malformed = True
            problems.append(opened)
            lookup.mark_image(place, debug_status="malformed", candidates=_candidates(found, "malformed"))
        else:
            chain.append(OpenMapping(opened, found.artifacts[0]))
            lookup.mark_image(place, debug_status="found", candidates=_candidates(found, "found"))
    ordered = tuple(chain)
    if len(chain) == 2:
        ordered = _in_a_row(ordered) or ordered
    return Mappings(ordered, "debug_id", (*problems, *_warnings(ordered)), malformed and not chain)


def _candidates(found: Found, status: str) -> tuple[dict[str, str], ...]:
    tried = tuple({"location": str(place), "status": "missing"} for place in found.tried)
    return tried + tuple({"location": one.name, "status": status, "found_by": found.how} for one in found.artifacts)


def _in_a_row(chain: tuple[OpenMapping, ...]) -> tuple[OpenMapping, ...]:
    """Two mappings in the order of applying them, if one's results are the other's original names; () otherwise."""
    if len(chain) != 2:
        return ()
    one, other = chain
    here, there = _follows(one.index, other.index), _follows(other.index, one.index)
    return () if here == there else (one, other) if here else (other, one)


def _follows(later: MappingIndex, earlier: MappingIndex) -> bool:
    """Whether `later` renamed the results of `earlier`: most of the new names in `earlier` are original names in `later`."""
    given = list(islice((new for original, new in earlier.class_names() if new != original), _SAMPLE))
    return bool(given) and 2 * sum(bool(later.new_names(name)) for name in given) > len(given)


def _warnings(chain: Sequence[OpenMapping]) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            type=ProblemType.MALFORMED_MAPPING,
            detail=f"{one.artifact.name}: {warning}",
            artifact=one.artifact.name,
            hint="the rest of the file was used; build it again: it may be cut short or edited",
        )
        for one in chain
        for warning in one.index.warnings
    )


def _missing(wanted: str | None, found: Found) -> Problem:
    return Problem(
        type=ProblemType.MISSING_MAPPING,
        detail=f"no ProGuard or R8 mapping{f' {wanted}' if wanted else ''} is among the files given",
        tried=found.tried,
        hint="give the folder with the mapping.txt of exactly that build with files= (Android: app/build/outputs/mapping/release)",
    )


def _ambiguous(found: Found) -> Problem:
    names = ", ".join(artifact.name for artifact in found.artifacts)
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{len(found.artifacts)} mappings are equally good: {names}",
        tried=found.tried,
        hint="give only the mapping of this build, put mappings in folders named after their releases, or send its uuid with the event",
    )
