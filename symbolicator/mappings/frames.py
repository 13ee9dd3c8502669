"""The results of a look-up in a mapping."""

from __future__ import annotations

import msgspec


class SourceFrame(msgspec.Struct, frozen=True, gc=False):
    """One original method at one line. `line` counts from 1; None if the mapping does not say."""

    class_name: str
    """With its package, inner classes after `$`: `shop.Main$Cart`."""
    method: str
    """`<init>` and `<clinit>` for constructors and static initialisers."""
    parameters: str
    """Types as the mapping writes them: `int,java.lang.String[]`."""
    file: str | None
    line: int | None
    inlined: bool = False
    """Its body was inlined into the frame before it."""
    synthesized: bool = False
    """The compiler generated the method; it has no source."""


class OutlinePosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position in an outline: code that the compiler moved from several methods into one. Names are obfuscated."""

    class_name: str
    method: str
    line: int


class Callsite(msgspec.Struct, frozen=True):
    """An `outlineCallsite`: for each line of the outline, the obfuscated line of this method that its code came from."""

    positions: dict[int, int]
    outline: str | None = None
    """The outline's residual reference, `La/b;c(I)V`; None in older mappings."""


class Rewrite(msgspec.Struct, frozen=True):
    """A `rewriteFrame`: how many of the innermost frames to remove if an exception of one of the classes was thrown right here."""

    throws: tuple[str, ...]
    """All of them; names as in Java, with dots."""
    remove: int


class Metadata(msgspec.Struct, omit_defaults=True):
    """Further metadata of a method; stored as JSON in the table because few methods have any."""

    outline: bool = False
    callsites: list[Callsite] = []
    rewrites: list[Rewrite] = []
