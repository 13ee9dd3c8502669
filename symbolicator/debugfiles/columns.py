"""The columns of a compiled native table: how wide their rows are, and of which type. What they hold is described in `compiling.py`."""

from __future__ import annotations

from typing import Final, NamedTuple

SAMPLE: Final = 512
"""Rows for one sample."""
NODE_WIDTH: Final = 5
PLACE_WIDTH: Final = 4
FUNCTION_WIDTH: Final = 3

TYPECODES: Final = {
    **dict.fromkeys(("starts", "samples", "node_starts", "symbol_starts", "symbol_ends", "symbol_firsts", "symbol_samples"), "Q"),
    **dict.fromkeys(("places", "nodes", "functions", "files", "symbol_names"), "I"),
    "string_starts": "Q",
    "strings": "B",
}


class Columns(NamedTuple):
    """What many look-ups go over at once: columns from their first item to their last, every block of them checked."""

    places: memoryview
    nodes: memoryview
    node_starts: memoryview
    functions: memoryview
    files: memoryview
    string_starts: memoryview
    strings: memoryview
