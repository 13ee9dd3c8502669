"""How many frames of an event were symbolicated: one count for everything here and on the command line; the service's page has its own."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from symbolicator.event.shapes import with_todays_keys
from symbolicator.rendering.frames import Json, as_list, as_mapping, no_file, problems_of, status
from symbolicator.rendering.sections import entries, frames_of


def _position(frame: Json) -> tuple[object, ...]:
    return frame.get("lineno"), frame.get("colno"), frame.get("abs_path"), frame.get("module"), frame.get("symbol")



class Outcome(msgspec.Struct, frozen=True):
    """Counts of frames; each frame is in `total` and in at most one of the others.

    `symbolicated`: their position changed; `lacking`: they should have been symbolicated, and something is missing; `readable`: they
    were source positions already; `others`: they need none of the user's files, counted by `model.NO_FILE`. What is left are the
    engine's own, without a file (`Array.map (<anonymous>)`). Of the lacking, `foreign` have only a file of another build.
    """

    symbolicated: int = 0
    lacking: int = 0
    readable: int = 0
    total: int = 0
    foreign: int = 0
    others: dict[str, int] = {}

    def __add__(self, more: Outcome) -> Outcome:
        others = {owner: self.others.get(owner, 0) + more.others.get(owner, 0) for owner in {**self.others, **more.others}}
        return Outcome(
            self.symbolicated + more.symbolicated,
            self.lacking + more.lacking,
            self.readable + more.readable,
            self.total + more.total,
            self.foreign + more.foreign,
            others,
        )

    def __str__(self) -> str:
        """`2 of 9 frames that need your files could not be symbolicated; 3 were readable already`."""
        free = self.total - self.symbolicated - self.lacking - self.readable
        parts = [self.failed] if self.lacking else []
        if not self.lacking and self.symbolicated:
            parts.append(f"{'all ' if self.symbolicated == self.total > 1 else ''}{_frames(self.symbolicated)} symbolicated")
        if self.readable:
            counted = f"{self.readable}" if parts else _frames(self.readable)
            parts.append(f"{counted} {'was' if self.readable == 1 else 'were'} readable already")
        if free:
            counted = f"{free}" if parts else _frames(free)
            whose = " of the system" if free == self.others.get("system") else ""
            parts.append(f"{counted}{whose} need{'s' * (free == 1)} no file of yours")
        return "; ".join(parts)

    @property
    def failed(self) -> str:
        """How many of the frames that need the user's files could not be symbolicated; "" if all were."""
        need = self.symbolicated + self.lacking
        whose = f" that need{'s' * (need == 1)} your files" if need < self.total else ""
        if not self.lacking:
            return ""
        if self.symbolicated:
            return f"{self.lacking} of {need} frames{whose} could not be symbolicated"
        if need == 1:
            return f"the only frame{whose} could not be symbolicated"
        return f"none of the {need} frames{whose} could be symbolicated"


def _frames(count: int) -> str:
    return f"{count} frame{'s' * (count != 1)}"


def outcome_of(event: Json) -> Outcome:
    """The counts of an event."""
    symbolicated = lacking = readable = total = foreign = 0
    others: dict[str, int] = {}
    for raw, frame in _pairs(event):
        total += 1
        if status(frame) != "symbolicated":
            owner = no_file(frame)
            if owner is not None:
                others[owner] = others.get(owner, 0) + 1
            else:
                lacking += 1
                foreign += _has_only_another_build(frame)
        elif _position(raw) != _position(frame):
            symbolicated += 1
        elif frame.get("lineno") or frame.get("module"):
            readable += 1
    return Outcome(symbolicated, lacking, readable, total, foreign, others)


def _pairs(event: Json) -> Iterator[tuple[Json, Json]]:
    """Each output frame of an event with its raw frame."""
    event = with_todays_keys(event)
    for holder in (event, *(entry for name in ("exception", "threads", "stacktraces") for entry in entries(event.get(name)))):
        raw_frames = as_list(as_mapping(holder.get("raw_stacktrace")).get("frames"))
        for frame in frames_of(holder):
            index = as_mapping(frame.get("data")).get("raw_index")
            yield as_mapping(raw_frames[index]) if isinstance(index, int) and 0 <= index < len(raw_frames) else {}, frame


def _has_only_another_build(frame: Json) -> bool:
    """Whether a file of another build is there for a frame that lacks one (`Problem.another_build`)."""
    return any(one.get("another_build") is True for one in problems_of(frame))
