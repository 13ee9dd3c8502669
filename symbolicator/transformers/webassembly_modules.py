"""Which file is an engine's WebAssembly module, and which files are used for it (`docs/evidence.md`, WebAssembly).

A URL finds the module by name and path. `wasm://wasm/95e547f2` says no name, for the code came as bytes: any module may be meant, and V8's
hash of the bytes tells which. In each case the frames speak: function N has to hold the offset reported of it, else it is another build.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.cached import cached_property
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.container import NAMING
from symbolicator.debugfiles.demangle import spoken
from symbolicator.debugfiles.family import find_family
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.debugfiles.wasm.file import WasmFile
from symbolicator.debugfiles.wasm.sections import MAGIC, code_of
from symbolicator.debugfiles.wasm.symbol_maps import SymbolMap, SymbolMapCompiler, stem_of
from symbolicator.debugfiles.wasm.v8_hashes import v8_hashes
from symbolicator.keys import FileKind, Key
from symbolicator.lookup import Lookup
from symbolicator.patterns import regex
from symbolicator.problems import OtherBuild, Problem, ProblemType
from symbolicator.sourcemaps.paths import strip_query
from symbolicator.transformers.script import Generated, once
from symbolicator.transformers.script_maps import ScriptMaps
from symbolicator.transformers.webassembly_places import WasmNumber, WasmPlace, wasm_place

_COMPILER: Final = NativeCompiler()
_SYMBOL_MAPS: Final = SymbolMapCompiler()
_FROM_BYTES: Final = regex(r"wasm://wasm/(?:[^/]{0,1000}-)?([0-9a-f]{8})$|<anonymous>$|wasm://wasm/?$")
_MOST_MODULES: Final = 64
_SHOWN: Final = 4
_HINT: Final = (
    "give the module of exactly that build, compiled with DWARF (-g) or a source map (emcc -gsource-map, asc --sourceMap) and, if they are "
    "apart, the debug file or the map beside it"
)


class Module(msgspec.Struct, frozen=True):
    """What is known of one module: its file, the table of its debug information and names, its source map; else why there is nothing."""

    name: str
    parts: tuple[Artifact, ...] = ()
    index: NativeIndex | None = None
    """Of `parts`."""
    origin: int = 0
    """Added to an offset in the module it gives the address in `index`."""
    generated: Generated | None = None
    names: SymbolMap | None = None
    """The names of functions by number, if the module does not have them."""
    problem: Problem | None = None
    """What is missing. A module that has names alone lacks its lines."""


class _Named(NamedTuple):
    """One of the files of a module, None if there are none; and from each of them the names of functions by number."""

    file: WasmFile | None
    names: list[dict[int, bytes]]


class WasmModules:
    """The modules of one event, each looked for once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._scripts = ScriptMaps(lookup)
        self._known: dict[str, Module] = {}
        self._named: dict[str | None, _Named | None] = {}

    def find(self, url: str) -> Module:
        """The module that frames call `url`."""
        if url not in self._known:
            self._known[url] = self._find(url)
        return self._known[url]

    def function(self, asked: WasmNumber) -> str | None:
        """The name of a function without a position, which nothing else tells; None if several modules may be meant, or none.

        Files with the same code are one module and its debug file. One that calls the function otherwise than the frame does is from
        another build.
        """
        if asked.module not in self._named:
            self._named[asked.module] = self._called(asked.module)
        named = self._named[asked.module]
        if named is None:
            return None
        names = {found.decode("utf-8", "replace") for names in named.names if (found := names.get(asked.number))}
        if not names and asked.module is None:
            symbols = self._symbols(None, named.file)
            name = symbols.lookup(asked.number) if symbols is not None else None
            names = {name} if name else names
        if asked.name is not None:
            names &= {asked.name}
        return spoken(names.pop(), None)[0] if len(names) == 1 else None

    def _called(self, module: str | None) -> _Named | None:
        """The module that has a name for itself, the only one if that is None; None if there are several: their code differs."""
        files = [file for _, file in self._every if module in (None, file.module_name)]
        if any(code_of(file.whole) != code_of(files[0].whole) for file in files[1:]):
            return None
        return _Named(next(iter(files), None), [file.functions.names() for file in files if file.functions is not None])

    def _find(self, url: str) -> Module:
        from_bytes = _FROM_BYTES.match(url)
        tried: list[str] = []
        found = self._every if from_bytes else self._by_url(url, tried)
        fitting: list[tuple[Artifact, WasmFile]] = []
        for artifact, file in found:
            why = self._contradiction(file, self._places.get(url, ()))
            if why is None:
                fitting.append((artifact, file))
            else:
                tried.append(OtherBuild.of(artifact.name, why))
        if from_bytes and from_bytes[1] and fitting:
            fitting = self._hashed(url, int(from_bytes[1], 16), fitting, tried)
        if len({artifact.digest() for artifact, _ in fitting}) > 1:
            names = ", ".join(artifact.name for artifact, _ in fitting[:_SHOWN])
            what, hint = f"{url}: {len(fitting)} modules fit equally well: {names}", "give only the folder of the right build"
            return Module(url, problem=Problem(type=ProblemType.AMBIGUOUS_FILE, detail=what, artifact=url, hint=hint))
        if fitting:
            return self._opened(url, *fitting[0])
        if not found and not from_bytes:  # its map may be there, all the same
            generated = self._scripts.find(url)
            if generated.map is not None:
                return Module(url, generated=generated)
        stem = None if from_bytes else strip_query(url).rpartition("/")[2].removesuffix(".wasm")
        return Module(url, names=self._symbols(stem, None), problem=_missing(url, tried))

    @cached_property
    def _symbol_maps(self) -> list[Artifact]:
        return [one for one in self._lookup.all(FileKind.SOURCE) if stem_of(one.file_name) is not None]

    def _symbols(self, stem: str | None, file: WasmFile | None) -> SymbolMap | None:
        """The symbol map of a module: the one with its name, `stem`; the only one if it has none. One with another number of functions than
        the module, if that is given, is of another build.
        """
        fitting = [one for one in self._symbol_maps if stem in (None, stem_of(one.file_name))]
        opened = self._lookup.compiled(_SYMBOL_MAPS, fitting[0]) if len(fitting) == 1 else None
        if opened is None or isinstance(opened, Problem):
            return None
        functions = file.functions if file is not None else None
        return opened if functions is None or opened.functions == functions.imported + len(functions.starts) else None

    def _hashed(
        self, url: str, number: int, fitting: list[tuple[Artifact, WasmFile]], tried: list[str]
    ) -> list[tuple[Artifact, WasmFile]]:
        """The modules that V8 calls by a number, of those that the frames fit; all if none is, for what ran may be stripped of what helps
        here. Unless the frames say no function: then nothing but the number is evidence.
        """
        meant = [one for one in fitting if number in v8_hashes(one[1].whole)]
        if meant or any(place.function is not None for place in self._places.get(url, ())):
            return meant or fitting
        tried += [OtherBuild.of(artifact.name, f"V8 has another number for it than {number:08x}") for artifact, _ in fitting]
        return []

    def _by_url(self, url: str, tried: list[str]) -> list[tuple[Artifact, WasmFile]]:
        image = next((one for one in self._lookup.images if one.type == "wasm" and one.code_file == url), None)
        ids = (image.debug_id, image.code_id) if image is not None else (None, None)
        found = self._lookup.find(Key(kind=FileKind.DEBUG_FILE, url=url, debug_id=ids[0], code_id=ids[1]))
        tried += found.tried
        named = self._lookup.named(FileKind.DEBUG_FILE) if not found.artifacts else ()
        return self._read(found.artifacts or (named if len(named) == 1 else ()))

    @cached_property
    def _every(self) -> list[tuple[Artifact, WasmFile]]:
        """All modules among the files, if no name says which is meant."""
        given = self._lookup.all(FileKind.DEBUG_FILE)
        return self._read([one for one in given if one.file_name.endswith(".wasm")][:_MOST_MODULES])

    def _read(self, artifacts: Sequence[Artifact]) -> list[tuple[Artifact, WasmFile]]:
        found: list[tuple[Artifact, WasmFile]] = []
        for artifact in artifacts:
            content = self._lookup.read(artifact)
            if isinstance(content, Problem) or bytes(content[: len(MAGIC)]) != MAGIC:
                continue
            file = self._lookup.guarded(lambda content=content: WasmFile(content), artifact)  # type: ignore[misc]
            if isinstance(file, WasmFile) and "code" in file.features:
                found.append((artifact, file))
        return found

    @cached_property
    def _places(self) -> dict[str, list[WasmPlace]]:
        found: dict[str, list[WasmPlace]] = {}
        for stack in self._lookup.event.all_stacktraces():
            for frame in stack.frames:
                place = wasm_place(frame)
                if place is not None:
                    found.setdefault(place.url, []).append(place)
        return found

    @staticmethod
    def _contradiction(file: WasmFile, places: Sequence[WasmPlace]) -> str | None:
        """Why the frames cannot be from a module; None if nothing contradicts."""
        functions, origin = file.functions, file.load_address
        if functions is None:
            return None
        for place in places:
            svma = place.offset + origin
            if place.function is None:
                if not any(start <= svma < end for start, end in file.executable_ranges):
                    return f"it has no code at {place.offset:#x}"
                continue
            body = functions.body(place.function)
            if body is None or not body[0] <= svma < body[1]:
                return f"its function {place.function} does not contain {place.offset:#x}"
        return None

    def _opened(self, url: str, artifact: Artifact, file: WasmFile) -> Module:
        family = self._lookup.guarded(lambda: find_family(self._lookup.find, artifact, artifact.path), artifact)
        parts = (artifact,) if isinstance(family, Problem) else family.parts
        index = self._lookup.compiled(_COMPILER, *parts)
        if isinstance(index, Problem):
            return Module(url, problem=index)
        generated: Generated | None = self._scripts.with_map(url, artifact, None)
        if generated is not None and generated.map is None:
            generated = None
        lines = any("debug_info" in one.identity.features for one in parts)
        named = NAMING & {word for one in parts for word in one.identity.features}
        names = None if "symbols" in named else self._symbols(artifact.file_name.removesuffix(".wasm"), file) or self._symbols(None, file)
        problem = None if lines or generated is not None else _no_lines(artifact, bool(named) or names is not None)
        return Module(artifact.name, parts, index, file.load_address, generated, names, problem)


def _missing(url: str, tried: Sequence[str]) -> Problem:
    other = next((one for one in tried if isinstance(one, OtherBuild)), None)
    detail = f"neither the WebAssembly module {url} nor a source map of it is among the files given"
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=f"{detail}; {other}" if other else detail,
        artifact=url,
        tried=once(tried),
        hint=_HINT,
    )


def _no_lines(artifact: Artifact, named: bool) -> Problem:
    has = "has function names, but" if named else "has"
    reference = artifact.identity.map_url
    link = artifact.identity.debug_link
    said = f"; it names {reference or (link and link[0])}, which is not among the files given" if reference or link else ""
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=f"{artifact.name} {has} neither DWARF nor a source map{said}",
        artifact=artifact.name,
        hint=_HINT,
    )
