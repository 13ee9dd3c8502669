"""Answers of whole frames that are remembered: cheap, and the same as those that are worked out."""

import json

import pytest

from symbolicator import Symbolicator
from tests.counting import calls, peak_bytes
from tests.makers.builds import FRAME, build, one, source_map

A, B = "85314830-023f-4cf1-a267-535f4e37bb17", "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def engine(tmp_path):
    build(tmp_path)
    return Symbolicator([tmp_path], cache_dir=False)


def test_a_frame_that_was_answered_before_costs_few_calls(engine):
    small, large = ({"platform": "javascript", "frames": [dict(FRAME) for _ in range(count)]} for count in (10, 110))
    engine.symbolicate(large)
    assert calls(lambda: engine.symbolicate(large)) - calls(lambda: engine.symbolicate(small)) <= 18 * 100


def test_what_a_frame_brings_is_its_own_when_its_answer_is_remembered(engine):
    frames = [one(engine, data={"note": n, "sourcemap": "theirs"}, vars={"n": n}) for n in range(3)]
    plain, again = one(engine), one(engine)
    assert [(frame["data"]["note"], frame["vars"]["n"]) for frame in frames] == [(n, n) for n in range(3)]
    assert all(list(frame["data"])[:2] == ["note", "sourcemap"] and frame["data"]["sourcemap"] != "theirs" for frame in frames)
    assert plain == again
    assert "note" not in plain["data"]
    assert "vars" not in plain


def test_an_answer_can_be_changed_without_the_next_one_changing(engine):
    first = one(engine)
    want = json.loads(json.dumps(first))
    first["pre_context"].clear()
    first["data"].clear()
    assert one(engine) == want


@pytest.mark.parametrize(
    ("key", "values", "written"),
    [
        ("in_app", (True, False), "in_app"),
        ("function", ("a.total", "b.total"), "raw_function"),
        ("raw_function", ("c.total", "d.total"), "raw_function"),
        ("package", ("one", "other"), "package"),
        ("symbol", ("one", "other"), "symbol"),
        ("symbol_addr", ("0x1", "0x2"), "symbol_addr"),
        ("addr_mode", ("abs", "rel:1"), "addr_mode"),
        ("lang", ("one", "other"), "lang"),
        ("platform", ("javascript", "node"), "platform"),
    ],
)
def test_what_else_a_frame_says_is_in_its_own_answer(engine, key, values, written):
    assert [one(engine, **{key: value})[written] for value in (*values, *values)] == [*values, *values]


def test_another_place_is_another_answer(engine):
    assert [one(engine, colno=colno)["colno"] for colno in (35, 24, 35)] == [23, 12, 23]


def test_two_builds_of_a_script_each_have_their_own_answers(tmp_path):
    build(tmp_path, "a/app.js", debug_id=A)
    build(tmp_path, "b/app.js", debug_id=B, source="../src/other.ts")

    def file(debug_id):
        image = {"type": "sourcemap", "code_file": FRAME["abs_path"], "debug_id": debug_id}
        event = {"platform": "javascript", "frames": [FRAME], "debug_meta": {"images": [image]}}
        return engine.symbolicate(event)["frames"][0]["filename"]

    with Symbolicator([tmp_path], cache_dir=False) as engine:
        assert [file(debug_id) for debug_id in (A, B, A, B)] == ["src/cart.ts", "src/other.ts"] * 2


def test_a_remembered_answer_is_not_given_once_its_source_has_a_map(tmp_path, monkeypatch):
    monkeypatch.setattr("symbolicator.artifacts.recent._MOMENT", 0)
    compiled = "export class Cart{total(){return this.items.length}}\n//# sourceMappingURL=cart.js.map"
    (tmp_path / "app.js.map").write_text(json.dumps(source_map([[(0, 0, 0, 0), (34, 0, 0, 37)]], ["cart.js"], [compiled])))
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        assert [one(engine)["filename"] for _ in range(2)] == ["cart.js"] * 2
        (tmp_path / "cart.js").write_text(compiled)
        inner = source_map([[(0, 0, 0, 7), (37, 0, 2, 22)]], ["cart.ts"], ["export class Cart {\n  total() {\n    return 1"])
        (tmp_path / "cart.js.map").write_text(json.dumps(inner))
        for store in engine.store.stores:  # it looks again every two seconds
            monkeypatch.setattr(store, "_clock", lambda clock=store._clock: clock() + 60)
        assert one(engine)["filename"] == "cart.ts"


def test_a_name_from_the_callers_call_is_not_remembered(tmp_path):
    """`x` says nothing, and the source's language is unknown: only the caller's call names the function."""
    lines = [[(0, 0, 0, 0, 0), (10, 0, 0, 10, 1), (20, 0, 0, 20)]]
    (tmp_path / "app.js.map").write_text(json.dumps(source_map(lines, ["app.zig"], ["a" * 40], ["first", "second"])))
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        callee = {**FRAME, "function": "x", "colno": 21}
        names = [engine.symbolicate_frames([{**FRAME, "colno": colno}, callee])[1]["function"] for colno in (1, 11, 1)]
    assert names == ["first", "second", "first"]


def test_a_frame_whose_answer_is_remembered_still_names_the_function_that_it_calls(tmp_path):
    lines = [[(0, 0, 0, 0, 0), (10, 0, 0, 10), (20, 0, 0, 20)]]
    (tmp_path / "app.js.map").write_text(json.dumps(source_map(lines, ["app.zig"], ["a" * 40], ["first"])))
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        caller, other = {**FRAME, "colno": 1}, {**FRAME, "colno": 11}
        engine.symbolicate_frames([caller, other])
        assert engine.symbolicate_frames([caller, {**FRAME, "function": "x", "colno": 21}])[1]["function"] == "first"


def test_remembered_answers_stay_within_their_memory(tmp_path):
    build(tmp_path)
    with Symbolicator([tmp_path], cache_dir=False, memory_bytes=1 << 20) as engine:
        one(engine)

        def many():
            for number in range(2000):
                one(engine, function=f"{'f' * 1000}{number}")

        assert peak_bytes(many) < 4 * engine.cache.recent._half
        assert engine.cache.recent._charged <= engine.cache.recent._half
