"""The cache: compiled once, remembered, and never a reason for a wrong answer or an error."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
import threading
from array import array
from pathlib import Path
from typing import Any

import pytest

from symbolicator.artifacts import folders, table_folder
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.folders import default_cache_folder, sweep
from symbolicator.artifacts.guests import GuestCache
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact
from tests.makers.artifacts import Squares, artifact

NINE = [i * i for i in range(9)]


def tables(folder: Path) -> list[Path]:
    return sorted(folder.glob("tables/*/*.table"))


def test_a_second_cache_opens_what_the_first_compiled(tmp_path: Path) -> None:
    first, second = Squares(), Squares()
    assert Cache(tmp_path).get(first, artifact(b"9")).all() == NINE
    index = Cache(tmp_path).get(second, artifact(b"9", "elsewhere.map"))
    assert (index.all(), first.compiled, second.compiled) == (NINE, 1, 0)
    assert index.table.origin == tables(tmp_path)[0]
    assert not list(tmp_path.glob("tmp/*"))


def test_memory_gives_the_same_index_again(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        cache, compiler = Cache(folder), Squares()
        assert cache.get(compiler, artifact(b"9")) is cache.get(compiler, artifact(b"9"))
        assert compiler.compiled == 1


def test_versions_names_and_several_artifacts_are_kept_apart(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for compiler in (Squares(), Squares(version=2), Squares(name="../other:squares")):
        assert cache.get(compiler, artifact(b"4"), artifact(b"5")).all() == NINE
        assert cache.get(compiler, artifact(b"9")).all() == NINE
        assert compiler.compiled == 2
    info = cache.info()
    assert (info.entries, set(info.compilers)) == (6, {"squares-1", "squares-2", ".._other_squares-1"})
    assert all(path.resolve().is_relative_to(tmp_path) for path in tables(tmp_path))
    assert info.bytes == sum(path.stat().st_size for path in tables(tmp_path))


def test_a_refusal_is_remembered_on_disk_and_in_memory(tmp_path: Path) -> None:
    compiler = Squares()
    for cache in (Cache(tmp_path), Cache(tmp_path)):
        for name in ("a.map", "b.map"):
            with pytest.raises(MalformedArtifact, match="not a number") as caught:
                cache.get(compiler, artifact(b"x", name))
            assert (caught.value.artifact, caught.value.offset, type(caught.value)) == (name, 3, MalformedArtifact)
    assert compiler.compiled == 1


def test_a_limit_stays_a_limit(tmp_path: Path) -> None:
    class Bounded(Squares):
        def compile(self, *contents: memoryview) -> Any:
            raise LimitExceeded("9 is more than 8 \ud800")

    for cache in (Cache(tmp_path), Cache(tmp_path)):
        with pytest.raises(LimitExceeded, match="9 is more than 8"):
            cache.get(Bounded(), artifact(b"9"))


def test_a_bug_is_never_remembered(tmp_path: Path) -> None:
    cache, compiler = Cache(tmp_path), Squares()
    for times in (1, 2):
        with pytest.raises(ZeroDivisionError):
            cache.get(compiler, artifact(b"13"))
        assert compiler.compiled == times
    assert not tables(tmp_path)


@pytest.mark.parametrize(("content", "compiled"), [(b"2000", 1), (b"x", 1), (b"13", 8)])
def test_eight_threads_asking_for_one_cold_map_compile_it_once(tmp_path: Path, content: bytes, compiled: int) -> None:
    cache, compiler, answers = Cache(tmp_path), Squares(delay=0.05), []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        try:
            answers.append(cache.get(compiler, artifact(content)).lookup(3))
        except (MalformedArtifact, ZeroDivisionError) as error:
            answers.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert compiler.compiled == compiled


def test_asking_for_what_one_is_compiling_is_an_error_and_not_a_hang() -> None:
    cache = Cache(None)

    class Snake(Squares):
        def compile(self, *contents: memoryview) -> Any:
            return cache.get(self, artifact(b"9"))

    with pytest.raises(RuntimeError, match="the table that it is compiling"):
        cache.get(Snake(), artifact(b"9"))


@pytest.mark.parametrize("damage", ["flip header", "truncate", "empty", "foreign version", "not a table", "a folder"])
def test_a_table_damaged_on_disk_is_made_again_without_a_word(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    Cache(tmp_path).get(Squares(), artifact(b"9"))
    [path] = tables(tmp_path)
    data = bytearray(path.read_bytes())
    if damage == "flip header":
        data[20] ^= 1
    elif damage == "truncate":
        del data[-9:]
    elif damage == "empty":
        data.clear()
    elif damage == "foreign version":
        Cache(tmp_path / "other").get(Squares(version=2), artifact(b"9"))
        data = bytearray(tables(tmp_path / "other")[0].read_bytes())
    else:
        data[:] = b"hello"
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(data)
    assert Cache(tmp_path).get(Squares(), artifact(b"9")).all() == NINE
    if damage != "a folder":
        assert not caplog.records
        compiler = Squares()
        assert Cache(tmp_path).get(compiler, artifact(b"9")).all() == NINE
        assert compiler.compiled == 0


@pytest.mark.parametrize("removable", [True, False])
def test_a_block_found_damaged_is_discarded_and_made_again(tmp_path: Path, removable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(tmp_path).get(Squares(), artifact(b"9000"))
    [path] = tables(tmp_path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    cache, compiler = Cache(tmp_path), Squares()
    index = cache.get(compiler, artifact(b"9000"))
    assert index.lookup(5) == 25
    with pytest.raises(DamagedTable) as caught:
        index.lookup(8999)
    if not removable:
        monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: (_ for _ in ()).throw(PermissionError(errno.EROFS, "read-only")))
    assert caught.value.origin is not None
    cache.discard(caught.value.origin)
    assert cache.get(compiler, artifact(b"9000")).lookup(8999) == 8999**2
    assert compiler.compiled == 1


def test_discard_leaves_other_files_alone(tmp_path: Path) -> None:
    precious = tmp_path / "tables" / "precious.table"
    precious.parent.mkdir()
    precious.write_text("mine")
    Cache(tmp_path / "cache").discard(precious)
    Cache(None).discard(precious)
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE])
def test_a_folder_that_cannot_be_written_costs_one_warning(
    tmp_path: Path, trouble: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError(trouble, os.strerror(trouble))

    monkeypatch.setattr(table_folder, "write_whole", fail)
    cache, compiler = Cache(tmp_path), Squares()
    for n in (9, 10, 9, 10):
        assert cache.get(compiler, artifact(b"%d" % n)).lookup(8) == 64
    with pytest.raises(MalformedArtifact):
        cache.get(compiler, artifact(b"x"))
    assert compiler.compiled == 3
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"cannot be written: {os.strerror(trouble)}; make it writable" in caplog.text
    assert "Errno" not in caplog.text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def open_full(path: str | Path, flags: int) -> int:
        Path(path).touch()
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(folders, "private", open_full)
    assert Cache(tmp_path).get(Squares(), artifact(b"90000")).lookup(8) == 64
    assert not list(tmp_path.glob("tmp/*"))
    assert not tables(tmp_path)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("place", ["a file", "below a file", "read-only"])
def test_a_folder_that_is_none_degrades_to_memory(tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "cache"
    if place == "read-only":
        if os.geteuid() == 0:
            # Root writes everywhere but in /proc.
            folder = Path("/proc/symbolicator-cache")
        else:
            folder.mkdir(mode=0o500)
    else:
        folder.write_text("a file")
        folder = folder / "deeper" if place == "below a file" else folder
    cache = Cache(folder)
    assert cache.get(Squares(), artifact(b"9")).all() == NINE
    assert cache.info().entries == 0
    assert cache.trim(0) == 0
    cache.clear()
    assert len(caplog.records) == 1


def test_deleting_the_folder_at_any_moment_is_safe(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "cache"
    cache, compiler = Cache(folder, memory_bytes=20_000), Squares()
    big = cache.get(compiler, artifact(b"200000"))
    for n in (9, 10, 11):
        shutil.rmtree(folder)
        assert cache.get(compiler, artifact(b"%d" % n)).lookup(8) == 64
    assert big.lookup(199_999) == 199_999**2
    assert len(tables(folder)) == 1
    assert not caplog.records


def test_memory_is_bounded_and_a_giant_is_still_answered(tmp_path: Path) -> None:
    cache = Cache(tmp_path, memory_bytes=50_000)
    for n in range(3000, 3030):
        assert cache.get(Squares(), artifact(b"%d" % n)).lookup(5) == 25
        assert cache.info().memory_bytes <= 50_000
    for folder in (tmp_path, None):
        small, compiler = Cache(folder, memory_bytes=1000), Squares()
        assert small.get(compiler, artifact(b"300000")) is small.get(compiler, artifact(b"300000"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_mapped_tables_hold_a_bounded_number_of_descriptors(tmp_path: Path) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    cache, before = Cache(tmp_path), descriptors()
    for n in range(200):
        assert cache.get(Squares(), artifact(b"%d" % (140_000 + n))).lookup(5) == 25
    assert descriptors() - before <= 128


def test_trim_removes_the_least_recently_used_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for n in (1001, 1002, 1003):
        cache.get(Squares(), artifact(b"%d" % n))
    for path in tables(tmp_path):
        os.utime(path, (1e9, 1e9))
    # Opened by another process: touched.
    kept = Cache(tmp_path).get(Squares(), artifact(b"1002")).table.origin
    total = cache.info().bytes
    freed = cache.trim(total // 3 + 100)
    assert tables(tmp_path) == [kept]
    assert freed == total - cache.info().bytes
    assert cache.trim(10**9) == 0


def test_a_table_that_is_opened_is_marked_as_used_now_whatever_the_mount_marks(tmp_path: Path) -> None:
    Cache(tmp_path).get(Squares(), artifact(b"9"))
    (path,) = tables(tmp_path)
    os.utime(path, (1e9, 1e9))
    Cache(tmp_path).get(Squares(), artifact(b"9"))
    assert path.stat().st_mtime > 1.5e9  # not the time of access alone: some mounts keep none


def test_what_a_guest_s_file_has_a_part_in_is_kept_in_the_guest_s_cache(tmp_path: Path) -> None:
    shared, own, theirs = Cache(tmp_path), artifact(b"4"), artifact(b"5")
    guests = GuestCache(shared, lambda one: one is own, Cache(None))
    for mixed in ((own, theirs), (theirs, own), (theirs,)):
        assert guests.get(Squares(), *mixed).lookup(2) == 4
        assert guests.has(Squares(), *mixed)
        assert not shared.has(Squares(), *mixed)
    assert not tables(tmp_path)
    guests.get(Squares(), own)
    assert shared.has(Squares(), own)


def test_clear_removes_what_the_cache_wrote_and_nothing_else(tmp_path: Path) -> None:
    cache, compiler = Cache(tmp_path), Squares()
    cache.get(compiler, artifact(b"9"))
    mine = tmp_path / "tables" / "squares-1" / "notes.txt"
    mine.write_text("mine")
    cache.clear()
    assert not tables(tmp_path)
    assert mine.exists()
    cache.get(compiler, artifact(b"9"))
    assert compiler.compiled == 2


def test_only_litter_of_the_dead_is_swept(tmp_path: Path) -> None:
    from symbolicator.artifacts import folders

    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    host, mine = folders._host(), os.getpid()
    dead = [f"{host}.{process.pid}.1.0.tmp"]
    if folders._start_of(mine) != "0":
        dead.append(f"{host}.{mine}.12345.0.tmp")  # our number, given to another before us
    old = f"elsewhere.{mine}.1.0.tmp"
    alive = [f"{host}.{mine}.{folders._start_of(mine)}.0.tmp", f"elsewhere.{process.pid}.1.0.tmp"]
    alive += ["notes.tmp", f"{host}.99999999999.1.0.tmp"]
    for name in [*dead, old, *alive]:
        (tmp_path / "tmp" / name).touch()
    os.utime(tmp_path / "tmp" / old, (0, 0))
    assert sweep(tmp_path) == len(dead) + 1
    assert sorted(path.name for path in (tmp_path / "tmp").iterdir()) == sorted(alive)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_killed_in_the_middle_of_writing_there_is_no_wrong_answer_and_no_litter() -> None:
    # `python -m tests.crash_cache --rounds 200` is the long form. In a process of its own: it forks, and pytest may have threads.
    command = [sys.executable, "-m", "tests.crash_cache", "--rounds", os.environ.get("CRASH_ROUNDS", "30")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "'reads checked'" in done.stdout


def test_a_memory_of_nothing_holds_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path, memory_bytes=0)
    assert cache.get(Squares(), artifact(b"9")).all() == NINE
    assert cache.info().memory_entries == 0


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        # ours wins
        ({"SYMBOLICATOR_CACHE_DIR": "/x", "XDG_CACHE_HOME": "/y", "HOME": "/h"}, "linux", "/x"),
        # empty is unset
        ({"SYMBOLICATOR_CACHE_DIR": "", "XDG_CACHE_HOME": "/y", "HOME": "/h"}, "linux", "/y/symbolicator"),
        # relative is ignored
        ({"XDG_CACHE_HOME": "y", "HOME": "/h"}, "linux", "/h/.cache/symbolicator"),
        # macOS
        ({"XDG_CACHE_HOME": "/y", "HOME": "/h"}, "darwin", "/h/Library/Caches/symbolicator"),
        # Windows
        ({"LOCALAPPDATA": "/l", "HOME": "/h"}, "win32", "/l/symbolicator"),
    ],
)
def test_the_default_folder(environ: dict[str, str], platform: str, folder: str) -> None:
    assert default_cache_folder(environ, platform) == Path(folder)


def test_importing_the_cache_imports_little() -> None:
    code = "import sys, symbolicator.artifacts.cache; print(sorted(set(m.partition('.')[0] for m in sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    for heavy in ("elftools", "flask", "logging", "sourcemap", "tree_sitter", "zipfile", "asyncio", "json"):
        assert f"'{heavy}'" not in loaded, heavy


class Part:
    """Compiles a part of a file, by itself."""

    name = "demo-part"
    version = 1

    def __init__(self, number: int) -> None:
        self.number = number
        self.compiled = 0

    def compile(self, *contents: memoryview) -> TableWriter:
        assert contents == ()
        self.compiled += 1
        return TableWriter(self.name, self.version).column("number", array("Q", [self.number] * 600))

    def open(self, table: Table) -> int:
        return table.column("number")[0]


def test_parts_of_one_file_are_tables_of_their_own_and_rebuilt_one_by_one(tmp_path: Path) -> None:
    one, two, file = Part(1), Part(2), artifact(b"9")
    cache = Cache(tmp_path)
    assert [cache.get(one, file, part="1"), cache.get(two, file, part="x-2"), cache.get(two, file, part="1")] == [1, 2, 1]
    first = tmp_path / "tables" / "demo-part-1" / f"{file.digest()}-1.table"
    damaged = bytearray(first.read_bytes())
    damaged[-1] ^= 1
    first.write_bytes(damaged)
    again = Cache(tmp_path)
    assert [again.get(one, file, part="1"), again.get(two, file, part="x-2")] == [1, 2]
    assert (one.compiled, two.compiled) == (2, 1)
    assert again.info().compilers["demo-part-1"].entries == 2
    assert again.trim(0) > 0
    assert again.info().entries == 0


def test_a_parts_name_is_no_path() -> None:
    with pytest.raises(ValueError, match="part"):
        Cache(None).get(Part(1), artifact(b"9"), part="../x")


def test_answers_get_what_the_tables_leave_free() -> None:
    cache, compiler, limit = Cache(None, memory_bytes=1 << 20), Squares(), 1 << 20
    room = [cache.recent._half]
    for number in (9, 10_000, 50_000):
        cache.get(compiler, artifact(b"%d" % number))
        room.append(cache.recent._half)
    assert room == sorted(room, reverse=True)
    assert room[0] == limit // 4
    assert limit // 32 <= room[-1] < room[1] < room[0]
