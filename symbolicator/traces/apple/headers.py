"""The line of header above Apple's JSON reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STACKS = frozenset(("exception", "threads", "stacktrace", "stacktraces", "frames", "usedImages"))
"""One of these is in each event, and in the reports themselves."""


def is_header(value: Mapping[str, Any]) -> bool:
    """Whether an object is such a line: it says in a number which kind of report follows."""
    number = value.get("bug_type")
    return isinstance(number, str | int) and str(number).isdigit() and _STACKS.isdisjoint(value)
