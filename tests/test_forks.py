"""A process that forks while its threads work: whatever they held, the child answers."""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from symbolicator import Symbolicator, forks
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.layouts import LayoutStore
from symbolicator.cached import cached_property
from symbolicator.debugfiles.open_files import OpenFile, OpenFiles
from tests.makers.artifacts import Squares, artifact
from tests.makers.builds import FRAME, build

PROGRAM = Path(__file__).parent.parent / "fixtures/native/clang-dwarf5/files/apiary"
EVENT: dict[str, Any] = {"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}}

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def in_child(act: Callable[[], object]) -> object:
    """What `act` gives in a forked child; AssertionError where it has not ended within a minute."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        with suppress(BaseException):
            os.write(writing, json.dumps(act()).encode())
            code = 0
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        hung = not select.select([file], [], [], 60)[0]
        answer = b"" if hung else file.read()
    if hung:
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    assert not hung, "the child hung"
    assert status == 0, "the child failed"
    return json.loads(answer)


@contextmanager
def held(*locks: threading.Lock) -> Iterator[None]:
    """Another thread holds these locks."""
    has, let = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            has.set()
            let.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    has.wait()
    try:
        yield
    finally:
        let.set()
        thread.join()


def functions(out: dict[str, Any]) -> list[str]:
    return [frame["function"] for frame in out["stacktrace"]["frames"]]


@pytest.fixture
def engine(tmp_path: Path) -> Symbolicator:
    build(tmp_path / "dist")
    return Symbolicator(tmp_path / "dist", cache_dir=str(tmp_path / "cache"))


@pytest.mark.parametrize("used", [False, True], ids=["before its first event", "after it"])
def test_a_child_answers_whatever_lock_of_the_engine_another_thread_holds(engine: Symbolicator, used: bool) -> None:
    if used:
        engine.symbolicate(EVENT)
    locks = [shared._lock for shared in list(forks._alive) if hasattr(shared, "_lock")]
    kinds = {type(shared) for shared in list(forks._alive)}
    assert {Cache, DirectoryStore} <= kinds
    with held(*locks):
        assert in_child(lambda: functions(engine.symbolicate(EVENT))) == ["Cart.total"]
    assert functions(engine.symbolicate(EVENT)) == ["Cart.total"], "the parent goes on as before"


def test_nothing_with_a_lock_is_forgotten() -> None:
    package = Path(forks.__file__).parent
    texts = {path.stem: path.read_text("utf-8") for path in package.rglob("*.py") if path.parent.name != "service"}
    with_lock = {name for name, text in texts.items() if "Lock()" in text}
    # Of `buffers` and `units` each belongs to one compilation, or to a file that `open_files` opens again.
    assert {name for name in with_lock if "renewed_in_child" not in texts[name] and "at_fork" not in texts[name]} == {"buffers", "units"}
    for kind in (Cache, DirectoryStore, LayoutStore, OpenFile, OpenFiles):
        assert hasattr(kind, "after_fork")


def test_what_another_thread_was_compiling_the_child_compiles_itself() -> None:
    begun, go = threading.Event(), threading.Event()

    class Slow(Squares):
        def compile(self, *contents: memoryview) -> Any:
            if threading.current_thread() is not threading.main_thread():
                begun.set()
                go.wait()
            return super().compile(*contents)

    cache, compiler = Cache(None), Slow()
    thread = threading.Thread(target=cache.get, args=(compiler, artifact(b"4")))
    thread.start()
    begun.wait()
    try:
        assert in_child(lambda: [list(cache.get(compiler, artifact(b"4")).all()), compiler.compiled]) == [[0, 1, 4, 9], 1]
    finally:
        go.set()
        thread.join()
    assert cache.get(compiler, artifact(b"4")).all() == [0, 1, 4, 9]
    assert compiler.compiled == 1


def test_a_folder_that_another_thread_was_looking_through_is_looked_through_again(tmp_path: Path) -> None:
    build(tmp_path / "dist")
    begun, go = threading.Event(), threading.Event()

    def identify(name: str, data: memoryview) -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            go.wait()

    store = DirectoryStore(tmp_path / "dist", None, (identify,))
    thread = threading.Thread(target=store.artifacts)
    thread.start()
    begun.wait()
    try:
        assert in_child(lambda: len(store.artifacts())) == len(list((tmp_path / "dist").rglob("*.*")))
    finally:
        go.set()
        thread.join()


def test_a_debug_file_that_another_thread_was_reading_is_opened_again() -> None:
    data = memoryview(PROGRAM.read_bytes())
    reads: list[int] = []

    def read() -> list[memoryview]:
        reads.append(1)
        return [data]

    file = OpenFile(read)
    file.use(lambda *_: None)
    with held(file._lock):
        assert in_child(lambda: [file.use(lambda container, _: container.format), len(reads)]) == ["elf", 2]
    assert in_child(lambda: [file.use(lambda container, _: container.format), len(reads)]) == ["elf", 1]


def test_a_property_that_another_thread_computes_is_computed_in_the_child() -> None:
    begun, go = threading.Event(), threading.Event()

    class Index:
        @cached_property
        def answer(self) -> int:
            if threading.current_thread() is not threading.main_thread():
                begun.set()
                go.wait()
            return 42

    index = Index()
    thread = threading.Thread(target=lambda: index.answer)
    thread.start()
    begun.wait()
    try:
        assert in_child(lambda: [index.answer, index.answer]) == [42, 42]
    finally:
        go.set()
        thread.join()


def test_a_fork_waits_for_what_another_thread_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("import sys\nsys.begun.set()\nsys.go.wait()\nanswer = 42\n")
    begun, go = threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "begun", begun, raising=False)
    monkeypatch.setattr(sys, "go", go, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    thread = threading.Thread(target=__import__, args=("slow_to_import",))
    thread.start()
    begun.wait()
    naps = 0

    def nap(seconds: float) -> None:
        nonlocal naps
        naps += 1
        if naps == 2:
            go.set()
        thread.join(timeout=seconds)

    monkeypatch.setattr(forks.time, "sleep", nap)
    try:
        waited = in_child(lambda: __import__("slow_to_import").answer)
    finally:
        go.set()
        thread.join()
    assert waited == 42
    assert naps >= 2


def test_an_import_that_does_not_end_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program_as_module.py").write_text("import sys\nsys.begun.set()\nsys.go.wait()\n")
    begun, go = threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "begun", begun, raising=False)
    monkeypatch.setattr(sys, "go", go, raising=False)
    monkeypatch.setattr(forks, "_slow", set())
    monkeypatch.syspath_prepend(str(tmp_path))
    thread = threading.Thread(target=__import__, args=("program_as_module",))
    thread.start()
    begun.wait()
    clock = iter(range(1000))
    monkeypatch.setattr(forks.time, "monotonic", lambda: next(clock))
    try:
        forks._before()
        assert forks._slow == {"program_as_module"}
        naps: list[float] = []
        monkeypatch.setattr(forks.time, "sleep", naps.append)
        forks._before()
        assert len(naps) == 1
    finally:
        go.set()
        thread.join()


def _ask(engine: Symbolicator, answers: Any) -> None:
    answers.put(functions(engine.symbolicate(EVENT)))


def test_multiprocessing_may_fork_a_process_whose_threads_symbolicate(engine: Symbolicator) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            engine.symbolicate(EVENT)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    try:
        for _ in range(5):
            process = context.Process(target=_ask, args=(engine, answers))
            process.start()
            process.join(60)
            assert process.exitcode == 0
            assert answers.get() == ["Cart.total"]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
