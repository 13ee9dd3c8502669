"""Native debug files: ELF, Mach-O and PE with DWARF, Breakpad's, and later WebAssembly; bytes to positions.

A name is loaded when it is first used (PEP 562): whoever has no native files does without what reads them.
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
