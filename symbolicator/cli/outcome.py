"""The result of an event: how many of its frames were symbolicated, and what is reported about the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from symbolicator.cli.failures import NOTHING, Failure, say, sentence
from symbolicator.event.shapes import with_todays_keys
from symbolicator.rendering import Json, entries, frames_of, no_file, status

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator

_MAX_LISTED = 5
_OTHERS = {"package": "packages without source maps", "extension": "browser extensions"}


class Outcome(msgspec.Struct, frozen=True):
    """`back`: symbolicated frames whose position changed; `left`: frames that should be symbolicated but are not; `readable`: frames that
    were source positions already; `total`: all frames, also the engine's own without a file (`Array.map (<anonymous>)`).

    `others`: frames that need none of the user's files, counted by `model.NO_FILE`.
    """

    back: int
    left: int
    readable: int
    total: int
    others: dict[str, int] = {}


def outcome_of(event: Json) -> Outcome:
    """Counts the frames of an event. Each is at most one of these: back, left, readable, or in `others`."""
    back = left = readable = total = 0
    others: dict[str, int] = {}
    for raw, frame in _frames(event):
        total += 1
        owner = no_file(frame)
        if owner is not None:
            others[owner] = others.get(owner, 0) + 1
        elif status(frame) != "symbolicated":
            left += 1
        elif any(raw.get(key) != frame.get(key) for key in ("abs_path", "module", "symbol", "lineno", "colno")):
            back += 1
        elif frame.get("lineno"):
            readable += 1
    return Outcome(back, left, readable, total, others)


class Tally:
    """What became of the frames of several events."""

    def __init__(self) -> None:
        self.back = self.left = self.total = 0

    def add(self, event: Json) -> None:
        """Count those of one more."""
        outcome = outcome_of(event)
        self.back, self.left, self.total = self.back + outcome.back, self.left + outcome.left, self.total + outcome.total

    def require_some(self, engine: Symbolicator, otherwise: str) -> None:
        """Raises `Failure`, which says `otherwise`, if frames should be symbolicated and none is."""
        if self.left and not self.back:
            raise Failure(otherwise, missing_files(engine), NOTHING)


def _frames(event: Json) -> Iterator[tuple[Json, Json]]:
    """Each output frame of an event with its raw frame."""
    event = with_todays_keys(event)
    for holder in (event, *(entry for name in ("exception", "threads", "stacktraces") for entry in entries(event.get(name)))):
        raw = holder.get("raw_stacktrace")
        raw_frames = raw.get("frames") if isinstance(raw, dict) else None
        for frame in frames_of(holder):
            data = frame.get("data")
            index = data.get("raw_index") if isinstance(data, dict) else None
            known = isinstance(raw_frames, list) and isinstance(index, int) and 0 <= index < len(raw_frames)
            was = raw_frames[index] if known else {}  # type: ignore[index]  # `known` says that both are there
            yield was if isinstance(was, dict) else {}, frame


def report(event: dict[str, Any], engine: Symbolicator, *, problems: bool) -> None:
    """Report on stderr what could not be done; raises `Failure` if that is everything. `problems`: also the first few problems."""
    outcome = outcome_of(event)
    errors = event.get("errors") or []
    unread = [problem for problem in errors if isinstance(problem, dict) and problem.get("of") == "text"]
    if problems and outcome.left:
        for problem in errors[:_MAX_LISTED]:
            say(f"symbolicator: {sentence(str(problem.get('detail') or problem.get('type')), str(problem.get('hint') or ''))}")
        if len(errors) > _MAX_LISTED:
            say(f"symbolicator: {len(errors) - _MAX_LISTED} more problems; `symbolicator explain` lists them all")
    if problems and (note := _others_note(outcome.others)):
        say(f"symbolicator: {note}")
    if not outcome.total:
        raise Failure("the event has no frames", "there is nothing to symbolicate", NOTHING)
    if outcome.left and not outcome.back:
        raise Failure(_none_back(outcome), missing_files(engine), NOTHING)
    if not (outcome.back or outcome.left or outcome.readable or outcome.others.keys() & _OTHERS.keys()):
        raise Failure("no frame is in a file: all are the engine's own, or in code without a file", "nothing can be symbolicated", NOTHING)
    if unread:
        raise Failure(str(unread[0]["detail"]), str(unread[0].get("hint") or ""), NOTHING)


def _none_back(outcome: Outcome) -> str:
    """The message that nothing was symbolicated; frames that need nothing are not counted as missing."""
    if outcome.left == outcome.total:
        return f"none of the {outcome.total} frames could be symbolicated"
    if outcome.left == 1:
        return "the only frame that needs your files could not be symbolicated"
    return f"none of the {outcome.left} frames that need your files could be symbolicated"


def _others_note(others: Mapping[str, int]) -> str:
    """One sentence about frames that need none of the user's files; "" if it would say nothing new."""
    counts = [f"{count} in {_OTHERS[owner]}" for owner, count in others.items() if owner in _OTHERS]
    if not counts:
        return ""
    return f"other frames need none of your files: {', '.join(counts)}; if that code is yours, give its build too"


def missing_files(engine: Symbolicator) -> str:
    """What to do if nothing was found, depending on the given files."""
    given = [str(each) for each in engine.settings.files]
    if not given:
        return "name the folder of your build, with its source maps: -f dist/"
    kinds = [artifact.identity.kind.value for artifact in engine.store.artifacts()]
    names = ", ".join(given)
    if not any(kind in {"sourcemap", "debug_file", "portable_pdb", "mapping"} for kind in kinds):
        seen = f"{len(kinds)} file{'s' * (len(kinds) > 1)} of the build, but no map" if kinds else "no build files"
        return f"found {seen} in {names}: build with source maps on, and give their folder with -f"
    return f"nothing in {names} matches the trace; `symbolicator explain` with the same arguments shows what was looked for"
