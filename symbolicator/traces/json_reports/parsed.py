"""Reports that were given as parsed JSON where an event is expected. The checks here are cheap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symbolicator.errors import TraceError

if TYPE_CHECKING:
    from symbolicator.traces.json_reports.report import JsonReport

_MEMBERS = (
    "usedImages", "callStackTree", "callStacks", "productData", "crashDiagnostics", "hangDiagnostics", "cpuExceptionDiagnostics",
    "diskWriteExceptionDiagnostics", "appLaunchDiagnostics", "crash_info", "json_dump",
)  # fmt: skip
"""Each of the reports has one of these members, and no event has."""


def may_be_report(value: Mapping[str, Any]) -> bool:
    """Whether an object may be one of the reports."""
    return any(key in value for key in _MEMBERS)


def report_of(value: Mapping[str, Any]) -> JsonReport | None:
    """The report in an object; None if it is not one."""
    import json  # for such objects only

    from symbolicator.traces.document import find_report

    try:
        return find_report(json.dumps(value))
    except (TraceError, TypeError, ValueError, RecursionError):
        return None
