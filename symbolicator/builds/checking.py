"""Whether build files will symbolicate: each script and native file is looked up as a trace would look it up."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from os import PathLike
from typing import TYPE_CHECKING, Final, NamedTuple

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.embedded import slices_of
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.folders import cache_folder
from symbolicator.artifacts.stores import StoreChain
from symbolicator.builds.dotnet import is_dotnets, is_managed
from symbolicator.builds.given import Given, open_given, with_maps
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key, url_segments
from symbolicator.lookup import Lookup
from symbolicator.model import Event
from symbolicator.problems import Problem

if TYPE_CHECKING:
    from symbolicator.sourcemaps.lookups import Lookups
    from symbolicator.transformers.generated import GeneratedFiles
    from symbolicator.transformers.script import Generated

FAIL: Final = "fail"
"""Frames of this file cannot be symbolicated."""
WARN: Final = "warn"
"""They can, but not completely."""
OK: Final = "ok"
_SAMPLES: Final = 64
"""How many functions of a native file are looked up."""
_MAX_SOURCES: Final = 20_000
_MAX_INSTEAD: Final = 10
"""How many unusable files are reported one by one."""
_MAX_WARNINGS: Final = 3


class Trouble(NamedTuple):
    """One problem: its level (`fail` or `warn`), a sentence, and what to do."""

    level: str
    what: str
    hint: str


class Checked(NamedTuple):
    """A file and its problems; none if it is fine."""

    file: str
    kind: str
    troubles: tuple[Trouble, ...]

    @property
    def level(self) -> str:
        """`ok`, or the worst level of its problems: `fail`, `warn`."""
        return _worst(one.level for one in self.troubles)


class Report(NamedTuple):
    """The checked files, in order: scripts, maps, mappings, native files, unreadable files. Empty if there are no build files."""

    files: tuple[Checked, ...]

    @property
    def level(self) -> str:
        """`ok`, or the worst level of all files: `fail`, `warn`. Also `ok` if nothing was checked."""
        return _worst(one.level for one in self.files)


def _worst(levels: Iterable[str]) -> str:
    found = set(levels)
    return next((level for level in (FAIL, WARN) if level in found), OK)


def check(paths: Given | Sequence[Given], *, cache_dir: Given | bool | None = None) -> Report:
    """Whether the build files in `paths` (folders, files, bundles) will symbolicate, each looked up as a trace would look it up.

    >>> report = check("dist/")
    >>> report.level, [(one.file, one.troubles) for one in report.files]
    ('ok', [('dist/app.js', ())])

    Compiled files are kept in `cache_dir` as in `Settings` (False: nowhere), so that the first crash can use them. Raises
    `ConfigError` for a path that does not exist or cannot be read; problems with the files themselves are in the report.
    """
    return Report(tuple(checked(paths, cache_dir=cache_dir)))


def checked(paths: Given | Sequence[Given], *, cache_dir: Given | bool | None = None) -> Iterator[Checked]:
    """The files of a report one by one, as they are checked."""
    every = (paths,) if isinstance(paths, str | PathLike) else tuple(paths)
    with closing(open_given(with_maps(every), cache_dir)) as store:
        yield from _checked(store, Cache(cache_folder(cache_dir)))


def _checked(store: StoreChain, cache: Cache) -> Iterator[Checked]:
    """Every script, map, mapping, file of .NET's and native file of a store, in this order; if there are none, what there is instead."""
    artifacts = store.artifacts()
    lookup = Lookup(Event(), store, cache)
    managed = [one for one in artifacts if is_dotnets(one)]
    native = [each for one in artifacts if one.identity.kind is FileKind.DEBUG_FILE and not is_managed(one) for each in slices_of(one)]
    known = itertools.chain(
        _scripts_and_maps(artifacts, lookup),
        _mappings([one for one in artifacts if one.identity.kind is FileKind.MAPPING], lookup),
        _dotnet(store, managed, lookup),
        _native(store, native),
    )
    first = next(known, None)
    if first is not None:
        yield first
        yield from known
    else:
        yield from _instead(native, [one for one in artifacts if one.identity.kind in (FileKind.OTHER, FileKind.ARCHIVE)])
    for note in store.notes():
        yield Checked(store.describe(), "folder", (Trouble(WARN, note, "unreadable parts are skipped"),))


def _scripts_and_maps(artifacts: Sequence[Artifact], lookup: Lookup) -> Iterator[Checked]:
    scripts = [one for one in artifacts if one.identity.kind is FileKind.SCRIPT and "node_modules" not in one.path.split("/")]
    maps = [one for one in artifacts if one.identity.kind is FileKind.SOURCEMAP]
    if not scripts and not maps:
        return
    from symbolicator.sourcemaps.compiling import SourceMapCompiler
    from symbolicator.transformers.generated import GeneratedFiles

    generated = GeneratedFiles(lookup)
    used: set[str] = set()
    names: set[str] = set()
    alone: list[tuple[Artifact, tuple[Problem, ...]]] = []
    for script in scripts:
        found = generated.resolve(_url(script))
        if found.map is None or found.map_artifact is None:
            alone.append((script, found.problems))
            continue
        if found.script is not None and found.script.name != script.name and found.script.digest() != script.digest():
            yield Checked(script.name, "script", (_hidden(found.script),))
            continue
        used.add(found.map_artifact.name)
        names |= _names(found.map)
        troubles = (*_fit(generated, found), *_content(found.map, found.map_artifact, lookup))
        yield Checked(script.name, "script", troubles)
    for script, problems in alone:
        # Sources look like scripts; a file that a map lists as a source needs no map.
        if script.identity.map_url is None and script.path.rpartition("/")[2] in names:
            continue
        yield Checked(script.name, "script", tuple(Trouble(FAIL, one.detail, one.hint or "") for one in problems))
    for one in maps:
        if one.name not in used:
            opened = lookup.compiled(SourceMapCompiler(), one)
            if isinstance(opened, Problem):
                yield Checked(one.name, "sourcemap", (Trouble(FAIL, opened.detail, opened.hint or ""),))
            else:
                yield Checked(one.name, "sourcemap", tuple(_content(opened, one, lookup)))


def _hidden(by: Artifact) -> Trouble:
    """The warning that `by` is found by a script's name, so the script itself could not be checked."""
    what = f"frames with this name are looked up in {by.name}, a different file: this one and its map were not checked"
    return Trouble(WARN, what, "check one build at a time")


def _url(artifact: Artifact) -> str:
    """A URL that matches this file better than any other file of the store."""
    return artifact.path.rpartition("!")[2].replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def _fit(files: GeneratedFiles, found: Generated) -> Iterator[Trouble]:
    """Whether the map found for a script was built from this version of it."""
    from symbolicator.transformers.fit import counts_in, misfit

    script, index, one = found.script, found.map, found.map_artifact
    if script is None or index is None or one is None or script.identity.kind is not FileKind.SCRIPT or found.first_line:
        return
    text = counts_in(files.text(script), index, script.path)
    what = None if text is None else misfit(text, index)
    if what is not None:
        hint = "frames of this script will stay raw: build again, and give a script and map from the same build"
        yield Trouble(FAIL, f"{one.name} is the map from another build of this script: {what}", hint)


def _names(index: Lookups) -> set[str]:
    paths = [url_segments(index.source(i) or "") for i in range(min(index.source_count, _MAX_SOURCES))]
    return {path[-1] for path in paths if path}


def _content(index: Lookups, artifact: Artifact, lookup: Lookup) -> Iterator[Trouble]:
    """Shortcomings of a map that was found. The sources of an index map may be in its sections, not in itself."""
    count = min(index.source_count, _MAX_SOURCES)
    without = [source for i in range(count) if not index.has_content(i) and (source := index.source(i))]
    missing = [source for source in without if len(lookup.source(source, artifact).artifacts) != 1]
    if missing:
        yield Trouble(
            WARN,
            f"{artifact.name}: the text of {len(missing)} of {count} sources is neither in the map nor on disk, e.g. {missing[0]}: "
            "frames will have places and no source lines",
            "build with sourcesContent, or give the folder of the sources too",
        )
    for warning in index.warnings[:_MAX_WARNINGS]:
        yield Trouble(WARN, f"{artifact.name}: {warning}", "build it again: broken parts are skipped")


def _mappings(mappings: Sequence[Artifact], lookup: Lookup) -> Iterator[Checked]:
    if not mappings:
        return
    from symbolicator.builds.facts import mapping_problems
    from symbolicator.mappings import MappingCompiler

    for one in mappings:
        opened = lookup.compiled(MappingCompiler(), one)
        if isinstance(opened, Problem):
            troubles = [Trouble(FAIL, opened.detail, opened.hint or "")]
        else:
            troubles = [Trouble(WARN, what, hint) for what, hint in mapping_problems(opened)]
        yield Checked(one.name, "mapping", tuple(troubles))


def _dotnet(store: StoreChain, artifacts: Sequence[Artifact], lookup: Lookup) -> Iterator[Checked]:
    from symbolicator.builds.dotnet import assembly_problems, has_lines, is_framework_file, pdb_problems

    known = [one for one in artifacts if has_lines(one, store)]
    for one in artifacts:
        if one.identity.kind is FileKind.PORTABLE_PDB:
            problems = [(True, what, hint) for what, hint in pdb_problems(one, store, lookup)]
        elif known and is_framework_file(one):
            continue  # shipped with the program, and nobody's here
        else:  # packages that a program uses come without
            problems = [(not known, what, hint) for what, hint in assembly_problems(one, store)]
        yield Checked(one.name, one.identity.kind.value, tuple(Trouble(FAIL if fatal else WARN, *rest) for fatal, *rest in problems))


def _native(store: StoreChain, native: Sequence[Artifact]) -> Iterator[Checked]:
    from symbolicator.builds.native_troubles import native_problems, no_id
    from symbolicator.debugfiles.container import LINES
    from symbolicator.debugfiles.family import find_family, is_partial
    from symbolicator.debugfiles.macho.linked import in_memory, is_linked_only, open_linked
    from symbolicator.debugfiles.opening import open_container

    covered: set[str] = set()
    # Programs first: files that belong to one are not reported separately.
    for one in sorted(native, key=lambda one: "code" not in one.identity.features):
        if one.name in covered:
            continue
        try:
            container = open_container(one.read())
            if is_partial(one) or (container.relocatable and not container.code_id):
                continue  # parts of what is linked later
            family = find_family(store.find, one, one.path)
            linked = open_linked(store.find, in_memory, family.main) if is_linked_only(family.main) else None
            problems = native_problems(one, family, container, *(linked.check() if linked is not None else ()))
            troubles = [Trouble(FAIL if fatal else WARN, what, hint) for fatal, what, hint in problems]
            reference = one.identity.map_url
            if reference and not LINES & family.features and not store.find(Key(kind=FileKind.SOURCEMAP, url=reference), one).artifacts:
                what = f"its source map, {reference}, is not there"
                troubles.append(Trouble(WARN, what, "keep the map beside the module, in its own file"))
            covered |= {part.name for part in family.parts if part.name != one.name}
            if (lacking := no_id(one, container.format)) is not None:
                troubles.append(Trouble(WARN, *lacking))
            if LINES & family.features:
                troubles += _lines(family.parts)
        except MalformedArtifact as error:
            troubles = [Trouble(FAIL, f"it cannot be read: {error.reason}", "it may be truncated: build or copy it again")]
        yield Checked(one.name, "debug_file", tuple(troubles))


def _instead(native: Sequence[Artifact], others: Sequence[Artifact]) -> Iterator[Checked]:
    """Files that no frame can be in: parts of programs, and unsupported files."""
    from symbolicator.builds.foreign import unknown
    from symbolicator.builds.native_troubles import part_of_a_program
    from symbolicator.debugfiles.opening import open_container

    for one in native[:_MAX_INSTEAD]:
        part = part_of_a_program(open_container(one.read()))
        if part is not None:
            yield Checked(one.name, "debug_file", (Trouble(FAIL, f"it is {part[0]}", part[1]),))
    for one in others[:_MAX_INSTEAD] if not native else ():
        yield Checked(one.name, "other", (Trouble(FAIL, *unknown(one)),))


def _lines(parts: tuple[Artifact, ...]) -> Iterator[Trouble]:
    """Whether functions, a sample of them, have lines and columns."""
    from symbolicator.debugfiles.compiling import index_container
    from symbolicator.debugfiles.family import open_family

    container, others = open_family(parts)
    symbols = container.symbols()
    every = range(0, len(symbols), max(1, len(symbols) // _SAMPLES))
    # Addresses within functions too: their first instruction may have no column.
    addresses = [symbols.address[i] + symbols.size[i] * quarter // 4 for i in every for quarter in range(4)]
    index = index_container(container, others)
    found = index.lookup_many(addresses)
    own = "records" in container.features
    placed = [one[-1] for one in found if one and one[-1].line]
    if found and not placed:
        yield Trouble(FAIL, f"none of the {len(every)} functions looked up has a line", "build all of it with -g")
    elif own:  # it has no columns, and no sections that could be damaged
        for warning in index.warnings[:_MAX_WARNINGS]:
            yield Trouble(WARN, warning, "create it again: the rest of it is used")
    elif placed and not any(one.column for one in placed):
        yield Trouble(WARN, "its line table has no columns", "build with -gcolumn-info: without it, two calls on one line look the same")
