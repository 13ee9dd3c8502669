"""A map in memory that answers like a compiled one: used before, or without, a table."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from symbolicator.artifacts.lines import Context
from symbolicator.sourcemaps import document, text
from symbolicator.sourcemaps.lookups import Lookups, moved
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.reading import Content


class LiveIndex(Lookups):
    """`Lookups` over a map that was just read. Texts are decoded, and their lines found, when first used."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rows = content.rows
        self._texts: dict[int, tuple[bytes, array[int]]] = {}
        self.debug_id = content.debug_id
        self.file = content.file
        self.source_count = len(content.sources)
        self.row_count = content.rows.count
        self.scopes = content.scopes
        self.has_delegates = bool(content.delegates)
        self.crosses_lines = content.crosses_lines

    @property
    def warnings(self) -> tuple[str, ...]:  # type: ignore[override]
        """The faults of the map that were tolerated."""
        return self._content.warnings

    def source(self, i: int) -> str | None:  # noqa: D102
        return self._content.sources[i]

    def is_ignored(self, i: int) -> bool:  # noqa: D102
        return i in self._content.ignored

    def has_content(self, i: int) -> bool:  # noqa: D102
        contents = self._content.contents
        return 0 <= i < len(contents) and document.kind(contents[i]) == "a string"

    def content(self, i: int) -> str | None:  # noqa: D102
        if not self.has_content(i):
            return None
        found = document.value(self._content.contents[i])
        return found if isinstance(found, str) else None

    def content_digest(self, i: int) -> str | None:  # noqa: D102
        found = self.content(i)
        return None if found is None else text.digest(found.encode()).hex()

    def context(self, source: int, line: int, before: int, after: int) -> Context | None:  # noqa: D102
        if source not in self._texts:
            found = self.content(source)
            if found is None:
                return None
            encoded = found.encode()
            self._texts[source] = (encoded, text.line_starts(encoded))
        encoded, starts = self._texts[source]
        return text.context(starts, len(encoded), lambda start, stop: encoded[start:stop], line, before, after)

    def delegate(self, line: int, column: int) -> tuple[str, int, int] | None:  # noqa: D102
        parts = self._content.parts
        if line < 0 or column < 0:
            return None
        key = line << 32 | min(column, COLUMN)
        at = bisect_right(parts, key, key=lambda part: part.start) - 1
        if at < 0 or parts[at].url is None or key >= parts[at].stop:
            return None
        return (parts[at].url or "", *moved(line, column, parts[at].start))

    def _find(self, line: int, column: int) -> int:
        return self._rows.find(line, column)

    def _key(self, row: int) -> int:
        return self._rows.key(row)

    def _original(self, row: int) -> Sequence[int]:
        return self._rows.original(row)

    def _is_range(self, row: int) -> bool:
        return self._rows.is_range(row)

    def _name(self, i: int) -> str | None:
        return self._content.names[i]

    def _metro_name(self, source: int, line: int, column: int) -> str | None:
        return self._content.function_maps.function_name(source, line, column)
