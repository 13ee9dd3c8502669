"""The Flask application: its routes, and what every request passes through on its way in and out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask.sessions import NullSession, SecureCookieSessionInterface
from werkzeug.routing import BaseConverter, MapAdapter, Rule
from werkzeug.wrappers import Request, Response

from symbolicator.bounds import SERVICE
from symbolicator.engine import Symbolicator
from symbolicator.service import cross_origin, refusals, requests
from symbolicator.service.answers import HEADERS, JSON
from symbolicator.service.hosts import checked_hosts, host_check, host_in
from symbolicator.service.limits import Limits, Serving
from symbolicator.service.logs import log_request
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import View, routes
from symbolicator.service.scopes import Scopes, Visitor
from symbolicator.service.storage import Storage
from symbolicator.service.uploads import UploadRequest, current_request
from symbolicator.service.work import Work
from symbolicator.settings import Settings, isolated, make_settings

_SOME_ROUTES_OWN = frozenset(("Content-Security-Policy", "Cache-Control"))
"""Those of them that a route may have set to something else."""


class _NoSession(SecureCookieSessionInterface):
    """There are no sessions here: one empty session serves all requests."""

    _none = NullSession()

    def open_session(self, *_: Any) -> NullSession:
        """None."""
        return self._none


class _Rest(BaseConverter):
    """Everything that follows in a path, slashes too."""

    regex = r"[\s\S]+"  # a newline too: what it names is refused by its route, in its words
    part_isolating = False


class _Service(Flask):
    """Flask without some of its per-request checks."""

    session_interface = _NoSession()

    def __init__(self, takes_token: bool) -> None:
        super().__init__("symbolicator.service", static_folder=None, template_folder=None)
        self._takes_token = takes_token
        self._rules: dict[tuple[str, str], Rule] = {}
        self.url_map.converters["rest"] = _Rest
        self.url_map.merge_slashes = False

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No function here is a coroutine; Flask would check each one every time."""
        return func

    def add_route(self, method: str, rule: str, name: str, view: View) -> None:
        """A view for one method of one path; a path without variable parts is found with one look-up."""
        self.add_url_rule(rule, name, view, methods=[method], provide_automatic_options=False)
        if "<" not in rule:
            self._rules[method, rule] = next(self.url_map.iter_rules(name))

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As in Flask, for a request that needs Flask's routing."""
        rule = None if request is None else self._rules.get((request.method, request.path))
        if rule is None or self.config["TRUSTED_HOSTS"] is not None:
            return super().create_url_adapter(request)  # type: ignore[arg-type]  # Flask's request is a kind of werkzeug's
        request.url_rule, request.view_args = rule, {}  # type: ignore[union-attr]  # there is no rule without a request
        return None

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """As in Flask; every answer gets our headers."""
        if self._takes_token:
            cross_origin.take_token(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            own = [name for name, _ in headers if name in _SOME_ROUTES_OWN]
            headers += [pair for pair in HEADERS if pair[0] not in own] if own else HEADERS
            headers.append(("X-Request-Id", requests.current_id()))
            return start_response(status, headers, *more)

        return super().wsgi_app(environ, start)


def create_app(
    settings: Settings | None = None,
    *,
    limits: Limits | None = None,
    token: str | None = None,
    hosts: Iterable[str] | None = None,
    engine: Symbolicator | None = None,
    scopes: Iterable[tuple[str, str]] = (),
    store: str | PathLike[str] | None = None,
    store_size: int | None = None,
) -> Flask:
    """The service as a WSGI application.

    `settings` are a `Symbolicator`'s (None: from the environment, with the bounds of a service); `engine` is used instead if given. With
    a `token`, events, files and metrics require `Authorization: Bearer TOKEN`, or a path below `/t/TOKEN`. With `hosts`, requests
    must be for one of these names, or for this machine itself (`hosts.py`).

    Files may be uploaded to the folder `store`, at most `store_size` bytes of them for each of the `scopes` (pairs of name and token, see
    `scopes.py`) and for the service's own token; there has to be one. Raises `ConfigError`.
    """
    doors = Scopes(token, scopes)
    shared = engine or Symbolicator(settings=isolated(settings or make_settings(bounds=SERVICE)))
    work = Work(shared, limits or Limits(), doors, _storage(store, shared, doors, store_size))
    app = _Service(not doors.open)
    app.request_class = UploadRequest
    guarded = set()
    readable = set()
    paths: dict[str, str] = {}
    for route in routes():
        name = cast(str, route.operation["operationId"])
        app.add_route(route.method, route.rule, name, _off if route.writes and work.storage is None else route.make(work))
        paths[name] = route.path
        if route.guarded:
            guarded.add(name)
        if route.cross_origin:
            readable.add(name)
    refusals.install(app)
    if hosts is not None:
        app.before_request(_for_us(host_check(hosts)))
    app.before_request(_door_keeper(guarded, work))
    # The outermost is last: flask calls these in reverse.
    app.after_request(_finish(work, paths, readable))
    app.before_request_funcs[None] = [_begin, *app.before_request_funcs.get(None, [])]
    app.teardown_request(_discard)
    app.extensions["symbolicator"] = work
    return app


def _begin() -> None:
    request = current_request()
    request.began = time.perf_counter()
    requests.begin(request.environ.get("HTTP_X_REQUEST_ID"))


def _for_us(check: Callable[[str | None], None]) -> Callable[[], None]:
    def check_host() -> None:
        environ = current_request().environ
        host = environ.get("HTTP_HOST")
        check("" if host is None and environ["SERVER_PROTOCOL"] != "HTTP/1.0" else host)
        check(host_in(environ.get("RAW_URI") or environ.get("REQUEST_URI", "")))

    return check_host


def app_of(engine: Symbolicator, serving: Serving) -> Flask:
    """The application as `serve` was told to serve it. Raises `ConfigError`."""
    return create_app(
        engine=engine, limits=serving.limits, token=serving.token, hosts=checked_hosts(serving), scopes=serving.scopes, store=serving.store,
        store_size=serving.store_size,
    )  # fmt: skip


def _off(**_: str) -> Response:
    """In place of a route that writes."""
    raise Refusal(501, "uploads are off", "start the service with --store DIR and --token T")


def _storage(folder: str | PathLike[str] | None, engine: Symbolicator, scopes: Scopes, most: int | None) -> Storage | None:
    scopes.check_store(folder is not None)
    return None if folder is None else Storage(Path(folder), engine, scopes.names, most)


def _door_keeper(guarded: set[str], work: Work) -> Callable[[], None]:
    scopes = work.scopes

    def check() -> None:
        request = current_request()
        request.visitor = visitor = scopes.visitor(request.environ.get("HTTP_AUTHORIZATION", ""))
        if request.endpoint not in guarded:
            return
        if visitor is None:
            hint = "send Authorization: Bearer with the token of this service"
            raise Refusal(401, "the token is missing or wrong", hint, {"WWW-Authenticate": "Bearer"})
        if scopes.names:
            request.scope = scopes.chosen(visitor, request.args.get("scope") if request.query_string else None)

    def open_to_all() -> None:
        current_request().visitor = _ANYBODY

    return open_to_all if scopes.open else check


_ANYBODY = Visitor(None)


def _finish(work: Work, paths: Mapping[str, str], readable: set[str]) -> Callable[[Response], Response]:
    """Log and count every answer, by its route's path; those of routes that are `readable` may be read across origins."""
    metrics = work.metrics

    def finish(answer: Response) -> Response:
        request = current_request()
        if answer.status_code == 308:  # flask's own answer for a request without a path is HTML
            answer.set_data(refusals.error_body(308, "this address has no path", "add a / to it"))
            answer.mimetype = JSON
        if request.endpoint in readable:
            cross_origin.allow(answer)
        seconds = time.perf_counter() - request.began
        path = paths.get(request.endpoint or "")
        route, method = ("none", "none") if path is None else (path, request.method)
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
    current_request().discard_files()
