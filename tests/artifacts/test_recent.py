"""What is remembered: bounded, and never another key's."""

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.recent import Moment, Recent

KEYS = st.integers(0, 30)


@given(limit=st.integers(0, 60), steps=st.lists(st.tuples(st.booleans(), KEYS, st.integers(0, 20)), max_size=120))
def test_it_stays_within_its_limit_and_gives_what_was_put(limit, steps):
    recent: Recent[int, str] = Recent(limit)
    for put, key, cost in steps:
        if put:
            recent.put(key, f"answer {key}", cost)
        assert recent.get(key) in (None, f"answer {key}")
        held = {**recent._old, **recent._young}
        assert sum(cost for _, cost in held.values()) <= limit


@given(others=st.lists(KEYS, max_size=100))
def test_what_is_asked_for_all_the_time_stays(others):
    recent: Recent[int, int] = Recent(20)
    recent.put(-1, 7, 1)
    for other in others:
        recent.put(other, 0, 1)
        assert recent.get(-1) == 7


def test_what_is_dearer_than_a_half_is_not_kept_and_drives_nothing_out():
    recent: Recent[str, int] = Recent(20)
    recent.put("small", 1, 2)
    recent.put("large", 2, 11)
    assert recent.get("large") is None
    assert recent.get("small") == 1


def test_what_was_found_is_kept_for_a_moment_and_then_looked_for_again():
    now, asked = [100.0], []
    moment = Moment(lambda: now[0])

    def find():
        asked.append(now[0])

    for _ in range(3):
        assert moment.get("a", find) is None
    assert len(asked) == 1
    now[0] += 0.2
    assert moment.get("a", find) is None
    assert len(asked) == 2


def test_a_moment_is_bounded():
    moment = Moment(lambda: 0.0)
    for number in range(5000):
        assert moment.get(number, lambda number=number: number) == number
    assert len(moment._answers) <= 1024
