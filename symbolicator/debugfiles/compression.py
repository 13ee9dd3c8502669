"""Compressed sections (gABI `SHF_COMPRESSED`: zlib, zstd; GNU's older `.zdebug_*`), decompressed within limits.

The output is written to a buffer of the size in the header, so a section that contains more than declared costs nothing,
and the total is limited by a budget for each file.
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
    """Limit for the decompressed sections of one file together: 64 MiB plus 64 times the file.

    Debug information compresses to a third or a tenth; what compresses to a thousandth is a bomb.
    """

    def __init__(self, file_size: int) -> None:
        self._left = _FREE + _RATIO * file_size
        self.taken = 0
        """Decompressed bytes so far."""

    def take(self, size: int) -> None:
        """Raises `LimitExceeded` if `size` more is too much."""
        if size > self._left:
            raise LimitExceeded(f"decompresses to {size} bytes; the limit for this file allows {self._left} more")
        bounds.inflate(size)
        self._left -= size
        self.taken += size


def inflate(content: memoryview, method: int, size: int, budget: Budget) -> memoryview:
    """`content` decompressed to `size` bytes. Raises `MalformedArtifact` if there are fewer, `LimitExceeded` for a bomb."""
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
    """`content` decompressed to `size` bytes by libdeflate, in half of zlib's time; None if it is not installed or the result does not have
    exactly this size. Then zlib reports the error, or returns the usable part.
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
        raise MalformedArtifact("is compressed with Zstandard, and this Python was built without it; use one that has it")
    return library.ZstdDecompressor(), (library.ZstdError, ValueError)


def inflate_xz(content: memoryview, budget: Budget) -> memoryview:
    """An xz stream, which does not declare its size, decompressed as far as the budget allows."""
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
