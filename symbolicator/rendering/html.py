"""An event as one HTML file: no script, nothing from elsewhere, every text of the event escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from symbolicator.control import tame
from symbolicator.rendering.folding import is_own, owners, runs
from symbolicator.rendering.frames import (
    Json,
    as_mapping,
    call,
    column_of,
    doubt,
    excerpt,
    folded,
    hosted,
    is_lacking,
    language,
    place,
    remedy,
)
from symbolicator.rendering.group import group_line
from symbolicator.rendering.notes import Note, Notes
from symbolicator.rendering.sections import Section, sections
from symbolicator.rendering.suspects import suspect_lines
from symbolicator.rendering.tally import outcome_of

LINES_AROUND: Final = 3
"""Source lines on each side of a frame's own, if nothing is said of it."""
_MAX_LINE: Final = 400
"""Characters of a source line that are shown: minified ones have a megabyte."""
_MAX_DETAILS: Final = 5

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #1c1f23; --soft: #646a70; --page: #fbfaf8; --card: #fff; --line: #dedbd5; --crash: #b3261e; --mark: #fdecea;
  --place: #0b5f75; --warn: #7a5200; --mono: 13px/1.55 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8e6e1; --soft: #a2a6aa; --page: #17191b; --card: #1f2224; --line: #383c40; --crash: #ff7b70; --mark: #3a2321; --place: #6fc6dc;
    --warn: #f0c060;
  }
}
body {
  margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
h1, h2, .frame b, .frame span, .problem { overflow-wrap: anywhere; min-width: 0; }
h1, h2 { font-size: 1.1rem; margin: 1.6rem 0 0.5rem; white-space: pre-wrap; }
h1 { margin-top: 0; } h1 b, h2 b { color: var(--crash); } h2 i { color: var(--soft); font-style: normal; }
ol { list-style: none; margin: 0; padding: 0; } li + li, details li { border-top: 1px solid var(--line); }
.stack { border: 1px solid var(--line); border-radius: 8px; background: var(--card); overflow: hidden; }
.frame { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.8rem; padding: 0.4rem 0.8rem; font: var(--mono); }
.frame span { margin-left: auto; color: var(--place); } .frame span a { color: inherit; }
small, pre, summary, .note, .tally, .other b, .other span, .problem p + p, .suspect p + p { color: var(--soft); font-weight: 400; }
summary, .note { padding: 0.4rem 0.8rem; margin: 0; font-size: 0.9rem; } summary { cursor: pointer; }
pre { margin: 0; padding: 0.4rem 0; overflow-x: auto; border-top: 1px dashed var(--line); font: var(--mono); tab-size: 4; }
pre span { display: block; width: max-content; min-width: 100%; box-sizing: border-box; padding: 0 0.8rem; }
pre i { display: inline-block; min-width: 3.2em; padding-right: 1.2em; text-align: right; font-style: normal; user-select: none; }
pre .own { background: var(--mark); color: var(--ink); }
pre u { color: var(--crash); font-weight: 700; text-underline-offset: 3px; }
.problem, .suspect { margin: 0.6rem 0; } .problem b, sup { color: var(--warn); }
.problem p, .suspect p { margin: 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; } li { break-inside: avoid-page; } }
"""


def html(event: Json, context: int | None) -> Iterator[str]:
    """The lines of `render(event, "html", context)`."""
    found = list(sections(event))
    title = found[0].heading.splitlines()[0] if found and found[0].heading else "No stack"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    # Even a mistake in escaping would load and run nothing.
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{_text(title[:200])}</title><style>{_STYLE}</style></head><body>"
    notes = Notes(event)
    for number, section in enumerate(found):
        yield from _section(section, "h2" if number else "h1", LINES_AROUND if context is None else context, notes)
    if group := group_line(event):
        yield f'<div class="suspect"><p>Group: <b>{_text(group)}</b></p></div>'
    for number, (commit, why, address) in enumerate(suspect_lines(event)):
        link = f' <a rel="noreferrer" href="{_text(address)}">{_text(address)}</a>' if address.startswith(("https://", "http://")) else ""
        yield f'<div class="suspect"><p>{"then" if number else "Suspect"}: <b>{_text(commit)}</b></p><p>{_text(why)}{link}</p></div>'
    yield f'<p class="tally">{_text(str(outcome_of(event)))}</p>'
    yield from map(_note, notes)
    yield "</body></html>"


def _section(section: Section, level: str, context: int, notes: Notes) -> Iterator[str]:
    kind, colon, message = section.heading.partition(": ")
    named = section.kind == "exception" and colon and " " not in kind
    heading = f"<b>{_text(kind)}</b>: {_lines(message)}" if named else _lines(section.heading)
    relation = f"<i>{_text(section.relation)}:</i> " if section.relation else ""
    yield f"<{level}>{relation}{heading}</{level}>"
    if section.note:
        yield f'<p class="note">{_text(section.note)}</p>'
    if not section.frames:
        return
    yield '<ol class="stack">'
    for folds, run in runs(section.frames):
        frames = [line for frame in run for line in _frame(frame, context, notes, is_mixed=section.is_mixed)]
        if folds:
            yield f"<li><details><summary>{len(run)} frames of {_text(owners(run))}</summary><ol>"
            yield from frames
            yield "</ol></details></li>"
        else:
            yield from frames
    yield "</ol>"


def _frame(frame: Json, context: int, notes: Notes, *, is_mixed: bool) -> Iterator[str]:
    parts = [f"<small>{_text(language(frame))}</small>"] if is_mixed and language(frame) else []
    parts.append(f"<b>{_text(('async ' if as_mapping(frame.get('data')).get('async') else '') + call(frame))}</b>")
    parts += [f"<small>{_text(words)}</small>" for words in ("not symbolicated" if is_lacking(frame) else "", doubt(frame)) if words]
    where, address = _text(place(frame)), hosted(frame)
    parts.append(f'<span><a rel="noreferrer" href="{_text(address)}">{where}</a></span>' if address else f"<span>{where}</span>")
    marks = "".join(f"<sup>[{number}]</sup>" for number in notes.numbers(frame))
    yield f'<li><div class="frame{"" if is_own(frame) else " other"}">{"".join(parts)}{marks}</div>'
    rows = excerpt(frame, context)
    if rows:
        column = column_of(frame)
        own_line = '<span class="own">'
        starts = {True: own_line, False: "<span>"}
        lines = (f"{starts[own]}<i>{number}</i>{_source(text, column if own else None)}</span>" for number, text, own in rows)
        yield f"<pre>{''.join(lines)}</pre>"
    if folded(frame):
        yield f'<p class="note">{_text(folded(frame))}</p>'
    yield "</li>"


def _source(line: str, column: int | None) -> str:
    """A line of source, the character at its column (0-based, in UTF-16 code units) marked; of long lines the part around it."""
    at = len(line.encode("utf-16-le", "surrogatepass")[: column * 2].decode("utf-16-le", "ignore")) if column is not None else None
    start = max(0, (at or 0) - _MAX_LINE // 2) if len(line) > _MAX_LINE else 0
    shown = line[start : start + _MAX_LINE]
    head, tail = "…" if start else "", "…" if start + _MAX_LINE < len(line) else ""
    if at is None or not 0 <= at - start < len(shown):
        return head + _text(shown) + tail
    at -= start
    return f"{head}{_text(shown[:at])}<u>{_text(shown[at])}</u>{_text(shown[at + 1 :])}{tail}"


def _note(note: Note) -> str:
    """What is wrong, and what to do."""
    more = [f"and {len(note.details) - _MAX_DETAILS} more like these"] if len(note.details) > _MAX_DETAILS else []
    details = "<br>".join(map(_text, [*note.details[:_MAX_DETAILS], *more]))
    hint = remedy(note.problem)
    to_do = f"<p>To do: {_text(hint)}</p>" if hint else ""
    return f'<div class="problem"><p><b>[{note.number}]</b> {details}</p>{to_do}</div>'


def _lines(text: str) -> str:
    return "\n".join(map(_text, text.splitlines()))


def _text(text: str) -> str:
    """Text escaped for HTML, also within attributes; control characters and those that turn the direction of text as pictures."""
    return escape("\t".join(map(tame, text.split("\t"))))
