"""Regular expressions compiled when first used.

Most take Python a tenth of a millisecond to compile, the longest nearly one; the rooms have some seventy, of which an event needs few.
"""

from __future__ import annotations

import re
import sys
from typing import Any, AnyStr, cast

from symbolicator.cached import cached_property

SOUND = sys.version_info >= (3, 11, 5)
"""Whether possessive groups keep what they match in this Python (python/cpython#106052; Debian 12 has 3.11.2)."""


def compile_pattern(source: AnyStr, flags: int = 0, *, sound: bool = SOUND) -> re.Pattern[AnyStr]:
    """`re.compile`; on a Python with that bug, of the same pattern with atomic groups (`(?>(?:…)*)` for `(?:…)*+`), which match the same.

    They cost memory for each repetition, so other Pythons compile the pattern as written. With them the result's `pattern` is None.
    """
    if sound:
        return re.compile(source, flags)
    return cast("re.Pattern[AnyStr]", _with_atomic_groups(source, flags))


def _with_atomic_groups(source: AnyStr, flags: int) -> Any:
    from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # only of Pythons with that bug

    tree = _parser.parse(source, flags)
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        for place, (operation, argument) in enumerate(part.data):
            if operation is _constants.POSSESSIVE_REPEAT and not _is_single(argument[2]):
                inner = _parser.SubPattern(tree.state, [(_constants.MAX_REPEAT, argument)])
                part.data[place] = _constants.ATOMIC_GROUP, inner
            waiting += _parts(argument, _parser.SubPattern)
    return _compiler.compile(tree, flags)


def _is_single(part: Any) -> bool:
    """Whether a part matches one character, which is safe on every Python."""
    return len(part.data) == 1 and str(part.data[0][0]) in ("IN", "LITERAL", "NOT_LITERAL", "ANY")


def _parts(argument: Any, kind: type) -> list[Any]:
    """The sub-patterns of one operation of a parsed pattern."""
    found, waiting = [], [argument]
    while waiting:
        each = waiting.pop()
        if isinstance(each, kind):
            found.append(each)
        elif isinstance(each, list | tuple):
            waiting += each
    return found


class Uncompiled:
    """Stands for a pattern; each method used is stored on it, so that later calls cost no more than the pattern's own."""

    def __init__(self, source: Any, flags: int) -> None:
        self.source, self.flags_given = source, flags

    @property
    def pattern(self) -> Any:
        """The compiled pattern."""
        return self.source

    @cached_property
    def _compiled(self) -> Any:
        return compile_pattern(self.source, self.flags_given)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, delayed until a method of the pattern is called. So errors in `source` show only then: every pattern has a test."""
    return cast("re.Pattern[AnyStr]", Uncompiled(source, flags))
