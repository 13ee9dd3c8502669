"""The directory at a compiled table's front, as JSON. Kept apart from `tables.py`, since a table that stays in memory has none to read and
msgspec takes a tenth of such a run.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Directory(msgspec.Struct):
    """See `tables.py`. `sections`: by name the typecode, the offset in bytes and the length in items."""

    kind: str
    version: int
    made_of: str
    meta: dict[str, Any]
    sections: dict[str, tuple[str, int, int]]


_DECODER: Final = msgspec.json.Decoder(Directory)


def encode(directory: Directory) -> bytes:
    """The JSON of a directory."""
    return msgspec.json.encode(directory)


def decode(text: memoryview) -> Directory:
    """A directory from its JSON. Raises ValueError for what is none."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
