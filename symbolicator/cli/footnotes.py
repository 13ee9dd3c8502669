"""Problems as footnotes: each kind once at the end of the page, with what to do; frames have its number."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from symbolicator.cli.failures import in_options
from symbolicator.cli.style import Style
from symbolicator.rendering.frames import Json

_MOST = 3
"""Details and searched places shown for one kind of problem."""


class _Note(msgspec.Struct):
    """Problems of one type with the same hint."""

    number: int
    hint: str
    details: list[str] = []
    tried: list[str] = []


class Footnotes:
    """The footnotes of one event: its `errors`, numbered in their order."""

    def __init__(self, event: Json) -> None:
        self._notes: dict[tuple[str, str], _Note] = {}
        for error in _objects(event.get("errors")):
            note = self._notes.setdefault(_kind(error), _Note(len(self._notes) + 1, str(error.get("hint") or "")))
            _add(note.details, str(error.get("detail") or error.get("message") or error.get("type") or "an error without a message"))
            tried = error.get("tried")
            for place in tried if isinstance(tried, list) else ():
                _add(note.tried, str(place))

    def marks(self, frame: Json) -> str:
        """` [1] [2]`: the numbers of a frame's problems."""
        data = frame.get("data")
        problems = _objects(data.get("problems")) if isinstance(data, dict) else []
        numbers = {self._notes[_kind(problem)].number for problem in problems if _kind(problem) in self._notes}
        return "".join(f" [{number}]" for number in sorted(numbers))

    def lines(self, style: Style) -> Iterator[str]:
        """Each footnote: what is wrong, where it was looked for, what to do."""
        for note in self._notes.values():
            yield ""
            yield from style.wrap(f"[{note.number}] ", note.details[0], "yellow")
            for detail in note.details[1:_MOST]:
                yield from style.wrap("    ", detail)
            if len(note.details) > _MOST:
                yield f"    and {len(note.details) - _MOST} more like these"
            for place in note.tried[:_MOST]:
                yield from style.wrap("    looked: ", place, "dim")
            if note.hint:
                yield from style.wrap("    to do: ", in_options(note.hint), "green")


def _kind(problem: Json) -> tuple[str, str]:
    return str(problem.get("type")), str(problem.get("hint") or "")


def _objects(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _add(texts: list[str], text: str) -> None:
    if text not in texts:
        texts.append(text)
