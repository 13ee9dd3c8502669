"""Inlined functions that a module has from another: code that was generated at link time (MSVC's /GL and /LTCG) names them so.

A module lists for each module that it has some from their local numbers there, and that module lists what is known elsewhere by which
number of the IPI stream. `0x80000000 | list << 20 | place` is the number that a call has for one of them.
"""

from __future__ import annotations

from array import array
from struct import unpack_from
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.pdb.dbi import Dbi
from symbolicator.debugfiles.pdb.msf import Msf, numbers_of
from symbolicator.debugfiles.table.buffers import zeros
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import codeview_lines
from symbolicator.kernels import codeview_numbers as cv

_IMPORTED: Final = 0x80000000
_LIST: Final = 20
_MOST_LISTS: Final = 1 << 11
_MOST_NAME: Final = 4096


class Imports:
    """Resolves them. What cannot be resolved has no number."""

    def __init__(self, msf: Msf, dbi: Dbi) -> None:
        self._msf, self._dbi = msf, dbi
        self._exports: dict[int, dict[int, int]] = {}

    def of(self, listed: memoryview) -> memoryview:
        """`listed`: a module's subsection of imports. Two numbers each (u32), ascending: that of a call, and that in the IPI stream."""
        found, at, turn = array("I"), 0, 0
        while at + 8 <= len(listed) and turn < _MOST_LISTS:
            name, count = unpack_from("<2I", listed, at)
            numbers = numbers_of(listed[at + 8 :][: 4 * min(count, 1 << _LIST)])
            exports = self._of_module(name)
            for place, number in enumerate(numbers):
                known = exports.get(number) if number & _IMPORTED else None  # without, it is a type
                if known is not None:
                    found.extend((_IMPORTED | turn << _LIST | place, known))
            at += 8 + 4 * count
            turn += 1
        return memoryview(found)

    def _of_module(self, place: int) -> dict[int, int]:
        """What the module with the name at `place` of `/names` exports: by local number, that in the IPI stream."""
        name = bytes(self._dbi.names[place : place + _MOST_NAME]).partition(b"\0")[0]
        number = self._modules.get(name.decode("utf-8", "replace").lower())
        if number is None:
            return {}
        if number not in self._exports:
            self._exports[number] = self._read(number)
        return self._exports[number]

    @cached_property
    def _modules(self) -> dict[str, int]:
        """By name, which imports have in lower case."""
        return {self._dbi.module(number).name.lower(): number for number in reversed(self._dbi.with_stream)}

    def _read(self, number: int) -> dict[int, int]:
        module = self._dbi.module(number)
        try:
            subsections = self._msf.window(module.stream, module.symbols + module.c11, module.lines)
        except MalformedArtifact:
            return {}
        counts = zeros("Q", cv.COUNTS)
        codeview_lines.count(subsections, counts)
        numbers = numbers_of(subsections[counts[cv.N_EXPORTS_AT] : counts[cv.N_EXPORTS_END]])
        return dict(zip(numbers[::2], numbers[1::2], strict=False))
