"""A report that is JSON: its event, and the same JSON with what became of the frames written into it.

Apple's own tools write these members into a frame of a crash report once they know them: `symbol`, `symbolLocation` (bytes from where the
function begins), `sourceFile` (its last segment), `sourceLine`; a function that was inlined is a frame of its own before the one it is in,
with `inline`. In MetricKit's trees App Store Connect calls them `symbolName`, `offsetIntoSymbol`, `fileName` and `lineNumber`. Every other
byte stays.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from symbolicator.problems import Problem
from symbolicator.traces.apple.located import Located, read_object
from symbolicator.traces.format import Source
from symbolicator.traces.native.frames import offset_of
from symbolicator.traces.rewrite import Edit, apply_edits, groups_of

Json = dict[str, Any]


class Words(NamedTuple):
    """What the members are called that say where a frame is."""

    symbol: str
    offset: str
    file: str
    line: str

    def place(self, frame: Mapping[str, Any]) -> str | None:
        """`file:line` of a frame that says both."""
        file, line = frame.get(self.file), frame.get(self.line)
        return f"{file}:{line}" if isinstance(file, str) and file and isinstance(line, int) and line > 0 else None


class Written(Protocol):
    """One stack of a report, and how it is written into the report's text."""

    frames: list[Json]
    """As the event has them, caller first."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each frame stands in the report's text."""

    def edits(self, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """The edits that write `frames` (caller first, with `data.raw_index`) into the report."""


class Objects:
    """A stack whose frames are objects of JSON: `frames` as the event has them, and the object of each, both caller first."""

    def __init__(self, words: Words, frames: Sequence[tuple[Json, Located]]) -> None:
        self.frames = [frame for frame, _ in frames]
        self._words = words
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

    def _edits(self, place: Located, group: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """The edits of one frame, which came back as a `group`, innermost first: functions that were inlined become frames before it."""
        kept = {name: place[name] for name in ("imageIndex", "imageOffset") if name in place}
        before = "".join(f"{dumped({**self.members(frame), 'inline': True, **kept})}," for frame in group[:-1])
        if before:
            yield Edit(place.start, place.start, before)
        yield from member_edits(place, self.members(group[-1]))

    def members(self, frame: Mapping[str, Any]) -> Json:
        """What a report says of a frame's place."""
        words, path, line = self._words, frame.get("filename") or frame.get("abs_path"), frame.get("lineno")
        found = {words.symbol: frame.get("function"), words.offset: offset_of(frame) or 0}
        if path:
            found[words.file] = str(path).replace("\\", "/").rpartition("/")[2]
        if path and line:
            found[words.line] = line
        return found


class Texts:
    """A stack that stands as text in a string of the report, at `[start, end)`; `traces` are those of that text."""

    def __init__(self, traces: Any, start: int, end: int) -> None:
        self._traces, self._start, self._end = traces, start, end
        self.value: Json = dict(_holders(traces.event)[0])
        """What the text says was thrown."""
        self.frames: list[Json] = self.value.pop("stacktrace")["frames"]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """See `Written`: all in one string."""
        return [(self._start, self._end)] * len(self.frames)

    def edits(self, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        """See `Written`."""
        where = "exception" if self._traces.event.get("exception") else "threads"
        holder = {**self.value, "stacktrace": {"frames": frames}}
        yield Edit(self._start, self._end, dumped(self._traces.render({where: {"values": [holder]}})))


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
    """What `Traces` is for a text with traces in it, for a report that is JSON. `stacks` are the event's, exceptions' and then threads'."""

    def __init__(self, text: str, event: Json, stacks: Sequence[Written], plain: Callable[[str], str]) -> None:
        self.text = text
        self.event = event
        self.problems: tuple[Problem, ...] = ()
        self._stacks = stacks
        self._plain = plain
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
            tuple(Source(bisect_left(ends, start) + 1, start, end, "apple json") for start, end in stack.spans) for stack in self._stacks
        )

    def render(self, event: Mapping[str, Any]) -> str:
        """The report with what `event`, this one's after symbolication, knows of its frames; every other byte as it was."""
        edits: list[Edit] = []
        for stack, holder in zip(self._stacks, _holders(event), strict=False):
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
        """The report as people read it, in the form of a `.crash` file."""
        return self._plain(self.render(event))


def _holders(event: Mapping[str, Any]) -> list[Any]:
    """What has a stacktrace in an event of ours, in order."""
    found = [*((event.get("exception") or {}).get("values") or ()), *((event.get("threads") or {}).get("values") or ())]
    return [one for one in found if "stacktrace" in one]
