"""The source around a frame for a terminal: line numbers, the frame's line highlighted, a caret under its column."""

from __future__ import annotations

from collections.abc import Iterator

from symbolicator.cli.style import Style
from symbolicator.cli.text_width import clip, lay_out, width
from symbolicator.rendering.frames import Json, column_of
from symbolicator.rendering.frames import excerpt as lines_of

_GUTTER = 9
"""Cells beside the digits of a line number: `    → ` before them, ` │ ` after."""


def excerpt(frame: Json, context: int, style: Style) -> Iterator[str]:
    """The lines, `context` of them on each side, without their common indent; empty if the frame has none."""
    rows = lines_of(frame, context)
    while rows and not rows[0][2] and not rows[0][1].strip():
        rows.pop(0)
    while rows and not rows[-1][2] and not rows[-1][1].strip():
        rows.pop()
    if not rows:
        return
    column = column_of(frame)
    laid = [(number, *lay_out(text, column if own else None), own) for number, text, own in rows]
    indent = min((len(text) - len(text.lstrip(" ")) for _, text, _, _ in laid if text.strip()), default=0)
    here, caret = next((text, caret) for _, text, caret, own in laid if own)
    indent = indent if caret is None else min(indent, caret)
    digits = len(str(rows[-1][0]))
    room = style.columns - digits - _GUTTER
    # A too long line is scrolled until its caret is in the middle; the lines around it stay, to be readable.
    start = 0
    if caret is not None and width(here) - indent > room and caret - indent > room * 2 // 3:
        start = caret - indent - room // 2
    bar = style.paint("│", "dim")
    for number, text, _, own in laid:
        shown, cut_at = clip(text[indent:], start if own else 0, room)
        if not own:
            yield style.paint(f"      {number:{digits}} │ {shown}".rstrip(), "dim")
            continue
        yield f"    {style.paint('→', 'red', 'bold')} {style.paint(f'{number:{digits}}', 'bold')} {bar} {style.paint(shown, 'bold')}"
        if caret is not None:
            yield f"      {' ' * digits} {bar} {' ' * max(caret - indent - cut_at, 0)}{style.paint('^', 'red', 'bold')}"
