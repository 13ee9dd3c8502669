"""Submodules: which there are at a revision, at which commits of theirs, and where a clone keeps their repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.history.clone import Clone, read_config
from symbolicator.history.git import Git
from symbolicator.history.revisions import Revision
from symbolicator.history.trees import Tree

_FILE: Final = ".gitmodules"
_MOST: Final = 1_000
"""Submodules of one revision that are known."""


class Submodule(NamedTuple):
    """A submodule: its name in `.gitmodules`, its path, its commit at a revision, and at the release before; None if it is not known."""

    name: str
    path: str
    commit: str
    before: str | None


def submodules(git: Git, tree: Tree, revision: Revision) -> tuple[Submodule, ...]:
    """The submodules of a revision. Raises `GitError`."""
    lines = tree.lines(_FILE) if tree.has(_FILE) else None
    values = read_config("\n".join(lines or ()))
    names = {path.strip("/"): name for (section, name, key), path in values.items() if (section, key) == ("submodule", "path")}
    paths = [path for path in names if path and tree.has(path)][:_MOST]
    if not paths:
        return ()
    now = _commits(git, revision.commit, paths)
    then = _commits(git, revision.before, paths) if revision.before is not None else {}
    return tuple(Submodule(names[path], path, now[path], then.get(path)) for path in paths if path in now)


def _commits(git: Git, commit: str, paths: list[str]) -> dict[str, str]:
    """The commits that a commit has at paths that are submodules."""
    rows = git.run("ls-tree", "-z", "--full-tree", commit, "--", *paths).decode("utf-8", "surrogateescape").split("\0")
    found = {}
    for row in rows:
        about, _, path = row.partition("\t")
        mode, _, rest = about.partition(" ")
        if mode == "160000":
            found[path] = rest.rpartition(" ")[2]
    return found


def repository_of(clone: Clone, submodule: Submodule) -> Path | None:
    """The folder of a submodule's repository within a clone; None if it was not fetched. No link is followed out of the clone."""
    within = [(place / "modules", submodule.name) for place in clone.places] + [(clone.folder, submodule.path)]
    for folder, name in within:
        parts = name.split("/")
        steps = [folder.joinpath(*parts[:length]) for length in range(len(parts) + 1)]
        place = steps[-1] if folder is not clone.folder else steps[-1] / ".git"
        if "\0" in name or not all(part.strip(".") for part in parts) or any(step.is_symlink() for step in (*steps, place)):
            continue
        if (place / "HEAD").is_file():
            return place
    return None
