"""An event's `errors`: each problem once, after the errors that came with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from symbolicator.model import Event, Frame, Image
from symbolicator.problems import Problem, ProblemType

MAX_ERRORS = 200
"""How many distinct problems `errors` lists; each frame still has its own."""
_MORE = " more problems are listed on their frames only"


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as JSON; empty parts are omitted."""
    out = cast(dict[str, Any], msgspec.to_builtins(problem))
    if "tried" in out:
        out["tried"] = list(out["tried"])  # an answer equals its own JSON, read again
    return out


def refusal(value: object) -> dict[str, Any]:
    """The answer to what is no event at all, in its place."""
    detail = f"{value!r:.40} is not an event (a JSON object)"
    return {"errors": [problem_json(Problem(type=ProblemType.INVALID_DATA, detail=detail))]}


def _is_ours(error: object) -> bool:
    """Whether an error is one of ours: they have `detail`; those from reading a text also have `of`, and belong to the text."""
    return isinstance(error, Mapping) and "detail" in error and "of" not in error and error.get("type") in ProblemType._value2member_map_


def write_errors(out: dict[str, Any], event: Event) -> None:
    """Set `errors` of an event that is being written."""
    before = event.source.get("errors")
    ours = distinct_problems(event)
    theirs = list(_kept_errors(before, event, ours)) if isinstance(before, list) else []
    if len(ours) > MAX_ERRORS:
        more = len(ours) - MAX_ERRORS
        ours = [*ours[:MAX_ERRORS], Problem(type=ProblemType.LIMIT_EXCEEDED, detail=f"{more}{_MORE}")]
    if theirs or ours:
        out["errors"] = [*theirs, *(problem_json(problem) for problem in ours)]
    elif isinstance(before, list):
        out["errors"] = []


def _kept_errors(before: list[Any], event: Event, ours: Sequence[Problem]) -> Iterator[Any]:
    """The errors that came with the event, without those that an earlier run found on its frames, and those found again now."""
    again: set[str] | None = None
    for error in before:
        if _is_ours(error):
            if again is None:
                known = [problem_json(problem) for problem in ours]
                known += [one for stack in event.all_stacktraces() for frame in _list(stack.extra, "frames") for one in _problems_of(frame)]
                again = set(map(_as_key, known))
            if _as_key(error) in again or str(error["detail"]).endswith(_MORE):
                continue
        yield error


def _list(holder: object, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, Mapping) else None
    return found if isinstance(found, list) else []


def _as_key(problem: object) -> str:
    """The same text for equal problems, whatever the order of their keys, so that a list of many need not be compared one by one."""
    return repr(sorted(problem.items(), key=str) if isinstance(problem, Mapping) else problem)


def _problems_of(frame: object) -> list[Any]:
    return _list(frame.get("data"), "problems") if isinstance(frame, Mapping) else []


def distinct_problems(event: Event) -> list[Problem]:
    """Each problem of the event, its images and its frames once, in order."""
    seen: dict[Problem, None] = dict.fromkeys(event.problems)
    owners: Iterable[Frame | Image] = (*event.images, *(f for s in event.all_stacktraces() for f in s.frames))
    for owner in owners:
        for problem in owner.problems:
            seen.setdefault(problem)
    return list(seen)
