"""The clones at the revisions of one event: those given, and their submodules, at the commits that are recorded for the release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from symbolicator.history.clone import Clone
from symbolicator.history.git import GitError
from symbolicator.history.revisions import Revision, commit_of, find_revision
from symbolicator.history.submodules import Submodule, repository_of
from symbolicator.transformers.clone_view import CloneView

if TYPE_CHECKING:
    from symbolicator.artifacts.recent import Recent

MAX_SUBMODULES: Final = 50
"""Submodules of an event's clones that are looked into."""


class Views(NamedTuple):
    """`all`: the clones and submodules; `troubles`: why some are not; `missing`: paths of submodules whose repository is not at hand, and
    why; `left`: how many submodules were not looked into.
    """

    all: list[CloneView]
    troubles: list[str]
    missing: dict[str, str]
    left: int


def views_of(
    clones: Sequence[Clone], release: str | None, named: str | None, recent: Recent[Any, Any], opened: Callable[[Path], Clone]
) -> Views:
    """The views for a release; `named`: the revision that the event names. `opened`: opens a clone."""
    views: dict[Path, CloneView] = {}
    troubles: dict[Path, str] = {}
    for clone in clones:
        try:
            key = ("revision", str(clone.folder), clone.state, release, named)
            revision = recent.get(key) or find_revision(clone, release, named)
            recent.put(key, revision, 400)
            views[clone.folder] = CloneView(clone, revision, recent)
        except GitError as error:
            troubles[clone.folder] = str(error)
    if views and named is not None:
        troubles.clear()  # of several repositories, the revision that the event names is of one
    missing: dict[str, str] = {}
    waiting = [(clone, views[clone.folder]) for clone in clones if clone.folder in views]
    left = MAX_SUBMODULES
    while waiting:
        clone, around = waiting.pop(0)
        if views.get(clone.folder) is not around:
            continue  # another took its place
        try:
            inner = around.submodules
        except GitError as error:
            troubles[clone.folder] = str(error)
            del views[clone.folder]  # its files cannot be listed
            continue
        for submodule in inner:
            left -= 1
            if left < 0:
                continue
            try:
                own = _clone_of(clone, submodule, clones, recent, opened)
                if own is None:
                    why = f"{submodule.path} is a submodule that {around.name} does not have"
                    missing[around.prefix + submodule.path] = f"{why}: git submodule update --init, or give a clone of it"
                    continue
                known = views.get(own.folder)
                if known is not None and known.revision.certain and not around.revision.certain:
                    continue
                # It takes the place of a clone that was given: what is recorded for the release is what was built.
                views[own.folder] = _view(own, submodule, around, recent)
                troubles.pop(own.folder, None)
                waiting.append((own, views[own.folder]))
            except GitError as error:
                missing[around.prefix + submodule.path] = str(error)
    return Views(list(views.values()), list(troubles.values()), missing, max(0, -left))


def _clone_of(
    clone: Clone, submodule: Submodule, given: Sequence[Clone], recent: Recent[Any, Any], opened: Callable[[Path], Clone]
) -> Clone | None:
    """The clone of a submodule: one that was given, or the one within the clone around it; None if neither is there."""
    folder = repository_of(clone, submodule)
    if folder is not None:
        own = opened(folder)
        return next((each for each in given if each.real == own.real), own)
    return next((each for each in given if each is not clone and _has(each, submodule.commit, recent)), None)


def _view(own: Clone, submodule: Submodule, around: CloneView, recent: Recent[Any, Any]) -> CloneView:
    """A submodule at its recorded commit. Raises `GitError` if it lacks that."""
    if not _has(own, submodule.commit, recent):
        raise GitError(f"the submodule {submodule.path} of {around.name} has no commit {submodule.commit[:12]}: git submodule update")
    before = submodule.before
    if before is not None and not _has(own, before, recent):
        before = None
    previous = around.revision.previous if before is not None else None
    revision = Revision(submodule.commit, around.revision.how, None, previous, before)
    return CloneView(own, revision, recent, name=f"{around.name}/{submodule.path}", prefix=f"{around.prefix}{submodule.path}/")


def _has(clone: Clone, commit: str, recent: Recent[Any, Any]) -> bool:
    key = ("commit", str(clone.folder), clone.state, commit)
    known: bool | None = recent.get(key)
    if known is None:
        known = commit_of(clone, commit) is not None
        recent.put(key, known, 400)
    return known
