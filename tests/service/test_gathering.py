"""When all of a request is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.service.heads import MAX_HEAD, Gathering

HEAD = b"POST /symbolicate HTTP/1.1\r\nHost: x\r\n"


def gathered(*pieces):
    request = Gathering()
    for piece in pieces:
        request.feed(piece)
    return request


@given(st.binary(max_size=50), st.integers(1, 7))
def test_a_body_of_known_length_is_whole_with_its_last_byte(body, step):
    content = HEAD + b"X-Request-ID: mine\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    request = gathered(*(content[at : at + step] for at in range(0, len(content) - 1, step) if at + step < len(content)))
    assert not request.whole
    request.feed(content[len(request.data) :])
    assert request.whole
    assert request.ours
    assert (request.method, request.size, request.request_id) == (b"POST", len(content), "mine")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.integers(1, 9), st.sampled_from([b"", b"Trailer: x\r\n"]))
def test_chunks_are_whole_with_the_end_of_their_trailer(chunks, step, trailer):
    content = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    content += b"".join(b"%X;a=b\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer + b"\r\n"
    request = Gathering()
    for at in range(0, len(content), step):
        assert not request.whole
        request.feed(content[at : at + step])
    assert request.whole
    assert request.ours
    assert request.size == len(content)


def test_without_a_body_the_head_is_all():
    assert gathered(b"GET / HTTP/1.1\r\n\r\n").whole
    assert not gathered(b"GET / HTTP/1.1\r\n").whole


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * MAX_HEAD,
        b"x" * MAX_HEAD,
    ],
)
def test_what_is_not_for_us_to_tell_is_given_to_the_parser(content):
    request = gathered(content)
    assert request.whole
    assert not request.ours


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_can_be_fed(pieces):
    gathered(*pieces)
