"""ProGuard and R8 mappings: which file is one, how it is compiled, and what a renamed class, method and line were.

Follows ProGuard's manual ("ReTrace") and R8's `doc/retrace.md`. Has never heard of an event: obfuscated names go in, `SourceFrame`s come
out.
"""

from __future__ import annotations

from symbolicator.mappings.compiling import MappingCompiler
from symbolicator.mappings.frames import OutlinePosition, SourceFrame
from symbolicator.mappings.header import read_header
from symbolicator.mappings.index import Counts, MappingIndex

__all__ = ["Counts", "MappingCompiler", "MappingIndex", "OutlinePosition", "SourceFrame", "read_header"]
