"""Tables with valid checksums that do not hold together, tables in one another's places, and what else may lie in the cache's folder."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts import folders
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.damage import over_table
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.transformers import native_images
from tests.counting import steps
from tests.fuzz import forger
from tests.makers.artifacts import Squares, artifact
from tests.makers.builds import FRAME, build

CASES = 40
STEPS = 3_000_000


@pytest.mark.parametrize("name", sorted(forger.kinds()))
def test_an_honest_table_answers(name):
    kind = forger.kinds()[name]
    kind.ask(kind.open(Table.open(kind.writer.to_bytes())), random.Random(1))


@pytest.mark.parametrize("name", sorted(forger.kinds()))
def test_a_forged_table_is_damaged_or_answers_and_nothing_else(name):
    for case in range(CASES):
        try:
            assert steps(lambda case=case: forger.questions(name, random.Random(f"{name} {case}"))) < STEPS
        except DamagedTable:
            continue
        except Exception as error:
            raise AssertionError(f"forger.questions({name!r}, random.Random('{name} {case}'))") from error


def test_over_a_table_that_was_only_just_made_a_bug_stays_a_bug():
    @over_table
    class Index:
        def __init__(self, table):
            self._table = table

        def lookup(self):
            return self._table.window("a", 3, 5)

        def each(self):
            yield self._table.item("a", 9)

    writer = TableWriter("a", 1).column("a", b"abc")
    with pytest.raises(IndexError):
        Index(writer.table()).lookup()
    for ask in (Index.lookup, lambda index: list(index.each())):
        with pytest.raises(DamagedTable, match=r"IndexError: .* of 'a', which has 3 items"):
            ask(Index(Table.open(writer.to_bytes())))


# ── events over a cache that somebody changed ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def three_platforms(tmp_path, monkeypatch):
    """Files of three platforms, and events on them; native files are read unit by unit."""
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)
    for name in ("one", "two"):
        build(tmp_path / "w" / name, f"{name}.js", f"{name}.js.map", content=f"// {name}\n\nconst {name} = 1;\n")
    (tmp_path / "w" / "mapping.txt").write_text("shop.Cart -> a:\n    3:3:int total():7:7 -> b\n")
    events = [
        {"platform": "javascript", "frames": [{**FRAME, "abs_path": f"https://x/{name}/{name}.js"} for name in ("one", "two")]},
        {"platform": "java", "frames": [{"module": "a", "function": "b", "lineno": 3, "filename": "SourceFile"}]},
    ]
    for case in ("gcc-dwarf5", "clang-dwarf5"):
        folder = forger.FIXTURES / "native" / case
        said = json.loads((folder / "expected.json").read_text())
        for file in said["files"]:
            (tmp_path / "w" / case).mkdir(exist_ok=True)
            shutil.copyfile(folder / file, tmp_path / "w" / case / Path(file).name)
        frames = [{"instruction_addr": look["addr"]} for look in said["lookups"]]
        events.append({"platform": "native", "debug_meta": {"images": said["images"]}, "frames": frames})

    def ask():
        with Symbolicator([tmp_path / "w"], cache_dir=tmp_path / "cache") as engine:
            return [engine.symbolicate(event)["frames"] for event in events]

    return ask, tmp_path / "cache"


def tables(cache):
    return sorted((cache / "tables").rglob("*.table"))


def test_tables_in_one_anothers_places_are_not_believed(three_platforms):
    ask, cache = three_platforms
    want = ask()
    found = tables(cache)
    contents = [path.read_bytes() for path in found]
    assert len({path.parent.name for path in found}) > 4
    for path, content in zip(found, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert ask() == want
    assert [path.read_bytes() for path in found] == contents, "made again"


def test_forged_tables_in_the_cache_are_never_a_bug_of_ours(three_platforms):
    ask, cache = three_platforms
    ask()
    honest = {path: path.read_bytes() for path in tables(cache)}
    for case in range(12):
        chance = random.Random(case)
        for path, content in honest.items():
            table = Table.open(content)
            writer = TableWriter(table.kind, table.version)
            writer.meta, writer.made_of = table.meta, table.made_of
            for name, (code, _, _) in table._sections.items():
                writer._sections[name] = memoryview(table.window(name, 0, table._sections[name][2]).tobytes()).cast(code)
            path.write_bytes(forger.forged(writer, chance).to_bytes())
        assert "internal_error" not in json.dumps(ask())


def test_a_table_that_an_older_version_wrote_is_made_again(tmp_path):
    compiler = Squares()
    Cache(tmp_path).get(compiler, artifact(b"9"))
    [path] = tables(tmp_path)
    table = Table.open(path.read_bytes())
    path.write_bytes(TableWriter(table.kind, table.version).column("square", table.column("square")).to_bytes())
    assert Cache(tmp_path).get(compiler, artifact(b"9")).all() == [i * i for i in range(9)]
    assert compiler.compiled == 2


# ── the folder ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["FIFO", "device", "link", "link to nothing", "folder", "socket", "written by all", "of another user"])
@pytest.mark.parametrize("which", ["table", "index"])
def test_what_is_no_file_of_ours_in_a_files_place_is_refused_at_once(what, which, tmp_path, caplog):
    build(tmp_path / "w")
    event = {"platform": "javascript", "frames": [FRAME]}

    def ask():
        with Symbolicator([tmp_path / "w"], cache_dir=tmp_path / "cache") as engine:
            return engine.symbolicate(event)["frames"]

    want = ask()
    for path in tables(tmp_path / "cache") if which == "table" else sorted((tmp_path / "cache" / "index").iterdir()):
        content = path.read_bytes()
        path.unlink()
        if what == "FIFO":
            os.mkfifo(path)
        elif what == "folder":
            path.mkdir()
        elif what == "socket":
            os.mknod(path, 0o140600)
        elif what == "device":
            try:
                os.mknod(path, 0o020600, os.makedev(1, 5))  # /dev/zero
            except PermissionError:
                pytest.skip("only root makes devices")
        elif what.startswith("link"):
            target = tmp_path / "target"
            target.write_bytes(content)
            path.symlink_to(target if what == "link" else "nothing")
        else:
            path.write_bytes(content)
            if what == "of another user":
                try:
                    os.chown(path, 12_345, -1)
                except PermissionError:
                    pytest.skip("only root gives files away")
            else:
                path.chmod(0o666)
    assert ask() == want
    assert ask() == want
    if what.startswith("link"):
        assert not any(path.is_symlink() for path in (tmp_path / "cache").rglob("*"))


@pytest.mark.parametrize(
    "how", ["others may write", "a group may write", "another user's", "a folder in it is a link", "a folder in it is open"]
)
def test_a_folder_that_others_can_write_is_not_believed_which_is_said_once(how, tmp_path, caplog):
    cache = tmp_path / "cache"
    Cache(cache).get(Squares(), artifact(b"9"))
    try:
        if how == "another user's":
            os.chown(cache, 12_345, -1)
        elif how == "a folder in it is a link":
            (cache / "tables").rename(tmp_path / "elsewhere")
            (cache / "tables").symlink_to(tmp_path / "elsewhere")
        else:
            (cache / "tables" if how == "a folder in it is open" else cache).chmod(0o770 if how == "a group may write" else 0o777)
    except PermissionError:
        pytest.skip("only root gives folders away")
    before = sorted(cache.rglob("*"))
    compiler = Squares()
    for content in (b"9", b"5"):
        kept = Cache(cache)
        assert kept.get(compiler, artifact(content)).all() == [i * i for i in range(int(content))]
        kept.clear()
    build(tmp_path / "w")
    with Symbolicator([tmp_path / "w"], cache_dir=cache) as engine:
        assert engine.symbolicate({"platform": "javascript", "frames": [FRAME]})["frames"][0]["lineno"] == 3
    assert compiler.compiled == 2
    assert sorted(cache.rglob("*")) == before
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["compiled files are kept in memory only"]


def test_what_is_made_is_for_this_user_alone(tmp_path):
    before = os.umask(0)
    try:
        build(tmp_path / "w")
        with Symbolicator([tmp_path / "w"], cache_dir=tmp_path / "a" / "b" / "cache") as engine:
            engine.symbolicate({"platform": "javascript", "frames": [FRAME]})
    finally:
        os.umask(before)
    made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}
    assert folders.trusted(tmp_path / "a" / "b" / "cache")


def test_a_table_cut_short_while_it_is_open_is_made_again(tmp_path):
    cache, compiler = Cache(tmp_path), Squares()
    index = cache.get(compiler, artifact(b"300000"))
    [path] = tables(tmp_path)
    if index.table.mapping is None or index.table.mapping._guard < 0:
        pytest.skip("uncompiled, nothing is guarded")
    os.truncate(path, 0)
    with pytest.raises(DamagedTable):
        index.lookup(250_000)
    path.unlink()
    assert cache.get(compiler, artifact(b"300000")).lookup(250_000) == 250_000**2
    assert compiler.compiled == 2
