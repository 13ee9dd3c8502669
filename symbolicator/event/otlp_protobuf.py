"""OpenTelemetry's traces and logs in Protobuf: as `otlp.py`, on the bytes themselves, so that all else stays byte for byte.

Only the fields on the way to an exception's stack are read (opentelemetry-proto 1.x; Protobuf's encoding, protobuf.dev)::

    ExportTraceServiceRequest  1 resource_spans: 1 resource (1 attributes), 2 scope_spans: 2 spans: 9 attributes, 11 events: 3 attributes
    ExportLogsServiceRequest   1 resource_logs: 1 resource (1 attributes), 2 scope_logs: 2 log_records: 6 attributes
    KeyValue                   1 key, 2 value: 1 string_value, 2 bool_value
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symbolicator.event.otlp import ERROR, FAILED, ORIGINAL, RELEASE, STACK, Rewrite, changes
from symbolicator.protobuf import LENGTH_DELIMITED, fields_of
from symbolicator.traces.encoded import bytes_of, text_in

_ATTRIBUTES: Final = {"traces": 9, "logs": 6}
_EVENTS: Final = 11
_OF_EVENT: Final = 3

Change = Callable[[bytes], bytes]


def rewritten(document: bytes, kind: str, rewrite: Rewrite) -> bytes:
    """The document (`kind` is `traces` or `logs`) with its stacks rewritten. Raises ValueError if it is no Protobuf message."""
    attributes = _ATTRIBUTES[kind]

    def resource(message: bytes) -> bytes:
        release = next((_texts(one.content or b"", 1).get(RELEASE) for one in fields_of(message) if one.number == 1), None)

        def record(one: bytes) -> bytes:
            one = _record(one, attributes, release, rewrite)
            return _each(one, _EVENTS, lambda event: _record(event, _OF_EVENT, release, rewrite)) if kind == "traces" else one

        return _each(message, 2, lambda scope: _each(scope, 2, record))

    return _each(document, 1, resource)


def _as_number(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _as_field(number: int, value: bytes) -> bytes:
    return _as_number(number << 3 | LENGTH_DELIMITED) + _as_number(len(value)) + value


def _each(message: bytes, number: int, change: Change) -> bytes:
    """The message with `change` applied to its messages with this number; itself if nothing changed."""
    pieces, changed = [], False
    for field in fields_of(message):
        piece = message[field.start : field.end]
        if field.number == number and isinstance(field.value, bytes):
            after = change(field.value)
            if after is not field.value:
                piece, changed = _as_field(number, after), True
        pieces.append(piece)
    return b"".join(pieces) if changed else message


def _texts(message: bytes, attributes: int) -> dict[str, str]:
    """The attributes of a message that are texts."""
    found = {}
    for field in fields_of(message):
        if field.number == attributes and isinstance(field.value, bytes):
            key, text = _pair(field.value)
            if text is not None:
                found[key] = text_in(text)
    return found


def _pair(message: bytes) -> tuple[str, bytes | None]:
    """The key and the text of a KeyValue; None if it is no text."""
    key, text = "", None
    for field in fields_of(message):
        if field.number == 1 and isinstance(field.value, bytes):
            key = text_in(field.value)
        elif field.number == 2 and isinstance(field.value, bytes):
            text = next((one.content for one in fields_of(field.value) if one.number == 1), None)
    return key, text


def _record(message: bytes, attributes: int, release: str | None, rewrite: Rewrite) -> bytes:
    """A message with its attributes changed."""
    new = changes(_texts(message, attributes), release, rewrite)
    if new is None:
        return message
    pieces = []
    for field in fields_of(message):
        key = _pair(field.value)[0] if field.number == attributes and isinstance(field.value, bytes) else None
        if key == STACK:
            pieces.append(_attribute(attributes, STACK, new[STACK]))
        elif key not in (ORIGINAL, FAILED, ERROR):
            pieces.append(message[field.start : field.end])
    return b"".join((*pieces, *(_attribute(attributes, key, value) for key, value in new.items() if key != STACK)))


def _attribute(number: int, key: str, value: str | bool) -> bytes:
    content = b"\x10\x01" if value is True else _as_field(1, bytes_of(str(value)))
    return _as_field(number, _as_field(1, key.encode()) + _as_field(2, content))
