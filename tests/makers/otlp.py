"""OpenTelemetry's documents as exporters write them, as JSON and as Protobuf."""

from symbolicator.event.otlp import STACK


def attribute(key, value):
    return {"key": key, "value": {"boolValue" if isinstance(value, bool) else "stringValue": value}}


def document(kind, *stacks, release="1.2"):
    """A document with each stack in a record of its own, between things that stay as they are."""
    resource = {"attributes": [attribute("service.name", "shop"), attribute("service.version", release)]}
    around = [attribute("exception.type", "AggregateError"), {"key": "n", "value": {"intValue": "9007199254740993"}}]
    sets = [[*around, attribute(STACK, stack), attribute("last", True)] for stack in stacks]
    if kind == "logs":
        records = [{"timeUnixNano": "1", "body": {"stringValue": "it failed"}, "attributes": one} for one in sets]
        return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": "s"}, "logRecords": records}]}]}
    spans = [{"name": "GET /", "attributes": around, "events": [{"name": "exception", "attributes": one}]} for one in sets]
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}]}


def number(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def field(place, value):
    return number(place * 8 + 2) + number(len(value)) + value


def pair(place, key, text):
    return field(place, field(1, key.encode()) + field(2, field(1, text.encode())))


def message(kind, stack):
    unknown = field(60, b"later") + number(61 * 8) + number(300) + number(62 * 8 + 1) + b"8" * 8 + number(63 * 8 + 5) + b"4" * 4
    resource = field(1, pair(1, "service.version", "1.2"))
    if kind == "logs":
        record = number(8 + 1) + b"t" * 8 + pair(6, "a", "b") + pair(6, STACK, stack) + unknown
    else:
        record = field(5, b"GET /") + pair(9, "a", "b") + field(11, field(2, b"exception") + pair(3, STACK, stack) + unknown) + unknown
    return field(1, resource + field(2, field(1, b"") + field(2, record) + unknown)) + unknown
