"""`POST /symbolicate/text`: symbolicates a text trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.service import answers
from symbolicator.service.event_requests import asked
from symbolicator.service.openapi import answer, event_operation, text_body
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(work: Work) -> View:
    def symbolicate_text() -> Response:
        request = current_request()
        kind = answers.chosen(request, answers.TEXT, answers.JSON, answers.HTML)
        what = asked(request, work, "trace")
        return answers.event_answer(kind, work.symbolicate(what.events[0], what.folder, kind == answers.JSON), what.to_text)

    return symbolicate_text


ROUTE = Route(
    "POST",
    "/symbolicate/text",
    _make,
    event_operation(
        "symbolicateText",
        "Symbolicate a stack trace as text; answers with text, or with the event if JSON is requested",
        text_body(),
        answer("Event", answers.TEXT, answers.JSON, answers.HTML),
    ),
    guarded=True,
)
