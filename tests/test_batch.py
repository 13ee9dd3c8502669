"""`symbolicate_many(events, workers=N)`: whatever happens to a worker, an event has its answer, in its place."""

import os
import subprocess
import sys
import threading

import pytest

from symbolicator import Symbolicator, batch
from symbolicator.processes import WorkerDied, Workers
from tests.makers.builds import FRAME, build

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def engine(tmp_path):
    build(tmp_path / "dist")
    with Symbolicator(str(tmp_path / "dist"), cache_dir=str(tmp_path / "cache")) as made:
        yield made


@pytest.fixture
def deadly(monkeypatch):
    monkeypatch.setattr(batch, "WORKER", ("tests.processes.targets", "engine_that_dies"))


def event(**more):
    return {"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}, **more}


def functions(out):
    return [frame["function"] for frame in out["stacktrace"]["frames"]]


def test_an_event_that_workers_die_over_comes_back_raw_and_says_so_and_the_others_are_answered(engine, deadly):
    events = [event(kind="deadly" if number in {5, 30} else "good", event_id=number) for number in range(50)]
    answers = list(engine.symbolicate_many(events, workers=2))
    assert [answer["event_id"] for answer in answers] == list(range(50))
    for answer in answers:
        if answer["kind"] == "deadly":
            (error,) = answer["errors"]
            assert error["type"] == "internal_error"
            assert "ended (SIGKILL), twice" in error["detail"]
            assert "memory" in error["hint"]
            assert functions(answer) == [FRAME["function"]]
        else:
            assert functions(answer) == ["Cart.total"]
            assert "errors" not in answer


def test_an_event_whose_worker_was_killed_by_accident_is_answered_by_the_next(engine, deadly, tmp_path):
    events = [event(kind="unlucky" if number == 7 else "good", mark=str(tmp_path / "mark")) for number in range(20)]
    answers = list(engine.symbolicate_many(events, workers=2))
    assert [functions(answer) for answer in answers] == [["Cart.total"]] * 20
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("workers", [None, 2])
def test_what_is_no_event_has_an_answer_in_its_place(engine, workers):
    answers = list(engine.symbolicate_many([event(), None, 7, event()], workers=workers))
    assert functions(answers[0]) == functions(answers[3]) == ["Cart.total"]
    assert [answer["errors"][0]["type"] for answer in answers[1:3]] == ["invalid_data", "invalid_data"]
    assert answers[1]["errors"][0]["detail"] == "None is not an event (a JSON object)"


def test_an_event_that_cannot_be_sent_is_answered_here(engine):
    (answer,) = engine.symbolicate_many([event(extra=threading.Lock())], workers=2)
    assert functions(answer) == ["Cart.total"]


def test_where_no_process_can_be_started_this_one_does_the_work(engine, monkeypatch):
    def refuse(*_, **__):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert [functions(answer) for answer in engine.symbolicate_many([event()] * 3, workers=2)] == [["Cart.total"]] * 3


def test_a_script_needs_no_guard_around_its_code(engine, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from symbolicator import Symbolicator\n"
        f"engine = Symbolicator({str(tmp_path / 'dist')!r}, cache_dir={str(tmp_path / 'cache')!r})\n"
        f"for answer in engine.symbolicate_many([{event()!r}] * 3, workers=2):\n"
        "    print(answer['stacktrace']['frames'][0]['function'])\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.stdout, done.stderr) == ("Cart.total\n" * 3, "")


def test_workers_that_are_ended_with_the_run_are_not_said_to_have_died(engine, caplog):
    stopped = []

    class Stopping(Workers):
        def ask(self, piece):
            stopped.append(len(piece))
            self.close()  # as Ctrl-C does, while it works
            raise WorkerDied("SIGKILL")

    with Stopping(1, batch.WORKER, engine.settings) as workers:
        assert batch._answers(workers, engine.symbolicate, [{}, {}]) == ([], None)
    assert stopped == [2], "and none is tried again"
    assert caplog.text == ""
