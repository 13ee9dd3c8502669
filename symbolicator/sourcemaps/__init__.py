"""Source maps (ECMA-426, Metro, Hermes): bytes to positions.

Names are loaded when first used (PEP 562): a look-up in a compiled table does not import the code that reads maps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolicator.lazily import load_lazily

if TYPE_CHECKING:
    from symbolicator.sourcemaps.compiling import SourceMapCompiler
    from symbolicator.sourcemaps.index import SourceMapIndex
    from symbolicator.sourcemaps.live import LiveIndex
    from symbolicator.sourcemaps.lookups import Hit, Lookups
    from symbolicator.sourcemaps.positions import OriginalPosition, Segment
    from symbolicator.sourcemaps.sourcemap import SourceMap

__all__ = ["Hit", "LiveIndex", "Lookups", "OriginalPosition", "Segment", "SourceMap", "SourceMapCompiler", "SourceMapIndex"]

_HOME = {
    "Hit": "lookups",
    "LiveIndex": "live",
    "Lookups": "lookups",
    "OriginalPosition": "positions",
    "Segment": "positions",
    "SourceMap": "sourcemap",
    "SourceMapCompiler": "compiling",
    "SourceMapIndex": "index",
}

__getattr__ = load_lazily(__name__, _HOME)
