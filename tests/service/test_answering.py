"""Answers of the application, whole."""

import os

import pytest

if os.name == "nt":
    pytest.skip("gunicorn", allow_module_level=True)

from symbolicator.service.answering import answer_of


def answer(application, keep=True):
    return answer_of(application, {}, "us", keep)


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
