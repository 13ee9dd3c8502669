"""What a worker takes in, and how long it waits for it: its rules, without a server around it."""

import os
import socket
from collections import deque
from contextlib import suppress
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn")
with suppress(ImportError):  # where gunicorn is there; it is not on Windows
    from symbolicator.service import allowance, parsing, worker
    from symbolicator.service.connection import Connection
    from symbolicator.service.limits import MIN_RATE


@pytest.fixture
def pair():
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(60)
    yield ends
    for end in ends:
        end.close()


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


@pytest.mark.parametrize(
    ("ready", "pooled", "answering", "full"),
    [
        # three places: events that wait, that threads have, and the one being answered take one each
        (3, 0, False, True),
        (0, 3, False, True),
        (2, 0, True, True),
        (1, 1, True, True),
        # one of them less
        (2, 0, False, False),
        (0, 2, False, False),
        (1, 0, True, False),
        (0, 1, True, False),
    ],
)
def test_an_event_is_turned_away_where_all_places_are_taken_by_those_at_hand(pair, ready, pooled, answering, full):
    ours, client = pair
    taken = worker.Worker.__new__(worker.Worker)
    taken.places, taken._reading, taken._pooled = 3, 0, pooled
    taken._ready = deque([None] * ready)
    taken._standby = SimpleNamespace(busy=answering)
    turned_away = []
    taken._turn_away = turned_away.append
    taken._timed = {}
    conn = Connection(ours, None, None, 10.0)
    client.sendall(b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert taken._read(conn)
    assert bool(turned_away) is full
    assert (conn in taken._ready) is not full
