"""The columns of a compiled native table, whatever its debug format.

A *row* extends from its start to the next one's; `NONE` is 2**32 - 1; a string is its number, 0 for none::

    starts         Q   a row each: its first svma, ascending
    places         I   four a row: node, file, line, column; node and file NONE, line and column 0 in a gap
    samples        Q   every 512th start, from row 0
    nodes          I   five a node: the node it is inlined into (NONE for a function), function, and of that call file, line, column
    node_starts    Q   a node each: where its code begins
    functions      I   three a function: name, linkage name, DW_LANG
    files          I   two a file: path, compilation directory; none for one without a name
    symbol_starts, symbol_ends    Q   the symbols of code, disjoint and ascending
    symbol_firsts  Q   where each symbol itself begins (another one may lie in its middle)
    symbol_names   I   a string each
    symbol_samples Q   every 512th of symbol_starts
    string_starts  Q   where each string begins, and the last one ends; string 1 first
    strings        B   blob: the strings, UTF-8
    go_pclntab     B   blob: Go's own table (`go/pclntab.py`), where units do not have all of its functions; else missing
    go_trees       B   blob: its trees of inlined calls, where they are found (`go/inlining.py`)

    meta: go_text, the svma from which its offsets count; warnings; missing_splits: the paths of split files that were not given

Example: `outer` (0x1000 to 0x1010, a.c) calls `inner` in line 7, column 3, which is inlined at 0x1004 to 0x1008 from line 2 of b.h;
nothing else::

    starts     0x1000        0x1004        0x1008        0x1010
    places     0 0 6 1       1 1 2 9       0 0 8 1       NONE NONE 0 0
    nodes      NONE 0 NONE 0 0,   0 1 0 7 3
    functions  1 0 12,   2 0 12                    strings "outer" "inner" "/src/a.c" "/src" "/src/b.h"
    files      3 4,   5 4

A look-up of 0x1005 finds row 1: node 1 is `inner` at b.h:2:9, inlined into node 0, `outer`, at a.c:7:3.
"""

from __future__ import annotations

from typing import Final, NamedTuple

KIND: Final = "native"
VERSION: Final = 12
"""1, the first; 2, a function comes before a bare label; 3, more relocations, and symbols that are typed as objects; 4, the compiler's name
for a function whose linkage name cannot be demangled; 5, Go's own table; 6, a unit answers where it says it may (`dwarf/claims.py`); 7, a
row with an invalid file is not a line; 8, scopes in names of C++03, Ada 83, 2005 and 2012; 9, a PDB's modules answer for their own code;
10, an inlined call ends with its function; 11, calls of PDBs that stand for several, and those of other modules' functions;
12, functions of WebAssembly are those of the module.
"""
SAMPLE: Final = 512
"""Rows for each sample."""
NODE_WIDTH: Final = 5
PLACE_WIDTH: Final = 4
FUNCTION_WIDTH: Final = 3

FIRST_LOAD: Final = -(1 << 32)
"""The least load address of a table: a WebAssembly module begins before its code section, from which addresses count."""

TYPECODES: Final = {
    **dict.fromkeys(("starts", "samples", "node_starts", "symbol_starts", "symbol_ends", "symbol_firsts", "symbol_samples"), "Q"),
    **dict.fromkeys(("places", "nodes", "functions", "files", "symbol_names"), "I"),
    "string_starts": "Q",
    "strings": "B",
}


class Columns(NamedTuple):
    """The columns for many look-ups at once: whole, every block of them checked."""

    places: memoryview
    nodes: memoryview
    node_starts: memoryview
    functions: memoryview
    files: memoryview
    string_starts: memoryview
    strings: memoryview
