"""Maps behind a map: sections in separate files, and the maps of sources that are generated files themselves."""

from __future__ import annotations

from collections.abc import Callable

from symbolicator.artifacts.embedded import derived
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.keys import FileKind, Key
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.lookups import Lookups
from symbolicator.transformers.script import HINT_NO_FILE, MAP_ENDINGS, ambiguous
from symbolicator.transformers.script_maps import MAPS, ScriptMaps, inline_map

# Sources with these endings may be generated themselves; others are original.
_GENERATED_ENDINGS = (".js", ".mjs", ".cjs", ".jsx")
_KEY_COST = 256
"""Bytes charged for what is remembered of a source, beside its URL."""


class MapsBehind:
    """The maps behind the maps of one event, each looked up once."""

    def __init__(self, lookup: Lookup, scripts: ScriptMaps, digest: Callable[[Artifact], str]) -> None:
        self._lookup = lookup
        self._scripts = scripts
        self._digest = digest
        self._behind: dict[tuple[str, int], tuple[Lookups, Artifact]] = {}
        self._originals: dict[str, set[int]] = {}
        """Sources without a map behind, by map."""

    def section(self, url: str, near: Artifact) -> tuple[Lookups, Artifact] | Problem:
        """The map that a section of an index map refers to."""
        found = self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=url), near=near)
        if len(found.artifacts) > 1:
            return ambiguous(f"section {url} of {near.name}", found)
        if not found.artifacts:
            return Problem(
                type=ProblemType.MISSING_SOURCEMAP,
                detail=f"{near.name} refers to {url}, which is not among the files given",
                artifact=near.name,
                tried=found.tried,
                hint=HINT_NO_FILE,
            )
        opened = self._lookup.compiled(MAPS, found.artifacts[0])
        return opened if isinstance(opened, Problem) else (opened, found.artifacts[0])

    def originals(self, artifact: Artifact) -> set[int]:
        """The sources of a map that are known to have no map behind them: most, and a flood of events looks up each of them again."""
        originals = self._originals.get(artifact.name)
        if originals is None:
            key = "originals", artifact.name, self._digest(artifact)
            originals = self._originals[artifact.name] = self._lookup.for_a_moment(key, set[int])
        return originals

    def behind(self, opened: Lookups, artifact: Artifact, source: int) -> tuple[Lookups, Artifact] | None:
        """The map of a source that is itself a generated file (TypeScript → bundler → minifier); None for an original."""
        originals = self.originals(artifact)
        if source in originals:
            return None
        memo = artifact.name, source
        found = self._behind.get(memo)
        if found is None:
            found = self._find_behind(opened, artifact, source)
            if found is None:
                originals.add(source)
            else:
                self._behind[memo] = found
        return found

    def _may_be_generated(self, opened: Lookups, artifact: Artifact, source: int) -> tuple[str, bool]:
        """The URL of a source that may be a generated file, "" of any other; and whether its map is in its text."""
        key = "generated", self._digest(artifact), source
        known: tuple[str, bool] | None = self._lookup.recent.get(key)
        if known is None:
            url = opened.source(source) or ""
            if url.split("?", 1)[0].endswith(_GENERATED_ENDINGS):
                known = url, opened.content_holds(source, "sourceMappingURL=data:")
            else:
                known = "", False
            self._lookup.recent.put(key, known, _KEY_COST + len(known[0]))
        return known

    def _find_behind(self, opened: Lookups, artifact: Artifact, source: int) -> tuple[Lookups, Artifact] | None:
        for compiler_ending in MAP_ENDINGS[1:]:
            if artifact.path.endswith(compiler_ending):
                # Hermes: the compiler's map leads to the packager's bundle, with its map beside it.
                base = artifact.path[: -len(compiler_ending)].rpartition("/")[2]
                for ending in (".packager.map", ".map"):
                    packager = self._one_map(self._lookup.find(Key(kind=FileKind.SOURCEMAP, url=base + ending), near=artifact))
                    if packager is not None:
                        return packager
        url, has_map = self._may_be_generated(opened, artifact, source)
        if not url:
            return None
        if has_map:
            content = (opened.content(source) or "").encode("utf-8", "surrogatepass")
            inline = derived(
                FileKind.SOURCEMAP,
                f"{url} (inline map, in {artifact.name})",
                f"{opened.content_digest(source)}-inline",
                lambda: inline_map(memoryview(content)),
                artifact,
            )
            map_of_text = self._lookup.compiled(MAPS, inline)
            return None if isinstance(map_of_text, Problem) else (map_of_text, inline)
        found = self._lookup.find(Key(kind=FileKind.SCRIPT, url=url), near=artifact)
        if len(found.artifacts) != 1:
            return None
        script = found.artifacts[0]
        has_text = opened.has_content(source)
        if not has_text and found.how != "path":
            return None  # a file of the same name elsewhere is no proof
        if has_text and script.digest() != opened.content_digest(source):
            return None
        resolved = self._scripts.with_map(url, script, None)
        return (
            (resolved.map, resolved.map_artifact)
            if resolved.map and resolved.map_artifact and resolved.map_artifact.name != artifact.name
            else None
        )

    def _one_map(self, found: Found) -> tuple[Lookups, Artifact] | None:
        if len(found.artifacts) != 1:
            return None
        opened = self._lookup.compiled(MAPS, found.artifacts[0])
        return None if isinstance(opened, Problem) else (opened, found.artifacts[0])
