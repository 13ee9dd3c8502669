"""Decoding of the `scopes` field: items of VLQs to the tables of `scopes.py`.

Follows the draft of March 2026, §"Scopes grammar" and §"Decoding scopes". In addition, as in the proposal's text, each source's tree
counts lines and columns from the start of its file. Items with other tags are skipped; broken ones are counted and skipped.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Final

from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.sourcemaps.scopes import HIDDEN, INLINED, NONE, RANGE_COLUMNS, SCOPE_COLUMNS, STACK_FRAME, Binding, Scopes
from symbolicator.sourcemaps.tokens import signed, tokens_of


class ScopesReader:
    """Reads the `scopes` of each flat map into one pair of tables. What is wrong is recorded and skipped: the proposal rejects nothing."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._scopes: dict[str, Any] = {key: array(code) for key, code in SCOPE_COLUMNS.items()}
        self._ranges: dict[str, Any] = {key: array(code) for key, code in RANGE_COLUMNS.items()}
        self._variables: list[int] = []
        self._bindings: dict[int, list[list[tuple[int, int]]]] = {}
        self._read = False

    def finish(self, names: Sequence[str] = ()) -> Scopes | None:
        """The tables; None if no map had any."""
        if not self._read:
            return None
        scopes = Scopes(self._scopes, self._ranges, names)
        scopes.variables = [_at(names, i) for i in self._variables]
        scopes.bindings = {
            number: [[Binding(key >> 32, key & COLUMN, _at(names, name)) for key, name in rows] for rows in variables]
            for number, variables in self._bindings.items()
        }
        return scopes

    def read(self, text: memoryview, line: int, column: int, sources: Sequence[int], name_base: int, names: int) -> None:
        """Add the scopes of a flat map at generated offset `line`, `column`, whose sources have these numbers and whose names start at
        `name_base`.
        """
        self._read = True
        state = _Reading((self._scopes, self._ranges, self._variables, self._bindings), (line, column), sources, name_base, names)
        item: list[int] = []
        for token in (*tokens_of(text), vn.COMMA_TOKEN):
            if token != vn.COMMA_TOKEN:
                item.append(token)
            else:
                state.item(item)
                item = []
        state.close()
        if state.wrong:
            self._faults.note(f"`scopes` holds {state.wrong} items that cannot be read")


def _at(names: Sequence[str], index: int) -> str | None:
    return names[index] if 0 <= index < len(names) else None


class _Reading:
    """The running numbers while the items of one `scopes` are read (Decode Scope State Record)."""

    def __init__(
        self,
        tables: tuple[dict[str, Any], dict[str, Any], list[int], dict[int, list[list[tuple[int, int]]]]],
        offset: tuple[int, int],
        sources: Sequence[int],
        name_base: int,
        names: int,
    ) -> None:
        self.scopes, self.ranges, self.variables, self.bindings = tables
        self.offset, self.sources, self.name_base, self.names = offset, sources, name_base, names
        self.first_scope = len(self.scopes["source"])
        self.open_scopes: list[int] = []
        self.open_ranges: list[int] = []
        self.tree = 0
        self.wrong = 0
        self.line = self.column = self.name = self.kind = self.variable = 0
        self.range_line = self.range_column = self.definition = 0
        self.ranges_begun = False

    def item(self, item: list[int]) -> None:
        """One item: a tag and its values; negative values could not be read."""
        if not item:
            if self.open_scopes or self.open_ranges or self.ranges_begun:
                self.wrong += 1
            else:
                self.tree += 1  # a source without scopes
            return
        read = self._TAGS.get(item[0])
        if min(item) < 0:
            self.wrong += 1
        elif read is not None:
            try:
                read(self, item[1:])
            except (IndexError, ValueError, OverflowError):
                self.wrong += 1

    def close(self) -> None:
        """Close what is still open at the position of the last item."""
        self.wrong += len(self.open_scopes) + len(self.open_ranges)
        while self.open_scopes:
            self.scopes["end"][self.open_scopes.pop()] = self.line << 32 | self.column
        while self.open_ranges:
            self.ranges["end"][self.open_ranges.pop()] = self._generated(self.range_line, self.range_column)

    def _position(self, line: int, column: int) -> int:
        self.column = column if line else self.column + column
        self.line += line
        return _key(self.line, self.column)

    def _name(self, relative: int) -> int:
        self.name += signed(relative)
        return self.name + self.name_base if 0 <= self.name < self.names else NONE

    def _scope_start(self, item: list[int]) -> None:
        flags, line, column, *rest = item
        if not self.open_scopes:
            self.line = self.column = 0  # each source's tree counts its positions from the file's start
        start = self._position(line, column)
        name = kind = NONE
        if flags & 1:
            name = self._name(rest.pop(0))
        if flags & 2:
            self.kind += signed(rest.pop(0))
            kind = self.kind + self.name_base if 0 <= self.kind < self.names else NONE
        number = len(self.scopes["source"])
        source = self.sources[self.tree] if self.tree < len(self.sources) else NONE
        parent = self.open_scopes[-1] if self.open_scopes else NONE
        row = {"source": source, "start": start, "end": start, "name": name, "kind": kind, "flags": flags & STACK_FRAME, "parent": parent}
        for key, number_ in row.items():
            self.scopes[key].append(number_)
        self.scopes["variables"].append(len(self.variables))
        self.open_scopes.append(number)

    def _scope_end(self, item: list[int]) -> None:
        line, column = item[0], item[1]
        end = self._position(line, column)
        self.scopes["end"][self.open_scopes.pop()] = end
        if not self.open_scopes:
            self.tree += 1

    def _scope_variables(self, item: list[int]) -> None:
        if not self.open_scopes:
            raise IndexError
        for relative in item:
            self.variable += signed(relative)
            self.variables.append(self.variable + self.name_base if 0 <= self.variable < self.names else NONE)

    def _generated(self, line: int, column: int) -> int:
        """A generated position of this map as a key of the whole file."""
        return _key(line + self.offset[0], column + (self.offset[1] if line == 0 else 0))

    def _range_position(self, line: int, column: int) -> int:
        self.range_column = column if line else self.range_column + column
        self.range_line += line
        return self._generated(self.range_line, self.range_column)

    def _range_start(self, item: list[int]) -> None:
        flags, *rest = item
        self.ranges_begun = True
        start = self._range_position(rest.pop(0) if flags & 1 else 0, rest.pop(0))
        definition = NONE
        if flags & 2:
            self.definition += signed(rest.pop(0))
            known = self.first_scope + self.definition
            definition = known if self.first_scope <= known < len(self.scopes["source"]) else NONE
        parent = self.open_ranges[-1] if self.open_ranges else NONE
        self.open_ranges.append(len(self.ranges["start"]))
        row = {"start": start, "end": start, "definition": definition, "flags": flags & (STACK_FRAME | HIDDEN), "parent": parent}
        for key, number in row.items():
            self.ranges[key].append(number)
        for key in ("call_source", "call_line", "call_column"):
            self.ranges[key].append(NONE)

    def _range_end(self, item: list[int]) -> None:
        end = self._range_position(item[0] if len(item) > 1 else 0, item[-1])
        self.ranges["end"][self.open_ranges.pop()] = end

    def _range_bindings(self, item: list[int]) -> None:
        number = self.open_ranges[-1]
        start = self.ranges["start"][number]
        self.bindings[number] = [[(start, self._binding(name))] if name else [] for name in item]

    def _binding(self, name: int) -> int:
        """The number of a name that was written plus one; -1, no name, for 0."""
        return name - 1 + self.name_base if 0 < name <= self.names else -1

    def _sub_range_binding(self, item: list[int]) -> None:
        number = self.open_ranges[-1]
        rows = self.bindings[number][item[0]] if number in self.bindings else []
        start = self.ranges["start"][number]
        line, column = start >> 32, start & COLUMN
        for at in range(1, len(item) - 2, 3):
            down, right, name = item[at : at + 3]
            column = right if down else column + right
            line += down
            rows.append((_key(line, column), self._binding(name)))

    def _call_site(self, item: list[int]) -> None:
        number = self.open_ranges[-1]
        source, line, column = item[:3]
        self.ranges["call_source"][number] = self.sources[source]
        self.ranges["call_line"][number] = line
        self.ranges["call_column"][number] = column
        self.ranges["flags"][number] |= INLINED

    _TAGS: Final = {  # B, C, D: original scopes; E to I: generated ranges; others are ignored, as the proposal asks
        1: _scope_start,
        2: _scope_end,
        3: _scope_variables,
        4: _range_start,
        5: _range_end,
        6: _range_bindings,
        7: _sub_range_binding,
        8: _call_site,
    }


def _key(line: int, column: int) -> int:
    if line >= COLUMN or column >= COLUMN:
        raise OverflowError
    return line << 32 | column
