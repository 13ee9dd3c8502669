"""`Symbolicator`: the engine behind every door."""

import copy
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import symbolicator
from symbolicator import ConfigError, Settings, Symbolicator, symbolicate
from tests.makers.builds import FRAME, build

TEXT = """12:00:01 request 7 failed
TypeError: Cannot read properties of undefined (reading 'length')
    at a.total (https://cdn.example/assets/app.js:1:35)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
12:00:02 retrying
"""


@pytest.fixture
def dist(tmp_path):
    build(tmp_path / "dist")
    return str(tmp_path / "dist")


def event():
    return {"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}}


def functions(out):
    return [frame["function"] for frame in out["stacktrace"]["frames"]]


def test_one_call_is_enough(dist, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    assert functions(symbolicate(event(), files=dist)) == ["Cart.total"]
    assert functions(symbolicate(event(), files=[dist])) == ["Cart.total"]
    assert list((tmp_path / "cache").rglob("*.table"))


def test_files_may_come_from_the_environment(dist, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMBOLICATOR_FILES", dist)
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    assert functions(symbolicate(event())) == ["Cart.total"]


def test_a_second_process_uses_what_the_first_compiled(dist, tmp_path):
    cache = tmp_path / "cache"
    time.sleep(0.15)  # files written within a clock tick of the scan are read again by the next one
    with Symbolicator(dist, cache_dir=str(cache)) as engine:
        engine.symbolicate(event())
    code = (
        "import sys, json; from symbolicator import Symbolicator\n"
        f"out = Symbolicator({dist!r}, cache_dir={str(cache)!r}).symbolicate({event()!r})\n"
        "print(out['stacktrace']['frames'][0]['function'], *(m in sys.modules for m in ('tree_sitter', 'symbolicator.sourcemaps.identify')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["Cart.total", "False", "False"]


def test_a_script_s_error_loads_nothing_that_only_other_events_need(dist):
    error = {"platform": "javascript", "exception": {"values": [{"type": "Error", "value": "sold out", **event()}]}}
    others = [
        "traces.document",
        "portable_pdb.compiling",
        "portable_pdb.methods",
        "transformers.dotnet_files",
        "transformers.dart_exceptions",
    ]
    code = (
        "import sys; from symbolicator import Symbolicator\n"
        f"out = Symbolicator({dist!r}, cache_dir=False).symbolicate({error!r})\n"
        "print(out['exception']['values'][0]['stacktrace']['frames'][0]['function'])\n"
        f"print(*(one for one in {others!r} if f'symbolicator.{{one}}' in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == ["Cart.total", ""]


def test_many_events_keep_their_order_and_are_read_as_they_are_taken(dist):
    taken = []

    def stream() -> Iterator[dict]:
        for number in range(1000):
            taken.append(number)
            yield {**event(), "event_id": str(number)}

    with Symbolicator(dist, cache_dir=False) as engine:
        answers = engine.symbolicate_many(stream())
        assert [next(answers)["event_id"] for _ in range(5)] == ["0", "1", "2", "3", "4"]
    assert len(taken) < 10


def test_processes_share_the_work_and_keep_the_order(dist, tmp_path):
    taken = []

    def stream() -> Iterator[dict]:
        for number in range(400):
            taken.append(number)
            yield {**event(), "event_id": str(number)}

    with Symbolicator(dist, cache_dir=str(tmp_path / "cache")) as engine:
        answers = engine.symbolicate_many(stream(), workers=2)
        first = next(answers)
        assert len(taken) < 400
        rest = list(answers)
    assert [out["event_id"] for out in (first, *rest)] == [str(number) for number in range(400)]
    assert all(functions(out) == ["Cart.total"] for out in rest)


def test_threads_share_one(dist):
    answers = []
    with Symbolicator(dist, cache_dir=False) as engine:
        threads = [threading.Thread(target=lambda: answers.append(functions(engine.symbolicate(event())))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [["Cart.total"]] * 8


def test_a_text_comes_back_readable_and_the_log_around_it_byte_for_byte(dist):
    with Symbolicator(dist, cache_dir=False) as engine:
        out = engine.symbolicate_text(TEXT)
    before, after = TEXT.splitlines(), out.splitlines()
    assert after[2] == "    at Cart.total (src/cart.ts:3:23)"
    assert [line for i, line in enumerate(after) if i != 2] == [line for i, line in enumerate(before) if i != 2]


def test_a_text_without_frames_comes_back_as_it_is(dist):
    with Symbolicator(dist, cache_dir=False) as engine:
        assert engine.symbolicate_text("nothing here\r\n") == "nothing here\r\n"


def test_an_explanation_says_how_each_frame_was_found_or_why_not(dist):
    with Symbolicator(dist, cache_dir=False) as engine:
        told = engine.explain({"platform": "javascript", "frames": [{**FRAME, "abs_path": "/gone.js"}, FRAME]})
    found, gone = told.frames
    assert (found.now, found.resolved_with) == ("Cart.total at src/cart.ts:3:23", "url")
    assert gone.problems[0].type == "missing_source"
    text = str(told)
    assert "a.total at https://cdn.example/assets/app.js:1:35" in text
    assert "looked:" in text
    assert "to do:" in text


def test_a_file_that_changes_is_seen(dist):
    clock_steps = 3.0
    with Symbolicator(dist, cache_dir=False) as engine:
        assert functions(engine.symbolicate(event())) == ["Cart.total"]
        map_path = Path(dist) / "app.js.map"
        document = json.loads(map_path.read_text())
        document["sourcesContent"] = [document["sourcesContent"][0].replace("total", "summe").replace("Cart", "Korb")]
        map_path.write_text(json.dumps(document))
        for store in engine.store.stores:
            store._clock = lambda clock=store._clock: clock() + clock_steps  # the store looks again every two seconds
        assert functions(engine.symbolicate(event())) == ["Korb.summe"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        # what cannot be, said at construction
        ({"files": "/no/such/folder"}, "no such file or folder"),
        ({"files": [3]}, "neither a path nor a store"),
        ({"files": ".", "transformers": ["nobody"]}, "no transformer called 'nobody'"),
        ({"files": ".", "path_map": {"a": "/no/such/folder"}}, "no such file or folder"),
        ({"files": ".", "colour": True}, "unknown setting"),
    ],
)
def test_wrong_settings_are_an_error_that_says_what_to_try(arguments, said):
    with pytest.raises(ConfigError, match=said):
        Symbolicator(cache_dir=False, **arguments)


def test_public_names_are_all_there():
    for name in symbolicator.__all__:
        assert getattr(symbolicator, name) is not None


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, symbolicator; print([m for m in ('elftools', 'flask', 'rich', 'click', 'tree_sitter', 'sourcemap', 'msgspec') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "how", [copy.copy, copy.deepcopy, lambda engine: pickle.loads(pickle.dumps(engine))], ids=["copy", "deepcopy", "pickle"]
)
def test_a_copy_of_an_engine_answers_as_it_does(dist, tmp_path, how):
    with Symbolicator(dist, cache_dir=str(tmp_path / "cache"), context_lines=1) as engine:
        right = engine.symbolicate(event())
        other = how(engine)
        assert other is not engine
        assert other.settings == engine.settings
        assert other.symbolicate(event()) == right
        with pytest.raises(TypeError, match="files of a request"):
            how(engine.with_guests(tmp_path))


@pytest.mark.parametrize("workers", [None, 2])
def test_what_came_before_a_fault_of_the_feed_is_answered_first(dist, tmp_path, workers):
    def feed():
        for n in range(20):
            yield {**event(), "extra": {"n": n}}
        raise LookupError("the feed broke")

    answers = []
    with Symbolicator(dist, cache_dir=str(tmp_path / "cache")) as engine:
        many = engine.symbolicate_many(feed(), workers=workers)
        for _ in range(20):
            answers.append(next(many)["extra"]["n"])
        with pytest.raises(LookupError):
            next(many)
    assert answers == list(range(20))


@pytest.mark.parametrize("wrap", [str, Path, lambda folder: [folder], lambda folder: (folder,)])
def test_settings_take_one_path_or_many(dist, wrap):
    with Symbolicator(settings=Settings(files=wrap(dist), cache_dir=False)) as engine:
        assert functions(engine.symbolicate(event())) == ["Cart.total"]
