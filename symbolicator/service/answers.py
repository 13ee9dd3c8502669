"""What goes back: JSON, text or HTML, as `Accept` says."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from flask import Request
from werkzeug.wrappers import Response

from symbolicator.event.wire import bytes_of, write_json
from symbolicator.service.refusals import Refusal

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"
HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
"""What every answer says to browsers."""


def chosen(request: Request, *offered: str) -> str:
    """Which of the offered types the client wants; the first where it does not say. Raises a 406 where it wants none of them."""
    if not request.environ.get("HTTP_ACCEPT", "").strip():
        return offered[0]
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        raise Refusal(406, f"this answers with {', '.join(offered)}", "Accept one of them")
    return best


def json_answer(value: Any, code: int = 200) -> Response:
    """JSON."""
    return Response(write_json(value), code, mimetype=JSON)


ToText = Callable[[Mapping[str, Any]], str]


def event_answer(kind: str, event: Mapping[str, Any], to_text: ToText, to_json: ToText | None = None) -> Response:
    """A symbolicated event as `kind`: as it is (`to_json` writes the report that it came as), or as text, alone or on a page."""
    if kind == JSON:
        return json_answer(event) if to_json is None else Response(bytes_of(to_json(event)), 200, mimetype=JSON)
    text = to_text(event)
    if kind == TEXT:
        return Response(bytes_of(text), 200, content_type=f"{TEXT}; charset=utf-8")
    shown = html.escape(text.encode("utf-8", "replace").decode())
    page = f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>symbolicator</title>\n<pre>{shown}</pre>\n</html>\n'
    return Response(page, 200, content_type=f"{HTML}; charset=utf-8")
