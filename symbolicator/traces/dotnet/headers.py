"""What .NET's exceptions are called, and which threw which.

::

    Unhandled exception. System.InvalidOperationException: outer      the header; .NET Framework puts what follows into this line, too
     ---> System.FormatException: inner
       at …                                                           the inner exception's frames
       --- End of inner exception stack trace ---
       at …                                                           the outer one's
     ---> (Inner Exception #1) System.ArgumentException: another      of an AggregateException
       at …<---

A stack's header is that of its own exception: where it stands below the end of an inner one's, that is further up (`Stack.outer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from symbolicator.patterns import regex
from symbolicator.traces.dotnet.words import ends_inner, is_rule
from symbolicator.traces.headers import LIKELY, SURE, Header
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.stack import MAX_MESSAGE_LINES, Stack

ARROW: Final = "---> "
_TYPE: Final = regex(
    r"(?<![\w.+])((?:[A-Za-z_]\w{0,80}[.+]){0,12}(?:[A-Za-z_]\w{0,120}?)?(?:Exception|Error|Fault)(?:`\d{1,3})?(?:\[[^\]\n]{0,300}\])?)"
    r"(?=:\s|:$|\]:\s|\s*$| ---> )"
)
_LISTED: Final = regex(r"\(Inner Exception #(\d{1,6})\) ")
MAX_CHAIN: Final = 50
"""Exceptions that one is the last of."""


class Place(NamedTuple):
    """A header and the line that it is in. `number` is an AggregateException's of its inner ones; -1 of others."""

    header: Header
    line: int
    number: int = -1


def attach(lines: Sequence[Line], stack: Stack, above: Stack | None) -> None:
    """Set the header of one of .NET's stacks, and those of the exceptions around it, whose frames may follow."""
    lowest = above.end + 1 if above is not None else 0
    first = stack.lines[0]
    if above is not None and above.outer and _follows_inner(lines, lowest, first):
        (stack.header, stack.header_line, _), stack.outer = above.outer[0], above.outer[1:]
        stack.is_outer = True
        return
    chain = _above(lines, stack, max(lowest, first - MAX_MESSAGE_LINES))
    if chain:
        stack.header, stack.header_line, stack.listed = chain[-1]
        stack.outer = tuple(chain[-2::-1])


def _follows_inner(lines: Sequence[Line], lowest: int, first: int) -> bool:
    """Whether only the end of an inner exception is above a stack."""
    between = [body for line in lines[lowest:first] if (body := line.plain.strip())]
    return bool(between) and all(is_rule(body) for body in between) and any(ends_inner(body) for body in between)


def _above(lines: Sequence[Line], stack: Stack, lowest: int) -> list[Place]:
    """The headers above a stack, outermost first: up to the nearest line that begins one which no other has thrown."""
    chains: list[list[Place]] = []
    end = stack.lines[0]
    for index in range(end - 1, lowest - 1, -1):
        line = lines[index]
        if line.region != stack.region or len(chains) > MAX_CHAIN:
            break
        start = body_start(line.plain)
        arrow = line.plain.startswith(ARROW, start)
        found = _read(line.plain, index, start + len(ARROW) if arrow else start)
        if not found or (not arrow and found[0].header.grade < LIKELY):
            continue
        message = [one.plain for one in lines[index + 1 : end]]
        last = found[-1]
        value = "\n".join((last.header.value, *message)).rstrip()
        found[-1] = last._replace(header=msgspec.structs.replace(last.header, value=value))
        chains.append(found)
        end = index
        if not arrow or found[0].number >= 0:
            break
    return [place for chain in reversed(chains) for place in chain]


def _read(plain: str, index: int, start: int) -> list[Place]:
    """The exceptions that a line names, outermost first."""
    number = -1
    listed = _LISTED.match(plain, start)
    if listed:
        number, start = int(listed[1]), listed.end()
    found = _TYPE.search(plain, start)
    if found is None:
        return []
    places: list[Place] = []
    grade = SURE if found.start() == start or plain[: found.start()].rstrip().endswith((":", ".", "[", ",")) else LIKELY
    indent = body_start(plain)
    while found is not None and len(places) < MAX_CHAIN:
        begin = found.end()
        while begin < len(plain) and plain[begin] in "]: ":
            begin += 1
        arrow = plain.find(" " + ARROW, found.end())
        end = arrow if arrow >= 0 else len(plain.rstrip())
        module, _, kind = found[1].rpartition(".")
        value = plain[begin:end] if begin < end else ""
        places.append(
            Place(Header(kind, value, grade, indent, "", *found.span(1), min(begin, end), max(begin, end), module or None), index, number)
        )
        number = -1
        found = _TYPE.match(plain, arrow + 1 + len(ARROW)) if arrow >= 0 else None
    return places
