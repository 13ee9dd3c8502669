"""Answers given without the application: to invalid requests, and to refused ones."""

from __future__ import annotations

from functools import lru_cache
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

_ID, _END = b'"request_id":"', b'"}\n'
"""Around the id in a body (`error_body`)."""


def early_answer(status: int, detail: str, hint: str = "", *, keep: bool = False, retry_after: int = 0) -> bytes:
    """Head and body of a refusal, for the request that `requests.begin` was called for."""
    name = current_id().encode()
    return name.join(_around_ids(len(name), status, detail, hint or _HINTS.get(status, ""), keep, retry_after))


@lru_cache(maxsize=32)
def _around_ids(length: int, status: int, detail: str, hint: str, keep: bool, retry_after: int) -> tuple[bytes, bytes, bytes]:
    """Such an answer without the request's id of `length`, which is in its head and ends its body: in a flood, all are the same."""
    start, key, _ = error_body(status, detail, hint).rpartition(_ID)
    size = len(start + key) + length + len(_END)
    before = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in (("Content-Type", JSON), *HEADERS))]
    after = [f"Content-Length: {size}", f"Connection: {'keep-alive' if keep else 'close'}"]
    if retry_after:
        after.append(f"Retry-After: {retry_after}")
    head, rest = "\r\n".join([*before, "X-Request-Id: "]), "\r\n".join(["", *after, "", ""])
    return head.encode("latin-1"), rest.encode("latin-1") + start + key, _END


def refuse_early(status: int, detail: str, request_id: str | None, client: str, metrics: Metrics) -> bytes:
    """A refusal, logged and counted as every request is."""
    begin(request_id)
    answer = early_answer(status, detail)
    metrics.count_request("none", "none", status, 0.0, 0, len(answer))
    log_request(method="?", path="?", status=status, ms=0.0, bytes_in=0, bytes_out=len(answer), client=client, detail=detail)
    return answer
