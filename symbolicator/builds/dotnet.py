"""What assemblies and Portable PDBs of .NET are worth: what is in them, which belong together, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind, Key
from symbolicator.portable_pdb.identify import EMBEDDED, MANAGED
from symbolicator.problems import Problem

if TYPE_CHECKING:
    from symbolicator.artifacts.files import ArtifactStore
    from symbolicator.lookup import Lookup
    from symbolicator.portable_pdb import PdbIndex


def is_dotnets(artifact: Artifact) -> bool:
    """Whether a file is an assembly or a Portable PDB."""
    return artifact.identity.kind is FileKind.PORTABLE_PDB or is_managed(artifact)


def is_managed(artifact: Artifact) -> bool:
    """Whether a native file is an assembly."""
    return MANAGED in artifact.identity.features


def pdb_facts(artifact: Artifact) -> Iterator[tuple[str, Any]]:
    """What a Portable PDB has to say, as `facts.facts` has it."""
    index = _index(artifact)
    yield "format", "portable-pdb"
    yield from _lines(artifact.identity.debug_ids, index)


def assembly_facts(artifact: Artifact, store: ArtifactStore) -> Iterator[tuple[str, Any]]:
    """Facts about an assembly; its PDB is looked up in `store`."""
    from symbolicator.portable_pdb.assembly import Assembly
    from symbolicator.portable_pdb.ids import guid_text

    assembly = Assembly(artifact.read())
    pdb = assembly.code_view
    yield "format", "assembly"
    yield "code_id", artifact.identity.code_ids[0]
    yield "mvid", guid_text(assembly.mvid) if any(assembly.mvid) else None
    if pdb is not None:
        yield "pdb", pdb.path
    for name, value in assembly.checksums.items():
        yield "pdb_checksum", f"{name}:{value}"
    if EMBEDDED in artifact.identity.features:
        yield "lines_in", "the Portable PDB that it holds"
        yield from _lines(artifact.identity.debug_ids, _index(artifact))
    else:
        yield "debug_id", next(iter(artifact.identity.debug_ids), None)
        found = _pdb_of(artifact, store)
        if found is not None:
            yield "goes_with", [found.name]
    for what, hint in assembly_problems(artifact, store):
        yield "problem", (what, hint)


def assembly_problems(artifact: Artifact, store: ArtifactStore) -> Iterator[tuple[str, str]]:
    """Why an assembly cannot be used to symbolicate, and what to do."""
    from symbolicator.portable_pdb.assembly import Assembly

    if has_lines(artifact, store):
        return
    pdb = Assembly(artifact.read()).code_view
    if pdb is None:
        yield "it names no PDB: it has names but no lines", "build it with DebugType=portable or embedded"
    elif not pdb.portable:
        hint = "build with DebugType=portable, or convert its Windows PDB: Pdb2Pdb writes a Portable PDB of it"
        yield f"its lines are in {pdb.path}, a Windows PDB, of which .NET's lines are not read", hint
    else:
        name = pdb.path.replace("\\", "/").rpartition("/")[2]
        yield f"its lines are in {name}, which is not here", "give the folder that holds it, of this very build"


def pdb_problems(artifact: Artifact, store: ArtifactStore, lookup: Lookup) -> Iterator[tuple[str, str]]:
    """What keeps a Portable PDB from being symbolicated with."""
    from symbolicator.portable_pdb import PdbCompiler

    opened = lookup.compiled(PdbCompiler(), artifact)
    if isinstance(opened, Problem):
        yield opened.detail, opened.hint or ""
        return
    if not any(opened.has_points(row) for row in range(1, opened.method_count + 1)):
        yield "it has no lines", "build with DebugType=portable"
    name = artifact.file_name.removesuffix(".pdb")
    keys = [Key(kind=FileKind.DEBUG_FILE, url=name + ending) for ending in (".dll", ".exe")]
    beside = [one for key in keys for one in store.find(key, artifact).artifacts]
    others = [one for one in beside if is_managed(one) and one.identity.debug_ids]
    if others and not any(set(one.identity.debug_ids) & set(artifact.identity.debug_ids) for one in others):
        hint = "give both files of one build: frames of this assembly will stay raw"
        yield f"it is from another build than {others[0].name}, which expects {others[0].identity.debug_ids[0]}", hint


def has_lines(artifact: Artifact, store: ArtifactStore) -> bool:
    """Whether lines of an assembly are there, in it or beside it."""
    if not is_managed(artifact):
        return False
    return EMBEDDED in artifact.identity.features or _pdb_of(artifact, store) is not None


def is_framework_file(artifact: Artifact) -> bool:
    """Whether an assembly is .NET's own, by its name."""
    from symbolicator.transformers.dotnet_names import is_framework

    return is_framework(artifact.file_name)


def _pdb_of(artifact: Artifact, store: ArtifactStore) -> Artifact | None:
    debug_id = next(iter(artifact.identity.debug_ids), None)
    if debug_id is None:
        return None
    found = store.find(Key(kind=FileKind.PORTABLE_PDB, debug_id=debug_id), None)
    return found.artifacts[0] if found.artifacts else None


def _lines(debug_ids: tuple[str, ...], index: PdbIndex) -> Iterator[tuple[str, Any]]:
    yield "debug_id", next(iter(debug_ids), None)
    yield "methods", index.method_count
    yield "methods_with_lines", sum(index.has_points(row) for row in range(1, index.method_count + 1))
    yield "sources", index.document_count
    numbers = range(1, index.document_count + 1)
    yield "sources_with_content", sum(map(index.has_text, numbers))
    if (link := next(filter(None, map(index.source_link, numbers)), None)) is not None:
        yield "source_link", link
    for warning in index.warnings:
        yield "problem", (warning, "build it again: it may be damaged")


def _index(artifact: Artifact) -> PdbIndex:
    from symbolicator.portable_pdb import PdbCompiler

    compiler = PdbCompiler()
    return compiler.open(compiler.compile(artifact.read()).table())
