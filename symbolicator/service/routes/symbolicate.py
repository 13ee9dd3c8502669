"""`POST /symbolicate`: symbolicates an event, an envelope, or a request in the form of Sentry's Symbolicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.event.envelope import MEDIA_TYPE
from symbolicator.service import answers
from symbolicator.service.event_requests import asked
from symbolicator.service.openapi import answer, envelope_body, event_operation, json_body
from symbolicator.service.routes import Route, View
from symbolicator.service.routes.sentry_native import MODELS, is_native_request, native_answer
from symbolicator.service.sentry_native_models import SentryNativeAnswer, SentryNativeRequest
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(work: Work) -> View:
    def symbolicate() -> Response:
        request = current_request()
        kind = answers.chosen(request, answers.JSON, answers.TEXT, answers.HTML)
        what = asked(request, work, "event")
        if kind == answers.JSON and what.envelope is None and is_native_request(what.events[0], request):
            return native_answer(work, what.events[0], what.folder)
        if what.envelope is None:
            as_event = kind == answers.JSON and what.to_json is None
            return answers.event_answer(kind, work.symbolicate(what.events[0], what.folder, as_event), what.to_text, what.to_json)
        work.choose_project(what.envelope.project)
        done = [work.symbolicate(event, what.folder) for event in what.events]
        if kind == answers.JSON:
            return Response(what.envelope.written(done), 200, content_type=MEDIA_TYPE)
        return answers.text_answer(kind, "\n".join(map(what.to_text, done)))

    return symbolicate


ROUTE = Route(
    "POST",
    "/symbolicate",
    _make,
    event_operation(
        "symbolicate",
        "Symbolicate an event, a Sentry envelope, an Apple crash report or a request as Sentry's Symbolicator takes it",
        {**json_body("RawEvent", "Report", SentryNativeRequest.__name__), **envelope_body()},
        answer(("Event", "Report", SentryNativeAnswer.__name__), answers.JSON, answers.TEXT, answers.HTML),
    ),
    guarded=True,
    models=MODELS,
)
