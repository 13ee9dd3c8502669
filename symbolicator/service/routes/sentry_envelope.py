"""`POST /api/PROJECT/envelope/`: where Sentry's SDKs send their events, as envelopes (https://develop.sentry.dev/sdk/foundations/envelopes/).

The service's address with a project is a DSN: `http://any@HOST:8642/PROJECT`, and with a token `http://any@HOST:8642/t/TOKEN/PROJECT`. The
key in it is public, and means nothing here. Nothing is kept: the answer has the events, which SDKs ignore, and a proxy sends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.event.envelope import MEDIA_TYPE, Envelope
from symbolicator.service import answers
from symbolicator.service.cross_origin import make_preflight
from symbolicator.service.event_requests import whole_body
from symbolicator.service.models import Event
from symbolicator.service.openapi import answer, envelope_operation, preflight_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_PATH = "/api/{project}/envelope/"


class EnvelopeAnswer(Struct, omit_defaults=True):
    """The envelope's `event_id`, if it has one, and what its events became."""

    id: str | None = None
    events: list[Event] = []


def _make(work: Work) -> View:
    def envelope(project: str) -> Response:
        request = current_request()
        kind = answers.chosen(request, answers.JSON, MEDIA_TYPE)
        work.gate.check()
        envelope = Envelope(whole_body(request, work))
        if envelope.header is None:
            raise Refusal(400, "the body is no envelope: its first line is not a JSON object", "an event alone goes to POST /symbolicate")
        work.choose_project(project)
        done = [work.run(event_json.read(event)) for event in envelope.events]
        if kind == MEDIA_TYPE:
            return Response(envelope.written(done), 200, content_type=MEDIA_TYPE)
        return answers.json_answer(_id(envelope) | {"events": done})

    return envelope


def _id(envelope: Envelope) -> dict[str, Any]:
    """The id that the header says, or the event: SDKs write it in both."""
    said: list[Mapping[str, Any]] = [envelope.header or {}, *envelope.events[:1]]
    return next(({"id": one["event_id"]} for one in said if isinstance(one.get("event_id"), str)), {})


ROUTES = (
    Route(
        "POST",
        _PATH,
        _make,
        envelope_operation(
            "envelope", "An envelope as Sentry's SDKs send it: its events symbolicated", answer("EnvelopeAnswer", answers.JSON, MEDIA_TYPE)
        ),
        guarded=True,
        models=(EnvelopeAnswer,),
        cross_origin=True,
    ),
    Route("OPTIONS", _PATH, make_preflight, preflight_operation("envelope", path=("project",)), cross_origin=True),
)
