r"""Compiles a mapping to its table: `MappingCompiler`. The table is read by `index.py`.

The text itself is the string heap: names are slices of it. Columns, with the numbers of a row as `kernels/mapping_numbers.py` names them::

    text            B   blob: the file as it is
    classes         I   CLASS_WIDTH a class, in the file's order
    class_keys      I   crc32 of each class's new name, ascending; `class_rows` (I) the class of each
    original_keys   I   crc32 of each class's original name, ascending; `original_rows` (I) likewise
    members         I   MEMBER_WIDTH a method or field, by key, then in the file's order
    member_keys     Q   each crc32(class's new name) << 32 | crc32(member's new name) once, ascending; fields' names with FIELD_SEED
    member_starts   I   where each key's members start, and after the last one their number
    notes           I   NOTE_WIDTH a note
    metadata            strings: `frames.Metadata` as JSON, numbered by notes
    files               strings: file names that the text writes with escapes; a class whose CLASS_FILE_SIZE is NONE has one

    meta: id, hash (R8's `pg_map_id`, `pg_map_hash`), compiler, broken (lines), crossed (different names have one key), warnings

Example: `a.Cart -> b:` and `    7:9:int total():20:22 -> c` are one class (0 6 10 1 0 0 0 crc32("b")), one member
(7 9 20 22 26 5 45 1 0 0), one member key, member_starts 0 1.
"""

from __future__ import annotations

from array import array
from typing import Any, Final
from zlib import crc32

import msgspec

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded
from symbolicator.kernels import mapping_numbers as mn
from symbolicator.kernels import mappings as kernel
from symbolicator.kernels import vlq
from symbolicator.mappings import comments
from symbolicator.mappings.frames import Metadata
from symbolicator.mappings.header import read_header
from symbolicator.mappings.index import MappingIndex

MAX_BYTES: Final = 1 << 30
_PHRASES: Final = b"\n".join(
    (
        b'{"id":"sourceFile","fileName":"',
        b'"}',
        b'{"fileName":"',
        b'","id":"sourceFile"}',
        b'{"id":"com.android.tools.r8.synthesized"}',
        b'{"id":"com.android.tools.r8.residualsignature","signature":"',
        b"rewriteFrame",
        b"",
    )
)
_SUPPORTED: Final = (2, 2)
"""The version of R8's metadata that is read; later ones may have more."""


class MappingCompiler:
    """Compiles a ProGuard or R8 mapping. Versions: 1, the first."""

    name: Final = "mapping"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one mapping's content. Raises `LimitExceeded` for a file of more than 1 GiB."""
        (text,) = contents
        if len(text) > MAX_BYTES:
            raise LimitExceeded(f"the mapping has {len(text)} bytes; the limit is {MAX_BYTES}")
        found = _Rows(text)
        writer = TableWriter(self.name, self.version)
        writer.blob("text", text)
        found.write(writer)
        return writer

    def open(self, table: Table) -> MappingIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return MappingIndex(table)


def _numbers(count: int, typecode: str = "I") -> memoryview:
    width = 8 if typecode == "Q" else 4
    numbers: memoryview = memoryview(bytearray(width * max(count, 1))).cast(typecode)  # type: ignore[call-overload]  # "I" or "Q"
    return numbers


class _Rows:
    """What the kernel found in a text."""

    def __init__(self, text: memoryview) -> None:
        self._text = text
        lines = vlq.count_bytes(text, 10, 10) + 1
        arrows = min(lines, vlq.count_bytes(text, 62, 62))
        braces = min(lines, vlq.count_bytes(text, 123, 123))
        self._classes = _numbers(mn.CLASS_WIDTH * arrows)
        self._members = _numbers(mn.MEMBER_WIDTH * arrows)
        self._notes = _numbers(mn.NOTE_WIDTH * (braces + 1))
        keys, others = _numbers(arrows, "Q"), _numbers(mn.OTHER_WIDTH * (braces + 1))
        counts = memoryview(bytearray(8 * mn.COUNTS)).cast("q")
        comments = kernel.Comments(self._notes, others)
        kernel.scan(text, _PHRASES, kernel.crc_table(), self._classes, self._members, keys, comments, counts)
        self._class_count, self._member_count, self._note_count, other_count, self._broken = counts[: mn.FIRST_BROKEN].tolist()
        self._first_broken = [at - 1 for at in counts[mn.FIRST_BROKEN :] if at]
        self._keys = keys[: self._member_count]
        self._metadata: dict[int, Metadata] = {}
        self._files: list[str] = []
        self._warnings: list[str] = []
        self._ignored = 0
        self._crossed = False
        for i in range(other_count):
            self._comment(*others[mn.OTHER_WIDTH * i : mn.OTHER_WIDTH * (i + 1)].tolist())

    def _comment(self, at: int, size: int, owner: int, member: int) -> None:
        """A comment that the kernel left for Python; `member` is 0 for one of the class's own, else its row + 1."""
        written = str(self._text[at : at + size], "utf-8", "replace")
        found = comments.parse(written)
        what = comments.kind(found) if found else None
        if found is None or what is None:
            self._ignored += 1
        elif what == "mapping":
            self._version(found.get("version"))
        elif owner == mn.NONE:
            self._ignored += 1
        elif what == "sourceFile":
            self._source_file(found.get("fileName"), at, size, owner)
        elif what == "synthesized":
            if member:
                self._members[mn.MEMBER_WIDTH * (member - 1) + mn.FLAGS] |= mn.SYNTHESIZED
        elif what == "residualsignature" and member:
            signature = found.get("signature")
            start = -1 if not isinstance(signature, str) else written.find(signature)
            if start < 0 or not written.isascii():
                self._ignored += 1
            else:
                note = self._note(member - 1)
                self._notes[note], self._notes[note + 1] = at + start, len(str(signature))
        elif what in {"outline", "outlineCallsite", "rewriteFrame"} and not (member and self._add(member - 1, found)):
            self._ignored += 1

    def _add(self, member: int, found: dict[str, Any]) -> bool:
        return comments.add(self._metadata.setdefault(self._note(member), Metadata()), found)

    def _source_file(self, name: object, at: int, size: int, owner: int) -> None:
        if not isinstance(name, str):
            self._ignored += 1
            return
        row = mn.CLASS_WIDTH * owner
        encoded = name.encode("utf-8", "replace")
        start = bytes(self._text[at : at + size]).find(encoded)
        if start >= 0:
            self._classes[row + mn.CLASS_FILE], self._classes[row + mn.CLASS_FILE_SIZE] = at + start, len(encoded)
        else:
            self._classes[row + mn.CLASS_FILE], self._classes[row + mn.CLASS_FILE_SIZE] = len(self._files), mn.NONE
            self._files.append(name)

    def _note(self, member: int) -> int:
        """Where the numbers of a member's note start."""
        place = mn.MEMBER_WIDTH * member + mn.FLAGS
        number = self._members[place] >> mn.NOTE_SHIFT
        if not number:
            self._note_count += 1
            number = self._note_count
            self._members[place] |= number << mn.NOTE_SHIFT
        return mn.NOTE_WIDTH * (number - 1)

    def _version(self, version: object) -> None:
        numbers = version.split(".") if isinstance(version, str) else []
        if all(part.isdigit() and len(part) < 5 for part in numbers) and tuple(map(int, numbers)) > _SUPPORTED:
            self._warnings.append(f"its metadata has version {version}; parts newer than 2.2 were ignored")

    def write(self, writer: TableWriter) -> None:
        """Add all columns but the text."""
        self._write_members(writer)
        classes = self._classes[: mn.CLASS_WIDTH * self._class_count]
        writer.column("classes", classes)
        originals = array("Q")
        for at, size in zip(classes[:: mn.CLASS_WIDTH].tolist(), classes[1 :: mn.CLASS_WIDTH].tolist(), strict=True):
            originals.append(crc32(self._text[at : at + size]))
        renamed = array("Q", classes[mn.CLASS_CRC :: mn.CLASS_WIDTH].tolist())
        for name, keys in (("class", renamed), ("original", originals)):
            order = _sorted(memoryview(keys)) if keys else _numbers(0)[:0]
            writer.column(f"{name}_keys", array("I", [keys[i] for i in order])).column(f"{name}_rows", order)
        for number, note in enumerate(self._metadata, 1):
            self._notes[note + 2] = number
        writer.column("notes", self._notes[: mn.NOTE_WIDTH * self._note_count])
        writer.strings("metadata", [msgspec.json.encode(one).decode() for one in self._metadata.values()])
        writer.strings("files", self._files)
        meta: dict[str, Any] = msgspec.to_builtins(read_header(self._text))
        meta["broken"] = self._broken
        meta["crossed"] = self._crossed
        meta["warnings"] = [*self._warnings, *self._faults()]
        writer.meta = meta

    def _write_members(self, writer: TableWriter) -> None:
        count = self._member_count
        arranged, distinct, starts = _numbers(mn.MEMBER_WIDTH * count), _numbers(count, "Q"), _numbers(count + 1)
        keys = (
            kernel.arrange(self._text, self._classes, self._members, self._keys, _sorted(self._keys), arranged, distinct, starts)
            if count
            else 0
        )
        if keys < 0:  # different names have the same key: look-ups compare each
            keys, self._crossed = -1 - keys, True
        starts[keys] = count
        self._members = _numbers(0)  # half of the memory, and not needed again
        writer.column("members", arranged[: mn.MEMBER_WIDTH * count]).column("member_keys", distinct[:keys])
        writer.column("member_starts", starts[: keys + 1])

    def _faults(self) -> list[str]:
        faults: list[str] = []
        if self._broken:
            lines = ", ".join(str(vlq.count_bytes(self._text[:at], 10, 10) + 1) for at in self._first_broken if at) or "1"
            faults.append(f"{self._broken} lines are neither class nor member and were skipped (first: line {lines})")
        if self._ignored:
            faults.append(f"{self._ignored} comments with metadata cannot be read and were skipped")
        return faults


def _sorted(keys: memoryview) -> memoryview:
    """The positions of `keys` in ascending order; equal ones keep their order."""
    order = _numbers(len(keys))
    kernel.sort(keys, order, _numbers(len(keys)), _numbers(1 << 16))
    return order[: len(keys)]
