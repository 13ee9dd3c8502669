"""JSON, of which each object knows where it stands in its text: what is written into it leaves every other byte alone.

Without recursion: MetricKit nests a stack's frames in each other, and other readers give up at a depth that a deep recursion's crash has.
RFC 8259; a name that comes twice has its last value, as everywhere.
"""

from __future__ import annotations

from json.decoder import scanstring  # type: ignore[attr-defined]  # CPython's own, in C where that is there
from typing import Any, cast

from symbolicator.patterns import regex

_BLANK = regex(r"[ \t\r\n]*+")
_NUMBER = regex(r"-?(?:0|[1-9]\d{0,400})(\.\d{1,400})?([eE][+-]?\d{1,4})?")
_WORDS = {"true": True, "false": False, "null": None}


class Located(dict[str, Any]):
    """An object of JSON at `[start, end)` of its text; `values` are the places of its members' values."""

    __slots__ = ("end", "start", "values_at")

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start, self.end = start, start
        self.values_at: dict[str, tuple[int, int]] = {}


class Listed(list[Any]):
    """A list of JSON; `values_at` are the places of its values."""

    __slots__ = ("values_at",)

    def __init__(self) -> None:
        super().__init__()
        self.values_at: list[tuple[int, int]] = []


def read_object(text: str, start: int) -> Located | None:
    """The object that begins at `start` (or behind blanks there); None where there is none, or it is no JSON."""
    at = _skip(text, start)
    if not text.startswith("{", at):
        return None
    try:
        return _read(text, at)
    except (ValueError, IndexError):
        return None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _read(text: str, at: int) -> Located:
    """The object at `at`. Raises ValueError or IndexError where the text is no JSON."""
    first = Located(at)
    holders: list[Located | Listed] = [first]
    names: list[tuple[str, int]] = []  # of the members that hold the holders after the first; "" in lists
    at = _skip(text, at + 1)
    fresh = True  # nothing is in the innermost holder yet
    while holders:
        holder = holders[-1]
        named = isinstance(holder, Located)
        char = text[at]
        if char == ("}" if named else "]"):
            at += 1
            holders.pop()
            if isinstance(holder, Located):
                holder.end = at
            if holders:
                _ended(holders[-1], *names.pop(), at)
            fresh = False
        elif not fresh and char != ",":
            raise ValueError(at)
        else:
            at = at if fresh else _skip(text, at + 1)
            name = ""
            if named:
                if text[at] != '"':
                    raise ValueError(at)
                name, at = scanstring(text, at + 1, False)
                at = _skip(text, at)
                if text[at] != ":":
                    raise ValueError(at)
                at = _skip(text, at + 1)
            begin = at
            value, at = _value(text, at)
            if isinstance(holder, Located):
                holder[name] = value
            else:
                holder.append(value)
            fresh = isinstance(value, Located | Listed)
            if fresh:
                holders.append(value)
                names.append((name, begin))
            else:
                _ended(holder, name, begin, at)
        at = _skip(text, at)
    return first


def _ended(holder: Located | Listed, name: str, begin: int, end: int) -> None:
    if isinstance(holder, Located):
        holder.values_at[name] = begin, end
    else:
        holder.values_at.append((begin, end))


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value at `at`, and where it ends; of an object or a list, an empty one and the place behind its bracket."""
    char = text[at]
    if char == '"':
        return cast("tuple[str, int]", scanstring(text, at + 1, False))
    if char == "{":
        return Located(at), at + 1
    if char == "[":
        return Listed(), at + 1
    found = _NUMBER.match(text, at)
    if found is not None:
        whole = found[1] is None and found[2] is None
        return int(found[0]) if whole else float(found[0]), found.end()
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    raise ValueError(at)
