"""An event in at most 2,000 bytes, for programs that read text: coding agents, chats, tickets.

Each line is a field, `name: value`, or a line of source below `source:`; `docs/command-line.md` lists the fields. A value is one line,
without control characters, so that no text of an event can look like a field.

::

    crash: GaugeError: nothing was read at 42
    at: abandon (src/core/faults.ts:35:9)
    source: src/core/faults.ts:35:9
      34 | export function abandon(where: number): never {
    > 35 |   throw new GaugeError(where);
      36 | }
    next: Station.#levelAt (src/tide/station.ts:41:26)
    frames: all 8 frames symbolicated
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from symbolicator.control import tame
from symbolicator.rendering.folding import is_own
from symbolicator.rendering.frames import (
    Json,
    call,
    column_of,
    errors_of,
    excerpt,
    is_lacking,
    place,
    problems_of,
    remedy,
    said,
    status,
)
from symbolicator.rendering.group import group_line
from symbolicator.rendering.sections import Section, sections
from symbolicator.rendering.suspects import suspect_lines
from symbolicator.rendering.tally import outcome_of

MOST_BYTES: Final = 2_000
"""The bytes of an answer, as UTF-8."""
COMMAND: Final = "symbolicator trace FILE"
_LINES_AROUND: Final = 2
_MOST_NEXT, _MOST_CAUSES, _MOST_MISSING, _MOST_SUSPECTS = 8, 3, 3, 2
_LONG, _SHORT = 260, 130
"""The bytes of a field's value: of the messages, and of what there may be several of."""
_MENDED_BY_FILES: Final = frozenset(
    ("missing_source", "missing_sourcemap", "missing_debug_file", "missing_mapping", "missing_source_content", "malformed_sourcemap",
     "malformed_debug_file", "malformed_mapping")
)  # fmt: skip
"""The problems that another folder of files mends; so do other files where those given are from another build."""


class _Line(msgspec.Struct, frozen=True):
    """A line of the answer; of those that may be left out (`rank` > 0), the ones with the highest rank go first, the last of them first."""

    text: str
    rank: int = 0


def agent(event: Json, command: str = COMMAND, full: str = "") -> Iterator[str]:
    """The lines of the answer. `command` is what shows the event, without `--format`; `full` names the file that has all of it."""
    lines = list(_lines(event, command, full))
    size = sum(_size(line) for line in lines)
    for place_ in sorted(range(len(lines)), key=lambda at: (lines[at].rank, at), reverse=True):
        if size <= MOST_BYTES or not lines[place_].rank:
            break
        size -= _size(lines[place_])
        lines[place_] = _Line("")
    return (line.text for line in lines if line.text)


def _size(line: _Line) -> int:
    return len(line.text.encode("utf-8", "replace")) + 1


def _lines(event: Json, command: str, full: str) -> Iterator[_Line]:
    found = [section for section in sections(event) if section.frames or section.kind == "exception"]
    chain = found[: next((at for at, section in enumerate(found) if at and not section.relation), len(found))]
    yield _field("crash", chain[0].heading if chain else "(no stack)", _LONG)
    stack = next((section.frames for section in chain if section.frames), ())
    own = [frame for frame in stack if is_own(frame)] or list(stack)
    if own:
        yield _field("at", _frame(own[0]), _LONG, keep_end=True)
    yield from _source(own)
    for number, frame in enumerate(own[1 : 1 + _MOST_NEXT]):
        yield _field("next", _frame(frame), _SHORT, 4 if number < _MOST_NEXT // 2 else 5, keep_end=True)
    causes = [section for section in chain[1:] if section.kind == "exception"]
    for section in causes[:_MOST_CAUSES]:
        yield _field("cause", _cause(section), _SHORT * 2, 3)
    more = [section.heading for section in found[len(chain) :] if section.kind == "exception"]
    if more:
        yield _field("also", f"{len(more)} more error{'s' * (len(more) > 1)}: {'; '.join(more)}", _SHORT, 2)
    group = group_line(event)
    if group:
        yield _field("group", group, _SHORT, 6)
    for commit, why, address in suspect_lines(event)[:_MOST_SUSPECTS]:
        yield _field("suspect", f"{commit}: {why}{address and '; '}{address}", _LONG, 6, keep_end=True)
    yield _field("frames", str(outcome_of(event)) or f"{len(stack)}", _SHORT)
    yield from _missing(event, [*own, *(frame for section in found for frame in section.frames)], command)
    if full:
        yield _field("full", full, _LONG, keep_end=True)


def _frame(frame: Json) -> str:
    where = place(frame)
    name = _cut(tame(call(frame)), 100, keep_end=False)
    return f"{name}{f' ({where})' if where else ''}{' - not symbolicated' if is_lacking(frame) else ''}"


def _cause(section: Section) -> str:
    own = next(filter(is_own, section.frames), None)
    first_line = _cut(" ".join(section.heading.split()), _SHORT, keep_end=False)
    return first_line if own is None else f"{first_line} at {_frame(own)}"


def _source(frames: Sequence[Json]) -> Iterator[_Line]:
    """The source around the first frame that has any; of minified code, the part of its line around the column."""
    frame = next((frame for frame in frames if isinstance(frame.get("context_line"), str) and isinstance(frame.get("lineno"), int)), None)
    if frame is None:
        return
    rows = [(number, text.replace("\t", "    "), own) for number, text, own in excerpt(frame, _LINES_AROUND)]
    if status(frame) != "symbolicated":
        rows = [row for row in rows if row[2]]
    indent = min((len(text) - len(text.lstrip()) for _, text, _ in rows if text.strip()), default=0)
    digits = len(str(rows[-1][0]))
    yield _field("source", place(frame), _SHORT, keep_end=True)
    for number, text, own in rows:
        shown = text[indent:].rstrip()
        column = column_of(frame)
        if own and column is not None and column - indent > _SHORT * 2 // 3:
            shown = "…" + shown[column - indent - _SHORT // 3 :]
        line = f"{'>' if own else ' '} {number:{digits}} | {tame(shown)}".rstrip()
        yield _Line(_cut(line, _SHORT + 20, keep_end=False), 0 if own else 3)


def _missing(event: Json, frames: Sequence[Json], command: str) -> Iterator[_Line]:
    """What is missing, each thing once, and the command that would mend the first."""
    ranked = [problem for lacking in (True, False) for frame in frames if is_lacking(frame) == lacking for problem in problems_of(frame)]
    ranked += errors_of(event)
    distinct = {_what(problem): problem for problem in reversed(ranked)}
    distinct = {what: distinct[what] for what in dict.fromkeys(map(_what, ranked))}
    for rank, what in enumerate(list(distinct)[:_MOST_MISSING]):
        yield _field("missing", what, _LONG, rank and 4)
    if len(distinct) > _MOST_MISSING:
        yield _field("more", f"{len(distinct) - _MOST_MISSING} more problems", _SHORT, 1)
    if distinct:
        yield _Line(f"do: {_remedy(next(iter(distinct.values())), command)}")


def _what(problem: Json) -> str:
    """What is missing: the file's name first, for the rest may be cut."""
    detail = " ".join(said(problem).split())
    name = str(problem.get("artifact") or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return f"{name}: {detail}" if name and not detail.startswith(name) else detail


def _remedy(problem: Json, command: str) -> str:
    """The command to run, whole, and in words what to give it."""
    if len(command.encode("utf-8", "replace")) > _LONG or tame(command) != command:
        command = COMMAND
    hint = _cut(tame(remedy(problem)), 200, keep_end=False)
    if str(problem.get("type")) in _MENDED_BY_FILES or problem.get("another_build") is True:
        return f"{command} -f DIR{f'  (DIR: {hint})' if hint else ''}"
    explained = " ".join(["symbolicator explain", *command.split(" ")[2:]])
    return f"{explained}{f'  ({hint})' if hint else ''}"


def _field(name: str, value: str, most: int, rank: int = 0, *, keep_end: bool = False) -> _Line:
    return _Line(f"{name}: {_cut(tame(' '.join(value.split())), most, keep_end=keep_end)}", rank)


def _cut(text: str, most: int, *, keep_end: bool) -> str:
    """`text` in at most `most` bytes of UTF-8, `…` where it was cut: at its end, or in its middle to keep its end."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    room = most - 3
    head = room // 3 if keep_end else room
    tail = encoded[len(encoded) - (room - head) :] if keep_end else b""
    return encoded[:head].decode("utf-8", "ignore") + "…" + tail.decode("utf-8", "ignore")
