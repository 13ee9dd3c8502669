"""All files used for one native file: its companions, and the split files named by its units.

`companions.py` chooses by identities and opens nothing; the names of the needed `.dwo` files are in the units, so the roots of these are
read here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from symbolicator.artifacts.files import Artifact
from symbolicator.debugfiles.companions import Find, find_alt_link, find_companions, find_package, find_split
from symbolicator.debugfiles.container import LINES, Container
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.macho.hidden_names import find_symbol_map
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key

_MAX_SPLITS: Final = 4096
"""How many split files of one file are looked up."""


class Family(NamedTuple):
    """`main` is the file with debug information, else the given file; `program` the one with the code, if that is another."""

    main: Artifact
    program: Artifact | None
    others: tuple[Artifact, ...]
    """The files that `main` refers to: dwz's file, the .dwp."""
    splits: tuple[Artifact, ...]
    """The .dwo files that its units name."""
    missing_splits: tuple[str, ...]
    """Paths of the missing split files."""
    missing_alt: str | None
    """The path of dwz's file, if `main` refers to one that is missing."""
    names: Artifact | None
    """The BCSymbolMap with the names that it hides."""
    tried: tuple[str, ...]
    """Where companions were not found, and files from another build; as text."""

    @property
    def parts(self) -> tuple[Artifact, ...]:
        """The files of its table, `main` first."""
        return (self.main, *self.others, *self.splits)

    @property
    def features(self) -> frozenset[str]:
        """The contents of all its files together, as in `Identity.features`."""
        every = (*self.parts, *((self.program,) if self.program else ()))
        return frozenset(word for one in every for word in one.identity.features)


def find_family(find: Find, own: Artifact, url: str) -> Family:
    """The family of `own`, which frames or users call `url`.

    Raises `MalformedArtifact` if its main file cannot be read.
    """
    identity = own.identity
    debug_id, code_id = next(iter(identity.debug_ids), None), next(iter(identity.code_ids), None)
    found = find_companions(find, Key(kind=FileKind.DEBUG_FILE, debug_id=debug_id, code_id=code_id, url=url))
    main, program, alt, package = found.main or own, found.program, found.alt, found.package
    tried = list(found.tried)
    if main is not own and (LINES & set(identity.features) or not LINES & set(main.identity.features)):
        # Another file with the same ids is as good, but this is the one that was given.
        main = own
        program = None if "code" in identity.features else program
        alt, package = find_alt_link(find, own, tried), find_package(find, own, program, url)
    if program is None and main is not own and "code" in identity.features:
        program = own
    others = [one for one in (alt, package) if one is not None]
    splits, missing = _splits(find, main, others)
    missing_alt = main.identity.alt_link[0] if main.identity.alt_link and alt is None else None
    return Family(main, program, tuple(others), splits, missing, missing_alt, find_symbol_map(find, main), tuple(dict.fromkeys(tried)))


def open_family(parts: tuple[Artifact, ...]) -> tuple[Container, list[Container]]:
    """The files of a table, opened: the main one, and the others that can be read. Raises `MalformedArtifact` for the first."""
    main = open_container(parts[0].read())
    others: list[Container] = []
    for one in parts[1:]:
        try:
            others.append(open_container(one.read()))
        except MalformedArtifact:
            continue
    return main, others


def is_partial(artifact: Artifact) -> bool:
    """Whether a file is only useful as part of another: a .dwo or .dwp. Raises `MalformedArtifact`."""
    return "debug_info" in artifact.identity.features and "split" in open_container(artifact.read()).features


def _splits(find: Find, main: Artifact, others: list[Artifact]) -> tuple[tuple[Artifact, ...], tuple[str, ...]]:
    if "debug_addr" not in main.identity.features:  # as `companions.find_package`: without it nothing is split off
        return (), ()
    container, opened = open_family((main, *others))
    found: dict[str, Artifact] = {}
    for _, one in zip(range(_MAX_SPLITS), Dwarf(container, opened).missing, strict=False):
        for name in (one.name, one.path):
            found |= {each.name: each for each in find_split(find, main, name)}
    if not found:
        return (), tuple(one.path for one in Dwarf(container, opened).missing)
    splits = tuple(found.values())
    container, opened = open_family((main, *others, *splits))
    return splits, tuple(one.path for one in Dwarf(container, opened).missing)
