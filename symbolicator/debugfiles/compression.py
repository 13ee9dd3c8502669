"""Compressed sections (gABI `SHF_COMPRESSED`: zlib, zstd; GNU's older `.zdebug_*`), inflated with bounds.

What comes out goes straight into a buffer of the size that the header says, so a section that holds more than it says costs nothing,
and memory in all is bounded by a budget for each file.
"""

from __future__ import annotations

import importlib
import zlib
from functools import cache
from struct import Struct
from typing import Any, Final

from symbolicator import bounds
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.zstandard import zstandard

ZLIB: Final = 1
ZSTD: Final = 2
_GNU: Final = Struct(">4sQ")
_PIECE: Final = 1 << 18
_XZ_MEMORY: Final = 128 << 20
_FREE: Final = 64 << 20
_RATIO: Final = 64


class Budget:
    """Bytes that the sections of one file may inflate to together: 64 MiB, and 64 times the file.

    Debug information shrinks to a third or a tenth; what shrinks to a thousandth is a bomb.
    """

    def __init__(self, file_size: int) -> None:
        self._left = _FREE + _RATIO * file_size
        self.taken = 0
        """Bytes so far."""

    def take(self, size: int) -> None:
        """Raises `LimitExceeded` where `size` more is too much."""
        if size > self._left:
            raise LimitExceeded(f"decompresses to {size} bytes; the limit for this file allows {self._left} more")
        bounds.inflate(size)
        self._left -= size
        self.taken += size


def inflate(content: memoryview, method: int, size: int, budget: Budget) -> memoryview:
    """`content` inflated to `size` bytes. Raises `MalformedArtifact` where it gives fewer, `LimitExceeded` for a bomb."""
    if method not in (ZLIB, ZSTD):
        raise MalformedArtifact(f"is compressed by method {method}; supported are 1 (zlib) and 2 (zstd)")
    budget.take(size)
    whole = _at_once(content, size) if method == ZLIB else None
    if whole is not None:
        return memoryview(whole).toreadonly()
    inflater: Any
    inflater, errors = (zlib.decompressobj(), zlib.error) if method == ZLIB else _zstd()
    out = bytearray(size)
    done = at = 0
    rest = b""
    try:
        while done < size and not inflater.eof:
            piece: Any = rest
            if not rest and (method == ZLIB or inflater.needs_input):
                piece = content[at : at + _PIECE]
                at += len(piece)
                if not len(piece):
                    break
            got = inflater.decompress(piece, min(_PIECE * 4, size - done))
            rest = inflater.unconsumed_tail if method == ZLIB else b""
            out[done : done + len(got)] = got
            done += len(got)
    except errors as error:
        raise MalformedArtifact(f"cannot be decompressed: {error}") from error
    if done < size:
        raise MalformedArtifact(f"decompresses to {done} of the {size} bytes that its header declares")
    return memoryview(out).toreadonly()


def _at_once(content: memoryview, size: int) -> bytearray | None:
    """`content` inflated to `size` bytes by libdeflate, in half of zlib's time; None where it is not installed or the stream is not exactly
    that. zlib then has the word on what is wrong, or on what can be used of it.
    """
    deflate = _libdeflate()
    if deflate is None:
        return None
    try:
        out: bytearray = deflate.zlib_decompress(content, size)
    except deflate.DeflateError:
        return None
    return out if len(out) == size else None


@cache
def _libdeflate() -> Any:
    try:
        return importlib.import_module("deflate")
    except ImportError:
        return None


def inflate_gnu(content: memoryview, budget: Budget) -> memoryview:
    """The content of a `.zdebug_*` section: `ZLIB`, the size as 8 bytes big-endian, a zlib stream."""
    if len(content) < _GNU.size or bytes(content[:4]) != b"ZLIB":
        raise MalformedArtifact("does not start with ZLIB and a size")
    return inflate(content[_GNU.size :], ZLIB, _GNU.unpack_from(content)[1], budget)


def _zstd() -> tuple[Any, Any]:
    library = zstandard()
    if library is None:
        raise MalformedArtifact("is compressed with Zstandard, and this Python was built without it; use another build of Python")
    return library.ZstdDecompressor(), (library.ZstdError, ValueError)


def inflate_xz(content: memoryview, budget: Budget) -> memoryview:
    """An xz stream, which says nothing of its size beforehand, inflated as far as the budget goes."""
    import lzma  # few files have such a stream

    inflater = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    pieces: list[bytes] = []
    piece: memoryview | bytes = content
    try:
        while not inflater.eof:
            pieces.append(inflater.decompress(piece, _PIECE * 4))
            piece = b""
            budget.take(len(pieces[-1]))
            if not pieces[-1] and inflater.needs_input:
                raise MalformedArtifact(f"its xz stream ends early, after {sum(map(len, pieces))} bytes")
    except lzma.LZMAError as error:
        raise MalformedArtifact(f"cannot be decompressed: {error}") from error
    return memoryview(b"".join(pieces))
