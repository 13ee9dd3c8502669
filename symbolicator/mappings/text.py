"""The mapping's own text, which its compiled table contains: names are slices of it."""

from __future__ import annotations

from symbolicator.artifacts.tables import Table


def text_at(table: Table, start: int, size: int) -> str:
    """`size` bytes of the text from `start` on; invalid UTF-8 is replaced."""
    return str(table.window("text", start, start + size), "utf-8", "replace")
