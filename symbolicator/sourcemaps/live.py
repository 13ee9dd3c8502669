"""A map in memory that answers like a compiled one: used before, or without, a table.

What look-ups decode is kept for the next ones, up to a few megabytes: an engine that runs for months may keep the map as long.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from symbolicator.artifacts.lines import Context
from symbolicator.cached import cached_property
from symbolicator.sourcemaps import document, text
from symbolicator.sourcemaps.lookups import Lookups, moved
from symbolicator.sourcemaps.metro import Extras
from symbolicator.sourcemaps.metro_reading import read_extras
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.reading import Content

_TEXT_BYTES: Final = 32 << 20
"""Decoded texts kept for the next look-up."""
_STRING_BYTES: Final = 96
"""About what Python takes for a source's or a variable's name."""


class LiveIndex(Lookups):
    """`Lookups` over a map that was just read. Texts are decoded, and their lines found, when first used. Safe to share between threads."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rows = content.rows
        self._texts: dict[int, tuple[bytes, array[int]]] = {}
        self._text_bytes = 0
        self._digests: dict[int, str] = {}
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

    @cached_property
    def extras(self) -> Extras:  # type: ignore[override]  # read when first asked for
        """Tables of React Native builds."""
        return read_extras(self._content.members)

    @property
    def nbytes(self) -> int:
        """About what it takes of memory beside the bytes of the map itself, at most."""
        content = self._content
        texts = min(_TEXT_BYTES, sum(memoryview(raw).nbytes for raw in content.contents))
        return content.rows.nbytes + _STRING_BYTES * (len(content.names) + len(content.sources)) + texts

    def source(self, i: int) -> str | None:  # noqa: D102
        return self._content.sources[i]

    def is_ignored(self, i: int) -> bool:  # noqa: D102
        return i in self._content.ignored

    def has_content(self, i: int) -> bool:  # noqa: D102
        contents = self._content.contents
        return 0 <= i < len(contents) and document.kind(contents[i]) == "a string"

    def content(self, i: int) -> str | None:  # noqa: D102
        found = self._text(i)
        return None if found is None else found[0].decode()

    def content_digest(self, i: int) -> str | None:  # noqa: D102
        found = self._digests.get(i)
        if found is None and (whole := self._text(i)) is not None:
            found = self._digests[i] = text.digest(whole[0]).hex()
        return found

    def context(self, source: int, line: int, before: int, after: int) -> Context | None:  # noqa: D102
        found = self._text(source)
        if found is None:
            return None
        encoded, starts = found
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

    def _text(self, i: int) -> tuple[bytes, array[int]] | None:
        """The text of a source in UTF-8, and where its lines start; None where the map does not hold it."""
        found = self._texts.get(i)
        if found is None and self.has_content(i):
            value = document.value(self._content.contents[i])
            if isinstance(value, str):
                encoded = value.encode()
                found = encoded, text.line_starts(encoded)
                if self._text_bytes + len(encoded) > _TEXT_BYTES:
                    self._texts, self._text_bytes = {}, 0
                self._texts[i] = found
                self._text_bytes += len(encoded)
        return found

    def _section_starts(self) -> Sequence[int]:
        parts = self._content.parts
        return [part.start for part in parts] if len(parts) > 1 else []

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
