"""Children: none is left behind, none is shared by mistake."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from symbolicator import Symbolicator, isolation
from symbolicator.isolation import pool
from symbolicator.isolation.process import Child, Died
from tests.isolation.test_isolation import EVENT, TWO, functions, with_attack
from tests.makers.builds import build
from tests.test_forks import in_child

ROOT = Path(__file__).parent.parent.parent
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="no limits for processes on this system"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


OTHER = {**EVENT, "stacktrace": {"frames": [{**EVENT["stacktrace"]["frames"][0], "abs_path": "https://cdn.example/assets/other.js"}]}}
"""Of a script that was there when the folder was first looked at, and that no event has named."""


def engine_of(tmp_path: Path) -> Symbolicator:
    build(tmp_path / "dist")
    build(tmp_path / "dist", script="other.js", comment="other.js.map")
    return Symbolicator(tmp_path / "dist", cache_dir=str(tmp_path / "cache"), isolate=True)


@pytest.mark.parametrize("word", ["", "SLEEP"], ids=["idle", "at work"])
def test_a_child_ends_with_a_parent_that_is_killed(word: str, tmp_path: Path) -> None:
    with_attack(tmp_path / "dist", word or "NOTHING")
    code = (
        "import sys, threading; from symbolicator import Symbolicator\n"
        "from symbolicator.isolation.process import Child\n"
        f"engine = Symbolicator({str(tmp_path / 'dist')!r}, cache_dir={str(tmp_path / 'cache')!r}, isolate=True)\n"
        "real = Child._note\n"
        "def note(self, answer):\n"
        "    real(self, answer)\n"
        "    if type(answer).__name__ == 'AtTable': print(self._process.pid, flush=True)\n"
        "Child._note = note\n"
        f"engine.symbolicate({TWO!r})\n"
        "sys.stdin.readline()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        pidfd = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        import select

        assert select.select([pidfd], [], [], 60)[0], "it goes on"
        os.close(pidfd)
    finally:
        parent.kill()
        parent.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="the words are Linux's")
def test_a_child_is_what_a_machine_without_memory_ends_first(tmp_path: Path, started: list[Child]) -> None:
    with engine_of(tmp_path) as engine:
        engine.symbolicate(EVENT)
        pid = started[0]._process.pid
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"
        assert "Max address space         3221225472" in Path(f"/proc/{pid}/limits").read_text()
        os.kill(pid, signal.SIGKILL)
        assert functions(engine.symbolicate(OTHER)) == ["Cart.total"], "another takes its place"


def test_a_dropped_engine_leaves_no_child_and_no_zombie(tmp_path: Path, started: list[Child]) -> None:
    engine = engine_of(tmp_path)
    engine.symbolicate(EVENT)
    (child,) = started
    assert child.alive
    del engine
    for _ in range(3):  # stores and what they found know each other, in several circles
        gc.collect()
    assert child._process.returncode is not None


def test_a_forked_process_starts_its_own(tmp_path: Path, started: list[Child]) -> None:
    engine = engine_of(tmp_path)
    engine.symbolicate(EVENT)

    def work() -> Any:
        again = Symbolicator(tmp_path / "dist", cache_dir=str(tmp_path / "cache-of-child"), isolate=True)
        return [functions(again.symbolicate(OTHER)), functions(engine.symbolicate(OTHER)), started[0].asked]

    asked = started[0].asked
    assert in_child(work) == [["Cart.total"], ["Cart.total"], asked]
    assert started[0].alive, "the parent's own"
    engine.close()


def test_who_waits_too_long_for_a_child_is_answered_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(tmp_path)
    engine.store.artifacts()
    monkeypatch.setattr(isolation, "SECONDS", 0.05)
    workshop: Any = engine.workshop
    for _ in range(pool.AT_ONCE):
        assert workshop._pool._free.acquire(blocking=False)
    out = engine.symbolicate(EVENT)
    assert functions(out) == ["a.total"]
    assert "all processes that read files are busy" in out["errors"][0]["detail"]


def test_many_threads_share_few_children(tmp_path: Path, started: list[Child]) -> None:
    engine = engine_of(tmp_path)
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(functions(engine.symbolicate(EVENT)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["Cart.total"]] * 8
    assert len(started) <= pool.AT_ONCE
    engine.close()


def test_an_answer_that_is_none_is_a_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolicator.processes.lifeline.spawn.get_executable", lambda: "/bin/echo")
    engine = engine_of(tmp_path)
    out = engine.symbolicate(EVENT)
    assert functions(out) == ["a.total"]
    workshop: Any = engine.workshop
    with pytest.raises(Died, match="an invalid answer"), workshop._pool.child(1e12) as child:
        child.ask(isolation.Read(isolation.Place("/", "x", 1, 1, 1), False, None), 1e12)


def test_what_comes_with_an_event_is_read_by_children_of_their_own_that_give_way_to_others(tmp_path: Path, started: list[Child]) -> None:
    engine = engine_of(tmp_path)
    engine.symbolicate(EVENT)
    sent = engine.with_guests(with_attack(tmp_path / "sent", ""), None)
    assert functions(sent.symbolicate(TWO)) == ["Cart.total", "Cart.total"]
    niceness = [os.getpriority(os.PRIO_PROCESS, child._process.pid) for child in started]
    assert niceness == [os.nice(0), min(os.nice(0) + isolation.SENT_NICENESS, 19)]
    engine.close()
    assert not any(child.alive for child in started)


def test_files_that_came_with_an_event_have_one_time_to_be_identified_and_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float] = []
    real = Child.ask

    def ask(self: Child, request: Any, deadline: float) -> Any:
        deadlines.append(deadline)
        return real(self, request, deadline)

    monkeypatch.setattr(Child, "ask", ask)
    engine = Symbolicator([], cache_dir=str(tmp_path / "cache"), isolate=True)
    sent = engine.with_guests(with_attack(tmp_path / "sent", ""), None)
    sent.symbolicate(TWO)
    assert len(deadlines) > 1
    assert len(set(deadlines)) == 1
    deadlines.clear()
    sent = engine.with_guests(with_attack(tmp_path / "sent", ""), None)
    monkeypatch.setattr(isolation, "LEAST_SECONDS", 1000.0)  # however long it took to say what they are
    sent.symbolicate(TWO)
    assert deadlines[-1] > deadlines[0]
    engine.close()
