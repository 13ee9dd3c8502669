"""An event as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.rendering.frames import Json, call, doubt, excerpt, folded, hosted, language, place, reason
from symbolicator.rendering.group import group_line
from symbolicator.rendering.sections import Section, sections
from symbolicator.rendering.suspects import suspect_lines

_NO_LINK: Final = frozenset(" <>\"'`\\\n\t")
"""Characters that would end a link."""


def markdown(event: Json, context: int | None) -> Iterator[str]:
    """The lines of `render(event, "markdown", context)`."""
    for section in sections(event):
        yield from _markdown(section, context)
    yield from group_and_suspects(event)


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
        found = f", {doubt(frame)}" if doubt(frame) else ""
        yield f"- {word}{code_span(call(frame))}{f' in {linked_place(frame)}' if where else ''}{found}{f' — {_escape(why)}' if why else ''}"
        shown = excerpt(frame, context) if context is not None else []
        if shown:
            fence = "`" * (3 + max((text.count("`") for _, text, _ in shown), default=0))
            yield f"  {fence}"
            yield from (f"  {'>' if is_own else ' '}{number:3d} | {text}" for number, text, is_own in shown)
            yield f"  {fence}"
        if folded(frame):
            yield f"  {_escape(folded(frame))}"
    yield ""


def linked_place(frame: Json, text: str | None = None) -> str:
    """A frame's place, or a part of it, as a code span, which is a link if its line at a host is known."""
    span, address = code_span(place(frame) if text is None else text), hosted(frame)
    return f"[{span}](<{address}>)" if address and not set(address) & _NO_LINK else span


def group_and_suspects(event: Json) -> Iterator[str]:
    """The crash's group and the commits that are suspected, as a list; all of their text in code spans."""
    group = group_line(event)
    if group:
        yield f"- group: {code_span(group)}"
    for commit, why, address in suspect_lines(event):
        link = f" <{address}>" if address.startswith("https://") and not set(address) & _NO_LINK else ""
        yield f"- suspect: {code_span(commit)} {code_span(why)}{link}"
    if group or event.get("suspect_commits"):
        yield ""


def _escape(text: str) -> str:
    """Text escaped for Markdown."""
    return "".join("\\" + char if char in "\\`*_[]<>#|~" else char for char in text)


def code_span(text: str) -> str:
    """A code span for any text."""
    text = " ".join(text.split())
    fence = "`" * (1 + text.count("`"))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
