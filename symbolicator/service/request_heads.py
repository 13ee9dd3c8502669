"""Reads as much of an HTTP/1.1 request as is needed to know whether it is complete (RFC 9112 §2, §6). The server's parser does the rest."""

from __future__ import annotations

from symbolicator.service.chunks import Chunks

MAX_HEAD = 64 << 10
"""Bytes of a head that are waited for. A longer one is given to the parser, which rejects it."""


class Gathering:
    """A request as its bytes arrive. `whole` is set when it is complete, or when the parser has to take over.

    `method` is empty until the head is complete; `size` is the bytes of the request once known (there may be more: of the next one);
    `request_id` is the client's name for it; `fault` says why its end is unknowable: then the connection cannot be used further.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False
        self.method = b""
        self.size: int | None = None
        self.request_id: str | None = None
        self.head_end = 0
        """The position of the empty line after the head, once the head is complete."""
        self.ours = True
        """False if the parser has to take over: `Expect`, `Upgrade`, a head that is too long."""
        self.form = False
        """Whether the body is a form, which may hold files."""
        self.chunks: Chunks | None = None
        """For a chunked body."""
        self.fault = ""
        self.head: list[bytes] = []
        """The lines of the head, once it is complete, without the digits of the body's length: in these, two heads may be the same."""
        self.length = b""
        """Those digits."""
        self._searched = 0

    def feed(self, piece: bytes) -> None:
        """Read more bytes."""
        self.data += piece
        if self.method:
            self._walk(piece)
        else:
            self._read_head()
        self.whole = bool(self.fault) or not self.ours or (self.size is not None and len(self.data) >= self.size)

    def next(self) -> Gathering:
        """What has arrived of the next request."""
        after = Gathering()
        if self.size is not None and len(self.data) > self.size:
            after.feed(bytes(self.data[self.size :]))
        return after

    def _read_head(self) -> None:
        end = self.data.find(b"\r\n\r\n", max(0, self._searched - 3), MAX_HEAD)
        if end < 0:
            if self.data.count(b"\n", self._searched) != self.data.count(b"\r\n", max(0, self._searched - 1)):
                self.fault = "a line of the head ends without a carriage return"
            self._searched = len(self.data)
            self.ours = len(self.data) < MAX_HEAD
            return
        self.head = bytes(self.data[:end]).split(b"\r\n")
        self.method = self.head[0].partition(b" ")[0] or b"?"
        self.head_end, self.size = end, end + 4
        lengths, codings = [], []
        for at, line in enumerate(self.head[1:], 1):
            name, _, value = line.partition(b":")
            match name.lower():
                case b"content-length":
                    self.length = value.strip(b" \t")
                    lengths.append(self.length)
                    self.head[at] = line.replace(self.length, b"")
                case b"transfer-encoding":
                    codings.append(value.strip(b" \t").lower())
                case b"content-type":
                    self.form = value.strip(b" \t").lower().startswith(b"multipart/form-data")
                case b"expect" | b"upgrade":
                    self.ours = False
                case b"x-request-id":
                    self.request_id = value.strip().decode("latin-1")
        if len(lengths) + len(codings) > 1:
            self.fault = "the head states the length of the body more than once"
        elif codings:
            self._begin_chunks(codings[0])
        elif lengths:
            self._add_length(lengths[0])

    def _begin_chunks(self, coding: bytes) -> None:
        if coding != b"chunked":
            self.fault = "the transfer coding is not `chunked`, the only one supported"
            return
        self.size, self.chunks = None, Chunks()
        self._walk(bytes(self.data[self.head_end + 4 :]))

    def _add_length(self, length: bytes) -> None:
        if not length.isdigit() or len(length) > 20:
            self.fault = "Content-Length is not a number of bytes"
            return
        self.size = self.head_end + 4 + int(length)

    def _walk(self, piece: bytes) -> None:
        if self.chunks is None or self.size is not None:
            return
        self.chunks.feed(piece)
        self.fault = self.chunks.fault
        self.size = self.head_end + 4 + self.chunks.size if self.chunks.ended else None
