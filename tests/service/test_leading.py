"""Who goes round the loop while a request takes long: in steps, whatever the clock says."""

import gc
import http.client
import os
import queue
import socket
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from symbolicator.service import leading
from symbolicator.service.leading import Lead

LONG = 60
"""Seconds after which something that has to happen has not."""


class Loop:
    """A loop that is gone round when the test says so. `led` has the threads that lead, as they come to it."""

    def __init__(self, most=8):
        self.led, self.steps = queue.Queue(), queue.Queue()
        self.lead = Lead(most, self.go_round, lambda: self.steps.put(lambda: True))

    def go_round(self):
        self.led.put(threading.current_thread())
        return self.steps.get(timeout=LONG)()


@contextmanager
def at_a_request(loop, long=False):
    """A request of the thread that leads, which lasts until the block ends. Gives the thread that took the lead meanwhile."""
    began, ends, kept = threading.Event(), threading.Event(), queue.Queue()

    def work():
        began.set()
        assert ends.wait(LONG)

    def ask():
        kept.put(loop.lead.aside(work, long))
        return kept.queue[-1]

    loop.steps.put(ask)
    assert began.wait(LONG)
    yield loop.led.get(timeout=LONG)
    ends.set()
    assert kept.get(timeout=LONG) is False


@pytest.fixture
def loop():
    return Loop()


def first(loop, meanwhile):
    """Have the first thread, this one, be at a request until `meanwhile` has come to its end, and take the lead back."""
    assert not loop.lead.aside(meanwhile)
    loop.lead.take_back()


def test_while_a_request_takes_long_another_thread_leads_until_the_first_is_back(loop):
    leaders = []
    for _ in range(3):
        first(loop, lambda: leaders.append(loop.led.get(timeout=LONG)))
        loop.lead.returned()
    assert threading.current_thread() not in leaders
    assert loop.led.empty(), "it leads no more"


def test_where_that_one_comes_to_a_long_request_too_a_third_leads(loop):
    def meanwhile():
        leaders = [loop.led.get(timeout=LONG)]
        with at_a_request(loop) as second, at_a_request(loop, long=True) as third:
            leaders += [second, third]
        assert len({*leaders}) == 3

    first(loop, meanwhile)


def test_what_is_known_to_take_long_is_not_looked_at_first(loop, monkeypatch):
    monkeypatch.setattr(leading, "_TICK", 10 * LONG)
    assert not loop.lead.aside(lambda: loop.led.get(timeout=LONG), long=True)
    loop.lead.take_back()


def test_a_quick_request_costs_nobody_the_lead(loop, monkeypatch):
    monkeypatch.setattr(leading, "_TICK", 10 * LONG)
    assert all(loop.lead.aside(lambda: None) for _ in range(100))
    assert loop.led.empty()


def test_the_last_thread_is_not_spared():
    loop = Loop(2)
    spared = [loop.lead.spare]

    def meanwhile():
        loop.led.get(timeout=LONG)
        spared.append(loop.lead.spare)

    first(loop, meanwhile)
    loop.lead.returned()
    assert [*spared, loop.lead.spare] == [True, False, True]


def test_who_looks_rests_while_nobody_asks_and_is_called_by_the_next_request(loop):
    first(loop, lambda: loop.led.get(timeout=LONG))
    while loop.lead._called.is_set():
        time.sleep(0.01)
    first(loop, lambda: loop.led.get(timeout=LONG))


def test_a_bug_in_the_loop_is_told_and_the_loop_goes_on(loop, caplog):
    def meanwhile():
        loop.led.get(timeout=LONG)
        loop.steps.put(lambda: 1 // 0)
        loop.led.get(timeout=LONG)

    first(loop, meanwhile)
    assert "a bug of ours in the loop" in caplog.text


class Application:
    """Answers, and to `POST` only when `go` is set; `entered` has one for each that waits."""

    def __init__(self):
        self.entered, self.go = queue.Queue(), threading.Event()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            self.entered.put(environ["PATH_INFO"])
            assert self.go.wait(LONG)
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]


@pytest.fixture
def served(monkeypatch):
    """A worker in a thread of this process, as gunicorn runs it: its application, and what makes a client of it."""
    if os.name == "nt":
        pytest.skip("gunicorn")
    from gunicorn.config import Config
    from gunicorn.workers.base import Worker as Base

    from symbolicator.service import worker

    monkeypatch.setattr(Base, "init_process", lambda _: None)  # signals, and what else is a process's
    monkeypatch.setattr(worker, "gc", SimpleNamespace(freeze=lambda: None, set_threshold=lambda *_: None, get_threshold=gc.get_threshold))
    monkeypatch.setattr(worker, "sys", SimpleNamespace(setswitchinterval=lambda _: None))
    listener = socket.create_server(("127.0.0.1", 0))
    cfg = Config()
    cfg.set("threads", 6)
    made = worker.Worker(1, os.getppid(), [listener], None, 30, cfg, None)
    made.init_process()
    made.wsgi = application = Application()
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    clients = []

    def connected():
        clients.append(http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=LONG))
        return clients[-1]

    yield application, connected
    application.go.set()
    for client in clients:
        client.close()
    made.alive = False
    with suppress(OSError):
        made.method_queue.defer(lambda: None)
    thread.join(LONG)
    made.tmp.close()
    assert not thread.is_alive()


def answer(client):
    return client.getresponse().read().decode()


def test_health_is_answered_while_events_take_as_long_as_they_like(served):
    application, connected = served
    healthy, events = connected(), [connected() for _ in range(3)]
    for at, client in enumerate(events):
        client.request("POST", f"/{at}", b"{}")
        assert application.entered.get(timeout=LONG) == f"/{at}"
        healthy.request("GET", "/health")
        assert answer(healthy) == "/health"
    application.go.set()
    for _ in range(2):  # their connections go on
        assert [answer(client) for client in events] == ["/0", "/1", "/2"]
        for at, client in enumerate(events):
            client.request("POST", f"/{at}", b"{}")
    assert [answer(client) for client in events] == ["/0", "/1", "/2"]


def test_where_all_threads_are_at_events_but_the_last_the_next_waits_its_turn(served):
    application, connected = served
    events = [connected() for _ in range(8)]
    for client in events:
        client.request("POST", "/", b"{}")
    for _ in range(5):
        application.entered.get(timeout=LONG)
    assert application.entered.empty()
    application.go.set()
    assert [answer(client) for client in events] == ["/"] * 8
