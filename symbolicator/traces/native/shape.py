"""What a row of the tables of shapes is: how one tool writes a frame."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from symbolicator.patterns import regex

MINIDUMPS: Final = "#minidump"
"""The family of the frames of walked minidumps."""
_WORDS = {
    "ADDRESS": r"(?P<address>[0-9a-f]{1,16})",
    "OFFSET": r"(?P<offset>[0-9a-f]{1,16})",
    "SYMBOL": r"(?P<symbol>[0-9a-f]{1,9})",
    "SIZE": r"(?P<size>[0-9a-f]{1,9})",
    "PLUS": r"(?P<plus>[0-9a-f]{1,16})",
    "FUNCTION": r"(?P<function>\S.{0,4000}?)",
    "HEX": r"[0-9a-f]{1,16}",
}
"""What the patterns below abbreviate."""


def shaped(pattern: str) -> re.Pattern[str]:
    """A pattern in which the abbreviations of `_WORDS` are expanded."""
    for word, meaning in _WORDS.items():
        pattern = pattern.replace(word, meaning)
    return regex(pattern)


class Shape(NamedTuple):
    """How one tool writes a frame. `exact`: whether its address is the call already (None: it is for the first frame alone)."""

    name: str
    marker: str
    pattern: re.Pattern[str]
    origin: str = "start"
    """What a number that is not a process address counts from, as `Where.origin`; `mapping`: the module's mapping with code."""
    exact: bool | None = False
    strong: bool = True
    relative: bool = False
    """Whether `address` is one of the module's file, wherever that was loaded."""
    program: bool = False
    """Whether an address without a module is the program's own, even without other evidence."""
