"""What is seen of Apple's JSON reports at a glance: words that each of them holds, and the line of header above them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARKS = ('"usedImages"', '"callStackTree"', '"callStacks"', '"bug_type"')
"""Each of the reports contains one of these."""
_BYTES = tuple(mark.encode() for mark in MARKS)
_STACKS = frozenset(("exception", "threads", "stacktrace", "stacktraces", "frames", "usedImages"))
"""One of these is in each event, and in the reports themselves."""


def may_hold_report(content: bytes) -> bool:
    """Whether bytes may hold one of the reports, in an encoding that has ASCII's."""
    return any(mark in content for mark in _BYTES)


def is_header(value: Mapping[str, Any]) -> bool:
    """Whether an object is such a line: it says in a number which kind of report follows."""
    number = value.get("bug_type")
    return isinstance(number, str | int) and str(number).isdigit() and _STACKS.isdisjoint(value)
