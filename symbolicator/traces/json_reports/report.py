"""A report that is JSON: its event, and the same JSON with what became of the frames written into it. Every other byte stays."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from symbolicator.problems import Problem
from symbolicator.traces.format import Source
from symbolicator.traces.json_reports.located import Located, read_object
from symbolicator.traces.rewrite import Edit, apply_edits, groups_of

Json = dict[str, Any]


class Written(Protocol):
    """One stack of a report, and how it is written into the report's text."""

    frames: list[Json]
    """As the event has them, caller first."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each frame stands in the report's text."""

    def edits(self, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """The edits that write `frames` (caller first, with `data.raw_index`) into the report."""


class Placed(ABC):
    """A stack whose frames are objects of JSON: `frames` as the event has them, and `objects`, that of each, both caller first."""

    def __init__(self, frames: Sequence[tuple[Json, Located]]) -> None:
        self.frames = [frame for frame, _ in frames]
        self.objects = [place for _, place in frames]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """See `Written`."""
        return [(one.start, one.end) for one in self.objects]

    def edits(self, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """See `Written`."""
        for index, group in groups_of(frames, len(self.objects)):
            if is_news(group, self.frames[index]):
                yield from self._edits(self.objects[index], group)

    @abstractmethod
    def _edits(self, place: Located, group: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """The edits of one frame, which came back as a `group`, innermost first."""


def is_news(group: Sequence[Mapping[str, Any]], raw: Mapping[str, Any]) -> bool:
    """Whether a frame is known better now than the report has it: it came back as a `group`, innermost function first."""
    frame = group[-1]
    if (frame.get("data") or {}).get("symbolicator_status") != "symbolicated" or not frame.get("function"):
        return False
    return len(group) > 1 or any(frame.get(key) != raw.get(key) for key in ("function", "lineno", "filename"))


def member_edits(place: Located, members: Json) -> Iterator[Edit]:
    """The edits that give an object these members: in the places of those it has, the others at its begin."""
    new = {name: value for name, value in members.items() if name not in place.values_at}
    if new:
        yield Edit(place.start + 1, place.start + 1, dumped(new)[1:-1] + ("," if place.values_at else ""))
    for name, value in members.items():
        if name in place.values_at and place[name] != value:
            yield Edit(*place.values_at[name], dumped(value))


def dumped(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class JsonReport:
    """What `Traces` is for a text with traces in it, for a report that is JSON.

    `stacks` are the event's, exceptions' and then threads'; `plain` turns the report's text into the one that people read; `form` names it.
    """

    def __init__(self, text: str, event: Json, stacks: Sequence[Written], plain: Callable[[str], str], form: str) -> None:
        self.text = text
        self.event = event
        self.problems: tuple[Problem, ...] = ()
        self._stacks = stacks
        self._plain = plain
        self._form = form
        self._beyond = ""

    def leave_out(self, beyond: str, problem: Problem) -> None:
        """As of `Traces`: have what follows the report pass through as it is."""
        self._beyond = beyond
        self.problems += (problem,)
        self.event["errors"] = [{"type": problem.type.value, "detail": problem.detail, "hint": problem.hint, "of": "text"}]

    @property
    def sources(self) -> tuple[tuple[Source, ...], ...]:
        """As of `Traces`: for each stacktrace, for each raw frame (caller first): where it was read."""
        ends = [at for at, char in enumerate(self.text) if char == "\n"]
        return tuple(
            tuple(Source(bisect_left(ends, start) + 1, start, end, self._form) for start, end in stack.spans) for stack in self._stacks
        )

    def render(self, event: Mapping[str, Any]) -> str:
        """The report with what `event`, this one's after symbolication, knows of its frames; every other byte as it was."""
        edits: list[Edit] = []
        for stack, holder in zip(self._stacks, holders(event), strict=False):
            frames = (holder.get("stacktrace") or {}).get("frames")
            if frames:
                edits += stack.edits(frames)
        return apply_edits(self.text, edits) + self._beyond

    def written(self, event: Mapping[str, Any]) -> Json:
        """As `render`, as an object: of a report that was one."""
        text = self.render(event)
        try:
            found: Json = json.loads(text)
        except RecursionError:
            return read_object(text, 0) or {}
        return found

    def plain(self, event: Mapping[str, Any]) -> str:
        """The report as people read it: as text, in the form of those who wrote it."""
        return self._plain(self.render(event))


def holders(event: Mapping[str, Any]) -> list[Any]:
    """What has a stacktrace in an event of ours, in order."""
    found = [*((event.get("exception") or {}).get("values") or ()), *((event.get("threads") or {}).get("values") or ())]
    return [one for one in found if "stacktrace" in one]
