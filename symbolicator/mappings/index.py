"""`MappingIndex`: look-ups on a compiled mapping. The columns are described in `compiling.py`, names and lines go in as a stack shows them.

A look-up is a binary search for the key of (class, member), and a walk over the member's own ranges. Every method may raise `DamagedTable`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeVar
from zlib import crc32

import msgspec

from symbolicator.artifacts import damage
from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.cached import cached_property
from symbolicator.kernels import mappings as kernel
from symbolicator.mappings.frames import Callsite, Metadata, OutlinePosition, Rewrite, SourceFrame
from symbolicator.mappings.groups import Group, Row, chosen, covers, grouped, line_of
from symbolicator.mappings.names import file_of_class, is_named_for, is_shrunk_file, is_source_file, parameter_types

if TYPE_CHECKING:
    from symbolicator.mappings.groups import Numbers

K = TypeVar("K")
V = TypeVar("V")

# Names of this module, looked up often: a name in another module costs twice as much.
_FLAGS, _NAME, _NAME_SIZES, _RENAMED_SIZES, _OWNER = kernel.FLAGS, kernel.NAME, kernel.NAME_SIZES, kernel.RENAMED_SIZES, kernel.OWNER
_SYNTHESIZED: Final = kernel.SYNTHESIZED
_WIDTH: Final = kernel.MEMBER_WIDTH
_only_group = kernel.only_group
_REMEMBERED: Final = 1 << 15
_METADATA: Final = msgspec.json.Decoder(Metadata)
MAX_ALTERNATIVES: Final = 32
"""Alternatives of one frame that are given."""


class _Class(msgspec.Struct, frozen=True):
    """One class of the mapping."""

    row: int
    original: str
    renamed: str
    file: str | None
    synthesized: bool


class Counts(msgspec.Struct, frozen=True):
    """How much a mapping has: classes, methods, fields, and ranges of lines."""

    classes: int
    methods: int
    fields: int
    ranges: int


_COLUMNS: Final = {
    **dict.fromkeys(("classes", "class_keys", "class_rows", "original_keys", "original_rows", "members", "member_starts", "notes"), "I"),
    "text": "B",
    "member_keys": "Q",
}


@damage.over_table
class MappingIndex:
    """Look-ups over a table. Safe to share between threads: what is remembered is only ever added whole."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._window = table.window
        meta = table.meta
        self.id = damage.text(table, "id")
        """R8's `pg_map_id`."""
        self.compiler = damage.text(table, "compiler")
        self.warnings = damage.texts(table, "warnings")
        self.class_count = table.length("class_rows")
        classes, members = self.class_count, table.length("members") // kernel.MEMBER_WIDTH
        damage.expect(
            table, _COLUMNS,
            classes=kernel.CLASS_WIDTH * classes, class_keys=classes, original_keys=classes, original_rows=classes,
            members=kernel.MEMBER_WIDTH * members, member_starts=table.length("member_keys") + 1,
            notes=table.length("notes") // kernel.NOTE_WIDTH * kernel.NOTE_WIDTH,
        )  # fmt: skip
        self._classes: dict[str, tuple[_Class, ...]] = {}
        self._originals: dict[str, tuple[_Class, ...]] = {}
        self._owners: dict[int, _Class] = {}
        self._rows: dict[tuple[str, str, int], Numbers] = {}
        self._files: dict[tuple[str, str | None, bool], str] = {}
        self._made: dict[tuple[str, str], frozenset[tuple[str, str, str]]] = {}
        self._crossed = bool(meta.get("crossed"))

    # ── classes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def class_name(self, obfuscated: str) -> str | None:
        """The original name of a class; None where the mapping does not have it. Of several the last: mappings are appended to others."""
        found = self._class(obfuscated)
        return found[-1].original if found else None

    def new_names(self, original: str) -> tuple[str, ...]:
        """What a class became: the other way round."""
        return tuple(dict.fromkeys(one.renamed for one in self._original(original)))

    def class_names(self) -> Iterator[tuple[str, str]]:
        """Each class: original name, new name."""
        for one in map(self._owner, range(self.class_count)):
            yield one.original, one.renamed

    def _class(self, name: str) -> tuple[_Class, ...]:
        found = self._classes.get(name)
        if found is None:
            found = tuple(one for one in self._by_key("class", name) if one.renamed == name)
            _remember(self._classes, name, found)
        return found

    def _original(self, name: str) -> tuple[_Class, ...]:
        found = self._originals.get(name)
        if found is None:
            found = tuple(one for one in self._by_key("original", name) if one.original == name)
            _remember(self._originals, name, found)
        return found

    def _by_key(self, which: str, name: str) -> Iterator[_Class]:
        """The classes whose name has the key of `name`: nearly always one or none."""
        keys, rows = self._keys(which)
        wanted = crc32(name.encode("utf-8", "surrogatepass"))
        at = bisect_left(keys, wanted)
        while at < len(keys) and keys[at] == wanted:
            yield self._owner(rows[at])
            at += 1

    def _keys(self, which: str) -> tuple[memoryview, memoryview]:
        return self._class_keys if which == "class" else self._original_keys

    @cached_property
    def _class_keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("class_keys"), self._table.column("class_rows")

    @cached_property
    def _original_keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("original_keys"), self._table.column("original_rows")

    def _owner(self, row: int) -> _Class:
        """The class of a row."""
        known = self._owners.get(row)
        if known is None:
            known = self._read_class(row)
            _remember(self._owners, row, known)
        return known

    def _read_class(self, row: int) -> _Class:
        at = kernel.CLASS_WIDTH * row
        numbers = self._table.window("classes", at, at + kernel.CLASS_WIDTH)
        original, original_size, renamed, renamed_size, file, file_size, flags, _ = numbers
        name: str | None = None
        if file_size == kernel.NONE:
            name = self._table.string("files", file)
        elif file_size:
            name = self._text(file, file_size)
        return _Class(row, self._text(original, original_size), self._text(renamed, renamed_size), name, bool(flags & kernel.SYNTHESIZED))

    def _text(self, start: int, size: int) -> str:
        return str(self._table.window("text", start, start + size), "utf-8", "replace")

    # ── members ───────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _member_keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("member_keys"), self._table.column("member_starts")

    def _members(self, class_name: str, name: str, seed: int = 0) -> Numbers:
        """The rows of a class's members that became `name`, in the file's order, one after the other."""
        known = self._rows.get((class_name, name, seed))
        if known is None:
            encoded = name.encode("utf-8", "surrogatepass")
            key = crc32(class_name.encode("utf-8", "surrogatepass")) << 32 | crc32(encoded, seed)
            keys, starts = self._member_keys
            at = bisect_left(keys, key)
            known = array("I")
            if at < len(keys) and keys[at] == key:
                width = kernel.MEMBER_WIDTH
                known.frombytes(self._table.window("members", width * starts[at], width * starts[at + 1]).cast("B"))
                # Names of one key are all the same, but for a collision in the whole file (`crossed`).
                if self._crossed:
                    rows = [known[i : i + width] for i in range(0, len(known), width)]
                    known = array("I", [number for row in rows if self._is(row, class_name, name) for number in row])
                elif not self._is(known[:width], class_name, name):
                    known = array("I")
                if known and len(self._class(class_name)) > 1:
                    known = self._of_last(known, class_name)
            _remember(self._rows, (class_name, name, seed), known)
        return known

    def _of_last(self, numbers: Numbers, class_name: str) -> Numbers:
        """The rows of the last of the classes that have one new name; of that class written before only those at other lines."""
        classes = self._class(class_name)
        same = {one.row for one in classes if one.original == classes[-1].original}
        rows = [row for i in range(0, len(numbers), _WIDTH) if (row := numbers[i : i + _WIDTH])[_OWNER] in same]
        last = max((row[_OWNER] for row in rows), default=-1)
        ranges = [(row[kernel.FIRST], row[kernel.LAST]) for row in rows if row[_OWNER] == last]
        low, high = min((first for first, _ in ranges), default=0), max((stop for _, stop in ranges), default=0)
        kept = [row for row in rows if row[_OWNER] == last or row[kernel.LAST] < low or row[kernel.FIRST] > high]
        return array("I", [number for row in kept for number in row])

    def _is(self, row: Row, class_name: str, name: str) -> bool:
        return (
            self._text(row[kernel.RENAMED], row[kernel.RENAMED_SIZES] & 0xFFFF) == name
            and self._owner(row[kernel.OWNER]).renamed == class_name
        )

    def fields(self, class_name: str, field: str) -> list[tuple[str, str]]:
        """The fields that became `class_name.field`: (class, name) each."""
        return self._originals_of(self._members(class_name, field, kernel.FIELD_SEED))

    def methods(self, class_name: str, method: str) -> list[tuple[str, str]]:
        """The methods of source that a frame of `class_name.method` stands in, whatever its line: (class, name) each."""
        return self._originals_of(self._members(class_name, method))

    def _originals_of(self, numbers: Numbers) -> list[tuple[str, str]]:
        groups = grouped(numbers, range(len(numbers) // kernel.MEMBER_WIDTH))
        return list(dict.fromkeys(self._names(group[-1])[:2] for group in groups))

    def _names(self, row: Row) -> tuple[str, str, str]:
        """Class, method and parameters of a member: one slice of the text, `[Class.]method(parameters`."""
        sizes, parameters, start = row[_NAME_SIZES], row[_RENAMED_SIZES] >> 16, row[_NAME]
        class_size, name_size = sizes >> 16, sizes & 0xFFFF
        stop = class_size + name_size
        size = stop + 1 + parameters
        text = str(self._window("text", start, start + size), "utf-8", "replace")
        if len(text) != size:  # not all ASCII: sizes are in bytes
            return (
                self._text(start, class_size - 1) if class_size else self._owner(row[kernel.OWNER]).original,
                self._text(start + class_size, name_size),
                self._text(start + stop + 1, parameters),
            )
        owner = text[: class_size - 1] if class_size else self._owner(row[_OWNER]).original
        return owner, text[class_size:stop], text[stop + 1 :]

    def counts(self) -> Counts:
        """How much the mapping has. Walks over every member."""
        numbers = array("I", self._table.column("members"))
        methods: set[tuple[int, tuple[str, str, str], str]] = set()
        fields = ranged = 0
        for group in grouped(numbers, range(len(numbers) // _WIDTH)):
            row = group[-1]
            if row[_FLAGS] & kernel.FIELD:
                fields += 1
                continue
            methods.add((row[_OWNER], self._names(row), self._text(row[kernel.RENAMED], row[kernel.RENAMED_SIZES] & 0xFFFF)))
            ranged += row[kernel.FIRST] != kernel.NONE
        return Counts(self.class_count, len(methods), fields, ranged)

    # ── frames ────────────────────────────────────────────────────────────────────────────────────────────────────

    def frames(
        self,
        class_name: str,
        method: str,
        line: int | None,
        *,
        parameters: str | None = None,
        source_file: str | None = None,
        thrown: str | None = None,
        outline_position: OutlinePosition | None = None,
    ) -> list[tuple[SourceFrame, ...]]:
        """What a frame really was: alternatives that are equally good, each outer method first; [] where the mapping has no such method.
        An alternative is empty where a rule of the exception's (`thrown`) removes all its frames.

        `line` counts from 1; None and 0 are no line. `parameters`: the frame's own method descriptor (`(La;I)V`), which tells overloads
        apart. `source_file`: the frame's file, kept where it is real. `thrown`: the class of the exception, for the first frame below it.
        `outline_position`: where in an outline the callee, which was left out, stood (see `outline`).
        """
        numbers = self._members(class_name, method)
        if not numbers:
            return []
        line = line if line and line > 0 else None
        if outline_position is not None:
            line = self._behind_outline(numbers, line, outline_position)
        made = self._synthesized(class_name, method, numbers)
        only = -1 if line is None else _only_group(numbers, line)
        if only >= 0:
            rows: Group = [numbers[at : at + _WIDTH] for at in range(_WIDTH * (only >> 32), _WIDTH * (only & 0xFFFFFFFF), _WIDTH)]
            return [self._alternative(rows, line, class_name, source_file, thrown, made, known=True)]
        found = chosen(numbers, line)
        if len(found) > 1 and parameters is not None:
            found = self._with_parameters(found, numbers, parameters) or found
        alternatives = [self._alternative(group, line, class_name, source_file, thrown, made, known=covers(group, line)) for group in found]
        return list(dict.fromkeys(alternatives))[:MAX_ALTERNATIVES]

    def _synthesized(self, class_name: str, method: str, numbers: Numbers) -> frozenset[tuple[str, str, str]]:
        """The methods of one new name that the compiler made: the comment stands below one range, and is true of all."""
        known = self._made.get((class_name, method))
        if known is None:
            marked = [i for i, flags in enumerate(numbers[_FLAGS::_WIDTH]) if flags & _SYNTHESIZED]
            known = frozenset(self._names(numbers[_WIDTH * i : _WIDTH * (i + 1)]) for i in marked)
            _remember(self._made, (class_name, method), known)
        return known

    def covers(self, class_name: str, method: str, line: int | None) -> bool | None:
        """Whether a method's ranges say what stood at a line; True without a line, None where the mapping has no such method."""
        numbers = self._members(class_name, method)
        if not numbers:
            return None
        return line is None or line < 1 or any(covers(group, line) for group in chosen(numbers, line))

    def _alternative(
        self,
        group: Group,
        line: int | None,
        class_name: str,
        source_file: str | None,
        thrown: str | None,
        synthesized: frozenset[tuple[str, str, str]],
        *,
        known: bool,
    ) -> tuple[SourceFrame, ...]:
        """The frames of one group, outer method first. `known`: its range says what stood at `line`."""
        made: list[SourceFrame] = []
        # What was inlined at a line that no range covers, nobody knows: it is the physical method, on a line that is not known.
        for row in reversed(group) if known else group[-1:]:
            names = original, method, parameters = self._names(row)
            owner = self._owners.get(row[_OWNER]) or self._owner(row[_OWNER])
            file = owner.file if owner.original == original else None
            if not file:
                file = self._file(original, class_name, source_file)
            at = line_of(row, line) if known else None
            made.append(SourceFrame(original, method, parameters, file, at, bool(made), names in synthesized))
        return tuple(made if thrown is None else self._rewritten(group, made, thrown))

    def file_of(self, original: str, source_file: str | None = None) -> str:
        """The file of a class, by its original name: the mapping's word, else the frame's own where it is real, else its outer class's."""
        return self._file(original, original, source_file)

    def _file(self, original: str, class_name: str, source_file: str | None) -> str:
        own = source_file is not None and is_source_file(source_file) and original in {class_name, self.class_name(class_name)}
        made_up = is_shrunk_file(source_file or "", class_name) or is_named_for(source_file or "", class_name)
        if own and original != class_name and made_up and not is_named_for(source_file or "", original):
            own, source_file = False, None  # made of the class's new name
        asked = original, source_file, own
        known = self._files.get(asked)
        if known is None:
            known = next((one.file for one in self._original(original) if one.file), None)
            if known is None and own:
                known = source_file  # real, and this very class's: shrinkers may leave it
            if known is None:
                known = file_of_class(original, source_file)
            _remember(self._files, asked, known)
        return known

    # ── what else R8 says of methods ──────────────────────────────────────────────────────────────────────────────

    def _metadata(self, group: Group) -> list[Metadata]:
        numbers = [self._note(row)[2] for row in group if row[kernel.FLAGS] >> kernel.NOTE_SHIFT]
        return [self._decoded(number - 1) for number in numbers if number]

    def _note(self, row: Sequence[int]) -> Sequence[int]:
        at = kernel.NOTE_WIDTH * ((row[kernel.FLAGS] >> kernel.NOTE_SHIFT) - 1)
        return self._table.window("notes", at, at + kernel.NOTE_WIDTH)

    def _decoded(self, number: int) -> Metadata:
        try:
            return _METADATA.decode(self._table.string("metadata", number) or "{}")
        except msgspec.DecodeError as error:
            raise DamagedTable(f"metadata {number}: {error}", self._table.origin) from error

    def outline(
        self, class_name: str, method: str, line: int | None, outline_position: OutlinePosition | None = None
    ) -> OutlinePosition | None:
        """Where in an outline a frame stands, to be given to the look-up of its caller in its place; None for an ordinary method."""
        numbers = self._members(class_name, method)
        if not self._table.length("metadata") or not numbers:
            return None
        line = line if line and line > 0 else None
        if outline_position is not None:
            line = self._behind_outline(numbers, line, outline_position)
        # The comment stands below one range, and is true of the method, whatever its line.
        groups = grouped(numbers, range(len(numbers) // _WIDTH))
        outlines = {self._names(group[-1]) for group in groups if any(metadata.outline for metadata in self._metadata(group))}
        if not outlines or outlines.isdisjoint(self._names(group[-1]) for group in chosen(numbers, line)):
            return None
        return OutlinePosition(class_name=class_name, method=method, line=line or 0)

    def _behind_outline(self, numbers: Numbers, line: int | None, position: OutlinePosition) -> int | None:
        """The line of a caller of an outline from which the code was taken; its own where the mapping does not say."""
        reference = f"L{position.class_name.replace('.', '/')};{position.method}("
        for group in chosen(numbers, line):
            sites: list[Callsite] = [site for metadata in self._metadata(group) for site in metadata.callsites]
            for site in sites:
                if position.line in site.positions and (site.outline is None or site.outline.startswith(reference)):
                    return site.positions[position.line]
        return line

    def _rewritten(self, group: Group, frames: list[SourceFrame], thrown: str) -> list[SourceFrame]:
        names = {thrown, self.class_name(thrown)}
        rules: list[Rewrite] = [rule for metadata in self._metadata(group) for rule in metadata.rewrites]
        for rule in rules:
            if all(one in names for one in rule.throws) and 0 < rule.remove <= len(frames):
                return frames[: -rule.remove]
        return frames

    def _with_parameters(self, found: list[Group], numbers: Numbers, descriptor: str) -> list[Group]:
        """Those whose physical method has these parameters: as its residual signature says, else by the classes' original names."""
        exact, original = parameter_types(descriptor), parameter_types(descriptor, self.class_name)
        if exact is None:
            return []
        residual: dict[tuple[str, str, str], str | None] = {}
        for group in grouped(numbers, range(len(numbers) // kernel.MEMBER_WIDTH)):  # a signature stands below its method's first range
            row = group[-1]
            if row[kernel.FLAGS] >> kernel.NOTE_SHIFT:
                start, size, _ = self._note(row)
                if size:
                    residual[self._names(row)] = parameter_types(self._text(start, size))
        fitting: list[Group] = []
        for group in found:
            names = self._names(group[-1])
            signature = residual.get(names)
            if signature == exact if signature is not None else names[2] == original:
                fitting.append(group)
        return fitting

    # ── the other way round ───────────────────────────────────────────────────────────────────────────────────────

    def obfuscate(self, frames: Sequence[SourceFrame]) -> list[tuple[str, str, int | None]]:
        """The frames of the obfuscated program that `frames` (outer first, inlinees after it) are an answer for: class, method, line.

        Walks over every member: for tests, and for people who ask what became of a method.
        """
        wanted = tuple((one.class_name, one.method, one.parameters, one.line) for one in frames)
        found: dict[tuple[str, str, int | None], None] = {}
        numbers = array("I", self._table.column("members"))
        for group in grouped(numbers, range(len(numbers) // kernel.MEMBER_WIDTH)):
            row = group[-1]
            if row[kernel.FLAGS] & kernel.FIELD or self._names(row) != wanted[0][:3]:
                continue
            renamed = self._owner(row[kernel.OWNER]).renamed, self._text(row[kernel.RENAMED], row[kernel.RENAMED_SIZES] & 0xFFFF)
            for line in _lines_back(group, wanted):
                for alternative in self.frames(*renamed, line):
                    if tuple((one.class_name, one.method, one.parameters, one.line) for one in alternative) == wanted:
                        found[*renamed, line] = None
        return list(found)


def _lines_back(group: Group, wanted: Sequence[tuple[str, str, str, int | None]]) -> Iterator[int | None]:
    """The obfuscated lines of a group that may have led to these lines; each is then looked up."""
    if len(group) != len(wanted):
        return
    first = group[0][kernel.FIRST]
    if first in {kernel.NONE, 0}:
        yield None
    for row, (_, _, _, line) in zip(group, reversed(wanted), strict=True):
        if line is None:
            continue
        original = row[kernel.ORIGINAL_FIRST]
        at = line if original == kernel.NONE else line - original + (0 if first == kernel.NONE else first)
        if first == kernel.NONE or first <= at <= row[kernel.LAST]:
            yield at
    if first not in {kernel.NONE, 0}:
        yield first


def _remember(memo: dict[K, V], key: K, value: V) -> None:
    if len(memo) >= _REMEMBERED:
        memo.clear()
    memo[key] = value
