"""When all of a request is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.service.chunks import MAX_LINE
from symbolicator.service.request_heads import MAX_HEAD, Gathering

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
        # asked whether to send, another protocol, a head that is too long
        HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        HEAD + b"Upgrade: h2c\r\n\r\n",
        b"x" * MAX_HEAD,
    ],
)
def test_what_is_not_for_us_to_tell_is_given_to_the_parser(content):
    request = gathered(content)
    assert request.whole
    assert not request.ours
    assert not request.fault


@pytest.mark.parametrize(
    "content",
    [
        # lengths that are none, or more than one
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: +1\r\n\r\n",
        HEAD + b"Content-Length: 1_0\r\n\r\n",
        HEAD + b"Content-Length: \xb2\r\n\r\n",
        HEAD + b"Content-Length: 1, 1\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        # codings that say nothing of the end
        HEAD + b"Transfer-Encoding: identity\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity, chunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding:\r\n\r\n",
        # lines that end as they should not
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\n",
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_head_that_leaves_the_end_open_is_at_fault(content, step):
    request = gathered(*(content[at : at + step] for at in range(0, len(content), step)))
    assert request.whole
    assert request.fault


@pytest.mark.parametrize(
    "size", [b"5 ", b" 5", b"-5", b"+5", b"0x5", b"5_0", b"", b"g", b"\xb2", b"F" * 17, b"5;", b"5;=a", b'5;a="', b"5;a b", b"5;a\x00"]
)
def test_a_chunk_whose_size_is_none_is_at_fault(size):
    assert gathered(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nhello\r\n0\r\n\r\n").fault


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello, all\r\n0\r\n\r\n",
        b"0\n\n",
        b"0\r\n\n",
        b"0\r\na: b\n\r\n",
        b"0\r\nno field\r\n\r\n",
        b"0" * (MAX_LINE + 1),
        b"0\r\n" + b"a: b\r\n" * MAX_LINE,
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_chunked_body_that_is_written_otherwise_is_at_fault(body, step):
    request = gathered(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *(body[at : at + step] for at in range(0, len(body), step)))
    assert request.fault


@given(st.lists(st.sampled_from([b"", b"abc", b"x" * 300]), min_size=1, max_size=5), st.booleans())
def test_what_follows_a_request_is_the_next_one(bodies, chunked):
    def request(body):
        if chunked:
            return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body

    one = gathered(b"".join(request(body) for body in bodies))
    for body in bodies:
        assert one.whole
        assert bytes(one.data[: one.size]) == request(body)
        one = one.next()
    assert not one.data


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_can_be_fed(pieces):
    gathered(*pieces)
