"""Long runs of very short lines: each run becomes one line, because an object for each line would take a hundred times the text.

A log may have a million blank lines. A run is skipped if it contains no frame, and if no search around a frame extends into
it: `AROUND` lines on either side of it remain separate lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.traces.format import Format
from symbolicator.traces.lines import Quiet
from symbolicator.traces.scan import read_line

AROUND: Final = 300
"""Lines; more than any reader searches up or down (`MAX_BETWEEN` and `MAX_MESSAGE_LINES` of `stack.py`, `MAX_BETWEEN` of `java/chain.py`).
"""
FEWEST: Final = 10_000
"""Number of line ends in a text from which on runs are searched for."""

# Lines of up to eight characters, a CR included: neither a hexadecimal address nor a thread's heading fits.
_RUN: Final = regex(r"(?m:^)(?:[^\n]{0,8}\n)++")
_PIECE: Final = regex(rf"(?:[^\n]{{0,8}}\n){{1,{AROUND}}}+")
_MAY_SAY: Final = regex(r"\\|0[xX]|[0-9a-fA-F]{6}")
"""Characters that may mean more: an escaped line end, an address of a list."""
_REMEMBERED: Final = 10_000


def quiet_runs(text: str, formats: Sequence[Format]) -> list[Quiet]:
    """The runs of a text, in order. Takes time in proportion to the text, and memory in proportion to the runs."""
    if text.count("\n") < FEWEST:
        return []
    known: dict[str, bool] = {}
    runs: list[Quiet] = []
    for found in _RUN.finditer(text):
        if found.end() - found.start() >= 3 * AROUND:
            runs += _within(text, found.start(), found.end(), formats, known)
    return runs


def _within(text: str, start: int, end: int, formats: Sequence[Format], known: dict[str, bool]) -> Iterator[Quiet]:
    """The parts of a run of short lines that are quiet and surrounded by quiet pieces."""
    pieces = [found.span() for found in _PIECE.finditer(text, start, end)]
    quiet = [_is_quiet(text[a:b], formats, known) for a, b in pieces]
    first = -1
    for at in range(1, len(pieces)):
        inside = at < len(pieces) - 1 and quiet[at - 1] and quiet[at] and quiet[at + 1]
        if inside and first < 0:
            first = at
        elif not inside and first >= 0:
            begin, stop = pieces[first][0], pieces[at - 1][1]
            yield Quiet(begin, stop, text.count("\n", begin, stop))
            first = -1


def _is_quiet(piece: str, formats: Sequence[Format], known: dict[str, bool]) -> bool:
    """Whether no line of a piece is a frame, or part of one. `known` remembers lines: most short ones are alike."""
    for line in set(piece.split("\n")):
        if line not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            plain = line.removesuffix("\r")
            known[line] = not plain.strip() or (_MAY_SAY.search(plain) is None and read_line(plain, formats) is None)
        if not known[line]:
            return False
    return True
