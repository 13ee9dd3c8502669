"""The body of a request: read and decompressed within limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from symbolicator.artifacts.zips import check_ratio
from symbolicator.errors import LimitExceeded
from symbolicator.service.refusals import Refusal
from symbolicator.zstandard import zstandard

if TYPE_CHECKING:
    from flask import Request

    from symbolicator.service.limits import Limits

_STEP = 64 << 10
SMALL = 1 << 20
"""Bodies up to this many bytes are read at once; a larger one occupies a thread while it arrives."""


class _Inflater:
    """Decompresses concatenated parts: gzip's members, Zstandard's frames."""

    def __init__(self, make: Callable[[], Any], error: type[Exception]) -> None:
        self._make = make
        self._part = make()
        self.error = error

    @property
    def ended(self) -> bool:
        """Whether a part ended with the last byte given."""
        return bool(self._part.eof) and not self._part.unused_data

    @property
    def between_parts(self) -> bool:
        """Whether a part ended and bytes of the next are available."""
        return bool(self._part.eof and self._part.unused_data)

    def feed(self, piece: bytes, limit: int) -> bytes:
        """At most `limit` bytes from `piece` and from what was left of earlier pieces."""
        if self._part.eof:
            piece = self._part.unused_data + piece
            self._part = self._make()
        # zlib returns the input it had no room for, Zstandard keeps it.
        out: bytes = self._part.decompress(getattr(self._part, "unconsumed_tail", b"") + piece, limit)
        return out


def read_body(request: Request, limits: Limits) -> bytes:
    """The whole body, decompressed. Raises `Refusal`: 408, 411, 413, 415, and 400 if it cannot be decompressed."""
    size = length(request, limits.max_body)
    inflater = _inflater(_coding(request))
    if inflater is None and size is not None and size <= _STEP:
        whole: bytes = request.stream.read(size)
        if len(whole) == size:
            return whole
        return whole + request.stream.read()  # it arrives in pieces
    out = bytearray()
    for piece in _pieces(request, size, inflater, limits.max_body, limits.max_inflated):
        out += piece
    return bytes(out)


def body_pieces(request: Request, most: int, most_inflated: int) -> Iterator[bytes]:
    """The body, decompressed, in pieces: it may be larger than memory. Raises `Refusal` as `read_body` does."""
    size = length(request, most)
    return _pieces(request, size, _inflater(_coding(request)), most, most_inflated)


def _coding(request: Request) -> str:
    coding: str = request.environ.get("HTTP_CONTENT_ENCODING", "identity")
    return coding.strip().lower()


def _pieces(request: Request, size: int | None, inflater: _Inflater | None, most: int, most_inflated: int) -> Iterator[bytes]:
    packed = count = 0
    step = min(_STEP, size or _STEP)  # the buffer is allocated at once, and most bodies are small
    while piece := request.stream.read(step):
        packed += len(piece)
        if packed > most:
            raise too_large(packed, most)
        if inflater is None:
            yield piece
            continue
        for more in _inflated(inflater, piece, _coding(request)):
            count += len(more)
            if count > most_inflated:
                raise Refusal(413, f"the body decompresses to more than the limit of {most_inflated} bytes", "send less in one request")
            try:
                check_ratio(packed, count)
            except LimitExceeded as error:
                raise Refusal(413, f"the body decompresses too far: {error}", "send its content uncompressed") from error
            yield more
    if inflater is not None and not inflater.ended:
        raise Refusal(400, f"the body's {_coding(request)} is cut off after {packed} bytes", "send it completely")


def length(request: Request, limit: int) -> int | None:
    """The length of the body as the request states it; None if it arrives in chunks. Raises `Refusal` 411, 413."""
    size = request.content_length
    if size is None and not request.environ.get("wsgi.input_terminated"):
        raise Refusal(411, "the request does not state the length of its body")
    if size is not None and size > limit:
        raise too_large(size, limit)
    return size


def too_large(size: int, limit: int) -> Refusal:
    """A 413 with the numbers."""
    return Refusal(413, f"the body has {size} bytes or more; the limit is {limit}", "send less, or raise the limit of the service")


def _inflater(coding: str) -> _Inflater | None:
    if coding in {"gzip", "x-gzip"}:
        return _Inflater(partial(zlib.decompressobj, 31), zlib.error)
    if coding == "zstd":
        library = zstandard()
        if library is None:
            raise Refusal(415, "this Python was built without Zstandard", "send gzip", {"Accept-Encoding": "gzip"})
        # A window of 8 MiB: RFC 9659's limit for the content coding, so that a small body cannot require a large one.
        options = {library.DecompressionParameter.window_log_max: 23}
        return _Inflater(partial(library.ZstdDecompressor, options=options), library.ZstdError)
    if coding not in {"", "identity"}:
        known = {"Accept-Encoding": "gzip, zstd"}
        raise Refusal(415, f"the content coding {coding[:40]!r} is not supported", "send gzip, zstd or no content coding", known)
    return None


def _inflated(inflater: _Inflater, piece: bytes, coding: str) -> Iterator[bytes]:
    """What one piece decompresses to, in steps."""
    while piece or not inflater.ended:
        try:
            more = inflater.feed(piece, _STEP)
        except (inflater.error, EOFError) as error:
            raise Refusal(400, f"the body is not {coding}: {error}", "Content-Encoding must match the body") from error
        piece = b""
        yield more
        if not more and not inflater.between_parts:
            return  # it needs the next piece
