"""Who last changed lines of many files, however old they are: the history is walked once for a few files, not once for each line.

`git blame` of one line of a file looks for the file in every commit of the history, which in a long one is nearly all it does, and `-C`
does so in several times the work. Here `git log` finds the commits that changed any of the files, newest first, for as long as there is
time; `git blame` is given those of a file as all the history there is (`-S`); and the commit that it names is asked alone whether it
changed the line, or moved it or renamed its file: then the search goes on before it.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.history.blame import Commit, blame, blame_moved, unquoted
from symbolicator.history.git import Git

Place = tuple[str, int]
"""A path, and a line in it from 1."""
_FILES: Final = 4
"""Files, or folders, of one walk."""
_AT_ONCE: Final = 2
"""Walks at once."""
_FOR_WALK: Final = 0.75
"""The part of the time that the walk may take; `git blame` has the rest."""
_MOST_MOVES: Final = 20
"""Commits up to which lines are followed to the files that they were moved from."""


class _Sought(NamedTuple):
    """A line that is looked for: `asked`, and where it is in the commit that the search has come to."""

    asked: Place
    path: str
    line: int


class _Step(NamedTuple):
    """A commit of a walk, the commits before it in the walk, and which files it changed; empty for a merge of several."""

    commit: str
    parents: list[str]
    changed: set[str]


def origins(
    git: Git, commit: str, places: Sequence[Place], ignored: tuple[str, ...], until: float, covering: Mapping[str, str]
) -> dict[Place, Commit]:
    """For lines of a commit's files the commit that last changed each; those that are not found before `until` (`time.monotonic`), or
    that are moved again and again, are left out. The first are found first. Raises `GitError`.

    `covering`: folders in place of files; what else is in them costs less than to compare each name in the history with each file's.
    """
    found: dict[Place, Commit] = {}
    waiting = deque((commit, part) for part in _parts([_Sought(place, *place) for place in places], covering))
    moves = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while waiting and time.monotonic() < until:
            parts = [waiting.popleft() for _ in range(min(_AT_ONCE, len(waiting)))]
            for changed in pool.map(lambda part: _changed(git, part[0], part[1], ignored, until, covering), parts):
                moved: dict[str, list[_Sought]] = {}
                for sought, origin in changed:
                    if origin.older:
                        moved.setdefault(origin.id, []).append(_Sought(sought.asked, origin.path, origin.line))
                    else:
                        found[sought.asked] = origin
                moves += len(moved)
                if moves <= _MOST_MOVES:
                    waiting += moved.items()
    return found


def _parts(lines: list[_Sought], covering: Mapping[str, str]) -> list[list[_Sought]]:
    """The lines in parts of few files: a walk takes longer with each, and the first lines matter most."""
    parts: list[list[_Sought]] = []
    of_folder: dict[str, list[_Sought]] = {}
    for sought in lines:
        folder = covering.get(sought.path, sought.path)
        if folder not in of_folder:
            if len(of_folder) % _FILES == 0:
                parts.append([])
            of_folder[folder] = parts[-1]
        of_folder[folder].append(sought)
    return parts


def _changed(
    git: Git, start: str, lines: list[_Sought], ignored: tuple[str, ...], until: float, covering: Mapping[str, str]
) -> list[tuple[_Sought, Commit]]:
    """The commits that last changed the lines, or, `older`, those before a commit that moved them."""
    by_file: dict[str, list[_Sought]] = {}
    for sought in lines:
        by_file.setdefault(sought.path, []).append(sought)
    walk = _walk(git, start, list(dict.fromkeys(covering.get(path, path) for path in by_file)), until)
    in_commit: dict[tuple[str, str], list[tuple[_Sought, Commit]]] = {}
    with tempfile.TemporaryDirectory(prefix="symbolicator-git-") as folder:
        given = Path(folder) / "linked"
        for path, of_file in by_file.items():
            linked, unseen = _linked(walk, start, path)
            given.write_text(linked)
            answers = blame(git, start, path, [sought.line for sought in of_file], ignored, linked=given, until=until)
            for sought in of_file:
                answer = answers.get(sought.line)
                if answer is not None and answer.id not in unseen:
                    in_commit.setdefault((answer.id, answer.path), []).append((sought, answer))
    out = []
    for (commit, path), of_commit in in_commit.items():
        if time.monotonic() < until:
            in_it = blame_moved(git, f"{commit}^!", path, [answer.line for _, answer in of_commit], ignored)
            out += [(sought, in_it.get(answer.line, answer)) for sought, answer in of_commit]
    return out


def _walk(git: Git, start: str, paths: list[str], until: float) -> list[_Step]:
    """The commits that changed any of the files, the newest first, as far as there is time."""
    until = time.monotonic() + _FOR_WALK * (until - time.monotonic())
    words = ("log", "--parents", "--format=%x01%H %P", "--name-only", "--no-renames", "--no-notes", "--no-decorate")
    printed, whole = git.run_until(until, *words, start, "--", *paths)
    steps: list[_Step] = []
    for line in printed.decode("utf-8", "replace").split("\n")[:-1]:
        if line.startswith("\x01"):
            commit, *parents = line[1:].split()
            steps.append(_Step(commit, parents, set()))
        elif line and steps:
            steps[-1].changed.add(unquoted(line))
    return steps if whole else steps[:-1]  # of the last one files may be missing


def _linked(walk: list[_Step], start: str, path: str) -> tuple[str, set[str]]:
    """The commits of a walk that changed one file, each with the next such commits before it (the form that `git blame -S` reads); and the
    commits that there was no time to reach.
    """
    seen = {step.commit for step in walk} | {start}
    unseen = {parent for step in walk for parent in step.parents} - seen
    before: dict[str, str] = {}  # for each commit the next one that matters: itself, or an older one
    for step in reversed(walk):
        matters = path in step.changed or len(step.parents) != 1
        before[step.commit] = step.commit if matters else before.get(step.parents[0], step.parents[0])
    rows = [[step.commit, *(before.get(parent, parent) for parent in step.parents)] for step in walk if before[step.commit] == step.commit]
    if walk and before[walk[0].commit] != start:
        rows = [[start, before[walk[0].commit]], *(row for row in rows if row[0] != start)]
    return "".join(f"{' '.join(row)}\n" for row in [*rows, *([commit] for commit in unseen)]), unseen
