"""What is seen of JSON reports at a glance: words that each of them holds."""

from __future__ import annotations

APPLE = ('"usedImages"', '"callStackTree"', '"callStacks"', '"bug_type"')
MINIDUMP = ('"crash_info"',)
MARKS = APPLE + MINIDUMP
"""Each of the reports contains one of these."""
_BYTES = tuple(mark.encode() for mark in MARKS)


def may_hold_report(content: bytes) -> bool:
    """Whether bytes may hold one of the reports, in an encoding that has ASCII's."""
    return any(mark in content for mark in _BYTES)
