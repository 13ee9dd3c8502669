"""OpenTelemetry's traces and logs in Protobuf: as `otlp.py`, on the bytes themselves, so that all else stays byte for byte.

Only the fields on the way to an exception's stack are read (opentelemetry-proto 1.x; Protobuf's encoding, protobuf.dev)::

    ExportTraceServiceRequest  1 resource_spans: 1 resource (1 attributes), 2 scope_spans: 2 spans: 9 attributes, 11 events: 3 attributes
    ExportLogsServiceRequest   1 resource_logs: 1 resource (1 attributes), 2 scope_logs: 2 log_records: 6 attributes
    KeyValue                   1 key, 2 value: 1 string_value, 2 bool_value
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from symbolicator.event.otlp import ERROR, FAILED, ORIGINAL, RELEASE, STACK, Rewrite, changes
from symbolicator.event.wire import bytes_of, text_in

_ATTRIBUTES: Final = {"traces": 9, "logs": 6}
_EVENTS: Final = 11
_OF_EVENT: Final = 3
_LENGTH_DELIMITED: Final = 2
_FIXED: Final = {1: 8, 5: 4}
"""The bytes of values by wire type."""
_LONGEST_NUMBER: Final = 10

Change = Callable[[bytes], bytes]


class _Field(NamedTuple):
    """A field of a message: all of its bytes, and its value if that is a message or a text."""

    number: int
    whole: bytes
    value: bytes | None


def rewritten(document: bytes, kind: str, rewrite: Rewrite) -> bytes:
    """The document (`kind` is `traces` or `logs`) with its stacks rewritten. Raises ValueError if it is no Protobuf message."""
    attributes = _ATTRIBUTES[kind]

    def resource(message: bytes) -> bytes:
        release = next((_texts(one.value or b"", 1).get(RELEASE) for one in _fields(message) if one.number == 1), None)

        def record(one: bytes) -> bytes:
            one = _record(one, attributes, release, rewrite)
            return _each(one, _EVENTS, lambda event: _record(event, _OF_EVENT, release, rewrite)) if kind == "traces" else one

        return _each(message, 2, lambda scope: _each(scope, 2, record))

    return _each(document, 1, resource)


def _fields(message: bytes) -> Iterator[_Field]:
    at = 0
    while at < len(message):
        start = at
        tag, at = _number(message, at)
        kind, value = tag & 7, None
        if kind == 0:
            _, at = _number(message, at)
        elif kind == _LENGTH_DELIMITED:
            size, at = _number(message, at)
            value, at = message[at : at + size], at + size
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise ValueError(f"a field of wire type {kind} at {start}")
        if at > len(message) or not tag >> 3:
            raise ValueError(f"a field that does not fit at {start}")
        yield _Field(tag >> 3, message[start:at], value)


def _number(message: bytes, at: int) -> tuple[int, int]:
    """A variable-length number, and where it ends."""
    found = 0
    for place in range(_LONGEST_NUMBER):
        if at + place >= len(message):
            break
        byte = message[at + place]
        found |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return found, at + place + 1
    raise ValueError(f"a number that does not end at {at}")


def _as_number(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _as_field(number: int, value: bytes) -> bytes:
    return _as_number(number << 3 | _LENGTH_DELIMITED) + _as_number(len(value)) + value


def _each(message: bytes, number: int, change: Change) -> bytes:
    """The message with `change` applied to its messages with this number; itself if nothing changed."""
    pieces, changed = [], False
    for field in _fields(message):
        piece = field.whole
        if field.number == number and field.value is not None:
            after = change(field.value)
            if after is not field.value:
                piece, changed = _as_field(number, after), True
        pieces.append(piece)
    return b"".join(pieces) if changed else message


def _texts(message: bytes, attributes: int) -> dict[str, str]:
    """The attributes of a message that are texts."""
    found = {}
    for field in _fields(message):
        if field.number == attributes and field.value is not None:
            key, text = _pair(field.value)
            if text is not None:
                found[key] = text_in(text)
    return found


def _pair(message: bytes) -> tuple[str, bytes | None]:
    """The key and the text of a KeyValue; None if it is no text."""
    key, text = "", None
    for field in _fields(message):
        if field.number == 1 and field.value is not None:
            key = text_in(field.value)
        elif field.number == 2 and field.value is not None:
            text = next((one.value for one in _fields(field.value) if one.number == 1), None)
    return key, text


def _record(message: bytes, attributes: int, release: str | None, rewrite: Rewrite) -> bytes:
    """A message with its attributes changed."""
    new = changes(_texts(message, attributes), release, rewrite)
    if new is None:
        return message
    pieces = []
    for field in _fields(message):
        key = _pair(field.value)[0] if field.number == attributes and field.value is not None else None
        if key == STACK:
            pieces.append(_attribute(attributes, STACK, new[STACK]))
        elif key not in (ORIGINAL, FAILED, ERROR):
            pieces.append(field.whole)
    return b"".join((*pieces, *(_attribute(attributes, key, value) for key, value in new.items() if key != STACK)))


def _attribute(number: int, key: str, value: str | bool) -> bytes:
    content = b"\x10\x01" if value is True else _as_field(1, bytes_of(str(value)))
    return _as_field(number, _as_field(1, key.encode()) + _as_field(2, content))
