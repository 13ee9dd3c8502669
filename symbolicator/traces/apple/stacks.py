"""Stacks of Apple's JSON reports, and how they are written into their text.

Apple's own tools write these members into a frame of a crash report once they know them: `symbol`, `symbolLocation` (bytes from where the
function begins), `sourceFile` (its last segment), `sourceLine`; a function that was inlined is a frame of its own before the one it is in,
with `inline`. In MetricKit's trees App Store Connect calls them `symbolName`, `offsetIntoSymbol`, `fileName` and `lineNumber`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from symbolicator.traces.json_reports.located import Located, place_told
from symbolicator.traces.json_reports.report import Json, Placed, dumped, holders, member_edits
from symbolicator.traces.native.frames import offset_of
from symbolicator.traces.rewrite import Edit


class Words(NamedTuple):
    """What the members are called that say where a frame is."""

    symbol: str
    offset: str
    file: str
    line: str

    def place(self, frame: Mapping[str, Any]) -> str | None:
        """`file:line` of a frame that says both."""
        return place_told(frame.get(self.file), frame.get(self.line))


class Objects(Placed):
    """A stack whose frames are objects with members of these names."""

    def __init__(self, words: Words, frames: Sequence[tuple[Json, Located]]) -> None:
        super().__init__(frames)
        self._words = words

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
        self.value: Json = dict(holders(traces.event)[0])
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
