"""Why each frame has its result: what was looked for, where, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from symbolicator.chains import crash_first
from symbolicator.control import tame
from symbolicator.model import NO_FILE, Event, Frame, Stacktrace, Status
from symbolicator.problems import Problem
from symbolicator.rendering.frames import doubt
from symbolicator.rendering.group import group_line, group_reasons
from symbolicator.rendering.suspects import suspect_lines

_NO_FILES = {
    "package": "in a package without a source map: none of your files is missing",
    "extension": "in a browser extension: none of your files is missing",
    "unnamed": "its code is in no file",
    "no_place": "the engine told its function at most, and no place in a file: it has no line",
    "system": "in the system, and named by the report: none of your files is missing",
}
"""Text for frames that need no file, by the value of `model.NO_FILE`."""


class FrameExplanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One output frame: what came in (`raw`), what it is now, by which file it was found, and its problems."""

    stack: str
    raw_index: int | None
    raw: str
    now: str
    status: Status
    resolved_with: str | None = None
    artifact: str | None = None
    no_file: str | None = None
    """Why none of the user's files is missing (`model.NO_FILE`)."""
    near: tuple[str, ...] = ()
    """Files with its name, and why they are not used."""
    doubt: str | None = None
    """Why it may be no frame."""
    commit: str | None = None
    """The commit that last changed its line, if a clone was asked, or why none is known."""
    owners: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Every frame of an event, crash first; `str()` of it is readable text."""

    files: str
    frames: tuple[FrameExplanation, ...]
    problems: tuple[Problem, ...] = ()
    suspects: tuple[tuple[str, str, str], ...] = ()
    """The likeliest commits, why, and where to read them."""
    group: str = ""
    """Fingerprint, category and title in one line, if grouping is wanted."""
    grouped_by: tuple[str, ...] = ()
    """What of the event counts for the fingerprint or not, and why; the rule of the category."""

    def __str__(self) -> str:
        return "\n".join(map(str, lines(self)))


def explain(event: Event, files: str) -> Explanation:
    """The explanation of a symbolicated event; `files` names the stores that were searched."""
    frames = tuple(_frame(label, stack, frame) for label, stack in _stacks(event) for frame in reversed(stack.frames))
    source = event.source
    return Explanation(
        files=files,
        frames=frames,
        problems=event.problems,
        suspects=tuple(suspect_lines(source)),
        group=group_line(source),
        grouped_by=tuple(group_reasons(source)),
    )


def _stacks(event: Event) -> Iterator[tuple[str, Stacktrace]]:
    for exception in (one for chain in crash_first(event.exceptions, lambda one: one.extra.get("mechanism")) for one in chain):
        if exception.stacktrace is not None:
            yield exception.type or "exception", exception.stacktrace
    for place, thread in sorted(enumerate(event.threads), key=lambda placed: not placed[1].extra.get("crashed")):
        if thread.stacktrace is not None:
            yield f"thread {thread.extra.get('name') or thread.extra.get('id') or place}", thread.stacktrace
    for stack in (*((event.stacktrace,) if event.stacktrace else ()), *event.stacktraces):
        yield "stack", stack


def _frame(label: str, stack: Stacktrace, frame: Frame) -> FrameExplanation:
    raw = stack.raw_frames[frame.raw_index] if frame.raw_index is not None and frame.raw_index < len(stack.raw_frames) else None
    read = raw if isinstance(raw, dict) else {}
    java = (frame.platform or stack.platform) in {"java", "android"}
    return FrameExplanation(
        stack=label,
        raw_index=frame.raw_index,
        raw=_place(
            _call(read.get("function"), read.get("module") if java else None),
            read.get("abs_path") or read.get("filename") or read.get("instruction_addr") or read.get("module"),
            read.get("lineno"),
            read.get("colno"),
        ),
        now=_place(
            _call(frame.function, frame.module if java else None),
            frame.filename or frame.abs_path or frame.module or read.get("instruction_addr"),
            frame.lineno,
            frame.colno,
        ),
        status=frame.status,
        resolved_with=frame.data.get("resolved_with"),
        artifact=frame.data.get("sourcemap") or frame.data.get("mapping") or frame.data.get("debug_file") or frame.package,
        no_file=_string(frame.data.get(NO_FILE)),
        near=tuple(filter(None, map(_string, near if isinstance(near := frame.data.get("near"), list) else ()))),
        doubt=doubt(frame.extra) or None,
        commit=_string(frame.data.get("commit")) or _string(frame.data.get("no_commit")),
        owners=tuple(filter(None, map(_string, owners if isinstance(owners := frame.data.get("owners"), list) else ()))),
        problems=frame.problems,
    )


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _call(function: object, owner: object) -> object:
    """A method with its class, where the name alone is ambiguous."""
    return f"{owner}.{function}" if owner and function else function


def _place(function: object, file: object, lineno: object, colno: object) -> str:
    numbers = "".join(f":{number}" for number in (lineno, colno) if number is not None)
    return f"{function or '?'} at {file or '?'}{numbers}"


class Line(NamedTuple):
    """A line of the text: its indent, a word that says what it is (`to do: `, `[missing] `; may be empty), and the rest."""

    indent: int
    lead: str
    text: str

    def __str__(self) -> str:
        return tame(f"{' ' * self.indent}{self.lead}{self.text}")


def problem_lines(problem: Problem) -> Iterator[str]:
    """A problem as text, one line each for what is wrong, where it was looked for, and what to do."""
    return map(str, _problem(problem, 0))


def _problem(problem: Problem, indent: int) -> Iterator[Line]:
    yield Line(indent, f"{problem.type.value}: ", problem.detail)
    for place in problem.tried:
        yield Line(indent + 2, "looked: ", place)
    if problem.hint:
        yield Line(indent + 2, "to do: ", problem.hint)


def lines(explanation: Explanation) -> Iterator[Line]:
    """The lines of `str(explanation)`."""
    yield Line(0, "Files: ", explanation.files or "none given; name the folders of your build with files=")
    for problem in explanation.problems:
        yield from _problem(problem, 0)
    if explanation.group:
        yield Line(0, "group: ", explanation.group)
        yield from (Line(2, "", line) for line in explanation.grouped_by)
    for commit, why, address in explanation.suspects:
        yield Line(0, "suspect: ", commit)
        yield from (Line(2, "", line) for line in (why, address) if line)
    stack: str | None = None
    seen: set[Problem] = set()
    for frame in explanation.frames:
        if frame.stack != stack:
            stack = frame.stack
            yield Line(0, f"{stack}:", "")
        yield from _frame_lines(frame, seen)


def _frame_lines(frame: FrameExplanation, seen: set[Problem]) -> Iterator[Line]:
    """The lines of a frame; problems that were `seen` in earlier frames are not repeated."""
    # What came with a place in the source is `symbolicated` to programs; people look for what was done to it.
    came_so = frame.status is Status.SYMBOLICATED and frame.raw == frame.now and frame.resolved_with is None
    yield Line(2, "[readable] " if came_so else f"[{frame.status.value}] ", frame.raw)
    if frame.raw != frame.now:
        by = f" (found by {frame.resolved_with}" + (f" in {frame.artifact})" if frame.artifact else ")") if frame.resolved_with else ""
        yield Line(6, "→ ", f"{frame.now}{by}")
    if frame.no_file in _NO_FILES:
        yield Line(6, "", _NO_FILES[frame.no_file])
        yield from (Line(8, "not used: ", place) for place in frame.near)
    if frame.doubt:
        yield Line(6, "", f"{frame.doubt}: it may be no frame")
    if frame.commit:
        yield Line(6, "commit: ", frame.commit)
    if frame.owners:
        yield Line(6, "owners: ", " ".join(frame.owners))
    for problem in frame.problems:
        if problem in seen:
            yield Line(6, f"{problem.type.value}: ", "as above")
        else:
            seen.add(problem)
            yield from _problem(problem, 6)
