"""Frames in submodules: looked up at the commit that is recorded for the release, wherever the submodule's repository is."""

import shutil

import pytest

from symbolicator import Symbolicator
from symbolicator.history.clone import open_clone
from symbolicator.history.submodules import Submodule, repository_of
from tests.makers.repositories import Repository, git
from tests.test_commits import first_frame, readable

LINES = [f"value {number} = {number * number};\n" for number in range(1, 31)]


def pumps(*changed):
    return "".join(line.replace("value", "val") if number in changed else line for number, line in enumerate(LINES, 1))


@pytest.fixture
def clones(tmp_path, monkeypatch):
    """`app`, with the submodule `vendor/pump`, which has one of its own; of all commits of the submodules three are recorded."""
    for name in ("SECONDS", "SECONDS_FOR_OLD"):
        monkeypatch.setattr(f"symbolicator.transformers.frame_histories.{name}", 1e6)
    upstream = tmp_path / "upstream"
    valve, pump, app = Repository(upstream / "valve"), Repository(upstream / "pump"), Repository(tmp_path / "app")
    valve.commit({"valve.c": pumps()}, "Begin the valve")
    pump.commit({"lib/pump.c": pumps()}, "Begin the pump")
    made = {}

    def bring(repository, path, source, message):
        if not (repository.folder / path / ".git").exists():
            git(repository.folder, "submodule", "add", "-q", "--force", str(source.folder), path)
        git(repository.folder / path, "fetch", "-q", "origin")
        git(repository.folder / path, "checkout", "-q", source.head)
        git(repository.folder, "add", path)
        git(repository.folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", message)
        return git(repository.folder, "rev-parse", "HEAD")

    app.commit({"src/main.c": pumps(), "README": "x\n"}, "Begin")
    git(app.folder, "reset", "-q", "--hard")
    git(pump.folder, "reset", "-q", "--hard")
    pump.head = bring(pump, "parts/valve", valve, "Bring the valve")
    bring(app, "vendor/pump", pump, "Bring the pump")
    git(app.folder, "tag", "v1.0.0")
    made["valve"] = valve.commit({"valve.c": pumps(5)}, "Change the valve")
    pump.head = bring(pump, "parts/valve", valve, "Update the valve")
    git(pump.folder, "reset", "-q", "--hard")
    made["pump"] = pump.commit({"lib/pump.c": pumps(3)}, "Change the pump")
    bring(app, "vendor/pump", pump, "Update the pump")
    git(app.folder, "submodule", "update", "-q", "--init", "--recursive")
    git(app.folder, "tag", "v1.1.0")
    pump.commit({"lib/pump.c": pumps(3, 4)}, "Not recorded")
    pump.tag("v1.1.0")  # a tag of the submodule's own that is as the release, and means another
    return tmp_path, made


PUMP = "/build/app/vendor/pump/lib/pump.c"


def suspect(event, *folders):
    out = Symbolicator([], repos=list(folders)).symbolicate(event)
    return (out["suspect_commits"] or [None])[0], out


def test_a_frame_in_a_submodule_is_looked_up_at_the_recorded_commit(clones):
    folder, made = clones
    first, out = suspect(readable(PUMP, 3), folder / "app")
    assert (first["commit"], first["repository"], first["revision_from"]) == (made["pump"], "app/vendor/pump", "tag")
    assert first["in_release"] is True
    assert first["revision"] == made["pump"]
    assert "is new since v1.0.0" in first["reason"]
    assert first_frame(out)["context_line"] == LINES[2].rstrip("\n").replace("value", "val")
    old, _ = suspect(readable(PUMP, 4), folder / "app")
    assert (old["summary"], old["in_release"]) == ("Begin the pump", False)


def test_a_submodule_of_a_submodule_is_looked_up_too(clones):
    folder, made = clones
    first, _ = suspect(readable("vendor/pump/parts/valve/valve.c", 5), folder / "app")
    assert (first["commit"], first["repository"]) == (made["valve"], "app/vendor/pump/parts/valve")


def test_a_clone_of_the_submodule_that_is_given_is_read_at_the_recorded_commit_too(clones):
    folder, made = clones
    bare = folder / "bare"
    git(folder, "clone", "-q", "--bare", str(folder / "app"), "bare")
    git(folder, "clone", "-q", "--bare", str(folder / "upstream" / "pump"), "pump.git")
    for others in ([bare, folder / "pump.git"], [folder / "pump.git", bare], [folder / "app", folder / "app/vendor/pump"]):
        first, _ = suspect(readable(PUMP, 3), *others)
        assert (first["commit"], first["revision"]) == (made["pump"], made["pump"]), others


def test_a_submodule_that_is_not_at_hand_is_said_for_its_frames_alone(clones):
    folder, _ = clones
    git(folder, "clone", "-q", "--bare", str(folder / "app"), "bare")
    none, out = suspect(readable(PUMP, 3), folder / "bare")
    assert none is None
    assert first_frame(out)["data"]["no_commit"] == (
        "vendor/pump is a submodule that bare does not have: git submodule update --init, or give a clone of it"
    )
    first, out = suspect(readable("src/main.c", 3), folder / "bare")
    assert first["summary"] == "Begin"
    assert "errors" not in out


def test_a_submodule_without_the_recorded_commit_says_which_it_lacks(clones):
    folder, made = clones
    shutil.rmtree(folder / "app/.git/modules/vendor/pump")
    git(folder, "clone", "-q", "--depth", "1", f"file://{folder}/upstream/pump", str(folder / "shallow"))
    shutil.copytree(folder / "shallow/.git", folder / "app/.git/modules/vendor/pump")
    _, out = suspect(readable(PUMP, 3), folder / "app")
    assert first_frame(out)["data"]["no_commit"] == (
        f"the submodule vendor/pump of app has no commit {made['pump'][:12]}: git submodule update"
    )


def test_a_worktree_has_the_submodules_of_its_clone(clones):
    folder, made = clones
    git(folder / "app", "worktree", "add", "-q", str(folder / "tree"), "v1.1.0")
    first, _ = suspect(readable(PUMP, 3), folder / "tree")
    assert first["commit"] == made["pump"]


@pytest.mark.parametrize("name", ["../../elsewhere", "/etc", "a/../../b", "", ".", "a\0b", "linked"])
def test_no_name_of_a_submodule_leads_out_of_the_clone(clones, name):
    folder, _ = clones
    elsewhere = folder / "app" / ".git" / "elsewhere"
    shutil.copytree(folder / "upstream/pump/.git", elsewhere)
    (folder / "app/.git/modules/linked").symlink_to(folder / "upstream/pump/.git")
    (folder / "app/linked").symlink_to(folder / "upstream/pump")
    clone = open_clone(folder / "app")
    assert repository_of(clone, Submodule(name, name, "0" * 40, None)) is None


def test_a_repository_in_the_submodule_s_own_folder_is_read(clones):
    folder, made = clones
    (folder / "app/vendor/pump/.git").unlink()
    shutil.move(folder / "app/.git/modules/vendor/pump", folder / "app/vendor/pump/.git")
    first, _ = suspect(readable(PUMP, 3), folder / "app")
    assert first["commit"] == made["pump"]


def test_more_submodules_than_the_bound_are_said(clones, monkeypatch):
    folder, _ = clones
    monkeypatch.setattr("symbolicator.transformers.clone_views.MAX_SUBMODULES", 1)
    _, out = suspect(readable("src/main.c", 3), folder / "app")
    assert [error["type"] for error in out["errors"]] == ["limit_exceeded"]
    assert "1 submodules were not looked into" in out["errors"][0]["detail"]


def test_what_submodules_said_is_not_asked_again(clones, monkeypatch):
    folder, _ = clones
    tool = Symbolicator([], repos=[folder / "app"])
    once = tool.symbolicate(readable(PUMP, 3, 4))
    monkeypatch.setattr("symbolicator.history.git.subprocess.Popen", None)
    assert tool.symbolicate(readable(PUMP, 3, 4)) == once
