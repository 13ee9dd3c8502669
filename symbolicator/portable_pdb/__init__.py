"""Portable PDBs and assemblies of .NET: from a method's token, or its name, and an IL offset to the source line.

Follows ECMA-335 and the Portable PDB specification (v1.0). Has never heard of an event, and knows no addresses: tokens and offsets go in,
`SourcePlace`s come out.
"""

from __future__ import annotations

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
