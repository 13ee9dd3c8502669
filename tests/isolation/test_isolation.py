"""`isolate=True`: the same answers, and a file that kills whoever reads it costs itself."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symbolicator import ConfigError, Settings, Symbolicator, isolation, parse_trace
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.cold_cache import Cold, ColdCache
from symbolicator.artifacts.scratch import scratch
from symbolicator.debugfiles.lazy import LAZY_FROM
from symbolicator.errors import LimitExceeded
from symbolicator.isolation.process import Child
from symbolicator.service import create_app
from symbolicator.settings import isolated
from tests.makers.artifacts import Squares, artifact
from tests.makers.builds import FRAME, build

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="no limits for processes on this system")

EVENT: dict[str, Any] = {"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}}
TWO: dict[str, Any] = {
    "platform": "javascript",
    "stacktrace": {"frames": [{**FRAME, "abs_path": "https://cdn.example/assets/bad.js"}, dict(FRAME)]},
}
GOOD = ["a.total", "Cart.total"]


def functions(out: dict[str, Any]) -> list[str]:
    return [frame["function"] for frame in out["stacktrace"]["frames"]]


def problems(out: dict[str, Any]) -> list[str]:
    return [f"{one['type']}: {one['detail']}" for one in out.get("errors", [])]


def with_attack(folder: Path, word: str) -> Path:
    """A build, and beside it one whose map is an attack."""
    build(folder)
    build(folder, script="bad.js", comment="bad.js.map", x_note=f"ATTACK-{word}")
    return folder


@pytest.fixture
def isolated_engine(tmp_path: Path) -> Callable[..., Symbolicator]:
    def make(*files: Path, **options: Any) -> Symbolicator:
        return Symbolicator(list(files), cache_dir=str(tmp_path / "cache"), isolate=True, **options)

    return make


CASES = ["javascript/esbuild-min", "javascript/hermes-O", "jvm/kotlin", "native/clang-dwarf5"]


@pytest.mark.usefixtures("nothing_compiled_here")
@pytest.mark.parametrize(("case", "part_by_part"), [*((case, False) for case in CASES), (CASES[-1], True)])
def test_the_answers_are_those_of_an_engine_that_reads_files_itself(
    case: str, part_by_part: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = FIXTURES / case
    stacks = sorted(path for path in (folder / "stacks").glob("*")) if (folder / "stacks").exists() else []
    assert stacks or (folder / "expected.json").exists()
    events = [parse_trace(path.read_text()) for path in stacks[:3]] or _native_events(folder)
    files = folder / "files"
    if part_by_part:
        files = tmp_path / "files"
        files.mkdir()
        for path in (folder / "files").iterdir():
            (files / path.name).write_bytes(path.read_bytes() + bytes(LAZY_FROM))
    with Symbolicator(files, cache_dir=str(tmp_path / "isolated"), isolate=True) as engine:
        answers = [engine.symbolicate(event) for event in events]
        assert [engine.symbolicate(event) for event in events] == answers, "warm"
    monkeypatch.undo()
    with Symbolicator(files, cache_dir=str(tmp_path / "here")) as engine:
        assert answers == [engine.symbolicate(event) for event in events]


def _native_events(folder: Path) -> list[dict[str, Any]]:
    name = next(path.name for path in sorted((folder / "files").iterdir()) if path.is_file())
    places = sorted({int(address, 16) for address in _addresses(json.loads((folder / "expected.json").read_text()))})[:8]
    frames = [{"instruction_addr": hex(0x10000 + place), "trust": "context"} for place in places]
    return [
        {
            "platform": "native",
            "frames": frames,
            "images": [{"type": "elf", "image_addr": "0x10000", "image_size": 1 << 30, "code_file": name}],
        }
    ]


def _addresses(value: Any) -> list[str]:
    """Every text of an expectation that is an address."""
    found: list[str] = []
    pending = [value]
    while pending:
        one = pending.pop()
        pending += one.values() if isinstance(one, dict) else one if isinstance(one, list) else []
        pending += one.keys() if isinstance(one, dict) else []
        if isinstance(one, str) and one.startswith("0x"):
            found.append(one)
    return found or ["0x1139"]


@pytest.mark.usefixtures("nothing_compiled_here")
def test_what_is_warm_wants_no_child(isolated_engine: Any, tmp_path: Path, started: list[Child]) -> None:
    build(tmp_path / "dist")
    with isolated_engine(tmp_path / "dist") as engine:
        assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]
        assert len(started) == 1
        asked = started[0].asked
        for _ in range(3):
            assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]
        assert (len(started), started[0].asked) == (1, asked)
    assert not started[0].alive, "closing lets go of it"


@pytest.mark.usefixtures("nothing_compiled_here")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("CRASH", "ended the process that read it (SIGSEGV)"),
        ("SPIN", "takes more CPU to read than the limit for a file"),
        ("MEMORY", "needs more memory to read than the limit for a file"),
    ],
)
def test_a_map_that_kills_its_reader_is_a_problem_and_the_rest_is_answered(
    word: str, said: str, isolated_engine: Any, tmp_path: Path, started: list[Child], caplog: pytest.LogCaptureFixture
) -> None:
    with isolated_engine(with_attack(tmp_path / "dist", word)) as engine:
        out = engine.symbolicate(TWO)
        assert functions(out) == GOOD
        (problem,) = problems(out)
        assert problem.startswith("limit_exceeded: ")
        assert f"bad.js.map: {said}" in problem
        deaths = len(caplog.records)
        assert deaths == (word != "MEMORY")
        assert problems(engine.symbolicate(TWO)) == [problem], "remembered"
    with isolated_engine(tmp_path / "dist") as engine:
        assert problems(engine.symbolicate(TWO)) == [problem], "by the next process too"
    assert len(caplog.records) == deaths
    assert not any(child.alive for child in started)


def test_a_refusal_holds_for_a_while_only(tmp_path: Path) -> None:
    file, compiler = artifact(b"4"), Squares()
    key = "squares-1", file.digest()
    for cache in (ColdCache(tmp_path), ColdCache(tmp_path)):
        assert cache.refuse(key, "kills its reader", 3600)
        with pytest.raises(LimitExceeded, match="kills its reader"):
            cache.get(compiler, file)
        assert cache.refuse(key, "kills its reader", -1)
        with pytest.raises(Cold):
            cache.get(compiler, file)
    assert Cache(tmp_path).get(compiler, file).all() == [0, 1, 4, 9], "tried again"


def test_a_map_that_hangs_without_computing_is_given_up_and_not_held_against_it_for_long(
    isolated_engine: Any, tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    with isolated_engine(with_attack(tmp_path / "dist", "SLEEP")) as engine:
        assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]  # a child is ready
        monkeypatch.setattr(isolation, "SECONDS", 2.0)
        out = engine.symbolicate(TWO)
        assert functions(out) == GOOD
        assert "takes longer to read than the limit for a file" in problems(out)[0]
        table = next(path for path in (tmp_path / "cache").rglob("*.table") if b"longer" in path.read_bytes())
        assert json.loads(table.read_bytes()[32:].partition(b"}}")[0].split(b'"until":')[1].split(b"}")[0].split(b",")[0])


def test_a_bug_in_a_child_is_in_the_parents_log_and_the_rest_is_answered(
    isolated_engine: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with isolated_engine(with_attack(tmp_path / "dist", "BUG")) as engine, caplog.at_level(logging.ERROR):
        out = engine.symbolicate(TWO)
    assert functions(out) == GOOD
    assert "ZeroDivisionError: a bug" in caplog.text
    assert "could not be compiled; see the log" in problems(out)[0]


def test_what_a_child_prints_reaches_nobody(isolated_engine: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with isolated_engine(with_attack(tmp_path / "dist", "PRINT")) as engine:
        assert functions(engine.symbolicate(TWO)) == ["Cart.total", "Cart.total"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("nothing_compiled_here")
@pytest.mark.parametrize("word", ["CRASH", "SPIN", "MEMORY"])
def test_a_file_that_kills_who_asks_what_it_is_hides_itself_alone(
    word: str, isolated_engine: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build(tmp_path / "dist")
    (tmp_path / "dist" / "identify.txt").write_text(f"ATTACK-{word}")
    with isolated_engine(tmp_path / "dist") as engine:
        assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]
        (note,) = engine.store.notes()
        assert note.startswith("identify.txt: ")
        assert "to read than" in note or "SIGSEGV" in note
        deaths = len(caplog.records)
        assert deaths == (word != "MEMORY")
        assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]
    assert len(caplog.records) == deaths


@pytest.mark.usefixtures("nothing_compiled_here")
def test_files_of_a_guest_are_read_in_a_child_and_nothing_of_them_stays(isolated_engine: Any, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with_attack(tmp_path / "theirs", "CRASH")
    (tmp_path / "theirs" / "identify.txt").write_text("ATTACK-CRASH")
    with isolated_engine(tmp_path / "ours") as engine:
        before = set(scratch.folder("look").parent.glob("guests-*"))
        guest = engine.with_guests(tmp_path / "theirs")
        assert functions(guest.symbolicate(TWO)) == GOOD
        assert functions(engine.symbolicate(EVENT)) == ["a.total"]
        del guest
        assert set(scratch.folder("look").parent.glob("guests-*")) == before
    assert not list((tmp_path / "cache").rglob("sourcemap-*/*.table"))


def test_the_cache_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    with Symbolicator(["dist"], cache_dir="cache", isolate=True) as engine:
        assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]
    assert (tmp_path / "cache" / "tables").is_dir()


def test_without_a_folder_that_can_be_written_it_works_all_the_same(tmp_path: Path) -> None:
    build(tmp_path / "dist")
    (tmp_path / "file").write_text("in the way")
    for cache_dir in (False, str(tmp_path / "file" / "cache")):
        with Symbolicator(tmp_path / "dist", cache_dir=cache_dir, isolate=True) as engine:
            assert functions(engine.symbolicate(EVENT)) == ["Cart.total"]


def test_a_step_that_names_no_table_is_no_way_into_other_files(tmp_path: Path) -> None:
    cache = ColdCache(tmp_path / "cache")
    for key in (("..", "x"), ("a-1", "../../x"), ("", "x"), ("a-1", "x/y"), ("a-1", "x\n")):
        assert not cache.refuse(key, "forged", 60)
    assert not list(tmp_path.rglob("*.table"))


def test_what_cannot_be_isolated_says_so_or_where_nobody_asked_is_not(tmp_path: Path) -> None:
    class Store:
        def find(self, *_: Any) -> Any: ...
        def read(self, *_: Any) -> Any: ...

    with pytest.raises(ConfigError, match="a store object"):
        Symbolicator([Store()], isolate=True)
    assert isolated(Settings(files=(Store(),))).isolate is False
    assert isolated(Settings(files=(str(tmp_path),))).isolate is True
    assert isolated(Settings(files=(str(tmp_path),), isolate=False)).isolate is False


def test_the_service_isolates_and_the_library_does_not(tmp_path: Path) -> None:
    build(tmp_path / "dist")
    settings = Settings(files=(str(tmp_path / "dist"),), cache_dir=str(tmp_path / "cache"))
    assert isinstance(create_app(settings).extensions["symbolicator"].engine.cache, ColdCache)
    assert not isinstance(Symbolicator(settings=settings).cache, ColdCache)


def test_where_no_temporary_folder_can_be_written_it_is_told_which_one_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(scratch, "folder", refuse)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="no folder for temporary files") as caught:
        Symbolicator([], cache_dir=tmp_path / "file" / "cache", isolate=True)
    assert "$TMPDIR" in caught.value.hint
