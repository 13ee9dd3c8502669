"""Reads what Metro and Hermes write into maps beyond ECMA-426: function maps, and the tables of `metro.py`.

`x_facebook_sources`: for each source, metadata of which the first element is a function map, `{"names": [...], "mappings": "..."}`:
segments of VLQs (column delta, name delta, line delta; the column starts again at each `;`), lines from 1 and columns from 0 in the
original source. Each marks where the extent of a named function begins or continues; the greatest at or before a position names it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

import msgspec

from symbolicator.kernels import vlq
from symbolicator.sourcemaps import document, segments
from symbolicator.sourcemaps.document import ABSENT, Members
from symbolicator.sourcemaps.faults import Faults
from symbolicator.sourcemaps.metro import Extras, lookup_function
from symbolicator.sourcemaps.tokens import tokens_of


class _FunctionMap(msgspec.Struct):
    names: msgspec.Raw = ABSENT
    mappings: msgspec.Raw = ABSENT


_FUNCTION_MAP: Final = msgspec.json.Decoder(_FunctionMap)


class FunctionMaps:
    """The function maps of a map, flat: the rows of source `i` are `starts[i] … starts[i + 1]`, in order of position.

    `keys` (u64): original line << 32 | column, both from 0. `indexes` (u32): into `names`.
    """

    def __init__(self) -> None:
        self.starts = array("I", [0])
        self.keys = array("Q")
        self.indexes = array("I")
        self.names: list[str] = []
        self._by_name: dict[str, int] = {}
        self._rows: dict[int, list[tuple[int, int]]] = {}

    def read(self, raw: msgspec.Raw, numbers: Sequence[int], faults: Faults) -> None:
        """Add `x_facebook_sources` of a flat map whose sources have these `numbers`."""
        skipped = wrong = 0
        if raw is not ABSENT:
            quiet = Faults(strict=False)
            for number, metadata in zip(numbers, document.items(raw, "x_facebook_sources", quiet), strict=False):
                if document.kind(metadata) == "null":
                    continue
                first = document.items(metadata, "x_facebook_sources", quiet)[:1]
                if first and document.kind(first[0]) != "null" and number not in self._rows:
                    try:
                        rows, bad = self._decode(_FUNCTION_MAP.decode(first[0]), quiet)
                    except (msgspec.DecodeError, RecursionError):
                        wrong += 1
                    else:
                        self._rows[number] = rows
                        skipped += bad
            wrong += len(quiet.warnings)
        if skipped or wrong:
            faults.note(f"`x_facebook_sources`: {skipped} segments and {wrong} function maps cannot be read")

    def _decode(self, function_map: _FunctionMap, faults: Faults) -> tuple[list[tuple[int, int]], int]:
        names = document.strings(function_map.names, "names", faults)
        if document.kind(function_map.mappings) != "a string":
            return [], 1
        text = segments.text_of(function_map.mappings)
        tokens = tokens_of(text)
        rows = memoryview(bytearray(12 * (len(tokens) + 1))).cast("I")
        result = vlq.function_rows(tokens, len(tokens), len(names), rows)
        found = rows[: 3 * (result >> 32)].tolist()
        numbers = [self._by_name.setdefault(name, len(self._by_name)) for name in names]
        keys = [(line - 1) << 32 | column for line, column in zip(found[::3], found[1::3], strict=True)]
        return sorted(zip(keys, (numbers[i] for i in found[2::3]), strict=True), key=lambda row: row[0]), result & 0xFFFFFFFF

    def finish(self, sources: int) -> None:
        """Lay the rows of all `sources` out flat."""
        if self._rows:
            self.names = list(self._by_name)
            for number in range(sources):
                for key, index in self._rows.get(number, ()):
                    self.keys.append(key)
                    self.indexes.append(index)
                self.starts.append(len(self.keys))
            self._rows = {}

    def function_name(self, source: int, line: int, column: int) -> str | None:
        """The function around a position of source number `source` (line and column from 0); None if the map does not say."""
        return lookup_function(self.starts, lambda a, b: self.keys[a:b], lambda row: self.names[self.indexes[row]], source, line, column)


def read_extras(members: Members) -> Extras:
    """The extras of the outermost object of a map."""
    quiet = Faults(strict=False)
    paths = members.x_metro_module_paths if members.x_metro_module_paths is not ABSENT else members.modulePaths
    return Extras(
        module_paths=tuple(document.optional_strings(paths, "modulePaths", quiet)) if paths is not ABSENT else (),
        offsets=tuple(document.integral(item) for item in document.items(members.x_facebook_offsets, "x_facebook_offsets", quiet)),
        segments={key: bytes(raw) for key, raw in _object(members.x_facebook_segments).items()},
        hermes_function_offsets={
            key: tuple(document.integral(item) or 0 for item in document.items(raw, key, quiet))
            for key, raw in _object(members.x_hermes_function_offsets).items()
        },
    )


def _object(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    if raw is ABSENT:
        return {}
    try:
        return _OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            listed = _OBJECT_LIST.decode(raw)  # hermesc's writers also give a plain array, by segment number
        except (msgspec.DecodeError, RecursionError):
            return {}
        return {str(number): item for number, item in enumerate(listed)}


_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OBJECT_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
