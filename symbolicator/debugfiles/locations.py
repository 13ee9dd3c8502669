"""The result of a look-up in a debug file."""

from __future__ import annotations

from typing import NamedTuple


class SourceLocation(NamedTuple):
    """A function at an address, and its source position. Strings are as in the file: names are mangled, paths whole. So are numbers:
    debug formats count lines and columns from 1, and 0 means unknown (DWARF 5 §6.2.2).
    """

    function: str | None
    """DW_AT_name, with scopes if there is no linkage name; None if only a symbol is known."""
    symbol: str | None
    """The linkage name; without one, for the outermost function, the symbol."""
    file: str | None
    """The whole path, cleaned."""
    line: int
    """From 1; 0 if unknown."""
    column: int
    """From 1; 0 if unknown."""
    comp_dir: str | None
    """The compilation directory."""
    address: int | None
    """The svma where the function, the symbol, or this copy of the inlined function begins."""
    language: int
    """DW_LANG; 0 if unknown."""
    inlined: bool
    """Whether it is inlined into the one before it."""
