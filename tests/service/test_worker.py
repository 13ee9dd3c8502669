"""What a worker takes in, and how long it waits for it: its rules, without a server around it."""

import errno
import os
import selectors
import socket
from collections import deque
from contextlib import suppress
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn")
with suppress(ImportError):  # where gunicorn is there; it is not on Windows
    from symbolicator.service import allowance, loop, parsing, worker
    from symbolicator.service.connection import Connection, State
    from symbolicator.service.limits import MIN_RATE, READERS, RESERVED


@pytest.fixture
def clock(monkeypatch):
    """The seconds that have passed, as the worker sees them; a test puts them forward."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(allowance, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_a_body_that_drips_has_its_seconds_and_no_more(pair, clock):
    ours, client = pair
    reader = parsing._Patient(Connection(ours, None, None, 10.0))
    for _ in range(9):
        client.sendall(b"x")
        assert reader.chunk() == b"x"
        clock.seconds += 1
    clock.seconds += 1.5
    client.sendall(b"x")
    with pytest.raises(TimeoutError, match="did not arrive in time"):
        reader.chunk()


def test_a_body_that_comes_at_the_least_rate_may_take_longer(pair, clock):
    ours, client = pair
    reader = parsing._Patient(Connection(ours, None, None, 2.0))
    for _ in range(20):
        client.sendall(bytes(MIN_RATE))
        left = MIN_RATE
        while left:
            left -= len(reader.chunk())
        clock.seconds += 1
    clock.seconds += 2.1
    client.sendall(b"x")
    with pytest.raises(TimeoutError):
        reader.chunk()


def test_each_request_of_a_connection_has_its_own_seconds(pair, clock):
    ours, client = pair
    conn = Connection(ours, None, None, 10.0)
    reader = parsing._Patient(conn)
    clock.seconds += 11
    conn.allowance.begin()
    client.sendall(b"x")
    assert reader.chunk() == b"x"


EVENT = b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
OTHER = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
FORM = b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\n\r\n--"


class Alone:
    """A lead that nobody takes; `asked` says of each request whether it was known to take long."""

    def __init__(self):
        self.spare, self.kept, self.asked = True, True, []

    def aside(self, work, long):
        self.asked.append(long)
        work()
        return self.kept

    def returned(self):
        self.asked.append("returned")


@pytest.fixture
def taking(monkeypatch):
    """A worker with three places, which is given requests; it notes what it does with them. `round` has it go round its loop once."""
    one = worker.Worker.__new__(worker.Worker)
    one.places, one._reading, one._at_hand, one._timed, one.cfg, one.nr_conns, one._paused_until = 3, 0, 0, {}, None, 0, 0.0
    one._events, one._others, one._more, one._lead = deque(), deque(), deque(), Alone()
    one._lines, one._others_begun = [one._others, one._events], 0
    one._turn = SimpleNamespace(say=lambda _: None)
    one.waited, one.deferred, one.turned_away, one.settled = [], [], [], []
    one.poller = SimpleNamespace(select=lambda timeout: one.waited.append(timeout) or ())
    one.method_queue = SimpleNamespace(defer=lambda call, *arguments: one.deferred.append((call, arguments)))
    one._turn_away, one._settle = one.turned_away.append, one.settled.append
    monkeypatch.setattr(worker, "read_request", lambda *_: None)
    monkeypatch.setattr(worker, "_MOMENT", 0.0)  # for one request
    monkeypatch.setattr(one, "_answer", lambda *_: None)
    one.clients = []

    def give(content):
        ours, client = socket.socketpair()
        one.clients += ours, client
        conn = Connection(ours, ("127.0.0.1", 1), None, 10.0)
        client.sendall(content)
        assert one._read(conn)
        return conn

    one.give, one.round = give, lambda: one._go_round(1.0)
    yield one
    for each in one.clients:
        each.close()


def test_an_event_is_turned_away_where_all_places_are_taken_by_events(taking):
    first = [taking.give(EVENT) for _ in range(3)]
    assert not taking.turned_away
    late = taking.give(EVENT)
    assert taking.turned_away == [late]
    for _ in first:  # they are answered, and leave their places
        assert taking.round()
    assert taking.settled == first
    again = [taking.give(EVENT) for _ in range(3)]
    assert taking.turned_away == [late]
    assert list(taking._events) == again


def test_what_is_no_event_takes_no_place_of_one(taking):
    for _ in range(40):
        taking.give(OTHER)
    taking.give(EVENT)
    assert not taking.turned_away


def test_events_and_what_is_none_wait_in_no_line_of_the_other(taking):
    events = [taking.give(EVENT) for _ in range(3)]
    others = [taking.give(OTHER) for _ in range(40)]
    for _ in range(8):
        taking.round()
    assert taking.settled == [others[0], events[0], others[1], events[1], others[2], events[2], others[3], others[4]]


def test_a_large_body_takes_a_reader_and_no_place(taking):
    readers = [taking.give(LARGE) for _ in range(READERS)]
    late = taking.give(LARGE)
    assert taking.turned_away == [late]
    event = taking.give(EVENT)
    for _ in [*readers, event]:
        taking.round()
    assert {*taking.settled} == {*readers, event}
    taking.give(LARGE)
    assert taking.turned_away == [late]


def test_what_is_known_to_take_long_leaves_the_lead_to_another_thread_at_once(taking):
    for content in (EVENT, LARGE, FORM, OTHER):
        taking.give(content)
        taking.round()
    assert taking._lead.asked == [False, True, True, False]


def test_who_lost_the_lead_touches_nothing_of_the_loop_and_has_its_leader_go_on(taking):
    event = taking.give(EVENT)
    taking._lead.kept = False
    assert not taking.round()
    assert (taking.settled, taking._at_hand) == ([], 1)
    ((call, arguments),) = taking.deferred
    call(*arguments)
    assert (taking.settled, taking._at_hand) == ([event], 0)
    assert taking._lead.asked == [False, "returned"]


def test_however_many_requests_are_no_events_only_some_take_threads_of_those(taking):
    others = [taking.give(OTHER) for _ in range(40)]
    taking._lead.kept = False  # each takes long
    for _ in range(RESERVED):
        assert not taking.round()
    event = taking.give(EVENT)
    assert not taking.round()
    assert taking.waited[-1] == 0
    assert taking.round()
    assert taking.waited[-1] == 1.0, "there is nothing to do"
    for call, arguments in taking.deferred:
        call(*arguments)
    assert taking.settled == [*others[:RESERVED], event]
    assert not taking.round()
    assert taking.waited[-1] == 0


def test_the_last_thread_stays_in_the_loop_and_waits_there(taking):
    event = taking.give(EVENT)
    taking._lead.spare = False
    taking.round()
    assert (taking.settled, taking.waited) == ([], [1.0])
    taking._lead.spare = True
    taking.round()
    assert (taking.settled, taking.waited) == ([event], [1.0, 0])


def test_a_bug_in_an_answer_ends_its_connection_and_nothing_else(taking, monkeypatch, caplog):
    def answer(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(taking, "_answer", answer)
    event = taking.give(EVENT)
    assert taking.round()
    assert taking.settled == [event]
    assert event.gone
    assert "a bug of ours" in caplog.text


class Poller:
    """Knows what is watched, and nothing happens."""

    def __init__(self):
        self.watched = {}

    def register(self, sock, events, _):
        self.watched[sock] = events

    modify = register

    def unregister(self, sock):
        del self.watched[sock]


@pytest.fixture
def waiting(clock, monkeypatch):
    """A worker's loop without its server."""
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    one = worker.Worker.__new__(worker.Worker)
    one.poller, one._timed, one._unsent, one._look_again, one.nr_conns, one.alive = Poller(), {}, 0, 0.0, 0, True
    one._paused_until, one._log_after, one._accepting, one.worker_connections = 0.0, 0.0, True, 10
    one._turn = SimpleNamespace(mine=lambda _: True, say=lambda _: None)
    return one


def answered(taken, size, seconds=10.0):
    """A connection with an answer, of which the client has taken what it had room for; and the client."""
    ours, client = socket.socketpair()
    conn = Connection(ours, ("127.0.0.1", 1), None, seconds)
    taken.nr_conns += 1
    conn.send(b"x" * size, True)
    taken._settle(conn)
    return conn, client


def test_an_answer_waits_as_long_as_it_is_taken(waiting, clock):
    conn, client = answered(waiting, 8 << 20)
    with client:
        assert conn.state is State.SENDING
        assert waiting.poller.watched[conn.sock] == selectors.EVENT_WRITE
        client.recv(1 << 20)
        clock.seconds += 9
        waiting._happened(conn, None)
        waiting.murder_pending()
        assert conn.allowance.left > 1, "what was taken gave it more time"
        clock.seconds += conn.allowance.left
        waiting.murder_pending()
        assert (waiting.nr_conns, waiting._unsent, waiting.poller.watched) == (0, 0, {})
        assert conn.sock.fileno() < 0


def test_of_too_many_unread_answers_those_that_wait_longest_are_dropped(waiting, monkeypatch):
    monkeypatch.setattr(loop, "UNSENT", 10 << 20)
    made = [answered(waiting, 4 << 20) for _ in range(4)]
    assert [conn.sock.fileno() < 0 for conn, _ in made] == [True, True, False, False]
    assert waiting._unsent == 8 << 20
    for conn, client in made:
        conn.close()
        client.close()


def test_where_no_more_files_may_be_open_accepting_pauses(waiting, clock, caplog):
    class Listener:
        calls = 0

        def accept(self):
            self.calls += 1
            raise OSError(errno.EMFILE, "Too many open files")

        def setblocking(self, _):
            pass

    listener = Listener()
    waiting.sockets = [listener]
    waiting.poller.watched[listener] = selectors.EVENT_READ
    waiting.accept(listener)
    assert waiting.poller.watched == {}
    waiting.set_accept_enabled(True)
    assert waiting.poller.watched == {}, "not at once: it would wake the loop again and again"
    assert listener.calls == 1
    assert "Too many open files" in caplog.text
    clock.seconds += 1
    waiting.set_accept_enabled(True)
    assert listener in waiting.poller.watched
