"""Lines about locks below a frame in a thread dump: HotSpot's and Android's `jstack` lines, Java's own of a thread, OpenJ9's.

::

    - locked <0x000000069ec18668> (a k2.c)
    - waiting to lock <0x0b2e> (a a.b) held by thread 12
    - parking to wait for  <0x000000069ec1> (a a.b)          - locked <0x000000069ec1> (a java.lang.Class for a.b)
    - locked <a.b@1b2c6ec2>                                  JDK 21's dumps into a file
    -  blocked on a.b@1b2c6ec2                               ThreadInfo.toString
    5XESTACKTRACE        (entered lock: a/b@0x00000000E00E0818, entry count: 1)

Their classes are kept on the frame above (`data.locks`), and are written again if they have another name there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.rewrite import Edit
from symbolicator.traces.stack import Stack

_LOCK = regex(
    r"- {1,2}[a-z][a-z() -]{1,60} "
    r"(?:<[^<>\n]{1,80}> \(an? (?:java\.lang\.Class for )?(?:\[{1,255}L)?([^\s()\[\];<>]{1,1000});?\)"
    r"|<?([^\s()\[\];<>@]{1,1000})@[0-9a-f]{1,16}\b)"
)
OPENJ9 = "5XESTACKTRACE "
_ENTERED = regex(rf"{OPENJ9} {{0,40}}\([a-z ]{{1,40}}: ([^\s()\[\];<>@]{{1,1000}})@0x")


def read_lock(plain: str) -> tuple[int, int] | None:
    """Where the class is in a lock's line; None if it is not such a line."""
    found = _ENTERED.match(plain) if plain.startswith(OPENJ9) else _LOCK.match(plain, body_start(plain))
    return None if found is None else found.span(found.lastindex or 0)


def locks_of(stack: Stack, lines: Sequence[Line]) -> dict[int, list[str]]:
    """The classes of the locks below each frame, by the frame's index in the stack."""
    found: dict[int, list[str]] = {}
    for lock in stack.locks:
        found.setdefault(lock.frame, []).append(lines[lock.line].plain[lock.start : lock.end].replace("/", "."))
    return found


def lock_edits(lines: Sequence[Line], stack: Stack, frames: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
    """The edits that replace the class names of a stack's locks; `frames` as in `rewrite.stack_edits`."""
    if not stack.locks:
        return
    data = [one for frame in frames if isinstance(one := frame.get("data"), Mapping) and isinstance(one.get("locks"), list)]
    names = {one.get("raw_index"): iter(one["locks"]) for one in data}
    for lock in stack.locks:
        line, name = lines[lock.line], next(names.get(len(stack.lines) - 1 - lock.frame, iter(())), None)
        raw = line.plain[lock.start : lock.end]
        if isinstance(name, str) and name != raw.replace("/", "."):
            yield Edit(line.at(lock.start), line.at(lock.end), line.encode(name.replace(".", "/") if "/" in raw else name))
