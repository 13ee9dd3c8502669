"""The name of the function at a mapped position; the first certain answer is used, because a wrong name is worse than none.

The order:

1. the map's own scopes (the `scopes` field: of the generated position first; Metro's function map), written by the build;
2. the enclosing function in the original source, parsed;
3. the enclosing function of the generated file, its name mapped through the token at its identifier;
4. the name at the call site in the caller's frame;
5. the reported name, tidied.
"""

from __future__ import annotations

from collections.abc import Callable

from symbolicator.artifacts.embedded import derived
from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.model import Frame
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.functions import FunctionCompiler, FunctionIndex
from symbolicator.sourcemaps.names import ANONYMOUS, COMPUTED, GLOBAL, tidy_name
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.transformers.place import Place

_NAME_COST = 512
"""Bytes charged for a remembered name, beside its characters."""
_MINIFIED = 2
"""Names of up to this many characters may come from a minifier."""
_NAMELESS = (ANONYMOUS, GLOBAL)
_SHOWN = 8
"""How many functions of one line a problem lists."""


class Names:
    """Names for the frames of one event."""

    def __init__(self, lookup: Lookup, digest: Callable[[Artifact], str]) -> None:
        self._lookup = lookup
        self._digest = digest
        self._functions: dict[tuple[str, int], FunctionIndex | Problem | None] = {}
        self.is_lasting = False
        """Whether the last name depends on the map, the script and the frame alone: neither on its caller nor on what was not read."""

    def name(self, frame: Frame, place: Place, called: str | None) -> tuple[str | None, tuple[Problem, ...]]:
        """The function at `place`, and why its name may be doubtful; `called` is the token's name at the call in the caller's frame."""
        self.is_lasting = True
        known, by_scopes = self._known(place)
        problems: tuple[Problem, ...] = ()
        if known is None and not by_scopes and not place.is_exact:
            known, problems = self._on_line(frame, place)
        if known is not None:
            return known if by_scopes or not known.endswith(COMPUTED) else _with_key(known, frame.function), problems
        return self._generated(place) or self._call_site(frame, called) or tidy_name(frame.function), problems

    def _on_line(self, frame: Frame, place: Place) -> tuple[str | None, tuple[Problem, ...]]:
        """The function if only the line is known: the only one on that line, or the one named by the engine.

        An engine that reports a function's name is not at the top level.
        """
        hit = place.hit
        functions = self._original(place)
        text = place.map.context(hit.source_index, hit.line, 0, 0)
        if functions is None:
            return None, ()
        line = (text[1] if text else None) or ""
        start, end = len(line) - len(line.lstrip()), len(line.rstrip().encode("utf-16-le", "surrogatepass")) // 2
        names = functions.names_on(hit.line, start, end or COLUMN)
        if len(names) == 1 and names[0] != GLOBAL:
            return names[0], ()
        chosen = _one_of(names, self._generated(place) or tidy_name(frame.function) or ANONYMOUS)
        if chosen is not None or not frame.colno:  # a missing column is reported already
            return chosen, ()
        listed = ", ".join(name or "an unknown one" for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        where = f"{hit.source}:{hit.line + 1}"
        problem = Problem(
            type=ProblemType.AMBIGUOUS_FRAME,
            detail=f"{where}: the column is unknown, and this line could be in {listed}; the engine's name was kept",
            artifact=place.map_artifact.name,
            hint="build with a source map that has columns (webpack devtool: 'source-map', magic-string hires: true)",
        )
        return None, (problem,)

    def _known(self, place: Place) -> tuple[str | None, bool]:
        """The name from the map's scopes or the original source, and whether it was the scopes; remembered if only the map was used."""
        hit = place.hit
        original = hit.source_index, hit.line, hit.column
        key = "name", self._digest(place.map_artifact), *original, place.line, place.column, place.is_exact
        known: tuple[str | None, bool] | None = self._lookup.recent.get(key)
        if known is not None:
            return known
        ranged = place.map.function_at(place.line, place.column, original)
        known_at = place.map.function_name(*original) if ranged is None and place.is_exact else None
        scoped = tidy_name(known_at if ranged is None else ranged.name)
        if ranged is not None and ranged.hidden:
            known = None, True  # a function generated by the compiler: no name in the program belongs to it
        elif scoped is not None and scoped != ANONYMOUS and len(scoped) > _MINIFIED:
            known = scoped, True
        elif not place.is_exact:
            return None, False
        else:
            functions = self._original(place)
            written = functions.name_at(hit.line, hit.column) if functions is not None else None
            # A function map calls some functions anonymous that have names in the source: private methods, computed keys. The scopes
            # written by swc have the minifier's names.
            known = written or scoped, False
            if functions is None or not place.map.has_content(hit.source_index):
                return known
        self._lookup.recent.put(key, known, _NAME_COST + len(known[0] or ""))
        return known

    def _original(self, place: Place) -> FunctionIndex | None:
        """The functions of the original source, from the map's text or from disk."""
        source = place.hit.source_index
        memo = place.map_artifact.name, source
        if memo not in self._functions:
            self._functions[memo] = self._parse_original(place, source)
        return self._read(self._functions[memo])

    def _parse_original(self, place: Place, source: int) -> FunctionIndex | Problem | None:
        name = place.hit.source or ""
        if place.map.has_content(source):
            opened = place.map
            text = derived(
                FileKind.SOURCE,
                f"{name} in {place.map_artifact.name}",
                opened.content_digest(source) or "",
                lambda: (opened.content(source) or "").encode("utf-8", "surrogatepass"),
            )
            # A source without a name may be of either language; TypeScript's grammar reads both.
            return self._parse("unnamed.ts" if place.is_unnamed else name, text)
        if place.is_unnamed:
            return None
        found = self._lookup.source(name, place.map_artifact)
        return self._parse(name, found.artifacts[0]) if len(found.artifacts) == 1 else None

    def _parse(self, name: str, text: Artifact) -> FunctionIndex | Problem | None:
        compiler = FunctionCompiler.for_name(name)
        return None if compiler is None else self._lookup.compiled(compiler, text)

    def _read(self, parsed: FunctionIndex | Problem | None) -> FunctionIndex | None:
        if isinstance(parsed, Problem):
            self.is_lasting = False
            return None
        return parsed

    def _call_site(self, frame: Frame, called: str | None) -> str | None:
        """The token's name at the caller's call. It is right in less than half of all frames, so it is only used if the reported name
        says nothing at all.
        """
        raw = tidy_name(frame.function)
        if raw is None or len(raw) > _MINIFIED or raw == ANONYMOUS:
            return None
        self.is_lasting = False
        return called

    def _generated(self, place: Place) -> str | None:
        """The original name of the generated file's function, from the token at its identifier."""
        script = place.generated.script
        if script is None or place.map is not place.generated.map or not script.path.endswith((".js", ".mjs", ".cjs", ".bundle")):
            return None
        name = script.path.removesuffix(".bundle") if script.path.endswith(".js") else script.path + ".js"
        functions = self._read(self._parse(name, script))
        if functions is None:
            return None
        identifier = functions.identifier_at(place.line, place.column)
        token = place.map.lookup(*identifier) if identifier else None
        if identifier is None or token is None or (token.generated_line, token.generated_column) != identifier:
            return None
        written = functions.name_at(place.line, place.column) or ""
        if token.name is not None:
            return f"new {token.name}" if written.startswith("new ") else token.name
        # A token without a name was not renamed: the generated file has the original name. Short ones are not trusted:
        # minifiers omit the renaming of private names (`#r`) from their maps.
        own = written.rpartition(".")[2]
        return own if len(own.rpartition(" ")[2].lstrip("#")) > _MINIFIED else None


def _with_key(name: str, raw: str | None) -> str:
    """A name with a key known only at run time (`Station.<computed>`), with the key that the engine printed (`[survey]`)."""
    key = (tidy_name(raw) or "").rpartition(" ")[2]
    key = key[key.rindex("[") :] if key.endswith("]") and "[" in key else key.rpartition(".")[2]
    return name[: -len(COMPUTED)] + key if len(key) > _MINIFIED and key not in (ANONYMOUS, COMPUTED) else name


def _one_of(names: list[str | None], said: str) -> str | None:
    """The one of several functions that the engine, or the generated file, means by `said`; None if several or none match."""
    fitting: list[str | None]
    if said in _NAMELESS:
        fitting = [name for name in names if name in _NAMELESS]
    else:
        fitting = [name for name in names if name and _last(name) == _last(said)] or [
            name for name in names if name != GLOBAL and len(said) <= _MINIFIED
        ]
    return fitting[0] if len(fitting) == 1 else None


def _last(name: str) -> str:
    """A function's name without its owner: `total` of `get Cart.total`."""
    return name.rpartition(" ")[2].rpartition(".")[2].lstrip("#")
