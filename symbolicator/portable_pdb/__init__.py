"""Portable PDBs and assemblies of .NET: from a method's token, or its name, and an IL offset to the source line.

Follows ECMA-335 and the Portable PDB specification (v1.0). Has never heard of an event, and knows no addresses: tokens and offsets go in,
`SourcePlace`s come out. Names are loaded when first used (PEP 562): a folder's files are told apart without what compiles PDBs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator.portable_pdb.assembly import Assembly
    from symbolicator.portable_pdb.compiling import PdbCompiler
    from symbolicator.portable_pdb.index import PdbIndex, SourcePlace, row_of_token
    from symbolicator.portable_pdb.instructions import begins_instruction
    from symbolicator.portable_pdb.methods import AssemblyCompiler, AssemblyIndex, Method

__all__ = [
    "Assembly",
    "AssemblyCompiler",
    "AssemblyIndex",
    "Method",
    "PdbCompiler",
    "PdbIndex",
    "SourcePlace",
    "begins_instruction",
    "row_of_token",
]

_HOME = {
    "Assembly": "assembly",
    "AssemblyCompiler": "methods",
    "AssemblyIndex": "methods",
    "Method": "methods",
    "PdbCompiler": "compiling",
    "PdbIndex": "index",
    "SourcePlace": "index",
    "begins_instruction": "instructions",
    "row_of_token": "index",
}

__getattr__ = load_lazily(__name__, _HOME)
