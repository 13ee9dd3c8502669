"""From a frame's name for its script to the opened map: which files belong to a generated position, or why none does.

Files found by name (`script_maps.py`) are used if nothing contradicts: a frame that the runtime has already mapped (`own_sources.py`),
another file of the event that they belong to (`rivals.py`). Otherwise a React Native bundle's other names are tried (`bundles.py`), then a
file that was given by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from symbolicator.artifacts.evidence import contradiction
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.cached import cached_property
from symbolicator.keys import FileKind, common_tail, url_segments
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem
from symbolicator.sourcemaps.paths import is_internal, source_path
from symbolicator.transformers.maps_behind import MapsBehind
from symbolicator.transformers.own_sources import OwnSources
from symbolicator.transformers.pages import Pages
from symbolicator.transformers.rivals import Rivals
from symbolicator.transformers.script import Generated, file_name, meant_by, other_build, script_name
from symbolicator.transformers.script_maps import MAPS, ScriptMaps

if TYPE_CHECKING:
    from symbolicator.transformers.bundles import Bundles

TEXTS = TextCompiler()
MAX_SOURCES = 100_000
"""How many sources of a map are compared with a frame's own file."""
_MAX_MANIFEST = 1 << 20
"""Largest manifest that is read, in bytes."""
_NO_SOURCE = -1
_KEY_COST = 512
"""Bytes charged for what is remembered about one URL and one map, beside their characters."""


class GeneratedFiles:
    """The scripts and maps of one event, each looked up once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._scripts = ScriptMaps(lookup)
        self._known: dict[str, Generated] = {}
        self._texts: dict[str, TextIndex | None] = {}
        self._digests: dict[str, str] = {}
        self.maps = MapsBehind(lookup, self._scripts, self.digest)
        """Maps behind other maps."""

    def at(self, url: str, line: int, column: int, *, assumed: bool = False) -> Generated:
        """The files of the script that contains a position of `url` (0-based): as `resolve`, or for a page its inline script."""
        known = self.resolve(url, assumed=assumed)
        if known.map is not None or known.script is None or known.script.identity.kind is not FileKind.SOURCE:
            return known
        text = self.text(known.script)
        return known if text is None else self._pages.script_at(known, text, line, column)

    def resolve(self, url: str, *, assumed: bool = False) -> Generated:
        """The files of the script that frames call `url`; `assumed`: this is only a bundle's usual name."""
        known = self._known.get(url)
        if known is None:
            known = self._unless_rivalled(self._unless_mapped(self._scripts.find(url)))
            if known.map is None:
                known = self._bundles.find(url, known)
            if known.map is None and known.script is None:
                page = self._pages.find(url)
                known = self._named(known) if page is None else Generated(url=url, script=page)
            if known.map is None and assumed:
                known = self._bundles.only(url, known)
            if known.map is None and known.script is None:
                known = self._own_source(url) or known
            self._known[url] = known
            if url in self._scripts.debug_ids:
                self._lookup.mark_image(self._scripts.debug_ids[url][0], debug_status="found" if known.map else "missing")
        return known

    def without_script(self, known: Generated) -> Generated | None:
        """The map alone, from now on, if the event names it by debug id and the script is only called as frames call it; else None."""
        image_id = self._scripts.debug_id(known.url)
        certain = known.script is None or image_id is None or image_id in known.script.identity.debug_ids
        if certain or known.how != "debug_id" or known is not self._known.get(known.url):
            return None
        self._known[known.url] = known = msgspec.structs.replace(known, script=None)
        return known

    @cached_property
    def _bundles(self) -> Bundles:
        from symbolicator.transformers.bundles import Bundles  # seldom needed

        return Bundles(self._lookup, self._scripts)

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self._lookup, self._scripts)

    def _unless_mapped(self, known: Generated) -> Generated:
        """`known`, marked as already mapped if its URL is one of the map's own sources rather than the generated file.

        Runtimes that map by themselves (node --enable-source-maps, Bun, Deno, test runners) print the sources' paths.
        """
        opened, artifact = known.map, known.map_artifact
        wanted = url_segments(known.url)
        if opened is None or artifact is None or known.how in ("debug_id", "inline") or len(wanted) < 2:
            return known
        path = known.script.path if known.script is not None else script_name(artifact.path)
        key = "mapped", self.digest(artifact), artifact.path, path, wanted
        best: int | None = self._lookup.recent.get(key)
        if best is None:
            best, fits = _NO_SOURCE, common_tail(url_segments(path), wanted)
            for number in range(min(opened.source_count, MAX_SOURCES)):
                source = opened.source(number)
                if source is None or not source.split("?", 1)[0].endswith(wanted[-1]):
                    continue
                common = common_tail(url_segments(source_path(source, artifact.path).abs_path), wanted)
                if common > fits:
                    best, fits = number, common
            self._lookup.recent.put(key, best, _KEY_COST + sum(map(len, wanted)) + len(path) + len(artifact.path))
        return known if best == _NO_SOURCE else msgspec.structs.replace(known, source=best, how="source")

    def _own_source(self, url: str) -> Generated | None:
        """`url` as a source of one of the maps, if no generated file has that name."""
        if url in self._scripts.debug_ids:
            return None
        own = self._own_sources.find(url, self._rivals.places_of)
        return None if own is None else Generated(url=url, map=own[0], map_artifact=own[1], source=own[2], how="source")

    @cached_property
    def has_extension(self) -> bool:
        """Whether a browser extension is among the files: then its own frames may be missing something."""
        manifests = (one for one in self._lookup.all(FileKind.SOURCE) if one.file_name == "manifest.json")
        contents = (self._lookup.read(one) for one in manifests if one.size <= _MAX_MANIFEST)
        return any(not isinstance(content, Problem) and b'"manifest_version"' in bytes(content) for content in contents)

    @cached_property
    def _own_sources(self) -> OwnSources:
        return OwnSources(self._lookup)

    def _unless_rivalled(self, known: Generated) -> Generated:
        """`known`, without its files if they belong to another file of the event (`rivals.py`)."""
        artifact = known.script or known.map_artifact
        if known.map is None or artifact is None or known.how in ("debug_id", "source") or known.url in artifact.identity.urls:
            return known
        rival = self._rivals.find(known.url, script_name(artifact.name), known.map)
        if rival is None:
            return known
        return Generated(url=known.url, problems=(meant_by(known.url, artifact.name, rival),))

    @cached_property
    def _rivals(self) -> Rivals:
        return Rivals(self._lookup.event)

    @cached_property
    def _given(self) -> tuple[tuple[Artifact, ...], tuple[Artifact, ...]]:
        """The maps and scripts given by name."""
        return self._lookup.named(FileKind.SOURCEMAP), self._lookup.named(FileKind.SCRIPT)

    @cached_property
    def _unanswered(self) -> frozenset[str]:
        """The names of the files in frames that have no map by any path."""
        return frozenset(
            name for name, paths in self._rivals.by_name.items() if any(self._scripts.find(path).map is None for path in paths)
        )

    def _named(self, known: Generated) -> Generated:
        """A map or script that was given by name, for a file that is not found otherwise, if there is evidence that it is meant:

        the map names that script (`file`); or it names none, is the only one, and no other file is missing.
        """
        maps, scripts = self._given
        if not maps and not scripts:
            return known
        url = known.url
        wanted = url_segments(url)
        if not wanted or is_internal(url) or contradiction(url, wanted, (), 0) is not None:
            return known
        said = [one for one in maps if file_name(one.identity.file) == wanted[-1]]
        if not said and len(maps) + len(scripts) == 1 and not self._unanswered - {wanted[-1]}:
            if scripts:
                found = self._scripts.with_map(url, scripts[0], self._scripts.debug_id(url))
                return found if found.map is not None else known
            said = [] if file_name(maps[0].identity.file) in self._rivals.by_name else list(maps)
        if len(said) != 1:
            return known
        opened = self._lookup.compiled(MAPS, said[0])
        if isinstance(opened, Problem):
            return msgspec.structs.replace(known, problems=(opened,))
        image_id = self._scripts.debug_id(url)
        if image_id and opened.debug_id and opened.debug_id != image_id:
            return msgspec.structs.replace(known, problems=(other_build(url, image_id, said[0].name, opened.debug_id),))
        return Generated(url=url, map=opened, map_artifact=said[0], how="path")

    def text(self, artifact: Artifact) -> TextIndex | None:
        """The lines of a text file; None if it cannot be read."""
        if artifact.name not in self._texts:
            opened = self._lookup.compiled(TEXTS, artifact)
            self._texts[artifact.name] = None if isinstance(opened, Problem) else opened
        return self._texts[artifact.name]

    def digest(self, artifact: Artifact) -> str:
        """The digest of a file that was opened for this event."""
        if artifact.name not in self._digests:
            self._digests[artifact.name] = artifact.digest()
        return self._digests[artifact.name]
