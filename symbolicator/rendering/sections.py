"""The stacks of an event in the order in which a person reads them, each with its heading.

It takes the event's JSON (a dict as returned by `symbolicate`), not the model, so it can show anything that looks like an event; no
content can make it raise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from symbolicator.chains import crash_first
from symbolicator.event.shapes import is_callee_first, with_todays_keys
from symbolicator.rendering.frames import Json, as_list, as_mapping, language

CAUSED_BY = "Caused by"
_CAUSES = ("cause", "__cause__", "__context__", "reason")


class Section(msgspec.Struct, frozen=True):
    """One stack and its heading, ready to be laid out. `frames` are in display order: callee first, as engines print them."""

    kind: str
    """`exception`, `thread`, or `stacktrace` for the event's own."""
    heading: str
    """`TypeError: x`, `Thread 1 main`; may have several lines."""
    relation: str
    """Its relation to the section above: `Caused by`, `errors[0]`, or nothing."""
    depth: int
    """Its depth in the chain; 0 is outermost."""
    frames: tuple[Json, ...]
    note: str = ""
    """Text shown before the frames, or instead of them if they are part of another section."""

    @property
    def is_mixed(self) -> bool:
        """Whether its frames are in several languages, so that each needs a label."""
        return len({language(frame) for frame in self.frames}) > 1


def sections(event: Json) -> Iterator[Section]:
    """The event's stacks in display order: each exception followed by what caused it, independent ones in the order of the event; then
    threads, the crashed one first; then the event's own stack.

    >>> [s.heading for s in sections({"exception": {"values": [{"type": "A"}, {"type": "B", "value": "x"}]}})]
    ['B: x', 'A']
    """
    event = with_todays_keys(event)
    depths: dict[object, int] = {}
    for chain in crash_first(entries(event.get("exception")), lambda value: value.get("mechanism")):
        for position, value in enumerate(chain):
            mechanism = as_mapping(value.get("mechanism"))
            identifier, parent = mechanism.get("exception_id"), mechanism.get("parent_id")
            chained = position > 0 or (isinstance(identifier, int) and isinstance(parent, int))
            depth = (depths.get(parent, 0) + 1 if isinstance(parent, int) else position) if chained else 0
            if isinstance(identifier, int):
                depths[identifier] = depth
            source = mechanism.get("source")
            relation = (CAUSED_BY if source is None or source in _CAUSES else str(source)) if chained else ""
            yield Section("exception", heading(value), relation, depth, frames_of(value), _note(value))
    for thread in sorted(entries(event.get("threads")), key=lambda thread: not thread.get("crashed")):
        if frames_of(thread):
            name = " ".join(str(thread[key]) for key in ("id", "name") if thread.get(key) is not None)
            crashed = " (crashed)" if thread.get("crashed") else ""
            yield Section("thread", f"Thread {name}".rstrip() + crashed, "", 0, frames_of(thread), _note(thread))
    if frames_of(event):
        yield Section("stacktrace", "Stack", "", 0, frames_of(event))
    for holder in entries(event.get("stacktraces")):
        frames = frames_of(holder)
        if frames:
            yield Section("stacktrace", "Stack", "", 0, frames[::-1] if is_callee_first(event) else frames)


def entries(holder: object) -> list[Json]:
    """The objects of `{"values": [...]}`, of a bare list, or of a single entry, as events have exceptions and threads."""
    values = holder.get("values", [holder]) if isinstance(holder, Mapping) else holder
    return [entry for entry in as_list(values) if isinstance(entry, Mapping)]


def _note(holder: Json) -> str:
    """What is to be said of a stack before its frames."""
    stack = as_mapping(holder.get("stacktrace"))
    if stack.get("woven_into"):
        return "its frames are part of the stack above"
    apart = stack.get("apart")
    return apart if isinstance(apart, str) else ""


def heading(value: Json) -> str:
    """`Type: message` of an exception; the message alone where it begins with the type (`SIGSEGV (0xb) at pc=…`); `Stack` of bare
    frames.
    """
    kind, text = (str(value.get(key) or "") for key in ("type", "value"))
    if kind and text.startswith(kind) and not (text[len(kind) :] + " ")[0].isalnum():
        return text
    return ": ".join(filter(None, (kind, text))) or ("Stack" if frames_of(value) else "(no message)")


def frames_of(holder: Json) -> tuple[Json, ...]:
    """The frames of a value with a `stacktrace` (or of a stacktrace), callee first."""
    frames = as_mapping(holder.get("stacktrace")).get("frames", holder.get("frames"))
    return tuple(frame for frame in reversed(as_list(frames)) if type(frame) is dict or isinstance(frame, Mapping))
