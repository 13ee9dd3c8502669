"""What clones know of a frame's line: its file, by path and text; the commit that changed it last; its owners."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from symbolicator.history.blame import IGNORED, Commit, blame, ignored_commits
from symbolicator.history.clone import Clone
from symbolicator.history.git import GitError
from symbolicator.history.owners import PLACES, Owners
from symbolicator.history.revisions import Revision, find_revision
from symbolicator.history.trees import Tree
from symbolicator.model import Frame

if TYPE_CHECKING:
    from symbolicator.artifacts.recent import Recent

T = TypeVar("T")

SECONDS: Final = 10.0
"""Seconds that the clones are asked for one event; later frames have no commit, and the event says so."""
_COST: Final = 600
"""Bytes that a remembered commit takes."""
_LEAST: Final = 4
"""Characters that a line needs, without white space, to be known by its text alone."""


class SourceLines:
    """The lines of a file of a revision, as the source text of frames (`model.SourceText`)."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """The lines before, at and after the 0-based `line`."""
        if not 0 <= line < len(self.lines):
            return None
        return self.lines[max(0, line - before) : line], self.lines[line], self.lines[line + 1 : line + 1 + after]


class History(NamedTuple):
    """A frame's line in a clone. `path`, `line` (from 1): its place there, `moved` if that is not the frame's own line. `same_text`:
    whether the build's source had the same line; None if the build's is not known. `commit`: None if it could not be found out.
    """

    repository: str
    remote: str | None
    revision: Revision
    path: str
    line: int
    same_text: bool | None
    commit: Commit | None
    owners: tuple[str, ...] = ()
    text: SourceLines | None = None
    moved: bool = False


class Histories:
    """The clones at the revision of one event. `named`: the revision that the event names; `troubles`: what could not be found out."""

    def __init__(self, clones: Sequence[Clone], release: str | None, named: str | None, recent: Recent[Any, Any]) -> None:
        self.troubles: list[str] = []
        self._recent = recent
        self._until = time.monotonic() + SECONDS
        self._views: list[_View] = []
        for clone in clones:
            try:
                key = ("revision", str(clone.folder), clone.state, release, named)
                revision = recent.get(key) or find_revision(clone, release, named)
                recent.put(key, revision, 200 + 100 * len(revision.new or ()))
                self._views.append(_View(clone, revision, recent))
            except GitError as error:
                # Of several repositories, the revision that the event names is of one.
                self.troubles.append(str(error))
        if self._views and named is not None:
            self.troubles = []

    def of(self, frame: Frame) -> History | str | None:
        """The frame's line; a sentence where a clone has such a file but not this line in it; None if none has the file."""
        if time.monotonic() > self._until:
            late = f"the clones were asked for {SECONDS:g} s: later frames have no commit"
            if late not in self.troubles:
                self.troubles.append(late)
            return None
        why: str | None = None
        found: list[History] = []
        for view in self._views:
            try:
                answer = view.of(frame)
            except GitError as error:
                if str(error) not in self.troubles:
                    self.troubles.append(str(error))
                continue
            if isinstance(answer, History):
                found.append(answer)
            else:
                why = why or answer
        # Two repositories may have the file; the one with the same text has it by evidence.
        sure = [history for history in found if history.same_text] or found
        if len(sure) > 1:
            return f"{' and '.join(history.repository for history in sure)} have this file alike"
        return sure[0] if sure else why


class _View:
    """One clone at one revision."""

    def __init__(self, clone: Clone, revision: Revision, recent: Recent[Any, Any]) -> None:
        self._clone, self._revision, self._recent = clone, revision, recent
        self._name = clone.folder.absolute().name
        self._key = str(clone.folder), revision.commit
        self._remembered: dict[object, Any] = {}

    def of(self, frame: Frame) -> History | str | None:
        """As `Histories.of`. Raises `GitError`."""
        paths, known = self._paths(frame)
        if not paths:
            return None
        line, text = frame.lineno or 0, _line_of(frame)
        fitting = [path for path in paths if text is None or self._has(path, line, text)]
        moved = False
        if not fitting and text is not None and not self._revision.certain:
            places = [(path, at) for path in paths for at in self._lines_like(path, text)]
            if len(places) == 1:
                fitting, moved, line = [places[0][0]], True, places[0][1]
        if not fitting:
            return f"line {line} of {paths[0]} is another one at {self._at()}"
        if len(fitting) > 1:
            return f"{len(fitting)} files of {self._name} end in this path: {', '.join(fitting[:3])}"
        path = fitting[0]
        lines = self._lines(path)
        if lines is None or line > len(lines):
            return f"{path} has no line {line} at {self._at()}"
        if text is None and not known:
            return f"{path} may be another file of the same name: the frame has no source to tell"
        source = SourceLines(lines) if text is None and self._revision.certain else None
        same = None if text is None else True
        commit = self._commit(path, line)
        return History(
            self._name, self._clone.remote, self._revision, path, line, same, commit, self._owners().of(path), source, moved
        )  # fmt: skip

    def _at(self) -> str:
        at = self._revision.tag or self._revision.commit[:12]
        return f"{at} of {self._name}" if self._revision.certain else f"HEAD of {self._name} (no tag or commit of it is this release)"

    def _paths(self, frame: Frame) -> tuple[list[str], bool]:
        """The files that a frame's path may mean, and whether the path alone says so: all of a file's path, or two segments of it."""
        tree = self._tree()
        best: list[str] = []
        longest = 0
        for path in _paths_of(frame):
            found, shared = tree.find(path)
            if shared > longest:
                best, longest = found, shared
        return best, longest >= 2 or any(tree.is_whole(path, longest) for path in best)

    def _tree(self) -> Tree:
        return self._once("tree", lambda: Tree(self._clone, self._revision.commit), 1 << 20)

    def _lines(self, path: str) -> list[str] | None:
        return self._once(("lines", path), lambda: self._tree().lines(path), 1 << 18)

    def _has(self, path: str, line: int, text: str) -> bool:
        lines = self._lines(path)
        return lines is not None and 0 < line <= len(lines) and _plain(lines[line - 1]) == text

    def _lines_like(self, path: str, text: str) -> list[int]:
        if len(text) < _LEAST:
            return []
        return [number for number, line in enumerate(self._lines(path) or (), 1) if _plain(line) == text]

    def _commit(self, path: str, line: int) -> Commit | None:
        def ask() -> Commit | None:
            found = blame(self._clone.git, self._revision.commit, path, line, self._ignored())
            return found and found._replace(boundary=found.id in self._clone.ends)

        return self._once(("commit", path, line), ask, _COST)

    def _ignored(self) -> tuple[str, ...]:
        def ask() -> tuple[str, ...]:
            return ignored_commits(self._clone.git, self._lines(IGNORED) or ())

        return self._once("ignored", ask, _COST)

    def _owners(self) -> Owners:
        def ask() -> Owners:
            return Owners(next((lines for place in PLACES if (lines := self._lines(place)) is not None), ()))

        return self._once("owners", ask, 1 << 16)

    def _once(self, name: object, ask: Callable[[], T], cost: int) -> T:
        """What the clone says at this revision: in this event once, and for later ones while there is room."""
        if name not in self._remembered:
            key = ("history", *self._key, name)
            answer = self._recent.get(key)
            if answer is None:
                answer = ask()
                if answer is not None:
                    self._recent.put(key, answer, cost)
            self._remembered[name] = answer
        return cast(T, self._remembered[name])


def _paths_of(frame: Frame) -> list[str]:
    """The paths that a frame has, the fullest first; of Java and Kotlin the file in the folder of its package."""
    paths = [path for path in (frame.abs_path, frame.filename) if path]
    if frame.module and frame.filename and frame.platform == "java" and "/" not in frame.filename:
        package = frame.module.rpartition(".")[0]
        if package:
            paths.insert(0, f"{package.replace('.', '/')}/{frame.filename}")
    return paths


def _line_of(frame: Frame) -> str | None:
    """The line's text in the build's source, without white space; None if it is not known, or only a part of it is."""
    if frame.source_text is not None and frame.lineno:
        found = frame.source_text.context(frame.lineno - 1, 0, 0)
        return None if found is None else _plain(found[1])
    return None if frame.context_line is None or "{snip}" in frame.context_line else _plain(frame.context_line)


def _plain(line: str) -> str:
    return "".join(line.split())
