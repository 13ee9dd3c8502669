"""One event through the transformers, in order."""

import logging

import msgspec
import pytest

from symbolicator import event as event_json
from symbolicator.artifacts.files import Found
from symbolicator.model import Frame, Status
from symbolicator.pipeline import MAX_EXPANSION, Pipeline
from symbolicator.transformers import Transformer

replace = msgspec.structs.replace


class Desk:
    images = ()

    def find(self, key, near=None):
        return Found()


def run(transformers, event, **options):
    pipeline = Pipeline(transformers, context_lines=5, **options)
    return event_json.write(pipeline.run(event_json.read(event), lambda prepared: Desk()))


class Upper(Transformer):
    name = "upper"

    def handles(self, frame, stacktrace):
        return (frame.platform or stacktrace.platform) == "upper"

    def transform(self, frames, stacktrace, lookup):
        return [(replace(frame, function=frame.function.upper(), status=Status.SYMBOLICATED),) for frame in frames]


class Failing(Upper):
    name = "failing"

    def transform(self, frames, stacktrace, lookup):
        raise ZeroDivisionError("a bug")


class Expanding(Upper):
    name = "expanding"

    def transform(self, frames, stacktrace, lookup):
        return [
            tuple(Frame(function=f"{frame.function}{i}", status=Status.SYMBOLICATED) for i in range(int(frame.lineno or 0)))
            for frame in frames
        ]


def test_a_frame_is_given_only_to_who_handles_it():
    out = run([Upper()], {"platform": "upper", "frames": [{"function": "a"}, {"function": "b", "platform": "other"}]})
    assert [frame["function"] for frame in out["frames"]] == ["A", "b"]
    assert [frame["data"]["symbolicator_status"] for frame in out["frames"]] == ["symbolicated", "raw"]


def test_who_comes_first_wins():
    out = run([Upper(), Failing()], {"platform": "upper", "frames": [{"function": "a"}]})
    assert out["frames"][0]["function"] == "A"
    assert "errors" not in out


def test_a_bug_becomes_a_problem_and_the_others_go_on(caplog):
    with caplog.at_level(logging.ERROR):
        out = run([Failing(), Upper()], {"platform": "upper", "frames": [{"function": "a"}]})
    (frame,) = out["frames"]
    assert frame["function"] == "A"
    assert frame["data"]["problems"][0]["type"] == "internal_error"
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_on_one_frame_costs_only_that_frame():
    class Picky(Upper):
        def transform(self, frames, stacktrace, lookup):
            if any(frame.function == "b" for frame in frames):
                raise ZeroDivisionError("a bug")
            return super().transform(frames, stacktrace, lookup)

    out = run([Picky()], {"platform": "upper", "frames": [{"function": "a"}, {"function": "b"}, {"function": "c"}]})
    assert [frame["function"] for frame in out["frames"]] == ["A", "b", "C"]
    assert len(out["errors"]) == 1


def test_too_little_memory_is_no_bug_and_is_not_tried_again_for_each_frame():
    calls = []

    class Greedy(Upper):
        def transform(self, frames, stacktrace, lookup):
            calls.append(len(frames))
            raise MemoryError

        def finish(self, event, lookup):
            raise MemoryError

    out = run([Greedy()], {"platform": "upper", "frames": [{"function": "a"}, {"function": "b"}]})
    assert [frame["data"]["problems"][0]["type"] for frame in out["frames"]] == ["limit_exceeded"] * 2
    assert {error["type"] for error in out["errors"]} == {"limit_exceeded"}
    assert calls == [2]


def test_a_strict_pipeline_raises():
    with pytest.raises(ZeroDivisionError):
        run([Failing()], {"platform": "upper", "frames": [{"function": "a"}]}, strict=True)


def test_inlinees_are_spliced_in_place_and_share_their_raw_index():
    out = run(
        [Expanding()],
        {"platform": "upper", "frames": [{"function": "a", "lineno": 2}, {"function": "b", "lineno": 0}, {"function": "c", "lineno": 1}]},
    )
    assert [(frame["function"], frame["data"]["raw_index"]) for frame in out["frames"]] == [("a0", 0), ("a1", 0), ("c0", 2)]


def test_an_expansion_without_bound_is_cut_and_said():
    out = run([Expanding()], {"platform": "upper", "frames": [{"function": "a", "lineno": MAX_EXPANSION + 7}]})
    assert len(out["frames"]) == MAX_EXPANSION
    assert out["errors"][0]["type"] == "limit_exceeded"


def test_a_wrong_number_of_answers_is_a_bug_of_the_transformer():
    class Short(Upper):
        def transform(self, frames, stacktrace, lookup):
            return []

    out = run([Short()], {"platform": "upper", "frames": [{"function": "a"}]})
    assert out["frames"][0]["function"] == "a"
    assert out["errors"][0]["type"] == "internal_error"


def test_a_failing_prepare_or_finish_leaves_the_event_as_it_was():
    class Broken(Upper):
        def prepare(self, event):
            raise KeyError("x")

        def finish(self, event, lookup):
            raise KeyError("y")

    out = run([Broken()], {"platform": "upper", "frames": [{"function": "a"}]})
    assert out["frames"][0]["function"] == "A"
    assert len(out["errors"]) == 2


def test_where_the_user_says_what_is_theirs_nothing_else_is():
    frames = [{"function": "a", "filename": "./src/shop/cart.ts"}, {"function": "b", "module": "vendor/x", "in_app": True}]
    out = run([], {"platform": "upper", "frames": frames}, in_app=("src/shop",))
    assert [frame["in_app"] for frame in out["frames"]] == [True, False]
