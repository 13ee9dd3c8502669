"""A folder as a store: what is found by what, what is read again, and what is never read."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from symbolicator.artifacts import directory as directory_module
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.files import Artifact, Identity
from symbolicator.artifacts.folders import INDEX
from symbolicator.artifacts.stores import StoreChain, open_stores
from symbolicator.errors import ConfigError, MalformedArtifact, Unreadable
from symbolicator.keys import FileKind, Key
from tests.makers.artifacts import identify, tree

A, B = "a" * 8 + "-0000-0000-0000-" + "a" * 12, "b" * 8 + "-0000-0000-0000-" + "b" * 12
MAP = '{"version":3,"n":"%s"}'


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Counting:
    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, data: memoryview) -> Identity | None:
        self.names.append(name)
        return identify(name, data)


def store(root: Path, **options: object) -> DirectoryStore:
    return DirectoryStore(root, None, [identify], **options)  # type: ignore[arg-type]


def paths(found_in: DirectoryStore, kind: FileKind = FileKind.SCRIPT, near: Artifact | None = None, **key: str) -> list[str]:
    return [artifact.path for artifact in found_in.find(Key(kind=kind, **key), near).artifacts]  # type: ignore[arg-type]


def by_path(found_in: DirectoryStore, path: str) -> Artifact:
    return next(artifact for artifact in found_in.artifacts() if artifact.path == path)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/assets/app.3f2.js?v=1",
        "~/assets/app.3f2.js",
        "app:///assets/app.3f2.js",
        "file:///srv/www/assets/app.3f2.js#x",
        "C:\\build\\assets\\app.3f2.js",
        "assets/app.3f2.js",
        # deployed deeper, and by another name of the folder
        "https://cdn.example/v7/other/app.3f2.js",
        # regardless of case, as a last resort
        "https://cdn.example/Assets/APP.3f2.js",
        # percent-encoded
        "https://cdn.example/assets/app%2E3f2.js",
    ],
)
def test_a_url_finds_the_file_by_its_tail(tmp_path: Path, url: str) -> None:
    dist = tree(tmp_path / "dist", {"assets/app.3f2.js": "1", "assets/app.3f2.js.map": MAP, "assets/other.js": "3"})
    assert paths(store(dist), url=url) == ["assets/app.3f2.js"]


def test_the_longest_tail_wins_and_then_the_file_that_is_nothing_but_the_tail(tmp_path: Path) -> None:
    dist = store(tree(tmp_path / "dist", {"app.js": "1", "admin/app.js": "2", "shop/admin/app.js": "3"}))
    assert paths(dist, url="https://x/admin/app.js") == ["admin/app.js"]
    assert paths(dist, url="https://x/shop/admin/app.js") == ["shop/admin/app.js"]
    assert paths(dist, url="https://x/app.js") == ["app.js"]
    assert paths(dist, url="https://x/deploy/app.js") == ["app.js"]
    assert paths(dist, url="https://x/dist/app.js") == ["app.js"]


def test_a_wrong_file_name_is_never_an_answer_and_what_was_tried_is_said(tmp_path: Path) -> None:
    dist = store(tree(tmp_path / "dist", {"assets/app.js": "1", "assets/xapp.3f2.js": "2"}))
    found = dist.find(Key(kind=FileKind.SCRIPT, url="https://x/assets/app.3f2.js", debug_id=A))
    assert found.artifacts == ()
    assert found.tried == (f"{tmp_path}/dist/: no script with debug id {A}", f"{tmp_path}/dist/: no assets/app.3f2.js, no app.3f2.js")


def test_what_was_tried_is_capped(tmp_path: Path) -> None:
    dist = tree(tmp_path, {f"{i}/app.js": f"//# debugId={A}\n{i}" for i in range(40)})
    found = store(dist).find(Key(kind=FileKind.SCRIPT, url="https://x/" + "deep/" * 400 + "app.js", debug_id=B))
    assert found.artifacts == ()
    assert len(found.tried) == 12
    assert all(len(line) < 10_000 for line in found.tried)


def test_the_kind_is_respected(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"app.js": MAP, "b.js.map": "//js", "src/c.ts": "let a", "src/d.js": "let b", "e.bin": b"\0\1"}))
    assert paths(dist, url="app.js") == []
    assert paths(dist, FileKind.SOURCEMAP, url="app.js") == ["app.js"]
    assert paths(dist, FileKind.SOURCE, url="src/c.ts") == ["src/c.ts"]
    # a source may be JavaScript, too
    assert paths(dist, FileKind.SOURCE, url="src/d.js") == ["src/d.js"]
    assert by_path(dist, "e.bin").identity.kind is FileKind.OTHER


def test_ids_come_before_urls(tmp_path: Path) -> None:
    dist = store(
        tree(
            tmp_path, {"x.js": f"//# debugId={A}", "x.js.map": f'{{"version":3,"debugId":"{A}"}}', "app.js": "1", "lib": b"\x7fELF12345678"}
        )
    )
    found = dist.find(Key(kind=FileKind.SCRIPT, debug_id=A, url="app.js"))
    assert ([artifact.path for artifact in found.artifacts], found.how) == (["x.js"], "debug_id")
    assert paths(dist, FileKind.SOURCEMAP, debug_id=A) == ["x.js.map"]
    assert paths(dist, FileKind.DEBUG_FILE, code_id=b"12345678".hex()) == ["lib"]
    assert paths(dist, FileKind.DEBUG_FILE, url="/usr/lib/lib") == ["lib"]


def test_a_file_of_another_build_is_no_answer(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"app.js": f"//# debugId={A}"}))
    found = dist.find(Key(kind=FileKind.SCRIPT, debug_id=B, url="app.js"))
    assert found.artifacts == ()
    assert any("from another build" in line and A in line for line in found.tried)


def test_two_equally_good_answers_are_both_given_and_equal_contents_are_one(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"a/app.js": "1", "b/app.js": "2", "c/app.js": "1", "d/one.js": "x", "e/one.js": "x"}))
    assert paths(dist, url="https://x/z/app.js") == ["a/app.js", "b/app.js"]
    assert paths(dist, url="https://x/z/one.js") == ["d/one.js"]
    assert paths(dist, url="https://x/b/app.js") == ["b/app.js"]


def test_case_decides_between_files_that_differ_in_nothing_else(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"A/app.js": "1", "a/app.js": "2"}))
    assert paths(dist, url="https://x/a/app.js") == ["a/app.js"]
    assert paths(dist, url="https://x/A/app.js") == ["A/app.js"]


def test_near_is_looked_at_first(tmp_path: Path) -> None:
    files = {
        "a/app.js": "1",
        "a/app.js.map": MAP % 1,
        "b/app.js": "2",
        "b/app.js.map": MAP % 2,
        "maps/deep/x.map": MAP % 3,
        "b/maps/x.map": MAP % 4,
    }
    dist = store(tree(tmp_path / "dist", files))
    near = by_path(dist, "b/app.js")
    found = dist.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), near)
    assert ([artifact.path for artifact in found.artifacts], found.how) == (["b/app.js.map"], "path")
    assert paths(dist, FileKind.SOURCEMAP, near, url="../a/app.js.map") == ["a/app.js.map"]
    assert paths(dist, FileKind.SOURCEMAP, near, url="/a/app.js.map") == ["a/app.js.map"]
    assert paths(dist, FileKind.SOURCEMAP, near, url="https://cdn/z/app.js.map") == ["b/app.js.map"]
    assert paths(dist, FileKind.SOURCEMAP, near, url="x.map") == ["b/maps/x.map"]
    assert paths(dist, FileKind.SOURCEMAP, near, url="../../../../../maps/deep/x.map") == ["maps/deep/x.map"]
    missing = dist.find(Key(kind=FileKind.SOURCEMAP, url="gone.map"), near)
    assert missing.tried == (f"{tmp_path}/dist/b: no gone.map", f"{tmp_path}/dist/: no gone.map")


def test_other_names_are_exact(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"app.js": "eval('//# sourceURL=webpack-internal:///./src/a.ts')".replace("')", " ')")}))
    assert paths(dist, url="webpack-internal:///./src/a.ts") == ["app.js"]
    assert paths(dist, url="webpack-internal:///./src/b.ts") == []
    assert paths(dist, url="src/a.ts") == []


@pytest.mark.parametrize(
    ("folder", "release", "dist"),
    [
        ("shop@1.2.0", "shop@1.2.0", None),
        ("shop/1.2.0", "shop@1.2.0", None),
        ("1.2.0", "shop@1.2.0", None),
        ("shop-1.2.0", "shop@1.2.0", None),
        ("shop_1.2.0_7", "shop@1.2.0+7", None),
        ("team/shop/1.2.0", "team/shop@1.2.0", None),
        ("team_shop_1.2.0", "team/shop@1.2.0", None),
        ("shop@1.2.0/android", "shop@1.2.0", "android"),
    ],
)
def test_the_folder_of_the_release_is_looked_into_first(tmp_path: Path, folder: str, release: str, dist: str | None) -> None:
    files = {f"{folder}/app.js": "1", "shop@1.1.0/app.js": "2", "app.js": "3", "shop@1.2.0/ios/app.js": "4"}
    if dist is None:
        del files["shop@1.2.0/ios/app.js"]
    found = store(tree(tmp_path, files)).find(Key(kind=FileKind.SCRIPT, url="https://x/app.js", release=release, dist=dist))
    assert ([artifact.path for artifact in found.artifacts], found.how) == ([f"{folder}/app.js"], "release")


def test_a_mapping_is_found_by_release_and_where_there_is_but_one(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"1.0/mapping.txt": "a -> b:", "2.0/mapping.txt": "c -> d:"}))
    assert paths(folder, FileKind.MAPPING, release="app@2.0") == ["2.0/mapping.txt"]
    assert paths(folder, FileKind.MAPPING) == ["1.0/mapping.txt", "2.0/mapping.txt"]
    assert paths(store(tmp_path / "1.0"), FileKind.MAPPING, release="app@9") == ["mapping.txt"]


@pytest.mark.parametrize(
    "url",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x.js",
        "..\\..\\secret.js",
        "\0",
        "",
        "//",
        "%2e%2e/secret.js",
    ],
)
def test_nothing_outside_is_read_whatever_a_key_says(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"secret.js": "1", "dist/app.js": "2"})
    dist = store(tmp_path / "dist")
    near = by_path(dist, "app.js")
    opened: list[str] = []
    monkeypatch.setattr(os, "open", lambda path, *_: opened.append(str(path)))
    for kind in FileKind:
        assert paths(dist, kind, near, url=url) == []
    assert opened == []


def test_links_that_leave_are_not_followed_unless_allowed(tmp_path: Path) -> None:
    tree(tmp_path, {"outside/secret.js": "1", "dist/app.js": "2"})
    dist = tmp_path / "dist"
    (dist / "alias.js").symlink_to("app.js")
    (dist / "secret.js").symlink_to(tmp_path / "outside" / "secret.js")
    (dist / "out").symlink_to(tmp_path / "outside")
    (dist / "loop").symlink_to(dist)
    (dist / "self").symlink_to("self")
    (dist / "nowhere.js").symlink_to("gone.js")
    shut = store(dist)
    assert [artifact.path for artifact in shut.artifacts()] == ["alias.js", "app.js"]
    assert sum("a link out of the folder" in note for note in shut.notes()) == 2
    assert [artifact.path for artifact in store(dist, follow_links=True).artifacts()] == [
        "alias.js",
        "app.js",
        "out/secret.js",
        "secret.js",
    ]


def test_a_file_that_becomes_a_link_outside_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path, {"secret.js": "2", "dist/app.js": "1"})
    dist = store(tmp_path / "dist")
    app = by_path(dist, "app.js")
    (tmp_path / "dist" / "app.js").unlink()
    (tmp_path / "dist" / "app.js").symlink_to(tmp_path / "secret.js")
    with pytest.raises(MalformedArtifact, match="points outside"):
        app.read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs")
def test_a_fifo_is_never_opened(tmp_path: Path) -> None:
    tree(tmp_path, {"app.js": "1"})
    os.mkfifo(tmp_path / "pipe.js")
    dist = store(tmp_path)
    assert [artifact.path for artifact in dist.artifacts()] == ["app.js"]
    (tmp_path / "app.js").unlink()
    os.mkfifo(tmp_path / "app.js")
    with pytest.raises(MalformedArtifact, match="regular file"):
        dist.artifacts()[0].read()


def test_what_cannot_be_read_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"app.js": "1", "shut/x.js": "2", "odd.js": "3"})
    scandir, open_file = os.scandir, os.open

    def refuse(path: str, *args: int) -> object:
        if str(path).endswith(("shut", "odd.js")):
            raise PermissionError(13, "Permission denied")
        return open_file(path, *args) if args else scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "open", refuse)
    clock = Clock()
    dist = DirectoryStore(tmp_path, tmp_path / "cache", [identify], clock=clock)
    assert paths(dist, url="app.js") == ["app.js"]
    assert [note.split(":")[0] for note in dist.notes()] == ["shut", "odd.js"]
    # and not for ever: the trouble may pass
    clock.now += 10
    with pytest.raises(Unreadable, match="Permission denied"):
        dist.find(Key(kind=FileKind.SCRIPT, url="odd.js")).artifacts[0].read()
    monkeypatch.undo()
    clock.now += 10
    assert paths(dist, url="odd.js") == ["odd.js"]
    assert paths(dist, url="x.js") == ["shut/x.js"]


def test_node_modules_come_last_and_version_control_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolicator.artifacts.scanning.NODE_MODULES_FILES", 3)
    files = {f"node_modules/p{i}/index.js": str(i) for i in range(9)} | {".git/x.js": "1", "src/z.js": "2", "app.js": "3"}
    dist = store(tree(tmp_path, files))  # type: ignore[arg-type]
    assert [artifact.path for artifact in dist.artifacts()] == ["app.js", *(f"node_modules/p{i}/index.js" for i in range(3)), "src/z.js"]
    assert "the limit" in dist.notes()[0]


def test_depth_is_bounded(tmp_path: Path) -> None:
    tree(tmp_path, {"d/" * 80 + "app.js": "1"})
    dist = store(tmp_path)
    assert dist.artifacts() == ()
    assert "deeper than 64" in dist.notes()[0]


def test_an_unchanged_folder_is_not_read_again_and_no_identifier_is_imported(tmp_path: Path) -> None:
    tree(tmp_path / "dist", {f"{i}.js": str(i) for i in range(30)})
    age(tmp_path / "dist")
    identifiers = ["tests.makers.artifacts:identify"]
    first = DirectoryStore(tmp_path / "dist", tmp_path / "cache", identifiers)
    digest = by_path(first, "7.js").digest()
    first.close()
    code = (
        "import sys; from pathlib import Path; from symbolicator.keys import *\n"
        "from symbolicator.artifacts.directory import DirectoryStore\n"
        "import symbolicator.artifacts.directory as d, symbolicator.artifacts.records as r\n"
        "d.open_view = r.open_view = lambda *a: sys.exit('read')\n"
        f"s = DirectoryStore({str(tmp_path / 'dist')!r}, Path({str(tmp_path / 'cache')!r}), {identifiers!r})\n"
        "found = s.find(Key(kind=FileKind.SCRIPT, url='7.js')).artifacts[0]\n"
        "print(found.path, found.digest(), 'tests.makers.artifacts' in sys.modules)"
    )
    wait_out_the_race(tmp_path)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["7.js", digest, "False"], done.stderr


def age(_: Path) -> None:
    """Let the files be older than the clock's tick: a file as young as the index is read twice, on purpose."""
    import time

    time.sleep(0.12)


wait_out_the_race = age


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    tree(tmp_path / "dist", {"a.js": "1", "b.js": "1", "c.js": "1"})
    age(tmp_path)
    DirectoryStore(tmp_path / "dist", tmp_path / "cache", [identify_again := Counting()]).artifacts()
    assert identify_again.names == ["a.js", "b.js", "c.js"]
    tree(tmp_path / "dist", {"b.js": "22", "d.js": "1"})
    (tmp_path / "dist" / "c.js").unlink()
    dist = DirectoryStore(tmp_path / "dist", tmp_path / "cache", [counting := Counting()])
    assert [artifact.path for artifact in dist.artifacts()] == ["a.js", "b.js", "d.js"]
    assert counting.names == ["b.js", "d.js"]


@pytest.mark.parametrize("damage", [b"", b"abc", None])
def test_a_damaged_index_is_no_index(tmp_path: Path, damage: bytes | None) -> None:
    tree(tmp_path / "dist", {"a.js": "1"})
    DirectoryStore(tmp_path / "dist", tmp_path / "cache", [identify]).artifacts()
    [index] = (tmp_path / "cache" / INDEX).iterdir()
    data = bytearray(index.read_bytes())
    data[-3] ^= 1
    index.write_bytes(data if damage is None else damage)
    dist = DirectoryStore(tmp_path / "dist", tmp_path / "cache", [Counting()])
    assert [artifact.path for artifact in dist.artifacts()] == ["a.js"]


def test_an_index_that_somebody_made_huge_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path / "dist", {"a.js": "1"})
    DirectoryStore(tmp_path / "dist", tmp_path / "cache", [identify]).artifacts()
    [index] = (tmp_path / "cache" / INDEX).iterdir()
    os.truncate(index, 1 << 40)  # of zeros, which take no room
    dist = DirectoryStore(tmp_path / "dist", tmp_path / "cache", [identify])
    assert [artifact.path for artifact in dist.artifacts()] == ["a.js"]
    assert index.stat().st_size < 10_000


def test_a_long_lived_store_looks_again_now_and_then_and_when_something_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, walks, walk = Clock(), [], directory_module.walk
    monkeypatch.setattr(directory_module, "walk", lambda *a: walks.append(1) or walk(*a))
    dist = store(tree(tmp_path, {"a.js": "1"}), clock=clock)
    for _ in range(50):
        assert paths(dist, url="a.js") == ["a.js"]
    assert len(walks) == 1
    for _ in range(50):
        assert paths(dist, url="b.js") == []
    assert len(walks) == 1
    tree(tmp_path, {"b.js": "2"})
    clock.now += 0.3
    assert paths(dist, url="b.js") == ["b.js"]
    assert len(walks) == 2
    old = by_path(dist, "a.js")
    tree(tmp_path, {"a.js": "changed"})
    with pytest.raises(MalformedArtifact, match="changed"):
        old.read()
    clock.now += 2.1
    assert bytes(by_path(dist, "a.js").read()) == b"changed"
    with pytest.raises(MalformedArtifact, match="changed"):
        old.digest()


def test_a_file_that_is_gone_is_malformed_and_no_crash(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {"a.js": "1"}))
    [artifact] = dist.artifacts()
    (tmp_path / "a.js").unlink()
    with pytest.raises(MalformedArtifact, match="cannot be opened"):
        artifact.read()


def test_a_bug_in_an_identifier_hides_nothing_of_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def buggy(name: str, data: memoryview) -> Identity | None:
        raise ZeroDivisionError(name)

    dist = DirectoryStore(tree(tmp_path, {"a.js": "1"}), None, [buggy, identify])
    assert paths(dist, url="a.js") == ["a.js"]
    assert "ZeroDivisionError" in dist.notes()[0]
    assert len(caplog.records) == 1


def test_one_file_is_a_store_too(tmp_path: Path) -> None:
    tree(tmp_path, {"dist/app.js": "1", "dist/other.js": "2", "elsewhere/abc123": "3"})
    (tmp_path / "dist" / "link.js").symlink_to(tmp_path / "elsewhere" / "abc123")
    for name, content in (("app.js", b"1"), ("link.js", b"3")):
        one = store(tmp_path / "dist" / name)
        [artifact] = one.artifacts()
        assert (artifact.name, artifact.path, bytes(artifact.read())) == (f"{tmp_path}/dist/{name}", name, content)
        assert paths(one, url=f"https://x/dist/{name}") == [name]


def test_a_path_that_does_not_exist_says_what_to_try(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or folder") as caught:
        open_stores([tmp_path / "gone"])
    assert caught.value.hint
    with pytest.raises(ConfigError, match="neither a path nor a store"):
        open_stores([5])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="no such identifier"):
        open_stores([tree(tmp_path, {"a": "1"})], None, ["nowhere:nothing"]).artifacts()


def test_in_a_chain_the_first_store_with_an_answer_wins(tmp_path: Path) -> None:
    tree(tmp_path, {"one/app.js": "1", "two/app.js": "2", "two/app.js.map": MAP % 2, "two/b.js": "3", "one/app.js.map": MAP % 1})
    chain = open_stores([tmp_path / "one", str(tmp_path / "two")], None, [identify])
    assert isinstance(chain, StoreChain)
    found = chain.find(Key(kind=FileKind.SCRIPT, url="app.js"))
    assert [artifact.name for artifact in found.artifacts] == [f"{tmp_path}/one/app.js"]
    [b] = chain.find(Key(kind=FileKind.SCRIPT, url="b.js")).artifacts
    assert bytes(chain.read(b)) == b"3"
    assert chain.digest(b) == b.digest()
    # what belongs to a file lies beside it
    [beside] = chain.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), b).artifacts
    assert beside.name == f"{tmp_path}/two/app.js.map"
    assert chain.find(Key(kind=FileKind.SCRIPT, url="z.js")).tried == (f"{tmp_path}/one/: no z.js", f"{tmp_path}/two/: no z.js")
    assert len(chain.artifacts()) == 5
    chain.close()


def test_threads_share_a_store_while_its_folder_changes(tmp_path: Path) -> None:
    dist = store(tree(tmp_path, {f"{i}.js": str(i) for i in range(20)}), clock=lambda: next(ticks) * 3.0)
    ticks = itertools.count()
    troubles: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                for i in range(20):
                    for artifact in dist.find(Key(kind=FileKind.SCRIPT, url=f"{i}.js")).artifacts:
                        assert bytes(artifact.read()).startswith(str(i).encode())
            except MalformedArtifact:
                pass  # it changed since it was found
            except BaseException as error:
                troubles.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for n in range(60):
        # Renamed into place: a file that is truncated and then written has a moment of being rightly empty.
        (tmp_path / "new").write_text(f"{n % 20} again {n}")
        (tmp_path / "new").replace(tmp_path / f"{n % 20}.js")
        if n % 7 == 0:
            (tmp_path / f"{n % 20}.js").unlink()
    stop.set()
    for thread in threads:
        thread.join(20)
    assert troubles == []


def test_many_stores_are_asked_once_while_no_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), []
    find = DirectoryStore.find
    monkeypatch.setattr(DirectoryStore, "find", lambda self, key, near=None: asked.append(key) or find(self, key, near))
    for number in range(5):
        tree(tmp_path / str(number), {f"app{number}.js": "1"})
    age(tmp_path)
    chain = StoreChain([store(tmp_path / str(number), clock=clock) for number in range(5)])
    assert chain._answers is not None
    chain._answers._clock = clock
    key = Key(kind=FileKind.SCRIPT, url="https://x/app7.js")
    for _ in range(2):  # scans; finds the scan
        assert not chain.find(key).artifacts
        clock.now += 1
    before = len(asked)
    for _ in range(10):
        clock.now += 1
        assert not chain.find(key).artifacts
    assert len(asked) == before
    tree(tmp_path / "3", {"app7.js": "1"})
    clock.now += 1
    assert [one.path for one in chain.find(key).artifacts] == ["app7.js"]
    (tmp_path / "3" / "app7.js").unlink()
    clock.now += 1
    assert not chain.find(key).artifacts


def test_with_a_store_of_somebody_else_nothing_is_remembered(tmp_path: Path) -> None:
    inner = StoreChain([store(tmp_path), Foreign()])  # type: ignore[list-item]
    assert inner.moment is None
    assert StoreChain([store(tmp_path), inner]).moment is None


class Foreign:
    """A store that another library could bring."""
