"""Frames of code created by `eval`: its own text is in no file; the position of the eval is mapped, and is in `data.eval_origin`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from symbolicator.eval_places import MAX_EVALS, linked
from symbolicator.model import Frame, Status
from symbolicator.sourcemaps.paths import source_path

NOWHERE = frozenset(("<anonymous>", "eval", "?", "<unknown>", "<eval>", "anonymous", "unknown"))
"""Names for code without a file."""
_PLACE = ("function", "abs_path", "filename", "lineno", "colno")


def evaluated(frame: Frame, symbolicate: Callable[[Frame], Frame]) -> Frame:
    """The frame with the places of evals symbolicated by `symbolicate`; it counts as symbolicated if the innermost one in a file is.

    `data.eval_origin` is a chain, innermost first: of nested evals usually only the last one is in a file.
    """
    steps = _chain(frame.data)
    decisive: Frame | None = None
    for place, step in enumerate(steps):
        origin = _frame_of(step)
        if origin.abs_path is None or origin.abs_path in NOWHERE:
            continue
        if origin.lineno is None:
            # V8 gives no position for an origin that has its own sourceURL: the file alone is known.
            path = source_path(origin.abs_path, None)
            mapped = msgspec.structs.replace(origin, filename=path.filename, in_app=path.in_app, status=Status.SYMBOLICATED)
        else:
            mapped = symbolicate(origin)
        decisive = decisive or mapped
        known = {key: getattr(mapped, key) for key in _PLACE}
        steps[place] = {**step, **{key: value for key, value in known.items() if value is not None}}
    if decisive is None:
        return msgspec.structs.replace(frame, status=Status.RAW)
    found = decisive.status is Status.SYMBOLICATED and "resolved_with" in decisive.data
    data = {**frame.data, "eval_origin": linked(steps)}
    if found:
        data["resolved_with"] = "eval_origin"
    return msgspec.structs.replace(
        frame,
        data=data,
        status=Status.RAW if decisive.status is Status.SYMBOLICATED and not found else decisive.status,
        in_app=decisive.in_app,
        problems=(*frame.problems, *decisive.problems),
    )


def _chain(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The places of a chain, innermost first, each without the next; the last one unchanged if there are too many."""
    steps: list[dict[str, Any]] = []
    step = data.get("eval_origin")
    while isinstance(step, Mapping) and len(steps) <= MAX_EVALS:
        steps.append({key: value for key, value in step.items() if key != "eval_origin"})
        last, step = step, step.get("eval_origin")
    if step is not None and steps:
        steps[-1] = dict(last)
    return steps


def _frame_of(step: Mapping[str, Any]) -> Frame:
    """A place of a chain as a frame; values of the wrong type are dropped."""
    function, path, lineno, colno = (step.get(key) for key in ("function", "abs_path", "lineno", "colno"))
    return Frame(
        function=function if isinstance(function, str) else None,
        abs_path=path if isinstance(path, str) else None,
        lineno=lineno if type(lineno) is int else None,
        colno=colno if type(colno) is int else None,
    )
