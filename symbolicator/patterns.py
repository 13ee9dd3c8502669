"""Regular expressions that are compiled when they are first used.

Python takes a tenth of a millisecond for most, and nearly one for the longest; the rooms have some seventy, of which an event needs a few.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class Uncompiled:
    """Stands for a pattern; each method it is asked for is kept beside it, so that a second use costs what it costs of a pattern."""

    def __init__(self, source: Any, flags: int) -> None:
        self.source, self.flags_given = source, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self.source, self.flags_given), name)  # `re` remembers what it compiled, for the next method
        setattr(self, name, value)
        return value


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off until a method of the pattern is called. A mistake in `source` shows then, too: every pattern has a test."""
    return cast("re.Pattern[AnyStr]", Uncompiled(source, flags))
