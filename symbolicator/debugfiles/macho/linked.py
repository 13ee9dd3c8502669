"""`LinkedIndex`: look-ups in a linked Mach-O file that has no dSYM, by way of its debug map in the object files it was linked of.

An address goes to the function that holds it, and that function's object file; there it is looked up as the object file has it, and what is
found is moved back. What no object file answers, the linked file's own symbols do.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Final

from symbolicator.artifacts.compiler import Compiler
from symbolicator.artifacts.files import Artifact
from symbolicator.debugfiles.companions import Find
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.container import LINES
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.debug_map import DebugMap, DebugMapCompiler
from symbolicator.debugfiles.macho.objects import Make, ObjectFiles, T
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.debugfiles.table.symbol_lookups import CalledSymbol

FEATURE: Final = "debug_map"
_MOST_CHECKED: Final = 1 << 14


class LinkedIndex:
    """`lookup` and `lookup_many` as `NativeIndex` has them. Not shared between threads."""

    def __init__(self, own: NativeIndex, debug_map: DebugMap, objects: ObjectFiles) -> None:
        self._own, self._map, self._objects = own, debug_map, objects
        self.load_address = own.load_address
        self.arch = own.arch
        self.missing_splits: tuple[str, ...] = ()
        self.warnings = own.warnings

    def lookup(self, svma: int) -> list[SourceLocation]:
        """See `NativeIndex.lookup`."""
        number = self._map.object_at(svma)
        if number is not None:
            lines, placed, _ = self._objects.open(number)
            function = None if placed is None else placed.function_at(svma)
            if lines is not None and function is not None:
                start, moved = function
                found = lines.lookup(svma - moved)
                # Behind a function its line goes on over padding, up to the next; a dSYM has no line there.
                padding = lines.rank(svma - moved) < lines.rank(start)
                if not padding and any(at.file for at in found):
                    return [at if at.address is None else at._replace(address=at.address + moved) for at in found]
        return self._own.lookup(svma)

    def lookup_many(self, addresses: Sequence[int] | memoryview | array[int]) -> list[list[SourceLocation]]:
        """See `NativeIndex.lookup_many`."""
        return [self.lookup(address) for address in addresses]

    def symbols_called(self, name: str, demangle: Callable[[str], str]) -> tuple[CalledSymbol, ...]:
        """See `NativeIndex.symbols_called`: those of the linked file."""
        return self._own.symbols_called(name, demangle)

    def lacking(self, svma: int) -> tuple[str, str] | None:
        """The unused object file with the lines of an address, and why; None if it is used, or none is recorded."""
        number = self._map.object_at(svma)
        reason = "" if number is None else self._objects.open(number).reason
        return None if number is None or not reason else (self._map.path(number), reason)

    def check(self) -> tuple[int, list[tuple[str, str]]]:
        """How many object files are noted, and those not used: path, and why. Every object file is looked for, and read."""
        opened = ((number, self._objects.open(number)) for number in range(min(self._map.objects, _MOST_CHECKED)))
        return self._map.objects, [(self._map.path(number), one.reason) for number, one in opened if one.reason]


def is_linked_only(artifact: Artifact) -> bool:
    """Whether a file has a debug map, and no debug information of its own."""
    return FEATURE in artifact.identity.features and not LINES & set(artifact.identity.features)


def open_linked(find: Find, make: Make, linked: Artifact) -> LinkedIndex:
    """The index of a file with a debug map, thin or a slice. Raises `MalformedArtifact` if it cannot be read, and what `make` raises."""
    own = make(NativeCompiler(), None, linked)
    debug_map = make(DebugMapCompiler(), None, linked)
    return LinkedIndex(own, debug_map, ObjectFiles(find, make, linked, debug_map, own.arch))


def in_memory(compiler: Compiler[T], part: str | None, /, *artifacts: Artifact) -> T:
    """Makes indexes that nobody keeps."""
    contents = (one.read() for one in artifacts) if part is None else ()
    return compiler.open(compiler.compile(*contents).table())
