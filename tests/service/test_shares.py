"""Who takes the next connection."""

import pytest

from symbolicator.service.shares import Shares, Turn


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
