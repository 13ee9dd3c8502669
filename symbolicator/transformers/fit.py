"""Whether a script and its map can be from the build that crashed: what contradicts it, and how that is reported.

Evidence against: reported positions that the script does not have, or that are in the middle of words; a map that covers columns past the
end of a line of its script; a column so far after a line's last segment that the rest of the source is too short. Lines and columns count
from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.text import TextIndex
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.alignment import is_word
from symbolicator.sourcemaps.lookups import Hit, Lookups
from symbolicator.sourcemaps.packages import BUNDLES
from symbolicator.transformers.script import Generated

_PLAIN_LINES = 3
_MAX_LINES = 10_000
_SEVERAL = 2
"""How many positions within words show that a script is from another build."""
_LONGER, _UNSURE_OF_LINE = 4, 100
"""How many times longer than its original a line can be that was compiled but not minified, and columns that need no explanation."""
_UNSURE = 512
"""Columns after a line's last segment that need no explanation: wrappers closed by bundlers, and their footers."""
_CLOSING = 4
"""Columns of brackets and semicolons that a map may place where the one before them is."""
_HINT = "give the files of exactly the deployed build: these look like another build"


def counts_in(text: TextIndex | None, opened: Lookups | None, name: str) -> TextIndex | None:
    """`text`, if the map's positions refer to it; None for a plain bundle beside the map of its bytecode, which has one line."""
    if text is not None and opened is not None and name.endswith(BUNDLES) and opened.line_count == 1 and text.line_count > _PLAIN_LINES:
        return None
    return text


class Extent(NamedTuple):
    """The length of one line of a script, by its text and by its map."""

    size: int | None
    """In bytes, at least as many as columns: so a wrong count of columns is no evidence. None: see `TextIndex.line_size`."""
    last: int | None
    """The last column that the map covers; None if it covers none."""

    def past_end(self, line: int) -> str | None:
        """What the map covers of `line` that the text does not have, as text; None if it fits."""
        if self.size is None or self.last is None or self.last <= self.size:
            return None
        return f"it maps column {self.last + 1} of line {line + 1}, which has {self.size} columns"


def extent(text: TextIndex, opened: Lookups, line: int) -> Extent:
    """The extent of generated `line` of a script and its map."""
    size, last = text.line_size(line), opened.last_column(line)
    if size is not None and last is not None and last > size:
        # swc, given the map of its input, places what follows a line's last identifier as far after it as it was there.
        end, past = opened.lookup(line, size - 1), opened.lookup(line, last)
        if end and past and (end.source_index, end.line) == (past.source_index, past.line):
            last = size if 0 <= last - end.generated_column - (past.column - end.column) < _CLOSING else last
    return Extent(size, last)


def contradiction(
    generated: Generated, artifact: Artifact, text: TextIndex, opened: Lookups, places: Iterable[tuple[int, int]]
) -> Problem | None:
    """Why the files of `generated`, the script's `text` and its map, are not from the build in which `places` (line, column) were reported;
    None if nothing says so.
    """
    if generated.script is None:
        return None
    line_count, reaches = text.line_count, dict[int, Extent]()
    for line, column in places:
        reach = reaches.get(line) or reaches.setdefault(line, extent(text, opened, line))
        size = reach.size
        if line >= line_count if size is None else column > size:
            has = f"{line_count} lines" if size is None else f"{size} columns in that line"
            detail = f"{_where(generated, line, column)}: there is no such place in {generated.script.name}, which has {has}"
            return Problem(type=ProblemType.INVALID_LOCATION, detail=detail, artifact=generated.script.name, hint=_HINT, another_build=True)
        mapped = reach.past_end(line)
        if mapped is not None:
            where = _where(generated, line, column)
            detail = f"{where}: {artifact.name} is the map from another build than {generated.script.name}: {mapped}"
            return Problem(type=ProblemType.INVALID_LOCATION, detail=detail, artifact=artifact.name, hint=_HINT, another_build=True)
    return None


def amid_words(generated: Generated, text: TextIndex, places: Sequence[tuple[int, int]]) -> Problem | None:
    """Why the script's `text` is not the one in which all of `places` were reported: where an engine reports code, a token begins.

    Of 6,241 positions with matching builds one was within a word, so one alone is no evidence.
    """
    within = [place for place in places if _is_within_word(text, *place)]
    if len(within) < _SEVERAL or generated.script is None:
        return None
    detail = f"{_where(generated, *within[0])}: in {generated.script.name} this is in the middle of a word, where no code starts"
    return Problem(type=ProblemType.INVALID_LOCATION, detail=detail, artifact=generated.script.name, hint=_HINT, another_build=True)


def _is_within_word(text: TextIndex, line: int, column: int) -> bool:
    """Whether a position is in the middle of a word, whichever units its column counts."""
    for points in (False, True) if text.is_wide else (False,):
        byte = text.byte_at(line, column, points)
        if byte is None or not (is_word(text.slice(byte - 4, byte)[-1:]) and is_word(text.slice(byte, byte + 4)[:1])):
            return False
    return True


def misfit(text: TextIndex, opened: Lookups) -> str | None:
    """What the map covers that its script `text` does not have, as text, in the first 10,000 lines; None if all of it fits."""
    if opened.line_count > text.line_count + 1:
        return f"it maps {opened.line_count} lines, and the script has {text.line_count}"
    return next(filter(None, (extent(text, opened, line).past_end(line) for line in range(min(text.line_count, _MAX_LINES)))), None)


def out_of_reach(opened: Lookups, hit: Hit, line: int, column: int) -> bool:
    """Without the script: whether `column` is farther after the line's last segment than its source has text left."""
    beyond = column - hit.generated_column
    if beyond <= _UNSURE or hit.generated_line != line or opened.last_column(line) != hit.generated_column:
        return False
    content = opened.content(hit.source_index)
    if content is None:
        return False
    start = 0
    for _ in range(hit.line):
        start = content.find("\n", start) + 1
        if start == 0:
            return False
    return len(content) - start - hit.column + _UNSURE < beyond


def beyond_line(opened: Lookups, hit: Hit, column: int) -> bool:
    """Whether `column` is too far after a segment without a column for the text there to belong to that line.

    In a minified script, a map of lines knows only the beginning.
    """
    found = opened.context(hit.source_index, hit.line, 0, 0)
    line = (found[1] if found else None) or ""
    return column - hit.generated_column > _LONGER * len(line) + _UNSURE_OF_LINE


def nothing_there(
    generated: Generated, opened: Lookups, artifact: Artifact, line: int, column: int, text: TextIndex | None
) -> Problem:
    """Why a map has no answer: the position is not in this script (another build), or has no source."""
    place = _where(generated, line, column)
    detail, hint = f"{place}: {artifact.name} maps nothing there", "code that the bundler added has no source"
    if text is None and line >= opened.line_count:
        detail, hint = f"{place} is beyond the end of {artifact.name}, which maps {opened.line_count} lines", _HINT
    elif text is None and opened.lookup(line, column) is not None:
        detail, hint = f"{place} is beyond what {artifact.name} can map of that line", _HINT
    elif (hit := opened.lookup(line, column)) is not None and not opened.knows_columns(line, column) and beyond_line(opened, hit, column):
        detail = f"{place}: {artifact.name} knows lines only, and this line holds more than line {hit.line + 1} of {hit.source}"
        hint = "build minified code with a source map that has columns (webpack devtool: 'source-map')"
    return Problem(type=ProblemType.INVALID_LOCATION, detail=detail, artifact=artifact.name, hint=hint, another_build=hint == _HINT)


def _where(generated: Generated, line: int, column: int) -> str:
    """A position of the map's generated file as the script's frames write it."""
    return f"{generated.url}:{line - generated.first_line + 1}:{column + 1}"
