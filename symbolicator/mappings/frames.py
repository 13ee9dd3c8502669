"""What a look-up in a mapping gives."""

from __future__ import annotations

import msgspec


class SourceFrame(msgspec.Struct, frozen=True, gc=False):
    """One method at one line, as somebody wrote it. `line` counts from 1; None where the mapping does not say."""

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
    """The compiler made the method; no source has it."""


class OutlinePosition(msgspec.Struct, frozen=True, kw_only=True):
    """A place in an outline: code that the compiler took out of several methods and put in one. Names are the obfuscated ones."""

    class_name: str
    method: str
    line: int


class Callsite(msgspec.Struct, frozen=True):
    """An `outlineCallsite`: for each line of the outline, the obfuscated line of this method that its code was taken from."""

    positions: dict[int, int]
    outline: str | None = None
    """The outline's residual reference, `La/b;c(I)V`; None where the mapping is older than that."""


class Rewrite(msgspec.Struct, frozen=True):
    """A `rewriteFrame`: how many of the innermost frames go where an exception of one of the classes was thrown right here."""

    throws: tuple[str, ...]
    """All of them; names as in Java, with dots."""
    remove: int


class Metadata(msgspec.Struct, omit_defaults=True):
    """What else is said of a method; kept as JSON in the table, for few have any."""

    outline: bool = False
    callsites: list[Callsite] = []
    rewrites: list[Rewrite] = []
