"""A plain request straight to the application, and its answer in one piece.

Most requests are of one form: HTTP/1.1, GET or POST, a path as URLs are written, fields that stand once each, all of the body here. Such a
request is read here in a few microseconds. Any other is left to the server's parser, which knows all forms and refuses the wrong ones; so
nothing is accepted here that it would refuse, and nothing means something else (RFC 9112 §3, §5, §6; PEP 3333).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from symbolicator.patterns import regex
from symbolicator.service.request_heads import Gathering

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_MAX_FIELDS = 64
_MAX_LINE = 4096
_REMEMBERED = 200
"""Bytes of a field that is remembered; a client sends the same ones again and again."""
_REQUEST_LINE = regex(rb"(GET|POST) (/(?!/)[A-Za-z0-9/._~!$&'()*+,;=:@%-]*)(?:\?([A-Za-z0-9/._~!$&'()*+,;=:@%?-]*))? HTTP/1\.1")
_FIELD = regex(rb"([A-Za-z0-9!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)")
# What the server acts upon, or believes of some and not of others.
_ITS_OWN = frozenset(
    ("EXPECT", "UPGRADE", "HTTP2-SETTINGS", "TRANSFER-ENCODING", "X-FORWARDED-PROTO", "X-FORWARDED-PROTOCOL", "X-FORWARDED-SSL")
)
_CONNECTION = {"keep-alive": True, "close": False}
_NO_BODY = ("204", "304")


class Plain(NamedTuple):
    """A plain request: what it adds to an environ, and whether its connection is to be kept."""

    environ: Environ
    keep: bool


def read_plain(request: Gathering) -> Plain | None:
    """The request where it is a plain one; None where it is not."""
    if not request.ours or request.fault or request.size is None:
        return None
    end = request.head_end
    first, *lines = bytes(request.data[:end]).split(b"\r\n")
    target = _REQUEST_LINE.fullmatch(first)
    if target is None or len(first) > _MAX_LINE or len(lines) > _MAX_FIELDS:
        return None
    method, path, query = target.groups()
    environ: Environ = {
        "REQUEST_METHOD": method.decode(),
        "RAW_URI": first[len(method) + 1 : -9].decode(),
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": query.decode() if query else "",
    }
    for line in lines:
        field = _known(line) if len(line) <= _REMEMBERED else _field(line)
        if field is None or field[0] in environ:
            return None
        environ[field[0]] = field[1]
    keep = _CONNECTION.get(environ.get("HTTP_CONNECTION", "keep-alive").lower())
    if keep is None:
        return None
    environ["wsgi.input"] = BytesIO(memoryview(request.data)[end + 4 : request.size])
    return Plain(environ, keep)


def _field(line: bytes) -> tuple[str, str] | None:
    """A field's name in an environ, and its value; None where the server's parser has to say what it is."""
    found = _FIELD.fullmatch(line) if len(line) <= _MAX_LINE else None
    if found is None:
        return None
    name = found[1].decode().upper()
    if name in _ITS_OWN:
        return None
    key = name.replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", found[2].strip(b" \t").decode("latin-1")


_known = lru_cache(maxsize=512)(_field)


class Answer:
    """Has an application answer one request: `bytes_of` calls it, and gives all there is to send."""

    __slots__ = ("_headers", "_status")

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self._status, self._headers = status, headers

    def bytes_of(self, application: Application, environ: Environ, server: str, keep: bool) -> bytes:
        """Head and body. Raises ValueError where a header holds the end of a line."""
        given = application(environ, self._start)
        try:
            body = b"".join(given)
        finally:
            if hasattr(given, "close"):
                given.close()
        lines = [f"HTTP/1.1 {self._status}\r\nServer: {server}\r\nDate: {_date(int(time.time()))}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
        without = self._status[:3] in _NO_BODY
        if not without and not any(name.lower() == "content-length" for name, _ in self._headers):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines)
        if head.count("\r") != len(lines) + 1 or head.count("\n") != len(lines) + 1:
            raise ValueError("a header holds the end of a line")
        return f"{head}\r\n\r\n".encode("latin-1") + (b"" if without else body)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def environ_of(base: Mapping[str, Any], client: Any, server: Any) -> Environ:
    """What all requests of one connection have in their environ; `base` is what those of all connections have."""
    return {
        **base,
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
    }
