"""What a map says of a position, and one segment of it, as people get them."""

from __future__ import annotations

from typing import NamedTuple


class OriginalPosition(NamedTuple):
    """Where something was written. `source` after `sourceRoot`, None where the map does not name it; `line` and `column` count from 0."""

    source: str | None
    line: int
    column: int
    name: str | None


class Segment(NamedTuple):
    """One segment. All numbers count from 0; the last four are None in a segment that maps nowhere, `name` also where there is none."""

    generated_line: int
    generated_column: int
    source: int | None
    line: int | None
    column: int | None
    name: int | None
