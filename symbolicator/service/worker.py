"""The worker: which request is answered by whom, and which is turned away.

As gunicorn has it, a connection takes a thread from its first byte until its answer is taken: a client that stops in the middle of its head
or its body, or does not read, keeps that thread, and as many of them as there are threads stop the service. Here the loop waits for clients
(`loop.py`), and threads have requests of which all is there. Only what is too large for that is read by a thread, which gives up when its
time is over. And when more events are at hand than there are places, the loop itself says 503: a thread that has to be waited for would
say it late (`docs/decisions/0005-one-loop-for-the-service.md`). gunicorn 26 and 27; `tests/service/test_gunicorn.py` holds its names.
"""

from __future__ import annotations

import errno
import gc
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor

from gunicorn import SERVER

from symbolicator.log import log_of
from symbolicator.service.answering import answer_of
from symbolicator.service.connection import Connection
from symbolicator.service.early import early_answer, refuse_early
from symbolicator.service.limits import READERS, RESERVED
from symbolicator.service.loop import Loop
from symbolicator.service.parsing import Gone, Malformed, Request, read_request
from symbolicator.service.requests import begin
from symbolicator.service.shares import Shares, Turn

GATHERED = 1 << 20
"""Bytes of a request that the loop gathers; a longer one goes to a thread as it is."""
_LOG_EVERY = 1.0
"""Seconds from one line about requests that were turned away to the next."""
_AT_ONCE = 8
"""Connections that are taken before the loop does something else: of a hundred that come together the last should not wait for long."""
_PAUSE = 0.002
"""Seconds until a worker that let a connection pass looks again whether it still waits."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_RECOVERY = 0.25
"""Seconds until a connection is accepted again where the system had no room for one: it stays in line, and would wake the loop at once."""
_SWITCH = 0.0001
"""Seconds a thread keeps the interpreter when another asks for it: with the usual 5 ms, the loop waits for that at each system call."""
_COLLECT_AFTER = 10_000
"""Objects made and not yet gone, after which the collector looks among them for cycles: an event's are a thousand or two, in no cycle."""


class Worker(Loop):
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
        self._reading = self._at_hand = self._unlogged = 0
        # `_at_hand`: events taken and not yet answered, wherever they are.
        self._log_after = self._paused_until = 0.0
        self._turn = Turn(self.shares, self.place)
        self._others = ThreadPoolExecutor(RESERVED)
        """For what is no event: `/health` does not wait in their line, nor they in its."""
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """For events, and for what is read by a thread."""
        return ThreadPoolExecutor(self.cfg.threads - RESERVED)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """What has come, or comes within `timeout`; as gunicorn does, and what of it waits with us."""
        self._turn.say(self.nr_conns)
        if self._more:
            timeout = 0
        elif self._paused_until:
            timeout = min(timeout, max(_PAUSE, self._paused_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        self._take_more()

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn does; not while a connection is left to others, or there is no room for one."""
        if enabled and self._paused_until > time.monotonic():
            return
        if enabled:
            self._paused_until = 0.0
        super().set_accept_enabled(enabled)

    def _hand_over(self, conn: Connection) -> None:
        """To a thread, and back."""
        pool = self.tpool if conn.unread or _is_event(conn) else self._others
        pool.submit(self._serve, conn).add_done_callback(lambda done: self.method_queue.defer(self._back, conn, done))

    def _serve(self, conn: Connection) -> None:
        """In the thread: answer, and send what the client has room for."""
        try:
            self._answer(conn, read_request(self.cfg, conn))
        except Malformed as error:
            self._refuse(conn, error.status, error.detail)
        except TimeoutError:
            self._refuse(conn, 408, "the request did not arrive in time")
        except (Gone, OSError):
            conn.gone = True

    def _back(self, conn: Connection, done: Future[None]) -> None:
        """From it, in the loop."""
        self._reading -= conn.unread
        self._at_hand -= _is_event(conn)
        if done.exception() is not None:
            log_of(__name__).error("a bug of ours in the worker", exc_info=done.exception())
            conn.gone = True
        self._settle(conn)

    def _answer(self, conn: Connection, request: Request) -> None:
        keep = request.keep and self.alive and len(self.keepalived_conns) < self.max_keepalived
        try:
            answer = answer_of(self.wsgi, request.environ, SERVER, keep)
        except Exception:  # noqa: BLE001 - the application has none of its own; the server goes on
            log_of(__name__).exception("a bug of ours in the application")
            keep, answer = False, early_answer(500, "a bug of ours")
        if conn.unread:
            conn.sock.setblocking(False)
        conn.send(answer, keep)

    def _refuse(self, conn: Connection, status: int, detail: str) -> None:
        """Answer what is no request; nothing can be known of what follows it."""
        metrics = self.wsgi.extensions["symbolicator"].metrics
        answer = refuse_early(status, detail, conn.gathered.request_id, str(conn.client[0]), metrics)
        conn.linger = True
        conn.sock.setblocking(False)
        conn.send(answer, False)

    def accept(self, listener: socket.socket) -> None:
        """Take some of the connections that wait, or leave them to a worker that has fewer."""
        for _ in range(_AT_ONCE):
            if self.nr_conns >= self.worker_connections:
                return
            if not self._turn.mine(self.nr_conns):
                self._pause(_PAUSE)
                return
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._pause(_RECOVERY)
                    self._say("no connection is accepted for %g s: %s", _RECOVERY, error.strerror)
                return  # else another worker has it
            self.nr_conns += 1
            self._turn.say(self.nr_conns)
            self._begin(Connection(sock, client, listener.getsockname(), self.seconds))

    def _pause(self, seconds: float) -> None:
        """Accept nothing for a while."""
        self._paused_until = time.monotonic() + seconds
        self.set_accept_enabled(False)

    def _take(self, conn: Connection) -> bool:
        """What to do with what is gathered; False where there has to be more of it."""
        request = conn.gathered
        if not request.whole and len(request.data) < GATHERED:
            return False
        self._go_on(conn)
        conn.unread = not request.ours or not request.whole
        if request.fault:
            self._refuse(conn, 400, f"this is no HTTP request: {request.fault}")
            self._settle(conn)
        elif self._reading >= READERS if conn.unread else _is_event(conn) and self._at_hand >= self.places:
            self._turn_away(conn)
        else:
            self._reading += conn.unread
            self._at_hand += _is_event(conn)
            self._hand_over(conn)
        return True

    def _turn_away(self, conn: Connection) -> None:
        """503 from the loop. The connection is kept where nothing of the request is still to come."""
        keep = self.alive and not conn.unread
        name = begin(conn.gathered.request_id)
        conn.send(early_answer(503, "all places are taken", "try again after the seconds of Retry-After", keep=keep, retry_after=1), keep)
        self.wsgi.extensions["symbolicator"].metrics.shed.inc()
        self._unlogged += 1
        if self._say("turned away %d requests: all %d places are taken; the last was %s", self._unlogged, self.places, name):
            self._unlogged = 0
        self._settle(conn)

    def _say(self, message: str, *values: object) -> bool:
        """In the log a line a second at most: a flood must not fill the disk. Whether it was written."""
        now = time.monotonic()
        if now < self._log_after:
            return False
        self._log_after = now + _LOG_EVERY
        log_of(__name__).warning(message, *values)
        return True


def _is_event(conn: Connection) -> bool:
    """Whether it takes a place: what is read by a thread takes one there, and all else of that method is an event, or wrong."""
    return conn.gathered.method == b"POST" and not conn.unread
