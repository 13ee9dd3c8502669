"""An event's problems as notes: those of one kind with one remedy are together, and numbered for the frames that have them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from symbolicator.rendering.frames import Json, as_list, errors_of, problems_of, said


class Note(msgspec.Struct):
    """Errors of one type with the same hint. `problem` is the first of them; texts are kept once each, in the order of the event."""

    number: int
    problem: Json
    details: list[str] = []
    tried: list[str] = []


class Notes:
    """The notes of one event: its `errors`, numbered from 1 in their order."""

    def __init__(self, event: Json) -> None:
        self._notes: dict[tuple[str, str], Note] = {}
        for error in errors_of(event):
            note = self._notes.setdefault(_kind(error), Note(len(self._notes) + 1, error))
            _add(note.details, said(error) or "an error without a message")
            for place in as_list(error.get("tried")):
                _add(note.tried, str(place))

    def __iter__(self) -> Iterator[Note]:
        return iter(self._notes.values())

    def numbers(self, frame: Json) -> list[int]:
        """The numbers of a frame's problems, in order."""
        return sorted({self._notes[kind].number for kind in map(_kind, problems_of(frame)) if kind in self._notes})


def _kind(problem: Json) -> tuple[str, str]:
    return str(problem.get("type")), str(problem.get("hint") or "")


def _add(texts: list[str], text: str) -> None:
    if text not in texts:
        texts.append(text)
