"""What a look-up in a debug file gives."""

from __future__ import annotations

from typing import NamedTuple


class SourceLocation(NamedTuple):
    """A function at an address, and where in its source. Strings as the file has them: names are mangled, paths whole; and numbers too:
    debug formats count lines and columns from 1, and say 0 where they know none (DWARF 5 §6.2.2).
    """

    function: str | None
    """DW_AT_name, with scopes where there is no linkage name; None where only a symbol is known."""
    symbol: str | None
    """The linkage name; for want of that, of the outermost function, the symbol."""
    file: str | None
    """The whole path, cleaned."""
    line: int
    """From 1; 0 where the compiler knew none."""
    column: int
    """From 1; 0 where the compiler knew none."""
    comp_dir: str | None
    """Where the compiler stood."""
    address: int | None
    """Where the function, or the symbol, or this copy of the inlined function begins; svma."""
    language: int
    """DW_LANG; 0 where not known."""
    inlined: bool
    """Whether this is the body of a function in the one before it."""
