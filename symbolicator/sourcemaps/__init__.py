"""Source maps (ECMA-426, Metro, Hermes): bytes to positions."""

from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.sourcemaps.index import SourceMapIndex
from symbolicator.sourcemaps.live import LiveIndex
from symbolicator.sourcemaps.lookups import Hit, Lookups
from symbolicator.sourcemaps.sourcemap import OriginalPosition, Segment, SourceMap

__all__ = ["Hit", "LiveIndex", "Lookups", "OriginalPosition", "Segment", "SourceMap", "SourceMapCompiler", "SourceMapIndex"]
