"""A text that is still being written: what is complete goes out, stacks as a whole, wherever the text is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator.traces import following
from symbolicator.traces.following import AROUND, HEADED, PAUSED, SETTLED, TOGETHER, Following
from tests.makers.builds import build

STACK = """TypeError: Cannot read properties of undefined (reading 'length')
    at a.total (https://cdn.example/assets/app.js:1:35)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
"""
CHAIN = f"{STACK[:-1]} {{\n  [cause]: Error: no\n      at a.total (https://cdn.example/assets/app.js:1:35)\n}}\n"
TOTAL = "Cart.total"


def plain(count, start=0):
    return "".join(f"12:00:{number % 60:02} info request {number}\n" for number in range(start, start + count))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("following")
    build(folder / "dist")
    with Symbolicator(str(folder / "dist"), cache_dir=str(folder / "cache")) as made:
        yield made


def written(parts):
    return "".join(part.text[part.start : part.end] for part in parts)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_pieces_that_a_text_comes_in_make_no_difference(engine, data):
    blocks = data.draw(
        st.lists(st.sampled_from([STACK, CHAIN, plain(3), plain(AROUND + 9), plain(TOGETHER), "\n", "a\r\nb\rc\x0cd\n"]), max_size=7)
    )
    text = "".join(blocks) + data.draw(st.sampled_from(["", "no line end", STACK[:-1]]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=9)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(engine.symbolicate_stream(pieces)) == "".join(engine.symbolicate_stream([text])) == engine.symbolicate_text(text)


@pytest.mark.parametrize("more", [0, 1, AROUND - 3, AROUND + 3, TOGETHER, 3 * TOGETHER + 1])
def test_a_stack_comes_back_wherever_it_stands(engine, more):
    text = plain(more) + CHAIN + plain(more) + STACK
    out = "".join(engine.symbolicate_stream([text]))
    assert out.count(TOTAL) == 3
    assert out == engine.symbolicate_text(text)


def test_a_line_is_handed_on_as_soon_as_nothing_comes_for_a_moment():
    live = Following()
    assert live.feed("one\ntwo\nthr", 10.0) == []
    assert live.wait(10.0) == pytest.approx(PAUSED)
    assert live.parts(10.0 + PAUSED / 2) == []
    assert written(live.parts(10.0 + 1.5 * PAUSED)) == "one\ntwo\n"
    assert live.wait(11.0) is None
    assert written(live.feed("ee\n", 11.0) + live.rest()) == "three\n"


def test_lines_that_go_on_are_handed_on_but_for_the_last_few():
    live = Following()
    live.feed(plain(100), 10.0)
    assert written(live.parts(10.0)) == plain(100 - HEADED)


def test_a_stack_is_handed_on_when_nothing_was_added_to_it_for_a_while_also_if_other_lines_go_on():
    live = Following()
    out = live.feed(plain(30) + STACK, 10.0)
    out += live.parts(10.0)
    assert written(out) == plain(30), "the header is the stack's"
    at = 10.0
    while at < 10.0 + SETTLED:
        out += live.feed(plain(1), at)
        out += live.parts(at)
        assert written(out) == plain(30)
        at += PAUSED / 2
    parts = live.parts(at)
    assert [part.traces is not None for part in parts] == [True]
    assert written(parts).startswith(STACK)


def test_a_stack_that_goes_on_after_it_was_handed_on_goes_on_as_a_stack(engine):
    live = Following()
    out = live.feed(STACK, 10.0) + live.parts(10.0 + 1.5 * SETTLED)
    assert written(out) == STACK
    (part,) = live.feed("    at a.total (https://cdn.example/assets/app.js:1:35)\n", 11.0) + live.rest()
    assert part.traces is not None
    assert [len(stack) for stack in part.traces.sources] == [3]
    assert TOTAL in part.traces.render(engine.symbolicate(part.traces.event), part.start, part.end)
    assert part.traces.render(engine.symbolicate(part.traces.event), part.start, part.end).count("\n") == 1


def test_what_is_held_is_bounded_and_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(following, "HELD", 20_000)
    live = Following()
    text = "Error: x\n" + "    at a.total (https://cdn.example/assets/app.js:1:35)\n" * 5_000
    out = []
    for at in range(0, len(text), 777):
        out += live.feed(text[at : at + 777])
        assert live._size <= 20_000 + 777
        assert len(live._before) <= 60 * (AROUND + 1)
    assert written(out + live.rest()) == text


def test_how_often_a_long_stack_is_looked_through_does_not_grow_with_its_lines(monkeypatch):
    looked = []
    monkeypatch.setattr(following, "find_texts", lambda text, find=following.find_texts, **marks: looked.append(len(text)) or find(text, **marks))
    text = "Error: x\n" + "    at a.total (https://cdn.example/assets/app.js:1:35)\n" * 20 * TOGETHER
    live = Following()
    parts = live.feed(text) + live.rest()
    assert written(parts) == text
    assert sum(looked) <= 4 * len(text)


def test_a_line_that_never_ends_is_handed_on_in_pieces(monkeypatch):
    monkeypatch.setattr(following, "HELD", 20_000)
    live = Following()
    text = STACK + "x" * 300_000 + "\n" + STACK
    out = []
    for at in range(0, len(text), 777):
        out += live.feed(text[at : at + 777])
        held = live._unended + live._size + len(live._before)
        assert held <= 3 * 20_000 + len(STACK)
    out += live.rest()
    assert written(out) == text
    assert [part.traces is not None for part in out].count(True) == 2


def test_where_a_line_that_never_ends_is_cut_does_not_depend_on_its_pieces(engine, monkeypatch):
    monkeypatch.setattr(following, "HELD", 2_000)
    text = STACK + "x" * 30_000 + " " + STACK + "y" * 4_000
    want = "".join(engine.symbolicate_stream([text]))
    assert want.count(TOTAL) == 2
    for size in (1, 777, 2_000, 2_001):
        assert "".join(engine.symbolicate_stream([text[at : at + size] for at in range(0, len(text), size)])) == want
