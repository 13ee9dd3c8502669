"""JSON, of which each object knows where it stood in its text: what is written into it leaves every other byte alone.

Objects and lists that lead to stacks are walked here, without recursion: MetricKit nests a stack's frames in each other, and other readers
give up at a depth that the crash of a deep recursion has. What is in a report beside them Python's own reader takes at once: registers are
most of it. RFC 8259; a name that comes twice has its last value, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from json import JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # CPython's own, in C where that is there
from typing import Any, cast

from symbolicator.patterns import regex

_OBJECT = regex(r"^[ \t]{0,8}\{", 8)  # re.MULTILINE
_MAX_TRIED = 4
"""Objects that begin a line and are read."""
_BLANK = regex(r"[ \t\r\n]*+")
_NUMBER = regex(r"-?(?:0|[1-9]\d{0,400})(\.\d{1,400})?([eE][+-]?\d{1,4})?")
_WORDS = {"true": True, "false": False, "null": None}
_DECODER = JSONDecoder(strict=False)

_FRAMES = frozenset(("frames", "lastExceptionBacktrace"))
"""Lists of frames that hold no others."""
_MESSAGES = "asi"
"""An object of lists of messages, a member for each library."""
_WALKED = _FRAMES | {
    _MESSAGES, "threads", "crashing_thread", "json_dump", "asiBacktraces", "exceptionReason",
    "callStackTree", "callStacks", "callStackThreads", "callStackRootFrames", "rootFrames", "subFrames", "productData", "diagnosticLogs",
}  # fmt: skip
"""Members that lead to stacks; so do those whose names end in `_DIAGNOSTICS`."""
_DIAGNOSTICS = ("Diagnostics", "Diagnostic")


class Located(dict[str, Any]):
    """An object of JSON at `[start, end)` of its text."""

    __slots__ = ("_text", "_values_at", "end", "start")

    def __init__(self, text: str, start: int, members: dict[str, Any] | None = None, end: int = 0) -> None:
        super().__init__(members or ())
        self.start, self.end = start, end
        self._text = text
        self._values_at: dict[str, tuple[int, int]] | None = {} if members is None else None

    @property
    def values_at(self) -> dict[str, tuple[int, int]]:
        """The places of its members' values."""
        if self._values_at is None:  # one that was read at once
            self._values_at = _read(self._text, self.start)._values_at or {}
        return self._values_at


class Listed(list[Any]):
    """A list of JSON; `values_at` are the places of its values."""

    __slots__ = ("values_at",)

    def __init__(self) -> None:
        super().__init__()
        self.values_at: list[tuple[int, int]] = []


def read_object(text: str, start: int) -> Located | None:
    """The object that begins at `start` (or after blanks there); None if there is none, or it is not JSON."""
    at = _skip(text, start)
    if not text.startswith("{", at):
        return None
    try:
        return _read(text, at)
    except (ValueError, IndexError, RecursionError):
        return None


def objects_of(text: str) -> Iterator[Located]:
    """The first objects of a text that begin a line, without those within each other."""
    opening = _OBJECT.search(text)
    for _ in range(_MAX_TRIED):
        if opening is None:
            break
        found = read_object(text, opening.end() - 1)
        if found is not None:
            yield found
        opening = _OBJECT.search(text, opening.end() if found is None else found.end)


def object_of(value: object) -> Mapping[str, Any]:
    """What should be an object; empty where it is anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> list[Any]:
    """What should be a list; empty where it is anything else."""
    return value if isinstance(value, list) else []


def place_told(file: object, line: object) -> str | None:
    """`file:line` where both are told; lines count from 1."""
    known = isinstance(file, str) and file and isinstance(line, int) and not isinstance(line, bool) and line > 0
    return f"{file}:{line}" if known else None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _read(text: str, at: int) -> Located:
    """The object at `at`. Raises ValueError, IndexError or RecursionError where it cannot be read."""
    first = Located(text, at)
    holders: list[Located | Listed] = [first]
    names: list[tuple[str, int]] = [("", at)]  # of the members that hold the holders, and where those begin
    at = _skip(text, at + 1)
    fresh = True  # nothing is in the innermost holder yet
    while holders:
        holder = holders[-1]
        char = text[at]
        if char == ("}" if isinstance(holder, Located) else "]"):
            at += 1
            holders.pop()
            name, begin = names.pop()
            if isinstance(holder, Located):
                holder.end = at
            if holders:
                _ended(holders[-1], name, begin, at)
            fresh = False
        elif not fresh and char != ",":
            raise ValueError(at)
        else:
            at = at if fresh else _skip(text, at + 1)
            name = names[-1][0]
            walked = isinstance(holder, Listed) or name == _MESSAGES
            if isinstance(holder, Located):
                name, at = _name(text, at)
                walked = walked or name in _WALKED or name.endswith(_DIAGNOSTICS)
            begin = at
            value, at = _value(text, at, walked=walked, whole=isinstance(holder, Listed) and name in _FRAMES)
            if isinstance(holder, Located):
                holder[name] = value
            else:
                holder.append(value)
            fresh = at == begin + 1 and isinstance(value, Located | Listed)
            if fresh:
                holders.append(value)
                names.append((name, begin))
            else:
                _ended(holder, name, begin, at)
        at = _skip(text, at)
    return first


def _name(text: str, at: int) -> tuple[str, int]:
    """A member's name, and where its value begins."""
    if text[at] != '"':
        raise ValueError(at)
    name, at = cast("tuple[str, int]", scanstring(text, at + 1, False))
    at = _skip(text, at)
    if text[at] != ":":
        raise ValueError(at)
    return name, _skip(text, at + 1)


def _ended(holder: Located | Listed, name: str, begin: int, end: int) -> None:
    if isinstance(holder, Located):
        assert holder._values_at is not None  # noqa: S101  # it is walked
        holder._values_at[name] = begin, end
    else:
        holder.values_at.append((begin, end))


def _value(text: str, at: int, *, walked: bool, whole: bool) -> tuple[Any, int]:
    """The value at `at`, and where it ends; of an object or a list that is `walked`, an empty one and the place behind its bracket.
    `whole`: it is a frame, which knows where it stands and is read at once.
    """
    char = text[at]
    if char == '"':
        return cast("tuple[str, int]", scanstring(text, at + 1, False))
    if char in "{[":
        if walked and not whole:
            return (Located(text, at) if char == "{" else Listed()), at + 1
        value, end = _DECODER.raw_decode(text, at)
        return (Located(text, at, value, end) if whole and isinstance(value, dict) else value), end
    found = _NUMBER.match(text, at)
    if found is not None:
        integer = found[1] is None and found[2] is None
        return int(found[0]) if integer else float(found[0]), found.end()
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    raise ValueError(at)
