"""The worker: who answers a request, and which requests are refused.

In gunicorn a connection occupies a thread from its first byte until its answer is read: clients that stop in the middle of their head
or body, or do not read, stop the service when there are as many as threads. Here the loop waits for clients
(`loop.py`), and threads get complete requests. Only larger ones are read by a thread, which gives up when its
time is over. If there are more events than places, the loop itself answers 503: after waiting for a thread it would
be late (`docs/decisions/0005-one-loop-for-the-service.md`). For gunicorn 26 and 27; `tests/service/test_gunicorn.py` checks the names used.
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
"""Bytes of a request that the loop collects; a longer one is read by a thread."""
_LOG_EVERY = 1.0
"""Seconds between log lines about refused requests."""
_AT_ONCE = 8
"""Connections accepted before the loop does something else, so that the last of a hundred need not wait long."""
_PAUSE = 0.002
"""Seconds until a worker that left a connection to another checks whether it still waits."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_RECOVERY = 0.25
"""Seconds until connections are accepted again after the system had no room: a waiting one would wake the loop again at once."""
_SWITCH = 0.0001
"""Seconds a thread keeps the interpreter when another wants it: with the usual 5 ms, the loop would wait that long at each system call."""
_COLLECT_AFTER = 10_000
"""Live objects before the garbage collector looks for cycles: an event has a thousand or two, in no cycle."""


class Worker(Loop):
    """The worker; `of` says how many events have a place in it, and how long a request may take to arrive."""

    places = 20
    seconds = 10.0
    shares = Shares(1)
    place = 0
    """Its index in `shares`, set by the master."""

    @classmethod
    def of(cls, places: int, seconds: float, shares: Shares) -> type[Worker]:
        """The class gunicorn makes workers of."""
        return type("Worker", (cls,), {"places": places, "seconds": seconds, "shares": shares})

    def init_process(self) -> None:
        """Called in the new process, before it serves."""
        sys.setswitchinterval(_SWITCH)
        gc.freeze()  # everything loaded now stays; searching it for garbage would unshare its pages, and take longer than an event
        gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
        self._reading = self._at_hand = self._unlogged = 0
        # `_at_hand`: events accepted and not yet answered.
        self._log_after = self._paused_until = 0.0
        self._turn = Turn(self.shares, self.place)
        self._others = ThreadPoolExecutor(RESERVED)
        """For requests that are not events, so that `/health` does not wait for events, nor they for it."""
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """For events, and for requests read by a thread."""
        return ThreadPoolExecutor(self.cfg.threads - RESERVED)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """What has arrived, or arrives within `timeout`; as in gunicorn, plus connections that we keep waiting."""
        self._turn.say(self.nr_conns)
        if self._more:
            timeout = 0
        elif self._paused_until:
            timeout = min(timeout, max(_PAUSE, self._paused_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        self._take_more()

    def set_accept_enabled(self, enabled: bool) -> None:
        """As in gunicorn, but not while a connection is left to others or there is no room for one."""
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
        """In the thread: answer, and send as much as the client can take."""
        try:
            self._answer(conn, read_request(self.cfg, conn))
        except Malformed as error:
            self._refuse(conn, error.status, error.detail)
        except TimeoutError:
            self._refuse(conn, 408, "the request did not arrive in time")
        except (Gone, OSError):
            conn.gone = True

    def _back(self, conn: Connection, done: Future[None]) -> None:
        """Back from the thread, in the loop."""
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
        """Answer an invalid request; the end of it is unknown, so the connection closes."""
        metrics = self.wsgi.extensions["symbolicator"].metrics
        answer = refuse_early(status, detail, conn.gathered.request_id, str(conn.client[0]), metrics)
        conn.linger = True
        conn.sock.setblocking(False)
        conn.send(answer, False)

    def accept(self, listener: socket.socket) -> None:
        """Accept some of the waiting connections, or leave them to a worker with fewer."""
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
                    self._say("accepting no connections for %g s: %s", _RECOVERY, error.strerror)
                return  # another worker accepted it
            self.nr_conns += 1
            self._turn.say(self.nr_conns)
            self._begin(Connection(sock, client, listener.getsockname(), self.seconds))

    def _pause(self, seconds: float) -> None:
        """Accept nothing for a while."""
        self._paused_until = time.monotonic() + seconds
        self.set_accept_enabled(False)

    def _take(self, conn: Connection) -> bool:
        """Decide what to do with what has arrived; False if more is needed."""
        request = conn.gathered
        if not request.whole and len(request.data) < GATHERED:
            return False
        self._go_on(conn)
        conn.unread = not request.ours or not request.whole
        if request.fault:
            self._refuse(conn, 400, f"this is not an HTTP request: {request.fault}")
            self._settle(conn)
        elif self._reading >= READERS if conn.unread else _is_event(conn) and self._at_hand >= self.places:
            self._turn_away(conn)
        else:
            self._reading += conn.unread
            self._at_hand += _is_event(conn)
            self._hand_over(conn)
        return True

    def _turn_away(self, conn: Connection) -> None:
        """503 from the loop. The connection stays open if the request is complete."""
        keep = self.alive and not conn.unread
        name = begin(conn.gathered.request_id)
        conn.send(early_answer(503, "the service is full", "try again after the seconds in Retry-After", keep=keep, retry_after=1), keep)
        self.wsgi.extensions["symbolicator"].metrics.shed.inc()
        self._unlogged += 1
        if self._say("refused %d requests: all %d places are taken; the last was %s", self._unlogged, self.places, name):
            self._unlogged = 0
        self._settle(conn)

    def _say(self, message: str, *values: object) -> bool:
        """Log at most one line a second, so that a flood does not fill the disk. Returns whether it was written."""
        now = time.monotonic()
        if now < self._log_after:
            return False
        self._log_after = now + _LOG_EVERY
        log_of(__name__).warning(message, *values)
        return True


def _is_event(conn: Connection) -> bool:
    """Whether it needs a place: what is read by a thread gets one there; everything else with that method is an event, or wrong."""
    return conn.gathered.method == b"POST" and not conn.unread
