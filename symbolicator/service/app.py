"""The Flask application: its routes, and what every request goes through on its way in and out."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any, cast

from flask import Flask, g, request
from werkzeug.wrappers import Response

from symbolicator.engine import Symbolicator
from symbolicator.service import refusals, requests
from symbolicator.service.answers import JSON
from symbolicator.service.limits import Limits
from symbolicator.service.logs import log_request
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import routes
from symbolicator.service.uploads import UploadRequest
from symbolicator.service.work import Work
from symbolicator.settings import Settings, make_settings

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SOME_ROUTES_OWN = frozenset(("Content-Security-Policy", "Cache-Control"))
"""Of these, those that a route may have set to something else."""


class _Service(Flask):
    """Flask, without a question it asks at every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask looks at each function again each time."""
        return func


def create_app(
    settings: Settings | None = None,
    *,
    limits: Limits | None = None,
    token: str | None = None,
    engine: Symbolicator | None = None,
) -> Flask:
    """The service as a WSGI application.

    `settings` as for a `Symbolicator` (None: those of the environment), or an `engine` already made. With a `token`, events and metrics are
    for those who send `Authorization: Bearer TOKEN`. Raises `ConfigError`.
    """
    work = Work(engine or Symbolicator(settings=settings or make_settings()), limits or Limits())
    app = _Service("symbolicator.service", static_folder=None, template_folder=None)
    app.request_class = UploadRequest
    app.url_map.merge_slashes = False
    guarded = set()
    for route in routes():
        name = cast(str, route.operation["operationId"])
        app.add_url_rule(route.path, name, route.make(work), methods=[route.method], provide_automatic_options=False)
        if route.guarded:
            guarded.add(name)
    refusals.install(app)
    if token:
        app.before_request(_door_keeper(guarded, token))
    # Outermost last: flask calls these in reverse.
    app.after_request(_finish(work))
    app.before_request_funcs[None] = [_begin, *app.before_request_funcs.get(None, [])]
    app.teardown_request(_discard)
    app.extensions["symbolicator"] = work
    return app


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = requests.begin(request.headers.get("X-Request-Id"))


def _door_keeper(guarded: set[str], token: str) -> Callable[[], None]:
    secret = token.encode()

    def check() -> None:
        if request.endpoint not in guarded:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        known = hmac.compare_digest(given.strip().encode("utf-8", "replace"), secret)
        if scheme.lower() != "bearer" or not known:
            hint = "send Authorization: Bearer and the token of this service"
            raise Refusal(401, "the token is missing or wrong", hint, {"WWW-Authenticate": "Bearer"})

    return check


def _finish(work: Work) -> Callable[[Response], Response]:
    """Headers for every answer, and its line in the log and in the metrics."""
    metrics = work.metrics

    def finish(answer: Response) -> Response:
        if answer.status_code == 308:  # flask's own, of a request without a path: its page is HTML
            answer.set_data(refusals.error_body(308, "this address has no path", "add a / to it"))
            answer.mimetype = JSON
        headers = answer.headers
        if _SOME_ROUTES_OWN.isdisjoint(headers.keys()):
            headers.extend(_HEADERS)
        else:
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        headers["X-Request-Id"] = g.request_id
        seconds = time.perf_counter() - g.began
        route, method = (request.url_rule.rule, request.method) if request.url_rule is not None else ("none", "none")
        size, received = answer.content_length or 0, request.content_length or 0
        metrics.count_request(route, method, answer.status_code, seconds, received, size)
        log_request(
            method=request.method,
            path=request.path[:200],
            status=answer.status_code,
            ms=round(seconds * 1000, 2),
            bytes_in=received,
            bytes_out=size,
            client=request.remote_addr or "",
        )
        return answer

    return finish


def _discard(_: BaseException | None) -> None:
    cast(UploadRequest, request).discard_files()
