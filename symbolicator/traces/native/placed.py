"""Frames that we symbolicated before: if a tool's format has no line number, ` at file:line` is in or after its frames.

Such a line is read without that, and then has it; its address is looked up no more, for one address came back as several of these lines.
A tool's own way to write a place is its own format's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found

_PLACED = regex(r"(?<=[\w>)\]~$?…]) at ([^\s()]{1,1000}:\d{1,9}(?::\d{1,9})?)( {1,2}\(inlined\))?(?=$|\)| \(| \[)")


def may_be_placed(text: str) -> bool:
    """Whether any line of a text may be such a frame."""
    return " at " in text and _PLACED.search(text) is not None


def reading_placed(form: Format) -> Format:
    """A format that reads its frames with a place of ours too."""
    pair = form.read_pair
    return msgspec.structs.replace(
        form,
        read=lambda plain: _read(plain, form.read),
        read_pair=None if pair is None else lambda plain, below: _read(plain, lambda text: pair(text, below)),
    )


def _read(plain: str, read: Callable[[str], Found | None]) -> Found | None:
    found = read(plain)
    if " at " not in plain or (found is not None and (found.lines > 1 or "lineno" in found.frame)):
        return found
    placed = _PLACED.search(plain)
    if placed is None:
        return found
    bare = read(plain[: placed.start()] + plain[placed.end() :])
    if bare is None or bare.lines > 1 or "function" not in bare.frame or "lineno" in bare.frame:
        return found
    gone = placed.end() - placed.start()
    end = bare.end + gone if bare.end >= placed.start() else bare.end
    return msgspec.structs.replace(bare, frame=_frame(bare.frame, placed[1], placed[2] is not None), end=end, where=None)


def _frame(frame: Mapping[str, Any], place: str, inlined: bool) -> dict[str, Any]:
    path, lineno, colno = split_position(place)
    known: dict[str, Any] = {**frame, "filename": path, "abs_path": path, "lineno": lineno}
    known.pop("instruction_addr", None)
    if colno:
        known["colno"] = colno
    if inlined:
        known["data"] = {**known.get("data", {}), "inlined": True}
    return known
