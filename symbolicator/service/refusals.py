"""Answers to requests that cannot be served: JSON with `detail` and `hint`, whatever the client accepts. Never HTML, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from symbolicator.event.wire import write_json
from symbolicator.log import log_of
from symbolicator.service.requests import current_id

if TYPE_CHECKING:
    from flask import Flask

_HINTS = {
    404: "GET /openapi.json lists the routes",
    405: "GET /openapi.json lists the routes",
    408: "send the body faster, or in one piece",
    411: "state the length of the body: Content-Length, or Transfer-Encoding: chunked",
    500: "its traceback is in the log; report it with the event",
}

_DETAILS = {404: "no such route", 405: "this route does not have this method"}


class Refusal(HTTPException):
    """A status code, what is wrong, and what to do about it; `headers` go with the answer."""

    def __init__(self, code: int, detail: str, hint: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.hint = hint
        self.headers = headers or {}


def overloaded(detail: str) -> Refusal:
    """503: try again in a second."""
    return Refusal(503, detail, "try again after the seconds in Retry-After", {"Retry-After": "1"})


def error_json(code: int, detail: str, hint: str = "") -> dict[str, Any]:
    """The body of a refusal."""
    body: dict[str, Any] = {"detail": detail}
    if hint or code in _HINTS:
        body["hint"] = hint or _HINTS[code]
    return {**body, "request_id": current_id()}


def error_body(code: int, detail: str, hint: str = "") -> bytes:
    """The same as JSON text."""
    return write_json(error_json(code, detail, hint))


def install(app: Flask) -> None:
    """Make every failure of `app` a refusal."""

    def refuse(error: HTTPException) -> Response:
        code = error.code or 500
        detail = _DETAILS.get(code) or error.description or error.name
        if isinstance(error, Refusal):
            detail = str(error.description)
        answer = Response(error_body(code, detail, getattr(error, "hint", "")), code, mimetype="application/json")
        answer.headers.update(getattr(error, "headers", {}))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return answer

    def bug(error: Exception) -> Response:
        log_of(__name__).error("a bug of ours while answering", exc_info=error)
        return Response(error_body(500, "a bug of ours"), 500, mimetype="application/json")

    def stalled(_: TimeoutError) -> Response:
        return refuse(Refusal(408, "the body did not arrive in time"))

    app.register_error_handler(HTTPException, refuse)
    app.register_error_handler(TimeoutError, stalled)
    app.register_error_handler(Exception, bug)
