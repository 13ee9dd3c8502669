"""A trace as a text of its own form, with the stacks of an anonymised event and nothing else of the text that it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from symbolicator.anonymizing.words import ERRORS, KEPT, MESSAGE
from symbolicator.patterns import regex
from symbolicator.traces import Traces, parse_trace

_WORD: Final = regex(r"\w{1,1000}")
_SYNTAX: Final = KEPT | ERRORS | frozenset(("at", "Caused", "by", "cause", "Suppressed", "Uncaught", "in", "Exception", "thread", "errors"))
"""Words around a frame or an error's name that are the engine's."""
_COMPARED: Final = ("function", "module", "lineno", "colno")


def small_text(traces: Traces, event: Mapping[str, Any]) -> str | None:
    """The text of `event`, whose stacks are those of `traces` in new words; None if it would not be read as that.

    Of the lines around the frames only those are kept that name the errors, without their messages.
    """
    values = _values(event)
    lines: list[str] = []
    for line in traces.trace_lines:
        if line.holder < 0:
            lines.append(line.before.rstrip())
            continue
        if line.holder >= len(values):
            return None
        value = values[line.holder]
        if line.format is None:
            written = str(value.get("type") or "Error")
            message = MESSAGE if line.after else ""
        else:
            raw = value["stacktrace"]["frames"][line.frame]
            frame = {**raw, "filename": raw.get("filename") or raw.get("abs_path")}
            written, message = line.format.write(frame, frame), ""
        lines.append((_scrubbed(line.before) + written + _scrubbed(line.after) + message).rstrip())
    text = "".join(f"{line}\n" for line in lines)
    return text if lines and _stacks(parse_trace(text)) == _stacks(event) else None


def _scrubbed(text: str) -> str:
    return _WORD.sub(lambda word: word[0] if word[0] in _SYNTAX else "x", text)


def _stacks(event: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(frame.get(key) for key in _COMPARED) for frame in (value.get("stacktrace") or {}).get("frames", ())]
        for value in _values(event)
    ]


def _values(event: Mapping[str, Any]) -> list[Any]:
    """The event's exceptions, then its threads."""
    return [value for key in ("exception", "threads") for value in (event.get(key) or {}).get("values") or ()]
