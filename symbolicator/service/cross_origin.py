"""Which pages may read answers: those routes that a page of another origin needs have the headers that its browser asks for (CORS).

Everybody may ask, but a browser shows an answer to a page only if we say so: to the Firefox Profiler's and to pages of this machine; to any
page that has the token, which then is in the path (`/t/TOKEN/…`), for such a page cannot send `Authorization`.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from symbolicator.service.hosts import host_in, is_loopback, name_in
from symbolicator.service.refusals import Refusal
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.routes import View
    from symbolicator.service.work import Work

PROFILER = "https://profiler.firefox.com"
"""The origin of the Firefox Profiler."""
_IN_PATH = "symbolicator.token_in_path"
_PREFIX = "/t/"
_MAX_NAMES = 1000
"""Characters of the names of headers that a page wants to send."""


def take_token(environ: MutableMapping[str, Any]) -> None:
    """A token at the beginning of the path as if it were in `Authorization`: the rest of the path is the request's, in routes and logs."""
    path: str = environ.get("PATH_INFO", "")
    token, slash, rest = path.removeprefix(_PREFIX).partition("/")
    if path.startswith(_PREFIX) and slash:
        environ["PATH_INFO"] = f"/{rest}"
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        environ[_IN_PATH] = True


def allow(answer: Response) -> None:
    """Let the page that asks read this answer, if it may."""
    environ = current_request().environ
    origin = environ.get("HTTP_ORIGIN")
    answer.vary.add("Origin")
    if origin is None or origin == PROFILER or _IN_PATH in environ or _is_this_machine(origin):
        answer.headers["Access-Control-Allow-Origin"] = "*"


def _is_this_machine(origin: str) -> bool:
    return is_loopback(name_in(host_in(origin) or "") or "")


def make_preflight(_: Work) -> View:
    """The answer to a browser that asks whether a page may ask."""

    def preflight(**_: str) -> Response:
        environ = current_request().environ
        wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        if len(wanted) > _MAX_NAMES or not wanted.isascii() or not wanted.isprintable():
            raise Refusal(400, "Access-Control-Request-Headers is no list of names")
        headers = {"Access-Control-Allow-Methods": "POST, GET, OPTIONS", "Access-Control-Max-Age": "86400"}
        if wanted:
            headers["Access-Control-Allow-Headers"] = wanted
        if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
            headers["Access-Control-Allow-Private-Network"] = "true"
        return Response(status=204, headers=headers)

    return preflight
