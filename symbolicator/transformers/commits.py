"""Which commit last changed the lines of a crash, and who owns their files: looked up in local clones, at the release's
revision.

Active where `repos` are given. For each frame of the user's own code with a line: the file of the clone that has its path, and the same
text in that line; the commit that changed it last; and of all these, in the order of suspicion (`suspects.py`), the event's
`suspect_commits`. A frame whose line has another text in the clone has none: the clone, or the revision, is not of this build.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from symbolicator.forks import renewed_in_child
from symbolicator.history.clone import Clone, open_clone
from symbolicator.history.git import GitError
from symbolicator.history.links import line_address
from symbolicator.model import Event, Frame, Json, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers import Transformer
from symbolicator.transformers.frame_histories import Histories, History
from symbolicator.transformers.suspects import suspects

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup
    from symbolicator.settings import Settings

MAX_LINES: Final = 40
"""Frames of an event that are looked up: those nearest to the crash."""
_FRESH: Final = 3.0
"""Seconds after which a clone is opened again: it may have been fetched into."""
_HINT: Final = (
    "give a clone of this build's repository with --repo (repos=[…]), fetched up to the release; its other frames are not affected"
)

_REVISIONS: Final = frozenset(
    ("revision", "commit", "commit_sha", "git_commit", "git.commit", "git_sha", "git.sha", "vcs.ref.head.revision", "service.revision")
)
"""Names under which events say the revision they were built from: Sentry's tags, OpenTelemetry's attributes."""


class Commits(Transformer):
    """The transformer."""

    name: ClassVar[str] = "commits"
    takes_settings: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        self._folders = tuple(Path(repo) for repo in settings.all_repos)
        self._authors = settings.authors
        self._opened: dict[Path, tuple[float, Clone]] = {}
        self._lock = threading.Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Replaces the lock; what is opened is whole."""
        self._lock = threading.Lock()

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """The event with `suspect_commits`, and `commit` and `owners` in the data of its frames."""
        asked = list(_own_frames(event))
        if not asked or not self._folders:
            return event
        clones, problems = self._clones()
        histories = Histories(clones, event.release, revision_in(event.source), lookup.recent, self._clone)
        found: list[tuple[Frame, History]] = []
        changed: dict[int, Frame] = {}
        for frame, history in zip(asked, histories.of(asked[:MAX_LINES]), strict=False):
            if isinstance(history, History):
                found.append((frame, history))
                changed[id(frame)] = _with_history(frame, history)
            elif history is not None:
                changed[id(frame)] = msgspec.structs.replace(frame, data={**frame.data, "no_commit": history})
        problems += [_problem(text) for text in histories.troubles]
        limits = list(histories.limits)
        if len(asked) > MAX_LINES:
            limits.append(f"of {len(asked):,} frames the {MAX_LINES} nearest to the crash were looked up in the clones")
        problems += [Problem(type=ProblemType.LIMIT_EXCEEDED, detail=text) for text in limits]
        source = {**event.source, "suspect_commits": suspects(found, self._authors)}
        event = msgspec.structs.replace(event, source=source, problems=(*event.problems, *problems))
        return event.map_stacktraces(lambda stack: _changed(stack, changed))

    def _clones(self) -> tuple[list[Clone], list[Problem]]:
        clones, problems = [], []
        for folder in self._folders:
            try:
                clones.append(self._clone(folder))
            except GitError as error:
                problems.append(_problem(str(error)))
        return clones, problems

    def _clone(self, folder: Path) -> Clone:
        now = time.monotonic()
        with self._lock:
            known = self._opened.get(folder)
        if known is not None and now - known[0] < _FRESH:
            return known[1]
        clone = open_clone(folder)
        if known is not None and known[1].state == clone.state:
            clone = known[1]  # with its own repository, which need not be made again
        with self._lock:
            self._opened[folder] = now, clone
        return clone


def _own_frames(event: Event) -> Iterator[Frame]:
    """The frames that are the user's own and have a line, nearest to the crash first: those of the error that began it, then of those that
    it caused, then of the crashed thread.
    """
    stacks = [value.stacktrace for value in event.exceptions if value.stacktrace is not None]
    if event.stacktrace is not None:
        stacks.append(event.stacktrace)
    stacks += [thread.stacktrace for thread in event.threads if thread.stacktrace is not None and thread.extra.get("crashed") is True]
    stacks += event.stacktraces
    if not stacks:
        stacks = [thread.stacktrace for thread in event.threads if thread.stacktrace is not None][:1]
    for stack in stacks:
        for frame in reversed(stack.frames):
            known = frame.status is Status.SYMBOLICATED or frame.status is Status.RAW
            if known and frame.in_app is not False and frame.lineno and frame.lineno > 0 and (frame.filename or frame.abs_path):
                yield frame


def revision_in(source: Json) -> str | None:
    """The revision that an event names: itself, in its tags, its contexts or `extra`; None if none of them does."""
    contexts = source.get("contexts")
    holders: list[object] = [source, source.get("tags"), source.get("extra"), contexts]
    if isinstance(contexts, dict):
        holders += list(contexts.values())[:100]
    for holder in holders:
        pairs = holder.items() if isinstance(holder, dict) else holder if isinstance(holder, list) else ()
        for pair in list(pairs)[:1000]:
            if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str):
                text = pair[1].strip().lower()
                if pair[0].lower() in _REVISIONS and 7 <= len(text) <= 64 and all(character in "0123456789abcdef" for character in text):
                    return text
    return None


def _with_history(frame: Frame, history: History) -> Frame:
    data: dict[str, Any] = {**frame.data}
    if history.commit is not None:
        data["commit"] = history.commit.id
    if history.owners:
        data["owners"] = list(history.owners)
    if history.view.revision.certain and "source_link" not in data:  # a line of another revision would be a wrong one
        address = line_address(history.view.remote, history.view.revision.commit, history.path, history.line)
        data |= {} if address is None else {"source_link": address}
    source_text = frame.source_text
    if source_text is None and frame.context_line is None and history.text is not None:
        source_text = history.text
    problems = frame.problems
    if source_text is not frame.source_text:
        data["source_from"] = f"{history.view.name} at {history.view.revision.commit[:12]}"
        problems = tuple(one for one in problems if one.type is not ProblemType.MISSING_SOURCE_CONTENT)
    return msgspec.structs.replace(frame, data=data, source_text=source_text, problems=problems)


def _changed(stack: Stacktrace, changed: dict[int, Frame]) -> Stacktrace:
    if not any(id(frame) in changed for frame in stack.frames):
        return stack
    return msgspec.structs.replace(stack, frames=tuple([changed.get(id(frame), frame) for frame in stack.frames]))


def _problem(text: str) -> Problem:
    return Problem(type=ProblemType.MISSING_HISTORY, detail=text, hint=_HINT)
