"""Reports that were read as JSON already, where an event is expected: as the texts that they are.

What they are called by is cheap to look for; what they say is `apple/`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symbolicator.errors import TraceError

if TYPE_CHECKING:
    from symbolicator.traces.apple.report import JsonReport

_MEMBERS = (
    "usedImages", "callStackTree", "callStacks", "productData", "crashDiagnostics", "hangDiagnostics", "cpuExceptionDiagnostics",
    "diskWriteExceptionDiagnostics", "appLaunchDiagnostics",
)  # fmt: skip
"""One of these is in each of Apple's reports, and in no event."""


def may_be_report(value: Mapping[str, Any]) -> bool:
    """Whether an object may be one of Apple's reports."""
    return any(key in value for key in _MEMBERS)


def report_of(value: Mapping[str, Any]) -> JsonReport | None:
    """The report that an object is; None where it is none."""
    import json  # for such objects only

    from symbolicator.traces.document import find_report

    try:
        return find_report(json.dumps(value))
    except (TraceError, TypeError, ValueError, RecursionError):
        return None
