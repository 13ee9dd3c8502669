"""`GET /metrics`: for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.service.metrics import CONTENT_TYPE
from symbolicator.service.openapi import operation, refused, text
from symbolicator.service.routes import Route, View

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(work: Work) -> View:
    def metrics() -> Response:
        work.check_operator()
        return Response(work.metrics.text(), 200, content_type=CONTENT_TYPE)

    return metrics


_ANSWERS = {"200": text("Prometheus' text format"), "403": refused("The token is a scope's, not the service's")}
ROUTE = Route("GET", "/metrics", _make, operation("metrics", "The counters of all processes", _ANSWERS, guarded=True), guarded=True)
