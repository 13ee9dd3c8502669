"""One clone at the revision of one event: its files, their lines, and who last changed a line. `git` runs once for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from symbolicator.history.blame import IGNORED, Commit, blame, blame_moved, changed_files, ignored_commits
from symbolicator.history.clone import Clone
from symbolicator.history.origins import Place, origins
from symbolicator.history.owners import PLACES, Owners
from symbolicator.history.revisions import Revision
from symbolicator.history.submodules import Submodule, submodules
from symbolicator.history.trees import Tree, lines_of

if TYPE_CHECKING:
    from symbolicator.artifacts.recent import Recent

T = TypeVar("T")

_COST: Final = 600
"""Bytes that a remembered commit takes, with its key."""
_TEXT: Final = 64
"""Bytes that a text takes beside its characters."""
_NOTHING: Final = object()
"""Remembered for a line that is not new, or not found in time, or a file that cannot be read."""


class CloneView:
    """`name` is that of the clone's folder; of a submodule that of the clone around it, with its path. `prefix`: what precedes its paths
    there. All methods but `at` raise `GitError`.
    """

    def __init__(self, clone: Clone, revision: Revision, recent: Recent[Any, Any], *, name: str | None = None, prefix: str = "") -> None:
        self.name = clone.folder.absolute().name if name is None else name
        self.prefix = prefix
        self.remote, self.revision = clone.remote, revision
        self._clone, self._git, self._recent = clone, clone.git, recent
        self._key = str(clone.folder), clone.state, revision.commit, revision.before, prefix
        self._remembered: dict[object, Any] = {}

    @property
    def at(self) -> str:
        """`v1.4.2 of tides`, for people."""
        at = self.revision.tag or self.revision.commit[:12]
        return f"{at} of {self.name}" if self.revision.certain else f"HEAD of {self.name} (no tag or commit of it is this release)"

    @property
    def lacks(self) -> str | None:
        """What the clone lacks by the way it was made, and how to fetch it; None if it is whole."""
        if self._clone.ends:
            return "the clone is shallow (git fetch --unshallow --tags)"
        return "the clone is partial (git fetch --refetch --no-filter)" if self._clone.partial else None

    @property
    def tree(self) -> Tree:
        """Its files."""
        tree = self._once("tree", lambda: Tree(self._clone, self.revision.commit), lambda tree: tree.size)
        assert tree is not None  # noqa: S101 - `Tree` returns none
        return tree

    def files(self, path: str) -> tuple[list[str], int]:
        """The files that share the longest end with a path, and how many segments that is."""
        return self._once(("files", path), lambda: self.tree.find(path, self.prefix), lambda found: _size(found[0]) + len(path)) or ([], 0)

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file; None if it cannot be read."""
        return self._once(("lines", path), lambda: self.tree.lines(path), _size)

    def owners(self, path: str) -> tuple[str, ...]:
        """The owners of a file."""

        def ask() -> Owners:
            return Owners(next((lines for place in PLACES if (lines := self.lines(place)) is not None), ()))

        owners = self._once("owners", ask, lambda owners: owners.size)
        return owners.of(path) if owners is not None else ()

    def new_commits(self, path: str, lines: Iterable[int]) -> dict[int, Commit | None] | None:
        """For each of these lines the commit if it came with this release, None if it is older; None if the release before is not known."""
        before = self.revision.before
        if before is None:
            return None
        span = f"{before}..{self.revision.commit}"
        names = {line: ("new", path, line) for line in lines}
        asked = [line for line, name in names.items() if self._known(name) is None]
        found = blame(self._git, span, path, asked, self._ignored()) if asked and path in self._changed() else {}
        found.update(list(self._unmoved(found)))  # a commit that moved a line is not the one that wrote it
        for line in asked:
            commit = found.get(line)
            self._remember(names[line], None if commit is None or commit.older else commit)
        return {line: _answer(self._known(name)) for line, name in names.items()}

    def _unmoved(self, found: dict[int, Commit]) -> Iterator[tuple[int, Commit]]:
        """The commits of those lines that are new, past moves."""
        lines: dict[tuple[str, str], list[int]] = {}
        for line, commit in found.items():
            if not commit.older:
                lines.setdefault((commit.id, commit.path), []).append(line)
        for (id_, path), of_commit in lines.items():
            span = f"{self.revision.before}..{id_}"
            answers = blame_moved(self._git, span, path, [found[line].line for line in of_commit], self._ignored())
            yield from ((line, answers[found[line].line]) for line in of_commit if found[line].line in answers)

    def commits(self, places: Sequence[Place], until: float, *, patient: bool = False) -> dict[Place, Commit]:
        """The commits that last changed these lines, however old; those that are found before `until` (`time.monotonic`).

        A line that was not found once is looked for again only if `patient`.
        """
        asked = [place for place in places if (known := self._known(("commit", place))) is None or (patient and known is _NOTHING)]
        if asked:
            covering = self.tree.covering(path for path, _ in asked)
            found = origins(self._git, self.revision.commit, asked, self._ignored(), until, covering)
            for place in asked:
                self._remember(("commit", place), found.get(place))
        return {place: commit for place in places if (commit := _answer(self._known(("commit", place)))) is not None}

    def is_end(self, commit: Commit) -> bool:
        """Whether a shallow clone has nothing before a commit, so that its lines may be older."""
        return commit.id in self._clone.ends

    def _changed(self) -> frozenset[str]:
        """The files that differ from the release before."""
        before = self.revision.before or self.revision.commit
        return self._once("changed", lambda: changed_files(self._git, before, self.revision.commit), _size) or frozenset()

    @property
    def submodules(self) -> tuple[Submodule, ...]:
        """The submodules that it names."""
        return self._once("submodules", lambda: submodules(self._git, self.tree, self.revision), lambda found: 200 * len(found)) or ()

    def _ignored(self) -> tuple[str, ...]:
        def ask() -> tuple[str, ...]:
            # HEAD's too: the id of a commit that reformats is known only after it, often after the release.
            later = lines_of(self._git, self._clone.head, IGNORED) if self._clone.head else None
            return ignored_commits(self._git, dict.fromkeys([*(self.lines(IGNORED) or ()), *(later or ())]))

        return self._once("ignored", ask, _size) or ()

    def _once(self, name: object, ask: Callable[[], T | None], size: Callable[[T], int] = lambda _: 0) -> T | None:
        """The result of `ask` at this revision, remembered for this event, and for later ones while there is room.

        `size`: the bytes that a result takes beside those of any.
        """
        known = self._known(name)
        if known is None:
            answer = ask()
            known = self._remember(name, answer, 0 if answer is None else size(answer))
        return cast("T | None", _answer(known))

    def _known(self, name: object) -> Any:
        """What is remembered, `_NOTHING` for what does not exist; None if it was not looked up yet."""
        known = self._remembered.get(name)
        if known is None:
            known = self._recent.get(("history", *self._key, name))
            if known is not None:
                self._remembered[name] = known
        return known

    def _remember(self, name: object, answer: object, size: int = 0) -> Any:
        known = _NOTHING if answer is None else answer
        self._remembered[name] = known
        self._recent.put(("history", *self._key, name), known, _COST + size)
        return known


def _answer(known: Any) -> Any:
    return None if known is _NOTHING else known


def _size(texts: Collection[str]) -> int:
    return sum(map(len, texts)) + _TEXT * len(texts)
