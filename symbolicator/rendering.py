"""An event as readable text: what was thrown, and one line for each frame.

It defines order and wording; colours and layout for a terminal are in `cli`, which uses `sections`. It takes the event's
JSON (a dict as returned by `symbolicate`), not the model, so it can show anything that looks like an event; no content can
make it raise.

::

    PricingError: division by zero
        at Cart.priceOf (src/checkout/cart.ts:42:25)
      ! at e (https://cdn.example/assets/vendor.js:1:48213)  no source map for vendor.js
    Caused by: TypeError: x is undefined
        at …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from symbolicator.eval_places import join_position
from symbolicator.event.shapes import is_callee_first, with_todays_keys
from symbolicator.model import NO_FILE

Json = Mapping[str, Any]

FORMATS = ("plain", "markdown")
_CAUSES = ("cause", "__cause__", "__context__", "reason")
MAX_REASON = 160
"""Characters of a reason shown on a frame's line."""


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
    """The event's stacks in display order: exceptions from the outermost inwards, each followed by what caused it, then threads, then the
    event's own stack.

    >>> [s.heading for s in sections({"exception": {"values": [{"type": "A"}, {"type": "B", "value": "x"}]}})]
    ['B: x', 'A']
    """
    event = with_todays_keys(event)
    values = entries(event.get("exception"))
    depths: dict[object, int] = {}
    for position, value in enumerate(reversed(values)):
        mechanism = _dict(value.get("mechanism"))
        identifier, parent = mechanism.get("exception_id"), mechanism.get("parent_id")
        # Without mechanisms the list is one chain (Sentry's rule); with them, a value without parent starts its own chain.
        chained = isinstance(parent, int) if isinstance(identifier, int) else position > 0
        depth = (depths.get(parent, 0) + 1 if isinstance(parent, int) else position) if chained else 0
        if isinstance(identifier, int):
            depths[identifier] = depth
        source = mechanism.get("source")
        relation = ("Caused by" if source is None or source in _CAUSES else str(source)) if chained else ""
        yield Section("exception", heading(value), relation, depth, frames_of(value), _note(value))
    for thread in entries(event.get("threads")):
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
    return [entry for entry in _list(values) if isinstance(entry, Mapping)]


def _note(holder: Json) -> str:
    """What is to be said of a stack before its frames."""
    stack = _dict(holder.get("stacktrace"))
    if stack.get("woven_into"):
        return "its frames are part of the stack above"
    apart = stack.get("apart")
    return apart if isinstance(apart, str) else ""


def heading(value: Json) -> str:
    """`Type: message` of an exception."""
    kind, text = value.get("type"), value.get("value")
    parts = [str(part) for part in (kind, text) if part]
    return ": ".join(parts) or "(no message)"


def frames_of(holder: Json) -> tuple[Json, ...]:
    """The frames of a value with a `stacktrace` (or of a stacktrace), callee first."""
    frames = _dict(holder.get("stacktrace")).get("frames", holder.get("frames"))
    return tuple(frame for frame in reversed(_list(frames)) if isinstance(frame, Mapping))


_LANGUAGES = {
    "javascript": "js", "node": "js", "android": "java", "cocoa": "native", "objc": "native", "c": "native", "cpp": "native",
    **dict.fromkeys(("csharp", "dotnet", "fsharp", "vb"), ".net"),
}
LANGUAGE_WIDTH = 6


def language(frame: Json) -> str:
    """A label for the frame's platform: `js`, `java`, `native`; other platforms' own names; "" without a platform."""
    platform = frame.get("platform")
    return _LANGUAGES.get(platform, platform) if isinstance(platform, str) else ""


def folded(frame: Json) -> str:
    """Which frames the frame and those it called replaced, as text; "" if none."""
    replaced = _dict(_dict(frame.get("data")).get("folded"))
    count = replaced.get("frames")
    names = [str(name) for name in _list(replaced.get("functions"))]
    if not isinstance(count, int) or not names:
        return ""
    return f"… replaces {count} frames, {names[0]} first" if count > 1 else f"… replaces {names[0]}"


def call(frame: Json) -> str:
    """A frame's function, with its class or module if the function alone is ambiguous."""
    function = frame.get("function") or frame.get("symbol") or "<anonymous>"
    module = frame.get("module")
    if module and language(frame) in ("java", ".net"):
        return f"{module}.{function}"
    return str(function)


def place(frame: Json) -> str:
    """`file:line:column`, as far as it is known; an address for a native frame without a file; "" where nothing is known."""
    path = frame.get("filename") or frame.get("abs_path")
    if status(frame) != "symbolicated":
        path = frame.get("abs_path") or path  # a minified file has no original name: the URL says more
    if not path:
        return " ".join(str(part) for part in (frame.get("package"), frame.get("instruction_addr")) if part)
    return join_position(str(path).removeprefix("./"), frame.get("lineno"), frame.get("colno"))


def status(frame: Json) -> str | None:
    """The frame's `symbolicator_status`; None if it was never symbolicated."""
    word = _dict(frame.get("data")).get("symbolicator_status")
    return word if isinstance(word, str) else None


def no_file(frame: Json) -> str | None:
    """Why nothing is missing for a frame that stays raw (`model.NO_FILE`); None if something may be missing."""
    word = _dict(frame.get("data")).get(NO_FILE)
    return word if isinstance(word, str) and status(frame) == "raw" else None


def reason(frame: Json) -> str:
    """Why a frame is not symbolicated, in one line; "" if it is, or if nothing was wrong (native code of the engine)."""
    if status(frame) in {None, "symbolicated"}:
        return ""
    problems = [p for p in _list(_dict(frame.get("data")).get("problems")) if isinstance(p, Mapping)]
    if not problems:
        return ""
    text = " ".join(str(problems[0].get("detail") or problems[0].get("type") or "").split())
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"


def excerpt(frame: Json, context: int) -> list[tuple[int, str, bool]]:
    """The source around a frame, up to `context` lines on each side: (line number, text, whether it is the frame's own line)."""
    lineno, own = frame.get("lineno"), frame.get("context_line")
    if not isinstance(lineno, int) or not isinstance(own, str):
        return []
    before = [str(line) for line in _list(frame.get("pre_context"))][-context:] if context > 0 else []
    after = [str(line) for line in _list(frame.get("post_context"))][: max(context, 0)]
    first = lineno - len(before)
    return [(first + i, text, first + i == lineno) for i, text in enumerate((*before, own, *after))]


def render(event: Json, format: str = "plain", context: int | None = None) -> str:
    """An event as readable text, ending in a newline.

    `format` is `plain` or `markdown`; `context` is how many source lines to show on each side of a frame's own line (None: none at
    all, 0: its own line). Raises `ValueError` for another format.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; known formats: {', '.join(FORMATS)}")
    write = _markdown if format == "markdown" else _plain
    lines: list[str] = []
    for section in sections(event):
        lines += write(section, context)
    return "\n".join(lines) + "\n" if lines else ""


def _plain(section: Section, context: int | None) -> Iterator[str]:
    indent = "  " * (section.depth if section.relation.startswith("errors") else 0)
    yield indent + (f"{section.relation}: " if section.relation else "") + section.heading
    mixed = section.is_mixed
    if section.note:
        yield f"{indent}    {section.note}"
    for frame in section.frames:
        where, why = place(frame), reason(frame)
        mark = "  ! " if why else "    "
        if mixed:
            mark += f"{language(frame):{LANGUAGE_WIDTH}} "
        yield f"{indent}{mark}at {call(frame)}{f' ({where})' if where else ''}{f'  {why}' if why else ''}"
        for number, text, is_own in excerpt(frame, context) if context is not None else ():
            yield f"{indent}      {'>' if is_own else ' '}{number:3d} | {text}"
        if folded(frame):
            yield f"{indent}    {folded(frame)}"


def _markdown(section: Section, context: int | None) -> Iterator[str]:
    title, *rest = section.heading.splitlines() or [""]
    yield f"**{(section.relation + ': ') if section.relation else ''}{_escape(title)}**"
    yield from (_escape(line) for line in rest)
    yield ""
    mixed = section.is_mixed
    if section.note:
        yield section.note
    for frame in section.frames:
        where, why = place(frame), reason(frame)
        word = f"{language(frame)} " if mixed else ""
        yield f"- {word}{_code(call(frame))}{f' in {_code(where)}' if where else ''}{f' — {_escape(why)}' if why else ''}"
        shown = excerpt(frame, context) if context is not None else []
        if shown:
            fence = "`" * (3 + max((text.count("`") for _, text, _ in shown), default=0))
            yield f"  {fence}"
            yield from (f"  {'>' if is_own else ' '}{number:3d} | {text}" for number, text, is_own in shown)
            yield f"  {fence}"
        if folded(frame):
            yield f"  {_escape(folded(frame))}"
    yield ""


def _escape(text: str) -> str:
    """Text escaped for Markdown."""
    return "".join("\\" + char if char in "\\`*_[]<>#|~" else char for char in text)


def _code(text: str) -> str:
    """A code span for any text."""
    text = " ".join(text.split())
    fence = "`" * (1 + text.count("`"))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def _dict(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
