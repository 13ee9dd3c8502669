"""`GET /openapi.json`: the schema of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.event.wire import write_json
from symbolicator.service.answers import JSON
from symbolicator.service.openapi import document, operation
from symbolicator.service.routes import Route, View, routes

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(_: Work) -> View:
    content = write_json(document(routes()))

    def openapi() -> Response:
        return Response(content, 200, mimetype=JSON)

    return openapi


_ANY = {"description": "This document", "content": {JSON: {"schema": {"type": "object"}}}}
ROUTE = Route("GET", "/openapi.json", _make, operation("openapi", "This document", {"200": _ANY}))
