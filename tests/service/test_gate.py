"""How many events are at work at once, and whose turn is next."""

from types import SimpleNamespace

import pytest

from symbolicator.service import gate as gate_module
from symbolicator.service.gate import LONGEST_PAUSE, PAUSE, Gate
from symbolicator.service.limits import Limits
from symbolicator.service.refusals import Refusal


@pytest.fixture
def clock(monkeypatch):
    """A clock that only sleeping moves on; `slept`: for how long in all."""
    now = SimpleNamespace(at=100.0, slept=0.0, used=0.0)

    def sleep(seconds):
        now.at += seconds
        now.slept += seconds

    monkeypatch.setattr(gate_module, "time", SimpleNamespace(monotonic=lambda: now.at, sleep=sleep, thread_time=lambda: now.used))
    return now


def take(gate, clock, seconds):
    with gate.working(guests=True):
        clock.at += seconds


def test_after_an_event_with_files_others_come_first_for_three_times_as_long(clock):
    gate = Gate(Limits())
    with gate.working():
        take(gate, clock, 1.0)
        assert clock.slept == 0.0
        take(gate, clock, 1.0)
        assert clock.slept == pytest.approx(PAUSE)


def test_others_that_come_one_after_the_other_are_there_between_two_of_them_as_well(clock):
    gate = Gate(Limits())
    take(gate, clock, 1.0)
    with gate.working():
        pass
    clock.at += 0.1
    take(gate, clock, 0.1)
    assert clock.slept == pytest.approx(0.1, abs=0.03), "none came for a moment, and it goes on"


def test_no_pause_outlasts_an_honest_senders_patience(clock):
    gate = Gate(Limits())
    with gate.working():
        take(gate, clock, 8.0)
        take(gate, clock, 0.1)
        assert clock.slept == pytest.approx(LONGEST_PAUSE)


def test_where_nobody_else_comes_nobody_pauses(clock):
    gate = Gate(Limits())
    with gate.working():
        take(gate, clock, 1.0)
    clock.at += 0.3
    take(gate, clock, 1.0)
    assert clock.slept == 0.0


def test_who_would_have_to_pause_for_longer_than_anybody_waits_is_told_503_and_the_next_gets_its_place(clock):
    gate = Gate(Limits(threads=1, patience=2.0))
    with gate.working():
        take(gate, clock, 1.0)
        with pytest.raises(Refusal, match="no turn within 2 s"):
            take(gate, clock, 1.0)
        clock.at += PAUSE
        take(gate, clock, 1.0)


def test_what_it_takes_to_read_a_form_counts_and_not_how_long_its_sender_takes(clock):
    gate = Gate(Limits())
    with gate.working():
        with gate.reading(guests=True):
            clock.at += 30.0
            clock.used += 0.5
        take(gate, clock, 0.0)
        assert clock.slept == pytest.approx(PAUSE * 0.5)
