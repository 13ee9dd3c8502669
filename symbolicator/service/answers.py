"""Answers as JSON, text or HTML, by `Accept`."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from flask import Request
from werkzeug.wrappers import Response

from symbolicator.event.wire import write_json
from symbolicator.service.refusals import Refusal
from symbolicator.traces.encoded import bytes_of

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"
HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
"""Headers of every answer, for browsers."""


def chosen(request: Request, *offered: str) -> str:
    """The offered type that the client prefers; the first if it does not say. Raises 406 if it accepts none."""
    if not request.environ.get("HTTP_ACCEPT", "").strip():
        return offered[0]
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        raise Refusal(406, f"this route answers with {', '.join(offered)}", "use one of them in Accept")
    return best


def json_answer(value: Any, code: int = 200) -> Response:
    """JSON."""
    return Response(write_json(value), code, mimetype=JSON)


ToText = Callable[[Mapping[str, Any]], str]


def event_answer(kind: str, event: Mapping[str, Any], to_text: ToText, to_json: ToText | None = None) -> Response:
    """A symbolicated event as `kind`: as JSON (written by `to_json` if it came as a report), or as text, alone or on a page."""
    if kind == JSON:
        return json_answer(event) if to_json is None else Response(bytes_of(to_json(event)), 200, mimetype=JSON)
    return text_answer(kind, to_text(event))


def text_answer(kind: str, text: str) -> Response:
    """A text as `kind`: alone, or on a page."""
    if kind == TEXT:
        return Response(bytes_of(text), 200, content_type=f"{TEXT}; charset=utf-8")
    shown = html.escape(text.encode("utf-8", "replace").decode())
    page = f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>symbolicator</title>\n<pre>{shown}</pre>\n</html>\n'
    return Response(page, 200, content_type=f"{HTML}; charset=utf-8")
