"""As much of an HTTP/1.1 request as tells whether all of it is there (RFC 9112 §2, §6, §7.1). What it means is the server's parser's."""

from __future__ import annotations

MAX_HEAD = 64 << 10
"""Bytes of a head, or of a chunk's line, that are waited for. The parser refuses a longer one, and is given it."""


class Gathering:
    """A request as its bytes come. `whole` where all of it is there, and where waiting for more is not for us but for the parser.

    `method` is empty until the head is there; `size` is the bytes of the request once known; `request_id` what the client calls it.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False
        self.method = b""
        self.size: int | None = None
        self.request_id: str | None = None
        self.head_end = 0
        """Where the empty line after the head begins, once the head is there."""
        self.ours = True
        """False where the end is not for us to find: `Expect`, a length that is none, a chunk that is none."""
        self._chunk: int | None = None  # where the next chunk's line begins

    def feed(self, piece: bytes) -> None:
        """More of it."""
        self.data += piece
        if not self.method:
            self._read_head()
        if self.method and self._chunk is not None:
            self._walk_chunks()
        self.whole = not self.ours or (self.size is not None and len(self.data) >= self.size)

    def _read_head(self) -> None:
        end = self.data.find(b"\r\n\r\n", 0, MAX_HEAD)
        if end < 0:
            self.ours = len(self.data) < MAX_HEAD
            return
        first, *lines = bytes(self.data[:end]).split(b"\r\n")
        self.method = first.partition(b" ")[0] or b"?"
        self.head_end, self.size = end, end + 4
        for line in lines:
            name, _, value = line.partition(b":")
            match name.lower():
                case b"content-length":
                    length = value.strip()
                    self.ours = self.ours and length.isdigit() and len(length) < 19
                    self.size = end + 4 + int(length) if self.ours else None
                case b"transfer-encoding":
                    self._chunk = end + 4
                case b"expect" | b"upgrade":
                    self.ours = False
                case b"x-request-id":
                    self.request_id = value.strip().decode("latin-1")
        if self._chunk is not None:
            self.size = None

    def _walk_chunks(self) -> None:
        """On over the chunks that are here; the last one ends the request with its trailer."""
        while self._chunk is not None and self._chunk < len(self.data):
            end = self.data.find(b"\r\n", self._chunk, self._chunk + MAX_HEAD)
            if end < 0:
                self.ours = len(self.data) < self._chunk + MAX_HEAD
                return
            digits = bytes(self.data[self._chunk : end]).partition(b";")[0].strip()
            try:
                size = int(digits, 16) if 0 < len(digits) < 16 else -1
            except ValueError:
                size = -1
            if size < 0:
                self.ours = False
                return
            if size:
                self._chunk = end + 2 + size + 2
                continue
            trailer = self.data.find(b"\r\n\r\n", end)  # without a trailer, the line's own end and the empty line
            if trailer >= 0:
                self.size, self._chunk = trailer + 4, None
            return
