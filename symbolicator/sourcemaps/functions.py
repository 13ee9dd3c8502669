"""Names for positions, from source text: the function that runs at a line and column, as a person would call it.

Owns the compiled table of one text's functions and the look-up in it. How a text is parsed is `languages.py`'s, which function owns which
stretch `outline.py`'s, what it is called `naming.py`'s. Works for originals (javascript.md, "Function names", rule 2) and for minified
bundles alike (rule 3: `identifier_at` says where the minified name stands, to be looked up in the map).

Rule 4, the name at the caller's call site, needs nothing from here: in a minified bundle the token of the callee is where the
caller's frame points, so the `name` of the map's answer for that frame is all there is to have.

The columns of kind `js-functions-<language>`, version 2 (in 1, the name of a decorated method was the method's)::

    starts       Q  where each stretch begins: line << 32 | column, ascending; the first is 0
    owners       I  the function that owns the stretch; 0xFFFFFFFF: nothing is known
    parents      I  by function: the function around it; 0xFFFFFFFF: none
    identifiers  Q  by function: where its name stands (line << 32 | column); 2⁶⁴-1: it has none
    names           by function, strings

For `class A { b() { c } }` (classes own no text; `class A` is where an unwritten constructor is, see `outline.py`)::

    starts  0        7         10       19        22
    owners  1        0         2        0         -       (columns of line 0; 21 is the end of the text)
    names   <global>, new A, A.b     parents  -, 0, 0     identifiers  -, 6, 10
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right

import msgspec

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.sourcemaps.languages import MAX_PARSE_SECONDS, Clock, decode_source, language_of
from symbolicator.sourcemaps.names import GLOBAL
from symbolicator.sourcemaps.places import UNKNOWN

_MAX_CHAIN = 256
NOWHERE = 0xFFFFFFFFFFFFFFFF
"""The identifier's position where a function has none."""


class EnclosingFunction(msgspec.Struct, frozen=True):
    """A function around a position. `identifier` is the (line, column) of its name in the text, None where it has none."""

    name: str
    identifier: tuple[int, int] | None


@over_table
class FunctionIndex:
    """The functions of one text; lines and columns from 0, columns in UTF-16 code units. Safe to share between threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        functions = table.length("parents")
        expect(
            table, {"starts": "Q", "owners": "I", "parents": "I", "identifiers": "Q"},
            owners=table.length("starts"), identifiers=functions, names=functions,
        )  # fmt: skip
        self._starts = table.column("starts")
        self._owners = table.column("owners")

    def __len__(self) -> int:
        """The number of functions, top levels included."""
        return self._table.length("parents")

    def name_at(self, line: int, column: int) -> str | None:
        """The name of the function that runs at a position: `Cart.total`, `<anonymous>`, `<global>` for the top level.

        None where nothing is known: outside the scripts of a component file, within text that could not be parsed.
        """
        owner = self._owner(line, column)
        return None if owner == UNKNOWN else self._table.string("names", owner)

    def enclosing(self, line: int, column: int) -> tuple[EnclosingFunction, ...]:
        """The functions around a position, innermost first, the top level last; () where nothing is known."""
        chain: list[EnclosingFunction] = []
        owner = self._owner(line, column)
        while owner != UNKNOWN and len(chain) < _MAX_CHAIN:
            chain.append(EnclosingFunction(self._table.string("names", owner) or "", self._identifier(owner)))
            owner = self._table.item("parents", owner)
        return tuple(chain)

    def anonymous_in(self, line: int, column: int) -> str | None:
        """The nearest named function, for a caller who wants to say `<anonymous> in Cart.total`; None at the top level."""
        return next((f.name for f in self.enclosing(line, column) if not f.name.endswith(">")), None)

    def identifier_at(self, line: int, column: int) -> tuple[int, int] | None:
        """Where the name of the function at a position stands, (line, column); None for anonymous functions and the top level.

        In a minified bundle the map's token there carries the function's original name.
        """
        owner = self._owner(line, column)
        return None if owner == UNKNOWN else self._identifier(owner)

    def names_on(self, line: int, start: int, end: int) -> list[str | None]:
        """The names of the functions that run between two columns of a line, each function once, in the order of the text."""
        last = bisect_left(self._starts, line << 32 | end)
        first = max(bisect_right(self._starts, line << 32 | start) - 1, 0)
        owners = dict.fromkeys(self._owners[first : max(last, first + 1)])
        return [None if owner == UNKNOWN else self._table.string("names", owner) for owner in owners]

    def _owner(self, line: int, column: int) -> int:
        if line < 0 or line >= 1 << 31:
            return UNKNOWN
        place = bisect_right(self._starts, line << 32 | min(max(column, 0), 0xFFFFFFFF)) - 1
        return UNKNOWN if place < 0 else int(self._owners[place])

    def _identifier(self, owner: int) -> tuple[int, int] | None:
        packed = self._table.item("identifiers", owner)
        return None if packed == NOWHERE else (packed >> 32, packed & 0xFFFFFFFF)


class FunctionCompiler:
    """Compiles a source text to its `FunctionIndex`. The language is part of the name: one text read as two languages is two tables.

    >>> FunctionCompiler.for_name("./src/cart.tsx").name
    'js-functions-tsx'
    """

    version = 2

    def __init__(self, language: str, *, seconds: float = MAX_PARSE_SECONDS, clock: Clock = time.thread_time) -> None:
        self.language = language
        self.name = f"js-functions-{language}"
        self._seconds = seconds
        self._clock = clock

    @classmethod
    def for_name(cls, name: str) -> FunctionCompiler | None:
        """The compiler for a source of that name (a path, a URL, a map's source); None where no grammar of ours reads it."""
        language = language_of(name)
        return None if language is None else cls(language)

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of the one text in `contents`. Raises `LimitExceeded` past the bounds of size and time."""
        from symbolicator.sourcemaps.outline import outline  # in most runs every text is parsed already

        text = decode_source(contents[0])
        source, functions, starts, owners = outline(text, self.language, seconds=self._seconds, clock=self._clock)
        writer = TableWriter(self.name, self.version)
        writer.column("starts", array("Q", map(source.packed, starts)))
        writer.column("owners", array("I", owners))
        writer.column("parents", array("I", [f.parent for f in functions]))
        writer.column("identifiers", array("Q", [NOWHERE if f.identifier < 0 else source.packed(f.identifier) for f in functions]))
        writer.strings("names", [f.name for f in functions])
        writer.meta["functions"] = len(functions)
        return writer

    def open(self, table: Table) -> FunctionIndex:
        """The index over an opened table."""
        return FunctionIndex(table)


__all__ = ["GLOBAL", "NOWHERE", "UNKNOWN", "EnclosingFunction", "FunctionCompiler", "FunctionIndex"]
