"""Facts about one file: format, ids, contents, what it refers to, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbolicator.artifacts.embedded import slices_of
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.layouts import files_in_bundle
from symbolicator.builds.dotnet import assembly_facts, is_managed, pdb_facts
from symbolicator.builds.foreign import ARCHIVE, unknown
from symbolicator.builds.given import Given, open_given
from symbolicator.builds.native_troubles import native_problems, no_id, part_of_a_program, pdbs_named
from symbolicator.errors import ConfigError, MalformedArtifact, Unreadable
from symbolicator.keys import FileKind

if TYPE_CHECKING:
    from symbolicator.artifacts.files import ArtifactStore
    from symbolicator.mappings import MappingIndex

_KINDS = {
    FileKind.SCRIPT: "JavaScript",
    FileKind.SOURCEMAP: "source map",
    FileKind.SOURCE: "text",
    FileKind.DEBUG_FILE: "native file",
    FileKind.PORTABLE_PDB: "Portable PDB",
    FileKind.MAPPING: "ProGuard or R8 mapping",
    FileKind.CONTAINER: "container",
    FileKind.SYMBOL_MAP: "list of hidden names",
    FileKind.ARCHIVE: "archive of objects",
    FileKind.OTHER: "unknown",
}
"""The kind of a file, in words."""
_MAX_MEMBERS = 10_000


def kind_name(artifact: Artifact) -> str:
    """What a file is, in a word or two."""
    return _KINDS[artifact.identity.kind]


def ids_of(artifact: Artifact) -> tuple[str, ...]:
    """The ids that a file is found by."""
    return (*artifact.identity.code_ids, *artifact.identity.debug_ids)


def describe(path: Given, *, cache_dir: Given | bool | None = None) -> dict[str, Any]:
    """All facts about the file at `path`: `file`, `kind` (a value of `FileKind`) and `size`, facts that depend on its kind (ids, format,
    related files), and `problems`, each with `what` and a `hint`. Keys are in display order.

    >>> facts = describe("apiary")
    >>> facts["format"], facts["arch"], facts["debug_id"], facts["problems"]
    ('elf', 'x86_64', 'bab6a9cc-5d30-a727-2d14-f6838ae4fe87', [])

    Of a dSYM bundle, the file inside is described; of one with several, each of them, in `files`. Raises `ConfigError` if there is no such
    file or it is a folder, and `Unreadable` if it is not a regular file.
    """
    inside = files_in_bundle(Path(path))
    if len(inside) > 1:
        files = [describe(one, cache_dir=cache_dir) for one in inside]
        problems = [{**each, "what": f"{Path(one['file']).name}: {each['what']}"} for one in files for each in one["problems"]]
        size = sum(one["size"] for one in files)
        return {"file": str(path), "kind": "bundle", "size": size, "files": files, "problems": problems}
    path = str(inside[0] if inside else path)
    if Path(path).is_dir():
        raise ConfigError(f"{path} is a folder", f"`symbolicator files ls -f {path}` lists its contents")
    with closing(open_given(path, cache_dir)) as store:
        artifacts = store.artifacts()
        notes = store.notes()
        if not artifacts:
            raise Unreadable(f"{path} cannot be read: {'; '.join(notes) or 'it is not a regular file'}")
        found = facts(artifacts[0], store, path)
        found["problems"] += [{"what": note, "hint": "unreadable parts are skipped"} for note in notes]
    return found


def facts(artifact: Artifact, store: ArtifactStore, path: str) -> dict[str, Any]:
    """All facts about a file: `path` on disk, the first file of `store`. Keys are in display order; `problems` have `what`
    is wrong and a `hint`: what to do.
    """
    identity = artifact.identity
    result: dict[str, Any] = {"file": artifact.name, "kind": identity.kind.value, "size": artifact.size}
    problems: list[dict[str, str]] = []
    read = {FileKind.DEBUG_FILE: _native, FileKind.SOURCEMAP: _map, FileKind.SCRIPT: _script}
    read |= {FileKind.MAPPING: _mapping, FileKind.CONTAINER: _container, FileKind.ARCHIVE: _archive}
    read |= {FileKind.PORTABLE_PDB: _portable_pdb}
    try:
        for key, value in read.get(identity.kind, _other)(artifact, store, path):
            if key == "problem":
                problems.append(dict(zip(("what", "hint"), value, strict=True)))
            else:
                result[key] = value
    except MalformedArtifact as error:
        problems.append({"what": f"cannot be read: {error.reason}", "hint": "it may be truncated: build or copy it again"})
    return {**result, "problems": problems}


_Facts = Iterator[tuple[str, Any]]


def _portable_pdb(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    yield from pdb_facts(artifact)


def _native(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    if is_managed(artifact):
        pdb = Path(path).with_suffix(".pdb")
        with closing(open_given(pdb if pdb.is_file() else path, False)) as beside:
            yield from assembly_facts(artifact, beside)
        return
    if not artifact.identity.slices:
        yield from _native_file(artifact, path)
        return
    described: list[dict[str, Any]] = []
    for one, slice_ in zip(slices_of(artifact), artifact.identity.slices, strict=True):
        found = list(_native_file(one, path, next(iter(one.identity.debug_ids), slice_.arch)))
        described.append({key: value for key, value in found if key != "problem"})
        yield from (("problem", (f"{slice_.arch}: {value[0]}", value[1])) for key, value in found if key == "problem")
    yield "slices", described


def _native_file(artifact: Artifact, path: str, arch: str | None = None) -> _Facts:
    from symbolicator.debugfiles import DebugFile
    from symbolicator.debugfiles.go.sections import find_go
    from symbolicator.debugfiles.opening import open_container

    container = open_container(artifact.read())
    features = container.features
    yield "format", container.format
    yield "arch", container.arch
    yield "code_id", container.code_id
    yield "debug_id", container.debug_id
    yield "features", sorted(features)
    if container.section(".gnu_debugdata") is not None:
        yield "symbols_in", ".gnu_debugdata (MiniDebugInfo)"
    pdbs = pdbs_named(container)
    if pdbs:
        yield "pdb", pdbs[0]
    if "debug_info" in features:
        yield from _dwarf(artifact)
    elif "gopclntab" in features and find_go(container) is not None:
        yield "lines_in", "Go's own table of functions and lines (.gopclntab)"
    identity = artifact.identity
    if identity.debug_link:
        name, crc = identity.debug_link
        yield "debug_link", {"name": name, **({} if crc is None else {"crc32": f"{crc:08x}"})}
    if identity.map_url:
        yield "map", "inline" if identity.map_url.startswith("data:") else identity.map_url
    if identity.alt_link:
        yield "alt_link", {"path": identity.alt_link[0], "build_id": identity.alt_link[1] or None}
    part = part_of_a_program(container)
    if part is not None:
        yield "part", part[0]
        yield "instead", part[1]
        return
    with DebugFile.open(path, arch) as file:
        family = file.family
        objects, lost = file.missing_objects()
    own = str(Path(path).resolve())
    others = [one.name for one in (*family.parts, *((family.program,) if family.program else ())) if one.name not in {own, artifact.name}]
    if others:
        yield "goes_with", others
    if family.missing_splits:
        yield "missing_splits", list(family.missing_splits)
    if objects:
        yield "debug_map", {"objects": objects, "missing": len(lost)}
    for problem in native_problems(artifact, family, container, objects, lost):
        yield "problem", problem[1:]
    if (lacking := no_id(artifact, container.format)) is not None:
        yield "problem", lacking
    for warning in container.warnings:
        yield "problem", (warning, "build it again: it may be damaged")


def _dwarf(artifact: Artifact) -> _Facts:
    from symbolicator.debugfiles.dwarf.units import Sections, Units
    from symbolicator.debugfiles.opening import open_container
    from symbolicator.kernels import dwarf_numbers as dw

    container = open_container(artifact.read())
    split = container.section(".debug_info") is None
    units = Units(Sections.of(container, ".dwo" if split else ""), 1)
    units.read_roots()
    yield "dwarf", sorted({units.get(unit, dw.VERSION) for unit in range(units.count)})
    yield "units", units.count


def _map(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    from symbolicator.sourcemaps import SourceMap

    content = SourceMap.parse(bytes(artifact.read()))
    sources = content.sources
    has_text = [content.source_content(i) is not None for i in range(len(sources))]
    yield "debug_ids", list(artifact.identity.debug_ids)
    if content.file:
        yield "of", content.file
    yield "sources", len(sources)
    yield "sources_with_content", sum(has_text)
    yield "names", len(content.names)
    if sources and not all(has_text):
        hint = "build with sourcesContent, or give the folder of the sources too"
        yield "problem", (f"{len(has_text) - sum(has_text)} of {len(has_text)} sources are not in it", hint)
    for warning in content.warnings:
        yield "problem", (str(warning), "build it again: broken parts are skipped")


def _script(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    reference = artifact.identity.map_url
    yield "debug_ids", list(artifact.identity.debug_ids)
    yield "map", "inline" if reference and reference.startswith("data:") else reference
    if not reference:
        yield (
            "problem",
            ("it names no source map", "build with source maps on; a map of the same name plus .map beside it is found anyway"),
        )


def _mapping(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    from symbolicator.artifacts.tables import Table
    from symbolicator.mappings import MappingCompiler, read_header

    data = artifact.read()
    compiler = MappingCompiler()
    index = compiler.open(Table.open(compiler.compile(data).to_bytes()))
    header, counts = read_header(data), index.counts()
    yield "format", "R8" if (header.compiler or "").upper() in {"R8", "D8"} else "ProGuard"
    yield "compiler", " ".join(filter(None, (header.compiler, header.compiler_version))) or None
    yield "debug_id", next(iter(artifact.identity.debug_ids), None)
    yield "pg_map_id", header.id
    yield "pg_map_hash", header.hash
    yield "classes", counts.classes
    yield "methods", counts.methods
    yield "fields", counts.fields
    for problem in mapping_problems(index):
        yield "problem", problem


def mapping_problems(index: MappingIndex) -> Iterator[tuple[str, str]]:
    """Shortcomings of a mapping, and what to do."""
    counts = index.counts()
    if counts.methods and not counts.ranges:
        hint = "keep line numbers (-keepattributes SourceFile,LineNumberTable): only they tell apart overloaded methods and inlined calls"
        yield "it has no line numbers", hint
    for warning in index.warnings:
        yield warning, "build it again: it may be truncated, or from a newer R8 than is supported"


def _container(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    members = [one for one in store.artifacts() if one.name.startswith(f"{artifact.name}!")][:_MAX_MEMBERS]
    yield "members", [{"file": one.name, "kind": one.identity.kind.value, "size": one.size, "ids": list(ids_of(one))} for one in members]
    if not members:
        yield "problem", ("nothing in it can be read", "zip, cab, gz and zst are opened; containers within containers are not")


def _archive(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    from symbolicator.debugfiles.archives import members_of
    from symbolicator.debugfiles.macho.fat import archives_in, is_fat, pieces_of

    data = artifact.read()
    if is_fat(data):
        yield "arches", [one.arch for one in pieces_of(data)]
    members = [one for part in archives_in(data) for one in members_of(data[part.offset : part.offset + part.size])]
    yield "objects", len(members)
    yield "members", [{"file": one.name, "kind": "object", "size": one.size, "ids": []} for one in members[:_MAX_MEMBERS]]
    yield "problem", ARCHIVE


def _other(artifact: Artifact, store: ArtifactStore, path: str) -> _Facts:
    if ids_of(artifact):
        yield "ids", list(ids_of(artifact))
    if artifact.identity.kind is FileKind.OTHER:
        yield "problem", unknown(artifact)
