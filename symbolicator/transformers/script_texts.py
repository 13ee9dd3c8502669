"""What the text of the scripts says of the positions in a stack: in which units they count, and whether they can be there at all."""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.artifacts.text import TextIndex
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, SourceText
from symbolicator.problems import Problem
from symbolicator.sourcemaps.alignment import begins_a_token
from symbolicator.transformers.fit import amid_words, contradiction, counts_in
from symbolicator.transformers.generated import GeneratedFiles
from symbolicator.transformers.script import Generated

_FITS_COST, _PLACE_COST = 384, 128
"""Bytes charged for places that are remembered to fit, and for each of them."""


class ScriptTexts:
    """The scripts of one stack as text. All lines and columns count from 0."""

    def __init__(self, lookup: Lookup, files: GeneratedFiles, frames: Sequence[Frame]) -> None:
        self._recent = lookup.recent
        self._files = files
        self._frames = frames
        self._shown: dict[str, SourceText | None] = {}
        self._counted: dict[str, TextIndex | None] = {}
        self._in_points: dict[str, bool] = {}
        self._compared: dict[str, tuple[frozenset[tuple[int, int]], Problem | None]] = {}

    def shown(self, generated: Generated) -> SourceText | None:
        """The text to show around a frame that stays raw; None if there is none."""
        url, script = generated.url, generated.script
        if script is None:
            return None
        if url not in self._shown:
            readable = script.identity.kind in (FileKind.SCRIPT, FileKind.SOURCE) and url not in script.identity.urls
            self._shown[url] = self._files.text(script) if readable else None
        return self._shown[url]

    def counted(self, generated: Generated) -> TextIndex | None:
        """The script as text, if it is the text that the frames' positions count in."""
        url, script = generated.url, generated.script
        if script is None:
            return None
        if url not in self._counted:
            text = self.shown(generated)
            self._counted[url] = counts_in(text if isinstance(text, TextIndex) else None, generated.map, script.path)
        return self._counted[url]

    def all_fit(self, generated: Generated) -> bool:
        """Whether nothing contradicts the positions of the script in this stack, and their columns are UTF-16 code units."""
        text = self.counted(generated)
        if text is None:
            return True
        return self._of_stack(generated, text)[1] is None and not (text.is_wide and self._in_code_points(generated.url, text))

    def contradiction(self, generated: Generated, line: int, column: int) -> Problem | None:
        """Why the files are from another build than the frame at `line`, `column`: by this position, or the columns of the script's other
        frames in this stack. A line that the script does not have costs its own frame alone.
        """
        text = self.counted(generated)
        if text is None:
            return None
        compared, problem = self._of_stack(generated, text)
        if (line, column) in compared or (problem is not None and line < text.line_count):
            return problem
        return self._contradicted(generated, text, [(line, column)])

    def _of_stack(self, generated: Generated, text: TextIndex) -> tuple[frozenset[tuple[int, int]], Problem | None]:
        """The positions in the script that the stack's frames report, and what contradicts any of them."""
        url = generated.url
        if url not in self._compared:
            lines = text.line_count
            places = sorted({place for place in self._places(generated) if place[0] < lines})
            self._compared[url] = frozenset(places), self._all_contradicted(generated, text, tuple(places))
        return self._compared[url]

    def _places(self, generated: Generated) -> list[tuple[int, int]]:
        """The positions that the stack's frames report of the script, as its map counts them."""
        own = [frame for frame in self._frames if (frame.abs_path or frame.filename) == generated.url]
        whole = [(frame.lineno, frame.colno) for frame in own if frame.lineno and frame.colno and frame.lineno > 0 and frame.colno > 0]
        return [generated.place(line - 1, column - 1) for line, column in whole]

    def _all_contradicted(self, generated: Generated, text: TextIndex, places: tuple[tuple[int, int], ...]) -> Problem | None:
        """What contradicts any of `places`. If nothing does, that is remembered by the files' digests, because crashes repeat."""
        if generated.script is None or generated.map_artifact is None:
            return None
        key = "fits", self._files.digest(generated.script), self._files.digest(generated.map_artifact), places
        if self._recent.get(key):
            return None
        problem = self._contradicted(generated, text, places) or amid_words(generated, text, places)
        if problem is None:
            self._recent.put(key, True, _FITS_COST + _PLACE_COST * len(places))
        return problem

    def _contradicted(self, generated: Generated, text: TextIndex, places: Sequence[tuple[int, int]]) -> Problem | None:
        """See `fit.contradiction`."""
        if generated.map is None or generated.map_artifact is None:
            return None
        return contradiction(generated, generated.map_artifact, text, generated.map, places)

    def in_units(self, generated: Generated, line: int, column: int) -> int:
        """`column` in UTF-16 code units, also if the engine counted code points (as SpiderMonkey 102 does)."""
        text = self.counted(generated)
        if text is None or not text.is_wide:
            return column
        byte = text.byte_at(line, column, points=True) if self._in_code_points(generated.url, text) else None
        return column if byte is None else text.column_at(line, byte)

    def _in_code_points(self, url: str, text: TextIndex) -> bool:
        """Whether columns of this script are code points: as UTF-16 units one of them falls within a word, as code points none does."""
        if url not in self._in_points:
            self._in_points[url] = self._counts_points(url, text)
        return self._in_points[url]

    def _counts_points(self, url: str, text: TextIndex) -> bool:
        contradicted = False
        for frame in self._frames:
            if (frame.abs_path or frame.filename) != url or not frame.lineno or not frame.colno:
                continue
            begins = [_begins_at(text, frame.lineno - 1, frame.colno - 1, points) for points in (False, True)]
            if not begins[1]:
                return False
            contradicted = contradicted or not begins[0]
        return contradicted


def _begins_at(text: TextIndex, line: int, column: int, points: bool) -> bool:
    byte = text.byte_at(line, column, points)
    return byte is not None and begins_a_token(text.slice(byte - 4, byte), text.slice(byte, byte + 4))
