"""From lines to stacks: which lines are frames of one stack, and which line above says what was thrown.

The rules, each with a test:

* A stack is a run of frames of one family, in one region. `... 5 lines matching`, lines too long to read and unreadable `at` lines do
  not end it.
* At least one of them must be a frame wherever it stood; a `foo@bar:1:2` at its top that is none belongs to the message.
* The header is the nearest line above that opens with an error's name; then one that holds such a name; then a `Word: …`. Blank lines
  are crossed only for the first kind (Jest prints the code between). What stands between the header and the first frame is the message.
* A message may hold lines like frames (`Error: a`, `    at fake (x.js:1:2)`, `more text`, real frames): where plain text and nothing
  else stands between two runs of frames, the upper run belongs to the message, for V8 prints the frames last and in one run.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.traces.format import Format, Found
from symbolicator.traces.headers import LIKELY, SURE, Header, read_header, text_header
from symbolicator.traces.lines import Line, body_start, prefix_end

MAX_FRAMES = 10_000
"""Frames of one stack that are read; the lines of the rest pass through."""
MAX_STACKS = 1_000
"""Stacks of one text that are read."""
MAX_MESSAGE_LINES = 100
"""How far above the first frame a header is looked for."""


class Stack:
    """A run of frames, callee first as engines print them, and its header. `lines` are places in the list of lines."""

    __slots__ = ("family", "formats", "founds", "header", "header_line", "lines", "region", "unread")

    def __init__(self, family: str, region: int) -> None:
        self.family, self.region = family, region
        self.lines: list[int] = []
        self.founds: list[Found] = []
        self.formats: list[Format] = []
        self.unread = 0
        self.header: Header | None = None
        self.header_line = -1

    def add(self, index: int, form: Format, found: Found) -> None:
        """One more frame, or one more that is past the bound."""
        if len(self.lines) >= MAX_FRAMES:
            self.unread += 1
            return
        self.lines.append(index)
        self.founds.append(found)
        self.formats.append(form)


def find_stacks(lines: Sequence[Line], formats: Sequence[Format]) -> tuple[list[Stack], int]:
    """The stacks of a text, in order, each with its header; and how many were left unread."""
    stacks: list[Stack] = []
    current: Stack | None = None
    unread = 0
    for index, line in enumerate(lines):
        plain = line.plain
        read = read_line(plain, formats) if plain else None
        if read is not None:
            form, found = read
            fits = current is not None and current.family == form.family and current.region == line.region
            if current is not None and fits and not found.strong and form.family != "@" and found.start != current.founds[0].start:
                fits = False  # `at last` below a stack, in another column: prose
            if not fits:
                unread += _close(current, lines, stacks)
                current = Stack(form.family, line.region)
            assert current is not None  # noqa: S101
            current.add(index, form, found)
        elif current is not None and not (line.region == current.region and _is_gap(line, current)):
            unread += _close(current, lines, stacks)
            current = None
    unread += _close(current, lines, stacks)
    return stacks, unread


def read_line(plain: str, formats: Sequence[Format]) -> tuple[Format, Found] | None:
    """The first format that reads the line, and what it read."""
    for form in formats:
        if form.marker in plain:
            found = form.read(plain)
            if found is not None:
                return form, found
    return None


def _is_gap(line: Line, stack: Stack) -> bool:
    """Whether a stack goes on below a line that is no frame."""
    if not line.plain:
        return line.end - line.start > 0
    if stack.family == "console" and line.plain.rstrip().endswith("(async)"):  # `Promise.then (async)`
        return True
    return line.plain.startswith(("... ", "at "), min(stack.founds[-1].start, body_start(line.plain)))


def _close(stack: Stack | None, lines: Sequence[Line], stacks: list[Stack]) -> int:
    """Keep a run that is a stack, with its header; gives 1 where there were too many."""
    if stack is None:
        return 0
    if stack.family == "@":
        # `someone@example.org:1:2` above the first sure frame is the last line of the message.
        first = 0
        while first < len(stack.founds) and not stack.founds[first].strong and "lineno" in stack.founds[first].frame:
            first += 1
        del stack.lines[:first], stack.founds[:first], stack.formats[:first]
    if not any(found.strong for found in stack.founds):
        return 0
    if len(stack.founds) == 1 and stack.formats[0].name == "android" and not _says_stack(lines, stack.lines[0] - 1):
        return 0
    if len(stacks) >= MAX_STACKS:
        return 1
    above = stacks[-1] if stacks and stacks[-1].region == stack.region else None
    _find_header(lines, stack, above.lines[-1] + 1 if above else 0)
    if stack.header is None and above is not None and _is_message(lines, above, stack):
        stack.header, stack.header_line = above.header, above.header_line
        stacks.pop()
    if stack.header is None and stack.family in {"at", "in"}:
        _take_text(lines, stack)
    stacks.append(stack)
    return 0


def _says_stack(lines: Sequence[Line], index: int) -> bool:
    return index >= 0 and lines[index].plain.rstrip().endswith("stack:")


def _find_header(lines: Sequence[Line], stack: Stack, lowest: int) -> None:
    """Set the stack's header, by the rules above."""
    first = stack.lines[0]
    indent = stack.founds[0].start - prefix_end(lines[first].plain)
    best: tuple[Header, int] | None = None
    blank = False
    for index in range(first - 1, max(lowest, first - MAX_MESSAGE_LINES) - 1, -1):
        line = lines[index]
        if line.region != stack.region:
            break
        if not line.plain.strip():
            if stack.family == "@" or (best is not None and best[0].grade >= LIKELY):
                break
            blank = True
            continue
        header = read_header(line.plain)
        if header is None or header.indent - prefix_end(line.plain) > indent > 0:
            continue
        if header.grade == SURE:
            best = header, index
            break
        if not blank and (best is None or header.grade > best[0].grade) and (header.grade == LIKELY or index == first - 1):
            best = header, index
    if best is not None:
        stack.header, stack.header_line = best


def _is_message(lines: Sequence[Line], above: Stack, stack: Stack) -> bool:
    """Whether `above`'s frames are part of the message of the error whose frames are `stack`'s."""
    between = range(above.lines[-1] + 1, stack.lines[0])
    if not (above.family == stack.family == "at" and above.header and above.header.grade >= LIKELY and 0 < len(between) <= 20):
        return False
    return all(_is_plain_text(lines[index].plain) for index in between)


def _is_plain_text(plain: str) -> bool:
    """Text that neither opens, closes nor separates anything."""
    body = plain.strip()
    if not body or prefix_end(plain) or body[0] in "{}[](" or body.startswith(("--", "==", "──", "... ", "Node.js v")):
        return False
    return not body.endswith((":", "{", "[")) and read_header(plain) is None


def _take_text(lines: Sequence[Line], stack: Stack) -> None:
    """The line right above as the message, where it stands further out than the frames."""
    index = stack.lines[0] - 1
    if index < 0 or lines[index].region != stack.region:
        return
    header = text_header(lines[index].plain)
    first = lines[stack.lines[0]].plain
    if header is not None and header.indent - prefix_end(lines[index].plain) < stack.founds[0].start - prefix_end(first):
        stack.header, stack.header_line = header, index


def message(lines: Sequence[Line], stack: Stack) -> str | None:
    """The message: the header's, and every line between it and the first frame, without prefixes."""
    if stack.header is None:
        return None
    parts = [stack.header.value]
    prefixed = prefix_end(lines[stack.lines[0]].plain) > 0  # a message line may well begin with a time of day
    for index in range(stack.header_line + 1, stack.lines[0]):
        plain = lines[index].plain
        start = prefix_end(plain) if prefixed else 0
        parts.append(plain[start + 1 :] if start else plain)
    if len(parts) > 2 and parts[-1].strip() and not parts[-1].strip(" \t^~"):
        del parts[-2:]  # Deno shows the line that threw, and where, between the message and the frames
    text = "\n".join(parts).rstrip()
    return text.removesuffix(", stack:")
