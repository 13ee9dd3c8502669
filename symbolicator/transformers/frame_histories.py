"""Finds frames in clones: the line, by path and text; the commit that last changed it; the owners of its file.

If the previous release is known, the lines that are new since then are found first: they matter most, and cost little, as `git` need not
look further back. Older lines are looked up in the order of the frames while there is time: each takes the whole history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from symbolicator.history.blame import Commit
from symbolicator.history.clone import Clone
from symbolicator.history.git import GitError
from symbolicator.keys import url_segments
from symbolicator.model import Frame
from symbolicator.transformers.clone_view import CloneView
from symbolicator.transformers.clone_views import MAX_SUBMODULES, views_of
from symbolicator.transformers.jvm_names import source_path

if TYPE_CHECKING:
    from symbolicator.artifacts.recent import Recent

SECONDS: Final = 10.0
"""Seconds for one event; frames that are not reached have no commit, and the event says so."""
SECONDS_FOR_OLD: Final = 1.8
"""Seconds of an event after which lines that are older than the release are given up; if no line has a commit, all but the first."""
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
    """A frame's line in a clone. `path`, `line` (from 1): its place there; `shared`: how many segments of the path the frame has; `moved`:
    whether the line is not the frame's own. `same_text`: whether it is known to be the build's; `text`: the lines of the file, where the
    frame has none and they are the build's. `commit`: None if it is not known; `is_new`: whether it came with this release, None if the
    release before is not known.
    """

    view: CloneView
    path: str
    line: int
    same_text: bool
    text: SourceLines | None = None
    shared: int = 0
    moved: bool = False
    owners: tuple[str, ...] = ()
    commit: Commit | None = None
    is_new: bool | None = None


class Histories:
    """The clones at the revision of one event. `named`: the revision that the event names; `opened`: opens a clone; `troubles`: why
    clones or commits were not found; `limits`: what was not looked up.
    """

    def __init__(
        self, clones: Sequence[Clone], release: str | None, named: str | None, recent: Recent[Any, Any], opened: Callable[[Path], Clone]
    ) -> None:
        self.limits: list[str] = []
        began = time.monotonic()
        self._until, self._until_for_old = began + SECONDS, began + SECONDS_FOR_OLD
        views = views_of(clones, release, named, recent, opened)
        self._views, self._missing, self.troubles = views.all, views.missing, views.troubles
        if views.left:
            self.limits.append(f"{views.left} submodules were not looked into: there are more than {MAX_SUBMODULES}")

    def of(self, frames: Sequence[Frame]) -> list[History | str | None]:
        """For each frame (nearest to the crash first) its line with its commit; a sentence where a clone has such a file but not this line
        in it, or several; None if no clone has the file.
        """
        found = [self._place(frame) for frame in frames]
        self._find_new(found)
        self._find_old(found)
        return found

    def _place(self, frame: Frame) -> History | str | None:
        why: str | None = None
        found: list[History] = []
        for view in list(self._views):
            try:
                answer = None if self._is_late() else _placed(view, frame)
            except GitError as error:
                self._trouble(str(error))
                self._views.remove(view)  # its files cannot be listed: the next frame would ask the same
                continue
            if isinstance(answer, History):
                found.append(answer)
            else:
                why = why or answer
        # Several clones may have the file; the same text in one of them is evidence.
        sure = [history for history in found if history.same_text] or found
        longest = max((history.shared for history in sure), default=0)
        sure = [history for history in sure if history.shared == longest]
        if len(sure) > 1:
            return f"{' and '.join(history.view.name for history in sure)} have this file alike"
        return sure[0] if sure else why or self._missing_of(frame)

    def _missing_of(self, frame: Frame) -> str | None:
        """Why the submodule that a frame's path names is not at hand; None if it names none."""
        paths = ["/".join(("", *url_segments(path), "")) for path in _paths_of(frame)]
        return next((why for folder, why in self._missing.items() if any(f"/{folder}/" in path for path in paths)), None)

    def _find_new(self, found: list[History | str | None]) -> None:
        """Find the commits of lines that came with the release, file by file."""
        files: dict[tuple[int, str], list[int]] = {}
        for place, history in enumerate(found):
            if isinstance(history, History):
                files.setdefault((id(history.view), history.path), []).append(place)
        for places in files.values():
            histories = [history for place in places if isinstance(history := found[place], History)]
            if self._is_late():
                return
            try:
                commits = histories[0].view.new_commits(histories[0].path, [history.line for history in histories])
            except GitError as error:
                self._trouble(str(error))
                continue
            for place, history in zip(places, histories, strict=True):
                if commits is not None:
                    commit = commits[history.line]
                    found[place] = history._replace(commit=commit, is_new=commit is not None)

    def _find_old(self, found: list[History | str | None]) -> None:
        """Find the commits of the other lines while there is time; if there is none at all then, that of the line nearest to the crash."""
        left = [place for place, history in enumerate(found) if isinstance(history, History) and history.commit is None]
        self._find_commits(found, left, min(self._until, self._until_for_old), patient=False)
        if not any(isinstance(history, History) and history.commit is not None for history in found):
            self._find_commits(found, left[:1], self._until, patient=True)
        left = [place for place in left if isinstance(history := found[place], History) and history.commit is None]
        if left and not self.troubles and not self._is_late():
            lines = "1 older line was" if len(left) == 1 else f"{len(left)} older lines were"
            self.limits.append(f"the commits of {lines} not found within {SECONDS_FOR_OLD:g} s: the history is long")

    def _find_commits(self, found: list[History | str | None], places: list[int], until: float, *, patient: bool) -> None:
        by_view: dict[int, list[tuple[int, History]]] = {}
        for place in places:
            if isinstance(history := found[place], History):
                by_view.setdefault(id(history.view), []).append((place, history))
        for of_view in by_view.values():
            try:
                asked = [(history.path, history.line) for _, history in of_view]
                commits = of_view[0][1].view.commits(asked, until, patient=patient)
            except GitError as error:
                self._trouble(str(error))
                continue
            for place, history in of_view:
                found[place] = history._replace(commit=commits.get((history.path, history.line)))

    def _is_late(self) -> bool:
        late = time.monotonic() > self._until
        if late and not self.limits:
            self.limits.append(f"looking up commits took {SECONDS:g} s: later frames have no commit")
        return late

    def _trouble(self, text: str) -> None:
        if text not in self.troubles:
            self.troubles.append(text)


def _placed(view: CloneView, frame: Frame) -> History | str | None:
    """A frame's line in one clone, without its commit; as `Histories.of`. Raises `GitError`."""
    paths, shared, by_path = _files(view, frame)
    if not paths:
        return None
    line, text = frame.lineno or 0, _line_of(frame)
    fitting = [path for path in paths if text is None or _has(view, path, line, text)]
    moved = False
    if not fitting and text is not None and not view.revision.certain:
        places = [(path, at) for path in paths for at in _lines_like(view, path, text)]
        if len(places) == 1:
            fitting, moved, line = [places[0][0]], True, places[0][1]
    if not fitting:
        unread = next((path for path in paths if view.lines(path) is None), None)
        if unread is not None:
            return _unread(view, unread)
        return f"line {line} of {paths[0]} is another one at {view.at}"
    if len(fitting) > 1:
        return f"{len(fitting)} files of {view.name} end in this path: {', '.join(fitting[:3])}"
    path = fitting[0]
    lines = view.lines(path)
    if lines is None:
        return _unread(view, path)
    if line > len(lines):
        return f"{path} has no line {line} at {view.at}"
    if text is None and not by_path:
        return f"{path} may be another file of the same name: the frame has no source to tell"
    source = SourceLines(lines) if text is None and view.revision.certain else None
    return History(view, path, line, text is not None, source, shared, moved, view.owners(path))


def _unread(view: CloneView, path: str) -> str:
    return f"{path} cannot be read at {view.at}: {view.lacks or 'it is missing, damaged or too large'}"


def _files(view: CloneView, frame: Frame) -> tuple[list[str], int, bool]:
    """The files that a frame's path may mean, how many segments they share with it, and whether the path alone says so: all of a file's
    path, or two segments of it.
    """
    best: list[str] = []
    longest = 0
    for path in _paths_of(frame):
        found, shared = view.files(path)
        if shared > longest:
            best, longest = found, shared
    return best, longest, longest >= 2 or any(path.count("/") + 1 == longest for path in best)


def _paths_of(frame: Frame) -> list[str]:
    """The paths that a frame has, the fullest first; of Java and Kotlin the file in the folder of its package."""
    paths = [path for path in (frame.abs_path, frame.filename) if path]
    if frame.module and frame.filename and frame.platform == "java" and "/" not in frame.filename:
        paths.insert(0, source_path(frame.module, frame.filename))
    return paths


def _has(view: CloneView, path: str, line: int, text: str) -> bool:
    lines = view.lines(path)
    return lines is not None and 0 < line <= len(lines) and _plain(lines[line - 1]) == text


def _lines_like(view: CloneView, path: str, text: str) -> list[int]:
    if len(text) < _LEAST:
        return []
    return [number for number, line in enumerate(view.lines(path) or (), 1) if _plain(line) == text]


def _line_of(frame: Frame) -> str | None:
    """The line's text in the build's source, without white space; None if it is not known, or only a part of it is."""
    if frame.source_text is not None and frame.lineno:
        found = frame.source_text.context(frame.lineno - 1, 0, 0)
        return None if found is None else _plain(found[1])
    return None if frame.context_line is None or "{snip}" in frame.context_line else _plain(frame.context_line)


def _plain(line: str) -> str:
    return "".join(line.split())
