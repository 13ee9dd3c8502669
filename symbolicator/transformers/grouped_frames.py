"""What of an event counts for its group, and why: types of exceptions, and the names of the frames nearest to the crash.

What differs between builds of the same code, or between two crashes of one build, does not count: lines, columns, addresses, messages,
frames behind an `await` (whether an engine still shows them depends on the language version that the build was made for), frames that
are not symbolicated, repeated functions, and the constructor of the error that was thrown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from symbolicator.chains import crash_first
from symbolicator.model import Event, ExceptionValue, Frame, Stacktrace, Status
from symbolicator.patterns import regex
from symbolicator.transformers.grouped_names import (
    ANONYMOUS,
    MAX_NAME,
    dotnet_name,
    is_named,
    java_name,
    native_name,
    path_tail,
    script_name,
)

MAX_FRAMES: Final = 3
"""Frames of a stack that count: those nearest to the crash. Engines and helpers of older language versions cut what is further away."""
MAX_FRAMES_OF_CHAIN: Final = (2, 1)
"""As above, of an error with causes (Node.js leaves out of its stack what is in theirs), and of each cause or part of it."""
MAX_EXCEPTIONS: Final = 8
_MAX_LISTED: Final = 40
"""Frames of a stack that are listed as components even if they do not count."""
_MAX_MESSAGE: Final = 200

OWN, UNNAMED, ALL, UNREADABLE = CHOICES = (
    "in-app",
    "in-app; none of these has a name",
    "no frame is in-app",
    "nothing is symbolicated: only what each build has",
)
"""Which frames count: the first of these that some frame is."""
_SCRIPTS: Final = frozenset(("javascript", "node"))
_NATIVE: Final = frozenset(("native", "c", "cocoa", "objc", "swift", "rust", "go", "dart", "other-native"))
_RESOLVED: Final = frozenset((Status.SYMBOLICATED, Status.RAW))
_CHANGING: Final = regex(r"0x[0-9a-fA-F]{1,16}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,28}|\d{1,30}")
_RENAMED: Final = regex(r"[A-Za-z$_]{1,2}")
"""What shrinkers call things."""

_HELPERS: Final = frozenset(
    ("_callSuper", "_construct", "_createSuper", "_createSuperInternal", "_wrapNativeSuper", "_superPropGet", "_get", "_class_call_check",
     "_classCallCheck", "_possibleConstructorReturn", "_inherits", "_defineProperty", "_asyncToGenerator", "asyncGeneratorStep", "_next",
     "_throw", "_async_to_generator", "_call_super", "_wrap_native_super", "__awaiter", "__generator", "__extends", "__values",
     "__asyncValues", "__asyncGenerator", "__decorate", "__webpack_require__", "__require", "__esm", "__commonJS", "__init")
)  # fmt: skip
"""Functions that Babel, TypeScript, SWC and bundlers add to scripts, in some builds."""


class Component(msgspec.Struct, frozen=True, gc=False):
    """A part of the event, whether it counts for its group, and why or why not."""

    what: str
    """`exception`, `frame` or `message`."""
    value: str
    counts: bool
    why: str


class Grouped(msgspec.Struct, frozen=True):
    """The components of an event, and what its title is made of."""

    components: tuple[Component, ...]
    exception: ExceptionValue | None
    frame: Frame | None
    """The first frame that counts, of the outermost exception if it has any."""


def grouped(event: Event) -> Grouped:
    """The components of a symbolicated event, the outermost exception first, each followed by its frames, callee first."""
    values = crash_chain(event)
    stacks: list[tuple[ExceptionValue | None, Stacktrace | None]] = [(value, value.stacktrace) for value in values[:MAX_EXCEPTIONS]]
    if not any(stack and stack.frames for _, stack in stacks):
        stacks += [(None, stack) for stack in _other_stacks(event)[:1]]
    choose = _choice([stack for _, stack in stacks if stack])
    components: list[Component] = []
    first: Frame | None = None
    seen: set[tuple[Component, ...]] = set()
    for place, (value, stack) in enumerate(stacks):
        most = MAX_FRAMES if len(values) < 2 or value is None else MAX_FRAMES_OF_CHAIN[place > 0]
        frames = [] if stack is None else list(_frames(stack, value, choose, most))
        own = ([_exception(value)] if value is not None else []) + [component for component, _ in frames]
        counted = tuple([component for component in own if component.counts])
        if counted in seen:
            own = [msgspec.structs.replace(one, counts=False, why="the same as above") if one.counts else one for one in own]
        seen.add(counted)
        components += own
        first = first or next((frame for component, frame in frames if component.counts), None)
    if first is None and values and values[0].value:
        message = _CHANGING.sub("#", values[0].value[:_MAX_MESSAGE].partition("\n")[0])
        components.append(Component("message", message, True, "no frame counts; without numbers"))
    return Grouped(tuple(components), values[0] if values else None, first)


def crash_chain(event: Event) -> list[ExceptionValue]:
    """The exceptions of the crash, outermost first; errors that a text has besides are others."""
    return next(crash_first(event.exceptions, lambda one: one.extra.get("mechanism")), [])


def _other_stacks(event: Event) -> list[Stacktrace]:
    """The stacks of an event without exceptions, the crash first."""
    stacks = [event.stacktrace] if event.stacktrace is not None else []
    threads = sorted(event.threads, key=lambda thread: thread.extra.get("crashed") is not True)
    stacks += [thread.stacktrace for thread in threads if thread.stacktrace is not None]
    return [stack for stack in (*stacks, *event.stacktraces) if stack.frames]


def _exception(value: ExceptionValue) -> Component:
    kind = value.type or ""
    if not kind:
        return Component("exception", "", False, "no type")
    if _RENAMED.fullmatch(kind):
        return Component("exception", kind, False, "a renamed class")
    kind = kind[:_MAX_MESSAGE].partition(": ")[0]  # some SDKs put the message there, too
    return Component("exception", _CHANGING.sub("#", kind), True, "type of the exception")


def _choice(stacks: Sequence[Stacktrace]) -> str:
    """Which frames count: the first of the choices that a frame allows."""
    chosen = len(CHOICES) - 1
    for stack in stacks:
        for frame in stack.frames:
            platform = _platform(frame, stack)
            if _is_readable(frame, platform):
                own, named = frame.in_app is not False, not _value(frame, platform).startswith(ANONYMOUS)
                chosen = min(chosen, (0 if named else 1) if own else 2)
                if not chosen:
                    return CHOICES[0]
    return CHOICES[chosen]


def _frames(stack: Stacktrace, value: ExceptionValue | None, choose: str, most: int) -> Iterator[tuple[Component, Frame]]:
    """The components of a stack's frames, nearest to the crash first; at most `most` of them count."""
    seen: set[str] = set()
    classes = {(frame.function or "").partition(".")[0] for frame in stack.frames if "." in (frame.function or "")}
    resumed, beyond = False, f"beyond the first {most}"
    for place, frame in enumerate(reversed(stack.frames)):
        if place >= _MAX_LISTED and len(seen) >= most:
            break
        if len(seen) >= most:
            yield Component("frame", frame.function or "", False, beyond), frame
            continue
        platform = _platform(frame, stack)
        readable = _is_readable(frame, platform)
        name = _value(frame, platform) if readable else _leavings(frame, platform)
        resumed = resumed or (bool(seen) and bool(frame.data.get("async")))
        if not readable and choose is not UNREADABLE:
            why = "not symbolicated"
        elif choose in (OWN, UNNAMED) and frame.in_app is False:
            why = "not in-app"
        elif resumed:
            why = "behind an await"
        elif not name or (choose is OWN and name.startswith(ANONYMOUS)):
            why = "no name"
        elif frame.data.get("alternatives"):
            why = "ambiguous"
        elif platform in _SCRIPTS and frame.function in _HELPERS:
            why = "a compiler's helper"
        elif not seen and platform in _SCRIPTS and _builds_error(frame, value):
            why = "constructor of the error"
        elif seen and platform in _SCRIPTS and ((frame.function or "").startswith("new ") or frame.function in classes):
            why = "a constructor on the way: implicit ones depend on the language version"
        elif name in seen:
            why = "repeated"
        else:
            seen.add(name)
            yield Component("frame", name, True, choose), frame
            continue
        if place < _MAX_LISTED:
            yield Component("frame", name or frame.function or "", False, why), frame


def _platform(frame: Frame, stack: Stacktrace) -> str:
    return frame.platform or stack.platform or ""


def _is_readable(frame: Frame, platform: str) -> bool:
    """Whether its names are those of the source."""
    if platform in _NATIVE:
        return is_named(frame.function)
    if frame.status not in _RESOLVED or (frame.status is Status.RAW and frame.problems):
        return False
    if platform == "java":
        last = (frame.module or "").rpartition(".")[2]
        return not (_RENAMED.fullmatch(last) and _RENAMED.fullmatch(frame.function or ""))
    return bool(frame.function or frame.filename or frame.module)


def _value(frame: Frame, platform: str) -> str:
    if platform in _NATIVE:
        return native_name(frame.function or "")
    if platform == "java":
        return java_name(frame.module, frame.function)
    if platform == "csharp":
        return dotnet_name(frame.module, frame.function)
    where = path_tail(frame.filename or frame.abs_path)
    if platform in _SCRIPTS:
        return f"{script_name(frame.function)} ({where})"
    name = (frame.function or "")[:MAX_NAME].partition("@anonymous")[0] if is_named(frame.function) else ANONYMOUS
    return f"{name} ({frame.module or where})"


def _leavings(frame: Frame, platform: str) -> str:
    """What a frame that is not symbolicated has of the source in every build."""
    if platform in _NATIVE:
        return path_tail(frame.package, 1)
    return path_tail(frame.filename or frame.abs_path, 1) if platform in _SCRIPTS else ""


def _builds_error(frame: Frame, value: ExceptionValue | None) -> bool:
    """Whether the frame is the error's own constructor, or one that it calls: some engines begin their stacks there."""
    name = frame.function or ""
    kind = value.type if value is not None else None
    made = script_name(name)
    return (name.startswith("new ") or made == kind) and (made == kind or made.endswith(("Error", "Exception")))
