"""What is kept in memory, bounded by its cost."""

from symbolicator.artifacts.memory import Bounded


def test_the_least_recently_used_goes_first() -> None:
    memory: Bounded[str, int] = Bounded(10)
    memory.put("a", 1, 4)
    memory.put("b", 2, 4)
    assert memory.get("a") == 1
    memory.put("c", 3, 4)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]
    assert (len(memory), memory.cost) == (2, 8)


def test_a_large_value_displaces_as_many_as_it_needs() -> None:
    memory: Bounded[int, int] = Bounded(10)
    for n in range(10):
        memory.put(n, n, 1)
    memory.put(10, 10, 8)
    assert [n for n in range(11) if memory.get(n) is not None] == [8, 9, 10]
    assert memory.cost == 10


def test_what_costs_more_than_all_the_room_is_not_kept_and_displaces_nothing() -> None:
    memory: Bounded[str, int] = Bounded(10)
    memory.put("a", 1, 10)
    memory.put("b", 2, 11)
    assert (memory.get("a"), memory.get("b"), memory.cost) == (1, None, 10)


def test_a_value_put_again_is_charged_once_and_one_dropped_not_at_all() -> None:
    memory: Bounded[str, int] = Bounded(10)
    memory.put("a", 1, 6)
    memory.put("a", 2, 7)
    assert (memory.get("a"), memory.cost) == (2, 7)
    memory.drop("a")
    memory.drop("a")
    assert (len(memory), memory.cost) == (0, 0)
    memory.put("a", 1, 6)
    memory.clear()
    assert (memory.get("a"), memory.cost) == (None, 0)
