"""The event in whatever somebody gives: an event as JSON, an envelope, a report, or a text with a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symbolicator.event.envelope import Envelope, is_envelope
from symbolicator.event.shapes import may_hold_stacks
from symbolicator.event.wire import read_json
from symbolicator.traces.encoded import text_in

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.traces import Traces


def event_in(content: bytes, bounds: Bounds) -> dict[str, Any]:
    """The event of a content; of an envelope with several, the first. Raises `TraceError` if there is none."""
    return given_in(content, bounds)[0]


def given_in(content: bytes, bounds: Bounds) -> tuple[dict[str, Any], Traces | None]:
    """The same, and the traces if it is a text."""
    if is_envelope(content) and (events := Envelope(content).events):
        return events[0], None
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        try:
            event = read_json(content)
        except ValueError:
            event = None  # a log in JSON lines may contain a trace
        if isinstance(event, dict) and may_hold_stacks(event):
            return event, None
    from symbolicator.traces import Traces, find_traces_within

    traces = find_traces_within(text_in(content), bounds)
    return traces.event, traces if isinstance(traces, Traces) else None
