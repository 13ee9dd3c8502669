"""The `scopes` field of ECMA-426's scopes proposal: which functions enclose a position, and which were inlined there.

The text is comma-separated items of VLQs; the first is the item's tag. Original scopes (a tree for each source) come first,
generated ranges after them; both are written as start and end items, in pre-order, with positions relative to the item before.
Decoded, they are flat tables in that order with the number of each one's parent, so that a look-up is one bisect and a walk outwards.
Follows the draft of March 2026, §"Scopes structure"; `scopes_reading.py` decodes it. Positions count from 0; ends are exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.places import COLUMN

NONE: Final = vn.NONE
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
    """How to get the value of a variable from generated position `line`, `column` on: a JavaScript expression, or None where it is
    not available.
    """

    line: int
    column: int
    expression: str | None


class Scopes:
    """The tables, and look-ups in them. `names` is any sequence of the map's names."""

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
        self._placed = frozenset(ranges["definition"])

    def scope_at(self, source: int, line: int, column: int) -> int | None:
        """The number of the innermost original scope around a position of source number `source`."""
        first, end = self.by_source.get(source, (0, 0))
        return _innermost(self.scopes, first, end, line, column)

    def range_at(self, line: int, column: int) -> int | None:
        """The number of the innermost generated range around a generated position."""
        return _innermost(self.ranges, 0, len(self.ranges["start"]), line, column)

    def function_name(self, source: int, line: int, column: int) -> str | None:
        """The function around an original position: its name, `<anonymous>`, or None outside of functions and of known scopes."""
        return self._name(self._function(self.scope_at(source, line, column)))

    def _function(self, scope: int | None) -> int:
        """The scope of the function that scope number `scope` is in, itself included; `NONE` outside of functions."""
        while scope is not None and scope != NONE and not self.scopes["flags"][scope] & STACK_FRAME:
            scope = _around(self.scopes["parent"], scope)
        return NONE if scope is None else scope

    def _name(self, function: int) -> str | None:
        if function == NONE:
            return None
        name = self.scopes["name"][function]
        return (self.names[name] if name != NONE else None) or _ANONYMOUS

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
            number = _around(ranges["parent"], number)
        if frames or definition != NONE:  # the code of no function: a module's own
            frames.append(self._frame(definition, original, False))
        return frames

    def _frame(self, definition: int, original: tuple[int, int, int] | None, hidden: bool) -> ScopeFrame:
        """A frame whose innermost range is of scope `definition`, which has the word: what a position maps to may be as coarse as the end
        of another function, and a generated range is exact.

        Where the range is of no function, the original position's function is asked, unless it has ranges of its own: this is none of them.
        """
        function = self._function(definition)
        if function == NONE and original is not None:
            around = self._function(self.scope_at(*original))
            function = NONE if around in self._placed else around
        source, line, column = original or (None, None, None)
        return ScopeFrame(self._name(function), source, line, column, hidden)


def _innermost(table: dict[str, Any], first: int, end: int, line: int, column: int) -> int | None:
    """The last start at or before the position, then outwards to the first that has not ended: starts are in pre-order, so nothing else
    can contain it.
    """
    if line < 0 or column < 0:
        return None
    key = line << 32 | min(column, COLUMN)
    number: int = bisect_right(table["start"], key, first, end) - 1
    if number < first:
        return None
    ends, parents = table["end"], table["parent"]
    while ends[number] <= key:
        number = _around(parents, number)
        if number == NONE:
            return None
    return number


def _around(parents: Any, number: int) -> int:
    """The parent of a scope or range. Raises ValueError if it does not come before it, as pre-order requires: so no walk is endless."""
    parent: int = parents[number]
    if parent >= number and parent != NONE:
        raise ValueError(f"{parent} contains {number} but does not come before it")
    return parent
