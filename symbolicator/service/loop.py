"""The event loop of a worker: what its connections wait for, and for how long at most.

No thread waits for a client here. A request is collected as it arrives, an answer sent as it is read, each with an `Allowance`: a client
that sends or reads a byte a second, or nothing, loses its connection and does not affect others. `worker.py` decides who answers a request.

It replaces the connection handling of gunicorn's `ThreadWorker`; the poller and process shutdown are gunicorn's.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from symbolicator.service.connection import STEP, Connection, State

UNSENT = 128 << 20
"""Bytes of unsent answers in a process; beyond it, those that have waited longest are dropped."""
KERNEL = 256 << 10
"""Bytes of an answer that the kernel buffers for a client; by default it would take several MiB for each."""
_LINGER = 0.2
"""Seconds in which a client that is still sending can read our last answer."""
_LOOK_EVERY = 0.25
"""Seconds between checks for connections whose time is over."""


class Loop(ThreadWorker):  # type: ignore[misc]  # gunicorn publishes no types
    """Connections and their states. Used only by the thread that leads."""

    def init_process(self) -> None:
        """Called in the new process, before it serves."""
        self._timed: dict[Connection, None] = {}
        """Connections with an allowance: they send a request, read an answer, or close."""
        self._more: deque[Connection] = deque()
        """Connections that sent the next request before the last answer was sent; it is sent by now."""
        self._unsent = 0
        self._look_again = 0.0
        for listener in self.sockets:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)  # its connections inherit it
        super().init_process()

    def _take(self, conn: Connection) -> bool:
        """What to do with what is gathered; False where there has to be more of it."""
        raise NotImplementedError

    def _refuse(self, conn: Connection, status: int, detail: str) -> None:
        """Answer what is no request; nothing can be known of what follows it."""
        raise NotImplementedError

    def _take_more(self) -> None:
        """One request of each of those who sent several at once."""
        for _ in range(len(self._more)):
            conn = self._more.popleft()
            if not self._take(conn):
                self._wait(conn, State.GATHERING, selectors.EVENT_READ)

    def _begin(self, conn: Connection) -> None:
        """A request may be here; mostly, all of it is."""
        if not self._read(conn):
            self._wait(conn, State.GATHERING, selectors.EVENT_READ)

    def _settle(self, conn: Connection) -> None:
        """An answer was made, and some of it sent: go on with the rest, with the next request, or to the end."""
        if conn.gone:
            self._drop(conn)
        elif conn.rest:
            self._wait(conn, State.SENDING, selectors.EVENT_WRITE)
            self._unsent += conn.held
            for other in [each for each in self._timed if each.state is State.SENDING] if self._unsent > UNSENT else ():
                self._drop(other)
                if self._unsent <= UNSENT:
                    break
        elif not (conn.keep and self.alive):
            self._leave(conn)
        else:
            conn.next()
            if conn.gathered.data:  # the client did not wait for the answer
                self._more.append(conn)
                return
            conn.keep_for(self.cfg.keepalive)
            conn.state = State.KEPT
            self.keepalived_conns.append(conn)
            self._watch(conn, selectors.EVENT_READ)

    def _read(self, conn: Connection) -> bool:
        """Take what is here of a request; whether no more of it is waited for."""
        try:
            data = conn.sock.recv(STEP)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
            return True
        conn.allowance.moved(len(data))
        conn.gathered.feed(data)
        return self._take(conn)

    def _wait(self, conn: Connection, state: State, events: int, seconds: float | None = None) -> None:
        """For something that has an allowance."""
        conn.state = state
        conn.allowance.begin(seconds)
        self._timed[conn] = None
        self._watch(conn, events)

    def _go_on(self, conn: Connection) -> None:
        """What was waited for has come."""
        self._timed.pop(conn, None)
        if conn.state is State.SENDING:
            self._unsent -= conn.held
        conn.state = State.BUSY

    def _watch(self, conn: Connection, events: int) -> None:
        """Have the poller look for these events, and no others; most connections are watched once, for as long as they last."""
        if events == conn.watched:
            return
        if not conn.watched:
            self.poller.register(conn.sock, events, partial(self._happened, conn))
        elif not events:
            self.poller.unregister(conn.sock)
        else:
            self.poller.modify(conn.sock, events, partial(self._happened, conn))
        conn.watched = events

    def _happened(self, conn: Connection, _: Any) -> None:
        """The socket can be read, or written to where that is waited for."""
        match conn.state:
            case State.KEPT:
                self.keepalived_conns.remove(conn)
                conn.state, conn.timeout = State.BUSY, None
                self._begin(conn)
            case State.GATHERING:
                self._read(conn)
            case State.SENDING:
                conn.allowance.moved(conn.push())
                if conn.gone or not conn.rest:
                    self._go_on(conn)
                    self._settle(conn)
            case State.LEAVING:
                if not conn.drain():
                    self._drop(conn)
            case State.BUSY:
                self._watch(conn, 0)  # it sends more before it has its answer

    def _leave(self, conn: Connection) -> None:
        """The connection ends. A client who may still send gets a moment to hear why: to close at once would take the answer back."""
        if not (conn.unread or conn.linger):
            self._drop(conn, graceful=True)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        self._wait(conn, State.LEAVING, selectors.EVENT_READ, _LINGER)

    def _drop(self, conn: Connection, graceful: bool = False) -> None:
        """Nothing more of it."""
        self._go_on(conn)
        self._watch(conn, 0)
        self.nr_conns -= 1
        if conn.rest:
            conn.abort()
        else:
            conn.close(graceful)

    def murder_pending(self) -> None:
        """Those whose allowance is used up: who sends too slowly hears so, who does not take its answer is dropped."""
        now = time.monotonic()
        if now < self._look_again:
            return
        self._look_again = now + _LOOK_EVERY
        for conn in [each for each in self._timed if each.allowance.until <= now]:
            if conn.state is State.GATHERING and conn.gathered.data:
                self._go_on(conn)
                self._refuse(conn, 408, "the request did not arrive in time")
                conn.rest = conn.rest[:0]
                self._settle(conn)
            else:
                self._drop(conn)
