"""`MappingIndex`: look-ups in a compiled mapping. `compiling.py` describes the columns; names and lines are given as in a stack.

A look-up is a binary search for the key of (class, member), and a pass over the member's own ranges. Every method may raise `DamagedTable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from symbolicator.artifacts import damage
from symbolicator.artifacts.tables import Table
from symbolicator.kernels import mapping_numbers as mn
from symbolicator.kernels import mappings as kernel
from symbolicator.mappings.backwards import obfuscated
from symbolicator.mappings.classes import Classes
from symbolicator.mappings.frames import OutlinePosition, SourceFrame
from symbolicator.mappings.groups import Group, chosen, covers, grouped, line_of
from symbolicator.mappings.members import Members
from symbolicator.mappings.memo import remember
from symbolicator.mappings.names import file_of_class, is_named_for, is_shrunk_file, is_source_file
from symbolicator.mappings.notes import Notes

if TYPE_CHECKING:
    from symbolicator.mappings.groups import Numbers

# Local names, because they are used often: a name in another module costs twice as much.
_OWNER: Final = mn.OWNER
_WIDTH: Final = mn.MEMBER_WIDTH
_only_group = kernel.only_group
MAX_ALTERNATIVES: Final = 32
"""How many alternatives are returned for one frame; more are dropped."""


class Counts(msgspec.Struct, frozen=True):
    """The size of a mapping: numbers of classes, methods, fields, and ranges of lines."""

    classes: int
    methods: int
    fields: int
    ranges: int


_COLUMNS: Final = {
    **dict.fromkeys(("classes", "class_keys", "class_rows", "original_keys", "original_rows", "members", "member_starts", "notes"), "I"),
    "text": "B", "member_keys": "Q",
}  # fmt: skip


@damage.over_table
class MappingIndex:
    """Look-ups in a table. Safe to share between threads: remembered values are only ever added whole."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.id = damage.text(table, "id")
        """R8's `pg_map_id`."""
        self.compiler = damage.text(table, "compiler")
        """The mapping's compiler, from its header: `R8`."""
        self.warnings = damage.texts(table, "warnings")
        self.class_count = table.length("class_rows")
        classes, members = self.class_count, table.length("members") // mn.MEMBER_WIDTH
        damage.expect(
            table, _COLUMNS,
            classes=mn.CLASS_WIDTH * classes, class_keys=classes, original_keys=classes, original_rows=classes,
            members=mn.MEMBER_WIDTH * members, member_starts=table.length("member_keys") + 1,
            notes=table.length("notes") // mn.NOTE_WIDTH * mn.NOTE_WIDTH,
        )  # fmt: skip
        self._classes = Classes(table)
        self._members = Members(table, self._classes)
        self._notes = Notes(table, self._classes, self._members)
        self._files: dict[tuple[str, str | None, bool], str] = {}

    def class_name(self, obfuscated: str) -> str | None:
        """The original name of a class; None if the mapping does not have it. Of several the last: mappings are appended to others."""
        return self._classes.class_name(obfuscated)

    def new_names(self, original: str) -> tuple[str, ...]:
        """The new names of a class, by its original one."""
        return tuple(dict.fromkeys(one.renamed for one in self._classes.original(original)))

    def class_names(self) -> Iterator[tuple[str, str]]:
        """Each class: original name, new name."""
        for one in map(self._classes.at, range(self.class_count)):
            yield one.original, one.renamed

    def fields(self, class_name: str, field: str) -> list[tuple[str, str]]:
        """The fields that became `class_name.field`: (class, name) each."""
        return self._originals_of(self._members.rows(class_name, field, mn.FIELD_SEED))

    def methods(self, class_name: str, method: str) -> list[tuple[str, str]]:
        """The original methods that a frame of `class_name.method` may be in, whatever its line: (class, name) each."""
        return self._originals_of(self._members.rows(class_name, method))

    def _originals_of(self, numbers: Numbers) -> list[tuple[str, str]]:
        groups = grouped(numbers, range(len(numbers) // _WIDTH))
        return list(dict.fromkeys(self._members.names(group[-1])[:2] for group in groups))

    def counts(self) -> Counts:
        """The size of the mapping. Reads every member."""
        members = self._members
        numbers = members.every()
        methods: set[tuple[int, tuple[str, str, str], str]] = set()
        fields = ranged = 0
        for group in grouped(numbers, range(len(numbers) // _WIDTH)):
            row = group[-1]
            if row[mn.FLAGS] & mn.FIELD:
                fields += 1
                continue
            methods.add((row[_OWNER], members.names(row), members.renamed(row)[1]))
            ranged += row[mn.FIRST] != mn.NONE
        return Counts(self.class_count, len(methods), fields, ranged)

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
        """The original frames: alternatives that are equally good, each outermost method first; [] if the mapping has no such method.
        An alternative is empty if a rule for the exception (`thrown`) removes all its frames.

        `line` counts from 1; None and 0 mean no line. `parameters`: the frame's own method descriptor (`(La;I)V`), which distinguishes
        overloads. `source_file`: the frame's file, kept if it is real. `thrown`: the class of the exception, for the first frame below it.
        `outline_position`: the callee's position in an outline that was removed (see `outline`).
        """
        numbers = self._members.rows(class_name, method)
        if not numbers:
            return []
        line = line if line and line > 0 else None
        if outline_position is not None:
            line = self._notes.behind_outline(numbers, line, outline_position)
        made = self._members.synthesized(class_name, method, numbers)
        only = -1 if line is None else _only_group(numbers, line)
        if only >= 0:
            rows: Group = [numbers[at : at + _WIDTH] for at in range(_WIDTH * (only >> 32), _WIDTH * (only & 0xFFFFFFFF), _WIDTH)]
            return [self._alternative(rows, line, class_name, source_file, thrown, made, known=True)]
        found = chosen(numbers, line)
        if len(found) > 1 and parameters is not None:
            found = self._notes.with_parameters(found, numbers, parameters) or found
        alternatives = [self._alternative(group, line, class_name, source_file, thrown, made, known=covers(group, line)) for group in found]
        return list(dict.fromkeys(alternatives))[:MAX_ALTERNATIVES]

    def covers(self, class_name: str, method: str, line: int | None) -> bool | None:
        """Whether a method's ranges know the original of a line; True without a line, None if the mapping has no such method."""
        numbers = self._members.rows(class_name, method)
        if not numbers:
            return None
        return line is None or line < 1 or any(covers(group, line) for group in chosen(numbers, line))

    def is_original(self, class_name: str, method: str, line: int) -> bool:
        """Whether `line` is an original one of a method that kept its name and its class's: somebody has retraced such a frame already."""
        numbers = self._members.rows(class_name, method)
        rows = (numbers[at : at + _WIDTH] for at in range(0, len(numbers), _WIDTH))
        own = (row for row in rows if row[mn.ORIGINAL_FIRST] <= line <= row[mn.ORIGINAL_LAST] and row[mn.ORIGINAL_FIRST] != mn.NONE)
        return any(self._members.names(row)[:2] == (class_name, method) for row in own)

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
        """The frames of one group, outermost method first. `known`: its range contains `line`."""
        made: list[SourceFrame] = []
        names_of, classes = self._members.names, self._classes
        # At a line in no range it is unknown what was inlined: it is the physical method, without a line.
        for row in reversed(group) if known else group[-1:]:
            names = original, method, parameters = names_of(row)
            owner = classes.by_row.get(row[_OWNER]) or classes.at(row[_OWNER])
            file = owner.file if owner.original == original else None
            if not file:
                file = self._file(original, class_name, source_file)
            at = line_of(row, line) if known else None
            made.append(SourceFrame(original, method, parameters, file, at, bool(made), names in synthesized))
        return tuple(made if thrown is None else self._notes.rewritten(group, made, thrown))

    def file_of(self, original: str, source_file: str | None = None) -> str:
        """The file of a class, by its original name: from the mapping, else the frame's own if it is real, else from its outer class."""
        return self._file(original, original, source_file)

    def _file(self, original: str, class_name: str, source_file: str | None) -> str:
        own = source_file is not None and is_source_file(source_file) and original in {class_name, self._classes.class_name(class_name)}
        made_up = is_shrunk_file(source_file or "", class_name) or is_named_for(source_file or "", class_name)
        if own and original != class_name and made_up and not is_named_for(source_file or "", original):
            own, source_file = False, None  # derived from the class's new name
        asked = original, source_file, own
        known = self._files.get(asked)
        if known is None:
            known = next((one.file for one in self._classes.original(original) if one.file), None)
            if known is None and own:
                known = source_file  # real, and of this class: shrinkers may keep it
            if known is None:
                known = file_of_class(original, source_file)
            remember(self._files, asked, known)
        return known

    def outline(
        self, class_name: str, method: str, line: int | None, outline_position: OutlinePosition | None = None
    ) -> OutlinePosition | None:
        """The position of a frame in an outline, for the look-up of its caller instead; None for an ordinary method."""
        numbers = self._members.rows(class_name, method)
        if not self._table.length("metadata") or not numbers:
            return None
        line = line if line and line > 0 else None
        if outline_position is not None:
            line = self._notes.behind_outline(numbers, line, outline_position)
        if not self._notes.is_outline(numbers, line):
            return None
        return OutlinePosition(class_name=class_name, method=method, line=line or 0)

    def obfuscate(self, frames: Sequence[SourceFrame]) -> list[tuple[str, str, int | None]]:
        """The obfuscated frames for which `frames` (outermost first, inlined ones after it) are an answer: class, method, line.

        Reads every member: for tests, and for looking up a method's new name.
        """
        return obfuscated(self._members, frames, self.frames)
