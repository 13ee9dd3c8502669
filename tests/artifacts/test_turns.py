"""Several processes, one cache folder: a large file is compiled by one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from symbolicator.artifacts import turns
from symbolicator.artifacts.cache import Cache
from tests.makers.artifacts import Squares, artifact

pytest.importorskip("fcntl")

LARGE = b"9".rjust(300_000)
NINE = [i * i for i in range(9)]
ROOT = Path(__file__).parent.parent.parent
COMPILE = """
import sys
from pathlib import Path
from symbolicator.artifacts.cache import Cache
from tests.makers.artifacts import Squares, artifact
class Told(Squares):
    def compile(self, *contents):
        print("compiles", flush=True)
        sys.stdin.readline()
        return super().compile(*contents)
print("begins", flush=True)
sys.stdin.readline()
index = Cache(Path(sys.argv[1])).get(Told(), artifact(b"9".rjust(300_000)))
print("has", index.all()[-1], flush=True)
"""


@contextmanager
def processes(count: int, folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that each want the same table, and wait to be told to begin."""
    command = [sys.executable, "-c", COMPILE, str(folder)]
    started = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_of_four_processes_one_compiles(tmp_path: Path) -> None:
    with processes(4, tmp_path) as (first, *others):
        tell(first)
        assert hear(first) == "compiles\n"
        for process in others:
            tell(process)
        tell(first)
        assert [hear(process) for process in (first, *others)] == ["has 64\n"] * 4
    assert list(tmp_path.glob("locks/*")) == []


def test_where_the_one_that_compiles_is_killed_another_does(tmp_path: Path) -> None:
    with processes(2, tmp_path) as (first, second):
        tell(first)
        assert hear(first) == "compiles\n"
        tell(second)
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert hear(second) == "compiles\n"
        tell(second)
        assert hear(second) == "has 64\n"


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with processes(1, tmp_path) as (first,):
        tell(first)
        assert hear(first) == "compiles\n"
        clock = iter(range(0, 1000, 10))
        naps: list[float] = []
        monkeypatch.setattr(turns.time, "monotonic", lambda: float(next(clock)))
        monkeypatch.setattr(turns.time, "sleep", naps.append)
        compiler = Squares()
        assert Cache(tmp_path).get(compiler, artifact(LARGE)).all() == NINE
        assert compiler.compiled == 1
        assert 1 <= len(naps) <= turns.WAIT_AT_MOST


def test_a_child_forked_while_its_parent_compiles_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "name.lock"
    held = turns._locked(path, lambda: False)
    assert held is not None
    reading, writing = os.pipe()
    its_reading, its_writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        os.write(its_writing, b"!")
        os.read(reading, 1)
        os._exit(0)
    try:
        os.read(its_reading, 1)
        os.close(held)  # as the kernel does when the parent dies
        turns._held.fds.discard(held)
        again = turns._locked(path, lambda: True)
        assert again is not None
        os.close(again)
        turns._held.fds.discard(again)
    finally:
        os.close(writing)
        os.waitpid(pid, 0)
        for fd in (reading, its_reading, its_writing):
            os.close(fd)


@pytest.mark.parametrize("trouble", ["a folder", "a FIFO", "a link", "no locks", "no folder"])
def test_where_there_can_be_no_lock_it_is_compiled_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    locks = tmp_path / "locks"
    place = locks / f"squares-1-{artifact(LARGE).digest()}.lock"
    if trouble == "no folder":
        locks.write_text("in the way")
    else:
        locks.mkdir()
    if trouble == "a folder":
        place.mkdir()
    elif trouble == "a FIFO":
        os.mkfifo(place)
    elif trouble == "a link":
        place.symlink_to(tmp_path / "elsewhere")
    elif trouble == "no locks":

        def refuse(*_: object) -> None:
            raise OSError(95, "not supported")

        monkeypatch.setattr(turns.fcntl, "flock", refuse)
    compiler = Squares()
    assert Cache(tmp_path).get(compiler, artifact(LARGE)).all() == NINE
    assert compiler.compiled == 1
    assert not (tmp_path / "elsewhere").exists()


def test_small_files_are_compiled_without_asking(tmp_path: Path) -> None:
    Cache(tmp_path).get(Squares(), artifact(b"9"))
    assert not (tmp_path / "locks").exists()


def test_parts_of_a_large_file_have_turns_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    real = turns.turn
    monkeypatch.setattr("symbolicator.artifacts.cache.turn", lambda folder, name, done: names.append(name) or real(folder, name, done))
    compiler = Squares()
    Cache(tmp_path).get(compiler, artifact(LARGE), part="units-7")
    assert [name.endswith("-units-7") for name in names] == [True]


def test_a_cache_folder_that_a_turn_makes_is_its_user_s_alone(tmp_path: Path) -> None:
    with turns.turn(tmp_path / "cache", "a", lambda: False):
        assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("cache", "cache/locks")] == [0o700, 0o700]
