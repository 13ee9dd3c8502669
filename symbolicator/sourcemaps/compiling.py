r"""Compiles a map to its table: `SourceMapCompiler`. The table is read by `index.py`.

Columns. Rows are the segments in order; a *key* is `line << 32 | column`, from 0; `NONE` is 2**32 - 1::

    keys           Q   a row each: generated position
    originals      I   four a row: source, original line, original column, name; NONE for no source, no name
    samples        Q   every 512th key, from row 0: a look-up bisects these first, then one 4 KiB window of `keys`
    ranges         B   a row each: 1 for a range mapping; no items in a map without them
    names, sources     strings; sources after sourceRoot
    ignored        B   a source each: 1 where ignored
    text           B   blob: the UTF-8 of all texts, one after the other
    text_ends      Q   a source each, after a leading 0: where its text ends in `text`
    has_text       B   a source each
    digests        B   blob: 16 bytes a source (BLAKE2b of its text)
    lines          I   the lines of all texts: where each starts, in bytes from its text's start
    line_ends      Q   a source each, after a leading 0: where its lines end in `lines`
    delegates      Q   two a delegate: keys of its start and of where the next section starts
    delegate_urls      strings
    sections       Q   a section each of an index map: key of its offset; no items in a flat map
    functions      Q   Metro's function maps, a row each: original line (from 0) and column
    function_names     I   a row each: into function_strings
    function_starts    I   a source each, after a leading 0: where its rows end; one 0 in a map without function maps
    function_strings   strings
    segment_ids, segment_ends, segment_maps        `x_facebook_segments`: strings, Q with a leading 0, blob: the JSON of each
    scope_…, range_…   the columns of `scopes.py`; absent in a map without scopes

    meta: debug_id, file, warnings, crosses_lines (of dart2js), extras (module_paths, offsets, hermes_function_offsets)

Example: `{"version": 3, "sources": ["a.ts"], "sourcesContent": ["x\ny"], "names": ["n"], "mappings": "AAAAA,E;ACAA"}`, whose last segment
names a source that does not exist::

    keys       0 << 32 | 0,  0 << 32 | 2,  1 << 32 | 0
    originals  0 0 0 0,      NONE 0 0 NONE, NONE 0 0 NONE
    samples    0
    text "x\ny", text_ends 0 3, has_text 1, lines 0 2, line_ends 0 2
    meta.warnings  ["segment refers to source 1; the map has 1 (generated line 1, segment 0)"]
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.sourcemaps.index import SAMPLE, SourceMapIndex
from symbolicator.sourcemaps.lookups import Lookups

if TYPE_CHECKING:
    from symbolicator.sourcemaps.live import LiveIndex
    from symbolicator.sourcemaps.reading import Content


class SourceMapCompiler:
    """Compiles a source map, lenient. Versions: 1, the first; 2, `rangeMappings` count from 1; 3, maps of dart2js."""

    name: Final = "sourcemap"
    version: Final = 3

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one map, `contents[0]`. Raises `MalformedArtifact` if the map is unusable."""
        # Only compiling needs to read maps: in most runs every map is compiled already.
        from symbolicator.sourcemaps.metro_reading import read_extras
        from symbolicator.sourcemaps.reading import read
        from symbolicator.sourcemaps.scopes import RANGE_COLUMNS, SCOPE_COLUMNS

        content = read(contents[0], sampling=False)
        rows = content.rows.whole()
        writer = TableWriter(self.name, self.version)
        writer.column("keys", rows.keys).column("originals", rows.originals).column("ranges", rows.flags)
        writer.column("samples", array("Q", rows.keys[::SAMPLE].tolist()))
        writer.strings("names", content.names).strings("sources", content.sources)
        writer.column("ignored", bytes(i in content.ignored for i in range(len(content.sources))))
        _texts(writer, content)
        delegates = content.delegates
        writer.column("delegates", array("Q", [key for part in delegates for key in (part.start, part.stop)]))
        writer.strings("delegate_urls", [part.url for part in delegates])
        writer.column("sections", array("Q", [part.start for part in content.parts] if len(content.parts) > 1 else []))
        functions = content.function_maps
        writer.column("functions", functions.keys).column("function_names", functions.indexes).column("function_starts", functions.starts)
        writer.strings("function_strings", functions.names)
        if content.scopes is not None:
            for key in SCOPE_COLUMNS:
                writer.column(f"scope_{key}", content.scopes.scopes[key])
            for key in RANGE_COLUMNS:
                writer.column(f"range_{key}", content.scopes.ranges[key])
        extras = read_extras(content.members)
        meta: dict[str, Any] = {"debug_id": content.debug_id, "file": content.file, "warnings": list(content.warnings)}
        if content.crosses_lines:
            meta["crosses_lines"] = True
        if extras.module_paths or extras.offsets or extras.hermes_function_offsets:
            meta["module_paths"] = list(extras.module_paths)
            meta["offsets"] = list(extras.offsets)
            meta["hermes_function_offsets"] = {key: list(table) for key, table in extras.hermes_function_offsets.items()}
        writer.strings("segment_ids", extras.segments)
        ends = array("Q", [0])
        for segment in extras.segments.values():
            ends.append(ends[-1] + len(segment))
        writer.column("segment_ends", ends).blob("segment_maps", b"".join(extras.segments.values()))
        writer.meta = meta
        return writer

    def read(self, *contents: memoryview) -> LiveIndex:
        """The index of one map without a table, in a third of the time. Raises as `compile`."""
        from symbolicator.sourcemaps.live import LiveIndex
        from symbolicator.sourcemaps.reading import read

        content = read(contents[0])
        content.contents  # noqa: B018  # what is wrong with them is found now
        return LiveIndex(content)

    def open(self, table: Table) -> Lookups:
        """The index over a compiled table. Raises `DamagedTable`."""
        return SourceMapIndex(table)


def _texts(writer: TableWriter, content: Content) -> None:
    """The columns of the sources' texts."""
    from symbolicator.sourcemaps import document, text

    whole = bytearray()
    text_ends, line_ends, lines = array("Q", [0]), array("Q", [0]), array("I")
    has_text, digests = bytearray(), bytearray()
    contents = content.contents
    for i in range(len(content.sources)):
        raw = contents[i] if i < len(contents) else document.NULL
        found = document.value(raw)
        if isinstance(found, str):
            encoded = found.encode()
            whole += encoded
            lines.extend(text.line_starts(encoded))
            digests += text.digest(encoded)
        else:
            digests += bytes(16)
        has_text.append(isinstance(found, str))
        text_ends.append(len(whole))
        line_ends.append(len(lines))
    writer.blob("text", whole).blob("digests", digests)
    writer.column("text_ends", text_ends).column("has_text", has_text).column("lines", lines).column("line_ends", line_ends)
