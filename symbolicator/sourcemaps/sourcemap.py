"""`SourceMap`: one map in hand, for people with a file. Reading is `reading.py`'s, the look-up rule `lookups.py`'s."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symbolicator.artifacts.lines import Context
from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.live import LiveIndex
from symbolicator.sourcemaps.lookups import Hit
from symbolicator.sourcemaps.metro import Extras
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.positions import OriginalPosition, Segment
from symbolicator.sourcemaps.reading import Content, read
from symbolicator.sourcemaps.scopes import ScopeFrame, Scopes
from symbolicator.sourcemaps.sections import Part


class SourceMap:
    """A source map (ECMA-426) in memory: flat or of sections. Immutable, and safe to share between threads.

    >>> m = SourceMap.parse(b'{"version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA;EACE"}')
    >>> m.lookup(1, 7)
    OriginalPosition(source='a.ts', line=1, column=2, name=None)
    """

    def __init__(self, content: Content) -> None:
        """Use `parse`."""
        self._content = content
        self.index = LiveIndex(content)
        """The same map, with the methods of a compiled one."""

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview | str, strict: bool = False) -> SourceMap:
        """Read a map. Raises `MalformedArtifact`, or `LimitExceeded`, and nothing else.

        Lenient reads everything it can, and says in `warnings` what it went around; what holds no map at all (no JSON object, no
        `mappings` that are a string) is refused. Strict refuses everything that ECMA-426 lets a reader refuse.
        """
        return cls(read(data, strict))

    def lookup(self, line: int, column: int) -> OriginalPosition | None:
        """The original position of generated `line`, `column`, both from 0; None where nothing maps. The rule is in `Lookups.lookup`."""
        hit = self.index.lookup(line, column)
        return None if hit is None else OriginalPosition(hit.source, hit.line, hit.column, hit.name)

    def hit(self, line: int, column: int) -> Hit | None:
        """`lookup`, with the number of the source and the start of the segment."""
        return self.index.lookup(line, column)

    @property
    def sources(self) -> list[str | None]:
        """The sources, after `sourceRoot`; None for one without a name. Those of all sections, equal ones once."""
        return list(self._content.sources)

    @property
    def raw_sources(self) -> list[str | None]:
        """The sources as written."""
        return list(self._content.raw_sources)

    @property
    def source_root(self) -> str | None:
        """`sourceRoot` as written; None in a map of sections, each of which has its own."""
        return self._content.source_root

    def source_content(self, i: int) -> str | None:
        """The text of source number `i`; None where the map does not hold it, or has no such source."""
        return self.index.content(i)

    @property
    def names(self) -> list[str]:
        """The names; those of sections one after the other."""
        return list(self._content.names)

    @property
    def ignore_list(self) -> list[int]:
        """The numbers of the sources to be ignored (`ignoreList`, else `x_google_ignoreList`), in order."""
        return sorted(self._content.ignored)

    @property
    def debug_id(self) -> str | None:
        """`debugId` or `debug_id`, in normal form."""
        return self._content.debug_id

    @property
    def file(self) -> str | None:
        """`file`: the generated file, as the map calls it."""
        return self._content.file

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the map and was read around, a sentence each."""
        return self._content.warnings

    @property
    def sections(self) -> list[Part]:
        """Its flat maps, in order; one for a map without sections."""
        return list(self._content.parts)

    @property
    def scopes(self) -> Scopes | None:
        """The decoded `scopes`, where the map has them."""
        return self._content.scopes

    @property
    def extras(self) -> Extras:
        """Tables of React Native builds."""
        return self.index.extras

    def delegate(self, line: int, column: int) -> tuple[str, int, int] | None:
        """(url, line, column) where another map covers this generated position: a section that gives `url` in place of `map`."""
        return self.index.delegate(line, column)

    def function_name(self, source: int, line: int, column: int) -> str | None:
        """The function around a position of source number `source`, as the map itself says; see `Lookups.function_name`."""
        return self.index.function_name(source, line, column)

    def frames(self, line: int, column: int) -> list[ScopeFrame]:
        """The functions at a generated position by the map's scopes; see `Lookups.frames`."""
        return self.index.frames(line, column)

    def context(self, source: int, line: int, before: int, after: int) -> Context | None:
        """The lines around `line` of source number `source`; see `Lookups.context`."""
        return self.index.context(source, line, before, after)

    def __len__(self) -> int:
        """The number of segments, with those that end a section where the next begins."""
        return self._content.rows.count

    def __iter__(self) -> Iterator[Segment]:
        """The segments in the order of generated positions."""
        rows = self._content.rows.whole()
        for row in range(rows.count):
            key = rows.keys[row]
            source, line, column, name = rows.originals[4 * row : 4 * row + 4]
            if source == vn.NONE:
                yield Segment(key >> 32, key & COLUMN, None, None, None, None)
            else:
                yield Segment(key >> 32, key & COLUMN, source, line, column, None if name == vn.NONE else name)

    def to_index(self) -> Any:  # that package publishes no types
        """The map as a `sourcemap.SourceMapIndex`, for code written against that package; it comes with that package's own look-up rule."""
        from symbolicator.sourcemaps.pypi import to_index  # few need it

        return to_index(self)
