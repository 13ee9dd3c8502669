"""The names that dart2js shortened for a whole program, from its extension of the map (`x_org_dartlang_dart2js.minified_names`).

``{"global": "aB,3,cD,7", "instance": "gb,5"}``: names as the program has them, each with the number of the original in `names`; `global`
has classes and functions, `instance` members. (Dart SDK, *Source map extensions*.) They occur in messages; frames have names of their own.

The table `dart2js`, version 1: `global`, `instance` (strings, sorted), and `global_names`, `instance_names` (strings): their originals.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import msgspec

from symbolicator.artifacts.damage import expect, over_table
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact

MAX_NAMES: Final = 5_000_000
_KINDS: Final = ("global", "instance")


class _Extension(msgspec.Struct, frozen=True):
    minified_names: dict[str, str | dict[str, int]] = {}


class _Map(msgspec.Struct, frozen=True):
    names: list[str] = []
    x_org_dartlang_dart2js: _Extension = _Extension()


@over_table
class MinifiedNames:
    """The opened names of one map."""

    def __init__(self, table: Table) -> None:
        self._table = table
        for kind in _KINDS:
            expect(table, {}, **{f"{kind}_names#items": table.length(f"{kind}#items")})

    def classes(self, name: str) -> str | None:
        """What a class or a function of the program was called; None if it is no shortened name of one."""
        return self._find("global", name)

    def members(self, name: str) -> str | None:
        """As `classes`, of methods and fields of objects."""
        return self._find("instance", name)

    def _find(self, kind: str, name: str) -> str | None:
        count = self._table.length(f"{kind}#items")
        at = bisect_left(range(count), name, key=lambda place: self._table.string(kind, place) or "")
        return self._table.string(f"{kind}_names", at) if at < count and self._table.string(kind, at) == name else None


class MinifiedNamesCompiler:
    """A map of dart2js → `MinifiedNames`; of another map there are none."""

    name: Final = "dart2js"
    version: Final = 1

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
        return writer

    def open(self, table: Table) -> MinifiedNames:
        """The index over a compiled table."""
        return MinifiedNames(table)


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
