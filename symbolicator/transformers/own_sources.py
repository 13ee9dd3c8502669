"""Frames that a runtime mapped before it printed them (node --enable-source-maps, Bun, Deno, ts-node, test runners): of which source.

Owns the sources of the maps given, by their last segment. A path that ends in all of a source's own path, folder and name at least, is that
source: nothing is missing for such a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind, url_segments
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem
from symbolicator.sourcemaps.lookups import Lookups
from symbolicator.sourcemaps.paths import clean, strip_query
from symbolicator.transformers.script_maps import MAPS

MAX_MAPS = 64
MAX_BYTES = 16 << 20
"""Maps, and bytes of them all together, up to which they are opened for a file that nothing else is known of."""
_MAX_SOURCES = 50_000
_GENERATED = ("http:", "https:", "webpack-internal:", "rspack-internal:")
_MAX_SEGMENTS = 64
"""Of a source's path; longer ones are no candidates. Each tail of a frame's path is looked up once, however many sources have its name."""

Own = tuple[Lookups, Artifact, int]
"""A map, its file, and the number of a source in it."""


class OwnSources:
    """The sources of one event's maps. They are read when first needed, and only if there are few maps."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._by_path: dict[tuple[str, ...], list[Own]] | None = None

    def find(self, url: str, places_of: Callable[[str], Sequence[tuple[int, int]]]) -> Own | None:
        """The source that `url` is, which must have every line of the places (0-based) reported for it; None if that is unclear.

        What a development server hands out under a source's name is generated code, and so is what a development bundle evaluates under
        one (webpack's `eval` ends it with a question mark).
        """
        if url[:18].lower().startswith(_GENERATED) or url.endswith("?"):
            return None
        wanted = url_segments(url)
        if len(wanted) < 2:
            return None
        if self._by_path is None:
            self._by_path = self._read()
        sizes = range(min(len(wanted), _MAX_SEGMENTS), 1, -1)
        longest: Sequence[Own] = next((self._by_path[tail] for size in sizes if (tail := wanted[-size:]) in self._by_path), ())
        places = places_of(url) if longest else ()
        # Several maps may hold one source (chunks, or a build for servers and one for browsers): any of them will do.
        return next((own for own in longest[:MAX_MAPS] if _has(own, places)), None)

    def _read(self) -> dict[tuple[str, ...], list[Own]]:
        maps = self._lookup.all(FileKind.SOURCEMAP)
        found: dict[tuple[str, ...], list[Own]] = {}
        if len(maps) > MAX_MAPS or sum(one.size for one in maps) > MAX_BYTES:
            return found
        for artifact in maps:
            opened = self._lookup.compiled(MAPS, artifact)
            if isinstance(opened, Problem):
                continue
            for number in range(min(opened.source_count, _MAX_SOURCES)):
                path = url_segments(clean(strip_query(opened.source(number) or "")))
                if 2 <= len(path) <= _MAX_SEGMENTS:
                    found.setdefault(path, []).append((opened, artifact, number))
        return found


def _has(own: Own, places: Sequence[tuple[int, int]]) -> bool:
    opened, _, number = own
    if not opened.has_content(number):
        return True
    lines = (opened.context(number, line, 0, 0) for line, _ in places)
    return all(found is not None and found[1] is not None for found in lines)
