"""`GET /health`: whether this process answers. It does not use the engine, so it is always quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator._version import __version__
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.models import Health
from symbolicator.service.openapi import answer, operation
from symbolicator.service.routes import Route, View

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(_: Work) -> View:
    def health() -> Response:
        return json_answer(Health(status="ok", version=__version__))

    return health


ROUTE = Route("GET", "/health", _make, operation("health", "Whether the process answers", {"200": answer("Health", JSON)}))
