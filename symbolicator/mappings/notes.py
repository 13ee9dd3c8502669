"""R8's metadata about methods: outlines and their callers, rewritten frames, residual signatures.

It is in comments, which `comments.py` reads; R8's `doc/retrace.md` explains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.kernels import mapping_numbers as mn
from symbolicator.mappings.classes import Classes
from symbolicator.mappings.frames import Metadata, OutlinePosition, SourceFrame
from symbolicator.mappings.groups import Group, Row, chosen, grouped
from symbolicator.mappings.members import Members
from symbolicator.mappings.names import parameter_types
from symbolicator.mappings.text import text_at

if TYPE_CHECKING:
    from symbolicator.mappings.groups import Numbers

_METADATA: Final = msgspec.json.Decoder(Metadata)


class Notes:
    """Look-ups in the columns of notes. `numbers` are the rows of one new name."""

    def __init__(self, table: Table, classes: Classes, members: Members) -> None:
        self._table = table
        self._classes = classes
        self._members = members

    def is_outline(self, numbers: Numbers, line: int | None) -> bool:
        """Whether the method at a line is an outline."""
        names = self._members.names
        # The comment is below one range, but applies to the method at any line.
        groups = grouped(numbers, range(len(numbers) // mn.MEMBER_WIDTH))
        outlines = {names(group[-1]) for group in groups if any(metadata.outline for metadata in self._metadata(group))}
        return bool(outlines) and not outlines.isdisjoint(names(group[-1]) for group in chosen(numbers, line))

    def behind_outline(self, numbers: Numbers, line: int | None, position: OutlinePosition) -> int | None:
        """The line of an outline's caller that the code came from; its own line if the mapping does not say."""
        reference = f"L{position.class_name.replace('.', '/')};{position.method}("
        for group in chosen(numbers, line):
            for site in [site for metadata in self._metadata(group) for site in metadata.callsites]:
                if position.line in site.positions and (site.outline is None or site.outline.startswith(reference)):
                    return site.positions[position.line]
        return line

    def rewritten(self, group: Group, frames: list[SourceFrame], thrown: str) -> list[SourceFrame]:
        """The frames without those that a rule removes if `thrown`, a class by either name, was thrown right here."""
        names = {thrown, self._classes.class_name(thrown)}
        for rule in [rule for metadata in self._metadata(group) for rule in metadata.rewrites]:
            if all(one in names for one in rule.throws) and 0 < rule.remove <= len(frames):
                return frames[: -rule.remove]
        return frames

    def with_parameters(self, found: list[Group], numbers: Numbers, descriptor: str) -> list[Group]:
        """Those whose physical method has these parameters: by its residual signature, else by the classes' original names."""
        exact, original = parameter_types(descriptor), parameter_types(descriptor, self._classes.class_name)
        if exact is None:
            return []
        residual: dict[tuple[str, str, str], str | None] = {}
        for group in grouped(numbers, range(len(numbers) // mn.MEMBER_WIDTH)):  # a signature is below its method's first range
            row = group[-1]
            if row[mn.FLAGS] >> mn.NOTE_SHIFT:
                start, size, _ = self._note(row)
                if size:
                    residual[self._members.names(row)] = parameter_types(text_at(self._table, start, size))
        fitting: list[Group] = []
        for group in found:
            names = self._members.names(group[-1])
            signature = residual.get(names)
            if signature == exact if signature is not None else names[2] == original:
                fitting.append(group)
        return fitting

    def _metadata(self, group: Group) -> list[Metadata]:
        numbers = [self._note(row)[2] for row in group if row[mn.FLAGS] >> mn.NOTE_SHIFT]
        return [self._decoded(number - 1) for number in numbers if number]

    def _note(self, row: Row) -> Sequence[int]:
        at = mn.NOTE_WIDTH * ((row[mn.FLAGS] >> mn.NOTE_SHIFT) - 1)
        return self._table.window("notes", at, at + mn.NOTE_WIDTH)

    def _decoded(self, number: int) -> Metadata:
        try:
            return _METADATA.decode(self._table.string("metadata", number) or "{}")
        except msgspec.DecodeError as error:
            raise DamagedTable(f"metadata {number}: {error}", self._table.origin) from error
