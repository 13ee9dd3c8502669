"""Android's log, where threads and processes write between each other's lines: a stack's lines put below each other again.

A line says who wrote it (process, thread and tag, as far as its format tells them). What goes on with a stack or an exception is read below
the line before it of the same writer; all other lines stay in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.traces.lines import Line

MAX_BETWEEN: Final = 200
"""Lines between two of one stack."""

_WRITER: Final = regex(
    r"(?:(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}(?: [+-]\d{4})? +)?"
    r"(?:(\d{1,10} +\d{1,10} [VDIWEFA] [^:\n]{1,60}):"  # threadtime
    r"|([VDIWEFA]/[^(:\n]{1,60}\( *\d{1,10}\)):"  # brief, time
    r"|(\d{1,10}-\d{1,10}/\S{1,100} [VDIWEFA]/[^:\n]{1,60}):"  # Android Studio, before 2022
    r"|(\d{1,10}-\d{1,10} +\S{1,60} +\S{1,100} +[VDIWEFA])(?= ))"  # and since
)
_DIGITS: Final = frozenset("0123456789")
_GOES_ON: Final = ("at ", "... ", "Caused by: ", "Suppressed: ", "#", "- ")


def gathered(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with each stack's together; `lines` itself where nothing stands between any."""
    if len(lines) < 3 or not any(map(_writer, lines)):
        return lines
    groups: list[list[Line]] = []
    last: dict[str, tuple[int, int]] = {}
    """For each writer: its group, and where its last line stands."""
    previous = ""
    moved = False
    for place, line in enumerate(lines):
        writer, body = _writer(line) or ("", "")
        group, at = last.get(writer, (-1, -MAX_BETWEEN)) if writer else (-1, 0)
        if writer and writer == previous:
            groups[group].append(line)
        elif group >= 0 and place - at <= MAX_BETWEEN and body.lstrip().startswith(_GOES_ON):
            groups[group].append(line)
            moved = True
        else:
            group = len(groups)
            groups.append([line])
        last[writer] = group, place
        previous = writer
    return [line for each in groups for line in each] if moved else lines


def _writer(line: Line) -> tuple[str, str] | None:
    """Who wrote a line, and what; None where it is not of such a log."""
    if line.region or not (line.plain[:1] in _DIGITS or line.plain[1:2] == "/"):  # told without the pattern: most texts are no logs
        return None
    found = _WRITER.match(line.plain)
    return (" ".join(found[found.lastindex or 0].split()), line.plain[found.end() :]) if found else None
