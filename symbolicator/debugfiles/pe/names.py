"""Symbols of Windows files: collected with the limits of their sections, under the names in the source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from symbolicator.debugfiles.symbols import UNVERSIONED, Collector, Symbols, string_at
from symbolicator.patterns import regex

_TOP: Final = 1 << 65
_DECORATED: Final = regex(rb"[_@]?([^@?]+)@{1,2}\d+")
"""`_name@8` of stdcall, `@name@8` of fastcall, `name@@8` of vectorcall."""
_NO_NAMES: Final = memoryview(b"")


class NamedCode:
    """Collects symbols of code. Names are copied one after the other: in the file they may share their bytes, so `budget` limits
    them.
    """

    def __init__(self, code: Iterable[tuple[int, int]], arch: str, budget: int) -> None:
        self._code = sorted(code)
        self._prefix = b"_" if arch == "x86" else b""
        self._left = budget
        self._heap = bytearray(1)
        self._into = Collector()

    def __len__(self) -> int:
        return len(self._into)

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached: further symbols are dropped."""
        return self._left < 0

    def add(self, start: int, flags: int, heap: memoryview = _NO_NAMES, at: int = 0, size: int = 0) -> None:
        """Add a symbol whose name is at `at` in `heap`; one outside of code is ignored. One without a name ends the previous symbol."""
        place = bisect_right(self._code, (start, _TOP)) - 1
        if place < 0 or start >= self._code[place][1] or self.is_full:
            return
        name = string_at(heap, at)
        self._left -= len(name)
        self._into.add(start, size, self._code[place][1], flags | UNVERSIONED, 0, len(self._heap) if name else 0)
        if name:
            self._heap += self._bare(name) + b"\0"

    def _bare(self, name: bytes) -> bytes:
        """A name as in the source: without the underscore of C functions on x86, and without the suffix for the calling convention."""
        decorated = _DECORATED.fullmatch(name)
        if decorated is not None:
            return decorated[1]
        return name[1:] if self._prefix and name.startswith(self._prefix) and len(name) > 1 else name

    def finish(self) -> Symbols:
        """The symbols with names."""
        self._into.heap(memoryview(bytes(self._heap)))
        symbols = self._into.finish()
        named = [row for row, name in enumerate(symbols.name) if name]
        return symbols if len(named) == len(symbols) else symbols.only(named)
