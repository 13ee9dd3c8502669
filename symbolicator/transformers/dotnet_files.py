"""The files of .NET's modules: which assembly and which Portable PDB a frame's code is of, and the evidence for it.

A PDB has lines and no names, an assembly names and no lines. They are tied by the PDB's id, which the assembly says; a frame leads to
them by its image's ids, by the MVID that Mono prints, by the file that the runtime prints, or, on phones, by nothing but its method's name:
then all assemblies are asked whose PDB is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from symbolicator.artifacts.files import Artifact, Found
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.keys import FileKind, Key, normalise_code_id
from symbolicator.lookup import Lookup
from symbolicator.model import Image, SourceText
from symbolicator.portable_pdb import Assembly, AssemblyCompiler, AssemblyIndex, PdbCompiler, PdbIndex, begins_instruction
from symbolicator.portable_pdb.identify import EMBEDDED, MANAGED
from symbolicator.problems import Problem, ProblemType

_PDBS: Final = PdbCompiler()
_ASSEMBLIES: Final = AssemblyCompiler()
_TEXTS: Final = TextCompiler()
_ENDINGS: Final = (".dll", ".exe", ".winmd", ".netmodule")
_MAX_ASSEMBLIES: Final = 2_000
_MAX_NAMED: Final = 3
_MAX_SCANS: Final = 16
"""How often an assembly is looked through for a name before it is compiled."""
HINT: Final = "give the folder of exactly that build with files=: its .dll files, and its .pdb files (DebugType=portable or embedded)"


class Module(msgspec.Struct, frozen=True):
    """What was found of one module. `by_id`: whether an id led there, and not its name alone. `problem` says what is missing."""

    pdb: PdbIndex | None = None
    assembly: AssemblyIndex | None = None
    file: str = ""
    """The file with the lines."""
    by_id: bool = False
    found_by: str = ""
    problem: Problem | None = None
    assembly_artifact: Artifact | None = None


class DotnetFiles:
    """The modules of one event."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[tuple[str, str], Module] = {}
        self._all: tuple[Artifact, ...] | None = None
        self._having: dict[str, tuple[Module, ...]] = {}
        self._texts: dict[str, TextIndex | None] = {}
        self._code: dict[str, Assembly | Problem] = {}
        self._scans: dict[str, int] = {}

    def of_image(self, place: int) -> Module:
        """The module of an image of the event, whose status is marked."""
        return self._once("image", str(place), lambda: self._marked(place))

    def of_mvid(self, mvid: str) -> Module:
        """The module whose assembly has this MVID."""
        return self._once("mvid", mvid, lambda: self._of_mvid(mvid))

    def of_file(self, name: str) -> Module:
        """The module of a file that a trace names: no id says that it is that build."""
        return self._once("file", name, lambda: self._of_image(Image(type="pe_dotnet", code_file=name)))

    def _once(self, kind: str, name: str, find: Callable[[], Module]) -> Module:
        if (kind, name) not in self._known:
            self._known[kind, name] = find()
        return self._known[kind, name]

    def having(self, method: str) -> tuple[Module, ...]:
        """All modules whose lines are there, and that have a method called so: type and name."""
        if method not in self._having:
            self._having[method] = tuple(self._with_method(method))
        return self._having[method]

    def _with_method(self, method: str) -> Iterator[Module]:
        simple = method.rpartition(".")[2].partition("[")[0].encode("utf-8", "replace") + b"\0"
        for artifact in self._assemblies():
            if ("assembly", artifact.name) not in self._known and not self._may_have(artifact, simple):
                continue
            module = self._once("assembly", artifact.name, partial(self._of_assembly, artifact, "path", by_id=False))
            if module.assembly is not None and module.assembly.find(method):
                yield module

    def _may_have(self, artifact: Artifact, name: bytes) -> bool:
        """False where a name stands nowhere in an assembly. That is a thousand times as fast as to compile it, a few times."""
        scans = self._scans[artifact.name] = self._scans.get(artifact.name, 0) + 1
        if scans > _MAX_SCANS:
            return True
        content = self._lookup.read(artifact)
        return not isinstance(content, Problem) and name in bytes(content)

    def _assemblies(self) -> tuple[Artifact, ...]:
        """The assemblies among the files whose PDB is there too, each content once."""
        if self._all is None:
            managed = [one for one in self._lookup.all(FileKind.DEBUG_FILE) if MANAGED in one.identity.features]
            kept: dict[str, Artifact] = {}
            for one in managed[:_MAX_ASSEMBLIES]:
                if EMBEDDED in one.identity.features or self._pdbs(one).artifacts:
                    digest = self._lookup.guarded(one.digest, one)
                    kept.setdefault(digest if isinstance(digest, str) else one.name, one)
            self._all = tuple(kept.values())
        return self._all

    def _pdbs(self, assembly: Artifact) -> Found:
        debug_id = next(iter(assembly.identity.debug_ids), None)
        return self._find(Key(kind=FileKind.PORTABLE_PDB, debug_id=debug_id, url=_pdb_name(assembly.file_name)), assembly)

    def _find(self, key: Key, assembly: Artifact | None = None) -> Found:
        """The files of a key's ids, whatever they are called; where there are none, those of its name."""
        found = Found()
        if key.debug_id or key.code_id:
            found = self._lookup.find(msgspec.structs.replace(key, url=None), assembly)
        return self._lookup.find(key, assembly) if key.url and not found.artifacts else found

    # ── one module ────────────────────────────────────────────────────────────────────────────────────────────────

    def _marked(self, place: int) -> Module:
        found = self._of_image(self._lookup.images[place])
        status = "found" if found.pdb else "malformed" if _is_malformed(found.problem) else "missing"
        self._lookup.mark_image(place, debug_status=status, features={"has_debug_info": True} if found.pdb else None)
        return found

    def _of_image(self, image: Image) -> Module:
        debug_id = image.debug_id if image.debug_id and image.debug_id[:36].strip("0-") else None
        name = image.code_file or image.debug_file or "the image"
        assembly, problem = self._assembly(Key(kind=FileKind.DEBUG_FILE, debug_id=debug_id, code_id=image.code_id, url=image.code_file))
        if assembly is not None and debug_id is None and assembly.identity.debug_ids:
            debug_id = assembly.identity.debug_ids[0]
        url = image.debug_file or (_pdb_name(image.code_file) if image.code_file else None)
        found = self._find(Key(kind=FileKind.PORTABLE_PDB, debug_id=debug_id, url=url), assembly)
        same = assembly is not None and image.code_id is not None and image.code_id in assembly.identity.code_ids
        by_id = found.how == "debug_id" and (bool(image.debug_id) or same)
        if found.artifacts:
            return self._opened(found, assembly, by_id=by_id)
        if assembly is not None and EMBEDDED in assembly.identity.features:
            return self._of_assembly(assembly, "debug_id" if image.debug_id or image.code_id else "url", by_id=bool(image.debug_id) or same)
        return Module(problem=problem or self._missing(name, debug_id or image.code_id, debug_id, url, found))

    def _assembly(self, key: Key) -> tuple[Artifact | None, Problem | None]:
        """The assembly found by a key; a problem if there is not exactly one."""
        found = self._find(key)
        managed = [one for one in found.artifacts if MANAGED in one.identity.features]
        if len(managed) > 1:
            ids = {one.identity.debug_ids for one in managed}
            if len(ids) > 1:
                return None, _ambiguous(managed)
        return (managed[0] if managed else None), None

    def _of_mvid(self, mvid: str) -> Module:
        assembly, problem = self._assembly(Key(kind=FileKind.DEBUG_FILE, code_id=normalise_code_id(mvid)))
        if assembly is not None:
            return self._of_assembly(assembly, "code_id", by_id=True)
        detail = f"no assembly with MVID {mvid} is among the files given"
        return Module(problem=problem or Problem(type=ProblemType.MISSING_DEBUG_FILE, detail=detail, artifact=mvid, hint=HINT))

    def _of_assembly(self, assembly: Artifact, how: str, *, by_id: bool) -> Module:
        found = self._pdbs(assembly)
        if found.artifacts:
            return self._opened(msgspec.structs.replace(found, how=how), assembly, by_id=by_id)
        if EMBEDDED in assembly.identity.features:
            return self._opened(Found(artifacts=(assembly,), how=how), assembly, by_id=by_id)
        ids = assembly.identity.debug_ids
        missing = self._missing(assembly.name, ids[0] if ids else None, ids[0] if ids else None, _pdb_name(assembly.file_name), found)
        return Module(problem=missing)

    def _opened(self, found: Found, assembly: Artifact | None, *, by_id: bool) -> Module:
        """The module of a PDB (or an assembly that holds one) and its assembly, where they are of one build."""
        if len(found.artifacts) > 1:
            return Module(problem=_ambiguous(found.artifacts))
        (pdb,) = found.artifacts
        opened = self._lookup.compiled(_PDBS, pdb)
        if isinstance(opened, Problem):
            return Module(problem=opened)
        if assembly is None:  # beside it, under its name
            near, _ = self._assembly(Key(kind=FileKind.DEBUG_FILE, debug_id=next(iter(opened.debug_ids), None)))
            assembly = near
        names = self._lookup.compiled(_ASSEMBLIES, assembly) if assembly is not None else None
        if isinstance(names, AssemblyIndex) and assembly is not None:
            if names.debug_ids and opened.debug_ids and not set(names.debug_ids) & set(opened.debug_ids):
                return _other_build(pdb, assembly, f"its id is {opened.debug_ids[0]}, not {names.debug_ids[0]}")
            if opened.method_count and names.count != opened.method_count:
                return _other_build(pdb, assembly, f"one has {opened.method_count} methods, one {names.count}")
            return Module(opened, names, pdb.name, by_id, found.how, assembly_artifact=assembly)
        return Module(opened, None, pdb.name, by_id, found.how)

    def _missing(self, name: str, wanted: str | None, debug_id: str | None, url: str | None, found: Found) -> Problem:
        """What is missing of a module. A PDB of the older kind is there, and cannot be read for this."""
        windows = self._lookup.find(Key(kind=FileKind.DEBUG_FILE, debug_id=debug_id, url=url)) if url else Found()
        for one in windows.artifacts:
            if "records" in one.identity.features:
                return Problem(
                    type=ProblemType.UNSUPPORTED,
                    detail=f"{one.name} is a Windows PDB, of which .NET's lines are not read",
                    artifact=name,
                    hint="build with DebugType=portable, or convert it: Pdb2Pdb writes a Portable PDB of it",
                )
        what = f"{url} ({wanted})" if url and wanted else url or wanted or name
        return Problem(
            type=ProblemType.MISSING_DEBUG_FILE,
            detail=f"no Portable PDB of {name} is among the files given: {what} is wanted",
            artifact=name,
            tried=found.tried,
            hint=HINT,
        )

    def begins_instruction(self, module: Module, row: int, offset: int) -> bool | None:
        """Whether an instruction of a method begins at an offset, as runtimes give them; None where its code is not here."""
        artifact = module.assembly_artifact
        if artifact is None:
            return None
        if artifact.name not in self._code:
            self._code[artifact.name] = self._lookup.guarded(lambda: Assembly(artifact.read()), artifact)
        assembly = self._code[artifact.name]
        if isinstance(assembly, Problem):
            return None
        code = self._lookup.guarded(lambda: assembly.code(row), artifact)
        return None if isinstance(code, Problem) or not code else begins_instruction(code, offset)

    # ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def text(self, module: Module, document: int, path: str) -> SourceText | None:
        """The source: in the PDB, or on disk where the folders given hold it."""
        if module.pdb is not None and module.pdb.has_text(document):
            return EmbeddedText(module.pdb, document)
        return self.text_on_disk(path)

    def text_on_disk(self, path: str) -> SourceText | None:
        """The source on disk, where the folders given hold it."""
        if path not in self._texts:
            found = self._lookup.source(path)
            opened = self._lookup.compiled(_TEXTS, found.artifacts[0]) if len(found.artifacts) == 1 else None
            self._texts[path] = opened if isinstance(opened, TextIndex) else None
        return self._texts[path]


class EmbeddedText(msgspec.Struct, frozen=True):
    """A source that a PDB holds, as `SourceText`."""

    pdb: PdbIndex
    document: int

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """See `SourceText.context`."""
        return self.pdb.context(self.document, line, before, after)


def _pdb_name(file: str) -> str:
    """What the PDB of an assembly is called."""
    stem, dot, ending = file.rpartition(".")
    return f"{stem}.pdb" if dot and f".{ending.lower()}" in _ENDINGS else f"{file}.pdb"


def _is_malformed(problem: Problem | None) -> bool:
    return problem is not None and problem.type is ProblemType.MALFORMED_DEBUG_FILE


def _other_build(pdb: Artifact, assembly: Artifact, why: str) -> Module:
    return Module(
        problem=Problem(
            type=ProblemType.MISSING_DEBUG_FILE,
            detail=f"{pdb.name} is from another build than {assembly.name}: {why}",
            artifact=assembly.name,
            hint=HINT,
            another_build=True,
        )
    )


def _ambiguous(artifacts: Iterable[Artifact]) -> Problem:
    names = [one.name for one in artifacts]
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{len(names)} files are equally good: {', '.join(names[:_MAX_NAMED])}{more}",
        hint="give the files of this build only",
    )
