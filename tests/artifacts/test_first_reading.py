"""Large files are read for the first that asks, and compiled for the second: a table takes several times as long as an answer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts import cache as caches
from symbolicator.artifacts import directory
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.stores import open_stores
from symbolicator.artifacts.tables import TableWriter
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import guarding
from symbolicator.sourcemaps import LiveIndex, SourceMapCompiler, segments
from symbolicator.workshop import IDENTIFIERS
from tests.makers.artifacts import Squares, SquaresIndex, artifact, tree
from tests.makers.source_maps import dumps, flat

LARGE = b"9".rjust(caches._ALONE_BELOW)
ROWS = 60_000
CRASH = 30


class ReadSquares:
    """The squares below a number, worked out when they are asked for."""

    nbytes = 100

    def __init__(self, n: int) -> None:
        self.n = n

    def all(self) -> list[int]:
        return [i * i for i in range(self.n)]


class Reading(Squares):
    """Squares that are read too, and counted."""

    reads = 0

    def read(self, *contents: memoryview) -> ReadSquares:
        self.reads += 1
        try:
            return ReadSquares(int(bytes(contents[0])))
        except ValueError as error:
            raise MalformedArtifact("not a number", 3) from error


def test_a_large_file_is_read_for_the_first_and_compiled_for_the_second_process(tmp_path: Path) -> None:
    compiler, answers = Reading(), []
    for _ in range(3):
        cache = Cache(tmp_path)
        for _ in range(3):
            answers.append(cache.get(compiler, artifact(LARGE)).all())
    assert answers == 9 * [[i * i for i in range(9)]]
    assert (compiler.reads, compiler.compiled) == (1, 1)
    assert cache.answers == {"memory": 2, "disk": 1, "read": 0, "compiled": 0}
    assert cache.info().entries == 1


def test_what_was_dropped_from_memory_is_compiled(tmp_path: Path) -> None:
    for memory in (0, len(LARGE)):
        cache, compiler = Cache(tmp_path / str(memory), memory), Reading()
        for content in (LARGE, b"8".rjust(len(LARGE)), LARGE, LARGE):
            cache.get(compiler, artifact(content))
        assert (compiler.reads, compiler.compiled) == (2, 1)


def test_where_no_table_can_be_kept_none_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (None, tmp_path / "file"):
        compiler = Reading()
        for _ in range(3):
            Cache(folder).get(compiler, artifact(LARGE))
        assert (compiler.reads, compiler.compiled) == (3, 0)


def test_a_small_file_and_one_for_others_to_use_are_compiled_at_once(tmp_path: Path) -> None:
    compiler, cache = Reading(), Cache(tmp_path)
    cache.get(compiler, artifact(LARGE[1:]))
    cache.compiles_at_once = True
    assert isinstance(cache.get(compiler, artifact(LARGE)), SquaresIndex)
    assert (compiler.reads, compiler.compiled) == (0, 2)


def test_what_cannot_be_read_is_refused_from_then_on_without_being_read(tmp_path: Path) -> None:
    compiler = Reading()
    for _ in range(2):
        with pytest.raises(MalformedArtifact, match="not a number"):
            Cache(tmp_path).get(compiler, artifact(LARGE + b"x"))
    assert (compiler.reads, compiler.compiled) == (1, 0)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A script of one line, and its map of a megabyte."""
    chosen = random.Random(1)
    text = "\n".join(f"let line{i} = {i} + {i};" for i in range(ROWS // 8))
    rows = [(0, 9 * i, 0, i // 8, chosen.randrange(12)) for i in range(ROWS)]
    document = flat(rows, sources=["src/a.ts"], names=[], sourcesContent=[text])
    return tree(tmp_path / "dist", {"app.js": b"a=b+c;(d)" * (ROWS + 1), "app.js.map": dumps(document)})


def crash(start: int = 0) -> dict:
    columns = [9 * (1999 * i % ROWS) + 1 for i in range(start, start + CRASH)]
    return {"platform": "javascript", "frames": [{"abs_path": "/srv/app.js", "lineno": 1, "colno": column} for column in columns]}


def test_the_first_crash_decodes_what_it_asks_for_and_compiles_no_table(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, compiled = [], []
    regular, compile_ = segments.regular_mappings.decode_regular, SourceMapCompiler.compile

    def decode_regular(*arguments: object) -> int:
        count: int = regular(*arguments)
        decoded.append(count)
        return count

    def compile(self: SourceMapCompiler, *contents: memoryview) -> TableWriter:
        compiled.append(self.name)
        return compile_(self, *contents)

    monkeypatch.setattr(segments.regular_mappings, "decode_regular", decode_regular)
    monkeypatch.setattr(SourceMapCompiler, "compile", compile)

    def ask(engine: Symbolicator, event: dict) -> dict:
        decoded.clear()
        return engine.symbolicate(event)

    with Symbolicator([dist], cache_dir=tmp_path / "cache") as engine:
        first = ask(engine, crash())
        assert 0 < sum(decoded) <= 2 * 256 * CRASH < ROWS
        assert [frame["data"]["symbolicator_status"] for frame in first["frames"]] == ["symbolicated"] * CRASH
        for start in range(0, 50 * CRASH, CRASH):
            ask(engine, crash(start))
            assert sum(decoded) <= 2 * 256 * CRASH
        assert (compiled, engine.cache.answers["read"]) == ([], 1)
    for _ in range(2):
        with Symbolicator([dist], cache_dir=tmp_path / "cache") as engine:
            assert ask(engine, crash()) == first
            assert (compiled, engine.cache.answers["read"]) == (["sourcemap"], 0)


@pytest.mark.skipif(not guarding.__file__.endswith((".so", ".pyd")), reason="uncompiled, files are read and not mapped")
def test_a_map_that_is_kept_does_not_change_with_its_file(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_READ_BELOW", 1)
    file = next(one for one in open_stores([dist], None, IDENTIFIERS).artifacts() if one.path.endswith(".map"))
    opened = Cache(None).get(SourceMapCompiler(), file)
    assert isinstance(opened, LiveIndex)
    with (dist / "app.js.map").open("r+b") as written:
        written.write(b" " * file.size)
    assert [opened.lookup(0, 9 * i).line for i in range(0, ROWS, 999)] == [i // 8 for i in range(0, ROWS, 999)]
    assert opened.context(0, 7, 0, 0)[1] == "let line7 = 7 + 7;"


def test_what_is_kept_of_a_large_map_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from symbolicator.sourcemaps import live, sampled

    monkeypatch.setattr(live, "_TEXT_BYTES", 200)
    monkeypatch.setattr(sampled, "_WINDOWS", 3)
    texts = [f"{i}\n" * 40 for i in range(30)]
    rows = [(i, 0, i % 30, i % 40, 0) for i in range(5000)]
    opened = SourceMapCompiler().read(memoryview(dumps(flat(rows, sources=map(str, range(30)), sourcesContent=texts))))
    for line in (*range(0, 5000, 77), *range(0, 5000, 77)):
        assert opened.lookup(line, 0)[2:4] == (line % 40, 0)
        assert opened.context(line % 30, 3, 0, 0)[1] == str(line % 30)
        assert len(opened._rows._windows) <= 3
        assert sum(len(encoded) for encoded, _ in opened._texts.values()) <= 200
