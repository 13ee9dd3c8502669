"""The body of a request: read within bounds, decompressed within bounds."""

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
"""Bytes of a body that is read at once wherever it is; a larger one holds a thread while it arrives."""


class _Inflater:
    """Decompresses parts that follow each other: gzip's members, Zstandard's frames."""

    def __init__(self, make: Callable[[], Any], error: type[Exception]) -> None:
        self._make = make
        self._part = make()
        self.error = error

    @property
    def ended(self) -> bool:
        """Whether a part ended where the bytes given so far do."""
        return bool(self._part.eof) and not self._part.unused_data

    @property
    def between_parts(self) -> bool:
        """Whether a part ended and bytes of the next are at hand."""
        return bool(self._part.eof and self._part.unused_data)

    def feed(self, piece: bytes, limit: int) -> bytes:
        """At most `limit` bytes of what `piece` holds, and of what was left of those before it."""
        if self._part.eof:
            piece = self._part.unused_data + piece
            self._part = self._make()
        # zlib hands back what it did not use for want of room, Zstandard keeps it.
        out: bytes = self._part.decompress(getattr(self._part, "unconsumed_tail", b"") + piece, limit)
        return out


def read_body(request: Request, limits: Limits) -> bytes:
    """The whole body as its sender had it. Raises `Refusal`: 408, 411, 413, 415, and 400 where it cannot be decompressed."""
    size = length(request, limits.max_body)
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    inflater = _inflater(coding)
    if inflater is None and size is not None and size <= _STEP:
        whole: bytes = request.stream.read(size)
        if len(whole) == size:
            return whole
        return whole + request.stream.read()  # it comes in pieces
    packed, out = 0, bytearray()
    step = min(_STEP, size or _STEP)  # room that is asked for is made, and most bodies are small
    while piece := request.stream.read(step):
        packed += len(piece)
        if packed > limits.max_body:
            raise too_large(packed, limits.max_body)
        if inflater is None:
            out += piece
        else:
            _inflate(inflater, piece, packed, out, limits.max_inflated, coding)
    if inflater is not None and not inflater.ended:
        raise Refusal(400, f"the body's {coding} is cut off after {packed} bytes", "send the whole of it")
    return bytes(out)


def length(request: Request, limit: int) -> int | None:
    """What the request says of its body's length; None where it comes in chunks. Raises `Refusal` 411, 413."""
    size = request.content_length
    if size is None and not request.environ.get("wsgi.input_terminated"):
        raise Refusal(411, "the request does not say how long its body is")
    if size is not None and size > limit:
        raise too_large(size, limit)
    return size


def too_large(size: int, limit: int) -> Refusal:
    """413, with the numbers."""
    return Refusal(413, f"the body has {size} bytes or more, {limit} are the limit", "send less, or have the limit of the service raised")


def _inflater(coding: str) -> _Inflater | None:
    if coding in {"gzip", "x-gzip"}:
        return _Inflater(partial(zlib.decompressobj, 31), zlib.error)
    if coding == "zstd":
        library = zstandard()
        if library is None:
            raise Refusal(415, "this Python was built without Zstandard", "send gzip", {"Accept-Encoding": "gzip"})
        # 8 MiB of window: what RFC 9659 allows of the content coding, so that a small body cannot ask for a large one.
        options = {library.DecompressionParameter.window_log_max: 23}
        return _Inflater(partial(library.ZstdDecompressor, options=options), library.ZstdError)
    if coding not in {"", "identity"}:
        known = {"Accept-Encoding": "gzip, zstd"}
        raise Refusal(415, f"the content coding {coding[:40]!r} is not known", "send gzip or zstd, or neither", known)
    return None


def _inflate(inflater: _Inflater, piece: bytes, packed: int, out: bytearray, limit: int, coding: str) -> None:
    """Decompress one piece into `out`."""
    while piece or not inflater.ended:
        try:
            more = inflater.feed(piece, _STEP)
        except (inflater.error, EOFError) as error:
            raise Refusal(400, f"the body is not {coding}: {error}", "Content-Encoding has to say what the body is") from error
        piece = b""
        out += more
        if len(out) > limit:
            raise Refusal(413, f"the body decompresses to more than {limit} bytes, which is the limit", "send less in one request")
        try:
            check_ratio(packed, len(out))
        except LimitExceeded as error:
            raise Refusal(413, f"the body decompresses too far: {error}", "send what it holds as it is") from error
        if not more and not inflater.between_parts:
            return  # it wants the next piece
