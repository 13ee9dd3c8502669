"""In which order commits are suspected of a crash, and the reason in words.

What decides, in this order: the commit is new in the release that crashed; its line is near the crash; it is recent. Only lines that a
crash went through are known here, so a commit is a suspect, never a culprit: `confidence` is `high` for a new commit within the first three
lines, `low` where the revision of the build is not known or the commit is older than the release and not at the crash itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from symbolicator.history.links import commit_address, request_address, request_number
from symbolicator.model import Frame
from symbolicator.transformers.frame_histories import History

MAX_SUSPECTS: Final = 10
_NEAR: Final = 3
"""Lines from the crash within which a new commit is a strong suspect."""


def suspects(found: Sequence[tuple[Frame, History]], authors: bool = False) -> list[dict[str, Any]]:
    """The suspects as JSON, the first the likeliest. `found`: frames, nearest to the crash first, with what the clones know of them.
    `authors`: whether names of people are wanted.
    """
    lines: dict[tuple[str, str], list[tuple[int, Frame, History]]] = {}
    for distance, (frame, history) in enumerate(found):
        if history.commit is not None:
            lines.setdefault((history.view.name, history.commit.id), []).append((distance, frame, history))
    ordered = sorted(lines.values(), key=_order)[:MAX_SUSPECTS]
    return [_suspect(of_commit, authors) for of_commit in ordered]


def _order(of_commit: Sequence[tuple[int, Frame, History]]) -> tuple[bool, int, int]:
    distance, _, history = of_commit[0]
    assert history.commit is not None  # noqa: S101 - `suspects` takes no others
    return not history.is_new, distance, -history.commit.time


def _suspect(of_commit: Sequence[tuple[int, Frame, History]], authors: bool) -> dict[str, Any]:
    distance, _, history = of_commit[0]
    commit, revision = history.commit, history.view.revision
    assert commit is not None  # noqa: S101 - as above
    out: dict[str, Any] = {
        "commit": commit.id,
        "summary": commit.summary,
        "date": datetime.fromtimestamp(commit.time, UTC).isoformat(timespec="seconds") if 0 <= commit.time < 1 << 36 else None,
        "confidence": _confidence(distance, history),
        "reason": _reason(distance, history, len(of_commit)),
        "in_release": history.is_new,
        "repository": history.view.name,
        "revision": revision.commit,
        "revision_from": revision.how,
        "frames": [
            {"function": frame.function, "path": one.path, "lineno": one.line, **({"owners": list(one.owners)} if one.owners else {})}
            for _, frame, one in of_commit
        ],
    }
    if authors:
        out["author"] = commit.author
    address = commit_address(history.view.remote, commit.id)
    if address:
        out["url"] = address
    number = request_number(commit.summary)
    if number is not None:
        out["pull_request"] = {"number": number, "url": request_address(history.view.remote, number)}
    return out


def _confidence(distance: int, history: History) -> str:
    if not history.view.revision.certain or history.commit is None or history.view.is_end(history.commit):
        return "low"
    if history.is_new and distance < _NEAR:
        return "high" if history.same_text else "medium"
    return "medium" if history.is_new or distance == 0 else "low"


def _reason(distance: int, history: History, lines: int) -> str:
    revision, new = history.view.revision, history.is_new
    where = "the line that crashed" if distance == 0 else f"the line of your frame {distance + 1} from the crash"
    first = f"it last changed {where}" if lines == 1 else f"it last changed {lines} lines of the stack, the nearest of them {where}"
    if new:
        first += f", and is new since {revision.previous}"
    elif new is False:
        first += f", but is older than {revision.previous}"
    elif revision.certain:
        first += "; which release it came with is not known"
    parts = [first]
    if not revision.certain:
        parts.append("no tag or commit of the clone is this release, so HEAD was used")
    if history.moved:
        parts.append("the line is elsewhere in that revision")
    if history.commit is not None and history.view.is_end(history.commit):
        parts.append(f"{history.view.lacks}: the line may be older")
    elif history.view.lacks and revision.before is None:
        parts.append(history.view.lacks)
    return "; ".join(parts)
