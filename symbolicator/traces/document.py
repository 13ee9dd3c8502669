"""A text with traces: its event, and the text with the event's symbolicated frames written into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from symbolicator.errors import NothingToDo, ReportError, TraceError
from symbolicator.traces.chain import build_trees
from symbolicator.traces.encoded import as_text
from symbolicator.traces.format import Format, Source
from symbolicator.traces.formats import all_formats, formats_for, occurring
from symbolicator.traces.java.locks import lock_edits, locks_of
from symbolicator.traces.json_reports.marks import MARKS
from symbolicator.traces.lines import MAX_LINE, Line, split_lines
from symbolicator.traces.logcat import gathered
from symbolicator.traces.node import Node
from symbolicator.traces.prefixes import strip_prefixes
from symbolicator.traces.quiet import Marks, mark_lines, quiet_runs
from symbolicator.traces.readable import nothing_to_do, readable_language
from symbolicator.traces.rewrite import Edit, apply_edits, header_edits, stack_edits
from symbolicator.traces.scan import find_stacks
from symbolicator.traces.stack import Stack
from symbolicator.traces.trace_lines import TraceLine, trace_lines
from symbolicator.traces.unfold import is_page, unfolded
from symbolicator.traces.wrapped import unwrapped
from symbolicator.within import within_lines

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.problems import Problem
    from symbolicator.traces.json_reports.report import JsonReport
    from symbolicator.types import InputEvent

Json = dict[str, Any]

_ALIASES = {"cocoa": "native", "objc": "native", "swift": "native", "node": "javascript", "android": "java"}


class Traces:
    """The traces of a text. `event` is their event; `sources[stack][raw_index]` says where each of its frames was, for each stacktrace
    in the order of the event's exceptions, then of its threads; `problems` says what was skipped.
    """

    def __init__(
        self, text: str, lines: Sequence[Line], roots: Sequence[Node], platform: str | None, images: Sequence[Json] = (), stopped: int = 0
    ) -> None:
        self.text = text
        self.problems: tuple[Problem, ...] = (_untried(stopped),) if stopped else ()
        self._lines = lines
        self._images = images
        self._trees = [_causes_first(root) for root in roots]
        nodes = [node for tree in self._trees for node in tree]
        # A thread that threw nothing is not an exception; its stack is in the event's threads, after those.
        self._thrown = [node for node in nodes if not _is_thread(node)]
        self._threads = [node for node in nodes if _is_thread(node)]
        self._nodes = self._thrown + self._threads
        unread = sum(node.stack.unread for node in self._nodes if node.stack)
        if unread:
            self.problems += (_too_long(unread),)
        self.event = self._make_event(platform)
        self._beyond = ""

    def plain(self, event: Mapping[str, Any]) -> str:
        """The text for reading: for a text trace the same as `render`. A JSON report has another form for reading."""
        return self.render(event)

    def leave_out(self, beyond: str, problem: Problem) -> None:
        """Append the rest of the text, to be passed through unchanged; the problem says why it was not searched."""
        self._beyond = beyond
        self.problems += (problem,)
        self.event["errors"] = _errors(self.problems)

    @property
    def sources(self) -> tuple[tuple[Source, ...], ...]:
        """For each stacktrace, for each raw frame (caller first): where it was read."""
        stacks = [node.stack for node in self._nodes if node.stack]
        return tuple(
            tuple(
                Source(self._lines[i].number, self._lines[i].at(found.start), self._lines[i + found.lines - 1].at(found.end), form.name)
                for i, found, form in zip(reversed(stack.lines), reversed(stack.founds), reversed(stack.formats), strict=True)
            )
            for stack in stacks
        )

    @property
    def trace_lines(self) -> list[TraceLine]:
        """The lines that name an error or are frames of scripts and of Java, in the order of the text; [] if there are other stacks."""
        return trace_lines(self._nodes, self._lines)

    @property
    def extents(self) -> list[tuple[int, int]]:
        """For each error or thread with its causes: where its first line begins in the text, and where the line of its last frame ends."""
        found: list[tuple[int, int]] = []
        for tree in self._trees:
            stacks = [node.stack for node in tree if node.stack]
            lines = [node.header_line for node in tree if node.header is not None] + [line for stack in stacks for line in stack.lines]
            ends = [self._lines[stack.lines[-1] + stack.founds[-1].lines - 1].stop for stack in stacks]
            if ends:
                found.append((self._lines[min(lines)].start, max(ends)))
        return found

    def render(self, event: Mapping[str, Any], start: int = 0, end: int | None = None) -> str:
        """The text, or its part `[start, end)`, with each symbolicated frame of `event` in its line's place and format; everything else
        byte for byte.

        `event` is this one's `event` after symbolication: exceptions and threads in the same order, frames with `data.raw_index`.
        """
        edits: list[Edit] = []
        for node, value, raw in zip(self._nodes, self._holders(event), self._holders(self.event), strict=False):
            if node.stack is None or not node.stack.is_native or node.stack.family == "#dart":
                edits += header_edits(self._lines, node, value, raw)
            frames = (value.get("stacktrace") or {}).get("frames")
            if node.stack is not None and frames:
                edits += stack_edits(self.text, self._lines, node.stack, raw["stacktrace"]["frames"], frames)
                edits += lock_edits(self._lines, node.stack, frames)
        if start or end is not None:
            end = len(self.text) if end is None else end
            inside = [Edit(one.start - start, one.end - start, one.replacement) for one in edits if start <= one.start and one.end <= end]
            return apply_edits(self.text[start:end], inside)
        return apply_edits(self.text, edits) + self._beyond

    def _holders(self, event: Mapping[str, Any]) -> list[Any]:
        """The owner of each node's stack in `event`, in the order of the nodes."""
        values, threads = ((event.get(key) or {}).get("values") or [] for key in ("exception", "threads"))
        return [*values[: len(self._thrown)], *threads[: len(self._threads)]]

    def _make_event(self, platform: str | None) -> Json:
        values: list[Json] = []
        identifiers = {id(node): number for number, node in enumerate(self._outermost_first())}
        for node in self._thrown:
            value: Json = {}
            if node.header is not None and node.header.type:
                value["type"] = node.header.type
                if node.header.module:
                    value["module"] = node.header.module
            if node.value is not None:
                value["value"] = node.value
            if node.stack is not None:
                value["stacktrace"] = _stacktrace(node.stack, self._lines)
            if node.stack is not None and node.stack.thread is not None and "id" in node.stack.thread:
                value["thread_id"] = node.stack.thread["id"]
            if len(self._thrown) > 1:
                value["mechanism"] = _mechanism(node, identifiers)
            values.append(value)
        first = next((node.stack.formats[0].platform for node in self._nodes if node.stack), "other")
        event: Json = {"platform": platform or first}
        if values:
            event["exception"] = {"values": values}
        crashed = {thread.get("id"): thread for node in self._thrown if node.stack and (thread := node.stack.thread)}
        threads = [
            {**(thread := node.stack.thread or {}), **crashed.pop(thread.get("id"), {}), "stacktrace": _stacktrace(node.stack, self._lines)}
            for node in self._threads
            if node.stack
        ]
        threads += crashed.values()  # the exceptions have their stacks
        if threads:
            event["threads"] = {"values": threads}
        if self._images:
            event["debug_meta"] = {"images": list(self._images)}
        if self.problems:
            event["errors"] = _errors(self.problems)
        return event

    def _outermost_first(self) -> Iterator[Node]:
        """Each tree from its root down: the order in which Sentry numbers a chain."""
        tree: list[Node] = []
        for node in self._thrown:
            tree.append(node)
            if _thrower(node) is None:
                yield from reversed(tree)
                tree.clear()


def _is_thread(node: Node) -> bool:
    """Whether a stack only shows a thread that threw nothing."""
    stack = node.stack
    return stack is not None and stack.thread is not None and (stack.settled or not stack.thread.get("crashed"))


def _thrower(node: Node) -> Node | None:
    """The exception caused by this one. A thread, which may also have a cause below its frames, is not an exception."""
    return None if node.parent is None or _is_thread(node.parent) else node.parent


def _stacktrace(stack: Stack, lines: Sequence[Line]) -> Json:
    frames = [found.frame for found in stack.founds]
    for place, names in locks_of(stack, lines).items():
        frames[place] = {**frames[place], "data": {**frames[place].get("data", {}), "locks": names}}
    return {"frames": frames[::-1]}


def _errors(problems: Sequence[Problem]) -> list[Json]:
    return [{"type": p.type.value, "detail": p.detail, "hint": p.hint, "of": "text"} for p in problems]


def _causes_first(root: Node) -> list[Node]:
    """A tree in Sentry's order: every cause before what it caused, the root last."""
    order: list[Node] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting.extend(reversed(node.children))
    return order[::-1]


def _mechanism(node: Node, identifiers: Mapping[int, int]) -> Json:
    """Sentry's exception mechanism: what caused what."""
    number = identifiers[id(node)]
    parent = _thrower(node)
    if parent is not None:
        return {"type": "chained", "exception_id": number, "parent_id": identifiers[id(parent)], "source": node.source}
    group = {"is_exception_group": True} if node.listed else {}
    return {"type": "generic", "exception_id": number, **group}


def _too_long(unread: int) -> Problem:
    """What was skipped because of the limit on lines."""
    from symbolicator.problems import Problem, ProblemType

    detail = f"{unread} lines within stacks were not read: each is longer than {MAX_LINE} characters"
    return Problem(type=ProblemType.LIMIT_EXCEEDED, detail=detail, hint="They are passed through unchanged; shorten the addresses in them.")


def _untried(number: int) -> Problem:
    """What was skipped because of the limits on prefixes; `number` is a line's, from 1."""
    from symbolicator.problems import Problem, ProblemType

    detail = (
        f"from line {number} on, frames behind new log prefixes were not looked for: too many lines look like such a frame but are not"
    )
    return Problem(type=ProblemType.LIMIT_EXCEEDED, detail=detail, hint="Give only the part of the text with the trace.")


def find_traces(text: str, platform: str | None = None) -> Traces | JsonReport:
    """The traces of a text with anything around them, or of a JSON report. Raises `TraceError` if there are none,
    `ReportError` for a JSON report without stacks, `NothingToDo` for traces that are readable as they are.
    """
    try:
        return _traces(text, platform)
    except TraceError as error:
        if platform is None and (language := readable_language(text)):
            raise NothingToDo(nothing_to_do(language)) from error
        raise


def _traces(text: str, platform: str | None) -> Traces | JsonReport:
    if _ALIASES.get(platform or "", platform) not in (None, "native"):
        return find_texts(text, platform)
    try:
        return find_report(text) or find_texts(text, platform)
    except ReportError as error:  # a log may hold traces behind what looks like a report
        try:
            return find_texts(text, platform)
        except TraceError:
            raise error from None


def find_report(text: str) -> JsonReport | None:
    """The JSON report in a text; None if there is none. Raises `ReportError` if it has no stacks."""
    if not any(mark in text for mark in MARKS):
        return None
    from symbolicator.traces.json_reports.reading import read_report  # for such reports only

    return read_report(text, find_texts)


def find_texts(text: str, platform: str | None = None, marks: Marks | None = None) -> Traces:
    """As `find_traces`, for text; `marks` are its `mark_lines`, if they are known."""
    wanted = _ALIASES.get(platform or "", platform)
    marks = marks or mark_lines(text)
    formats = tuple(form for form in formats_for(text) if wanted in {None, form.platform}) if marks is None or marks.count else ()
    if wanted is not None and not formats and wanted not in (platforms := dict.fromkeys(form.platform for form in all_formats())):
        known = ", ".join(sorted(platforms))
        raise TraceError(f"no trace format for the platform {platform!r}; known are {known}")
    stacks: list[Stack] = []
    lines: Sequence[Line] = ()
    stopped = 0
    if any(form.marker in text for form in formats):
        if marks is None:
            lines, stacks, stopped = _read(text, split_lines(text), formats, is_page(text))
        else:
            page = marks.page
            quiet = quiet_runs(text, marks, lambda part: _read(part, split_lines(part), formats, page)[1])
            lines, stacks, stopped = _read(text, split_lines(text, quiet, marks.flags), formats, page)
    if not stacks:
        tried = wanted or ", ".join(sorted({form.platform for form in all_formats()}))
        raise TraceError(
            f"no stack frame of a known format ({tried}) in {len(text)} characters of text; "
            "a frame looks like `at f (app.js:1:2)`, `f@https://host/app.js:1:2`, `at a.B.c(D.java:1)` or `#0 0x1f30 in f () from app`"
        )
    images: list[Json] = []
    if any(stack.is_native for stack in stacks):
        from symbolicator.traces.native.images import place  # for native texts only

        images = place(stacks, lines)
    return Traces(text, lines, build_trees(lines, stacks), platform, images, stopped)


def _read(text: str, lines: Sequence[Line], formats: Sequence[Format], page: bool) -> tuple[Sequence[Line], list[Stack], int]:
    """The lines as the formats see them, their stacks, and the number of the line from which on no prefix was looked for, 0 if all were."""
    lines = unfolded(text, lines, formats, page)
    if any(form.platform == "native" for form in formats):
        from symbolicator.traces.native.address_lists import listed  # for native texts only

        lines = listed(text, lines)
    lines = unwrapped(text, lines, formats)
    there = occurring(formats, lines)
    stopped = strip_prefixes(lines, there)
    lines = gathered(lines)
    return lines, find_stacks(lines, there), stopped


def find_traces_within(text: str, bounds: Bounds) -> Traces | JsonReport:
    """As `find_traces`, in the lines within the limits; the others are passed through."""
    seen, beyond = within_lines(text, bounds.lines)
    traces = find_traces(seen)
    if beyond:
        traces.leave_out(beyond, bounds.beyond("lines", f"{len(beyond):,} characters at the end of the text were skipped"))
    return traces


def parse_trace(text: str | bytes, platform: str | None = None) -> InputEvent:
    """The event of a text trace, in the shape of Sentry's event JSON.

    >>> event = parse_trace("Error: sold out\\n    at a.total (https://shop.example/app.js:1:35)")
    >>> event["platform"], event["exception"]["values"][0]["type"]
    ('javascript', 'Error')
    >>> event["exception"]["values"][0]["stacktrace"]["frames"][0]["lineno"]
    1

    Frames are caller first, `lineno` and `colno` count from 1 whatever the text counted from. A chain of causes is a list of
    exceptions, root cause first, tied by their `mechanism`; errors that are independent of each other follow in the order of the
    text, the last one last, each without a `parent_id`. Bytes are read as a file's content: UTF-8, UTF-16 with a byte order mark, or a
    tombstone's Protobuf. `platform` looks for traces of that one only. Raises `TraceError` where no line is a frame of a known format.
    """
    return cast("InputEvent", find_traces(as_text(text), platform).event)
