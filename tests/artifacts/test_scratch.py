"""What a process needs on disk goes with it, and only then."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from symbolicator.artifacts import scratch
from symbolicator.artifacts.scratch import PREFIX, Scratch, sweep

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is swept where there are no locks")
MAKE = "from symbolicator.artifacts.scratch import scratch; import sys; print(scratch.folder('request'), flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(tmp_path):
    """Another process with a folder, and the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", MAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as process:
        folder = Path(process.stdout.readline().strip())
        (folder / "upload").write_bytes(b"x")
        yield process, folder
        process.kill()


def test_a_killed_process_s_folder_is_removed_by_the_next(other, tmp):
    process, folder = other
    process.kill()
    process.wait()
    assert folder.is_dir()
    sweep()
    assert not list(tmp.iterdir())


def test_a_living_process_s_folder_stays(other):
    _, folder = other
    sweep()
    assert (folder / "upload").is_file()


def test_one_s_own_stays_until_the_end(tmp):
    own = Scratch()
    folders = {own.folder("request") for _ in range(2)}
    sweep()
    assert len(folders) == 2
    assert all(folder.is_dir() and folder.stat().st_mode & 0o077 == 0 for folder in folders)
    own.remove()
    assert not list(tmp.iterdir())


def test_a_process_that_ends_well_leaves_nothing(other, tmp):
    process, _ = other
    process.communicate("")
    assert not list(tmp.iterdir())


def test_a_forked_process_has_its_own(tmp):
    own = Scratch()
    ours = own.folder("request")
    child = os.fork()
    if not child:
        theirs = own.folder("request")
        own.remove()
        os._exit(theirs.parent == ours.parent or not ours.is_dir())
    assert os.waitpid(child, 0)[1] == 0
    assert ours.is_dir()
    own.remove()


def test_a_child_that_lives_on_holds_nothing_of_its_parent(tmp_path):
    """A worker may outlive its master for a moment."""
    make = "import os, sys\nfrom symbolicator.artifacts.scratch import scratch\nscratch.folder('metrics')\n"
    fork = "if not os.fork():\n    print(flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", make + fork], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as parent:
        parent.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        parent.kill()
        parent.wait()
        sweep()
        assert not list(tmp_path.iterdir())
        parent.stdin.close()  # the child ends


def test_what_is_no_folder_of_ours_is_left_alone(tmp):
    target = tmp / "precious"
    target.mkdir()
    (target / "lock").touch()
    (tmp / f"{PREFIX}link").symlink_to(target)
    (tmp / f"{PREFIX}file").touch()
    (tmp / "symbolicator-other").mkdir()
    sweep()
    assert sorted(path.name for path in tmp.iterdir()) == ["precious", "symbolicator-other", f"{PREFIX}file", f"{PREFIX}link"]
    assert (target / "lock").is_file()


def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(tmp, monkeypatch):
    make, made = tempfile.mkdtemp, []

    def taken(prefix=None, dir=None):
        made.append(make(prefix=prefix, dir=dir))
        if len(made) == 1:
            sweep()
        return made[-1]

    monkeypatch.setattr(scratch.tempfile, "mkdtemp", taken)
    own = Scratch()
    assert own.folder("request").is_dir()
    assert not Path(made[0]).exists()
    own.remove()
