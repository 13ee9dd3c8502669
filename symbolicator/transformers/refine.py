"""A map's answer made exact by the texts on both sides, where they are at hand (`sourcemaps/alignment.py` says how).

A line is only ever changed where the generated text, followed character by character, leads there; a column also where a word does.
"""

from __future__ import annotations

from symbolicator.artifacts.text import TextIndex
from symbolicator.sourcemaps.alignment import MAX_CHARACTERS, find_word, follow, line_and_column
from symbolicator.sourcemaps.index import SourceMapIndex
from symbolicator.sourcemaps.lookups import Hit

_LINES = 24
_CHARACTERS = 4096
"""Of the original, in which the generated text is followed."""
_AHEAD = 100
"""Bytes of generated text after the position that are looked at."""


def within_segment(text: TextIndex | None, opened: SourceMapIndex, hit: Hit, line: int, column: int) -> Hit:
    """`hit`, moved from where its segment starts on to the very position `line`, `column` of the script `text` (0-based, UTF-16)."""
    if text is None or hit.generated_line != line or not opened.has_content(hit.source_index):
        return hit
    vague = opened.vague_from(line, column)
    exact = hit.generated_column == column
    if exact and vague is None:
        return hit
    found = opened.context(hit.source_index, hit.line, 0, _LINES)
    if found is None or found[1] is None:
        return hit
    whole, after = found[1], found[2]
    from_column = whole.encode("utf-16-le", "surrogatepass")[2 * hit.column :].decode("utf-16-le", "ignore")
    if not exact:
        # Some maps know lines only, and give a column that means nothing: then the line's own start is tried.
        for original_line, start in ((from_column, hit.column), (whole, 0)):
            moved = _followed(text, hit, column, "\n".join((original_line, *after))[:_CHARACTERS])
            if moved is not None:
                place = line_and_column("\n".join((original_line, *after)), moved, hit.line, start)
                return hit._replace(line=place[0], column=place[1])
    pair = _between(text, line, hit.generated_column if vague is None else vague, column)
    original, start = (from_column, hit.column) if vague is None else (whole, 0)
    word = None if pair is None else find_word(pair[0], pair[1], original[:_CHARACTERS])
    return hit if word is None else hit._replace(column=line_and_column(original, word, hit.line, start)[1])


def _followed(text: TextIndex, hit: Hit, column: int, original: str) -> int | None:
    pair = _between(text, hit.generated_line, hit.generated_column, column)
    return None if pair is None else follow(pair[0], pair[1], original)


def _between(text: TextIndex, line: int, start: int, column: int) -> tuple[str, int] | None:
    """The generated text from column `start` to a little beyond `column`, and the place of `column` in it; None where that is too far."""
    if not 0 <= column - start <= MAX_CHARACTERS:
        return None
    first, at = text.byte_at(line, start), text.byte_at(line, column)
    if first is None or at is None:
        return None
    before = text.slice(first, at)
    return before + text.slice(at, at + _AHEAD), len(before)
