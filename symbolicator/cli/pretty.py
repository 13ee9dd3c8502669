"""An event for a terminal: what was thrown, its frames with source lines, and what could not be done.

Frames are printed as engines do, crash first. The user's own frames are bright and have source lines; others are dim, and runs
of them are folded into one line (`--all` unfolds them). Written by hand because importing rich takes longer than running
all of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolicator.cli.excerpt import excerpt
from symbolicator.cli.footnotes import footnotes, marks
from symbolicator.cli.style import Style
from symbolicator.cli.text_width import clip, fill, shorten, width
from symbolicator.control import tame
from symbolicator.rendering.folding import is_own, owners, runs
from symbolicator.rendering.frames import LANGUAGE_WIDTH, Json, call, doubt, folded, language, place, status
from symbolicator.rendering.group import group_line
from symbolicator.rendering.notes import Notes
from symbolicator.rendering.sections import Section, sections
from symbolicator.rendering.suspects import suspect_lines
from symbolicator.rendering.tally import outcome_of

_CRASH_LINES, _OTHER_LINES = 3, 1
"""Source lines on each side of the user's first frame, and of the others, unless `--context` is given."""


def pretty(event: Json, style: Style) -> str:
    """The event (as returned by `Symbolicator.symbolicate`) as a page; ends with a newline."""
    return "\n".join(line.rstrip() for line in _Page(event, style).lines()) + "\n"


class _Page:
    """One event being printed."""

    def __init__(self, event: Json, style: Style) -> None:
        self._sections = list(sections(event))
        self._notes = Notes(event)
        self._group = group_line(event)
        self._suspects = suspect_lines(event)
        self._outcome = outcome_of(event)
        self._style = style
        self._folded = 0
        self._languages = False
        self._shown: set[tuple[str, str]] = set()

    def lines(self) -> Iterator[str]:
        """All lines of the page."""
        for number, section in enumerate(self._sections):
            if number:
                yield ""
            yield from self._heading(section)
            if section.note:
                yield self._style.paint(f"  {section.note}", "dim")
            if section.frames:
                yield ""
                self._languages = section.is_mixed
                yield from self._frames(section.frames)
        if self._group:
            yield ""
            yield from self._style.wrap("group: ", self._group)
        for number, (commit, why, address) in enumerate(self._suspects):
            yield from () if number else [""]
            yield from self._style.wrap("   then: " if number else "suspect: ", commit, "bold")
            yield from self._style.wrap("         ", why)
            yield from [f"         {tame(address)}"] if address else ()
        yield from footnotes(self._notes, self._style)
        yield ""
        yield from (self._style.paint(line, "dim") for line in self._style.wrap("", self._tally()))

    def _heading(self, section: Section) -> Iterator[str]:
        paint = self._style.paint
        relation = f"{tame(section.relation)}: " if section.relation else ""
        line, *more = section.heading.splitlines() or [""]
        first, *rest = self._words(line, len(relation))
        rest += (part for each in more for part in self._words(each))
        kind, colon, _ = first.partition(": ")
        red = 0 if section.kind != "exception" else len(kind if colon and " " not in kind else first)
        yield paint(relation, "bold") + paint(first[:red], "bold", "red") + paint(first[red:], "bold")
        yield from (paint(part, "bold") for part in rest)

    def _words(self, line: str, before: int = 0) -> list[str]:
        """A line of a message, wrapped between words if it is too long for the page; as it is if it fits."""
        tamed = tame(line)
        return [tamed] if width(tamed) + before <= self._style.columns else fill(tamed, self._style.columns - before)

    def _frames(self, frames: Sequence[Json]) -> Iterator[str]:
        crash = next(filter(is_own, frames), frames[0])
        spaced = True
        pieces = [(False, [frame]) for frame in frames] if self._style.show_all else runs(frames)
        last = frames[-1]
        for folds, run in pieces:
            if folds:
                self._folded += len(run)
                line = f"  … {len(run)} frames of {tame(owners(run))}"
                yield self._style.paint(clip(line, 0, self._style.columns)[0], "dim")
                yield from (line for each in run for line in self._taken(each))
                spaced = False
                continue
            frame = run[0]
            bright = is_own(frame) or frame is crash
            shown = list(self._source(frame, is_crash=frame is crash)) if bright or self._style.show_all else []
            if shown and not spaced:
                yield ""
            yield self._frame(frame, bright=bright)
            yield from shown
            if shown and frame is not last:
                yield ""
            yield from self._taken(frame)
            spaced = bool(shown)

    def _taken(self, frame: Json) -> Iterator[str]:
        """Which frames script frames replaced; shown even if the frame that knows is folded."""
        if folded(frame):
            yield self._style.paint(clip(f"  {tame(folded(frame))}", 0, self._style.columns)[0], "dim")

    def _source(self, frame: Json, *, is_crash: bool) -> Iterator[str]:
        """The frame's excerpt, unless the same frame was shown in a stack above (a cause shares its callers)."""
        known = (call(frame), place(frame))
        if self._style.show_all or known not in self._shown:
            self._shown.add(known)
            yield from excerpt(frame, self._lines_around(frame, is_crash=is_crash), self._style)

    def _lines_around(self, frame: Json, *, is_crash: bool) -> int:
        if status(frame) != "symbolicated":
            return 0  # minified code: its own line, cut around the column, is enough
        if self._style.context is not None:
            return self._style.context
        return _CRASH_LINES if is_crash else _OTHER_LINES

    def _frame(self, frame: Json, *, bright: bool) -> str:
        """`  function  file:line:column [1]`, in the page's width."""
        notes = f"{f' ({doubt(frame)})' if doubt(frame) else ''}{marks(self._notes, frame)}"
        word = f"{shorten(tame(language(frame)), LANGUAGE_WIDTH):{LANGUAGE_WIDTH}}  " if self._languages else ""
        room = self._style.columns - 2 - len(notes) - len(word)
        data = frame.get("data")
        lead = "async " if isinstance(data, dict) and data.get("async") else ""
        where = tame(place(frame))
        name = shorten(tame(lead + call(frame)), max(room // 2, room - width(where) - 2 * bool(where), 12))
        where = shorten(where, max(room - width(name) - 2, 8))
        paint = self._style.paint
        if not bright:
            return paint(f"  {word}{name}  {where}", "dim") + paint(notes, "yellow")
        return f"  {paint(word, 'dim')}{paint(name, 'bold')}  {self._style.link(frame, paint(where, 'cyan'))}{paint(notes, 'yellow')}"

    def _tally(self) -> str:
        total = self._outcome.total
        more = f"--all unfolds {self._folded} more" if self._folded else ""
        counts = str(self._outcome) if total > 1 or self._outcome.lacking else ""
        return "; ".join(part for part in (counts, "the crash is on top" if total > 1 else "", more) if part)
