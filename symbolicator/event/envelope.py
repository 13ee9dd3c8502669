"""Sentry envelopes, as SDKs and relays write them: a line of JSON, then items, each a line of JSON and a payload.

Only the payloads of `event` items are read; everything else is written back byte for byte. A payload has `length` bytes where its item says
so, and else reaches to the end of its line (https://develop.sentry.dev/sdk/foundations/envelopes/).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from symbolicator.event.wire import read_json, write_json

MEDIA_TYPE: Final = "application/x-sentry-envelope"
MAX_EVENTS: Final = 100
"""Events of one envelope that are symbolicated; SDKs put one into each."""
_LONGEST_LINE: Final = 1 << 16
_TYPES: Final = frozenset({
    "event", "transaction", "attachment", "session", "sessions", "user_report", "feedback", "client_report", "profile", "profile_chunk",
    "replay_event", "replay_recording", "replay_video", "check_in", "log", "otel_log", "span", "trace_metric", "statsd", "metric_buckets",
    "form_data", "security", "raw_security", "nel", "unreal_report",
})  # fmt: skip
_OF_EVENTS: Final = ("platform", "exception", "stacktrace", "threads", "frames", "stacktraces", "message", "logentry")


class Envelope:
    """An envelope. `events`: what its `event` items are, the first `MAX_EVENTS` that are JSON objects; `notes`: what was passed by."""

    def __init__(self, content: bytes) -> None:
        """`content` is an envelope: `is_envelope` says so."""
        self.events: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.header: dict[str, Any] | None = None
        """What its first line says; None if that is no JSON object."""
        self.project: str | None = None
        """The project that its DSN names (`https://KEY@HOST/PROJECT`)."""
        self._pieces: list[bytes] = []
        """All of the content, in order; the header and the payload of each of the events are pieces of their own."""
        self._places: list[int] = []
        """Where the header of each event is in the pieces."""
        self._read(content)

    def _read(self, content: bytes) -> None:
        at = _line_end(content, 0)
        self._pieces.append(content[:at])
        self.header = _object(content[:at])
        dsn = (self.header or {}).get("dsn")
        if isinstance(dsn, str):
            self.project = dsn.rstrip("/").rpartition("/")[2] or None
        while at < len(content):
            end = _line_end(content, at)
            if not content[at:end].strip():  # an empty line between items
                self._pieces.append(content[at:end])
                at = end
                continue
            header = _object(content[at:end])
            if header is None or end == len(content):
                self.notes.append("what follows the last item of the envelope is none, and passes through as it is")
                break
            size = header.get("length")
            stop = end + size if isinstance(size, int) and size >= 0 else _line_end(content, end)
            if stop > len(content):
                self.notes.append(f"the last item of the envelope is truncated: it has {len(content) - end} of its {size} bytes")
                break
            if header.get("type") == "event":
                self._event(content[at:end], content[end:stop])
            else:
                self._pieces.append(content[at:stop])
            at = stop
        self._pieces.append(content[at:])

    def _event(self, header: bytes, payload: bytes) -> None:
        event: Any = None
        if len(self.events) < MAX_EVENTS:
            try:
                event = read_json(payload)
            except ValueError as error:
                self.notes.append(f"an event of the envelope is not JSON: {error}")
        else:
            self.notes.append(f"the envelope has more than {MAX_EVENTS} events; the rest of them pass through as they are")
        if isinstance(event, dict):
            self._places.append(len(self._pieces))
            self.events.append(event)
        self._pieces += (header, payload)

    def written(self, answers: Sequence[dict[str, Any]]) -> bytes:
        """The envelope with `answers` in place of its `events`, and the lengths that they have."""
        pieces = list(self._pieces)
        for place, answer in zip(self._places, answers, strict=True):
            payload = write_json(answer).rstrip(b"\n")
            header = _object(pieces[place])
            if header is not None and "length" in header:
                pieces[place] = write_json({**header, "length": len(payload)})
                pieces[place + 1] = payload
            else:
                pieces[place + 1] = payload + b"\n" * pieces[place + 1].endswith(b"\n")
        return b"".join(pieces)


def is_envelope(content: bytes) -> bool:
    """Whether a file or a body is an envelope: by the first two lines, which JSON Lines of events have not."""
    first = _line_end(content, 0)
    second = _line_end(content, first)
    return second > first and is_envelope_start(content[:first], content[first:second])


def is_envelope_start(first: bytes, second: bytes) -> bool:
    """As `is_envelope`, of the two lines."""
    if not (first.startswith(b"{") and second.startswith(b"{") and first.endswith(b"\n") and max(len(first), len(second)) <= _LONGEST_LINE):
        return False
    header, item = _object(first), _object(second)
    if header is None or item is None or any(key in one for key in _OF_EVENTS for one in (header, item)):
        return False
    return isinstance(item.get("type"), str) and (item["type"] in _TYPES or isinstance(item.get("length"), int))


def _line_end(content: bytes, at: int) -> int:
    """Behind the line that begins at `at`."""
    return content.find(b"\n", at) + 1 or len(content)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
