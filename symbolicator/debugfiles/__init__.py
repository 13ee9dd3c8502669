"""Native debug files: ELF, Mach-O, PE and WebAssembly with DWARF, PDB and Breakpad files; bytes to positions.

Names are loaded when first used (PEP 562), so that users without native files do not import the code that reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator.debugfiles.compiling import NativeCompiler
    from symbolicator.debugfiles.debugfile import DebugFile
    from symbolicator.debugfiles.locations import SourceLocation
    from symbolicator.debugfiles.table.index import NativeIndex

__all__ = ["DebugFile", "NativeCompiler", "NativeIndex", "SourceLocation"]

_HOME = {
    "DebugFile": "debugfile",
    "NativeCompiler": "compiling",
    "NativeIndex": "table.index",
    "SourceLocation": "locations",
}

__getattr__ = load_lazily(__name__, _HOME)
