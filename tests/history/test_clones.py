"""Clones of all kinds, and hostile ones: nothing of them is run."""

import os
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.history.blame import blame, blame_moved, ignored_commits
from symbolicator.history.clone import open_clone
from symbolicator.history.git import Git, GitError
from symbolicator.history.revisions import find_revision
from symbolicator.history.trees import Tree
from tests.makers.repositories import Repository, git


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "pump")
    made.commit({"src/pump.c": "one\ntwo\n"}, "First")
    made.tag("v1.0.0")
    made.commit({"src/pump.c": "one\nTWO\n", "docs/a.md": "x\n"}, "Second")
    git(made.folder, "tag", "-a", "-m", "annotated", "v1.1.0", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
    return made


def asked(folder):
    """What the clone in a folder says of a line."""
    clone = open_clone(folder)
    found = find_revision(clone, "1.1.0")
    return blame(clone.git, found.commit, "src/pump.c", [2])[2].summary


def test_a_clone_a_bare_one_a_worktree_a_submodule_and_packed_refs_are_alike(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(repository.folder), "bare")
    git(repository.folder, "worktree", "add", "-q", str(tmp_path / "tree"), "v1.0.0")
    over = Repository(tmp_path / "over")
    over.commit({"a": "x\n"}, "Begin")
    git(over.folder, "reset", "-q", "--hard")
    git(over.folder, "submodule", "add", "-q", str(repository.folder), "inner")
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "v1.1.0", f"file://{repository.folder}", "shallow")
    git(repository.folder, "pack-refs", "--all")
    for folder in ("pump", "bare", "tree", "over/inner", "shallow"):
        assert asked(tmp_path / folder) == "Second", folder
    assert open_clone(tmp_path / "shallow").ends == {repository.head}
    assert open_clone(tmp_path / "tree").head != open_clone(tmp_path / "pump").head


def test_repositories_with_sha_256_are_read(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256", "long")
    (tmp_path / "long" / "a.c").write_text("one\n")
    git(tmp_path / "long", "add", "a.c")
    git(tmp_path / "long", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "Only")
    clone = open_clone(tmp_path / "long")
    assert len(clone.head) == 64
    assert blame(clone.git, clone.head, "a.c", [1])[1].summary == "Only"


def test_nothing_that_a_clone_configures_is_run(repository, tmp_path):
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy", "diff.external", "gpg.program",
        "diff.trap.textconv", "diff.trap.command", "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "credential.helper",
        "blame.ignoreRevsFile", "uploadpack.packObjectsHook", "alias.blame", "alias.rev-parse", "core.alternateRefsCommand",
    ):  # fmt: skip
        repository.configure(name, f"!{trap}" if name.startswith(("alias", "credential")) else str(trap))
    repository.configure("core.hooksPath", str(tmp_path))
    repository.configure("include.path", str(tmp_path / "more"))
    repository.configure("log.showSignature", "true")
    repository.configure("remote.origin.promisor", "true")
    repository.configure("remote.origin.url", f"ext::{trap}")
    repository.configure("extensions.partialClone", "origin")
    (tmp_path / "more").write_text(f"[core]\n\tfsmonitor = {trap}\n")
    info = repository.folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* diff=trap filter=trap\n")
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        (tmp_path / hook).symlink_to(trap)
    (repository.folder / ".gitattributes").write_text("* diff=trap filter=trap\n")
    assert asked(repository.folder) == "Second"
    clone = open_clone(repository.folder)
    with pytest.raises(GitError):  # an object that is missing is not fetched by what the clone names
        clone.git.run("cat-file", "blob", "0" * 39 + "1")
    assert not (tmp_path / "sprung").exists()


def test_nothing_in_a_clone_changes(repository):
    def state():
        return sorted((path, path.stat().st_mtime_ns) for path in repository.folder.rglob("*"))

    before = state()
    assert asked(repository.folder) == "Second"
    assert state() == before


@pytest.mark.parametrize("damage", ["link", "foreign", "nowhere", "objects", "empty", "reftable", "file"])
def test_what_is_no_clone_of_its_own_is_refused_in_words(repository, tmp_path, damage):
    folder = tmp_path / "given"
    folder.mkdir()
    own = repository.folder / ".git"
    if damage == "link":
        (folder / ".git").symlink_to(own)
    elif damage == "foreign":
        (folder / ".git").write_text(f"gitdir: {own}\n")
    elif damage == "nowhere":
        (folder / ".git").write_text("gitdir: nowhere\n")
    elif damage == "file":
        folder = repository.folder / ".git" / "HEAD"
    elif damage == "objects":
        folder = repository.folder
        (own / "objects").rename(own / "elsewhere")
        (own / "objects").symlink_to("elsewhere")
    elif damage == "reftable":
        folder = repository.folder
        repository.configure("extensions.refStorage", "reftable")
    with pytest.raises(GitError) as caught:
        open_clone(folder)
    assert str(folder) in str(caught.value)


def test_names_with_line_ends_and_options_for_names_are_only_names(tmp_path):
    made = Repository(tmp_path / "odd")
    made.commit({'"two\\nlines.c"': "x\n", "--output=x": "x\n", "src/-L1,1.c": "one\n"}, "Odd")
    clone = open_clone(made.folder)
    tree = Tree(clone, clone.head)
    assert tree.find("a/two\nlines.c") == ([], 0)
    assert tree.find("src/-L1,1.c") == (["src/-L1,1.c"], 2)
    assert blame(clone.git, clone.head, "src/-L1,1.c", [1])[1].summary == "Odd"
    assert tree.lines("--output=x") == ["x"]


def test_refs_with_odd_names_or_values_are_left_out(repository):
    packed = repository.folder / ".git" / "packed-refs"
    packed.write_text(f"{'a' * 40} refs/tags/..\n{'b' * 40} refs/tags/a b\nnonsense refs/tags/x\n{'c' * 40} refs/tags/fine\n^{'d' * 40}\n")
    (repository.folder / ".git/refs/tags/odd.lock").write_text("a" * 40)
    assert {name for name in open_clone(repository.folder).refs if "heads" not in name} == {
        "refs/tags/fine", "refs/tags/v1.0.0", "refs/tags/v1.1.0",
    }  # fmt: skip


def test_the_environment_of_the_caller_says_nothing_to_git(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "nonsense")
    assert asked(repository.folder) == "Second"


def test_a_command_that_hangs_or_prints_too_much_is_ended(repository, monkeypatch, tmp_path):
    clone = open_clone(repository.folder)
    with pytest.raises(GitError, match="more than 3 bytes"):
        clone.git.run("cat-file", "blob", f"{clone.head}:src/pump.c", most=3)
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("symbolicator.history.git.SECONDS", 0.05)
    with pytest.raises(GitError, match="took longer"):
        clone.git.run("blame")


def test_without_git_the_clone_is_the_problem(repository, monkeypatch):
    clone = open_clone(repository.folder)
    monkeypatch.setattr("symbolicator.history.git.shutil.which", lambda _: None)
    with pytest.raises(GitError, match="git is not installed"):
        clone.git.run("--version")


def test_the_folder_of_ours_goes_with_the_process_that_made_it(repository):
    made = Git(repository.folder / ".git" / "objects", {})
    folder = made._repository()
    pid = os.fork()
    if pid == 0:
        del made
        os._exit(0)
    os.waitpid(pid, 0)
    assert folder.is_dir()
    del made
    assert not folder.exists()


def test_a_truncated_object_is_a_problem_not_a_wrong_answer(repository):
    git(repository.folder, "repack", "-q", "-a", "-d")
    (pack,) = (repository.folder / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    os.truncate(pack, 100)
    clone = open_clone(repository.folder)
    with pytest.raises(GitError):
        blame(clone.git, clone.head, "src/pump.c", [2])[2]


def test_no_program_is_started_to_open_a_clone(repository, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert open_clone(repository.folder).head == repository.head


_NAMES = (
    "HEAD",
    "packed-refs",
    "config",
    "shallow",
    "commondir",
    "gitdir",
    "objects/info/alternates",
    "refs/tags/v1.0.0",
    "refs/heads/main",
)
_WORDS = st.sampled_from(
    [
        b"ref: ",
        b"refs/heads/main",
        b"gitdir: ",
        b"..",
        b"/",
        b"\n",
        b"[core]",
        b"[extensions]\n",
        b"\tworktree = ",
        b"objectFormat = sha256",
        b"a" * 40,
    ]
)


@given(files=st.dictionaries(st.sampled_from([*_NAMES, "/.git"]), st.lists(_WORDS | st.binary(max_size=8), max_size=6).map(b"".join)))
def test_whatever_a_clone_s_files_contain_it_is_opened_or_refused(files, tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("any") / "pump")
    made.commit({"src/pump.c": "one\n"}, "First")
    folder = made.folder
    for name, content in files.items():
        if name == "/.git":
            folder = made.folder / "work"
            folder.mkdir()
            (folder / ".git").write_bytes(b"gitdir: ../.git" + content)
        else:
            (made.folder / ".git" / name).parent.mkdir(parents=True, exist_ok=True)
            (made.folder / ".git" / name).write_bytes(content)
    with suppress(GitError):
        clone = open_clone(folder)
        found = find_revision(clone, "1.0.0")
        Tree(clone, found.commit).lines("src/pump.c")
        blame(clone.git, found.commit, "src/pump.c", [1])


def test_a_name_that_is_not_ascii_is_as_any_other(tmp_path):
    made = Repository(tmp_path / "wide")
    made.commit({"src/größe.c": "one\n"}, "First")
    made.tag("v1.0.0")
    made.commit({"src/größe.c": "ONE\n"}, "Second")
    clone = open_clone(made.folder)
    found = blame(clone.git, f"refs/tags/v1.0.0..{clone.head}", "src/größe.c", [1])[1]
    assert (found.path, blame_moved(clone.git, clone.head, found.path, [found.line])[found.line].summary) == ("src/größe.c", "Second")


def test_lines_are_those_that_git_counts(tmp_path):
    made = Repository(tmp_path / "ends")
    made.commit({"a.c": "a\rb\nc\r\nd\r"}, "Ends")
    clone = open_clone(made.folder)
    assert Tree(clone, clone.head).lines("a.c") == ["a\rb", "c", "d"]
    assert list(blame(clone.git, clone.head, "a.c", [1, 2, 3])) == [1, 2, 3]


def test_more_ignored_commits_than_a_pipe_holds_are_all_looked_up(tmp_path):
    made = Repository(tmp_path / "many")
    commit = made.commit({"a": "x\n"}, "Begin")
    listed = [f"{number:040x}" for number in range(5_000)]
    assert ignored_commits(open_clone(made.folder).git, [*listed, commit]) == (commit,)


def test_the_first_commit_of_all_is_older_than_no_release_and_ends_no_shallow_clone(tmp_path):
    made = Repository(tmp_path / "new")
    made.commit({"a.c": "one\ntwo\n"}, "First")
    made.tag("v1.0.0")
    made.commit({"a.c": "one\nTWO\n"}, "Second")
    clone = open_clone(made.folder)
    assert [commit.older for commit in blame(clone.git, clone.head, "a.c", [1, 2]).values()] == [False, False]
    assert [commit.older for commit in blame(clone.git, f"refs/tags/v1.0.0..{clone.head}", "a.c", [1, 2]).values()] == [True, False]
    assert clone.ends == frozenset()


def test_replaced_objects_and_grafts_of_a_clone_change_no_answer(repository):
    git(repository.folder, "replace", repository.head, "v1.0.0")
    (repository.folder / ".git" / "info" / "grafts").write_text(f"{repository.head}\n")
    assert git(repository.folder, "log", "--format=%s", "-1") == "First"  # what git itself is made to believe
    assert asked(repository.folder) == "Second"


def test_an_object_that_a_partial_clone_lacks_is_named_as_such(repository, tmp_path):
    repository.configure("uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repository.folder}", "partial")
    clone = open_clone(tmp_path / "partial")
    assert clone.partial
    assert Tree(clone, clone.head).find("src/pump.c") == (["src/pump.c"], 2)
    assert Tree(clone, clone.head).lines("src/pump.c") is None
    with pytest.raises(GitError, match="not in this partial clone, and nothing is fetched"):
        blame(clone.git, clone.head, "src/pump.c", [2])
