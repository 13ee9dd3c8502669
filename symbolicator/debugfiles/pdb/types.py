"""Names of inlined functions, by their number in the IPI stream: with the class or namespace that each is in."""

from __future__ import annotations

from array import array
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.pdb.msf import Msf

_TPI: Final = 2
_IPI: Final = 4
_HEADER: Final = 56
_FUNCTION: Final = 0x1601
_MEMBER: Final = 0x1602
_STRING: Final = 0x1605
_NUMERIC: Final = {0x8000: 1, 0x8001: 2, 0x8002: 2, 0x8003: 4, 0x8004: 4, 0x8009: 8, 0x800A: 8}
_SIZED_AT: Final = {0x1504: 18, 0x1505: 18, 0x1519: 18, 0x1506: 10, 0x1608: 18, 0x1609: 18}
"""Classes, structures, interfaces and unions: the offset of their size, which their name follows."""
_ENUM: Final = 0x1507
_ENUM_NAME_AT: Final = 14


class Records:
    """A stream of type records, by number."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        head = [int.from_bytes(content[at : at + 4], "little") for at in range(4, 16, 4)]
        self._begin, self._first = max(head[0], 0), head[1]

    @cached_property
    def _places(self) -> array[int]:
        """Where each record begins."""
        content, at, places = self._content, self._begin, array("I")
        stop = min(len(content) - 3, 0xFFFFFFFF)
        while at < stop:
            places.append(at)
            at += 2 + (content[at] | content[at + 1] << 8)
        return places

    def record(self, number: int) -> tuple[int, memoryview]:
        """The kind of a record, and its content without the length; 0 and nothing if there is none."""
        place = number - self._first
        if self._begin < _HEADER or not 0 <= place < len(self._places):
            return 0, self._content[:0]
        at = self._places[place]
        size = self._content[at] | self._content[at + 1] << 8
        record = self._content[at + 2 : at + 2 + size]
        return (int.from_bytes(record[:2], "little"), record) if len(record) >= 2 else (0, record)


class FunctionNames:
    """The names of a PDB's functions by their number. `budget` bounds the bytes of names that are put together."""

    def __init__(self, msf: Msf, budget: int) -> None:
        self._msf = msf
        self._left = budget
        self._known: dict[int, str | None] = {}

    @cached_property
    def _types(self) -> Records:
        return Records(self._msf.stream(_TPI))

    @cached_property
    def _ids(self) -> Records:
        return Records(self._msf.stream(_IPI))

    def name(self, number: int) -> str | None:
        """`ns::Class::function`; None if there is no such function."""
        if number not in self._known:
            self._known[number] = self._name(number)
        return self._known[number]

    def _name(self, number: int) -> str | None:
        kind, record = self._ids.record(number)
        if kind not in (_FUNCTION, _MEMBER) or len(record) < 11:
            return None
        name = text_at(record, 10)
        scope = int.from_bytes(record[2:6], "little")
        around = self._type(scope) if kind == _MEMBER else self._scope(scope)
        full = f"{around}::{name}" if around else name
        self._left -= len(full)
        return full if self._left >= 0 else name

    def _scope(self, number: int) -> str:
        kind, record = self._ids.record(number) if number else (0, None)
        return text_at(record, 6) if kind == _STRING and record is not None else ""

    def _type(self, number: int) -> str:
        kind, record = self._types.record(number)
        if kind == _ENUM:
            return text_at(record, _ENUM_NAME_AT)
        at = _SIZED_AT.get(kind)
        if at is None:
            return ""
        leaf = int.from_bytes(record[at : at + 2], "little")
        return text_at(record, at + 2 + _NUMERIC.get(leaf, 0))


def text_at(content: memoryview, at: int) -> str:
    """The NUL-terminated text at `at` of a record."""
    return bytes(content[at:]).partition(b"\0")[0].decode("utf-8", "replace")
