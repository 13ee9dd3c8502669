"""Pages, and the scripts written into them: their frames name the page, and count lines and columns from its beginning.

Servers hide a page's file: `https://shop.example/cart` is `cart.html` or `cart/index.html` of the build. A script in it that has a map is a
generated file like any other; of all others, the page's own line is the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice

from msgspec.structs import replace

from symbolicator.artifacts.embedded import part_of
from symbolicator.artifacts.evidence import PAGES, is_page
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.text import TextIndex
from symbolicator.keys import FileKind, url_segments
from symbolicator.lookup import Lookup
from symbolicator.patterns import regex
from symbolicator.transformers.script import Generated
from symbolicator.transformers.script_maps import ScriptMaps

_MAX_SCRIPTS = 10_000
# HTML §13.2.5.17: `</script` always ends a script. An attribute's value may contain a `>` only in quotes.
_SCRIPT = regex(rb"""<script(?=[\s/>])(?:"[^"<]*+"|'[^'<]*+'|[^'"<>])*+>(.*?)(?=</script[\s/>]|\Z)""", re.IGNORECASE | re.DOTALL)


class Pages:
    """The pages of one event's files."""

    def __init__(self, lookup: Lookup, scripts: ScriptMaps) -> None:
        self._lookup = lookup
        self._scripts = scripts
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._known: dict[tuple[str, int], Generated] = {}

    def find(self, url: str) -> Artifact | None:
        """The page at `url`; None if it is not a page's, or none or several are given."""
        if not is_page(url):
            return None
        path = url.split("#", 1)[0].split("?", 1)[0].rstrip("/")
        names = [path] if path.lower().endswith(PAGES) else [f"{path}/index.html"]
        if not path.lower().endswith(PAGES) and url_segments(path):
            names.insert(0, f"{path}.html")
        found = next((one for one in map(self._lookup.source, names) if one.artifacts), None)
        return found.artifacts[0] if found is not None and len(found.artifacts) == 1 else None

    def script_at(self, page: Generated, text: TextIndex, line: int, column: int) -> Generated:
        """The script of `page` (with the text `text`) that contains a position (0-based), if it has a map; else `page` itself."""
        at = text.byte_at(line, column)
        if page.script is None or at is None:
            return page
        spans = self._scripts_of(page.script, text)
        number = bisect_right(spans, (at, text.byte_count)) - 1
        if number < 0 or at > spans[number][1]:
            return page
        key = page.url, number
        if key not in self._known:
            self._known[key] = self._with_map(page, page.script, text, number, spans[number])
        return self._known[key]

    def _scripts_of(self, page: Artifact, text: TextIndex) -> list[tuple[int, int]]:
        """Where the scripts of a page begin and end, in bytes of its text."""
        if page.name not in self._spans:
            found = islice(_SCRIPT.finditer(text.raw(0, text.byte_count)), _MAX_SCRIPTS)
            self._spans[page.name] = [one.span(1) for one in found]
        return self._spans[page.name]

    def _with_map(self, page: Generated, artifact: Artifact, text: TextIndex, number: int, span: tuple[int, int]) -> Generated:
        from symbolicator.sourcemaps.identify import identify_script  # few frames are of pages

        content = text.raw(*span)
        identity = identify_script(memoryview(content))
        if identity.map_url is None and not identity.debug_ids:
            return page
        script = part_of(artifact, f"script {number + 1}", FileKind.SCRIPT, lambda _: content)
        found = self._scripts.with_map(f"{page.url} (script {number + 1})", replace(script, identity=identity), None)
        line, column = text.place_at(span[0])
        return page if found.map is None else replace(found, first_line=-line, shifted_line=line, first_line_shift=-column)
