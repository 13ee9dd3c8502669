"""An event for an issue on GitHub (or GitLab): what crashed and its source, the rest of the stacks folded.

Every text of the event is in a code span or a code block: elsewhere `@name` would call somebody, and `#12` link an issue.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.control import tame
from symbolicator.rendering.folding import is_own
from symbolicator.rendering.frames import Json, call, errors_of, excerpt, is_lacking, language, place, remedy, said
from symbolicator.rendering.markdown import code_span, group_and_suspects, linked_place
from symbolicator.rendering.sections import CAUSED_BY, Section, sections
from symbolicator.rendering.tally import outcome_of

MOST: Final = 60_000
"""Characters of an answer: GitHub takes 65,536, and people write something above it."""
_LINES_AROUND: Final = 3
_MOST_FRAMES, _MOST_PROBLEMS = 60, 20
_MOST_TEXT: Final = 300
"""Characters of one text: a heading, a name, a line of source."""


def github(event: Json, context: int | None) -> Iterator[str]:
    """The lines of `render(event, "github", context)`."""
    found, room = list(sections(event)), MOST
    for number, section in enumerate(found):
        lines = list(_section(section, _LINES_AROUND if context is None else context))
        room -= sum(map(len, lines)) + len(lines)
        if room < 0:
            yield f"{len(found) - number} more stacks are left out."
            yield ""
            break
        yield from lines
    problems = [*group_and_suspects(event), *_problems(event)]
    if sum(map(len, problems)) + len(problems) < max(room, 0):
        yield from problems


def _section(section: Section, context: int) -> Iterator[str]:
    relation = f"{section.relation if section.relation == CAUSED_BY else code_span(_cut(section.relation))}: " if section.relation else ""
    yield f"**{relation}{code_span(_cut(section.heading))}**"
    yield ""
    if section.note:
        yield code_span(_cut(section.note))
        yield ""
    frames = section.frames
    crash = next(filter(is_own, frames), None)
    if crash is not None:
        yield _frame(crash, mixed=False)
        yield ""
        yield from _source(crash, context, "")
        yield ""
    if len(frames) > 1 or (frames and crash is None):
        yield f"<details><summary>{len(frames)} frame{'s' * (len(frames) > 1)}</summary>"
        yield ""
        for frame in frames[:_MOST_FRAMES]:
            yield f"- {_frame(frame, mixed=section.is_mixed)}"
            if is_own(frame) and frame is not crash:
                yield from _source(frame, min(context, 1), "  ")
        if len(frames) > _MOST_FRAMES:
            yield f"- … {len(frames) - _MOST_FRAMES} more"
        yield ""
        yield "</details>"
        yield ""


def _frame(frame: Json, *, mixed: bool) -> str:
    where = place(frame)
    parts = [code_span(_cut(language(frame)))] if mixed and language(frame) else []
    parts.append(code_span(_cut(call(frame))))
    parts += [f"in {linked_place(frame, _cut(where))}"] if where else []
    return " ".join(parts) + (" (not symbolicated)" if is_lacking(frame) else "")


def _source(frame: Json, context: int, indent: str) -> Iterator[str]:
    rows = excerpt(frame, context)
    if not rows:
        return
    fence = "`" * (3 + max(text.count("`") for _, text, _ in rows))
    digits = len(str(rows[-1][0]))
    yield f"{indent}{fence}text"
    for number, text, own in rows:
        yield f"{indent}{'>' if own else ' '} {number:{digits}} | {_cut(text.replace(chr(9), '    '))}".rstrip()
    yield f"{indent}{fence}"


def _problems(event: Json) -> Iterator[str]:
    tally = str(outcome_of(event))
    errors = errors_of(event)
    if not errors:
        yield tally
        return
    yield f"<details><summary>{tally or 'Problems'}</summary>"
    yield ""
    for error in errors[:_MOST_PROBLEMS]:
        yield f"- {code_span(_cut(said(error) or 'an error'))}"
        if remedy(error):
            yield f"  To do: {code_span(_cut(remedy(error)))}"
    if len(errors) > _MOST_PROBLEMS:
        yield f"- … {len(errors) - _MOST_PROBLEMS} more"
    yield ""
    yield "</details>"


def _cut(text: str) -> str:
    text = tame(text.replace("\n", " "))
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"

