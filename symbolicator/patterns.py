"""Regular expressions that are compiled when they are first used.

Python takes a tenth of a millisecond for most, and nearly one for the longest; the rooms have some seventy, of which an event needs a few.
"""

from __future__ import annotations

import re
import sys
from typing import Any, AnyStr, cast

from symbolicator.cached import cached_property

SOUND = sys.version_info >= (3, 11, 5)
"""Whether this Python goes possessively over groups without losing what they match (python/cpython#106052; Debian 12 has 3.11.2)."""


def compile_pattern(source: AnyStr, flags: int = 0, *, sound: bool = SOUND) -> re.Pattern[AnyStr]:
    """`re.compile`; on an unsound Python of the same with atomic groups (`(?>(?:…)*)` for `(?:…)*+`), which match alike and are sound.

    They cost memory for each turn, so a sound one compiles what is written. The result's own `pattern` is None on an unsound one.
    """
    if sound:
        return re.compile(source, flags)
    return cast("re.Pattern[AnyStr]", _with_atomic_groups(source, flags))


def _with_atomic_groups(source: AnyStr, flags: int) -> Any:
    from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # of the very Pythons that have the fault

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
    """Whether a part matches one character, which is sound everywhere."""
    return len(part.data) == 1 and str(part.data[0][0]) in ("IN", "LITERAL", "NOT_LITERAL", "ANY")


def _parts(argument: Any, kind: type) -> list[Any]:
    """The patterns within what an operation of a parsed pattern is applied to."""
    found, waiting = [], [argument]
    while waiting:
        each = waiting.pop()
        if isinstance(each, kind):
            found.append(each)
        elif isinstance(each, list | tuple):
            waiting += each
    return found


class Uncompiled:
    """Stands for a pattern; each method it is asked for is kept beside it, so that a second use costs what it costs of a pattern."""

    def __init__(self, source: Any, flags: int) -> None:
        self.source, self.flags_given = source, flags

    @property
    def pattern(self) -> Any:
        """What was compiled."""
        return self.source

    @cached_property
    def _compiled(self) -> Any:
        return compile_pattern(self.source, self.flags_given)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off until a method of the pattern is called. A mistake in `source` shows then, too: every pattern has a test."""
    return cast("re.Pattern[AnyStr]", Uncompiled(source, flags))
