"""Which JSON report a text is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbolicator.traces.json_reports.marks import APPLE, MINIDUMP
from symbolicator.traces.json_reports.report import JsonReport


def read_report(text: str, find: Callable[[str, str], Any]) -> JsonReport | None:
    """The report in a text; None if there is none. `find` is `find_traces`, of the texts within it. Raises `ReportError` for a report
    without stacks, and says which it is.
    """
    report = None
    if any(mark in text for mark in MINIDUMP):
        from symbolicator.traces.minidump.documents import read_walk  # for such reports only

        report = read_walk(text)
    if report is None and any(mark in text for mark in APPLE):
        from symbolicator.traces.apple.documents import read_apple  # for such reports only

        report = read_apple(text, find)
    return report
