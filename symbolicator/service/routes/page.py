"""`GET /`: the page, with its style, scripts and example in it; its Content-Security-Policy allows these and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from flask import request
from werkzeug.wrappers import Response

from symbolicator.patterns import regex
from symbolicator.service.answers import HTML, JSON, chosen, json_answer
from symbolicator.service.openapi import operation
from symbolicator.service.routes import Route, View, routes

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_INLINE = regex(r"(?is)<(script|style)>(.*?)</\1\s*>")
"""Scripts that run, and styles: neither has attributes; one with a `type` is data."""
_SCRIPTS: Final = ("event", "words", "colours", "drawing", "markdown", "page")
"""In this order: `page` runs when all others are there."""
_EXAMPLE: Final = ("bistro.js", "bistro.js.map")
"""The files of the example, as esbuild wrote them (`--bundle --minify --sourcemap`); `crash.txt` is what Node.js printed."""


def page_text() -> str:
    """The whole page: what is in `service/page/`, in one."""
    folder = files("symbolicator.service").joinpath("page")

    def read(name: str) -> str:
        return folder.joinpath(name).read_text("utf-8")

    example = {"trace": read("example/crash.txt"), "files": {name: read(f"example/{name}") for name in _EXAMPLE}}
    scripts = "\n".join(read(f"{name}.js") for name in _SCRIPTS)
    parts = {
        "<style></style>": f"<style>\n{read('page.css')}</style>",
        '<script type="application/json" id="example-files"></script>': '<script type="application/json" id="example-files">'
        # No text of the example can end the element that it stands in.
        + json.dumps(example).replace("<", "\\u003c")
        + "</script>",
        "<script></script>": f'<script>\n"use strict";\n{scripts}</script>',
    }
    page = read("page.html")
    for place, part in parts.items():
        page = page.replace(place, part)
    return page


def policy(page: str) -> str:
    """The Content-Security-Policy that allows the inline scripts and styles of `page`, requests to ourselves, and nothing else."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in _INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind.lower()].append(f"'sha256-{digest}'")
    allowed = "; ".join(f"{kind}-src {' '.join(given) or chr(39) + 'none' + chr(39)}" for kind, given in hashes.items())
    return f"default-src 'none'; {allowed}; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def _make(_: Work) -> View:
    text = page_text()
    content = text.encode()
    headers = {"Content-Security-Policy": policy(text), "Cache-Control": "no-cache"}
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
