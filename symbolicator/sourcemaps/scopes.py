"""The `scopes` field of ECMA-426's scopes proposal: which functions enclose a position, and which were inlined there.

The text is comma-separated items of VLQs; the first is the item's tag. Original scopes (a tree for each source) come first,
generated ranges after them; both are written as start and end items, in pre-order, with positions relative to the item before.
Decoded, they are flat tables in that order with the number of each one's parent, so that look-up is one bisect and a walk outwards.
Follows the draft of March 2026, §"Scopes structure" and §"Decoding scopes". Positions count from 0; ends are exclusive.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from symbolicator.kernels import vlq
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.segments import COLUMN

NONE: Final = vlq.NONE
SCOPE_COLUMNS: Final = {"source": "I", "start": "Q", "end": "Q", "name": "I", "kind": "I", "flags": "B", "parent": "I", "variables": "I"}
"""`name`, `kind`: into the names. `flags`: 4, is a stack frame. `variables`: where the scope's begin in the list of all variables."""
RANGE_COLUMNS: Final = {
    "start": "Q",
    "end": "Q",
    "definition": "I",
    "flags": "B",
    "parent": "I",
    "call_source": "I",
    "call_line": "I",
    "call_column": "I",
}
"""`definition`: a scope. `flags`: 4, is a function; 8, to be hidden from stacks; 16, has a call site, which `call_…` give: it was
inlined.
"""
STACK_FRAME: Final = 4
HIDDEN: Final = 8
INLINED: Final = 16

_ANONYMOUS: Final = "<anonymous>"


class ScopeFrame(NamedTuple):
    """One function of the original program at a generated position. `source` is a number; `line`, `column` count from 0, None where
    unknown.
    """

    name: str | None
    """The function's; `<anonymous>` for one without a name, None outside of functions."""
    source: int | None
    line: int | None
    column: int | None
    hidden: bool = False
    """The compiler made this function; it is none of the program's."""


class Binding(NamedTuple):
    """How to get the value of a variable from generated position `line`, `column` on: a JavaScript expression, or None while it is not to
    be had.
    """

    line: int
    column: int
    expression: str | None


class Scopes:
    """The tables, and the questions asked of them. `names` is any sequence of the map's names."""

    def __init__(self, scopes: dict[str, Any], ranges: dict[str, Any], names: Sequence[str | None]) -> None:
        self.scopes = scopes
        self.ranges = ranges
        self.names = names
        self.variables: list[str | None] = []
        """The variables of all scopes, one after the other; kept in memory only."""
        self.bindings: dict[int, list[list[Binding]]] = {}
        """For each range that has any: for each variable of its definition, its bindings; kept in memory only."""
        self.by_source: dict[int, tuple[int, int]] = {}
        source = scopes["source"]
        for number in range(len(source)):
            first, _ = self.by_source.get(source[number], (number, 0))
            self.by_source[source[number]] = (first, number + 1)

    def scope_at(self, source: int, line: int, column: int) -> int | None:
        """The number of the innermost original scope around a position of source number `source`."""
        first, end = self.by_source.get(source, (0, 0))
        return _innermost(self.scopes, first, end, line, column)

    def range_at(self, line: int, column: int) -> int | None:
        """The number of the innermost generated range around a generated position."""
        return _innermost(self.ranges, 0, len(self.ranges["start"]), line, column)

    def function_name(self, source: int, line: int, column: int) -> str | None:
        """The function around an original position: its name, `<anonymous>`, or None outside of functions and of known scopes."""
        return self._function_of(self.scope_at(source, line, column))

    def _function_of(self, scope: int | None) -> str | None:
        while scope is not None and scope != NONE:
            if self.scopes["flags"][scope] & STACK_FRAME:
                name = self.scopes["name"][scope]
                return (self.names[name] if name != NONE else None) or _ANONYMOUS
            scope = self.scopes["parent"][scope]
        return None

    def frames_at(self, line: int, column: int, original: tuple[int, int, int] | None) -> list[ScopeFrame]:
        """The functions at a generated position, innermost first: those inlined there, then the one whose code it is. [] where no range
        covers it.

        `original` is what the position maps to (source, line, column). Each further frame is where the one before it was called.
        """
        frames: list[ScopeFrame] = []
        number = self.range_at(line, column)
        ranges = self.ranges
        definition = NONE
        while number is not None and number != NONE:
            if definition == NONE:
                definition = ranges["definition"][number]
            flags = ranges["flags"][number]
            if flags & (INLINED | STACK_FRAME):
                frames.append(self._frame(definition, original, bool(flags & HIDDEN)))
                definition = NONE
                if not flags & INLINED:
                    return frames
                original = (ranges["call_source"][number], ranges["call_line"][number], ranges["call_column"][number])
            number = ranges["parent"][number]
        if frames or definition != NONE:  # the code of no function: a module's own
            frames.append(self._frame(definition, original, False))
        return frames

    def _frame(self, definition: int, original: tuple[int, int, int] | None, hidden: bool) -> ScopeFrame:
        """A frame whose innermost range is of scope `definition`; within it, the original position may lie in a scope further in."""
        scope = self.scope_at(*original) if original is not None else None
        inside = scope
        while inside is not None and inside not in (NONE, definition):
            inside = self.scopes["parent"][inside]
        name = self._function_of(scope if definition in (inside, NONE) else definition)
        source, line, column = original or (None, None, None)
        return ScopeFrame(name, source, line, column, hidden)


def _innermost(table: dict[str, Any], first: int, end: int, line: int, column: int) -> int | None:
    """The last start at or before the position, then outwards to the first that has not ended: starts are in pre-order, so nothing else
    can hold it.
    """
    if line < 0 or column < 0:
        return None
    key = line << 32 | min(column, COLUMN)
    number: int = bisect_right(table["start"], key, first, end) - 1
    if number < first:
        return None
    ends, parents = table["end"], table["parent"]
    while ends[number] <= key:
        number = parents[number]
        if number == NONE:
            return None
    return number


class ScopesReader:
    """Reads the `scopes` of each flat map into one pair of tables. What is wrong is noted and skipped: the proposal refuses nothing."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._scopes: dict[str, Any] = {key: array(code) for key, code in SCOPE_COLUMNS.items()}
        self._ranges: dict[str, Any] = {key: array(code) for key, code in RANGE_COLUMNS.items()}
        self._variables: list[int] = []
        self._bindings: dict[int, list[list[tuple[int, int]]]] = {}
        self._read = False

    def finish(self, names: Sequence[str] = ()) -> Scopes | None:
        """The tables; None where no map had any."""
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
        tokens = memoryview(bytearray(8 * (len(text) + 1))).cast("q")
        count = vlq.decode_tokens(text, vlq.DIGITS, tokens)
        item: list[int] = []
        for at in range(count + 1):
            token = tokens[at] if at < count else -1
            if token != -1:
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
        """One item: a tag and its values; negative values are what could not be read."""
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
        """End what was left open where the last item was."""
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
        self.name += _signed(relative)
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
            self.kind += _signed(rest.pop(0))
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
            self.variable += _signed(relative)
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
            self.definition += _signed(rest.pop(0))
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


def _signed(value: int) -> int:
    """VLQSignedValue of an unsigned one."""
    return value >> 1 if value & 1 == 0 else -(value >> 1) if value > 1 else -(1 << 31)


def _key(line: int, column: int) -> int:
    if line >= COLUMN or column >= COLUMN:
        raise OverflowError
    return line << 32 | column
