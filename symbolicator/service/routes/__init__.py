"""The routes: one file for each path or protocol, with its code and its part of the OpenAPI document. Another protocol is one more file.

Such a file reads its own request (`whole_body` applies the limits), converts it to an event, calls `Work.run`, and
writes its own answer; then it is added to `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from symbolicator.service.work import Work


View = Callable[..., Response]
"""Answers the current request; its arguments are the variable parts of the path."""


class Route(NamedTuple):
    """One method of one path.

    `path` may have variable parts: `{id}` is one segment, `{path}` all that follow. `make` creates its view, once for an application;
    `operation` is its OpenAPI operation object, which may refer to `models`; `guarded` requires the token if there is one; pages of some
    other origins may read answers that are `cross_origin`; one that `writes` is off unless there is a store for uploads.
    """

    method: str
    path: str
    make: Callable[[Work], View]
    operation: Mapping[str, Any]
    guarded: bool = False
    models: tuple[type, ...] = ()
    cross_origin: bool = False
    writes: bool = False

    @property
    def rule(self) -> str:
        """The path as Werkzeug's routing writes it."""
        return self.path.replace("{path}", "<rest:path>").replace("{", "<").replace("}", ">")


_EVENTS, _SENTRY, _MOZILLA, _SERVICE = "events", "Sentry's Symbolicator", "Mozilla's API", "service"
_UPLOADS = "uploads"

# The doors, and the modules with their routes, in the order of the document.
MODULES = {
    "symbolicate": _EVENTS,
    "symbolicate_text": _EVENTS,
    "page": _EVENTS,
    "sentry_javascript": _SENTRY,
    "sentry_jvm": _SENTRY,
    "sentry_apple": _SENTRY,
    "sentry_others": _SENTRY,
    "sentry_envelope": "Sentry's SDKs",
    "sentry_proxy": "symbol server",
    "mozilla": _MOZILLA,
    "debuginfod": "debuginfod",
    "otlp": "OpenTelemetry",
    "files": _UPLOADS,
    "sentry_chunks": _UPLOADS,
    "sentry_assemble": _UPLOADS,
    "sentry_archives": _UPLOADS,
    "sentry_releases": _UPLOADS,
    "bugsnag": _UPLOADS,
    "datadog": _UPLOADS,
    "health": _SERVICE,
    "ready": _SERVICE,
    "metrics": _SERVICE,
    "openapi": _SERVICE,
}


def routes_by_door() -> Iterator[tuple[str, Route]]:
    """Every route with the name of its door; a module here has one, called `ROUTE`, or several in `ROUTES`."""
    for name, door in MODULES.items():
        module = import_module(f"{__name__}.{name}")
        for route in getattr(module, "ROUTES", None) or (module.ROUTE,):
            yield door, route


def routes() -> list[Route]:
    """Every route."""
    return [route for _, route in routes_by_door()]
