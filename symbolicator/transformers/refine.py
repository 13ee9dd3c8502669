"""Makes a map's answer exact by the texts on both sides, if available (see `sourcemaps/alignment.py`).

A line is only changed if the generated text, followed character by character, leads there; a column also if a word does.
"""

from __future__ import annotations

from symbolicator.artifacts.text import TextIndex
from symbolicator.sourcemaps.alignment import MAX_CHARACTERS, find_token, follow, line_and_column
from symbolicator.sourcemaps.lookups import Hit, Lookups, Run
from symbolicator.transformers.added import is_added
from symbolicator.transformers.inlined import called_from

_LINES = 24
_CHARACTERS = 4096
"""Of the original, in which the generated text is followed; of the generated text after the position."""


def within_segment(text: TextIndex | None, opened: Lookups, hit: Hit, line: int, column: int) -> tuple[Hit | None, bool]:
    """`hit`, moved from where its segment starts on to the very position `line`, `column` of the script `text` (0-based, UTF-16), and
    whether its column is known then: some maps know lines only, and give a column that means nothing. No hit for code that has no source.
    """
    known = opened.knows_columns(line, column)
    run = opened.run_around(line, column)
    if text is None or hit.generated_line != line or run is None:
        return hit, known
    precise = known and run.size == 1
    if precise and run.start == column:
        return hit, known
    found, pair = opened.context(hit.source_index, hit.line, 0, _LINES), _between(text, line, run, column)
    whole, after = (found[1] or "", found[2]) if found else ("", [])
    from_column = whole.encode("utf-16-le", "surrogatepass")[2 * hit.column :].decode("utf-16-le", "ignore")
    for first, at in ((from_column, hit.column), (whole, 0)):
        joined = "\n".join((first, *after))
        moved = None if pair is None else follow(*pair, joined[:_CHARACTERS])
        if moved is not None:
            place = line_and_column(joined, moved, hit.line, at)
            return hit._replace(line=place[0], column=place[1]), True
    if is_added(text, opened, hit, run, line, column):
        return None, True
    call = called_from(text, opened, hit, line, column)
    if call is not None:
        return call, opened.knows_columns(line, call.generated_column)
    # If one original position has several segments, or is a line, their text is compared with that line.
    first, at = (from_column, hit.column) if precise else (whole, 0)
    token = None if pair is None else find_token(*pair, first[:_CHARACTERS], whole=not precise)
    return (hit, known) if token is None else (hit._replace(column=line_and_column(first, token, hit.line, at)[1]), True)


def _between(text: TextIndex, line: int, run: Run, column: int) -> tuple[str, int] | None:
    """The generated text of a run of segments, and the position of `column` in it; None if that is too far."""
    start, end = text.byte_at(line, run.start), text.byte_at(line, 0)
    at, size = text.byte_at(line, column), text.line_size(line)
    if not 0 <= column - run.start <= MAX_CHARACTERS or start is None or at is None or end is None:
        return None
    stop = text.byte_at(line, run.end) if run.end is not None else end + (size or 0)
    before = text.slice(start, at)
    return before + text.slice(at, min(stop or at, at + _CHARACTERS)), len(before)
