"""Native files by formula: the layouts of distributions and symbol servers."""

from pathlib import Path

import pytest

from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.stores import open_stores
from symbolicator.keys import FileKind, Key

IDENTIFIERS = ("symbolicator.debugfiles.identify:identify",)
CODE_ID = "3ae4b8dff242733da453aeb6a777ef7501020304"
DEBUG_ID = "dfb8e43a-42f2-3d73-a453-aeb6a777ef75"
REST = CODE_ID[2:]


def elf(debug: bool = True, code_id: str = CODE_ID) -> bytes:
    from tests.makers.elf import program

    maker = program().build_id(bytes.fromhex(code_id))
    if debug:
        maker.add(".debug_info", b"dwarf")
    return bytes(maker.build())


def write(root: Path, path: str, content: bytes) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return root / path


def key(**given) -> Key:
    return Key(kind=FileKind.DEBUG_FILE, **given)


@pytest.fixture
def never_scanned(monkeypatch):
    def scan(*_):
        raise AssertionError("the folder was scanned")

    monkeypatch.setattr(DirectoryStore, "find", scan)


@pytest.mark.parametrize(
    "path",
    [
        f".build-id/3a/{REST}.debug",
        f"usr/lib/debug/.build-id/3a/{REST}.debug",
        # the folder .build-id itself
        f"3a/{REST}.debug",
        # debuginfod's cache, and its server
        f"{CODE_ID}/debuginfo",
        f"buildid/{CODE_ID}/debuginfo",
        # unified
        f"3a/{REST}/debuginfo",
        # SSQP
        f"_.debug/elf-buildid-sym-{CODE_ID}/_.debug",
    ],
)
@pytest.mark.usefixtures("never_scanned")
def test_a_file_that_stands_in_a_layout_is_found_without_a_scan(tmp_path, path):
    write(tmp_path, path, elf())
    found = open_stores([tmp_path], None, IDENTIFIERS).find(key(code_id=CODE_ID))
    assert [artifact.path for artifact in found.artifacts] == [path]
    assert found.how == "code_id"
    assert bytes(found.artifacts[0].read()) == elf()
    assert len(found.artifacts[0].digest()) == 32


@pytest.mark.usefixtures("never_scanned")
def test_the_program_is_given_beside_its_debug_file(tmp_path):
    write(tmp_path, f"{CODE_ID}/executable", elf(debug=False))
    write(tmp_path, f"{CODE_ID}/debuginfo", elf())
    found = open_stores([tmp_path], None, IDENTIFIERS).find(key(code_id=CODE_ID))
    assert [artifact.path.rpartition("/")[2] for artifact in found.artifacts] == ["debuginfo", "executable"]


@pytest.mark.usefixtures("never_scanned")
def test_a_debug_id_is_enough_where_build_ids_are_listed(tmp_path):
    write(tmp_path, f".build-id/3a/{REST}.debug", elf())
    found = open_stores([tmp_path], None, IDENTIFIERS).find(key(debug_id=DEBUG_ID))
    assert (len(found.artifacts), found.how) == (1, "debug_id")


@pytest.mark.usefixtures("never_scanned")
def test_a_path_below_the_root_of_debug_files_is_found(tmp_path):
    write(tmp_path, "usr/lib/debug/usr/bin/app.debug", elf())
    found = open_stores([tmp_path], None, IDENTIFIERS).find(key(url="/usr/bin/app"))
    assert [artifact.path for artifact in found.artifacts] == ["usr/lib/debug/usr/bin/app.debug"]


def test_a_file_of_another_build_is_no_answer_wherever_it_stands(tmp_path):
    write(tmp_path, f".build-id/3a/{REST}.debug", elf(code_id="00" * 20))
    found = open_stores([tmp_path], None, IDENTIFIERS).find(key(code_id=CODE_ID))
    assert not found.artifacts
    assert any("another build" in line and "00" * 20 in line for line in found.tried)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    outside = write(tmp_path, "outside/secret", elf())
    root = tmp_path / "root"
    (root / ".build-id/3a").mkdir(parents=True)
    (root / f".build-id/3a/{REST}.debug").symlink_to(outside)
    assert not open_stores([root], None, IDENTIFIERS).find(key(code_id=CODE_ID)).artifacts


@pytest.mark.parametrize("url", ["../outside/secret", "/../outside/secret", "/usr/../../outside/secret"])
def test_a_path_cannot_leave_the_folder(tmp_path, url):
    write(tmp_path, "outside/secret", elf())
    write(tmp_path, f"root/3a/{REST}.debug", elf(code_id="11" * 20))
    store = open_stores([tmp_path / "root"], None, IDENTIFIERS)
    near = store.find(key(code_id="11" * 20)).artifacts
    assert not store.find(key(url=url), near[0] if near else None).artifacts


def test_what_stands_elsewhere_is_found_by_a_scan(tmp_path):
    write(tmp_path, "renamed/x.bin", elf())
    assert len(open_stores([tmp_path], None, IDENTIFIERS).find(key(code_id=CODE_ID)).artifacts) == 1


def test_a_stripped_file_in_one_folder_does_not_hide_the_debug_file_in_another(tmp_path):
    write(tmp_path, "bin/app", elf(debug=False))
    write(tmp_path, "debug/x", elf())
    found = open_stores([tmp_path / "bin", tmp_path / "debug"], None, IDENTIFIERS).find(key(code_id=CODE_ID))
    assert [artifact.path for artifact in found.artifacts] == ["app", "x"]


def test_a_file_that_changed_is_not_read_as_it_was(tmp_path):
    from symbolicator.errors import MalformedArtifact

    path = write(tmp_path, f"3a/{REST}.debug", elf())
    store = open_stores([tmp_path], None, IDENTIFIERS)
    (artifact,) = store.find(key(code_id=CODE_ID)).artifacts
    path.write_bytes(elf() + b"\0")
    with pytest.raises(MalformedArtifact):
        artifact.read()
    (again,) = store.find(key(code_id=CODE_ID)).artifacts
    assert again.size == len(elf()) + 1
