"""An upload store on disk: whoever dies while writing leaves nothing half there, and whoever reads sees what others added."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from symbolicator.artifacts import journal as journals
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.journal import Journal
from symbolicator.artifacts.uploaded import UploadedStore
from symbolicator.artifacts.uploading import Known, Uploads, safe_name
from symbolicator.cli.program import program
from symbolicator.errors import ConfigError
from symbolicator.keys import FileKind, Key
from symbolicator.workshop import IDENTIFIERS
from tests.makers.builds import build

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no locks of files")
ROOT = Path(__file__).parent.parent.parent
ID = "85314830-023f-4cf1-a267-535f4e37bb17"
MAP = Key(kind=FileKind.SOURCEMAP, url="https://cdn.example/app.js.map", release="shop@1")


def store_in(folder):
    return Uploads(folder, Identifiers(IDENTIFIERS).fingerprint)


def add(uploads, content, name="app.js.map", **known):
    with uploads.staging.file(safe_name(name)) as (path, file):
        file.write(content)
        file.close()
        return uploads.add(path, Known(name, **{"release": "shop@1", **known}), Identifiers(IDENTIFIERS))


def maps(tmp_path, count=3):
    """Maps that differ."""
    for n in range(count):
        build(tmp_path / "dist", x_number=n)
        yield (tmp_path / "dist" / "app.js.map").read_bytes()


def found(store):
    return [artifact.path for artifact in store.find(MAP).artifacts]


def test_what_was_uploaded_for_a_release_is_found_by_name_for_no_other(tmp_path):
    build(tmp_path / "dist", debug_id=ID)
    add(store_in(tmp_path / "store"), (tmp_path / "dist" / "app.js.map").read_bytes())
    store = UploadedStore(tmp_path / "store", IDENTIFIERS)
    assert found(store) == ["shop@1/app.js.map"]
    for release, there in (("shop@1", True), ("1", False), ("shop@2", False), (None, True)):
        assert bool(store.find(msgspec.structs.replace(MAP, release=release)).artifacts) is there, release
    assert "is from another build, it was uploaded for release shop@1" in "".join(store.find(msgspec.structs.replace(MAP, release="shop@2")).tried)
    assert store.find(Key(kind=FileKind.SOURCEMAP, debug_id=ID, release="shop@2")).artifacts


def test_contents_are_looked_up_in_one_walk_over_the_store(tmp_path):
    uploads, walks = store_in(tmp_path / "store"), []
    sums = [add(uploads, content, f"{n}.js.map")[0].sha1 for n, content in enumerate(maps(tmp_path))]

    class Walked(dict):
        def values(self):
            walks.append(self)
            return super().values()

    uploads.journal.entries = Walked(uploads.journal.entries)
    assert [uploads.find(one, Known("", "shop@1")).path for one in sums] == [f"shop@1/{n}.js.map" for n in range(3)]
    assert len(walks) == 1


# What a process does that is killed at a moment: `MOMENT` is replaced by what kills it.
KILLED = """
import os, sys
from symbolicator.artifacts import journal, uploading
from tests.artifacts.test_uploading import add, store_in
from pathlib import Path

def die(*_, **__):
    os._exit(9)

def half(self, *entries):
    with self.path.open("ab") as file:
        file.write(b'{"path": "shop@1/app.js.map", "stored": "obj')
    os._exit(9)

uploads = store_in(Path(sys.argv[1]))
MOMENT
add(uploads, Path(sys.argv[2]).read_bytes())
"""


@pytest.mark.parametrize(
    "moment",
    [
        "uploading.identified = die",  # it is whole, and not yet filed
        "uploading.Uploads._move = die",  # with the lock
        "uploading.sync_folder = die",  # it has its place, and no line
        "journal.Journal.append = die",
        "journal.Journal.append = half",  # half a line
    ],
)
def test_a_process_that_is_killed_leaves_nothing_that_is_found_and_the_next_one_goes_on(tmp_path, moment):
    first, second, _ = maps(tmp_path)
    (tmp_path / "first").write_bytes(first)
    store = tmp_path / "store"
    code = KILLED.replace("MOMENT", moment)
    done = subprocess.run([sys.executable, "-c", code, str(store), str(tmp_path / "first")], cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 9
    reader = UploadedStore(store, IDENTIFIERS)
    assert found(reader) == []
    uploads = store_in(store)
    add(uploads, second)
    assert found(reader) == ["shop@1/app.js.map"]
    assert reader.find(MAP).artifacts[0].read() == second
    add(uploads, first)
    assert reader.find(MAP).artifacts[0].read() == first
    assert all(json.loads(line) for line in (store / "index.jsonl").read_bytes().splitlines())


def test_a_reader_sees_what_another_process_added_and_reads_no_more_than_that(tmp_path, monkeypatch):
    uploads = store_in(tmp_path / "store")
    reader = UploadedStore(tmp_path / "store", IDENTIFIERS)
    decoded = []
    decode = journals.msgspec.json.decode
    monkeypatch.setattr(journals.msgspec.json, "decode", lambda *a, **k: decoded.append(a) or decode(*a, **k))
    for n, content in enumerate(maps(tmp_path, 5)):
        add(uploads, content, f"{n}/app.js.map")
        decoded.clear()
        assert len(reader.artifacts()) == n + 1
        assert len(decoded) == 2  # the head, and one line


def test_nothing_is_identified_or_walked_by_a_reader(tmp_path, monkeypatch):
    add(store_in(tmp_path / "store"), next(maps(tmp_path)))
    monkeypatch.setattr(Identifiers, "record", None)
    monkeypatch.setattr("symbolicator.artifacts.directory.walk", None)
    assert found(UploadedStore(tmp_path / "store", IDENTIFIERS)) == ["shop@1/app.js.map"]


def test_a_store_of_another_version_is_read_anew_and_stays_so_until_somebody_renews_it(tmp_path):
    old = Uploads(tmp_path / "store", "another")
    add(old, next(maps(tmp_path)))
    entry = next(iter(old.journal.entries.values()))
    with old.journal.locked():  # what that version made of the file
        old.journal.rewrite([msgspec.structs.replace(entry, record=journals.Record(
            path=entry.path, size=entry.record.size, mtime_ns=0, ctime_ns=0, identity=msgspec.structs.replace(
                entry.record.identity, kind=FileKind.OTHER)))])  # fmt: skip
    assert found(UploadedStore(tmp_path / "store", IDENTIFIERS)) == ["shop@1/app.js.map"]
    uploads = store_in(tmp_path / "store")
    with uploads.journal.locked():
        uploads.journal.rewrite(uploads.journal.entries.values())
    assert uploads.journal.stale
    uploads.renew(lambda: Identifiers(IDENTIFIERS))
    assert not uploads.journal.stale
    assert [one.record.identity.kind for one in uploads.journal.entries.values()] == [FileKind.SOURCEMAP]


def test_a_store_may_be_moved(tmp_path):
    content = next(maps(tmp_path))
    add(store_in(tmp_path / "store"), content)
    copied = tmp_path / "copied"
    subprocess.run(["cp", "-R", str(tmp_path / "store"), str(copied)], check=True)
    for path in copied.rglob("*"):
        os.utime(path, (1, 1))
    assert UploadedStore(copied, IDENTIFIERS).find(MAP).artifacts[0].read() == content


def test_a_file_that_somebody_removed_is_told(tmp_path):
    entry, _ = add(store_in(tmp_path / "store"), next(maps(tmp_path)))
    store = UploadedStore(tmp_path / "store", IDENTIFIERS)
    (tmp_path / "store" / entry.stored).unlink()
    with pytest.raises(Exception, match="was removed from the store"):
        store.find(MAP).artifacts[0].read()


def test_a_journal_of_another_format_is_told(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    for head, word in ((b'{"store": 2, "id": "", "fingerprint": ""}\n', "format 2"), (b"no journal\n", "no journal")):
        (folder / "index.jsonl").write_bytes(head)
        with pytest.raises(ConfigError, match=word):
            Journal(folder, "").refresh()


@pytest.fixture
def old_and_new(tmp_path):
    """A scope with three files of different ages: 100 days, 50 days, new."""
    uploads = store_in(tmp_path / "store" / "global")
    for n, content in enumerate(maps(tmp_path)):
        add(uploads, content, f"{n}/app.js.map")
    with uploads.journal.locked():
        entries = zip(uploads.journal.entries.values(), (100, 50, 0), strict=True)
        uploads.journal.rewrite([msgspec.structs.replace(entry, at=entry.at - days * 86_400) for entry, days in entries])
    return uploads


def prune(folder, *options):
    done = CliRunner().invoke(program, ["files", "prune", str(folder / "store"), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(("options", "left"), [((), "012"), (("--older-than", "75"), "12"), (("--older-than", "10"), "2"), (("--size", "700"), "2")])
def test_pruning_removes_the_oldest(tmp_path, old_and_new, options, left):
    reader = UploadedStore(old_and_new.folder, IDENTIFIERS)
    assert len(reader.artifacts()) == 3
    size = old_and_new.used()
    options = tuple(str(size // 2) if one == "700" else one for one in options)
    prune(tmp_path, *options, "--dry-run")
    assert len(reader.artifacts()) == 3
    assert f"global: {3 - len(left)} file" in prune(tmp_path, *options)
    assert [one.path for one in reader.artifacts()] == [f"shop@1/{n}/app.js.map" for n in left]
    stored = [path for path in (old_and_new.folder / "objects").rglob("*") if path.is_file()]
    assert len(stored) == len(left)


def test_what_is_uploaded_again_counts_as_new(tmp_path, old_and_new):
    build(tmp_path / "dist", x_number=0)
    assert not add(old_and_new, (tmp_path / "dist" / "app.js.map").read_bytes(), "0/app.js.map")[1]
    prune(tmp_path, "--older-than", "10")
    assert [one.path for one in UploadedStore(old_and_new.folder, IDENTIFIERS).artifacts()] == ["shop@1/2/app.js.map", "shop@1/0/app.js.map"]


def test_a_service_sweeps_what_its_dead_workers_left(tmp_path, monkeypatch):
    uploads = store_in(tmp_path / "store")
    left = tmp_path / "store" / "tmp" / "left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    os.utime(left, (1, 1))
    first, second, _ = maps(tmp_path)
    add(uploads, first)
    assert left.exists()  # it looked when it started
    monkeypatch.setattr(uploads.staging, "_sweep_at", 0)
    add(uploads, second)
    assert not left.exists()


def test_pruning_sweeps_what_dead_processes_left(tmp_path, old_and_new):
    left = old_and_new.folder / "tmp" / "left"
    left.mkdir()
    (left / "half").write_bytes(b"half")
    (old_and_new.folder / "chunks").mkdir()
    (old_and_new.folder / "chunks" / ("0" * 40)).write_bytes(b"old")
    (old_and_new.folder / "objects" / "00").mkdir()
    (old_and_new.folder / "objects" / "00" / "orphan").write_bytes(b"orphan")
    for path in (left, old_and_new.folder / "chunks" / ("0" * 40)):
        os.utime(path, (1, 1))
    prune(tmp_path)
    assert not left.exists()
    assert not list((old_and_new.folder / "chunks").iterdir())
    assert not list((old_and_new.folder / "objects" / "00").iterdir())


def test_a_folder_that_is_no_store_is_told(tmp_path):
    for options in ((), ("--scope", "shop")):
        done = CliRunner().invoke(program, ["files", "prune", str(tmp_path), *options])
        assert (done.exit_code, "serve --store" in done.stderr) == (2, True)
