r"""From a Portable PDB to its compiled table: `PdbCompiler`. What reads the table is `index.py`.

Columns; methods are those of the assembly, in the order of its table, and documents count from 1, 0 being none::

    starts      I   where each method's points start, and after the last one their number
    offsets     I   a point's offset in the method's IL, ascending within a method
    lines       I   its line, from 1; 0 where its code is in no source
    column      H   its column, from 1; 0 where none is known
    documents   I   its document
    sizes       I   the bytes of each method's IL; 0 where that is not known
    machines    I   of a method whose body went to another (async, iterators): that one's row; else 0
    kickoffs    I   of such a body: the row of the method that it was written in; else 0
    names           strings: the documents' names
    languages       strings: their languages, None where none is said
    links           strings: where Source Link says that they are, None where it does not
    texts       I   where each document's embedded text starts, and after the last one its end
    heap        B   blob: the embedded texts, as UTF-8

    meta: debug_ids (the exact one first), warnings

Example: one method, `Main`, of two points in line 5 and, hidden, in none is starts 0 2, offsets 0 7, lines 5 0, column 9 0, documents 1 1.
"""

from __future__ import annotations

import codecs
from array import array
from typing import Final

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.portable_pdb import schema
from symbolicator.portable_pdb.assembly import Assembly
from symbolicator.portable_pdb.documents import Sources, link_of, read_documents
from symbolicator.portable_pdb.ids import id_of_pdb
from symbolicator.portable_pdb.index import PdbIndex
from symbolicator.portable_pdb.metadata import MAGIC, Metadata
from symbolicator.portable_pdb.sequence_points import Broken, read_points

_BOMS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))
_POINTS_AT_LEAST: Final = 1 << 16
_MAX_METHODS: Final = 1 << 24
_MAX_COLUMN: Final = 0xFFFF


class PdbCompiler:
    """Compiles a Portable PDB, or the one in an assembly. Versions: 1, the first."""

    name: Final = "portable-pdb"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file. Raises `MalformedArtifact`."""
        (data,) = contents
        metadata = Metadata(data if bytes(data[:4]) == MAGIC else Assembly(data).embedded_pdb())
        if metadata.pdb_id is None:
            raise MalformedArtifact("is .NET metadata but not a PDB: it has no #Pdb stream", 0)
        writer = TableWriter(self.name, self.version)
        warnings = _write_methods(metadata, writer)
        warnings += _write_documents(metadata, writer)
        writer.meta = {"debug_ids": list(id_of_pdb(metadata.pdb_id)), "warnings": warnings}
        return writer

    def open(self, table: Table) -> PdbIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return PdbIndex(table)


def _write_methods(metadata: Metadata, writer: TableWriter) -> list[str]:
    count, documents = metadata.count(schema.METHOD_DEBUG), metadata.count(schema.DOCUMENT)
    if count > _MAX_METHODS:
        raise LimitExceeded(f"has {count} methods; the bound is {_MAX_METHODS}")
    starts, offsets, lines = array("I", [0]), array("I"), array("I")
    columns, places = array("H"), array("I")
    broken, most = 0, _POINTS_AT_LEAST + metadata.nbytes
    for document, blob in metadata.table(schema.METHOD_DEBUG):
        try:
            for point in read_points(metadata.blob(blob), document) if blob else ():
                offsets.append(point.offset)
                lines.append(point.line if point.document <= documents else 0)
                columns.append(min(point.column, _MAX_COLUMN))
                places.append(point.document if point.document <= documents else 0)
        except Broken:
            broken += 1
        if len(offsets) > most:  # blobs may overlap, and each be as long as the file
            raise LimitExceeded(f"has more than {most} sequence points, and {metadata.nbytes} bytes")
        starts.append(len(offsets))
    for name, values in (("starts", starts), ("offsets", offsets), ("lines", lines), ("column", columns), ("documents", places)):
        writer.column(name, values)
    writer.column("sizes", _sizes(metadata, count))
    machines, kickoffs = array("I", bytes(4 * count)), array("I", bytes(4 * count))
    for machine, kickoff in metadata.table(schema.STATE_MACHINE):
        if 0 < machine <= count and 0 < kickoff <= count:
            machines[kickoff - 1], kickoffs[machine - 1] = machine, kickoff
    writer.column("machines", machines).column("kickoffs", kickoffs)
    return [f"the lines of {broken} methods are damaged and were skipped from there on"] if broken else []


def _sizes(metadata: Metadata, count: int) -> array[int]:
    """A method's first scope spans all of its code."""
    sizes = array("I", bytes(4 * count))
    for method, _, _, _, start, length in metadata.table(schema.LOCAL_SCOPE):
        if 0 < method <= count and start == 0:
            sizes[method - 1] = max(sizes[method - 1], length)
    return sizes


def _write_documents(metadata: Metadata, writer: TableWriter) -> list[str]:
    documents = read_documents(metadata)
    sources = Sources(metadata)
    writer.strings("names", [one.name for one in documents])
    writer.strings("languages", [one.language or None for one in documents])
    writer.strings("links", [link_of(one.name, sources.links) for one in documents])
    texts, starts = [_utf8(sources.texts.get(number, b"")) for number in range(1, len(documents) + 1)], array("I", [0])
    for text in texts:
        starts.append(starts[-1] + len(text))
    writer.column("texts", starts).blob("heap", b"".join(texts))
    return sources.warnings


def _utf8(text: bytes) -> bytes:
    """A source as UTF-8, without a byte order mark."""
    for mark, encoding in _BOMS:
        if text.startswith(mark):
            rest = text[len(mark) :]
            return rest if encoding == "utf-8" else rest.decode(encoding, "replace").encode("utf-8", "replace")
    return text

