"""Where a generated position leads, and the text there: what the transformer of JavaScript frames and their names share."""

from __future__ import annotations

from typing import Any

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.recent import Recent
from symbolicator.sourcemaps.lookups import Hit, Lookups
from symbolicator.transformers.script import Generated

ANSWER_COST = 768
_LINE_COST = 64
"""Bytes charged for an answer that is remembered, and for each line of text in one, beside its characters."""


def is_unnamed(source: str | None) -> bool:
    """Whether a source of a map has no name of its own."""
    return not source or source.endswith("/")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a generated position leads: the last map's hit, and what it was found with."""

    generated: Generated
    map: Lookups
    map_artifact: Artifact
    hit: Hit
    line: int
    column: int
    """The position in the last map's generated file, 0-based."""

    is_exact: bool = True
    """False if only the line of the hit is known: its column, and what depends on it, are meaningless."""

    source: str | None
    """The name of the hit's source: as seen from the files that its own generated file went into, if any."""
    in_app: bool
    """False if a map on the way ignores the source, or a file between is a package's; the last source's own path is not checked."""

    @property
    def is_unnamed(self) -> bool:
        """Whether the map gives its source no name: `null`, `""`, or a bare `sourceRoot` (ECMA-426 allows it; the text may be there)."""
        return is_unnamed(self.hit.source)


class MapText(msgspec.Struct, frozen=True):
    """The text of one source of a map, as `SourceText`."""

    map: Lookups
    source: int
    digest: str
    """Of the map."""
    recent: Recent[Any, Any]

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """See `SourceText.context`."""
        key = "context", self.digest, self.source, line, before, after
        known: tuple[list[str], str, list[str]] | None = self.recent.get(key)
        if known is None:
            found = self.map.context(self.source, line, before, after)
            if found is None or found[1] is None:
                return None
            known = found[0], found[1], found[2]
            around = (*found[0], found[1], *found[2])
            self.recent.put(key, known, ANSWER_COST + sum(map(len, around)) + _LINE_COST * len(around))
        return known
