"""Requests as the parser reads them: a head that is the same as the last of its connection is not read again, and means the same."""

import os

import pytest

if os.name == "nt":
    pytest.skip("gunicorn", allow_module_level=True)

from gunicorn.config import Config

from symbolicator.service import parsing
from symbolicator.service.connection import Connection
from symbolicator.service.parsing import Malformed, read_request

CFG = Config()
LINES = [b"POST /symbolicate?release=1 HTTP/1.1", b"Host: x", b"Content-Type: application/json", b"Content-Length: 2", b"X-Two: 2"]
OF_A_CONNECTION = {"gunicorn.socket", "wsgi.errors", "wsgi.input"}


def request(*lines, body=b"{}"):
    return b"\r\n".join([*lines, b"", body])


def variant(at, line):
    return request(*LINES[:at], *([line] if line else []), *LINES[at + 1 :])


REQUESTS = [
    request(*LINES),
    request(*LINES[:3], b"Content-Length: 12", LINES[4], body=b"[2, 2, 2, 2]"),
    request(*LINES[:3], b"Content-Length: 0002 ", LINES[4]),
    request(*LINES[:3], b"Content-Length:\t0", LINES[4], body=b""),
    request(*LINES[:3], LINES[4], LINES[3]),
    request(*LINES[:3], b"X-Two: ", b"Content-Length: 22", body=b" " * 22),
    request(*LINES[:3], b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    variant(0, b"PUT /symbolicate?release=1 HTTP/1.1"),
    variant(0, b"POST /symbolicate?release=2 HTTP/1.1"),
    variant(0, b"POST /symbolicate?release=1 HTTP/1.0"),
    variant(1, b"Host: y"),
    variant(2, None),
    variant(4, b"X-Two: 3"),
    variant(4, b"Connection: close"),
    variant(4, b"Authorization: Bearer x"),
    variant(4, b"X-Length: 2"),
    request(b"GET /2 HTTP/1.1", b"Host: x", body=b""),
    request(b"GET / HTTP/1.1", b"Host: x", body=b""),
]
WRONG = [
    variant(4, b"Host: z"),
    variant(1, None).replace(b"HTTP/1.1", b"HTTP/9.9"),
    variant(4, b"no field"),
    variant(4, b"Content-Type: text/plain"),
]


def read(conn, content):
    """What the parser makes of it: (the environment that is of the request, its body, whether the connection is kept)."""
    conn.next()
    conn.gathered.feed(content)
    assert conn.gathered.whole
    assert not conn.gathered.fault
    try:
        environ, keep = read_request(CFG, conn)
    except Malformed as error:
        return error.status
    assert environ["gunicorn.socket"] is conn.sock
    body = environ["wsgi.input"].read()
    kept = {name: value for name, value in environ.items() if name not in OF_A_CONNECTION}
    environ["of.the.application"] = content  # which may do so
    return kept, body, keep


def connection(sock):
    return Connection(sock, ("127.0.0.1", 1), ("127.0.0.1", 2), 10.0)


@pytest.mark.parametrize("second", REQUESTS + WRONG)
def test_a_request_means_the_same_whichever_came_before_it(pair, second):
    wanted = read(connection(pair[0]), second)
    for first in REQUESTS:
        conn = connection(pair[0])
        read(conn, first)
        assert read(conn, second) == wanted


@pytest.fixture
def parsed(monkeypatch):
    """The requests that the parser was given."""
    given, real = [], parsing.RequestParser

    def parser(cfg, source, client):
        (content,) = source
        given.append(content)
        return real(cfg, iter((content,)), client)

    monkeypatch.setattr(parsing, "RequestParser", parser)
    return given


def test_a_client_that_sends_one_event_after_the_other_has_its_head_parsed_once(pair, parsed):
    conn = connection(pair[0])
    for length in (2, 3, 4000):
        read(conn, request(*LINES[:3], b"Content-Length: %d" % length, LINES[4], body=bytes(length)))
    assert len(parsed) == 1
    read(conn, REQUESTS[7])
    assert len(parsed) == 2


def test_no_body_is_remembered_with_its_head(pair):
    conn = connection(pair[0])
    read(conn, REQUESTS[0])
    held = [
        each for name, each in conn.known.request.environ.items() if not name.startswith(("gunicorn.", "wsgi.file_wrapper", "wsgi.errors"))
    ]
    assert {type(each) for each in held} == {str, bool, tuple}


def test_a_long_head_is_not_remembered(pair, parsed):
    conn = connection(pair[0])
    for _ in range(2):
        read(conn, variant(4, b"X-Two: " + b"2" * parsing._KNOWN))
    assert len(parsed) == 2
    assert conn.known is None
