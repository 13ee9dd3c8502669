"""Reads a request with gunicorn's parser, and converts its errors for invalid ones."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from gunicorn.http import errors
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import create

from symbolicator.service.connection import STEP
from symbolicator.service.refusals import Refusal

if TYPE_CHECKING:
    from symbolicator.service.allowance import Allowance
    from symbolicator.service.connection import Connection
    from symbolicator.service.request_heads import Gathering

Environ = dict[str, Any]

MALFORMED = tuple(each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception))
"""The parser's exceptions for invalid input."""
_MOST = 1 << 20
"""Bytes read at once of a body whose length is known."""
_KNOWN = 2 << 10
"""Bytes of a head that is remembered for as long as its connection lasts."""
_OF_THE_MESSAGE = ("wsgi.input", "wsgi.early_hints")
"""What holds the message, and so its body: the first is replaced, the second is not used, and an answer is sent in one piece."""
_STATUS = {"LimitRequestLine": 414, "LimitRequestHeaders": 431, "ExpectationFailed": 417, "ForbiddenProxyRequest": 403}


class Request(NamedTuple):
    """The environment for the application (PEP 3333), and whether the client wants to keep its connection."""

    environ: Environ
    keep: bool


class Known(NamedTuple):
    """What the parser made of a head, and that head, so that the next one of its connection need not be parsed if it is the same."""

    head: list[bytes]
    request: Request


class Malformed(Exception):
    """The input is not a valid request; `status` is the answer's code."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Gone(Exception):
    """The client closed the connection before its request was complete."""


def read_request(cfg: Any, conn: Connection) -> Request:
    """The request of `conn`. What is not collected yet is read from the socket, which waits as long as the connection's allowance.

    Raises `Malformed`, `Gone`, TimeoutError, OSError.
    """
    request = conn.gathered
    plain = not conn.unread and request.chunks is None
    if plain and conn.known is not None and conn.known.head == request.head:
        return _again(conn.known.request, request)
    parser = RequestParser(cfg, iter((bytes(request.data[: request.size]),)), conn.client)
    if conn.unread:
        conn.allowance.begin()
        parser.unreader = _Patient(conn)
    try:
        message = next(parser)
        environ = create(message, conn.sock, conn.client, conn.server, cfg)[1]
    except (StopIteration, errors.NoMoreData) as error:
        raise Gone from error
    except MALFORMED as error:
        raise _malformed(error) from error
    environ["wsgi.multithread"] = True
    for name in _OF_THE_MESSAGE:
        environ.pop(name, None)
    keep = not message.should_close() and not conn.unread
    if plain and request.head_end <= _KNOWN:
        conn.known = Known(request.head, Request(environ.copy(), keep))
    environ["wsgi.input"] = _Body(message.body)
    return Request(environ, keep)


def _again(known: Request, request: Gathering) -> Request:
    """As `known`, with the body of `request`, whose head says the same but for its length."""
    environ = known.environ.copy()
    if request.length:
        environ["CONTENT_LENGTH"] = request.length.decode()
    environ["wsgi.input"] = BytesIO(memoryview(request.data)[request.head_end + 4 : request.size])
    return Request(environ, known.keep)


def _malformed(error: Exception) -> Malformed:
    return Malformed(_STATUS.get(type(error).__name__, 400), f"this is not an HTTP request: {str(error)[:200]}")


class _Patient(SocketUnreader):  # type: ignore[misc]  # gunicorn publishes no types
    """Returns what was collected, then reads the socket until the allowance is over, then raises TimeoutError."""

    def __init__(self, conn: Connection) -> None:
        super().__init__(conn.sock)
        self._allowance: Allowance = conn.allowance
        self._chunks = conn.gathered.chunks
        self.unread(bytes(conn.gathered.data))

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes."""
        left = self._allowance.left
        if left <= 0:
            raise TimeoutError("the request did not arrive in time")
        self.sock.settimeout(left)
        data: bytes = self.sock.recv(min(max(size_hint or 0, STEP), _MOST))  # gunicorn 26 has no hint, and reads small pieces
        self._allowance.moved(len(data))
        if self._chunks is not None:
            self._chunks.feed(data)
            if self._chunks.fault:
                raise errors.InvalidChunkSize(self._chunks.fault.encode())
        return data


class _Body:
    """A request's body for the application: errors in it, and missing data, raise a refusal, not a bug."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all if it is negative; fewer only at the end."""
        return self._of(self._body.read, size)

    def readline(self, size: int = -1) -> bytes:
        """One line."""
        return self._of(self._body.readline, size)

    def _of(self, reader: Any, size: int) -> bytes:
        try:
            data: bytes = reader(size)
            return data
        except TimeoutError as error:
            raise Refusal(408, "the body did not arrive in time") from error
        except errors.NoMoreData as error:
            raise Refusal(400, "the connection ended before the body did", "send it completely") from error
        except MALFORMED as error:
            found = _malformed(error)
            raise Refusal(400, found.detail, "send it as RFC 9112 describes") from error
        except OSError as error:
            raise Refusal(400, f"the body cannot be read: {error.strerror or type(error).__name__}") from error
