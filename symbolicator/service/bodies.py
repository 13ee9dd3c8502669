"""The body of a request: read and decompressed within limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable
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
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    inflater = _inflater(coding)
    if inflater is None and size is not None and size <= _STEP:
        whole: bytes = request.stream.read(size)
        if len(whole) == size:
            return whole
        return whole + request.stream.read()  # it arrives in pieces
    packed, out = 0, bytearray()
    step = min(_STEP, size or _STEP)  # the buffer is allocated at once, and most bodies are small
    while piece := request.stream.read(step):
        packed += len(piece)
        if packed > limits.max_body:
            raise too_large(packed, limits.max_body)
        if inflater is None:
            out += piece
        else:
            _inflate(inflater, piece, packed, out, limits.max_inflated, coding)
    if inflater is not None and not inflater.ended:
        raise Refusal(400, f"the body's {coding} is cut off after {packed} bytes", "send it completely")
    return bytes(out)


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


def _inflate(inflater: _Inflater, piece: bytes, packed: int, out: bytearray, limit: int, coding: str) -> None:
    """Decompress one piece into `out`."""
    while piece or not inflater.ended:
        try:
            more = inflater.feed(piece, _STEP)
        except (inflater.error, EOFError) as error:
            raise Refusal(400, f"the body is not {coding}: {error}", "Content-Encoding must match the body") from error
        piece = b""
        out += more
        if len(out) > limit:
            raise Refusal(413, f"the body decompresses to more than the limit of {limit} bytes", "send less in one request")
        try:
            check_ratio(packed, len(out))
        except LimitExceeded as error:
            raise Refusal(413, f"the body decompresses too far: {error}", "send its content uncompressed") from error
        if not more and not inflater.between_parts:
            return  # it needs the next piece
