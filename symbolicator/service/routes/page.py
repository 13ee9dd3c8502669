"""`GET /`: the page. One file with its script and style; its Content-Security-Policy allows these and nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wrappers import Response

from symbolicator.patterns import regex
from symbolicator.service.answers import HTML, JSON, chosen, json_answer
from symbolicator.service.openapi import operation
from symbolicator.service.routes import Route, View, routes

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_INLINE = regex(r"(?is)<(script|style)\b[^>]*>(.*?)</\1\s*>")


def policy(page: str) -> str:
    """The Content-Security-Policy that allows the inline scripts and styles of `page`, requests to ourselves, and nothing else."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in _INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind.lower()].append(f"'sha256-{digest}'")
    allowed = "; ".join(f"{kind}-src {' '.join(given) or chr(39) + 'none' + chr(39)}" for kind, given in hashes.items())
    return f"default-src 'none'; {allowed}; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def _make(_: Work) -> View:
    content = files("symbolicator.service").joinpath("page.html").read_bytes()
    headers = {"Content-Security-Policy": policy(content.decode()), "Cache-Control": "no-cache"}
    etag = hashlib.sha256(content).hexdigest()[:32]
    listed = {f"{route.method} {route.path}": route.operation["summary"] for route in routes()}

    def page() -> Response:
        if chosen(request, HTML, JSON) == JSON:
            return json_answer(listed)
        answer = Response(content, 200, content_type=f"{HTML}; charset=utf-8", headers=headers)
        answer.set_etag(etag)
        answer.vary.add("Accept")
        return answer.make_conditional(request)

    return page


_PAGE: dict[str, Any] = {
    "description": "The page; as JSON, the routes",
    "content": {HTML: {"schema": {"type": "string"}}, JSON: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}},
}
_ANSWERS = {"200": _PAGE, "304": {"description": "The page, or the routes"}}
ROUTE = Route("GET", "/", _make, operation("page", "A page to paste a trace into", _ANSWERS))
