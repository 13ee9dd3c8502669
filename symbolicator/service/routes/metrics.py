"""`GET /metrics`: for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.service.metrics import CONTENT_TYPE
from symbolicator.service.openapi import operation, text
from symbolicator.service.routes import Route, View

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(work: Work) -> View:
    def metrics() -> Response:
        return Response(work.metrics.text(), 200, content_type=CONTENT_TYPE)

    return metrics


_TEXT = text("Prometheus' text format")
ROUTE = Route("GET", "/metrics", _make, operation("metrics", "The counters of all processes", {"200": _TEXT}, guarded=True), guarded=True)
