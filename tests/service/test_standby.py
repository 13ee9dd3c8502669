"""Who runs the loop while its own thread is at a request, and who takes the next connection."""

import threading
import time
from types import SimpleNamespace

import pytest

from symbolicator.service import standby
from symbolicator.service.shares import Shares, Turn
from symbolicator.service.standby import Standby


class Loop:
    """Goes round until it is woken; counts the times, and by whom."""

    def __init__(self):
        self.covered = 0
        self.threads = set()
        self.woken = threading.Event()
        self.went_round = threading.Event()
        self.standby = Standby(self.cover, self.woken.set)
        self.standby.start()

    def cover(self):
        self.covered += 1
        self.threads.add(threading.get_ident())
        self.went_round.set()
        self.woken.wait(60)


def test_a_long_request_has_the_loop_taken_over_and_given_back():
    loop = Loop()
    for _ in range(3):
        before, loop.woken = loop.covered, threading.Event()
        loop.went_round.clear()
        loop.standby._wake = loop.woken.set
        with loop.standby:
            assert loop.went_round.wait(60)
            assert loop.standby.busy
        assert not loop.standby.busy
        assert loop.covered > before
    assert threading.get_ident() not in loop.threads


def test_short_requests_keep_it(monkeypatch):
    looks, asleep, others = threading.Semaphore(0), threading.Semaphore(0), threading.enumerate()

    def sleep(seconds):
        if threading.current_thread() in others:  # a thread of a test before this one
            time.sleep(seconds)
        else:
            asleep.release()
            looks.acquire()

    monkeypatch.setattr(standby, "time", SimpleNamespace(sleep=sleep))
    loop = Loop()
    with loop.standby:
        assert asleep.acquire(timeout=60)
    for _ in range(50):
        with loop.standby:
            looks.release()  # it looks once while the request is at work, and next time at another one
            assert asleep.acquire(timeout=60)
    assert loop.covered == 0


def test_a_fault_in_the_loop_is_logged_and_the_next_request_covered(caplog):
    calls = []

    def cover():
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("once")
        again.set()
        woken.wait(60)

    again, woken = threading.Event(), threading.Event()
    at_work = Standby(cover, woken.set)
    at_work.start()
    with at_work:
        assert again.wait(60)
    assert len(calls) >= 2
    assert "a bug of ours in the loop" in caplog.text


def test_the_worker_with_fewest_connections_takes_the_next():
    now = [100.0]
    shares = Shares(3)
    one, other = (Turn(shares, shares.enter(), lambda: now[0]) for _ in range(2))
    assert one.mine(0)
    one.say(1)
    assert not one.mine(1)
    assert other.mine(0)
    other.say(1)
    assert one.mine(1)


def test_a_worker_that_hangs_is_not_waited_for():
    now = [100.0]
    shares = Shares(3)
    one = Turn(shares, shares.enter(), lambda: now[0])
    hung = shares.enter()
    one.say(5)
    assert not one.mine(5)
    now[0] += 0.2
    assert one.mine(5)
    assert one.mine(6)
    now[0] += 2
    assert not one.mine(7)
    shares.leave(hung)
    assert one.mine(7)


def test_more_workers_than_places_share_the_last():
    shares = Shares(2)
    assert [shares.enter() for _ in range(3)] == [0, 1, 1]
    shares.leave(0)
    assert shares.enter() == 0


@pytest.mark.parametrize(
    ("least", "mine", "takes"),
    [
        # of few connections, one more than another has is one too many
        (0, 1, False),
        (3, 4, False),
        # of many, a quarter more is the same to all
        (8, 10, True),
        (8, 11, False),
        (100, 125, True),
        (100, 126, False),
    ],
)
def test_a_worker_lets_a_connection_pass_that_has_over_a_quarter_more_than_another(least, mine, takes):
    shares = Shares(2)
    turn = Turn(shares, shares.enter(), lambda: 100.0)
    shares.say(shares.enter(), least)
    assert turn.mine(mine) is takes
