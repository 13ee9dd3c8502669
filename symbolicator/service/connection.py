"""A client's connection: what is here of its request, and what of the answer it has not taken yet."""

from __future__ import annotations

import enum
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from symbolicator.service.allowance import Allowance
from symbolicator.service.request_heads import Gathering

STEP = 64 << 10
"""Bytes read at a time."""
_ABORT = struct.pack("ii", 1, 0)


class State(enum.Enum):
    """What a connection waits for."""

    BUSY = "busy"
    """For us to answer."""
    GATHERING = "gathering"
    """For more of a request."""
    KEPT = "kept"
    """For the next request to begin."""
    SENDING = "sending"
    """For the client to take an answer."""
    LEAVING = "leaving"
    """For the client, who may still send, to hear that we don't listen."""


class Connection:
    """One connection. Its socket never blocks, but for a thread that reads the rest of a large request."""

    def __init__(self, sock: socket.socket, client: Any, server: Any, seconds: float) -> None:
        self.sock, self.client, self.server = sock, client, server
        self.sock.setblocking(False)
        self.gathered = Gathering()
        self.state = State.BUSY
        self.allowance = Allowance(seconds)
        """For the request to arrive, then for its answer to be taken."""
        self.timeout: float | None = None
        """Until when it is kept without a request."""
        self.watched = 0
        """The events that the poller looks for."""
        self.unread = False
        """Whether some of the request was left to a thread to read."""
        self.rest = memoryview(b"")
        """Of an answer, what the client had no room for."""
        self.held = 0
        """Bytes that are in memory for that."""
        self.keep = False
        """Whether the connection goes on after the answer."""
        self.linger = False
        """Whether the client may still be sending what nobody reads."""
        self.gone = False
        """Whether nobody is there any more."""

    def send(self, answer: bytes, keep: bool) -> None:
        """Give the client what it has room for; `rest` is what is left."""
        self.rest, self.keep = memoryview(answer), keep
        self.held = len(answer)
        self.push()

    def push(self) -> int:
        """As `send`, of what is left; how many bytes it took."""
        try:
            sent = self.sock.send(self.rest)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.gone = True
            return 0
        self.rest = self.rest[sent:]
        return sent

    def next(self) -> None:
        """The answer is sent: what is here of the next request, if anything."""
        self.gathered, self.unread, self.rest = self.gathered.next(), False, memoryview(b"")

    def keep_for(self, seconds: float) -> None:
        """Wait so long for the next request."""
        self.timeout = time.monotonic() + seconds

    def drain(self) -> bool:
        """Forget what is sent to us; whether there may be more."""
        try:
            return bool(self.sock.recv(STEP))
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False

    def abort(self) -> None:
        """At once, and the kernel does not keep what is still to be sent either."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.close()

    def close(self, graceful: bool = False) -> None:
        """At once. `graceful` says so to the client first (gunicorn would wait for it to close as well)."""
        with suppress(OSError):
            if graceful:
                self.sock.shutdown(socket.SHUT_WR)
                for _ in range(16):  # what is not read makes the kernel reset the connection, and the answer with it
                    if not self.sock.recv(STEP):
                        break
        with suppress(OSError):
            self.sock.close()
