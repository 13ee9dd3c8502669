"""A client's connection: what has arrived of its request, and what of the answer is still unsent."""

from __future__ import annotations

import enum
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from symbolicator.service.allowance import Allowance
from symbolicator.service.file_bodies import Whole
from symbolicator.service.request_heads import Gathering

STEP = 64 << 10
"""Bytes read at a time."""
_NOTHING = memoryview(b"")
_ABORT = struct.pack("ii", 1, 0)


class State(enum.Enum):
    """What a connection waits for."""

    BUSY = "busy"
    """For our answer."""
    GATHERING = "gathering"
    """For more of a request."""
    KEPT = "kept"
    """For the next request to begin."""
    SENDING = "sending"
    """For the client to read an answer."""
    LEAVING = "leaving"
    """For a client that may still be sending, so that it can read our last answer."""


class Connection:
    """One connection. Its socket is non-blocking, except in a thread that reads the rest of a large request."""

    def __init__(self, sock: socket.socket, client: Any, server: Any, seconds: float) -> None:
        self.sock, self.client, self.server = sock, client, server
        self.sock.setblocking(False)
        self.gathered = Gathering()
        self.state = State.BUSY
        self.allowance = Allowance(seconds)
        """For the request to arrive, then for its answer to be read."""
        self.timeout: float | None = None
        """Until when it is kept without a request."""
        self.watched = 0
        """The events that the poller waits for."""
        self.known: Any = None
        """What the parser made of the last head (`parsing.Known`)."""
        self.unread = False
        """Whether a thread must read the rest of the request."""
        self.rest = self._after = _NOTHING
        """The unsent part of an answer: of its head first, then of its body if that is a file."""
        self.held = 0
        """Bytes in memory for it."""
        self.keep = False
        """Whether the connection stays open after the answer."""
        self.linger = False
        """Whether the client may still be sending what nobody reads."""
        self.gone = False
        """Whether the client is gone."""

    def send(self, answer: bytes | Whole, keep: bool) -> None:
        """Send as much as the client can take; `rest` is what is left."""
        whole = answer if isinstance(answer, Whole) else Whole(answer, _NOTHING)
        self.rest, self._after, self.keep = memoryview(whole.head), whole.body, keep
        self.held = whole.held
        self.push()

    def push(self) -> int:
        """As `send`, for what is left; returns how many bytes were sent."""
        try:
            sent = self.sock.send(self.rest)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.gone = True
            return 0
        self.rest = self.rest[sent:]
        if not self.rest and self._after:
            self.rest, self._after = self._after, _NOTHING
            sent += self.push()
        return sent

    def next(self) -> None:
        """The answer is sent: `gathered` is what has arrived of the next request."""
        self.gathered, self.unread, self.rest = self.gathered.next(), False, _NOTHING

    def keep_for(self, seconds: float) -> None:
        """Wait this long for the next request."""
        self.timeout = time.monotonic() + seconds

    def drain(self) -> bool:
        """Read and discard what the client sends; returns whether there may be more."""
        try:
            return bool(self.sock.recv(STEP))
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False

    def abort(self) -> None:
        """Close at once; the kernel discards unsent data too."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.close()

    def close(self, graceful: bool = False) -> None:
        """Close at once. `graceful` shuts down sending first (gunicorn would also wait for the client)."""
        with suppress(OSError):
            if graceful:
                self.sock.shutdown(socket.SHUT_WR)
                for _ in range(16):  # unread data would make the kernel reset the connection and lose the answer
                    if not self.sock.recv(STEP):
                        break
        with suppress(OSError):
            self.sock.close()
