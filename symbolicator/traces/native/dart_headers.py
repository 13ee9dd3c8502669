r"""What was thrown in Dart: the lines above a stack without names, and above the block that says what it counts from.

::

    E/flutter ( 5663): [ERROR:flutter/runtime/dart_vm_initializer.cc(41)] Unhandled Exception: Null check operator used on a null value
    Unhandled exception:                             the message is below, as printed by Dart on the command line
    The following _TypeError was thrown building Basket(dirty):                                  Flutter's box
    Non-fatal Exception: io.flutter.plugins.firebase.crashlytics.FlutterError: Bad state: No element. Error thrown null.

Without any of these, it is the line right above the block, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.traces.headers import LIKELY, SURE, Header
from symbolicator.traces.lines import Line, body_start, is_others, writer
from symbolicator.traces.stack import MAX_MESSAGE_LINES, Stack

_BLOCK: Final = (
    "Warning: This VM ", "*** ", "pid: ", "os: ", "build_id: ", "BuildId: ", "isolate_dso_base", "isolate_instructions", "loading_unit",
)  # fmt: skip
"""How the lines begin that say what a stack counts from."""
_OPENINGS: Final = ("Unhandled Exception:", "Unhandled exception:", "Fatal Exception:", "Non-fatal Exception:")
_BOX: Final = regex(r"The following (\S{1,200}) was thrown\b")
_TYPE: Final = regex(r"(?:[a-z][\w$]{0,60}\.){0,10}(_?[A-Za-z$][\w$]{0,100}(?:Error|(?<=\w)Exception))(?: \([^()\n]{1,60}\))?(?::\s+|\s*$)")
_TAIL: Final = " Error thrown null."
"""What Crashlytics' plugin appends to a message without context."""


def attach(lines: Sequence[Line], stack: Stack, lowest: int) -> None:
    """Set the header of a stack of Dart's."""
    first = stack.lines[0]
    own = writer(lines[first].plain)
    nearest: int | None = None
    in_block, top = True, first
    for index in range(first - 1, max(lowest, first - MAX_MESSAGE_LINES) - 1, -1):
        plain = lines[index].plain
        if lines[index].region != stack.region:
            break
        start = body_start(plain)
        if is_others(plain, own):
            continue
        if in_block and plain.startswith(_BLOCK, start):
            top = index
            continue
        if in_block:
            # Below no block, or above a blank line, it may be anything.
            nearest = index if top < first and start < len(plain) else None
            in_block = False
        found = _opening(lines, index, first)
        if found is not None:
            stack.header, stack.header_line = found
            return
    if nearest is not None:
        stack.header, stack.header_line = _whole(lines[nearest], None, LIKELY), nearest


def message(lines: Sequence[Line], stack: Stack) -> str:
    """The whole message of a stack's header: the lines above the block."""
    assert stack.header is not None  # noqa: S101  # asked of stacks with a header
    parts = [stack.header.value]
    own = writer(lines[stack.header_line].plain)
    for index in range(stack.header_line + 1, stack.lines[0]):
        plain = lines[index].plain
        if is_others(plain, own):
            continue
        start = body_start(plain)
        if plain.startswith(_BLOCK, start) or (start >= len(plain) and stack.header.grade != SURE):
            break
        parts.append(plain[start:].rstrip())
    return "\n".join(parts).rstrip()


def _opening(lines: Sequence[Line], index: int, first: int) -> tuple[Header, int] | None:
    """The header that a line opens, and the line its message begins on."""
    plain, below = lines[index].plain, index + 1
    box = _BOX.search(plain) if "The following " in plain else None
    if box is not None:
        return (_whole(lines[below], box[1], SURE), below) if below < first else None
    for word in _OPENINGS:
        at = plain.find(word)
        if at < 0:
            continue
        start = at + len(word)
        while start < len(plain) and plain[start].isspace():
            start += 1
        if start < len(plain):
            return _header(plain, start, None, SURE), index
        return (_whole(lines[below], None, SURE), below) if below < first else None
    return None


def _whole(line: Line, kind: str | None, grade: int) -> Header:
    """The header whose message is all of a line."""
    return _header(line.plain, body_start(line.plain), kind, grade)


def _header(plain: str, start: int, kind: str | None, grade: int) -> Header:
    """The header whose message begins at `start` of a line; its type is `kind`, or what the message begins with."""
    end = len(plain.rstrip())
    if plain.endswith(_TAIL, start, end):
        end -= len(_TAIL)
    found = _TYPE.match(plain[:end], start) if kind is None else None
    if found is None:
        return Header(kind, plain[start:end], grade, start, value_start=start, value_end=end)
    type_start, type_end = found.span(1)
    return Header(found[1], plain[found.end() : end], grade, start, "", type_start, type_end, found.end(), end)
