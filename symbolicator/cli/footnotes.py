"""Problems as footnotes: each kind once at the end of the page, with what to do; frames have its number."""

from __future__ import annotations

from collections.abc import Iterator

from symbolicator.cli.failures import in_options
from symbolicator.cli.style import Style
from symbolicator.rendering.frames import Json
from symbolicator.rendering.notes import Notes

_MOST = 3
"""Details and searched places shown for one kind of problem."""


def marks(notes: Notes, frame: Json) -> str:
    """` [1] [2]`: the numbers of a frame's problems."""
    return "".join(f" [{number}]" for number in notes.numbers(frame))


def footnotes(notes: Notes, style: Style) -> Iterator[str]:
    """The lines of each footnote: what is wrong, where it was looked for, what to do."""
    for note in notes:
        yield ""
        yield from style.wrap(f"[{note.number}] ", note.details[0], "yellow")
        for detail in note.details[1:_MOST]:
            yield from style.wrap("    ", detail)
        if len(note.details) > _MOST:
            yield f"    and {len(note.details) - _MOST} more like these"
        news = [place for place in note.tried if not _is_said(place, note.details)]
        for place in news[:_MOST]:
            yield from style.wrap("    looked: ", place, "dim")
        if note.problem.get("hint"):
            yield from style.wrap("    to do: ", in_options(str(note.problem["hint"])), "green")


def _is_said(place: str, details: list[str]) -> bool:
    """Whether a file that was looked at is what the problem is about: `app.so: is from another build, …`."""
    name, colon, _ = place.partition(": is ")
    return bool(colon) and any(detail.startswith(f"{name} is ") for detail in details)
