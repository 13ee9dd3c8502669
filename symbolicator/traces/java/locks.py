"""Lines about locks below a frame in a thread dump: HotSpot's and Android's `jstack` lines.

::

    - locked <0x000000069ec18668> (a k2.c)
    - waiting to lock <0x0b2e> (a a.b) held by thread 12
    - parking to wait for  <0x000000069ec1> (a a.b)          - locked <0x000000069ec1> (a java.lang.Class for a.b)

Their classes are kept on the frame above (`data.locks`), and are written again if they have another name there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.rewrite import Edit
from symbolicator.traces.stack import Stack

_LOCK = regex(r"- [a-z][a-z() -]{1,60} <[^<>\n]{1,80}> \(an? (?:java\.lang\.Class for )?(?:\[{1,255}L)?([^\s()\[\];<>]{1,1000});?\)")


def read_lock(plain: str) -> tuple[int, int] | None:
    """Where the class is in a lock's line; None if it is not such a line."""
    found = _LOCK.match(plain, body_start(plain))
    return None if found is None else found.span(1)


def locks_of(stack: Stack, lines: Sequence[Line]) -> dict[int, list[str]]:
    """The classes of the locks below each frame, by the frame's index in the stack."""
    found: dict[int, list[str]] = {}
    for lock in stack.locks:
        found.setdefault(lock.frame, []).append(lines[lock.line].plain[lock.start : lock.end])
    return found


def lock_edits(lines: Sequence[Line], stack: Stack, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
    """The edits that replace the class names of a stack's locks; `frames` as in `rewrite.stack_edits`."""
    if not stack.locks:
        return
    data = [one for frame in frames if isinstance(one := frame.get("data"), Mapping) and isinstance(one.get("locks"), list)]
    names = {one.get("raw_index"): iter(one["locks"]) for one in data}
    for lock in stack.locks:
        line, name = lines[lock.line], next(names.get(len(stack.lines) - 1 - lock.frame, iter(())), None)
        if isinstance(name, str) and name != line.plain[lock.start : lock.end]:
            yield Edit(line.at(lock.start), line.at(lock.end), line.encode(name))
