"""Texts of sources: their digests; their lines are those of `artifacts/lines.py`."""

from __future__ import annotations

from symbolicator.artifacts.lines import MAX_LINES, Context, context, line_starts, lines_of

__all__ = ["MAX_LINES", "Context", "context", "digest", "line_starts", "lines_of"]


def digest(text: bytes) -> bytes:
    """The digest by which equal texts are known, 16 bytes."""
    from hashlib import blake2b  # for compiling only; OpenSSL costs a short run 3 ms

    return blake2b(text, digest_size=16).digest()
