"""What Metro and Hermes write into maps beyond ECMA-426: look-ups; it is read by `metro_reading.py`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from symbolicator.sourcemaps.places import COLUMN


def lookup_function(
    starts: Sequence[int] | memoryview,
    keys: Callable[[int, int], Any],
    name: Callable[[int], str | None],
    source: int,
    line: int,
    column: int,
) -> str | None:
    """The look-up behind `FunctionMaps.function_name`, over any columns: `keys(start, stop)` returns a window, `name(row)` a row's name."""
    if not 0 <= source < len(starts) - 1 or line < 0 or column < 0:
        return None
    start, stop = starts[source], starts[source + 1]
    row: int = start + bisect_right(keys(start, stop), line << 32 | min(column, COLUMN)) - 1
    return name(row) if row >= start else None


class Extras(msgspec.Struct, frozen=True):
    """Tables of React Native builds, unchanged; empty if absent or malformed."""

    module_paths: tuple[str | None, ...] = ()
    """`x_metro_module_paths` or `modulePaths`: a path for each module id."""
    offsets: tuple[int | None, ...] = ()
    """`x_facebook_offsets`: for each module id of an indexed RAM bundle, the generated line its code starts on, from 0; None for no
    module.
    """
    segments: dict[str, Any] = {}
    """`x_facebook_segments`: for each segment id, the JSON text (bytes) of its own map."""
    hermes_function_offsets: dict[str, tuple[int, ...]] = {}
    """`x_hermes_function_offsets`: for each segment id, the bytecode offset of each function; see `hermes_address`."""

    def hermes_address(self, segment: str, function: int, offset: int) -> int | None:
        """The address in the segment's composed map (line 0, this column) of bytecode `offset` in function number `function`."""
        table = self.hermes_function_offsets.get(segment, ())
        return table[function] + offset if 0 <= function < len(table) else None
