"""The application's answer to one request, in one piece (PEP 3333).

A server normally writes to the socket as the application produces parts, so a client that does not read blocks a thread. Here the
complete answer is sent by the loop, as the client takes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from symbolicator.service.file_bodies import FileBody, Whole
from symbolicator.service.parsing import Environ

Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_NO_BODY = ("204", "304")


def answer_of(application: Application, environ: Environ, server: str, keep: bool) -> bytes | Whole:
    """Head and body of the `application`'s answer, apart if the body is a file; `keep` says whether the connection stays open.

    Raises ValueError if a header contains a line end, and whatever the application raises.
    """
    status, headers = "", list[tuple[str, str]]()

    def start(its_status: str, its_headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        nonlocal status, headers
        status, headers = its_status, its_headers

    given = application(environ, start)
    try:
        body = given.view if isinstance(given, FileBody) else b"".join(given)
    finally:
        if hasattr(given, "close"):
            given.close()
    lines = [f"HTTP/1.1 {status}\r\nServer: {server}\r\nDate: {_date(int(time.time()))}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    without = status[:3] in _NO_BODY
    if not without and not any(name.lower() == "content-length" for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) + 1 or head.count("\n") != len(lines) + 1:
        raise ValueError("a header holds the end of a line")
    started = f"{head}\r\n\r\n".encode("latin-1")
    if isinstance(body, memoryview):
        return Whole(started, body)
    return started if without else started + body


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
