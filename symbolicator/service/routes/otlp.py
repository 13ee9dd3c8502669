"""`POST /v1/traces` and `/v1/logs`: OpenTelemetry's documents (OTLP over HTTP), answered with their stacks rewritten.

Nothing is sent on: who asks gets the document back, and sends it where it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.event import otlp, otlp_protobuf
from symbolicator.event.wire import read_json
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import whole_body
from symbolicator.service.openapi import body_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

PROTOBUF = "application/x-protobuf"
_PROTOBUF = (PROTOBUF, "application/protobuf")
_JSON = (JSON, "text/json", "application/x-www-form-urlencoded", "")


def _make(kind: str, work: Work) -> View:
    def symbolicate(event: Mapping[str, Any]) -> Mapping[str, Any]:
        return work.run(event_json.read(event))

    def rewrite() -> Response:
        request = current_request()
        form = request.mimetype
        if form not in (*_JSON, *_PROTOBUF):
            raise Refusal(415, f"the body is {form[:80]!r}", f"send {JSON} or {PROTOBUF}")
        work.gate.check()
        content = whole_body(request, work)
        rewriter = otlp.rewriter(symbolicate, work.engine.settings.bounds)
        if form in _PROTOBUF:
            try:
                return Response(otlp_protobuf.rewritten(content, kind, rewriter), 200, content_type=form)
            except ValueError as error:
                raise Refusal(400, f"the body is no OTLP message: {error}", "Content-Type must match the body") from error
        return json_answer(otlp.rewritten(_document(content), rewriter))

    return rewrite


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = read_json(content)
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON: {error}", f"for Protobuf, Content-Type is {PROTOBUF}") from error
    if not isinstance(document, dict):
        raise Refusal(400, "the body is not a JSON object", "send one request of OTLP's")
    return document


def _route(kind: str) -> Route:
    content = {JSON: {"schema": {"type": "object"}}, PROTOBUF: {"schema": {"type": "string", "format": "binary"}}}
    described = body_operation(f"otlp{kind.title()}", f"OpenTelemetry's {kind}, with the stacks of exceptions symbolicated", content)
    return Route("POST", f"/v1/{kind}", partial(_make, kind), described, guarded=True)


ROUTES = (_route("traces"), _route("logs"))
