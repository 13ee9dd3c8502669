"""A source map with the positions of a few frames and nothing else: no source text, and no name but those of these frames' functions."""

from __future__ import annotations

from typing import Any, Final

import msgspec

_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Mapped(msgspec.Struct, frozen=True, order=True):
    """A generated position and its original: lines and columns from 0, the source's path, the function around it."""

    line: int
    column: int
    source: str
    original_line: int
    original_column: int
    function: str


def small_map(script: str, mapped: set[Mapped]) -> dict[str, Any]:
    """The map of `script` (ECMA-426), with a function map for each source, as Metro writes them."""
    rows = sorted(mapped)
    sources = sorted({row.source for row in rows})
    lines: list[list[str]] = [[]]
    state = [0, 0, 0, 0]
    for row in rows:
        while len(lines) <= row.line:
            lines.append([])
            state[0] = 0
        values = [row.column, sources.index(row.source), row.original_line, row.original_column]
        lines[-1].append("".join(_vlq(value - before) for value, before in zip(values, state, strict=True)))
        state = values
    return {
        "version": 3,
        "file": script,
        "sources": sources,
        "names": [],
        "mappings": ";".join(",".join(segments) for segments in lines),
        "x_facebook_sources": [[_function_map([row for row in rows if row.source == source])] for source in sources],
    }


def _function_map(rows: list[Mapped]) -> dict[str, Any]:
    """Segments of column, name and line, as differences; `;` between lines begins the column again. Lines count from 1."""
    named = sorted({(row.original_line, row.original_column): row.function for row in rows}.items())
    names = sorted({function for _, function in named})
    parts: list[str] = []
    column, name, line, last = 0, 0, 1, None
    for (at_line, at_column), function in named:
        if last is not None:
            parts.append(";" if at_line != last else ",")
        column = 0 if at_line != last else column
        number = names.index(function)
        parts.append(_vlq(at_column - column) + _vlq(number - name) + (_vlq(at_line + 1 - line) if at_line != last else ""))
        column, name, line, last = at_column, number, at_line + 1, at_line
    return {"names": names, "mappings": "".join(parts)}


def _vlq(value: int) -> str:
    value = -value << 1 | 1 if value < 0 else value << 1
    out = ""
    while True:
        digit, value = value & 31, value >> 5
        out += _DIGITS[digit | (32 if value else 0)]
        if not value:
            return out
