"""A place in a file as one number, `line << 32 | column`, both from 0: the order of the numbers is the order of the places."""

from __future__ import annotations

from typing import Final

COLUMN: Final = 0xFFFFFFFF
"""The column's part of a key; also the greatest column."""
UNKNOWN: Final = 0xFFFFFFFF
"""The number of the function that owns a place about which nothing can be said."""
