"""The lines of one inlined call: binary annotations, a small program that moves code offset, line, file and column (`cvinfo.h`)."""

from __future__ import annotations

from typing import Final, NamedTuple

_CODE_OFFSET: Final = 1
_CODE_OFFSET_BASE: Final = 2
_CHANGE_CODE_OFFSET: Final = 3
_CODE_LENGTH: Final = 4
_FILE: Final = 5
_LINE_OFFSET: Final = 6
_COLUMN_START: Final = 9
_CODE_AND_LINE_OFFSET: Final = 11
_CODE_LENGTH_AND_OFFSET: Final = 12
_LAST: Final = 13
_HIDDEN: Final = frozenset((0xFEEFEE, 0xF00F00))
_TOP: Final = 0xFFFFFFFF


class Row(NamedTuple):
    """A line of an inlined call. `start` and `end` count from the function's start; `file` is an offset in the module's checksums."""

    start: int
    end: int
    file: int
    line: int
    column: int


def rows_of(program: memoryview, file: int, line: int | None) -> list[Row]:
    """The rows of a call of a function that begins in `line` of `file`; if that is unknown, their lines are 0.

    A row without a length extends to the next; the last one without a length covers nothing. An undecodable instruction ends the program.
    """
    found: list[Row] = []
    at, stop = 0, len(program)
    offset = base = column = 0
    known, line = line is not None, line or 0
    while at < stop:
        operation, at = _operand(program, at)
        if not 0 < operation <= _LAST:
            break
        value, at = _operand(program, at)
        length = 0
        if operation == _CODE_LENGTH:
            if found and found[-1].end < 0:
                found[-1] = found[-1]._replace(end=found[-1].start + value)
            offset += value
            continue
        if operation == _LINE_OFFSET:
            line += _signed(value)
            continue
        if operation == _FILE:
            file = value
            continue
        if operation == _COLUMN_START:
            column = value
            continue
        if operation == _CODE_OFFSET_BASE:
            base = value
            continue
        if operation == _CODE_OFFSET:
            offset = value
        elif operation == _CHANGE_CODE_OFFSET:
            offset += value
        elif operation == _CODE_AND_LINE_OFFSET:
            line += _signed(value >> 4)
            offset += value & 15
        elif operation == _CODE_LENGTH_AND_OFFSET:
            length = value
            value, at = _operand(program, at)
            offset += value
        else:  # ends of lines and columns, kinds of ranges
            continue
        start = base + offset
        if start > _TOP or at > stop:
            break
        if found and found[-1].end < 0:
            found[-1] = found[-1]._replace(end=start)
        shown = line if known and 0 < line <= _TOP and line not in _HIDDEN else 0
        found.append(Row(start, start + length if length else -1, file, shown, column if column <= _TOP else 0))
    return [one for one in found if one.start < one.end <= _TOP]


def _operand(program: memoryview, at: int) -> tuple[int, int]:
    """A compressed number, and where the next begins: beyond the end if it is truncated or malformed."""
    first = program[at] if at < len(program) else 0xFF
    if first < 0x80:
        return first, at + 1
    size = 2 if first < 0xC0 else 4 if first < 0xE0 else 0
    if not size or at + size > len(program):
        return 0, len(program) + 1
    mask = 0x3F if size == 2 else 0x1F
    return (first & mask) << 8 * (size - 1) | int.from_bytes(program[at + 1 : at + size], "big"), at + size


def _signed(value: int) -> int:
    return -(value >> 1) if value & 1 else value >> 1
