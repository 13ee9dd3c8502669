"""`SourceMapIndex`: look-ups in a compiled map. `compiling.py` describes the columns.

Opening reads only the table's directory; a look-up reads the samples, one window of keys and one row, so that a crash's frames
check only a few of a big table's blocks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from symbolicator.artifacts import damage
from symbolicator.artifacts.lines import Context
from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.cached import cached_property
from symbolicator.sourcemaps import text
from symbolicator.sourcemaps.lookups import Lookups, moved
from symbolicator.sourcemaps.metro import Extras, lookup_function
from symbolicator.sourcemaps.places import COLUMN

if TYPE_CHECKING:
    from symbolicator.sourcemaps.scopes import Scopes

SAMPLE: Final = 512
"""Rows for one sample: 4 KiB of keys, the bytes under one checksum."""


class _Strings(Sequence[str | None]):
    """A list of strings of a table."""

    def __init__(self, table: Table, name: str) -> None:
        self._table, self._name = table, name

    def __len__(self) -> int:
        return self._table.length(self._name)

    def __getitem__(self, i: Any) -> Any:  # slices are not used
        return self._table.string(self._name, i)

    def __iter__(self) -> Iterator[str | None]:
        return (self._table.string(self._name, i) for i in range(len(self)))


_COLUMNS: Final = {
    **dict.fromkeys(("keys", "samples", "text_ends", "line_ends", "delegates", "sections", "functions", "segment_ends"), "Q"),
    **dict.fromkeys(("originals", "lines", "function_names", "function_starts"), "I"),
    **dict.fromkeys(("ranges", "ignored", "text", "has_text", "digests", "segment_maps"), "B"),
}


@damage.over_table
class SourceMapIndex(Lookups):
    """`Lookups` over a table. Every method may raise `DamagedTable`. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.row_count = table.length("keys")
        self._held: dict[tuple[int, str], bool] = {}  # a few phrases of ours; a text of megabytes is searched for them once
        self._has_ranges = table.length("ranges") > 0
        self.source_count = table.length("sources")
        self.debug_id = damage.text(table, "debug_id")
        self.file = damage.text(table, "file")
        self.warnings = damage.texts(table, "warnings")
        self.has_delegates = table.length("delegates") > 0
        self.crosses_lines = table.meta.get("crosses_lines") is True
        sources = self.source_count
        damage.expect(
            table, _COLUMNS,
            originals=4 * self.row_count, samples=-(-self.row_count // SAMPLE), ranges=self.row_count if self._has_ranges else 0,
            ignored=sources, has_text=sources, text_ends=sources + 1, line_ends=sources + 1, digests=16 * sources,
            delegates=2 * table.length("delegate_urls"), function_names=table.length("functions"),
            segment_ends=table.length("segment_ids") + 1,
        )  # fmt: skip

    @cached_property
    def scopes(self) -> Scopes | None:  # type: ignore[override]  # read when first asked for
        """The scopes of the map, without variables and bindings; None where it has none."""
        if "scope_source" not in self._table.names():
            return None
        from symbolicator.sourcemaps.scopes import RANGE_COLUMNS, SCOPE_COLUMNS, Scopes  # few maps have scopes

        scopes, ranges = self._aligned("scope", SCOPE_COLUMNS), self._aligned("range", RANGE_COLUMNS)
        return Scopes(scopes, ranges, _Strings(self._table, "names"))

    def _aligned(self, what: str, columns: dict[str, str]) -> dict[str, memoryview]:
        """Columns of one length each."""
        table = self._table
        count = table.length(f"{what}_start")
        damage.expect(table, {f"{what}_{key}": code for key, code in columns.items()}, **{f"{what}_{key}": count for key in columns})
        return {key: table.column(f"{what}_{key}") for key in columns}

    @cached_property
    def extras(self) -> Extras:  # type: ignore[override]  # read when first asked for
        """Tables of React Native builds."""
        meta, ends = self._table.meta, self._table.column("segment_ends")
        said = {key: meta[key] for key in ("module_paths", "offsets", "hermes_function_offsets") if key in meta}
        try:
            extras = msgspec.convert(said, Extras)
        except msgspec.ValidationError as error:
            raise DamagedTable(f"Metro's function map cannot be read: {error}", self._table.origin) from error
        return msgspec.structs.replace(
            extras,
            segments={
                str(segment): bytes(self._table.blob_window("segment_maps", ends[i], ends[i + 1]))
                for i, segment in enumerate(_Strings(self._table, "segment_ids"))
            },
        )

    def source(self, i: int) -> str | None:  # noqa: D102
        return self._table.string("sources", i)

    def is_ignored(self, i: int) -> bool:  # noqa: D102
        return self._table.item("ignored", i) != 0

    def has_content(self, i: int) -> bool:  # noqa: D102
        return 0 <= i < self.source_count and self._table.item("has_text", i) != 0

    def content(self, i: int) -> str | None:  # noqa: D102
        if not self.has_content(i):
            return None
        start, stop = self._table.window("text_ends", i, i + 2)
        return str(self._table.blob_window("text", start, stop), "utf-8")

    def content_holds(self, i: int, phrase: str) -> bool:  # noqa: D102
        asked = i, phrase
        if asked not in self._held:
            self._held[asked] = super().content_holds(i, phrase)
        return self._held[asked]

    def content_digest(self, i: int) -> str | None:  # noqa: D102
        return self._table.blob_window("digests", 16 * i, 16 * i + 16).hex() if self.has_content(i) else None

    def context(self, source: int, line: int, before: int, after: int) -> Context | None:  # noqa: D102
        table = self._table
        if not 0 <= source < self.source_count:
            return None
        text_start, text_end = table.window("text_ends", source, source + 2)
        if text_start == text_end and not table.item("has_text", source):
            return None
        first, end = table.window("line_ends", source, source + 2)
        line_count = end - first
        if not 0 <= line < line_count:
            return [], None, []
        # Only the requested lines, and the start of the one after them.
        low = max(0, line - min(max(before, 0), text.MAX_LINES))
        high = min(line_count, line + 1 + min(max(after, 0), text.MAX_LINES))
        starts = table.window("lines", first + low, first + min(high + 1, line_count))
        stop = text_start + starts[high - low] if high < line_count else text_end
        window = bytes(table.blob_window("text", text_start + starts[0], stop))
        return text.lines_of(window, starts, high - low, line - low)

    def delegate(self, line: int, column: int) -> tuple[str, int, int] | None:  # noqa: D102
        if line < 0 or column < 0 or not self.has_delegates:
            return None
        key = line << 32 | min(column, COLUMN)
        keys = self._table.column("delegates")
        at = bisect_right(keys[::2].tolist(), key) - 1
        if at < 0 or key >= keys[2 * at + 1]:
            return None
        return (self._table.string("delegate_urls", at) or "", *moved(line, column, keys[2 * at]))

    def _section_starts(self) -> Sequence[int]:
        return self._table.column("sections")

    def _find(self, line: int, column: int) -> int:
        if line < 0 or column < 0:
            return -1
        key = line << 32 | min(column, COLUMN)
        sample = bisect_right(self._samples, key) - 1
        if sample < 0:
            return -1
        start = sample * SAMPLE
        return start + bisect_right(self._table.window("keys", start, min(start + SAMPLE, self.row_count)), key) - 1

    @cached_property
    def _samples(self) -> memoryview:
        return self._table.column("samples")

    def _key(self, row: int) -> int:
        return self._table.item("keys", row)

    def _original(self, row: int) -> Sequence[int]:
        return self._table.window("originals", 4 * row, 4 * row + 4)

    def _is_range(self, row: int) -> bool:
        return self._has_ranges and self._table.item("ranges", row) != 0

    def _name(self, i: int) -> str | None:
        return self._table.string("names", i)

    def _metro_name(self, source: int, line: int, column: int) -> str | None:
        table = self._table
        if not 0 <= source < table.length("function_starts") - 1:
            return None
        starts = table.window("function_starts", source, source + 2)
        return lookup_function(
            starts,
            lambda start, stop: table.window("functions", start, stop),
            lambda row: table.string("function_strings", table.item("function_names", row)),
            0,
            line,
            column,
        )
