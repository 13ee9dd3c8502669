"""Which lines of a text are a trace's, and what of them is not its names and places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from symbolicator.patterns import regex
from symbolicator.traces.format import Format
from symbolicator.traces.lines import Line
from symbolicator.traces.node import Node

_CONNECTING: Final = regex(
    r"[\[\]{}(), ]{1,200}|\[?(?:errors|cause)\]?: ?\[|\.\.\. \d{1,9} (?:more|common frames omitted|lines matching cause stack trace \.\.\.)"
)


class TraceLine(NamedTuple):
    """A line (from 0) of a trace: whose it is of the event's exceptions and then threads, and which of its raw frames, -1 for the line that
    names the error; the line's text before it and after it, up to a message; the format of a frame. `holder` is -1 for lines that only
    connect others: brackets, and how many frames were omitted.
    """

    line: int
    holder: int
    frame: int
    before: str
    after: str
    format: Format | None


def trace_lines(nodes: Sequence[Node], lines: Sequence[Line]) -> list[TraceLine]:
    """The lines that name an error, are frames of scripts and of Java, or connect those, in the order of the text; [] if there are other
    stacks. `nodes`: the errors, then the threads.
    """
    found: list[TraceLine] = []
    for holder, node in enumerate(nodes):
        stack = node.stack
        if stack is not None and (stack.is_native or any(form.write_all or form.read_pair for form in stack.formats)):
            return []
        if node.header is not None:
            plain, header = lines[node.header_line].plain, node.header
            after = plain[header.type_end : header.value_start] if header.value.strip() else ""
            found.append(TraceLine(node.header_line, holder, -1, plain[: header.type_start], after, None))
        for place in range(len(stack.lines) if stack is not None else 0):
            assert stack is not None  # noqa: S101 - as above
            plain, at = lines[stack.lines[place]].plain, stack.founds[place]
            index = len(stack.lines) - 1 - place
            found.append(TraceLine(stack.lines[place], holder, index, plain[: at.start], plain[at.end :], stack.formats[place]))
    known = {line.line for line in found}
    for index in range(min(known, default=len(lines)), len(lines)):
        plain = lines[index].plain
        if index not in known and _CONNECTING.fullmatch(plain.strip()):
            found.append(TraceLine(index, -1, -1, plain, "", None))
    return sorted(found, key=lambda line: line.line)
