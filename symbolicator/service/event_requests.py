"""Reads a request in any of its forms: the event, and how to show it as text."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import msgspec

from symbolicator.errors import NothingToDo, ReportError, TraceError
from symbolicator.event.envelope import MEDIA_TYPE, Envelope, is_envelope
from symbolicator.event.shapes import with_release
from symbolicator.event.wire import read_json
from symbolicator.rendering import render
from symbolicator.service.bodies import SMALL, length, read_body
from symbolicator.service.refusals import Refusal
from symbolicator.service.uploads import UploadRequest, read_fields
from symbolicator.traces.encoded import text_in
from symbolicator.traces.json_reports.parsed import may_be_report

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.service.work import Work

Json = Mapping[str, Any]
T = TypeVar("T")

FORM = "multipart/form-data"
# curl's `--data-binary` declares this type by default; browsers' own forms are multipart here.
_ANY = {"", "application/x-www-form-urlencoded", "application/octet-stream"}
_TYPES = {"event": {"application/json", "text/json", "text/plain", MEDIA_TYPE}, "trace": {"text/plain"}}


class Asked(NamedTuple):
    """Events to symbolicate: one, or those of an `envelope`. `to_text` renders an answer; `to_json` writes it if the event came as a
    report; `folder` has the files that came with it.
    """

    events: Sequence[Json]
    to_text: Callable[[Json], str]
    to_json: Callable[[Json], str] | None = None
    folder: Path | None = None
    envelope: Envelope | None = None


def asked(request: UploadRequest, work: Work, kind: str) -> Asked:
    """The event in `request`: its body is an event or a text trace, as `kind` says, or a form with either. Raises `Refusal`."""
    kind_of_body = request.mimetype
    work.gate.check(guests=kind_of_body == FORM)
    if kind_of_body == FORM:
        fields = form_fields(request, work, _TYPES, guests=True)
        if len(fields) != 1:
            raise Refusal(
                400, f"the form has {len(fields)} of the fields `event` and `trace`", "send exactly one, and any number of `files`"
            )
        kind, content = fields[0]
    else:
        if kind_of_body not in _ANY | _TYPES[kind] and not (kind == "event" and kind_of_body.endswith("+json")):
            wanted = " or ".join(sorted(_TYPES[kind]))
            raise Refusal(415, f"the body is {kind_of_body[:80]!r}", f"send {wanted}, or a form ({FORM})")
        content = whole_body(request, work)
    what = _event(content) if kind == "event" else _trace(content, work.engine.settings.bounds)
    if request.query_string:
        release, dist = request.args.get("release"), request.args.get("dist")
        what = what._replace(events=[with_release(event, release, dist) for event in what.events])
    return what._replace(folder=request.folder)


def check_form(request: UploadRequest, most: int, else_send: str = "", packed: bool = False) -> None:
    """Raises a `Refusal` if the body is no form, has more than `most` bytes, or is compressed, unless it may be `packed`; `else_send`: what
    else the hint names.
    """
    if request.mimetype != FORM:
        raise Refusal(415, f"the body is {request.mimetype[:80]!r}", f"send a form ({FORM}){else_send}")
    if not packed and request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal(415, "a form must not be compressed as a whole", "compress its files instead: .gz, .zst and .zip are opened")
    length(request, most)


def form_fields(request: UploadRequest, work: Work, names: Container[str], guests: bool = False) -> list[tuple[str, bytes]]:
    """The fields of a form with these names, within the limits; its other files are in the folder, `guests` if any is for the event.
    Raises `Refusal`.
    """
    check_form(request, work.limits.max_upload)
    with work.gate.reading(guests):
        return read_fields(request, work.limits, names)


def whole_body(request: UploadRequest, work: Work) -> bytes:
    """The body of a request that is no form, within the limits. Raises `Refusal`."""
    size = length(request, work.limits.max_body)
    with nullcontext() if size is not None and size <= SMALL else work.gate.reading():
        return read_body(request, work.limits)


def model_in(request: UploadRequest, work: Work, model: type[T]) -> T:
    """The body of a request of another protocol, as the protocol's `model`: 400 if it is not JSON, 422 if of another shape."""
    kind = request.mimetype
    if kind not in _ANY | _TYPES["event"] and not kind.endswith("+json"):
        raise Refusal(415, f"the body is {kind[:80]!r}", "send application/json")
    work.gate.check()
    try:
        value = read_json(whole_body(request, work))
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON: {error}") from error
    return as_model(value, model)


def as_model(value: object, model: type[T]) -> T:
    """JSON as a `model`. Raises `Refusal` 422 if it has another shape."""
    try:
        return msgspec.convert(value, model)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the latter: the name of a key has half a surrogate pair
        raise Refusal(422, f"the body has another shape: {error}", "GET /openapi.json has the shape") from error


def _event(content: bytes) -> Asked:
    if is_envelope(content):
        envelope = Envelope(content)
        if not envelope.events:
            raise Refusal(400, "the envelope has no event that can be read", "its other items have no stacks")
        return Asked(envelope.events, render, envelope=envelope)
    wrong = None
    try:
        event = read_json(content)
    except ValueError as error:
        event, wrong = None, error
    if isinstance(event, dict) and not may_be_report(event):
        return Asked([event], render)
    from symbolicator.traces.document import find_report  # few events are no such object
    from symbolicator.traces.json_reports.marks import may_hold_report

    try:
        report = find_report(text_in(content)) if may_hold_report(content) else None
    except ReportError as error:
        raise Refusal(400, str(error), "send a crash report, a hang's or a sample") from error
    if report is not None:
        return Asked([cast(Json, report.event)], report.plain, report.render)
    if wrong is not None:
        if not content.strip():
            raise Refusal(400, "the body is empty", "send an event as JSON; a text trace goes to POST /symbolicate/text") from wrong
        raise Refusal(400, f"the body is not JSON: {wrong}", "a text trace goes to POST /symbolicate/text") from wrong
    if not isinstance(event, dict):
        raise Refusal(400, "the body is not an event: expected a JSON object", "send one event in each request")
    return Asked([event], render)


def _trace(content: bytes, bounds: Bounds) -> Asked:
    from symbolicator.traces import find_traces_within

    text = text_in(content)
    try:
        traces = find_traces_within(text, bounds)
    except ReportError as error:
        raise Refusal(400, str(error), "send a crash report, a hang's or a sample") from error
    except NothingToDo as error:
        raise Refusal(400, str(error), "keep it as it is") from error
    except TraceError as error:
        if not content.strip():
            raise Refusal(400, "the body is empty", "send the text of a trace; with curl: --data-binary @crash.txt") from error
        if "\0" in text:
            hint = "send the text of a trace; send build files in a form beside the trace"
            raise Refusal(400, "the body is not text", hint) from error
        hint = "an event as JSON goes to POST /symbolicate" if content.lstrip()[:1] == b"{" else "send the whole trace with its lines"
        raise Refusal(400, str(error), hint) from error
    return Asked([cast(Json, traces.event)], traces.plain)
