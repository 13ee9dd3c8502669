"""Requests that are read without the server's parser mean what they mean to it."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symbolicator.service.fast_path import Answer, environ_of, read_plain
from symbolicator.service.request_heads import Gathering

if os.name == "nt":
    pytest.skip("gunicorn", allow_module_level=True)

from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import base_environ, create

CLIENT, SERVER = ("127.0.0.1", 5000), ("127.0.0.1", 8642)
CONFIG = Config()
HEAD = b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
NAMES = ["Host", "Accept", "Content-Type", "Content-Length", "content-encoding", "X-Request-Id", "X_Odd", "Connection", "Expect", "Upgrade"]
NAMES += ["Transfer-Encoding", "X-Forwarded-Proto", "Script-Name", "Script_Name", "b a d", "", "Cookie"]
VALUES = ["", "x", "2", "0", "close", "Keep-Alive", "chunked", "https", "a\tb ", "é", "a\x00b", "text/plain; charset=utf-8", "a\nb"]


def plain(content):
    request = Gathering()
    request.feed(content)
    return read_plain(request)


def by_the_server(content):
    request = next(RequestParser(CONFIG, iter([content]), CLIENT))
    return request, create(request, None, CLIENT, SERVER, CONFIG)[1]


@example("GET", "/", "HTTP/1.1", [("Content-Length", "")], b"")
@given(
    st.sampled_from(["GET", "POST", "HEAD", "get", "P OST"]),
    st.sampled_from(
        ["/", "/symbolicate", "/symbolicate?release=1%2F2&dist=", "//x/y", "/a%20b%C3%A9", "*", "http://x/y", "/a#b", "/ü", "/a b"]
    ),
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 "]),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=5),
    st.sampled_from([b"", b"{}", b"{}GET / HTTP/1.1\r\n\r\n"]),
)
def test_a_plain_request_is_what_the_server_reads_in_it(method, target, version, fields, body):
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in fields)]
    content = "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body
    found = plain(content)
    if found is None:
        return
    request, expected = by_the_server(content)  # which does not refuse it
    ours = {**environ_of(base_environ(CONFIG), CLIENT, SERVER), **found.environ}
    assert ours.pop("wsgi.input").read() == expected.pop("wsgi.input").read()
    for name in ("wsgi.errors", "wsgi.early_hints", "gunicorn.socket", "wsgi.multithread"):
        ours.pop(name, None)
        expected.pop(name, None)
    assert ours == expected
    assert found.keep is not request.should_close()


def test_what_clients_send_is_plain():
    found = plain(HEAD + b"User-Agent: curl/8.0\r\nAccept: */*\r\nX-Request-ID: 7\r\n\r\n{}")
    assert found.keep
    assert found.environ["wsgi.input"].read() == b"{}"
    assert not plain(HEAD + b"Connection: close\r\n\r\n{}").keep


@pytest.mark.parametrize(
    "content",
    [
        # said twice
        HEAD + b"Host: y\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\n\r\n{}",
        # what the server acts upon
        HEAD + b"Expect: 100-continue\r\n\r\n{}",
        HEAD + b"X-Forwarded-Proto: https\r\n\r\n{}",
        # folded, or no field
        HEAD + b"A: b\r\n c\r\n\r\n{}",
        HEAD + b"A : b\r\n\r\n{}",
        # too much of it
        HEAD + b"A: " + b"b" * 5000 + b"\r\n\r\n{}",
        HEAD + b"".join(b"A%d: b\r\n" % n for n in range(100)) + b"\r\n{}",
    ],
)
def test_the_rest_is_left_to_the_server(content):
    assert plain(content) is None


def answer(application, keep=True):
    return Answer().bytes_of(application, {}, "us", keep)


def test_an_answer_is_one_piece():
    def application(_, start):
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"a", b"b"]

    head, _, body = answer(application).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: us\r\nDate: ")
    assert head.endswith(b"\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 2")
    assert body == b"ab"
    assert b"Connection: close" in answer(application, keep=False)


def test_an_answer_without_a_body_says_no_length():
    def application(_, start):
        start("304 NOT MODIFIED", [("ETag", '"a"')])
        return []

    assert b"content-length" not in answer(application).lower()


def test_no_header_ends_the_line():
    def application(_, start):
        start("200 OK", [("X", "a\r\nSet-Cookie: b")])
        return []

    with pytest.raises(ValueError, match="end of a line"):
        answer(application)
