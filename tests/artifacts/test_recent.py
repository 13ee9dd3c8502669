"""What is remembered: bounded, and never another key's."""

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.recent import Moment, Recent, Unchanged

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


def test_with_less_room_what_is_too_much_goes_as_new_answers_come():
    recent: Recent[int, int] = Recent(40)
    for number in range(30):
        recent.put(number, number, 1)
    recent.allow(10)
    for number in range(100, 111):
        recent.put(number, number, 1)
    held = {**recent._old, **recent._young}
    assert sum(cost for _, cost in held.values()) <= 10
    assert recent.get(110) == 110


def is_even(number):
    return number % 2 == 0


def test_answers_are_kept_while_the_same_is_on_disk():
    now, state, asked = [100.0], [(object(),)], []
    unchanged = Unchanged(lambda: state[0], lambda: now[0])

    def find(answer):
        asked.append(answer)
        return answer

    for _ in range(3):
        assert unchanged.get("a", lambda: find(2), is_even) == 2
        now[0] += 5
    assert asked == [2]
    assert [unchanged.get("b", lambda: find(3), is_even) for _ in range(2)] == [3, 3]  # one that is not lasting
    assert asked == [2, 3, 3]
    state[0] = (object(),)
    now[0] += 5
    assert unchanged.get("a", lambda: find(4), is_even) == 4


def test_an_answer_found_before_a_change_is_not_kept_after_it():
    now, state = [100.0], [(1,)]
    unchanged = Unchanged(lambda: state[0], lambda: now[0])

    def find_slowly():
        state[0], now[0] = (2,), now[0] + 5
        unchanged.get("other", lambda: 0, is_even)  # another thread sees the change
        return 8

    assert unchanged.get("a", find_slowly, is_even) == 8
    assert unchanged.get("a", lambda: 10, is_even) == 10


def test_what_is_kept_unchanged_is_bounded():
    unchanged = Unchanged(lambda: (), lambda: 0.0)
    for number in range(0, 20_000, 2):
        assert unchanged.get(number, lambda number=number: number, is_even) == number
    assert len(unchanged._answers) <= 4096
