"""dart2js' extension of its maps, `x_org_dartlang_dart2js` (Dart SDK, *Source map extensions*): shortened names and inlined calls.

``"minified_names": {"global": "aB,3,cD,7", "instance": "gb,5"}``: names as the program has them, each with the number of the original in
`names`; `global` has classes and functions, `instance` members. They occur in messages; frames have names of their own.

``"frames": "o1WCuboBqyBuB;uCAAAA6B,"``: at an offset in the script's text (VLQs, each the difference to the last one) a call begins that
was inlined (its source, line, column, and the name of what is called), or one ends (`,`), or the last one ends (`;`).

The table `dart2js`, version 2: `global`, `instance` (strings, sorted), and `global_names`, `instance_names` (strings): their originals;
of each step of `frames`, by offset: `offset` (I), `kind` (B: 0 begins, 1 ends, 2 the last ends), `source`, `line`, `column` (I, from 0) and
`called` (strings).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

import msgspec

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.kernels import vlq_numbers as vn
from symbolicator.sourcemaps.tokens import signed, tokens_of

MAX_NAMES: Final = 5_000_000
MAX_STEPS: Final = 10_000_000
_KINDS: Final = ("global", "instance")
_BEGINS, _ENDS, _LAST_ENDS = range(3)
_MARKS: Final = {vn.COMMA_TOKEN: _ENDS, vn.SEMICOLON_TOKEN: _LAST_ENDS}
_MOST_WALKED: Final = 100_000
"""Steps back from an offset that are looked at for the calls around it."""
_LAST: Final = (1 << 32) - 1


class Call(NamedTuple):
    """A call that was inlined: where it is, from 0, and what it calls."""

    source: int
    line: int
    column: int
    called: str


class _Extension(msgspec.Struct, frozen=True):
    minified_names: dict[str, str | dict[str, int]] = {}
    frames: str = ""


class _Map(msgspec.Struct, frozen=True):
    names: list[str] = []
    x_org_dartlang_dart2js: _Extension = _Extension()


@over_table
class Dart2js:
    """The opened names of one map."""

    def __init__(self, table: Table) -> None:
        self._table = table
        for kind in _KINDS:
            expect(table, {}, **{f"{kind}_names#items": table.length(f"{kind}#items")})
        columns = {"offset": "I", "kind": "B", "source": "I", "line": "I", "column": "I"}
        count = table.length("offset")
        expect(table, columns, kind=count, source=count, line=count, column=count, **{"called#items": count})

    def classes(self, name: str) -> str | None:
        """What a class or a function of the program was called; None if it is no shortened name of one."""
        return self._find("global", name)

    def members(self, name: str) -> str | None:
        """As `classes`, of methods and fields of objects."""
        return self._find("instance", name)

    def inlined(self, offset: int) -> list[Call]:
        """The calls that were inlined around an offset in the script's text (UTF-16 code units), innermost first."""
        found: list[Call] = []
        ended = 0
        last = bisect_right(self._table.column("offset"), offset) - 1
        for step in range(last, max(last - _MOST_WALKED, -1), -1):
            kind = self._table.item("kind", step)
            if kind == _LAST_ENDS:
                return found
            if kind == _ENDS:
                ended += 1
            elif ended:
                ended -= 1
            else:
                source, line, column = (self._table.item(name, step) for name in ("source", "line", "column"))
                found.append(Call(source, line, column, self._table.string("called", step) or ""))
        return found if last < _MOST_WALKED else []

    def _find(self, kind: str, name: str) -> str | None:
        count = self._table.length(f"{kind}#items")
        at = bisect_left(range(count), name, key=lambda place: self._table.string(kind, place) or "")
        return self._table.string(f"{kind}_names", at) if at < count and self._table.string(kind, at) == name else None


class Dart2jsCompiler:
    """A map of dart2js → `Dart2js`; of another map there are none."""

    name: Final = "dart2js"
    version: Final = 2

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one map. Raises `MalformedArtifact`, `LimitExceeded`."""
        (content,) = contents
        try:
            read = msgspec.json.decode(content, type=_Map)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedArtifact(f"its names of dart2js cannot be read: {error}") from error
        writer = TableWriter(self.name, self.version)
        for kind in _KINDS:
            pairs = sorted(_pairs(read.x_org_dartlang_dart2js.minified_names.get(kind, ""), read.names).items())
            if len(pairs) > MAX_NAMES:
                raise LimitExceeded(f"the map has more than {MAX_NAMES:,} names of dart2js")
            writer.strings(kind, [short for short, _ in pairs]).strings(f"{kind}_names", [name for _, name in pairs])
        _write_steps(writer, sorted(_steps(read.x_org_dartlang_dart2js.frames, read.names), key=lambda step: step[0]))
        return writer

    def open(self, table: Table) -> Dart2js:
        """The index over a compiled table."""
        return Dart2js(table)


_Step = tuple[int, int, Call]
_NO_CALL: Final = Call(0, 0, 0, "")


def _steps(text: str, names: list[str]) -> list[_Step]:
    """Offset, kind and call of each step. What follows one that cannot be read is left out."""
    found: list[_Step] = []
    tokens = tokens_of(text.encode())
    at, state = 0, [0] * 5
    while at + 1 < len(tokens):
        kind = _MARKS.get(tokens[at + 1], _BEGINS)
        width = 5 if kind == _BEGINS else 1
        step = tokens[at : at + width].tolist()
        if len(step) < width or min(step) < 0:
            break
        state[:width] = [was + signed(more) for was, more in zip(state, step, strict=False)]
        if min(state) < 0 or max(state) > _LAST or (kind == _BEGINS and state[4] >= len(names)):
            break
        call = Call(state[1], state[2], state[3], names[state[4]]) if kind == _BEGINS else _NO_CALL
        found.append((state[0], kind, call))
        if len(found) > MAX_STEPS:
            raise LimitExceeded(f"the map has more than {MAX_STEPS:,} steps of inlined calls")
        at += max(width, 2)
    return found


def _write_steps(writer: TableWriter, steps: list[_Step]) -> None:
    calls = [call for _, _, call in steps]
    writer.column("offset", array("I", [offset for offset, _, _ in steps])).column("kind", array("B", [kind for _, kind, _ in steps]))
    writer.column("source", array("I", [call.source for call in calls])).column("line", array("I", [call.line for call in calls]))
    writer.column("column", array("I", [call.column for call in calls])).strings("called", [call.called for call in calls])


def _pairs(encoded: str | dict[str, int], names: list[str]) -> dict[str, str]:
    """Short name → original, without numbers that lead nowhere and names that are said twice."""
    if isinstance(encoded, str):
        parts = encoded.split(",")
        told = zip(parts[::2], parts[1::2], strict=False)
        said = [(short, int(text)) for short, text in told if text.isascii() and text.isdigit() and len(text) < 10]
    else:
        said = list(encoded.items())
    found: dict[str, str | None] = {}
    for short, number in said:
        if short and 0 <= number < len(names):
            found[short] = names[number] if found.setdefault(short, names[number]) == names[number] else None
    return {short: name for short, name in found.items() if name is not None}
