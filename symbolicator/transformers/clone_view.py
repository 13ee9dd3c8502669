"""One clone at the revision of one event: its files, their lines, and who last changed a line. `git` runs once for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from symbolicator.history.blame import IGNORED, Commit, blame, blame_moved, changed_files, ignored_commits
from symbolicator.history.clone import Clone
from symbolicator.history.owners import PLACES, Owners
from symbolicator.history.revisions import Revision
from symbolicator.history.trees import Tree

if TYPE_CHECKING:
    from symbolicator.artifacts.recent import Recent

T = TypeVar("T")

_COST: Final = 600
"""Bytes that a remembered commit takes."""
_NOTHING: Final = object()
"""Remembered for a line that is not new, or a file that cannot be read."""


class CloneView:
    """`name` is that of the clone's folder. All methods but `at` raise `GitError`."""

    def __init__(self, clone: Clone, revision: Revision, recent: Recent[Any, Any]) -> None:
        self.name = clone.folder.absolute().name
        self.remote, self.revision = clone.remote, revision
        self._clone, self._git, self._recent = clone, clone.git, recent
        self._key = str(clone.folder), clone.state, revision.commit, revision.previous
        self._remembered: dict[object, Any] = {}

    @property
    def at(self) -> str:
        """`v1.4.2 of tides`, for people."""
        at = self.revision.tag or self.revision.commit[:12]
        return f"{at} of {self.name}" if self.revision.certain else f"HEAD of {self.name} (no tag or commit of it is this release)"

    @property
    def tree(self) -> Tree:
        """Its files."""
        tree = self._once("tree", lambda: Tree(self._clone, self.revision.commit), 1 << 20)
        assert tree is not None  # noqa: S101 - `Tree` returns none
        return tree

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file; None if it cannot be read."""
        return self._once(("lines", path), lambda: self.tree.lines(path), 1 << 18)

    def owners(self, path: str) -> tuple[str, ...]:
        """The owners of a file."""

        def ask() -> Owners:
            return Owners(next((lines for place in PLACES if (lines := self.lines(place)) is not None), ()))

        owners = self._once("owners", ask, 1 << 16)
        return owners.of(path) if owners is not None else ()

    def new_commits(self, path: str, lines: Iterable[int]) -> dict[int, Commit | None] | None:
        """For each of these lines the commit if it came with this release, None if it is older; None if the release before is not known."""
        revision, known = self.revision, self._remembered
        if revision.previous is None or revision.new is None:
            return None
        wanted = sorted(set(lines))
        asked = [line for line in wanted if self._known(("new", path, line)) is None]
        if asked and path not in self._changed():
            for line in asked:
                self._remember(("new", path, line), None)
            asked = []
        if asked:
            span, ignored = f"refs/tags/{revision.previous}..{revision.commit}", self._ignored()
            found = blame(self._git, span, path, asked, ignored)
            for line in asked:
                commit = found.get(line)
                if commit is not None and commit.id in revision.new:
                    # A commit that moved the line is not the one that wrote it.
                    begun = f"refs/tags/{revision.previous}..{commit.id}"
                    commit = blame_moved(self._git, begun, commit.path, commit.line, ignored)
                self._remember(("new", path, line), commit if commit is not None and commit.id in revision.new else None)
        return {line: None if known[("new", path, line)] is _NOTHING else known[("new", path, line)] for line in wanted}

    def commit(self, path: str, line: int) -> Commit | None:
        """The commit that last changed a line, however old; None if there is no such line."""

        def ask() -> Commit | None:
            found = blame_moved(self._git, self.revision.commit, path, line, self._ignored())
            return found and found._replace(boundary=found.id in self._clone.ends)

        return self._once(("commit", path, line), ask, _COST)

    def _changed(self) -> frozenset[str]:
        """The files that differ from the release before."""
        before = f"refs/tags/{self.revision.previous}"
        return self._once("changed", lambda: changed_files(self._git, before, self.revision.commit), 1 << 18) or frozenset()

    def _ignored(self) -> tuple[str, ...]:
        return self._once("ignored", lambda: ignored_commits(self._git, self.lines(IGNORED) or ()), _COST) or ()

    def _once(self, name: object, ask: Callable[[], T | None], cost: int) -> T | None:
        """The result of `ask` at this revision, remembered for this event, and for later ones while there is room."""
        known = self._known(name)
        if known is None:
            known = self._remember(name, ask(), cost)
        return None if known is _NOTHING else cast(T, known)

    def _known(self, name: object) -> Any:
        """What is remembered, `_NOTHING` for what does not exist; None if it was not looked up yet."""
        known = self._remembered.get(name)
        if known is None:
            known = self._recent.get(("history", *self._key, name))
            if known is not None:
                self._remembered[name] = known
        return known

    def _remember(self, name: object, answer: object, cost: int = _COST) -> Any:
        known = _NOTHING if answer is None else answer
        self._remembered[name] = known
        self._recent.put(("history", *self._key, name), known, cost)
        return known
