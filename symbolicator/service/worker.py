"""gunicorn's threaded worker, made to stand slow clients and floods.

As gunicorn has it, a connection takes a thread from its first byte on: a client that stops in the middle of its head or its body keeps that
thread, and as many of them as there are threads stop the service. Here the loop that accepts connections gathers requests too, and one of
which all is there is answered: in the loop's own thread where that is quick (`plain.py`, `standby.py`), by others where it is not. What is
too large for that is read by a thread, which gives up when its time is over. And when more events are at hand than there are places, the
loop itself says 503: a thread that has to be waited for would say it late.

Replaces some methods of `ThreadWorker` (accepting, kept connections, handing to a thread and taking back): gunicorn 26 and 27.
"""

from __future__ import annotations

import gc
import selectors
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn import SERVER
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import base_environ
from gunicorn.workers.gthread import TConn, ThreadWorker

from symbolicator.log import log_of
from symbolicator.service.heads import Gathering
from symbolicator.service.limits import MIN_RATE, READERS
from symbolicator.service.plain import Answer, Plain, environ_of, read_plain
from symbolicator.service.refusals import error_body
from symbolicator.service.requests import begin
from symbolicator.service.shares import Shares, Turn
from symbolicator.service.standby import Standby

GATHERED = 1 << 20
"""Bytes of a request that the loop gathers; a longer one goes to a thread as it is."""
_STEP = 64 << 10
_LINGER = 0.2
"""Seconds that a client who still sends gets to hear that we don't listen."""
_LOG_EVERY = 1.0
"""Seconds from one line about requests that were turned away to the next."""
_AT_ONCE = 8
"""Connections that are taken before the loop does something else: of a hundred that come together the last should not wait for long."""
_PAUSE = 0.002
"""Seconds until a worker that let a connection pass looks again whether it still waits."""
_MOMENT = 0.002
"""Seconds that requests are answered before the loop looks for others."""
_SWITCH = 0.0005
"""Seconds a thread keeps the interpreter when another asks for it: with the usual 5 ms, the loop waits for that at each system call."""
_COLLECT_AFTER = 10_000
"""Objects made and not yet gone, after which the collector looks among them for cycles: an event's are a thousand or two, in no cycle."""


class _Deadline(SocketUnreader):  # type: ignore[misc]  # gunicorn publishes no types
    """Reads a socket until the time of the request is over: `seconds`, and one more for each `MIN_RATE` bytes. Raises TimeoutError."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        super().__init__(sock)
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """The time of a request begins."""
        self._until = time.monotonic() + self._seconds

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What comes next."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not arrive in time")
        self.sock.settimeout(left)
        data: bytes = super().chunk(size_hint)
        self._until += len(data) / MIN_RATE
        return data


class _Connection(TConn):  # type: ignore[misc]  # as above
    """A connection, and what is here of its next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, seconds: float) -> None:
        super().__init__(cfg, sock, client, server)
        self.gathered = Gathering()
        self.unread = False
        """Whether some of the request was left to the thread to read."""
        self.waiting = False
        """Whether the loop waits for more of the request."""
        self.watched = False
        """Whether the poller has it as one that is kept."""
        self.environ: dict[str, Any] = {}
        """What its plain requests have in common; made for the first one."""
        self.rest = b""
        """Of an answer, what the client had no room for."""
        self.result = False
        """Whether the connection is kept when that is sent."""
        self._seconds = seconds

    def send_rest(self) -> bool:
        """In a thread: whether the connection is kept."""
        self.sock.settimeout(self._seconds + len(self.rest) / MIN_RATE)
        rest, self.rest = self.rest, b""
        self.sock.sendall(rest)
        return self.result

    def init(self) -> None:
        """In the thread: the parser reads what was gathered first, and then not for ever."""
        first = not self.initialized
        super().init()
        unreader = self.parser.unreader
        if first:
            buffered = unreader.take_buffered() if hasattr(unreader, "take_buffered") else b""
            unreader = self.parser.unreader = _Deadline(self.sock, self._seconds)
            unreader.unread(buffered)
        unreader.begin()
        if self.gathered.data:
            unreader.unread(bytes(self.gathered.data))
            self.gathered = Gathering()

    def close(self, graceful: bool = False) -> None:
        """At once: gunicorn waits here for the client to close, up to 2 s, and the loop would with it."""
        if graceful:
            with suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                while self.sock.recv(_STEP):
                    pass
        super().close()


class Worker(ThreadWorker):  # type: ignore[misc]  # as above
    """The worker; `of` says how many events have a place in it, and how long a request may take to arrive."""

    places = 20
    seconds = 10.0
    shares = Shares(1)
    place = 0
    """In `shares`; the master says which."""

    @classmethod
    def of(cls, places: int, seconds: float, shares: Shares) -> type[Worker]:
        """The class gunicorn makes workers of."""
        return type("Worker", (cls,), {"places": places, "seconds": seconds, "shares": shares})

    def init_process(self) -> None:
        """In the new process, before it serves."""
        sys.setswitchinterval(_SWITCH)
        gc.freeze()  # all that is there by now stays; looking through it for garbage would unshare its pages, and take longer than an event
        gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
        self._pooled = self._reading = self._unlogged = 0
        self._log_after = self._paused_until = 0.0
        self._turn = Turn(self.shares, self.place)
        self._ready: deque[_Connection] = deque()
        """Those of which all is there, not yet begun."""
        self._standby = Standby(self._cover, lambda: self.method_queue.defer(_nothing))
        self._environ = base_environ(self.cfg)
        self._standby.start()
        super().init_process()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """As gunicorn does; then answer, for a moment, those of which all is there."""
        self._look(0 if self._ready else timeout)
        until = time.monotonic() + _MOMENT
        while self._ready:
            self._serve(self._ready.popleft())
            if time.monotonic() >= until:
                break

    def _look(self, timeout: float) -> None:
        """What has come, or comes within `timeout`."""
        self._turn.say(self.nr_conns)
        super().wait_for_and_dispatch_events(min(timeout, _PAUSE) if self._paused_until else timeout)

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn does; not while a connection is left to others."""
        if enabled and self._paused_until > time.monotonic():
            return
        if enabled:
            self._paused_until = 0.0
        super().set_accept_enabled(enabled)

    def _cover(self) -> None:
        """Once round the loop, by the thread that stands by; what is all there goes to the others."""
        self.notify()
        while self._ready:
            self.enqueue_req(self._ready.popleft())
        self.set_accept_enabled(self.alive and self.nr_conns < self.worker_connections)
        self._look(1.0)
        self.murder_keepalived()
        self.murder_pending()

    def _serve(self, conn: _Connection) -> None:
        """Answer here and now what is plain, but where threads are at work: more of them at once make each slower and none faster."""
        request = None if self._pooled else read_plain(conn.gathered)
        if request is None:
            self.enqueue_req(conn)
            return
        with self._standby:
            keep = self._answer(conn, request)
        conn.gathered = Gathering()
        if conn.rest:
            conn.result = keep
            self.enqueue_req(conn)
        else:
            self._after(conn, keep)

    def _answer(self, conn: _Connection, request: Plain) -> bool:
        """Answer; whether the connection is kept. What the client has no room for is left in `rest`."""
        keep = request.keep and self.alive and len(self.keepalived_conns) < self.max_keepalived
        if not conn.environ:
            conn.environ = environ_of(self._environ, conn.client, conn.server)
        try:
            content = Answer().bytes_of(self.wsgi, {**conn.environ, **request.environ}, SERVER, keep)
        except Exception as error:  # noqa: BLE001 - the application has none of its own; the server goes on
            self.handle_error(None, conn.sock, conn.client, error)
            return False
        try:
            sent = conn.sock.send(content)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False  # nobody is there to hear
        conn.rest = content[sent:]
        return keep

    def _after(self, conn: _Connection, keep: bool) -> None:
        """A request was answered: wait for the next, or end."""
        if not (keep and self.alive):
            self._unwatch(conn)
            self.nr_conns -= 1
            conn.close(graceful=True)
            return
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        if not conn.watched:
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))
            conn.watched = True

    def accept(self, listener: socket.socket) -> None:
        """Take some of the connections that wait, or leave them to a worker that has fewer."""
        for _ in range(_AT_ONCE):
            if self.nr_conns >= self.worker_connections:
                return
            if not self._turn.mine(self.nr_conns):
                self._paused_until = time.monotonic() + _PAUSE
                self.set_accept_enabled(False)
                return
            try:
                sock, client = listener.accept()
            except OSError:
                return  # another worker has it
            self.nr_conns += 1
            self._turn.say(self.nr_conns)
            self._gather(_Connection(self.cfg, sock, client, listener.getsockname(), self.seconds))

    def on_client_socket_readable(self, conn: _Connection, client: socket.socket) -> None:
        """A kept connection sends its next request; it is not watched any more where it sends more than that before it has its answer."""
        conn.watched = True
        if conn.timeout is None:
            self._unwatch(conn)
            return
        self.keepalived_conns.remove(conn)
        conn.timeout = None
        self._gather(conn)

    def _unwatch(self, conn: _Connection) -> None:
        if conn.watched:
            conn.watched = False
            self.poller.unregister(conn.sock)

    def _gather(self, conn: _Connection) -> None:
        if self._read(conn):
            return  # mostly, all of it is there
        self._unwatch(conn)
        conn.timeout = time.monotonic() + self.seconds
        conn.waiting = True
        self.pending_conns.append(conn)  # those that take too long are closed with gunicorn's own pending ones
        self.poller.register(conn.sock, selectors.EVENT_READ, lambda _: self._read(conn))

    def _read(self, conn: _Connection) -> bool:
        """Take what is here of a request; whether no more of it is waited for."""
        try:
            data = conn.sock.recv(_STEP)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self._release(conn)
            self._unwatch(conn)
            self.nr_conns -= 1
            conn.close()
            return True
        request = conn.gathered
        request.feed(data)
        if not request.whole and len(request.data) < GATHERED:
            return False
        conn.unread = not request.ours or not request.whole
        if self._reading >= READERS if conn.unread else request.method == b"POST" and self._at_hand() >= self.places:
            self._turn_away(conn)
            return True
        self._release(conn)
        conn.data_ready = True
        if conn.unread:
            self.enqueue_req(conn)
        elif request.method == b"POST":
            self._ready.append(conn)
        else:
            self._ready.appendleft(conn)  # no event: `/health` waits for none
        return True

    def _at_hand(self) -> int:
        return len(self._ready) + self._pooled + self._standby.busy

    def _release(self, conn: _Connection) -> None:
        if conn.waiting:
            conn.waiting = False
            self.poller.unregister(conn.sock)
            self.pending_conns.remove(conn)

    def _turn_away(self, conn: _Connection) -> None:
        """503 from the loop. The connection is kept where nothing of the request is still to come."""
        keep = self.alive and conn.gathered.size == len(conn.gathered.data)
        name = begin(conn.gathered.request_id)
        body = error_body(503, "all places are taken", "try again after the seconds of Retry-After")
        answer = (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"
            f"X-Content-Type-Options: nosniff\r\nX-Request-Id: {name}\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        ).encode() + body
        try:
            keep = conn.sock.send(answer) == len(answer) and keep
        except OSError:
            keep = False
        self._count_turned_away(name)
        self._release(conn)
        conn.gathered = Gathering()
        self._after(conn, keep)

    def _count_turned_away(self, name: str) -> None:
        """In the metrics; in the log a line a second at most, which tells of all since the last: a flood must not fill the disk."""
        self.wsgi.extensions["symbolicator"].metrics.shed.inc()
        self._unlogged += 1
        now = time.monotonic()
        if now >= self._log_after:
            log_of(__name__).warning("turned away %d requests: all %d places are taken; the last was %s", self._unlogged, self.places, name)
            self._unlogged, self._log_after = 0, now + _LOG_EVERY

    def enqueue_req(self, conn: _Connection) -> None:
        """To a thread."""
        self._unwatch(conn)
        self._pooled += not conn.unread
        self._reading += conn.unread
        super().enqueue_req(conn)

    def finish_request(self, conn: _Connection, fs: Any) -> None:
        """Back from it."""
        self._pooled -= not conn.unread
        self._reading -= conn.unread
        if conn.parser is None and fs.exception() is None:  # the rest of an answer was sent
            conn.sock.setblocking(False)
            self._after(conn, fs.result() is True)
        else:
            super().finish_request(conn, fs)

    def handle(self, conn: _Connection) -> Any:
        """In the thread: answer, or send the rest of an answer."""
        if not conn.rest:
            return super().handle(conn)
        try:
            return conn.send_rest()
        except OSError:
            return False

    def _keepalive_after(self, conn: _Connection, keepalive: bool) -> bool:
        """In the thread. What was not gathered may not have been read: the connection ends, after a moment for the client to hear why."""
        if not conn.unread:
            return bool(super()._keepalive_after(conn, keepalive))
        until = time.monotonic() + _LINGER
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                conn.sock.settimeout(left)
                if not conn.sock.recv(_STEP):
                    break
        return False


def _nothing() -> None:
    """What wakes the loop."""
