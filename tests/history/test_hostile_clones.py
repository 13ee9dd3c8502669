"""Clones that lead elsewhere, or take long, or much memory: refused, or given up."""

import os
import resource
import sys
import zlib
from contextlib import suppress
from hashlib import sha1

import pytest

from symbolicator import Symbolicator
from symbolicator.history.blame import blame
from symbolicator.history.clone import open_clone
from symbolicator.history.git import GitError, GitTimeout
from symbolicator.history.revisions import find_revision
from symbolicator.history.trees import Tree
from tests.makers.repositories import Repository, git
from tests.test_commits import readable


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "pump")
    made.commit({"src/pump.c": "one\ntwo\n"}, "First")
    made.tag("v1.0.0")
    return made


@pytest.fixture
def secret(tmp_path):
    """Another repository on the machine, of which the clone is not."""
    made = Repository(tmp_path / "secret")
    made.commit({"src/key.c": "hush\n"}, "The secret plan")
    return made


def write(repository, kind, content):
    """A loose object, whatever is in it."""
    whole = f"{kind} {len(content)}\0".encode() + content
    name = sha1(whole).hexdigest()
    folder = repository.folder / ".git" / "objects" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name[2:]).write_bytes(zlib.compress(whole, 1))
    return name


@pytest.mark.parametrize("to", ["secret/.git", "secret/.git/worktrees/x/../..", "/etc"])
def test_a_commondir_that_leads_elsewhere_is_refused(repository, secret, tmp_path, to):
    (repository.folder / ".git" / "commondir").write_text(f"{tmp_path / to}\n")
    with pytest.raises(GitError, match="shares the repository"):
        open_clone(repository.folder)


@pytest.mark.parametrize("place", ["refs", "refs/heads", "refs/tags", "objects", "objects/pack", "objects/info", "packed-refs", "HEAD"])
def test_a_folder_or_file_that_is_a_link_shows_nothing_of_where_it_leads(repository, secret, place):
    own, other = (each.folder / ".git" / place for each in (repository, secret))
    if place == "packed-refs":
        git(secret.folder, "pack-refs", "--all")
    if own.is_dir():
        own.rename(own.with_name("once"))
    else:
        own.unlink(missing_ok=True)
    own.symlink_to(other)
    with suppress(GitError):
        clone = open_clone(repository.folder)
        assert secret.head not in clone.refs.values()
        assert clone.head != secret.head


@pytest.mark.parametrize("place", ["objects/info/alternates", "objects/pack/pack-1.idx", "objects/info/commit-graph"])
def test_a_pipe_where_git_would_wait_is_refused(repository, place):
    os.mkfifo(repository.folder / ".git" / place)
    with pytest.raises(GitError, match="is not a file"):
        open_clone(repository.folder)


def test_the_first_command_that_hangs_is_the_last_of_its_clone(repository, monkeypatch):
    monkeypatch.setattr("symbolicator.history.git.SECONDS", 0.2)
    clone = open_clone(repository.folder)
    folder = repository.folder / ".git" / "objects" / repository.head[:2]
    (folder / repository.head[2:]).unlink()
    os.mkfifo(folder / repository.head[2:])
    with pytest.raises(GitTimeout, match="took longer"):
        find_revision(clone, f"{repository.head}@{repository.head}+{repository.head}")


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such limit elsewhere")
def test_a_blob_that_is_larger_than_memory_is_an_error(repository, monkeypatch):
    monkeypatch.setattr("symbolicator.history.git.MAX_MEMORY", 64 << 20)
    blob = write(repository, "blob", b"\n" * (100 << 20))
    tree = write(repository, "tree", b"100644 big.c\0" + bytes.fromhex(blob))
    about = f"tree {tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nBig\n"
    commit = write(repository, "commit", about.encode())
    clone = open_clone(repository.folder)
    assert Tree(clone, commit).lines("big.c") is None
    with pytest.raises(GitError, match="failed"):
        blame(clone.git, commit, "big.c", [1])
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 64 << 20  # its own, not ours


def test_a_tree_of_a_billion_files_is_given_up_once(repository, monkeypatch):
    monkeypatch.setattr("symbolicator.history.git.MAX_OUTPUT", 1 << 16)
    inner = write(repository, "blob", b"x\n")
    mode = b"100644"
    for _ in range(9):
        inner = write(repository, "tree", b"".join(mode + b" %d\0" % number + bytes.fromhex(inner) for number in range(10)))
        mode = b"40000"
    about = f"tree {inner}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nBomb\n"
    git(repository.folder, "tag", "v2.0.0", write(repository, "commit", about.encode()))
    asked = []
    run = Tree.__init__
    monkeypatch.setattr(Tree, "__init__", lambda tree, *more: asked.append(more) or run(tree, *more))
    out = Symbolicator([], repos=[repository.folder]).symbolicate(readable("src/pump.c", *range(1, 30), release="2.0.0"))
    assert out["suspect_commits"] == []
    assert [error["detail"] for error in out["errors"]] == ["git ls-tree prints more than 65,536 bytes"]
    assert len(asked) == 1


def test_more_tags_than_the_bound_are_refused_not_cut(repository, monkeypatch):
    monkeypatch.setattr("symbolicator.history.clone.MAX_REFS", 10)
    (repository.folder / ".git" / "packed-refs").write_text("".join(f"{'a' * 40} refs/tags/v{number}\n" for number in range(11)))
    with pytest.raises(GitError, match="more than 10 refs"):
        open_clone(repository.folder)


@pytest.mark.parametrize(
    ("name", "most"), [("packed-refs", "MAX_LISTED"), ("shallow", "MAX_LISTED"), ("config", "MAX_FILE"), ("HEAD", "MAX_FILE")]
)
def test_a_file_that_is_too_large_is_refused_not_cut(repository, monkeypatch, name, most):
    monkeypatch.setattr(f"symbolicator.history.clone.{most}", 1000)
    (repository.folder / ".git" / name).write_text("# x\n" * 300)
    with pytest.raises(GitError, match=f"{name} is larger than 1,000 bytes"):
        open_clone(repository.folder)


def test_a_summary_without_end_is_shown_with_its_beginning(repository):
    repository.commit({"src/pump.c": "ONE\n"}, "long " * 100_000)
    clone = open_clone(repository.folder)
    summary = blame(clone.git, clone.head, "src/pump.c", [1])[1].summary
    assert (len(summary), summary[-2:]) == (501, " …")


def test_a_commit_graph_that_is_damaged_ends_nothing(repository):
    for number in range(5):
        repository.commit({"src/pump.c": f"one\n{number}\n"}, f"Change {number}")
    git(repository.folder, "commit-graph", "write", "--reachable", "--changed-paths")
    graph = repository.folder / ".git/objects/info/commit-graph"
    content = bytearray(graph.read_bytes())
    for place in range(0, len(content), 149):
        damaged = bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        graph.chmod(0o644)
        graph.write_bytes(damaged)
        out = Symbolicator([], repos=[repository.folder]).symbolicate(readable("src/pump.c", 2, release="none"))
        assert "internal_error" not in str(out.get("errors"))


def test_a_tag_that_is_a_chain_of_tags_or_no_commit_is_no_revision(repository):
    blob = write(repository, "blob", b"x\n")
    git(repository.folder, "tag", "v3.0.0", blob)
    assert find_revision(open_clone(repository.folder), "3.0.0").how == "head"
    target, kind = repository.head, "commit"
    for number in range(300):
        target = write(repository, "tag", f"object {target}\ntype {kind}\ntag t{number}\ntagger a <a@b> 1 +0000\n\nx\n".encode())
        kind = "tag"
    git(repository.folder, "tag", "v4.0.0", target)
    assert find_revision(open_clone(repository.folder), "4.0.0").commit == repository.head


def test_the_mailmap_of_a_clone_renames_nobody(repository):
    repository.commit({".mailmap": "Somebody Else <x@y> <ada@tides.example>\n", "src/pump.c": "1\n"}, "Map")
    clone = open_clone(repository.folder)
    assert blame(clone.git, clone.head, "src/pump.c", [1])[1].author == "Ada Wave"
