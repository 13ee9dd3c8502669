"""What else clients of Sentry's Symbolicator ask for: whether it answers, pending requests, and what we do not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.service.answers import TEXT
from symbolicator.service.openapi import operation, refused, text
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_UNREAD = {
    "minidump": ("minidumps are not read here", "symbolicate the stacks that a stack walker finds in it: POST /symbolicate"),
    "symbolicate-any": ("nothing is fetched here", "send what it refers to: POST /symbolicate, /symbolicate-js or /symbolicate-jvm"),
}


def _healthcheck(_: Work) -> View:
    def healthcheck() -> Response:
        return Response(b"ok", 200, content_type=f"{TEXT}; charset=utf-8")

    return healthcheck


def _pending(_: Work) -> View:
    def pending(id: str) -> Response:
        raise Refusal(404, f"no request {id:.64} is pending", "every request is answered at once: send it again")

    return pending


def _unread(name: str) -> Route:
    detail, hint = _UNREAD[name]

    def make(_: Work) -> View:
        def unread() -> Response:
            raise Refusal(501, detail, hint)

        return unread

    described = operation(name.title().replace("-", ""), f"Refused: {detail}", {"501": refused(detail)}, guarded=True)
    return Route("POST", f"/{name}", make, described, guarded=True)


_HEALTHCHECK = operation("healthcheck", "Whether the process answers, as Sentry's Symbolicator says it", {"200": text("ok")})
_PENDING = operation(
    "pendingRequest", "A pending request: there is none", {"404": refused("There is no such request")}, guarded=True, path=("id",)
)

ROUTES = (
    Route("GET", "/healthcheck", _healthcheck, _HEALTHCHECK),
    Route("GET", "/requests/{id}", _pending, _PENDING, guarded=True),
    *map(_unread, _UNREAD),
)
