"""The PyPI package `sourcemap`'s own objects, for code that was written against it. Its module and its quirks end here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from sourcemap.objects import SourceMapIndex, Token

from symbolicator.errors import LimitExceeded
from symbolicator.sourcemaps.positions import Segment


class Readable(Protocol):
    """What is needed of a map: a `SourceMap` has it."""

    @property
    def file(self) -> str | None:
        """`file`, as written."""

    @property
    def source_root(self) -> str | None:
        """`sourceRoot`, as written."""

    @property
    def sources(self) -> list[str | None]:
        """The sources, after `sourceRoot`."""

    @property
    def raw_sources(self) -> list[str | None]:
        """The sources, as written."""

    @property
    def names(self) -> list[str]:
        """The names."""

    def __iter__(self) -> Iterator[Segment]:
        """The segments, in order."""


def to_index(m: Readable) -> Any:  # that package publishes no types
    """A `sourcemap.SourceMapIndex` with a `Token` for each segment; as there, an unmapped one has no source, and of two at one column the
    last is found.
    """
    sources, names = m.sources, m.names
    tokens: list[Any] = []
    index: dict[tuple[int, int], Any] = {}
    rows: list[list[int]] = []
    for segment in m:
        line, column = segment.generated_line, segment.generated_column
        source = None if segment.source is None else sources[segment.source]
        name = None if segment.name is None else names[segment.name]
        token = Token(line, column, source, segment.line or 0, segment.column or 0, name)
        tokens.append(token)
        index[line, column] = token
        _row(rows, line).append(column)
    raw = {"version": 3, "file": m.file, "sources": m.raw_sources, "names": names, "sourceRoot": m.source_root}
    return SourceMapIndex(raw, tokens, rows, index, sources)


MAX_ROWS = 1 << 24
"""That package keeps a list for each generated line, so an index map's offset could ask for any number of them."""


def _row(rows: list[list[int]], line: int) -> list[int]:
    if line >= MAX_ROWS:
        raise LimitExceeded(f"generated line {line}; an index of the `sourcemap` package has at most {MAX_ROWS} lines")
    rows.extend(_new_rows(line + 1 - len(rows)))
    return rows[line]


def _new_rows(count: int) -> Iterator[list[int]]:
    return ([] for _ in range(count))
