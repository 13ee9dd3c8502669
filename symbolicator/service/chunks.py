"""Chunked bodies, as strictly as in RFC 9112 §7.1: where one ends, and what is wrong with it."""

from __future__ import annotations

from symbolicator.patterns import regex

MAX_LINE = 8 << 10
"""The limit for a line with a chunk's size and extensions, and for all trailers, in bytes."""
_TOKEN = rb"[A-Za-z0-9!#$%&'*+.^_`|~-]++"
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+"'
_EXTENSION = rb"[ \t]*+;[ \t]*+" + _TOKEN + rb"(?:[ \t]*+=[ \t]*+(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"
# Ten digits are a tebibyte: more than any limit here.
_SIZE = regex(rb"(?:0*+([1-9A-Fa-f][0-9A-Fa-f]{0,9})|0++)(?:" + _EXTENSION + rb")*+")
_FIELD = regex(_TOKEN + rb":[\t\x20-\x7e\x80-\xff]*+")


class Chunks:
    """Follows a chunked body as its bytes arrive, without keeping them.

    `ended` is set at its last byte; `fault` says what is wrong with it. `size` is how many of the given bytes belong to the body.
    """

    __slots__ = ("_left", "_line", "_trailer", "ended", "fault", "size")

    def __init__(self) -> None:
        self.ended = False
        self.fault = ""
        self.size = 0
        self._left = 0  # bytes until the next line, including the line end after the data
        self._line = bytearray()
        self._trailer: int | None = None  # its bytes so far, once the last chunk was read

    def feed(self, piece: bytes) -> None:
        """Read more bytes, perhaps also those after the body."""
        at = 0
        while at < len(piece) and not self.ended and not self.fault:
            if self._left > 2:
                step = min(self._left - 2, len(piece) - at)
                self._left -= step
                at += step
            elif self._left:
                if piece[at] != b"\r\n"[2 - self._left]:
                    self.fault = "a chunk is longer than its declared size"
                self._left -= 1
                at += 1
            else:
                end = piece.find(b"\n", at) + 1 or len(piece)
                self._line += piece[at:end]
                at = end
                self._take_line()
        self.size += at

    def _take_line(self) -> None:
        line = bytes(self._line)
        if len(line) + (self._trailer or 0) > MAX_LINE:
            self.fault = f"a chunk's line or the trailer has more than {MAX_LINE} bytes"
        elif not line.endswith(b"\n"):
            return
        elif not line.endswith(b"\r\n"):
            self.fault = "a line ends without a carriage return"
        else:
            self._line.clear()
            (self._chunk if self._trailer is None else self._field)(line[:-2])

    def _chunk(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if found is None:
            self.fault = f"{line[:40].decode('latin-1')!r} is not a chunk size"
        elif found[1]:
            self._left = int(found[1], 16) + 2
        else:
            self._trailer = 0

    def _field(self, line: bytes) -> None:
        self._trailer = (self._trailer or 0) + len(line) + 2
        if not line:
            self.ended = True
        elif not _FIELD.fullmatch(line):
            self.fault = "the trailer has a line that is not a field"
