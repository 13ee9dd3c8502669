"""The worker: who answers a request, and which requests are refused.

In gunicorn a connection occupies a thread from its first byte until its answer is read: clients that stop in the middle of their head
or body, or do not read, stop the service when there are as many as threads. Here the loop waits for clients (`loop.py`), and the thread
that goes round it answers complete requests itself; when one takes long, another thread goes round (`leading.py`). Only larger
requests are read while the loop goes on, by a thread that gives up when its time is over. If there are more events than places, the loop
answers 503 at once. Why: `docs/decisions/0008-the-loop-answers.md`. For gunicorn 26 and 27; `tests/service/test_gunicorn.py` checks the
names used.
"""

from __future__ import annotations

import errno
import gc
import socket
import sys
import time
from collections import deque
from functools import partial

from gunicorn import SERVER

from symbolicator.log import log_of
from symbolicator.service.answering import answer_of
from symbolicator.service.connection import Connection
from symbolicator.service.early import early_answer, refuse_early
from symbolicator.service.leading import Lead
from symbolicator.service.limits import READERS, RESERVED
from symbolicator.service.loop import Loop
from symbolicator.service.parsing import Gone, Malformed, Request, read_request
from symbolicator.service.requests import begin, end
from symbolicator.service.shares import Shares, Turn

GATHERED = 1 << 20
"""Bytes of a request that the loop collects; a longer one is read by a thread."""
_LOG_EVERY = 1.0
"""Seconds between log lines about refused requests."""
_AT_ONCE = 8
"""Connections accepted before the loop does something else, so that the last of a hundred need not wait long."""
_MOMENT = 0.002
"""Seconds after which a leader that answers looks who else has come."""
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
        self._events, self._others = deque[Connection](), deque[Connection]()
        """Requests to answer: events and large bodies; others, so that `/health` does not wait for all events."""
        self._lines = [self._others, self._events]
        """By whose turn it is."""
        self._others_begun = 0
        """Of the others, those that are being answered."""
        self._lead = Lead(self.cfg.threads, self._follow, lambda: self.method_queue.defer(_nothing))
        super().init_process()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """As in gunicorn, whose loop is the first thread's: it has the lead when this returns."""
        if not self._go_round(timeout):
            self._lead.take_back()

    def _follow(self) -> bool:
        """The loop as a follower goes round it: what gunicorn's does, but for what only its own thread may."""
        self.notify()
        self.set_accept_enabled(self.alive and self.nr_conns < self.worker_connections)
        leads = self._go_round(1.0)
        if leads:
            self.murder_keepalived()
            self.murder_pending()
        return leads

    def _go_round(self, timeout: float) -> bool:
        """Take what has arrived, or arrives within `timeout`, and answer for a moment. Returns whether this thread still leads."""
        self._turn.say(self.nr_conns)
        if self._more or self._line() is not None:
            timeout = 0
        elif self._paused_until:
            timeout = min(timeout, max(_PAUSE, self._paused_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        self._take_more()
        until = time.monotonic() + _MOMENT
        while (line := self._line()) is not None:
            conn = line.popleft()
            self._lines.reverse()
            self._others_begun += line is self._others
            if not self._lead.aside(partial(self._serve, conn), long=conn.unread or conn.gathered.form):
                self.method_queue.defer(self._returned, conn)
                return False
            self._back(conn)
            if time.monotonic() >= until:
                break
        return True

    def _line_of(self, conn: Connection) -> deque[Connection]:
        """Where its request waits for its turn."""
        return self._events if conn.unread or _is_event(conn) else self._others

    def _line(self) -> deque[Connection] | None:
        """The line whose turn it is, if a thread can be spared for it."""
        for line in self._lines if self._lead.spare else ():
            if line and (line is self._events or self._others_begun < RESERVED):
                return line
        return None

    def _returned(self, conn: Connection) -> None:
        """A thread is back from a request for which it lost the lead. Called by the leader."""
        self._lead.returned()
        self._back(conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        """As in gunicorn, but not while a connection is left to others or there is no room for one."""
        if enabled and self._paused_until > time.monotonic():
            return
        if enabled:
            self._paused_until = 0.0
        super().set_accept_enabled(enabled)

    def _serve(self, conn: Connection) -> None:
        """Answer, and send as much as the client can take. Aside of the loop: another thread may be in it by now."""
        try:
            self._answer(conn, read_request(self.cfg, conn))
        except Malformed as error:
            self._refuse(conn, error.status, error.detail)
        except TimeoutError:
            self._refuse(conn, 408, "the request did not arrive in time")
        except (Gone, OSError):
            conn.gone = True
        except Exception:  # noqa: BLE001 - its connection ends; the loop goes on
            log_of(__name__).exception("a bug of ours in the worker")
            conn.gone = True
        finally:
            end()

    def _back(self, conn: Connection) -> None:
        """Answered; in the loop again."""
        self._reading -= conn.unread
        self._at_hand -= _is_event(conn)
        self._others_begun -= self._line_of(conn) is self._others
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
            self._line_of(conn).append(conn)
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
        end()
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


def _nothing() -> None:
    """What ends the loop's waiting."""
