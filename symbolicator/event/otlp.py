"""OpenTelemetry's traces and logs in JSON (OTLP 1.x): the stacks of exceptions rewritten in place, everything else as it came.

An exception's stack is the text in the attribute `exception.stacktrace` of a span's event, of a span or of a log record (OpenTelemetry's
semantic conventions for exceptions). Where symbolicating changes it, the text that came is kept in `exception.stacktrace.original`; where
frames lack something, `symbolicator.failed` is true and `symbolicator.error` says what. A text that is no stack of frames stays as it is.
What was rewritten before is read from the original again, so that twice gives the same as once. `otlp_protobuf.py` has the other encoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from symbolicator.errors import TraceError
from symbolicator.event.shapes import with_release

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds

Json = Mapping[str, Any]

STACK: Final = "exception.stacktrace"
ORIGINAL: Final = "exception.stacktrace.original"
FAILED: Final = "symbolicator.failed"
ERROR: Final = "symbolicator.error"
RELEASE: Final = "service.version"
"""The resource's attribute that is the release."""

MAX_STACKS: Final = 1000
"""Different stacks in one document that are symbolicated."""
_MAX_SAID: Final = 3
"""Problems that are named in an error."""
_LISTS: Final = (
    ("resourceSpans", "scopeSpans", "spans"),
    ("resourceLogs", "scopeLogs", "logRecords"),
    ("resource_spans", "scope_spans", "spans"),
    ("resource_logs", "scope_logs", "log_records"),
)
"""Where records are; readers of Protobuf's JSON take the fields' own names, too."""


_DOCUMENTS: Final = tuple(f"resource{mark}{signal}" for signal in ("spans", "logs", "metrics", "profiles") for mark in ("", "_"))
"""What a document of OTLP has one of, in lower case."""


class Rewritten(NamedTuple):
    """A stack's text, and what its frames lack ("" for nothing)."""

    text: str
    error: str


Rewrite = Callable[[str, str | None], Rewritten | None]
"""A stack's text and the release to its symbolicated text; None if it is no stack."""


def is_otlp(document: Json) -> bool:
    """Whether an object is a document of OTLP, with stacks or without."""
    return any(isinstance(key, str) and key.lower() in _DOCUMENTS for key in document)


def rewriter(symbolicate: Callable[[Json], Json], bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> Rewrite:
    """The rewriting of one document's stacks by `symbolicate`, which takes and gives an event; equal stacks are symbolicated once.

    A stack that is reached after as many seconds as an event may take stays as it is.
    """
    from symbolicator.traces import find_traces_within

    known: dict[tuple[str, str | None], Rewritten | None] = {}
    began = clock()

    def rewrite(text: str, release: str | None) -> Rewritten | None:
        key = text, release
        if key not in known:
            if len(known) >= MAX_STACKS:
                return Rewritten(text, f"this document has more than {MAX_STACKS} different stacks: send fewer at once")
            if bounds.seconds is not None and clock() - began > bounds.seconds:
                return Rewritten(text, f"the stacks before took more than {bounds.seconds:g} s: send fewer at once")
            known[key] = of_text(text, release)
        return known[key]

    def of_text(text: str, release: str | None) -> Rewritten | None:
        try:
            traces = find_traces_within(text, bounds)
        except TraceError:
            return None
        out = symbolicate(with_release(traces.event, release, None))
        details = dict.fromkeys(problem["detail"] for problem in out.get("errors", ()))
        said = [*list(details)[:_MAX_SAID], *([f"{len(details) - _MAX_SAID} more"] if len(details) > _MAX_SAID else [])]
        return Rewritten(traces.render(out), "; ".join(said))

    return rewrite


def changes(found: Mapping[str, str], release: str | None, rewrite: Rewrite) -> dict[str, str | bool] | None:
    """The attributes to set for a record with the texts in `found` (of `STACK`, and of `ORIGINAL` if it has that); None for none."""
    came = found.get(ORIGINAL, found.get(STACK))
    if STACK not in found or came is None:
        return None
    done = rewrite(came, release)
    if done is None or (done.text, done.error) == (found[STACK], "") == (came, ""):
        return None
    new: dict[str, str | bool] = {STACK: done.text}
    if done.text != came:
        new[ORIGINAL] = came
    if done.error:
        new |= {FAILED: True, ERROR: done.error}
    return new


def rewritten(document: Json, rewrite: Rewrite) -> Json:
    """The document with its stacks rewritten; itself if there are none. What is of another shape is passed by."""
    for resources, scopes, records in _LISTS:
        document = _each(document, resources, partial(_resource, scopes=scopes, records=records, rewrite=rewrite))
    return document


def _resource(resource: Json, scopes: str, records: str, rewrite: Rewrite) -> Json:
    of = resource.get("resource")
    release = _texts(of).get(RELEASE) if isinstance(of, Mapping) else None

    def record(one: Json) -> Json:
        return _each(_record(one, release, rewrite), "events", lambda event: _record(event, release, rewrite))

    return _each(resource, scopes, lambda scope: _each(scope, records, record))


def _each(holder: Json, name: str, change: Callable[[Json], Json]) -> Json:
    """`holder` with `change` applied to the objects of one of its lists; itself if nothing changed."""
    before = holder.get(name)
    if not isinstance(before, list):
        return holder
    after = [change(one) if isinstance(one, Mapping) else one for one in before]
    return holder if all(one is other for one, other in zip(before, after, strict=True)) else {**holder, name: after}


def _texts(holder: Json) -> dict[str, str]:
    """The attributes of an object that are texts."""
    given = holder.get("attributes")
    found: dict[str, str] = {}
    for one in given if isinstance(given, list) else ():
        value = one.get("value") if isinstance(one, Mapping) else None
        text = value.get("stringValue", value.get("string_value")) if isinstance(value, Mapping) else None
        if isinstance(text, str) and isinstance(one.get("key"), str):
            found[one["key"]] = text
    return found


def _record(holder: Json, release: str | None, rewrite: Rewrite) -> Json:
    """An object with its attributes changed."""
    new = changes(_texts(holder), release, rewrite)
    if new is None:
        return holder
    kept = []
    for one in holder["attributes"]:
        key = one.get("key") if isinstance(one, Mapping) else None
        if key == STACK:
            kept.append({**one, "value": {"stringValue": new[STACK]}})
        elif key not in (ORIGINAL, FAILED, ERROR):
            kept.append(one)
    more = [{"key": key, "value": {"boolValue" if value is True else "stringValue": value}} for key, value in new.items() if key != STACK]
    return {**holder, "attributes": [*kept, *more]}
