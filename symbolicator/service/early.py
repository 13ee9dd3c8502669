"""Answers given without the application: to invalid requests, and to refused ones."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from symbolicator.service.answers import HEADERS, JSON
from symbolicator.service.logs import log_request
from symbolicator.service.refusals import error_body
from symbolicator.service.requests import begin, current_id

if TYPE_CHECKING:
    from symbolicator.service.metrics import Metrics

_HINTS = {
    400: "send it as RFC 9112 describes",
    408: "send it faster, or in one piece",
    414: "move the data into the body",
    431: "send fewer and shorter header fields",
}


def early_answer(status: int, detail: str, hint: str = "", *, keep: bool = False, retry_after: int = 0) -> bytes:
    """Head and body of a refusal, for the request that `requests.begin` was called for."""
    body = error_body(status, detail, hint or _HINTS.get(status, ""))
    fields = [("Content-Type", JSON), *HEADERS, ("X-Request-Id", current_id()), ("Content-Length", str(len(body)))]
    if retry_after:
        fields.append(("Retry-After", str(retry_after)))
    fields.append(("Connection", "keep-alive" if keep else "close"))
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{head}\r\n".encode("latin-1") + body


def refuse_early(status: int, detail: str, request_id: str | None, client: str, metrics: Metrics) -> bytes:
    """A refusal, logged and counted as every request is."""
    begin(request_id)
    answer = early_answer(status, detail)
    metrics.count_request("none", "none", status, 0.0, 0, len(answer))
    log_request(method="?", path="?", status=status, ms=0.0, bytes_in=0, bytes_out=len(answer), client=client, detail=detail)
    return answer
